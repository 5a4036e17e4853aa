"""The routes of a written conversation. The candidate is its "conseiller"; its "client" is the virtual customer, or the juror who plays."""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `chat_router`.
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from scenarios.chat import MAX_TEXT, Who
from scenarios.room.access import Identity, only
from scenarios.room.core import Room
from scenarios.room.jury_seats import PLAYER
from scenarios.room.live_sitting import LiveSitting, utc_now
from scenarios.sitting import SimulationState, SittingError

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
WriteId = Annotated[str, Field(min_length=1, max_length=128)]
WRITTEN = "chat"  # channel of a simulation


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Write(Body):
    write_id: WriteId


class Offer(Write):
    """`chat_id` is made by whoever offers, as the key of a call is."""

    chat_id: Id
    simulation: Id


class Message(Write):
    """`line_id`: of the virtual customer's dialogue."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    line_id: Annotated[str, Field(max_length=80)] = ""


class Typing(Body):
    """Told to whoever is there, never journaled."""

    typing: bool


def chat_router(room: Callable[[], Room], live: Callable[[Identity], LiveSitting], authorise: Callable[[Request], Identity]) -> APIRouter:
    """Routes under /chat. `live` gives the asker's sitting, or raises."""
    router = APIRouter(prefix="/chat", tags=["chat"])
    Asker = Annotated[Identity, Depends(authorise)]

    def party(who: Identity) -> tuple[LiveSitting, Who]:
        """The sitting meant, and which side of its conversations the asker is."""
        only(who, "candidate", "customer", "juror")
        if who.role == "juror":
            room().seats.station_of(who.place, PLAYER)
        return live(who), "conseiller" if who.role == "candidate" else "client"

    @router.get("")
    async def chats(who: Asker) -> dict[str, Any]:
        """The conversations of this sitting, each with its messages; of a juror who came while it went on, the one that is open."""
        only(who, "candidate", "customer", "trainer", "juror")
        sitting = live(who)
        whole = room().told_from(who, sitting) == 0
        return {"chats": [chat.public() for chat in sitting.chats.chats.by_id.values() if whole or chat.open]}

    @router.post("")
    async def offer(body: Offer, who: Asker) -> dict[str, Any]:
        """Offered to the station's agent, who must be ready. A juror's first one begins the simulation."""
        only(who, "customer", "juror")
        sitting, _side = party(who)
        simulation = sitting.simulation(body.simulation)
        if simulation.channel != WRITTEN:
            raise SittingError("not_written", 409, "Cette simulation se joue au téléphone.", {"simulation": simulation.id})
        state = sitting.sitting.simulations[simulation.id].state
        if who.role == "juror" and state is SimulationState.TO_DO:
            sitting.start(simulation.id, f"{body.write_id}:start", who.name)
        elif state is not SimulationState.RUNNING and body.write_id not in sitting.chats.chats.answers:
            raise SittingError("not_running", 409, "Cette simulation n'est pas en cours.", {"simulation": simulation.id})
        return dict(sitting.chats.offer(simulation, body.chat_id, body.write_id, who.name))

    @router.post("/{chat_id}/accept")
    async def accept(chat_id: str, body: Write, who: Asker) -> dict[str, Any]:
        only(who, "candidate")
        return dict(live(who).chats.accept(chat_id, body.write_id, who.name))

    @router.post("/{chat_id}/messages")
    async def say(chat_id: str, body: Message, who: Asker) -> dict[str, Any]:
        """On the server's disk when it answers, in its place of the thread (`n`)."""
        sitting, side = party(who)
        line_id = body.line_id if who.role == "customer" else ""
        return dict(sitting.chats.say(chat_id, side, body.text, body.write_id, who.name, line_id))

    @router.post("/{chat_id}/typing")
    async def typing(chat_id: str, body: Typing, who: Asker) -> dict[str, Any]:
        sitting, side = party(who)
        if sitting.chats.chat(chat_id).open:
            data = {"chat_id": chat_id, "who": side, "typing": body.typing}
            sitting.hub.tell({"at": utc_now().isoformat(), "kind": "ChatTyping", "call_key": chat_id, "actor": who.name, "data": data})
        return {}

    @router.post("/{chat_id}/close")
    async def close(chat_id: str, body: Write, who: Asker) -> dict[str, Any]:
        sitting, side = party(who)
        return dict(sitting.chats.close(chat_id, side, body.write_id, who.name))

    return router
