"""A room of several stations: each its own sitting, enrolled machines, the jury's seats, and what the exchange tells."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cti.exchange import facts as fx
from scenarios.room.core import Room
from scenarios.room.exchange import GRACE, LISTENERS_FOUND
from scenarios.room.view import room_view
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_world import CLIENT, fact, offered, write_pack
from tests.workstation.wait import wait_for


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path)


@pytest.fixture
async def exam(tmp_path: Path, pack: Path) -> AsyncIterator[ExamRoom]:
    async with open_exam_room(tmp_path / "room", pack) as opened:
        yield opened


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": str(uuid.uuid4()), **more}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def until(true: Callable[[], object], limit: float = 5.0) -> None:
    await wait_for(true, "what the room is to do", limit)


def kinds(room: Room, station: str, prefix: str = "") -> list[str]:
    return [row.kind for row in room.stations[station].case.rows() if row.kind.startswith(prefix)]


async def make_ready(desk: httpx.AsyncClient) -> None:
    for order in ("sign_in", "ready"):
        assert (await desk.post("/cti/agent", json=write(order=order))).status_code == 200


async def test_two_stations_have_each_their_own_sitting(exam: ExamRoom) -> None:
    (_, first), (_, second) = await exam.enrol("poste1"), await exam.enrol("poste2")
    one, two = (await first.get("/sitting")).json(), (await second.get("/sitting")).json()
    assert one["id"] != two["id"] or exam.room.stations["poste1"].folder != exam.room.stations["poste2"].folder
    await first.put("/crm/note/n1", json=write(version=0, fields={"contact_id": CLIENT, "text": "du poste 1"}))
    assert (await first.get("/crm/note/n1")).json()["text"] == "du poste 1"
    assert (await second.get("/crm/note/n1")).status_code == 404
    await make_ready(first)
    assert [exam.room.stations[s].board.station.agent.state for s in ("poste1", "poste2")] == ["ready", "signed_out"]


async def test_the_queue_offers_calls_to_who_is_ready_only(exam: ExamRoom) -> None:
    _, desk = await exam.enrol("poste1")
    await until(lambda: exam.exchange.ready == {"poste1": False, "poste2": False})
    await make_ready(desk)
    await until(lambda: exam.exchange.ready["poste1"])
    await desk.post("/cti/facts", json={"facts": [offered("k1", now())]})
    await until(lambda: not exam.exchange.ready["poste1"])
    assert exam.exchange.ready["poste2"] is False


async def test_a_machine_that_takes_a_place_over_finds_the_same_state_and_the_former_is_out(exam: ExamRoom) -> None:
    _, old = await exam.enrol("poste1", "PC-1")
    await make_ready(old)
    account = (await old.get("/cti/account")).json()
    assert (account["user"], account["transport"], account["label"]) == ("poste1", "tls", "Poste 1")
    sitting = (await old.get("/sitting")).json()["id"]
    _, new = await exam.enrol("poste1", "PC-7")
    assert (await new.get("/sitting")).json()["id"] == sitting
    assert (await new.get("/cti/station")).json()["agent"]["state"] == "ready"
    refusal = await old.get("/cti/station")
    assert (refusal.status_code, refusal.json()["error_id"]) == (401, "not_authorised")
    await until(lambda: exam.renewed == ["poste1"])
    view = room_view(exam.room, "jury1")
    assert [station["device"] for station in view["stations"]] == ["PC-7", ""]


async def test_a_seat_plays_for_one_station_and_says_so_to_the_exchange(exam: ExamRoom) -> None:
    juror = await exam.seat("jury1", "role_player", "poste1")
    await until(lambda: exam.exchange.players.get("poste1") == "jury1")
    other = (await exam.enrol("jury2"))[1]
    refusal = await other.put("/jury/seat", json={"role": "role_player", "station": "poste1"})
    assert (refusal.status_code, refusal.json()["error_id"]) == (409, "seat_taken")
    assert "Jury 1 joue déjà le client de Poste 1" in refusal.json()["title"]
    assert (await other.put("/jury/seat", json={"role": "observer", "station": "poste1"})).json()["me"]["station"] == "poste1"
    await juror.put("/jury/seat", json={"role": "role_player", "station": "poste2"})
    await until(lambda: exam.exchange.players == {"poste1": "", "poste2": "jury1"})
    assert ("stop", "jury1") in exam.exchange.orders  # what it heard of the former station is over


async def test_seats_and_sittings_outlive_the_room_server(tmp_path: Path, pack: Path) -> None:
    async with open_exam_room(tmp_path / "room", pack) as first:
        await first.seat("jury1", "role_player", "poste2")
        grant, desk = await first.enrol("poste1", "PC-1")
        await make_ready(desk)
        sitting = (await desk.get("/sitting")).json()["id"]
    async with open_exam_room(tmp_path / "room", pack) as again:
        await until(lambda: again.exchange.players.get("poste2") == "jury1" and again.exchange.ready.get("poste1"))
        async with again.client(grant.token) as desk:
            assert (await desk.get("/sitting")).json()["id"] == sitting
        assert room_view(again.room, "jury1")["me"]["role"] == "role_player"


async def test_a_juror_calls_as_the_persona_and_is_told_whom_he_is_called_as(exam: ExamRoom) -> None:
    juror = await exam.seat("jury1", "role_player", "poste1")
    asked = write(simulation="S1")
    call = (await juror.post("/jury/calls", json=asked)).json()
    assert call["target"] == f"sip:file-poste1@{exam.exchange.plan.server};transport=tls"
    assert call["headers"]["X-Plateau-Present-Number"] == "+33465712108"
    assert call["headers"]["X-Plateau-Present-Name"] == "Mme Léa Martin"
    assert call["headers"]["X-Plateau-Queue"] == "Service client"
    assert call["headers"]["X-Plateau-Call"] == call["call_key"]
    assert (await juror.post("/jury/calls", json=asked)).json()["call_key"] == call["call_key"]
    assert kinds(exam.room, "poste1").count("JurorCalled") == 1
    assert exam.room.stations["poste1"].sitting.current == "S1"
    persona = (await juror.get("/jury/persona/S1")).json()
    assert persona["persona"]["situation"] == "Elle déménage."
    called = [(await juror.get("/jury/who", params={"number": n})).json() for n in ("04 65 71 21 08", "0199004005", "0639980000")]
    assert [(one["kind"], one["name"]) for one in called] == [
        ("persona", "Mme Léa Martin"),
        ("service", "Service Contrats"),
        ("unknown", ""),
    ]
    assert (called[0]["simulation"], called[0]["reference"]) == ("S1", "EX-100001")


async def test_what_the_exchange_tells_is_in_the_sitting_it_is_of_and_in_no_other(exam: ExamRoom) -> None:
    emit = exam.exchange.emit
    emit(fx.Established("k9", "jury1"))  # of whose sitting is not known yet
    emit(fx.Queued("k9", "poste2", "+33465712108", "Mme Léa Martin", 1))
    emit(fx.Delivered("k9", "poste2", "jury1", "+33465712108", "Mme Léa Martin", "poste2", 3.2))
    emit(fx.Established("k9", "poste2", 4.0))
    emit(fx.Held("k9", "poste2"))
    emit(fx.Retrieved("k9", "poste2"))
    emit(fx.Cleared("k9", "poste2", 16, "raccroché"))
    told = kinds(exam.room, "poste2", "Exchange")
    assert told[1:] == [
        "ExchangeEstablished", "ExchangeQueued", "ExchangeDelivered", "ExchangeEstablished", "ExchangeHeld", "ExchangeRetrieved",
        "ExchangeCleared",
    ]  # fmt: skip
    assert told[0] == "ExchangeLinkChanged"
    assert kinds(exam.room, "poste1", "Exchange") == ["ExchangeLinkChanged"]
    rows = [row for row in exam.room.stations["poste2"].case.rows() if row.kind == "ExchangeDelivered"]
    assert (rows[0].call_key, rows[0].actor, rows[0].data["waited"]) == ("k9", "central", 3.2)


async def test_a_call_whose_station_died_is_ended_by_the_exchange(exam: ExamRoom) -> None:
    _, desk = await exam.enrol("poste1")
    await make_ready(desk)
    await desk.post("/cti/facts", json={"facts": [offered("k1", now()), fact("CallAnswered", "k1", now())]})
    board = exam.room.stations["poste1"].board
    assert board.station.agent.state == "talking"
    exam.exchange.emit(fx.Delivered("k1", "poste1"))
    exam.exchange.emit(fx.Cleared("k1", "poste1", 44))
    await until(lambda: board.station.agent.state == "wrap_up", GRACE + 3)
    assert board.station.calls["k1"].cause == "network"
    late = fact("CallEnded", "k1", now(), cause="hung_up", answered=True)
    assert (await desk.post("/cti/facts", json={"facts": [late]})).json()["refused"] == []
    assert board.station.agent.state == "wrap_up"


async def test_every_juror_sees_which_space_holds_which_call(exam: ExamRoom) -> None:
    for key, space in (("k1", "702"), ("k2", "701")):
        exam.exchange.emit(fx.Delivered(key, "poste1"))
        exam.exchange.emit(fx.Parked(key, "poste1", space))
    parked = [{"space": "701", "call_key": "k2"}, {"space": "702", "call_key": "k1"}]
    assert room_view(exam.room, "jury2")["parked"] == parked
    exam.exchange.emit(fx.Parked("k2", "poste1", ""))
    assert room_view(exam.room, "jury1")["parked"] == parked[1:]
    exam.exchange.emit(fx.LinkChanged(False))  # its calls are over; asked anew, it tells those that are not
    assert room_view(exam.room, "jury1")["parked"] == []


async def test_listening_is_in_the_journal_with_who_and_the_candidate_sees_it(exam: ExamRoom) -> None:
    await exam.enrol("poste1")
    observer = await exam.seat("jury2", "observer", "poste1")
    asked = (await observer.post("/jury/listening", json={"mode": "listen"})).json()
    assert asked["target"].startswith("sip:ecoute-")
    exam.exchange.emit(fx.ListeningBegan("jury2", "poste1"))
    assert room_view(exam.room, "jury2")["listening"]["station"] == "poste1"
    assert room_view(exam.room, "jury1")["stations"][0]["listeners"][0]["label"] == "Jury 2"
    exam.exchange.emit(fx.ListeningEnded("jury2", "poste1"))
    assert room_view(exam.room, "jury2")["listening"] is None
    rows = [row for row in exam.room.stations["poste1"].case.rows() if row.kind.startswith("ExchangeListening")]
    assert [(row.kind, row.data["listener"], row.data["label"]) for row in rows] == [
        ("ExchangeListeningBegan", "jury2", "Jury 2"),
        ("ExchangeListeningEnded", "jury2", "Jury 2"),
    ]
    assert not any("check" in row.data for row in rows)
    seen: list[str] = []

    async def send(text: str) -> None:
        seen.append(json.loads(text)["kind"])
        if seen[-1] == "ExchangeListeningEnded":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await exam.room.stations["poste1"].hub.watch("candidate", 0, send)
    assert "ExchangeListeningBegan" in seen
    assert not {"SeatTaken", "JurorCalled", "JurorHears"} & set(seen)


async def test_a_listening_that_ended_while_the_room_server_was_away_is_ended_in_the_journal(tmp_path: Path, pack: Path) -> None:
    async with open_exam_room(tmp_path / "room", pack) as first:
        first.exchange.emit(fx.ListeningBegan("jury2", "poste1"))
        first.exchange.emit(fx.ListeningBegan("jury3", "poste1"))
    async with open_exam_room(tmp_path / "room", pack) as again:
        again.exchange.emit(fx.ListeningBegan("jury3", "poste1"))  # what the exchange, asked anew, still has
        await until(lambda: "ExchangeListeningEnded" in kinds(again.room, "poste1"), LISTENERS_FOUND + 3)
        rows = [row for row in again.room.stations["poste1"].case.rows() if row.kind == "ExchangeListeningEnded"]
        assert [row.data["listener"] for row in rows] == ["jury2"]


async def test_what_is_of_practice_is_refused_in_an_exam(exam: ExamRoom, tmp_path: Path, pack: Path) -> None:
    observer = await exam.seat("jury2", "observer", "poste1")
    for mode in ("whisper", "barge"):
        answer = await observer.post("/jury/listening", json={"mode": mode})
        assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden")
    for method, path, body in (("PUT", "/jury/team", {"people": ["Ana", "Bao"]}), ("POST", "/jury/team/next", {"round": 1})):
        answer = await observer.request(method, path, json=write(**body))
        assert answer.status_code == 403 and answer.json()["title"].startswith("Pendant un examen, ")
    assert not any("team" in one for one in (await observer.get("/jury/room")).json()["stations"])
    async with open_exam_room(tmp_path / "practice", pack, mode="practice") as practice:
        trainer = await practice.seat("jury1", "observer", "poste1")
        assert (await trainer.post("/jury/listening", json={"mode": "whisper"})).status_code == 200


async def test_in_an_exam_the_jury_starts_the_simulations(exam: ExamRoom) -> None:
    _, desk = await exam.enrol("poste1")
    refusal = await desk.post("/sitting/simulations/S1/start", json=write())
    assert (refusal.status_code, refusal.json()["error_id"]) == (403, "forbidden")
    juror = await exam.seat("jury1", "role_player", "poste1")
    sealed = (await desk.get("/sitting")).text + json.dumps((await desk.get("/sitting/brief")).json()["simulations"])
    assert "Un déménagement" not in sealed and "service client" not in sealed
    assert (await juror.post("/jury/simulations/S1/start", json=write())).json()["state"] == "en cours"
    told = (await desk.get("/sitting")).json()["simulations"]
    assert [(one["title"], one["competence"]) for one in told] == [("Simulation 1", "c2"), ("Simulation 2", "")]  # who calls says why
    assert list((await desk.get("/sitting/brief")).json()["simulations"]) == ["S1"]
    assert (await juror.post("/jury/simulations/S1/end", json=write())).json()["state"] == "terminée"
    assert (await desk.get("/sitting")).json()["simulations"][0]["title"] == "Un déménagement"


async def test_a_juror_sees_nothing_of_a_station_before_sitting_there(exam: ExamRoom) -> None:
    _, juror = await exam.enrol("jury1")
    for path in ("/sitting", "/sitting/brief", "/jury/persona/S1"):
        answer = await juror.get(path)
        assert (answer.status_code, answer.json()["error_id"]) == (409, "no_station")
    view = (await juror.get("/jury/room")).json()
    assert [station["label"] for station in view["stations"]] == ["Poste 1", "Poste 2"]
    assert "briefing" not in json.dumps(view)


async def test_an_observer_may_not_play(exam: ExamRoom) -> None:
    observer = await exam.seat("jury2", "observer", "poste1")
    for method, path, body in (
        ("POST", "/jury/calls", write(simulation="S1")),
        ("POST", "/jury/simulations/S1/start", write()),
        ("GET", "/jury/who?number=15", None),
    ):
        answer = await observer.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden"), path


# --- every role on every route, of its own place and of others -------------------------------------


ROUTES: list[tuple[str, str, dict[str, Any] | None, set[str]]] = [
    ("GET", "/sitting", None, {"candidate", "juror"}),
    ("POST", "/sitting/simulations/S1/start", {"write_id": "w"}, set()),
    ("POST", "/sitting/customer/spoke", {"write_id": "w", "data": {}}, set()),
    ("GET", "/sitting/debrief/S1", None, set()),
    ("GET", "/cti/station", None, {"candidate"}),
    ("POST", "/cti/facts", {"facts": []}, {"candidate"}),
    ("POST", "/cti/agent", {"write_id": "w", "order": "sign_in"}, {"candidate"}),
    ("GET", "/cti/account", None, {"candidate", "juror"}),
    ("GET", "/crm/search?q=martin", None, {"candidate"}),
    ("GET", f"/crm/contact/{CLIENT}", None, {"candidate"}),
    ("GET", "/jury/room", None, {"juror"}),
    ("PUT", "/jury/seat", {"role": "observer", "station": "poste1"}, {"juror"}),
    ("GET", "/jury/persona/S1", None, {"juror"}),
    ("POST", "/jury/listening", {}, {"juror"}),
    ("POST", "/jury/listening/state", {"write_id": "w", "state": "quiet"}, {"juror"}),
    ("DELETE", "/jury/listening", None, {"juror"}),
    ("POST", "/jury/stream", {"simulations": ["S1"]}, set()),
    ("DELETE", "/jury/stream", None, set()),
    ("GET", "/manage/places", None, {"session_manager"}),
    ("POST", "/manage/places/poste2/code", None, {"session_manager"}),
    ("DELETE", "/manage/places/poste2", None, {"session_manager"}),
]


@pytest.mark.parametrize("role", ["candidate", "juror", "session_manager", ""])
async def test_each_route_and_each_role_of_an_exam(exam: ExamRoom, role: str) -> None:
    juror = await exam.seat("jury1", "observer", "poste1")
    clients = {"candidate": (await exam.enrol("poste1"))[1], "juror": juror, "session_manager": exam.manager, "": exam.nobody}
    for method, path, body, allowed in ROUTES:
        answer = await clients[role].request(method, path, json=body)
        refused = answer.status_code in (401, 403)
        assert refused == (role not in allowed), (method, path, role, answer.status_code, answer.text)
        if refused:
            assert set(answer.json()) == {"error_id", "title", "details"}
