"""A recorded call played back: on the headset, into a file in its stead, or in silence where there is neither, its place moving all the
same. All methods return at once and may be called from any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cti.phone.audio.devices import DeviceStream, DeviceUnavailable, SoundBackend
from cti.phone.audio.port import RATE
from cti.phone.audio.wav_files import SpeakerFile

BYTES_A_SECOND = RATE * 2
PACE = 0.02  # seconds between two pieces, without a device to set the pace
Sound = Literal["ok", "file", "none"]


class Playback:
    """`pcm`: s16le mono 16 kHz. `backend` None, or a device that does not open: no sound. `file` takes it in the device's stead.
    `clock`, in seconds, does not go back. Raises SoundFileError for a file that cannot be written."""

    def __init__(
        self,
        pcm: bytes,
        backend: SoundBackend | None = None,
        device: str = "",
        *,
        file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pcm, self._backend, self._device, self._clock = pcm, backend, device, clock
        self._at = 0  # bytes
        self._playing = False
        self._lock = threading.Lock()
        self._file = SpeakerFile(file) if file is not None else None
        self._stream: DeviceStream | None = None
        self._since = 0.0  # when the pace was last looked at
        self._over = threading.Event()
        self._pacer: threading.Thread | None = None
        self.sound: Sound = "file" if self._file else "ok" if backend else "none"

    @property
    def length(self) -> float:
        return len(self._pcm) / BYTES_A_SECOND

    @property
    def position(self) -> float:
        return self._at / BYTES_A_SECOND

    @property
    def playing(self) -> bool:
        return self._playing

    def play(self) -> None:
        """From where it stands; from the beginning once it has come to the end."""
        with self._lock:
            if self._at >= len(self._pcm):
                self._at = 0
            self._playing, self._since = True, self._clock()
        self._open()

    def pause(self) -> None:
        self._playing = False

    def skip(self, seconds: float) -> None:
        """Forward or, below zero, back; within the call."""
        with self._lock:
            self._at = min(max(0, self._at + int(seconds * RATE) * 2), len(self._pcm))

    def go_to(self, second: float) -> None:
        self.skip(second - self.position)

    def close(self) -> None:
        """Frees the device and closes the file. Idempotent. Raises OSError."""
        self._playing = False
        self._over.set()
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        if self._pacer is not None:
            self._pacer.join(2)
        if self._file is not None:
            self._file.close()

    # --- who sets the pace --------------------------------------------------------------------------

    def _open(self) -> None:
        if self._stream is None and self.sound == "ok" and self._backend is not None:
            try:
                self._stream = self._backend.open_speaker(self._device, self._fill)
            except DeviceUnavailable:
                self.sound = "none"
        if self.sound != "ok" and self._pacer is None:
            self._pacer = threading.Thread(target=self._pace, name="playback", daemon=True)
            self._pacer.start()

    def _fill(self, size: int) -> bytes:
        """A device asks for its next bytes."""
        return self._take(size).ljust(size, b"\0")

    def _take(self, size: int) -> bytes:
        with self._lock:
            if not self._playing:
                return b""
            piece = self._pcm[self._at : self._at + size]
            self._at += len(piece)
            self._playing = self._at < len(self._pcm)
        return piece

    def _pace(self) -> None:
        while not self._over.wait(PACE):
            self.paced()

    def paced(self) -> None:
        """Takes what the time that has passed would have played."""
        now = self._clock()
        with self._lock:
            elapsed, self._since = now - self._since, now
        piece = self._take(int(elapsed * RATE) * 2)
        if self._file is not None and piece:
            self._file.add(piece)
            self._file.flush()
