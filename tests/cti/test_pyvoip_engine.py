"""What pyVoIP does wrong by itself, and this engine does not: each test is one of its measured faults, or an attack."""

from __future__ import annotations

import re
import threading
import time
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallResumed,
    Cause,
    CompleteTransfer,
    DigitReceived,
    EngineFaulted,
    HangUpCall,
    HoldCall,
    MuteMicrophone,
    OrderRefused,
    PlaceCall,
    RegisterAccount,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    StopPhone,
    TransferCall,
)  # fmt: skip
from cti.phone.audio.port import RATE
from cti.phone.port import Capability, EngineUnavailable, PhoneSettings
from cti.phone.pyvoip_engine import PyVoipEngine
from cti.phone.pyvoip_media import Doubler, Halver
from cti.phone.pyvoip_wire import BadPacket, Packet, answer_direction, credentials
from tests.contract.station import Station, ToneSound
from tests.cti.audio.measure import goertzel
from tests.cti.pyvoip_peer import RawPeer, linear, media_of, sine
from tests.pulse import wait_until


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station(PyVoipEngine(), PhoneSettings(user="plateau", media_timeout=0.0))
    made.start()
    yield made
    made.stop()
    assert not made.told(EngineFaulted)


@pytest.fixture
def peer(station: Station) -> Iterator[RawPeer]:
    made = RawPeer(station.contact)
    yield made
    made.close()


def answer(station: Station) -> None:
    station.do(AnswerCall(station.wait(CallOffered).call_id))


def sent_tone(packets: list[bytes], hertz: float = 440.0) -> float:
    return goertzel(linear(b"".join(packet[12:] for packet in packets)), hertz, rate=8000)


def test_it_rings_at_once(station: Station, peer: RawPeer) -> None:
    began = time.monotonic()
    peer.request("INVITE", 1, peer.sdp())
    peer.hear("SIP/2.0 180")
    station.wait(CallOffered)
    assert time.monotonic() - began < 0.5, "pyVoIP tells of a call one second late"


