"""The phases of a live sitting: what people order of them, what time brings about, and what the station may be used for meanwhile.

A sitting belongs to an exam session when its first row says so; one that does not (practice, a room without a session) has no
phases, and its station is open to everything. The course is a fold of the journal: nothing here outlives a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.journal import Event, JournalRow
from scenarios.phases import (
    CHOICES,
    RESUME_PROPOSED,
    Course,
    Opens,
    PhaseEvent,
    PhaseRun,
    PhaseState,
    fold_course,
    new_course,
    planned,
)
from scenarios.sitting import SittingError
from scenarios.standard import Session, load_standard

SYSTEM = "system"
SIDES = ("jury", "manager")
SETTINGS = ("office",)
"""What a session allows at its stations beside the pack: LibreOffice. (A spelling checker: `LiveSitting.spellcheck`.)"""


def session_of(opened: Mapping[str, Any]) -> Session | None:
    """The session type a sitting's first row names; None where it names none. Raises KeyError for one the standard has not."""
    told = opened.get("session")
    if not told:
        return None
    for session in load_standard(str(told["standard"])).sessions:
        if session.id == told["type"]:
            return session
    raise KeyError(told["type"])


class LiveCourse:
    """`now` is the server's clock."""

    def __init__(self, case: CaseFile, rows: Sequence[JournalRow], opened: Mapping[str, Any], now: Callable[[], dt.datetime]) -> None:
        self._case, self._now = case, now
        self.replayed: Callable[[str], Sequence[Event]] = lambda freeze: ()  # what a replay decided after that stop is journaled with
        self.journaled: Callable[[JournalRow], object] = lambda row: None  # of each row it writes
        self.told: Mapping[str, Any] = dict(opened.get("session") or {})
        self.session = session_of(opened)
        plan = planned(self.session, self.told.get("seconds")) if self.session is not None else ()
        self.course: Course = fold_course(plan, rows) if plan else new_course(())

    @property
    def in_session(self) -> bool:
        return self.session is not None

    def gate(self, opens: Opens) -> None:
        """Raises SittingError when the station may not be used for this now."""
        if not self.in_session or opens in self.course.opens:
            return
        frozen = self.course.frozen
        if frozen is not None:
            raise SittingError("frozen", 423, "L'épreuve est suspendue : attendez la reprise.", {"freeze": frozen.id})
        run = self.course.current
        words = "Ce n'est pas ouvert dans cette phase de l'épreuve." if run is not None else "La phase n'est pas commencée : attendez."
        raise SittingError("not_open", 423, words, {"phase": run.plan.id if run else "", "opens": sorted(self.course.opens)})

    # --- orders -------------------------------------------------------------------------------------

    def start(self, phase: str, late: int, write_id: str, actor: str) -> None:
        """`late`: seconds since the planned start, which do not move the end. Raises SittingError."""
        self._order(PhaseEvent.STARTED, phase, write_id, actor, {"late": max(0, late)})

    def end(self, phase: str, reason: str, write_id: str, actor: str) -> None:
        self._order(PhaseEvent.ENDED, phase, write_id, actor, {"reason": reason})

    def grant(self, seconds: int, reason: str, write_id: str, actor: str) -> None:
        """More time, to the phase under way, else to the next one."""
        run = self.course.current or self.course.next
        if run is None:
            raise SittingError("no_phase", 409, "Aucune phase n'est en cours ni à venir.", {})
        if seconds <= 0 or not reason.strip():
            raise SittingError("invalid_grant", 422, "Un temps ajouté a une durée et un motif.", {"seconds": seconds})
        self._order(PhaseEvent.GRANTED, run.plan.id, write_id, actor, {"seconds": seconds, "reason": reason.strip()})

    def freeze(self, freeze_id: str, nature: str, cause: str, write_id: str, actor: str) -> None:
        run = self.course.current
        if run is None:
            raise SittingError("no_phase", 409, "Aucune phase n'est en cours : rien à suspendre.", {})
        self._order(PhaseEvent.FROZEN, run.plan.id, write_id, actor, {"freeze": freeze_id, "nature": nature, "cause": cause})

    def propose(self, side: str, choice: str, given: int, remark: str, write_id: str, actor: str) -> bool:
        """What the jury or the session manager decides after a stop of the clock; it ends once both have said the same (the manager
        alone in a phase without jury). Whether it has. Raises SittingError."""
        frozen, run = self.course.frozen, self.course.current
        if frozen is None or run is None:
            raise SittingError("not_frozen", 409, "L'épreuve n'est pas suspendue.", {})
        if choice not in CHOICES or given < 0:
            raise SittingError(
                "unknown_choice", 422, "Temps rendu, simulation rejouée ou passage reporté : choisissez.", {"choice": choice}
            )
        if write_id in self.course.answers:
            return False
        data = {"phase": run.plan.id, "freeze": frozen.id, "side": side, "choice": choice, "given": given, "remark": remark}
        self._write([Event(RESUME_PROPOSED, {**data, "write_id": write_id}, actor, event_id=write_id)])
        return self._resume_when_agreed(write_id)

    def _resume_when_agreed(self, write_id: str) -> bool:
        frozen, run = self.course.frozen, self.course.current
        assert frozen is not None and run is not None
        made = [frozen.proposed.get(side) for side in (SIDES if run.plan.jury_present else ("manager",))]
        agreed = made[0]
        if agreed is None or any(one is None or (one.choice, one.given) != (agreed.choice, agreed.given) for one in made):
            return False
        by = [one.by for one in made if one is not None]
        remark = " / ".join(dict.fromkeys(one.remark for one in made if one is not None and one.remark))
        told = {
            "phase": run.plan.id,
            "freeze": frozen.id,
            "choice": agreed.choice,
            "given": agreed.given,
            "remark": remark,
            "decided_by": by,
        }
        events = []
        if agreed.given:
            granted = {"phase": run.plan.id, "seconds": agreed.given, "reason": f"Incident : {frozen.cause}"}
            events.append(Event(PhaseEvent.GRANTED, granted, SYSTEM, event_id=f"{write_id}-granted"))
        if agreed.choice == "reporté":
            events.append(Event(PhaseEvent.ENDED, {**told, "reason": "reporté"}, SYSTEM, event_id=f"{write_id}-ended"))
            events.append(Event("SittingPostponed", told, SYSTEM, event_id=f"{write_id}-postponed"))
        else:
            if agreed.choice == "rejoué":
                events += self.replayed(frozen.id)
            events.append(Event(PhaseEvent.RESUMED, told, SYSTEM, event_id=f"{write_id}-resumed"))
        self._write(events)
        return True

    def absent(self, write_id: str, actor: str) -> None:
        """The candidate did not come. Raises SittingError once a phase has begun."""
        if any(run.began_at is not None for run in self.course.phases.values()):
            raise SittingError("already_begun", 409, "L'épreuve de ce candidat a commencé : il n'est pas absent.", {})
        self._write([Event("CandidateAbsent", {"write_id": write_id}, actor, event_id=write_id)])

    def tick(self) -> bool:
        """What time alone brings about is journaled, at the instant it was due; whether there was any."""
        due = self.course.due(self._now()) if self.in_session else []
        for one in due:
            data = {"phase": one.phase, "at": one.at.isoformat(), "reason": "fin du temps"}
            self._write([Event(one.event, data, SYSTEM, event_id=f"{one.event}-{one.phase}-{one.at.isoformat()}")])
        return bool(due)

    def _order(self, event: PhaseEvent, phase: str, write_id: str, actor: str, data: Mapping[str, Any]) -> None:
        if not self.in_session:
            raise SittingError("no_session", 409, "Ce poste n'est pas dans une session d'examen.", {})
        if write_id in self.course.answers:
            return
        self.course.may(event, phase)
        self._write([Event(event, {"phase": phase, **data, "write_id": write_id}, actor, event_id=write_id)])

    def _write(self, events: Sequence[Event]) -> None:
        for row in self._case.append_events(events):
            self.course = self.course.apply(row)
            self.journaled(row)

    # --- what is told -------------------------------------------------------------------------------

    def view(self) -> dict[str, Any] | None:
        """The phases and their clocks, None outside a session. A clock that runs is told by the instant it ends (`ends_at`,
        `grace_ends_at`), one that stands by its seconds (`remaining`): the same view is the same whenever it is read."""
        if self.session is None:
            return None
        course = self.course
        run, frozen = course.current, course.frozen
        return {
            "type": self.session.id,
            "label": self.session.label,
            "candidate": str(self.told.get("candidate") or ""),
            "phase": run.plan.id if run else "",
            "next": course.next.plan.id if course.next else "",
            "opens": sorted(course.opens),
            "over": course.over,
            "absent": course.absent,
            "postponed": course.postponed,
            "settings": {name: bool((self.told.get("settings") or {}).get(name)) for name in SETTINGS},
            "frozen": {
                "id": frozen.id,
                "nature": frozen.nature,
                "cause": frozen.cause,
                "by": frozen.by,
                "since": frozen.began_at.isoformat(),
                "proposed": {side: {"choice": one.choice, "given": one.given, "by": one.by} for side, one in frozen.proposed.items()},
            }
            if frozen
            else None,
            "phases": [_phase_view(one, self._now()) for one in course.phases.values()],
        }


def _phase_view(run: PhaseRun, now: dt.datetime) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": run.plan.id,
        "state": str(run.state),
        "seconds": run.plan.seconds + run.granted,
        "jury_present": run.plan.jury_present,
        "late": run.late,
    }
    if run.state is PhaseState.RUNNING and run.ends_at is not None:
        return {**told, "ends_at": run.ends_at.isoformat()}
    if run.grace_ends_at is not None:
        return {**told, "grace_ends_at": run.grace_ends_at.isoformat()}
    if run.state is PhaseState.OVER:
        return {**told, "ended_at": run.ended_at.isoformat() if run.ended_at else ""}
    grace = {"grace_left": round(run.grace_left(now), 3)} if run.state is PhaseState.GRACE_FROZEN else {}
    return {**told, "remaining": round(run.remaining(now), 3), **grace}
