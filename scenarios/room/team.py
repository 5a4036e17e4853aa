"""The routes of people who practise together: who they are, and the next round. Practice rooms only; under /jury/team.

Whoever plays the customer or observes at a station asks for it, for the people of that station.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `team_router`.
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from cti.agent import AgentState, NotReadyReason
from cti.switchboard import AgentOrder
from scenarios.room.access import Identity, only
from scenarios.room.core import Room
from scenarios.room.jury_seats import OBSERVER, PLAYER
from scenarios.room.live_sitting import LiveSitting
from scenarios.rotation import LONGEST, MOST
from scenarios.sitting import SittingError

Id = Annotated[str, Field(min_length=1, max_length=128)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TeamNamed(Body):
    """`people`: the trainee, the customer, the observer, then whoever waits."""

    write_id: Id
    people: Annotated[list[Annotated[str, Field(max_length=2 * LONGEST)]], Field(max_length=2 * MOST)]


class TurnWanted(Body):
    """`round`: the one that is over, as whoever asks knows it."""

    write_id: Id
    round: int


def team_router(room: Callable[[], Room], authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/jury/team", tags=["team"])

    def together(who: Annotated[Identity, Depends(authorise)]) -> Identity:
        only(who, "juror")
        in_practice(room())
        return who

    Together = Annotated[Identity, Depends(together)]

    def told(live: LiveSitting) -> dict[str, Any]:
        room().changed()
        return live.team.view(live.sitting)

    @router.put("")
    async def name(body: TeamNamed, who: Together) -> dict[str, Any]:
        """Their first round."""
        live = room().of_jury(who, PLAYER, OBSERVER)
        live.team.name(body.people, live.sitting, body.write_id, who.name)
        _seat_anew(live, body.write_id, who)
        return told(live)

    @router.post("/next")
    async def turn(body: TurnWanted, who: Together) -> dict[str, Any]:
        live = room().of_jury(who, PLAYER, OBSERVER)
        live.team.turn(body.round, live.sitting, body.write_id, who.name)
        _seat_anew(live, body.write_id, who)
        return told(live)

    return router


def _seat_anew(live: LiveSitting, write_id: str, who: Identity) -> None:
    """Whoever takes the desk says when they are ready: what the one before had said no longer counts."""
    if live.board.station.agent.state is AgentState.READY:
        live.board.order(AgentOrder("not_ready", NotReadyReason.BRIEFING), f"{write_id}:desk", who.name)


def in_practice(room: Room) -> None:
    """Raises SittingError in a room of exams."""
    if room.settings.mode != "practice":
        title = "Pendant un examen, on ne s'entraîne pas à plusieurs : les rôles sont ceux du jury."
        raise SittingError("forbidden", 403, title, {"mode": room.settings.mode})
