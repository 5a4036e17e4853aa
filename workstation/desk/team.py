"""The people who practise together, as the room tells them to the desk and to the consoles: who is what now, in words. Pure.

`team` is what GET /sitting and the jury's view give (scenarios.room.live_team); {} or nobody named: nothing is said.
"""

from __future__ import annotations

from workstation.desk.changes import Step, say
from workstation.desk.effects import FetchDebrief, FetchSitting
from workstation.desk.events import RowArrived
from workstation.desk.recording import switched
from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _

TRAINEE, CUSTOMER, OBSERVER, WAITS = "stagiaire", "client", "observateur", "attend"
ROLES = (TRAINEE, CUSTOMER, OBSERVER)
PLACES = {TRAINEE: N_("au poste"), CUSTOMER: N_("client"), OBSERVER: N_("observateur"), WAITS: N_("attend")}
HERE = {TRAINEE: N_("ICI, AU POSTE"), CUSTOMER: N_("ICI, LE CLIENT"), OBSERVER: N_("ICI, L'OBSERVATEUR")}
_IS = {
    TRAINEE: N_("{who} au poste"),
    CUSTOMER: N_("{who} joue le client"),
    OBSERVER: N_("{who} observe"),
    WAITS: N_("{who} attend son tour"),
}


def team_of(sitting: Record) -> Record:
    """Of a desk's sitting or of a station; {} where nobody practises together."""
    told = sitting.get("team")
    return told if isinstance(told, dict) else {}


def people_of(team: Record) -> tuple[str, ...]:
    """In the order of the roles, then those who wait."""
    told = team.get("people")
    return tuple(str(one) for one in told) if isinstance(told, (list, tuple)) else ()


def role_of(place: int) -> str:
    """Of whoever is at that place of the people."""
    return ROLES[place] if place < len(ROLES) else WAITS


def who_is(team: Record, role: str) -> str:
    """ "" nobody."""
    return next((who for place, who in enumerate(people_of(team)) if role_of(place) == role), "")


def people_words(people: tuple[str, ...]) -> str:
    """« Ana au poste, Bao joue le client, Cyr observe »."""
    return ", ".join(_(_IS[role_of(place)]).format(who=who) for place, who in enumerate(people))


def round_words(number: object, people: tuple[str, ...]) -> str:
    return _("TOUR {n} : {words}.").format(n=number, words=people_words(people))


def played_of(team: Record, simulation: str) -> Record:
    """Who was what in a simulation, by role; {} where nobody was named."""
    told = team.get("played")
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict) and one.get("simulation") == simulation:
            people = one.get("people")
            return people if isinstance(people, dict) else {}
    return {}


# --- rows -------------------------------------------------------------------------------------------


def rotated_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    state, _effects = switched(state, event, silent)  # whoever comes has agreed to no recording
    if silent:
        return state, ()
    state = say(state, round_words(event.data.get("round"), people_of(event.data)), event.now, "warning")
    return state, (FetchSitting(),)


def shown_row(state: DeskState, event: RowArrived, silent: bool) -> Step:
    """The debrief is open: it comes to the front, as when it is asked for."""
    if silent:
        return state, ()
    words = _("{who} montre sa grille : elle est dans le bilan (Alt+Y).").format(who=event.data.get("by") or "")
    return say(state, words, event.now), (FetchSitting(), FetchDebrief(str(event.data.get("simulation") or "")))


TEAM_ROWS = {"PeersRotated": rotated_row, "GridShown": shown_row}
