"""What every SIP engine must do, said by real peers. What an engine does not declare, it must refuse."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallQuality,
    CallRang,
    CallResumed,
    Cause,
    DigitReceived,
    DigitsSent,
    EngineFaulted,
    HangUpCall,
    HoldCall,
    MicrophoneMuted,
    MuteMicrophone,
    OrderRefused,
    PhoneStarted,
    PlaceCall,
    RefuseCall,
    RegisterAccount,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    TransferCall,
    TransferProgressed,
    UnregisterAccount,
)  # fmt: skip
from cti.phone.port import Capability
from tests.contract.conftest import MakeStation
from tests.contract.rtp_peer import RtpPeer
from tests.contract.sipp_peer import Sipp
from tests.contract.station import DEADLINE, Station, place, says_nothing

pytestmark = pytest.mark.sipp


# --- offered ----------------------------------------------------------------------------------------


def test_it_says_what_it_is(station: Station) -> None:
    started = station.told(PhoneStarted)[0]
    assert started.engine == station.engine.name
    assert set(started.capabilities) == {str(capability) for capability in station.engine.capabilities}
    assert started.contact.startswith("sip:plateau@127.0.0.1:")
    assert "PCMA" in started.codecs


def test_offered_answered_and_hung_up_by_the_caller(station: Station, tmp_path: Path) -> None:
    with Sipp("uac_talk.xml", tmp_path, station.address, fill={"FROM": '"Martine Durand" <sip:0612345678@127.0.0.1>'}) as peer:
        offered = station.wait(CallOffered)
        assert (offered.caller, offered.caller_name, offered.called, offered.waiting) == ("0612345678", "Martine Durand", "plateau", False)
        station.do(AnswerCall(offered.call_id))
        answered = station.wait(CallAnswered)
        assert answered.call_id == offered.call_id
        assert answered.codec == "PCMA"
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.call_id, ended.cause, ended.by, ended.answered) == (offered.call_id, Cause.HUNG_UP, "remote", True)
    assert 0.1 < ended.seconds < 5


def test_offered_answered_and_hung_up_here(station: Station, tmp_path: Path) -> None:
    with Sipp("uac_waits_bye.xml", tmp_path, station.address) as peer:
        offered = station.wait(CallOffered)
        station.do(AnswerCall(offered.call_id))
        station.wait(CallAnswered)
        station.do(HangUpCall(offered.call_id))
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered) == (Cause.HUNG_UP, "local", True)


def test_the_caller_gives_up(station: Station, tmp_path: Path) -> None:
    with Sipp("uac_cancel.xml", tmp_path, station.address) as peer:
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered, ended.seconds) == (Cause.CANCELLED, "remote", False, 0.0)
    station.refused(AnswerCall(ended.call_id))


@pytest.mark.parametrize(("how", "code", "cause"), [("busy", "486", Cause.BUSY), ("decline", "603", Cause.REFUSED)])
def test_refused_here(station: Station, tmp_path: Path, how: str, code: str, cause: Cause) -> None:
    with Sipp("uac_refused.xml", tmp_path, station.address, fill={"CODE": code}) as peer:
        offered = station.wait(CallOffered)
        station.do(RefuseCall(offered.call_id, "busy" if how == "busy" else "decline"))
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.call_id, ended.cause, ended.by, ended.answered) == (offered.call_id, cause, "local", False)


def test_headers_in(station: Station, tmp_path: Path) -> None:
    headers = (
        "X-Plateau-Call: 5f1c-77\nX-Plateau-Queue: Commandes & suivi\nx-ville: Besan\u00e7on\n"
        'P-Asserted-Identity: "Brulerie" <sip:+33381000000@127.0.0.1>\n'
    )
    with Sipp("uac_cancel.xml", tmp_path, station.address, fill={"HEADERS": headers}) as peer:
        offered = station.wait(CallOffered)
        peer.finish()
    if not station.can(Capability.HEADERS):
        assert offered.headers == {}
        return
    assert (offered.call_key, offered.queue) == ("5f1c-77", "Commandes & suivi")
    assert (offered.caller, offered.caller_name) == ("+33381000000", "Brulerie")
    assert offered.headers["x-ville"] == "Besan\u00e7on"


# --- placed -----------------------------------------------------------------------------------------


def test_placed_answered_and_hung_up_here(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_answer.xml", tmp_path) as peer:
        place(station, peer, call_key="key-1")
        assert station.wait(CallPlaced).call_key == "key-1"
        assert station.wait(CallRang).early_media is False
        answered = station.wait(CallAnswered)
        assert (answered.call_id, answered.call_key, answered.codec, answered.encrypted) == ("out-1", "key-1", "PCMA", False)
        station.do(HangUpCall("out-1"))
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.call_key, ended.cause, ended.by, ended.answered) == ("key-1", Cause.HUNG_UP, "local", True)


def test_placed_answered_and_hung_up_by_the_far_end(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_talk.xml", tmp_path) as peer:
        place(station, peer)
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered) == (Cause.HUNG_UP, "remote", True)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("486", Cause.BUSY),
        ("600", Cause.BUSY),
        ("404", Cause.UNKNOWN_NUMBER),
        ("603", Cause.REFUSED),
        ("403", Cause.REFUSED),
        ("480", Cause.NO_ANSWER),
        ("503", Cause.NETWORK),
    ],
)
def test_placed_and_refused(station: Station, tmp_path: Path, code: str, cause: Cause) -> None:
    with Sipp("uas_code.xml", tmp_path, fill={"CODE": code}) as peer:
        place(station, peer)
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.sip_code, ended.answered) == (cause, "remote", int(code), False)


def test_given_up_while_it_rings(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_ring.xml", tmp_path) as peer:
        place(station, peer)
        station.wait(CallRang)
        station.do(HangUpCall("out-1"))
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered) == (Cause.CANCELLED, "local", False)


def test_nobody_answers_within_the_ring_limit(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_ring.xml", tmp_path) as peer:
        place(station, peer, ring_limit=0.6)
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered) == (Cause.NO_ANSWER, "system", False)


def test_the_far_ends_own_tone_is_heard_before_the_answer(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_early.xml", tmp_path) as peer:
        place(station, peer)
        assert station.wait(CallRang, lambda fact: fact.early_media).call_id == "out-1"
        station.wait(CallAnswered)
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_headers_out(station: Station, tmp_path: Path) -> None:
    with Sipp("uas_answer.xml", tmp_path) as peer:
        if not station.can(Capability.HEADERS):
            order = PlaceCall("out-1", f"sip:1@{peer.address}", headers={"X-Dialed-Number": "0612345678"})
            station.refused(order)
            return
        headers = {"X-Dialed-Number": "0612345678"}
        place(station, peer, call_key="k-9", headers=headers, present_number="0687654321", display_name='M. "X" Dupont')
        station.wait(CallAnswered)
        station.do(HangUpCall("out-1"))
        seen = peer.finish()
    assert "X-Plateau-Call: k-9" in seen
    assert "X-Dialed-Number: 0612345678" in seen
    assert "P-Asserted-Identity: " in seen
    assert 'From: "M. \\"X\\" Dupont" <sip:0687654321@' in seen


# --- hold -------------------------------------------------------------------------------------------


def test_hold_and_resume_from_here(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.HOLD):
        station.refused(HoldCall("out-1"))
        return
    with RtpPeer() as rtp, Sipp("uas_hold.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        rtp.hears(440)
        station.do(HoldCall("out-1"))
        assert station.wait(CallHeld).by == "local"
        station.refused(HoldCall("out-1"))
        assert says_nothing(rtp)
        station.do(ResumeCall("out-1"))
        assert station.wait(CallResumed).by == "local"
        station.sound.forget()
        station.sound.hears(700)
        rtp.hears(440)
        assert len({packet.source for packet in rtp.listen(0.4)}) == 1  # one sender, not one more for each re-INVITE
        assert len(rtp.listen(0.5)) < 35
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_hold_and_resume_from_the_far_end(station: Station, tmp_path: Path) -> None:
    with RtpPeer() as rtp, Sipp("uac_hold.xml", tmp_path, station.address, rtp=rtp) as peer:
        offered = station.wait(CallOffered)
        station.do(AnswerCall(offered.call_id))
        held = station.wait(CallHeld)
        assert (held.call_id, held.by) == (offered.call_id, "remote")
        assert says_nothing(rtp)  # never the microphone to someone who holds us, whatever else the engine can do
        assert station.wait(CallResumed).by == "remote"
        rtp.hears(440)
        station.wait(CallEnded)
        peer.finish()


def test_a_far_end_that_refuses_hold_keeps_the_call(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.HOLD):
        station.refused(HoldCall("out-1"))
        return
    with RtpPeer() as rtp, Sipp("uas_hold_refused.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        refused = station.refused(HoldCall("out-1"))
        assert refused.call_id == "out-1"
        rtp.hears(440)  # the microphone was cut at the order, and is back
        station.sound.forget()
        station.sound.hears(700)
        assert station.told(CallEnded) == []
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_two_holds_that_cross_end_in_a_hold(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.HOLD):
        station.refused(HoldCall("out-1"))
        return
    with Sipp("uas_hold_glare.xml", tmp_path) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        station.do(HoldCall("out-1"))
        if isinstance(station.wait((CallHeld, OrderRefused)), OrderRefused):
            station.do(HoldCall("out-1"))  # an engine that does not try again by itself says so, and may be asked again
        assert station.wait(CallHeld).by == "local"
        station.do(HangUpCall("out-1"))
        peer.finish()


# --- sound, keys and figures ------------------------------------------------------------------------


def test_sound_goes_both_ways_and_begins_and_ends_with_the_call(station: Station, tmp_path: Path) -> None:
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        assert 0.1 < station.sound.hears(700, least=0.1) < 0.4  # said at 8000 of 32768: 0.24
        assert 0.1 < rtp.hears(440) < 0.4
        assert station.sound.began == 1
        station.do(HangUpCall("out-1"))
        station.wait(CallEnded)
        peer.finish()
    assert station.sound.ended == 1


def test_mute_is_at_the_source_and_rtp_goes_on(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.MUTE):
        station.refused(MuteMicrophone(True))
        return
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        rtp.hears(440)
        station.do(MuteMicrophone(True))
        assert station.wait(MicrophoneMuted).muted
        rtp.listen(0.1)
        assert says_nothing(rtp)
        assert len(rtp.listen(0.5)) > 15  # an exchange that hears nothing at all would end the call
        station.do(MuteMicrophone(False))
        rtp.hears(440)
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_keys_out(station: Station, tmp_path: Path) -> None:
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        if not station.can(Capability.DIGITS_OUT):
            station.refused(SendDigits("out-1", "1"))
            return
        place(station, peer)
        station.wait(CallAnswered)
        station.refused(SendDigits("out-1", "12\r\nX"))
        station.refused(SendDigits("out-1", "1" * 33))
        station.do(SendDigits("out-1", "159*0#D"))
        assert station.wait(DigitsSent).digits == "159*0#D"
        until = time.monotonic() + DEADLINE
        while rtp.keys_heard() != "159*0#D" and time.monotonic() < until:
            rtp.listen(0.1)
        assert rtp.keys_heard() == "159*0#D"
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_keys_in(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.DIGITS_IN):
        assert Capability.DIGITS_IN not in station.engine.capabilities
        return
    with RtpPeer() as rtp, Sipp("uac_waits_bye.xml", tmp_path, station.address, rtp=rtp) as peer:
        offered = station.wait(CallOffered)
        station.do(AnswerCall(offered.call_id))
        station.wait(CallAnswered)
        rtp.press("70#1")
        station.wait(DigitReceived, lambda fact: fact.digit == "1")
        assert "".join(fact.digit for fact in station.told(DigitReceived)) == "70#1"
        station.do(HangUpCall(offered.call_id))
        peer.finish()


def test_quality_is_told_in_the_call_and_once_more_at_its_end(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.QUALITY):
        assert station.told(CallQuality) == []
        return
    with RtpPeer() as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        first = station.wait(CallQuality)
        assert (first.codec, first.lost) == ("PCMA", 0)
        assert 50 < first.received < 150
        assert 3.0 < first.mos <= 4.5  # a busy machine is jitter, and jitter is delay
        station.do(HangUpCall("out-1"))
        station.wait(CallEnded)
        peer.finish()
    kinds = [type(fact) for fact in station.facts]
    assert kinds.count(CallQuality) >= 2
    assert kinds.index(CallEnded) > max(i for i, kind in enumerate(kinds) if kind is CallQuality)


def test_a_far_end_that_falls_silent_ends_the_call(make_station: MakeStation, tmp_path: Path) -> None:
    station = make_station(media_timeout=1.0)
    with RtpPeer(hertz=0) as rtp, Sipp("uas_answer.xml", tmp_path, rtp=rtp) as peer:
        place(station, peer)
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by, ended.answered) == (Cause.NETWORK, "system", True)
    assert 0.9 < ended.seconds < 3.0


# --- transfer ---------------------------------------------------------------------------------------


def test_blind_transfer(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.BLIND_TRANSFER):
        station.refused(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        return
    with Sipp("uas_referred.xml", tmp_path, fill={"TARGET": "sip:0600000000@127.0.0.1", "CODE": "200", "REASON": "OK"}) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        station.do(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        assert station.wait(TransferProgressed, lambda fact: fact.final).code == 200
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by) == (Cause.TRANSFERRED, "local")


def test_a_transfer_that_fails_gives_the_call_back(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.BLIND_TRANSFER):
        station.refused(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        return
    with Sipp("uas_referred.xml", tmp_path, fill={"TARGET": "sip:0600000000@127.0.0.1", "CODE": "486", "REASON": "Busy Here"}) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        station.do(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        assert station.wait(TransferProgressed, lambda fact: fact.final).code == 486
        station.do(HangUpCall("out-1"))
        ended = station.wait(CallEnded)
        peer.finish()
    assert (ended.cause, ended.by) == (Cause.HUNG_UP, "local")


def test_a_far_end_that_refuses_the_transfer_keeps_the_call(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.BLIND_TRANSFER):
        station.refused(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        return
    with Sipp("uas_refer_refused.xml", tmp_path) as peer:
        place(station, peer)
        station.wait(CallAnswered)
        station.do(TransferCall("out-1", "sip:0600000000@127.0.0.1"))
        assert station.wait(TransferProgressed, lambda fact: fact.final).code == 603
        station.do(HangUpCall("out-1"))
        peer.finish()


def test_being_transferred(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.BLIND_TRANSFER):
        with Sipp("uac_refer_refused.xml", tmp_path, station.address, fill={"TARGET": "sip:x@127.0.0.1", "CODE": "405"}) as peer:
            station.do(AnswerCall(station.wait(CallOffered).call_id))
            peer.finish()
        assert station.told(CallPlaced) == []
        return
    with Sipp("uas_talk.xml", tmp_path, fill={"TALK": "1500"}) as third:
        fill = {"TARGET": f"sip:third@{third.address}", "HEADERS": "X-Plateau-Call: k-1\n"}
        with Sipp("uac_refer.xml", tmp_path, station.address, fill=fill) as peer:
            offered = station.wait(CallOffered)
            station.do(AnswerCall(offered.call_id))
            placed = station.wait(CallPlaced)
            assert (placed.target, placed.call_key) == (f"sip:third@{third.address}", "k-1")
            assert station.wait(CallAnswered, lambda fact: fact.call_id == placed.call_id)
            ended = station.wait(CallEnded, lambda fact: fact.call_id == offered.call_id)
            assert (ended.cause, ended.by) == (Cause.TRANSFERRED, "remote")
            peer.finish()
        third.finish()


def test_a_transfer_that_no_call_can_be_made_for_may_be_hung_up(station: Station, tmp_path: Path) -> None:
    """There is nothing to hang up in the SIP stack, which takes it badly."""
    if not station.can(Capability.BLIND_TRANSFER):
        return
    fill = {"TARGET": "sip:x@127.0.0.1;transport=tls", "HEADERS": "X-Plateau-Call: k-1\n"}  # no such transport here
    with Sipp("uac_refer.xml", tmp_path, station.address, fill=fill):
        offered = station.wait(CallOffered)
        station.do(AnswerCall(offered.call_id))
        placed = station.wait(CallPlaced)
        station.do(HangUpCall(placed.call_id))
        ended = station.wait(CallEnded, lambda fact: fact.call_id == placed.call_id)
        assert (ended.cause, ended.answered) == (Cause.CANCELLED, False)
        station.do(HangUpCall(offered.call_id))
        assert station.wait(CallEnded, lambda fact: fact.call_id == offered.call_id).cause is Cause.HUNG_UP
    assert not station.told(EngineFaulted)


# --- registration -----------------------------------------------------------------------------------


def test_registers_with_a_digest_and_leaves(station: Station, tmp_path: Path) -> None:
    with Sipp("registrar.xml", tmp_path, fill={"USER": "poste101", "PASSWORD": "s3cret"}) as peer:
        order = RegisterAccount("poste101", "s3cret", peer.address)
        if not station.can(Capability.REGISTER):
            station.refused(order)
            return
        station.do(order)
        assert station.wait(RegistrationChanged).state == "registered"
        station.do(UnregisterAccount())
        assert station.wait(RegistrationChanged, lambda fact: fact.state == "unregistered").server == peer.address
        peer.finish()


def test_a_registrar_that_refuses(station: Station, tmp_path: Path) -> None:
    with Sipp("registrar_refuses.xml", tmp_path) as peer:
        order = RegisterAccount("poste101", "wrong", peer.address)
        if not station.can(Capability.REGISTER):
            station.refused(order)
            return
        station.do(order)
        failed = station.wait(RegistrationChanged)
        assert (failed.state, failed.code, failed.server) == ("failed", 403, peer.address)
        peer.finish()


def test_after_a_wrong_password_the_right_one_registers(station: Station, tmp_path: Path) -> None:
    if not station.can(Capability.REGISTER):
        station.refused(RegisterAccount("poste101", "wrong", "127.0.0.1"))
        return
    with (
        Sipp("registrar_refuses.xml", tmp_path) as stern,
        Sipp("registrar.xml", tmp_path, fill={"USER": "poste101", "PASSWORD": "s3"}) as peer,
    ):
        station.do(RegisterAccount("poste101", "wrong", stern.address))
        assert station.wait(RegistrationChanged).state == "failed"
        stern.finish()
        station.do(RegisterAccount("poste101", "s3", peer.address))
        assert station.wait(RegistrationChanged, lambda fact: fact.state != "failed").state == "registered"
        station.do(UnregisterAccount())
        peer.finish()
