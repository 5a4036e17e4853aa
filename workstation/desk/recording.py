"""Recording practice calls, as the desk decides it: only where the trainee agreed, only calls of a simulation, never in an exam. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from cti.messages import CallAnswered, Fact, PhoneLost, RecordCall, RecordingBegan, RecordingEnded, StopRecording
from workstation.desk.changes import Step, say
from workstation.desk.effects import BringRecordings, Effect, EraseRecordings, OrderRecording, TellPhone
from workstation.desk.events import RecordingsErased, RecordingsEraseWanted, RecordingWanted, RowArrived
from workstation.desk.state import DeskState, RecordingView
from workstation.i18n import _


def file_name(call_key: str) -> str:
    """Of a call's recording, as the phone and the room take it."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", call_key)[:70] + ".wav"


def follow(state: DeskState, fact: Fact, at: float) -> Step:
    """What a fact of our own phone means to recording."""
    if isinstance(fact, CallAnswered):
        call = state.calls.get(fact.call_key)
        practice = state.sitting.get("mode") == "practice" and bool(state.sitting.get("current"))
        if not practice or not state.recording.days or call is None or call.consultation:
            return state, ()
        return state, (TellPhone(RecordCall(fact.call_id, file_name(fact.call_key))),)
    if isinstance(fact, RecordingBegan):
        words = _("CET APPEL EST ENREGISTRÉ, gardé {days} jours. Maj+F1 : ne plus enregistrer.")
        state = replace(state, recording=replace(state.recording, call_key=fact.call_key))
        return say(state, words.format(days=state.recording.days), at, "warning"), ()
    if isinstance(fact, RecordingEnded):
        state = replace(state, recording=replace(state.recording, call_key=""))
        if fact.why:
            state = say(state, _("L'enregistrement s'est arrêté : {why}").format(why=fact.why), at, "error")
        return state, (BringRecordings(),) if fact.name else ()
    if isinstance(fact, PhoneLost):
        return replace(state, recording=replace(state.recording, call_key="")), (BringRecordings(),) if state.recording.days else ()
    return state, ()


def switch(state: DeskState, event: RecordingWanted) -> Step:
    """`days` 0 also ends, and drops, what is being recorded now."""
    effects: list[Effect] = [OrderRecording(event.write_id, event.days, event.name)]
    call = state.calls.get(state.recording.call_key)
    if not event.days and call is not None:
        effects.append(TellPhone(StopRecording(call.call_id, discard=True)))
    return state, tuple(effects)


def switched(state: DeskState, event: RowArrived, silent: bool) -> Step:
    days = int(event.data.get("days") or 0) if event.kind == "RecordingAgreed" else 0
    changed = days != state.recording.days
    state = replace(state, recording=RecordingView(days, state.recording.call_key))
    if silent or not changed:
        return state, ()
    on = _("Enregistrement des appels : OUI, dès le prochain appel, gardé {days} jours.").format(days=days)
    return say(state, on if days else _("Enregistrement des appels : NON."), event.now, "warning" if days else "info"), ()


def kept(state: DeskState, event: RowArrived, silent: bool) -> Step:
    if silent:
        return state, ()
    until = str(event.data.get("kept_until") or "")[:10]
    words = _("Appel enregistré, gardé jusqu'au {day}.").format(day="/".join(reversed(until.split("-"))))
    return say(state, words, event.now), ()


def erase(state: DeskState, event: RecordingsEraseWanted) -> Step:
    return state, (EraseRecordings(),)


def erased(state: DeskState, event: RecordingsErased) -> Step:
    if not event.count:
        return say(state, _("Aucun enregistrement dans cette séance."), event.at), ()
    words = _("{count} enregistrement(s) effacé(s). Preuve : {path}")
    return say(state, words.format(count=event.count, path=event.report), event.at), ()
