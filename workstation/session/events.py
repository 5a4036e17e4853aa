"""What can happen to the session console. All frozen; `at` is UNIX seconds here, write ids are made by whoever builds the event."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Union

from workstation.desk.events import LinkDown, LinkUp, PlaceLost, Said
from workstation.desk.state import Record


@dataclass(frozen=True)
class ViewArrived:
    view: Record
    at: float


@dataclass(frozen=True)
class Confirmed:
    """The room has done what was ordered; `words` add to what it was."""

    write_id: str
    at: float
    words: str = ""


@dataclass(frozen=True)
class Refused:
    """The room will not; `title` is its own sentence."""

    write_id: str
    title: str
    at: float


@dataclass(frozen=True)
class SentAgain:
    write_id: str
    at: float


@dataclass(frozen=True)
class GivenUp:
    """Nobody knows whether the room has it: the view says, once it is back."""

    write_id: str
    at: float


@dataclass(frozen=True)
class ArchivesArrived:
    told: Record


@dataclass(frozen=True)
class Chosen:
    """The candidate (manager) or the station (invigilator) that the keys are about."""

    ident: str


# --- what is asked ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenWanted:
    kind: str
    title: str
    people: tuple[tuple[str, str, str], ...]  # place, role, name
    spellcheck: bool
    office: bool
    retention_days: int
    write_id: str


@dataclass(frozen=True)
class PeopleWanted:
    people: tuple[tuple[str, str, str], ...]
    write_id: str


@dataclass(frozen=True)
class CandidateWanted:
    """`seconds` by phase, where an authority decided so; `starts_at` ISO 8601 or ""; `jury` seats, empty for all; `trainers` names."""

    number: str
    station: str
    variant: str
    seconds: tuple[tuple[str, int], ...]
    starts_at: str
    jury: tuple[str, ...]
    write_id: str
    trainers: tuple[str, ...] = ()


@dataclass(frozen=True)
class JuryWanted:
    """Who leaves a candidate's jury and who comes: seats, "" for nobody. `same`: one person, at another seat or under a better name.
    `player`: the seat that plays the customer from then on, "" as before."""

    number: str
    left: str
    entered: str
    name: str
    same: bool
    player: str
    reason: str
    write_id: str


@dataclass(frozen=True)
class RemoveWanted:
    number: str
    write_id: str


@dataclass(frozen=True)
class SittingWanted:
    number: str
    write_id: str


@dataclass(frozen=True)
class StartWanted:
    """By candidate: number, phase, write_id. `late`: after the planned start, without moving the end."""

    starts: tuple[tuple[str, str, str], ...]
    late: bool = False


@dataclass(frozen=True)
class EndWanted:
    number: str
    phase: str
    reason: str
    write_id: str


@dataclass(frozen=True)
class FreezeWanted:
    station: str
    nature: Literal["incident", "pause", "interruption"]
    cause: str
    write_id: str


@dataclass(frozen=True)
class ResumeWanted:
    number: str
    choice: str
    given: int
    remark: str
    write_id: str


@dataclass(frozen=True)
class GrantWanted:
    number: str
    seconds: int
    reason: str
    write_id: str


@dataclass(frozen=True)
class AbsentWanted:
    number: str
    write_id: str


@dataclass(frozen=True)
class ArchiveWanted:
    """By candidate: number, write_id."""

    archives: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SaveArchiveWanted:
    name: str
    sha256: str
    folder: Path


@dataclass(frozen=True)
class MinutesWanted:
    form: Literal["pdf", "odt"]
    folder: Path


@dataclass(frozen=True)
class CloseWanted:
    write_id: str


SessionEvent = Union[
    LinkUp, LinkDown, PlaceLost, Said, ViewArrived, Confirmed, Refused, SentAgain, GivenUp, ArchivesArrived, Chosen,
    OpenWanted, PeopleWanted, CandidateWanted, JuryWanted, RemoveWanted, SittingWanted, StartWanted, EndWanted, FreezeWanted, ResumeWanted,
    GrantWanted, AbsentWanted, ArchiveWanted, SaveArchiveWanted, MinutesWanted, CloseWanted,
]  # fmt: skip
