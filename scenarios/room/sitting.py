"""The routes of a sitting: what is to be played, its brief, the traces of the desk, the customer's words, the debrief."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from crm_mock.journal import Event
from scenarios.debrief import DebriefReport
from scenarios.pack import Simulation
from scenarios.room.access import Identity, only
from scenarios.room.debrief import debrief_of, export_debrief
from scenarios.room.live_sitting import LiveSitting, utc_now
from scenarios.sitting import SimulationState

Id = Annotated[str, Field(min_length=1, max_length=128)]
INBOUND = "entrant"  # direction of a simulation
DATA_LIMIT = 4000  # characters of JSON in one trace
PUBLIC_COMPANY = {"name", "legal", "address", "phone", "email", "website", "mediator", "terms", "withdrawal_contact"}
RULES = {"delivery", "scale", "instalment_day", "agent_goodwill_cents", "exchange_working_days", "notice_months"}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Write(Body):
    write_id: Id


class Bounded(Body):
    data: dict[str, Any] = {}
    call_key: Annotated[str, Field(max_length=128)] = ""

    @field_validator("data")
    @classmethod
    def small(cls, data: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(data)) > DATA_LIMIT:
            raise ValueError(f"more than {DATA_LIMIT} characters")
        return data


class Trace(Bounded):
    """Something the person at the desk did that changes no record. `at`: the desk's instant, ISO 8601."""

    id: Id
    at: Id
    kind: Literal[
        "ScreenOpened", "ProcedureOpened", "BriefSearched", "CaptionShown", "CueGiven", "Dialled", "CardNumberRefused", "ReplyPrinted"
    ]


class Traces(Write):
    traces: Annotated[list[Trace], Field(max_length=500)]


class CustomerWord(Bounded):
    """CustomerSpoke {text, line_id, speaker}, CustomerHeard {text}, CustomerRevealed {fact}."""

    write_id: Id
    kind: Literal["CustomerSpoke", "CustomerHeard", "CustomerRevealed"] = "CustomerSpoke"


class Caption(Bounded):
    """What is being said just now, for who cannot hear: told to whoever is there, never journaled."""

    kind: Literal["CustomerSpeaking", "CustomerListening", "CustomerSilent"]


def sitting_view(live: LiveSitting, role: str = "") -> dict[str, Any]:
    """What GET /sitting answers. A candidate in an exam learns what a simulation is about when the jury begins it, not before."""
    simulations = [
        {
            "id": s.id,
            "competence": s.competence,
            "title": s.title,
            "direction": s.direction,
            "channel": s.channel,
            "minutes": s.minutes,
            "state": str(live.sitting.simulations[s.id].state),
            "briefing": s.briefing,
            **({"written": written_view(s)} if _owes_a_reply(live, s.id) else {}),
            **({"title": f"Simulation {rank}"} if untitled(live, role, s) else {}),
            **({"competence": "", "briefing": ""} if sealed(live, role, s.id) else {}),
        }
        for rank, s in enumerate(live.simulations, 1)
    ]
    identity = live.pack.identity
    return {
        "id": live.sitting.opened["id"],
        "mode": live.mode,
        "day": live.pack.day.isoformat(),
        "pack": {"slug": identity.slug, "title": identity.title, "version": identity.version, "hash": identity.hash},
        "clock": {"scenario_now": live.scenario_now().isoformat(timespec="milliseconds"), "server_now": utc_now().isoformat()},
        "course": course_view(live, role),
        "spellcheck": live.spellcheck,
        "simulations": simulations,
        "current": live.sitting.current,
        **({"team": live.team.view(live.sitting)} if live.mode == "practice" else {}),
    }


def _owes_a_reply(live: LiveSitting, simulation_id: str) -> bool:
    """Once it is over, unless its spare is played in its place."""
    return live.sitting.simulations[simulation_id].state is SimulationState.OVER and simulation_id not in live.sitting.replaced


def written_view(simulation: Simulation) -> dict[str, Any] | None:
    """The written reply that a simulation ends with, and to whom: told once it is over, as it tells what was to be agreed."""
    asked = simulation.written
    return {**asked.model_dump(mode="json"), "contact_id": simulation.persona.contact_id} if asked else None


def sealed(live: LiveSitting, role: str, simulation_id: str) -> bool:
    return role == "candidate" and live.mode == "exam" and live.sitting.simulations[simulation_id].state is SimulationState.TO_DO


def untitled(live: LiveSitting, role: str, simulation: Simulation) -> bool:
    """The title says what the customer is about to ask: of one who calls or writes, it is told once the simulation is over."""
    running = live.sitting.simulations[simulation.id].state is SimulationState.RUNNING
    asks = role == "candidate" and live.mode == "exam" and running and simulation.direction == INBOUND
    return asks or sealed(live, role, simulation.id)


