"""A far end written by hand, message by message: to say what a well-behaved SIP stack would not, and to count what comes back."""

from __future__ import annotations

import re
import socket
import time
import warnings
from array import array
from collections.abc import Callable
from math import pi, sin

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

FRAME = 160  # samples of 20 ms at 8 kHz


class RawPeer:
    """One SIP socket and one RTP socket on 127.0.0.1. All waits have a deadline and fail with what came."""

    def __init__(self, phone: str) -> None:
        host, _, port = phone.rpartition("@")[2].partition(":")
        self.phone = (host, int(port))
        self.uri = f"sip:{phone}"
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for sock in (self.sip, self.rtp):
            sock.bind(("127.0.0.1", 0))
        self.port: int = self.sip.getsockname()[1]
        self.media: int = self.rtp.getsockname()[1]
        self.seen: list[str] = []
        self.to_tag = ""
        self._sequence = 0

    def close(self) -> None:
        self.sip.close()
        self.rtp.close()

    def sdp(self, direction: str = "sendrecv", port: int | None = None, codecs: str = "8 0 101") -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port or self.media} RTP/AVP {codecs}\r\n"
            f"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )

    def request(self, method: str, number: int, body: str = "", call: str = "raw-1", extra: str = "", tag: bool = True) -> None:
        to = f"<{self.uri}>" + (f";tag={self.to_tag}" if self.to_tag and tag else "")
        kind = "Content-Type: application/sdp\r\n" if body else ""
        via = f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{call}{method}{number};rport"
        self.say(
            f"{method} {self.uri} SIP/2.0\r\nVia: {via}\r\n"
            f'From: "Essai" <sip:essai@127.0.0.1:{self.port}>;tag=far\r\nTo: {to}\r\nCall-ID: {call}\r\nCSeq: {number} {method}\r\n'
            f"Contact: <sip:essai@127.0.0.1:{self.port}>\r\nMax-Forwards: 70\r\n{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def say(self, message: str | bytes) -> None:
        self.sip.sendto(message.encode() if isinstance(message, str) else message, self.phone)

    def hear(self, want: str, deadline: float = 5.0) -> str:
        """The next message whose first line matches the pattern; others are kept in `seen`."""
        until = time.monotonic() + deadline
        while (left := until - time.monotonic()) > 0:
            self.sip.settimeout(left)
            try:
                text = self.sip.recv(65535).decode("utf-8", "replace")
            except TimeoutError:
                break
            self.seen.append(text)
            if re.match(want, text):
                found = re.search(r"^To:.*;tag=(\S+)", text, re.MULTILINE)
                self.to_tag = found.group(1) if found else self.to_tag
                return text
        raise AssertionError(f"{want} not heard in {deadline} s; heard: {[text.splitlines()[0] for text in self.seen]}")

    def call(self, answer: Callable[[], None], direction: str = "sendrecv") -> str:
        """INVITE, 180, `answer()`, 200, ACK; the session of the 200."""
        self.request("INVITE", 1, self.sdp(direction))
        self.hear("SIP/2.0 180")
        answer()
        accepted = self.hear("SIP/2.0 200")
        self.request("ACK", 1)
        return accepted

    def reinvite(self, number: int, body: str) -> str:
        self.request("INVITE", number, body)
        accepted = self.hear(f"SIP/2.0 [2-6]\\d\\d [^\\0]*CSeq: {number} INVITE")
        self.request("ACK", number)
        return accepted

    def packets(self, seconds: float) -> list[bytes]:
        """Every RTP packet that comes within `seconds`, from now on."""
        self.rtp.settimeout(0)
        while True:
            try:
                self.rtp.recv(2048)
            except BlockingIOError:
                break
        came, until = [], time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.rtp.settimeout(left)
            try:
                came.append(self.rtp.recv(2048))
            except TimeoutError:
                break
        return came

    def send_rtp(
        self, to: tuple[str, int], payload: bytes, kind: int = 8, timestamp: int | None = None, first: int = 0x80, skip: int = 1
    ) -> None:
        self._sequence = (self._sequence + skip) & 0xFFFF
        stamp = self._sequence * FRAME if timestamp is None else timestamp
        self.rtp.sendto(bytes((first, kind)) + self._sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + b"\0\0\0\7" + payload, to)


def media_of(message: str) -> tuple[str, int]:
    """Where a session description wants its sound."""
    found = re.search(r"m=audio (\d+)", message)
    assert found, message
    return "127.0.0.1", int(found.group(1))


def sine(hertz: float, frames: int) -> list[bytes]:
    """20 ms pieces at 8 kHz, A-law."""
    samples = [round(9000 * sin(2 * pi * hertz * n / 8000)) for n in range(FRAME * frames)]
    return [audioop.lin2alaw(array("h", samples[at : at + FRAME]).tobytes(), 2) for at in range(0, len(samples), FRAME)]


def linear(alaw: bytes) -> bytes:
    """16 bits, 8 kHz."""
    return audioop.alaw2lin(alaw, 2)
