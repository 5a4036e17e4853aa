"""The customer at its telephone, with a telephone that only writes down its orders and a room that is really there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

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
    HangUpCall,
    Order,
    OrderRefused,
    PhoneStarted,
    PlaceCall,
    Refusal,
    RefuseCall,
    ResumeCall,
)  # fmt: skip
from cti.phone.audio.port import FRAME_BYTES
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.caller import Customer, EngineDied, Pace
from scenarios.customer.room_side import RoomSide
from scenarios.customer.voice import VoiceShelf
from tests.scenarios.customer.fake_room import TOKEN, FakeRoom
from tests.scenarios.customer.speech import sentence, silence
from tests.scenarios.customer.test_voice import Counted
from tests.scenarios.customer.tiny_pack import CALLED, CALLER, COMPANY, OTHER, SERVICE, tiny_pack

DESK = "sip:poste@127.0.0.1:5060"
SPEED = 50.0


class Notebook:
    """An engine: what it was ordered."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.news = asyncio.Condition()

    def execute(self, order: Order) -> None:
        self.orders.append(order)

    def of(self, kind: type[Order]) -> list[Order]:
        return [order for order in self.orders if isinstance(order, kind)]


class Stage:
    def __init__(self, folder: Path) -> None:
        self.room, self.engine = FakeRoom(), Notebook()
        self.sound = BotSound(lambda batch: self.customer.heard(batch), lambda line: self.customer.line_ended(line))
        self.shelf = VoiceShelf(Counted(), folder / "voix")
        self.pack = tiny_pack(folder / "pack")
        self.customer: Customer

    @asynccontextmanager
    async def played(self) -> AsyncIterator[None]:
        async with self.room.open():
            side = RoomSide(self.room.url, TOKEN, lambda row: self.customer.row(row))
            self.customer = Customer(self.pack, self.engine, self.sound, self.shelf, side, "seed", Pace().at(SPEED))
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(side.run()), tasks.create_task(self.customer.run()), tasks.create_task(self.media())]
                yield
                for task in running:
                    task.cancel()
            await side.leave()
            self.shelf.close()

    async def media(self) -> None:
        """The engine's clock, ten times as fast: what the customer says is taken, silence is given back."""
        while True:
            await asyncio.sleep(0.002)
            self.sound.read_frame()

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + 20
        while not holds():
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{what}: ordered {self.engine.orders}, told {self.room.told}")
            await asyncio.sleep(0.01)

    async def ordered(self, kind: type[Order], count: int = 1) -> Order:
        await self.until(lambda: len(self.engine.of(kind)) >= count, kind.__name__)
        return self.engine.of(kind)[count - 1]

    async def speaks(self, seconds: float = 1.2) -> None:
        """A turn of the trainee."""
        pcm = sentence("Brûlerie Marvalune bonjour, Camille à votre écoute.")[: int(32000 * seconds)] + silence(1.5)
        for at in range(0, len(pcm) - FRAME_BYTES, FRAME_BYTES):
            self.sound.write_frame(pcm[at : at + FRAME_BYTES])
            if at % (FRAME_BYTES * 10) == 0:
                await asyncio.sleep(0)

    async def line_over(self, line_id: str) -> None:
        await self.until(lambda: line_id in [d["line_id"] for d in self.room.spoken()], f"the line {line_id}")
        await self.until(lambda: self.sound.seconds_left == 0.0, f"the end of {line_id}")
        await asyncio.sleep(0.05)

    async def ready_for(self, simulation: str) -> None:
        await self.room.row("SimulationStarted", simulation=simulation)
        await self.room.row("StationConnected", contact=DESK)
        await self.room.row("AgentStateChanged", actor="system", before="not_ready", after="ready")


@pytest.fixture
async def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ended(order: PlaceCall, cause: Cause, answered: bool = False) -> CallEnded:
    return CallEnded(order.call_id, order.call_key, cause, answered=answered)


async def test_it_calls_a_ready_agent_talks_and_hangs_up(stage: Stage) -> None:
    async with stage.played():
        stage.customer.fact(PhoneStarted("fake", "1", (), "sip:client@127.0.0.1:5099"))
        await stage.room.until(lambda: stage.room.contact == "sip:client@127.0.0.1:5099", "where the phone is")
        await stage.room.row("SimulationStarted", simulation="IN")
        await stage.room.row("StationConnected", contact=DESK)
        await asyncio.sleep(0.2)
        assert stage.engine.orders == []  # the agent is not ready
        await stage.room.row("AgentStateChanged", actor="system", before="not_ready", after="ready")
        call = await stage.ordered(PlaceCall)
        assert isinstance(call, PlaceCall)
        assert (call.target, call.present_number, call.display_name) == (DESK, CALLER, "Mme Odile Vasserand")
        assert call.headers == {"X-Plateau-Queue": "Service client"} and len(call.call_key) == 36
        stage.customer.fact(CallPlaced(call.call_id, call.call_key, DESK))
        stage.customer.fact(CallAnswered(call.call_id, call.call_key))
        await stage.until(lambda: stage.customer.calls[call.call_id].conversation is not None, "the conversation")
        await stage.speaks()
        await stage.line_over("ouverture")
        await stage.speaks()
        await stage.line_over("fin")
        assert await stage.ordered(HangUpCall) == HangUpCall(call.call_id)
        await stage.room.row("CallOffered", call_key=call.call_key)
        await stage.room.row("CallAnswered", call_key=call.call_key)
        stage.customer.fact(ended(call, Cause.HUNG_UP, answered=True))
        await stage.room.row("AgentStateChanged", actor="system", before="wrap_up", after="ready")
        await asyncio.sleep(0.5)
        assert len(stage.engine.of(PlaceCall)) == 1  # said what it had to say: not again
    spoken = stage.room.spoken()
    assert [d["line_id"] for d in spoken] == ["ouverture", "fin"]
    assert spoken[0]["speaker"] == "Odile Vasserand" and spoken[0]["text"].startswith("Bonjour")
    assert {body["call_key"] for path, body in stage.room.told if path.endswith("spoke")} == {call.call_key}
    assert [d["fact"] for d in stage.room.spoken("CustomerRevealed")] == ["demenagement"]
    assert len(stage.room.spoken("CustomerHeard")) == 2


