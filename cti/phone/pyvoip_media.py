"""The sound of a pyVoIP call: pyVoIP's RTP client with its threads, its 8-bit linear sound and its byte arithmetic replaced.

pyVoIP starts a receiver and a sender thread at each answer and again at each re-INVITE, and codes 8-bit
samples. Here one non-blocking socket is driven by the engine's thread, in 16 bits, and nothing is sent
unless `sending` says so.
"""

from __future__ import annotations

import random
import socket
import time
import warnings
from array import array
from collections.abc import Callable

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

from cti.phone.audio.levels import pcm_of, samples
from cti.phone.audio.port import FRAME_BYTES, SoundIO
from cti.phone.pyvoip_wire import RTP, Session

_SIDE = (0.3082, -0.0762, 0.0233, -0.0053)  # half-band low-pass of 15 taps beside its middle 0.5; they sum to 0.25
DIGITS = "0123456789*#ABCD"
BURST = 50  # packets taken from the socket at a time


class Halver:
    """16 kHz to 8 kHz, without what 8 kHz cannot carry."""

    def __init__(self) -> None:
        self._past = array("h", bytes(28))

    def take(self, pcm: bytes) -> bytes:
        x = self._past + samples(pcm)
        self._past = x[-14:]
        a, b, c, d = _SIDE
        return pcm_of(
            _clipped(
                0.5 * m + a * (p1 + q1) + b * (p2 + q2) + c * (p3 + q3) + d * (p4 + q4)
                for m, p1, q1, p2, q2, p3, q3, p4, q4 in zip(
                    x[7::2], x[6::2], x[8::2], x[4::2], x[10::2], x[2::2], x[12::2], x[0::2], x[14::2], strict=False
                )
            )
        )  # fmt: skip


class Doubler:
    """8 kHz to 16 kHz, without the mirror image above 4 kHz."""

    def __init__(self) -> None:
        self._past = array("h", bytes(14))

    def take(self, pcm: bytes) -> bytes:
        x = self._past + samples(pcm)
        self._past = x[-7:]
        a, b, c, d = (2 * side for side in _SIDE)
        count = len(x) - 7
        out = array("h", bytes(4 * count))
        out[0::2] = x[3 : 3 + count]
        out[1::2] = _clipped(
            a * (x[n + 3] + x[n + 4]) + b * (x[n + 2] + x[n + 5]) + c * (x[n + 1] + x[n + 6]) + d * (x[n] + x[n + 7]) for n in range(count)
        )
        return pcm_of(out)


def _clipped(values: object) -> array[int]:
    return array("h", (max(-32768, min(32767, round(value))) for value in values))  # type: ignore[attr-defined]  # an iterable of floats


