"""The exam's panes by keys, at both sizes: what is read, what the room is told, and what is never shown."""

from __future__ import annotations

import pytest

from tests.workstation.jury.console_of_tests import Console, running_console
from tests.workstation.jury.fake_exam import CRITERIA, FakeExam
from tests.workstation.jury.fake_jury_room import FakeJuryRoom
from tests.workstation.wait import wait_for

SIZES = [(80, 24), (120, 36)]


def examining(role: str = "observer") -> FakeJuryRoom:
    return FakeJuryRoom(role=role, exam=True)


def exam_of(console: Console) -> FakeExam:
    assert console.room.exam is not None
    return console.room.exam


@pytest.mark.parametrize("size", SIZES)
async def test_criteria_are_marked_by_one_key_in_words(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        console.room.begin("S4")
        await console.until("sim. 2/3")
        await console.pilot.press("alt+5")
        await console.until("Candidat n° 017", "Contacts 1:1", "◄ ► c6 Prendre des commandes", CRITERIA["c6"]["c6.1"])
        await console.pilot.press("left")
        await console.until("◄ ► c2", CRITERIA["c2"]["c2.1"], "P entretien", "c2.5 ·")
        await console.pilot.press("c", "down", "o")
        await console.until("c2.1 CONSTATÉ", "c2.5 NON OBSERVABLE", gone="pas encore enregistré")
        await console.pilot.press("n")
        await console.until("c2.5 NON CONSTATÉ", gone="pas encore enregistré")
        assert exam.marks["jury1"] == {"c2.1": "constaté", "c2.5": "non constaté"}
        assert "Fiche ouverte" not in console.screen()


@pytest.mark.parametrize("size", SIZES)
async def test_facts_come_by_a_key_and_go(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2", gone="Fiche ouverte")
        assert not [path for _verb, path, _body in console.room.requests if "evidence" in path]
        await console.pilot.press("e")
        await console.until("Motif de l'appel : absent du dossier", "Fiche ouverte : vu à 09:13:05", "Rien au dossier.")
        await console.pilot.press("e")
        await console.until("E faits", gone="Fiche ouverte")


@pytest.mark.parametrize("size", SIZES)
async def test_notes_and_pins(size: tuple[int, int]) -> None:
    async with running_console(size=size, room=examining()) as console:
        exam = exam_of(console)
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2")
        await console.pilot.press("t", *"dit + ou - bien", "enter")
        await console.until("NOTES", "dit + ou - bien", gone="Note sur c2")
        await wait_for(lambda: len(exam.notes) == 1, "the note in the room")
        await console.pilot.press("end", "p")
        await console.until("À APPROFONDIR EN ENTRETIEN", gone="pas encore enregistré")
        await console.pilot.press("enter", "!", "enter")
        await console.until("dit + ou - bien!", gone="pas encore enregistré")
        [note] = exam.notes.values()
        assert (note["competence"], note["pinned"], note["text"]) == ("c2", True, "dit + ou - bien!")
        await console.pilot.press("delete")
        await console.until("◄ ► c2", gone="NOTES")
        await console.pilot.press("right", "t", *"pas ici", "enter", "end", "p")
        await console.until("◄ ► c6", "pas ici", gone="À APPROFONDIR")
        await console.pilot.press("left", "left", "left", "t", *"voix", "enter")
        await console.until("◄ ► t1", "voix")
        await wait_for(lambda: [one["transversal"] for one in exam.notes.values()] == ["", "t1"], "both")


async def test_what_is_typed_and_noted_while_the_room_is_away_is_not_shown_as_saved() -> None:
    async with running_console(size=(80, 24), room=examining()) as console:
        exam = exam_of(console)
        await console.pilot.press("alt+5")
        await console.until("◄ ► c2")
        console.room.cut()
        await console.until("✕ SALLE COUPÉE")
        await console.pilot.press("c", "t", *"une no")
        await console.until("c2.1 CONSTATÉ (pas encore enregistré)", "1 pas encore enregistré(s)", "Note sur c2 : une no")
        await console.pilot.press("escape", "t")
        await console.until("Note sur c2 : une no")
        await console.pilot.press(*"te", "enter")
        await console.until("2 pas encore enregistré(s)")
        console.room.up = True
        await console.until("c2.1 CONSTATÉ", "une note", gone="pas encore enregistré")
        assert exam.marks["jury1"] == {"c2.1": "constaté"} and [one["text"] for one in exam.notes.values()] == ["une note"]


async def test_without_a_session_there_is_no_pane_of_it() -> None:
    async with running_console(size=(80, 24), room=FakeJuryRoom(role="observer")) as console:
        await console.until("✓ ligne")
        await console.pilot.press("alt+5")
        assert "Grille" not in console.screen()
