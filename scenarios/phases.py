"""A candidate's passage through an exam: its phases and their clocks, folded from the journal. Pure.

The clock is the journal: instants of rows and of what they say, so that a room server that died and came back tells the same
remaining time to the millisecond, and what time alone brings about (`due`) is dated at the instant it was due.
A phase's minutes are the session type's (scenarios/standards), plus what the authority granted this candidate, phase by phase.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from scenarios.sitting import Row, SittingError
from scenarios.standard import Session

GRACE_SECONDS = 180  # after the hard stop of a phase: to save and print, nothing else


class PhaseState(StrEnum):
    TO_COME = "à venir"
    RUNNING = "en cours"
    FROZEN = "suspendue"
    GRACE = "temps écoulé"  # what was begun may be saved and printed
    GRACE_FROZEN = "temps écoulé, suspendue"
    OVER = "terminée"


class PhaseEvent(StrEnum):
    """Kinds of the journal's rows; every one names its `phase`."""

    STARTED = "PhaseStarted"  # late: seconds after the planned start, which do not move the end
    FROZEN = "PhaseFrozen"  # freeze, nature, cause
    RESUMED = "PhaseResumed"  # freeze, choice, remark, decided_by; given: the seconds of the PhaseTimeGranted that goes with it
    GRANTED = "PhaseTimeGranted"  # seconds, reason
    EXPIRED = "PhaseExpired"
    ENDED = "PhaseEnded"  # reason


_S, _E = PhaseState, PhaseEvent
PHASE_TRANSITIONS: dict[tuple[PhaseState, PhaseEvent], PhaseState] = {
    (_S.TO_COME, _E.STARTED): _S.RUNNING,
    (_S.TO_COME, _E.GRANTED): _S.TO_COME,
    (_S.RUNNING, _E.FROZEN): _S.FROZEN,
    (_S.RUNNING, _E.GRANTED): _S.RUNNING,
    (_S.RUNNING, _E.EXPIRED): _S.GRACE,
    (_S.RUNNING, _E.ENDED): _S.OVER,
    (_S.FROZEN, _E.RESUMED): _S.RUNNING,
    (_S.FROZEN, _E.GRANTED): _S.FROZEN,
    (_S.FROZEN, _E.ENDED): _S.OVER,  # postponed
    (_S.GRACE, _E.FROZEN): _S.GRACE_FROZEN,
    (_S.GRACE, _E.GRANTED): _S.RUNNING,
    (_S.GRACE, _E.ENDED): _S.OVER,
    (_S.GRACE_FROZEN, _E.RESUMED): _S.GRACE,
    (_S.GRACE_FROZEN, _E.GRANTED): _S.FROZEN,
    (_S.GRACE_FROZEN, _E.ENDED): _S.OVER,
}
_STANDING = {_S.FROZEN, _S.GRACE_FROZEN}
UNDER_WAY = {_S.RUNNING, _S.FROZEN, _S.GRACE, _S.GRACE_FROZEN}


class Opens(StrEnum):
    """What the candidate's station may be used for."""

    BRIEF = "brief"  # the brief, the procedures, the directory; notes
    RECORDS = "records"  # reading the company's files
    WORK = "work"  # contacts: telephone, chat, changing records
    FILE = "file"  # saving in the company's files what was begun
    REPLIES = "replies"  # writing the replies
    HAND_IN = "hand_in"  # saving, printing and handing in the replies that were begun


PHASE_OPENS: dict[str, frozenset[Opens]] = {
    "preparation": frozenset({Opens.BRIEF}),
    "contacts": frozenset({Opens.BRIEF, Opens.RECORDS, Opens.WORK, Opens.FILE}),
    "written": frozenset({Opens.BRIEF, Opens.RECORDS, Opens.REPLIES, Opens.HAND_IN}),
    "technical_interview": frozenset(),
    "final_interview": frozenset(),
}
OPEN_IN_GRACE = frozenset({Opens.FILE, Opens.HAND_IN})
HARD_STOPS = {"preparation": 0, "contacts": GRACE_SECONDS, "written": GRACE_SECONDS}
"""Phases that end by themselves, with their seconds of grace; the others are ended by the jury, their clock only tells."""
RESUME_PROPOSED = "PhaseResumeProposed"  # freeze, side, choice, given, remark
CHOICES = ("rendu", "rejoué", "reporté")
"""What the jury and the session manager decide after an incident: the time given back, the simulation replayed with the spare
persona, the sitting postponed."""


