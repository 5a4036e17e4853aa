"""SIP by hand, without sound: what a phone of the room could send, and what a phone never would.

A line registers, calls and is called in milliseconds; its SDP offers the encryption the exchange asks for, and no packet follows.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import queue
import re
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from tests.cti.asterisk.room_exchange import RoomExchange

DEADLINE = 30.0


@dataclass(frozen=True)
class Message:
    """A request (`method`, `target`) or a response (`code`, `reason`)."""

    first: str
    headers: Mapping[str, str]
    body: str
    at: float = field(default_factory=time.monotonic)

    @property
    def code(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.code else self.first.split()[0]

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


class RawPhone:
    """A line of the room, or an impostor: `user` and `password` are whatever is claimed, `source` the address it comes from.

    `answers`: what an INVITE gets, 180 and nothing else (0) or this final code."""

    def __init__(self, room: RoomExchange, user: str, password: str | None = None, source: str = "127.0.0.1", answers: int = 200) -> None:
        self.room, self.user, self.answers = room, user, answers
        self.password = room.plan.line(user).password if password is None else password
        self.invites: queue.Queue[Message] = queue.Queue()
        self.requests: queue.Queue[Message] = queue.Queue()
        self._responses: dict[str, queue.Queue[Message]] = {}
        self._sequence = 0
        self._tls = room.plan.transport == "tls"
        self._way = "TLS" if self._tls else "UDP"
        host, port = room.plan.host, room.plan.ports.sip
        if self._tls:
            context = ssl.create_default_context(cadata=room.ca_text)
            plain = socket.create_connection((host, port), DEADLINE, (source, 0))
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket: socket.socket = context.wrap_socket(plain, server_hostname=host)
        else:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((source, 0))
            self._socket.connect((host, port))
        self._socket.settimeout(None)
        self.own = "{}:{}".format(*self._socket.getsockname()[:2])
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # where its SDP says that it listens; nothing is read
        self.media.bind((source, 0))
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> RawPhone:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader
        self._reader.join(2)
        self._socket.close()
        self.media.close()

    def register(self, expires: int = 60, account: str = "") -> Message:
        """The final answer; 200 when the line is registered."""
        to = f"<sip:{account or self.user}@{self.room.plan.server}>"
        return self.ask("REGISTER", f"sip:{self.room.plan.server}", {"To": to, "Expires": str(expires)})

    def call(self, target: str, headers: Mapping[str, str] | None = None, name: str = "", deadline: float = DEADLINE) -> RawCall:
        """INVITE to a number or name of the exchange; the final answer is in `.answer`."""
        uri = f"sip:{target}@{self.room.plan.server}"
        answer = self.ask("INVITE", uri, {"To": f"<{uri}>", **(headers or {})}, self._sdp(), name, deadline)
        return RawCall(self, answer)

    def dial(self, target: str, headers: Mapping[str, str] | None = None) -> RawCall:
        """INVITE and wait no longer than for the first word after authentication."""
        uri = f"sip:{target}@{self.room.plan.server}"
        answer = self.ask("INVITE", uri, {"To": f"<{uri}>", **(headers or {})}, self._sdp(), until=100)
        return RawCall(self, answer)

    def ask(
        self, method: str, uri: str, headers: Mapping[str, str] | None = None, body: str = "", name: str = "", deadline: float = DEADLINE,
        until: int = 200,
    ) -> Message:  # fmt: skip
        """A request, again with the password when it is asked for; the first answer of code `until` or more."""
        identity = f"{secrets.token_hex(8)}@raw"
        tag = secrets.token_hex(4)
        shown = f'"{name}" ' if name else ""
        given: dict[str, str] = {
            "From": f"{shown}<sip:{self.user}@{self.room.plan.server}>;tag={tag}", "To": f"<{uri}>", "Call-ID": identity, **(headers or {}),
        }  # fmt: skip
        answer = self._once(method, uri, given, body, deadline, until)
        asked = answer.header("www-authenticate") or answer.header("proxy-authenticate")
        if answer.code in (401, 407) and asked:
            if method == "INVITE":
                self._ack(uri, given, answer)
            which = "Authorization" if answer.code == 401 else "Proxy-Authorization"
            answer = self._once(method, uri, {**given, which: self._digest(method, uri, asked)}, body, deadline, until)
        if method == "INVITE" and answer.code >= 300:
            self._ack(uri, given, answer)
        return answer

    def offered(self, deadline: float = DEADLINE) -> Message:
        """The next INVITE that came."""
        try:
            return self.invites.get(timeout=deadline)
        except queue.Empty:
            raise AssertionError(f"no INVITE came to {self.user} in {deadline} s\n{self.room.log()[-3000:]}") from None

    def told(self, method: str, deadline: float = DEADLINE) -> Message:
        """The next request of that method (BYE, CANCEL, ACK, NOTIFY)."""
        until = time.monotonic() + deadline
        while True:
            try:
                found = self.requests.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {method} came to {self.user} in {deadline} s") from None
            if found.method == method:
                return found

    def reply(self, request: Message, code: int, body: str = "") -> None:
        to = request.header("to")
        if code > 100 and "tag=" not in to:
            to += f";tag={hashlib.md5(request.header('call-id').encode()).hexdigest()[:8]}"
        lines = [
            f"SIP/2.0 {code} Raw", f"Via: {request.header('via')}", f"From: {request.header('from')}", f"To: {to}",
            f"Call-ID: {request.header('call-id')}", f"CSeq: {request.header('cseq')}", f"Contact: <{self.contact}>",
        ]  # fmt: skip
        self._send(lines, body)

    def send(self, method: str, uri: str, headers: Mapping[str, str], body: str = "") -> int:
        """One request as it stands; its CSeq number."""
        self._sequence += 1
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/{self._way} {self.own};rport;branch={branch}", "Max-Forwards: 70"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        if "CSeq" not in headers:
            lines.append(f"CSeq: {self._sequence} {method}")
        lines.append(f"Contact: <{self.contact}>")
        self._send(lines, body)
        return self._sequence

    @property
    def contact(self) -> str:
        return f"sip:{self.user}@{self.own}{';transport=tls' if self._tls else ''}"

    def _once(self, method: str, uri: str, headers: Mapping[str, str], body: str, deadline: float, until: int) -> Message:
        answers: queue.Queue[Message] = queue.Queue()
        number = str(self._sequence + 1)
        self._responses[f"{headers['Call-ID']} {number}"] = answers
        self.send(method, uri, headers, body)
        end = time.monotonic() + deadline
        while True:
            try:
                answer = answers.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no answer to {method} {uri} in {deadline} s\n{self.room.log()[-3000:]}") from None
            if answer.code >= until or answer.code in (401, 407):
                return answer

    def _ack(self, uri: str, headers: Mapping[str, str], answer: Message) -> None:
        """Of a refusal: in the transaction of its INVITE."""
        number = answer.header("cseq").split()[0]
        lines = [
            f"ACK {uri} SIP/2.0", f"Via: {answer.header('via')}", "Max-Forwards: 70", f"From: {headers['From']}",
            f"To: {answer.header('to')}", f"Call-ID: {headers['Call-ID']}", f"CSeq: {number} ACK",
        ]  # fmt: skip
        self._send(lines)

    def _digest(self, method: str, uri: str, asked: str) -> str:
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', asked))

        def md5(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        secret = md5(self.user, said["realm"], self.password)
        nonce, mine = said["nonce"], secrets.token_hex(8)
        response = md5(secret, nonce, "00000001", mine, "auth", md5(method, uri))
        return (
            f'Digest username="{self.user}", realm="{said["realm"]}", nonce="{nonce}", uri="{uri}", response="{response}", '
            f'algorithm=MD5, qop=auth, nc=00000001, cnonce="{mine}"' + (f', opaque="{said["opaque"]}"' if "opaque" in said else "")
        )

    def _sdp(self) -> str:
        port = self.media.getsockname()[1]
        lines = ["v=0", f"o=- {port} {port} IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        lines += [f"m=audio {port} RTP/{'S' if self._tls else ''}AVP 8 101"]
        if self._tls:
            lines.append(f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(secrets.token_bytes(30)).decode()}")
        lines += ["a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=sendrecv"]
        return "\r\n".join(lines) + "\r\n"

    def _send(self, lines: list[str], body: str = "") -> None:
        payload = body.encode()
        lines = [*lines, *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(payload)}", "", ""]
        with self._sending, contextlib.suppress(OSError):  # a connection that the exchange cut: the answer will be missed
            self._socket.sendall("\r\n".join(lines).encode("utf-8", "surrogateescape") + payload)

    def _read(self) -> None:
        held = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except (OSError, ValueError):
                return
            if not chunk:
                return
            held += chunk
            while b"\r\n\r\n" in (held := held.lstrip(b"\r\n")):  # empty lines alone are a keep-alive (RFC 5626, 3.5.1)
                head, _, rest = held.partition(b"\r\n\r\n")
                found = re.search(rb"^(?:Content-Length|l)\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
                length = int(found[1]) if found else 0
                if len(rest) < length:
                    break
                held = rest[length:]
                self._take(head.decode(errors="surrogateescape"), rest[:length].decode(errors="replace"))

    def _take(self, head: str, body: str) -> None:
        first, *lines = head.split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        message = Message(first, headers, body)
        if message.code:
            waiting = self._responses.get(f"{message.header('call-id')} {message.header('cseq').split()[0]}")
            if waiting is not None:
                waiting.put(message)
            return
        if message.method == "INVITE":
            self.invites.put(message)
            self.reply(message, 180)
            if self.answers:
                self.reply(message, self.answers, self._sdp() if self.answers == 200 else "")
        elif message.method != "ACK":
            self.reply(message, 200)
        self.requests.put(message)


class RawCall:
    """A call that this phone placed; `answer` is what it got."""

    def __init__(self, phone: RawPhone, answer: Message) -> None:
        self.phone, self.answer = phone, answer
        self._headers = {"From": answer.header("from"), "To": answer.header("to"), "Call-ID": answer.header("call-id")}
        self._contact = answer.header("contact").strip("<>") or f"sip:{phone.room.plan.server}"
        if answer.code == 200:
            self._say("ACK", answer.header("cseq").split()[0])

    @property
    def code(self) -> int:
        return self.answer.code

    @property
    def cause(self) -> int:
        """Q.850, as the Reason header says; 0 without."""
        found = re.search(r"cause=(\d+)", self.answer.header("reason"))
        return int(found[1]) if found else 0

    def bye(self) -> None:
        self._say("BYE")

    def refer(self, target: str) -> None:
        """Blind transfer of the other party."""
        to = f"<sip:{target}@{self.phone.room.plan.server}>"
        self._say("REFER", **{"Refer-To": to, "Referred-By": f"<sip:{self.phone.user}@{self.phone.room.plan.server}>"})

    def press(self, event: int) -> None:
        """A key (0-9, 10 *, 11 #) as RFC 4733 has it, after a little silence; of a room without encryption."""
        found = re.search(r"^m=audio (\d+) ", self.answer.body, re.MULTILINE)
        assert found is not None
        place = (self.phone.room.plan.host, int(found[1]))

        def packet(kind: int, number: int, stamp: int, payload: bytes) -> None:
            self.phone.media.sendto(struct.pack("!BBHII", 0x80, kind, number, stamp, 0x1234) + payload, place)

        for number in range(10):
            packet(8, number, number * 160, b"\xd5" * 160)
        for number, (end, duration) in enumerate([(0, 160), (0, 320), (0, 480), (0x80, 640), (0x80, 640), (0x80, 640)], 10):
            packet(101 | (0x80 if number == 10 else 0), number, 1600, struct.pack("!BBH", event, end | 10, duration))

    def _say(self, method: str, number: str = "", **headers: str) -> None:
        given = {**self._headers, **headers}
        if number:
            given["CSeq"] = f"{number} {method}"
        self.phone.send(method, self._contact, given)
