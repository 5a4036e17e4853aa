"""The jury's grid in an exam: each juror's own, of a candidate's whole passage; what they decide once all have shared.

A juror sees and writes for the candidate of the station where the seat is, and only as a member of that candidate's jury. What another
juror noted is not read before every one of them has shared (scenarios.grid).
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `deliberation_router`.
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request

from scenarios.grid import Decision, Outcome, check_reason, may_pin, subjects_of
from scenarios.grid_view import deliberation_told
from scenarios.jury import Juror, stand
from scenarios.room.access import Identity, of_role
from scenarios.room.grid import Body, GridCase, Id, NoteBody, Short, Words, grid_view
from scenarios.room.grid_store import GridStore
from scenarios.room.live_session import ExamRoom
from scenarios.room.session_store import Candidate
from scenarios.sitting import SittingError
from scenarios.standard import Session, load_standard


class DecisionBody(Body):
    id: Id
    subject: Short
    outcome: Outcome
    reason: Words


class ExhibitBody(Body):
    """A document seen: the professional portfolio, the results of the assessments made in training."""

    what: Literal["dossier_professionnel", "ecf"]
    remark: Words = ""


@dataclass(frozen=True, kw_only=True)
class Examined(GridCase):
    """Of one candidate."""

    candidate: Candidate
    session: Session
    juror: Juror
    names: Mapping[str, str]  # by id, of all there ever were

    @property
    def stand(self) -> str:
        return stand(self.sitting, self.juror)


class ExamGrids:
    def __init__(self, exam: ExamRoom, store: GridStore) -> None:
        self._exam, self._store = exam, store

    def case(self, who: Identity, simulation: str = "") -> Examined:
        """`simulation` changes nothing: the grid is of the whole passage."""
        candidate, live, juror = self._exam.examined(who.place)
        self._exam.still_meant(who, live)  # noted of the candidate before, or by a juror before: never in this one's grid
        session, standard = self._exam.session_type(), load_standard(self._exam.session().standard)
        members = self._exam.jurors(self._exam.session(), candidate)
        grids = self._store.grids(live.card.id, tuple(one.id for one in members))
        assessed = tuple(one for one in standard.competences if one.id in session.competences)
        names = {**live.jury.names, **{one.id: one.name for one in members}}
        told = juror.id, live, standard, assessed, grids, grids.readable_by(juror.id)
        return Examined(*told, candidate=candidate, session=session, juror=juror, names=names)

    def reading(self, who: Identity, simulation: str) -> Examined:
        """Nothing of what was over before this juror came."""
        case = self.case(who)
        played = case.live.sitting.simulations.get(simulation)
        if played is not None and 0 < played.ended_seq < case.juror.since:
            title = "Cette simulation s'est jouée avant votre arrivée dans ce jury."
            raise SittingError("before_you_came", 403, title, {"simulation": simulation})
        return case

    def writing(self, who: Identity, simulation: str = "") -> Examined:
        case = self.case(who)
        case.grids.may_write(case.me)
        return case

    def removing(self, who: Identity, note_id: str) -> Examined:
        return self.writing(who)

    def noting(self, who: Identity, note_id: str, body: NoteBody) -> Examined:
        """After sharing only the answers of the interview are still noted."""
        case = self.case(who)
        known = next((one for one in case.grids.notes if one.id == note_id), None)
        answered = known is not None and known.juror == case.me and (known.text, known.pinned) == (body.text, body.pinned)
        if not answered:
            case.grids.may_write(case.me)
        if body.pinned:
            may_pin(case.session, body.competence)
        return case

    def ticking(self, who: Identity, simulation: str) -> Examined:
        return self.case(who)

    def share(self, who: Identity, simulation: str) -> None:
        case = self.case(who)
        if not all(run.began_at for run in case.live.course.course.phases.values() if run.plan.id != "final_interview"):
            raise SittingError("too_early", 409, "Le passage du candidat n'est pas assez avancé pour partager.", {})
        self._store.share(case.sitting, case.me)

    def changed(self, who: Identity) -> None:
        self._exam.grid_changed()

    def view(self, case: GridCase) -> dict[str, Any]:
        """Its own grid, the others' once all have shared, and then what they decide."""
        assert isinstance(case, Examined)
        return {
            **grid_view(case, self._store.revealed(case.sitting)),
            **deliberation_told(case.grids, case.me, case.standard, case.session),
            "candidate": case.candidate.number,
            "names": dict(case.names),
            "exhibits": [one for one in self._store.exhibits(case.sitting) if one["juror"] in case.readable],
        }


def deliberation_router(side: Callable[[], ExamGrids], store: GridStore, authorise: Callable[[Request], Identity]) -> APIRouter:
    """What jurors do together, beside the routes of the grid."""
    router = APIRouter(prefix="/jury/grid", tags=["grid"])

    Asker = Annotated[Identity, Depends(of_role(authorise, "juror"))]

    def told(who: Identity) -> dict[str, Any]:
        side().changed(who)
        return side().view(side().case(who))

    @router.post("/decisions")
    async def decide(body: DecisionBody, who: Asker) -> dict[str, Any]:
        case = side().case(who)
        case.grids.may_decide(case.me)
        if body.subject not in subjects_of(case.standard, case.session):
            raise SittingError("unknown_subject", 422, "Cela ne se décide pas dans cette session.", {"subject": body.subject})
        store.decide(case.sitting, Decision(body.id, body.subject, body.outcome, check_reason(body.reason), case.me, ""))
        return told(who)

    @router.post("/decisions/{decision_id}/assent")
    async def assent(decision_id: Id, who: Asker) -> dict[str, Any]:
        case = side().case(who)
        case.grids.may_decide(case.me)
        store.assent(case.sitting, case.me, decision_id)
        return told(who)

    @router.put("/exhibits")
    async def exhibit(body: ExhibitBody, who: Asker) -> dict[str, Any]:
        case = side().case(who)
        store.exhibit(case.sitting, case.me, body.what, body.remark)
        return told(who)

    return router
