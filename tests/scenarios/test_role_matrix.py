"""Every route and every socket of an exam room, for every role, in its own sitting and for another; every kind of row, for whom."""

from __future__ import annotations

import ast
import dataclasses
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI

import cti.chat
import cti.messages
from cti.exchange import facts
from scenarios.jury import CHANGED as JURY_CHANGED
from scenarios.phases import RESUME_PROPOSED, PhaseEvent
from scenarios.room.hub import HIDDEN_FROM_CANDIDATE, TOLD_IN_EXAM, UNTOLD_IN_EXAM, Hub, may_see, told
from scenarios.room.sitting import Caption, CustomerWord, Trace
from scenarios.rotation import ROTATED, SHOWN
from scenarios.sitting import SITTING_HEADER
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_routes import EXAM_ROLES, ROUTES, SOCKETS, Route
from tests.scenarios.room_world import write_pack
from tests.scenarios.session_world import STATION, Clock, ok, write
from tests.scenarios.sockets import socket_of

REPO = Path(__file__).parents[2]
OTHER = "poste2"
REFUSED = {401, 403, 404, 409, 423}
PHASES = ("preparation", "contacts", "written")


@dataclasses.dataclass
class World:
    """Two candidates examined at once by two juries, and a seat at the first one's station that is of neither."""

    room: ExamRoom
    clients: Mapping[str, httpx.AsyncClient]

    def sitting(self, station: str) -> str:
        return self.room.room.stations[station].card.id

    async def begin(self, *phases: str) -> None:
        """At both stations, each after the end of the one before."""
        for station in (STATION, OTHER):
            for name in phases:
                run = self.room.room.stations[station].course.course.current
                if run is not None:
                    await ok(await self.room.manager.post(f"/session/stations/{station}/end", json=write(phase=run.plan.id)))
                await ok(await self.room.manager.post(f"/session/stations/{station}/start", json=write(phase=name)))


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[World]:
    pack = write_pack(tmp_path)
    async with open_exam_room(tmp_path / "salle", pack, juries=5, now=Clock()) as room:
        people = [{"place": f"jury{n}", "role": "juror", "name": f"Juré {n}"} for n in (1, 2, 3, 4)]
        people.append({"place": "surveillance", "role": "invigilator", "name": "M. S"})
        stranger = await room.seat("jury5", "observer", STATION)  # there before anybody is examined
        former = (await room.enrol(STATION))[1]
        await ok(await room.manager.post("/session", json={"type": "titre", "title": "Novembre", "people": people}))
        for number, station, jury in (("017", STATION, ["jury1", "jury2"]), ("018", OTHER, ["jury3", "jury4"])):
            await ok(await room.manager.post("/session/candidates", json={"number": number, "station": station, "jury": jury}))
            await ok(await room.manager.post(f"/session/candidates/{number}/sitting"))
        clients = {
            "candidate": (await room.enrol(STATION, "autre PC"))[1],
            "next candidate": (await room.enrol(OTHER))[1],
            "juror": await room.seat("jury1", "role_player", STATION),
            "other juror": await room.seat("jury3", "role_player", OTHER),
            "stranger": stranger,
            "invigilator": (await room.enrol("surveillance"))[1],
            "session_manager": room.manager,
            "nobody": room.nobody,
            "revoked": former,
        }
        yield World(room, clients)


def fresh(body: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**body, "write_id": str(uuid.uuid4())} if body and "write_id" in body else body


async def ask(client: httpx.AsyncClient, route: Route, path: str = "", **headers: str) -> httpx.Response:
    where = (path or route.path).replace("fresh", uuid.uuid4().hex)
    answer = await client.request(route.method, where, json=fresh(route.body), headers=headers)
    assert answer.status_code < 500, (route, answer.text)
    return answer


def of(role: str) -> str:
    """The station of a role that has a sitting."""
    return {"candidate": STATION, "juror": STATION, "next candidate": OTHER, "other juror": OTHER}.get(role, "")


