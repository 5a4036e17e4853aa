"""Measuring what was heard: energy at a frequency, and where sound begins and ends. 16 kHz mono s16le."""

from __future__ import annotations

import math
from array import array

from cti.phone.audio.port import RATE


def tone(hertz: float, seconds: float, level: float = 0.3, rate: int = RATE) -> bytes:
    return array("h", (round(level * 32767 * math.sin(2 * math.pi * hertz * i / rate)) for i in range(int(rate * seconds)))).tobytes()


def goertzel(pcm: bytes, hertz: float, rate: int = RATE) -> float:
    """Amplitude of the component at `hertz`, 0.0 .. 1.0 of full scale."""
    values = array("h", pcm)
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    one = two = 0.0
    for value in values:
        one, two = value + turn * one - two, one
    return math.sqrt(max(0.0, one * one + two * two - turn * one * two)) * 2 / max(1, len(values)) / 32768


def rms(pcm: bytes) -> float:
    values = array("h", pcm)
    return math.sqrt(sum(value * value for value in values) / max(1, len(values))) / 32768


def sounding(pcm: bytes, step_ms: int = 10, floor: float = 0.01) -> list[bool]:
    """For each piece of `step_ms`: is there sound?"""
    step = RATE * step_ms // 1000 * 2
    return [rms(pcm[at : at + step]) > floor for at in range(0, len(pcm) - step + 1, step)]


def strongest(pcm: bytes, hertz: float) -> float:
    """The largest amplitude at `hertz` over windows of 200 ms."""
    step = RATE // 5 * 2
    return max((goertzel(pcm[at : at + step], hertz) for at in range(0, max(1, len(pcm) - step), step)), default=0.0)
