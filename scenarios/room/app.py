"""The room server's API put together: the CRM's, the telephone's, the sitting's, the jury's, and the events, of one room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI, Request

from crm_mock.api import Caller, crm_router
from cti.api import cti_router
from scenarios.room.access import Access, BodyLimit, Identity, tell_failures
from scenarios.room.chat import chat_router
from scenarios.room.core import Room
from scenarios.room.customers import read_report
from scenarios.room.events import events_router
from scenarios.room.jury import jury_router
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.progress import progress_router
from scenarios.room.recordings import erasing, recordings_router
from scenarios.room.replies import replies_router
from scenarios.room.sheets import sheets_router
from scenarios.room.sitting import sitting_router
from scenarios.room.team import team_router
from scenarios.room.view import room_view


def plateau_version() -> str:
    try:
        return version("plateau")
    except PackageNotFoundError:
        return "0"


def create_app(room: Room, access: Access) -> FastAPI:
    """The API of an opened room; the room is run and closed with the app's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        room.open_hubs()
        try:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(room.run())
                yield
                running.cancel()
        finally:
            room.close()

    app = FastAPI(title="Plateau – serveur de salle", version=plateau_version(), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.room = room
    room.chores.append(erasing(room))
    app.add_middleware(BodyLimit)
    tell_failures(app)

    def caller(request: Request) -> Caller:
        who = access.authorise(request)
        if who.sitting:
            room.sitting_of(who)
        return Caller(who.role, who.name, who.place)

    def live_of(who: Identity | Caller) -> LiveSitting:
        return room.sitting_of(who if isinstance(who, Identity) else Identity(who.role, who.place))

    async def watch_room(who: Identity, send: Callable[[str], Awaitable[None]]) -> None:
        await room.watch(lambda: room_view(room, who.place), send)

    async def watch_duty(who: Identity, send: Callable[[str], Awaitable[None]]) -> None:
        if who.place in room.customers:
            with room.customers.attending(who.place):
                await room.watch(lambda: room.customers.view(who.place), send)

    def report(who: Identity, text: str) -> None:
        calls = read_report(text)
        if who.place in room.customers and calls is not None:
            room.customers.told(who.place, calls)

    def offered(who: Identity, call_key: str) -> None:
        if who.place in room.stations:
            room.customers.told_offered(who.place, call_key)

    @app.get("/", tags=["health"])
    async def health() -> dict[str, str]:
        only = next(iter(room.stations.values())) if len(room.stations) == 1 else None
        sitting = str(only.sitting.opened["id"]) if only else ""
        return {"name": "plateau", "version": plateau_version(), "sitting": sitting, "mode": room.settings.mode, "room": room.settings.name}

    app.include_router(crm_router(lambda who: live_of(who).case, caller), prefix="/crm")
    app.include_router(cti_router(lambda who: live_of(who).board, lambda: room.exchange, access.authorise, offered))
    app.include_router(sitting_router(live_of, access.authorise))
    app.include_router(progress_router(lambda: room, access.authorise))
    app.include_router(recordings_router(lambda: room, live_of, access.authorise))
    app.include_router(replies_router(live_of, access.authorise))
    app.include_router(sheets_router(live_of, access.authorise))
    app.include_router(chat_router(lambda: room, live_of, access.authorise))
    app.include_router(jury_router(lambda: room, access.authorise))
    app.include_router(team_router(lambda: room, access.authorise))
    app.include_router(events_router(live_of, access, room.presence.visiting, watch_room, watch_duty, report, room.told_from))
    return app
