"""What each fact of the phone changes, for whoever holds one: the candidate's desk and the jury's console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cti.call import CallState
from cti.messages import (
    POSITION_HEADER,
    WAITED_HEADER,
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
    Fact,
    MicrophoneMuted,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    RegistrationChanged,
    SoundChanged,
    TransferProgressed,
)
from workstation.desk.changes import alive, by_call_id, change_call, in_log, put_call, put_log, say, take_out
from workstation.desk.state import CallView, PhoneView, S, Softphone
from workstation.desk.words import REFUSALS, cause_words, missed, who
from workstation.i18n import N_, _, labelled

CUT = "cut"  # of a registration: no answer from the exchange; the phone goes on asking


def fact_told(state: S, fact: Fact, at: float, live: bool = True) -> S:
    """`live` False: a row of the journal, of an earlier run of this station. The same state comes back when the fact changes nothing."""
    change = _CHANGES.get(type(fact))
    return change(state, fact, at, live) if change is not None else state


def key_of(fact: Any) -> str:
    """The key of the call a fact tells of; its number in the phone where it has none."""
    return str(fact.call_key or fact.call_id)


def clean_digits(text: str) -> str:
    """A small number from a header; "" for anything else."""
    return text if text.isascii() and text.isdecimal() and len(text) <= 5 else ""


def missed_before(state: Softphone, fact: Fact) -> CallView | None:
    """The call in the log that this fact offers once more: we missed it, and its queue tries us again."""
    if not isinstance(fact, CallOffered):
        return None
    of_it = (call for call in state.log if call.call_key == key_of(fact) and missed(call))
    return next((call for call in of_it if call.call_id not in ("", fact.call_id)), None)


def _offered(state: S, fact: CallOffered, at: float, live: bool) -> S:
    key = key_of(fact)
    before = missed_before(state, fact)
    if before is not None:
        state = replace(state, log=tuple(call for call in state.log if call is not before))
    known = state.calls.get(key)
    overtaken = known is not None and not known.number and known.hits is None  # its answer came first
    if in_log(state, key) or (known is not None and known.live and not overtaken):
        return state
    late = known.state if known is not None else CallState.OFFERED  # an answer may have overtaken the offer
    call = replace(
        known or CallView(fact.call_id, key, "entrant", late, fact.caller, began_at=at),
        direction="entrant",
        state=late,
        number=fact.caller,
        name=fact.caller_name,
        queue=fact.queue,
        position=clean_digits(fact.headers.get(POSITION_HEADER, "")),
        waited=float(clean_digits(fact.headers.get(WAITED_HEADER, "")) or 0),
        began_at=at,
        live=live,
        hits=None if fact.caller else (),
    )
    state = put_call(state, call)
    first = not alive(state.call) or state.front == key
    if first:
        state = replace(state, front=key)
    words = _("Appel entrant : {who}") if first else _("Deuxième appel en attente : {who}")
    return say(state, words.format(who=who(call)), at, "info" if first else "warning")


def _placed(state: S, fact: CallPlaced, at: float, live: bool) -> S:
    key = key_of(fact)
    if in_log(state, key):
        return state
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
    return say(put_call(state, call), _("Appel sortant : {who}").format(who=who(call)), at)


def _rang(state: S, fact: CallRang, at: float, live: bool) -> S:
    call = state.calls.get(key_of(fact))
    if call is None or call.state is not CallState.DIALLING:
        return state
    return say(change_call(state, call.call_key, state=CallState.RINGING), _(state.other.rings_said), at, quiet=True)


def _answered(state: S, fact: CallAnswered, at: float, live: bool) -> S:
    key = key_of(fact)
    if in_log(state, key):
        return state
    call = state.calls.get(key) or CallView(fact.call_id, key, "entrant", CallState.OFFERED, "", began_at=at, live=live)
    if call.answered_at is not None:
        return state
    asked = "" if call.asked in ("answer", "dial") else call.asked
    state = put_call(state, replace(call, state=CallState.TALKING, answered_at=at, codec=fact.codec, encrypted=fact.encrypted, asked=asked))
    return say(replace(state, front=key), _("En communication."), at, quiet=True)


def _held(state: S, fact: CallHeld, at: float, live: bool) -> S:
    call = state.calls.get(key_of(fact))
    if call is None or not alive(call):
        return state
    if fact.by != "local":
        return say(change_call(state, call.call_key, held_by_far_end=True), _(state.other.holds_us), at, "warning")
    if call.state is CallState.HELD:
        return state
    state = change_call(state, call.call_key, state=CallState.HELD, held_at=at, asked="" if call.asked == "hold" else call.asked)
    return say(state, _(state.other.on_hold), at, quiet=True)


def _resumed(state: S, fact: CallResumed, at: float, live: bool) -> S:
    call = state.calls.get(key_of(fact))
    if call is None or not alive(call):
        return state
    if fact.by != "local":
        return say(change_call(state, call.call_key, held_by_far_end=False), _(state.other.takes_us_back), at)
    if call.state is not CallState.HELD:
        return state
    asked = "" if call.asked == "resume" else call.asked
    state = change_call(state, call.call_key, state=CallState.TALKING, held_at=None, asked=asked)
    return say(replace(state, front=call.call_key), _("Communication reprise."), at, quiet=True)


def _ended(state: S, fact: CallEnded, at: float, live: bool) -> S:
    key = key_of(fact)
    call = state.calls.get(key)
    if call is None or not alive(call):
        return state
    answered = call.answered_at or (at - fact.seconds if fact.answered else None)
    call = replace(
        call, state=CallState.ENDED, ended_at=at, held_at=None, cause=fact.cause, ended_by=fact.by, asked="", answered_at=answered
    )
    return close_call(state, call, at)


def close_call(state: S, call: CallView, at: float) -> S:
    """A call is over: log it, keep it in sight while it owes a qualification, say so."""
    state = put_log(put_call(state, call), call)
    if missed(call) and call.cause in (Cause.NETWORK, Cause.FAULT):
        words = _("APPEL COUPÉ PAR UNE PANNE avant votre réponse, pas par vous : {who}")
        return say(take_out(state, call.call_key), words.format(who=who(call)), at, "warning")
    if missed(call):
        return say(take_out(state, call.call_key), _("APPEL MANQUÉ : {who}").format(who=who(call)), at, "warning")
    words = labelled(cause_words(call, state.other), who(call)) + "."
    if call.consultation or not state.qualifies:
        return say(take_out(state, call.call_key), words, at)
    state = say(state, words + " " + _("Qualification à faire (F8)."), at)
    other = next((c.call_key for c in state.calls.values() if alive(c)), "")
    return replace(state, front=other) if other and state.front == call.call_key else state


def _transfer(state: S, fact: TransferProgressed, at: float, live: bool) -> S:
    call = state.calls.get(key_of(fact))
    if call is None:
        return state
    if not fact.final:
        return change_call(state, call.call_key, transfer=_("transfert en cours ({code})").format(code=fact.code))
    if 200 <= fact.code < 300:
        return say(change_call(state, call.call_key, transfer=_("transféré"), asked=""), _("Transfert réussi."), at)
    words = _(state.other.stays)
    state = change_call(state, call.call_key, transfer=_("transfert refusé"), asked="")
    return say(state, words.format(code=fact.code, reason=fact.reason), at, "warning")


def _digit_received(state: S, fact: DigitReceived, at: float, live: bool) -> S:
    return say(state, _(state.other.digit).format(digit=fact.digit), at)


def _digits_sent(state: S, fact: DigitsSent, at: float, live: bool) -> S:
    return say(state, _("Touches envoyées : {digits}").format(digits=fact.digits), at)


def _muted(state: S, fact: MicrophoneMuted, at: float, live: bool) -> S:
    state = replace(state, phone=replace(state.phone, muted=fact.muted))
    return say(state, _(state.other.deaf) if fact.muted else _("Micro rétabli."), at)


def _quality(state: S, fact: CallQuality, at: float, live: bool) -> S:
    return change_call(state, key_of(fact), mos=fact.mos, loss_pct=fact.loss_pct, codec=fact.codec)


_SOUND_WORDS = {
    "ok": N_("Son : {mic} / {speaker}"),
    "file": N_("Son pris dans un fichier."),
    "lost": N_("SON PERDU : un appareil a disparu, il est recherché. L'appel continue."),
}


def _sound(state: S, fact: SoundChanged, at: float, live: bool) -> S:
    changed = (state.phone.sound, state.phone.microphone, state.phone.speaker) != (fact.state, fact.microphone, fact.speaker)
    phone = replace(state.phone, sound=fact.state, microphone=fact.microphone, speaker=fact.speaker, ringer=fact.ringer, detail=fact.detail)
    state = replace(state, phone=phone)
    if not changed:
        return state
    told = state.other.no_sound if fact.state == "none" else _SOUND_WORDS[fact.state]
    words = _(told).format(mic=fact.microphone or _("par défaut"), speaker=fact.speaker or _("par défaut"))
    return say(state, words, at, "warning" if fact.state in ("lost", "none") else "info")


def _refused(state: S, fact: OrderRefused, at: float, live: bool) -> S:
    call = by_call_id(state, fact.call_id) if fact.call_id else None
    if call is not None:
        state = take_out(state, call.call_key) if call.asked == "dial" else change_call(state, call.call_key, asked="")
    return say(state, _("Le téléphone a refusé : {why}").format(why=_(REFUSALS[fact.reason])), at, "error")


def _faulted(state: S, fact: EngineFaulted, at: float, live: bool) -> S:
    """What failed is for the log (ui/app.py); a call that it ended says so by itself."""
    words = _("Le téléphone signale un défaut, noté dans {file}. Si la voix ne passe plus, raccrochez et rappelez.")
    return say(state, words.format(file=state.log_file), at, "warning")


def _started(state: S, fact: PhoneStarted, at: float, live: bool) -> S:
    again = state.phone.state == "lost"
    kept = {name: getattr(state.phone, name) for name in ("sound", "microphone", "speaker", "ringer")}
    state = replace(state, phone=PhoneView("ready", fact.engine, frozenset(fact.capabilities), fact.contact, **kept))
    words = _("Le téléphone est revenu.") if again else _("Téléphone prêt ({engine}).").format(engine=fact.engine)
    return say(state, words, at)


def _registration(state: S, fact: RegistrationChanged, at: float, live: bool) -> S:
    now = CUT if fact.state == "failed" and (fact.code == 408 or fact.code // 100 == 5) else fact.state
    changed = now != state.phone.registration
    state = replace(state, phone=replace(state.phone, registration=now, server=fact.server))
    if not changed:
        return state
    words = {
        "registered": _("Ligne enregistrée."),
        "unregistered": _("Ligne non enregistrée."),
        "failed": _("Enregistrement de la ligne refusé ({code} {reason})."),
        CUT: _("Ligne téléphonique coupée ({code} {reason}) : elle revient d'elle-même, n'éteignez rien."),
    }[now]
    return say(state, words.format(code=fact.code, reason=fact.reason), at, "error" if fact.state == "failed" else "info")


def _lost(state: S, fact: PhoneLost, at: float, live: bool) -> S:
    state = replace(state, phone=replace(state.phone, state="lost", registration="", muted=False, detail=fact.detail))
    state = say(state, _("TÉLÉPHONE PERDU : il redémarre. Vos saisies sont gardées."), at, "error")
    for call in tuple(state.calls.values()):
        if call.live and alive(call):
            over = replace(call, state=CallState.ENDED, ended_at=at, held_at=None, cause=Cause.FAULT, ended_by="system", asked="")
            state = close_call(state, over, at)
    return state


OF_A_CALL: dict[type, Callable[[Any, Any, float, bool], Any]] = {
    CallOffered: _offered,
    CallPlaced: _placed,
    CallRang: _rang,
    CallAnswered: _answered,
    CallHeld: _held,
    CallResumed: _resumed,
    CallEnded: _ended,
}
_CHANGES: dict[type, Callable[[Any, Any, float, bool], Any]] = {
    **OF_A_CALL,
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
