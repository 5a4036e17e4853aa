"""The check of a room through its routes: machines that tests speak for, the fake exchange, the register."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cti.exchange.facts import LineChanged, ListeningBegan, ListeningEnded
from scenarios.room import check_run as room_check_run
from scenarios.room.check import ITEMS
from scenarios.room.check_run import RoomChecker
from scenarios.room.register import Register
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_world import offered, write_pack
from tests.scenarios.test_room_stations import now, write
from tests.workstation.wait import wait_for

LOOP = {
    "answered": True, "encrypted": True, "codec": "PCMA", "heard": True, "delay_ms": 60.0, "level": 1.0, "sound": "ok",
    "microphone": "Casque", "speaker": "Casque", "microphone_open": True, "speaker_open": True, "microphone_level": 0.01,
}  # fmt: skip


@pytest.fixture
async def exam(tmp_path: Path) -> AsyncIterator[ExamRoom]:
    async with open_exam_room(tmp_path / "room", write_pack(tmp_path)) as opened:
        yield opened


class Machine:
    """A machine of the room: `answers` gives its report of each question, None none at all."""

    def __init__(self, exam: ExamRoom, place: str) -> None:
        self.exam, self.place = exam, place
        self.asked: list[dict[str, Any]] = []
        self.skew = 0.0
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "clock": lambda q: self.look(),
            "look": lambda q: self.look(),
            "loop": lambda q: LOOP,
            "tone": lambda q: {"answered": True},
            "listen": lambda q: self.listens(),
            "stop": lambda q: {},
        }
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()

    def look(self) -> dict[str, Any]:
        return {"version": self.exam.app.version, "now": time.time() + self.skew, "phone": "ready", "registration": "registered"}

    def listens(self) -> dict[str, Any]:
        """The exchange says so, as it does of every listener, and the tone is there."""
        station = next(order[2] for order in reversed(self.exam.exchange.orders) if order[:2] == ("listen", self.place))
        self.exam.exchange.emit(ListeningBegan(self.place, station))
        self.exam.exchange.emit(ListeningEnded(self.place, station))
        return {"answered": True, "heard": True, "level": 0.2}

    async def _send(self, text: str) -> None:
        question = json.loads(text)
        self.asked.append(question)
        report = self.answers[question["ask"]](question)
        if report is not None:
            self._texts.put_nowait(json.dumps({"id": question["id"], "report": report}))

    async def _heard(self) -> AsyncIterator[str]:
        while (text := await self._texts.get()) is not None:
            yield text

    def says(self, text: str) -> None:
        self._texts.put_nowait(text)

    def leaves(self) -> None:
        self._texts.put_nowait(None)

    def asks(self, what: str) -> list[dict[str, Any]]:
        return [question for question in self.asked if question["ask"] == what]

    @asynccontextmanager
    async def here(self) -> AsyncIterator[Machine]:
        """Let in, its line registered, its socket open."""
        await self.exam.enrol(self.place, f"PC-{self.place}")
        self.exam.exchange.emit(LineChanged(self.place, True, "192.0.2.7:5061", "tls"))
        checker: RoomChecker = self.exam.app.state.checker
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(checker.machines.serve(self.place, self._heard(), self._send))
            await wait_for(lambda: checker.machines.here(self.place), "the machine to be there")
            yield self
            serving.cancel()


@asynccontextmanager
async def machines(exam: ExamRoom, *places: str) -> AsyncIterator[dict[str, Machine]]:
    async with AsyncExitStack() as stack:
        yield {place: await stack.enter_async_context(Machine(exam, place).here()) for place in places}


async def check(exam: ExamRoom, within: float = 40.0) -> dict[str, Any]:
    """Start one and wait for its end."""
    answer = await exam.manager.post("/manage/check")
    assert answer.status_code == 202, answer.text
    return await ended(exam, within)


async def ended(exam: ExamRoom, within: float = 40.0) -> dict[str, Any]:
    checker: RoomChecker = exam.app.state.checker
    await wait_for(lambda: checker.state["state"] in ("done", "abandoned"), f"the check to end, {checker.state}", within)
    told: dict[str, Any] = (await exam.manager.get("/manage/check")).json()
    return told


def cells(told: dict[str, Any], place: str) -> dict[str, str]:
    found = next(one for one in told["result"]["places"] if one["id"] == place)
    return {item: f"{cell['state']} {cell['why']}" for item, cell in found["cells"].items()}


async def test_a_good_room_goes_and_is_kept_in_the_register(exam: ExamRoom, tmp_path: Path) -> None:
    assert (await exam.manager.get("/manage/check")).json() == {"state": "never"}
    async with machines(exam, "poste1", "poste2", "jury1") as here:
        told = await check(exam)
        assert told["state"] == "done" and told["result"]["verdict"] == "go" and told["result"]["kept"]
        assert [one["id"] for one in told["result"]["places"]] == ["poste1", "poste2", "jury1", "jury2", "jury3"]
        for place in here:
            assert {item: state for item, state in cells(told, place).items() if item not in ("printer",)} == {
                "version": "ok version", "clock": "ok clock", "line": "ok registered", "secret": "ok secret", "loop": "ok echo",
                "headset": "ok headset", "listening": "ok heard",
            }  # fmt: skip
        assert cells(told, "jury2")["version"] == "warning not_enrolled"
        assert here["poste1"].asks("loop")[0]["target"] == f"sip:600@{exam.exchange.plan.server};transport=tls"
        assert here["poste2"].asks("tone")[0]["target"] == f"sip:601@{exam.exchange.plan.server};transport=tls"
        assert [order[:4] for order in exam.exchange.orders if order[0] == "listen"] == [
            ("listen", "jury1", "poste1", "listen"),
            ("listen", "jury1", "poste2", "listen"),
        ]
        assert here["jury1"].asks("tone") == [] and here["poste1"].asks("listen") == []
        rows = exam.room.stations["poste1"].case.rows()
        assert {row.data["check"] for row in rows if row.kind.startswith("ExchangeListening")} == {True}  # no news for who observes
        assert all(machine.asked[-1]["ask"] == "stop" for machine in here.values())
    exam.exchange.emit(ListeningBegan("jury1", "poste1"))
    assert "check" not in exam.room.stations["poste1"].case.rows()[-1].data
    register = Register.open(tmp_path / "room" / "register.db")
    try:
        kept = register.checks()[0]
    finally:
        register.close()
    assert kept.verdict == "go" and set(kept.measurements) == {"poste1", "poste2", "jury1", "jury2", "jury3"}
    assert kept.measurements["poste1"]["loop"]["values"] == {"delay_ms": 60, "level": 1.0}


async def test_every_fault_is_told_at_its_place(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "poste2", "jury1") as here:
        here["poste1"].skew = -2.5
        here["poste1"].answers["loop"] = lambda q: {**LOOP, "heard": False, "muted": True}
        here["poste2"].answers["look"] = lambda q: {**here["poste2"].look(), "printer": "ipp://p/q", "printer_state": "unreachable"}
        here["poste2"].answers["loop"] = lambda q: {**LOOP, "answered": False, "why": "no_answer"}
        exam.exchange.emit(LineChanged("poste2", False, reachable=False))
        told = await check(exam)
    assert told["result"]["verdict"] == "no_go"
    one, two = cells(told, "poste1"), cells(told, "poste2")
    assert (one["clock"], one["loop"], one["listening"]) == ("failed clock", "failed muted", "ok heard")
    assert (two["line"], two["loop"], two["printer"], two["listening"]) == (
        "failed not_registered", "failed no_call", "failed printer_unreachable", "failed no_line",
    )  # fmt: skip
    assert here["poste2"].asks("tone") == []
    skew = next(place for place in told["result"]["places"] if place["id"] == "poste1")["cells"]["clock"]["values"]["skew"]
    assert skew == pytest.approx(-2.5, abs=0.3)


async def test_a_deaf_seat_is_told_from_a_mute_station_by_a_crossed_round(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "poste2", "jury1", "jury2") as here:
        here["jury2"].answers["listen"] = lambda q: {"answered": True, "heard": False}
        told = await check(exam)
    assert {place: cells(told, place)["listening"] for place in here} == {
        "poste1": "ok heard", "poste2": "ok heard", "jury1": "ok heard", "jury2": "failed deaf",
    }  # fmt: skip
    assert told["result"]["verdict"] == "no_go"


async def test_a_listening_that_the_journal_does_not_tell_of_is_no_proof(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:
        here["jury1"].answers["listen"] = lambda q: {"answered": True, "heard": True, "level": 0.2}
        told = await check(exam)
    assert cells(told, "poste1")["listening"] == cells(told, "jury1")["listening"] == "failed not_journaled"


async def test_the_time_of_a_check_is_bounded_whatever_hangs(exam: ExamRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = room_check_run
    assert max(steps.LOOP_WITHIN, 2 * steps.LOOK_WITHIN) + steps.LISTENING_WITHIN + 2 * steps.STOP_WITHIN < 60
    monkeypatch.setattr(steps, "LISTENING_WITHIN", 0.3)
    async with machines(exam, "poste1", "poste2", "jury1") as here:
        here["jury1"].answers["listen"] = lambda q: None
        told = await check(exam, 10)
        assert here["poste1"].asked[-1]["ask"] == "stop"
    assert {cells(told, place)["listening"] for place in ("poste1", "poste2", "jury1")} == {"failed no_ear"}


async def test_closed_desks_and_machines_that_say_nothing_are_told(exam: ExamRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.room.check_run.LOOK_WITHIN", 0.3)
    monkeypatch.setattr("scenarios.room.check_run.LOOP_WITHIN", 0.3)
    await exam.enrol("jury2", "PC-J2")
    async with machines(exam, "poste1", "poste2", "jury1") as here:
        for what in ("clock", "look"):
            here["poste1"].answers[what] = lambda q: None
        here["poste2"].answers["loop"] = lambda q: {"answered": "peut-être"}
        told = await check(exam)
    assert cells(told, "jury2")["version"] == "failed closed"
    assert cells(told, "poste1")["version"] == "failed silent" and cells(told, "poste1")["listening"] == "ok heard"
    assert cells(told, "poste2")["loop"] == "failed silent"


async def test_a_machine_that_leaves_in_the_middle_is_known_at_once(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:

        def leave(question: dict[str, Any]) -> None:
            here["poste1"].leaves()

        here["poste1"].answers["loop"] = leave
        began = time.monotonic()
        told = await check(exam)
        assert time.monotonic() - began < 5
    assert cells(told, "poste1")["loop"] == "failed silent" and cells(told, "jury1")["listening"] == "failed no_station"


async def test_what_a_machine_says_unasked_changes_nothing(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:
        for text in ("", "[]", "{", '{"id": 1}', '{"id": 999, "report": {}}', '{"id": "x", "report": {}}', '{"id": 1, "report": 4}'):
            here["poste1"].says(text)
        assert (await check(exam))["result"]["verdict"] == "go"


async def test_a_room_that_works_is_left_alone(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:
        await exam.seat("jury1", "role_player", "poste1")
        started = await exam.clients["jury1"].post("/jury/simulations/S1/start", json=write())
        assert started.status_code == 200, started.text
        answer = await exam.manager.post("/manage/check")
        assert answer.status_code == 409 and answer.json()["error_id"] == "check_refused"
        assert answer.json()["title"] == "Poste 1 joue la simulation S1 : le contrôle attendra la fin."
        assert here["poste1"].asked == []


async def test_a_candidate_in_a_call_is_left_alone(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1"):
        await exam.clients["poste1"].post("/cti/facts", json={"facts": [offered("key-1", now())]})
        answer = await exam.manager.post("/manage/check")
        assert answer.status_code == 409 and "Poste 1 est en communication" in answer.json()["title"]


async def test_a_simulation_that_begins_ends_the_check(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:
        await exam.seat("jury1", "role_player", "poste1")
        here["poste1"].answers["loop"] = lambda q: None  # it takes its time
        assert (await exam.manager.post("/manage/check")).status_code == 202
        assert (await exam.manager.post("/manage/check")).json()["error_id"] == "check_running"
        await wait_for(lambda: here["poste1"].asks("loop"), "the loop to be asked")
        await exam.clients["jury1"].post("/jury/simulations/S1/start", json=write())
        told = await ended(exam, 5)
        assert told == {"state": "abandoned", "title": "Poste 1 joue la simulation S1 : le contrôle a été abandonné."}
        assert here["poste1"].asked[-1]["ask"] == "stop"
    assert [kind for kind in (row.kind for row in exam.room.stations["poste1"].case.rows()) if kind.startswith("Call")] == []


async def test_a_ready_agent_is_offered_calls_again_afterwards(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1") as here:
        for order in ("sign_in", "ready"):
            await exam.clients["poste1"].post("/cti/agent", json=write(order=order))
        await wait_for(lambda: exam.exchange.ready["poste1"], "the agent to be ready")

        def call(question: dict[str, Any]) -> dict[str, Any]:
            exam.exchange.ready["poste1"] = False  # as the exchange does by itself at each call
            return LOOP

        here["poste1"].answers["loop"] = call
        await check(exam)
        await wait_for(lambda: exam.exchange.ready["poste1"], "the agent to be offered calls")


async def test_a_check_can_be_run_again_and_is_only_the_manager_s(exam: ExamRoom) -> None:
    async with machines(exam, "poste1", "jury1"):
        assert (await check(exam))["result"]["verdict"] == "go"
        assert (await check(exam))["result"]["verdict"] == "go"
        for client in (exam.clients["poste1"], exam.clients["jury1"]):
            assert (await client.post("/manage/check")).status_code == 403
            assert (await client.get("/manage/check")).status_code == 403


async def test_an_empty_room_does_not_go(exam: ExamRoom) -> None:
    told = await check(exam)
    assert told["result"]["verdict"] == "no_go"
    assert all(
        cells(told, one["id"]) == {**dict.fromkeys(ITEMS, "none "), "version": "warning not_enrolled"} for one in told["result"]["places"]
    )
