"""An exam session of tests: a room with a clock of its own, a session with its people, one candidate whose sitting is open."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_world import write_pack

STATION = "poste1"


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


def write(**body: Any) -> dict[str, Any]:
    return {"write_id": uuid.uuid4().hex, **body}


@asynccontextmanager
async def session_room(tmp_path: Path, clock: Clock) -> AsyncIterator[ExamRoom]:
    pack = tmp_path / "petit"
    if not pack.exists():
        write_pack(tmp_path)
    async with open_exam_room(tmp_path / "salle", pack, now=clock) as room:
        yield room


async def ok(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


async def opened(room: ExamRoom, kind: str = "ccp1", **candidate: Any) -> httpx.AsyncClient:
    """A session with one candidate, whose clean sitting is open; the candidate's client."""
    people = [
        {"place": "jury1", "role": "juror", "name": "Mme A"},
        {"place": "jury2", "role": "juror", "name": "M. B"},
        {"place": "surveillance", "role": "invigilator", "name": "M. S"},
    ]
    await ok(await room.manager.post("/session", json={"type": kind, "title": "Novembre", "people": people}))
    await ok(await room.manager.post("/session/candidates", json={"number": "017", "station": STATION, **candidate}))
    await ok(await room.manager.post("/session/candidates/017/sitting"))
    await room.seat("jury1", "role_player", STATION)
    await room.seat("jury2", "observer", STATION)
    return (await room.enrol(STATION))[1]


async def phase(room: ExamRoom, clock: Clock, name: str, *, minutes: float = 0.0) -> None:
    """That phase begun, some minutes of it passed."""
    await ok(await room.manager.post(f"/session/stations/{STATION}/start", json=write(phase=name)))
    clock.advance(minutes=minutes)


async def through(room: ExamRoom, clock: Clock, last: str) -> None:
    """Every phase begun and ended up to `last`, which is under way."""
    for one in (run.plan.id for run in room.room.stations[STATION].course.course.phases.values()):
        await phase(room, clock, one)
        if one == last:
            return
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase=one)))
