"""What the juror's own phone tells and is asked: calls as the persona, calls of the candidate to one of our guises, the listening leg."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from cti.call import CallState
from cti.messages import (
    CALL_KEY_HEADER,
    QUEUE_HEADER,
    CallAnswered,
    CallEnded,
    CallOffered,
    Fact,
    LevelsMeasured,
    MediaFlowed,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    PlaceCall,
    SetVolume,
    TransferCall,
    VolumeChanged,
)
from workstation.desk.call_wishes import hold_others
from workstation.desk.changes import alive, by_call_id, change_call, commanded, in_log, put_call, say, take_out
from workstation.desk.effects import TellPhone
from workstation.desk.events import AccountArrived, PhoneTold, PhoneUnusable
from workstation.desk.exchange_news import registration
from workstation.desk.softphone_facts import fact_told, key_of
from workstation.desk.state import CallView, Record
from workstation.i18n import _
from workstation.jury.console import hearing as ear
from workstation.jury.console.effects import AskCall, FetchWho, JuryEffect
from workstation.jury.console.events import CallDenied, CallGranted, ParkWanted, PersonaCallWanted, PickUpWanted, VolumeWanted, WhoArrived
from workstation.jury.console.room_view import me, record, role, station_label
from workstation.jury.console.state import LOUDEST, Guise, JuryState
from workstation.jury.console.steps import Step, exchange_said, listen

PRESENT_NUMBER, PRESENT_NAME = "X-Plateau-Present-Number", "X-Plateau-Present-Name"
DIALLED, TRANSFER = "X-Plateau-Dialled", "X-Plateau-Transfer"
PARKING = "700"
GUISES_KEPT = 20
SPACES = tuple(str(number) for number in range(701, 721))
CLIENT_PANE = "client"


def phone_told(state: JuryState, event: PhoneTold) -> Step:
    fact, at = event.fact, event.at
    if isinstance(fact, LevelsMeasured):
        return state, ()
    if isinstance(fact, VolumeChanged):
        return replace(state, volume=round(fact.speaker * 100)), ()
    leg = state.hearing.call_id
    if leg and getattr(fact, "call_id", "") == leg:
        return _leg_told(state, fact, at)
    if state.listening_key and getattr(fact, "call_key", "") == state.listening_key:
        return state, ()  # of a leg already given up
    if isinstance(fact, MediaFlowed):
        return state, ()
    fact = _own(state, fact)
    state = fact_told(state, fact, at)
    if isinstance(fact, PhoneStarted):
        return state, (*_register(state), TellPhone(SetVolume(state.volume / 100)))
    if isinstance(fact, PhoneLost) and leg:
        return listen(state, ear.LegEnded(leg), at)
    if isinstance(fact, CallOffered):
        return _offered(state, fact, at)
    if isinstance(fact, CallEnded):
        return _forget_over(state), ()
    return state, ()


def _own(state: JuryState, fact: Fact) -> Fact:
    """The fact with the key by which we know its call. A customer who is transferred comes back to the juror who plays him under the
    key of his own call, which the juror's phone has already: each of our calls needs a key of its own."""
    call = by_call_id(state, str(getattr(fact, "call_id", "")))
    if call is not None:
        told: Any = fact
        return cast(Fact, replace(told, call_key=call.call_key)) if hasattr(fact, "call_key") else fact
    if not isinstance(fact, CallOffered):
        return fact
    key = key_of(fact)
    while key in state.calls or in_log(state, key):
        key += "~"
    return replace(fact, call_key=key, caller=fact.caller_name or fact.caller, caller_name="")  # a station, told by its label


def _leg_told(state: JuryState, fact: object, at: float) -> Step:
    """The listening leg is no call of the juror's: it is never in front, and its end is mended, not told as a call's."""
    leg = state.hearing.call_id
    match fact:
        case CallAnswered():
            state, effects = listen(state, ear.LegUp(leg), at)
            state, more = listen(state, exchange_said(state), at)
            return state, (*effects, *more)
        case CallEnded() | OrderRefused():
            return listen(state, ear.LegEnded(leg), at)
        case MediaFlowed(flowing=flowing):
            return listen(state, ear.Flowed(leg, flowing), at)
    return state, ()


