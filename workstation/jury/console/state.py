"""All the jury's console knows, as one frozen value. What the room server owns is the last view it sent, as it sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from scenarios.chat import Chats
from workstation.desk.other_party import OtherParty
from workstation.desk.state import Record, Softphone
from workstation.i18n import N_
from workstation.jury.console.hearing import Hearing

CANDIDATE = OtherParty(
    rings=N_("Sonne chez le candidat"),
    rings_said=N_("Ça sonne."),
    hung_up=N_("Le candidat a raccroché"),
    holds_us=N_("Le candidat vous a mis en attente."),
    holding=N_("le candidat vous a mis en attente"),
    takes_us_back=N_("Le candidat a repris la communication."),
    on_hold=N_("Candidat en attente."),
    digit=N_("Touche reçue du candidat : {digit}"),
    deaf=N_("Micro coupé : le candidat ne vous entend plus."),
    stays=N_("Transfert refusé ({code} {reason}) : le candidat est toujours en ligne."),
    no_sound=N_("Aucun appareil de son : vous n'entendrez rien. Alt+O : micro et casque."),
    soundless=N_("PAS DE SON : Alt+O"),
    meter=N_("micro {mic} candidat {speaker}"),
)

Role = Literal["", "role_player", "observer"]
VOLUME_STEP = 10
LOUDEST = 200


@dataclass(frozen=True)
class Guise:
    """Who we are in a call. `kind`: persona, contact, service, unknown; "" still asked. `dialled`: the number the candidate dialled
    to reach us, "" when we call; `transfer`: how the call came to us."""

    dialled: str = ""
    transfer: Literal["", "blind", "attended"] = ""
    kind: str = ""
    name: str = ""
    number: str = ""
    reference: str = ""
    simulation: str = ""
    picked_up: bool = False  # a call that was parked
    far_key: str = ""  # its key at the candidate's desk, where that is not our own


@dataclass(frozen=True)
class Entry:
    """A row of the journal in the timeline. `since_start`: seconds since the simulation began, None outside one. `lasted`: seconds of
    what it ends (a hold, a call, an agent's state), None when it ends nothing."""

    seq: int
    at: float  # UNIX, server's clock
    kind: str
    call_key: str
    actor: str
    data: Record
    since_start: float | None = None
    lasted: float | None = None


@dataclass(frozen=True)
class Running:
    """What is open in the timeline, so that its end can say how long it lasted. All by UNIX seconds of the server; `stood`: seconds the
    clock stood since the simulation began, before `frozen_at`."""

    started_at: float | None = None
    frozen_at: float | None = None
    stood: float = 0.0
    held: dict[str, float] = field(default_factory=dict)  # by call key
    answered: dict[str, float] = field(default_factory=dict)
    state_since: float | None = None
    deaf: frozenset[str] = frozenset()  # seats that said they hear no more
    cut_off: bool = False  # the exchange is away
    checks: frozenset[str] = frozenset()  # seats that listen for the room's check

    def elapsed(self, at: float) -> float | None:
        """Seconds that the simulation's own clock shows at an instant of the server; None while none runs."""
        if self.started_at is None:
            return None
        until = at if self.frozen_at is None else min(at, max(self.frozen_at, self.started_at))
        return max(0.0, until - self.started_at - self.stood)


@dataclass(frozen=True)
class JuryWrite:
    """What this juror noted or ordered and the room has not confirmed. `sitting` is whose: it is sent for no other.
    `at`: local UNIX time."""

    id: str
    sitting: str
    method: str
    path: str
    body: Record
    at: float


@dataclass(frozen=True)
class Facts:
    """Whether the file's facts of a simulation are in sight, and being asked for. `stale`: the journal went on meanwhile."""

    simulation: str = ""  # "" hidden
    asked: bool = False
    stale: bool = False


@dataclass(frozen=True)
class JuryState(Softphone):
    """`view`: the whole of the last /jury/watch message. `view_at`: local UNIX time at which it came."""

    other: ClassVar[OtherParty] = CANDIDATE
    qualifies: ClassVar[bool] = False
    log_file: ClassVar[str] = "jury.log"
    view: Record = field(default_factory=dict)
    view_at: float = 0.0
    clock_offset: float = 0.0  # server minus local, seconds
    account: Record = field(default_factory=dict)  # our SIP account, as GET /cti/account gives it
    replaced: bool = False  # another console took this seat
    asked: str = ""  # a request on its way: seat, start, end, stream, team
    chosen: str = ""  # the simulation whose persona is in front
    sheets: dict[str, Record] = field(default_factory=dict)  # persona sheets, by simulation
    guises: dict[str, Guise] = field(default_factory=dict)  # by call key
    direct: frozenset[str] = frozenset()  # keys of calls past the exchange: nobody can listen to them
    handed: frozenset[str] = frozenset()  # keys of our calls that the candidate left by transferring them
    hearing: Hearing = field(default_factory=Hearing)
    listening_key: str = ""  # call key of our listening leg: it is no call of the role-player's
    volume: int = 100  # per cent
    seq: int = 0
    timeline: tuple[Entry, ...] = ()
    running: Running = field(default_factory=Running)
    hints: dict[str, float] = field(default_factory=dict)  # given, by simulation: UNIX seconds of the server
    recorded: bool = False  # the trainee's calls are, in a practice room: whoever talks with them must know
    screen: str = ""  # pane of the candidate's desk that is in front, "" not known
    people: dict[str, str] = field(default_factory=dict)  # who customers are, by contact id, as far as it is known here
    session: Record = field(default_factory=dict)  # of the exam, as /session/watch tells it; {} none
    grid: Record = field(default_factory=dict)  # the last answer of /jury/grid; {} where this seat has none
    owed: tuple[JuryWrite, ...] = ()  # in their order
    typed: dict[str, str] = field(default_factory=dict)  # fields begun and not sent, by their key
    facts: Facts = field(default_factory=Facts)
    evidence: dict[str, Record] = field(default_factory=dict)  # by simulation
    replies: dict[str, Record] = field(default_factory=dict)  # the candidate's written replies, by record id
    chats: Chats = field(default_factory=Chats)
