"""One station, one candidate after another: nothing of the one before is left on it, and nothing of his is lost."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

from tests.e2e.exam import Desk, ExamRoom
from tests.e2e.lab import SLOW


def test_the_next_candidate_has_a_clean_desk_and_what_was_not_sent_stays_in_its_own_sitting(tmp_path: Path) -> None:
    with ExamRoom(tmp_path, stations=1, juries=1) as room, Desk(room, "poste1") as desk:
        desk.sign_in("Camille Renard")
        first = desk.folder
        room.kill()
        desk.terminal.wait_for("SALLE COUPÉE", within=30)
        desk.terminal.keys("M-7")  # a trace that nobody can be told of now
        desk.terminal.wait_for("[7 Recherche]", "NON ENREGISTRÉ")
        room.start("--new")
        desk.terminal.wait_for("écriture(s) de la séance précédente", "Appelez le surveillant", within=SLOW)
        desk.terminal.keys("Space")
        screen = desk.terminal.wait_for("Prise de poste", "ligne enregistrée", within=SLOW)
        assert "Camille" not in screen
        assert desk.folder != first and desk.rows("AgentStateChanged") == [] and desk.rows("ScreenOpened", screen="search") == []
        kept = sqlite3.connect(tmp_path / "poste1" / "sittings" / first.name / "desk.spool")
        assert ("trace",) in kept.execute("SELECT what FROM writes").fetchall()
        kept.close()
        private = (first, first / "casefile.db", tmp_path / "poste1" / "sittings")
        others_may = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in private}
        assert others_may == {0}


def test_a_machine_that_lost_its_place_is_asked_for_a_new_code(tmp_path: Path) -> None:
    with ExamRoom(tmp_path, stations=1, juries=1) as room:
        with Desk(room, "poste1") as desk:
            desk.terminal.wait_for("ligne enregistrée", within=SLOW)
            room.code("poste1")  # shown, not used: nothing changes
            room.revoke("poste1")
            desk.terminal.wait_for("CE POSTE A ÉTÉ REMPLACÉ", within=30)
            desk.terminal.keys("Escape", "C-q")
            desk.terminal.wait_for("Quitter")
            desk.terminal.keys("2")
            desk.terminal.wait_for("EXIT=0", within=30)
        with room.reopened_desk("poste1") as again:
            again.wait_for("n'est plus inscrite", "Code montré par la salle", within=SLOW)
            again.type(room.code("poste1").lower().replace("-", " "))
            again.keys("Enter")
            again.wait_for("Prise de poste", "ligne enregistrée", within=SLOW)
