"""What one station's facts add up to: its calls, and the agent state that follows. Pure.

Facts may arrive twice, late, or out of order: each call keeps its own facts sorted by the station's
clock and is folded anew, and the agent is brought to the level its calls call for by legal moves of
`AGENT_TRANSITIONS` only. So the same facts of a call, in whatever order, end in the same agent state.

What a call leaves behind:

    answered, or dialled out by us           a qualification is owed, the agent is in WRAP_UP until it is made
    inbound, never answered (or refused)     missed: NOT_READY, reason MISSED; INCIDENT when a failure ended it
    dialled while another call was up        a consultation: it belongs to that call and owes nothing of its own

A written conversation is among the calls (`written`): offered, answered and ended as they are.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from cti.agent import AGENT_TRANSITIONS, Agent, AgentEvent, AgentState, NotReadyReason
from cti.call import CallEvent, CallState, IllegalCallMove, next_call_state
from cti.chat import ChatAccepted, ChatClosed, ChatOffered
from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallRang,
    CallResumed,
    Cause,
    Fact,
    PhoneLost,
)

CallFact = CallOffered | CallPlaced | CallRang | CallAnswered | CallHeld | CallResumed | CallEnded | ChatOffered | ChatAccepted | ChatClosed
CALL_FACTS = (
    CallOffered, CallPlaced, CallRang, CallAnswered, CallHeld, CallResumed, CallEnded, ChatOffered, ChatAccepted, ChatClosed,
)  # fmt: skip
_RANK: dict[type, int] = {kind: rank for rank, kind in enumerate(CALL_FACTS)}  # of facts told for the same instant


class Outcome(StrEnum):
    """What an ended call leaves to the agent."""

    UNKNOWN = "unknown"  # ended unanswered, and nobody has said yet which way it went
    NOTHING = "nothing"  # a consultation
    MISSED = "missed"
    OWED = "owed"


@dataclass(frozen=True)
class Told:
    """One fact with its identity and the instant the station gives it (aware, UTC)."""

    id: str
    at: dt.datetime
    fact: Fact | CallFact


@dataclass(frozen=True)
class KnownCall:
    """A call folded from its facts. `direction` is "" until an offer or a placement has been heard of;
    `notes` says, in English, which facts did not fit."""

    call_key: str
    told: tuple[Told, ...] = ()
    direction: Literal["inbound", "outbound", ""] = ""
    state: CallState | None = None
    call_id: str = ""
    number: str = ""
    name: str = ""
    queue: str = ""
    began_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    held_at: dt.datetime | None = None  # while held by us
    ended_at: dt.datetime | None = None
    cause: Cause | None = None
    ended_by: str = ""
    codec: str = ""
    encrypted: bool = False
    answered: bool = False
    written: bool = False
    notes: tuple[str, ...] = ()

    @property
    def alive(self) -> bool:
        return self.state is not None and self.state is not CallState.ENDED

    def offered_since(self, instant: dt.datetime) -> bool:
        """Whether its queue has offered it once more after that instant."""
        offers = [one.at for one in self.told if isinstance(one.fact, CallOffered)]
        return len(offers) > 1 and offers[-1] > instant

    def public(self) -> dict[str, object]:
        """For JSON: the facts themselves left out, instants as ISO 8601 in UTC."""
        body = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "told"}
        return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in body.items()}


def key_of(fact: CallFact) -> str:
    """The call's name everywhere, or the phone's own when the engine carries no header."""
    return fact.call_key or str(getattr(fact, "call_id", ""))


def fold_call(call_key: str, told: Iterable[Told]) -> KnownCall:
    """The call its facts tell of, whatever order they are given in; facts that do not fit are noted and change nothing."""
    facts = tuple(sorted(told, key=lambda t: (t.at, _RANK[type(t.fact)], t.id)))
    call = KnownCall(call_key, facts, began_at=facts[0].at if facts else None)
    for one in facts:
        try:
            call = _step(call, one.fact, one.at)
        except IllegalCallMove as misfit:
            call = replace(call, notes=(*call.notes, f"{type(one.fact).__name__}: {misfit}"))
    return call


def _step(call: KnownCall, fact: Fact | CallFact, at: dt.datetime) -> KnownCall:
    state = call.state
    match fact:
        case CallOffered():
            if state is CallState.ENDED and not call.answered and call.direction == "inbound" and fact.call_id != call.call_id:
                call, state = KnownCall(call.call_key, call.told, began_at=at, notes=call.notes), None  # its queue tries us once more
            if call.direction:
                raise IllegalCallMove(f"a call that is {state} cannot be offered again")
            state = state or CallState.OFFERED
            return replace(
                call, direction="inbound", state=state, call_id=fact.call_id, number=fact.caller, name=fact.caller_name, queue=fact.queue
            )
        case CallPlaced():
            if call.direction:
                raise IllegalCallMove(f"a call that is {state} cannot be placed again")
            return replace(call, direction="outbound", state=state or CallState.DIALLING, call_id=fact.call_id, number=fact.target)
        case CallRang():
            state = next_call_state(state, CallEvent.RANG) if state else CallState.RINGING
            return replace(call, state=state, call_id=call.call_id or fact.call_id)
        case CallAnswered():
            state = next_call_state(state, CallEvent.ANSWERED) if state else CallState.TALKING
            return replace(
                call,
                state=state,
                answered=True,
                answered_at=at,
                codec=fact.codec,
                encrypted=fact.encrypted,
                call_id=call.call_id or fact.call_id,
            )
        case CallHeld(by="local"):
            return replace(call, state=next_call_state(state or CallState.TALKING, CallEvent.HELD), held_at=at)
        case CallResumed(by="local"):
            return replace(call, state=next_call_state(state or CallState.HELD, CallEvent.RESUMED), held_at=None)
        case CallEnded():
            if fact.call_id and call.call_id and fact.call_id != call.call_id:
                raise IllegalCallMove("the end of an earlier offer")
            state = next_call_state(state, CallEvent.ENDED) if state else CallState.ENDED
            answered = call.answered or fact.answered
            return replace(call, state=state, ended_at=at, held_at=None, cause=fact.cause, ended_by=fact.by, answered=answered)
        case ChatOffered(visitor=visitor) if not call.direction:
            return replace(call, direction="inbound", state=state or CallState.OFFERED, name=visitor, written=True)
        case ChatAccepted():
            state = next_call_state(state, CallEvent.ANSWERED) if state else CallState.TALKING
            return replace(call, state=state, answered=True, answered_at=at)
        case ChatClosed(by=by):
            state = next_call_state(state, CallEvent.ENDED) if state else CallState.ENDED
            return replace(call, state=state, ended_at=at, cause=Cause.HUNG_UP, ended_by="local" if by == "conseiller" else "remote")
    return call  # held or taken back by the far end: told, and no move of ours


def is_consultation(call: KnownCall, calls: Mapping[str, KnownCall]) -> bool:
    """Whether we dialled it while another answered call of ours was up."""
    if call.direction != "outbound" or call.began_at is None:
        return False
    began = call.began_at
    return any(
        other.call_key != call.call_key
        and other.answered
        and (start := other.answered_at or other.began_at) is not None
        and start <= began
        and (other.ended_at is None or other.ended_at > began)
        for other in calls.values()
    )


def outcome_of(call: KnownCall, calls: Mapping[str, KnownCall]) -> Outcome | None:
    """What the call leaves to the agent; None while it is up."""
    if call.state is not CallState.ENDED:
        return None
    if is_consultation(call, calls):
        return Outcome.NOTHING
    if call.answered or call.direction == "outbound":
        return Outcome.OWED
    return Outcome.MISSED if call.direction == "inbound" else Outcome.UNKNOWN


@dataclass(frozen=True)
class Station:
    """One station: where its phone is, its calls by key in order of arrival, its agent, what has been qualified."""

    agent: Agent = field(default_factory=Agent)
    calls: Mapping[str, KnownCall] = field(default_factory=dict)
    qualified: frozenset[str] = frozenset()
    lost: tuple[dt.datetime, ...] = ()  # instants at which the phone process died
    contact: str = ""
    engine: str = ""
    capabilities: tuple[str, ...] = ()

    @property
    def alive(self) -> tuple[KnownCall, ...]:
        return tuple(call for call in self.calls.values() if call.alive)

    @property
    def spoken(self) -> tuple[KnownCall, ...]:
        """Those alive that are on the telephone."""
        return tuple(call for call in self.alive if not call.written)

    def owed(self) -> tuple[str, ...]:
        """Keys of ended calls that still owe a qualification, oldest end first."""
        due = [c for c in self.calls.values() if outcome_of(c, self.calls) is Outcome.OWED and c.call_key not in self.qualified]
        return tuple(c.call_key for c in sorted(due, key=lambda c: (c.ended_at or c.began_at or dt.datetime.min, c.call_key)))

    def heard(self, told: Told) -> Station:
        """The station with one fact more; the agent is not moved yet (see `settle`). A fact already seen changes nothing."""
        if isinstance(told.fact, PhoneLost):
            return replace(self, lost=(*self.lost, told.at))
        if not isinstance(told.fact, CALL_FACTS):
            return self
        key = key_of(told.fact)
        known = self.calls[key].told if key in self.calls else ()
        if any(one.id == told.id for one in known):
            return self
        return replace(self, calls={**self.calls, key: fold_call(key, (*known, told))})

    def orphans(self) -> tuple[tuple[KnownCall, dt.datetime], ...]:
        """Calls still up whose phone process died after the last thing said of them, with the instant it died."""
        found = []
        for call in self.spoken:
            deaths = [instant for instant in self.lost if instant >= call.told[-1].at]
            if deaths:
                found.append((call, min(deaths)))
        return tuple(found)

    def qualify(self, call_key: str) -> Station:
        return replace(self, qualified=self.qualified | {call_key})


def cut(call: KnownCall, at: dt.datetime, reason: str, cause: Cause = Cause.FAULT) -> CallEnded:
    """The end, told by the system, of a call whose phone can no longer tell it."""
    seconds = (at - call.answered_at).total_seconds() if call.answered_at else 0.0
    return CallEnded(
        call.call_id, call.call_key, cause, by="system", reason=reason, answered=call.answered, seconds=max(0.0, round(seconds, 3))
    )


_CALL_EVENTS = (
    AgentEvent.CALL_OFFERED,
    AgentEvent.CALL_PLACED,
    AgentEvent.CALL_ANSWERED,
    AgentEvent.CALL_HELD,
    AgentEvent.CALL_RESUMED,
    AgentEvent.CALL_MISSED,
    AgentEvent.CALL_ENDED,
    AgentEvent.CHAT_TAKEN,
)


def path_between(start: AgentState, goal: AgentState, first: AgentEvent | None = None) -> tuple[AgentEvent, ...] | None:
    """The fewest call events that lead from one agent state to another, `first` preferred at the first step; None when none does."""
    events = sorted(_CALL_EVENTS, key=lambda e: e is not first)
    queue: deque[tuple[AgentState, tuple[AgentEvent, ...]]] = deque([(start, ())])
    reached = {start}
    while queue:
        state, taken = queue.popleft()
        if state is goal:
            return taken
        for event in events:
            after = AGENT_TRANSITIONS.get((state, event))
            if after is not None and after not in reached:
                reached.add(after)
                queue.append((after, (*taken, event)))
    return None


def level_of(calls: Iterable[KnownCall]) -> AgentState | None:
    """The agent state that live calls call for: any talking, else any held, else any ringing, else a written conversation; None without."""
    calls = [call for call in calls if call.alive]
    states = {call.state for call in calls if not call.written}
    if CallState.TALKING in states:
        return AgentState.TALKING
    if CallState.HELD in states:
        return AgentState.HOLDING
    if not states and any(call.state is CallState.TALKING for call in calls):
        return AgentState.CHATTING
    return AgentState.OFFERED if calls else None


def settle(before: Station, after: Station, at: str) -> tuple[Agent, ...]:
    """The agent states, oldest first, that lead from `after.agent` to where `after.calls` put it; () when nothing changes.

    `before` is the station as it was when its agent was last settled. Every move is one of the table; `at` (ISO 8601) dates them.
    A signed-out agent is not moved: calls reach a station, not a person who has left.
    """
    agent, owed = after.agent, after.owed()
    level = level_of(after.calls.values())
    goal = level or (AgentState.WRAP_UP if owed else None)
    steps: list[Agent] = []
    if goal is not None:
        direction = next((c.direction for c in after.alive), "")
        first = AgentEvent.CALL_PLACED if direction == "outbound" else AgentEvent.CALL_OFFERED
        for event in path_between(agent.state, goal, first) or ():
            agent = replace(agent.apply(event, at=at), unqualified=owed)
            steps.append(agent)
    elif agent.state is AgentState.WRAP_UP:
        agent = agent.apply(AgentEvent.QUALIFIED, at=at, call_key=agent.unqualified[0] if len(agent.unqualified) == 1 else None)
        if agent.state is AgentState.WRAP_UP:  # several were qualified at once
            agent = replace(agent, unqualified=()).apply(AgentEvent.QUALIFIED, at=at)
        steps.append(agent)
    elif agent.state is AgentState.CHATTING:  # qualified before its end
        agent = replace(agent.apply(AgentEvent.CALL_ENDED, at=at), unqualified=()).apply(AgentEvent.QUALIFIED, at=at)
        steps.append(agent)
    elif _newly_missed(before, after) or agent.state in (AgentState.OFFERED, AgentState.TALKING, AgentState.HOLDING):
        for event in (*(path_between(agent.state, AgentState.OFFERED) or ()), AgentEvent.CALL_MISSED):
            if (agent.state, event) in AGENT_TRANSITIONS:
                agent = replace(agent, unqualified=()).apply(event, at=at)
                if agent.reason is NotReadyReason.MISSED and _cut_off(before, after):
                    agent = replace(agent, reason=NotReadyReason.INCIDENT)
                elif agent.reason is NotReadyReason.MISSED and _all_written(_newly_missed(before, after), after):
                    agent = replace(agent, reason=NotReadyReason.CHAT_MISSED)
                steps.append(agent)
    if agent.unqualified != owed:
        agent = replace(agent, unqualified=owed)
        steps.append(agent)
    return tuple(steps)


def _newly_missed(before: Station, after: Station) -> set[str]:
    def missed(station: Station) -> set[str]:
        return {c.call_key for c in station.calls.values() if outcome_of(c, station.calls) is Outcome.MISSED}

    return missed(after) - missed(before)


def _all_written(keys: set[str], station: Station) -> bool:
    return bool(keys) and all(station.calls[key].written for key in keys)


def _cut_off(before: Station, after: Station) -> bool:
    """Whether what was newly missed was taken from the agent by a failure."""
    causes = {after.calls[key].cause for key in _newly_missed(before, after)}
    return bool(causes) and causes <= {Cause.NETWORK, Cause.FAULT}
