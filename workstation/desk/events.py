"""What can happen to the desk: facts of the phone, rows and answers of the room server, wishes of the agent. All frozen.

Times named `at` and `now` are UNIX seconds on this machine's clock; identifiers (`id`, `write_id`, `call_id`, `call_key`) are
made by whoever builds the event, so that the reducer stays pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Union

from cti.messages import Fact
from workstation.desk.state import PrintView, Record

# --- the phone --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhoneTold:
    """A fact from our phone. `id` names it on its way to the journal."""

    fact: Fact
    at: float
    id: str


@dataclass(frozen=True)
class PhoneUnusable:
    """The phone cannot be started at all; `detail` says why, in French."""

    detail: str
    at: float


# --- the room server --------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkUp:
    at: float


@dataclass(frozen=True)
class LinkDown:
    at: float
    detail: str = ""


@dataclass(frozen=True)
class RowArrived:
    """A row of the journal (`seq`) or an ephemeral message (`seq` None); `at` is the server's ISO 8601 instant."""

    seq: int | None
    at: str
    kind: str
    call_key: str
    actor: str
    data: Record
    now: float


@dataclass(frozen=True)
class StationArrived:
    station: Record
    at: float


@dataclass(frozen=True)
class AgentArrived:
    agent: Record
    at: float


@dataclass(frozen=True)
class AccountArrived:
    """The SIP account of this station's line, as GET /cti/account gave it; None where phones do not register."""

    account: Record | None
    at: float


@dataclass(frozen=True)
class PlaceLost:
    """The room lets this machine in no more: another one was enrolled at its place."""

    at: float


@dataclass(frozen=True)
class SittingLeft:
    """The sitting of this desk is no longer the one of its place: another has been opened there."""

    at: float


@dataclass(frozen=True)
class SittingArrived:
    """`offset`: the server's clock minus ours, seconds; None when the answer did not carry it."""

    sitting: Record
    at: float
    offset: float | None = None


@dataclass(frozen=True)
class BriefArrived:
    brief: Record


@dataclass(frozen=True)
class ProductsArrived:
    products: tuple[Record, ...]


@dataclass(frozen=True)
class ListArrived:
    """The records asked for under `key`, as GET /crm/{kind} gave them."""

    key: str
    kind: str
    params: dict[str, str]
    listing: Record


@dataclass(frozen=True)
class DebriefArrived:
    debrief: Record


@dataclass(frozen=True)
class DebriefExported:
    path: str
    at: float


@dataclass(frozen=True)
class ProgressArrived:
    progress: Record


@dataclass(frozen=True)
class RecordingsErased:
    count: int
    report: str
    at: float


@dataclass(frozen=True)
class SheetTold:
    """What became of an AskSheet: `what` is the effect's, or `save_failed` with a title."""

    what: str
    name: str
    data: Record
    at: float


@dataclass(frozen=True)
class LookedUp:
    """What the CRM knows of a call's number; `page` None: it could not be asked."""

    call_key: str
    page: Record | None
    at: float


@dataclass(frozen=True)
class SearchArrived:
    page: Record


@dataclass(frozen=True)
class FileArrived:
    """`call_key` "": asked by the agent; else opened by the pop of that call. `stay`: the pane in front stays there."""

    contact_id: str
    call_key: str
    file: Record
    popped: bool
    at: float
    stay: bool = False


@dataclass(frozen=True)
class DialFound:
    purpose: Literal["call", "transfer"]
    call_key: str
    target: str
    number: str
    known_as: str = ""


@dataclass(frozen=True)
class DialRefused:
    purpose: Literal["call", "transfer"]
    call_key: str
    title: str
    at: float


@dataclass(frozen=True)
class Refused:
    """The server refused, or could not be asked: `what` names the effect, `title` is for a person."""

    what: str
    title: str
    at: float


@dataclass(frozen=True)
class WriteConfirmed:
    """The server has it on its disk. `saved` is its answer to a record's PUT, None for the rest; `draft` is what was typed in
    the form since it was sent, None when nothing was."""

    what: Literal["save", "fact", "trace", "chat"]
    record_id: str
    saved: Record | None
    clock: str  # local HH:MM:SS
    draft: Record | None = None


@dataclass(frozen=True)
class WriteRefused:
    """A definitive refusal: the write has left the spool, the draft has not. Of a chat, `record_id` is the conversation."""

    what: Literal["save", "fact", "trace", "chat"]
    record_id: str
    error_id: str
    title: str
    details: Record
    at: float


@dataclass(frozen=True)
class WritesLate:
    """The oldest write of the spool could not be delivered and is being tried again."""

    title: str
    at: float


@dataclass(frozen=True)
class SpoolCounted:
    unconfirmed: int


@dataclass(frozen=True)
class DraftsLoaded:
    """Drafts and unconfirmed saves found on the disk at start."""

    drafts: dict[str, Record]
    pending: tuple[Record, ...] = ()
    chats: tuple[Record, ...] = ()  # what is still to be sent of written conversations


# --- the agent --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerWanted:
    pass


