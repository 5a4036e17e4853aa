"""A session console on the real room of this process: its requests by ASGI, its socket by what the room tells its watchers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from textual.pilot import Pilot

from scenarios.room.access import Identity
from tests.scenarios.exam_room import ExamRoom
from tests.scenarios.session_world import Clock, session_room
from tests.workstation.wait import wait_for
from workstation.session.app import SessionApp
from workstation.session.session_link import SessionLink
from workstation.session.state import Role

PLACES = {"session_manager": "direction", "invigilator": "surveillance"}


class Wire(httpx.AsyncBaseTransport):
    """The way to the room. `down`: nothing answers; `lost` answers are done there and never come back."""

    def __init__(self, room: ExamRoom) -> None:
        self._inner = httpx.ASGITransport(room.app, raise_app_exceptions=False)
        self.down, self.lost = False, 0
        self.sent: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down", request=request)
        self.sent.append((request.method, request.url.path))
        answer = await self._inner.handle_async_request(request)
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("lost", request=request)
        return answer


@dataclass
class Console:
    app: SessionApp
    pilot: Pilot[int]
    room: ExamRoom
    wire: Wire
    clock: Clock
    linked: AsyncExitStack

    def screen(self) -> str:
        """What is to be read, line by line."""
        width = self.app.size.width
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.crop(0, width).text.rstrip() for strip in lines)

    async def until(self, *texts: str, gone: str = "") -> str:
        """Wait until all these are to be read on the screen, and `gone` no more."""
        try:
            await wait_for(
                lambda: all(t in self.screen() for t in texts) and (not gone or gone not in self.screen()), f"{texts}, no {gone!r}"
            )
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None
        return self.screen()

    async def told(self, words: str) -> None:
        """Wait until this was said."""
        try:
            await wait_for(lambda: any(words in one.text for one in self.app.state.notices), words)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None

    async def types(self, text: str) -> None:
        for one in text:
            await self.pilot.press("space" if one == " " else one)

    def link_station(self, station: str) -> None:
        """Its desk is there."""
        self.linked.enter_context(self.room.room.presence.visiting(station, "events"))

    def course(self, station: str) -> dict[str, Any]:
        found = self.room.room.stations[station].course.view()
        assert found is not None
        return found


@asynccontextmanager
async def session_console(
    tmp_path: Path,
    *,
    role: Role = "session_manager",
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Console]:
    async with AsyncExitStack() as stack:
        clock = Clock()
        opened = await stack.enter_async_context(session_room(tmp_path, clock))
        grant, _client = await opened.enrol(PLACES[role])
        who = Identity(role, PLACES[role])

        @asynccontextmanager
        async def connect(url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
            views: asyncio.Queue[str] = asyncio.Queue()
            exam = opened.app.state.exam
            about = {"name": "Salle", "mode": "exam"}

            async def told() -> AsyncIterator[str]:
                while True:
                    yield await views.get()

            async with asyncio.TaskGroup() as tasks:
                make = lambda: {"room": about, "session": exam.view(who), "offers": exam.offers(who)}  # noqa: E731
                watching = tasks.create_task(opened.room.watch(make, views.put))
                try:
                    yield told()
                finally:
                    watching.cancel()

        wire = Wire(opened)
        link = SessionLink("http://room", grant.token, transport=wire, connect=connect, give_up=0.5)
        app = SessionApp(link, role, tmp_path / "documents")
        async with app.run_test(size=size) as pilot:
            console = Console(app, pilot, opened, wire, clock, await stack.enter_async_context(AsyncExitStack()))
            try:
                await wait_for(lambda: app.state.view, "the room's view")
                yield console
            finally:
                await app.leave()
