"""The one owner of a station's calls and agent: takes facts and orders, journals what follows, then believes it.

A fact, its consequences and the agent's moves are one append, thus one transaction; state in memory changes only
when the append has returned. `restore` rebuilds the same state from the journal's rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from cti.agent import CHOSEN_REASONS, Agent, AgentEvent, AgentState, IllegalAgentMove, NotReadyReason
from cti.chat import CHAT_FACTS, ChatFact, chat_fact
from cti.exchange.port import DialRefused
from cti.message_lines import BadMessage, build_fact
from cti.messages import FACTS, Cause, LevelsMeasured
from cti.station import CALL_FACTS, Station, Told, cut, key_of, settle

SYSTEM = "système"


@dataclass(frozen=True)
class NewRow:
    """One row to journal. `event_id`, when set, is unique in the journal: a row that bears a known one is not added again."""

    kind: str
    data: Mapping[str, Any]
    actor: str = SYSTEM
    call_key: str = ""
    event_id: str = ""


class Row(Protocol):
    """A row of the journal, as far as telephony reads it."""

    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def call_key(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


class Journal(Protocol):
    def append(self, rows: Sequence[NewRow]) -> object:
        """Adds the rows in one transaction, durable when it returns; raises when it could not."""
        ...


class CtiError(Exception):
    """A refusal for a person: `error_id` is stable, `status` the HTTP status that says the same."""

    def __init__(self, error_id: str, status: int, title: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(title)
        self.error_id = error_id
        self.status = status
        self.title = title
        self.details = dict(details or {})


def refused_dial(refusal: DialRefused) -> CtiError:
    status = 503 if refusal.error_id == "nobody_there" else 422
    return CtiError(refusal.error_id, status, refusal.title, {"number": refusal.number})


_STATE_FR: dict[AgentState, str] = {
    AgentState.SIGNED_OUT: "déconnecté",
    AgentState.NOT_READY: "en retrait",
    AgentState.READY: "prêt",
    AgentState.OFFERED: "en appel présenté",
    AgentState.TALKING: "en conversation",
    AgentState.CHATTING: "en conversation écrite",
    AgentState.HOLDING: "en attente",
    AgentState.WRAP_UP: "en post-appel",
}


@dataclass(frozen=True)
class AgentOrder:
    """What the agent asks of his own state. `reason` goes with not_ready and with arm; `state` with arm."""

    order: str
    reason: str = ""
    state: str = ""


@dataclass
class Switchboard:
    """`now` gives the instant (aware, UTC)."""

    journal: Journal
    now: Callable[[], dt.datetime]
    station: Station = field(default_factory=Station)
    customer_contact: str = ""  # the virtual customer's phone, when there is one
    _seen: set[str] = field(default_factory=set)
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    # --- rebuilding ---------------------------------------------------------------------------------

    def restore(self, rows: Iterable[Row], qualified: Iterable[str]) -> None:
        """The state the journal tells of; then whatever the last stop left undone (a qualification not yet followed) is journaled."""
        station = Station()
        for row in rows:
            data = row.data
            if row.kind == "AgentStateChanged":
                station = replace(station, agent=_agent_from(data))
                if write_id := data.get("write_id"):
                    self._answers[str(write_id)] = agent_dict(station.agent)
            elif row.kind == "StationConnected":
                station = _connected(station, data)
            elif row.kind == "CustomerConnected":
                self.customer_contact = str(data["contact"])
            elif row.kind in FACTS and "fact_id" in data:
                told = told_from(row.kind, data)
                self._seen.add(told.id)
                station = station.heard(told)
            elif row.kind in CHAT_FACTS:
                written = chat_fact(row.kind, row.call_key, dict(data))
                station = station.heard(Told(str(data["fact_id"]), utc(str(data["told_at"])), written))
        for key in qualified:
            station = station.qualify(key)
        self.station = station
        self._commit(station, station, [], self._iso())

    # --- writing ------------------------------------------------------------------------------------

    def take(self, facts: Sequence[tuple[str, str, Mapping[str, Any]]], actor: str) -> tuple[int, list[dict[str, str]]]:
        """Facts as (id, ISO instant, fact as a mapping with `type`). Returns how many are known from now on (also those already
        known), and those that could not be read: [{"id", "why"}]. A fact that no state allows is journaled with a note."""
        station = self.station
        rows: list[NewRow] = []
        refused: list[dict[str, str]] = []
        known: set[str] = set()
        at = self._iso()
        for fact_id, instant, body in facts:
            if fact_id in self._seen or fact_id in known:
                continue
            try:
                told = Told(fact_id, utc(instant), build_fact(body))
            except (BadMessage, ValueError, TypeError) as unreadable:
                refused.append({"id": fact_id, "why": str(unreadable)})
                continue
            known.add(fact_id)
            if isinstance(told.fact, LevelsMeasured):
                continue
            former = station
            station = station.heard(told)
            rows.append(_fact_row(told, station, actor))
            at = told.at.isoformat()
            for orphan, died in station.orphans():
                end = Told(str(uuid.uuid4()), died, cut(orphan, died, "phone lost"))
                known.add(end.id)
                station = station.heard(end)
                rows.append(_fact_row(end, station, SYSTEM))
            station, moves = _settled(former, station, at)
            rows += moves
        if rows:
            self.journal.append(rows)
        self.station = station
        self._seen |= known
        return len(facts) - len(refused), refused

    def connect(
        self,
        actor: str,
        contact: str,
        engine: str,
        capabilities: Sequence[str],
        calls: Sequence[str] | None,
        as_of: dt.datetime | None = None,
    ) -> None:
        """The station's phone says where it is. `calls`: keys of every call it had at `as_of`, by the clock its facts are dated with; a
        call believed up that it did not have was cut. One it has told of since has overtaken the list on its way."""
        data = {"contact": contact, "engine": engine, "capabilities": list(capabilities)}
        before = _connected(self.station, data)
        rows = [NewRow("StationConnected", data, actor)] if before != self.station else []
        now, after = self.now(), before
        for call in before.spoken if calls is not None else ():
            if call.call_key not in (calls or ()) and (as_of is None or call.told[-1].at <= as_of):
                end = Told(str(uuid.uuid4()), max(now, call.told[-1].at), cut(call, now, "unknown to the station"))
                self._seen.add(end.id)
                after = after.heard(end)
                rows.append(_fact_row(end, after, SYSTEM))
        self._commit(before, after, rows, now.isoformat())

    def cleared(self, call_key: str, seen: dt.datetime | None = None) -> bool:
        """The exchange has seen the station's leg of this call go, at that instant: whether it was still believed up, and has been ended
        here. Not when the call was offered anew since."""
        call = self.station.calls.get(call_key)
        if call is None or not call.alive or (seen is not None and call.offered_since(seen)):
            return False
        now = self.now()
        end = Told(str(uuid.uuid4()), max(now, call.told[-1].at), cut(call, now, "cleared by the exchange", Cause.NETWORK))
        after = self.station.heard(end)
        self._seen.add(end.id)
        self._commit(self.station, after, [_fact_row(end, after, SYSTEM)], now.isoformat())
        return True

    def chat(self, fact: ChatFact, data: Mapping[str, Any], actor: str, fact_id: str) -> dt.datetime:
        """A written conversation is offered, accepted or closed; gives the instant it was told for."""
        at = self.now()
        after = self.station.heard(Told(fact_id, at, fact))
        whole = {**data, "fact_id": fact_id, "told_at": at.isoformat()}
        self._commit(self.station, after, [NewRow(type(fact).__name__, whole, actor, fact.call_key, fact_id)], at.isoformat())
        return at

    def connect_customer(self, actor: str, contact: str) -> None:
        """The virtual customer's phone says where it is; "" when it goes away."""
        if contact != self.customer_contact:
            self.journal.append([NewRow("CustomerConnected", {"contact": contact}, actor)])
            self.customer_contact = contact

    def order(self, order: AgentOrder, write_id: str, actor: str) -> dict[str, Any]:
        """The agent after the order, as a mapping; the same `write_id` gets its first answer again. Raises CtiError."""
        if write_id in self._answers:
            return self._answers[write_id]
        before = self.station.agent
        try:
            after = self._ordered(before, order)
        except IllegalAgentMove as refusal:
            title = f"Impossible maintenant : l'agent est {_STATE_FR[before.state]}."
            raise CtiError("illegal_move", 409, title, {"state": before.state, "order": order.order, "why": str(refusal)}) from None
        self.journal.append([_moved(before, after, actor, write_id)])
        self.station = replace(self.station, agent=after)
        self._answers[write_id] = agent_dict(after)
        return self._answers[write_id]

    def qualified(self, call_key: str) -> None:
        """An interaction with a result was saved for this call: the debt is paid, now or when the call ends."""
        if call_key and call_key not in self.station.qualified:
            after = self.station.qualify(call_key)
            self._commit(self.station, after, [], self._iso())

    # --- inside -------------------------------------------------------------------------------------

    def _ordered(self, agent: Agent, order: AgentOrder) -> Agent:
        at = self._iso()
        owed = self.station.owed()
        if owed and order.order in ("ready", "sign_out"):
            raise CtiError("unqualified_call", 409, "Un appel reste à qualifier.", {"unqualified": list(owed)})
        match order.order:
            case "sign_in":
                return agent.apply(AgentEvent.SIGNED_IN, at=at)
            case "sign_out":
                return agent.apply(AgentEvent.SIGNED_OUT, at=at)
            case "ready":
                return agent.apply(AgentEvent.MADE_READY, at=at)
            case "not_ready":
                return agent.apply(AgentEvent.WITHDREW, at=at, reason=_chosen(order.reason))
            case "arm":
                if order.state not in set(AgentState):
                    raise CtiError("unknown_state", 422, "Cet état n'existe pas.", {"state": order.state})
                state = AgentState(order.state)
                return agent.arm(state, _chosen(order.reason) if state is AgentState.NOT_READY else None)
        raise CtiError("unknown_order", 422, "Cet ordre n'existe pas.", {"order": order.order})

    def _commit(self, before: Station, after: Station, rows: list[NewRow], at: str) -> None:
        after, moves = _settled(before, after, at)
        if rows or moves:
            self.journal.append([*rows, *moves])
        self.station = after

    def _iso(self) -> str:
        return self.now().isoformat()


