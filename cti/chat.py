"""What is told of a written conversation: it is a contact of the agent as a call is, by another channel.

The room server makes these facts itself, on the candidate's, the customer's or a juror's request. `call_key` names the conversation
everywhere, as it names a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

ChatParty = Literal["client", "conseiller"]


@dataclass(frozen=True)
class ChatOffered:
    call_key: str
    visitor: str = ""


@dataclass(frozen=True)
class ChatAccepted:
    call_key: str


@dataclass(frozen=True)
class ChatClosed:
    call_key: str
    by: ChatParty = "client"


ChatFact = Union[ChatOffered, ChatAccepted, ChatClosed]
CHAT_FACTS: dict[str, type[ChatFact]] = {kind.__name__: kind for kind in (ChatOffered, ChatAccepted, ChatClosed)}


def chat_fact(kind: str, call_key: str, data: dict[str, object]) -> ChatFact:
    """The fact a journal row of that kind tells of. Raises KeyError for another kind."""
    kept: dict[type[ChatFact], ChatFact] = {
        ChatOffered: ChatOffered(call_key, str(data.get("visitor", ""))),
        ChatAccepted: ChatAccepted(call_key),
        ChatClosed: ChatClosed(call_key, "conseiller" if data.get("by") == "conseiller" else "client"),
    }
    return kept[CHAT_FACTS[kind]]
