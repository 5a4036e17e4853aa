"""The jury's grid over HTTP: marks, notes and pins, what the customer revealed, sharing, what the jurors decide. Under /jury/grid.

A juror sees and writes for the candidate of the station where the seat is, and only as a member of that candidate's jury. What another
juror noted is not read before every one of them has shared (scenarios.grid).
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `grid_router`.
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from scenarios.debrief import DebriefReport
from scenarios.grid import (
    Decision,
    Grids,
    JurorNote,
    Mark,
    Outcome,
    check_reason,
    compared,
    criteria_of,
    interview_competences,
    may_pin,
    questions,
    subjects_of,
)
from scenarios.room.access import Identity, only
from scenarios.room.debrief import facts_of
from scenarios.room.grid_store import GridStore
from scenarios.room.live_session import ExamRoom
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.session_store import Candidate
from scenarios.sitting import SittingError, SittingLeft
from scenarios.standard import Session, Standard, load_standard

Id = Annotated[str, Field(min_length=1, max_length=128)]
Short = Annotated[str, Field(max_length=16)]
Words = Annotated[str, Field(max_length=4000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MarkBody(Body):
    write_id: Id
    criterion: Short
    value: Mark


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


class DecisionBody(Body):
    id: Id
    subject: Short
    outcome: Outcome
    reason: Words


class ExhibitBody(Body):
    """A document seen: the professional portfolio, the results of the assessments made in training."""

    what: Literal["dossier_professionnel", "ecf"]
    remark: Words = ""


class _Examined:
    """Whom a juror examines, with what they may read of it."""

    def __init__(self, exam: ExamRoom, store: GridStore, who: Identity) -> None:
        self.seat = who.place
        self.candidate: Candidate
        self.live: LiveSitting
        self.candidate, self.live = exam.examined(self.seat)
        if who.sitting not in ("", self.live.card.id):
            raise SittingLeft(who.sitting)  # noted of the candidate before: never in this one's grid
        self.session: Session = exam.session_type()
        self.standard: Standard = load_standard(exam.session().standard)
        self.sitting = self.live.card.id
        self.grids: Grids = store.grids(self.sitting, self.candidate.jury)


def grid_router(exam: Callable[[], ExamRoom], store: GridStore, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/jury/grid", tags=["grid"])

    def juror(who: Annotated[Identity, Depends(authorise)]) -> Identity:
        only(who, "juror")
        return who

    Juror = Annotated[Identity, Depends(juror)]

    def examined(who: Identity) -> _Examined:
        return _Examined(exam(), store, who)

    def told(who: Identity) -> dict[str, Any]:
        exam().grid_changed()
        return grid_view(examined(who), store)

    @router.get("")
    async def grid(who: Juror) -> dict[str, Any]:
        return grid_view(examined(who), store)

    @router.get("/evidence/{simulation_id}")
    async def evidence(simulation_id: str, who: Juror) -> DebriefReport:
        """What the case file shows, beside the criteria: facts, never a mark."""
        return facts_of(examined(who).live, simulation_id)

    @router.put("/marks")
    async def mark(body: MarkBody, who: Juror) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_write(who.place)
        if body.criterion not in criteria_of(case.standard, case.session):
            raise SittingError("unknown_criterion", 422, "Ce critère n'est pas évalué dans cette session.", {"criterion": body.criterion})
        store.mark(case.sitting, who.place, body.criterion, body.value, body.write_id)
        return told(who)

    @router.put("/notes/{note_id}")
    async def note(note_id: Id, body: NoteBody, who: Juror) -> dict[str, Any]:
        """Written or written again. After sharing only the answers of the interview are still noted."""
        case = examined(who)
        known = next((one for one in case.grids.notes if one.id == note_id), None)
        answered = known is not None and known.seat == who.place and (known.text, known.pinned) == (body.text, body.pinned)
        if not answered:
            case.grids.may_write(who.place)
        if body.pinned:
            may_pin(case.session, body.competence)
        values = body.model_dump()
        store.note(case.sitting, JurorNote(note_id, who.place, values.pop("text"), "", **values))
        return told(who)

    @router.delete("/notes/{note_id}")
    async def remove(note_id: Id, who: Juror) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_write(who.place)
        store.remove_note(case.sitting, who.place, note_id)
        return told(who)

    @router.put("/reveals")
    async def reveal(body: RevealBody, who: Juror) -> dict[str, Any]:
        """The role-player ticks what the customer has said."""
        case = examined(who)
        hidden = {one.id for one in case.live.simulation(body.simulation).persona.hidden}
        if body.fact not in hidden:
            raise SittingError("unknown_fact", 404, "Cette information n'est pas de cette simulation.", {"fact": body.fact})
        store.reveal(case.sitting, who.place, body.simulation, body.fact, body.said, body.write_id)
        return told(who)

    @router.post("/share")
    async def share(who: Juror) -> dict[str, Any]:
        """For good: marks and notes are closed, and readable by the others once all have shared."""
        case = examined(who)
        if not all(run.began_at for run in case.live.course.course.phases.values() if run.plan.id != "final_interview"):
            raise SittingError("too_early", 409, "Le passage du candidat n'est pas assez avancé pour partager.", {})
        store.share(case.sitting, who.place)
        return told(who)

    @router.post("/decisions")
    async def decide(body: DecisionBody, who: Juror) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_decide(who.place)
        if body.subject not in subjects_of(case.standard, case.session):
            raise SittingError("unknown_subject", 422, "Cela ne se décide pas dans cette session.", {"subject": body.subject})
        store.decide(case.sitting, Decision(body.id, body.subject, body.outcome, check_reason(body.reason), who.place, ""))
        return told(who)

    @router.post("/decisions/{decision_id}/assent")
    async def assent(decision_id: Id, who: Juror) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_decide(who.place)
        store.assent(case.sitting, who.place, decision_id)
        return told(who)

    @router.put("/exhibits")
    async def exhibit(body: ExhibitBody, who: Juror) -> dict[str, Any]:
        store.exhibit(examined(who).sitting, who.place, body.what, body.remark)
        return told(who)

    return router


def grid_view(case: _Examined, store: GridStore) -> dict[str, Any]:
    """What one juror may read: their own grid, the others' once all have shared. No count, no colour, no suggestion is made of it."""
    grids, readable = case.grids, case.grids.readable_by(case.seat)
    standard, session = case.standard, case.session
    return {
        "candidate": case.candidate.number,
        "session": {"id": session.id, "label": session.label, "interview": list(interview_competences(session))},
        "competences": [
            {"id": one.id, "label": one.label, "ccp": one.ccp, "criteria": one.criteria, "written": list(one.written_criteria)}
            for one in standard.competences
            if one.id in session.competences
        ],
        "transversal": [{"id": one.id, "label": one.label} for one in standard.transversal],
        "ccps": [{"id": one.id, "label": one.label} for one in standard.ccps if set(one.competences) & set(session.competences)],
        "me": case.seat,
        "jurors": list(grids.jurors),
        "shared": dict(grids.shared or {}),
        "open": grids.open_to_all,
        "marks": {seat: {criterion: str(value) for criterion, value in grids.marks_of(seat).items()} for seat in readable},
        "notes": [asdict(one) for one in grids.notes if one.seat in readable],
        "questions": [one.id for one in questions(grids, case.seat, session)],
        "compared": [{"criterion": one.criterion, "differs": one.differs} for one in compared(grids, standard, session)]
        if grids.open_to_all
        else [],
        "subjects": subjects_of(standard, session),
        "decisions": [
            {**asdict(one), "assents": sorted(one.assents), "agreed": grids.agreed(one.subject) and grids.standing(one.subject) == one}
            for one in grids.decisions
        ]
        if grids.open_to_all
        else [],
        "revealed": store.revealed(case.sitting),
        "exhibits": store.exhibits(case.sitting),
    }
