"""The tones a French telephone user knows, as data, and the station's own ringing.

Supervisory tones by the cadences in use on the French network (ITU-T E.180 supplement 2 lists 440 Hz
and these cadences for France). Levels are full-scale fractions chosen to sit under speech.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cache

from cti.phone.audio.port import RATE

EDGE_MS = 4  # a burst begins and ends over this time: no click


@dataclass(frozen=True)
class Burst:
    """`hertz`: sounded together; none: silence."""

    hertz: tuple[int, ...]
    ms: int


@dataclass(frozen=True)
class Tone:
    """A cadence repeated for ever; `level` is the peak of a burst, 0.0 .. 1.0 of full scale."""

    cadence: tuple[Burst, ...]
    level: float


def _pulsed(hertz: int, on_ms: int, off_ms: int, level: float) -> Tone:
    return Tone((Burst((hertz,), on_ms), Burst((), off_ms)), level)


_TRILL = tuple(Burst(hertz, 125) for hertz in ((523, 659), (587, 740)) * 6)  # two thirds in turn, twelve times: 1.5 s

TONES: dict[str, Tone] = {
    "ringback": _pulsed(440, 1500, 3500, 0.24),  # retour d'appel
    "busy": _pulsed(440, 500, 500, 0.24),  # occupation
    "congestion": _pulsed(440, 250, 250, 0.24),  # encombrement
    "waiting": _pulsed(440, 300, 10_000, 0.08),  # signal d'appel, under the voice of the call that goes on
    "ringer": Tone((*_TRILL, Burst((), 3500)), 0.45),  # the station's bell; two-toned, so that it is no supervisory tone
}


@cache
def _burst_pcm(burst: Burst, level: float) -> bytes:
    count = RATE * burst.ms // 1000
    if not burst.hertz:
        return b""
    edge = RATE * EDGE_MS // 1000
    share = level * 32767 / len(burst.hertz)
    turns = [2 * math.pi * hertz / RATE for hertz in burst.hertz]
    return array(
        "h",
        (round(share * min(1.0, i / edge, (count - 1 - i) / edge) * sum(math.sin(turn * i) for turn in turns)) for i in range(count)),
    ).tobytes()  # fmt: skip


class TonePlayer:
    """One tone from its beginning, taken in pieces of any size. Raises KeyError for a name not in TONES."""

    def __init__(self, name: str) -> None:
        tone = TONES[name]
        self.name = name
        self._parts = [(_burst_pcm(burst, tone.level), RATE * burst.ms // 1000 * 2) for burst in tone.cadence]
        self._part = 0
        self._at = 0  # bytes into the part

    def take(self, size: int) -> bytes:
        """The next `size` bytes, 16 kHz mono s16le."""
        out = bytearray()
        while len(out) < size:
            pcm, length = self._parts[self._part]
            count = min(size - len(out), length - self._at)
            out += pcm[self._at : self._at + count] if pcm else bytes(count)
            self._at += count
            if self._at >= length:
                self._part, self._at = (self._part + 1) % len(self._parts), 0
        return bytes(out)
