"""A practice room on a real Asterisk: virtual customers call the shared queue and the stations' own, each call in its own sitting."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallResumed,
    Cause,
    HangUpCall,
    HoldCall,
    RefuseCall,
    ResumeCall,
    TransferCall,
)
from cti.phone.audio.port import RATE
from scenarios.customer.voice import _write
from tests.e2e.exam import ExamRoom, Place, place
from tests.e2e.lab import sound_of
from tests.scenarios.customer.speech import sentence, silence
from tests.scenarios.customer.tiny_pack import CALLED, CALLER, SERVICE, write_pack

pytestmark = pytest.mark.e2e
TRAINEES = ("poste1", "poste2")


def practice_pack(folder: Path) -> Path:
    """The small pack, with its inbound simulation twice: IN and AGAIN."""
    pack = write_pack(folder / "pack")
    again = shutil.copytree(pack / "simulations/IN", pack / "simulations/AGAIN") / "simulation.yaml"
    again.write_text(again.read_text().replace("id: IN", "id: AGAIN"), encoding="utf-8")
    return pack


def microphone(folder: Path) -> str:
    """Somebody who says a few words every six seconds."""
    turn = sentence("Bonjour, je vous écoute.")
    _write(folder / "micro.wav", (turn + silence(6.0 - len(turn) / 2 / RATE)) * 30)
    return str(folder / "micro.wav")


@contextlib.asynccontextmanager
async def practice(tmp_path: Path, customers: int = 2) -> AsyncIterator[tuple[ExamRoom, Place, Place, Place]]:
    says = microphone(tmp_path)
    with ExamRoom(tmp_path, juries=1, mode="practice", customers=customers, pack=practice_pack(tmp_path)) as room:
        async with (
            place(room, "poste1", says=says) as one,
            place(room, "poste2", says=says) as two,
            place(room, "jury1", "observer", "poste1") as trainer,
        ):
            await until(trainer, lambda view: all(customer["connected"] for customer in view["customers"]), "both customers", 30)
            yield room, one, two, trainer


async def until(trainer: Place, true: Callable[[dict[str, Any]], object], what: str, within: float = 30.0) -> dict[str, Any]:
    """The jury's view once that is so."""
    deadline = time.monotonic() + within
    while not true(view := await trainer.ask("GET", "/jury/room")):
        assert time.monotonic() < deadline, f"{what}: never; {view['customers']} {view['queues']} {view['stream']}"
        await asyncio.sleep(0.05)
    found: dict[str, Any] = view
    return found


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": str(uuid.uuid4()), **more}


async def calls_of(room: ExamRoom, station: str) -> set[str]:
    """The keys of every call that this station's journal speaks of."""
    return {row.call_key for row in await asyncio.to_thread(room.rows, station) if row.call_key}


async def spoken(room: ExamRoom, station: str, call_key: str) -> list[str]:
    rows = await asyncio.to_thread(room.rows, station, "CustomerSpoke")
    return [row.data["line_id"] for row in rows if row.call_key == call_key]


def heard_speech(room: ExamRoom, station: str, since: int) -> float:
    """Seconds of speech in that headset since then."""
    sound, step = sound_of(room.heard_file(station))[since:], RATE // 10
    return sum(0.1 for at in range(0, len(sound) - step, step) if abs(sound[at : at + step]).max() > 0.05)


async def talk_to_the_end(room: ExamRoom, trainee: Place, offered: CallOffered) -> None:
    """The customer says all it has to say, and hangs up."""
    ended = await trainee.wait(CallEnded, lambda fact: fact.call_id == offered.call_id, deadline=40)
    assert (ended.cause, ended.by, ended.answered) == (Cause.HUNG_UP, "remote", True)
    await asyncio.to_thread(room.wait_row, trainee.id, "CustomerSpoke", line_id="fin")
    assert await spoken(room, trainee.id, offered.call_key) == ["ouverture", "fin"]
    heard = [row for row in await asyncio.to_thread(room.rows, trainee.id, "CustomerHeard") if row.call_key == offered.call_key]
    assert len(heard) >= 2  # audio from the trainee to the customer
    assert heard_speech(room, trainee.id, 0) > 2.0  # and back


async def test_two_calls_of_the_shared_queue_then_one_of_each_stations_own(tmp_path: Path) -> None:
    async with practice(tmp_path) as (room, one, two, trainer):
        await two.ask("POST", "/cti/agent", **write(order="not_ready", reason="break"))
        await trainer.ask("POST", "/jury/stream", simulations=["IN"], calls=2, every=0)
        first = await one.answer()
        view = await until(trainer, lambda view: len(view["queues"][-1]["waiting"]) == 1, "the call that waits")
        shared = view["queues"][-1]
        assert shared["id"] == "commune"
        assert (shared["waiting"][0]["number"], shared["waiting"][0]["name"]) == (CALLER, "Mme Odile Vasserand")
        assert shared["waiting"][0]["call_key"] != first.call_key
        await two.order("ready")
        second = await two.answer()
        assert (first.caller, first.caller_name, first.queue) == (CALLER, "Mme Odile Vasserand", "Service client")
        assert int(second.headers["X-Plateau-Position"]) >= 1 and int(second.headers["X-Plateau-Waited"]) >= 0
        await asyncio.gather(talk_to_the_end(room, one, first), talk_to_the_end(room, two, second))
        assert await calls_of(room, "poste1") == {first.call_key}
        assert await calls_of(room, "poste2") == {second.call_key}
        for station in TRAINEES:
            kinds = [row.kind for row in await asyncio.to_thread(room.rows, station)]
            assert kinds.index("SimulationStarted") < kinds.index("CallOffered") < kinds.index("CallAnswered")
        view = await until(trainer, lambda view: view["stream"] is None and not view["queues"][-1]["waiting"], "an empty queue")
        assert sorted(customer["station"] for customer in view["customers"]) == list(TRAINEES)

        # each begins a simulation by itself: the customer calls one, the other calls the customer
        await asyncio.gather(one.ready_again(first.call_key), two.ready_again(second.call_key))
        for trainee, simulation in ((one, "AGAIN"), (two, "OUT")):
            await trainee.ask("POST", "/sitting/simulations/IN/end", **write())
            await trainee.ask("POST", f"/sitting/simulations/{simulation}/start", **write())
        await until(trainer, lambda view: {c["simulation"] for c in view["customers"]} == {"AGAIN", "OUT"}, "a customer for each")
        before, since = one.now, room.last_seq("poste1")
        called = await dial(two, CALLED)
        own = await one.answer(before)
        assert own.call_key not in (first.call_key, second.call_key)
        await asyncio.to_thread(room.wait_row, "poste2", "CustomerSpoke", line_id="decroche")
        await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", since=since, line_id="ouverture")
        one.send(HangUpCall(own.call_id))
        two.send(HangUpCall(called))
        for trainee, call_id in ((one, own.call_id), (two, called)):
            await trainee.wait(CallEnded, lambda fact, call_id=call_id: fact.call_id == call_id)  # type: ignore[misc]
        assert await calls_of(room, "poste1") == {first.call_key, own.call_key}
        assert own.call_key not in await calls_of(room, "poste2")


