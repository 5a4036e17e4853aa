"""All the desk knows, as one frozen value: a screen can be rebuilt from it at any moment.

What the server owns (agent, sitting, records) is here as last confirmed; what the phone owns (calls,
sound) as last told. Timers are instants; screens subtract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

from cti.agent import Agent
from cti.call import CallState
from cti.messages import Cause
from workstation.desk.other_party import CUSTOMER, OtherParty
from workstation.desk.sheets_view import SheetsView

CLOCKS_APART = 30.0  # seconds between this machine's clock and the room's that are worth saying
Record = dict[str, Any]  # a record as the API gives it


@dataclass(frozen=True)
class CallView:
    """One call as the agent sees it. `hits` is what the number matched in the CRM; None: still asked."""

    call_id: str
    call_key: str
    direction: Literal["entrant", "sortant"]
    state: CallState
    number: str  # E.164 or as received; "" anonymous
    name: str = ""
    queue: str = ""
    position: str = ""  # in the queue when the call joined it, as the exchange says it
    waited: float = 0.0  # seconds in the queue before the offer
    began_at: float = 0.0  # UNIX time: offered or dialled
    answered_at: float | None = None
    held_at: float | None = None
    held_by_far_end: bool = False
    ended_at: float | None = None
    cause: Cause | None = None
    ended_by: str = ""
    codec: str = ""
    encrypted: bool = False
    mos: float | None = None
    loss_pct: float | None = None
    contact_id: str = ""  # whose file was opened for this call
    hits: tuple[Record, ...] | None = None
    asked: str = ""  # an order given and not yet confirmed: "answer", "hang_up", "hold" …
    qualified: bool = False
    live: bool = True  # told by the phone of this very run of the desk; else only remembered by the server
    written: bool = False  # a written conversation: its messages are in `chats`
    consultation: bool = False  # dialled while a customer was on the line: owes no qualification of its own
    transfer: str = ""  # how far a transfer went, in French


@dataclass(frozen=True)
class PhoneView:
    """`state`: starting, ready, lost (process gone, being restarted), unusable (detail says why)."""

    state: Literal["starting", "ready", "lost", "unusable"] = "starting"
    engine: str = ""
    capabilities: frozenset[str] = frozenset()
    contact: str = ""
    registration: str = ""  # "", registered, unregistered, failed (refused), cut (no answer)
    server: str = ""
    muted: bool = False
    sound: Literal["ok", "lost", "none", "file", ""] = ""
    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    detail: str = ""


@dataclass(frozen=True)
class SaveView:
    """A record being saved: `pending` on the way, `saved` with the hour confirmed, `failed` with the reason in French."""

    kind: str
    record_id: str
    state: Literal["pending", "saved", "failed", "conflict"]
    at: str = ""  # local HH:MM:SS
    title: str = ""
    fields: dict[str, str] = field(default_factory=dict)  # field → French message
    current: Record | None = None  # the server's version, on a conflict


@dataclass(frozen=True)
class ListView:
    """Records asked for together, kept as the server has them. `params` are the route's; `names` say whose (contact id → name)."""

    kind: str
    params: dict[str, str]
    records: tuple[Record, ...] = ()
    total: int = 0
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PrintView:
    """A reply on its way to paper. `state`: sending (to the printer), then as workstation/links/print_job.py says it; `reasons` are its
    keywords; `detail` a sentence, when it did not get as far as the printer."""

    state: str
    printer: str = ""
    job: int = 0
    reasons: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    detail: str = ""

    @property
    def over(self) -> bool:
        return self.state in ("done", "cancelled", "failed", "refused", "unreachable", "lost")


@dataclass(frozen=True)
class ChatMessage:
    """`n`: its place in the thread, from 1; 0 until the room has it on its disk. `refused`: why it never will, in French."""

    who: Literal["client", "conseiller"]
    text: str
    at: float  # UNIX time, this machine's clock
    n: int = 0
    write_id: str = ""
    refused: str = ""


