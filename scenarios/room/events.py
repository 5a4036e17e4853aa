"""The WebSockets of a room: a sitting's rows as a role may see them, the jury's view of the whole room, a virtual customer's duty."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from scenarios.room.access import Access, Identity, NotAuthorised
from scenarios.room.core import Room
from scenarios.room.hub import SlowWatcher, UnknownSeq
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.presence import Dismissed, Visit
from scenarios.sitting import SittingError, SittingLeft

CLOSE_REFUSED = 1008
CLOSE_SLOW = 4008  # come back with the last seq seen
CLOSE_UNKNOWN_SEQ = 4009  # that seq is of another sitting: come back with 0
Visiting = Callable[[str, str], AbstractContextManager[Visit]]
Telling = Callable[[Identity, Callable[[str], Awaitable[None]]], Coroutine[Any, Any, None]]


def nothing(text: str) -> None:
    """Nothing is expected from most watchers; reading is how their leaving is seen."""


def events_router(
    live: Callable[[Identity], LiveSitting],
    access: Access,
    visiting: Visiting,
    watch_room: Telling,
    watch_duty: Telling,
    report: Callable[[Identity, str], None],
    told_from: Callable[[Identity, LiveSitting], int],
) -> APIRouter:
    """/events?after=SEQ: a sitting's rows from the one after SEQ, never before `told_from`, then live. /jury/watch: the room as one seat
    sees it, at each change.
    /customer/watch: a virtual customer's duty, likewise; what it says there goes to `report`.
    Without a good token the handshake is refused with 403."""
    router = APIRouter()

    @router.websocket("/events")
    async def events(socket: WebSocket) -> None:
        try:
            who = access.asker(socket)
            sitting = live(who)
            after = int(socket.query_params.get("after", "0"))
        except SittingLeft:
            await socket.accept()  # a refused handshake has no code of its own
            await socket.close(CLOSE_UNKNOWN_SEQ, "ce n'est plus la séance de cette place")
            return
        except (NotAuthorised, SittingError, ValueError):
            await socket.close(CLOSE_REFUSED)
            return
        with visiting(who.place, "events") as visit:
            first = max(0, after, told_from(who, sitting) - 1)
            await _serve(socket, visit, lambda: sitting.hub.watch(who.role, first, socket.send_text))

    async def watched(socket: WebSocket, role: str, telling: Telling, heard: Callable[[Identity, str], None] | None = None) -> None:
        try:
            who = access.asker(socket)
        except NotAuthorised:
            who = None
        if who is None or who.role != role:
            await socket.close(CLOSE_REFUSED)
            return
        known = who
        with visiting(known.place, "watch") as visit:
            hear = nothing if heard is None else functools.partial(heard, known)
            await _serve(socket, visit, lambda: telling(known, socket.send_text), hear)

    @router.websocket("/jury/watch")
    async def watch(socket: WebSocket) -> None:
        await watched(socket, "juror", watch_room)

    @router.websocket("/customer/watch")
    async def duty(socket: WebSocket) -> None:
        await watched(socket, "customer", watch_duty, report)

    return router


class SessionSide(Protocol):
    def view(self, who: Identity) -> dict[str, Any]: ...

    def offers(self, who: Identity) -> dict[str, Any]: ...


def session_watch(exam: SessionSide, room: Room, access: Access) -> APIRouter:
    """/session/watch: the exam session as a role may know it, at each change; {"session": {}} while none is open. "offers": what one may
    be made of, for who leads."""
    router = APIRouter()

    @router.websocket("/session/watch")
    async def watch(socket: WebSocket) -> None:
        try:
            who = access.asker(socket)
        except NotAuthorised:
            who = None
        if who is None or who.role not in ("session_manager", "invigilator", "juror"):
            await socket.close(CLOSE_REFUSED)
            return
        known = who

        def view() -> dict[str, Any]:
            told = {"name": room.settings.name, "mode": room.settings.mode}
            return {"room": told, "session": exam.view(known), "offers": exam.offers(known)}

        with room.presence.visiting(known.place, "session") as visit:
            await _serve(socket, visit, lambda: room.watch(view, socket.send_text))

    return router


async def _serve(
    socket: WebSocket, visit: Visit, telling: Callable[[], Coroutine[Any, Any, None]], heard: Callable[[str], None] = nothing
) -> None:
    """Tell until the watcher leaves, is too slow, or is sent off."""
    await socket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(telling()), group.create_task(visit.until_dismissed())]
            async for text in socket.iter_text():
                heard(text)
            for task in tasks:
                task.cancel()
    except* SlowWatcher:
        await _close(socket, CLOSE_SLOW, "trop lent : reprendre au dernier seq")
    except* UnknownSeq:
        await _close(socket, CLOSE_UNKNOWN_SEQ, "seq d'une autre séance")
    except* Dismissed as sent_off:
        code = sent_off.exceptions[0]
        assert isinstance(code, Dismissed)
        await _close(socket, code.code)
    except* (WebSocketDisconnect, RuntimeError):
        pass  # the watcher left while something was being sent


async def _close(socket: WebSocket, code: int, reason: str = "") -> None:
    """The watcher may have left meanwhile."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.close(code, reason)