def phone_unusable(state: JuryState, event: PhoneUnusable) -> Step:
    state = replace(state, phone=replace(state.phone, state="unusable", detail=event.detail))
    state = say(state, _("Téléphone inutilisable : {why}").format(why=event.detail), event.at, "error")
    return listen(state, ear.LegEnded(state.hearing.call_id), event.at) if state.hearing.call_id else (state, ())


def _register(state: JuryState) -> tuple[TellPhone, ...]:
    return (TellPhone(registration(state.account)),) if state.account else ()


def account_arrived(state: JuryState, event: AccountArrived) -> Step:
    """Registered again only when something in it has changed."""
    if not event.account or event.account == state.account:
        return state, ()
    state = replace(state, account=event.account)
    return state, _register(state) if state.phone.state == "ready" else ()


def _forget_over(state: JuryState) -> JuryState:
    """A guise outlives its call for a while: it may have been parked."""
    keys = {key for key, call in state.calls.items() if alive(call)}
    kept = list(state.guises)[-GUISES_KEPT:]
    guises = {key: guise for key, guise in state.guises.items() if key in keys or key in kept}
    return replace(state, guises=guises, direct=state.direct & keys)


# --- the candidate calls ----------------------------------------------------------------------------


def header(fact: CallOffered, name: str) -> str:
    """SIP names of headers have no case."""
    return next((value for key, value in fact.headers.items() if key.lower() == name.lower()), "")


def _offered(state: JuryState, fact: CallOffered, at: float) -> Step:
    key = key_of(fact)
    if key not in state.calls or key in state.guises:
        return state, ()
    dialled, transfer = header(fact, DIALLED), header(fact, TRANSFER)
    guise = Guise(dialled, cast('Literal["", "blind", "attended"]', transfer if transfer in ("blind", "attended") else ""))
    state = replace(state, guises={**state.guises, key: guise})
    return state, (FetchWho(key, dialled),) if dialled else ()


def who_arrived(state: JuryState, event: WhoArrived) -> Step:
    """Whose part to play: the sheet of that simulation comes to the front."""
    guise = state.guises.get(event.call_key)
    if guise is None:
        return state, ()
    name, number, reference, simulation = (str(event.who.get(field) or "") for field in ("name", "number", "reference", "simulation"))
    kind = str(event.who.get("kind") or "unknown")
    guise = replace(guise, kind=kind, name=name, number=number, reference=reference, simulation=simulation)
    return replace(state, guises={**state.guises, event.call_key: guise}), ()


# --- we call ----------------------------------------------------------------------------------------


def persona_of(state: JuryState, simulation: str) -> Record:
    return record(record(state.sheets.get(simulation)).get("persona"))


def guise_of(state: JuryState, simulation: str) -> Guise:
    persona = persona_of(state, simulation)
    return Guise(kind="persona", name=str(persona.get("name") or ""), number=str(persona.get("number") or ""), simulation=simulation)


def _dialled(state: JuryState, call_id: str, call_key: str, number: str, at: float) -> tuple[JuryState, tuple[TellPhone, ...]]:
    call = CallView(call_id, call_key, "sortant", CallState.DIALLING, number, began_at=at, asked="dial", hits=())
    state, first = hold_others(state, call)
    return replace(put_call(state, call), front=call_key), first


def call_as_persona(state: JuryState, event: PersonaCallWanted) -> Step:
    if not state.chosen or role(state) != "role_player":
        return state, ()
    state, first = _dialled(state, event.call_id, event.call_key, station_label(state), event.at)
    state = replace(state, guises={**state.guises, event.call_key: guise_of(state, state.chosen)})
    if event.direct:
        state = replace(state, direct=state.direct | {event.call_key})
        state = say(state, _("Appel direct : PERSONNE NE PEUT L'ÉCOUTER."), event.at, "warning")
    return state, (*first, AskCall(event.write_id, event.call_key, state.chosen, event.direct))