@dataclass(frozen=True)
class ChatView:
    """A written conversation; times are UNIX. `typing_until`: while the customer is said to be typing. `version` and `contact_id` are of
    the room's record."""

    chat_id: str
    visitor: str = ""
    simulation: str = ""
    offered_at: float = 0.0
    accepted_at: float | None = None
    answered_at: float | None = None  # our first message
    closed_at: float | None = None
    closed_by: str = ""
    messages: tuple[ChatMessage, ...] = ()
    typing_until: float = 0.0
    asked: Literal["", "close"] = ""
    contact_id: str = ""
    version: int = 0

    @property
    def open(self) -> bool:
        return bool(self.offered_at) and self.closed_at is None

    @property
    def heard(self) -> int:
        """How many messages the customer has written."""
        return sum(one.who == "client" for one in self.messages)


@dataclass(frozen=True)
class Notice:
    """A sentence for the agent. `tone`: info, warning, error; shown with a word, never by colour alone. A `quiet` one repeats what
    the call bar shows: it does not cover a fresh one that says more."""

    text: str
    tone: Literal["info", "warning", "error"] = "info"
    at: float = 0.0
    quiet: bool = False


@dataclass(frozen=True)
class RecordingView:
    """`days` a recorded practice call is kept, 0: none is recorded; `call_key`: of the one being recorded now."""

    days: int = 0
    call_key: str = ""


@dataclass(frozen=True)
class Caption:
    speaker: str
    text: str
    at: float


@dataclass(frozen=True)
class Console:
    """What every machine of a room has, with or without a phone."""

    log_file: ClassVar[str] = "desk.log"  # where faults of ours are noted
    link: Literal["connecting", "up", "down"] = "connecting"  # with the room server
    notices: tuple[Notice, ...] = ()


C = TypeVar("C", bound=Console)


@dataclass(frozen=True)
class Softphone(Console):
    """What whoever holds a phone has: the candidate's desk and the jury's console are both one. `other` names who is at the other end."""

    other: ClassVar[OtherParty] = CUSTOMER
    qualifies: ClassVar[bool] = True  # an ended call stays in sight until it is qualified
    phone: PhoneView = field(default_factory=PhoneView)
    calls: dict[str, CallView] = field(default_factory=dict)  # by call_key, in order of arrival; a desk's ended ones stay until qualified
    log: tuple[CallView, ...] = ()  # ended calls, newest first
    front: str = ""  # call_key of the call in front

    @property
    def call(self) -> CallView | None:
        """The call in front."""
        return self.calls.get(self.front)


S = TypeVar("S", bound=Softphone)


@dataclass(frozen=True)
class DeskState(Softphone):
    """`files` holds the customer files open, by contact id, as GET …/file gave them; `contact_id` is the one in front.
    `saves` is keyed by record id, `drafts` too (fields typed and not yet confirmed, as kept on disk)."""

    agent: Agent = field(default_factory=Agent)
    agent_asked: str = ""  # an agent order on its way to the server
    contact_id: str = ""
    files: dict[str, Record] = field(default_factory=dict)
    opened: dict[str, str] = field(default_factory=dict)  # by key of a call not heard of yet: the contact whose file was opened for it
    search: Record | None = None  # the last SearchPage
    products: tuple[Record, ...] = ()
    sheets: SheetsView = field(default_factory=SheetsView)
    chats: dict[str, ChatView] = field(default_factory=dict)  # by key, in order of arrival
    lists: dict[str, ListView] = field(default_factory=dict)  # by the key they were asked under
    sitting: Record = field(default_factory=dict)
    sitting_at: float = 0.0  # UNIX time (local) at which the sitting's clock was read
    brief: Record = field(default_factory=dict)
    debrief: Record | None = None
    progress: Record | None = None
    recording: RecordingView = field(default_factory=RecordingView)
    saves: dict[str, SaveView] = field(default_factory=dict)
    drafts: dict[str, Record] = field(default_factory=dict)
    prints: dict[str, PrintView] = field(default_factory=dict)  # by id of the reply
    unconfirmed: int = 0  # writes in the spool
    late: bool = False  # a write could not be delivered and is being tried again
    saved_at: str = ""  # local HH:MM:SS of the last write confirmed
    captions: tuple[Caption, ...] = ()
    exchange: Record = field(default_factory=dict)  # how this station reaches the exchange, as the server describes it
    listeners: tuple[str, ...] = ()  # who of the jury hears the calls now, as the exchange confirmed
    replaced: bool = False  # another machine has taken this place: nothing is accepted from here any more
    seq: int = 0  # last journal row seen
    clock_offset: float = 0.0  # server minus local, seconds
