"""A calibration file: made with consent, without a name, to its date; grids that are each person's own until shared; then side by side."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from crm_mock.casefile_look import look
from scenarios.grid import Mark
from scenarios.report.pdf import as_pdf
from scenarios.sitting import SittingError
from scenarios.sitting_store import CASEFILE, FolderLock
from scenarios.training.calibration import (
    Calibration,
    CalibrationUnusable,
    Graded,
    GradedMark,
    GradedNote,
    expired_files,
    grid_path,
    read_calibration,
    read_graded,
    write_graded,
)
from scenarios.training.calibration_making import make_calibration, recorded_calls
from scenarios.training.calibration_pages import calibration_pages
from tests.scenarios.practice_world import Play, play, wav
from tests.scenarios.room_world import write_pack

NINE = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
NOW = NINE + dt.timedelta(days=1)
LATE = NINE + dt.timedelta(days=31)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibration")
    play(folder / "sittings", write_pack(folder), "one", Play(NINE, recorded=True))
    return folder


@pytest.fixture(scope="module")
def made(world: Path) -> Path:
    found, wrong = recorded_calls([world])
    assert len(found) == 1 and not wrong and found[0].simulation == "S1"
    return make_calibration(found[0], world / "class" / "S1.calibrage", NOW)


def mark(criterion: str, value: Mark) -> GradedMark:
    return GradedMark(criterion=criterion, value=value, at=NOW.isoformat())


def graded(about: Calibration, name: str, *values: Mark, why: str = "", shared: bool = True) -> Graded:
    marks = tuple(mark(criterion, value) for criterion, value in zip(about.criteria, values, strict=False))
    notes = (GradedNote(id=f"{name} {why}", text=why, at=NOW.isoformat(), competence=about.competence),) if why else ()
    return Graded(calibration=about.id, name=name, marks=marks, notes=notes, shared_at=NOW.isoformat() if shared else "")


def test_the_file_holds_the_call_its_facts_and_the_criteria_and_no_name(made: Path, world: Path) -> None:
    about, sound = read_calibration(made, NOW)
    assert sound == wav(5) and (about.competence, about.simulation, about.seconds) == ("c2", "S1", 5.0)
    assert about.criteria["c2.1"] == "La demande de l'interlocuteur est identifiée"
    told = {fact.text: fact.second for fact in about.facts}
    assert told["Client : « Bonjour. »"] == 0.0 and told["Fin de l'appel : raccroché par le client"] == 420.0
    assert any(text.startswith("Créé : qualification – agent le conseiller") for text in told)
    assert "Nouvelle adresse : dans le dossier, comme attendu" in about.evidence[0].facts
    assert "Camille" not in about.model_dump_json()
    assert [row.data["file"] for row in look(world / "sittings" / "one" / CASEFILE, ["RecordingExported"])] == ["S1.calibrage"]


def test_it_is_not_made_without_consent_nor_after_its_date_nor_of_a_sitting_in_use(world: Path, tmp_path: Path) -> None:
    call = recorded_calls([world])[0][0]
    with pytest.raises(CalibrationUnusable, match="n'a pas accepté"):
        consent = replace(call.recording.consent, purposes=("réécoute",))
        make_calibration(replace(call, recording=replace(call.recording, consent=consent)), tmp_path / "x.calibrage", NOW)
    with pytest.raises(CalibrationUnusable, match="gardé assez longtemps"):
        make_calibration(call, tmp_path / "x.calibrage", LATE)
    with pytest.raises(CalibrationUnusable, match="n'est pas terminée"):
        make_calibration(replace(call, report=None), tmp_path / "x.calibrage", NOW)
    lock = FolderLock(call.folder)
    lock.take()
    try:
        with pytest.raises(CalibrationUnusable, match="Quittez le poste"):
            make_calibration(call, tmp_path / "x.calibrage", NOW)
    finally:
        lock.release()
    assert list(tmp_path.iterdir()) == []


def test_it_opens_to_its_date_and_only_as_it_was_made(made: Path, tmp_path: Path) -> None:
    with pytest.raises(CalibrationUnusable, match="se gardait jusqu'au 23/12/2026"):
        read_calibration(made, LATE)
    assert expired_files(made.parent, NOW) == [] and expired_files(made.parent, LATE) == [made]
    other = tmp_path / "other.calibrage"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(other, "w") as new:
        new.writestr("calibrage.json", old.read("calibrage.json"))
        new.writestr("appel.wav", wav(4))
    with pytest.raises(CalibrationUnusable, match="pas celui qui a été enregistré"):
        read_calibration(other, NOW)
    for content in (b"", b"PK\x03\x04", json.dumps({"a": 1}).encode()):
        other.write_bytes(content)
        with pytest.raises(CalibrationUnusable, match="abîmé"):
            read_calibration(other, NOW)


def test_a_grid_is_a_file_of_its_author_s(made: Path, tmp_path: Path) -> None:
    about, _sound = read_calibration(made, NOW)
    path = grid_path(tmp_path / "S1.calibrage", "Zoé d'Artois")
    assert path == tmp_path / "S1.zoe-d-artois.grille.json"
    one = graded(about, "Zoé d'Artois", Mark.SEEN, why="c2.1 elle demande")
    write_graded(path, one)
    assert read_graded(path) == one
    path.write_text("{}")
    with pytest.raises(CalibrationUnusable):
        read_graded(path)


def test_side_by_side_what_differs_comes_first_with_each_one_s_reason(made: Path) -> None:
    about, _sound = read_calibration(made, NOW)
    ana = graded(about, "Ana", Mark.SEEN, Mark.NOT_SEEN, why="c2.2 répond à côté")
    noe = graded(about, "Noé", Mark.SEEN, Mark.SEEN, why="On entend mal.")
    text = " ".join(
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(as_pdf(calibration_pages(about, [ana, noe])))).pages).split()
    )
    assert text.index("c2.2 La réponse") < text.index("c2.1 La demande") and "Ana non constaté répond à côté" in text
    assert "Remarques Qui Remarque Noé On entend mal." in text and "%" not in text
    with pytest.raises(SittingError):
        calibration_pages(about, [ana])
    with pytest.raises(SittingError):
        calibration_pages(about, [ana, graded(about, "Zoé", Mark.SEEN, shared=False)])
