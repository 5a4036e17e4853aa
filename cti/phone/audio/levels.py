"""Arithmetic on s16le samples with the standard library alone: peak, gain and mixing."""

from __future__ import annotations

import sys
from array import array

FULL_SCALE = 32768


def samples(pcm: bytes | bytearray | memoryview) -> array[int]:
    """s16le bytes as numbers; an odd last byte is left out."""
    out = array("h")
    out.frombytes(bytes(pcm[: len(pcm) & ~1]))
    if sys.byteorder == "big":
        out.byteswap()
    return out


def pcm_of(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = array("h", values)
        values.byteswap()
    return values.tobytes()


def peak(pcm: bytes | bytearray | memoryview) -> float:
    """The largest excursion, 0.0 .. 1.0 of full scale."""
    numbers = samples(pcm)
    return max(max(numbers), -min(numbers)) / FULL_SCALE if numbers else 0.0


def mix(one: bytes, other: bytes) -> bytes:
    """The sum of two pieces of equal length, held at full scale rather than wrapped round."""
    return pcm_of(array("h", (max(-32768, min(32767, a + b)) for a, b in zip(samples(one), samples(other), strict=True))))


def amplified(pcm: bytes, gain: float) -> bytes:
    """Each sample times `gain`, held at full scale."""
    return pcm_of(array("h", (max(-32768, min(32767, int(sample * gain))) for sample in samples(pcm))))


class PeakMeter:
    """The peak since it was last read. One writer, one reader; a peak lost between the two is of no matter."""

    def __init__(self) -> None:
        self._peak = 0.0

    def see(self, pcm: bytes | bytearray | memoryview) -> None:
        self._peak = max(self._peak, peak(pcm))

    def read(self) -> float:
        seen, self._peak = self._peak, 0.0
        return seen
