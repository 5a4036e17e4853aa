"""What the console's reducer asks of the world, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

from workstation.desk.effects import BringToFront, TellPhone
from workstation.jury.console.hearing import Mode
from workstation.jury.console.state import JuryWrite, Role


@dataclass(frozen=True)
class TakeSeat:
    role: Role
    station: str


@dataclass(frozen=True)
class FetchAccount:
    pass


@dataclass(frozen=True)
class FetchSheet:
    simulation: str


@dataclass(frozen=True)
class FetchWho:
    call_key: str
    number: str


@dataclass(frozen=True)
class FollowJournal:
    """Read the journal of the station taken from its first row; "" follows none."""

    station: str


@dataclass(frozen=True)
class OrderSimulation:
    order: Literal["start", "end"]
    simulation: str
    write_id: str


@dataclass(frozen=True)
class AskCall:
    """May the persona call? Ends in CallGranted or CallDenied with `asked_key`."""

    write_id: str
    asked_key: str
    simulation: str
    direct: bool


@dataclass(frozen=True)
class AskStream:
    """Calls of virtual customers to the shared queue, one every `every` seconds (0: as soon as one is free); `calls` 0: no more."""

    simulations: tuple[str, ...]
    calls: int
    every: int


@dataclass(frozen=True)
class NameTeam:
    """These practise together, in the order of the roles."""

    people: tuple[str, ...]
    write_id: str


@dataclass(frozen=True)
class NextRound:
    """From the round of that number."""

    round: int
    write_id: str


@dataclass(frozen=True)
class AskListening:
    mode: Mode
    attempt: int


@dataclass(frozen=True)
class StopListening:
    pass


@dataclass(frozen=True)
class TellListening:
    """Sent until the server has it, in order."""

    ear: str
    detail: str


@dataclass(frozen=True)
class FetchGrid:
    pass


@dataclass(frozen=True)
class FetchEvidence:
    simulation: str


@dataclass(frozen=True)
class KeepWrite:
    """On this machine's disk, then sent until the room has answered for good."""

    write: JuryWrite


@dataclass(frozen=True)
class KeepTyped:
    """A field as it is being typed in; "" is kept no more."""

    key: str
    text: str


@dataclass(frozen=True)
class ForgetWork:
    """What was noted or typed of these sittings and never sent: those who did have left their jury."""

    sittings: frozenset[str]


JuryEffect = Union[
    TellPhone, BringToFront, TakeSeat, FetchAccount, FetchSheet, FetchWho, FollowJournal, OrderSimulation, AskCall, AskStream,
    NameTeam, NextRound,
    AskListening, StopListening, TellListening, FetchGrid, FetchEvidence, KeepWrite, KeepTyped, ForgetWork,
]  # fmt: skip
