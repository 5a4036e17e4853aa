"""One call that the room asked this machine to place for its check: what each fact of the phone makes of it. Pure.

placing ─ CallAnswered ─→ measuring (loop, listen) ─ LoopMeasured, PatternHeard ─→ over
                        → playing (tone) ─ stop ─→ over
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from cti.messages import (
    CallAnswered,
    CallEnded,
    Fact,
    HangUpCall,
    HearPattern,
    LoopMeasured,
    Order,
    OrderRefused,
    PatternHeard,
    PhoneLost,
    PlaceCall,
    ProbeLoop,
)

PREFIX = "check-"  # of the phone's name for such a call
RING_LIMIT = 5.0  # seconds for the exchange to answer


class Phase(StrEnum):
    PLACING = "placing"
    MEASURING = "measuring"
    PLAYING = "playing"


@dataclass(frozen=True)
class Question:
    """What the room asks. `target` is the SIP URI to call, `seconds` how long to listen at most."""

    id: int
    ask: Literal["loop", "tone", "listen"]
    target: str
    seconds: float = 5.0


@dataclass(frozen=True)
class CheckCall:
    question: Question
    call_id: str
    phase: Phase = Phase.PLACING
    answered: CallAnswered | None = None


Report = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """What the call has become (None: over), what the phone is told, what the room is answered."""

    call: CheckCall | None
    orders: tuple[Order, ...] = ()
    report: tuple[int, Report] | None = None


def is_of_check(fact: Fact) -> bool:
    """Whether this fact is of a check's call: nobody else must hear of it."""
    return isinstance(fact, (LoopMeasured, PatternHeard)) or str(getattr(fact, "call_id", "")).startswith(PREFIX)


def place(question: Question, call_id: str) -> Step:
    quiet = question.ask != "loop"  # what is said near a microphone must not be heard over the exchange's tone
    order = PlaceCall(call_id, question.target, ring_limit=RING_LIMIT, listen_only=quiet)
    return Step(CheckCall(question, call_id), (order,))


def not_called(question: Question, why: str) -> Step:
    return Step(None, (), (question.id, {"answered": False, "why": why}))


def end(call: CheckCall, why: str) -> Step:
    """Hang up now; the room is told why, if it still waits for an answer."""
    report = None if call.phase is Phase.PLAYING else (call.question.id, {"answered": call.answered is not None, "why": why})
    return Step(None, (HangUpCall(call.call_id),), report)


def told(call: CheckCall, fact: Fact) -> Step:
    """The same call comes back when the fact is not about it."""
    move = _MOVES.get((call.phase, type(fact)))
    mine = getattr(fact, "call_id", call.call_id) == call.call_id  # a lost phone names no call
    return move(call, fact) if move is not None and mine else Step(call)


def _answered(call: CheckCall, fact: CallAnswered) -> Step:
    question, call_id = call.question, call.call_id
    if question.ask == "tone":
        return Step(replace(call, phase=Phase.PLAYING, answered=fact), (), (question.id, {"answered": True}))
    order: Order = ProbeLoop(call_id) if question.ask == "loop" else HearPattern(call_id, question.seconds)
    return Step(replace(call, phase=Phase.MEASURING, answered=fact), (order,))


def _measured(call: CheckCall, fact: LoopMeasured | PatternHeard) -> Step:
    answered = call.answered
    assert answered is not None
    report = {name: value for name, value in asdict(fact).items() if name != "call_id"}
    report |= {"answered": True, "encrypted": answered.encrypted, "codec": answered.codec}
    return Step(None, (HangUpCall(call.call_id),), (call.question.id, report))


def _ended(call: CheckCall, fact: CallEnded) -> Step:
    return _over(call, str(fact.cause))


def _refused(call: CheckCall, fact: OrderRefused) -> Step:
    return end(call, str(fact.reason)) if call.answered is not None else _over(call, str(fact.reason))


def _lost(call: CheckCall, fact: PhoneLost) -> Step:
    return _over(call, "phone_lost")


def _over(call: CheckCall, why: str) -> Step:
    report = None if call.phase is Phase.PLAYING else (call.question.id, {"answered": call.answered is not None, "why": why})
    return Step(None, (), report)


_MOVES: dict[tuple[Phase, type], Callable[[CheckCall, Any], Step]] = {
    (Phase.PLACING, CallAnswered): _answered,
    (Phase.MEASURING, LoopMeasured): _measured,
    (Phase.MEASURING, PatternHeard): _measured,
    **{(phase, CallEnded): _ended for phase in Phase},
    **{(phase, OrderRefused): _refused for phase in Phase},
    **{(phase, PhoneLost): _lost for phase in Phase},
}
