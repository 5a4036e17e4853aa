"""Which tone the headset plays and whether the bell rings, from the facts told so far. Pure: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

from cti.call import CALL_TRANSITIONS, CallEvent, CallState
from cti.messages import CallAnswered, CallEnded, CallHeld, CallOffered, CallPlaced, CallRang, CallResumed, Cause, Fact

END_TONE = 4.0  # seconds of the tone that says why a call failed

END_TONES: dict[Cause, str] = {
    Cause.BUSY: "busy",
    Cause.REFUSED: "busy",
    Cause.NO_ANSWER: "congestion",
    Cause.UNKNOWN_NUMBER: "congestion",
    Cause.NETWORK: "congestion",
}
"""For calls we placed that the far end or the network ended before an answer; others end in silence."""

_EVENTS: dict[type, CallEvent] = {
    CallRang: CallEvent.RANG,
    CallAnswered: CallEvent.ANSWERED,
    CallHeld: CallEvent.HELD,
    CallResumed: CallEvent.RESUMED,
    CallEnded: CallEvent.ENDED,
}


@dataclass(frozen=True)
class Sounding:
    """`tone` is a name of `audio.tones.TONES`, or "" for none."""

    bell: bool = False
    tone: str = ""


class ToneChoice:
    def __init__(self) -> None:
        self._calls: dict[str, CallState] = {}
        self._outbound: set[str] = set()
        self._early: set[str] = set()  # the far end sends its own tone
        self._end_tone = ""
        self._end_until = 0.0

    def told(self, fact: Fact, now: float) -> None:
        """Take a fact into account; `now` in seconds, any origin."""
        if isinstance(fact, CallOffered):
            self._calls[fact.call_id] = CallState.OFFERED
        elif isinstance(fact, CallPlaced):
            self._calls[fact.call_id] = CallState.DIALLING
            self._outbound.add(fact.call_id)
            self._end_tone = ""
        elif isinstance(fact, (CallRang, CallAnswered, CallHeld, CallResumed, CallEnded)):
            self._moved(fact, now)

    def _moved(self, fact: CallRang | CallAnswered | CallHeld | CallResumed | CallEnded, now: float) -> None:
        state = self._calls.get(fact.call_id)
        if state is None or (isinstance(fact, (CallHeld, CallResumed)) and fact.by == "remote"):
            return
        if isinstance(fact, CallRang):
            (self._early.add if fact.early_media else self._early.discard)(fact.call_id)
        if isinstance(fact, CallEnded):
            if not fact.answered and fact.by != "local" and fact.call_id in self._outbound and fact.cause in END_TONES:
                self._end_tone, self._end_until = END_TONES[fact.cause], now + END_TONE
            del self._calls[fact.call_id]
            self._outbound.discard(fact.call_id)
            self._early.discard(fact.call_id)
            return
        self._calls[fact.call_id] = CALL_TRANSITIONS.get((state, _EVENTS[type(fact)]), state)

    def sounding(self, now: float) -> Sounding:
        states = self._calls
        offered = CallState.OFFERED in states.values()
        busy = any(state is not CallState.OFFERED for state in states.values())
        if any(state is CallState.RINGING and call_id not in self._early for call_id, state in states.items()):
            return Sounding(tone="ringback")
        if offered:
            return Sounding(tone="waiting") if busy else Sounding(bell=True)
        if not busy and self._end_tone and now < self._end_until:
            return Sounding(tone=self._end_tone)
        return Sounding()