async def test_a_missed_call_is_tried_again_when_the_agent_is_ready_three_times_in_all(stage: Stage) -> None:
    async with stage.played():
        await stage.ready_for("IN")
        for attempt in (1, 2, 3):
            call = await stage.ordered(PlaceCall, attempt)
            assert isinstance(call, PlaceCall)
            await stage.room.row("CallOffered", call_key=call.call_key)
            await stage.room.row("AgentStateChanged", before="offered", after="not_ready", reason="missed")
            await stage.until(lambda: stage.customer.world.agent == "not_ready", "the missed call")
            if attempt == 2:
                stage.customer.fact(OrderRefused("PlaceCall", Refusal.FAULT, call.call_id))
            else:
                stage.customer.fact(ended(call, Cause.NO_ANSWER))
            await asyncio.sleep(0.3)
            assert len(stage.engine.of(PlaceCall)) == attempt
            await stage.room.row("AgentStateChanged", before="not_ready", after="ready")
        await asyncio.sleep(0.4)
        assert len(stage.engine.of(PlaceCall)) == 3


async def test_a_process_started_again_does_not_call_for_a_call_already_taken(stage: Stage) -> None:
    await stage.room.row("SimulationStarted", simulation="IN")
    await stage.room.row("StationConnected", contact=DESK)
    await stage.room.row("CallOffered", call_key="k1")
    await stage.room.row("CallAnswered", call_key="k1")
    await stage.room.row("CallEnded", call_key="k1", cause="hung_up")
    await stage.room.row("AgentStateChanged", after="ready")
    async with stage.played():
        await stage.until(lambda: stage.customer.world.agent == "ready", "the journal")
        await asyncio.sleep(0.4)
        assert stage.engine.orders == []
        await stage.room.row("CallOffered", call_key="k2")
        await stage.room.row("CallAnswered", call_key="k2")
        await stage.room.row("CallEnded", call_key="k2", cause="network")  # cut: the customer calls back
        await stage.ordered(PlaceCall)


async def test_the_number_of_the_persona_is_answered_by_the_third_party_first(stage: Stage) -> None:
    async with stage.played():
        await stage.room.row("SimulationStarted", simulation="OUT")
        await stage.until(lambda: stage.customer.world.simulation == "OUT", "the simulation")
        stage.customer.fact(CallOffered("c1", "k1", "+33199004000", "", CALLED))
        assert await stage.ordered(AnswerCall) == AnswerCall("c1")
        stage.customer.fact(CallAnswered("c1", "k1"))
        await stage.line_over("decroche")
        assert stage.room.spoken()[0]["speaker"] == "Sa mère"
        stage.customer.fact(CallOffered("c2", "k2", "x", "", CALLED))
        assert await stage.ordered(RefuseCall) == RefuseCall("c2", "busy")
        await stage.speaks()
        await stage.line_over("fille")
        assert await stage.ordered(HangUpCall) == HangUpCall("c1")


@pytest.mark.parametrize(
    ("dialled", "line"),
    [
        (SERVICE, "accueil"),
        (COMPANY, "accueil"),
        (CALLED, "annonce"),
        (OTHER, "annonce"),
        ("0199004005", "accueil"),
        ("+33199007777", "allo"),
        ("", "allo"),
    ],
)
async def test_every_number_leads_somewhere(stage: Stage, dialled: str, line: str) -> None:
    async with stage.played():
        stage.customer.fact(CallOffered("c1", "k1", "+33199004000", "", dialled))
        await stage.ordered(AnswerCall)
        stage.customer.fact(CallAnswered("c1", "k1"))
        await stage.line_over(line)
        stage.customer.fact(CallEnded("c1", "k1", Cause.HUNG_UP, answered=True))
        await stage.until(lambda: not stage.customer.calls, "the end")


