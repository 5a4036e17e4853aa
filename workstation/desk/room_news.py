"""What the room server's rows and answers change. Rows are echoes of what we did or news of others; replays are silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from cti.agent import Agent, AgentState, NotReadyReason
from cti.call import CallState
from cti.message_lines import BadMessage, decode_fact
from cti.messages import FACTS, Cause
from workstation.desk import chat, recording
from workstation.desk.changes import (
    CAPTIONS_KEPT,
    Step,
    alive,
    change_call,
    in_log,
    link_is_down,
    link_is_up,
    put_call,
    put_log,
    say,
    take_out,
)
from workstation.desk.course import PHASE_ROWS, end_all
from workstation.desk.effects import (
    BringRecordings,
    Effect,
    FetchBrief,
    FetchList,
    FetchProducts,
    FetchSitting,
    FetchStation,
    LookUp,
    OpenFile,
)
from workstation.desk.events import (
    AgentArrived,
    LinkDown,
    LinkUp,
    RowArrived,
    StationArrived,
)
from workstation.desk.exchange_news import EXCHANGE_ROWS, exchange_arrived
from workstation.desk.open_files import patch_file, qualified
from workstation.desk.phone_facts import remembered, tell_station
from workstation.desk.state import CallView, Caption, DeskState, Record
from workstation.desk.team import TEAM_ROWS
from workstation.desk.words import agent_now_words, agent_words, instant, number_words
from workstation.i18n import _

_ABOUT_A_FACT = ("fact_id", "told_at", "misfit")  # what the journal adds to a fact's own fields
FRESH = 5.0  # seconds: older rows are a replay, and say nothing


def link_up(state: DeskState, event: LinkUp) -> Step:
    effects: list[Effect] = [tell_station(state) if state.phone.contact else FetchStation(), FetchSitting(), FetchProducts()]
    effects += [FetchList(key, known.kind, known.params) for key, known in state.lists.items()]
    if not state.brief:
        effects.append(FetchBrief())
    effects.append(BringRecordings())
    effects += [LookUp(c.call_key, c.number) for c in state.calls.values() if c.hits is None and c.number and c.asked != "dial"]
    unread = [c for c in state.calls.values() if c.live and c.contact_id and c.contact_id not in state.files]
    effects += [OpenFile(c.contact_id, c.call_key, popped=True) for c in unread]  # asked of a room that went away
    return link_is_up(state, event.at), tuple(effects)


def link_down(state: DeskState, event: LinkDown) -> Step:
    words = _("Liaison avec la salle coupée : vos saisies sont gardées ici, nouvel essai en cours.")
    return link_is_down(state, words, event.at), ()


def agent_of(told: Record) -> Agent:
    """The agent as JSON gives it; an unknown word reads as signed out, so that nothing is offered by mistake."""
    try:
        return Agent(
            AgentState(told.get("state") or told.get("after") or "signed_out"),
            NotReadyReason(told["reason"]) if told.get("reason") else None,
            str(told.get("since") or ""),
            AgentState(told["armed"]) if told.get("armed") else None,
            NotReadyReason(told["armed_reason"]) if told.get("armed_reason") else None,
            tuple(str(key) for key in told.get("unqualified") or ()),
        )
    except ValueError:
        return Agent()


def _agent_is(state: DeskState, agent: Agent, at: float, silent: bool) -> DeskState:
    before = state.agent
    state = replace(state, agent=agent, agent_asked="")
    if not silent and (before.state, before.reason) != (agent.state, agent.reason):
        tone: Literal["info", "warning"] = "warning" if agent.reason is NotReadyReason.MISSED else "info"
        state = say(state, _("État : {words}").format(words=agent_now_words(state)), at, tone, quiet=tone == "info")
    if not silent and agent.armed and agent.armed is not before.armed:
        state = say(state, _("Après l'appel : {words}").format(words=agent_words(agent.armed, agent.armed_reason)), at)
    return state


def agent_arrived(state: DeskState, event: AgentArrived) -> Step:
    return _agent_is(state, agent_of(event.agent), event.at, silent=False), ()


def station_arrived(state: DeskState, event: StationArrived) -> Step:
    """The server's word on agent and calls. A call it believes up and that our phone has not was cut with an earlier run of the desk."""
    state = _agent_is(state, agent_of(event.station.get("agent") or {}), event.at, silent=False)
    state, registering = exchange_arrived(state, event.station.get("exchange") or {})
    for told in event.station.get("calls") or ():
        key = str(told.get("call_key", ""))
        if not key or in_log(state, key) or (key in state.calls and state.calls[key].live):
            continue
        call = _call_of(told, event.at)
        if call.state is not CallState.ENDED:
            call = replace(call, state=CallState.ENDED, ended_at=event.at, cause=Cause.FAULT, ended_by="system", held_at=None)
            words = _("L'appel {number} a été coupé par l'arrêt du poste.").format(number=number_words(call.number))
            state = say(state, words, event.at, "warning")
        if remembered_call := state.calls.get(key):  # the journal's rows told of it, not yet of its end
            call = replace(call, contact_id=remembered_call.contact_id)
            state = put_call(state, call)
        state = put_log(state, call)
    for key in state.agent.unqualified:
        owed = next((c for c in state.log if c.call_key == key and not c.qualified), None)
        if owed is not None and key not in state.calls:
            state = put_call(state, owed)
    state = _forget_remembered(state)
    if state.front not in state.calls:
        state = take_out(state, state.front)
    owed_calls = [c for c in state.calls.values() if not c.live and c.contact_id and c.contact_id not in state.files]
    return state, (*registering, *(OpenFile(call.contact_id, call.call_key, popped=True) for call in owed_calls))


