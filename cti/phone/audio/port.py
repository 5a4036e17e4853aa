"""What the phone engine asks of the sound: 20 ms frames both ways, and nothing else.

Format everywhere inside the phone: signed 16 bit little-endian, mono, 16 000 Hz; a frame is 320
samples, 640 bytes. Engines resample to their codec.
"""

from __future__ import annotations

from typing import Protocol

RATE = 16_000
FRAME_MS = 20
FRAME_BYTES = RATE * 2 * FRAME_MS // 1000


class SoundIO(Protocol):
    """One microphone and one speaker. `read_frame` and `write_frame` are called from the engine's
    media thread every 20 ms while a call has media; they never block and never raise."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def call_began(self) -> None:
        """Media flows from now on: drop what was buffered, begin a file from its start."""

    def call_ended(self) -> None: ...

    def read_frame(self) -> bytes:
        """The next 640 bytes from the microphone; silence when there is none."""

    def write_frame(self, pcm: bytes) -> None:
        """640 bytes to the speaker."""
