"""Conversations with the reducer about the exam: whose grid it is, what is owed, what is hidden until it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workstation.jury.conversation import Play, seated
from tests.workstation.jury.fake_exam import OTHER, FakeExam
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console import exam_view as exam
from workstation.jury.console import writes
from workstation.jury.console.state import JuryWrite


def examining(role: str = "observer") -> tuple[Play, FakeExam]:
    play, room = seated(role), FakeExam()
    play.happens(ev.SessionArrived(room.session(), True, play.now))
    assert play.effects(fx.FetchGrid)
    play.happens(ev.GridArrived(room.grid(), play.now))
    return play, room


def wants(play: Play, make: Any, *arguments: Any, id: str = "w1", **more: Any) -> Any:
    write = make(play.state, *arguments, id=id, at=play.now, **more)
    play.happens(ev.WriteWanted(write))
    return write


def answered(play: Play, room: FakeExam, write: Any) -> None:
    play.happens(ev.WriteAnswered(write.id, room.answer(write.method, write.path, write.body), play.now))


def test_a_mark_is_shown_at_once_and_as_saved_only_once_the_room_has_it() -> None:
    play, room = examining()
    write = wants(play, writes.mark, "c2.1", "constaté")
    assert play.effects(fx.KeepWrite) == [fx.KeepWrite(write)] and write.sitting == "s3"
    assert exam.marks(play.state) == {"c2.1": exam.Marked("constaté", False)}
    answered(play, room, write)
    assert exam.marks(play.state) == {"c2.1": exam.Marked("constaté", True)} and play.state.owed == ()
    wants(play, writes.mark, "c2.1", "non constaté", id="w2")
    assert exam.marks(play.state)["c2.1"] == exam.Marked("non constaté", False)


def test_what_was_noted_of_a_candidate_is_never_shown_of_the_next() -> None:
    play, room = examining()
    wants(play, writes.mark, "c2.1", "constaté")
    play.sees(sitting={"id": "s3-second"})
    assert play.effects(fx.FetchGrid) and exam.marks(play.state) == {} and exam.grid(play.state) == {}
    assert exam.owed(play.state) == [] and exam.owed_elsewhere(play.state) == 1
    told = room.session()
    told["candidates"][0]["number"] = "018"
    play.happens(ev.SessionArrived(told, False, play.now), ev.GridArrived({**room.grid()}, play.now))
    assert exam.grid(play.state) == {}, "the grid of 017 came late"
    play.happens(ev.GridArrived({**room.grid(), "sitting": "s3-second"}, play.now))
    assert exam.grid(play.state)


def test_the_grid_is_asked_for_again_when_somebody_changed_it_and_after_a_cut() -> None:
    play, room = examining()
    play.happens(ev.SessionArrived(room.session(), False, play.now))
    assert not play.effects(fx.FetchGrid)
    room.version += 1
    play.happens(ev.SessionArrived(room.session(), False, play.now))
    assert play.effects(fx.FetchGrid)
    play.happens(ev.SessionArrived(room.session(), True, play.now))
    assert play.effects(fx.FetchGrid)


def test_a_note_keeps_its_first_hour_and_its_text_is_told_when_it_is_refused() -> None:
    play, room = examining()
    first = wants(play, writes.new_note, "c2", "reformule bien", simulation="S1", id="n1")
    [note] = exam.notes(play.state)
    assert (note.about, note.simulation, note.saved, note.pinned) == ("c2", "S1", False, False)
    answered(play, room, first)
    [kept] = exam.notes(play.state)
    assert kept.saved and kept.id == "n1"
    wants(play, writes.changed_note, kept, id="w2", pinned=True, text="reformule")
    [changed] = exam.notes(play.state)
    assert (changed.text, changed.pinned, changed.at, changed.saved) == ("reformule", True, kept.at, False)
    play.happens(ev.WriteRefused("w2", "Votre grille est partagée : elle ne change plus.", play.now))
    assert "Votre grille est partagée" in play.said and "« reformule »" in play.said
    assert exam.notes(play.state) == [kept]
    wants(play, writes.removed_note, kept, id="w3")
    assert exam.notes(play.state) == []


def test_pages_are_the_competences_the_transversal_ones_and_the_whole() -> None:
    play, _room = examining()
    assert [one.id for one in exam.pages(play.state)] == ["c2", "c6", "c9", "t1", "libre"]
    assert [exam.may_pin(play.state, one) for one in ("c2", "c6", "c9", "t1")] == [True, False, True, False]
    wants(play, writes.new_note, "t1", "voix claire", id="n1")
    wants(play, writes.new_note, "libre", "à revoir ensemble", id="n2")
    assert [one.about for one in exam.notes(play.state)] == ["t1", "libre"]


def test_facts_are_asked_for_by_hand_then_follow_the_journal() -> None:
    play, room = examining()
    play.row("Searched", {"q": "x", "total": 1})
    assert not play.effects(fx.FetchEvidence)
    play.happens(ev.FactsWanted("S1"))
    assert play.effects(fx.FetchEvidence) == [fx.FetchEvidence("S1")]
    play.row("Searched", {"q": "y", "total": 1})
    assert not play.effects(fx.FetchEvidence), "one at a time"
    play.happens(ev.EvidenceArrived("S1", room.evidence["S1"]))
    assert play.effects(fx.FetchEvidence), "what came meanwhile is asked for"
    play.happens(ev.EvidenceArrived("S1", room.evidence["S1"]))
    assert not play.effects(fx.FetchEvidence)
    play.row("Searched", {"q": "z", "total": 1})
    play.happens(ev.FactsWanted(""))
    assert play.state.facts.simulation == ""


def test_what_was_owed_when_the_console_died_is_shown_again() -> None:
    play, _room = examining()
    write = writes.mark(play.state, "c9.1", "non observable", id="old", at=play.now)
    play.happens(ev.OwedLoaded((write,), {"s3|grid|new:c2": "une note comm"}))
    assert exam.marks(play.state)["c9.1"] == exam.Marked("non observable", False)
    assert play.state.typed == {"s3|grid|new:c2": "une note comm"}
    play.happens(ev.Typed("s3|grid|new:c2", ""))
    assert play.state.typed == {} and play.effects(fx.KeepTyped)


def test_a_stop_of_the_clock_is_told_to_whoever_sits_there() -> None:
    play, room = examining()
    room.answer("POST", "/session/stations/poste3/freeze", {"write_id": "f1", "nature": "incident", "cause": "Panne du téléphone"})
    play.happens(ev.SessionArrived(room.session(), False, play.now))
    assert play.said == "ÉPREUVE SUSPENDUE : Panne du téléphone"
    assert exam.phase_left(play.state, play.now + 500) == 4000.0
    room.frozen = {}
    play.happens(ev.SessionArrived(room.session(), False, play.now))
    assert play.said == "L'épreuve reprend."


def test_nothing_of_the_other_juror_is_there_before_both_have_shared() -> None:
    play, room = examining()
    room.marks[OTHER]["c2.1"] = "non constaté"
    play.happens(ev.GridArrived(room.grid(), play.now))
    assert exam.marks_of(play.state, OTHER) == {} and not exam.all_shared(play.state)
    write = wants(play, writes.share, id="s1")
    assert exam.sharing(play.state) and not exam.i_shared(play.state)
    answered(play, room, write)
    assert exam.i_shared(play.state) and exam.marks_of(play.state, OTHER) == {}
    room.shared[OTHER] = room.shared["jury1"]
    play.happens(ev.GridArrived(room.grid(), play.now))
    assert exam.marks_of(play.state, OTHER) == {"c2.1": "non constaté"}


@pytest.mark.parametrize("stays", [True, False], ids=["another person sits here", "nobody sits here"])
def test_nothing_of_a_juror_who_left_is_to_be_read_or_sent_from_here(stays: bool) -> None:
    play, room = examining()
    play.row("Searched", {"q": "x", "total": 1})
    wants(play, writes.new_note, "c2", "à moi seul", id="n1")
    play.happens(
        ev.Typed("s3|grid|new:c2", "une note comm"), ev.Typed("s9|grid|new:c2", "d'un autre"), ev.EvidenceArrived("S1", room.evidence["S1"])
    )
    play.happens(ev.Refused("spool", "« à moi seul »", play.now))
    me = play.room.view["me"]
    me.update({"left": ["s3"]}, **({"sitting": "s3~jury1~9"} if stays else {"sitting": "", "station": "", "role": ""}))
    play.sees()
    assert (play.state.owed, play.state.typed) == ((), {"s9|grid|new:c2": "d'un autre"})
    assert play.effects(fx.ForgetWork) == [fx.ForgetWork(frozenset({"s3"}))] and len(play.state.notices) == 1
    assert (play.state.timeline, play.state.evidence, exam.grid(play.state)) == ((), {}, {})
    assert bool(play.effects(fx.FetchGrid)) == stays and ("Une autre personne" in play.said) == stays
    play.happens(ev.OwedLoaded((JuryWrite("w", "s3", "PUT", "/jury/grid/marks", {}, play.now),), {"s3|grid|x": "y"}))
    assert play.state.owed == () and play.effects(fx.ForgetWork), "what was on the disk"
    play.sees()
    assert not play.effects(fx.ForgetWork)


def test_a_juror_whom_the_manager_seats_is_told() -> None:
    play, _room = examining("observer")
    play.room.view["me"]["role"] = "role_player"
    play.sees()
    assert play.said == "Le responsable de session vous place à Poste 3 : vous jouez le client."