def _forget_remembered(state: DeskState) -> DeskState:
    """Drop what only the journal told and the server no longer counts as owed: its log line says enough."""
    for call in tuple(state.calls.values()):
        if not call.live and not call.written and not alive(call) and call.call_key not in state.agent.unqualified:
            state = take_out(state, call.call_key)
    return state


def _call_of(told: Record, at: float) -> CallView:
    def when(name: str) -> float | None:
        return instant(str(told[name])) if told.get(name) else None

    outbound = str(told.get("direction")) in ("outbound", "sortant")
    try:
        state = CallState(told.get("state") or "ended")
        cause = Cause(told["cause"]) if told.get("cause") else None
    except ValueError:
        state, cause = CallState.ENDED, None
    return CallView(
        str(told.get("call_id", "")),
        str(told["call_key"]),
        "sortant" if outbound else "entrant",
        state,
        str(told.get("number", "")),
        name=str(told.get("name", "")),
        queue=str(told.get("queue", "")),
        began_at=when("began_at") or at,
        answered_at=when("answered_at"),
        held_at=when("held_at"),
        ended_at=when("ended_at"),
        cause=cause,
        ended_by=str(told.get("ended_by", "")),
        hits=(),
        live=False,
    )


# --- rows -------------------------------------------------------------------------------------------


def row_arrived(state: DeskState, event: RowArrived) -> Step:
    """Each row once, whatever the order of reconnections; kinds we do not know change nothing."""
    if event.seq is not None:
        if event.seq <= state.seq:
            return state, ()
        state = replace(state, seq=event.seq)
    silent = event.now + state.clock_offset - instant(event.at) > FRESH
    if event.kind in FACTS:
        return _fact_row(state, event), ()
    change = _ROWS.get(event.kind)
    return change(state, event, silent) if change else (state, ())


def _fact_row(state: DeskState, event: RowArrived) -> DeskState:
    if event.actor == "customer":
        return state
    try:
        body = {name: value for name, value in event.data.items() if name not in _ABOUT_A_FACT}
        fact = decode_fact(json.dumps({**body, "type": event.kind}))
    except BadMessage:
        return state
    if not getattr(fact, "call_key", getattr(fact, "call_id", "")):
        return state
    told_at = instant(str(event.data.get("told_at") or event.at)) - state.clock_offset
    return _forget_remembered(remembered(state, fact, told_at))


