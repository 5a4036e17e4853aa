"""What can happen to the jury's console, beside what happens to any softphone (workstation/desk/events.py). All frozen.

`now` and `at` are UNIX seconds here; call ids and keys are made by whoever builds the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

from workstation.desk.events import (
    AccountArrived,
    AnswerWanted,
    DevicesChosen,
    DigitsWanted,
    HangUpWanted,
    HoldWanted,
    LinkDown,
    LinkUp,
    MuteWanted,
    PhoneTold,
    PhoneUnusable,
    PlaceLost,
    RowArrived,
    Said,
    SwapWanted,
)
from workstation.desk.state import Record
from workstation.jury.console.hearing import Mode
from workstation.jury.console.state import JuryWrite, Role

# --- the room server --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ViewArrived:
    """The whole view of /jury/watch."""

    view: Record
    at: float


@dataclass(frozen=True)
class JournalRestarted:
    """The rows come again from the first: another station, or another journal."""


@dataclass(frozen=True)
class SeatAnswered:
    me: Record
    at: float


@dataclass(frozen=True)
class SheetArrived:
    """A persona sheet, with its simulation."""

    simulation: str
    sheet: Record


@dataclass(frozen=True)
class WhoArrived:
    call_key: str
    who: Record
    at: float


@dataclass(frozen=True)
class CallGranted:
    """The call to place, exactly so."""

    asked_key: str  # key under which it was asked for
    call_key: str
    target: str
    headers: dict[str, str]
    direct: bool


@dataclass(frozen=True)
class CallDenied:
    """`unreachable`: the room server did not answer; else `title` is its own reason."""

    asked_key: str
    title: str
    unreachable: bool
    at: float


@dataclass(frozen=True)
class ListeningGranted:
    attempt: int
    call_id: str
    call_key: str
    target: str
    mode: Mode
    at: float


@dataclass(frozen=True)
class ListeningDenied:
    """`final`: it will never be granted here."""

    attempt: int
    title: str
    final: bool
    at: float


@dataclass(frozen=True)
class Refused:
    """`what`: seat, start, end, stream, team, sheet, who …; `title` is for a person."""

    what: str
    title: str
    at: float


@dataclass(frozen=True)
class Done:
    """An order was answered: start, end, stream, team; `words`, when there are any, are for a person."""

    what: str
    words: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class SessionArrived:
    """What /session/watch tells; {} outside an exam. `fresh`: the first since the link came back."""

    session: Record
    fresh: bool
    at: float


@dataclass(frozen=True)
class GridArrived:
    """{} where this seat is of no jury."""

    grid: Record
    at: float


@dataclass(frozen=True)
class EvidenceArrived:
    """{} when the room had none to give."""

    simulation: str
    report: Record


@dataclass(frozen=True)
class OwedLoaded:
    """What was on this machine's disk when the console began."""

    writes: tuple[JuryWrite, ...]
    typed: dict[str, str]


@dataclass(frozen=True)
class WriteAnswered:
    """The room has it on its disk; `told` is its answer."""

    id: str
    told: Record
    at: float


@dataclass(frozen=True)
class WriteRefused:
    """For good: it is kept no more. `title` says why."""

    id: str
    title: str
    at: float


# --- the juror --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeatWanted:
    role: Role
    station: str


@dataclass(frozen=True)
class SimulationChosen:
    simulation: str


@dataclass(frozen=True)
class SimulationOrdered:
    order: Literal["start", "end"]
    simulation: str
    write_id: str


@dataclass(frozen=True)
class StreamWanted:
    """Virtual customers are to call the shared queue; `calls` 0: no more of them."""

    simulations: tuple[str, ...]
    calls: int
    every: int  # seconds, 0: as soon as one is free


@dataclass(frozen=True)
class TeamWanted:
    """These practise together from now on, in the order of the roles."""

    people: tuple[str, ...]
    write_id: str


@dataclass(frozen=True)
class TurnWanted:
    """Everybody moves on from the round of that number."""

    round: int
    write_id: str


@dataclass(frozen=True)
class PersonaCallWanted:
    """Call the candidate as the persona in front; `direct`: past the exchange."""

    direct: bool
    write_id: str
    call_id: str
    call_key: str
    at: float


@dataclass(frozen=True)
class ParkWanted:
    """Blind transfer of the call in front to the parking."""


@dataclass(frozen=True)
class PickUpWanted:
    space: str
    call_id: str
    call_key: str
    at: float


@dataclass(frozen=True)
class ListenWanted:
    """ "" stops."""

    mode: Mode
    at: float


@dataclass(frozen=True)
class VolumeWanted:
    by: int  # per cent


@dataclass(frozen=True)
class WriteWanted:
    """A mark, a note, an order of the exam; made by console/writes.py."""

    write: JuryWrite


@dataclass(frozen=True)
class Typed:
    key: str
    text: str


@dataclass(frozen=True)
class FactsWanted:
    """The facts of this simulation in sight; "" hides them."""

    simulation: str


@dataclass(frozen=True)
class EvidenceWanted:
    """What the file shows of this simulation, for the written replies."""

    simulation: str


@dataclass(frozen=True)
class SheetWanted:
    """A persona sheet, whatever is in front."""

    simulation: str


@dataclass(frozen=True)
class LevelHeard:
    level: float
    at: float


@dataclass(frozen=True)
class Ticked:
    at: float


JuryEvent = Union[
    PhoneTold, PhoneUnusable, LinkUp, LinkDown, RowArrived, AnswerWanted, HangUpWanted, HoldWanted, SwapWanted, MuteWanted, DigitsWanted,
    DevicesChosen, Said, AccountArrived, PlaceLost,
    ViewArrived, JournalRestarted, SeatAnswered, SheetArrived, WhoArrived, CallGranted,
    CallDenied, ListeningGranted, ListeningDenied, Refused, Done,
    SeatWanted, SimulationChosen, SimulationOrdered, StreamWanted, TeamWanted, TurnWanted,
    PersonaCallWanted, ParkWanted, PickUpWanted, ListenWanted, VolumeWanted,
    LevelHeard, Ticked, SessionArrived, GridArrived, EvidenceArrived, OwedLoaded, WriteAnswered, WriteRefused, WriteWanted, Typed,
    FactsWanted, EvidenceWanted, SheetWanted,
]  # fmt: skip
