"""Phones that talk to phones: transfers among three of them, and calls nobody can overhear."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallPlaced,
    CallQuality,
    Cause,
    CompleteTransfer,
    HangUpCall,
    LevelsMeasured,
    PhoneStarted,
    PlaceCall,
    RefuseCall,
    TransferCall,
    TransferProgressed,
)
from cti.phone.audio.port import RATE
from cti.phone.audio.station_sound import SoundChoice
from tests.cti.audio.measure import goertzel, tone_file
from tests.cti.test_phone_process import Watched, running, talk

pytestmark = pytest.mark.e2e


@contextlib.asynccontextmanager
async def three(tmp_path: Path) -> AsyncIterator[tuple[Watched, Watched, Watched]]:
    """Customer, agent, colleague."""
    async with (
        running(tmp_path, "customer", media_timeout=0.0) as customer,
        running(tmp_path, "agent", media_timeout=0.0) as agent,
        running(tmp_path, "colleague", media_timeout=0.0) as colleague,
    ):
        await asyncio.gather(*(phone.wait(PhoneStarted) for phone in (customer, agent, colleague)))
        yield customer, agent, colleague


async def test_blind_transfer_of_a_customer_to_a_colleague(tmp_path: Path) -> None:
    async with three(tmp_path) as (customer, agent, colleague):
        call = await talk(customer, agent, "c1")
        agent.phone.send(TransferCall(call, await colleague.target()))
        offered = await colleague.wait(CallOffered)
        colleague.phone.send(AnswerCall(offered.call_id))
        assert (await agent.wait(TransferProgressed, lambda fact: fact.final)).code == 200
        assert (await agent.wait(CallEnded)).cause is Cause.TRANSFERRED
        followed = await customer.wait(CallPlaced, lambda fact: fact.call_id != "c1")
        await customer.wait(CallAnswered, lambda fact: fact.call_id == followed.call_id)
        assert (await customer.wait(CallEnded)).cause is Cause.TRANSFERRED
        colleague.phone.send(HangUpCall(offered.call_id))
        assert (await customer.wait(CallEnded, lambda fact: fact.call_id == followed.call_id)).cause is Cause.HUNG_UP


async def test_attended_transfer_of_a_customer_to_a_colleague(tmp_path: Path) -> None:
    async with three(tmp_path) as (customer, agent, colleague):
        call = await talk(customer, agent, "c1")
        consult = await talk(agent, colleague, "consult")  # the customer is put on hold by itself
        seen = len(colleague.facts)
        agent.phone.send(CompleteTransfer(call, "consult"))
        assert (await agent.wait(TransferProgressed, lambda fact: fact.final)).code == 200
        for gone in (call, "consult"):
            assert (await agent.wait(CallEnded, lambda fact, gone=gone: fact.call_id == gone)).cause is Cause.TRANSFERRED  # type: ignore[misc]
        followed = await customer.wait(CallPlaced, lambda fact: fact.call_id != "c1")
        await customer.wait(CallAnswered, lambda fact: fact.call_id == followed.call_id)
        assert (await customer.wait(CallEnded)).cause is Cause.TRANSFERRED
        taken = await colleague.wait(CallOffered, after=seen)
        assert (taken.caller, taken.waiting) == ("customer", True)
        await colleague.wait(CallAnswered, lambda fact: fact.call_id == taken.call_id)
        ended = await colleague.wait(CallEnded, lambda fact: fact.call_id == consult)
        assert (ended.cause, ended.by) == (Cause.TRANSFERRED, "remote")
        customer.phone.send(HangUpCall(followed.call_id))
        assert (await colleague.wait(CallEnded, lambda fact: fact.call_id == taken.call_id)).cause is Cause.HUNG_UP


async def test_a_transfer_to_nobody_gives_the_customer_back(tmp_path: Path) -> None:
    async with running(tmp_path, "customer", media_timeout=0.0) as customer, running(tmp_path, "agent", media_timeout=0.0) as agent:
        await customer.wait(PhoneStarted)
        call = await talk(customer, agent, "c1")
        agent.phone.send(TransferCall(call, (await agent.target()).replace("sip:agent", "sip:nobody")))
        offered = await agent.wait(CallOffered, lambda fact: fact.call_id != call)
        agent.phone.send(RefuseCall(offered.call_id, "busy"))
        assert (await agent.wait(TransferProgressed, lambda fact: fact.final)).code == 486
        agent.phone.send(HangUpCall(call))
        assert (await agent.wait(CallEnded, lambda fact: fact.call_id == call)).cause is Cause.HUNG_UP
        assert (await customer.wait(CallEnded, lambda fact: fact.call_id == "c1")).cause is Cause.HUNG_UP


# --- encrypted ----------------------------------------------------------------------------------------


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=30)


def throw_away_authority(folder: Path) -> dict[str, Any]:
    """A CA and a certificate for 127.0.0.1, as PhoneSettings fields."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=CA")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=127.0.0.1")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    openssl(folder, "x509", "-req", "-in", "own.csr", "-out", "own.pem", *signing)
    return {"ca_file": str(folder / "ca.pem"), "cert_file": str(folder / "own.pem"), "key_file": str(folder / "own.key")}


