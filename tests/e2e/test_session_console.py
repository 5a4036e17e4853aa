"""A real room led by keys: `plateau session` let in by codes, as manager and as invigilator; a subject sealed at a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.exam import ExamRoom
from tests.terminal import Terminal, plateau
from workstation.cli_options import PACKS
from workstation.links.manage_link import ManageLink

CODE = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){4}\b")


def console(room: ExamRoom, place: str, columns: int, lines: int) -> Terminal:
    """Let in by a code."""
    words = plateau("session", "--room", room.url, "--code", room.code(place), "--data", str(room.root / place))
    return Terminal(words, columns=columns, lines=lines, environment={"PLATEAU_HOME": str(room.root / f"home-{place}")})


def test_a_session_is_led_and_watched_over_by_keys(tmp_path: Path) -> None:
    with ExamRoom(tmp_path) as room, console(room, "direction", 120, 36) as manager, console(room, "surveillance", 80, 24) as watcher:
        manager.wait_for("✓ salle", "Aucune session n'est ouverte : Ctrl+N")
        watcher.wait_for("✓ salle", "Surveillant", "Aucune session n'est ouverte.")
        manager.keys("C-n")
        manager.wait_for("Type de session", "Jury 1")
        manager.keys("Right", "Tab")
        manager.type("Novembre")
        manager.keys("Tab", "Tab", "Tab")
        manager.type("Mme A")
        manager.keys("Enter")
        manager.wait_for("Session CCP 1", "Confirmé : ouvrir la session")
        manager.keys("F6")
        manager.wait_for("Numéro de candidat")
        manager.type("017")
        manager.keys("Enter")
        manager.wait_for("inscrit, séance à ouvrir")
        manager.keys("F5")
        manager.wait_for("Ouvrir sa séance")
        manager.keys("2")
        manager.wait_for("prêt : Préparation")
        manager.keys("F2")
        manager.wait_for("ATTENTION : le poste de ce candidat n'est pas relié.")
        manager.keys("2")
        manager.wait_for("► Préparation", "29:")
        watcher.wait_for("► Préparation", "29:", "Poste 2", "aucun candidat")
        watcher.keys("F8")
        watcher.wait_for("Candidat souffrant")
        watcher.keys("4")
        watcher.wait_for("‖ INCIDENT")
        watcher.keys("C-l")
        watcher.wait_for("Journal des messages", "Confirmé : INCIDENT")
        watcher.keys("Escape")
        manager.wait_for("TEMPS ARRÊTÉ : 017", "Candidat souffrant")
        room.kill()
        manager.wait_for("SALLE COUPÉE", within=60)
        room.start()
        manager.wait_for("✓ salle", "‖ INCIDENT", within=60)
        manager.keys("F9")
        manager.wait_for("Phase sans jury")
        manager.keys("Tab", "Enter")
        manager.wait_for("► Préparation", "29:")
        watcher.wait_for("► Préparation")
        with ManageLink(room.folder) as link:
            [candidate] = link.ask("GET", "/session")["candidates"]
        assert candidate["course"]["frozen"] is None and candidate["course"]["phase"] == "preparation"
        for name in ("direction", "surveillance"):
            assert "Traceback" not in (tmp_path / name / "session.log").read_text()
        watcher.keys("C-q")
        watcher.wait_for("Quitter la console")
        watcher.keys("2")
        watcher.wait_for("EXIT=0")


def test_two_people_are_each_shown_their_own_code(tmp_path: Path) -> None:
    target = tmp_path / "sujet.plateau"
    with Terminal(plateau("pack", "seal", str(PACKS / "marvalune"), "--out", str(target)), columns=100, lines=24) as terminal:
        first = CODE.findall(terminal.wait_for("personne 1 sur 2", "Entrée quand c'est noté", within=60))
        terminal.keys("Enter")
        assert not CODE.search(terminal.wait_for("Passez la place"))
        terminal.keys("Enter")
        second = CODE.findall(terminal.wait_for("personne 2 sur 2", "Entrée quand c'est noté"))
        terminal.keys("Enter")
        after = terminal.wait_for("EXIT=0", within=60)  # the path wraps what is said before
        assert len(first) == len(second) == 1 and first != second and not CODE.search(after)
    with Terminal(plateau("room", "--pack", str(target), "--room", str(tmp_path / "salle")), columns=100, lines=24) as terminal:
        for number, (name, code) in enumerate((("Mme A", first[0]), ("M. B", second[0])), 1):
            terminal.wait_for(f"Personne {number} sur 2", "Nom", within=60)
            terminal.type(name)
            terminal.keys("Enter")
            terminal.wait_line("Code (rien ne s'affiche)", number)  # what comes before the question is thrown away
            terminal.type(code.lower())
            terminal.keys("Enter")
        shown = terminal.wait_for("Sujet ouvert par Mme A et M. B", within=60)
        assert code.lower() not in shown.lower()
