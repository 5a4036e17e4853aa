"""Reading the exam session and the jury's grid: what the room told, with what is not confirmed yet laid over it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scenarios.grid import Mark, Outcome
from workstation.desk.course import phase_of, seconds_left
from workstation.desk.state import Record
from workstation.desk.words import clock_time, instant
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState, JuryWrite

GRID = "/jury/grid"
MARKS, OUTCOMES = tuple(map(str, Mark)), tuple(map(str, Outcome))
FREE = "libre"  # the page of notes about the whole


def sitting(state: JuryState) -> str:
    """The one at our station, as the room names it where we sit: another for each juror who comes to this seat; "" when we sit nowhere."""
    return str(view.me(state).get("sitting") or "") if view.role(state) else ""


def left(state: JuryState) -> frozenset[str]:
    """The sittings that jurors who sat here have left: nothing of theirs is to be read, or sent, from here."""
    told = view.me(state).get("left")
    return frozenset(str(one) for one in told) if isinstance(told, list) else frozenset()


def candidate(state: JuryState) -> Record:
    """Whoever is examined at our station now; {} outside a session."""
    here = view.my_station_id(state)
    known = view.records(state.session.get("candidates")) if view.role(state) else []
    return next((one for one in known if one.get("station") == here and isinstance(one.get("course"), dict)), {})


def course(state: JuryState) -> Record:
    return view.record(candidate(state).get("course"))


def phase(state: JuryState) -> Record:
    """The one under way; {} between two."""
    return phase_of(course(state))


def frozen(state: JuryState) -> Record:
    return view.record(course(state).get("frozen"))


def phase_left(state: JuryState, now: float) -> float | None:
    """Seconds on the clock of the phase under way, below zero past its end; None between two. `now`: UNIX, this machine's."""
    return seconds_left(phase(state), now + state.clock_offset)


# --- the grid ---------------------------------------------------------------------------------------


def noting(state: JuryState) -> bool:
    """Whether a grid may be had here: of whoever is examined at our station, or, in practice, of whoever plays at it."""
    return bool(candidate(state)) or (view.practice(state) and bool(view.role(state)))


def grid_sign(state: JuryState) -> tuple[object, ...]:
    """What a grid depends on, as far as the room tells it: while it is the same, so is the grid, but for what we write ourselves."""
    here = view.my_station(state)
    practised = (view.role(state), here.get("current"), here.get("grid_version")) if view.practice(state) else ()
    return sitting(state), candidate(state).get("number"), state.session.get("grid_version"), *practised


def grid(state: JuryState) -> Record:
    """Ours, of the sitting at our station; {} while there is none."""
    told = state.grid
    return told if told and told.get("sitting") == sitting(state) else {}


def simulation_noted(state: JuryState) -> str:
    """The one the grid is of, in practice; in an exam, where it is of the whole passage, ""."""
    return str(grid(state).get("simulation") or "")


def notes_here(state: JuryState) -> bool:
    """Whether we fill the grid in: in practice, whoever observes does."""
    return view.role(state) == "observer" if view.practice(state) else bool(grid(state))


def ticks_here(state: JuryState) -> bool:
    """Whether what the customer has said may be ticked on the sheet in front: in practice, once its simulation has begun."""
    begun = view.simulation(state, state.chosen).get("state") in (view.RUNNING, view.DONE)
    return bool(grid(state)) and (begun or not view.practice(state))


def me(state: JuryState) -> str:
    """Our id among the jurors."""
    return str(grid(state).get("me") or "")


def juror_name(state: JuryState, juror: str) -> str:
    """The name that goes into the minutes, else the seat's label."""
    return str(view.record(grid(state).get("names")).get(juror) or "") or view.seat_label(state, juror)


def jurors(state: JuryState) -> list[str]:
    told = grid(state).get("jurors")
    return [str(one) for one in told] if isinstance(told, list) else []


def competences(state: JuryState) -> list[Record]:
    return view.records(grid(state).get("competences"))


def competence(state: JuryState, id: str) -> Record:
    return next((one for one in competences(state) if one.get("id") == id), {})


def criteria(one: Record) -> dict[str, str]:
    """Of a competence: its criteria to the letter, by id."""
    return {str(id): str(text) for id, text in view.record(one.get("criteria")).items()}


