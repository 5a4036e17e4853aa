"""The exchange's own sounds, made here: the music that waiting and held callers hear, free of rights, and prepared announcements."""

from __future__ import annotations

import math
import os
import wave
from array import array
from pathlib import Path

from cti.phone.audio.port import RATE
from cti.phone.audio.wav_files import read_wav

MUSIC_RATE = 8000
BAR = (392.0, 493.88, 587.33, 783.99, 659.26, 587.33, 493.88, 440.0)
SHIFTS = (1.0, 0.8909, 0.7492, 0.8409)
"""Four bars of one figure, moved down as a whole: long enough not to tire, and all that telephone bandwidth needs."""
NOTE_SECONDS = 0.5
LEVEL = 5200  # peak of one note, of 32767


def write_music(path: Path) -> None:
    """A WAV of 16 s, 8 kHz mono, that ends as it began: it is played in a loop. Raises OSError."""
    length = int(NOTE_SECONDS * MUSIC_RATE)
    samples = array("h", bytes(2 * length * len(BAR) * len(SHIFTS)))
    for place, hertz in enumerate(note * shift for shift in SHIFTS for note in BAR):
        for n in range(length * 2):  # a note rings into the next one
            at = place * length + n
            fade = math.exp(-3.2 * n / length) * min(1.0, n / 80)
            angle = 2 * math.pi * hertz * n / MUSIC_RATE
            samples[at % len(samples)] += int(LEVEL * fade * (math.sin(angle) + 0.25 * math.sin(2 * angle)))
    _write(path, samples.tobytes(), MUSIC_RATE)


def write_announcement(path: Path, source: Path) -> None:
    """`source`, any PCM WAV, as Asterisk reads it: 16 kHz mono, in a file named .wav16. Raises SoundFileError, OSError."""
    _write(path, read_wav(source), RATE)


def _write(path: Path, pcm: bytes, rate: int) -> None:
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file, wave.open(file, "wb") as wav:
        wav.setframerate(rate)
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.writeframes(pcm)
    os.replace(draft, path)
