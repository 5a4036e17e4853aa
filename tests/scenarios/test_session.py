"""An exam session through its routes: opened by the manager, phases on the room's clock, what a candidate's station may be used for."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest

from crm_mock.models import Reply
from scenarios.phases import GRACE_SECONDS
from scenarios.room.gates import needed
from tests.scenarios.exam_room import ExamRoom
from tests.scenarios.room_routes import ROUTES, Route
from tests.scenarios.session_world import STATION, Clock, ok, opened, session_room, through, write
from tests.workstation.wait import wait_for


def course(room: ExamRoom) -> dict[str, Any]:
    found = room.room.stations[STATION].course.view()
    assert found is not None
    return found


async def test_phases_open_the_station_for_what_they_are_for(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        candidate = await opened(room)
        assert (await candidate.get("/sitting")).json()["course"]["next"] == "preparation"
        closed = await candidate.get("/sitting/brief")
        assert (closed.status_code, closed.json()["error_id"]) == (423, "not_open")
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation")))
        await ok(await candidate.get("/sitting/brief"))
        for method, path in (("GET", "/crm/search?q=martin"), ("POST", "/cti/agent"), ("PUT", "/crm/note/n1"), ("GET", "/crm/products?q=")):
            assert (await candidate.request(method, path, json={})).status_code == 423, path
        clock.advance(minutes=30)
        await wait_for(lambda: course(room)["next"] == "contacts", "the preparation to end by itself")
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="contacts")))
        await ok(await candidate.get("/crm/search?q=martin"))
        await ok(await candidate.post("/cti/agent", json=write(order="sign_in")))
        clock.advance(minutes=45, seconds=1)
        await wait_for(lambda: course(room)["opens"] == ["file"], "the hard stop")
        assert (await candidate.get("/crm/search?q=martin")).status_code == 423
        assert (await candidate.put("/crm/note/n1", json={})).status_code == 422  # open, though this body says nothing
        clock.advance(seconds=GRACE_SECONDS)
        await wait_for(lambda: course(room)["opens"] == [], "the end of the grace")
        assert (await candidate.put("/crm/note/n1", json={})).status_code == 423
        assert (await candidate.post("/cti/facts", json={"facts": []})).status_code == 200  # what the phone tells is never lost


async def test_the_clock_is_the_same_to_the_second_after_a_crash(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room, third=True)
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation")))
        before = course(room)
    clock.advance(minutes=7)
    async with session_room(tmp_path, clock) as room:
        assert course(room) == before
        assert next(one for one in before["phases"] if one["id"] == "preparation")["seconds"] == 40 * 60
        clock.advance(minutes=33)
        await wait_for(lambda: course(room)["next"] == "contacts", "the end, where it was")
        ended = next(row for row in room.room.stations[STATION].case.rows() if row.kind == "PhaseExpired")
        assert dt.datetime.fromisoformat(ended.data["at"]) == Clock().now + dt.timedelta(minutes=40)


async def test_an_incident_stops_everything_until_jury_and_manager_have_decided_the_same(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        candidate = await opened(room)
        juror = room.clients["jury2"]
        _grant, invigilator = await room.enrol("surveillance")
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation")))
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase="preparation")))
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="contacts")))
        clock.advance(minutes=5)
        told = await ok(await invigilator.post(f"/session/stations/{STATION}/freeze", json=write(cause="Coupure réseau")))
        assert told["candidates"][0]["course"]["frozen"]["by"] == "invigilator"
        refused = await candidate.get("/crm/search?q=martin")
        assert (refused.status_code, refused.json()["error_id"]) == (423, "frozen")
        clock.advance(minutes=20)
        assert (await invigilator.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu"))).status_code == 403
        await ok(await juror.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu", given=120, remark="RAS")))
        assert course(room)["frozen"]["proposed"]["jury"]["given"] == 120
        await ok(await room.manager.post(f"/session/stations/{STATION}/resume", json=write(choice="rejoué", given=120)))
        assert course(room)["frozen"] is not None  # they do not say the same
        await ok(await room.manager.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu", given=120)))
        assert course(room)["frozen"] is None
        run = room.room.stations[STATION].course.course.phases["contacts"]
        assert run.remaining(clock()) == 40 * 60 + 120
        (freeze,) = room.room.stations[STATION].course.course.freezes
        assert set(freeze.decided_by) == {"jury2", "session_manager"} and freeze.remark == "RAS"


async def test_a_session_says_whether_replies_may_be_checked(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        people = [{"place": "jury1", "role": "juror", "name": "Mme A"}, {"place": "jury2", "role": "juror", "name": "M. B"}]
        opening = {"type": "ccp1", "title": "Novembre", "people": people, "settings": {"spellcheck": True}}
        await ok(await room.manager.post("/session", json=opening))
        await ok(await room.manager.post("/session/candidates", json={"number": "017", "station": STATION}))
        await ok(await room.manager.post("/session/candidates/017/sitting"))
        live = room.room.stations[STATION]
        assert live.spellcheck and live.case.spellcheck and live.sitting.opened["session"]["settings"]["spellcheck"] is True
        assert (await ok(await (await room.enrol(STATION))[1].get("/sitting")))["spellcheck"] is True
        live.allow_spellcheck(False)  # the session's word stands
        assert live.spellcheck and [row.kind for row in live.case.rows() if row.kind == "SpellcheckSet"] == []


async def test_a_late_candidate_does_not_move_the_end(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room, starts_at=clock().isoformat())
        clock.advance(minutes=10)
        await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase="preparation", late=True)))
        (run,) = [one for one in course(room)["phases"] if one["id"] == "preparation"]
        assert dt.datetime.fromisoformat(run["ends_at"]) == Clock().now + dt.timedelta(minutes=30)


async def test_the_next_candidate_has_a_clean_sitting_at_the_same_station(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        first = room.room.stations[STATION].card.id
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": STATION}))
        taken = await room.manager.post("/session/candidates/018/sitting")
        assert (taken.status_code, taken.json()["error_id"]) == (409, "station_taken")
        await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
        await ok(await room.manager.post("/session/candidates/018/sitting"))
        live = room.room.stations[STATION]
        assert live.card.id != first and live.case.rows(0, 1)[0].kind == "SittingOpened"
        assert live.sitting.opened["session"]["candidate"] == "018"
        assert (await room.manager.post("/session/close")).status_code == 409
        await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
        assert await ok(await room.manager.post("/session/close")) == {}


async def test_what_a_seat_is_told_is_of_its_own_station_only(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": "poste2", "variant": ""}))
        _grant, invigilator = await room.enrol("surveillance")
        mine = (await room.clients["jury1"].get("/session")).json()
        assert [one["number"] for one in mine["candidates"]] == ["017"] and "variant" not in mine["candidates"][0]
        watched = (await invigilator.get("/session")).json()
        assert [one["number"] for one in watched["candidates"]] == ["017", "018"]
        for path in ("/sitting", "/sitting/brief", "/crm/search?q=a", "/jury/room", "/jury/persona/S1"):
            assert (await invigilator.get(path)).status_code in (403, 404), path


@pytest.mark.parametrize("route", [one for one in ROUTES if one.lab and "candidate" in one.lab], ids=lambda one: " ".join(one.spec))
def test_the_table_of_gates_names_each_route_of_a_candidate(route: Route) -> None:
    """What it does not name is refused in an exam: practice's own routes, and beginning a simulation."""
    assert (needed(route.method, route.path.partition("?")[0]) is None) == ("candidate" not in route.exam)


