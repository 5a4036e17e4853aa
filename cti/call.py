"""The states of one call as the station sees it, and every legal move between them.

Names follow ECMA-269 (CSTA) connection states where one fits: `offered` is CSTA *alerting* at our
end, `ringing` is *alerting* at the far end.
"""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    OFFERED = "offered"  # inbound, our phone rings
    DIALLING = "dialling"  # outbound, nothing heard from the far end yet
    RINGING = "ringing"  # outbound, the far end rings
    TALKING = "talking"
    HELD = "held"  # we hold the customer
    ENDED = "ended"


class CallEvent(StrEnum):
    RANG = "rang"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    ENDED = "ended"


class IllegalCallMove(ValueError):
    """A call fact that cannot follow the state the call is in; the message names both."""


CALL_TRANSITIONS: dict[tuple[CallState, CallEvent], CallState] = {
    (CallState.OFFERED, CallEvent.ANSWERED): CallState.TALKING,
    (CallState.OFFERED, CallEvent.ENDED): CallState.ENDED,
    (CallState.DIALLING, CallEvent.RANG): CallState.RINGING,
    (CallState.DIALLING, CallEvent.ANSWERED): CallState.TALKING,
    (CallState.DIALLING, CallEvent.ENDED): CallState.ENDED,
    (CallState.RINGING, CallEvent.RANG): CallState.RINGING,
    (CallState.RINGING, CallEvent.ANSWERED): CallState.TALKING,
    (CallState.RINGING, CallEvent.ENDED): CallState.ENDED,
    (CallState.TALKING, CallEvent.HELD): CallState.HELD,
    (CallState.TALKING, CallEvent.ENDED): CallState.ENDED,
    (CallState.HELD, CallEvent.RESUMED): CallState.TALKING,
    (CallState.HELD, CallEvent.ENDED): CallState.ENDED,
}


def next_call_state(state: CallState, event: CallEvent) -> CallState:
    """The state after `event`; raises IllegalCallMove when the table has no such move."""
    try:
        return CALL_TRANSITIONS[state, event]
    except KeyError:
        raise IllegalCallMove(f"a call that is {state} cannot be {event}") from None
