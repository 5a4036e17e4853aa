"""Reading the room's view of the session: whatever it holds or lacks, an answer. Pure."""

from __future__ import annotations

from scenarios.archive import archive_name
from scenarios.phases import PhaseState
from workstation.desk.course import phase_of, phase_word, seconds_left
from workstation.desk.state import Record
from workstation.desk.told import record as record
from workstation.desk.told import records as records
from workstation.desk.words import duration
from workstation.i18n import N_, _
from workstation.session.state import SessionState

NATURE_WORDS = {"incident": N_("INCIDENT"), "pause": N_("PAUSE"), "interruption": N_("INTERRUPTION")}
CHOICE_WORDS = {"rendu": N_("temps rendu"), "rejoué": N_("rejoué avec la réserve"), "reporté": N_("passage reporté")}
ROLE_WORDS = {"session_manager": N_("Responsable de session"), "invigilator": N_("Surveillant"), "juror": N_("Jury")}


def room(state: SessionState) -> Record:
    return record(state.view.get("room"))


def session(state: SessionState) -> Record:
    """{} while none is open."""
    return record(state.view.get("session"))


def offers(state: SessionState) -> Record:
    return record(state.view.get("offers"))


def leads(state: SessionState) -> bool:
    return state.role == "session_manager"


def candidates(state: SessionState) -> list[Record]:
    return records(session(state).get("candidates"))


def candidate(state: SessionState, number: str) -> Record:
    return next((one for one in candidates(state) if one.get("number") == number), {})


def stations(state: SessionState) -> list[Record]:
    return records(session(state).get("stations"))


def at_station(state: SessionState, station: str) -> Record:
    """The last candidate named for this station whose passage is there, else the last one named for it."""
    named = [one for one in candidates(state) if one.get("station") == station]
    return next((one for one in reversed(named) if one.get("course")), named[-1] if named else {})


def in_front(state: SessionState) -> Record:
    """The candidate that the keys are about; {} for none."""
    return candidate(state, state.chosen) if leads(state) else at_station(state, state.chosen)


def course(one: Record) -> Record:
    return record(one.get("course"))


def phase(one: Record) -> Record:
    """The phase under way; {} between phases."""
    return phase_of(course(one))


def following(one: Record) -> str:
    """The id of the phase that may be started now; "" for none."""
    return str(course(one).get("next") or "")


def frozen(one: Record) -> Record:
    return record(course(one).get("frozen"))


def over(one: Record) -> bool:
    """Its passage is finished, or has left the station."""
    return bool(one.get("opened")) and (not course(one) or bool(course(one).get("over")))


def with_jury(one: Record) -> bool:
    """Whether what is decided after a stop of the clock takes the jury's word too."""
    return bool(phase(one).get("jury_present"))


def label(one: Record) -> str:
    return str(one.get("label") or one.get("station") or "")


def left(state: SessionState, one: Record, now: float) -> float | None:
    """Seconds on the clock of the phase under way, below zero past its end; None when none is. `now`: UNIX, this machine's."""
    return seconds_left(phase(one), now + state.clock_offset)


def signed(seconds: float) -> str:
    """`12:03`; `+02:10` past the end."""
    return duration(seconds) if seconds >= 0 else "+" + duration(-seconds)


def clock_words(state: SessionState, one: Record, now: float) -> str:
    """What stands for the candidate's clock: "12:03", "dépassé 02:10"; "" when nothing runs."""
    seconds = left(state, one, now)
    if seconds is None:
        return ""
    return duration(seconds) if seconds >= 0 else _("dépassé {time}").format(time=duration(-seconds))


def stage_words(state: SessionState, one: Record) -> tuple[str, str]:
    """A sign and words for where the passage is; no colour is needed to read it."""
    told = course(one)
    if not one.get("opened"):
        return "○", _("inscrit, séance à ouvrir")
    if not told:
        return "✓", _("passage terminé, poste rendu")
    if told.get("absent"):
        return "–", _("ABSENT")
    if told.get("postponed"):
        return "→", _("REPORTÉ")
    if stopped := frozen(one):
        nature = _(NATURE_WORDS.get(str(stopped.get("nature")), "INCIDENT"))
        return "‖", f"{nature} · {phase_word(str(told.get('phase') or ''))}"
    running = phase(one)
    if running:
        word = phase_word(str(running["id"]))
        if running.get("state") == PhaseState.GRACE:
            return "!", _("{phase} : enregistrer").format(phase=word)
        return "►", word
    if told.get("over"):
        return "✓", _("passage terminé")
    return "◇", _("prêt : {phase}").format(phase=phase_word(following(one)))


def ready(state: SessionState, phase_id: str = "") -> list[Record]:
    """The candidates whose next phase may be started (that one, when it is named); those whose station is linked."""
    found = [one for one in candidates(state) if following(one) and one.get("connected")]
    return [one for one in found if not phase_id or following(one) == phase_id]


def next_phases(state: SessionState) -> list[str]:
    """The phases that some candidate is ready for, in the session's order."""
    wanted = {following(one) for one in ready(state)}
    return [str(one["id"]) for one in records(session(state).get("phases")) if one.get("id") in wanted]


def proposal(one: Record, side: str) -> Record:
    return record(record(frozen(one).get("proposed")).get(side))


def proposal_words(one: Record, side: str) -> str:
    """What that side would decide, or that it has not said."""
    told = proposal(one, side)
    if not told:
        return _("pas encore dit")
    words = _(CHOICE_WORDS.get(str(told.get("choice")), str(told.get("choice"))))
    given = told.get("given")
    if isinstance(given, (int, float)) and given:
        words += " " + _("(+ {time})").format(time=duration(given))
    return words


def person(state: SessionState, place: str) -> str:
    """The name given for a place or a role; the role's word where none is."""
    found = next((one for one in records(session(state).get("people")) if place in (one.get("place"), one.get("role"))), {})
    word = ROLE_WORDS.get(place)
    return str(found.get("name") or (_(word) if word else place))


ROLES_OF_JURY = {"role_player": N_("joue le client"), "observer": N_("observe"), "": N_("pas à son poste")}


def jury(one: Record) -> list[Record]:
    """Who examines a candidate: seat, name, role."""
    return records(one.get("jury"))


def juror_words(told: Record) -> str:
    """« Mme A (jury1, joue le client) »."""
    role = _(ROLES_OF_JURY.get(str(told.get("role") or ""), ROLES_OF_JURY[""]))
    return f"{told.get('name') or told.get('seat')} ({told.get('seat')}, {role})"


def actor(state: SessionState, one: Record, place: str) -> str:
    """Who did something to a candidate: a juror by the name in that jury, others by the session's."""
    told = next((juror for juror in jury(one) if juror.get("seat") == place), {})
    return str(told.get("name") or "") or person(state, place)


def archive(state: SessionState, number: str) -> Record:
    """The archive of a candidate, once made; {} before."""
    name = archive_name(number)
    return next((one for one in records(state.archives.get("archives")) if one.get("name") == name), {})


def without_archive(state: SessionState) -> list[str]:
    """Numbers of candidates who had a sitting and have no archive."""
    return [str(one["number"]) for one in candidates(state) if one.get("opened") and not archive(state, str(one["number"]))]