@dataclass(frozen=True)
class PlannedPhase:
    """`seconds` for this candidate; `grace` None: it does not end by itself."""

    id: str
    seconds: int
    jury_present: bool
    grace: int | None
    opens: frozenset[Opens] = frozenset()


def planned(session: Session, seconds: Mapping[str, int] | None = None) -> tuple[PlannedPhase, ...]:
    """The phases of a session type. `seconds` holds, by phase, what an authority decided for one candidate in place of the session's."""
    own = seconds or {}
    return tuple(
        PlannedPhase(
            one.id, own.get(one.id, one.minutes * 60), one.jury_present, HARD_STOPS.get(one.id), PHASE_OPENS.get(one.id, frozenset())
        )
        for one in session.phases
    )


def third_more(session: Session) -> dict[str, int]:
    """Seconds by phase with a full third more (the usual ceiling): 60 min → 1 h 20, 40 → 53 min 20 s, 20 → 26 min 40 s."""
    return {one.id: one.minutes * 60 * 4 // 3 for one in session.phases}


@dataclass(frozen=True)
class Proposal:
    """What one side would decide after an incident. `given`: seconds given back besides the freeze itself."""

    choice: str
    given: int
    remark: str
    by: str
    seq: int = 0


@dataclass(frozen=True)
class Freeze:
    """A stop of the clock. `nature`: incident, pause (granted to the candidate), interruption (of the room). `seq`: its row."""

    id: str
    phase: str
    nature: str
    cause: str
    by: str
    began_at: dt.datetime
    ended_at: dt.datetime | None = None
    choice: str = ""
    given: int = 0
    remark: str = ""
    decided_by: tuple[str, ...] = ()
    proposed: Mapping[str, Proposal] = field(default_factory=dict)  # by side: jury, manager
    seq: int = 0


@dataclass(frozen=True)
class PhaseRun:
    """One phase as far as it went. Instants are aware; durations are seconds."""

    plan: PlannedPhase
    state: PhaseState = PhaseState.TO_COME
    granted: int = 0
    late: int = 0
    began_at: dt.datetime | None = None
    frozen_at: dt.datetime | None = None
    stood: float = 0.0  # seconds of the freezes that are over, since it began
    expired_at: dt.datetime | None = None
    stood_in_grace: float = 0.0
    ended_at: dt.datetime | None = None
    reason: str = ""

    def remaining(self, now: dt.datetime) -> float:
        """Seconds left on its clock, below zero past the end; all of it before it begins."""
        whole = self.plan.seconds + self.granted
        if self.began_at is None:
            return float(whole)
        until = self.ended_at or self.frozen_at or now
        return whole - self.late - ((until - self.began_at).total_seconds() - self.stood)

    def grace_left(self, now: dt.datetime) -> float:
        """Seconds left to save and print; 0 outside the grace."""
        if self.expired_at is None or self.state not in (PhaseState.GRACE, PhaseState.GRACE_FROZEN):
            return 0.0
        until = self.frozen_at or now
        return max(0.0, (self.plan.grace or 0) - ((until - self.expired_at).total_seconds() - self.stood_in_grace))

    @property
    def ends_at(self) -> dt.datetime | None:
        """When its clock shows zero if nothing stops it; None before it began or while it stands."""
        if self.began_at is None or self.state in _STANDING:
            return None
        return self.began_at + dt.timedelta(seconds=self.plan.seconds + self.granted - self.late + self.stood)

    @property
    def grace_ends_at(self) -> dt.datetime | None:
        """When saving and printing end too, while that runs."""
        if self.expired_at is None or self.state is not PhaseState.GRACE:
            return None
        return self.expired_at + dt.timedelta(seconds=(self.plan.grace or 0) + self.stood_in_grace)


@dataclass(frozen=True)
class Due:
    """What time alone brings about, at the instant it was due."""

    event: PhaseEvent
    phase: str
    at: dt.datetime


@dataclass(frozen=True)
class Course:
    """Every phase in order, and every stop of the clock. `absent`: the candidate did not come."""

    phases: Mapping[str, PhaseRun]
    freezes: tuple[Freeze, ...] = ()
    absent: bool = False
    postponed: bool = False
    answers: Mapping[str, int] = field(default_factory=dict)  # write_id → seq of its row

    @property
    def current(self) -> PhaseRun | None:
        """The phase under way."""
        return next((run for run in self.phases.values() if run.state in UNDER_WAY), None)

    @property
    def next(self) -> PhaseRun | None:
        """The first that has not begun; None while one is under way, or when nothing is left."""
        if self.current is not None or self.absent or self.postponed:
            return None
        return next((run for run in self.phases.values() if run.state is PhaseState.TO_COME), None)

    @property
    def over(self) -> bool:
        return self.absent or self.postponed or all(run.state is PhaseState.OVER for run in self.phases.values())

    @property
    def frozen(self) -> Freeze | None:
        return next((one for one in self.freezes if one.ended_at is None), None)

    @property
    def opens(self) -> frozenset[Opens]:
        """What the station may be used for now: nothing between phases and while the clock stands."""
        run = self.current
        if run is None or run.state in _STANDING:
            return frozenset()
        return run.plan.opens & OPEN_IN_GRACE if run.state is PhaseState.GRACE else run.plan.opens

    def standing(self, since: dt.datetime, now: dt.datetime) -> float:
        """Seconds the clock stood between two instants: the story's clock stands with it."""
        total = 0.0
        for one in self.freezes:
            first, last = max(one.began_at, since), min(one.ended_at or now, now)
            total += max(0.0, (last - first).total_seconds())
        return total

    # --- what time brings about ---------------------------------------------------------------------

    def due(self, now: dt.datetime) -> list[Due]:
        """In order; empty when nothing is due yet."""
        run = self.current
        if run is None or run.plan.grace is None or run.state in _STANDING:
            return []
        found: list[Due] = []
        expired = run.expired_at if run.state is PhaseState.GRACE else run.ends_at
        if expired is None or expired > now:
            return []
        if run.state is PhaseState.RUNNING:
            found.append(Due(PhaseEvent.EXPIRED, run.plan.id, expired))
        ended = run.grace_ends_at or expired + dt.timedelta(seconds=run.plan.grace)
        if ended <= now:
            found.append(Due(PhaseEvent.ENDED, run.plan.id, ended))
        return found

    # --- what people do -----------------------------------------------------------------------------

    def may(self, event: PhaseEvent, phase: str) -> None:
        """Raises SittingError when the table does not have this move, or another phase is in the way."""
        run = self._known(phase)
        if (run.state, event) not in PHASE_TRANSITIONS:
            words = f"La phase est {run.state} : cela ne peut pas se faire maintenant."
            raise SittingError("wrong_phase_state", 409, words, {"phase": phase, "state": str(run.state)})
        if event is PhaseEvent.STARTED:
            if self.absent or self.postponed:
                raise SittingError("sitting_ended", 409, "Le candidat est absent ou son passage est reporté.", {"phase": phase})
            first = self.next
            if first is None or first.plan.id != phase:
                wanted = self.current or first
                details = {"phase": phase, "expected": wanted.plan.id if wanted else ""}
                raise SittingError("not_that_phase", 409, "Les phases se suivent dans l'ordre : une autre est à terminer avant.", details)

    def _known(self, phase: str) -> PhaseRun:
        if phase not in self.phases:
            raise SittingError("unknown_phase", 404, "Cette phase n'existe pas dans cette session.", {"phase": phase})
        return self.phases[phase]

    # --- the fold -----------------------------------------------------------------------------------

    def apply(self, row: Row) -> Course:
        """The course after one row; rows of other kinds change nothing. Raises SittingError for a move the table does not have."""
        if row.kind == "CandidateAbsent":
            return replace(self, absent=True)
        if row.kind == "SittingPostponed":
            return replace(self, postponed=True)
        if row.kind == RESUME_PROPOSED:
            return self._proposed(row)
        if row.kind not in set(PhaseEvent):
            return self
        event, data = PhaseEvent(row.kind), row.data
        run = self._known(str(data["phase"]))
        self.may(event, run.plan.id)
        at = dt.datetime.fromisoformat(str(data.get("at") or row.at))
        after = _MOVES[event](replace(run, state=PHASE_TRANSITIONS[run.state, event]), run, at, data)
        freezes = self.freezes
        if event is PhaseEvent.FROZEN:
            words = (str(data.get(name) or "") for name in ("freeze", "nature", "cause"))
            ident, nature, cause = words
            freezes = (*freezes, Freeze(ident, run.plan.id, nature, cause, row.actor, at, seq=row.seq))
        elif self.frozen is not None and event in (PhaseEvent.RESUMED, PhaseEvent.ENDED):
            closed = replace(
                self.frozen,
                ended_at=at,
                choice=str(data.get("choice") or ""),
                given=int(data.get("given") or 0),
                remark=str(data.get("remark") or ""),
                decided_by=tuple(str(one) for one in data.get("decided_by") or ()),
            )
            freezes = tuple(closed if one is self.frozen else one for one in freezes)
        answers = {**self.answers, str(data["write_id"]): row.seq} if data.get("write_id") else self.answers
        return replace(self, phases={**self.phases, run.plan.id: after}, freezes=freezes, answers=answers)

    def _proposed(self, row: Row) -> Course:
        if self.frozen is None:
            return self
        data = row.data
        made = Proposal(str(data["choice"]), int(data.get("given") or 0), str(data.get("remark") or ""), row.actor, row.seq)
        waiting = replace(self.frozen, proposed={**self.frozen.proposed, str(data["side"]): made})
        answers = {**self.answers, str(data["write_id"]): row.seq} if data.get("write_id") else self.answers
        return replace(self, freezes=tuple(waiting if one is self.frozen else one for one in self.freezes), answers=answers)


def _started(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    return replace(run, began_at=at, late=int(data.get("late") or 0))


def _frozen(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    return replace(run, frozen_at=at)


def _resumed(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    assert before.frozen_at is not None
    stood = (at - before.frozen_at).total_seconds()
    run = replace(run, frozen_at=None)
    if before.state is PhaseState.GRACE_FROZEN:
        return replace(run, stood_in_grace=before.stood_in_grace + stood)
    return replace(run, stood=before.stood + stood)


def _granted(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    """In the grace, the clock runs again from the instant of the grant on, for the seconds granted."""
    seconds = int(data["seconds"])
    run = replace(run, granted=before.granted + seconds)
    if before.expired_at is None:
        return run
    since_expiry = ((before.frozen_at or at) - before.expired_at).total_seconds()
    return replace(run, stood=before.stood + since_expiry, expired_at=None, stood_in_grace=0.0)


def _expired(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    return replace(run, expired_at=at, stood_in_grace=0.0)


def _ended(run: PhaseRun, before: PhaseRun, at: dt.datetime, data: Mapping[str, Any]) -> PhaseRun:
    return replace(run, ended_at=at, frozen_at=None, reason=str(data.get("reason") or ""))


_MOVES = {
    PhaseEvent.STARTED: _started,
    PhaseEvent.FROZEN: _frozen,
    PhaseEvent.RESUMED: _resumed,
    PhaseEvent.GRANTED: _granted,
    PhaseEvent.EXPIRED: _expired,
    PhaseEvent.ENDED: _ended,
}


def new_course(plan: Sequence[PlannedPhase]) -> Course:
    return Course({one.id: PhaseRun(one) for one in plan})


def fold_course(plan: Sequence[PlannedPhase], rows: Iterable[Row]) -> Course:
    course = new_course(plan)
    for row in rows:
        course = course.apply(row)
    return course
