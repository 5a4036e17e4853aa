"""What each wish about a call asks of the phone, for whoever holds one. Nothing is painted as done: `asked` says it was demanded."""

from __future__ import annotations

from cti.call import CallState
from cti.messages import (
    AnswerCall,
    ChooseDevices,
    CompleteTransfer,
    HangUpCall,
    HoldCall,
    MuteMicrophone,
    RefuseCall,
    ResumeCall,
    SendDigits,
)
from workstation.desk.changes import Moved, change_call, commanded, held, offered, say, take_out, talking_elsewhere
from workstation.desk.effects import TellPhone
from workstation.desk.events import (
    AnswerWanted,
    DevicesChosen,
    DigitsWanted,
    HangUpWanted,
    HoldWanted,
    JoinWanted,
    MuteWanted,
    Said,
    SwapWanted,
)
from workstation.desk.state import CallView, S


def hold_others(state: S, call: CallView) -> Moved[S]:
    """The phone mixes nobody: whoever is talking is held before another is taken."""
    other = talking_elsewhere(state, call.call_key)
    if other is None:
        return state, ()
    return change_call(state, other.call_key, asked="hold"), (TellPhone(HoldCall(other.call_id)),)


def answer(state: S, event: AnswerWanted) -> Moved[S]:
    call = offered(state)
    if call is None or call.asked:
        return state, ()
    state, first = hold_others(state, call)
    return change_call(state, call.call_key, asked="answer"), (*first, TellPhone(AnswerCall(call.call_id)))


def hang_up(state: S, event: HangUpWanted) -> Moved[S]:
    call = state.call
    if call is None or not commanded(call):
        return state, ()
    if call.asked == "dial":  # not yet with the phone: the answer about the number will find no call
        return take_out(state, call.call_key), (TellPhone(HangUpCall(call.call_id)),)
    order = RefuseCall(call.call_id) if call.state is CallState.OFFERED else HangUpCall(call.call_id)
    return change_call(state, call.call_key, asked="hang_up"), (TellPhone(order),)


def hold(state: S, event: HoldWanted) -> Moved[S]:
    call = state.call
    if call is None or not commanded(call) or call.asked in ("hold", "resume"):
        return state, ()
    if call.state is CallState.TALKING:
        return change_call(state, call.call_key, asked="hold"), (TellPhone(HoldCall(call.call_id)),)
    if call.state is CallState.HELD:
        state, first = hold_others(state, call)
        return change_call(state, call.call_key, asked="resume"), (*first, TellPhone(ResumeCall(call.call_id)))
    return state, ()


def swap(state: S, event: SwapWanted) -> Moved[S]:
    other = held(state, beside=state.front)
    if other is None:
        return state, ()
    state, first = hold_others(state, other)
    return change_call(state, other.call_key, asked="resume"), (*first, TellPhone(ResumeCall(other.call_id)))


def mute(state: S, event: MuteWanted) -> Moved[S]:
    return state, (TellPhone(MuteMicrophone(not state.phone.muted)),)


def digits(state: S, event: DigitsWanted) -> Moved[S]:
    call = state.call
    if call is None or not commanded(call) or call.state is not CallState.TALKING:
        return state, ()
    return state, (TellPhone(SendDigits(call.call_id, event.digits)),)


def join(state: S, event: JoinWanted) -> Moved[S]:
    """The customer is the one on hold, the consulted one is in front."""
    consult, customer = state.call, held(state, beside=state.front)
    if consult is None or customer is None or not commanded(consult) or consult.state is not CallState.TALKING:
        return state, ()
    state = change_call(state, customer.call_key, asked="transfer")
    return state, (TellPhone(CompleteTransfer(customer.call_id, consult.call_id)),)


def devices(state: S, event: DevicesChosen) -> Moved[S]:
    return state, (TellPhone(ChooseDevices(event.microphone, event.speaker, event.ringer)),)


def said(state: S, event: Said) -> Moved[S]:
    return say(state, event.text, event.at, event.tone), ()
