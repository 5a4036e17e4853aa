"""The check's routes: the session manager starts it and follows it, the machines of the room answer it.

POST /manage/check     starts one: 409 `check_running`, or `check_refused` with the station that is at work
GET  /manage/check     RoomChecker.state
WebSocket /check       what a machine is asked: {"id", "ask": "clock" | "look" | "loop" | "tone" | "listen" | "stop", "target", "seconds"};
                       what it answers: {"id", "report": {…}}, see scenarios.room.check
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `check_router`.
import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, WebSocket
from starlette.websockets import WebSocketDisconnect

from scenarios.room.access import Access, Identity, NotAuthorised, of_role
from scenarios.room.check_machines import Machines
from scenarios.room.check_run import RoomChecker
from scenarios.room.events import CLOSE_REFUSED, Visiting
from scenarios.room.presence import Dismissed, Visit

AT_PLACES = ("candidate", "juror")


def check_router(checker: RoomChecker, machines: Machines, access: Access, visiting: Visiting) -> APIRouter:
    router = APIRouter(tags=["check"])

    Manager = Annotated[Identity, Depends(of_role(access.authorise, "session_manager"))]

    @router.post("/manage/check", status_code=202)
    async def start(who: Manager) -> dict[str, Any]:
        checker.start()
        return checker.state

    @router.get("/manage/check")
    async def state(who: Manager) -> dict[str, Any]:
        return checker.state

    @router.websocket("/check")
    async def machine(socket: WebSocket) -> None:
        try:
            who = access.identify(socket.headers.get("authorization"))
        except NotAuthorised:
            who = None
        if who is None or who.role not in AT_PLACES:
            await socket.close(CLOSE_REFUSED)
            return
        with visiting(who.place, "check") as visit:
            await _serve(machines, who.place, visit, socket)

    return router


async def _serve(machines: Machines, place: str, visit: Visit, socket: WebSocket) -> None:
    """Until the machine leaves, or is sent off."""
    await socket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            watched = group.create_task(visit.until_dismissed())
            await machines.serve(place, socket.iter_text(), socket.send_text)
            watched.cancel()
    except* Dismissed as sent_off:
        code = sent_off.exceptions[0]
        assert isinstance(code, Dismissed)
        await socket.close(code.code)
    except* (WebSocketDisconnect, RuntimeError):
        pass  # it left while something was being sent
