"""What an exam room asks of a SIP engine beyond a telephone's work: calls that only listen, media that stops and comes back, calls past
the registrar, a registration that does not give up. What an engine does not declare, it must refuse."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallResumed,
    EngineFaulted,
    HangUpCall,
    HoldCall,
    MediaFlowed,
    MicrophoneMuted,
    MuteMicrophone,
    PhoneStarted,
    PlaceCall,
    Refusal,
    RegisterAccount,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    TransferCall,
    UnregisterAccount,
)  # fmt: skip
from cti.phone.own_address import own_address
from cti.phone.port import Capability
from tests.contract.conftest import MakeStation
from tests.contract.rtp_peer import RtpPeer
from tests.contract.sipp_peer import Sipp
from tests.contract.station import Station

pytestmark = pytest.mark.sipp


def order(peer: Sipp, **more: object) -> PlaceCall:
    return PlaceCall("out-1", f"sip:0698765432@{peer.address}", **more)  # type: ignore[arg-type]  # the test's own fields


# --- calls that only listen ---------------------------------------------------------------------------


def test_a_call_that_only_listens_sends_silence_and_no_key(station: Station, tmp_path: Path) -> None:
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        if not station.can(Capability.LISTEN_ONLY):
            assert station.refused(order(peer, listen_only=True)).reason is Refusal.UNABLE
            return
        station.do(order(peer, listen_only=True))
        station.wait(CallAnswered)
        station.sound.hears(700)
        for muted in (True, False):
            station.do(MuteMicrophone(muted))
            station.wait(MicrophoneMuted, lambda fact, muted=muted: fact.muted is muted)  # type: ignore[misc]  # mypy and a bound default
            since = time.monotonic()
            assert len(rtp.listen(1.0)) > 35  # an exchange that hears nothing at all would end the call
            assert rtp.level(440, since) < 0.001
        assert station.refused(SendDigits("out-1", "5")).reason is Refusal.LISTEN_ONLY
        assert station.refused(TransferCall("out-1", f"sip:1@{peer.address}")).reason is Refusal.LISTEN_ONLY
        assert rtp.keys_heard() == ""
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_held_and_taken_back_it_still_sends_silence(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.LISTEN_ONLY):
        assert station.refused(PlaceCall("out-1", "sip:1@127.0.0.1", listen_only=True)).reason is Refusal.UNABLE
        return
    with RtpPeer() as rtp, Sipp("uas_hold.xml", tmp_path, rtp=rtp) as peer:
        station.do(order(peer, listen_only=True))
        station.wait(CallAnswered)
        station.do(HoldCall("out-1"))
        station.wait(CallHeld)
        station.do(ResumeCall("out-1"))
        station.wait(CallResumed)
        since = time.monotonic()
        assert len(rtp.listen(1.0)) > 35
        assert rtp.level(440, since) < 0.001
        station.do(HangUpCall("out-1"))
        peer.finish()


# --- media that stops and comes back ------------------------------------------------------------------


def test_media_that_stops_is_told_after_a_second_and_when_it_comes_back(station: Station, tmp_path: Path) -> None:
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        station.do(order(peer))
        station.wait(CallAnswered)
        station.sound.hears(700)
        assert station.told(MediaFlowed) == []  # nothing to say while it flows
        rtp.dead.set()
        stopped = time.time()
        if not station.can(Capability.MEDIA_WATCH):
            rtp.listen(2.0)
            assert station.told(MediaFlowed) == []
            return
        assert station.wait(MediaFlowed) == MediaFlowed("out-1", "", flowing=False)
        assert 0.8 < station.times[-1] - stopped < 2.5
        rtp.dead.clear()
        assert station.wait(MediaFlowed, lambda fact: fact.flowing).call_id == "out-1"
        station.do(HangUpCall("out-1"))
        peer.finish()
    assert len(station.told(MediaFlowed)) == 2


def test_media_that_never_comes_is_told_too(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.MEDIA_WATCH):
        assert Capability.MEDIA_WATCH not in station.engine.capabilities
        return
    with RtpPeer(hertz=0) as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        station.do(order(peer, call_key="k"))
        assert station.wait(MediaFlowed) == MediaFlowed("out-1", "k", flowing=False)
        station.do(HangUpCall("out-1"))
        peer.finish()
    assert len(station.told(MediaFlowed)) == 1


def test_nothing_is_told_of_a_held_call(station: Station, tmp_path: Path) -> None:
    if not (station.can(Capability.MEDIA_WATCH) and station.can(Capability.HOLD)):
        assert Capability.MEDIA_WATCH not in station.engine.capabilities
        return
    with RtpPeer() as rtp, Sipp("uas_hold.xml", tmp_path, rtp=rtp) as peer:
        station.do(order(peer))
        station.wait(CallAnswered)
        station.sound.hears(700)
        station.do(HoldCall("out-1"))
        station.wait(CallHeld)
        rtp.dead.set()
        rtp.listen(1.8)
        assert station.told(MediaFlowed) == []
        rtp.dead.clear()
        station.do(ResumeCall("out-1"))
        station.wait(CallResumed)
        station.sound.forget()
        station.sound.hears(700)
        station.do(HangUpCall("out-1"))
        peer.finish()
    assert station.told(MediaFlowed) == []


# --- past the registrar -------------------------------------------------------------------------------


def test_a_direct_call_is_made_from_the_phones_own_address(station: Station, tmp_path: Path) -> None:
    with (
        Sipp("registrar.xml", tmp_path, fill={"USER": "poste101", "PASSWORD": "s3"}) as registrar,
        Sipp("uas_answer.xml", tmp_path) as peer,
        Sipp("uas_answer.xml", tmp_path) as other,
    ):
        station.do(RegisterAccount("poste101", "s3", registrar.address))
        assert station.wait(RegistrationChanged).state == "registered"
        if not station.can(Capability.DIRECT):
            assert station.refused(order(peer, direct=True)).reason is Refusal.UNABLE
            station.do(UnregisterAccount())
            registrar.finish()
            return
        station.do(order(peer, direct=True))
        station.wait(CallAnswered)
        station.do(HangUpCall("out-1"))
        station.wait(CallEnded)
        assert "From: <sip:plateau@" in peer.finish()
        station.do(PlaceCall("out-2", f"sip:1@{other.address}"))
        station.wait(CallAnswered, lambda fact: fact.call_id == "out-2")
        station.do(HangUpCall("out-2"))
        assert "From: <sip:poste101@" in other.finish()
        station.do(UnregisterAccount())
        registrar.finish()


# --- registration -------------------------------------------------------------------------------------


def test_a_line_the_exchange_does_not_know_yet_is_asked_for_again(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if station.can(Capability.TLS):
        monkeypatch.setattr("cti.phone.pjsua2_registration.REFUSED_RETRY", 0.5)
    with Sipp("registrar_refuses.xml", tmp_path) as early:
        station.do(RegisterAccount("poste101", "s3", early.address))
        failed = station.wait(RegistrationChanged)
        assert (failed.state, failed.code) == ("failed", 403)
        early.finish()
    if not station.can(Capability.TLS):  # not for a room
        return
    with Sipp("registrar.xml", tmp_path, fill={"USER": "poste101", "PASSWORD": "s3"}, port=early.port) as late:
        assert station.wait(RegistrationChanged, lambda fact: fact.state == "registered").server == late.address
        station.do(UnregisterAccount())
        assert station.wait(RegistrationChanged, lambda fact: fact.state == "unregistered")
        late.finish()
    assert station.told(EngineFaulted) == []


def test_an_unregistered_phone_does_not_try_again(station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if station.can(Capability.TLS):
        monkeypatch.setattr("cti.phone.pjsua2_registration.REFUSED_RETRY", 0.3)
    with Sipp("registrar_refuses.xml", tmp_path) as peer:
        station.do(RegisterAccount("poste101", "wrong", peer.address))
        assert station.wait(RegistrationChanged).state == "failed"
        station.do(UnregisterAccount())
        assert station.wait(RegistrationChanged, lambda fact: fact.state == "unregistered").server == peer.address
        peer.finish()
        after = len(station.facts)
        station.quiet(1.5)
        assert station.facts[after:] == []


# --- every address ------------------------------------------------------------------------------------


def test_bound_to_every_address_it_takes_calls_on_the_loopback(make_station: MakeStation, tmp_path: Path) -> None:
    station = make_station(bind="0.0.0.0", server="127.0.0.1:5061")
    assert station.told(PhoneStarted)[0].contact.startswith("sip:plateau@127.0.0.1:")
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        station.do(order(peer))
        station.wait(CallAnswered)
        station.sound.hears(700)
        rtp.hears(440)
        station.do(HangUpCall("out-1"))
        assert "c=IN IP4 127.0.0.1" in peer.finish()


def test_the_address_shown_is_the_bound_one_or_the_one_that_leads_to_the_room() -> None:
    assert own_address("127.0.0.1", "192.0.2.7:5061") == "127.0.0.1"
    assert own_address("0.0.0.0", "127.0.0.1:5061") == "127.0.0.1"
    assert own_address("", "localhost") == "127.0.0.1"
    assert own_address("0.0.0.0", "") == ""
    assert own_address("", "no-such-host.invalid:5061") == ""
