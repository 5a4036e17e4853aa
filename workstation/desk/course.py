"""The candidate's passage through an exam as the desk knows it: the phase under way, its clock, what may be done. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cti.call import CallState
from cti.messages import HangUpCall, HoldCall
from scenarios.phases import Opens
from workstation.desk.changes import Step, alive, change_call, say
from workstation.desk.effects import Effect, FetchBrief, FetchList, FetchProducts, FetchSitting, TellPhone
from workstation.desk.events import RowArrived
from workstation.desk.state import DeskState, Record
from workstation.desk.told import records
from workstation.desk.words import duration, instant
from workstation.i18n import N_, _

PHASE_WORDS = {
    "preparation": N_("Préparation"),
    "contacts": N_("Contacts"),
    "written": N_("Écrits"),
    "technical_interview": N_("Entretien technique"),
    "final_interview": N_("Entretien final"),
}


def course_of(state: DeskState) -> Record | None:
    """None outside a session: everything is open."""
    told = state.sitting.get("course")
    return told if isinstance(told, dict) else None


def phase_now(state: DeskState) -> Record | None:
    return phase_of(course_of(state) or {}) or None


def phase_of(course: Record) -> Record:
    """The phase under way of a course as the room tells it; {} between two."""
    return next((one for one in records(course.get("phases")) if one.get("id") and one.get("id") == course.get("phase")), {})


def seconds_left(phase: Record, now: float) -> float | None:
    """On the clock of a phase as the room tells it, or of its grace; below zero past its end, None without a phase. `now`: UNIX, the
    server's."""
    if not phase:
        return None
    for name in ("grace_ends_at", "ends_at"):
        if phase.get(name):
            return instant(str(phase[name])) - now
    value = phase.get("grace_left", phase.get("remaining", 0.0))
    return float(value) if isinstance(value, (int, float)) else 0.0


def phase_word(phase_id: str) -> str:
    return _(PHASE_WORDS.get(phase_id, phase_id))


def opens(state: DeskState) -> frozenset[str]:
    """What the server says this station may be used for; everything outside a session."""
    told = course_of(state)
    return frozenset(Opens) if told is None else frozenset(str(one) for one in told.get("opens") or ())


def left(state: DeskState, now: float) -> float | None:
    """As `seconds_left`. `now`: UNIX, this machine's."""
    return seconds_left(phase_now(state) or {}, now + state.clock_offset)


def clock_words(state: DeskState, now: float) -> str:
    """« Contacts 1:12:03 »; "" outside a session or between phases."""
    phase, seconds = phase_now(state), left(state, now)
    if phase is None or seconds is None:
        return ""
    words = phase_word(str(phase["id"])) + " " + (duration(seconds) if seconds >= 0 else "+" + duration(-seconds))
    if (course_of(state) or {}).get("frozen"):
        return _("{clock} (suspendue)").format(clock=words)
    return _("{clock} pour enregistrer").format(clock=words) if phase.get("grace_ends_at") else words


@dataclass(frozen=True)
class Closed:
    """Why nothing can be done at this station now: a title, and what to do."""

    title: str
    text: str


def closed(state: DeskState) -> Closed | None:
    """None while something is open, and outside a session."""
    told = course_of(state)
    if told is None or told.get("opens"):
        return None
    if frozen := told.get("frozen"):
        title = _("PAUSE") if frozen.get("nature") == "pause" else _("ÉPREUVE SUSPENDUE")
        return Closed(title, _("Votre temps est arrêté, rien n'est perdu. Attendez la reprise, sans quitter le poste."))
    if told.get("postponed"):
        return Closed(_("Passage reporté"), _("Ce que vous avez fait est gardé. Le responsable de session vous dit la suite."))
    if told.get("absent") or told.get("over"):
        return Closed(_("Votre passage est terminé"), _("Tout est enregistré. Vous pouvez quitter le poste."))
    if phase := phase_now(state):  # an interview, away from the screen
        return Closed(phase_word(str(phase["id"])), _("Cette partie se passe avec le jury, sans le poste."))
    following = phase_word(str(told.get("next") or ""))
    return Closed(_("À venir : {phase}").format(phase=following), _("Attendez le signal du responsable de session. Le temps ne court pas."))


# --- rows -------------------------------------------------------------------------------------------


def phase_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    """A phase moved: the sitting is read again. A stop holds whoever is on the line; the end of the contacts ends the calls."""
    if silent:
        return state, ()
    effects: list[Effect] = [FetchSitting()]
    name = phase_word(str(event.data.get("phase") or ""))
    match event.kind:
        case "PhaseStarted":
            effects += [FetchBrief(), FetchProducts()]  # what was refused while nothing was open
            effects += [FetchList(key, known.kind, known.params) for key, known in state.lists.items()]
            state = say(state, _("{phase} : c'est commencé.").format(phase=name), event.now)
        case "PhaseFrozen":
            state, held = _hold_all(state)
            effects += held
            state = say(state, _("Épreuve suspendue : votre temps est arrêté."), event.now, "warning")
        case "PhaseResumed":
            state = say(state, _("{phase} : reprise. Le client en attente se reprend par F6.").format(phase=name), event.now, "warning")
        case "PhaseExpired":
            state = say(state, _("{phase} : le temps est écoulé.").format(phase=name), event.now, "warning")
        case "PhaseEnded":
            state, ended = end_all(state)
            effects += ended
            state = say(state, _("{phase} : terminé.").format(phase=name), event.now)
        case "PhaseTimeGranted":
            minutes = duration(float(event.data.get("seconds") or 0))
            state = say(state, _("{phase} : {time} de plus.").format(phase=name, time=minutes), event.now)
    return state, tuple(effects)


def _hold_all(state: DeskState) -> tuple[DeskState, list[Effect]]:
    effects: list[Effect] = []
    for call in tuple(state.calls.values()):
        if call.live and call.state is CallState.TALKING and not call.written:
            state = change_call(state, call.call_key, asked="hold")
            effects.append(TellPhone(HoldCall(call.call_id)))
    return state, effects


def end_all(state: DeskState) -> tuple[DeskState, list[Effect]]:
    effects: list[Effect] = []
    for call in tuple(state.calls.values()):
        if call.live and alive(call) and not call.written:
            state = change_call(state, call.call_key, asked="hang_up")
            effects.append(TellPhone(HangUpCall(call.call_id)))
    return state, effects


PHASE_ROWS: dict[str, Any] = {
    kind: phase_row
    for kind in (
        "PhaseStarted", "PhaseFrozen", "PhaseResumed", "PhaseTimeGranted", "PhaseExpired", "PhaseEnded", "SittingPostponed",
        "CandidateAbsent",
    )
}  # fmt: skip
