"""Reading what the room tells of the people who practise together at our station. Pure."""

from __future__ import annotations

from scenarios.rotation import turned as turned_people
from workstation.desk.state import Record
from workstation.desk.team import CUSTOMER, OBSERVER, people_of, played_of, team_of
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState

HERE = {"role_player": CUSTOMER, "observer": OBSERVER}


def team(state: JuryState) -> Record:
    """{} outside practice, and before a seat is taken."""
    return team_of(view.my_station(state)) if view.practice(state) and view.role(state) else {}


def people(state: JuryState) -> tuple[str, ...]:
    return people_of(team(state))


def number(state: JuryState) -> int:
    """Of the round; 0 before the first."""
    told = team(state).get("round")
    return told if isinstance(told, int) else 0


def here(state: JuryState) -> str:
    """The role of whoever sits at this console."""
    return HERE.get(view.role(state), "")


def turned(state: JuryState) -> tuple[str, ...]:
    """Who will be what in the next round."""
    now = people(state)
    return turned_people(now) if now else ()


def proposed(state: JuryState) -> str:
    """The simulation to play next; "" none is left."""
    return str(team(state).get("proposed") or "")


def played(state: JuryState) -> list[Record]:
    """What each of them played, in order."""
    return view.records(team(state).get("played"))


def trainee_of(state: JuryState, simulation: str) -> str:
    return str(played_of(team(state), simulation).get("stagiaire") or "")


def shown(state: JuryState) -> bool:
    """Our grid of the simulation in front was shown, or is about to be."""
    return exam.i_shared(state) or exam.sharing(state)
