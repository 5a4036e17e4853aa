"""The CTI's routes over a journal kept in memory: facts, orders, the station, dialling, and the same state after a restart."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cti.agent import AgentState
from cti.api import cti_router
from cti.exchange.direct import DirectExchange
from cti.switchboard import CtiError, NewRow, Switchboard, agent_dict

START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class KeptRow:
    kind: str
    actor: str
    call_key: str
    data: Mapping[str, Any]


@dataclass
class MemoryJournal:
    """`broken`: the disk is full."""

    rows: list[KeptRow] = field(default_factory=list)
    appends: int = 0
    broken: bool = False

    def append(self, rows: Sequence[NewRow]) -> object:
        if self.broken:
            raise OSError("no space left")
        self.appends += 1
        self.rows += [KeptRow(r.kind, r.actor, r.call_key, r.data) for r in rows]
        return None

    def kinds(self) -> list[str]:
        return [row.kind for row in self.rows]


class Desk:
    """A station's side of the API, with its own clock in seconds from START."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.second = 0.0
        self.board = Switchboard(self.journal, lambda: START + dt.timedelta(seconds=self.second))
        qualified = [r.call_key for r in self.journal.rows if r.kind == "Qualified"]
        self.board.restore(self.journal.rows, qualified)
        exchange = DirectExchange(lambda: self.board.customer_contact)
        app = FastAPI()
        app.include_router(cti_router(lambda who: self.board, lambda: exchange, _someone))

        @app.exception_handler(CtiError)
        async def refused(request: Request, error: CtiError) -> JSONResponse:
            return JSONResponse({"error_id": error.error_id, "title": error.title, "details": error.details}, error.status)

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://room", headers={"x-role": "candidate"})

    def fact(self, second: float, name: str, key: str = "k", **fields: Any) -> dict[str, Any]:
        body = {"type": name, "call_id": f"id-{key}", "call_key": key, **fields}
        return {"id": str(uuid.uuid4()), "at": (START + dt.timedelta(seconds=second)).isoformat(), "fact": body}

    async def tell(self, *facts: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post("/cti/facts", json={"facts": list(facts)})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def order(self, order: str, write_id: str = "", **more: str) -> httpx.Response:
        return await self.http.post("/cti/agent", json={"write_id": write_id or str(uuid.uuid4()), "order": order, **more})

    async def ready(self) -> None:
        for order in ("sign_in", "ready"):
            assert (await self.order(order)).status_code == 200

    @property
    def state(self) -> AgentState:
        return self.board.station.agent.state


@dataclass(frozen=True)
class Someone:
    role: str
    place: str = "poste1"

    @property
    def name(self) -> str:
        return self.role


def _someone(request: Request) -> Someone:
    return Someone(request.headers["x-role"])


INBOUND = {"caller": "+33465712108", "caller_name": "", "called": "", "queue": "Service client"}


def inbound(desk: Desk) -> list[dict[str, Any]]:
    return [
        desk.fact(1, "CallOffered", **INBOUND),
        desk.fact(5, "CallAnswered"),
        desk.fact(20, "CallHeld", by="local"),
        desk.fact(30, "CallResumed", by="local"),
        desk.fact(60, "CallEnded", cause="hung_up", answered=True),
    ]


async def test_a_call_from_its_facts_to_its_qualification() -> None:
    desk = Desk()
    await desk.ready()
    assert await desk.tell(*inbound(desk)) == {"accepted": 5, "refused": []}
    station = (await desk.http.get("/cti/station")).json()
    assert (station["agent"]["state"], station["agent"]["unqualified"]) == ("wrap_up", ["k"])
    assert [(c["call_key"], c["state"], c["number"], c["direction"]) for c in station["calls"]] == [
        ("k", "ended", "+33465712108", "inbound")
    ]
    refusal = await desk.order("ready")
    assert (refusal.status_code, refusal.json()["error_id"], refusal.json()["title"]) == (
        409,
        "unqualified_call",
        "Un appel reste à qualifier.",
    )
    assert (await desk.order("arm", state="ready")).json()["armed"] == "ready"
    desk.board.qualified("k")
    assert desk.state is AgentState.READY
    assert (await desk.http.get("/cti/station")).json()["calls"] == []


async def test_a_fact_and_what_follows_from_it_are_one_append() -> None:
    desk = Desk()
    await desk.ready()
    before = desk.journal.appends
    await desk.tell(*inbound(desk))
    assert desk.journal.appends == before + 1
    assert desk.journal.kinds()[2:] == [
        "CallOffered", "AgentStateChanged", "CallAnswered", "AgentStateChanged", "CallHeld", "AgentStateChanged",
        "CallResumed", "AgentStateChanged", "CallEnded", "AgentStateChanged",
    ]  # fmt: skip
    last = desk.journal.rows[-1].data
    assert (last["before"], last["after"], last["unqualified"]) == ("talking", "wrap_up", ["k"])


async def test_a_journal_that_cannot_write_leaves_everything_as_it_was() -> None:
    desk = Desk()
    await desk.ready()
    facts = inbound(desk)
    desk.journal.broken = True
    assert (await desk.http.post("/cti/facts", json={"facts": facts})).status_code == 500
    before = desk.state
    desk.journal.broken = False
    assert (await desk.tell(*facts))["accepted"] == 5
    assert (before, desk.state) == (AgentState.READY, AgentState.WRAP_UP)


async def test_facts_told_twice_are_journaled_once() -> None:
    desk = Desk()
    await desk.ready()
    facts = inbound(desk)
    await desk.tell(*facts)
    rows = list(desk.journal.rows)
    assert await desk.tell(*facts, facts[0]) == {"accepted": 6, "refused": []}
    assert desk.journal.rows == rows


@pytest.mark.parametrize("seed", range(12))
async def test_shuffled_facts_of_two_calls_end_in_the_same_state_also_after_a_restart(seed: int) -> None:
    wanted = Desk()
    await wanted.ready()
    order = random.Random(seed)
    second = [
        wanted.fact(70, "CallPlaced", "o", target="sip:+33261917044@x"),
        wanted.fact(72, "CallRang", "o"),
        wanted.fact(99, "CallEnded", "o", cause="no_answer"),
    ]
    first = inbound(wanted)
    await wanted.tell(*first, *second)
    shuffled = Desk()
    await shuffled.ready()
    for call in (first, second):
        for fact in order.sample(call, len(call)):
            await shuffled.tell(fact)

    def end(desk: Desk) -> tuple[object, ...]:
        agent = desk.board.station.agent
        return agent.state, agent.reason, agent.unqualified, {k: c.public() for k, c in desk.board.station.calls.items()}

    assert end(shuffled) == end(wanted)
    again = Desk(shuffled.journal)
    assert end(again) == end(shuffled)
    assert again.board.station.agent == shuffled.board.station.agent


async def test_an_order_told_twice_gets_its_first_answer_also_after_a_restart() -> None:
    desk = Desk()
    first = await desk.order("sign_in", "w1")
    second = await desk.order("ready", "w2")
    assert (await desk.order("sign_in", "w1")).json() == first.json()
    again = Desk(desk.journal)
    assert (await again.order("ready", "w2")).json() == second.json()
    assert again.journal.kinds() == ["AgentStateChanged", "AgentStateChanged"]
    assert agent_dict(again.board.station.agent) == second.json()


@pytest.mark.parametrize(
    ("order", "more", "status", "error_id"),
    [
        ("ready", {}, 409, "illegal_move"),
        ("sign_out", {}, 409, "illegal_move"),
        ("arm", {"state": "ready"}, 409, "illegal_move"),
        ("arm", {"state": "flying"}, 422, "unknown_state"),
        ("not_ready", {"reason": "missed"}, 422, "unknown_reason"),
        ("fly", {}, 422, None),
    ],
)
async def test_orders_that_cannot_be_are_refused_and_not_journaled(
    order: str, more: dict[str, str], status: int, error_id: str | None
) -> None:
    desk = Desk()
    answer = await desk.order(order, **more)
    assert answer.status_code == status
    assert error_id is None or answer.json()["error_id"] == error_id
    assert desk.journal.rows == []


async def test_an_illegal_fact_is_journaled_with_a_note_and_breaks_nothing() -> None:
    desk = Desk()
    await desk.ready()
    await desk.tell(desk.fact(1, "CallOffered", **INBOUND), desk.fact(2, "CallResumed", by="local"), desk.fact(3, "CallAnswered"))
    assert desk.state is AgentState.TALKING
    assert "cannot be resumed" in next(r for r in desk.journal.rows if r.kind == "CallResumed").data["misfit"]


async def test_unreadable_facts_are_named_and_the_others_taken() -> None:
    desk = Desk()
    await desk.ready()
    bad = [
        {"id": "b1", "at": "yesterday", "fact": {"type": "CallAnswered", "call_id": "x", "call_key": "x"}},
        {"id": "b2", "at": "2026-11-23T09:00:00", "fact": {"type": "CallAnswered", "call_id": "x", "call_key": "x"}},
        {"id": "b3", "at": START.isoformat(), "fact": {"type": "CallVanished"}},
        {"id": "b4", "at": START.isoformat(), "fact": {"type": "CallAnswered", "call_id": 3, "call_key": "x"}},
    ]
    answer = await desk.tell(*bad, desk.fact(1, "CallOffered", **INBOUND))
    assert answer["accepted"] == 1
    assert [r["id"] for r in answer["refused"]] == ["b1", "b2", "b3", "b4"]
    assert desk.state is AgentState.OFFERED


async def test_levels_are_not_journaled_and_other_facts_are() -> None:
    desk = Desk()
    levels = {"id": "l", "at": START.isoformat(), "fact": {"type": "LevelsMeasured", "microphone": 0.1, "speaker": 0.2}}
    muted = {"id": "m", "at": START.isoformat(), "fact": {"type": "MicrophoneMuted", "muted": True}}
    assert (await desk.tell(levels, muted))["accepted"] == 2
    assert desk.journal.kinds() == ["MicrophoneMuted"]


async def test_a_lost_phone_ends_its_calls_whatever_comes_first() -> None:
    lost = {"id": "lost", "at": (START + dt.timedelta(seconds=30)).isoformat(), "fact": {"type": "PhoneLost", "exit_code": -6}}
    for order in ((0, 1, 2), (2, 0, 1), (0, 2, 1)):
        desk = Desk()
        await desk.ready()
        facts = [desk.fact(1, "CallOffered", **INBOUND), desk.fact(5, "CallAnswered"), lost]
        await desk.tell(*(facts[n] for n in order))
        assert (desk.state, desk.board.station.agent.unqualified) == (AgentState.WRAP_UP, ("k",)), order
        end = next(r for r in desk.journal.rows if r.kind == "CallEnded")
        assert (end.actor, end.data["by"], end.data["cause"]) == ("système", "system", "fault")


async def test_a_station_that_comes_back_without_a_call_shows_it_was_cut() -> None:
    desk = Desk()
    await desk.ready()
    await desk.tell(*inbound(desk)[:2])
    place = {"contact": "sip:poste@127.0.0.1:5070", "engine": "pjsua2", "capabilities": ["hold"]}
    assert (await desk.http.put("/cti/station", json=place)).json()["agent"]["state"] == "talking"
    assert (await desk.http.put("/cti/station", json={**place, "calls": ["k"]})).json()["agent"]["state"] == "talking"
    before = {**place, "calls": [], "as_of": "2020-01-01T00:00:00+00:00"}  # a list made before the call, and overtaken by it
    assert (await desk.http.put("/cti/station", json=before)).json()["agent"]["state"] == "talking"
    desk.second = 100
    told = (await desk.http.put("/cti/station", json={**place, "calls": []})).json()
    assert (told["agent"]["state"], told["agent"]["unqualified"]) == ("wrap_up", ["k"])
    assert [(c["state"], c["cause"], c["ended_by"]) for c in told["calls"]] == [("ended", "fault", "system")]
    assert desk.journal.kinds().count("StationConnected") == 1
    again = Desk(desk.journal)
    assert again.board.station == desk.board.station


async def test_a_qualification_the_last_stop_left_undone_is_followed_at_restart() -> None:
    desk = Desk()
    await desk.ready()
    await desk.tell(*inbound(desk))
    desk.journal.rows.append(KeptRow("Qualified", "candidate", "k", {}))
    again = Desk(desk.journal)
    assert again.state is AgentState.NOT_READY
    assert again.journal.rows[-1].data["reason"] == "after_call"
    assert Desk(again.journal).board.station.agent == again.board.station.agent


async def test_dialling_leads_to_the_customer_once_he_has_said_where_he_is() -> None:
    desk = Desk()
    away = await desk.http.get("/cti/dial", params={"number": "02 61 91 70 44"})
    assert (away.status_code, away.json()["error_id"]) == (503, "nobody_there")
    customer = {"x-role": "customer"}
    assert (await desk.http.put("/cti/station", json={"contact": "sip:c@127.0.0.1:40000"}, headers=customer)).status_code == 200
    there = await desk.http.get("/cti/dial", params={"number": "02 61 91 70 44"})
    assert there.json() == {"target": "sip:+33261917044@127.0.0.1:40000", "number": "+33261917044", "known_as": ""}
    emergency = await desk.http.get("/cti/dial", params={"number": "112"})
    assert (emergency.status_code, emergency.json()["error_id"]) == (422, "emergency_number")
    assert (await desk.http.get("/cti/station", headers=customer)).json()["customer"] == "sip:c@127.0.0.1:40000"
    assert "customer" not in (await desk.http.get("/cti/station")).json()
    assert Desk(desk.journal).board.customer_contact == "sip:c@127.0.0.1:40000"


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        ("GET", "/cti/station", None, {"candidate", "customer", "trainer"}),
        ("PUT", "/cti/station", {"contact": "sip:x@127.0.0.1:1"}, {"candidate", "customer"}),
        ("POST", "/cti/facts", {"facts": []}, {"candidate"}),
        ("POST", "/cti/agent", {"write_id": "w", "order": "sign_in"}, {"candidate"}),
        ("GET", "/cti/dial?number=0261917044", None, {"candidate", "trainer"}),
    ],
)
@pytest.mark.parametrize("role", ["candidate", "customer", "trainer"])
async def test_who_may_do_what(method: str, path: str, body: dict[str, Any] | None, allowed: set[str], role: str) -> None:
    desk = Desk()
    answer = await desk.http.request(method, path, json=body, headers={"x-role": role})
    assert (answer.status_code == 403) == (role not in allowed)