def _connected(station: Station, data: Mapping[str, Any]) -> Station:
    return replace(station, contact=str(data["contact"]), engine=str(data["engine"]), capabilities=tuple(data["capabilities"]))


def _fact_row(told: Told, station: Station, actor: str) -> NewRow:
    data: dict[str, Any] = {**dataclasses.asdict(told.fact), "fact_id": told.id, "told_at": told.at.isoformat()}
    if not isinstance(told.fact, CALL_FACTS):
        return NewRow(type(told.fact).__name__, data, actor, str(getattr(told.fact, "call_key", "")), told.id)
    key, name = key_of(told.fact), type(told.fact).__name__
    if misfit := next((note for note in reversed(station.calls[key].notes) if note.startswith(f"{name}:")), ""):
        data["misfit"] = misfit
    return NewRow(name, data, actor, key, told.id)


def _settled(before: Station, after: Station, at: str) -> tuple[Station, list[NewRow]]:
    agent, rows = after.agent, []
    for step in settle(before, after, at):
        rows.append(_moved(agent, step, SYSTEM))
        agent = step
    return replace(after, agent=agent), rows


def _moved(before: Agent, after: Agent, actor: str, write_id: str = "") -> NewRow:
    data = {**agent_dict(after), "before": before.state, "after": after.state}
    del data["state"]
    if write_id:
        data["write_id"] = write_id
    return NewRow("AgentStateChanged", data, actor, event_id=write_id)