async def test_each_route_for_each_role_in_its_sitting_and_for_another(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        assert set(there.clients) == set(EXAM_ROLES)
        for phase in PHASES:
            await there.begin(phase)
            for route in (one for one in ROUTES if one.phase == phase):
                for role, client in there.clients.items():
                    if station := of(role):
                        await _of_another_sitting(there, route, role, client, station)
                    answer = await ask(client, route)
                    may = role in route.exam
                    assert (answer.status_code not in (401, 403, 423)) == may, (route.spec, role, answer.status_code, answer.text)
                    if not may:
                        assert answer.status_code in REFUSED
                        assert (answer.status_code == 401) == (role in ("nobody", "revoked")), (route.spec, role)
                        assert set(answer.json()) == {"error_id", "title", "details"}


async def _of_another_sitting(there: World, route: Route, role: str, client: httpx.AsyncClient, station: str) -> None:
    """What names the other sitting is not done in this one, nor in that one."""
    if not route.of_sitting:
        return
    before = [there.room.room.stations[one].case.last_seq() for one in (STATION, OTHER)]
    other = there.sitting(OTHER if station == STATION else STATION)
    answer = await ask(client, route, **{SITTING_HEADER: other})
    if role in route.exam:
        assert (answer.status_code, answer.json()["error_id"]) == (409, "sitting_left"), (route.spec, role, answer.text)
    assert answer.status_code in REFUSED, (route.spec, role, answer.text)
    assert [there.room.room.stations[one].case.last_seq() for one in (STATION, OTHER)] == before


async def test_a_juror_orders_nothing_at_another_station(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.begin("preparation", "contacts")
        for route in (one for one in ROUTES if "/stations/" in one.path):
            for role, station in (("juror", OTHER), ("other juror", STATION), ("stranger", STATION)):
                answer = await ask(there.clients[role], route, route.path.replace(STATION, station))
                assert answer.status_code == 403, (route.spec, role, answer.text)
        seated = {"role": "observer", "station": STATION}
        for role in ("stranger", "other juror"):
            answer = await there.clients[role].put("/jury/seat", json=seated)
            assert (answer.status_code, answer.json()["error_id"]) == (403, "not_a_juror")


async def test_what_is_of_another_sitting_is_not_found_in_one_s_own(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.begin("preparation", "contacts")
        save = {"write_id": str(uuid.uuid4()), "version": 0, "fields": {"contact_id": "martin-lea", "text": "à moi"}}
        await ok(await there.clients["candidate"].put("/crm/note/mine", json=save))
        await ok(await there.clients["candidate"].get("/crm/note/mine"))
        assert (await there.clients["next candidate"].get("/crm/note/mine")).status_code == 404
        assert (await there.clients["next candidate"].post("/chat/c1/close", json=write())).status_code == 404


async def test_the_table_has_every_route(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        paths = (await there.room.nobody.get("/openapi.json")).json()["paths"]
        offered = {(method.upper(), path) for path, methods in paths.items() for method in methods}
        assert {one.spec for one in ROUTES} == offered
        assert {path.partition("?")[0] for path, _may, _of in SOCKETS} == _sockets(there.room.app)


def _sockets(app: FastAPI) -> set[str]:
    """By the source: a router's sockets are in no specification."""
    found = set()
    for path in (REPO / "scenarios" / "room").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "websocket":
                assert isinstance(node.args[0], ast.Constant)
                found.add(str(node.args[0].value))
    return found


async def test_each_socket_for_each_role(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.begin("preparation", "contacts")
        for path, may, of_sitting in SOCKETS:
            for role, client in there.clients.items():
                headers = {name: client.headers[name] for name in ("authorization",) if name in client.headers}
                async with socket_of(there.room.app, path, headers) as opened:
                    await opened.handshake()
                    assert opened.accepted == (role in may), (path, role, opened)
                if of_sitting and (station := of(role)):
                    other = there.sitting(OTHER if station == STATION else STATION)
                    async with socket_of(there.room.app, path, {**headers, SITTING_HEADER: other}) as opened:
                        await opened.closed()
                        assert opened.texts == [] and opened.code in (1008, 4009), (path, role, opened)


# --- rows -------------------------------------------------------------------------------------------

_NAMED_ELSEWHERE = {
    # calls whose kind is no literal, by file: where their kinds are listed below
    "cti/switchboard.py": 3,
    "scenarios/room/exchange.py": 1,
    "scenarios/room/live_course.py": 6,
    "scenarios/room/live_sitting.py": 4,
    "scenarios/room/live_team.py": 2,
    "scenarios/room/sitting.py": 2,
}


def _written() -> Iterator[tuple[str, str]]:
    """File and kind of each row that the program writes; kind "" where the source names it by an expression."""
    for floor in ("crm_mock", "cti", "scenarios"):
        for path in sorted((REPO / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Event", "NewRow") and node.args:
                    kinds = [one for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                    literal = isinstance(node.args[0], ast.Constant | ast.IfExp)
                    for kind in [str(one.value) for one in kinds] if literal else [""]:
                        yield path.relative_to(REPO).as_posix(), kind


def kinds() -> set[str]:
    """Every kind that may be told on a sitting's socket."""
    literal = {kind for _file, kind in _written() if kind}
    phone = {name for name in dir(cti.messages) if dataclasses.is_dataclass(getattr(cti.messages, name))}
    orders = {one.__name__ for one in get_args(cti.messages.Order)}
    exchange = {f"Exchange{name}" for name in dir(facts) if dataclasses.is_dataclass(one := getattr(facts, name)) and one not in _NOT_KEPT}
    chat = {name for name in dir(cti.chat) if dataclasses.is_dataclass(getattr(cti.chat, name)) and name.startswith("Chat")}
    bodies = {kind for model in (Trace, CustomerWord, Caption) for kind in get_args(model.model_fields["kind"].annotation)}
    simulations = {"SimulationStarted", "SimulationEnded", "SimulationReplaced", "ChatTyping", JURY_CHANGED, ROTATED, SHOWN}
    return literal | (phone - orders) | exchange | chat | bodies | simulations | {*map(str, PhaseEvent), RESUME_PROPOSED}


_NOT_KEPT = (*facts.EPHEMERAL, facts.IntruderRefused)


def test_each_kind_of_row_is_decided_for_a_candidate_in_an_exam() -> None:
    """A new kind fails here until it is in one of the two lists of the hub; one that is in none is not told."""
    assert kinds() == TOLD_IN_EXAM.keys() | UNTOLD_IN_EXAM
    assert not TOLD_IN_EXAM.keys() & UNTOLD_IN_EXAM
    unnamed: dict[str, int] = {}
    for file, kind in _written():
        unnamed[file] = unnamed.get(file, 0) + (not kind)
    assert {file: count for file, count in unnamed.items() if count} == _NAMED_ELSEWHERE


@pytest.mark.parametrize("kind", sorted(TOLD_IN_EXAM.keys() | UNTOLD_IN_EXAM | {"NeverHeardOf"}))
def test_who_hears_of_a_row_in_an_exam(kind: str) -> None:
    assert may_see("candidate", kind, "exam") == (kind in TOLD_IN_EXAM)
    assert may_see("juror", kind, "exam") and may_see("trainer", kind)
    assert may_see("candidate", kind) == (kind not in HIDDEN_FROM_CANDIDATE)


def test_of_a_row_a_candidate_is_told_the_fields_of_the_list() -> None:
    row = {"seq": 4, "kind": "PhaseFrozen", "data": {"phase": "contacts", "freeze": "f", "nature": "incident", "cause": "il pleure"}}
    assert told("candidate", row, "exam") == {**row, "data": {"phase": "contacts", "freeze": "f", "nature": "incident"}}
    assert told("juror", row, "exam") == told("candidate", row) == row


async def test_the_hub_tells_by_the_lists(tmp_path: Path) -> None:
    """A row of each kind, committed before and while one listens."""
    async with world(tmp_path) as there:
        await there.begin("preparation", "contacts")
        live = there.room.room.stations[STATION]
        assert isinstance(live.hub, Hub)
        from crm_mock.journal import Event

        data = {"phase": "contacts", "seat": "jury9", "cause": "ne pas dire"}
        every = sorted(kinds() - {*map(str, PhaseEvent), RESUME_PROPOSED})
        live.journal([Event(kind, data, "jury1", event_id=uuid.uuid4().hex) for kind in every])
        live.journal([Event("Searched", {"last": "row"}, "candidate", event_id="last")])
        heard: dict[str, set[str]] = {}
        for role in ("candidate", "juror"):
            headers = {"authorization": there.clients[role].headers["authorization"]}
            async with socket_of(there.room.app, "/events?after=0", headers) as opened:
                await opened.until('"last":"row"')
            heard[role] = {kind for kind in every if any(f'"kind":"{kind}"' in text for text in opened.texts)}
        assert heard == {"candidate": set(every) & TOLD_IN_EXAM.keys(), "juror": set(every)}
