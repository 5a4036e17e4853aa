"""Written conversations on the desk: what the journal tells of them, what the agent wrote and the room has not confirmed.

A conversation is also among the calls (`CallView.written`), by the same key: it is in front, owed and qualified as they are. Its messages
are here. What the agent sends is shown at once, marked until its row of the journal comes back, and kept by the spool meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from cti.call import CallState
from workstation.desk.changes import Step, alive, change_call, put_call, say, take_out
from workstation.desk.effects import BringToFront, Effect, KeepDraft, RingBell, SendChat, TellTyping
from workstation.desk.events import ChatAcceptWanted, ChatCloseWanted, ChatSayWanted, ChatTypingWanted, RowArrived, WriteRefused
from workstation.desk.state import CallView, ChatMessage, ChatView, DeskState, Record
from workstation.desk.words import instant
from workstation.i18n import _

CHAT_PANE = "chat_desk"
TYPES_FOR = 6.0  # seconds a "types" lasts unless it is told again
SHOWN = 60  # characters of a message in a notice


def draft_id(chat_id: str) -> str:
    """Where the message being written to this conversation is kept."""
    return f"{chat_id}.message"


def offered_chat(state: DeskState) -> CallView | None:
    """The written conversation that waits to be accepted."""
    return next((c for c in state.calls.values() if c.written and c.state is CallState.OFFERED), None)


def current_chat(state: DeskState) -> ChatView | None:
    """The one that is open, else the last one that is still to be qualified, else the last."""
    chats = list(state.chats.values())
    owing = (chat for chat in reversed(chats) if chat.chat_id in state.calls)
    return next((chat for chat in chats if chat.open), None) or next(owing, None) or (chats[-1] if chats else None)


# --- what the journal tells -------------------------------------------------------------------------


def chat_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    data, chat_id = event.data, str(event.data.get("chat_id", ""))
    at = instant(event.at) - state.clock_offset
    chat = state.chats.get(chat_id)
    if event.kind == "ChatOffered" and (chat is None or not chat.offered_at):
        waiting = chat.messages if chat is not None else ()  # of an earlier run of the desk
        told = ChatView(chat_id, str(data.get("visitor", "")), str(data.get("simulation", "")), at, messages=waiting)
        return _offered(state, told, event, silent)
    if chat is None:
        return state, ()
    match event.kind:
        case "ChatAccepted":
            state = change_call(state, chat_id, state=CallState.TALKING, answered_at=at, asked="")
            return _put(state, replace(chat, accepted_at=at, asked="")), ()
        case "ChatMessage":
            return _message(state, chat, event, at, silent)
        case "ChatClosed":
            return _closed(state, chat, str(data.get("by", "")), at, event.now, silent)
        case "ChatTyping" if data.get("who") == "client":
            return _put(state, replace(chat, typing_until=event.now + TYPES_FOR if data.get("typing") else 0.0)), ()
    return state, ()


def _put(state: DeskState, chat: ChatView) -> DeskState:
    return replace(state, chats={**state.chats, chat.chat_id: chat})


def _offered(state: DeskState, chat: ChatView, event: RowArrived, silent: bool) -> Step:
    queue = str(((state.brief.get("simulations") or {}).get(chat.simulation) or {}).get("queue") or "")
    call = CallView(
        chat.chat_id, chat.chat_id, "entrant", CallState.OFFERED, "", chat.visitor, queue, began_at=chat.offered_at, hits=(), live=False,
        written=True,
    )  # fmt: skip
    state = put_call(_put(state, chat), call)
    if not alive(state.call):
        state = replace(state, front=chat.chat_id)
    if silent:
        return state, ()
    state = say(state, _("Une conversation écrite vous est présentée : F3 pour l'accepter."), event.now, "warning")
    return state, (RingBell(), BringToFront(CHAT_PANE))


def _message(state: DeskState, chat: ChatView, event: RowArrived, at: float, silent: bool) -> Step:
    data = event.data
    who: Literal["client", "conseiller"] = "conseiller" if data.get("who") == "conseiller" else "client"
    n, text, write_id = int(data.get("n") or 0), str(data.get("text", "")), str(data.get("write_id", ""))
    if any(one.n == n for one in chat.messages):
        return state, ()
    waiting = tuple(one for one in chat.messages if not one.n and one.write_id != write_id)
    told = tuple(one for one in chat.messages if one.n)
    chat = replace(chat, messages=(*told, ChatMessage(who, text, at, n, write_id), *waiting))
    if who == "conseiller":
        return _put(state, replace(chat, answered_at=chat.answered_at or at)), ()
    state = _put(state, replace(chat, typing_until=0.0))
    if silent:
        return state, ()
    words = _("{who} écrit : {text}").format(who=chat.visitor or _("Le client"), text=_short(text))
    return say(state, words, event.now), (RingBell(),)


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= SHOWN else one[: SHOWN - 1] + "…"


def _closed(state: DeskState, chat: ChatView, by: str, at: float, now: float, silent: bool) -> Step:
    state = _put(state, replace(chat, closed_at=at, closed_by=by, typing_until=0.0, asked=""))
    if chat.accepted_at is None:
        state = take_out(state, chat.chat_id)
        words = _("La personne n'a pas attendu : conversation manquée.")
        return (state, ()) if silent else (say(state, words, now, "warning"), ())
    ended_by = "local" if by == "conseiller" else "remote"
    state = change_call(state, chat.chat_id, state=CallState.ENDED, ended_at=at, ended_by=ended_by, asked="")
    if state.calls.get(chat.chat_id) is not None and state.calls[chat.chat_id].qualified:
        state = take_out(state, chat.chat_id)
    if silent:
        return state, ()
    left = _("Conversation terminée.") if by == "conseiller" else _("La personne a quitté la conversation.")
    return say(state, left + " " + _("À qualifier (F8)."), now), (RingBell(),)


def record_told(state: DeskState, record_id: str, record: Record) -> DeskState:
    """The room's record of a conversation: whose it is, and the version to attach it from."""
    chat = state.chats.get(record_id)
    if chat is None or int(record.get("version") or 0) < chat.version:
        return state
    contact = str(record.get("contact_id") or "") or chat.contact_id
    state = _put(state, replace(chat, version=int(record.get("version") or 0), contact_id=contact))
    call = state.calls.get(record_id)
    return change_call(state, record_id, contact_id=contact) if contact and call is not None else state


