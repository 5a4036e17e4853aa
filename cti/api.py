"""The CTI's part of the room server's API: the station's facts, the agent's orders, what a dialled number leads to."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from cti.exchange.port import DialRefused, Exchange
from cti.switchboard import AgentOrder, CtiError, Switchboard, agent_dict, refused_dial

MAX_FACTS = 500  # in one request; a spool sends the rest in the next
Id = Annotated[str, Field(min_length=1, max_length=128)]
Line = Annotated[str, Field(max_length=300)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PhonePlace(Body):
    """`contact`: SIP URI at which the phone takes calls. `calls`: keys of every call it has now; leave it out when unknown.
    The virtual customer sends `contact` alone."""

    contact: Line
    engine: Line = ""
    capabilities: Annotated[list[Line], Field(max_length=50)] = []
    calls: Annotated[list[Id], Field(max_length=100)] | None = None


class ToldFact(Body):
    """`fact` is a message of cti.messages as a JSON object, `type` its class name; `at` the station's instant, ISO 8601 with offset."""

    id: Id
    at: Id
    fact: dict[str, Any]


class Facts(Body):
    facts: Annotated[list[ToldFact], Field(max_length=MAX_FACTS)]


class Order(Body):
    write_id: Id
    order: Literal["sign_in", "sign_out", "ready", "not_ready", "arm"]
    reason: Line = ""
    state: Line = ""
    call_key: Line = ""


def station_view(board: Switchboard, exchange: Exchange) -> dict[str, Any]:
    """What GET /cti/station answers: the agent, the exchange, every call that is up or still owes a qualification."""
    owed = board.station.owed()
    calls = [call.public() for call in board.station.calls.values() if call.alive or call.call_key in owed]
    return {
        "agent": agent_dict(board.station.agent),
        "exchange": exchange.describe(),
        "calls": calls,
        "contact": board.station.contact,
        "engine": board.station.engine,
        "customer": board.customer_contact,
    }


def cti_router(board: Callable[[], Switchboard], exchange: Callable[[], Exchange], authorise: Callable[[Request], str]) -> APIRouter:
    """Routes under /cti. `authorise` gives the caller's role (candidate, customer, trainer) or raises."""
    router = APIRouter(prefix="/cti", tags=["cti"])
    Role = Annotated[str, Depends(authorise)]

    def only(role: str, *allowed: str) -> None:
        if role not in allowed:
            raise CtiError("forbidden", 403, "Ce rôle ne peut pas faire cela.", {"role": role})

    @router.get("/station")
    async def station(role: Role) -> dict[str, Any]:
        view = station_view(board(), exchange())
        if role == "candidate":
            del view["customer"]
        return view

    @router.put("/station")
    async def connect(place: PhonePlace, role: Role) -> dict[str, Any]:
        only(role, "candidate", "customer")
        if role == "customer":
            board().connect_customer(role, place.contact)
        else:
            board().connect(role, place.contact, place.engine, place.capabilities, place.calls)
        return await station(role)

    @router.post("/facts")
    async def facts(body: Facts, role: Role) -> dict[str, Any]:
        only(role, "candidate")
        accepted, refused = board().take([(f.id, f.at, f.fact) for f in body.facts], role)
        return {"accepted": accepted, "refused": refused}

    @router.post("/agent")
    async def agent(order: Order, role: Role) -> dict[str, Any]:
        only(role, "candidate")
        return board().order(AgentOrder(order.order, order.reason, order.state), order.write_id, role)

    @router.get("/dial")
    async def dial(number: Annotated[str, Query(max_length=60)], role: Role) -> dict[str, str]:
        only(role, "candidate", "trainer")
        try:
            plan = exchange().dial(number)
        except DialRefused as refusal:
            raise refused_dial(refusal) from None
        return {"target": plan.target, "number": plan.number, "known_as": plan.known_as}

    return router