def call_granted(state: JuryState, event: CallGranted) -> Step:
    call = state.calls.get(event.asked_key)
    if call is None or call.asked != "dial":
        return state, ()
    guise = state.guises.get(event.asked_key, Guise())
    if event.call_key != event.asked_key:
        state = _rekey(state, call, event.call_key)
    headers = {name: value for name, value in event.headers.items() if name.lower() != CALL_KEY_HEADER.lower()}  # the phone's own to add
    name, number = (guise.name, guise.number) if event.direct else ("", "")  # through the exchange it is the exchange that presents
    order = PlaceCall(call.call_id, event.target, event.call_key, name, number, headers, direct=event.direct)
    return state, (TellPhone(order),)


def _rekey(state: JuryState, call: CallView, key: str) -> JuryState:
    """The room server names the call; it keeps its place in the state."""

    def named(old: str) -> str:
        return key if old == call.call_key else old

    calls = {named(old): replace(one, call_key=named(old)) for old, one in state.calls.items()}
    guises = {named(old): guise for old, guise in state.guises.items()}
    return replace(state, calls=calls, guises=guises, direct=frozenset(map(named, state.direct)), front=named(state.front))


def call_denied(state: JuryState, event: CallDenied) -> Step:
    """A direct call is placed all the same when the room server does not answer: it is for such days."""
    call = state.calls.get(event.asked_key)
    if call is None or call.asked != "dial":
        return state, ()
    target = str(me(state).get("direct") or "")
    if event.unreachable and event.asked_key in state.direct and target:
        guise = state.guises.get(event.asked_key, Guise())
        queue = str(record(record(state.sheets.get(guise.simulation)).get("simulation")).get("queue") or "")
        headers = {PRESENT_NUMBER: guise.number, PRESENT_NAME: guise.name, QUEUE_HEADER: queue}
        kept = {name: value for name, value in headers.items() if value}
        return state, (TellPhone(PlaceCall(call.call_id, target, call.call_key, guise.name, guise.number, kept, direct=True)),)
    state = _forget_over(take_out(state, event.asked_key))
    words = event.title
    if event.unreachable and event.asked_key not in state.direct:
        words += " " + _("F9 : appel direct de secours.")
    return say(state, words, event.at, "error"), ()


# --- parking, volume --------------------------------------------------------------------------------


def _uri(state: JuryState, extension: str) -> str:
    return f"sip:{extension}@{state.account.get('server') or state.phone.server}"


def park(state: JuryState, event: ParkWanted) -> Step:
    call = state.call
    if call is None or not commanded(call) or call.state not in (CallState.TALKING, CallState.HELD) or call.asked == "transfer":
        return state, ()
    return change_call(state, call.call_key, asked="transfer", transfer=""), (TellPhone(TransferCall(call.call_id, _uri(state, PARKING))),)


def pick_up(state: JuryState, event: PickUpWanted) -> Step:
    if event.space not in SPACES:
        return state, ()
    state, first = _dialled(state, event.call_id, event.call_key, _("appel garé {space}").format(space=event.space), event.at)
    guise = parked_guise(state, state.parked.get(event.space, ""))
    if guise is not None:
        state = replace(state, guises={**state.guises, event.call_key: replace(guise, picked_up=True)})
    return state, (*first, TellPhone(PlaceCall(event.call_id, _uri(state, event.space), event.call_key)))


def parked_guise(state: JuryState, call_key: str) -> Guise | None:
    """Who was played in a parked call, by us or by a colleague, as far as we or the journal know."""
    if call_key in state.guises:
        return state.guises[call_key]
    row = next((e.data for e in reversed(state.timeline) if e.kind == "JurorCalled" and e.call_key == call_key), None)
    if row is None:
        return None
    name, number, simulation = (str(row.get(field) or "") for field in ("name", "number", "simulation"))
    return Guise(kind="persona", name=name, number=number, simulation=simulation)


def change_volume(state: JuryState, event: VolumeWanted) -> Step:
    volume = min(LOUDEST, max(0, state.volume + event.by))
    return replace(state, volume=volume), (TellPhone(SetVolume(volume / 100)),)


def place_listening(state: JuryState, call_id: str, call_key: str, target: str, mode: str) -> tuple[JuryState, tuple[JuryEffect, ...]]:
    order = PlaceCall(call_id, target, call_key, listen_only=mode == "listen")
    return replace(state, listening_key=call_key), (TellPhone(order),)
