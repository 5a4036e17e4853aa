"""Tones that are known beforehand, found in what a call brings: a burst that an echo sends back, and the exchange's pattern. Pure.

Both are fed frames of 20 ms (`port.py`) and count time in them: the engine's clock asks for one frame and gives one at each tick.
"""

from __future__ import annotations

import itertools
import math
from array import array
from dataclasses import dataclass
from operator import mul
from statistics import median

from cti.phone.audio.levels import FULL_SCALE, pcm_of, samples
from cti.phone.audio.port import FRAME_BYTES, RATE

BURST_HZ = 1300.0  # whole periods in a window; no tone of the French network, no overtone of one
BURST_LEVEL = 0.25  # peak, of full scale
BURST_FRAMES = 6
BURSTS = 4
ENOUGH = 2  # bursts that must come back
WINDOW = RATE // 100  # samples; 10 ms
LATEST_MS = 1500  # a burst that has not come back by then never will
QUIET_WINDOWS = 12  # without the tone, before it is sent again
QUIET_LIMIT = 100  # windows that quiet is waited for
CONFIRMED = 8  # windows a burst is looked at for, from its first
SOUND = 5  # of them that must have it: the first may be partial, a lost packet takes two
FAINT = 0.004  # of full scale: a tone under this is not heard

PATTERN_HZ = 1004.0
PATTERN_S = 1.0  # on, then off
PATTERN_TOLERANCE = 0.15
PURE = 0.6  # least share of a sound's power that is the tone
SMOOTH = 13  # frames that decide together, so that six lost packets in a row change nothing

SILENCE = bytes(FRAME_BYTES)


class ToneMeter:
    """The amplitude of one frequency in pieces of `size` samples (Goertzel's sum, with its two tables made once)."""

    def __init__(self, hertz: float, size: int) -> None:
        turn = 2 * math.pi * hertz / RATE
        self._cosines = [math.cos(turn * n) for n in range(size)]
        self._sines = [math.sin(turn * n) for n in range(size)]
        self._size = size

    def amplitude(self, piece: array[int]) -> float:
        """Peak of that sine, 0.0 .. 1.0 of full scale."""
        return 2 * math.hypot(sum(map(mul, self._cosines, piece)), sum(map(mul, self._sines, piece))) / self._size / FULL_SCALE

    def share(self, piece: array[int], amplitude: float) -> float:
        """How much of the piece's power that sine is, 0.0 .. 1.0; 0.0 for silence."""
        power = sum(map(mul, piece, piece)) / self._size / FULL_SCALE**2
        return min(1.0, amplitude**2 / 2 / power) if power > 0 else 0.0


def burst_frames() -> list[bytes]:
    """What is sent: BURST_FRAMES frames of the tone."""
    count = BURST_FRAMES * FRAME_BYTES // 2
    peak = BURST_LEVEL * (FULL_SCALE - 1)
    pcm = pcm_of(array("h", (round(peak * math.sin(2 * math.pi * BURST_HZ * n / RATE)) for n in range(count))))
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]


@dataclass(frozen=True)
class Loop:
    """What came back: `delay_ms` and `level` (1.0: as loud as sent) are the middle ones of the bursts heard."""

    heard: bool
    delay_ms: float = 0.0
    level: float = 0.0


