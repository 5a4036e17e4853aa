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
from scenarios.jury import Juror
from scenarios.room.access import Identity, of_role
from scenarios.room.debrief import facts_of
from scenarios.room.grid_store import GridStore
from scenarios.room.live_session import ExamRoom
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.session_store import Candidate
from scenarios.sitting import SittingError
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
        self.candidate: Candidate
        self.live: LiveSitting
        self.juror: Juror
        self.candidate, self.live, self.juror = exam.examined(who.place)
        exam.still_meant(who, self.live)  # noted of the candidate before, or by a juror before: never in this one's grid
        self.me = self.juror.id
        self.session: Session = exam.session_type()
        self.standard: Standard = load_standard(exam.session().standard)
        self.sitting = self.live.card.id
        members = exam.jurors(exam.session(), self.candidate)
        self.grids: Grids = store.grids(self.sitting, tuple(one.id for one in members))
        self.names = {**self.live.jury.names, **{one.id: one.name for one in members}}


def grid_router(exam: Callable[[], ExamRoom], store: GridStore, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/jury/grid", tags=["grid"])

    Asker = Annotated[Identity, Depends(of_role(authorise, "juror"))]

    def examined(who: Identity) -> _Examined:
        return _Examined(exam(), store, who)

    def told(who: Identity) -> dict[str, Any]:
        exam().grid_changed()
        return grid_view(examined(who), store)

    @router.get("")
    async def grid(who: Asker) -> dict[str, Any]:
        return grid_view(examined(who), store)

    @router.get("/evidence/{simulation_id}")
    async def evidence(simulation_id: str, who: Asker) -> DebriefReport:
        """What the case file shows, beside the criteria: facts, never a mark. Nothing of what was over before this juror came."""
        case = examined(who)
        played = case.live.sitting.simulations.get(simulation_id)
        if played is not None and 0 < played.ended_seq < case.juror.since:
            title = "Cette simulation s'est jouée avant votre arrivée dans ce jury."
            raise SittingError("before_you_came", 403, title, {"simulation": simulation_id})
        return facts_of(case.live, simulation_id)

    @router.put("/marks")
    async def mark(body: MarkBody, who: Asker) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_write(case.me)
        if body.criterion not in criteria_of(case.standard, case.session):
            raise SittingError("unknown_criterion", 422, "Ce critère n'est pas évalué dans cette session.", {"criterion": body.criterion})
        store.mark(case.sitting, case.me, body.criterion, body.value, body.write_id)
        return told(who)

    @router.put("/notes/{note_id}")
    async def note(note_id: Id, body: NoteBody, who: Asker) -> dict[str, Any]:
        """Written or written again. After sharing only the answers of the interview are still noted."""
        case = examined(who)
        known = next((one for one in case.grids.notes if one.id == note_id), None)
        answered = known is not None and known.juror == case.me and (known.text, known.pinned) == (body.text, body.pinned)
        if not answered:
            case.grids.may_write(case.me)
        if body.pinned:
            may_pin(case.session, body.competence)
        values = body.model_dump()
        store.note(case.sitting, JurorNote(note_id, case.me, values.pop("text"), "", **values))
        return told(who)

    @router.delete("/notes/{note_id}")
    async def remove(note_id: Id, who: Asker) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_write(case.me)
        store.remove_note(case.sitting, case.me, note_id)
        return told(who)

    @router.put("/reveals")
    async def reveal(body: RevealBody, who: Asker) -> dict[str, Any]:
        """The role-player ticks what the customer has said."""
        case = examined(who)
        hidden = {one.id for one in case.live.simulation(body.simulation).persona.hidden}
        if body.fact not in hidden:
            raise SittingError("unknown_fact", 404, "Cette information n'est pas de cette simulation.", {"fact": body.fact})
        store.reveal(case.sitting, case.me, body.simulation, body.fact, body.said, body.write_id)
        return told(who)

    @router.post("/share")
    async def share(who: Asker) -> dict[str, Any]:
        """For good: marks and notes are closed, and readable by the others once all have shared."""
        case = examined(who)
        if not all(run.began_at for run in case.live.course.course.phases.values() if run.plan.id != "final_interview"):
            raise SittingError("too_early", 409, "Le passage du candidat n'est pas assez avancé pour partager.", {})
        store.share(case.sitting, case.me)
        return told(who)

    @router.post("/decisions")
    async def decide(body: DecisionBody, who: Asker) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_decide(case.me)
        if body.subject not in subjects_of(case.standard, case.session):
            raise SittingError("unknown_subject", 422, "Cela ne se décide pas dans cette session.", {"subject": body.subject})
        store.decide(case.sitting, Decision(body.id, body.subject, body.outcome, check_reason(body.reason), case.me, ""))
        return told(who)

    @router.post("/decisions/{decision_id}/assent")
    async def assent(decision_id: Id, who: Asker) -> dict[str, Any]:
        case = examined(who)
        case.grids.may_decide(case.me)
        store.assent(case.sitting, case.me, decision_id)
        return told(who)

    @router.put("/exhibits")
    async def exhibit(body: ExhibitBody, who: Asker) -> dict[str, Any]:
        case = examined(who)
        store.exhibit(case.sitting, case.me, body.what, body.remark)
        return told(who)

    return router


def grid_view(case: _Examined, store: GridStore) -> dict[str, Any]:
    """What one juror may read: their own grid, the others' once all have shared. No count, no colour, no suggestion is made of it."""
    grids, readable = case.grids, case.grids.readable_by(case.me)
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
        "me": case.me,
        "jurors": list(grids.jurors),
        "names": case.names,
        "shared": {juror: at for juror, at in (grids.shared or {}).items() if juror in grids.jurors},
        "open": grids.open_to_all,
        "marks": {one: {criterion: str(value) for criterion, value in grids.marks_of(one).items()} for one in readable},
        "notes": [asdict(one) for one in grids.notes if one.juror in readable],
        "questions": [one.id for one in questions(grids, case.me, session)],
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
        "exhibits": [one for one in store.exhibits(case.sitting) if one["juror"] in readable],
    }
