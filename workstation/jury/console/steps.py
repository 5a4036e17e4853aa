"""The small moves the console's reducer is made of."""

from __future__ import annotations

from dataclasses import replace

from cti.messages import HangUpCall
from workstation.desk.changes import alive, say
from workstation.desk.effects import TellPhone
from workstation.desk.state import CallView
from workstation.i18n import _
from workstation.jury.console.effects import AskListening, JuryEffect, TellListening
from workstation.jury.console.hearing import Ask, Drop, Ear, ExchangeSaid, HearingEvent, hear
from workstation.jury.console.room_view import attached, calls, my_station, spoken
from workstation.jury.console.state import JuryState

Step = tuple[JuryState, tuple[JuryEffect, ...]]
AGAIN = "~"  # after the key of a call that our phone has under that key already


def listen(state: JuryState, event: HearingEvent, at: float) -> Step:
    """One event of the silence detector; what it wants done, and what the juror is told of its turns."""
    before = state.hearing
    hearing, deeds = hear(before, event, at)
    if hearing == before and not deeds:
        return state, ()
    state = replace(state, hearing=hearing)
    if hearing.ear is not before.ear:
        state = _say_turn(state, before.ear, at)
    effects: list[JuryEffect] = []
    for deed in deeds:
        if isinstance(deed, Ask):
            effects.append(AskListening(deed.mode, deed.attempt))
        elif isinstance(deed, Drop):
            effects.append(TellPhone(HangUpCall(deed.call_id)))
        else:
            effects.append(TellListening(deed.ear, deed.why))
    return state, tuple(effects)


def _say_turn(state: JuryState, before: Ear, at: float) -> JuryState:
    ear = state.hearing.ear
    if ear is Ear.DEAF:
        return say(state, _("VOUS N'ENTENDEZ PLUS : reprise en cours…"), at, "warning", quiet=True)
    if before is Ear.DEAF and ear in (Ear.HEARING, Ear.QUIET, Ear.WAITING):
        return say(state, _("L'écoute est rétablie."), at)
    return state


def meet(state: JuryState, contact_id: str, words: str) -> JuryState:
    """Who a customer is, once it is known; known better, it stays."""
    if not contact_id or not words or contact_id in state.people:
        return state
    return replace(state, people={**state.people, contact_id: words})


def left_by_transfer(state: JuryState, key: str, kind: str) -> frozenset[str]:
    """Our legs of the call that the candidate transfers, by its key at his desk: of a transfer after a consultation, both."""
    return frozenset(
        call.call_key
        for call in state.calls.values()
        if alive(call) and (call.call_key.rstrip(AGAIN) == key or (kind == "attended" and _consulted(state, call)))
    )


def _consulted(state: JuryState, call: CallView) -> bool:
    guise = state.guises.get(call.call_key)
    return guise is not None and guise.transfer == "attended"


def exchange_said(state: JuryState) -> ExchangeSaid:
    """What the last view says of our listening. A station without a call has nothing to hear, whether the room says so or not."""
    here, told = my_station(state), attached(state)
    running = calls(here)
    return ExchangeSaid(told if told or running else "waiting", spoken(here), any(call.get("state") == "talking" for call in running))
