"""A calibration as the jury's grid reads it: one call, one competence, each person a seat. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scenarios.grid import Mark
from scenarios.grid_view import deliberation_told, grid_told
from scenarios.training.calibration import Calibration, Graded, GradedMark, GradedNote, as_grids, as_session
from workstation.desk.state import Record
from workstation.i18n import _
from workstation.jury.console.exam_view import GRID
from workstation.jury.console.state import JuryState, JuryWrite

PLACE = "appel"  # the one station there is


class NotGraded(Exception):
    """What was noted cannot be kept; the message, in French, says why."""


def grid_of(about: Calibration, graded: Sequence[Graded], me: str) -> Record:
    """What `me` may read of these grids."""
    standard, session = as_session(about)
    grids = as_grids(graded)
    return {
        "sitting": about.id,
        "simulation": "",
        **grid_told(grids, me, grids.readable_by(me), standard, standard.competences),
        **deliberation_told(grids, me, standard, session),
        "names": {one.name: one.name for one in graded},
        "revealed": {},
        "exhibits": [],
    }


def state_of(about: Calibration, graded: Sequence[Graded], me: str) -> JuryState:
    """The console's state, as a room whose only sitting is this call would have it."""
    simulation = {"id": about.simulation, "title": about.title, "competence": about.competence, "state": "terminée"}
    station = {"id": PLACE, "label": about.title, "simulations": [simulation]}
    return JuryState(
        view={"me": {"seat": me, "role": "observer", "station": PLACE, "sitting": about.id}, "stations": [station]},
        grid=grid_of(about, graded, me),
        evidence={about.simulation: evidence_of(about)},
        link="up",
    )


def evidence_of(about: Calibration) -> Record:
    return {"criteria": [{"id": one.id, "facts": list(one.facts)} for one in about.evidence]}


def graded_after(graded: Graded, write: JuryWrite, at: str) -> Graded:
    """The grid with what was noted. Raises NotGraded once it is shared."""
    if graded.shared_at:
        raise NotGraded(_("Votre grille est partagée : elle ne change plus."))
    where, body = write.path.removeprefix(f"{GRID}/"), write.body
    if where == "marks":
        others = tuple(one for one in graded.marks if one.criterion != body["criterion"])
        mark = GradedMark(criterion=str(body["criterion"]), value=Mark(body["value"]), at=at)
        return graded.model_copy(update={"marks": (*others, mark)})
    if where == "share":
        return graded.model_copy(update={"shared_at": at})
    if not where.startswith("notes/"):
        raise NotGraded(_("Cela ne se note pas dans un calibrage."))
    ident = where.removeprefix("notes/")
    known = next((one for one in graded.notes if one.id == ident), None)
    kept = tuple(one for one in graded.notes if one.id != ident)
    if write.method == "DELETE":
        return graded.model_copy(update={"notes": kept})
    first = known.at if known is not None else at
    note = GradedNote(id=ident, text=str(body["text"]), at=first, competence=str(body.get("competence") or ""))
    return graded.model_copy(update={"notes": tuple(sorted((*kept, note), key=lambda one: one.at))})


def named_apart(graded: Sequence[Graded]) -> list[Graded]:
    """Two people of one name are told apart: Ana, Ana (2)."""
    seen: dict[str, int] = {}
    apart = []
    for one in graded:
        seen[one.name] = seen.get(one.name, 0) + 1
        apart.append(one.model_copy(update={"name": f"{one.name} ({seen[one.name]})"}) if seen[one.name] > 1 else one)
    return apart


def with_typed(state: JuryState, graded: Graded) -> JuryState:
    return replace(state, typed=dict(graded.typed))
