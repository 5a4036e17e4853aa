"""The phone process and the side that starts it: started, fed rubbish, killed, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cti.message_lines import decode_fact
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallPlaced,
    CallRang,
    EngineFaulted,
    Fact,
    HangUpCall,
    MicrophoneMuted,
    MuteMicrophone,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    PlaceCall,
    Refusal,
    SetVolume,
    VolumeChanged,
)  # fmt: skip
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.client import MAX_DEATHS, PhoneClient
from cti.phone.port import PhoneSettings

F = TypeVar("F")
QUIET = SoundChoice(none=True)
ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 30.0


class Watched:
    """A phone client and every fact it told."""

    def __init__(self, phone: PhoneClient, facts: list[Fact], news: asyncio.Event) -> None:
        self.phone, self.facts, self._news = phone, facts, news

    async def wait(self, kind: type[F], where: Callable[[F], bool] = lambda _: True, after: int = 0, deadline: float = DEADLINE) -> F:
        async with asyncio.timeout(deadline):
            while True:
                for fact in self.facts[after:]:
                    if isinstance(fact, kind) and where(fact):
                        return fact
                self._news.clear()
                await self._news.wait()

    async def target(self, after: int = 0) -> str:
        return (await self.wait(PhoneStarted, after=after)).contact


@contextlib.asynccontextmanager
async def running(
    tmp_path: Path, user: str = "one", engine: str = "pjsua2", sound: SoundChoice = QUIET, **settings: Any
) -> AsyncIterator[Watched]:
    facts: list[Fact] = []
    news = asyncio.Event()

    def take(fact: Fact) -> None:
        facts.append(fact)
        news.set()

    fields: dict[str, Any] = {"user": user, **settings}
    chosen = PhoneSettings(**fields)
    async with PhoneClient(engine, chosen, sound, log=tmp_path / f"{user}.log", on_fact=take) as phone:
        yield Watched(phone, facts, news)


async def talk(one: Watched, two: Watched, call_id: str, after: tuple[int, int] = (0, 0)) -> str:
    """`one` calls `two`, who answers; the call's id at `two`."""
    one.phone.send(PlaceCall(call_id, await two.target(after[1])))
    offered = await two.wait(CallOffered, after=after[1])
    two.phone.send(AnswerCall(offered.call_id))
    await two.wait(CallAnswered, lambda fact: fact.call_id == offered.call_id, after[1])
    await one.wait(CallAnswered, lambda fact: fact.call_id == call_id, after[0])
    return offered.call_id


async def test_two_phones_talk(tmp_path: Path) -> None:
    async with running(tmp_path, "one") as one, running(tmp_path, "two") as two:
        await one.wait(PhoneStarted)
        call = await talk(one, two, "c1")
        two.phone.send(HangUpCall(call))
        assert (await one.wait(CallEnded)).by == "remote"
        assert await one.phone.stop() == 0
        assert await two.phone.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
async def test_killed_in_a_call_it_is_back_within_two_seconds_and_calls_again(tmp_path: Path, number: signal.Signals) -> None:
    async with running(tmp_path, "one", media_timeout=0.0) as one, running(tmp_path, "two", media_timeout=0.0) as two:
        began = time.monotonic()
        await asyncio.gather(one.wait(PhoneStarted), two.wait(PhoneStarted))
        fresh = time.monotonic() - began
        await talk(one, two, "c1")
        two.phone.send(MuteMicrophone(True))
        await two.wait(MicrophoneMuted)
        seen = (len(one.facts), len(two.facts))
        assert two.phone.pid is not None
        killed = time.monotonic()
        os.kill(two.phone.pid, number)
        assert (await two.wait(PhoneLost, after=seen[1])).exit_code == -number
        await two.wait(PhoneStarted, after=seen[1])
        assert time.monotonic() - killed < max(2.0, 1.5 * fresh)  # two seconds where a machine is not at its limit already
        assert (await two.wait(MicrophoneMuted, after=seen[1])).muted  # a muted agent stays muted
        one.phone.send(HangUpCall("c1"))
        await one.wait(CallEnded, after=seen[0])
        await talk(one, two, "c2", seen)


