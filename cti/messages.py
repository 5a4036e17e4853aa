"""The vocabulary of the phone: orders in the imperative, facts in the past tense, all frozen.

Both travel as lines of JSON (cti.message_lines) between the phone process and the program that started
it; facts also travel to the room server, which journals them.
`call_id` names a call inside one phone process; `call_key` names it everywhere (header `X-Plateau-Call`).
Text that came from the network (names, reasons, headers) is carried as received, less control
and bidirectional characters: see `clean_text`.
"""

from __future__ import annotations

import typing
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Union

CALL_KEY_HEADER = "X-Plateau-Call"
QUEUE_HEADER = "X-Plateau-Queue"  # name of the queue that offers the call
POSITION_HEADER = "X-Plateau-Position"  # place in that queue when the call joined it, from 1
WAITED_HEADER = "X-Plateau-Waited"  # whole seconds spent in it before the offer
MAX_TEXT = 200  # characters kept of any text from the network


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Text from the network, fit to be drawn: controls, surrogates, bidirectional and other format marks out, length capped."""
    kept = (
        c
        for c in unicodedata.normalize("NFC", text[: limit * 8])
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    return "".join(kept).strip()[:limit]


class Cause(StrEnum):
    """Why a call ended, in words every engine can say."""

    HUNG_UP = "hung_up"
    REFUSED = "refused"  # 603, 403
    BUSY = "busy"  # 486, 600
    NO_ANSWER = "no_answer"  # 408, 480, or our own limit
    CANCELLED = "cancelled"  # the caller gave up before the answer
    UNKNOWN_NUMBER = "unknown_number"  # 404, 484, 604
    TRANSFERRED = "transferred"
    NETWORK = "network"  # no route, no media, transport lost
    FAULT = "fault"  # the phone itself failed


class Refusal(StrEnum):
    """Why an order was not carried out; the words for people are the desk's."""

    UNABLE = "unable"  # not among the engine's capabilities
    NO_SUCH_CALL = "no_such_call"
    CALL_EXISTS = "call_exists"
    NOT_RINGING = "not_ringing"
    NOT_ANSWERED = "not_answered"
    ALREADY_HELD = "already_held"
    NOT_HELD = "not_held"
    HOLD_UNDER_WAY = "hold_under_way"
    TRANSFER_UNDER_WAY = "transfer_under_way"
    SAME_CALL = "same_call"  # a call cannot be transferred to itself
    TOO_MANY_CALLS = "too_many_calls"
    OTHER_CALL_NOT_HELD = "other_call_not_held"  # the running call would not be held first
    LISTEN_ONLY = "listen_only"  # nothing is sent on a call that was placed to listen
    FAR_END = "far_end"  # declined by the other party
    BAD_VALUE = "bad_value"  # an address, digits or a header that cannot be sent
    STOPPING = "stopping"
    NO_PHONE = "no_phone"
    FAULT = "fault"
    UNREADABLE = "unreadable"


Party = Literal["local", "remote", "system"]


# --- orders -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisterAccount:
    """Register with digest at `server` (host[:port]); what comes of it is RegistrationChanged, again at each change.

    Tried again without end, every 3 s while the server does not answer, every 15 s while it refuses. What it is checked with over
    TLS is `PhoneSettings.ca_file`: another authority is another phone."""

    user: str
    password: str
    server: str
    transport: Literal["udp", "tcp", "tls"] = "udp"
    display_name: str = ""
    expires: int = 60  # seconds


@dataclass(frozen=True)
class UnregisterAccount:
    pass


@dataclass(frozen=True)
class PlaceCall:
    """Call `target`, a SIP URI. `call_id` is made by whoever orders; `headers` are added to the INVITE.

    `direct`: past the registrar, from the phone's own address, whatever becomes of the registration. `listen_only`: silence is sent
    in place of the microphone for as long as the call lasts, keys and transfers are refused (Refusal.LISTEN_ONLY), and no silence of
    the far end is taken for its death: an exchange sends nothing while there is nothing to hear."""

    call_id: str
    target: str
    call_key: str = ""
    display_name: str = ""  # presented in From, cut to 128 characters
    present_number: str = ""  # user part of From and P-Asserted-Identity; empty: the account's own
    headers: dict[str, str] = field(default_factory=dict)
    ring_limit: float = 60.0  # seconds without an answer before the phone gives up
    direct: bool = False
    listen_only: bool = False