async def test_in_the_grace_a_reply_is_handed_in_as_it_was_kept(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        candidate = await opened(room)
        await through(room, clock, "written")

        async def save(version: int, ident: str = "r1", **fields: Any) -> tuple[int, str]:
            body = {"write_id": str(uuid.uuid4()), "version": version, "fields": fields}
            answer = await candidate.put(f"/crm/reply/{ident}", json=body)
            return answer.status_code, answer.json().get("error_id", "")

        text = {"subject": "Votre demande", "body": "Madame, nous confirmons."}
        begun = {"contact_id": "martin-lea", "simulation": "S1", "channel": "e-mail", "sent_to": "lea@courriel.example", **text}
        assert await save(0, **begun) == (200, "")
        clock.advance(minutes=15, seconds=1)
        await wait_for(lambda: course(room)["opens"] == ["hand_in"], "the hard stop")
        assert await save(1, body="Madame, nous confirmons tout.") == (423, "text_closed")
        assert await save(1, status="remise", body="Autre chose.") == (423, "text_closed")
        assert await save(0, "r2", **begun) == (423, "text_closed")
        assert await save(0, "r2") == (423, "text_closed")
        assert (await candidate.get("/sitting/replies/r1/pdf")).status_code == 200
        assert await save(1, status="remise", **text) == (200, "")  # asked with the text it has
        clock.advance(seconds=GRACE_SECONDS)
        await wait_for(lambda: course(room)["opens"] == [], "the end of the grace")
        assert await save(2, status="remise") == (423, "not_open")
        (kept,) = room.room.stations[STATION].case.all(Reply)
        assert (kept.body, kept.status) == (text["body"], "remise")
