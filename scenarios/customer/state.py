"""Where a conversation stands: one frozen value, all that `scenarios/customer/dialogue.py` remembers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scenarios.customer.moves import Say


class Phase(StrEnum):
    BEFORE = "before"  # not answered yet
    SAYING = "saying"
    WAITING = "waiting"
    HELD = "held"
    OVER = "over"


@dataclass(frozen=True)
class DialogueState:
    """`cut`: the node's line has not been said to its end; `unsaid`: nor even begun, the node was entered on hold. `node` is ""
    before the call is answered."""

    seed: str = "0"
    phase: Phase = Phase.BEFORE
    node: str = ""
    cut: bool = False
    unsaid: bool = False
    nearly: bool = False  # cut, but near enough to its end to count as said
    repeating: bool = False  # what is being said was said before: its end has no consequence
    talking: bool = False
    turns: int = 0
    quiet_since: float = 0.0
    busy_since: float = 0.0  # when the line or the trainee's turn began, that goes on or was the last
    held_since: float = 0.0
    last: Say | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    cues: tuple[tuple[str, float], ...] = ()
    visits: Mapping[str, int] = field(default_factory=dict)
    revealed: frozenset[str] = frozenset()  # facts and marks
    back: str = ""  # where an aside returns to
    back_cut: bool = False
    back_turns: int = 0
    spent: frozenset[tuple[str, int]] = frozenset()
    undo: DialogueState | None = None  # before the last move made by `turn`
    undo_until: float = 0.0
