"""The WebSocket of events: every journal row a role may see, from the one after `after`, then live."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from scenarios.hub import SlowWatcher, UnknownSeq
from scenarios.room_access import Access, NotAuthorised
from scenarios.room_core import Room

CLOSE_SLOW = 4008  # come back with the last seq seen
CLOSE_UNKNOWN_SEQ = 4009  # that seq is of another sitting: come back with 0


def events_router(room: Callable[[], Room], access: Access) -> APIRouter:
    """/events?after=SEQ. Without a good token the handshake is refused with 403."""
    router = APIRouter()

    @router.websocket("/events")
    async def events(socket: WebSocket) -> None:
        try:
            role = access.role_of(socket.headers.get("authorization"))
            after = int(socket.query_params.get("after", "0"))
        except (NotAuthorised, ValueError):
            await socket.close(1008)
            return
        await socket.accept()
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(room().hub.watch(role, max(0, after), socket.send_text))
                async for _ in socket.iter_text():
                    pass  # nothing is expected from watchers; reading is how their leaving is seen
                watching.cancel()
        except* SlowWatcher:
            await socket.close(CLOSE_SLOW, "trop lent : reprendre au dernier seq")
        except* UnknownSeq:
            await socket.close(CLOSE_UNKNOWN_SEQ, "seq d'une autre séance")
        except* (WebSocketDisconnect, RuntimeError):
            pass  # the watcher left while something was being sent

    return router
