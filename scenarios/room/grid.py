"""The grid over HTTP: marks, notes and pins, what the customer revealed, sharing. Under /jury/grid.

One set of routes for two sides. In an exam a grid is of a candidate's whole passage, and a juror's alone until all have shared
(scenarios.room.exam_grid); in practice it is of one simulation, and its observer's until it is shown to the three
(scenarios.room.practice_grid).
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `grid_router`.
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from scenarios.debrief import DebriefReport
from scenarios.grid import Grids, JurorNote, Mark
from scenarios.grid_view import grid_told
from scenarios.room.access import Identity, of_role
from scenarios.room.debrief import facts_of
from scenarios.room.grid_store import GridStore
from scenarios.room.live_sitting import LiveSitting
from scenarios.sitting import SittingError
from scenarios.standard import Competence, Standard

Id = Annotated[str, Field(min_length=1, max_length=128)]
Short = Annotated[str, Field(max_length=16)]
Words = Annotated[str, Field(max_length=4000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MarkBody(Body):
    """`simulation`: of practice, "" the one under way."""

    write_id: Id
    criterion: Short
    value: Mark
    simulation: Short = ""


class NoteBody(Body):
    """About a simulation, a competence or a transversal one; "" the whole. `pinned`: for the technical interview."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    simulation: Short = ""
    competence: Short = ""
    transversal: Short = ""
    pinned: bool = False
    answer: Words = ""


class RevealBody(Body):
    write_id: Id
    simulation: Short
    fact: Annotated[str, Field(max_length=64)]
    said: bool = True


class ShareBody(Body):
    """`simulation`: of practice, "" the one under way."""

    simulation: Short = ""


@dataclass(frozen=True)
class GridCase:
    """What one juror has in front. `me`: their id (scenarios.jury; in practice, the seat). `readable`: whose marks and notes they may
    read; `competences`: those that are noted. `simulation`: of practice, whose grid it is."""

    me: str
    live: LiveSitting
    standard: Standard
    competences: tuple[Competence, ...]
    grids: Grids
    readable: tuple[str, ...]
    simulation: str = ""

    @property
    def sitting(self) -> str:
        return self.live.card.id

    @property
    def stand(self) -> str:
        """What the sitting is called where this juror sits (scenarios.jury)."""
        return self.sitting

    def may_mark(self, criterion: str) -> None:
        """Raises SittingError for a criterion that is not of this grid."""
        if not any(criterion in one.criteria for one in self.competences):
            raise SittingError("unknown_criterion", 422, "Ce critère n'est pas évalué dans cette session.", {"criterion": criterion})

    def may_reveal(self, simulation: str, fact: str) -> None:
        """Raises SittingError for what that simulation's customer does not hide."""
        if fact not in {one.id for one in self.live.simulation(simulation).persona.hidden}:
            raise SittingError("unknown_fact", 404, "Cette information n'est pas de cette simulation.", {"fact": fact})


class GridSide(Protocol):
    """Whose grid a juror fills in, and who reads it. Each raises SittingError."""

    def case(self, who: Identity, simulation: str = "") -> GridCase: ...

    def reading(self, who: Identity, simulation: str) -> GridCase:
        """For whoever may read what the file shows of that simulation."""
        ...

    def writing(self, who: Identity, simulation: str = "") -> GridCase:
        """For whoever may mark and note."""
        ...

    def noting(self, who: Identity, note_id: str, body: NoteBody) -> GridCase:
        """For whoever may write this note."""
        ...

    def removing(self, who: Identity, note_id: str) -> GridCase: ...

    def ticking(self, who: Identity, simulation: str) -> GridCase:
        """For whoever says what the customer has said."""
        ...

    def share(self, who: Identity, simulation: str) -> None: ...

    def view(self, case: GridCase) -> dict[str, Any]: ...

    def changed(self, who: Identity) -> None:
        """By them. The consoles are told that a grid is no longer what it was."""
        ...


def grid_router(side: Callable[[], GridSide], store: GridStore, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/jury/grid", tags=["grid"])

    Asker = Annotated[Identity, Depends(of_role(authorise, "juror"))]

    def told(who: Identity, simulation: str = "") -> dict[str, Any]:
        side().changed(who)
        return side().view(side().case(who, simulation))

    @router.get("")
    async def grid(who: Asker, simulation: Annotated[str, Query(max_length=16)] = "") -> dict[str, Any]:
        """`simulation`: of practice, "" the one under way, else the last."""
        return side().view(side().case(who, simulation))

    @router.get("/evidence/{simulation_id}")
    async def evidence(simulation_id: str, who: Asker) -> DebriefReport:
        """What the case file shows, beside the criteria: facts, never a mark."""
        return facts_of(side().reading(who, simulation_id).live, simulation_id)

    @router.put("/marks")
    async def mark(body: MarkBody, who: Asker) -> dict[str, Any]:
        case = side().writing(who, body.simulation)
        case.may_mark(body.criterion)
        store.mark(case.sitting, case.me, body.criterion, body.value, body.write_id, case.simulation)
        return told(who, case.simulation)

    @router.put("/notes/{note_id}")
    async def note(note_id: Id, body: NoteBody, who: Asker) -> dict[str, Any]:
        """Written or written again."""
        case = side().noting(who, note_id, body)
        values = {**body.model_dump(), **({"simulation": case.simulation} if case.simulation else {})}
        store.note(case.sitting, JurorNote(note_id, case.me, values.pop("text"), "", **values))
        return told(who, case.simulation)

    @router.delete("/notes/{note_id}")
    async def remove(note_id: Id, who: Asker) -> dict[str, Any]:
        case = side().removing(who, note_id)
        store.remove_note(case.sitting, case.me, note_id)
        return told(who, case.simulation)

    @router.put("/reveals")
    async def reveal(body: RevealBody, who: Asker) -> dict[str, Any]:
        """The role-player ticks what the customer has said."""
        case = side().ticking(who, body.simulation)
        case.may_reveal(body.simulation, body.fact)
        store.reveal(case.sitting, case.me, body.simulation, body.fact, body.said, body.write_id)
        return told(who, case.simulation)

    @router.post("/share")
    async def share(who: Asker, body: ShareBody | None = None) -> dict[str, Any]:
        """For good: marks and notes are closed, and readable by those whom the side says."""
        simulation = body.simulation if body is not None else ""
        side().share(who, simulation)
        return told(who, simulation)

    return router


def grid_view(case: GridCase, revealed: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What one juror may read, of an exam and of practice alike."""
    told = grid_told(case.grids, case.me, case.readable, case.standard, case.competences)
    return {"sitting": case.stand, "simulation": case.simulation, **told, "revealed": revealed}