async def dial(trainee: Place, number: str) -> str:
    """Once the exchange knows who plays there."""
    deadline = time.monotonic() + 10
    while not (await trainee.http.get("/cti/dial", params={"number": number})).is_success:
        assert time.monotonic() < deadline, f"nobody plays the customer of {trainee.id}"
        await asyncio.sleep(0.05)
    return await trainee.dial(number)


async def test_a_call_that_was_refused_goes_on_to_another_sitting_or_comes_back(tmp_path: Path) -> None:
    async with practice(tmp_path, customers=1) as (room, one, two, trainer):
        await two.ask("POST", "/cti/agent", **write(order="not_ready", reason="break"))
        await trainer.ask("POST", "/jury/stream", simulations=["IN"], calls=1)
        refused = await one.wait(CallOffered)
        await two.order("ready")
        one.send(RefuseCall(refused.call_id))
        taken = await two.answer()  # the next who is ready, as in any call centre: it is his sitting's now
        assert taken.call_key == refused.call_key
        await asyncio.to_thread(room.wait_row, "poste2", "CustomerSpoke", line_id="ouverture")
        assert [row.kind for row in room.rows("poste1") if row.call_key == refused.call_key and row.kind.startswith("Exchange")] == [
            "ExchangeQueued",
            "ExchangeDelivered",
            "ExchangeFailed",
        ]
        assert not room.rows("poste1", "CustomerSpoke")
        two.send(HangUpCall(taken.call_id))
        await two.ready_again(taken.call_key)
        await two.ask("POST", "/sitting/simulations/IN/end", **write())
        # whoever refused has begun the simulation too: now that the customer is free, it calls there
        await one.agent_is("not_ready")
        await one.order("ready")
        own = await one.answer(one.now)
        assert own.call_key != refused.call_key
        await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", line_id="ouverture")


async def test_a_customer_that_is_called_consulted_and_transferred(tmp_path: Path) -> None:
    async with practice(tmp_path, customers=1) as (room, one, _two, trainer):
        await one.ask("POST", "/sitting/simulations/OUT/start", **write())
        await until(trainer, lambda view: view["customers"][0]["station"] == "poste1", "the customer")
        customer = await dial(one, CALLED)
        await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", line_id="decroche")
        one.send(HoldCall(customer))
        await one.wait(CallHeld, lambda fact: fact.call_id == customer)
        before = one.now
        service = await dial(one, SERVICE)
        await one.wait(CallAnswered, lambda fact: fact.call_id == service, before)
        greeting = await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", line_id="accueil")
        assert greeting.call_key == service and greeting.data["speaker"] == "Service Contrats"
        one.send(HangUpCall(service))
        await one.wait(CallEnded, lambda fact: fact.call_id == service)
        one.send(ResumeCall(customer))
        await one.wait(CallResumed, lambda fact: fact.call_id == customer)
        since = room.last_seq("poste1")
        one.send(TransferCall(customer, (await one.http.get("/cti/dial", params={"number": SERVICE})).json()["target"]))
        ended = await one.wait(CallEnded, lambda fact: fact.call_id == customer)
        assert ended.cause == Cause.TRANSFERRED
        greeting = await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", since=since, line_id="accueil")
        assert greeting.call_key == customer


async def test_a_customer_killed_in_a_call_comes_back_and_calls_again(tmp_path: Path) -> None:
    async with practice(tmp_path, customers=1) as (room, one, _two, _trainer):
        await one.ask("POST", "/sitting/simulations/IN/start", **write())
        first = await one.answer()
        await asyncio.to_thread(room.wait_row, "poste1", "CustomerSpoke", line_id="ouverture")
        pids = customer_processes(room)
        assert len(pids) == 1
        os.kill(pids[0], signal.SIGKILL)
        await one.wait(CallEnded, lambda fact: fact.call_id == first.call_id)  # nothing comes any more: the phone or the exchange ends it
        before = one.now
        await one.ready_again(first.call_key)
        again = await one.answer(before)
        assert again.call_key != first.call_key
        assert customer_processes(room) != pids
        await talk_to_the_end(room, one, again)


def customer_processes(room: ExamRoom) -> list[int]:
    """Those that this room server started."""
    assert room.process is not None
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1]) if entry.name.isdigit() else 0
            if parent == room.process.pid and b"scenarios.customer" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
