"""Calls by hand, with sound, encrypted or not: what SIPp cannot do over TLS and SRTP, and the same without for comparison.

Signalling is the tests' own raw phone; sound is one socket that sends everybody's packets, made and encrypted before the calls.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import socket
import struct
import threading
import time
from contextlib import ExitStack
from types import TracebackType

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from benchmarks.room_load import UP_WITHIN, BareExchange, speech
from tests.cti.asterisk.raw_phone import RawPhone
from tests.cti.asterisk.room_exchange import RoomExchange

PACKET = 160  # samples: 20 ms
PCMA = 8
MINUTES = 2  # of packets that are ready


class Srtp:
    """AES_CM_128_HMAC_SHA1_80 (RFC 3711, RFC 4568), one way, from the first packet on."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(30)
        self.inline = base64.b64encode(self._secret).decode()
        self._key, self._auth, self._salt = (self._derived(label, size) for label, size in ((0, 16), (1, 20), (2, 14)))

    def protect(self, header: bytes, payload: bytes, source: int, index: int) -> bytes:
        """A packet on the wire; `index` is its number from the beginning (below 65536: it has not begun anew)."""
        start = (int.from_bytes(self._salt, "big") << 16) ^ (source << 64) ^ (index << 16)
        packet = header + self._stream(self._key, start, payload)
        return packet + hmac.new(self._auth, packet + bytes(4), hashlib.sha1).digest()[:10]

    def _derived(self, label: int, size: int) -> bytes:
        salt = int.from_bytes(self._secret[16:], "big") ^ (label << 48)
        return self._stream(self._secret[:16], salt << 16, bytes(size))

    @staticmethod
    def _stream(key: bytes, start: int, data: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.CTR(start.to_bytes(16, "big"))).encryptor().update(data)


class Sound:
    """One socket that speaks to every port it was told of, 50 packets a second each, and hears what comes."""

    def __init__(self, encrypted: bool) -> None:
        self.srtp = Srtp() if encrypted else None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: set[int] = set()  # ports of Asterisk that a packet came from
        self._ports: dict[int, int] = {}  # of Asterisk: packets already sent there
        self._over = threading.Event()
        self._packets = self._made()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._speak, self._hear)]

    def __enter__(self) -> Sound:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def to(self, port: int) -> None:
        self._ports.setdefault(port, 0)

    @property
    def complete(self) -> bool:
        """Whether everybody who is spoken to was heard."""
        return self.heard >= set(self._ports)

    def _made(self) -> list[bytes]:
        said, source = speech(), secrets.randbits(32)
        made = []
        for n in range(1, MINUTES * 60 * 50):
            at = n * PACKET % len(said)
            header, payload = struct.pack("!BBHII", 0x80, PCMA, n, n * PACKET, source), said[at : at + PACKET]
            made.append(self.srtp.protect(header, payload, source, n) if self.srtp else header + payload)
        return made

    def _speak(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += PACKET / 8000
            for port, sent in list(self._ports.items()):
                self._socket.sendto(self._packets[sent], ("127.0.0.1", port))
                self._ports[port] = sent + 1

    def _hear(self) -> None:
        self._socket.settimeout(0.2)
        while not self._over.is_set():
            try:
                self.heard.add(self._socket.recvfrom(2048)[1][1])
            except TimeoutError:
                continue


class SteadyPhone(RawPhone):
    """A raw phone that lives longer than the 30 s after which the exchange sends empty lines to keep the connection."""

    def _take(self, head: str, body: str) -> None:
        if head:
            super()._take(head, body)


class SpeakingPhone(SteadyPhone):
    """Offers and answers with the shared socket's port, and tells it where the exchange listens."""

    sound: Sound

    def _sdp(self) -> str:
        srtp = self.sound.srtp
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        lines += [f"m=audio {self.sound.port} RTP/{'S' if srtp else ''}AVP {PCMA}", "a=rtpmap:8 PCMA/8000", "a=ptime:20"]
        lines += [f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{srtp.inline}"] if srtp else []
        return "\r\n".join([*lines, ""])

    def speak_to(self, sdp: str) -> None:
        found = re.search(r"^m=audio (\d+) ", sdp, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"the exchange offers no sound: {sdp[:200]}")
        self.sound.to(int(found[1]))


class HandLoad:
    """`n` calls to stations' queues and a listener each, as `room_load.SippLoad`."""

    def __init__(self, room: RoomExchange, n: int, stack: ExitStack) -> None:
        self._room, self._n = room, n
        self._sound = stack.enter_context(Sound(room.plan.transport == "tls"))
        lines = [f"{kind}{k}" for kind in ("poste", "jury") for k in range(1, n + 1)]
        self._phones = {line: SpeakingPhone(room, line) for line in lines}
        for phone in self._phones.values():
            stack.enter_context(phone)
            phone.sound = self._sound

    def talk(self) -> None:
        for k in range(1, self._n + 1):
            station, seat = self._phones[f"poste{k}"], self._phones[f"jury{k}"]
            if station.register().code != 200:
                raise RuntimeError(f"poste{k} is not registered")
            self._room.cli(f"queue add member PJSIP/poste{k} to poste{k}")
            self._call(seat, f"file-poste{k}")
            station.speak_to(station.offered().body)
        self._room.wait(lambda: len(self._room.channels(bridged=True)) == 2 * self._n, f"{self._n} conversations", UP_WITHIN)

    def listen(self) -> None:
        bare = isinstance(self._room, BareExchange)
        for k in range(1, self._n + 1):
            station = f"poste{k % self._n + 1}"
            if not bare:
                self._room.cli(f"dialplan set global TICKET_{k:04x} listen:jury{k}:{station}")
            self._call(self._phones[f"jury{k}"], f"ecoute-{station}" if bare else f"ecoute-{k:04x}")
        self._room.wait(lambda: self._room.cli("core show channels concise").count("!ChanSpy!") == self._n, "a listener each", UP_WITHIN)
        self._room.wait(lambda: self._sound.complete, "sound comes from every leg", UP_WITHIN)

    def _call(self, phone: SpeakingPhone, target: str) -> None:
        call = phone.call(target)
        if call.code != 200:
            raise RuntimeError(f"{target}: refused with {call.code}")
        phone.speak_to(call.answer.body)
