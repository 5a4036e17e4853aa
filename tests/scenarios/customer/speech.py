"""Real French speech, rendered on the spot, for tests that listen."""

from __future__ import annotations

import functools
import random
from array import array

from cti.phone.audio.levels import pcm_of
from cti.phone.audio.port import RATE
from scenarios.customer.french import spoken
from scenarios.customer.voice import Gender, NanoVoice, levelled


@functools.lru_cache(maxsize=32)
def sentence(text: str, gender: Gender = "f") -> bytes:
    """16 kHz s16le, about 60 ms of silence at both ends."""
    return levelled(NanoVoice().render(spoken(text), gender, 1.0, 1.0))


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


def mixed(speech: bytes, noise: bytes) -> bytes:
    a, b = array("h", speech), array("h", noise)
    return pcm_of(array("h", (max(-32768, min(32767, x + b[i % len(b)])) for i, x in enumerate(a))))


def hiss(seconds: float, rms: float, seed: int = 1) -> bytes:
    draw = random.Random(seed)
    return pcm_of(array("h", (int(max(-32000, min(32000, draw.gauss(0, rms)))) for _ in range(int(seconds * RATE)))))