def level_in(path: Path, hertz: float) -> float:
    """Of the half second of a WAV where the tone is strongest: a shared machine may drop frames elsewhere."""
    with wave.open(str(path)) as heard:
        pcm = heard.readframes(heard.getnframes())
    return max(goertzel(pcm[at : at + RATE], hertz) for at in range(0, len(pcm) - RATE + 1, RATE))


async def test_tls_and_srtp_between_two_phones(tmp_path: Path) -> None:
    secured: dict[str, Any] = {"transports": ("tls",), "srtp": "mandatory", **throw_away_authority(tmp_path)}
    says = {name: tone_file(tmp_path / f"{name}-says.wav", hertz) for name, hertz in (("one", 500.0), ("two", 900.0))}
    sound = {name: SoundChoice(mic_file=says[name], speaker_file=str(tmp_path / f"{name}-hears.wav")) for name in says}
    async with (
        running(tmp_path, "one", sound=sound["one"], **secured) as one,
        running(tmp_path, "two", sound=sound["two"], **secured) as two,
    ):
        assert ";transport=tls" in await one.target()
        await talk(one, two, "c1")
        assert (await one.wait(CallAnswered)).encrypted
        assert (await two.wait(CallAnswered)).encrypted
        await one.wait(CallQuality)  # two seconds of it
        assert max(fact.microphone for fact in one.facts if isinstance(fact, LevelsMeasured)) > 0.1
        assert max(fact.speaker for fact in one.facts if isinstance(fact, LevelsMeasured)) > 0.1
        one.phone.send(HangUpCall("c1"))
        await two.wait(CallEnded)
    assert level_in(tmp_path / "one-hears.wav", 900.0) > 0.1
    assert level_in(tmp_path / "two-hears.wav", 500.0) > 0.1


async def test_a_certificate_of_another_authority_is_no_call(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    secured: dict[str, Any] = {"transports": ("tls",), "srtp": "mandatory"}
    async with (
        running(tmp_path, "one", **secured, **throw_away_authority(ours)) as one,
        running(tmp_path, "two", **secured, **throw_away_authority(theirs)) as two,
    ):
        await one.wait(PhoneStarted)
        one.phone.send(PlaceCall("c1", await two.target()))
        ended = await one.wait(CallEnded)
        assert (ended.cause, ended.answered) == (Cause.NETWORK, False)
        assert not any(isinstance(fact, CallOffered) for fact in two.facts)


async def test_mandatory_srtp_refuses_a_plain_call(tmp_path: Path) -> None:
    async with running(tmp_path, "one") as one, running(tmp_path, "two", srtp="mandatory") as two:
        await one.wait(PhoneStarted)
        one.phone.send(PlaceCall("c1", await two.target()))
        ended = await one.wait(CallEnded)
        assert (ended.cause, ended.sip_code) == (Cause.NETWORK, 488)
        assert not any(isinstance(fact, CallOffered) for fact in two.facts)


async def test_a_call_over_tcp_in_wide_band(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"transports": ("tcp",), "codecs": ("G722",)}
    async with running(tmp_path, "one", **plain) as one, running(tmp_path, "two", **plain) as two:
        await one.wait(PhoneStarted)
        await talk(one, two, "c1")
        assert (await one.wait(CallAnswered)).codec == "G722"
        one.phone.send(HangUpCall("c1"))
        assert (await two.wait(CallEnded)).cause is Cause.HUNG_UP


async def test_ring_back_is_heard_while_the_far_end_rings(tmp_path: Path) -> None:
    sound = SoundChoice(mic_file=tone_file(tmp_path / "says.wav", 500.0), speaker_file=str(tmp_path / "hears.wav"))
    async with running(tmp_path, "one", sound=sound) as one, running(tmp_path, "two") as two:
        await one.wait(PhoneStarted)
        one.phone.send(PlaceCall("c1", await two.target(), ring_limit=1.2))
        assert (await one.wait(CallEnded)).cause is Cause.NO_ANSWER
    assert level_in(tmp_path / "hears.wav", 440.0) > 0.05
