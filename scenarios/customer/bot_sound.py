"""The virtual customer's sound: its microphone is the line it is saying, its speaker an ear.

`read_frame` and `write_frame` run in the engine's media thread; everything else may come from any thread. What is heard is handed
over in batches of `BATCH` frames, what was said to its end by `ended`; both calls come from the media thread, must not block
and must not raise (an event loop's `call_soon_threadsafe` fits).
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable

from cti.phone.audio.port import FRAME_BYTES, FRAME_MS, RATE

BATCH = 3  # frames: 60 ms
_SILENCE = bytes(FRAME_BYTES)
_PAUSE_MS = 100
_LOOK_BACK_MS = 1500
_STEP_BACK_MS = 400


class BotSound:
    """A SoundIO. One line at a time; a new one replaces the one being said, of which `ended` says nothing any more."""

    def __init__(self, heard: Callable[[bytes], None], ended: Callable[[int], None]) -> None:
        self._tell_heard, self._tell_ended = heard, ended
        self._lock = threading.Lock()
        self._line = b""
        self._at = 0
        self._number = 0
        self._saying = False
        self._ear = bytearray()

    # --- the dialogue's side ---

    def say(self, pcm: bytes) -> int:
        """Begin a line; its number, which `ended` will be told."""
        with self._lock:
            self._number += 1
            self._line, self._at, self._saying = pcm, 0, True
            return self._number

    def stop_saying(self) -> None:
        """Silence, from the next frame. What was cut can be taken up by `go_on`."""
        with self._lock:
            self._saying = False
            self._number += 1

    def go_on(self) -> int:
        """Take the last line up where it was cut, from the pause before; its new number."""
        with self._lock:
            self._number += 1
            self._at, self._saying = _pause_before(self._line, self._at), True
            return self._number

    @property
    def seconds_left(self) -> float:
        """Of the line being said."""
        with self._lock:
            return max(0, len(self._line) - self._at) / (2 * RATE) if self._saying else 0.0

    @property
    def share_left(self) -> float:
        """Of the line being said, 0..1; 1.0 when none is."""
        with self._lock:
            return max(0.0, 1.0 - self._at / len(self._line)) if self._saying and self._line else 1.0

    # --- the engine's side (SoundIO) ---

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def call_began(self) -> None:
        """The ear is emptied; a line may have been begun already, for the answer is told before the sound flows."""
        with self._lock:
            self._ear.clear()

    def call_ended(self) -> None:
        self.call_began()

    def read_frame(self) -> bytes:
        with self._lock:
            if not self._saying:
                return _SILENCE
            frame = self._line[self._at : self._at + FRAME_BYTES]
            self._at += FRAME_BYTES
            number, over = self._number, self._at >= len(self._line)
            if over:
                self._saying = False
        if over:
            self._tell_ended(number)
        return frame.ljust(FRAME_BYTES, b"\0")

    def write_frame(self, pcm: bytes) -> None:
        with self._lock:
            self._ear += pcm if len(pcm) == FRAME_BYTES else _SILENCE
            if len(self._ear) < BATCH * FRAME_BYTES:
                return
            batch = bytes(self._ear)
            self._ear.clear()
        self._tell_heard(batch)


def _pause_before(line: bytes, at: int) -> int:
    """Where to take up `line`, cut at byte `at`: the end of the last pause of the second before, else a few syllables back."""
    samples = array("h", line[: min(at, len(line)) // 2 * 2])
    step = RATE * FRAME_MS // 1000
    quiet = 0
    oldest = max(0, len(samples) - RATE * _LOOK_BACK_MS // 1000)
    for begin in range(len(samples) - step, oldest - 1, -step):
        loud = max(map(abs, samples[begin : begin + step])) > 200
        quiet = 0 if loud else quiet + FRAME_MS
        if quiet >= _PAUSE_MS and begin + step * (_PAUSE_MS // FRAME_MS) < len(samples) - step:
            return (begin + step * (_PAUSE_MS // FRAME_MS - 1)) * 2
    return max(0, at - RATE * _STEP_BACK_MS // 1000 * 2) // FRAME_BYTES * FRAME_BYTES
