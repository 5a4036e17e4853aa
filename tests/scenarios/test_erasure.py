"""What a room knows of a session, erased when its time has come or on demand: files, register, and the proof of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scenarios.room import erasure
from scenarios.room.register import Register
from scenarios.room.session_store import SessionStore
from scenarios.sitting import SittingError
from tests.scenarios.exam_room import ExamRoom
from tests.scenarios.session_world import STATION, Clock, ok, opened, phase, session_room, write
from workstation.cli import plateau

SECRET = "Hesitation au telephone, reformule bien"


async def held(tmp_path: Path, clock: Clock, room: ExamRoom) -> tuple[str, Path]:
    """A session that was held and closed: its id, and the candidate's folder."""
    await opened(room)
    folder = room.room.stations[STATION].folder
    await phase(room, clock, "preparation", minutes=1)
    juror = room.clients["jury1"]
    await ok(await juror.put("/jury/grid/notes/n1", json={"text": SECRET, "competence": "c2"}))
    for name in room.room.stations[STATION].course.course.phases:
        if name != "preparation":
            await phase(room, clock, name)
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase=name)))
    await ok(await room.manager.post("/session/candidates/017/archive"))
    ident = str((await ok(await room.manager.get("/session")))["id"])
    early = await room.manager.delete(f"/manage/sessions/{ident}")
    assert (early.status_code, early.json()["error_id"]) == (409, "session_open")
    await ok(await room.manager.post("/session/close"))
    return ident, folder


def report_of(tmp_path: Path, ident: str) -> dict[str, Any]:
    """Read once its signature is verified."""
    path = tmp_path / "salle" / "erased" / f"{ident}.json"
    key = serialization.load_pem_public_key((path.parent / "signature.pem").read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(path.with_name(f"{path.name}.sig").read_bytes(), path.read_bytes(), ec.ECDSA(hashes.SHA256()))
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def nothing_left(tmp_path: Path, ident: str, folder: Path) -> None:
    room = tmp_path / "salle"
    assert not folder.exists() and not (room / "archives" / ident).exists()
    holding = [file for file in room.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert holding == []


async def test_on_demand_while_the_room_serves(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        ident, folder = await held(tmp_path, clock, room)
        archive = (tmp_path / "salle" / "archives" / ident / "candidat-017.zip").read_bytes()
        assert (await room.clients["jury1"].delete(f"/manage/sessions/{ident}")).status_code == 403
        made = await ok(await room.manager.delete(f"/manage/sessions/{ident}"))
        assert made["rows"] >= 1 and room.room.stations[STATION].folder != folder
        nothing_left(tmp_path, ident, folder)
        again = await room.manager.delete(f"/manage/sessions/{ident}")
        assert (again.status_code, again.json()["error_id"]) == (409, "session_erased")
        [told] = await ok(await room.manager.get("/manage/sessions"))
        assert told["id"] == ident and told["erased_at"]
    report = report_of(tmp_path, ident)
    names = {one["name"]: one["sha256"] for one in report["files"]}
    assert names[f"archives/{ident}/candidat-017.zip"] == hashlib.sha256(archive).hexdigest()
    assert any(name.endswith("casefile.db") for name in names)
    assert report["rows"]["juror_notes"] == 1 and report["candidates"] == ["017"] and report["why"] == "demande"


async def test_by_itself_at_the_start_of_the_room_once_its_time_has_come(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        ident, folder = await held(tmp_path, clock, room)
    clock.advance(days=364)
    async with session_room(tmp_path, clock):
        assert (folder / "casefile.db").stat().st_size
    clock.advance(days=2)
    async with session_room(tmp_path, clock) as room:
        nothing_left(tmp_path, ident, folder)
        assert room.room.stations[STATION].folder != folder
    assert report_of(tmp_path, ident)["why"] == "durée de conservation passée"


async def test_by_command_in_the_folder_of_a_room_that_is_closed(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        ident, folder = await held(tmp_path, clock, room)
    where = ("--room", str(tmp_path / "salle"))
    listed = CliRunner().invoke(plateau, ["session", "list", *where])
    assert ident in listed.output and "fermée" in listed.output, listed.output
    kept = CliRunner().invoke(plateau, ["session", "erase", ident, *where], input="n\n")
    assert kept.exit_code == 1 and report_missing(tmp_path, ident)
    done = CliRunner().invoke(plateau, ["session", "erase", ident, "--yes", *where])
    assert done.exit_code == 0 and "Compte rendu signé" in done.output, done.output
    nothing_left(tmp_path, ident, folder)
    refused = CliRunner().invoke(plateau, ["session", "erase", "inconnue", "--yes", *where])
    assert refused.exit_code == 2 and "n'est pas dans le registre" in refused.output
    assert "effacée le" in CliRunner().invoke(plateau, ["session", "list", *where]).output


def report_missing(tmp_path: Path, ident: str) -> bool:
    return not (tmp_path / "salle" / "erased" / f"{ident}.json").exists()


async def test_an_erasure_cut_short_names_everything_when_it_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        ident, folder = await held(tmp_path, clock, room)
    register = Register.open(tmp_path / "salle" / "register.db", now=clock)
    try:

        def dies(*_anything: object) -> None:
            raise OSError("disk")

        with monkeypatch.context() as patched:
            patched.setattr(erasure, "_write_report", dies)
            with pytest.raises(SittingError, match="compte rendu"):
                erasure.erase(register, tmp_path / "salle", ident, erasure.ASKED, clock())
        session = SessionStore(register).session(ident)
        assert session is not None and session.erased_at is None
        made = erasure.erase(register, tmp_path / "salle", ident, erasure.ASKED, clock())
    finally:
        register.close()
    report = report_of(tmp_path, ident)
    assert made.files == len(report["files"]) and any(one["name"].endswith("casefile.db") for one in report["files"])
    assert report["rows"]["juror_notes"] == 1
    nothing_left(tmp_path, ident, folder)
