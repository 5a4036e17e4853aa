"""The small moves every part of the reducer is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from cti.call import CallState
from workstation.desk.effects import Effect, TellPhone
from workstation.desk.state import C, CallView, DeskState, Notice, S, Softphone
from workstation.i18n import _

Step = tuple[DeskState, tuple[Effect, ...]]
Moved = tuple[S, tuple[TellPhone, ...]]
"""What a softphone has become, and what its phone is asked; a `Step` of the desk is one too."""
NOTICES_KEPT = 200
CAPTIONS_KEPT = 50
LOG_KEPT = 200


def say(state: C, text: str, at: float, tone: Literal["info", "warning", "error"] = "info", quiet: bool = False) -> C:
    """Add a sentence to the notices, newest last; `quiet` when the call bar shows the same."""
    return replace(state, notices=(*state.notices, Notice(text, tone, at, quiet))[-NOTICES_KEPT:])


def link_is_up(state: C, at: float) -> C:
    """Told only when it had gone."""
    if state.link == "down":
        state = say(state, _("Liaison avec la salle rétablie."), at)
    return replace(state, link="up")


def link_is_down(state: C, words: str, at: float) -> C:
    """`words` are told once; a link that never came up is still being made."""
    return replace(say(state, words, at, "error"), link="down") if state.link == "up" else state


def alive(call: CallView | None) -> bool:
    return call is not None and call.state is not CallState.ENDED


def commanded(call: CallView | None) -> bool:
    """Alive and in the hands of our own phone, so that orders make sense."""
    return call is not None and call.live and call.state is not CallState.ENDED


def put_call(state: S, call: CallView) -> S:
    return replace(state, calls={**state.calls, call.call_key: call})


def change_call(state: S, call_key: str, /, **changes: Any) -> S:
    """The state with these fields of a known call changed; unknown keys change nothing."""
    call = state.calls.get(call_key)
    return put_call(state, replace(call, **changes)) if call else state


def take_out(state: S, call_key: str) -> S:
    """Forget a call; the front goes to a live call, else to the oldest that is still owed."""
    calls = {key: call for key, call in state.calls.items() if key != call_key}
    state = replace(state, calls=calls)
    if state.front not in calls:
        following = next((key for key, call in calls.items() if alive(call)), next(iter(calls), ""))
        state = replace(state, front=following)
    return state


def in_log(state: Softphone, call_key: str) -> bool:
    return any(call.call_key == call_key for call in state.log)


def put_log(state: S, call: CallView) -> S:
    """The log holds one line a call, newest beginning first."""
    others = [c for c in state.log if c.call_key != call.call_key]
    return replace(state, log=tuple(sorted([call, *others], key=lambda c: -c.began_at))[:LOG_KEPT])


def by_call_id(state: Softphone, call_id: str) -> CallView | None:
    return next((c for c in state.calls.values() if c.call_id == call_id and c.live), None)


def talking_elsewhere(state: Softphone, call_key: str) -> CallView | None:
    """Another call of ours in conversation, which must be held before this one is taken."""
    return next((c for c in state.calls.values() if c.call_key != call_key and c.state is CallState.TALKING and c.live), None)


def offered(state: Softphone) -> CallView | None:
    """The call that rings at our end, the one in front first."""
    front = state.call
    if front is not None and front.state is CallState.OFFERED and front.live:
        return front
    return next((c for c in state.calls.values() if c.state is CallState.OFFERED and c.live), None)


def held(state: Softphone, beside: str = "") -> CallView | None:
    """A customer on hold, other than the call named."""
    return next((c for c in state.calls.values() if c.state is CallState.HELD and c.live and c.call_key != beside), None)


def owed(state: DeskState) -> tuple[str, ...]:
    """Keys of ended calls that wait for their qualification, oldest first: what the server says, then what we know."""
    ours = tuple(c.call_key for c in state.calls.values() if c.state is CallState.ENDED and not c.qualified and not c.consultation)
    qualified = {c.call_key for c in (*state.calls.values(), *state.log) if c.qualified}
    told = tuple(key for key in state.agent.unqualified if key not in qualified)
    return (*told, *(key for key in ours if key not in told))
