"""A caller made of one UDP socket: INVITE, see 180, CANCEL. Enough to time what a phone does with a call."""

from __future__ import annotations

import socket
import time
import uuid
from dataclasses import dataclass, field

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass
class SipCaller:
    """Calls `target` (host, port, user) from `number`. Times are `time.monotonic()`."""

    target: tuple[str, int, str]
    socket: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def __post_init__(self) -> None:
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)

    def invite(self, number: str, name: str = "Essai") -> str:
        """Send an INVITE; returns the Call-ID."""
        call_id, branch = uuid.uuid4().hex, f"z9hG4bK{uuid.uuid4().hex[:16]}"
        self._open = (call_id, branch, number, name)
        self._send("INVITE", 1, "", SDP)
        return call_id

    def cancel(self, within: float = 3.0) -> int:
        """Send CANCEL and ACK the final answer; returns its status (487)."""
        self._send("CANCEL", 1, "")
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status, method, tag = self._receive()
            if method == "INVITE" and status >= 200:
                self._send("ACK", 1, tag)
                return status
        raise TimeoutError("no final answer to the INVITE")

    def wait_ringing(self, within: float = 3.0) -> float:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status, method, _tag = self._receive()
            if method == "INVITE" and status in (180, 183):
                return time.monotonic()
        raise TimeoutError("no 180")

    def _receive(self) -> tuple[int, str, str]:
        try:
            text = self.socket.recv(65535).decode("utf-8", "replace")
        except TimeoutError:
            return 0, "", ""
        head, *lines = text.split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines) if v}
        if not head.startswith("SIP/2.0 ") or headers.get("call-id") != self._open[0]:
            return 0, "", ""
        return int(head.split()[1]), headers.get("cseq", "1 ?").split()[1], headers.get("to", "")

    def _send(self, method: str, sequence: int, to: str, body: str = "") -> None:
        call_id, branch, number, name = self._open
        host, port, user = self.target
        here = "{}:{}".format(*self.socket.getsockname())
        lines = [
            f"{method} sip:{user}@{host}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch={branch};rport",
            f'From: "{name}" <sip:{number}@127.0.0.1>;tag=caller',
            f"To: {to or f'<sip:{user}@{host}:{port}>'}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{number}@{here}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.socket.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), (host, port))