def course_view(live: LiveSitting, role: str) -> dict[str, Any] | None:
    """Of a stop of the clock, a candidate is told that it is one: not its cause as the jury worded it, nor what is proposed."""
    told = live.course.view()
    if told is not None and told["frozen"] and role == "candidate":
        told["frozen"] = {name: told["frozen"][name] for name in ("id", "nature", "since")}
    return told


def brief_view(live: LiveSitting, role: str = "") -> dict[str, Any]:
    """What GET /sitting/brief answers: nothing of any persona, dialogue or expected result."""
    pack = live.pack
    company = pack.company.model_dump(mode="json")
    return {
        "company": {name: value for name, value in company.items() if name in PUBLIC_COMPANY},
        "documents": [text.model_dump(mode="json") for text in pack.texts],
        "directory": [service.model_dump(mode="json") for service in pack.services],
        "codes": pack.codes.model_dump(mode="json"),
        "letters": [letter.model_dump(mode="json") for letter in pack.letters],
        "questionnaires": [one.model_dump(mode="json") for one in pack.questionnaires],
        "trees": [one.model_dump(mode="json") for one in pack.trees],
        "retention": pack.retention.model_dump(mode="json") if pack.retention is not None else None,
        "campaigns": [one.model_dump(mode="json") for one in pack.campaigns],
        "canned": [one.model_dump(mode="json") for one in pack.canned],
        "rules": {name: value for name, value in company.items() if name in RULES},
        "simulations": {
            s.id: {
                "cues": [{"id": cue.id, "label": cue.label} for cue in s.cues] if live.mode == "practice" else [],
                "instructions": s.briefing,
                "codes": list(s.codes or (s.competence,)),
                "queue": s.queue,
            }
            for s in live.simulations
            if not sealed(live, role, s.id)
        },
    }


def _only_who_leads(who: Identity, live: LiveSitting) -> None:
    """Simulations are begun and ended by the trainee in practice, by the jury's own route in an exam."""
    only(who, *(("candidate", "trainer") if live.mode == "practice" else ("trainer",)))


def sitting_router(live: Callable[[Identity], LiveSitting], authorise: Callable[[Request], Identity]) -> APIRouter:
    """Routes under /sitting. `live` gives the asker's sitting, or raises."""
    router = APIRouter(prefix="/sitting", tags=["sitting"])
    Who = Annotated[Identity, Depends(authorise)]

    @router.get("")
    async def sitting(who: Who) -> dict[str, Any]:
        return sitting_view(live(who), who.role)

    @router.get("/brief")
    async def brief(who: Who) -> dict[str, Any]:
        return brief_view(live(who), who.role)

    @router.post("/simulations/{simulation_id}/start")
    async def start(simulation_id: str, body: Write, who: Who) -> dict[str, Any]:
        _only_who_leads(who, live(who))
        return dict(live(who).start(simulation_id, body.write_id, who.name))

    @router.post("/simulations/{simulation_id}/end")
    async def end(simulation_id: str, body: Write, who: Who) -> dict[str, Any]:
        _only_who_leads(who, live(who))
        return dict(live(who).end(simulation_id, body.write_id, who.name))

    @router.post("/traces")
    async def traces(body: Traces, who: Who) -> dict[str, Any]:
        only(who, "candidate", "trainer")
        events = [Event(t.kind, {**t.data, "told_at": t.at}, who.name, t.call_key, t.id) for t in body.traces]
        return {"accepted": len(events), "new": live(who).journal(events)}

    @router.post("/customer/spoke")
    async def spoke(body: CustomerWord, who: Who) -> dict[str, Any]:
        only(who, "customer")
        return {"new": live(who).journal([Event(body.kind, body.data, who.name, body.call_key, body.write_id)])}

    @router.post("/customer/caption")
    async def caption(body: Caption, who: Who) -> dict[str, Any]:
        only(who, "customer")
        message = {"at": utc_now().isoformat(), "kind": body.kind, "call_key": body.call_key, "actor": who.name, "data": body.data}
        live(who).hub.tell(message)
        return {}

    @router.get("/debrief/{simulation_id}")
    async def debrief(simulation_id: str, who: Who) -> DebriefReport:
        only(who, "candidate", "trainer")
        return debrief_of(live(who), simulation_id)

    @router.get("/debrief/{simulation_id}/export", response_class=Response, responses={200: {"content": {"text/markdown": {}}}})
    async def export(simulation_id: str, who: Who) -> Response:
        only(who, "candidate", "trainer")
        text, name = export_debrief(live(who), simulation_id)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)

    return router
