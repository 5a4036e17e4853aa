"""What a SIP engine must do for the desk, the jury and the virtual customer; and what it says of itself.

An engine is started once, takes orders from any thread without blocking, and tells facts through
`emit`, which may be called from the engine's own thread. Every order ends in a fact: the one it was
for, or OrderRefused. An order outside the engine's capabilities is refused, never attempted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from cti.messages import Fact, Order, OrderRefused, Refusal, clean_text
from cti.phone.audio.port import SoundIO


class Capability(StrEnum):
    REGISTER = "register"
    HOLD = "hold"
    MUTE = "mute"
    DIGITS_OUT = "digits_out"
    DIGITS_IN = "digits_in"
    BLIND_TRANSFER = "blind_transfer"
    ATTENDED_TRANSFER = "attended_transfer"
    CALL_WAITING = "call_waiting"
    HEADERS = "headers"  # custom headers, in and out
    TCP = "tcp"
    TLS = "tls"
    SRTP = "srtp"
    QUALITY = "quality"
    MEDIA_WATCH = "media_watch"  # tells MediaFlowed
    DIRECT = "direct"  # calls past the registrar, PlaceCall.direct
    LISTEN_ONLY = "listen_only"  # PlaceCall.listen_only
    WIDEBAND = "wideband"


EXAM_ROOM_NEEDS = frozenset(
    {
        Capability.REGISTER, Capability.HOLD, Capability.MUTE, Capability.DIGITS_IN, Capability.DIGITS_OUT, Capability.BLIND_TRANSFER,
        Capability.ATTENDED_TRANSFER, Capability.CALL_WAITING, Capability.HEADERS, Capability.TLS, Capability.SRTP, Capability.QUALITY,
        Capability.MEDIA_WATCH, Capability.DIRECT, Capability.LISTEN_ONLY,
    }
)  # fmt: skip
"""An engine without one of these is not accepted in an exam room."""


@dataclass(frozen=True)
class PhoneSettings:
    """How a phone meets the network. `port` 0 lets the system choose; `srtp` mandatory refuses plain RTP.

    The files are read once, at the start: a phone that is given another authority or certificate is started anew."""

    user: str = "plateau"
    display_name: str = ""
    bind: str = "127.0.0.1"  # the one address to listen on; "" or "0.0.0.0": every IPv4 address, loopback included
    server: str = ""  # host[:port] of the room: of every address, the one it is reached from is shown in the contact and in SDP
    port: int = 0
    transports: tuple[Literal["udp", "tcp", "tls"], ...] = ("udp",)
    srtp: Literal["off", "optional", "mandatory"] = "off"
    ca_file: str = ""  # PEM, checks the certificate of whoever we connect to over TLS; empty: nobody is checked
    cert_file: str = ""  # PEM, our own: shown on TLS connections made to us, and by us where we are asked for it
    key_file: str = ""
    verify_client: bool = False  # who connects to us over TLS must show a certificate that ca_file signed
    codecs: tuple[str, ...] = ("PCMA", "PCMU", "G722")  # in order of preference; others are disabled
    rtp_port: int = 30000
    rtp_range: int = 10000  # a random port of this range: a restarted phone must not inherit a dead call's stream
    recordings: str = ""  # folder that calls may be recorded in; "": this phone never records
    media_timeout: float = 5.0  # seconds without RTP in an unheld call before it is ended (NETWORK); 0: never


def room_settings(
    line: str, label: str, server: str, *, ca_file: str = "", cert_file: str = "", key_file: str = "", encrypted: bool = True
) -> PhoneSettings:
    """A phone of a room: its line (SIP account) and what people call it, the exchange's host[:port], the room's authority, and the
    certificate for calls from phone to phone, where the room gave one: it must name the address this phone has there. TLS, SRTP
    mandatory, PCMA before all: tested as a set. A room that is not `encrypted` (practice only) has UDP, and no certificate."""
    return PhoneSettings(
        user=line,
        display_name=label,
        bind="0.0.0.0",
        server=server,
        transports=("tls",) if encrypted else ("udp",),
        srtp="mandatory" if encrypted else "off",
        ca_file=ca_file if encrypted else "",
        cert_file=cert_file if encrypted else "",
        key_file=key_file if encrypted else "",
        verify_client=encrypted,
        codecs=("PCMA", "PCMU"),
    )


class SoftphoneEngine(Protocol):
    name: str
    capabilities: frozenset[Capability]

    def start(self, settings: PhoneSettings, sound: SoundIO, emit: Callable[[Fact], None]) -> None:
        """Open sockets and begin; returns once PhoneStarted was emitted. Raises EngineUnavailable."""

    def execute(self, order: Order) -> None:
        """Take an order; returns at once."""

    def stop(self) -> None:
        """End every call (BYE, CANCEL or 480 as fits), unregister, free everything. Idempotent; at most 5 s."""


class OrderUnmet(Exception):
    """Raised inside an engine when an order is not to be carried out; told as OrderRefused."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail

    def told(self, order: str, call_id: str) -> OrderRefused:
        return OrderRefused(order, self.reason, call_id, clean_text(self.detail))


class EngineUnavailable(Exception):
    """The engine cannot run here; the message says what is missing and how to mend it."""
