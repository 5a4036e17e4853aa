"""What each fact of the phone changes. The same functions take the journal's rows of an earlier run of the desk (`live` False)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cti.call import CallState
from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallQuality,
    CallRang,
    CallResumed,
    Cause,
    DigitReceived,
    DigitsSent,
    EngineFaulted,
    LevelsMeasured,
    MicrophoneMuted,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    RegistrationChanged,
    SoundChanged,
    TransferProgressed,
)
from workstation.desk.changes import (
    Step,
    alive,
    by_call_id,
    change_call,
    in_log,
    put_call,
    put_log,
    say,
    take_out,
)
from workstation.desk.effects import BringToFront, LookUp, ReportFact, TellStation
from workstation.desk.events import PhoneTold, PhoneUnusable
from workstation.desk.state import CallView, DeskState, PhoneView
from workstation.desk.words import REFUSALS, cause_words, missed, who
from workstation.i18n import N_, _, labelled

SEARCH_PANE = "search"


def phone_told(state: DeskState, event: PhoneTold) -> Step:
    """A fact of our own phone: change, and report it to the journal (levels are never reported)."""
    if isinstance(event.fact, LevelsMeasured):
        return state, ()
    state, effects = _CHANGES[type(event.fact)](state, event.fact, event.at, True)
    return state, (*effects, ReportFact(event.id, event.at, event.fact))


def remembered(state: DeskState, fact: Any, at: float) -> DeskState:
    """A call fact the journal tells: news only of calls our phone does not hold itself, whose own telling is fresher."""
    if type(fact) not in _OF_A_CALL:  # some have no key at all
        return state
    key = _key(fact)
    known = state.calls.get(key)
    if (known is not None and known.live) or in_log(state, key):
        return state
    return replace(_CHANGES[type(fact)](state, fact, at, False)[0], notices=state.notices)


def tell_station(state: DeskState) -> TellStation:
    keys = tuple(c.call_key for c in state.calls.values() if c.live and alive(c))
    return TellStation(state.phone.contact, state.phone.engine, tuple(sorted(state.phone.capabilities)), keys)


def phone_unusable(state: DeskState, event: PhoneUnusable) -> Step:
    state = replace(state, phone=replace(state.phone, state="unusable", detail=event.detail))
    return say(state, _("Téléphone inutilisable : {why}").format(why=event.detail), event.at, "error"), (tell_station(state),)


def _key(fact: Any) -> str:
    return str(fact.call_key or fact.call_id)


def _offered(state: DeskState, fact: CallOffered, at: float, live: bool) -> Step:
    key = _key(fact)
    known = state.calls.get(key)
    overtaken = known is not None and not known.number and known.hits is None  # its answer came first
    if in_log(state, key) or (known is not None and known.live and not overtaken):
        return state, ()
    late = known.state if known is not None else CallState.OFFERED  # an answer may have overtaken the offer
    call = replace(
        known or CallView(fact.call_id, key, "entrant", late, fact.caller, began_at=at),
        direction="entrant",
        state=late,
        number=fact.caller,
        name=fact.caller_name,
        queue=fact.queue,
        began_at=at,
        live=live,
        hits=None if fact.caller else (),
    )
    state = put_call(state, call)
    first = not alive(state.call) or state.front == key
    if first:
        state = replace(state, front=key)
    words = _("Appel entrant : {who}") if first else _("Deuxième appel en attente : {who}")
    state = say(state, words.format(who=who(call)), at, "info" if first else "warning")
    if fact.caller:
        return state, (LookUp(key, fact.caller),)
    return say(state, _("Numéro masqué : rechercher la fiche."), at), (BringToFront(SEARCH_PANE),) if first else ()


def _placed(state: DeskState, fact: CallPlaced, at: float, live: bool) -> Step:
    key = _key(fact)
    if in_log(state, key):
        return state, ()
    known = state.calls.get(key)
    if known is None:
        known = CallView(fact.call_id, key, "sortant", CallState.DIALLING, fact.target, began_at=at, live=live)
        if not alive(state.call):
            state = replace(state, front=key)
    call = replace(
        known,
        direction="sortant",
        call_id=fact.call_id,
        number=known.number or fact.target,
        asked="" if known.asked == "dial" else known.asked,
    )
    return say(put_call(state, call), _("Appel sortant : {who}").format(who=who(call)), at), ()


def _rang(state: DeskState, fact: CallRang, at: float, live: bool) -> Step:
    call = state.calls.get(_key(fact))
    if call is None or call.state is not CallState.DIALLING:
        return state, ()
    return say(change_call(state, call.call_key, state=CallState.RINGING), _("Ça sonne chez le client."), at, quiet=True), ()


def _answered(state: DeskState, fact: CallAnswered, at: float, live: bool) -> Step:
    key = _key(fact)
    if in_log(state, key):
        return state, ()
    call = state.calls.get(key) or CallView(fact.call_id, key, "entrant", CallState.OFFERED, "", began_at=at, live=live)
    if call.answered_at is not None:
        return state, ()
    asked = "" if call.asked in ("answer", "dial") else call.asked
    state = put_call(state, replace(call, state=CallState.TALKING, answered_at=at, codec=fact.codec, encrypted=fact.encrypted, asked=asked))
    return say(replace(state, front=key), _("En communication."), at, quiet=True), ()


def _held(state: DeskState, fact: CallHeld, at: float, live: bool) -> Step:
    call = state.calls.get(_key(fact))
    if call is None or not alive(call):
        return state, ()
    if fact.by != "local":
        return say(change_call(state, call.call_key, held_by_far_end=True), _("Le client vous a mis en attente."), at, "warning"), ()
    if call.state is CallState.HELD:
        return state, ()
    state = change_call(state, call.call_key, state=CallState.HELD, held_at=at, asked="" if call.asked == "hold" else call.asked)
    return say(state, _("Client en attente."), at, quiet=True), ()


def _resumed(state: DeskState, fact: CallResumed, at: float, live: bool) -> Step:
    call = state.calls.get(_key(fact))
    if call is None or not alive(call):
        return state, ()
    if fact.by != "local":
        return say(change_call(state, call.call_key, held_by_far_end=False), _("Le client a repris la communication."), at), ()
    if call.state is not CallState.HELD:
        return state, ()
    asked = "" if call.asked == "resume" else call.asked
    state = change_call(state, call.call_key, state=CallState.TALKING, held_at=None, asked=asked)
    return say(replace(state, front=call.call_key), _("Communication reprise."), at, quiet=True), ()


def _ended(state: DeskState, fact: CallEnded, at: float, live: bool) -> Step:
    key = _key(fact)
    call = state.calls.get(key)
    if call is None or not alive(call):
        return state, ()
    answered = call.answered_at or (at - fact.seconds if fact.answered else None)
    call = replace(
        call, state=CallState.ENDED, ended_at=at, held_at=None, cause=fact.cause, ended_by=fact.by, asked="", answered_at=answered
    )
    return close_call(state, call, at), ()


def close_call(state: DeskState, call: CallView, at: float) -> DeskState:
    """A call is over: log it, keep it in sight while it owes a qualification, say so."""
    state = put_log(put_call(state, call), call)
    if missed(call):
        return say(take_out(state, call.call_key), _("APPEL MANQUÉ : {who}").format(who=who(call)), at, "warning")
    words = labelled(cause_words(call), who(call)) + "."
    if call.consultation:
        return say(take_out(state, call.call_key), words, at)
    state = say(state, words + " " + _("Qualification à faire (F8)."), at)
    other = next((c.call_key for c in state.calls.values() if alive(c)), "")
    return replace(state, front=other) if other and state.front == call.call_key else state


def _transfer(state: DeskState, fact: TransferProgressed, at: float, live: bool) -> Step:
    call = state.calls.get(_key(fact))
    if call is None:
        return state, ()
    if not fact.final:
        return change_call(state, call.call_key, transfer=_("transfert en cours ({code})").format(code=fact.code)), ()
    if 200 <= fact.code < 300:
        return say(change_call(state, call.call_key, transfer=_("transféré"), asked=""), _("Transfert réussi."), at), ()
    words = _("Transfert refusé par le destinataire ({code} {reason}) : le client est toujours en ligne.")
    state = change_call(state, call.call_key, transfer=_("transfert refusé"), asked="")
    return say(state, words.format(code=fact.code, reason=fact.reason), at, "warning"), ()


def _digit_received(state: DeskState, fact: DigitReceived, at: float, live: bool) -> Step:
    return say(state, _("Touche reçue du client : {digit}").format(digit=fact.digit), at), ()


def _digits_sent(state: DeskState, fact: DigitsSent, at: float, live: bool) -> Step:
    return say(state, _("Touches envoyées : {digits}").format(digits=fact.digits), at), ()


def _muted(state: DeskState, fact: MicrophoneMuted, at: float, live: bool) -> Step:
    state = replace(state, phone=replace(state.phone, muted=fact.muted))
    return say(state, _("Micro coupé : le client ne vous entend plus.") if fact.muted else _("Micro rétabli."), at), ()


def _quality(state: DeskState, fact: CallQuality, at: float, live: bool) -> Step:
    return change_call(state, _key(fact), mos=fact.mos, loss_pct=fact.loss_pct, codec=fact.codec), ()


_SOUND_WORDS = {
    "ok": N_("Son : {mic} / {speaker}"),
    "file": N_("Son pris dans un fichier."),
    "lost": N_("SON PERDU : un appareil a disparu, il est recherché. L'appel continue."),
    "none": N_("Aucun appareil de son : suivez les sous-titres."),
}


def _sound(state: DeskState, fact: SoundChanged, at: float, live: bool) -> Step:
    changed = (state.phone.sound, state.phone.microphone, state.phone.speaker) != (fact.state, fact.microphone, fact.speaker)
    phone = replace(state.phone, sound=fact.state, microphone=fact.microphone, speaker=fact.speaker, ringer=fact.ringer, detail=fact.detail)
    state = replace(state, phone=phone)
    if not changed:
        return state, ()
    words = _(_SOUND_WORDS[fact.state]).format(mic=fact.microphone or _("par défaut"), speaker=fact.speaker or _("par défaut"))
    return say(state, words, at, "warning" if fact.state in ("lost", "none") else "info"), ()


def _refused(state: DeskState, fact: OrderRefused, at: float, live: bool) -> Step:
    call = by_call_id(state, fact.call_id) if fact.call_id else None
    if call is not None:
        state = take_out(state, call.call_key) if call.asked == "dial" else change_call(state, call.call_key, asked="")
    return say(state, _("Le téléphone a refusé : {why}").format(why=_(REFUSALS[fact.reason])), at, "error"), ()


def _faulted(state: DeskState, fact: EngineFaulted, at: float, live: bool) -> Step:
    """What failed is for the log (ui/app.py); a call that it ended says so by itself."""
    return say(
        state, _("Le téléphone signale un défaut, noté dans desk.log. Si la voix ne passe plus, raccrochez et rappelez."), at, "warning"
    ), ()


def _started(state: DeskState, fact: PhoneStarted, at: float, live: bool) -> Step:
    again = state.phone.state == "lost"
    kept = {name: getattr(state.phone, name) for name in ("sound", "microphone", "speaker", "ringer")}
    state = replace(state, phone=PhoneView("ready", fact.engine, frozenset(fact.capabilities), fact.contact, **kept))
    words = _("Le téléphone est revenu.") if again else _("Téléphone prêt ({engine}).").format(engine=fact.engine)
    return say(state, words, at), (tell_station(state),)


def _registration(state: DeskState, fact: RegistrationChanged, at: float, live: bool) -> Step:
    changed = fact.state != state.phone.registration
    state = replace(state, phone=replace(state.phone, registration=fact.state, server=fact.server))
    if not changed:
        return state, ()
    words = {
        "registered": _("Ligne enregistrée."),
        "unregistered": _("Ligne non enregistrée."),
        "failed": _("Enregistrement de la ligne refusé ({code} {reason})."),
    }[fact.state]
    return say(state, words.format(code=fact.code, reason=fact.reason), at, "error" if fact.state == "failed" else "info"), ()


def _lost(state: DeskState, fact: PhoneLost, at: float, live: bool) -> Step:
    state = replace(state, phone=replace(state.phone, state="lost", registration="", muted=False, detail=fact.detail))
    state = say(state, _("TÉLÉPHONE PERDU : il redémarre. Vos saisies sont gardées."), at, "error")
    for call in tuple(state.calls.values()):
        if call.live and alive(call):
            over = replace(call, state=CallState.ENDED, ended_at=at, held_at=None, cause=Cause.FAULT, ended_by="system", asked="")
            state = close_call(state, over, at)
    return state, ()


_OF_A_CALL: dict[type, Callable[[DeskState, Any, float, bool], Step]] = {
    CallOffered: _offered,
    CallPlaced: _placed,
    CallRang: _rang,
    CallAnswered: _answered,
    CallHeld: _held,
    CallResumed: _resumed,
    CallEnded: _ended,
}
_CHANGES: dict[type, Callable[[DeskState, Any, float, bool], Step]] = {
    **_OF_A_CALL,
    TransferProgressed: _transfer,
    DigitReceived: _digit_received,
    DigitsSent: _digits_sent,
    MicrophoneMuted: _muted,
    CallQuality: _quality,
    SoundChanged: _sound,
    OrderRefused: _refused,
    EngineFaulted: _faulted,
    PhoneStarted: _started,
    RegistrationChanged: _registration,
    PhoneLost: _lost,
}
