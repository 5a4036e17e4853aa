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
    HangUpCall,
    LevelsMeasured,
    MediaFlowed,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    PlaceCall,
    RefuseCall,
    SetVolume,
    TransferCall,
    VolumeChanged,
)
from workstation.desk import call_wishes as wish
from workstation.desk.call_wishes import hold_others
from workstation.desk.changes import alive, by_call_id, change_call, commanded, in_log, put_call, say, take_out
from workstation.desk.effects import TellPhone
from workstation.desk.events import AccountArrived, HangUpWanted, PhoneTold, PhoneUnusable
from workstation.desk.exchange_news import registration
from workstation.desk.softphone_facts import fact_told, key_of
from workstation.desk.state import CallView, Record
from workstation.i18n import _
from workstation.jury.console import hearing as ear
from workstation.jury.console.effects import AskCall, FetchWho, JuryEffect
from workstation.jury.console.events import CallDenied, CallGranted, ParkWanted, PersonaCallWanted, PickUpWanted, VolumeWanted, WhoArrived
from workstation.jury.console.room_view import desk_call, me, parked, record, role, station_label
from workstation.jury.console.state import LOUDEST, Guise, JuryState
from workstation.jury.console.steps import AGAIN, Step, exchange_said, left_by_transfer, listen, meet

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
    before, state = state, fact_told(state, fact, at)
    if isinstance(fact, PhoneStarted):
        return state, (*_register(state), TellPhone(SetVolume(state.volume / 100)))
    if isinstance(fact, PhoneLost) and leg:
        return listen(state, ear.LegEnded(leg), at)
    if isinstance(fact, CallOffered):
        return _offered(state, fact, at)
    if isinstance(fact, CallEnded):
        return _forget_over(_say_parted(before, state, fact, at)), ()
    return state, ()


def _say_parted(before: JuryState, state: JuryState, fact: CallEnded, at: float) -> JuryState:
    """Once the candidate has left by a transfer, nobody hung up on the juror: his own two lines were put through to each other."""
    over = before.calls.get(fact.call_key)
    if over is None or fact.call_key not in before.handed or (over.asked == "hang_up" and fact.by == "local"):
        return state
    return say(replace(state, notices=before.notices), _("Transfert : le candidat a quitté l'appel."), at)


def other_leg(state: JuryState, key: str) -> CallView | None:
    """The leg of ours that a transfer of the candidate put through to this one."""
    if key not in state.handed:
        return None
    return next((call for call in state.calls.values() if call.call_key != key and call.call_key in state.handed and alive(call)), None)


def hang_up(state: JuryState, event: HangUpWanted) -> Step:
    """Both lines at once when they are put through to each other: one has nothing to say without the other."""
    other = other_leg(state, state.front)
    state, effects = wish.hang_up(state, event)
    if other is None or not commanded(other) or not effects:
        return state, effects
    order = RefuseCall(other.call_id) if other.state is CallState.OFFERED else HangUpCall(other.call_id)
    return change_call(state, other.call_key, asked="hang_up"), (*effects, TellPhone(order))


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
        key += AGAIN
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
    return replace(state, guises=guises, direct=state.direct & keys, handed=state.handed & keys)


# --- the candidate calls ----------------------------------------------------------------------------


def header(fact: CallOffered, name: str) -> str:
    """SIP names of headers have no case."""
    return next((value for key, value in fact.headers.items() if key.lower() == name.lower()), "")


def _offered(state: JuryState, fact: CallOffered, at: float) -> Step:
    key = key_of(fact)
    if key not in state.calls or key in state.guises:
        return state, ()
    dialled, transfer = header(fact, DIALLED), header(fact, TRANSFER)
    base = key.rstrip(AGAIN)
    if not dialled and (parked := parked_guise(state, base)) is not None:  # nobody took it over: it comes back to who parked it
        return replace(state, guises={**state.guises, key: replace(parked, picked_up=True, far_key=parked.far_key or base)}), ()
    guise = Guise(dialled, cast('Literal["", "blind", "attended"]', transfer if transfer in ("blind", "attended") else ""))
    state = replace(state, guises={**state.guises, key: guise})
    if guise.transfer == "blind":
        state = replace(state, handed=state.handed | {key} | left_by_transfer(state, base, "blind"))
    return state, (FetchWho(key, dialled),) if dialled else ()


def who_arrived(state: JuryState, event: WhoArrived) -> Step:
    """Whose part to play: the sheet of that simulation comes to the front."""
    guise = state.guises.get(event.call_key)
    if guise is None:
        return state, ()
    name, number, reference, simulation = (str(event.who.get(field) or "") for field in ("name", "number", "reference", "simulation"))
    kind = str(event.who.get("kind") or "unknown")
    known = (name or guise.name, number or guise.number) if guise.picked_up else (name, number)
    guise = replace(guise, kind=kind, name=known[0], number=known[1], reference=reference, simulation=simulation)
    state = meet(state, str(event.who.get("contact_id") or ""), " ".join(part for part in (name, reference) if part))
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
    guise = replace(guise, name=guise.name or headers.get(PRESENT_NAME, ""), number=guise.number or headers.get(PRESENT_NUMBER, ""))
    state = replace(state, guises={**state.guises, event.call_key: guise})
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
    key = parked(state).get(event.space, "")
    guise = replace(parked_guise(state, key) or Guise(), transfer="", picked_up=True, far_key=key)
    state = replace(state, guises={**state.guises, event.call_key: guise})
    asked = (FetchWho(event.call_key, guise.number),) if guise.number and not guise.kind else ()
    return state, (*first, TellPhone(PlaceCall(event.call_id, _uri(state, event.space), event.call_key)), *asked)


def parked_guise(state: JuryState, call_key: str) -> Guise | None:
    """Who was played in a parked call, by us or by a colleague, as far as we, the journal or the desk that has it know."""
    mine = state.guises.get(call_key) or next((g for g in reversed(state.guises.values()) if call_key and g.far_key == call_key), None)
    if mine is not None and (mine.name or mine.number or mine.dialled):
        return mine
    row = next((e.data for e in reversed(state.timeline) if e.kind == "JurorCalled" and e.call_key == call_key), None)
    if row is not None:
        name, number, simulation = (str(row.get(field) or "") for field in ("name", "number", "simulation"))
        return Guise(kind="persona", name=name, number=number, simulation=simulation)
    told = desk_call(state, call_key) if call_key else {}
    if not told.get("number"):
        return None
    return Guise(name=str(told.get("name") or ""), number=str(told["number"]))


def change_volume(state: JuryState, event: VolumeWanted) -> Step:
    volume = min(LOUDEST, max(0, state.volume + event.by))
    return replace(state, volume=volume), (TellPhone(SetVolume(volume / 100)),)


def place_listening(state: JuryState, call_id: str, call_key: str, target: str, mode: str) -> tuple[JuryState, tuple[JuryEffect, ...]]:
    order = PlaceCall(call_id, target, call_key, listen_only=mode == "listen")
    return replace(state, listening_key=call_key), (TellPhone(order),)
