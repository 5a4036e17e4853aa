"""The written conversations of a sitting, as its journal tells them. Pure.

    ChatOffered   {chat_id, simulation, visitor}     by whoever plays the customer
    ChatAccepted  {chat_id}                          by the candidate
    ChatMessage   {chat_id, who, text, n, line_id}   n from 1, in the order the room took them
    ChatClosed    {chat_id, by}

Each bears its `write_id`: the same one again changes nothing. Who types just now (ChatTyping) is told to whoever is there and never
journaled. The key of a conversation is also the `call_key` of its rows, as a call's is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cti.messages import clean_text
from scenarios.sitting import Row

MAX_TEXT = 1000  # characters of one message
MAX_MESSAGES = 500  # of one conversation
KINDS = frozenset({"ChatOffered", "ChatAccepted", "ChatMessage", "ChatClosed"})
Who = Literal["client", "conseiller"]


@dataclass(frozen=True)
class ChatLine:
    """`at`: ISO 8601, UTC. `line_id`: of the virtual customer's dialogue, "" for a person's words."""

    n: int
    who: Who
    text: str
    at: str
    line_id: str = ""

    def public(self) -> dict[str, Any]:
        return {"n": self.n, "who": self.who, "text": self.text, "at": self.at}


@dataclass(frozen=True)
class Chat:
    """Instants are ISO 8601 in UTC, "" until they come. `answered_at`: the agent's first message."""

    id: str
    simulation: str = ""
    visitor: str = ""
    offered_at: str = ""
    accepted_at: str = ""
    answered_at: str = ""
    closed_at: str = ""
    closed_by: str = ""
    lines: tuple[ChatLine, ...] = ()

    @property
    def open(self) -> bool:
        """Offered or accepted, and not closed."""
        return not self.closed_at

    @property
    def abandoned(self) -> bool:
        """Closed before the agent had written anything."""
        return bool(self.closed_at) and not self.answered_at

    def public(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "chat_id": self.id,
            "simulation": self.simulation,
            "visitor": self.visitor,
            "offered_at": self.offered_at,
            "accepted_at": self.accepted_at,
            "answered_at": self.answered_at,
            "closed_at": self.closed_at,
            "closed_by": self.closed_by,
            "lines": [line.public() for line in self.lines],
        }


@dataclass(frozen=True)
class Chats:
    """`by_id` in the order they were offered; `answers` by write_id."""

    by_id: Mapping[str, Chat] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def apply(self, row: Row) -> Chats:
        """The conversations after one row; rows of other kinds change nothing."""
        if row.kind not in KINDS:
            return self
        data = row.data
        chat = _step(self.by_id.get(str(data["chat_id"])) or Chat(str(data["chat_id"])), row)
        answer: dict[str, Any] = {"chat_id": chat.id, "kind": row.kind, "at": row.at, "seq": row.seq}
        if row.kind == "ChatMessage":
            answer["n"] = chat.lines[-1].n
        answers = {**self.answers, str(data["write_id"]): answer} if data.get("write_id") else self.answers
        return Chats({**self.by_id, chat.id: chat}, answers)

    @property
    def current(self) -> Chat | None:
        """The one that is open."""
        return next((chat for chat in self.by_id.values() if chat.open), None)


def _step(chat: Chat, row: Row) -> Chat:
    data, at = row.data, str(row.data.get("told_at") or row.at)
    match row.kind:
        case "ChatOffered":
            return replace(chat, simulation=str(data.get("simulation", "")), visitor=str(data.get("visitor", "")), offered_at=at)
        case "ChatAccepted":
            return replace(chat, accepted_at=at)
        case "ChatMessage":
            who: Who = "conseiller" if data.get("who") == "conseiller" else "client"
            line = ChatLine(int(data.get("n") or len(chat.lines) + 1), who, str(data.get("text", "")), at, str(data.get("line_id", "")))
            answered = chat.answered_at or (at if who == "conseiller" else "")
            return replace(chat, lines=(*chat.lines, line), answered_at=answered)
        case _:
            return replace(chat, closed_at=at, closed_by=str(data.get("by", "")))


def fold_chats(rows: Iterable[Row]) -> Chats:
    chats = Chats()
    for row in rows:
        chats = chats.apply(row)
    return chats


def clean(text: str) -> str:
    """A message fit to be kept: no controls, no bidirectional marks; its line breaks stay, MAX_TEXT characters at most."""
    return "\n".join(clean_text(line, MAX_TEXT) for line in text.splitlines()).strip()[:MAX_TEXT]
