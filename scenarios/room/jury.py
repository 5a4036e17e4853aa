"""The jury's routes: take a seat, read a persona, call the candidate as the customer, know who one is called as, listen."""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `jury_router`.
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from crm_mock.journal import Event
from cti.exchange.port import ExchangeRefused
from cti.messages import CALL_KEY_HEADER, QUEUE_HEADER
from scenarios.room.access import Identity, of_role
from scenarios.room.core import Room
from scenarios.room.customer_roster import MAX_STREAM
from scenarios.room.jury_seats import OBSERVER, PLAYER
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.view import room_view
from scenarios.sitting import SimulationState, SittingError

SIMULATION = {"id", "title", "competence", "direction", "channel", "minutes", "queue", "briefing"}  # what a juror is told of one
PHONE = "téléphone"  # channel of a simulation
PRESENT_NUMBER, PRESENT_NAME = "X-Plateau-Present-Number", "X-Plateau-Present-Name"
Id = Annotated[str, Field(min_length=1, max_length=128)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SeatWanted(Body):
    role: Literal["role_player", "observer", ""]
    station: Annotated[str, Field(max_length=40)]


class Write(Body):
    write_id: Id


class HintBody(Write):
    """`given` False: noted by mistake."""

    given: bool = True


class CallWanted(Write):
    """`direct`: straight to the desk's own phone, when the exchange is down."""

    simulation: Id
    direct: bool = False


class ListeningWanted(Body):
    mode: Literal["listen", "whisper", "barge"] = "listen"


class StreamWanted(Body):
    """Calls for the shared queue: `every` in seconds, 0: as soon as a virtual customer is free."""

    simulations: Annotated[list[Id], Field(min_length=1, max_length=50)]
    calls: Annotated[int, Field(ge=1, le=MAX_STREAM)] = 1
    every: Annotated[float, Field(ge=0, le=3600)] = 0.0


class Hearing(Write):
    """What the listener's side detects: hearing, quiet (nobody speaks), waiting (no call), deaf (it should hear and does not)."""

    state: Literal["hearing", "quiet", "waiting", "deaf"]
    detail: Annotated[str, Field(max_length=200)] = ""


def jury_router(room: Callable[[], Room], authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/jury", tags=["jury"])

    Asker = Annotated[Identity, Depends(of_role(authorise, "juror"))]

    def played(who: Identity, *roles: str) -> LiveSitting:
        return room().of_jury(who, *roles)

    @router.get("/room")
    async def view(who: Asker) -> dict[str, Any]:
        return room_view(room(), who.place)

    @router.put("/seat")
    async def seat(body: SeatWanted, who: Asker) -> dict[str, Any]:
        room().take_seat(who.place, body.role, body.station)
        return {"me": room_view(room(), who.place)["me"]}

    @router.get("/persona/{simulation_id}")
    async def persona(simulation_id: str, who: Asker) -> dict[str, Any]:
        simulation = played(who, PLAYER, OBSERVER).simulation(simulation_id)
        told = simulation.model_dump(mode="json", include=SIMULATION)
        voices = {"speakers": {"__all__": {"pitch", "speed"}}}
        answer = {"simulation": told, "persona": simulation.persona.model_dump(mode="json", exclude=voices)}
        if simulation.channel == PHONE:
            return answer
        ready = [{"id": line.id, "says": line.say[0], "reveals": list(line.reveals)} for line in simulation.dialogue.lines if line.say]
        return {**answer, "lines": ready}

    @router.post("/simulations/{simulation_id}/start")
    async def start(simulation_id: str, body: Write, who: Asker) -> dict[str, Any]:
        return dict(played(who, PLAYER).start(simulation_id, body.write_id, who.name))

    @router.post("/simulations/{simulation_id}/end")
    async def end(simulation_id: str, body: Write, who: Asker) -> dict[str, Any]:
        return dict(played(who, PLAYER).end(simulation_id, body.write_id, who.name))

    @router.post("/simulations/{simulation_id}/hint")
    async def hint(simulation_id: str, body: HintBody, who: Asker) -> dict[str, str]:
        """The persona's hint has been given to a candidate who was stuck."""
        played(who, PLAYER).hint(simulation_id, body.given, body.write_id, who.name)
        return {}

    @router.post("/calls")
    async def call(body: CallWanted, who: Asker) -> dict[str, Any]:
        """What the juror's own phone is to call, as the customer of this simulation; it begins with its first call."""
        live = played(who, PLAYER)
        simulation = live.simulation(body.simulation)
        if simulation.channel != PHONE:
            raise SittingError("not_spoken", 409, "Cette simulation se joue par écrit.", {"simulation": simulation.id})
        contact = live.board.station.contact
        if body.direct and not contact:
            raise SittingError("no_direct", 409, "Le poste n'a pas encore dit où son téléphone peut être appelé directement.")
        try:
            target = contact if body.direct else room().exchange.offer_target(live.station)
        except ExchangeRefused as refusal:
            raise SittingError(refusal.error_id, 503, refusal.title) from None
        if live.sitting.simulations[simulation.id].state is SimulationState.TO_DO:
            live.start(simulation.id, f"{body.write_id}:start", who.name)
        key = f"j-{uuid.uuid5(uuid.NAMESPACE_OID, body.write_id).hex}"
        number, name = simulation.persona.number, simulation.persona.name
        data = {"seat": who.place, "simulation": simulation.id, "number": number, "name": name, "direct": body.direct}
        live.journal([Event("JurorCalled", data, who.name, key, body.write_id)])
        headers = {CALL_KEY_HEADER: key, PRESENT_NUMBER: number, PRESENT_NAME: name, QUEUE_HEADER: simulation.queue}
        return {
            "call_key": key,
            "target": target,
            "headers": {name: value for name, value in headers.items() if value},
            "display": f"{name}, {number}",
        }

    @router.get("/who")
    async def called(number: Annotated[str, Query(max_length=60)], who: Asker) -> dict[str, Any]:
        """Which customer, or service of the company, a number is; whoever plays is called as."""
        return room().who_is(played(who, PLAYER), number)

    @router.post("/listening")
    async def listen(body: ListeningWanted, who: Asker) -> dict[str, str]:
        station = played(who).station
        if body.mode != "listen" and room().settings.mode != "practice":
            raise SittingError("forbidden", 403, "Pendant un examen, on écoute sans parler au candidat.", {"mode": body.mode})
        try:
            target = await room().exchange.allow_listening(who.place, station, body.mode)
        except ExchangeRefused as refusal:
            raise SittingError(refusal.error_id, 503, refusal.title) from None
        return {"call_key": f"e-{uuid.uuid4().hex}", "target": target}

    @router.delete("/listening")
    async def leave(who: Asker) -> dict[str, str]:
        room().follower.order(lambda: room().exchange.stop_listening(who.place))
        return {}

    def practice(who: Asker) -> Identity:
        if room().settings.mode != "practice":
            raise SittingError("forbidden", 403, "Pendant un examen, aucun client virtuel n'appelle.", {"mode": room().settings.mode})
        return who

    Trainer = Annotated[Identity, Depends(practice)]

    @router.post("/stream")
    async def stream(body: StreamWanted, who: Trainer) -> dict[str, Any]:
        """Virtual customers call the shared queue, in place of what was asked before."""
        room().customers.start_stream(body.simulations, body.calls, body.every)
        return {"stream": room().customers.stream_view()}

    @router.delete("/stream")
    async def no_stream(who: Trainer) -> dict[str, Any]:
        """No more calls; those that wait are taken back."""
        room().customers.stop_stream()
        return {"stream": None}

    @router.post("/listening/state")
    async def hearing(body: Hearing, who: Asker) -> dict[str, str]:
        live = played(who)
        data = {"seat": who.place, "state": body.state, "detail": body.detail}
        live.journal([Event("JurorHears", data, who.name, event_id=body.write_id)])
        return {}

    return router
