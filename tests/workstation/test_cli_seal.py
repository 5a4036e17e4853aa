"""Sealing a subject by command, opening it for a room: codes by a descriptor, never on the command line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenarios.pack_files import pack_hash
from scenarios.room import serve
from scenarios.room.unsealed import opening_of
from scenarios.sealed_pack import read_seal
from tests.scenarios.exam_room import open_exam_room
from tests.scenarios.room_world import write_pack
from tests.scenarios.session_world import STATION, Clock, ok, write
from workstation.cli import plateau


def run(*words: str) -> Result:
    result = CliRunner().invoke(plateau, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(*people: tuple[str, str]) -> str:
    """A descriptor that says who and by which code."""
    reading, writing = os.pipe()
    os.write(writing, json.dumps([{"name": name, "code": code} for name, code in people]).encode())
    os.close(writing)
    return str(reading)


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, list[str]]:
    pack, target = write_pack(tmp_path), tmp_path / "sujet.plateau"
    reading, writing = os.pipe()
    made = run("pack", "seal", str(pack), "--out", str(target), "--codes-fd", str(writing))
    os.close(writing)
    codes = os.read(reading, 1000).decode().split()
    os.close(reading)
    assert made.exit_code == 0 and "sujet scellé" in made.output and not any(one in made.output for one in codes)
    return target, codes


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the room server was started with, instead of it."""
    calls: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(serve, "main", main)
    return calls


def test_codes_are_shown_on_a_terminal_only(tmp_path: Path) -> None:
    refused = run("pack", "seal", str(write_pack(tmp_path)), "--out", str(tmp_path / "x.plateau"))
    assert refused.exit_code == 2 and "terminal" in refused.output and not (tmp_path / "x.plateau").exists()


def test_two_people_open_it_for_the_room(tmp_path: Path, sealed: tuple[Path, list[str]], served: list[list[str]]) -> None:
    path, codes = sealed
    room = tmp_path / "salle"
    opened = run("room", "--pack", str(path), "--room", str(room), "--codes-fd", told(("Mme A", codes[0]), ("M. B", codes[1])))
    assert opened.exit_code == 0 and "Sujet ouvert par Mme A et M. B" in opened.output, opened.output
    pack = Path(served[0][served[0].index("--pack") + 1])
    assert pack.parent == room / "unsealed" / read_seal(path).digest and pack_hash(pack) == read_seal(path).digest
    assert stat.S_IMODE(pack.parent.stat().st_mode) == stat.S_IMODE(pack.stat().st_mode) == 0o700
    opening = opening_of(pack)
    assert opening is not None and opening.by == ("Mme A", "M. B") and not any(one in str(opening.told()) for one in codes)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (lambda codes: (("Mme A", codes[0]), ("M. B", codes[0])), "n'ouvrent pas"),
        (lambda codes: (("Mme A", codes[0]), ("M. B", "ABCD-EFGH")), "n'ouvrent pas"),
        (lambda codes: (("Mme A", codes[0]), ("mme a", codes[1])), "deux personnes"),
        (lambda codes: (("Mme A", codes[0]),), "deux personnes"),
    ],
)
def test_what_does_not_open_leaves_nothing(
    tmp_path: Path, sealed: tuple[Path, list[str]], served: list[list[str]], people: object, words: str
) -> None:
    path, codes = sealed
    assert callable(people)
    refused = run("room", "--pack", str(path), "--room", str(tmp_path / "salle"), "--codes-fd", told(*people(codes)))
    assert refused.exit_code == 2 and words in refused.output and served == []
    left = tmp_path / "salle" / "unsealed"
    assert not left.exists() or not any(left.iterdir())


async def test_it_stays_open_with_its_session_and_goes_after(
    tmp_path: Path, sealed: tuple[Path, list[str]], served: list[list[str]]
) -> None:
    path, codes = sealed
    room_folder, clock = tmp_path / "salle", Clock()
    keepers = ("--codes-fd", told(("Mme A", codes[0]), ("M. B", codes[1])))
    assert run("room", "--pack", str(path), "--room", str(room_folder), *keepers).exit_code == 0
    pack = Path(served[-1][served[-1].index("--pack") + 1])
    async with open_exam_room(room_folder, pack, now=clock) as room:
        await ok(await room.manager.post("/session", json={"type": "ccp1", "title": "Novembre"}))
        await ok(await room.manager.post("/session/candidates", json={"number": "017", "station": STATION}))
        await ok(await room.manager.post("/session/candidates/017/sitting"))
        first = room.room.stations[STATION].case.rows(0, 1)[0]
        assert first.data["session"]["unsealed"]["by"] == ["Mme A", "M. B"]
        assert (await room.manager.get("/session")).json()["settings"]["unsealed"]["digest"] == read_seal(path).digest
    assert opening_of(pack)  # stopped, or dead, with its session open
    again = run("room", "--pack", str(path), "--room", str(room_folder))
    assert again.exit_code == 0 and "aucun code n'est demandé" in again.output and str(pack) in served[-1]
    async with open_exam_room(room_folder, pack, now=clock) as room:
        await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
        await ok(await room.manager.post("/session/close"))
        assert opening_of(pack)
    assert not (room_folder / "unsealed").exists()
    refused = run("room", "--pack", str(path), "--room", str(room_folder))
    assert refused.exit_code == 2 and "terminal" in refused.output  # its two people are wanted again
