"""Two consoles' own links on the real room: what one juror marks is not there for the other before both have shared."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.scenarios.session_world import STATION, Clock, opened, session_room, through
from tests.workstation.wait import wait_for
from workstation.jury.console import exam_view as exam
from workstation.jury.console import writes
from workstation.jury.console.effects import JuryEffect
from workstation.jury.console.events import JuryEvent, WriteWanted
from workstation.jury.console.reducer import apply
from workstation.jury.console.state import JuryState
from workstation.jury.jury_link import JuryLink


class SideConsole:
    """A console without its screen: its reducer and its link, on the room's own app. Its sockets tell the room's views, as asked for."""

    def __init__(self, room: Any, client: httpx.AsyncClient) -> None:
        self._client, self.state = client, JuryState()
        token = client.headers["Authorization"].removeprefix("Bearer ")
        self.link = JuryLink("http://room", token, transport=httpx.ASGITransport(room.app), connect=self._connect)
        self._looks: list[asyncio.Event] = []

    @asynccontextmanager
    async def _connect(self, url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
        look = asyncio.Event()
        look.set()
        self._looks.append(look)

        async def texts() -> AsyncIterator[str]:
            while True:
                await look.wait()
                look.clear()
                if "/jury/watch" in url:
                    yield (await self._client.get("/jury/room")).text
                elif "/session/watch" in url:
                    yield json.dumps({"session": (await self._client.get("/session")).json()})

        yield texts()

    def look_again(self) -> None:
        for look in self._looks:
            look.set()

    def happens(self, event: JuryEvent) -> None:
        self.state, effects = apply(self.state, event)
        for effect in effects:
            self.act(effect)

    def act(self, effect: JuryEffect) -> None:
        self.link.carry(effect)

    async def orders(self, make: Callable[..., Any], *arguments: Any) -> None:
        id = f"{make.__name__}-{time.monotonic_ns()}"
        self.happens(WriteWanted(make(self.state, *arguments, id=id, at=time.time())))
        await wait_for(lambda: not self.state.owed, f"{make.__name__} confirmed")


@asynccontextmanager
async def beside(room: Any, client: httpx.AsyncClient) -> AsyncIterator[SideConsole]:
    one = SideConsole(room, client)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.link.run(one.happens))
        try:
            await wait_for(lambda: exam.grid(one.state), "the grid")
            yield one
        finally:
            one.link.stop()


async def test_a_mark_is_not_readable_by_the_other_until_both_share(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room, AsyncExitStack() as stack:
        await opened(room)
        await through(room, clock, "technical_interview")
        one = await stack.enter_async_context(beside(room, room.clients["jury1"]))
        two = await stack.enter_async_context(beside(room, room.clients["jury2"]))
        assert exam.candidate(one.state)["station"] == STATION and exam.pages(one.state)
        await one.orders(writes.mark, "c1.1", "constaté")
        await one.orders(writes.new_note, "c2", "pourquoi cette procédure ?")
        await two.orders(writes.mark, "c1.1", "non constaté")

        async def told_again(which: SideConsole) -> None:
            before = which.state.grid
            which.look_again()
            await wait_for(lambda: which.state.grid is not before, "the grid again")

        await told_again(two)
        assert exam.marks_of(two.state, "jury1") == {} and exam.notes(two.state) == [] and "procédure" not in json.dumps(two.state.grid)
        await one.orders(writes.share)
        await told_again(two)
        assert exam.marks_of(two.state, "jury1") == {} and list(exam.shared(two.state)) == ["jury1"]
        assert "procédure" not in json.dumps(two.state.grid)
        await two.orders(writes.share)
        assert exam.all_shared(two.state)
        assert exam.marks_of(two.state, "jury1") == {"c1.1": "constaté"} and exam.marks_of(two.state, "jury2") == {"c1.1": "non constaté"}
        assert [note.text for note in exam.notes(two.state)] == ["pourquoi cette procédure ?"]
        await one.orders(writes.mark, "c1.1", "non constaté")
        assert "elle ne change plus" in one.state.notices[-1].text
