"""A caller made of one UDP socket: INVITE, then CANCEL, or a conversation whose far end is an echo. Enough to time a phone."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from dataclasses import dataclass, field
from types import TracebackType

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass
class SipCaller:
    """Calls `target` (host, port, user) from `number`. Times are `time.monotonic()`."""

    target: tuple[str, int, str]
    socket: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    media_port: int = 40000

    def __post_init__(self) -> None:
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)

    def close(self) -> None:
        self.socket.close()

    def invite(self, number: str, name: str = "Essai") -> str:
        """Send an INVITE; returns the Call-ID."""
        call_id, branch = uuid.uuid4().hex, f"z9hG4bK{uuid.uuid4().hex[:16]}"
        self._open = (call_id, branch, number, name)
        self._send("INVITE", 1, "", SDP.format(port=self.media_port))
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

    def wait_answered(self, within: float = 10.0) -> None:
        """Wait for the 200 and ACK it."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status, method, tag = self._receive()
            if method == "INVITE" and status >= 200:
                self._to = tag
                self._send("ACK", 1, tag, new="ack" if status < 300 else "")
                if status < 300:
                    return
                raise ConnectionError(f"refused with {status}")
        raise TimeoutError("not answered")

    def hang_up(self, within: float = 3.0) -> None:
        """BYE, and wait for its answer."""
        self._send("BYE", 2, self._to, new="bye")
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status, method, _tag = self._receive()
            if method == "INVITE" and status >= 200:  # its 200 again: our ACK was lost
                self._send("ACK", 1, self._to, new="ack")
            if method == "BYE":
                return
        raise TimeoutError("no answer to the BYE")

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

    def _send(self, method: str, sequence: int, to: str, body: str = "", new: str = "") -> None:
        """`new` makes it a transaction of its own: CANCEL and the ACK of a refusal belong to the INVITE's (RFC 3261 9.1, 17.1.1.3)."""
        call_id, branch, number, name = self._open
        branch += new
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


class Echo:
    """Sends every RTP packet back to where it came from, as SIPp's -rtp_echo does, under a source identifier of its own."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self.packets = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="echo", daemon=True)

    def __enter__(self) -> Echo:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                data, far = self._socket.recvfrom(2048)
                self._socket.sendto(data[:8] + b"ECHO" + data[12:], far)
                self.packets += 1
            except (TimeoutError, ConnectionError):  # silence, or the phone has closed its port
                continue
