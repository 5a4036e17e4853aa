"""What an exchange is to the room server: where a dialled number leads, which lines are there, and what may be ordered of it.

Every order is confirmed by a fact (cti.exchange.facts), never by its own return: what is shown is what the exchange said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from cti.exchange.facts import ExchangeFact

ListenMode = Literal["listen", "whisper", "barge"]


@dataclass(frozen=True)
class DialPlan:
    """`target` is the SIP URI to INVITE, `number` the E.164 number reached, `known_as` its public name ("" when it has none)."""

    target: str
    number: str
    known_as: str = ""


class DialRefused(Exception):
    """The number is not called. `error_id`: emergency_number, not_a_number or nobody_there; `title` is for a person."""

    def __init__(self, error_id: str, title: str, number: str) -> None:
        super().__init__(title)
        self.error_id = error_id
        self.title = title
        self.number = number


class ExchangeRefused(Exception):
    """An order the exchange cannot or must not carry out; `error_id` is stable, `title` is for a person."""

    def __init__(self, error_id: str, title: str) -> None:
        super().__init__(title)
        self.error_id = error_id
        self.title = title


@dataclass(frozen=True)
class LineAccount:
    """What a phone needs to register: see cti.messages.RegisterAccount. `ca` is the PEM text that signs the server's certificate, ""
    on a plain line."""

    user: str
    password: str
    server: str  # host:port
    transport: Literal["udp", "tls"]
    label: str
    ca: str = ""


class Exchange(Protocol):
    """Lines are named by their account ("poste3"); an exchange of direct lines has the one line of its lab."""

    @property
    def kind(self) -> str:
        """`direct` or `asterisk`."""
        ...

    def dial(self, text: str, line: str) -> DialPlan:
        """Where a number typed at `line`, in any French writing, leads; raises DialRefused."""
        ...

    def describe(self, line: str) -> dict[str, object]:
        """What the phone at `line` is told about reaching the exchange: JSON values, no secret."""
        ...

    def account(self, line: str) -> LineAccount | None:
        """The line's account; None where phones do not register."""
        ...

    async def run(self, emit: Callable[[ExchangeFact], None]) -> None:
        """Follow the exchange until cancelled; facts on the running loop."""
        ...

    async def set_ready(self, line: str, ready: bool, reason: str = "", shared: bool = True) -> None:
        """Let the queues offer calls to that station, or not; `shared` False: its own queue only. Remembered: said again whenever the
        link comes back."""
        ...

    async def set_player(self, station: str, seat: str) -> None:
        """Who plays the customer for that station ("" nobody): where every number dialled there leads. Remembered likewise."""
        ...

    def offer_target(self, station: str) -> str:
        """What a seat's phone calls to be offered to that station by its queue; raises ExchangeRefused."""
        ...

    async def allow_listening(self, listener: str, station: str, mode: ListenMode) -> str:
        """Raises ExchangeRefused, or gives the SIP target that the listener's own phone calls, once, within a minute."""
        ...

    async def stop_listening(self, listener: str) -> None:
        """Cut every listening of that seat."""
        ...

    async def clear(self, line: str, call_key: str = "") -> None:
        """Hang up whatever that line has, or only its part in that call."""
        ...
