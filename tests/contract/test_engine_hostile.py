"""What a hostile network may send to a running engine: it stays up, draws nothing raw, and the next call works."""

from __future__ import annotations

import os
import random
import socket
import unicodedata
from pathlib import Path

import pytest

from cti.messages import AnswerCall, CallAnswered, CallEnded, CallOffered, EngineFaulted, PlaceCall, RefuseCall
from tests.contract.hostile_text import INVITE, OFFER
from tests.contract.sipp_peer import Sipp
from tests.contract.station import Station

pytestmark = pytest.mark.sipp


def datagrams(port: int) -> list[bytes]:
    """Broken, odd and excessive SIP. No two with the same Call-ID."""

    def invite(tag: str, sender: str = "<sip:a@127.0.0.1>", more: str = "") -> bytes:
        return INVITE.format(port=port, tag=tag, sender=sender, more=more).encode("utf-8", "surrogatepass")

    noise = random.Random(7)
    good = invite("cut")
    bodies = ["application/x-evil", "text/html", "multipart/mixed;boundary=x", "application/sdp", "message/sipfrag", ";;;", "a/b/c"]
    return [
        b"",
        b"\x00",
        b"\r\n\r\n",
        b"\xff" * 1500,
        noise.randbytes(4000),
        b"INVITE",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999999 \r\nVia: \r\nCSeq: x y\r\n\r\n",
        *(good[:size] for size in range(20, len(good), 37)),
        *(bytes(byte ^ (noise.random() < 0.02) * 64 for byte in good.replace(b"cut", b"flip%d" % n)) for n in range(30)),
        good.replace(b"cut", b"neg").replace(b"Content-Length: 0", b"Content-Length: -1"),
        good.replace(b"cut", b"big").replace(b"Content-Length: 0", b"Content-Length: 99999999999"),
        good.replace(b"cut", b"cseq").replace(b"CSeq: 1", b"CSeq: 99999999999999999999"),
        invite("long", f"<sip:{'a' * 30000}@127.0.0.1>"),
        invite("name", f'"{"n" * 3500}" <sip:a@127.0.0.1>'),
        invite("many", more="".join(f"X-H{n}: {n}\r\n" for n in range(150))),
        invite("nul", '"a\x00b" <sip:a@127.0.0.1>'),
        invite("fold", '"a"\r\n <sip:a@127.0.0.1>'),
        invite("req", more="Require: x-unknown\r\n"),
        invite("repl", more="Replaces: nothing;to-tag=1;from-tag=2\r\n"),
        *(
            invite(f"body{n}").replace(b"Content-Length: 0\r\n\r\n", b"Content-Type: %s\r\nContent-Length: 4\r\n\r\nv=0\r" % kind.encode())
            for n, kind in enumerate(bodies)
        ),
        invite("msg", more="Content-Type: x/y\r\n").replace(b"INVITE", b"MESSAGE"),
        invite("opt").replace(b"INVITE", b"OPTIONS"),
        invite("ref", more="Refer-To: <sip:evil@127.0.0.1>\r\n").replace(b"INVITE", b"REFER"),
        invite("sub", more="Event: presence\r\n").replace(b"INVITE", b"SUBSCRIBE"),
        invite("not", more="Event: refer\r\nSubscription-State: active\r\n").replace(b"INVITE", b"NOTIFY"),
        invite("upd").replace(b"INVITE", b"UPDATE"),
        invite("pra", more="RAck: 1 1 INVITE\r\n").replace(b"INVITE", b"PRACK"),
        invite("foo").replace(b"INVITE", b"FOOBAR"),
        invite("bye").replace(b"INVITE", b"BYE"),
        invite("can").replace(b"INVITE", b"CANCEL"),
        invite("ack").replace(b"INVITE", b"ACK"),
        os.urandom(64),
    ]


def test_a_call_works_after_every_kind_of_rubbish(station: Station, tmp_path: Path) -> None:
    host, _, port = station.address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        for datagram in datagrams(peer.getsockname()[1]):
            peer.sendto(datagram, (host, int(port)))
        station.quiet(0.5)
    for offered in station.told(CallOffered):
        assert all(unicodedata.category(character)[0] != "C" for character in offered.caller_name + offered.caller)
        station.do(RefuseCall(offered.call_id))
        station.wait(CallEnded, lambda fact, call_id=offered.call_id: fact.call_id == call_id)  # type: ignore[misc]  # mypy and a bound default
    with Sipp("uas_talk.xml", tmp_path) as far:
        station.do(PlaceCall("out-1", f"sip:1@{far.address}"))
        station.wait(CallAnswered, lambda fact: fact.call_id == "out-1")
        station.wait(CallEnded, lambda fact: fact.call_id == "out-1")
        far.finish()
    assert station.told(EngineFaulted) == []


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ('"[red]boss[/red] [/x]" <sip:0612345678@127.0.0.1>', "[red]boss[/red] [/x]"),  # kept: drawing it raw is the desk's business
        ('"\u202egnp.exe" <sip:0612345678@127.0.0.1>', "gnp.exe"),
        ('"a\u200b\u2066b\u0007c" <sip:0612345678@127.0.0.1>', "abc"),
        ('"\u001b[2Jx" <sip:0612345678@127.0.0.1>', "[2Jx"),
        (f'"{"é" * 900}" <sip:0612345678@127.0.0.1>', "é" * 200),
        ('"\\"O\\\\Neil\\"" <sip:0612345678@127.0.0.1>', '"O\\Neil"'),
    ],
)
def test_hostile_names_are_carried_clean(station: Station, tmp_path: Path, sender: str, shown: str) -> None:
    host, _, port = station.address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        text = INVITE.format(port=peer.getsockname()[1], tag="name", sender=sender, more="X-Note: \u202eabc\r\n")
        text = text.replace("Content-Length: 0\r\n\r\n", f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n{OFFER}")
        peer.sendto(text.encode(), (host, int(port)))
        offered = station.wait(CallOffered)
        assert (offered.caller, offered.caller_name) == ("0612345678", shown)
        assert all(value == "abc" for value in offered.headers.values())
        station.do(AnswerCall(offered.call_id))  # nobody will ever acknowledge it: stopping must not wait for that
    assert station.stop() < 5.0
