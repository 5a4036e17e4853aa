"""All a session console knows, as one frozen value. What the room server owns is the last view it sent, as it sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from workstation.desk.state import Console, Record

Role = Literal["session_manager", "invigilator"]


@dataclass(frozen=True)
class Asked:
    """An order that the room has not answered yet. `words` say what it is; `late`: it was sent again."""

    words: str
    late: bool = False


@dataclass(frozen=True)
class SessionState(Console):
    """`view`: the whole of the last /session/watch message."""

    log_file: ClassVar[str] = "session.log"
    role: Role = "session_manager"
    view: Record = field(default_factory=dict)
    clock_offset: float = 0.0  # server minus local, seconds
    asked: dict[str, Asked] = field(default_factory=dict)  # by write_id
    archives: Record = field(default_factory=dict)  # as GET /session/archives gave them
    chosen: str = ""  # the candidate's number that the keys are about; an invigilator's: the station
    replaced: bool = False  # another machine has this place
