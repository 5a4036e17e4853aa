"""Measuring what was heard: energy at a frequency, and where sound begins and ends. 16 kHz mono s16le."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np

from cti.phone.audio.port import RATE


def tone(hertz: float, seconds: float, level: float = 0.3, rate: int = RATE) -> bytes:
    at = np.arange(int(rate * seconds))
    return np.round(level * 32767 * np.sin(2 * np.pi * hertz * at / rate)).astype("<i2").tobytes()


def tone_file(path: Path, hertz: float, seconds: float = 30.0, rate: int = RATE, level: float = 0.25) -> str:
    """A microphone's WAV; its path."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(tone(hertz, seconds, level, rate))
    return str(path)


def goertzel(pcm: bytes, hertz: float, rate: int = RATE) -> float:
    """Amplitude of the component at `hertz`, 0.0 .. 1.0 of full scale."""
    values = np.frombuffer(pcm, dtype="<i2")
    turns = np.exp(-2j * np.pi * hertz / rate * np.arange(len(values)))
    return float(abs(values @ turns)) * 2 / max(1, len(values)) / 32768


def rms(pcm: bytes) -> float:
    values = np.frombuffer(pcm, dtype="<i2").astype(float)
    return math.sqrt(float(values @ values) / max(1, len(values))) / 32768


def sounding(pcm: bytes, step_ms: int = 10, floor: float = 0.01) -> list[bool]:
    """For each piece of `step_ms`: is there sound?"""
    step = RATE * step_ms // 1000 * 2
    return [rms(pcm[at : at + step]) > floor for at in range(0, len(pcm) - step + 1, step)]


def strongest(pcm: bytes, hertz: float) -> float:
    """The largest amplitude at `hertz` over windows of 200 ms."""
    step = RATE // 5 * 2
    return max((goertzel(pcm[at : at + step], hertz) for at in range(0, max(1, len(pcm) - step), step)), default=0.0)