def _agent_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    told = {"state": event.data.get("after"), "since": event.at, **{k: v for k, v in event.data.items() if k not in ("before", "after")}}
    if isinstance(event.data.get("after"), dict):
        told = {**event.data["after"]}
    return _agent_is(state, agent_of(told), event.now, silent), ()


def _record_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    data = event.data
    kind, record_id, contact = str(data.get("record_kind", "")), str(data.get("id", "")), str(data.get("contact_id", ""))
    after = data.get("after") or {}
    state = patch_file(state, contact, kind, {**after, "id": record_id, "version": data.get("version", 0)}, whole=False)
    key = event.call_key or str(after.get("call_key", ""))
    if kind == "interaction" and key:
        state = qualified(state, key)
    if kind == "chat":
        state = chat.record_told(state, record_id, {"contact_id": contact, "version": data.get("version")})
    if silent:  # a replay: lists are asked for again when the link comes back
        return state, ()
    return state, tuple(FetchList(key, known.kind, known.params) for key, known in state.lists.items() if known.kind == kind)


def _simulation_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    if silent:
        return state, ()
    if event.data.get("reason") == "incident":  # it is replayed: whoever is still on the line is of the one cut short
        state, ended = end_all(state)
        return say(state, _("Simulation terminée."), event.now), (*ended, FetchSitting(), FetchBrief())
    words = _("Simulation commencée.") if event.kind == "SimulationStarted" else _("Simulation terminée.")
    # in an exam the brief says what a simulation is about once the jury has begun it
    return say(state, words, event.now), (FetchSitting(), *((FetchBrief(),) if state.sitting.get("mode") == "exam" else ()))


def _spoke_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    caption = Caption(str(event.data.get("speaker", "")), str(event.data.get("text", "")), event.now)
    last = state.captions[-1] if state.captions else None
    if not caption.text or (last is not None and (last.speaker, last.text) == (caption.speaker, caption.text)):
        return state, ()  # told while it was being said, and told again for the journal
    return replace(state, captions=(*state.captions, caption)[-CAPTIONS_KEPT:]), ()


def _document_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    if silent:
        return state, ()
    what = _(str(event.data.get("template") or "")) or event.data.get("file") or ""
    return say(state, _("Document produit : {what}").format(what=what), event.now), ()


def _opened_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    """A call of an earlier run of the desk has for customer the first file that was opened for it."""
    call, contact = state.calls.get(event.call_key), str(event.data.get("id", ""))
    if event.data.get("record_kind") != "contact" or not event.call_key or (call is not None and (call.live or call.contact_id)):
        return state, ()
    if call is None:  # the file was opened before the journal heard of the call
        return replace(state, opened={event.call_key: contact, **state.opened}), ()
    state = change_call(state, call.call_key, contact_id=contact)
    if alive(call) or contact in state.files:
        return state, ()  # alive: the server has not spoken yet, its word opens the file
    return state, (OpenFile(contact, call.call_key, popped=True),)


_ROWS: dict[str, Callable[[DeskState, RowArrived, bool], Step]] = {
    "AgentStateChanged": _agent_row,
    "RecordCreated": _record_row,
    "RecordChanged": _record_row,
    "SimulationStarted": _simulation_row,
    "SimulationEnded": _simulation_row,
    "CustomerSpeaking": _spoke_row,
    "CustomerSpoke": _spoke_row,
    "DocumentProduced": _document_row,
    "RecordOpened": _opened_row,
    **dict.fromkeys(("ChatOffered", "ChatAccepted", "ChatMessage", "ChatClosed", "ChatTyping"), chat.chat_row),
    **dict.fromkeys(("RecordingAgreed", "RecordingDeclined"), recording.switched),
    "CallRecorded": recording.kept,
    **EXCHANGE_ROWS,
    **PHASE_ROWS,
    **TEAM_ROWS,
}
