"""Sound and figures of pjsua2: the port between its conference bridge and our SoundIO, and what RTCP says of a stream."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from cti.phone.audio.port import FRAME_BYTES, FRAME_MS, RATE, SoundIO

SILENCE = bytes(FRAME_BYTES)
UNPLUG_WITHIN = 0.2  # seconds: ten ticks of the bridge


class _Vector(ctypes.Structure):
    """How every C++ library that pjsua2 is built with lays out a std::vector: its first byte, its end, the end of its room."""

    _fields_ = (("first", ctypes.c_void_p), ("last", ctypes.c_void_p), ("room", ctypes.c_void_p))


def bytes_of(buffer: pj.ByteVector) -> bytes:
    """The bytes of a pjsua2 buffer at once: `bytes(buffer)` asks the wrapper for one number after another, 0.3 ms for 20 ms of sound."""
    vector = _Vector.from_address(int(buffer.this))
    size = len(buffer)
    if not vector.first or (vector.last or 0) - vector.first != size or (vector.room or 0) - vector.first < size:
        return bytes(buffer)
    return ctypes.string_at(vector.first, size)


class SoundBridge(pj.AudioMediaPort):  # type: ignore[misc]  # pjsua2 ships no types
    """One port of the conference bridge. Its two callbacks run in pjmedia's clock thread, every 20 ms while connected."""

    def __init__(self, sound: SoundIO, fault: Callable[[str, str], None]) -> None:
        pj.AudioMediaPort.__init__(self)
        self._sound = sound
        self._fault = fault
        self._faulted = False
        self.muted = threading.Event()  # read in the clock thread, set in the engine's
        self.createPort("sound", _shape())

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        try:
            pcm = self._sound.read_frame()  # read even when muted: a microphone's buffer must not age
            frame.buf = pj.ByteVector(SILENCE if self.muted.is_set() or len(pcm) != FRAME_BYTES else pcm)
            frame.size = FRAME_BYTES
            frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        except Exception as error:
            self._say("microphone", error)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        try:
            self._sound.write_frame(bytes_of(frame.buf) if frame.size == FRAME_BYTES else SILENCE)
        except Exception as error:
            self._say("speaker", error)

    def _say(self, where: str, error: Exception) -> None:
        if not self._faulted:  # once: this may happen fifty times a second
            self._faulted = True
            self._fault(where, repr(error))


class SilentPort(pj.AudioMediaPort):  # type: ignore[misc]  # pjsua2 ships no types
    """What a call that only listens is given in place of the microphone: RTP goes on, so that no exchange takes the phone for dead."""

    def __init__(self) -> None:
        pj.AudioMediaPort.__init__(self)
        self.createPort("silence", _shape())

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        frame.buf = pj.ByteVector(SILENCE)
        frame.size = FRAME_BYTES
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO


def _shape() -> pj.MediaFormatAudio:
    shape = pj.MediaFormatAudio()
    shape.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, FRAME_MS * 1000, 16)
    return shape


@dataclass(frozen=True)
class StreamFigures:
    """Counters of one RTP stream since it was created, and its present delays."""

    received: int
    lost: int
    jitter_ms: float
    rtt_ms: float | None
    jitter_buffer_ms: float
    far_loss_pct: float | None


def read_figures(call: pj.Call, index: int) -> StreamFigures | None:
    """What pjsua2 counted; None when the stream is gone."""
    try:
        stat = call.getStreamStat(index)
    except pj.Error:
        return None
    rtcp = stat.rtcp
    rx, tx = rtcp.rxStat, rtcp.txStat
    heard_back = tx.updateCount > 0
    far = 100.0 * tx.loss / (tx.pkt + tx.loss) if heard_back and tx.pkt + tx.loss else None
    return StreamFigures(
        received=rx.pkt,
        lost=rx.loss,
        jitter_ms=rx.jitterUsec.mean / 1000.0,
        rtt_ms=rtcp.rttUsec.last / 1000.0 if rtcp.rttUsec.n else None,
        jitter_buffer_ms=float(stat.jbuf.avgDelayMsec),
        far_loss_pct=far,
    )


def received_packets(call: pj.Call, index: int) -> int | None:
    try:
        stat = call.getStreamStat(index)
    except pj.Error:
        return None
    return int(stat.rtcp.rxStat.pkt)


def slot_of(call: pj.Call, index: int) -> int:
    """Place of a call's sound in the conference bridge; -1 when there is none."""
    try:
        return int(call.getAudioMedia(index).getPortId())
    except pj.Error:
        return -1


def wait_unplugged(slot: int) -> None:
    """Until the conference bridge, at its next tick, has let go of a stream that is being closed.

    The bridge's thread sends the stream's RTP, and pjsip up to 2.15.1 looks at the socket twice on the way: closed in between, it
    aborts the process (pjproject #5016; once in 2000 calls on a busy machine). Unplugging is only queued when the stream closes.
    """
    until = time.monotonic() + UNPLUG_WITHIN
    while slot >= 0 and time.monotonic() < until and slot in [port.getPortId() for port in pj.Endpoint.instance().mediaEnumPorts2()]:
        time.sleep(0.002)


def codec_of(call: pj.Call, index: int) -> tuple[str, bool]:
    """(codec name, encrypted) of a running stream; ("", False) when there is none."""
    try:
        info = call.getStreamInfo(index)
    except pj.Error:
        return "", False
    return str(info.codecName).upper(), bool(info.proto & pj.PJMEDIA_TP_PROFILE_SRTP)
