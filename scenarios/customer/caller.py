"""The virtual customer at its telephone: calls the desk when a simulation wants it, answers whatever number is dialled, and
pays by the link it is sent. Everything here runs on the event loop; the engine's facts are brought to it by `fact`.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from cti.messages import (
    QUEUE_HEADER,
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallResumed,
    Cause,
    EngineFaulted,
    Fact,
    HangUpCall,
    Order,
    OrderRefused,
    PhoneStarted,
    PlaceCall,
    RefuseCall,
    ResumeCall,
)  # fmt: skip
from scenarios.customer import moves as m
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.conversation import Conversation, Surroundings
from scenarios.customer.graph import spoken_texts
from scenarios.customer.recognise import Recogniser
from scenarios.customer.room_side import Owed, RoomSide
from scenarios.customer.stock import Answering, customer_of, who_answers
from scenarios.customer.voice import VoiceShelf
from scenarios.customer.world import OWN_KINDS, LinkWish, World, link_moves, simulation_to_call
from scenarios.pack import Pack

logger = logging.getLogger(__name__)
RING_LIMIT = 45.0  # seconds a customer lets it ring
FOLLOWED_LIMIT = 20.0  # seconds on the line of somebody we were transferred to
LINK_WITHIN = 90.0  # seconds to wait for the link a line speaks of
SPARE_TRIES = 5  # of a payment's write that meets a newer version


class Engine(Protocol):
    def execute(self, order: Order) -> None: ...


class EngineDied(Exception):
    """The SIP stack is gone: only a new process mends it."""


@dataclass(frozen=True)
class Pace:
    """Seconds a person takes; `Pace().at(4)` is four times as quick."""

    before_calling: float = 3.0
    before_calling_again: float = 6.0
    before_answering: float = 2.5
    before_opening_link: float = 1.5
    before_paying: float = 2.0

    def at(self, speed: float) -> Pace:
        return Pace(
            self.before_calling / speed,
            self.before_calling_again / speed,
            self.before_answering / speed,
            self.before_opening_link / speed,
            self.before_paying / speed,
        )


@dataclass
class Call:
    call_id: str
    call_key: str
    answering: Answering | None  # None: a call made for us by a transfer
    talking: bool = False
    held: bool = False  # by the trainee
    parked: bool = False  # by our own engine, to take another one
    conversation: Conversation | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Customer:
    """`run` plays until cancelled; it ends with EngineDied (in a group) when the phone does."""

    def __init__(
        self, pack: Pack, engine: Engine, sound: BotSound, shelf: VoiceShelf, room: RoomSide, seed: str, pace: Pace | None = None,
        recogniser: Recogniser | None = None,
    ) -> None:  # fmt: skip
        self.pack, self.world, self.calls = pack, World(), dict[str, Call]()
        self._engine, self._sound, self._shelf, self._room = engine, sound, shelf, room
        self._seed, self._pace, self._recogniser = seed, pace or Pace(), recogniser
        self._attempts: dict[str, int] = {}
        self._facts: asyncio.Queue[Fact] = asyncio.Queue()
        self._done: set[str] = set()  # simulations whose call took place
        self._changed = asyncio.Event()
        self._paying = asyncio.Lock()
        self._news = asyncio.Event()  # set at each row, and made anew
        self._tasks: asyncio.TaskGroup

    # --- what comes in ---

    def fact(self, fact: Fact) -> None:
        self._facts.put_nowait(fact)

    def heard(self, batch: bytes) -> None:
        talking = [c for c in self.calls.values() if c.conversation is not None and c.talking and not c.held and not c.parked]
        if talking and talking[-1].conversation is not None:
            talking[-1].conversation.heard(batch)

    def line_ended(self, number: int) -> None:
        for call in self.calls.values():
            if call.conversation is not None:
                call.conversation.line_ended(number)

    async def row(self, row: Mapping[str, Any]) -> None:
        """A journal row, or an ephemeral message of the same shape."""
        before, kind = self.world, str(row.get("kind", ""))
        self.world = before.apply(row)
        if kind == "SimulationStarted":
            self._attempts.pop(self.world.simulation, None)
            self._done.discard(self.world.simulation)
            self._render_ahead(self.world.simulation)
        elif kind == "SimulationEnded":
            for call in self.calls.values():
                self._engine.execute(HangUpCall(call.call_id))
        elif kind not in OWN_KINDS:
            cue = str((row.get("data") or {}).get("cue", ""))
            stimulus: m.Stimulus = m.CueGiven(cue) if kind == "CueGiven" else m.JournalRow(row)
            for call in self.calls.values():
                if call.conversation is not None:
                    call.conversation.tell(stimulus)
        self._news.set()
        self._news = asyncio.Event()
        self._changed.set()

    # --- the life of the customer ---

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self._follow_facts(), name="facts")
            self._tasks.create_task(self._call_when_wanted(), name="calling")

    async def _call_when_wanted(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = self._wanted()
            if wanted is None:
                continue
            again = self._attempts.get(wanted.simulation_id, 0) > 0
            await asyncio.sleep(self._pace.before_calling_again if again else self._pace.before_calling)
            still = self._wanted()
            if still is not None and still.simulation_id == wanted.simulation_id:
                await self._rendered(still)
                self._place(still)

    def _wanted(self) -> Answering | None:
        attempts = self._attempts.get(self.world.simulation, 0)
        simulation = simulation_to_call(self.world, self.pack, attempts)
        return customer_of(simulation) if simulation is not None and not self.calls and simulation.id not in self._done else None

    def _place(self, customer: Answering) -> None:
        simulation = self.pack.simulation(customer.simulation_id)
        self._attempts[simulation.id] = self._attempts.get(simulation.id, 0) + 1
        call = Call(uuid.uuid4().hex, str(uuid.uuid4()), customer)
        self.calls[call.call_id] = call
        headers = {QUEUE_HEADER: simulation.queue} if simulation.queue else {}
        persona = simulation.persona
        self._engine.execute(
            PlaceCall(call.call_id, self.world.desk, call.call_key, persona.name, persona.number, headers=headers, ring_limit=RING_LIMIT)
        )

    async def _follow_facts(self) -> None:
        while True:
            fact = await self._facts.get()
            call = self.calls.get(str(getattr(fact, "call_id", "")))
            match fact:
                case PhoneStarted():
                    self._room.reached_at(fact.contact)
                case EngineFaulted(where="engine thread"):
                    raise EngineDied(fact.what)
                case CallOffered():
                    self._offered(fact)
                case CallPlaced() if call is None:  # a transfer sends us there
                    followed = self.calls[fact.call_id] = Call(fact.call_id, fact.call_key, None)
                    self._tasks.create_task(self._leave_after(followed, FOLLOWED_LIMIT))
                case OrderRefused(order="PlaceCall"):
                    logger.warning("the desk cannot be called: %s", fact.reason)
                    self._ended(call)
                case CallEnded():
                    logger.info("call ended: %s by %s", fact.cause, fact.by)
                    if fact.answered and fact.cause not in (Cause.NETWORK, Cause.FAULT) and call is not None and call.answering is not None:
                        self._done.add(call.answering.simulation_id)
                    self._ended(call)
                case _ if call is not None:
                    self._moved(call, fact)

    def _moved(self, call: Call, fact: Fact) -> None:
        match fact:
            case CallAnswered():
                call.talking = True
                if call.answering is not None:
                    self._tasks.create_task(self._converse(call, call.answering), name=f"conversation {call.call_id}")
            case CallHeld(by="local"):
                call.parked = True
            case CallResumed(by="local"):
                call.parked = False
            case CallHeld() if not call.held:
                call.held = True
                if call.conversation is not None:
                    call.conversation.tell(m.CallHeld())
            case CallResumed() if call.held:
                call.held = False
                if call.conversation is not None:
                    call.conversation.tell(m.CallResumed())

    def _ended(self, call: Call | None) -> None:
        if call is None:
            return
        self.calls.pop(call.call_id, None)
        call.gone.set()
        if call.conversation is not None:
            call.conversation.tell(m.CallOver())
        for other in self.calls.values():
            if other.parked:
                self._engine.execute(ResumeCall(other.call_id))
        self._changed.set()

    # --- calls that come in ---

    def _offered(self, offer: CallOffered) -> None:
        answering = who_answers(self.pack, self.world.simulation, offer.called)
        logger.info("rung for %s: %s", offer.called, answering.kind)
        if answering.kind == "customer" and any(c.answering and c.answering.simulation_id for c in self.calls.values()):
            self._engine.execute(RefuseCall(offer.call_id, "busy"))
            return
        call = self.calls[offer.call_id] = Call(offer.call_id, offer.call_key or offer.call_id, answering)
        self._tasks.create_task(self._answer(call, answering), name=f"answer {call.call_id}")

    async def _answer(self, call: Call, answering: Answering) -> None:
        try:
            async with asyncio.timeout(self._pace.before_answering):
                await call.gone.wait()
        except TimeoutError:
            await self._rendered(answering)
            self._engine.execute(AnswerCall(call.call_id))

    async def _leave_after(self, call: Call, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await call.gone.wait()
        except TimeoutError:
            self._engine.execute(HangUpCall(call.call_id))

    # --- talking ---

    async def _converse(self, call: Call, answering: Answering) -> None:
        around = Surroundings(
            self._sound,
            self._shelf,
            lambda kind, data: self._room.spoke(kind, data, call.call_key),
            lambda what: self._act(what, call),
            lambda: self._engine.execute(HangUpCall(call.call_id)),
            self._recogniser,
        )
        seed = f"{self._seed}|{answering.simulation_id}|{self._attempts.get(answering.simulation_id, 0)}"
        rows = self.world.rows if answering.simulation_id else ()
        call.conversation = Conversation(answering, seed, around, [row for row in rows if row.get("kind") != "CueGiven"])
        call.conversation.tell(m.CallConnected())
        if call.gone.is_set():
            call.conversation.tell(m.CallOver())
        elif call.held:
            call.conversation.tell(m.CallHeld())
        await call.conversation.run()
        self._sound.stop_saying()

    def _render_ahead(self, simulation_id: str) -> None:
        for simulation in self.pack.simulations:
            if simulation.id == simulation_id:
                self._render(customer_of(simulation))

    def _render(self, answering: Answering) -> list[asyncio.Future[bytes]]:
        voices = {speaker.id: speaker for speaker in answering.speakers}
        lines = []
        for speaker_id, text in spoken_texts(answering.dialogue):
            voice = voices.get(speaker_id) or answering.speakers[0]
            lines.append(asyncio.wrap_future(self._shelf.render_ahead(text, voice.gender, voice.pitch, voice.speed)))
        return lines

    async def _rendered(self, answering: Answering) -> None:
        """Until every line is ready: rendering holds the interpreter, and would be heard in a call."""
        for line in self._render(answering):
            await line

    # --- paying ---

    def _act(self, what: str, call: Call) -> None:
        if call.answering is not None and call.answering.simulation_id:
            contact = self.pack.simulation(call.answering.simulation_id).persona.contact_id
            self._tasks.create_task(self._use_link(cast(LinkWish, what), contact, call.call_key), name=what)

    async def _use_link(self, wish: LinkWish, contact: str, call_key: str) -> None:
        try:
            async with asyncio.timeout(LINK_WITHIN):
                while (link := self.world.link_of(contact)) is None:
                    await self._news.wait()
        except TimeoutError:
            logger.warning("%s: no payment link was sent", wish)
            return
        async with self._paying:
            link = self.world.links[link.id]
            version = link.version
            for status in link_moves(wish, link.status):
                await asyncio.sleep(self._pace.before_opening_link if status == "ouvert" else self._pace.before_paying)
                version = await self._move_link(link.id, status, version, call_key)

    async def _move_link(self, link_id: str, status: str, version: int, call_key: str) -> int:
        """The link's version once it has that status, or cannot have it."""
        for _ in range(SPARE_TRIES):
            body = {"version": version, "fields": {"status": status}, "call_key": call_key}
            code, said = await self._write("PUT", f"/crm/payment_link/{link_id}", body)
            current = (said.get("details") or {}).get("current") or {}
            if code != 409 or not isinstance(current.get("version"), int) or current["version"] == version:
                return said["version"] if isinstance(said.get("version"), int) else version + 1
            version = current["version"]
        return version

    async def _write(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """The room's answer, however long it is away."""
        answered: asyncio.Future[tuple[int, Mapping[str, Any]]] = asyncio.get_running_loop().create_future()

        def settle(code: int, said: Mapping[str, Any]) -> None:
            if not answered.done():
                answered.set_result((code, said))

        self._room.owe(Owed(method, path, body, settle))
        return await answered