def criterion_text(state: JuryState, id: str) -> str:
    return next((text for one in competences(state) for known, text in criteria(one).items() if known == id), "")


@dataclass(frozen=True)
class Page:
    """What is noted together: a competence, a transversal one, the whole."""

    id: str
    label: str
    kind: Literal["competence", "transversal", "free"]


def pages(state: JuryState) -> tuple[Page, ...]:
    told = grid(state)
    if not told:
        return ()
    own = [Page(str(one.get("id")), str(one.get("label") or ""), "competence") for one in competences(state)]
    across = [Page(str(one.get("id")), str(one.get("label") or ""), "transversal") for one in view.records(told.get("transversal"))]
    return (*own, *across, Page(FREE, "", "free"))


def may_pin(state: JuryState, competence_id: str) -> bool:
    """Whether the technical interview takes this competence up."""
    told = view.record(grid(state).get("session")).get("interview")
    return isinstance(told, list) and competence_id in told


def simulation_of(state: JuryState, competence_id: str) -> str:
    """The simulation that plays a competence: the one the grid is of, else the one that runs, else the first; "" none."""
    if noted := simulation_noted(state):
        return noted if competence(state, competence_id) else ""
    own = [str(one.get("id")) for one in view.simulations(state) if one.get("competence") == competence_id]
    return view.current(state) if view.current(state) in own else next(iter(own), "")


def current_competence(state: JuryState) -> str:
    return str(view.simulation(state, view.current(state)).get("competence") or "")


# --- what is owed -----------------------------------------------------------------------------------


def owed(state: JuryState) -> list[JuryWrite]:
    """Of the candidate at our station."""
    here = sitting(state)
    return [one for one in state.owed if one.sitting == here] if here else []


def owed_elsewhere(state: JuryState) -> int:
    return len(state.owed) - len(owed(state))


@dataclass(frozen=True)
class Marked:
    value: str
    saved: bool


def marks(state: JuryState) -> dict[str, Marked]:
    """Ours, by criterion."""
    told = view.record(view.record(grid(state).get("marks")).get(me(state)))
    found = {str(id): Marked(str(value), True) for id, value in told.items()}
    for write in owed(state):
        if write.path == f"{GRID}/marks" and str(write.body.get("simulation") or "") == simulation_noted(state):
            found[str(write.body["criterion"])] = Marked(str(write.body["value"]), False)
    return found


def marks_of(state: JuryState, juror: str) -> dict[str, str]:
    """Anybody's that may be read, as confirmed."""
    told = view.record(view.record(grid(state).get("marks")).get(juror))
    return {str(id): str(value) for id, value in told.items()}


def others(state: JuryState) -> list[str]:
    """In practice, whose grid of this simulation was shown, besides ours."""
    return [one for one in shared(state) if one != me(state)] if view.practice(state) else []


@dataclass(frozen=True)
class Note:
    """`at`: hour on this machine's clock. `about`: the page it is on."""

    id: str
    juror: str
    text: str
    at: str
    about: str
    simulation: str
    pinned: bool
    answer: str
    saved: bool


def notes(state: JuryState) -> list[Note]:
    """Every note that may be read, ours as last written, in the order of their first instants."""
    found: dict[str, Note] = {}
    for one in sorted(view.records(grid(state).get("notes")), key=lambda one: str(one.get("at") or "")):
        at = clock_time(instant(str(one.get("at") or "")) - state.clock_offset)
        found[str(one.get("id"))] = _note(str(one.get("id")), str(one.get("juror") or ""), one, at, True)
    for write in owed(state):
        where, _slash, id = write.path.rpartition("/")
        if where != f"{GRID}/notes":
            continue
        if write.method == "DELETE":
            found.pop(id, None)
        elif simulation_noted(state) in ("", write.body.get("simulation")):
            known = found.get(id)
            found[id] = _note(id, me(state), write.body, known.at if known else clock_time(write.at), False)
    return list(found.values())


def _note(id: str, juror: str, told: Record, at: str, saved: bool) -> Note:
    about = str(told.get("competence") or told.get("transversal") or FREE)
    text, simulation = str(told.get("text") or ""), str(told.get("simulation") or "")
    return Note(id, juror, text, at, about, simulation, bool(told.get("pinned")), str(told.get("answer") or ""), saved)


def note(state: JuryState, id: str) -> Note | None:
    return next((one for one in notes(state) if one.id == id), None)


