"""Every real engine with baresip at the other end: another SIP stack, another codec, other habits."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallResumed,
    Cause,
    DigitReceived,
    HangUpCall,
    HoldCall,
    PlaceCall,
    ResumeCall,
    SendDigits,
)
from cti.phone.port import Capability
from tests.contract.baresip_peer import Baresip
from tests.contract.station import DEADLINE, Station

pytestmark = pytest.mark.baresip


def bare_hears(bare: Baresip, hertz: float, least: float = 0.1) -> float:
    pause, until, level = threading.Event(), time.monotonic() + DEADLINE, 0.0
    while time.monotonic() < until:
        level = bare.level_heard(hertz)
        if level >= least:
            return level
        pause.wait(0.1)
    raise AssertionError(f"baresip does not hear {hertz} Hz: level {level:.4f}")


def test_baresip_answers_is_heard_hears_and_is_hung_up(station: Station, tmp_path: Path) -> None:
    with Baresip(tmp_path) as bare:
        station.do(PlaceCall("out-1", bare.target))
        assert station.wait(CallAnswered).codec == "PCMA"
        assert 0.1 < station.sound.hears(600, least=0.1) < 0.4
        assert bare_hears(bare, 440) < 0.4
        station.do(HangUpCall("out-1"))
        assert station.wait(CallEnded).cause is Cause.HUNG_UP
        bare.wait("CALL_CLOSED")


def test_baresip_holds_us_presses_keys_and_hangs_up(station: Station, tmp_path: Path) -> None:
    with Baresip(tmp_path) as bare:
        station.do(PlaceCall("out-1", bare.target))
        station.wait(CallAnswered)
        station.sound.hears(600)
        if station.can(Capability.DIGITS_IN):
            for key in "47":
                bare.order("sndcode", key)
                station.wait(DigitReceived, lambda fact, key=key: fact.digit == key)  # type: ignore[misc]  # mypy and a bound default
        if station.can(Capability.HOLD):
            bare.order("hold")
            assert station.wait(CallHeld).by == "remote"
            bare.order("resume")
            assert station.wait(CallResumed).by == "remote"
            station.sound.forget()
            station.sound.hears(600)
        bare.order("hangup")
        ended = station.wait(CallEnded)
        assert (ended.cause, ended.by) == (Cause.HUNG_UP, "remote")


def test_we_hold_baresip_and_press_keys(station: Station, tmp_path: Path) -> None:
    with Baresip(tmp_path) as bare:
        station.do(PlaceCall("out-1", bare.target))
        station.wait(CallAnswered)
        if station.can(Capability.DIGITS_OUT):
            station.do(SendDigits("out-1", "15#"))
            keys = [event["param"] for event in bare.wait("CALL_DTMF_START", 3)]
            assert keys == ["1", "5", "#"]
        if station.can(Capability.HOLD):
            station.do(HoldCall("out-1"))
            assert station.wait(CallHeld).by == "local"
            station.do(ResumeCall("out-1"))
            assert station.wait(CallResumed).by == "local"
            station.sound.forget()
            station.sound.hears(600)
        station.do(HangUpCall("out-1"))
        station.wait(CallEnded)
