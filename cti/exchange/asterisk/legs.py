"""A channel of Asterisk as one leg of a call, and how it is read out of the manager's messages. Pure.

What a leg belongs to is in channel variables that the manager is told to add to every event (`channelvars` of manager.conf):

    PLATEAU_CALL      the call's key; a channel without it takes no part in a call
    PLATEAU_WAITED    on a leg that a queue offers, and only there: whole seconds that the caller had waited
    PLATEAU_DIALLED   the number a station dialled to get there
    SPY_STATION       of a listener, who takes part in no call: whom it wants to hear
    SPY_MODE          of a listener: listen, whisper, barge
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from cti.exchange.asterisk.wire import Message
from cti.messages import clean_text

SpyMode = Literal["listen", "whisper", "barge"]
UP, RING = "6", "4"
"""Channel states: in conversation or answered by the dialplan; placed by the line and not answered yet."""

_CHANNEL = re.compile(r"PJSIP/(?P<line>[a-z]+[0-9]*)-[0-9a-f]+")
_INTERFACE = re.compile(r"PJSIP/(?P<line>[a-z]+[0-9]*)")
_LINE = re.compile(r"[a-z]+[0-9]*")
_CONTACT = re.compile(r"sips?:(?:[^@]*@)?(?P<place>[^;>?@]+)(?P<parameters>(?:[;>?].*)?)", re.IGNORECASE | re.DOTALL)
_TRANSPORT = re.compile(r";transport=(?P<transport>udp|tcp|tls)(?![a-z])", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True)
class Leg:
    """`id` is Asterisk's Uniqueid, `channel` its name. What changes over its life carries the instant of the event that said so
    (`…_at`, Asterisk's clock in seconds): an older event that comes later changes nothing."""

    id: str
    channel: str
    line: str
    call_key: str = ""
    station: str = ""  # of a listener: whom it listens to
    up: bool = False
    held: bool = False  # by its own line
    held_at: float = 0.0
    bridge: str = ""
    bridge_at: float = 0.0
    space: str = ""  # where it is parked
    parked_at: float = 0.0
    mode: SpyMode | Literal[""] = ""  # of a listener
    spying: str = ""  # the channel it hears
    spying_at: float = 0.0
    talking: bool = False
    told: frozenset[str] = frozenset()  # facts of which a leg has one

    @property
    def order(self) -> tuple[int, ...]:
        """Grows from one channel to the next."""
        return tuple(int(part) for part in self.id.split(".") if part.isdecimal())


@dataclass(frozen=True)
class Seen:
    """A channel as one message shows it; `number` and `name` are its caller id, `connected_…` who it is shown."""

    id: str
    channel: str
    line: str
    state: str = ""
    number: str = ""
    name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def call_key(self) -> str:
        """ "" for a listener."""
        return "" if self.mode else _NOT_IN_A_KEY.sub("", self.variables.get("PLATEAU_CALL", ""))[:64]

    @property
    def station(self) -> str:
        return line_name(self.variables.get("SPY_STATION", ""))

    @property
    def offered_after(self) -> float | None:
        """Seconds that the caller had waited; None when no queue offers this leg."""
        waited = self.variables.get("PLATEAU_WAITED", "")
        return float(number(waited)) if waited else None

    @property
    def dialled(self) -> str:
        return clean_text(self.variables.get("PLATEAU_DIALLED", ""), 64)

    @property
    def mode(self) -> SpyMode | Literal[""]:
        mode = self.variables.get("SPY_MODE", "")
        return cast(SpyMode, mode) if mode in get_args(SpyMode) else ""


def seen(message: Message, prefix: str = "") -> Seen | None:
    """The channel whose fields begin with `prefix`; None when there is none, or it is no line's."""
    channel = message.get(f"{prefix}Channel")
    match = _CHANNEL.fullmatch(channel)
    unique = message.get(f"{prefix}Uniqueid")
    if match is None or not unique or len(channel) > 100 or len(unique) > 100:
        return None
    variables = dict(text.partition("=")[::2] for text in message.all(f"{prefix}ChanVariable"))
    return Seen(
        unique,
        channel,
        match["line"],
        message.get(f"{prefix}ChannelState"),
        shown(message.get(f"{prefix}CallerIDNum"), 64),
        shown(message.get(f"{prefix}CallerIDName")),
        shown(message.get(f"{prefix}ConnectedLineNum"), 64),
        shown(message.get(f"{prefix}ConnectedLineName")),
        {name: _ESCAPED.sub(_unescaped, value) for name, value in variables.items()},
    )


def line_of_interface(interface: str) -> str:
    """poste3 for PJSIP/poste3; "" for anything else."""
    match = _INTERFACE.fullmatch(interface)
    return match["line"] if match else ""


def line_of_channel(channel: str) -> str:
    match = _CHANNEL.fullmatch(channel)
    return match["line"] if match else ""


def line_name(text: str) -> str:
    """`text` if it can name a line, else ""."""
    return text if len(text) <= 40 and _LINE.fullmatch(text) else ""


def contact_place(uri: str) -> tuple[str, str]:
    """host:port and transport (udp, tcp, tls) of a contact; ("", "") when it is none."""
    match = _CONTACT.fullmatch(uri[:400])
    if match is None:
        return "", ""
    transport = _TRANSPORT.search(match["parameters"])
    return clean_text(match["place"], 80), transport["transport"].lower() if transport else "udp"


def shown(text: str, limit: int = 200) -> str:
    """A name or number as Asterisk writes it, C escapes and all, fit to be drawn."""
    return "" if text == "<unknown>" else clean_text(_ESCAPED.sub(_unescaped, text), limit)


def number(text: str) -> int:
    """0 for what is not a small whole number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def instant(message: Message) -> float:
    """Asterisk's clock, in seconds; 0.0 when the message does not tell."""
    try:
        return float(message.get("Timestamp"))
    except ValueError:
        return 0.0


def _unescaped(match: re.Match[str]) -> str:
    """Letters stand for controls (\\n, \\t), which nothing shows; quotes and the backslash for themselves."""
    return " " if match[1].isalpha() else match[1]