@dataclass(frozen=True)
class AnswerCall:
    call_id: str


@dataclass(frozen=True)
class RefuseCall:
    call_id: str
    how: Literal["busy", "decline"] = "decline"


@dataclass(frozen=True)
class HangUpCall:
    call_id: str


@dataclass(frozen=True)
class HoldCall:
    call_id: str


@dataclass(frozen=True)
class ResumeCall:
    call_id: str


@dataclass(frozen=True)
class MuteMicrophone:
    muted: bool


@dataclass(frozen=True)
class SendDigits:
    call_id: str
    digits: str  # 0-9 * # A-D, RFC 4733


@dataclass(frozen=True)
class TransferCall:
    """Blind transfer: REFER the far end of `call_id` to `target` (RFC 3515)."""

    call_id: str
    target: str


@dataclass(frozen=True)
class CompleteTransfer:
    """Attended transfer: REFER `call_id` to the far end of `consult_id` with Replaces (RFC 3891)."""

    call_id: str
    consult_id: str


@dataclass(frozen=True)
class ChooseDevices:
    """Use these sound devices, by name; empty means the machine's default, None leaves as is."""

    microphone: str | None = None
    speaker: str | None = None
    ringer: str | None = None


@dataclass(frozen=True)
class SetVolume:
    """How loud calls are in the headset: 1.0 as received, 0.0 silent, at most 2.0. Tones and the bell stay as they are."""

    speaker: float


@dataclass(frozen=True)
class ProbeLoop:
    """Send a known tone on this answered call, whose far end is an echo, in place of the microphone; told as LoopMeasured."""

    call_id: str


@dataclass(frozen=True)
class HearPattern:
    """Listen on this answered call for the exchange's tone pattern (one second on, one off), `seconds` at most; told as PatternHeard."""

    call_id: str
    seconds: float = 6.0


@dataclass(frozen=True)
class RecordCall:
    """Keep this answered call from now on, both voices, as `name` (a WAV file, no folder) in the phone's own folder for it. Refused
    (UNABLE) by a phone that was given none: an exam's never is."""

    call_id: str
    name: str


@dataclass(frozen=True)
class StopRecording:
    """`discard`: what was recorded of it goes too."""

    call_id: str
    discard: bool = False


@dataclass(frozen=True)
class StopPhone:
    pass


# --- facts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhoneStarted:
    engine: str
    version: str
    capabilities: tuple[str, ...]
    contact: str  # SIP URI at which this phone is reached without a registrar
    codecs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegistrationChanged:
    state: Literal["registered", "unregistered", "failed"]
    server: str = ""
    code: int = 0
    reason: str = ""


@dataclass(frozen=True)
class CallOffered:
    """An INVITE arrived; 180 has been sent."""

    call_id: str
    call_key: str
    caller: str  # user part of P-Asserted-Identity or From; "" when anonymous
    caller_name: str
    called: str
    queue: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # X-… headers only
    waiting: bool = False  # another call was active: call waiting


@dataclass(frozen=True)
class CallPlaced:
    call_id: str
    call_key: str
    target: str


@dataclass(frozen=True)
class CallRang:
    """The far end rings (180), or sends its own tone (183: `early_media`)."""

    call_id: str
    call_key: str
    early_media: bool = False


@dataclass(frozen=True)
class CallAnswered:
    call_id: str
    call_key: str
    codec: str = ""
    encrypted: bool = False


@dataclass(frozen=True)
class CallHeld:
    call_id: str
    call_key: str
    by: Party = "local"


@dataclass(frozen=True)
class CallResumed:
    call_id: str
    call_key: str
    by: Party = "local"


@dataclass(frozen=True)
class CallEnded:
    call_id: str
    call_key: str
    cause: Cause
    by: Party = "remote"
    sip_code: int = 0
    reason: str = ""
    answered: bool = False
    seconds: float = 0.0  # of conversation


@dataclass(frozen=True)
class TransferProgressed:
    """What NOTIFY said of a REFER we sent; `final` with a 2xx code: the far end is gone to its new party."""

    call_id: str
    call_key: str
    code: int
    reason: str = ""
    final: bool = False


