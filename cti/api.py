"""The CTI's part of the room server's API: the station's facts, the agent's orders, what a dialled number leads to."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cti.exchange.port import DialRefused, Exchange
from cti.switchboard import AgentOrder, CtiError, Switchboard, agent_dict, refused_dial

MAX_FACTS = 500  # in one request; a spool sends the rest in the next
Id = Annotated[str, Field(min_length=1, max_length=128)]
Line = Annotated[str, Field(max_length=300)]


class Asker(Protocol):
    """Who asks: the role of the token, and the place it was given to (a station, or a seat of the jury), which is also its line's name."""

    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def place(self) -> str: ...


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PhonePlace(Body):
    """`contact`: SIP URI at which the phone takes calls. `calls`: keys of every call it has, at `as_of`; leave it out when unknown.
    The virtual customer sends `contact` alone."""

    contact: Line
    engine: Line = ""
    capabilities: Annotated[list[Line], Field(max_length=50)] = []
    calls: Annotated[list[Id], Field(max_length=100)] | None = None
    as_of: AwareDatetime | None = None


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


def station_view(board: Switchboard, exchange: Exchange, line: str) -> dict[str, Any]:
    """What GET /cti/station answers: the agent, the exchange, every call that is up or still owes a qualification;
    written conversations, which no phone has, are told by the journal alone."""
    owed = board.station.owed()
    calls = [c.public() for c in board.station.calls.values() if not c.written and (c.alive or c.call_key in owed)]
    return {
        "agent": agent_dict(board.station.agent),
        "exchange": exchange.describe(line),
        "calls": calls,
        "contact": board.station.contact,
        "engine": board.station.engine,
        "customer": board.customer_contact,
    }


def cti_router(
    board: Callable[[Any], Switchboard],
    exchange: Callable[[], Exchange],
    authorise: Callable[[Request], Asker],
    offered: Callable[[Any, str], None] = lambda who, call_key: None,
) -> APIRouter:
    """Routes under /cti. `authorise` gives who asks or raises; `board` the calls and agent of that asker's station, or raises. `offered`
    is told who is offered which call, before that is journaled."""
    router = APIRouter(prefix="/cti", tags=["cti"])
    Who = Annotated[Any, Depends(authorise)]

    def only(who: Asker, *allowed: str) -> None:
        if who.role not in allowed:
            raise CtiError("forbidden", 403, "Ce rôle ne peut pas faire cela.", {"role": who.role})

    @router.get("/station")
    async def station(who: Who) -> dict[str, Any]:
        only(who, "candidate", "customer", "trainer")
        view = station_view(board(who), exchange(), who.place)
        if who.role == "candidate":
            del view["customer"]
        return view

    @router.put("/station")
    async def connect(place: PhonePlace, who: Who) -> dict[str, Any]:
        only(who, "candidate", "customer")
        if who.role == "customer":
            board(who).connect_customer(who.name, place.contact)
        else:
            board(who).connect(who.name, place.contact, place.engine, place.capabilities, place.calls, place.as_of)
        return await station(who)

    @router.post("/facts")
    async def facts(body: Facts, who: Who) -> dict[str, Any]:
        only(who, "candidate")
        for told in body.facts:
            if told.fact.get("type") == "CallOffered":
                offered(who, str(told.fact.get("call_key", "")))
        accepted, refused = board(who).take([(f.id, f.at, f.fact) for f in body.facts], who.name)
        return {"accepted": accepted, "refused": refused}

    @router.post("/agent")
    async def agent(order: Order, who: Who) -> dict[str, Any]:
        only(who, "candidate")
        return board(who).order(AgentOrder(order.order, order.reason, order.state), order.write_id, who.name)

    @router.get("/dial")
    async def dial(number: Annotated[str, Query(max_length=60)], who: Who) -> dict[str, str]:
        only(who, "candidate", "trainer")
        try:
            plan = exchange().dial(number, who.place)
        except DialRefused as refusal:
            raise refused_dial(refusal) from None
        return {"target": plan.target, "number": plan.number, "known_as": plan.known_as}

    @router.get("/account")
    async def account(who: Who) -> dict[str, str]:
        """The SIP account of the asker's own line."""
        only(who, "candidate", "customer", "trainer", "juror")
        found = exchange().account(who.place)
        if found is None:
            raise CtiError("no_account", 404, "Ici les téléphones ne s'enregistrent pas.", {"place": who.place})
        return {name: str(value) for name, value in asdict(found).items()}

    return router
