"""A room of several stations and jury seats in this process, on an exchange that tests speak for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from cti.exchange.asterisk.plan import Mode, new_plan, save_plan
from scenarios.room.app import create_app
from scenarios.room.core import Room
from scenarios.room.enrolment import DeskSide, Grant, Hello, normalised
from scenarios.room.open import ExchangeSide, RoomFolder, manager_token, open_room
from tests.scenarios.fake_exchange import FakeExchange
from tests.scenarios.room_world import DAY


@dataclass
class ExamRoom:
    """`clients` are those enrolled so far, by place."""

    app: FastAPI
    room: Room
    exchange: FakeExchange
    manager: httpx.AsyncClient
    nobody: httpx.AsyncClient
    renewed: list[str]
    stack: AsyncExitStack
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def enrol(self, place: str, device: str = "PC") -> tuple[Grant, httpx.AsyncClient]:
        """Let a machine in at that place, as the desk does it by a code."""
        code = (await self.manager.post(f"/manage/places/{place}/code")).json()["code"]
        hello = Hello.read((await self.nobody.get("/enrol/hello")).json())
        side = DeskSide(hello, normalised(code), device)
        request = side.request()
        body = {name: getattr(request, name) for name in ("server_nonce", "client_nonce", "device", "proof")}
        answer = await self.nobody.post("/enrol", json=body)
        assert answer.status_code == 200, answer.text
        grant = side.believe(answer.json())
        self.clients[place] = await self.stack.enter_async_context(self.client(grant.token))
        return grant, self.clients[place]

    def client(self, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://room", headers=headers)

    async def seat(self, place: str, role: str, station: str) -> httpx.AsyncClient:
        """A juror let in at `place`, playing or observing at `station`."""
        client = self.clients.get(place) or (await self.enrol(place))[1]
        answer = await client.put("/jury/seat", json={"role": role, "station": station})
        assert answer.status_code == 200, answer.text
        return client


@asynccontextmanager
async def open_exam_room(
    folder: Path,
    pack: Path,
    *,
    stations: int = 2,
    juries: int = 3,
    customers: int = 0,
    mode: Mode = "exam",
    fresh: bool = False,
    with_customers: bool = True,
    **more: Any,
) -> AsyncIterator[ExamRoom]:
    """Opened from its folder as `plateau room` does it; made there the first time."""
    if not (folder / "exchange").exists():
        plan = new_plan("127.0.0.1", stations=stations, juries=juries, customers=customers, mode=mode)
        save_plan(plan, folder / "exchange")
    made: list[FakeExchange] = []
    renewed: list[str] = []

    def side(plan: Any, room: Room) -> ExchangeSide:
        made.append(FakeExchange(plan))
        return ExchangeSide(plan, made[0], "", renewed.append)

    app = open_room(RoomFolder(folder, pack, DAY, fresh=fresh, customers=with_customers, **more), side, create_app)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        opened = ExamRoom(app, app.state.room, made[0], httpx.AsyncClient(), httpx.AsyncClient(), renewed, stack)
        opened.manager = await stack.enter_async_context(opened.client(manager_token(folder)))
        opened.nobody = await stack.enter_async_context(opened.client(""))
        await opened.exchange.following.wait()
        yield opened
