"""What the virtual customer knows of written conversations: a fold of the simulation's rows, and when to write to the desk. Pure.

The same rows give the same thread, so a customer's process started again goes on where the conversation stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scenarios.customer.stock import WRITTEN
from scenarios.customer.world import MAX_ATTEMPTS, World
from scenarios.pack import Pack, Simulation


@dataclass(frozen=True)
class Said:
    """`line_id`: of the dialogue, for the customer's own words."""

    who: str
    text: str
    line_id: str = ""


@dataclass(frozen=True)
class Thread:
    chat_id: str
    accepted: bool = False
    closed: bool = False
    said: tuple[Said, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """Ids of the dialogue's lines that were sent, in order."""
        return tuple(one.line_id for one in self.said if one.who == "client" and one.line_id)

    @property
    def unread(self) -> tuple[str, ...]:
        """What the agent has written since our last word."""
        last = max((n for n, one in enumerate(self.said) if one.who == "client"), default=-1)
        return tuple(one.text for one in self.said[last + 1 :] if one.who == "conseiller")


def threads(rows: Iterable[Mapping[str, Any]]) -> dict[str, Thread]:
    """By chat id, in the order they were offered."""
    found: dict[str, Thread] = {}
    for row in rows:
        data = row.get("data") or {}
        chat_id = str(data.get("chat_id", ""))
        thread = found.get(chat_id, Thread(chat_id))
        match row.get("kind"):
            case "ChatOffered":
                found[chat_id] = thread
            case "ChatAccepted":
                found[chat_id] = replace(thread, accepted=True)
            case "ChatMessage":
                one = Said(str(data.get("who", "")), str(data.get("text", "")), str(data.get("line_id", "")))
                found[chat_id] = replace(thread, said=(*thread.said, one))
            case "ChatClosed":
                found[chat_id] = replace(thread, closed=True)
    return found


def open_thread(world: World) -> Thread | None:
    return next((thread for thread in threads(world.rows).values() if not thread.closed), None)


def written_simulation(world: World, pack: Pack) -> Simulation | None:
    """The simulation under way, when its customer writes."""
    return next((s for s in pack.playable if s.id == world.simulation and s.channel == WRITTEN), None)


def simulation_to_offer(world: World, pack: Pack) -> Simulation | None:
    """The simulation whose customer should write now: none of its conversations is open or was taken, and the agent is ready."""
    playing = written_simulation(world, pack)
    known = threads(world.rows).values()
    if playing is None or world.agent != "ready" or len(known) >= MAX_ATTEMPTS:
        return None
    return None if any(thread.accepted or not thread.closed for thread in known) else playing
