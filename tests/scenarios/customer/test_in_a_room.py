"""The customer with a line of an exchange: sent from one sitting to another, called by a queue, told of the other end by the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedOK

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallOffered,
    Cause,
    HangUpCall,
    PlaceCall,
    RefuseCall,
    RegistrationChanged,
)
from scenarios.customer.caller import Customer, Pace
from scenarios.customer.lines import other_end
from scenarios.customer.posting import Post, Posting, SharedCall, read_post
from scenarios.customer.room_side import RoomSide
from tests.scenarios.customer.fake_room import TOKEN
from tests.scenarios.customer.test_caller import SPEED, Stage
from tests.scenarios.customer.tiny_pack import CALLED, CALLER, SERVICE

OWN = "sip:file-poste1@192.0.2.1:5061;transport=tls"
SHARED = "sip:file-commune@192.0.2.1:5061;transport=tls"
SHOWN = {
    "X-Plateau-Present-Number": CALLER,
    "X-Plateau-Present-Name": "Mme Odile Vasserand",
    "X-Plateau-Queue": "Service client",
}


class RoomStage(Stage):
    @asynccontextmanager
    async def played(self, registered: bool = True) -> AsyncIterator[None]:
        async with self.room.open():
            side = RoomSide(self.room.url, TOKEN, lambda row: self.customer.row(row))
            self.customer = Customer(self.pack, self.engine, self.sound, self.shelf, side, "seed", Pace().at(SPEED), line="client1")
            side.at("")
            posting = Posting(self.room.url, TOKEN, self.customer.posted, lambda: [call.call_key for call in self.customer.calls.values()])
            self.customer.calls_changed = posting.changed
            if registered:
                self.customer.fact(RegistrationChanged("registered"))
            async with asyncio.TaskGroup() as tasks:
                work = (side.run(), self.customer.run(), posting.run(), self.media())
                running = [tasks.create_task(one) for one in work]
                yield
                for task in running:
                    task.cancel()
            await side.leave()
            self.shelf.close()

    async def sent_to(self, sitting: str, station: str = "poste1", **more: Any) -> None:
        await self.room.post(station=station, sitting=sitting, target=OWN.replace("poste1", station), **{"call": None, **more})
        await self.until(lambda: self.customer.world.sitting == sitting, f"the sitting {sitting}")

    async def begins(self, sitting: str, simulation: str) -> None:
        await self.room.row("SimulationStarted", sitting=sitting, simulation=simulation)
        await self.room.row("AgentStateChanged", sitting=sitting, after="ready")

    async def told(self, kind: str, call: PlaceCall | CallOffered, sitting: str = "A", line: str = "poste1", **data: Any) -> None:
        await self.room.row(kind, call.call_key, "central", sitting, line=line, **data)

    async def connected(self, call: PlaceCall) -> None:
        """The exchange answers at once, and plays music."""
        self.customer.fact(CallAnswered(call.call_id, call.call_key))
        await self.until(lambda: self.customer.calls[call.call_id].talking, "the exchange's answer")

    async def placed(self, count: int = 1) -> PlaceCall:
        call = await self.ordered(PlaceCall, count)
        assert isinstance(call, PlaceCall)
        return call

    def talks(self, call: PlaceCall | CallOffered) -> bool:
        return self.customer.calls[call.call_id].conversation is not None


@pytest.fixture
async def stage(tmp_path: Path) -> RoomStage:
    return RoomStage(tmp_path)


async def test_it_calls_its_stations_queue_and_talks_once_somebody_takes_the_call(stage: RoomStage) -> None:
    async with stage.played():
        await stage.begins("A", "IN")
        await stage.sent_to("A")
        call = await stage.placed()
        assert (call.target, call.headers, call.display_name, call.present_number) == (OWN, SHOWN, "", "")
        await stage.connected(call)
        await stage.told("ExchangeQueued", call, queue="poste1")
        await stage.told("ExchangeDelivered", call)
        await stage.told("ExchangeEstablished", call, line="client1")  # our own end
        await stage.until(lambda: len(stage.customer.world.rows) == 4, "the rows")
        assert not stage.talks(call)
        await stage.told("ExchangeEstablished", call)
        await stage.until(lambda: stage.talks(call), "the conversation")
        await stage.speaks()
        await stage.line_over("ouverture")
        await stage.told("ExchangeHeld", call)
        await stage.until(lambda: stage.customer.calls[call.call_id].held, "on hold")
        await stage.speaks()  # the music of the exchange
        assert len(stage.room.spoken("CustomerHeard")) == 1
        await stage.told("ExchangeRetrieved", call)
        await stage.until(lambda: not stage.customer.calls[call.call_id].held, "taken back")
        await stage.speaks()
        await stage.line_over("fin")
        await stage.ordered(HangUpCall)
        stage.customer.fact(CallEnded(call.call_id, call.call_key, Cause.HUNG_UP, answered=True))
        await stage.room.until(lambda: stage.room.reports[-2:] == [[call.call_key], []], "the calls it says it has")
        await asyncio.sleep(0.4)
        assert len(stage.engine.of(PlaceCall)) == 1
    assert set(stage.room.told_in) == {"A"}
    assert not [path for path, _ in stage.room.told if path == "/cti/station"]


async def test_a_call_that_nobody_took_is_made_again_at_the_same_station(stage: RoomStage) -> None:
    async with stage.played():
        await stage.begins("A", "IN")
        await stage.sent_to("A")
        call = await stage.placed()
        await stage.connected(call)
        stage.customer.fact(CallEnded(call.call_id, call.call_key, Cause.HUNG_UP, answered=True))
        again = await stage.placed(2)
        assert again.target == OWN and again.call_key != call.call_key


async def test_a_call_of_the_shared_queue_finds_its_sitting_and_nothing_of_before_ends_it(stage: RoomStage) -> None:
    async with stage.played():
        shared = {"call_key": "c-1", "simulation": "IN", "target": SHARED}
        await stage.room.post(station="", sitting="", target="", call={**shared, "target": ""})  # the exchange is away
        await stage.room.post(station="", sitting="", target="", call=shared)
        call = await stage.placed()
        assert (call.target, call.call_key, call.headers) == (SHARED, "c-1", SHOWN)
        await stage.connected(call)
        await stage.room.until(lambda: stage.room.reports[-1] == ["c-1"], "the call it says it has")
        await stage.begins("A", "OUT")
        await stage.room.row("SimulationEnded", sitting="A", simulation="OUT")
        await stage.begins("A", "IN")
        await stage.sent_to("A", call=shared)
        await stage.until(lambda: stage.customer.world.simulation == "IN", "the simulation")
        await stage.told("ExchangeEstablished", call)
        await stage.until(lambda: stage.talks(call), "the conversation")
        assert stage.engine.of(HangUpCall) == []
        await stage.speaks()
        await stage.line_over("ouverture")
        await stage.room.row("SimulationEnded", sitting="A", simulation="IN")
        assert await stage.ordered(HangUpCall) == HangUpCall(call.call_id)
    assert set(stage.room.told_in) == {"A"} and len(stage.engine.of(PlaceCall)) == 1


async def test_a_waiting_call_is_hung_up_when_the_room_takes_it_back(stage: RoomStage) -> None:
    async with stage.played():
        await stage.room.post(station="", sitting="", target="", call={"call_key": "c-1", "simulation": "IN", "target": SHARED})
        call = await stage.placed()
        await stage.connected(call)
        await stage.room.post(station="", sitting="", target="", call=None)
        assert await stage.ordered(HangUpCall) == HangUpCall(call.call_id)


async def test_what_is_said_stays_in_the_sitting_it_is_of(stage: RoomStage) -> None:
    async with stage.played():
        await stage.begins("A", "IN")
        await stage.sent_to("A")
        call = await stage.placed()
        await stage.connected(call)
        await stage.told("ExchangeEstablished", call)
        await stage.until(lambda: stage.talks(call), "the conversation")
        await stage.speaks()
        await stage.line_over("ouverture")
        # it is to pay by a link, and is sent elsewhere before it came
        after = {"status": "envoyé", "contact_id": "vasserand-odile"}
        await stage.room.row("RecordCreated", sitting="A", record_kind="payment_link", id="LP-0", contact_id="nobody", after={}, version=1)
        stage.customer._act("authorise_link", stage.customer.calls[call.call_id])
        stage.customer.fact(CallEnded(call.call_id, call.call_key, Cause.HUNG_UP, answered=True))
        await stage.until(lambda: not stage.customer.calls, "the end")
        await stage.begins("B", "IN")
        stage.room.links["LP-B"] = {"id": "LP-B", "version": 1, "status": "envoyé"}
        await stage.room.row(
            "RecordCreated", sitting="B", record_kind="payment_link", id="LP-B", contact_id="vasserand-odile", after=after, version=1
        )
        await stage.sent_to("B", "poste2")
        again = await stage.placed(2)  # who has called in A may call in B
        assert again.target == OWN.replace("poste1", "poste2")
        await stage.until(lambda: bool(stage.customer.world.links), "the other sitting's link")
        await asyncio.sleep(0.3)
        assert stage.room.links["LP-B"]["status"] == "envoyé"
        assert {row["kind"] for row in stage.customer.world.rows} <= {"AgentStateChanged", "RecordCreated"}
    assert set(stage.room.told_in) == {"A"}


async def test_it_does_not_call_before_the_exchange_knows_its_phone(stage: RoomStage) -> None:
    async with stage.played(registered=False):
        await stage.begins("A", "IN")
        await stage.sent_to("A")
        await stage.until(lambda: stage.customer.world.agent == "ready", "the rows")
        await asyncio.sleep(0.3)
        assert stage.engine.orders == []
        stage.customer.fact(RegistrationChanged("registered"))
        await stage.placed()


async def test_it_answers_as_whoever_was_dialled_and_leaves_who_was_passed_on(stage: RoomStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.customer.caller.FOLLOWED_LIMIT", 0.1)
    async with stage.played():
        await stage.room.row("SimulationStarted", sitting="A", simulation="OUT")
        await stage.sent_to("A")
        await stage.until(lambda: stage.customer.world.simulation == "OUT", "the simulation")
        first = CallOffered(
            "c1", "k1", "poste1", "Poste 1", "client1", headers={"X-Plateau-Dialled": CALLED, "X-Plateau-Station": "poste1"}
        )
        stage.customer.fact(first)
        assert await stage.ordered(AnswerCall) == AnswerCall("c1")
        stage.customer.fact(CallAnswered("c1", "k1"))
        await stage.line_over("decroche")
        stage.customer.fact(CallOffered("c3", "k3", "poste1", "", "client1", headers={"X-Plateau-Dialled": CALLED}))
        assert await stage.ordered(RefuseCall) == RefuseCall("c3", "busy")
        # sent to a service without a word: the same key on both halves
        second = CallOffered("c2", "k1", "poste1", "", "client1", headers={"x-plateau-dialled": SERVICE, "X-Plateau-Transfer": "blind"})
        stage.customer.fact(second)
        await stage.told("ExchangeTransferred", first, dialled=SERVICE)
        assert await stage.ordered(AnswerCall, 2) == AnswerCall("c2")
        stage.customer.fact(CallAnswered("c2", "k1"))
        await stage.line_over("accueil")
        assert stage.engine.of(HangUpCall)[:1] == [HangUpCall("c1")]
        conversation = stage.customer.calls["c2"].conversation
        assert conversation is not None and not conversation.over


async def test_who_was_just_sent_here_answers_by_what_is_played_when_it_picks_up(stage: RoomStage) -> None:
    async with stage.played():
        stage.customer._pace = Pace(before_answering=1.0)
        await stage.sent_to("A")
        stage.customer.fact(CallOffered("c1", "k1", "poste1", "", "client1", headers={"X-Plateau-Dialled": CALLED}))
        await stage.room.row("SimulationStarted", sitting="A", simulation="OUT")
        await stage.ordered(AnswerCall)
        stage.customer.fact(CallAnswered("c1", "k1"))
        await stage.line_over("decroche")


@pytest.mark.parametrize(
    ("kind", "line", "told"),
    [
        ("ExchangeEstablished", "poste1", "reached"),
        ("ExchangeEstablished", "client1", None),
        ("CallAnswered", "", "reached"),
        ("ExchangeHeld", "poste1", "held"),
        ("ExchangeHeld", "client1", None),
        ("ExchangeRetrieved", "poste1", "resumed"),
        ("ExchangeTransferred", "poste1", "left"),
        ("ExchangeCleared", "poste1", None),
        ("RecordCreated", "poste1", None),
        ("ExchangeHeld", "", None),
    ],
)
def test_what_a_row_tells_of_the_other_end(kind: str, line: str, told: str | None) -> None:
    assert other_end({"kind": kind, "data": {"line": line}}, "client1") == told


def test_a_post_is_read_whole_or_refused() -> None:
    shared = {"call_key": "k", "simulation": "IN", "target": SHARED}
    text = '{"room": {}, "me": {"seat": "client1", "station": "poste1", "sitting": "A", "target": "sip:x", "call": null}}'
    assert read_post(text) == Post("poste1", "A", "sip:x")
    assert read_post(json.dumps({"me": {"call": shared}})) == Post(shared=SharedCall(**shared))
    for bad in ("", "[]", "{}", '{"me": 1}'):
        with pytest.raises(ValueError):
            read_post(bad)


class _Cut:
    """A socket that is lost when told so."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    async def send(self, _text: str) -> None:
        await self.lost.wait()
        raise ConnectionClosedOK(None, None)

    def __aiter__(self) -> _Cut:
        return self

    async def __anext__(self) -> str:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_customer_whose_room_dies_as_it_is_told_to_leave_leaves() -> None:
    socket = _Cut()
    posting = Posting("http://127.0.0.1:9", "token", lambda _post: None, list)
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        attending = group.create_task(posting._attend(socket))  # type: ignore[arg-type]
        for _ in range(5):
            await asyncio.sleep(0)
        socket.lost.set()
        attending.cancel()
    assert attending.cancelled()
