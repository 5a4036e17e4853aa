"""Several calls at once, of every engine that can: who waits, who is held, whose sound it is. What cannot, refuses the second."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    Cause,
    HangUpCall,
    RefuseCall,
)  # fmt: skip
from cti.phone.port import Capability
from tests.contract.conftest import MakeStation
from tests.contract.hostile_text import INVITE
from tests.contract.sipp_peer import Sipp
from tests.contract.station import Station, place

pytestmark = pytest.mark.sipp


def test_three_calls_wait_and_a_fourth_and_fifth_are_told_busy(make_station: MakeStation, tmp_path: Path) -> None:
    station = make_station()
    with (
        Sipp("uac_cancel.xml", tmp_path, station.address, fill={"TALK": "4000"}) as one,
        Sipp("uac_cancel.xml", tmp_path, station.address, fill={"TALK": "4000"}) as two,
        Sipp("uac_cancel.xml", tmp_path, station.address, fill={"TALK": "4000"}) as three,
    ):
        if not station.can(Capability.CALL_WAITING):
            station.wait(CallOffered)
            with Sipp("uac_refused_at_once.xml", tmp_path, station.address, fill={"CODE": "486"}) as other:
                other.finish()
            return
        while len(station.told(CallOffered)) < 3:
            station.wait(CallOffered, after=len(station.facts))
        assert [offered.waiting for offered in station.told(CallOffered)] == [False, True, True]
        with (
            Sipp("uac_refused_at_once.xml", tmp_path, station.address, fill={"CODE": "486"}) as four,
            Sipp("uac_refused_at_once.xml", tmp_path, station.address, fill={"CODE": "486"}) as five,
        ):
            four.finish()
            five.finish()
        assert len(station.told(CallOffered)) == 3
        for peer in (one, two, three):
            peer.finish()
    assert {ended.cause for ended in station.told(CallEnded)} <= {Cause.CANCELLED}


def test_a_call_placed_in_the_breath_in_which_another_ends_is_its_own(station: Station, tmp_path: Path) -> None:
    """A library may give it the number of the one that ends: here the only one it has left."""
    waiting = station.can(Capability.CALL_WAITING)
    with (
        Sipp("uas_talk.xml", tmp_path) as far,
        Sipp("uac_refused.xml", tmp_path, station.address, fill={"CODE": "603"}) as one,
        contextlib.ExitStack() as others,
    ):
        first = station.wait(CallOffered)
        if waiting:
            for count in (2, 3):
                others.enter_context(Sipp("uac_cancel.xml", tmp_path, station.address, fill={"TALK": "8000"}))
                while len(station.told(CallOffered)) < count:
                    station.wait(CallOffered, after=len(station.facts))
            others.enter_context(Sipp("uac_refused_at_once.xml", tmp_path, station.address, fill={"CODE": "486"})).finish()
        station.at_once = lambda fact: place(station, far) if isinstance(fact, CallEnded) and fact.call_id == first.call_id else None
        station.do(RefuseCall(first.call_id))
        station.wait(CallAnswered, lambda fact: fact.call_id == "out-1", deadline=8.0)
        assert station.wait(CallEnded, lambda fact: fact.call_id == "out-1").cause is Cause.HUNG_UP
        one.finish()
        far.finish()


def test_answering_the_second_holds_the_first(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.CALL_WAITING):
        with Sipp("uac_talk.xml", tmp_path, station.address) as first:
            station.do(AnswerCall(station.wait(CallOffered).call_id))
            station.wait(CallAnswered)
            with Sipp("uac_refused_at_once.xml", tmp_path, station.address, fill={"CODE": "486"}) as second:
                second.finish()
            first.finish()
        return
    with Sipp("uas_held.xml", tmp_path) as first, Sipp("uac_waits_bye.xml", tmp_path, station.address) as second:
        place(station, first)
        station.wait(CallAnswered, lambda fact: fact.call_id == "out-1")
        offered = station.wait(CallOffered)
        station.do(AnswerCall(offered.call_id))
        answered = station.wait(CallAnswered, lambda fact: fact.call_id == offered.call_id)
        held = station.wait(CallHeld)
        assert held.call_id == "out-1"
        assert station.facts.index(held) < station.facts.index(answered)
        station.do(HangUpCall(offered.call_id))
        second.finish()
        station.do(HangUpCall("out-1"))
        first.finish()


def test_calls_offered_while_the_phone_stops_are_ended_too(station: Station, tmp_path: Path) -> None:
    host, _, port = station.address.rpartition(":")
    stopping = threading.Thread(target=station.stop)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(("127.0.0.1", 0))
        stopping.start()
        for number in range(3):
            text = INVITE.format(port=late.getsockname()[1], tag=f"late{number}", sender="<sip:a@127.0.0.1>", more="")
            late.sendto(text.encode(), (host, int(port)))
        stopping.join(6.0)
    assert not stopping.is_alive()
    assert {offered.call_id for offered in station.told(CallOffered)} == {ended.call_id for ended in station.told(CallEnded)}
