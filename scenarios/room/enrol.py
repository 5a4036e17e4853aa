"""The routes by which a machine is let into the room, and the codes that are shown for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti.messages import clean_text
from scenarios.room.enrolment import DEVICE_LIMIT, EnrolmentRefused, Gate, Grant, ProvenRequest, derive_key, new_code, shown
from scenarios.room.register import Register
from scenarios.room.register_tables import RoomPlace, instant


@dataclass(frozen=True)
class ShownCode:
    """What the supervisor reads out: ABCD-EFGH, until `expires_at` (ISO 8601, UTC). It is kept nowhere."""

    place: RoomPlace
    expires_at: str
    code: str = field(repr=False)


async def show_code(register: Register, place_id: str) -> ShownCode:
    """A new code for this place; the former one is closed. Raises SittingError `unknown_place`."""
    place, code = register.place(place_id), new_code()
    kept = register.open_code(place_id, await asyncio.to_thread(derive_key, code, register.salt))
    return ShownCode(place, kept.expires_at, shown(code))


class EnrolBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    server_nonce: Annotated[str, Field(pattern=r"^[0-9a-f.]{1,128}$")]
    client_nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    device: Annotated[str, Field(max_length=DEVICE_LIMIT)]
    proof: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def enrol_router(
    register: Register,
    room: str,
    ca_pem: str,
    payload: Callable[[str], Mapping[str, Any]],
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> APIRouter:
    """GET /enrol/hello, POST /enrol: the only routes that ask for no token.

    `room` is the room's name; `ca_pem` the certificate that the room's own is verified by, as PEM text, "" without TLS; `payload` gives
    what a place needs to work, as JSON values, and is asked before the code is used up: when it raises, the code stays good.
    """
    router, gate = APIRouter(prefix="/enrol", tags=["enrolment"]), Gate(room, ca_pem, register.salt)

    @router.get("/hello")
    async def hello() -> dict[str, str]:
        return gate.hello(instant(now())).as_dict()

    @router.post("")
    async def enrol(body: EnrolBody, request: Request) -> dict[str, Any]:
        asked = ProvenRequest(body.server_nonce, body.client_nonce, body.device, body.proof)
        address = request.client.host if request.client else ""
        # No pause from here to the end: of two machines with the same code, one is let in.
        try:
            code = gate.match(asked, address, register.codes(), instant(now()))
        except EnrolmentRefused as refusal:
            if refusal.error_id == "wrong_code":
                register.charge_wrong_try()
            raise
        place = register.place(code.place)
        needs = Grant(room, place.id, place.label, place.kind, "", payload(place.id)).as_dict()["payload"]
        token = register.enrol(code, clean_text(body.device, DEVICE_LIMIT))
        return gate.answer(asked, code, Grant(room, place.id, place.label, place.kind, token, needs))

    return router
