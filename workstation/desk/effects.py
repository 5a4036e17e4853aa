"""What the reducer asks of the world, as values: the app gives phone orders to the phone, the rest to the room link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Union

from cti.messages import Fact, Order
from workstation.desk.state import Record


@dataclass(frozen=True)
class TellPhone:
    order: Order


@dataclass(frozen=True)
class LeaveDesk:
    """Put everything away and end the desk with this exit code."""

    code: int


@dataclass(frozen=True)
class BringToFront:
    """Show this pane, unless a field is being typed in: then only the notice line says so."""

    pane_id: str


@dataclass(frozen=True)
class ReportFact:
    """Give the journal a fact of the phone; `at` in UNIX seconds, `id` makes it idempotent."""

    id: str
    at: float
    fact: Fact


@dataclass(frozen=True)
class ReportTrace:
    id: str
    at: float
    kind: str
    data: Record
    call_key: str = ""


@dataclass(frozen=True)
class SaveRecord:
    write_id: str
    kind: str
    record_id: str
    version: int
    fields: dict[str, Any]
    call_key: str = ""


@dataclass(frozen=True)
class SendChat:
    """What the agent does in a written conversation."""

    write_id: str
    chat_id: str
    what: Literal["accept", "messages", "close"]
    text: str = ""


@dataclass(frozen=True)
class TellTyping:
    """Of no use later: said once, lost when the room is away."""

    chat_id: str
    typing: bool


@dataclass(frozen=True)
class RingBell:
    """The terminal's bell."""


@dataclass(frozen=True)
class KeepDraft:
    """Keep these typed fields on the disk; None forgets them."""

    record_id: str
    draft: Record | None


@dataclass(frozen=True)
class LookUp:
    call_key: str
    number: str


@dataclass(frozen=True)
class OpenFile:
    """`popped`: for a call, not asked for; `stay`: the pane in front stays there."""

    contact_id: str
    call_key: str
    popped: bool = False
    stay: bool = False


@dataclass(frozen=True)
class Search:
    query: str
    page: int


@dataclass(frozen=True)
class FindDial:
    purpose: Literal["call", "transfer"]
    call_key: str
    number: str


@dataclass(frozen=True)
class OrderAgent:
    order: str
    write_id: str
    reason: str = ""
    state: str = ""
    call_key: str = ""


@dataclass(frozen=True)
class TellStation:
    """Where our phone is, and the keys of the calls it has: one the server believes up and that is not among them was cut."""

    contact: str
    engine: str
    capabilities: tuple[str, ...]
    calls: tuple[str, ...]


@dataclass(frozen=True)
class FetchStation:
    pass


@dataclass(frozen=True)
class FetchAccount:
    pass


@dataclass(frozen=True)
class FetchSitting:
    pass


@dataclass(frozen=True)
class FetchBrief:
    pass


@dataclass(frozen=True)
class FetchProducts:
    pass


@dataclass(frozen=True)
class FetchList:
    """Records that are no customer's own (an agenda, resources), or a campaign's targets: GET /crm/{kind} with these parameters."""

    key: str
    kind: str
    params: dict[str, str]


@dataclass(frozen=True)
class FetchDebrief:
    simulation_id: str


@dataclass(frozen=True)
class ExportDebrief:
    simulation_id: str


@dataclass(frozen=True)
class FetchProgress:
    name: str


@dataclass(frozen=True)
class OrderRecording:
    """The switch: `days` a call is kept, 0: no more recording."""

    write_id: str
    days: int
    name: str


@dataclass(frozen=True)
class BringRecordings:
    """What the phone recorded goes to the sitting."""


@dataclass(frozen=True)
class EraseRecordings:
    """All those of this sitting."""


@dataclass(frozen=True)
class OrderSimulation:
    order: Literal["start", "end"]
    simulation_id: str
    write_id: str


@dataclass(frozen=True)
class OpenDocument:
    document_id: str


@dataclass(frozen=True)
class FetchPaper:
    """Have a written reply's file here and open it."""

    reply_id: str
    form: Literal["pdf", "odt"]


@dataclass(frozen=True)
class PrintReply:
    """`printer`: ipp://machine:port/queue; `title` names the job there."""

    reply_id: str
    printer: str
    title: str


@dataclass(frozen=True)
class AskSheet:
    """About a spreadsheet of the sitting, or the copy given to an office program (workstation/links/sheet_questions.py)."""

    what: Literal["list", "open", "save", "export", "hand_over", "take_back", "let_go"]
    name: str
    write_id: str
    data: Record


Kept = Union[ReportFact, ReportTrace, SaveRecord, SendChat]
"""Effects that go through the spool: on this disk until the server has confirmed them."""

RoomEffect = Union[
    LookUp, OpenFile, Search, FindDial, OrderAgent, TellStation, FetchStation, FetchAccount, FetchSitting, FetchBrief, FetchProducts,
    FetchList, FetchDebrief, ExportDebrief, FetchProgress, OrderRecording, BringRecordings, EraseRecordings,
    OrderSimulation, OpenDocument, TellTyping, FetchPaper, PrintReply, AskSheet,
]  # fmt: skip
"""Effects that ask the server now, and end in an event."""

Effect = Union[TellPhone, LeaveDesk, BringToFront, RingBell, KeepDraft, Kept, RoomEffect]