async def test_stopped_with_a_call_in_every_state(tmp_path: Path) -> None:
    async with running(tmp_path, "one") as one, running(tmp_path, "two") as two:
        await one.wait(PhoneStarted)
        await talk(one, two, "talking")
        one.phone.send(PlaceCall("ringing", await two.target()))
        await one.wait(CallRang, lambda fact: fact.call_id == "ringing")
        one.phone.send(PlaceCall("dialling", "sip:nobody@192.0.2.1"))
        await one.wait(CallPlaced, lambda fact: fact.call_id == "dialling")
        began = time.monotonic()
        assert await two.phone.stop() == 0  # talking or held, and offered
        assert await one.phone.stop() == 0
        assert time.monotonic() - began < 8.0
        assert {fact.call_id for fact in one.facts if isinstance(fact, CallEnded)} == {"talking", "ringing", "dialling"}


async def test_the_volume_is_told_back_and_outlives_the_phone(tmp_path: Path) -> None:
    async with running(tmp_path, engine="fake") as one:
        await one.wait(PhoneStarted)
        one.phone.send(SetVolume(1.5))
        assert (await one.wait(VolumeChanged)).speaker == 1.5
        for wrong in (2.1, -0.1, float("nan")):
            seen = len(one.facts)
            one.phone.send(SetVolume(wrong))
            assert (await one.wait(OrderRefused, after=seen)).reason is Refusal.BAD_VALUE
        seen = len(one.facts)
        assert one.phone.pid is not None
        os.kill(one.phone.pid, signal.SIGKILL)
        assert (await one.wait(VolumeChanged, after=seen)).speaker == 1.5


async def test_given_up_after_too_many_deaths(tmp_path: Path) -> None:
    async with running(tmp_path) as one:
        seen = 0
        for _ in range(MAX_DEATHS):
            await one.wait(PhoneStarted, after=seen)
            seen = len(one.facts)
            assert one.phone.pid is not None
            os.kill(one.phone.pid, signal.SIGKILL)
            await one.wait(PhoneLost, after=seen)
        assert "given up" in (await one.wait(EngineFaulted)).what
        assert one.phone.send(HangUpCall("x")) is False
        assert one.facts[-1] == OrderRefused("HangUpCall", Refusal.NO_PHONE, "x")


async def test_an_engine_that_cannot_run_is_not_tried_again(tmp_path: Path) -> None:
    async with running(tmp_path, srtp="off", bind="192.0.2.77") as one:
        lost = await one.wait(PhoneLost)
        assert lost.exit_code == 69
        assert lost.detail.startswith("start: ")
        assert "given up after 1" in (await one.wait(EngineFaulted, lambda fact: fact.where == "phone")).what


def test_rubbish_orders_are_refused_and_the_end_of_orders_is_the_end(tmp_path: Path) -> None:
    lines = [
        b"rubbish",
        b'{"type": "PlaceCall"}',
        b'{"type": "NoSuchOrder"}',
        b"\xff\xfe\x00",
        b"[" * 5000,
        b"x" * 200_000,
        json.dumps({"type": "HangUpCall", "call_id": "none"}).encode(),
        b'{"type": "SetVolume", "speaker": NaN}',
        json.dumps({"type": "PlaceCall", "call_id": "c", "target": "sip:a@127.0.0.1\r\nX-Evil: 1"}).encode(),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "cti.phone", "--sound", '{"none": true}'],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        cwd=ROOT,
        timeout=30,
        check=False,
    )
    facts = [decode_fact(line) for line in done.stdout.decode().splitlines()]  # nothing else was printed there
    assert done.returncode == 0, done.stderr.decode()
    assert isinstance(facts[0], PhoneStarted) or isinstance(facts[1], PhoneStarted)
    refused = [fact for fact in facts if isinstance(fact, OrderRefused)]
    assert len(refused) == len(lines)
    assert {fact.order for fact in refused} == {"", "HangUpCall", "SetVolume", "PlaceCall"}


@pytest.mark.parametrize("arguments", [["--settings", '{"nonsense": 1}'], ["--settings", "["], ["--sound", '{"mic_file": "/nowhere.wav"}']])
def test_bad_settings_are_said(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cti.phone", *arguments], input=b"", capture_output=True, cwd=ROOT, timeout=30, check=False
    )
    fact = decode_fact(done.stdout.decode().splitlines()[-1])
    assert done.returncode == 64
    assert isinstance(fact, EngineFaulted)
    assert fact.where == "start"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM does not exist there")
def test_sigterm_is_a_clean_stop() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cti.phone", "--sound", '{"none": true}'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        while b"PhoneStarted" not in process.stdout.readline():
            pass
        process.terminate()
        assert process.wait(10) == 0
