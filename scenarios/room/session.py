"""The routes of an exam session: who opens it and names its people and candidates, and the phases of each candidate's passage.

Under /session. The session manager leads; an invigilator and a juror may stop a candidate's clock; what is decided when it goes on is
the jury's and the manager's together (scenarios.room.live_course). Nothing of a candidate's work is shown here.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `session_router`.
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from scenarios.phases import third_more
from scenarios.room.access import Identity, of_role, only
from scenarios.room.live_course import LiveCourse
from scenarios.room.live_session import ExamRoom
from scenarios.room.session_store import Person

Id = Annotated[str, Field(min_length=1, max_length=128)]
Words = Annotated[str, Field(max_length=2000)]
Place = Annotated[str, Field(min_length=1, max_length=64)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonBody(Body):
    place: Place
    role: Literal["juror", "session_manager", "invigilator"]
    name: Annotated[str, Field(min_length=1, max_length=120)]


class SettingsBody(Body):
    """What this session allows beside its pack: a spelling checker, the station's LibreOffice. `rehearsal`: nobody is examined, and every
    document says so."""

    spellcheck: bool = False
    office: bool = False
    rehearsal: bool = False
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 365


class SessionBody(Body):
    """`write_id`: asked again with the same one, it is the same session."""

    write_id: Annotated[str, Field(max_length=128)] = ""
    type: Id
    title: Annotated[str, Field(min_length=1, max_length=200)]
    people: Annotated[list[PersonBody], Field(max_length=64)] = []
    settings: SettingsBody = SettingsBody()


class PeopleBody(Body):
    people: Annotated[list[PersonBody], Field(max_length=64)]


class CandidateBody(Body):
    """`variant` "": drawn. `seconds`: by phase, what an authority decided; `third`: a full third more in every phase. `starts_at`: planned,
    ISO 8601; "" now. `jury`: seats, the session's when empty. `trainers`: names of those who trained the candidate, who may not examine."""

    number: Annotated[str, Field(min_length=1, max_length=32)]
    station: Place
    variant: Annotated[str, Field(max_length=16)] = ""
    seconds: dict[str, Annotated[int, Field(ge=60, le=24 * 3600)]] = {}
    third: bool = False
    starts_at: Annotated[str, Field(max_length=40)] = ""
    jury: Annotated[list[Place], Field(max_length=16)] = []
    trainers: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=16)] = []


class SittingBody(Body):
    """`write_id`: asked again with the same one, it is the same sitting."""

    write_id: Annotated[str, Field(max_length=128)] = ""


class CloseBody(Body):
    """`session`: the one that is meant; closed already, nothing is done."""

    session: Annotated[str, Field(max_length=64)] = ""


class Write(Body):
    write_id: Id


class PhaseBody(Write):
    """`late`: the candidate enters after the planned start, the end does not move."""

    phase: Id
    late: bool = False
    reason: Words = ""


class FreezeBody(Write):
    nature: Literal["incident", "pause", "interruption"] = "incident"
    cause: Annotated[str, Field(min_length=1, max_length=500)]


class ResumeBody(Write):
    choice: Literal["rendu", "rejoué", "reporté"]
    given: Annotated[int, Field(ge=0, le=24 * 3600)] = 0
    remark: Words = ""


class GrantBody(Write):
    seconds: Annotated[int, Field(ge=1, le=24 * 3600)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def session_router(exam: Callable[[], ExamRoom], authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/session", tags=["session"])
    Who = Annotated[Identity, Depends(authorise)]

    Manager = Annotated[Identity, Depends(of_role(authorise, "session_manager"))]

    def course(station: str, who: Identity) -> LiveCourse:
        """Of a station that this one leads, watches over, or sits on the jury of."""
        return exam().course(station, who)

    @router.get("")
    async def session(who: Who) -> dict[str, Any]:
        """The session as this role may know it; {} when none is open."""
        only(who, "session_manager", "invigilator", "juror")
        return exam().view(who)

    @router.post("")
    async def open_session(body: SessionBody, who: Manager) -> dict[str, Any]:
        people = [Person(one.place, one.role, one.name) for one in body.people]
        exam().open(body.type, body.title, people, body.settings.model_dump(), body.write_id)
        return exam().view(who)

    @router.put("/people")
    async def people(body: PeopleBody, who: Manager) -> dict[str, Any]:
        exam().set_people([Person(one.place, one.role, one.name) for one in body.people])
        return exam().view(who)

    @router.post("/candidates")
    async def candidate(body: CandidateBody, who: Manager) -> dict[str, Any]:
        """Named, with a variant drawn among the pack's where none is given."""
        seconds = {**(third_more(exam().session_type()) if body.third else {}), **body.seconds}
        exam().add_candidate(body.number, body.station, body.variant, seconds, body.starts_at, body.jury, body.trainers)
        return exam().view(who)

    @router.delete("/candidates/{number}")
    async def not_a_candidate(number: str, who: Manager) -> dict[str, Any]:
        """Named by mistake, before the sitting is opened."""
        exam().remove_candidate(number)
        return exam().view(who)

    @router.post("/candidates/{number}/sitting")
    async def sitting(number: str, who: Manager, body: SittingBody | None = None) -> dict[str, Any]:
        """A clean sitting at the candidate's station, made now."""
        await exam().open_sitting(number, body.write_id if body else "")
        return exam().view(who)

    @router.post("/stations/{station}/start")
    async def start(station: str, body: PhaseBody, who: Manager) -> dict[str, Any]:
        late = exam().late(station) if body.late else 0
        course(station, who).start(body.phase, late, body.write_id, who.name)
        return exam().view(who)

    @router.post("/stations/{station}/end")
    async def end(station: str, body: PhaseBody, who: Who) -> dict[str, Any]:
        """By the manager; by a juror, for the interviews they lead and for what a candidate hands in before the time."""
        only(who, "session_manager", "juror")
        course(station, who).end(body.phase, body.reason or "terminée", body.write_id, who.name)
        return exam().view(who)

    @router.post("/stations/{station}/freeze")
    async def freeze(station: str, body: FreezeBody, who: Who) -> dict[str, Any]:
        only(who, "session_manager", "invigilator", "juror")
        course(station, who).freeze(body.write_id, body.nature, body.cause, body.write_id, who.name)
        return exam().view(who)

    @router.post("/stations/{station}/resume")
    async def resume(station: str, body: ResumeBody, who: Who) -> dict[str, Any]:
        """What the asker's side decides; the clock goes on once both sides have decided the same."""
        only(who, "session_manager", "juror")
        side = "manager" if who.role == "session_manager" else "jury"
        course(station, who).propose(side, body.choice, body.given, body.remark, body.write_id, who.name)
        return exam().view(who)

    @router.post("/stations/{station}/grant")
    async def grant(station: str, body: GrantBody, who: Manager) -> dict[str, Any]:
        course(station, who).grant(body.seconds, body.reason, body.write_id, who.name)
        return exam().view(who)

    @router.post("/stations/{station}/absent")
    async def absent(station: str, body: Write, who: Manager) -> dict[str, Any]:
        course(station, who).absent(body.write_id, who.name)
        return exam().view(who)

    @router.post("/close")
    async def close(who: Manager, body: CloseBody | None = None) -> dict[str, Any]:
        """Once every candidate's passage is over."""
        exam().close(body.session if body else "")
        return exam().view(who)

    return router
