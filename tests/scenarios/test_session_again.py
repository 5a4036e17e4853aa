"""What a manager's console asks again, because the answer was lost, is done once."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.exam_room import ExamRoom
from tests.scenarios.session_world import STATION, Clock, ok, opened, session_room, write


async def test_a_session_opened_twice_by_one_write_is_one_session(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        body = write(type="ccp1", title="Novembre")
        first = await ok(await room.manager.post("/session", json=body))
        assert (await ok(await room.manager.post("/session", json=body)))["id"] == first["id"]
        other = await room.manager.post("/session", json=write(type="ccp1", title="Novembre"))
        assert (other.status_code, other.json()["error_id"]) == (409, "session_open")
        for _again in range(2):
            assert await ok(await room.manager.post("/session/close", json={"session": first["id"]})) == {}
        assert (await room.manager.post("/session/close")).status_code == 409


async def test_a_candidate_and_a_sitting_asked_again_are_the_same(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await ok(await room.manager.post("/session", json={"type": "ccp1", "title": "Novembre"}))
        body = {"number": "017", "station": STATION, "third": True}
        first = await ok(await room.manager.post("/session/candidates", json=body))
        clock.advance(seconds=3)
        assert await ok(await room.manager.post("/session/candidates", json=body)) == first
        other = await room.manager.post("/session/candidates", json={**body, "station": "poste2"})
        assert (other.status_code, other.json()["error_id"]) == (409, "known_candidate")
        opening = write()
        sitting = await ok(await room.manager.post("/session/candidates/017/sitting", json=opening))
        assert await ok(await room.manager.post("/session/candidates/017/sitting", json=opening)) == sitting
        refused = await room.manager.post("/session/candidates/017/sitting", json=write())
        assert (refused.status_code, refused.json()["error_id"]) == (409, "already_opened")
        assert (await room.manager.delete("/session/candidates/017")).status_code == 409


async def test_a_candidate_named_by_mistake_goes_before_the_sitting(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": "poste2"}))
        told = await ok(await room.manager.delete("/session/candidates/018"))
        assert [one["number"] for one in told["candidates"]] == ["017"]


async def test_the_archives_made_are_listed_with_their_hashes(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        assert (await ok(await room.manager.get("/session/archives")))["archives"] == []
        await _absent(room)
        made = await ok(await room.manager.post("/session/candidates/017/archive"))
        listed = await ok(await room.manager.get("/session/archives"))
        assert [(one["name"], one["sha256"]) for one in listed["archives"]] == [(made["name"], made["sha256"])]
        assert (Path(listed["folder"]) / made["name"]).is_file()


async def _absent(room: ExamRoom) -> None:
    await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
