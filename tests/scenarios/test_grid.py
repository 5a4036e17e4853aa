"""The jury's grids: blind until all have shared, both originals kept, decisions by people and agreed by all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scenarios.grid import (
    Decision,
    Grids,
    JurorNote,
    Mark,
    MarkMade,
    Outcome,
    check_reason,
    compared,
    criteria_of,
    may_pin,
    questions,
    subjects_of,
    undecided,
)
from scenarios.room.grid_store import GridStore
from scenarios.room.register import Register
from scenarios.room.register_tables import RoomPlace, SittingEntry
from scenarios.room.session_store import Candidate, Person, SessionStore
from scenarios.sitting import SittingError
from scenarios.standard import Session, load_standard
from tests.scenarios.test_register import Clock

STANDARD = load_standard("crcd_rc_m05")
JURORS = ("jury1", "jury2")


def session(name: str) -> Session:
    return next(one for one in STANDARD.sessions if one.id == name)


def refused(error_id: str, work: Callable[[], object]) -> None:
    with pytest.raises(SittingError) as refusal:
        work()
    assert refusal.value.error_id == error_id


def mark(seat: str, criterion: str, value: Mark, at: str = "2026-11-23T09:00:00.000Z") -> MarkMade:
    return MarkMade(seat, criterion, value, at)


def test_what_each_session_type_assesses_and_decides() -> None:
    assert len(criteria_of(STANDARD, session("titre"))) == 58
    assert {one.partition(".")[0] for one in criteria_of(STANDARD, session("ccp1"))} == {"c1", "c2", "c3", "c4"}
    assert subjects_of(STANDARD, session("ccp2")) == ["c5", "c6", "c7", "c8", "c9", "ccp2"]
    assert subjects_of(STANDARD, session("titre"))[-3:] == ["ccp1", "ccp2", "titre"]


def test_a_grid_is_its_juror_s_alone_until_both_have_shared() -> None:
    grids = Grids(JURORS, (mark("jury1", "c1.1", Mark.SEEN),), shared={"jury1": "x"})
    assert (grids.readable_by("jury1"), grids.readable_by("jury2"), grids.readable_by("jury3")) == (("jury1",), ("jury2",), ())
    refused("not_shared", lambda: compared(grids, STANDARD, session("ccp1")))
    refused("not_shared", lambda: grids.may_decide("jury1"))
    refused("already_shared", lambda: grids.may_write("jury1"))
    grids.may_write("jury2")
    refused("not_a_juror", lambda: grids.may_write("jury3"))
    both = Grids(JURORS, grids.marks, shared={"jury1": "x", "jury2": "y"})
    assert both.readable_by("jury2") == JURORS and both.readable_by("jury3") == ()
    refused("too_few_jurors", lambda: Grids(("jury1",), shared={"jury1": "x"}).may_decide("jury1"))


def test_where_the_jurors_differ_comes_first() -> None:
    marks = (
        mark("jury1", "c1.2", Mark.SEEN, "1"), mark("jury1", "c1.2", Mark.NOT_SEEN, "2"), mark("jury2", "c1.2", Mark.NOT_SEEN),
        mark("jury1", "c2.1", Mark.SEEN), mark("jury2", "c2.1", Mark.NOT_OBSERVABLE), mark("jury2", "c4.6", Mark.SEEN),
    )  # fmt: skip
    grids = Grids(JURORS, marks, shared={"jury1": "x", "jury2": "y"})
    found = compared(grids, STANDARD, session("ccp1"))
    assert [one.criterion for one in found[:3]] == ["c2.1", "c4.6", "c1.1"]
    assert found[1].values == (None, Mark.SEEN)
    assert next(one for one in found if one.criterion == "c1.2").values == (Mark.NOT_SEEN, Mark.NOT_SEEN)
    assert len(found) == 26 and not any(one.differs for one in found[2:])


def test_points_for_the_interview_are_of_its_competences_only_and_in_its_order() -> None:
    may_pin(session("titre"), "c5")
    refused("not_in_interview", lambda: may_pin(session("titre"), "c6"))
    notes = (
        JurorNote("1", "jury1", "le planning ?", "3", competence="c5", pinned=True),
        JurorNote("2", "jury1", "la procédure ?", "4", competence="c2", pinned=True),
        JurorNote("3", "jury1", "non épinglée", "1", competence="c2"),
        JurorNote("4", "jury2", "l'escalade ?", "2", competence="c3", pinned=True),
    )
    grids = Grids(JURORS, notes=notes)
    assert [one.id for one in questions(grids, "jury1", session("titre"))] == ["2", "1"]
    shared = Grids(JURORS, notes=notes, shared={"jury1": "x", "jury2": "y"})
    assert [one.id for one in questions(shared, "jury2", session("titre"))] == ["2", "4", "1"]


def test_a_decision_has_a_reason_and_stands_once_all_have_assented() -> None:
    refused("no_reason", lambda: check_reason("  "))
    first = Decision("d1", "c1", Outcome.GRANTED, "cible obtenue", "jury1", "1", frozenset({"jury1"}))
    grids = Grids(JURORS, decisions=(first,))
    assert not grids.agreed("c1") and undecided(grids, ["c1", "c2"]) == ["c1", "c2"]
    agreed = Grids(JURORS, decisions=(Decision("d1", "c1", Outcome.GRANTED, "cible obtenue", "jury1", "1", frozenset(JURORS)),))
    assert agreed.agreed("c1") and undecided(agreed, ["c1", "c2"]) == ["c2"]
    again = Grids(JURORS, decisions=(*agreed.decisions, Decision("d2", "c1", Outcome.REFUSED, "relu", "jury2", "2", frozenset({"jury2"}))))
    assert again.standing("c1") == again.decisions[1] and not again.agreed("c1")


# --- kept -------------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(Register.open(tmp_path / "register.db", now=Clock())) as opened:
        places = [RoomPlace("poste1", "Poste 1", "station"), RoomPlace("jury1", "Jury 1", "seat"), RoomPlace("jury2", "Jury 2", "seat")]
        opened.set_places([*places, RoomPlace("direction", "Responsable de session", "manager")])
        opened.note_sitting(SittingEntry("s1", "poste1", "folder", "marvalune", "h", "exam", "2026-11-23T08:00:00.000Z"))
        opened.note_sitting(SittingEntry("s2", "poste1", "folder2", "marvalune", "h", "exam", "2026-11-23T08:00:00.000Z"))
        yield opened


def test_a_session_its_people_and_its_candidates_are_there_when_it_is_opened_again(register: Register) -> None:
    store = SessionStore(register)
    people = [Person("jury1", "juror", "M. A"), Person("jury2", "juror", "Mme B"), Person("direction", "session_manager", "Mme C")]
    made = store.open("titre", "crcd_rc_m05", "Session de novembre", Clock().now.date(), "marvalune", "h", {"spellcheck": False}, people)
    refused("session_open", lambda: store.open("ccp1", "crcd_rc_m05", "x", Clock().now.date(), "marvalune", "h", {}, []))
    store.add_candidate(made.id, Candidate("017", "poste1", "B", {"written": 3200}, "2026-11-23T08:00:00.000Z"))
    refused("known_candidate", lambda: store.add_candidate(made.id, Candidate("017", "poste1")))
    store.change_candidate(made.id, Candidate("017", "poste1", "B", {"written": 3200}, "2026-11-23T08:00:00.000Z", "s1"))
    found = store.current()
    assert found is not None and found.jurors == JURORS and found.name_of("jury2") == "Mme B"
    assert found.candidate("poste1") == found.of_sitting("s1") and found.candidates[0].seconds == {"written": 3200}
    store.close(made.id)
    assert store.current() is None and [one.id for one in store.all()] == [made.id]


def test_what_jurors_note_is_kept_once_and_only_its_author_changes_it(register: Register) -> None:
    store = GridStore(register)
    store.mark("s1", "jury1", "c1.1", Mark.SEEN, "w1")
    store.mark("s1", "jury1", "c1.1", Mark.NOT_SEEN, "w2")
    store.mark("s1", "jury1", "c1.1", Mark.SEEN, "w1")  # the same, sent again
    store.mark("s2", "jury1", "c1.1", Mark.NOT_OBSERVABLE, "w3")
    store.note("s1", JurorNote("n1", "jury1", "débit rapide", "", competence="c1"))
    store.note("s1", JurorNote("n1", "jury1", "débit rapide au début", "", competence="c1", pinned=True))
    refused("not_yours", lambda: store.note("s1", JurorNote("n1", "jury2", "autre", "")))
    refused("not_yours", lambda: store.note("s2", JurorNote("n1", "jury1", "ailleurs", "")))
    grids = store.grids("s1", JURORS)
    assert [one.value for one in grids.marks] == [Mark.SEEN, Mark.NOT_SEEN] and grids.marks_of("jury1") == {"c1.1": Mark.NOT_SEEN}
    assert [(one.text, one.pinned) for one in grids.notes] == [("débit rapide au début", True)]
    store.remove_note("s1", "jury2", "n1")
    assert store.grids("s1", JURORS).notes
    store.remove_note("s1", "jury1", "n1")
    assert store.grids("s1", JURORS).notes == ()


def test_the_ledger_says_what_the_customer_has_said(register: Register) -> None:
    store = GridStore(register)
    store.reveal("s1", "jury1", "S2", "vinaigre", True, "w1")
    store.reveal("s1", "jury1", "S2", "apres_17h", True, "w2")
    store.reveal("s1", "jury1", "S2", "vinaigre", False, "w3")
    assert list(store.revealed("s1")) == ["S2"] and list(store.revealed("s1")["S2"]) == ["apres_17h"]
    assert store.revealed("s2") == {}


def test_shares_decisions_and_exhibits_are_kept(register: Register) -> None:
    store = GridStore(register)
    for seat in JURORS:
        store.share("s1", seat)
        store.share("s1", seat)
    assert store.grids("s1", JURORS).open_to_all and not store.grids("s2", JURORS).open_to_all
    decision = Decision("d1", "c1", Outcome.GRANTED, "cible obtenue", "jury1", "")
    store.decide("s1", decision)
    store.decide("s1", decision)
    assert not store.grids("s1", JURORS).agreed("c1")
    store.assent("s1", "jury2", "d1")
    assert store.grids("s1", JURORS).agreed("c1")
    refused("unknown_decision", lambda: store.assent("s2", "jury2", "d1"))
    store.exhibit("s1", "jury1", "ecf", "vu")
    store.exhibit("s1", "jury1", "ecf", "vu, complet")
    assert [one["remark"] for one in store.exhibits("s1")] == ["vu, complet"]
