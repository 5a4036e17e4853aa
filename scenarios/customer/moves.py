"""What the dialogue is told (stimuli, past tense) and what it asks for (actions, imperative). All frozen, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union

REPEAT_CUE = "repeter"
"""Cue id every simulation understands without declaring it: say the last line again."""

TURN_CUE = "a_vous"
"""Cue id that says, whatever was heard, "I have finished, it is your turn": for who has no microphone, or too noisy a room. While
the customer speaks, it takes the line for said."""


# --- stimuli ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CallConnected:
    pass


@dataclass(frozen=True)
class LineFinished:
    """The sound of a line came to its end (not: was stopped)."""

    line_id: str


@dataclass(frozen=True)
class TraineeSpoke:
    """Speech began, and lasted long enough to count: 160 ms, or 240 ms over the customer's own voice; then `unsaid` is the share
    of the customer's line that is still to come, 0..1."""

    unsaid: float = 1.0


@dataclass(frozen=True)
class TurnEnded:
    """The trainee has finished. `seconds` from the first word to the last; `text` None: nothing recognises speech here."""

    seconds: float
    text: str | None = None


@dataclass(frozen=True)
class Tick:
    """Time passed; give one at least every 500 ms, silence and hold are measured on it."""


@dataclass(frozen=True)
class CallHeld:
    pass


@dataclass(frozen=True)
class CallResumed:
    pass


@dataclass(frozen=True)
class CueGiven:
    cue: str


@dataclass(frozen=True)
class JournalRow:
    """A row of the journal, as the room tells it: {"kind", "call_key", "actor", "data": {...}}."""

    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RepeatAsked:
    pass


@dataclass(frozen=True)
class CallOver:
    """The other side hung up, or the call was lost."""


Stimulus = Union[
    CallConnected, LineFinished, TraineeSpoke, TurnEnded, Tick, CallHeld, CallResumed, CueGiven, JournalRow, RepeatAsked, CallOver
]  # fmt: skip


# --- actions ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Say this now. `resumed`: the same line was stopped by a word of the trainee; go on from there rather than begin again."""

    line_id: str
    text: str
    speaker: str
    interruptible: bool = True
    resumed: bool = False


@dataclass(frozen=True)
class StopSaying:
    pass


@dataclass(frozen=True)
class HangUp:
    """`line_id` is the node that decided it."""

    line_id: str


@dataclass(frozen=True)
class Do:
    """Act on the company's world as the customer."""

    what: Literal["open_link", "authorise_link", "refuse_link", "sign_offer"]


@dataclass(frozen=True)
class Reveal:
    """A hidden fact of the persona has been told to the end, or a mark of the dialogue passed: both come as `fact`."""

    fact: str


@dataclass(frozen=True)
class Waiting:
    """The customer waits for the trainee in this node."""

    line_id: str


Action = Union[Say, StopSaying, HangUp, Do, Reveal, Waiting]