# --- what the agent wants ---------------------------------------------------------------------------


def accept(state: DeskState, event: ChatAcceptWanted) -> Step:
    call = offered_chat(state)
    if call is None or call.asked:
        return state, ()
    state = change_call(state, call.call_key, asked="accept")
    if not any(alive(other) for other in state.calls.values() if other.call_key != call.call_key):
        state = replace(state, front=call.call_key)
    return state, (SendChat(event.write_id, call.call_key, "accept"), BringToFront(CHAT_PANE))


def say_it(state: DeskState, event: ChatSayWanted) -> Step:
    """On the thread at once, unconfirmed; what was being written is no draft any more. One that comes too late stays there, and says so."""
    chat, text = state.chats.get(event.chat_id), event.text.strip()
    if chat is None or not text:
        return state, ()
    if not chat.open or chat.accepted_at is None:
        why = _("la conversation n'est pas ouverte.")
        late = ChatMessage("conseiller", text, event.at, 0, event.write_id, why)
        state = _put(state, replace(chat, messages=(*chat.messages, late)))
        return say(state, _("NON ENVOYÉ : {why}").format(why=why), event.at, "error"), ()
    state = _put(state, replace(chat, messages=(*chat.messages, ChatMessage("conseiller", text, event.at, 0, event.write_id))))
    drafts = {key: value for key, value in state.drafts.items() if key != draft_id(event.chat_id)}
    effects: tuple[Effect, ...] = (SendChat(event.write_id, event.chat_id, "messages", text), KeepDraft(draft_id(event.chat_id), None))
    return replace(state, drafts=drafts, unconfirmed=state.unconfirmed + 1), effects


def close(state: DeskState, event: ChatCloseWanted) -> Step:
    chat = state.chats.get(event.chat_id)
    if chat is None or not chat.open or chat.asked:
        return state, ()
    return _put(state, replace(chat, asked="close")), (SendChat(event.write_id, event.chat_id, "close"),)


def types(state: DeskState, event: ChatTypingWanted) -> Step:
    chat = state.chats.get(event.chat_id)
    return state, (TellTyping(event.chat_id, event.typing),) if chat is not None and chat.open else ()


# --- what became of it ------------------------------------------------------------------------------


def refused(state: DeskState, event: WriteRefused) -> DeskState:
    """A definitive refusal: a message stays on the thread, marked, and can be read."""
    chat, write_id = state.chats.get(event.record_id), str(event.details.get("write_id", ""))
    state = change_call(state, event.record_id, asked="")
    if chat is None:
        return state
    messages = tuple(replace(one, refused=event.title) if one.write_id == write_id and not one.n else one for one in chat.messages)
    return _put(state, replace(chat, messages=messages, asked=""))


def still_to_send(state: DeskState, waiting: tuple[Record, ...]) -> DeskState:
    """Messages found in the spool at the start: of an earlier run of the desk. Their conversation may not have been told yet."""
    for one in waiting:
        if one.get("what") != "messages":
            continue
        chat_id, write_id = str(one["chat_id"]), str(one.get("write_id", ""))
        chat = state.chats.get(chat_id, ChatView(chat_id))
        if not any(known.write_id == write_id for known in chat.messages):
            late = ChatMessage("conseiller", str(one.get("text", "")), float(one.get("at") or 0.0), 0, write_id)
            state = _put(state, replace(chat, messages=(*chat.messages, late)))
    return state
