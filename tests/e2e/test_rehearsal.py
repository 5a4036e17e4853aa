"""Whole exam sessions at speed: four candidates at once, a late entry, extra time, an incident, a server killed at random moments."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner

from scenarios.rehearsal.checks import faults
from scenarios.rehearsal.play import Plan, Played, Rehearsal
from tests.scenarios.pack_folders import lean_marvalune
from workstation.rehearsal_cli import rehearsal

DAY = dt.date(2026, 11, 23)
BUSY = pytest.mark.timeout(400)  # a machine that is busy elsewhere makes it long, never wrong


@BUSY
@pytest.mark.parametrize("plan", [Plan("titre", crashes=2, seed=1), Plan("ccp1", seed=2)], ids=lambda plan: plan.kind)
async def test_a_session_is_rehearsed_with_nothing_lost_and_every_clock_right(tmp_path: Path, plan: Plan) -> None:
    said: list[str] = []
    played = await Rehearsal(tmp_path / "salle", lean_marvalune(tmp_path), DAY, plan, said.append).play()
    assert faults(played) == [], "\n".join(said)
    assert played.room.deaths == plan.crashes and len(played.archives) == plan.candidates == 4
    log = (tmp_path / "salle" / "server.log").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-4000:]
    _told_as_a_rehearsal(next(played.archive_folder.glob("*.zip")))
    _what_is_wrong_is_found(played)


@BUSY
def test_the_command_tells_how_it_goes_and_that_all_is_good(tmp_path: Path) -> None:
    folder = tmp_path / "repetition"
    words = ["--pack", str(lean_marvalune(tmp_path)), "--day", "23/11/2026", "--type", "ccp2", "--candidates", "4", "--folder", str(folder)]
    done = CliRunner().invoke(rehearsal, [*words, "--crashes", "1", "--seed", "3"])
    assert done.exit_code == 0, done.output
    for told in (
        "4 candidat(s) inscrit(s)",
        "Préparation (entrée tardive)",
        "temps rendu",
        "rejouée",
        "est tué",
        "Tout est bon",
        str(folder),
    ):
        assert told in done.output
    assert len(list((folder / "archives").glob("*/*.zip"))) == 4


def _what_is_wrong_is_found(played: Played) -> None:
    """The checks of a rehearsal see a write that was lost, a mark that is not the juror's, a subject given twice, an archive touched."""
    first = played.session["candidates"][0]
    someone, juror = played.everybody[first["station"]], played.everybody[first["jury"][1]["seat"]]
    someone.confirmed.append(("/cti/facts", {"facts": [{"id": "perdu"}]}))
    juror.confirmed.append(("/jury/grid/marks", {"criterion": "c3.1", "value": "constaté"}))
    other = played.session["candidates"][3]
    other["variant"] = "Z"
    archive = played.archive_folder / played.archives["002"]["name"]
    archive.write_bytes(archive.read_bytes()[:-200])
    found = "\n".join(faults(played))
    for told in ("001 : 1 fait(s) d'appel", "001 : la grille de", "sujets que le paquet n'offre pas", "002 : l'archive ne se vérifie pas"):
        assert told in found, found


def _told_as_a_rehearsal(archive: Path) -> None:
    """Every page of every document."""
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if name.startswith("documents/") and name.endswith(".pdf"):
                with files.open(name) as document:
                    assert all("RÉPÉTITION" in page.extract_text() for page in pypdf.PdfReader(document).pages), name
