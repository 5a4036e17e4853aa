"""A whole call over real SIP and RTP: the customer's process on one side, a phone process with a WAV as its microphone on the other."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallResumed,
    Cause,
    Fact,
    HangUpCall,
    PhoneStarted,
    PlaceCall,
    ResumeCall,
    TransferCall,
)  # fmt: skip
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.client import PhoneClient
from scenarios.customer.voice import _write
from tests.scenarios.customer.fake_room import TOKEN, FakeRoom
from tests.scenarios.customer.speech import sentence, silence
from tests.scenarios.customer.tiny_pack import CALLED, CALLER, DAY, SERVICE, write_pack

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def customer_process(room: FakeRoom, folder: Path, engine: str = "pjsua2") -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "scenarios.customer", "--room", room.url, "--pack", str(folder / "pack"), "--day", DAY.isoformat()]
    with (folder / "customer.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, "--engine", engine, "--speed", "10", "--voice-cache", str(folder / "voix"),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, env={**os.environ, "PLATEAU_TOKEN": TOKEN},
        )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(30):
            said = json.loads(await process.stdout.readline())
        assert said["ready"] is True and said["contact"].startswith("sip:")
        yield process
    finally:
        process.stdin.close()  # the parent is gone
        async with asyncio.timeout(40):
            assert await process.wait() == 0, (folder / "customer.log").read_text()


async def next_of(phone: PhoneClient, kind: type[Fact], within: float = 40.0) -> Fact:
    async with asyncio.timeout(within):
        async for fact in phone.facts():
            if isinstance(fact, kind):
                return fact
    raise AssertionError(f"no {kind.__name__}")


async def rendered(folder: Path, lines: int) -> None:
    deadline = asyncio.get_running_loop().time() + 20
    while len(await asyncio.to_thread(lambda: list(folder.glob("*.wav")))) < lines:
        assert asyncio.get_running_loop().time() < deadline, "the lines were not rendered"
        await asyncio.sleep(0.05)


def loudness(path: Path) -> list[float]:
    """RMS of each tenth of a second."""
    with wave.open(str(path)) as wav:
        samples, step = array("h", wav.readframes(wav.getnframes())), wav.getframerate() // 10
    return [(sum(x * x for x in samples[i : i + step]) / step) ** 0.5 for i in range(0, len(samples) - step, step)]


def microphone(folder: Path, *parts: bytes) -> SoundChoice:
    _write(folder / "micro.wav", b"".join(parts))
    return SoundChoice(mic_file=str(folder / "micro.wav"), speaker_file=str(folder / "oreille.wav"))


@pytest.mark.parametrize(("engine", "slowest"), [("pjsua2", 2.5), ("pyvoip", 4.0)])
async def test_a_call_taken_talked_through_and_hung_up_by_the_customer(tmp_path: Path, engine: str, slowest: float) -> None:
    write_pack(tmp_path / "pack")
    room = FakeRoom()
    greeting = sentence("Brûlerie Marvalune bonjour, Camille à votre écoute.")
    answer = sentence("Très bien madame, je note votre nouvelle adresse tout de suite.")
    sound = microphone(tmp_path, silence(0.6), greeting, silence(6.5), answer, silence(20))
    async with (
        room.open(),
        PhoneClient("pjsua2", sound=sound, log=tmp_path / "phone.log") as phone,
        customer_process(room, tmp_path, engine),
    ):
        started = await next_of(phone, PhoneStarted)
        assert isinstance(started, PhoneStarted)
        await room.row("SimulationStarted", simulation="IN")
        await room.row("StationConnected", contact=started.contact)
        await room.row("AgentStateChanged", before="not_ready", after="ready")
        offer = await next_of(phone, CallOffered)
        assert isinstance(offer, CallOffered)
        if engine == "pjsua2":
            assert (offer.caller, offer.caller_name, offer.queue) == (CALLER, "Mme Odile Vasserand", "Service client")
        phone.send(AnswerCall(offer.call_id))
        await next_of(phone, CallAnswered)
        answered_at = asyncio.get_running_loop().time()
        await room.until(lambda: len(room.spoken()) == 1, "the customer's first words")
        end = await next_of(phone, CallEnded, 30)
        assert isinstance(end, CallEnded)
        assert (end.cause, end.by, end.answered, end.call_id) == (Cause.HUNG_UP, "remote", True, offer.call_id)
        await room.until(lambda: len(room.spoken()) == 2 and len(room.spoken("CustomerHeard")) == 2, "what was said")
    assert [data["line_id"] for data in room.spoken()] == ["ouverture", "fin"]
    assert [data["fact"] for data in room.spoken("CustomerRevealed")] == ["demenagement"]
    for heard, said in zip(room.spoken("CustomerHeard"), (greeting, answer), strict=True):
        assert heard["seconds"] == pytest.approx(len(said) / 32000 - 0.12, abs=0.6)
    levels = loudness(tmp_path / "oreille.wav")
    voiced = [i for i, level in enumerate(levels) if level > 300]
    assert len(voiced) > 30  # two lines of the customer, some seconds of speech
    assert max(levels[:15]) < 300  # who did not speak while he was greeted
    wait = room.spoke_at("ouverture") - answered_at - (0.6 + len(greeting) / 32000 - 0.06)
    assert 0.6 < wait < slowest, f"answered {wait:.2f} s after the greeting"


async def test_the_persona_called_held_for_a_consultation_and_transferred(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack")
    room = FakeRoom()
    sound = microphone(tmp_path, silence(60))
    async with room.open(), PhoneClient("pjsua2", sound=sound, log=tmp_path / "phone.log") as phone, customer_process(room, tmp_path):
        await room.until(lambda: bool(room.contact), "where the customer's phone is")
        await room.row("SimulationStarted", simulation="OUT")
        await next_of(phone, PhoneStarted)
        await rendered(tmp_path / "voix", 2)  # what is played now is known
        place = room.contact.partition("@")[2] or room.contact.removeprefix("sip:")
        phone.send(PlaceCall("c1", f"sip:{CALLED}@{place.strip('>')}", "key-1"))
        await next_of(phone, CallAnswered)
        await room.until(lambda: len(room.spoken()) == 1, "the mother's hello")
        assert room.spoken()[0] == {"line_id": "decroche", "text": "Allô, oui ?", "speaker": "Sa mère", "speaker_id": "mere"}
        service = f"sip:{SERVICE}@{place.strip('>')}"
        phone.send(PlaceCall("c2", service, "key-2"))  # a consultation: the phone puts the customer on hold first
        held = await next_of(phone, CallHeld)
        assert isinstance(held, CallHeld) and held.call_id == "c1"
        await room.until(lambda: room.spoken()[-1]["line_id"] == "accueil", "the service's greeting")
        phone.send(HangUpCall("c2"))
        await next_of(phone, CallEnded)
        phone.send(ResumeCall("c1"))
        resumed = await next_of(phone, CallResumed)
        assert isinstance(resumed, CallResumed) and resumed.call_id == "c1"
        phone.send(TransferCall("c1", service))
        end = await next_of(phone, CallEnded)
        assert isinstance(end, CallEnded) and (end.call_id, end.cause) == ("c1", Cause.TRANSFERRED)
        await room.until(lambda: [d["line_id"] for d in room.spoken()].count("accueil") == 2, "the service's greeting to the customer")


async def test_a_pack_that_does_not_load_is_told_and_not_tried_again(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scenarios.customer", "--room", "http://127.0.0.1:9", "--pack", str(tmp_path), "--day", "2026-11-23"),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert "ne se charge pas" in errors.decode()
