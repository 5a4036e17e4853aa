"""The link to the room: told once, in order, over a room that goes away and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from scenarios.customer.room_side import Owed, RoomSide
from tests.scenarios.customer.fake_room import TOKEN, FakeRoom


class Heard:
    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.news = asyncio.Condition()

    async def row(self, row: Mapping[str, Any]) -> None:
        async with self.news:
            self.rows.append(row)
            self.news.notify_all()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: len(self.rows) >= count)


@asynccontextmanager
async def running(side: RoomSide) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(side.run())
        try:
            yield
        finally:
            task.cancel()
    await side.leave()


async def test_what_was_said_while_the_room_was_away_arrives_once_and_in_order() -> None:
    room, heard = FakeRoom(), Heard()
    async with room.open() as port:
        pass
    side = RoomSide(f"http://127.0.0.1:{port}", TOKEN, heard.row)
    async with running(side):
        side.reached_at("sip:client@127.0.0.1:5099")
        for n in range(3):
            side.spoke("CustomerSpoke", {"text": f"phrase {n}"}, "k")
        assert side.owing == 3
        confirmed = asyncio.Event()
        side.owe(Owed("POST", "/last", {}, lambda code, said: confirmed.set()))
        room.fail_next = 2  # and the first answers are lost
        async with room.open(port), asyncio.timeout(20):
            await confirmed.wait()
            assert [data["text"] for data in room.spoken()] == ["phrase 0", "phrase 1", "phrase 2"]
            assert room.contact == "sip:client@127.0.0.1:5099"


async def test_rows_are_heard_once_from_where_it_left_off() -> None:
    room, heard = FakeRoom(), Heard()
    await room.row("SimulationStarted", simulation="S1")
    async with room.open() as port:
        side = RoomSide(room.url, TOKEN, heard.row)
        async with running(side):
            await room.row("AgentStateChanged", after="ready")
            await heard.until(2)
            async with asyncio.timeout(10):
                await side.connected.wait()
    # the room stops and starts again, the journal went on
    side = RoomSide(room.url, TOKEN, heard.row)
    side.seq = 2
    await room.row("CallOffered")
    async with room.open(port), running(side):
        await heard.until(3)
    assert [row["kind"] for row in heard.rows] == ["SimulationStarted", "AgentStateChanged", "CallOffered"]
    assert room.asked_after[0] == 0 and room.asked_after[-1] == 2


async def test_a_socket_that_breaks_is_opened_again_after_the_last_row() -> None:
    room, heard = FakeRoom(), Heard()
    async with room.open() as port:
        pass
    side = RoomSide(room.url, TOKEN, heard.row)
    async with running(side):
        async with room.open(port):
            await room.row("SimulationStarted", simulation="S1")
            await heard.until(1)
        await room.row("SimulationEnded", simulation="S1")
        async with room.open(port):
            await heard.until(2)
    assert [row["kind"] for row in heard.rows] == ["SimulationStarted", "SimulationEnded"]
    assert room.asked_after == [0, 1]


async def test_a_refused_write_is_not_sent_again_and_its_maker_is_told() -> None:
    room, heard = FakeRoom(), Heard()
    room.links["LP-1"] = {"id": "LP-1", "version": 3, "status": "envoyé"}
    answers: list[int] = []
    async with room.open():
        side = RoomSide(room.url, TOKEN, heard.row)
        async with running(side):
            body = {"version": 1, "fields": {"status": "ouvert"}, "call_key": ""}
            side.owe(Owed("PUT", "/crm/payment_link/LP-1", body, lambda code, said: answers.append(code)))
            side.spoke("CustomerSpoke", {"text": "après"}, "")
            await room.until(lambda: len(room.spoken()) == 1, "what came after the refusal")
    assert answers == [409] and room.links["LP-1"]["status"] == "envoyé"


async def test_a_room_that_does_not_know_us_gives_no_answer() -> None:
    room, heard = FakeRoom(), Heard()
    async with room.open():
        side = RoomSide(room.url, TOKEN, heard.row)
        assert await side.ask("/sitting") == {"id": "sitting-1"}
        assert await side.ask("/elsewhere") is None
        await side.leave()
    side = RoomSide(room.url, TOKEN, heard.row)
    assert await side.ask("/sitting") is None
    await side.leave()
