"""What was practised, read from folders: whose, with whom, what was shown; what cannot be read is told and passed over."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import pytest

from crm_mock.rules.calendar import PARIS
from scenarios.sitting_store import CASEFILE
from scenarios.training.kept import kept
from scenarios.training.practised import VIRTUAL, read_practice
from tests.scenarios.practice_world import Play, play
from tests.scenarios.room_world import write_pack

NINE = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


def _bytes_of(folder: Path) -> dict[str, str]:
    return {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of Camille, one of them with a peer and without its debrief; one of somebody else; one unfinished."""
    folder = tmp_path_factory.mktemp("practice")
    pack = write_pack(folder)
    root = folder / "data" / "sittings"
    play(root, pack, "one", Play(NINE, moved=False))
    play(root, pack, "two", Play(NINE + dt.timedelta(days=30), "S2", agent="camille ROUX", seat="Léa", kept=False))
    play(root, pack, "three", Play(NINE + dt.timedelta(days=31), agent="quelqu'un", people=("Noé", "Ugo")))
    play(root, pack, "four", Play(NINE + dt.timedelta(days=32), ended=False))
    return folder / "data"


def test_each_simulation_played_is_told_and_nothing_is_written(world: Path) -> None:
    before = _bytes_of(world)
    found = read_practice([world, world / "sittings"], PARIS)
    assert _bytes_of(world) == before and not found.remarks
    assert [(one.folder.name, one.simulation) for one in found.practices] == [("one", "S1"), ("two", "S2"), ("three", "S1")]
    first, second, third = found.practices
    assert (third.trainee, third.customer) == ("Noé", "Ugo")  # as they were named, whatever the desk was signed in with
    assert (first.started.hour, first.seconds, first.customer, first.competence, first.direction) == (10, 420, VIRTUAL, "c2", "entrant")
    assert {one.label: one.shown for one in first.findings or ()} == {
        "Nouvelle adresse": False,
        "Le dossier de Luc": True,
        "Fiche ouverte": True,
    }
    assert (second.findings, second.customer, second.title) == (None, "Léa", "")
    assert set(found.trainees) == {"Camille Roux", "Noé"} or set(found.trainees) == {"camille ROUX", "Noé"}
    assert [one.folder.name for one in found.of("CAMILLE  roux").practices] == ["one", "two"]
    assert [one.folder.name for one in found.of("Camille Roux", until=dt.date(2026, 1, 5)).practices] == ["one"]
    assert found.whose("") is None and found.of("Noé").whose("") == "Noé" and found.whose("noe") == "Noé"


def test_what_cannot_be_read_is_told_and_the_rest_is_read(world: Path, tmp_path: Path) -> None:
    root = tmp_path / "sittings"
    shutil.copytree(world / "sittings" / "one", root / "good")
    for name in ("cut", "text", "foreign", "gone"):
        shutil.copytree(world / "sittings" / "one", root / name)
    whole = (root / "cut" / CASEFILE).read_bytes()
    (root / "cut" / CASEFILE).write_bytes(whole[: len(whole) // 3])
    (root / "text" / CASEFILE).write_text("bonjour")
    shutil.rmtree(root / "foreign")
    (root / "foreign").mkdir()
    (root / "foreign" / "notes.txt").write_text("autre chose")
    (root / "gone" / CASEFILE).unlink()
    (root / "good" / "debrief" / "S1.json").write_text('{"simulation": "S1"}')
    found = read_practice([tmp_path, tmp_path / "absent"], PARIS)
    assert [(one.folder.name, one.findings) for one in found.practices] == [("good", None)]
    told = {Path(one.partition(" : ")[0]).name: one.partition(" : ")[2] for one in found.remarks}
    assert set(told) == {"cut", "text", "foreign", "gone", "absent"}
    assert "illisible" in told["cut"] and "illisible" in told["text"] and "casefile.db" in told["gone"]
    assert kept(root / "good", "S1") is None
