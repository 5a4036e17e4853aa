"""A passage through an exam as its journal tells it: phases in order, clocks to the second whatever dies, stops, late entry, grace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.phases import GRACE_SECONDS, Course, Opens, PhaseEvent, PhaseState, fold_course, new_course, planned, third_more
from scenarios.sitting import SittingError
from scenarios.standard import Session, load_standard

T0 = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
HOUR = 3600


@dataclass(frozen=True)
class Row:
    seq: int
    at: str
    kind: str
    data: dict[str, Any]
    actor: str = "responsable"
    call_key: str = ""


def session(name: str = "titre") -> Session:
    return next(one for one in load_standard("crcd_rc_m05").sessions if one.id == name)


class Passage:
    """Rows one after the other, and the course they make."""

    def __init__(self, name: str = "titre", seconds: dict[str, int] | None = None) -> None:
        self.plan = planned(session(name), seconds)
        self.rows: list[Row] = []
        self.now = T0

    @property
    def course(self) -> Course:
        return fold_course(self.plan, self.rows)

    def happens(self, kind: str, phase: str = "", **data: Any) -> Passage:
        data = {"phase": phase, **data} if phase else data
        self.rows.append(Row(len(self.rows) + 1, self.now.isoformat(), kind, data))
        return self

    def after(self, seconds: float) -> Passage:
        self.now += dt.timedelta(seconds=seconds)
        for due in self.course.due(self.now):
            self.happens(due.event, due.phase, at=due.at.isoformat())
        return self

    def left(self, phase: str) -> float:
        return self.course.phases[phase].remaining(self.now)

    def state(self, phase: str) -> PhaseState:
        return self.course.phases[phase].state


@pytest.mark.parametrize(("name", "minutes"), [("titre", [60, 90, 40, 30, 20]), ("ccp1", [30, 45, 15, 15]), ("ccp2", [30, 60, 30, 15])])
def test_each_session_type_has_the_minutes_of_the_standard(name: str, minutes: list[int]) -> None:
    assert [one.seconds for one in planned(session(name))] == [60 * m for m in minutes]


def test_a_full_third_more_is_exact_to_the_second() -> None:
    assert third_more(session()) == {
        "preparation": 80 * 60,
        "contacts": 120 * 60,
        "written": 53 * 60 + 20,
        "technical_interview": 40 * 60,
        "final_interview": 26 * 60 + 40,
    }


def test_a_whole_passage_from_the_first_phase_to_the_last() -> None:
    exam = Passage()
    assert exam.course.opens == frozenset() and exam.course.next is not None and exam.course.next.plan.id == "preparation"
    exam.happens("PhaseStarted", "preparation").after(HOUR - 1)
    assert exam.course.opens == {Opens.BRIEF} and exam.left("preparation") == 1
    exam.after(1)
    assert exam.state("preparation") is PhaseState.OVER and exam.course.opens == frozenset()  # no grace: there is nothing to save
    exam.happens("PhaseStarted", "contacts").after(90 * 60)
    assert exam.state("contacts") is PhaseState.GRACE and exam.course.opens == {Opens.FILE}
    exam.after(GRACE_SECONDS)
    exam.happens("PhaseStarted", "written").after(10 * 60)
    assert Opens.REPLIES in exam.course.opens and Opens.WORK not in exam.course.opens
    exam.after(30 * 60)
    assert exam.state("written") is PhaseState.GRACE and exam.course.opens == {Opens.HAND_IN}
    exam.happens("PhaseEnded", "written", reason="remis")
    exam.happens("PhaseStarted", "technical_interview").after(31 * 60)
    assert exam.left("technical_interview") == -60 and exam.state("technical_interview") is PhaseState.RUNNING  # the jury ends it
    exam.happens("PhaseEnded", "technical_interview").happens("PhaseStarted", "final_interview").happens("PhaseEnded", "final_interview")
    assert exam.course.over and exam.course.next is None


def test_phases_follow_each_other_and_one_at_a_time() -> None:
    exam = Passage()
    for phase, event in (("contacts", PhaseEvent.STARTED), ("preparation", PhaseEvent.ENDED), ("preparation", PhaseEvent.FROZEN)):
        with pytest.raises(SittingError) as refused:
            exam.course.may(event, phase)
        assert refused.value.status == 409
    exam.happens("PhaseStarted", "preparation")
    with pytest.raises(SittingError) as refused:
        exam.course.may(PhaseEvent.STARTED, "contacts")
    assert refused.value.details["expected"] == "preparation"
    with pytest.raises(SittingError) as unknown:
        exam.course.may(PhaseEvent.STARTED, "lunch")
    assert unknown.value.error_id == "unknown_phase"


def test_a_late_entry_does_not_move_the_end() -> None:
    on_time, late = Passage(), Passage()
    on_time.happens("PhaseStarted", "preparation")
    late.after(12 * 60).happens("PhaseStarted", "preparation", late=12 * 60)
    assert late.course.phases["preparation"].ends_at == on_time.course.phases["preparation"].ends_at
    assert late.left("preparation") == 48 * 60


def test_an_incident_stops_the_clock_and_its_time_is_given_back() -> None:
    exam = Passage().happens("PhaseStarted", "preparation").after(600)
    exam.happens("PhaseFrozen", "preparation", freeze="i1", nature="incident", cause="Coupure de courant").after(5000)
    assert exam.left("preparation") == 3000 and exam.course.opens == frozenset() and exam.course.frozen is not None
    exam.happens("PhaseTimeGranted", "preparation", seconds=90, reason="panne antérieure à l'arrêt")
    exam.happens("PhaseResumed", "preparation", freeze="i1", choice="rendu", given=90, remark="RAS", decided_by=["jury1", "responsable"])
    assert exam.left("preparation") == 3090 and exam.course.frozen is None
    (freeze,) = exam.course.freezes
    assert (freeze.cause, freeze.choice, freeze.given, freeze.remark, freeze.decided_by) == (
        "Coupure de courant", "rendu", 90, "RAS", ("jury1", "responsable"),
    )  # fmt: skip
    assert exam.course.standing(T0, exam.now) == 5000


def test_an_incident_in_the_grace_and_time_given_back_in_it() -> None:
    exam = Passage("ccp1").happens("PhaseStarted", "preparation").after(1800).happens("PhaseStarted", "contacts").after(45 * 60 + 100)
    exam.happens("PhaseFrozen", "contacts", freeze="i1", nature="incident", cause="Imprimante").after(1000)
    assert exam.course.phases["contacts"].grace_left(exam.now) == 80
    exam.happens("PhaseResumed", "contacts", freeze="i1", choice="rendu").after(79)
    assert exam.state("contacts") is PhaseState.GRACE
    exam.happens("PhaseFrozen", "contacts", freeze="i2", nature="incident", cause="Imprimante").after(50)
    exam.happens("PhaseTimeGranted", "contacts", seconds=300, reason="écran noir")
    exam.happens("PhaseResumed", "contacts", freeze="i2", choice="rendu", given=300)
    assert exam.state("contacts") is PhaseState.RUNNING and exam.left("contacts") == 300
    exam.after(300)
    assert exam.state("contacts") is PhaseState.GRACE
    exam.after(GRACE_SECONDS - 1)
    assert exam.state("contacts") is PhaseState.GRACE
    exam.after(1)
    assert exam.state("contacts") is PhaseState.OVER


def test_a_passage_that_is_postponed_or_whose_candidate_is_absent_has_nothing_left_to_begin() -> None:
    exam = Passage().happens("PhaseStarted", "preparation").after(60)
    exam.happens("PhaseFrozen", "preparation", freeze="i1", nature="incident", cause="Alarme")
    exam.happens("PhaseEnded", "preparation", choice="reporté").happens("SittingPostponed", reason="alarme")
    assert exam.course.over and exam.course.freezes[0].choice == "reporté"
    for one in (exam, Passage().happens("CandidateAbsent")):
        with pytest.raises(SittingError):
            one.course.may(PhaseEvent.STARTED, "contacts" if one is exam else "preparation")


def test_what_was_due_while_the_server_was_away_is_dated_when_it_was_due() -> None:
    exam = Passage("ccp1").happens("PhaseStarted", "preparation").after(1800).happens("PhaseStarted", "contacts")
    began = exam.now
    exam.now += dt.timedelta(hours=5)  # nobody was there
    due = exam.course.due(exam.now)
    expiry = began + dt.timedelta(minutes=45)
    assert [(one.event, one.at) for one in due] == [
        (PhaseEvent.EXPIRED, expiry), (PhaseEvent.ENDED, expiry + dt.timedelta(seconds=GRACE_SECONDS)),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), max_size=6), st.integers(0, 1000), st.integers(0, 900))
def test_the_clock_counts_what_passed_less_what_stood(stops: list[tuple[int, int]], late: int, granted: int) -> None:
    exam = Passage(seconds={"preparation": 100_000}).happens("PhaseStarted", "preparation", late=late)
    if granted:
        exam.happens("PhaseTimeGranted", "preparation", seconds=granted, reason="x")
    ran = 0
    for number, (before, stood) in enumerate(stops):
        exam.after(before).happens("PhaseFrozen", "preparation", freeze=str(number), nature="pause", cause="pause").after(stood)
        assert exam.left("preparation") == 100_000 + granted - late - ran - before
        exam.happens("PhaseResumed", "preparation", freeze=str(number), choice="rendu")
        ran += before
    assert exam.left("preparation") == 100_000 + granted - late - ran
    assert exam.course.standing(T0, exam.now) == sum(stood for _before, stood in stops)
    ends = exam.course.phases["preparation"].ends_at
    assert ends is not None and (ends - exam.now).total_seconds() == exam.left("preparation")
    again = new_course(exam.plan)
    for row in exam.rows:  # one row after the other, as a server that came back reads them
        again = again.apply(row)
    assert again == exam.course