async def test_a_caller_who_gives_up_is_not_answered(stage: Stage) -> None:
    stage_pace = Pace(before_answering=0.3)
    async with stage.played():
        stage.customer._pace = stage_pace
        stage.customer.fact(CallOffered("c1", "k1", "+33199004000", "", SERVICE))
        await stage.until(lambda: "c1" in stage.customer.calls, "the offer")
        stage.customer.fact(CallEnded("c1", "k1", Cause.CANCELLED))
        await asyncio.sleep(0.5)
        assert stage.engine.orders == []


async def test_consulting_a_service_leaves_the_customer_on_hold_and_gives_him_back(stage: Stage) -> None:
    async with stage.played():
        await stage.room.row("SimulationStarted", simulation="OUT")
        await stage.until(lambda: stage.customer.world.simulation == "OUT", "the simulation")
        stage.customer.fact(CallOffered("c1", "k1", "+33199004000", "", CALLED))
        await stage.ordered(AnswerCall)
        stage.customer.fact(CallAnswered("c1", "k1"))
        await stage.line_over("decroche")
        stage.customer.fact(CallHeld("c1", "k1", "remote"))
        stage.customer.fact(CallOffered("c2", "k2", "+33199004000", "", SERVICE))
        await stage.ordered(AnswerCall, 2)
        stage.customer.fact(CallHeld("c1", "k1", "local"))  # our engine makes room
        stage.customer.fact(CallAnswered("c2", "k2"))
        await stage.line_over("accueil")
        assert stage.room.spoken()[-1]["speaker"] == "Service Contrats"
        stage.customer.fact(CallEnded("c2", "k2", Cause.HUNG_UP, answered=True))
        assert await stage.ordered(ResumeCall) == ResumeCall("c1")
        stage.customer.fact(CallResumed("c1", "k1", "local"))
        stage.customer.fact(CallResumed("c1", "k1", "remote"))
        await stage.until(lambda: not stage.customer.calls["c1"].held, "the customer taken back")
        await stage.speaks()
        await stage.line_over("fille")


async def test_it_pays_by_the_link_it_was_sent(stage: Stage) -> None:
    async with stage.played():
        await stage.ready_for("IN")
        call = await stage.ordered(PlaceCall)
        assert isinstance(call, PlaceCall)
        stage.customer.fact(CallAnswered(call.call_id, call.call_key))
        await stage.until(lambda: stage.customer.calls[call.call_id].conversation is not None, "the conversation")
        await stage.speaks()
        await stage.line_over("ouverture")
        stage.room.links["LP-1"] = {"id": "LP-1", "version": 2, "status": "envoyé"}  # moved on once since
        after = {"status": "envoyé", "contact_id": "vasserand-odile"}
        await stage.room.row(
            "RecordCreated", record_kind="payment_link", id="LP-1", contact_id="vasserand-odile", before={}, after=after, version=1
        )
        await stage.room.until(lambda: stage.room.links["LP-1"]["status"] == "autorisé", "the payment")
        moves = [body for path, body in stage.room.told if path == "/crm/payment_link/LP-1"]
        assert [body["fields"] for body in moves] == [{"status": "ouvert"}, {"status": "autorisé"}]
        assert all(body["call_key"] == call.call_key for body in moves)


async def test_without_a_microphone_the_key_passes_the_turn(stage: Stage) -> None:
    async with stage.played():
        await stage.ready_for("IN")
        call = await stage.ordered(PlaceCall)
        assert isinstance(call, PlaceCall)
        stage.customer.fact(CallAnswered(call.call_id, call.call_key))
        await stage.until(lambda: stage.customer.calls[call.call_id].conversation is not None, "the conversation")
        await stage.room.row("CueGiven", cue="a_vous")
        await stage.until(lambda: len(stage.room.spoken()) == 1, "the opening")
        await stage.room.row("CueGiven", cue="a_vous")  # the caption is read, the rest need not be heard
        await stage.line_over("fin")
        assert [d["fact"] for d in stage.room.spoken("CustomerRevealed")] == ["demenagement"]
        assert await stage.ordered(HangUpCall) == HangUpCall(call.call_id)


async def test_the_end_of_the_simulation_ends_its_call(stage: Stage) -> None:
    async with stage.played():
        await stage.ready_for("IN")
        call = await stage.ordered(PlaceCall)
        assert isinstance(call, PlaceCall)
        await stage.room.row("SimulationEnded", simulation="IN")
        assert await stage.ordered(HangUpCall) == HangUpCall(call.call_id)


async def test_a_transfer_makes_a_call_that_does_not_last_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.customer.caller.FOLLOWED_LIMIT", 0.1)
    async with stage.played():
        stage.customer.fact(CallPlaced("c9", "k9", f"sip:{SERVICE}@127.0.0.1:5099"))
        assert await stage.ordered(HangUpCall) == HangUpCall("c9")


async def test_a_dead_sip_stack_ends_the_customer(stage: Stage) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with stage.played():
            stage.customer.fact(EngineFaulted("sound", "once"))
            stage.customer.fact(EngineFaulted("engine thread", "assertion"))
            await asyncio.sleep(5)
    assert raised.group_contains(EngineDied, match="assertion")
    stage.shelf.close()
