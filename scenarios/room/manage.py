"""The session manager's routes: enrolment codes of the room's places, and the machines let in at them.

Reached from the room's own server, with the token that lies in the room's folder, readable by its owner only.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `manage_router`.
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from scenarios.room.access import Identity, of_role
from scenarios.room.enrol import show_code
from scenarios.room.register import Register


def manage_router(register: Register, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/manage", tags=["manage"])

    Manager = Annotated[Identity, Depends(of_role(authorise, "session_manager"))]

    @router.get("/places")
    async def places(who: Manager) -> list[dict[str, Any]]:
        """Every place of the room, and the machine that is let in there ("" none)."""
        devices = {one.place: one.device for one in register.enrolled() if one.revoked_at is None}
        return [{"id": p.id, "label": p.label, "kind": p.kind, "device": devices.get(p.id, "")} for p in register.places()]

    @router.post("/places/{place}/code")
    async def code(place: str, who: Manager) -> dict[str, str]:
        """A new code for that place; the machine that is there stays until the code is used."""
        made = await show_code(register, place)
        return {"place": made.place.id, "label": made.place.label, "code": made.code, "expires_at": made.expires_at}

    @router.delete("/places/{place}")
    async def revoke(place: str, who: Manager) -> dict[str, bool]:
        """Whoever is at that place is let in no more."""
        return {"revoked": register.revoke(place)}

    return router
