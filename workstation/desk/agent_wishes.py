"""What each wish of the agent asks of the phone and the room. Nothing is painted as done: `asked` says it was demanded."""

from __future__ import annotations

from dataclasses import replace

from cti.call import CallState
from cti.messages import (
    PlaceCall,
    TransferCall,
)
from workstation.desk.call_wishes import hold_others
from workstation.desk.changes import Step, alive, change_call, commanded, put_call, say, take_out
from workstation.desk.effects import (
    Effect,
    ExportDebrief,
    FetchDebrief,
    FetchList,
    FetchProgress,
    FindDial,
    KeepDraft,
    LookUp,
    OpenDocument,
    OpenFile,
    OrderAgent,
    OrderSimulation,
    ReportTrace,
    SaveRecord,
    Search,
    TellPhone,
)
from workstation.desk.events import (
    AgentWanted,
    ContactWanted,
    DebriefExportWanted,
    DebriefWanted,
    DialFound,
    DialRefused,
    DialWanted,
    DocumentWanted,
    DraftTyped,
    ListWanted,
    ProgressWanted,
    SaveWanted,
    SearchWanted,
    SimulationWanted,
    TraceMade,
    TransferWanted,
)
from workstation.desk.state import CallView, DeskState, ListView, SaveView


def dial(state: DeskState, event: DialWanted) -> Step:
    """Ask whom to call; a customer in conversation is held, and the new call is then a consultation."""
    consulting = any(alive(c) and c.answered_at is not None for c in state.calls.values())
    call = CallView(
        event.call_id,
        event.call_key,
        "sortant",
        CallState.DIALLING,
        event.number,
        began_at=event.at,
        contact_id="" if consulting else event.contact_id,
        asked="dial",
        consultation=consulting,
        hits=() if event.contact_id or consulting else None,
    )
    state, first = hold_others(state, call)
    state = replace(put_call(state, call), front=call.call_key)
    return state, (*first, FindDial("call", event.call_key, event.number))


def dial_found(state: DeskState, event: DialFound) -> Step:
    call = state.calls.get(event.call_key)
    if call is None or not commanded(call):
        return state, ()
    if event.purpose == "transfer":
        return state, (TellPhone(TransferCall(call.call_id, event.target)),)
    if call.asked != "dial":
        return state, ()
    call = replace(call, number=event.number or call.number, name=call.name or event.known_as)
    look: tuple[Effect, ...] = ()
    if call.hits is None:
        look = (LookUp(call.call_key, call.number),)
    return put_call(state, call), (TellPhone(PlaceCall(call.call_id, event.target, call.call_key)), *look)


def dial_refused(state: DeskState, event: DialRefused) -> Step:
    state = say(state, event.title, event.at, "error")
    if event.purpose == "call":
        call = state.calls.get(event.call_key)
        return (take_out(state, event.call_key) if call is not None and call.asked == "dial" else state), ()
    return change_call(state, event.call_key, asked=""), ()


def transfer(state: DeskState, event: TransferWanted) -> Step:
    call = state.call
    if call is None or not commanded(call) or call.state not in (CallState.TALKING, CallState.HELD) or call.asked == "transfer":
        return state, ()
    return change_call(state, call.call_key, asked="transfer", transfer=""), (FindDial("transfer", call.call_key, event.number),)


def order_agent(state: DeskState, event: AgentWanted) -> Step:
    last = next(reversed(state.calls), "")
    wanted = OrderAgent(event.order, event.write_id, event.reason, event.state, last)
    return replace(state, agent_asked=event.order), (wanted,)


def open_contact(state: DeskState, event: ContactWanted) -> Step:
    """A call without a file takes the first one the agent opens for it."""
    call = state.call
    if call is not None and not call.contact_id and not call.consultation:
        state = change_call(state, call.call_key, contact_id=event.contact_id)
    return state, (OpenFile(event.contact_id, state.front, stay=event.stay),)


def search(state: DeskState, event: SearchWanted) -> Step:
    return state, (Search(event.query, event.page),)


def ask_list(state: DeskState, event: ListWanted) -> Step:
    """Kept from now on; what the key held of another question goes at once, of the same one stays until the answer."""
    known = state.lists.get(event.key)
    if known is None or (known.kind, known.params) != (event.kind, event.params):
        state = replace(state, lists={**state.lists, event.key: ListView(event.kind, event.params)})
    return state, (FetchList(event.key, event.kind, event.params),)


def save(state: DeskState, event: SaveWanted) -> Step:
    saves = {**state.saves, event.record_id: SaveView(event.kind, event.record_id, "pending")}
    key = event.call_key or state.front
    wanted = SaveRecord(event.write_id, event.kind, event.record_id, event.version, event.fields, key)
    return replace(state, saves=saves, unconfirmed=state.unconfirmed + 1), (wanted,)


def draft(state: DeskState, event: DraftTyped) -> Step:
    drafts = dict(state.drafts)
    if event.fields is None:
        if event.record_id not in drafts:
            return state, ()
        del drafts[event.record_id]
        return replace(state, drafts=drafts), (KeepDraft(event.record_id, None),)
    kept = {"kind": event.kind, "record_id": event.record_id, "version": event.version, "fields": event.fields, "where": event.where}
    drafts[event.record_id] = kept
    return replace(state, drafts=drafts), (KeepDraft(event.record_id, kept),)


def open_document(state: DeskState, event: DocumentWanted) -> Step:
    return state, (OpenDocument(event.document_id),)


def order_simulation(state: DeskState, event: SimulationWanted) -> Step:
    return state, (OrderSimulation(event.order, event.simulation_id, event.write_id),)


def ask_debrief(state: DeskState, event: DebriefWanted) -> Step:
    return replace(state, debrief=None), (FetchDebrief(event.simulation_id),)


def export_debrief(state: DeskState, event: DebriefExportWanted) -> Step:
    return state, (ExportDebrief(event.simulation_id),)


def ask_progress(state: DeskState, event: ProgressWanted) -> Step:
    return state, (FetchProgress(event.name),)


def trace(state: DeskState, event: TraceMade) -> Step:
    return state, (ReportTrace(event.id, event.at, event.kind, event.data, state.front),)