class LoopProbe:
    """Sends a burst, waits for it, and again, BURSTS times: `next_frame` and `heard` in turn, until there is a `result`."""

    def __init__(self) -> None:
        self.result: Loop | None = None
        self._meter = ToneMeter(BURST_HZ, WINDOW)
        self._burst = burst_frames()
        self._sending: list[bytes] = []
        self._sent_at: int | None = None  # window, on the sender's count, at which the burst began; None: waiting for quiet
        self._given = 0  # windows asked for so far
        self._taken = 0  # windows heard so far
        self._quiet = self._waited = 0
        self._seen: list[float] = []  # amplitudes from the first window of a burst that comes back
        self._before = 0.0  # that of the window before it, in which the burst may have begun unheard
        self._began = 0
        self._found: list[tuple[float, float]] = []
        self._lost = 0

    def next_frame(self) -> bytes:
        if self._sent_at is None and self.result is None and self._quiet >= QUIET_WINDOWS:
            self._sent_at, self._sending = self._given, list(self._burst)
        self._given += FRAME_BYTES // 2 // WINDOW
        return self._sending.pop(0) if self._sending else SILENCE

    def heard(self, frame: bytes) -> None:
        values = samples(frame)
        for at in range(0, len(values) - WINDOW + 1, WINDOW):
            if self.result is None:
                amplitude = self._meter.amplitude(values[at : at + WINDOW])
                self._look(amplitude)
                self._before = amplitude if not self._seen else self._before
            self._taken += 1

    def give_up(self) -> Loop:
        """The result as it stands, when no more sound will come."""
        return self.result or self._sum()

    def _look(self, amplitude: float) -> None:
        if self._seen:
            self._seen.append(amplitude)
            if len(self._seen) == CONFIRMED:
                self._judge()
        elif self._sent_at is None:
            self._quiet = self._quiet + 1 if amplitude < FAINT else 0
            self._waited += 1
            if self._waited > QUIET_LIMIT:  # the tone is on the line whatever is sent: nothing can be told by it
                self.result = self._sum()
        elif amplitude >= FAINT:
            self._seen, self._began = [amplitude], self._taken
        elif (self._taken - self._sent_at) * 10 > LATEST_MS:
            self._next(lost=True)

    def _judge(self) -> None:
        assert self._sent_at is not None
        whole = median(self._seen)
        if sum(amplitude > whole / 2 for amplitude in self._seen) >= SOUND and whole >= FAINT:
            # the share of its first windows that the tone fills says how far into them the tone began
            into = 1.0 - min(1.0, self._seen[0] / whole) - min(1.0, self._before / whole)
            self._found.append((max(0.0, self._began + into - self._sent_at) * 10, whole / BURST_LEVEL))
            self._next(lost=False)
        else:  # a click
            self._seen = []

    def _next(self, *, lost: bool) -> None:
        self._lost += lost
        self._sent_at, self._seen, self._quiet, self._waited = None, [], 0, 0
        if len(self._found) + self._lost == BURSTS or self._lost > BURSTS - ENOUGH:
            self.result = self._sum()

    def _sum(self) -> Loop:
        if len(self._found) < ENOUGH:
            return Loop(False)
        return Loop(True, median(delay for delay, _level in self._found), median(level for _delay, level in self._found))


@dataclass(frozen=True)
class Pattern:
    """Whether the on/off pattern was there; `level` is the tone's peak while it was on, 0.0 .. 1.0 of full scale."""

    heard: bool
    level: float = 0.0


class PatternEar:
    """Listens for one tone, PATTERN_S on and PATTERN_S off: a whole burst beside a whole pause, of the right lengths, is a proof."""

    def __init__(self) -> None:
        self._meter = ToneMeter(PATTERN_HZ, FRAME_BYTES // 2)
        self._last: list[bool] = []
        self._runs: list[int] = []  # frames, alternately off and on; the first and the last are not whole
        self._on: bool | None = None
        self._levels: list[float] = []

    @property
    def result(self) -> Pattern:
        return Pattern(self.proven, median(self._levels) if self._levels and self.proven else 0.0)

    @property
    def proven(self) -> bool:
        whole = [self._right(frames) for frames in self._runs[1:-1]]
        return any(one and other for one, other in itertools.pairwise(whole))

    def heard(self, frame: bytes) -> None:
        values = samples(frame)
        amplitude = self._meter.amplitude(values) if len(values) * 2 == FRAME_BYTES else 0.0
        on = amplitude >= FAINT and self._meter.share(values, amplitude) >= PURE
        if on:
            self._levels.append(amplitude)
        self._last = [*self._last, on][-SMOOTH:]
        if len(self._last) < SMOOTH:
            return
        decided = sum(self._last) > SMOOTH // 2
        if decided == self._on:
            self._runs[-1] += 1
        else:
            self._on = decided
            self._runs.append(1)

    @staticmethod
    def _right(frames: int) -> bool:
        return abs(frames / 50 - PATTERN_S) <= PATTERN_TOLERANCE * PATTERN_S