def agent_dict(agent: Agent) -> dict[str, Any]:
    """{state, reason, since, armed, armed_reason, unqualified}: JSON values."""
    body = dataclasses.asdict(agent)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in body.items()}


def _agent_from(data: Mapping[str, Any]) -> Agent:
    return Agent(
        state=AgentState(data["after"]),
        reason=NotReadyReason(data["reason"]) if data["reason"] else None,
        since=str(data["since"]),
        armed=AgentState(data["armed"]) if data["armed"] else None,
        armed_reason=NotReadyReason(data["armed_reason"]) if data["armed_reason"] else None,
        unqualified=tuple(data["unqualified"]),
    )


def _chosen(reason: str) -> NotReadyReason:
    if reason not in CHOSEN_REASONS:
        raise CtiError("unknown_reason", 422, "Choisissez un motif de retrait.", {"reasons": list(CHOSEN_REASONS)})
    return NotReadyReason(reason)


def utc(text: str) -> dt.datetime:
    """An ISO 8601 instant with its offset, in UTC. Raises ValueError."""
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return instant.astimezone(dt.UTC)


def told_from(kind: str, data: Mapping[str, Any]) -> Told:
    """The fact a journal row tells of. Raises BadMessage."""
    return Told(str(data["fact_id"]), utc(str(data["told_at"])), build_fact({"type": kind, **data}))
