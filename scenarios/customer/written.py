"""The virtual customer at its keyboard: writes to a ready desk when a chat simulation wants it, and goes on where the thread stands.

It shares the process, the room's link and the knowledge of the one at the telephone; nothing of sound is loaded for it. The first
message says what it is: a virtual customer (règlement (UE) 2024/1689, art. 50).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from scenarios.customer.caller import Pace
from scenarios.customer.paying import Wallet
from scenarios.customer.room_side import Owed, RoomSide
from scenarios.customer.thread import Thread, open_thread, simulation_to_offer, written_simulation
from scenarios.customer.world import LinkWish, World
from scenarios.customer.written_conversation import Outside, WrittenConversation
from scenarios.pack import Pack, Simulation

logger = logging.getLogger(__name__)
ASK_AGAIN = 1.0  # seconds
GOODBYE = 0.5  # seconds between the last message and leaving


class WrittenCustomer:
    """`world` gives what is known, the row that `row` is called with included; `run` writes until cancelled."""

    def __init__(self, pack: Pack, room: RoomSide, world: Callable[[], World], seed: str, pace: Pace | None = None) -> None:
        self._pack, self._room, self._world, self._seed, self._pace = pack, room, world, seed, pace or Pace()
        self._wallet = Wallet(room, self._pace, world)
        self.conversation: WrittenConversation | None = None
        self._offering = ""  # key of a conversation that the room has not confirmed yet
        self._sitting = ""
        self._changed = asyncio.Event()
        self._tasks: asyncio.TaskGroup

    def row(self, row: Mapping[str, Any]) -> None:
        """A journal row, or an ephemeral message of the same shape, after it was made part of the world."""
        if row.get("kind") == "SimulationEnded":
            self._leave()
        if self.conversation is not None:
            self.conversation.tell(row)
        self._wallet.news()
        self._changed.set()

    def moved(self) -> None:
        """The room may have sent us to another sitting: what was under way stays in the one it is of."""
        if self._world().sitting != self._sitting:
            self._sitting = self._world().sitting
            self._leave()

    def _leave(self) -> None:
        if self.conversation is not None:
            self.conversation.leave()
        self.conversation, self._offering = None, ""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._go_on()
                if self._wanted() is not None:
                    await asyncio.sleep(self._pace.before_calling)
                    await self._go_on()
                    if (still := self._wanted()) is not None:
                        self._offer(still)

    def _wanted(self) -> Simulation | None:
        """The simulation to write for, when nothing is under way."""
        free = self._offering == "" and (self.conversation is None or self.conversation.over)
        return simulation_to_offer(self._world(), self._pack) if free else None

    def _offer(self, simulation: Simulation) -> None:
        self._offering = chat_id = f"m-{uuid.uuid4().hex}"

        def answered(status: int, said: Mapping[str, Any]) -> None:
            if status >= 400 and self._offering == chat_id:
                logger.info("the desk does not take it now: %s", said.get("error_id"))
                self._offering = ""  # the next change of the sitting is another occasion

        self._room.owe(Owed("POST", "/chat", {"chat_id": chat_id, "simulation": simulation.id}, answered))

    async def _go_on(self) -> None:
        """Into the conversation that the journal says is open, ours of a moment ago or of an earlier life."""
        found = open_thread(self._world())
        if found is None or (self.conversation is not None and self.conversation.chat_id == found.chat_id):
            return
        if found.chat_id != self._offering and not await self._all_told(found.chat_id):
            return
        world = self._world()
        thread, simulation = open_thread(world), written_simulation(world, self._pack)
        if thread is None or simulation is None or thread.chat_id != found.chat_id:
            return
        self._offering = ""
        seed = f"{self._sitting or self._seed}|{simulation.id}|{thread.chat_id}"
        outside = self._outside(thread, simulation)
        self.conversation = WrittenConversation(
            simulation, seed, outside, thread, world.rows, world.revealed, self._pace.quicker, self._pace.before_reading
        )
        self._tasks.create_task(self.conversation.run(), name=f"chat {thread.chat_id}")

    async def _all_told(self, chat_id: str) -> bool:
        """Whether the rows have told all of a conversation of an earlier life: what was said in it is not said again."""
        told = await self._room.ask("/chat")
        if told is None:  # the room is away: once more in a while
            asyncio.get_running_loop().call_later(ASK_AGAIN, self._changed.set)
            return False
        said = next((len(chat["lines"]) for chat in told["chats"] if chat["chat_id"] == chat_id), 0)
        thread = open_thread(self._world())
        return thread is not None and thread.chat_id == chat_id and len(thread.said) >= said

    def _outside(self, thread: Thread, simulation: Simulation) -> Outside:
        at = f"/chat/{thread.chat_id}"
        loop = asyncio.get_running_loop()

        def close() -> None:
            loop.call_later(GOODBYE / self._pace.quicker, lambda: self._room.owe(Owed("POST", f"{at}/close", {})))

        def act(what: str) -> None:
            contact = simulation.persona.contact_id
            self._tasks.create_task(self._wallet.use_link(cast(LinkWish, what), contact, thread.chat_id), name=what)

        return Outside(
            send=lambda text, line_id: self._room.owe(Owed("POST", f"{at}/messages", {"text": text, "line_id": line_id})),
            reveal=lambda fact: self._room.spoke("CustomerRevealed", {"fact": fact}, thread.chat_id),
            act=act,
            typing=lambda on: self._whisper(f"{at}/typing", {"typing": on}),
            close=close,
        )

    def _whisper(self, path: str, body: Mapping[str, Any]) -> None:
        self._tasks.create_task(self._room.whisper(path, body), name="typing")