@dataclass(frozen=True)
class DigitReceived:
    call_id: str
    call_key: str
    digit: str


@dataclass(frozen=True)
class DigitsSent:
    call_id: str
    call_key: str
    digits: str


@dataclass(frozen=True)
class MicrophoneMuted:
    muted: bool


@dataclass(frozen=True)
class CallQuality:
    """RTCP and jitter-buffer figures of a running call, and the E-model's estimate (ITU-T G.107)."""

    call_id: str
    call_key: str
    codec: str
    received: int  # RTP packets
    lost: int
    loss_pct: float
    jitter_ms: float
    rtt_ms: float | None
    mos: float  # 1.0 .. 4.5
    far_loss_pct: float | None = None  # what the far end reports of us


@dataclass(frozen=True)
class MediaFlowed:
    """No RTP has come for a second on a running call (`flowing` False), or it comes again; nothing is told of a call where it never
    stops. Silence that is sent is RTP too: see LevelsMeasured. While either end holds the call, nothing is expected and nothing told."""

    call_id: str
    call_key: str
    flowing: bool


@dataclass(frozen=True)
class VolumeChanged:
    speaker: float  # as SetVolume


@dataclass(frozen=True)
class LevelsMeasured:
    """Peak levels since the last one, 0.0 .. 1.0; sent about ten times a second while sound runs. `speaker` is what the calls bring,
    whatever the volume."""

    microphone: float
    speaker: float


@dataclass(frozen=True)
class SoundChanged:
    """`state`: ok, lost (device gone, looked for), none (no device on this machine), file."""

    state: Literal["ok", "lost", "none", "file"]
    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    detail: str = ""


@dataclass(frozen=True)
class LoopMeasured:
    """What came back of ProbeLoop's tone: after how long, how loud (1.0: as sent). A muted microphone sends nothing. `…_open`: whether
    the device (or the file in its stead) really gave sound; `microphone_level`: what it took in the while, 0.0 .. 1.0."""

    call_id: str
    heard: bool
    delay_ms: float
    level: float
    microphone_open: bool
    speaker_open: bool
    microphone_level: float = 0.0


@dataclass(frozen=True)
class PatternHeard:
    """Whether HearPattern's tone was heard with its rhythm; `level` is its peak, 0.0 .. 1.0."""

    call_id: str
    heard: bool
    level: float


@dataclass(frozen=True)
class RecordingBegan:
    call_id: str
    call_key: str


@dataclass(frozen=True)
class RecordingEnded:
    """By order, or with the call. `name`: of the file, "" when it was discarded; `why`: what ended it early, "" nothing."""

    call_id: str
    call_key: str
    name: str
    seconds: float
    why: str = ""


@dataclass(frozen=True)
class OrderRefused:
    """An order the engine cannot or must not carry out; `order` is the class name, `detail` is for the log."""

    order: str
    reason: Refusal
    call_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class EngineFaulted:
    """Something inside the engine failed; the phone goes on if it can."""

    where: str
    what: str


@dataclass(frozen=True)
class PhoneLost:
    """The phone process ended unasked; every call it had is over. Made by the client side."""

    exit_code: int | None
    detail: str = ""


Order = Union[
    RegisterAccount, UnregisterAccount, PlaceCall, AnswerCall, RefuseCall, HangUpCall, HoldCall, ResumeCall,
    MuteMicrophone, SendDigits, TransferCall, CompleteTransfer, ChooseDevices, SetVolume, ProbeLoop, HearPattern,
    RecordCall, StopRecording, StopPhone,
]  # fmt: skip
Fact = Union[
    PhoneStarted, RegistrationChanged, CallOffered, CallPlaced, CallRang, CallAnswered, CallHeld, CallResumed, CallEnded,
    TransferProgressed, DigitReceived, DigitsSent, MicrophoneMuted, CallQuality, MediaFlowed, VolumeChanged, LevelsMeasured, SoundChanged,
    LoopMeasured, PatternHeard, RecordingBegan, RecordingEnded, OrderRefused, EngineFaulted, PhoneLost,
]  # fmt: skip
ORDERS: dict[str, type] = {c.__name__: c for c in typing.get_args(Order)}
FACTS: dict[str, type] = {c.__name__: c for c in typing.get_args(Fact)}
