"""An RTP end of our own for SIPp's calls: hears A-law, says a tone, presses keys (RFC 4733). Raw packets, so that nothing is guessed."""

from __future__ import annotations

import array
import math
import socket
import struct
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from tests.contract.station import DEADLINE
from tests.cti.audio.measure import goertzel

PCMA, EVENTS = 8, 101
RATE = 8000
PACKET = 160  # samples, 20 ms


def _decode(code: int) -> int:
    """One A-law byte as 16 bit (ITU-T G.711)."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


DECODED = [_decode(code) for code in range(256)]
ENCODED = {value: code for code, value in enumerate(DECODED)}
LEVELS = sorted(ENCODED)


def _encode(value: int) -> int:
    return ENCODED[min(LEVELS, key=lambda level: abs(level - value))]


@dataclass(frozen=True)
class Packet:
    at: float  # time.monotonic()
    kind: int
    sequence: int
    source: int
    payload: bytes


class RtpPeer:
    """`with RtpPeer(hertz=700) as ear:` answers whoever sends to it with a tone; 0 says nothing."""

    def __init__(self, hertz: float = 700.0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.02)
        self.port: int = self._socket.getsockname()[1]
        wave = (int(8000 * math.sin(2 * math.pi * hertz * n / RATE)) if hertz else 0 for n in range(RATE))
        self._tone = bytes(_encode(value) for value in wave) if hertz else b""
        self._lock = threading.Lock()
        self._packets: list[Packet] = []
        self._keys: list[str] = []
        self._over = threading.Event()
        self.dead = threading.Event()  # while set, nothing is sent
        self._thread = threading.Thread(target=self._run, name="rtp-peer", daemon=True)

    def __enter__(self) -> RtpPeer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def press(self, keys: str) -> None:
        """Press these keys, 100 ms each."""
        with self._lock:
            self._keys += keys

    def packets(self, since: float) -> list[Packet]:
        """What came after a `time.monotonic()`."""
        with self._lock:
            return [packet for packet in self._packets if packet.at >= since]

    def level(self, hertz: float, since: float) -> float:
        """Amplitude 0..1 of a tone in the sound that came since then."""
        payload = b"".join(packet.payload for packet in self.packets(since) if packet.kind == PCMA)
        return goertzel(array.array("h", (DECODED[byte] for byte in payload)).tobytes(), hertz, RATE)

    def hears(self, hertz: float, seconds: float = 0.4, least: float = 0.1, deadline: float = DEADLINE) -> float:
        """Wait until a tone came for so long; its level."""
        until = time.monotonic() + deadline
        level = 0.0
        while time.monotonic() < until:
            since = time.monotonic()
            self._over.wait(seconds)
            level = self.level(hertz, since)
            if level >= least:
                return level
        raise AssertionError(f"{hertz} Hz did not come in {deadline} s: level {level:.4f}")

    def listen(self, seconds: float) -> list[Packet]:
        """What comes in the next seconds."""
        since = time.monotonic()
        self._over.wait(seconds)
        return self.packets(since)

    def keys_heard(self) -> str:
        """The keys of RFC 4733 events that ended, one for each timestamp."""
        with self._lock:
            events = [packet.payload for packet in self._packets if packet.kind not in (PCMA, 0) and len(packet.payload) == 8]
        done: dict[bytes, str] = {}
        for payload in events:
            if payload[5] & 0x80:
                done.setdefault(payload[:4], "0123456789*#ABCD"[payload[4]])
        return "".join(done.values())

    def _run(self) -> None:
        far: tuple[str, int] | None = None
        sequence = stamp = 0
        at = time.monotonic()
        pending: list[bytes] = []
        while not self._over.is_set():
            try:
                data, far = self._socket.recvfrom(2048)
                self._take(data)
            except (TimeoutError, ConnectionError):
                pass
            if far is None or time.monotonic() < at:
                continue
            at += 0.02
            stamp += PACKET
            sequence += 1
            with self._lock:
                if not pending and self._keys:
                    pending = _events(self._keys.pop(0))
                    press_stamp = stamp
            if pending:
                self._send(far, EVENTS, sequence, press_stamp, pending.pop(0))
            elif self._tone and not self.dead.is_set():
                start = stamp % RATE
                self._send(far, PCMA, sequence, stamp, (self._tone + self._tone)[start : start + PACKET])

    def _take(self, data: bytes) -> None:
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        kind, sequence, stamp, source = struct.unpack("!xBHII", data[:12])
        payload = data[12:]
        if kind & 0x7F not in (PCMA, 0):
            payload = struct.pack("!I", stamp) + payload
        with self._lock:
            self._packets.append(Packet(time.monotonic(), kind & 0x7F, sequence, source, payload))

    def _send(self, far: tuple[str, int], kind: int, sequence: int, stamp: int, payload: bytes) -> None:
        header = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, stamp, 0x504C4154)
        try:
            self._socket.sendto(header + payload, far)
        except OSError:  # the phone closed its port: the call is over
            return


def _events(key: str) -> list[bytes]:
    """The packets of one key: five in its course, three to end it, then a pause of silence is left to the tone."""
    number = "0123456789*#ABCD".index(key)
    course = [struct.pack("!BBH", number, 10, PACKET * n) for n in range(1, 6)]
    return course + [struct.pack("!BBH", number, 0x80 | 10, PACKET * 6)] * 3
