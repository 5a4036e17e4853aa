"""A loop measured by the real phone process, between a headset of its own and an echo: what came back, and what the headset gave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.sip_caller import Echo, SipCaller
from cti.messages import AnswerCall, CallAnswered, CallOffered, LoopMeasured, OrderRefused, PhoneStarted, ProbeLoop, Refusal, SoundChanged
from cti.phone.audio.station_sound import SoundChoice
from tests.cti.audio.measure import tone
from tests.cti.test_phone_process import Watched, running
from tests.pulse import PulseServer

HEADSET = SoundChoice(microphone="Micro essai", speaker="Casque essai")
pytestmark = [pytest.mark.pulse, pytest.mark.e2e]


@asynccontextmanager
async def in_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pulse: PulseServer) -> AsyncIterator[tuple[Watched, str]]:
    """A phone on the sound devices of `pulse`, called by an echo; the call's id."""
    for name, value in pulse.env.items():
        monkeypatch.setenv(name, value)
    async with running(tmp_path, "poste", sound=HEADSET, codecs=("PCMA",)) as phone:
        contact = (await phone.wait(PhoneStarted)).contact
        host, _, port = contact.partition("@")[2].partition(";")[0].rpartition(":")
        with Echo() as echo:
            caller = SipCaller((host, int(port), "poste"), media_port=echo.port)
            await asyncio.to_thread(caller.invite, "0261910001")
            offered = await phone.wait(CallOffered)
            phone.phone.send(AnswerCall(offered.call_id))
            await asyncio.to_thread(caller.wait_answered)
            await phone.wait(CallAnswered)
            yield phone, offered.call_id
            await asyncio.to_thread(caller.hang_up)
            caller.close()


async def test_a_headset_that_works_is_told_with_what_its_microphone_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PulseServer() as pulse:
        pulse.add_microphone("micro", "Micro essai")
        pulse.add_speaker("casque", "Casque essai")
        async with in_a_call(tmp_path, monkeypatch, pulse) as (phone, call):
            pulse.say("micro_in", tone(440, 30.0))
            phone.phone.send(ProbeLoop(call))
            told = await phone.wait(LoopMeasured)
            assert told.heard and told.level == pytest.approx(1.0, abs=0.1) and 10 < told.delay_ms < 300
            assert told.microphone_open and told.speaker_open and told.microphone_level > 0.05
            phone.phone.send(ProbeLoop("c-unknown"))
            refused = await phone.wait(OrderRefused)
            assert (refused.order, refused.reason, refused.call_id) == ("ProbeLoop", Refusal.NO_SUCH_CALL, "c-unknown")


async def test_a_microphone_that_is_not_there_is_told_though_the_loop_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PulseServer() as pulse:
        pulse.add_speaker("casque", "Casque essai")
        async with in_a_call(tmp_path, monkeypatch, pulse) as (phone, call):
            await phone.wait(SoundChanged)
            phone.phone.send(ProbeLoop(call))
            told = await phone.wait(LoopMeasured)
            assert told.heard and told.speaker_open and not told.microphone_open and told.microphone_level == 0.0