@dataclass(frozen=True)
class HangUpWanted:
    pass


@dataclass(frozen=True)
class HoldWanted:
    """Hold the call in front, or take it back."""


@dataclass(frozen=True)
class SwapWanted:
    """Hold the one, take the other back."""


@dataclass(frozen=True)
class MuteWanted:
    pass


@dataclass(frozen=True)
class DigitsWanted:
    digits: str


@dataclass(frozen=True)
class DialWanted:
    number: str
    call_id: str
    call_key: str
    at: float
    contact_id: str = ""


@dataclass(frozen=True)
class TransferWanted:
    """Send the customer of the call in front to `number` without announcing."""

    number: str


@dataclass(frozen=True)
class JoinWanted:
    """Attended transfer: put the customer on hold through to the one being consulted."""


@dataclass(frozen=True)
class AgentWanted:
    order: Literal["sign_in", "sign_out", "ready", "not_ready", "arm"]
    write_id: str
    reason: str = ""
    state: str = ""


@dataclass(frozen=True)
class ContactWanted:
    """`stay`: the pane in front stays there."""

    contact_id: str
    stay: bool = False


@dataclass(frozen=True)
class SearchWanted:
    query: str
    page: int = 1


@dataclass(frozen=True)
class ListWanted:
    key: str
    kind: str
    params: dict[str, str]


@dataclass(frozen=True)
class SaveWanted:
    write_id: str
    kind: str
    record_id: str
    version: int
    fields: dict[str, Any]
    call_key: str = ""


@dataclass(frozen=True)
class DraftTyped:
    kind: str
    record_id: str
    version: int
    fields: dict[str, Any] | None
    where: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentWanted:
    document_id: str


@dataclass(frozen=True)
class PaperWanted:
    reply_id: str
    form: Literal["pdf", "odt"]


@dataclass(frozen=True)
class PrintWanted:
    reply_id: str
    printer: str
    title: str


@dataclass(frozen=True)
class PrintTold:
    reply_id: str
    view: PrintView


@dataclass(frozen=True)
class SheetWanted:
    """`what` is an AskSheet's, with what it needs in `data`."""

    what: Literal["list", "open", "save", "export", "hand_over", "take_back", "let_go"]
    name: str
    write_id: str
    data: Record


@dataclass(frozen=True)
class SimulationWanted:
    order: Literal["start", "end"]
    simulation_id: str
    write_id: str


@dataclass(frozen=True)
class DebriefWanted:
    simulation_id: str


@dataclass(frozen=True)
class DebriefExportWanted:
    simulation_id: str


@dataclass(frozen=True)
class ProgressWanted:
    """`name`: the trainee's."""

    name: str


@dataclass(frozen=True)
class RecordingWanted:
    """`days` a call is kept, 0: no recording; `name`: who agrees."""

    write_id: str
    days: int
    name: str


@dataclass(frozen=True)
class RecordingsEraseWanted:
    pass


@dataclass(frozen=True)
class TraceMade:
    kind: str
    data: Record
    id: str
    at: float


@dataclass(frozen=True)
class ChatAcceptWanted:
    """Take the written conversation that is offered."""

    write_id: str


@dataclass(frozen=True)
class ChatSayWanted:
    chat_id: str
    text: str
    write_id: str
    at: float


@dataclass(frozen=True)
class ChatCloseWanted:
    chat_id: str
    write_id: str


@dataclass(frozen=True)
class ChatTypingWanted:
    chat_id: str
    typing: bool


@dataclass(frozen=True)
class DevicesChosen:
    microphone: str | None = None
    speaker: str | None = None
    ringer: str | None = None


@dataclass(frozen=True)
class Said:
    """A sentence of the program itself for the notice line."""

    text: str
    tone: Literal["info", "warning", "error"]
    at: float


DeskEvent = Union[
    PhoneTold, PhoneUnusable, LinkUp, LinkDown, RowArrived, StationArrived, AccountArrived, PlaceLost, SittingLeft,
    AgentArrived, SittingArrived,
    BriefArrived,
    ProductsArrived, ListArrived, DebriefArrived, DebriefExported, ProgressArrived, RecordingsErased,
    LookedUp, SearchArrived, FileArrived, DialFound,
    DialRefused, Refused,
    WriteConfirmed, WriteRefused, WritesLate, SpoolCounted, DraftsLoaded,
    AnswerWanted, HangUpWanted, HoldWanted, SwapWanted, MuteWanted, DigitsWanted, DialWanted, TransferWanted, JoinWanted,
    AgentWanted, ContactWanted, SearchWanted, ListWanted, SaveWanted, DraftTyped, DocumentWanted, SimulationWanted, DebriefWanted,
    DebriefExportWanted, ProgressWanted, RecordingWanted, RecordingsEraseWanted,
    PaperWanted, PrintWanted, PrintTold, SheetWanted, SheetTold, TraceMade, DevicesChosen, Said,
    ChatAcceptWanted, ChatSayWanted, ChatCloseWanted, ChatTypingWanted,
]  # fmt: skip
