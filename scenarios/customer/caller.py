"""The virtual customer at its telephone: calls the desk when a simulation wants it, answers whatever number is dialled, and
pays by the link it is sent. Everything here runs on the event loop; the engine's facts are brought to it by `fact`.

On direct lines it plays one sitting all its life. In a room it has a line of the exchange, and goes from one sitting to another as `posted`
tells it; what differs on the telephone is in `lines`.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from cti.messages import (
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
    RegistrationChanged,
    ResumeCall,
)  # fmt: skip
from scenarios.customer import moves as m
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.conversation import Conversation, Surroundings
from scenarios.customer.graph import spoken_texts
from scenarios.customer.lines import dialled, direct_call, other_end, passed_on, queue_call
from scenarios.customer.paying import Wallet
from scenarios.customer.posting import Post, SharedCall
from scenarios.customer.recognise import Recogniser
from scenarios.customer.room_side import RoomSide
from scenarios.customer.stock import WRITTEN, Answering, customer_of, who_answers
from scenarios.customer.voice import VoiceShelf
from scenarios.customer.world import OWN_KINDS, LinkWish, World, simulation_to_call
from scenarios.pack import Pack

logger = logging.getLogger(__name__)
FOLLOWED_LIMIT = 20.0  # seconds on the line of somebody we were transferred to


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
    before_reading: float = 2.5
    quicker: float = 1.0  # than a person

    def at(self, speed: float) -> Pace:
        return Pace(
            self.before_calling / speed,
            self.before_calling_again / speed,
            self.before_answering / speed,
            self.before_opening_link / speed,
            self.before_paying / speed,
            self.before_reading / speed,
            self.quicker * speed,
        )


@dataclass
class Call:
    """`talking`: our phone is connected. In a queue of the exchange it is so from the start, and `waits` until somebody takes the call."""

    call_id: str
    call_key: str
    answering: Answering | None  # None: a call made for us by a transfer
    simulation: str = ""  # under way when it began
    waits: bool = False
    passed_on: bool = False  # to us, by a transfer without a word
    talking: bool = False
    reached: bool = False
    held: bool = False  # by the trainee
    parked: bool = False  # by our own engine, to take another one
    conversation: Conversation | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Customer:
    """`run` plays until cancelled; it ends with EngineDied (in a group) when the phone does. `line`: our account with the exchange, ""
    on direct lines. `registered` is set while the exchange knows our phone; `calls_changed` is called whenever `calls` has others."""

    def __init__(
        self, pack: Pack, engine: Engine, sound: BotSound, shelf: VoiceShelf, room: RoomSide, seed: str, pace: Pace | None = None,
        recogniser: Recogniser | None = None, line: str = "",
    ) -> None:  # fmt: skip
        self.pack, self.world, self.calls = pack, World(), dict[str, Call]()
        self._engine, self._sound, self._shelf, self._room = engine, sound, shelf, room
        self._seed, self._pace, self._recogniser, self._line = seed, pace or Pace(), recogniser, line
        self._wallet = Wallet(room, self._pace, lambda: self.world)
        self._post = Post()
        self._shared: set[str] = set()  # keys of the shared queue's calls that were begun
        self._attempts: dict[str, int] = {}
        self._facts: asyncio.Queue[Fact] = asyncio.Queue()
        self._done: set[str] = set()  # simulations whose call took place
        self._changed = asyncio.Event()
        self.registered = asyncio.Event()
        self.calls_changed: Callable[[], None] = lambda: None
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
                if not self._line or call.simulation == before.simulation:  # rows of before we came are told again
                    self._engine.execute(HangUpCall(call.call_id))
        elif kind not in OWN_KINDS:
            cue = str((row.get("data") or {}).get("cue", ""))
            stimulus: m.Stimulus = m.CueGiven(cue) if kind == "CueGiven" else m.JournalRow(row)
            for call in self.calls.values():
                if call.conversation is not None:
                    call.conversation.tell(stimulus)
        if self._line:
            self._told_of(row)
        self._wallet.news()
        self._changed.set()

    def posted(self, post: Post) -> None:
        """Where the room sends us. What is said to whom until now stays in the sitting it is of."""
        if post.sitting != self._post.sitting:
            self.world, self._seed = World(sitting=post.sitting), post.sitting
            self._attempts.clear()
            self._done.clear()
            self._room.at(post.sitting)
            self._wallet.news()
        self._post, shared = post, post.shared
        for call in self.calls.values():
            if call.waits and call.call_key in self._shared and (shared is None or shared.call_key != call.call_key):
                self._engine.execute(HangUpCall(call.call_id))  # taken back before anybody took it
        if shared is not None and shared.target and shared.call_key not in self._shared:
            self._shared.add(shared.call_key)
            self._tasks.create_task(self._call_shared(shared), name="shared queue")
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
                if not self._line or self._wanted() is not None:  # in a room we may have been sent elsewhere meanwhile
                    self._place(still)

    def _wanted(self) -> Answering | None:
        if self._line and (self._post.shared is not None or not self.registered.is_set()):
            return None
        attempts = self._attempts.get(self.world.simulation, 0)
        simulation = simulation_to_call(self.world, self.pack, attempts, self._post.target if self._line else None)
        return customer_of(simulation) if simulation is not None and not self.calls and simulation.id not in self._done else None

    def _place(self, customer: Answering) -> None:
        simulation = self.pack.simulation(customer.simulation_id)
        self._attempts[simulation.id] = self._attempts.get(simulation.id, 0) + 1
        place, target = (queue_call, self._post.target) if self._line else (direct_call, self.world.desk)
        self._begin(customer, place(uuid.uuid4().hex, str(uuid.uuid4()), target, simulation))

    async def _call_shared(self, shared: SharedCall) -> None:
        customer = customer_of(self.pack.simulation(shared.simulation))
        await self._rendered(customer)
        if self._post.shared is not None and self._post.shared.call_key == shared.call_key:
            simulation = self.pack.simulation(shared.simulation)
            self._begin(customer, queue_call(uuid.uuid4().hex, shared.call_key, shared.target, simulation))

    def _begin(self, customer: Answering, order: PlaceCall) -> None:
        self._keep(Call(order.call_id, order.call_key, customer, customer.simulation_id, waits=bool(self._line)))
        self._engine.execute(order)

    def _keep(self, call: Call) -> Call:
        self.calls[call.call_id] = call
        self.calls_changed()
        return call

    async def _follow_facts(self) -> None:
        while True:
            fact = await self._facts.get()
            call = self.calls.get(str(getattr(fact, "call_id", "")))
            match fact:
                case PhoneStarted() if not self._line:
                    self._room.reached_at(fact.contact)
                case RegistrationChanged():
                    logger.info("line %s: %s %s %s", self._line, fact.state, fact.code or "", fact.reason)
                    (self.registered.set if fact.state == "registered" else self.registered.clear)()
                    self._changed.set()
                case EngineFaulted(where="engine thread"):
                    raise EngineDied(fact.what)
                case CallOffered():
                    self._offered(fact)
                case CallPlaced() if call is None:  # a transfer sends us there
                    followed = self._keep(Call(fact.call_id, fact.call_key, None, self.world.simulation))
                    self._tasks.create_task(self._leave_after(followed, FOLLOWED_LIMIT))
                case OrderRefused(order="PlaceCall"):
                    logger.warning("the desk cannot be called: %s", fact.reason)
                    self._ended(call)
                case CallEnded():
                    logger.info("call ended: %s by %s", fact.cause, fact.by)
                    if fact.cause not in (Cause.NETWORK, Cause.FAULT) and call is not None and call.reached and call.answering is not None:
                        self._done.add(call.answering.simulation_id)
                    self._ended(call)
                case _ if call is not None:
                    self._moved(call, fact)

    def _moved(self, call: Call, fact: Fact) -> None:
        match fact:
            case CallAnswered():
                call.talking = True
                if not call.waits:
                    self._reached(call)
            case CallHeld(by="local"):
                call.parked = True
            case CallResumed(by="local"):
                call.parked = False
            case CallHeld():
                self._hold(call)
            case CallResumed():
                self._resume(call)

    def _told_of(self, row: Mapping[str, Any]) -> None:
        """The other end of our calls, as the sitting's journal tells of it."""
        for call in [call for call in self.calls.values() if call.call_key == row.get("call_key")]:
            match other_end(row, self._line):
                case "reached" if call.waits:
                    call.waits = False
                    self._reached(call)
                case "held":
                    self._hold(call)
                case "resumed":
                    self._resume(call)
                case "left" if not call.passed_on and call.conversation is not None:
                    call.conversation.tell(m.CallOver())
                    self._tasks.create_task(self._leave_after(call, FOLLOWED_LIMIT))

    def _reached(self, call: Call) -> None:
        if call.talking and not call.reached:
            call.reached = True
            if call.answering is not None:
                self._tasks.create_task(self._converse(call, call.answering), name=f"conversation {call.call_id}")

    def _hold(self, call: Call) -> None:
        if not call.held:
            call.held = True
            if call.conversation is not None:
                call.conversation.tell(m.CallHeld())

    def _resume(self, call: Call) -> None:
        if call.held:
            call.held = False
            if call.conversation is not None:
                call.conversation.tell(m.CallResumed())

    def _ended(self, call: Call | None) -> None:
        if call is None:
            return
        self.calls.pop(call.call_id, None)
        self.calls_changed()
        call.gone.set()
        if call.conversation is not None:
            call.conversation.tell(m.CallOver())
        for other in self.calls.values():
            if other.parked:
                self._engine.execute(ResumeCall(other.call_id))
        self._changed.set()

    # --- calls that come in ---

    def _offered(self, offer: CallOffered) -> None:
        number = dialled(offer)
        answering = who_answers(self.pack, self.world.simulation, number)
        logger.info("rung for %s: %s", number, answering.kind)
        if answering.kind == "customer" and any(c.answering and c.answering.simulation_id for c in self.calls.values()):
            self._engine.execute(RefuseCall(offer.call_id, "busy"))
            return
        key = offer.call_key or offer.call_id
        call = self._keep(Call(offer.call_id, key, answering, self.world.simulation, passed_on=passed_on(offer)))
        self._tasks.create_task(self._answer(call, number), name=f"answer {call.call_id}")

    async def _answer(self, call: Call, number: str) -> None:
        try:
            async with asyncio.timeout(self._pace.before_answering):
                await call.gone.wait()
        except TimeoutError:
            call.simulation = self.world.simulation  # who has just been sent here knows by now what is played
            call.answering = who_answers(self.pack, call.simulation, number)
            await self._rendered(call.answering)
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
        for simulation in self.pack.playable:
            if simulation.id == simulation_id and simulation.channel != WRITTEN:
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
            if what == "sign_offer":
                self._tasks.create_task(self._wallet.sign(contact, call.call_key), name=what)
            else:
                self._tasks.create_task(self._wallet.use_link(cast(LinkWish, what), contact, call.call_key), name=what)
