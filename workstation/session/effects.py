"""What the session console asks of the world, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Union

from workstation.desk.state import Record


@dataclass(frozen=True)
class Order:
    """Sent in turn. `patient`: until the room has it; else given up after a while, and told. The body holds the `write_id` where the
    room takes one: sent twice, it is done once."""

    write_id: str
    method: Literal["POST", "PUT", "DELETE"]
    path: str
    words: str
    body: Record = field(default_factory=dict)
    patient: bool = False


@dataclass(frozen=True)
class MakeArchive:
    """Takes seconds: beside the orders, not among them."""

    write_id: str
    number: str
    words: str


@dataclass(frozen=True)
class ListArchives:
    pass


@dataclass(frozen=True)
class SaveMinutes:
    """The annex of the minutes, written into `folder` on this machine."""

    form: Literal["pdf", "odt"]
    folder: Path


@dataclass(frozen=True)
class SaveArchive:
    """An archive that was made, written into `folder` on this machine and verified there."""

    name: str
    sha256: str
    folder: Path


SessionEffect = Union[Order, MakeArchive, ListArchives, SaveMinutes, SaveArchive]
