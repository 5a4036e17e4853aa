"""What an exchange is to the room server: a dialled number in, a SIP target out, or a refusal a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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


class Exchange(Protocol):
    @property
    def kind(self) -> str:
        """`direct` or `asterisk`."""
        ...

    def dial(self, text: str) -> DialPlan:
        """Where a number typed in any French writing leads; raises DialRefused."""
        ...

    def describe(self) -> dict[str, object]:
        """What a station is told about reaching the exchange: JSON values, no secret."""
        ...
