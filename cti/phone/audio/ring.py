"""The buffer between a sound device's clock and the engine's 20 ms clock.

Two clocks that nobody synchronises: the buffer must hold enough to ride over the jitter of both, and
no more, because every millisecond in it is heard as delay. It fills to `PRIME_MS` before it gives
anything; then once a second the SMALLEST fill seen, less what one reading takes and a margin, is
pure excess latency and is given back. Without that rule the same devices sat at 150-200 ms round
trip instead of 100.
"""

from __future__ import annotations

import threading

from cti.phone.audio.port import RATE

BYTES_PER_MS = RATE * 2 // 1000
PRIME_MS = 30
LIMIT_MS = 100  # more than this waiting: cut back to PRIME_MS
MARGIN_MS = 10  # kept over the smallest fill when excess is given back; also the smallest excess worth a cut
WINDOW_MS = 1000


class Ring:
    """First in, first out, of s16le mono 16 kHz; `put` and `get` may be called from two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = bytearray()
        self._primed = False
        self._least = 0
        self._window = 0  # bytes read since the last look at the excess
        self.underruns = 0
        self.overruns = 0
        self.trimmed = 0  # bytes given back by the trimming rule

    def __len__(self) -> int:
        return len(self._held)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._primed = False
            self._window = 0

    def put(self, pcm: bytes | bytearray | memoryview) -> None:
        with self._lock:
            self._held += pcm
            if len(self._held) > LIMIT_MS * BYTES_PER_MS:
                del self._held[: len(self._held) - max(PRIME_MS * BYTES_PER_MS, min(len(pcm), LIMIT_MS * BYTES_PER_MS))]
                self._window = 0
                self.overruns += 1

    def get(self, size: int) -> bytes:
        """Exactly `size` bytes (even); silence until primed, and for what is missing when it runs dry."""
        with self._lock:
            if not self._primed:
                if len(self._held) < max(PRIME_MS * BYTES_PER_MS, size):
                    return bytes(size)
                self._primed, self._window = True, 0
            if len(self._held) < size:
                self.underruns += 1
                self._primed = False
                short = bytes(self._held)
                self._held.clear()
                return short + bytes(size - len(short))
            self._give_back_excess(size)
            pcm = bytes(self._held[:size])
            del self._held[:size]
            return pcm

    def _give_back_excess(self, size: int) -> None:
        fill = len(self._held)
        self._least = min(self._least, fill) if self._window else fill
        self._window += size
        if self._window < WINDOW_MS * BYTES_PER_MS:
            return
        self._window = 0
        excess = self._least - size - MARGIN_MS * BYTES_PER_MS
        if excess > MARGIN_MS * BYTES_PER_MS:
            excess -= excess % 2
            del self._held[:excess]
            self.trimmed += excess