def test_never_the_microphone_while_held(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    assert 20 <= len(peer.packets(0.5)) <= 30, "one stream of 50 packets a second"
    assert sent_tone(peer.packets(0.4)) > 0.1
    assert "a=recvonly" in peer.reinvite(2, peer.sdp("sendonly"))
    assert station.wait(CallHeld).by == "remote"
    assert peer.packets(0.4) == []
    assert "a=inactive" in peer.reinvite(3, peer.sdp("inactive"))
    assert peer.packets(0.3) == []
    assert "a=sendrecv" in peer.reinvite(4, peer.sdp("sendrecv"))
    assert station.wait(CallResumed).by == "remote"
    assert 20 <= len(peer.packets(0.5)) <= 30, "still one stream: pyVoIP adds a sender at each re-INVITE"
    assert len(station.told(CallHeld)) == 1


def test_held_here_nothing_goes_out_and_nothing_is_heard(station: Station, peer: RawPeer) -> None:
    accepted = peer.call(lambda: answer(station))
    call_id = station.wait(CallAnswered).call_id
    station.do(HoldCall(call_id))
    invite = peer.hear("INVITE")
    assert "a=sendonly" in invite
    assert peer.packets(0.3) == [], "from the order on, not from the far end's consent"
    peer.say(answered(peer, invite, peer.sdp("recvonly")))
    peer.hear("ACK")
    assert station.wait(CallHeld).by == "local"
    station.sound.forget()
    for piece in sine(700, 10):
        peer.send_rtp(media_of(accepted), piece)
    assert peer.packets(0.3) == []
    assert station.sound.heard(1.0).strip(b"\0") == b"", "silence, in its own time"
    assert len(station.sound.heard(1.0)) > 10 * 640
    station.do(ResumeCall(call_id))
    invite = peer.hear("INVITE")
    assert "a=sendrecv" in invite
    peer.say(answered(peer, invite, peer.sdp("sendrecv")))
    assert station.wait(CallResumed).by == "local"
    assert sent_tone(peer.packets(0.4)) > 0.1


def answered(peer: RawPeer, request: str, body: str = "", code: str = "200 OK") -> str:
    lines = [line for line in request.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"SIP/2.0 {code}\r\n"
        + "\r\n".join(lines)
        + f"\r\nContact: <sip:essai@127.0.0.1:{peer.port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    )


def test_a_hold_that_is_not_answered_is_refused_and_the_call_goes_on(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    call_id = station.wait(CallAnswered).call_id
    station.do(HoldCall(call_id))
    invite = peer.hear("INVITE")
    peer.say(answered(peer, invite, code="500 Server Error"))
    peer.hear("ACK")
    assert station.wait(OrderRefused).order == "HoldCall"
    assert sent_tone(peer.packets(0.4)) > 0.1


def test_mute_sends_silence(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    station.do(MuteMicrophone(True))
    wait_until(lambda: sent_tone(peer.packets(0.1)) < 0.001)
    assert len(peer.packets(0.4)) > 10
    station.do(MuteMicrophone(False))
    wait_until(lambda: sent_tone(peer.packets(0.1)) > 0.1)


def test_what_is_heard_is_sixteen_bits_wide(station: Station, peer: RawPeer) -> None:
    """pyVoIP's 8 bits hiss at -48 dB, and it codes PCMA as PCMU."""
    accepted = peer.call(lambda: answer(station))
    for piece in sine(700, 50):
        peer.send_rtp(media_of(accepted), piece)
    wait_until(lambda: len(station.sound.heard(0.9)) >= RATE * 2 * 0.9)
    heard = station.sound.heard(0.8)
    level = goertzel(heard, 700)
    assert level == pytest.approx(9000 / 32768, rel=0.05)
    assert goertzel(heard, 7300) < level / 100, "the mirror image of doubling the rate"
    assert sent_tone(peer.packets(0.4)) == pytest.approx(8000 / 32768, rel=0.05)


def test_extensions_padding_doubles_and_strangers(station: Station, peer: RawPeer) -> None:
    accepted = peer.call(lambda: answer(station))
    to = media_of(accepted)
    sound = sine(700, 1)[0]
    for data, extra in ((b"\xbe\xde\0\1\1\2\3\4" + sound, 0x10), (sound + b"\0\0\0\4", 0x20), (sound, 0)):
        peer.send_rtp(to, data, first=0x80 | extra)
    peer.send_rtp(to, sound, skip=0)  # the same packet again
    peer.send_rtp(to, sound, skip=-2)  # one that comes too late
    peer.send_rtp(to, sound, kind=96)  # no codec of ours
    for junk in (b"", b"\x80", b"\x80\x08" + b"\0" * 9, b"\x40" * 40, bytes(range(256))):
        peer.rtp.sendto(junk, to)
    wait_until(lambda: len(station.sound.heard(2.0)) >= 3 * 640 - 640)
    assert peer.packets(0.2), "it goes on sending"
    assert len(station.sound.heard(2.0)) == 3 * 640, "three packets of sound, no more"


def test_a_digit_is_one_digit_whichever_packets_are_lost(station: Station, peer: RawPeer) -> None:
    """pyVoIP hears '15' of 159#."""
    accepted = peer.call(lambda: answer(station))
    station.wait(CallAnswered)
    for press, event in enumerate((1, 5, 9, 11)):
        for part in range(2, 8):  # the first packet, with the marker, is lost
            peer.send_rtp(
                media_of(accepted), bytes((event, 0x80 if part > 5 else 0, 1, 160 // 8 * part)), kind=101, timestamp=1000 * (press + 1)
            )
    wait_until(lambda: len(station.told(DigitReceived)) == 4)
    assert "".join(fact.digit for fact in station.told(DigitReceived)) == "159#"


def test_a_second_call_is_told_busy_and_the_first_goes_on(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    other = RawPeer(station.contact)
    other.request("INVITE", 1, other.sdp(), call="raw-2")
    other.hear("SIP/2.0 486")
    other.request("ACK", 1, call="raw-2")
    other.close()
    assert len(station.told(CallOffered)) == 1
    station.do(PlaceCall("c2", "sip:a@127.0.0.1:9"))
    assert station.wait(OrderRefused).order == "PlaceCall"
    assert sent_tone(peer.packets(0.4)) > 0.1


def test_a_stranger_who_knows_the_call_id_cannot_end_or_hold_the_call(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    peer.to_tag, known = "guessed", peer.to_tag
    peer.request("BYE", 2)
    peer.hear("SIP/2.0 481")
    peer.request("INVITE", 3, peer.sdp("inactive"))
    peer.hear("SIP/2.0 481")
    peer.request("ACK", 3)
    peer.to_tag = known
    assert sent_tone(peer.packets(0.4)) > 0.1
    assert not station.told(CallEnded)


def test_a_reinvite_without_a_session_is_answered_by_our_offer(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    peer.request("INVITE", 2)
    offer = peer.hear("SIP/2.0 200 [^\\0]*CSeq: 2 INVITE")
    assert "a=sendrecv" in offer
    peer.request("ACK", 2, peer.sdp("sendonly"))
    assert station.wait(CallHeld).by == "remote", "their answer stands in the ACK"
    assert peer.packets(0.3) == []


def test_a_far_end_that_moves_takes_the_sound_with_it(station: Station, peer: RawPeer) -> None:
    peer.call(lambda: answer(station))
    elsewhere = RawPeer(station.contact)
    peer.reinvite(2, peer.sdp(port=elsewhere.media))
    assert sent_tone(elsewhere.packets(0.4)) > 0.1
    assert peer.packets(0.3) == [], "and none is left behind"
    elsewhere.close()


def test_a_call_through_a_registrar_that_asks_who_we_are(station: Station, peer: RawPeer) -> None:
    station.do(RegisterAccount("alice", "secret", f"127.0.0.1:{peer.port}"))
    challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length'
    peer.say(answered(peer, peer.hear("REGISTER"), code="401 Unauthorized").replace("Content-Length", challenge))
    register = peer.hear("REGISTER")
    assert re.search(r'Authorization: Digest username="alice".* qop=auth, nc=00000001', register)
    peer.say(answered(peer, register))
    assert station.wait(RegistrationChanged).state == "registered"
    station.do(PlaceCall("c1", f"sip:201@127.0.0.1:{peer.port}", present_number="0612"))
    first = peer.hear("INVITE")
    assert f"From: <sip:0612@127.0.0.1:{peer.port}>" in first
    assert f"P-Asserted-Identity: <sip:0612@127.0.0.1:{peer.port}>" in first
    peer.say(answered(peer, first, code="407 Proxy Auth").replace("Content-Length", challenge.replace("WWW", "Proxy")))
    peer.hear("ACK")
    second = peer.hear("INVITE")
    assert "Proxy-Authorization: Digest" in second
    assert "CSeq: 2 INVITE" in second
    peer.say(answered(peer, second, code="486 Busy Here"))
    peer.hear("ACK")
    assert station.wait(CallEnded).cause is Cause.BUSY


def test_lost_messages_are_said_again(station: Station, peer: RawPeer) -> None:
    peer.request("INVITE", 1, peer.sdp())
    peer.hear("SIP/2.0 180")
    peer.request("INVITE", 1, peer.sdp(), tag=False)  # as if the 180 had been lost
    peer.hear("SIP/2.0 180")
    assert len(station.told(CallOffered)) == 1
    answer(station)
    first = peer.hear("SIP/2.0 200")
    assert peer.hear("SIP/2.0 200") == first, "until the ACK"
    assert not station.told(CallAnswered)
    peer.request("ACK", 1)
    station.wait(CallAnswered)
    peer.request("BYE", 2)
    assert "CSeq: 2 BYE" in peer.hear("SIP/2.0 200")
    peer.request("BYE", 2)
    assert "CSeq: 2 BYE" in peer.hear("SIP/2.0 200")
    assert len(station.told(CallEnded)) == 1


def test_an_answer_that_nobody_acknowledges_ends_in_a_bye(station: Station, peer: RawPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.phone.pyvoip_transactions.LIFE", 1.0)
    peer.request("INVITE", 1, peer.sdp())
    answer(station)
    peer.hear("SIP/2.0 200")
    peer.hear("BYE")
    assert station.wait(CallEnded).cause is Cause.NETWORK


def test_our_own_invite_is_said_again_and_given_up(station: Station, peer: RawPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    station.do(PlaceCall("c1", f"sip:x@127.0.0.1:{peer.port}", ring_limit=1.2))
    first = peer.hear("INVITE")
    assert peer.hear("INVITE") == first
    ended = station.wait(CallEnded)
    assert (ended.cause, ended.by) == (Cause.NO_ANSWER, "system")
    peer.say(answered(peer, first, code="180 Ringing").replace(";tag=far", ""))
    assert peer.hear("CANCEL"), "what was given up before it rang is cancelled when it rings"


def test_an_answer_that_crosses_our_giving_up_is_hung_up(station: Station, peer: RawPeer) -> None:
    station.do(PlaceCall("c1", f"sip:x@127.0.0.1:{peer.port}"))
    invite = peer.hear("INVITE")
    peer.say(answered(peer, invite, code="180 Ringing"))
    station.do(HangUpCall("c1"))
    peer.hear("CANCEL")
    peer.say(answered(peer, invite, peer.sdp()).replace(f"To: <sip:x@127.0.0.1:{peer.port}>", f"To: <sip:x@127.0.0.1:{peer.port}>;tag=t"))
    peer.hear("ACK")
    bye = peer.hear("BYE")
    assert ";tag=t" in bye
    assert [fact.cause for fact in station.told(CallEnded)] == [Cause.CANCELLED]


def test_no_sound_for_too_long_ends_the_call() -> None:
    station = Station(PyVoipEngine(), PhoneSettings(media_timeout=0.6))
    station.start()
    peer = RawPeer(station.contact)
    try:
        peer.call(lambda: answer(station))
        peer.hear("BYE")
        ended = station.wait(CallEnded)
        assert (ended.cause, ended.by, ended.answered) == (Cause.NETWORK, "system", True)
    finally:
        peer.close()
        station.stop()


def test_answers_go_to_who_asked_not_to_a_registrar_or_a_contact(station: Station, peer: RawPeer) -> None:
    peer.say(
        f"OPTIONS {peer.uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5999;branch=z9hG4bKo;rport\r\nFrom: <sip:a@192.0.2.7>;tag=1\r\n"
        f"To: <{peer.uri}>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContact: <sip:a@192.0.2.8>\r\nContent-Length: 0\r\n\r\n"
    )
    heard = peer.hear("SIP/2.0 200")
    assert f"rport={peer.port};received=127.0.0.1" in heard
    assert "Allow: INVITE" in heard


@pytest.mark.parametrize(
    ("method", "code"), [("MESSAGE", 405), ("REFER", 405), ("INFO", 405), ("UPDATE", 405), ("NONSENSE", 501), ("BYE", 481), ("CANCEL", 481)]
)
def test_what_is_not_ours_is_answered(station: Station, peer: RawPeer, method: str, code: int) -> None:
    peer.request(method, 1)
    assert peer.hear(r"SIP/2.0 \d").startswith(f"SIP/2.0 {code} ")


@pytest.mark.parametrize(
    ("body", "extra", "code"),
    [
        ("v=0\r\nm=audio 4000 RTP/SAVP 8\r\nc=IN IP4 127.0.0.1\r\n", "", 488),
        ("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n", "", 488),
        ("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n", "", 488),
        ("v=0\r\nc=IN IP6 ::1\r\nm=audio 4000 RTP/AVP 8\r\n", "", 488),
        ("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio x RTP/AVP 8\r\na=rtpmap:8\r\n", "", 488),
        ("v=0\r\nm=video 4000 RTP/AVP 31\r\n", "", 488),
        ("", "", 488),
        ("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n", "Require: 100rel\r\n", 420),
    ],
)
def test_an_invitation_we_cannot_take(station: Station, peer: RawPeer, body: str, extra: str, code: int) -> None:
    peer.request("INVITE", 1, body, extra=extra)
    peer.hear(f"SIP/2.0 {code}")
    peer.request("ACK", 1)
    assert not station.told(CallOffered)


HOSTILE = [
    b"", b"\r\n\r\n", b"\0\0\0\0", b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n",
    b"SIP/2.0 999 ?\r\nCSeq: x\r\n\r\n",
    b"INVITE sip:a@b SIP/3.0\r\nVia: x\r\n\r\n", b"\xff" * 4000, b"A" * 60_000,
    b"BYE sip:a SIP/2.0\r\nVia:\r\nFrom:\r\nTo:\r\nCall-ID:\r\nCSeq:\r\n\r\n",
    b"BYE sip:a SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 99999999999999999999999 BYE\r\n\r\n",
    b"OPTIONS sip:a SIP/2.0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
]  # fmt: skip


def test_noise_and_attacks_leave_the_phone_answering(station: Station, peer: RawPeer) -> None:
    for attack in HOSTILE:
        peer.say(attack)
    peer.call(lambda: answer(station))
    for attack in HOSTILE:
        peer.say(attack)
    assert sent_tone(peer.packets(0.4)) > 0.1


def test_a_display_name_is_cleaned_and_compact_headers_are_read(station: Station, peer: RawPeer) -> None:
    body = peer.sdp()
    peer.say(
        f"INVITE {peer.uri} SIP/2.0\r\nv:SIP/2.0/UDP 127.0.0.1:{peer.port};branch=z9hG4bKc\r\n"
        f'f:"A\u202e[bold]B: C\x1b[2J" <sip:%2B33612345678@127.0.0.1>;tag=1\r\nt:<{peer.uri}>\r\ni:c\r\nCSeq:  7   INVITE\r\n'
        f"m:<sip:a@127.0.0.1:{peer.port}>\r\nc:application/sdp\r\nl:{len(body)}\r\n\r\n{body}"
    )
    offered = station.wait(CallOffered)
    assert (offered.caller, offered.caller_name) == ("+33612345678", "A[bold]B: C[2J")


@given(st.binary(max_size=600))
def test_any_bytes_are_a_packet_or_a_bad_packet(data: bytes) -> None:
    head = b"INVITE sip:a SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
    for candidate in (data, head + data, head + b"\r\n" + data):
        try:
            packet = Packet(candidate, ("127.0.0.1", 5060))
        except BadPacket:
            continue
        assert packet.code or packet.method


@pytest.mark.parametrize(
    "order", [SendDigits("c", "1"), TransferCall("c", "sip:a@b"), CompleteTransfer("c", "d"), HoldCall("c"), AnswerCall("c")]
)
def test_what_cannot_be_done_is_refused(
    station: Station, order: SendDigits | TransferCall | CompleteTransfer | HoldCall | AnswerCall
) -> None:
    refused = station.refused(order)
    assert refused.call_id == "c"
    assert refused.reason
    assert not station.can(Capability.DIGITS_OUT)
    assert not station.can(Capability.BLIND_TRANSFER)


def test_it_says_what_it_is_not(station: Station) -> None:
    with pytest.raises(EngineUnavailable, match="pjsua2"):
        PyVoipEngine().start(PhoneSettings(srtp="mandatory"), ToneSound(), lambda fact: None)
    with pytest.raises(EngineUnavailable, match="pjsua2"):
        PyVoipEngine().start(PhoneSettings(transports=("tls",)), ToneSound(), lambda fact: None)
    port = int(station.address.rpartition(":")[2])
    with pytest.raises(EngineUnavailable, match="autre port"):
        PyVoipEngine().start(PhoneSettings(port=port), ToneSound(), lambda fact: None)
    assert station.refused(RegisterAccount("u", "p", "127.0.0.1", transport="tls")).order == "RegisterAccount"


def test_stopped_in_mid_call_it_says_goodbye_and_leaves_nothing() -> None:
    before = set(threading.enumerate())
    filters = list(warnings.filters)
    station = Station(PyVoipEngine(), PhoneSettings())
    station.start()
    peer = RawPeer(station.contact)
    peer.call(lambda: answer(station))
    station.wait(CallAnswered)
    station.do(StopPhone())
    bye = peer.hear("BYE")
    peer.say(answered(peer, bye))
    assert station.stop() < 2
    assert station.wait(CallEnded).cause is Cause.HUNG_UP
    assert set(threading.enumerate()) == before
    assert list(warnings.filters) == filters, "pyVoIP resets everybody's"
    assert station.stop() < 0.1
    peer.close()


def test_one_stop_while_it_rings_turns_the_caller_away(station: Station, peer: RawPeer) -> None:
    peer.request("INVITE", 1, peer.sdp())
    station.wait(CallOffered)
    station.do(StopPhone())
    peer.hear("SIP/2.0 480")
    peer.request("ACK", 1)
    assert station.wait(CallEnded).by == "local"


@pytest.mark.parametrize(("offered", "holding", "ours"), [
    ("sendrecv", False, "sendrecv"), ("sendonly", False, "recvonly"), ("recvonly", False, "sendonly"), ("inactive", False, "inactive"),
    ("sendrecv", True, "sendonly"), ("sendonly", True, "inactive"), ("recvonly", True, "sendonly"), ("inactive", True, "inactive"),
])  # fmt: skip
def test_directions_answer_each_other(offered: str, holding: bool, ours: str) -> None:
    assert answer_direction(offered, holding) == ours


def test_digest_of_rfc_2617() -> None:
    challenge = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    value = credentials(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value
    with pytest.raises(ValueError, match="SHA"):
        credentials({**challenge, "algorithm": "SHA-256"}, "a", "b", "GET", "/")


def test_rates_are_halved_and_doubled_without_images() -> None:
    sixteen = ToneSound(1000.0)
    halver, doubler = Halver(), Doubler()
    eight = b"".join(halver.take(sixteen.read_frame()) for _ in range(25))
    assert len(eight) == 25 * 320
    assert goertzel(eight[640:], 1000, rate=8000) == pytest.approx(8000 / 32768, rel=0.01)
    again = b"".join(doubler.take(eight[at : at + 320]) for at in range(0, len(eight), 320))
    assert len(again) == 25 * 640
    assert goertzel(again[1280:], 1000) == pytest.approx(8000 / 32768, rel=0.01)
    assert goertzel(again[1280:], 7000) < 0.001
    high = ToneSound(6000.0)
    assert goertzel(b"".join(Halver().take(high.read_frame()) for _ in range(25))[640:], 2000, rate=8000) < 0.01