@dataclass(frozen=True)
class Revealed:
    at: str  # hour on this machine's clock
    saved: bool


def revealed(state: JuryState, simulation: str) -> dict[str, Revealed]:
    """The hidden facts that the customer has said, by id. One unticked and not confirmed yet is out already."""
    told = view.record(view.record(grid(state).get("revealed")).get(simulation))
    found = {str(id): Revealed(clock_time(instant(str(at)) - state.clock_offset), True) for id, at in told.items()}
    for write in owed(state):
        if write.path != f"{GRID}/reveals" or write.body.get("simulation") != simulation:
            continue
        if write.body.get("said"):
            found.setdefault(str(write.body["fact"]), Revealed(clock_time(write.at), False))
        else:
            found.pop(str(write.body["fact"]), None)
    return found


def questions(state: JuryState) -> list[Note]:
    """The pinned notes, by competence in the interview's order, then by time."""
    told = view.record(grid(state).get("session")).get("interview")
    order = [str(one) for one in told] if isinstance(told, list) else []
    return sorted((one for one in notes(state) if one.pinned and one.about in order), key=lambda one: order.index(one.about))


# --- deliberation -----------------------------------------------------------------------------------


def shared(state: JuryState) -> dict[str, str]:
    """Who has shared, with the hour on this machine's clock."""
    told = view.record(grid(state).get("shared"))
    return {str(one): clock_time(instant(str(at)) - state.clock_offset) for one, at in told.items()}


def i_shared(state: JuryState) -> bool:
    return me(state) in shared(state)


def all_shared(state: JuryState) -> bool:
    return bool(grid(state).get("open"))


def sharing(state: JuryState) -> bool:
    """Asked for, and not confirmed."""
    return any(write.path == f"{GRID}/share" for write in owed(state))


def subject_label(state: JuryState, subject: str) -> str:
    """Of a competence or a CCP; "" for the title."""
    named = (*competences(state), *view.records(grid(state).get("ccps")))
    return next((str(one.get("label") or "") for one in named if one.get("id") == subject), "")


@dataclass(frozen=True)
class Decided:
    """The decision that stands on a subject. `agreed`: by every juror."""

    id: str
    subject: str
    outcome: str
    reason: str
    juror: str
    at: str
    assents: tuple[str, ...]
    agreed: bool
    saved: bool


def decisions(state: JuryState) -> dict[str, Decided]:
    """The last on each subject; one of ours that is not confirmed yet comes before."""
    found: dict[str, Decided] = {}
    for one in sorted(view.records(grid(state).get("decisions")), key=lambda one: str(one.get("at") or "")):
        assents = tuple(str(who) for who in one.get("assents") or ())
        at = clock_time(instant(str(one.get("at") or "")) - state.clock_offset)
        words = (str(one.get(name) or "") for name in ("outcome", "reason", "juror"))
        outcome, reason, by = words
        found[str(one.get("subject"))] = Decided(
            str(one.get("id")), str(one.get("subject")), outcome, reason, by, at, assents, bool(one.get("agreed")), True
        )
    for write in owed(state):
        if write.path == f"{GRID}/decisions":
            body, own = write.body, me(state)
            found[str(body["subject"])] = Decided(
                write.id, str(body["subject"]), str(body["outcome"]), str(body["reason"]), own, clock_time(write.at), (own,), False, False
            )
    return found


def assenting(state: JuryState, decision: str) -> bool:
    """Our assent is on its way."""
    return any(write.path == f"{GRID}/decisions/{decision}/assent" for write in owed(state))


@dataclass(frozen=True)
class Exhibit:
    what: str
    juror: str
    remark: str
    at: str
    saved: bool


def exhibits(state: JuryState) -> list[Exhibit]:
    found: dict[tuple[str, str], Exhibit] = {}
    for one in view.records(grid(state).get("exhibits")):
        what, by, at = str(one.get("what")), str(one.get("juror")), str(one.get("at") or "")
        found[what, by] = Exhibit(what, by, str(one.get("remark") or ""), clock_time(instant(at) - state.clock_offset), True)
    for write in owed(state):
        if write.path == f"{GRID}/exhibits":
            what, own = str(write.body["what"]), me(state)
            found[what, own] = Exhibit(what, own, str(write.body["remark"]), clock_time(write.at), False)
    return list(found.values())
