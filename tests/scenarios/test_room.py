"""The room's API in this process: a whole simulation, who may do what, and how every failure is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from scenarios.debrief import DebriefReport
from scenarios.room.access import BODY_LIMIT, Access, Identity, NotAuthorised
from scenarios.sitting_store import read_card
from scenarios.training.kept import kept
from tests.scenarios.room_routes import LAB_ROLES, ROUTES
from tests.scenarios.room_world import CLIENT, TOKENS, RoomClients, fact, offered, open_room, write_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path)


@pytest.fixture
async def clients(tmp_path: Path, pack: Path) -> AsyncIterator[RoomClients]:
    async with open_room(tmp_path / "sitting", pack) as opened:
        yield opened


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": str(uuid.uuid4()), **more}


async def save(http: httpx.AsyncClient, kind: str, record_id: str, version: int, during: str, **fields: Any) -> dict[str, Any]:
    answer = await http.put(f"/crm/{kind}/{record_id}", json=write(version=version, fields=fields, call_key=during))
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    return saved


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def play_first_simulation(clients: RoomClients) -> None:
    """S1 as the desk plays it: called, answered, file opened, address saved, hung up, qualified, ended."""
    desk = clients.candidate
    for order in ("sign_in", "ready"):
        assert (await desk.post("/cti/agent", json=write(order=order))).status_code == 200
    assert (await desk.post("/sitting/simulations/S1/start", json=write())).status_code == 200
    await desk.post("/cti/facts", json={"facts": [offered("k1", now()), fact("CallAnswered", "k1", now())]})
    page = (await desk.get("/crm/lookup", params={"phone": "+33465712108", "call_key": "k1"})).json()
    assert [hit["contact_id"] for hit in page["hits"]] == [CLIENT]
    assert (await desk.get(f"/crm/contacts/{CLIENT}/file", params={"call_key": "k1"})).status_code == 200
    await clients.customer.post(
        "/sitting/customer/spoke", json=write(kind="CustomerSpoke", data={"text": "Bonjour.", "line_id": "bonjour"})
    )
    await clients.customer.post("/sitting/customer/spoke", json=write(kind="CustomerRevealed", data={"fact": "date"}))
    new = {"line1": "3 impasse du Colombier-Vert", "city": "Saint-Orme", "postcode": "96240", "valid_from": "2026-12-01"}
    await save(desk, "address", "new-address", 0, "k1", contact_id=CLIENT, **new)
    await desk.post("/cti/facts", json={"facts": [fact("CallEnded", "k1", now(), cause="hung_up", answered=True)]})
    refusal = await desk.post("/sitting/simulations/S1/end", json=write())
    assert (refusal.status_code, refusal.json()["error_id"]) == (409, "not_finished")
    assert "un appel reste à qualifier" in refusal.json()["title"]
    await save(desk, "interaction", "i1", 0, "k1", contact_id=CLIENT, call_key="k1", result="ABOUTI", codes=["MAJ_DOSSIER"])
    station = (await desk.get("/cti/station")).json()
    assert (station["agent"]["state"], station["agent"]["unqualified"]) == ("not_ready", [])
    assert (await desk.post("/sitting/simulations/S1/end", json=write())).status_code == 200


async def test_a_simulation_from_its_start_to_its_debrief(clients: RoomClients, tmp_path: Path) -> None:
    await play_first_simulation(clients)
    sitting = (await clients.candidate.get("/sitting")).json()
    assert [(s["id"], s["state"]) for s in sitting["simulations"]] == [("S1", "terminée"), ("S2", "à faire")]
    answer = await clients.candidate.get("/sitting/debrief/S1")
    report = DebriefReport.model_validate(answer.json())
    assert [(r.id, r.same) for r in report.records] == [("adresse", True), ("luc", True)]
    assert [(s.id, s.same) for s in report.steps] == [("ouverte", True)]
    assert [h.at is not None for h in report.hidden] == [True]
    export = await clients.candidate.get("/sitting/debrief/S1/export")
    assert export.headers["content-type"] == "text/markdown; charset=utf-8"
    assert (tmp_path / "sitting" / "debrief" / "bilan-S1.md").read_text(encoding="utf-8") == export.text
    card = read_card(tmp_path / "sitting")
    assert card is not None and card.over == ("S1",)
    assert kept(tmp_path / "sitting", "S1") == report
    progress = (await clients.candidate.get("/sitting/progress")).json()
    assert [(c["id"], [s["id"] for s in c["simulations"]]) for c in progress["competences"]] == [("c2", ["S1"])]
    assert [(f["label"], f["shown"]) for f in progress["competences"][0]["simulations"][0]["facts"]][2] == ("Fiche ouverte", [True])
    clients.room.case.verify()


async def test_what_changes_after_a_simulation_is_not_in_its_debrief(clients: RoomClients) -> None:
    await play_first_simulation(clients)
    before = (await clients.candidate.get("/sitting/debrief/S1")).json()
    await save(clients.candidate, "address", "new-address", 1, "", city="Ailleurs")
    assert (await clients.candidate.get("/sitting/debrief/S1")).json() == before


async def test_one_simulation_at_a_time_and_once(clients: RoomClients) -> None:
    desk = clients.candidate
    start = write()
    first = await desk.post("/sitting/simulations/S1/start", json=start)
    assert (await desk.post("/sitting/simulations/S1/start", json=start)).json() == first.json()
    refusals = {
        "/sitting/simulations/S1/start": "already_running",
        "/sitting/simulations/S2/start": "another_simulation_runs",
        "/sitting/simulations/S2/end": "not_started",
        "/sitting/simulations/S9/start": "unknown_simulation",
    }
    for path, error_id in refusals.items():
        assert (await desk.post(path, json=write())).json()["error_id"] == error_id
    for path in ("/sitting/simulations/S1/end", "/sitting/simulations/S2/start"):
        assert (await desk.post(path, json=start)).json()["error_id"] == "write_id_reused"
    assert (await desk.get("/sitting/debrief/S1")).json()["error_id"] == "not_over"
    await desk.post("/sitting/simulations/S1/end", json=write())
    again = await desk.post("/sitting/simulations/S1/start", json=write())
    assert (again.json()["error_id"], "nouvelle séance" in again.json()["title"]) == ("already_over", True)


async def test_the_scenario_clock_starts_with_the_simulation(clients: RoomClients) -> None:
    assert (await clients.candidate.get("/sitting")).json()["clock"]["scenario_now"] == "2026-11-23T09:40:00.000"
    await clients.candidate.post("/sitting/simulations/S2/start", json=write())
    told = (await clients.candidate.get("/sitting")).json()
    assert told["current"] == "S2"
    assert "2026-11-23T10:30:00" <= told["clock"]["scenario_now"] < "2026-11-23T10:31:00"


async def test_a_second_qualification_of_the_same_call_and_traces_told_twice_change_nothing(clients: RoomClients) -> None:
    await play_first_simulation(clients)
    trace = {"id": "t1", "at": now().isoformat(), "kind": "CueGiven", "data": {"cue": "attente"}, "call_key": "k1"}
    traces = write(traces=[trace])
    assert (await clients.candidate.post("/sitting/traces", json=traces)).json() == {"accepted": 1, "new": 1}
    assert (await clients.candidate.post("/sitting/traces", json=traces)).json() == {"accepted": 1, "new": 0}
    rows = [row for row in clients.room.case.rows() if row.kind == "AgentStateChanged"]
    await save(clients.candidate, "interaction", "i1", 1, "k1", result="NRP")
    await asyncio.sleep(0)
    assert [row for row in clients.room.case.rows() if row.kind == "AgentStateChanged"] == rows


async def test_the_brief_holds_nothing_of_persona_dialogue_or_expected(clients: RoomClients, pack: Path) -> None:
    brief = (await clients.candidate.get("/sitting/brief")).json()
    assert [d["id"] for d in brief["documents"]] == ["brief-accueil", "P-01"]
    assert brief["directory"][0]["number"] == "+33199004005"
    assert brief["simulations"]["S1"]["cues"][0] == {"id": "identification", "label": "Je vérifie son identité"}
    assert set(brief) == {
        "company",
        "documents",
        "directory",
        "codes",
        "rules",
        "simulations",
        "questionnaires",
        "trees",
        "retention",
        "campaigns",
        "canned",
        "letters",
    }
    everything = json.dumps(brief, ensure_ascii=False) + (await clients.candidate.get("/sitting")).text
    kept = [yaml.safe_load((pack / "simulations" / "S1" / f"{part}.yaml").read_text(encoding="utf-8")) for part in ("persona", "expected")]
    for secret in (kept[0]["situation"], kept[0]["hidden"][0]["fact"], kept[1]["records"][1]["label"], "robot"):
        assert secret not in everything


async def test_the_same_state_after_the_room_is_opened_again(tmp_path: Path, pack: Path) -> None:
    async with open_room(tmp_path / "sitting", pack) as first:
        await play_first_simulation(first)
        await first.customer.put("/cti/station", json={"contact": "sip:c@127.0.0.1:5"})
        wanted = [(await first.candidate.get(path)).json() for path in ("/cti/station", "/sitting/debrief/S1")]
        sitting = (await first.candidate.get("/sitting")).json()
        last = first.room.case.last_seq()
    async with open_room(tmp_path / "sitting", pack) as again:
        assert [(await again.candidate.get(path)).json() for path in ("/cti/station", "/sitting/debrief/S1")] == wanted
        told = (await again.candidate.get("/sitting")).json()
        assert {**told, "clock": {}} == {**sitting, "clock": {}}
        assert told["clock"]["scenario_now"] == sitting["clock"]["scenario_now"]
        assert again.room.case.last_seq() == last


# --- who may do what --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*sorted(LAB_ROLES), ""])
async def test_each_route_and_each_role(clients: RoomClients, role: str) -> None:
    for route in (one for one in ROUTES if one.lab is not None):
        answer = await clients.of(role).request(route.method, route.path, json=route.body)
        refused = answer.status_code in (401, 403)
        assert route.lab is not None
        assert refused == (role not in route.lab), (route.spec, role, answer.status_code)
        if refused:
            assert answer.status_code == (403 if role else 401)
            assert set(answer.json()) == {"error_id", "title", "details"}


async def test_every_route_is_in_the_table(clients: RoomClients) -> None:
    paths = (await clients.nobody.get("/openapi.json")).json()["paths"]
    offered_routes = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert offered_routes == {one.spec for one in ROUTES if one.lab is not None}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nope", f"Basic {TOKENS['trainer']}", f"Bearer {TOKENS['trainer']}x", "Bearer é"]
)
def test_only_a_whole_token_opens(header: str) -> None:
    with pytest.raises(NotAuthorised):
        Access(TOKENS).identify(header)
    assert Access(TOKENS).identify(f"bearer {TOKENS['trainer']}") == Identity("trainer", "poste1")


@pytest.mark.parametrize("tokens", [{"candidate": "short"}, {"stranger": "x" * 20}])
def test_weak_or_unknown_tokens_are_refused(tokens: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Access(tokens)


# --- failures ---------------------------------------------------------------------------------------


def traces(**trace: Any) -> bytes:
    return json.dumps(write(traces=[{"id": "x", "at": "x", **trace}])).encode()


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "error_id"),
    [
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("DELETE", "/sitting", b"", 405, "method_not_allowed"),
        ("POST", "/cti/facts", b"{", 422, "invalid_fields"),
        ("POST", "/cti/facts", b"[]", 422, "invalid_fields"),
        ("POST", "/cti/facts", b'{"facts": [{"id": "", "at": "", "fact": 3}]}', 422, "invalid_fields"),
        ("POST", "/sitting/traces", traces(kind="Nothing"), 422, "invalid_fields"),
        ("POST", "/sitting/traces", traces(kind="CueGiven", data={"x": "y" * 5000}), 422, "invalid_fields"),
        ("POST", "/cti/facts", b" " * (BODY_LIMIT + 1), 413, "body_too_large"),
    ],
)  # fmt: skip
async def test_failures_are_told_in_words(clients: RoomClients, method: str, path: str, content: bytes, status: int, error_id: str) -> None:
    answer = await clients.candidate.request(method, path, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)
    assert set(answer.json()) == {"error_id", "title", "details"}
    assert "Traceback" not in answer.text


async def test_a_body_that_announces_no_length_is_counted_as_it_comes(clients: RoomClients) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65536 + 2):
            yield b" " * 65536

    answer = await clients.candidate.post("/cti/facts", content=chunks(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_id"]) == (413, "body_too_large")


async def test_a_fault_of_ours_is_told_without_a_traceback(clients: RoomClients, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret place in the code")

    monkeypatch.setattr(clients.room.board, "take", broken)
    answer = await clients.candidate.post("/cti/facts", json={"facts": []})
    assert (answer.status_code, answer.json()["error_id"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert answer.json()["details"]["incident"] in answer.json()["title"]