class Stream(RTP.RTPClient):
    """One call's RTP. `sending`: the microphone goes out; `hearing`: what comes is played; `answered`: the sound's clock runs."""

    def __init__(self, sock: socket.socket, session: Session, sound: SoundIO, digit: Callable[[str], None]) -> None:
        host, port = sock.getsockname()[:2]
        super().__init__(session.codecs, host, port, *session.address, RTP.TransmitType.SENDRECV)
        self._digit = digit
        self.sin = self.sout = sock
        self.sending = self.hearing = self.answered = False
        self.received_at = time.monotonic()
        self.outSequence, self.outTimestamp, self.outSSRC = random.getrandbits(16), random.getrandbits(32), random.getrandbits(32)
        self._sound = sound
        self._halver, self._doubler = Halver(), Doubler()
        self._waiting = bytearray()  # heard, not yet a whole frame
        self._last = -1  # sequence number
        self._event = -1  # RTP timestamp of the latest digit: the same for all packets of one press
        self._marker = True

    @property
    def codec(self) -> str:
        return str(self.preference)

    def move(self, session: Session) -> None:
        """The far end sends and listens elsewhere, or otherwise, from now on; never a second stream."""
        codecs = [codec for codec in session.codecs.values() if codec is not RTP.PayloadType.EVENT]
        self.assoc, self.preference = session.codecs, codecs[0]
        self.outIP, self.outPort = session.address
        self.received_at = time.monotonic()

    def start(self) -> None:
        raise NotImplementedError("pyVoIP's threads are not used")

    def stop(self) -> None:
        self.sending = self.hearing = False
        self.sin.close()

    # --- received -------------------------------------------------------------------------------------

    def receive(self, trusted: frozenset[str]) -> None:
        """Take what has arrived; packets from hosts other than `trusted` and what is no RTP are dropped."""
        for _ in range(BURST):
            try:
                data, source = self.sin.recvfrom(4096)
            except OSError:  # nothing more; or an ICMP error of something sent before
                return
            if source[0] in trusted and len(data) >= 12:
                try:
                    self.parse_packet(data)
                except (RTP.RTPParseError, RTP.DynamicPayloadType, ValueError, IndexError, KeyError):
                    continue

    def parse_packet(self, packet: bytes) -> None:
        heard = RTP.RTPMessage(packet, self.assoc)
        if heard.extension:  # pyVoIP takes the extension for sound (RFC 3550 §5.3.1)
            heard.payload = heard.payload[4 + 4 * int.from_bytes(heard.payload[2:4], "big") :]
        if heard.padding and heard.payload:
            heard.payload = heard.payload[: -heard.payload[-1]]
        ahead = (heard.sequence - self._last) & 0xFFFF
        if self._last >= 0 and (ahead == 0 or ahead > 0x8000):
            return  # doubled, or too late to be played
        self._last = heard.sequence
        self.received_at = time.monotonic()
        if heard.payload_type is RTP.PayloadType.EVENT:
            self.parse_telephone_event(heard)
        elif heard.payload_type in (RTP.PayloadType.PCMA, RTP.PayloadType.PCMU):
            decode = audioop.alaw2lin if heard.payload_type is RTP.PayloadType.PCMA else audioop.ulaw2lin
            self._hear(decode(heard.payload, 2))

    def parse_telephone_event(self, packet: RTP.RTPMessage) -> None:
        """One digit for each press, whichever of its packets arrive; pyVoIP knows only the first, which may be lost."""
        if packet.timestamp == self._event or not packet.payload or packet.payload[0] >= len(DIGITS):
            return
        self._event = packet.timestamp
        self._digit(DIGITS[packet.payload[0]])

    def _hear(self, pcm8: bytes) -> None:
        self._waiting += self._doubler.take(pcm8)
        while len(self._waiting) >= FRAME_BYTES:
            frame = bytes(self._waiting[:FRAME_BYTES])
            del self._waiting[:FRAME_BYTES]
            if self.hearing:
                self._sound.write_frame(frame)

    # --- sent -----------------------------------------------------------------------------------------

    def send_frame(self, muted: bool) -> None:
        """20 ms of microphone, or of silence when muted; nothing at all when not `sending`."""
        frame = self._sound.read_frame() if self.answered else b""  # read even when held: a microphone's buffer must not age
        if self.answered and not self.hearing:
            self._sound.write_frame(bytes(FRAME_BYTES))  # held: silence lasts as long as it lasts
        if self.sending:
            payload = self.encode_packet(self._halver.take(bytes(FRAME_BYTES) if muted else frame))
            kind = int(self.preference) | (0x80 if self._marker else 0)
            head = bytes((0x80, kind)) + self.outSequence.to_bytes(2, "big") + self.outTimestamp.to_bytes(4, "big")
            try:
                self.sout.sendto(head + self.outSSRC.to_bytes(4, "big") + payload, (self.outIP, self.outPort))
            except OSError:
                pass  # a datagram more or less; a far end that is gone is seen by its silence
            self.outSequence = (self.outSequence + 1) & 0xFFFF
        self._marker = not self.sending
        self.outTimestamp = (self.outTimestamp + 160) & 0xFFFFFFFF  # time goes on while nothing is sent

    def encode_packet(self, payload: bytes) -> bytes:
        """16 bits at 8 kHz to the codec agreed; pyVoIP codes PCMA as PCMU."""
        encode = audioop.lin2alaw if self.preference is RTP.PayloadType.PCMA else audioop.lin2ulaw
        return encode(payload, 2)
