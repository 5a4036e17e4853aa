"""WAV files in place of the microphone and the speaker: for tests, demonstrations and machines without sound."""

from __future__ import annotations

import contextlib
import math
import struct
import sys
import wave
from array import array
from collections.abc import Iterator
from operator import mul
from pathlib import Path
from typing import BinaryIO

from cti.phone.audio.levels import pcm_of
from cti.phone.audio.port import FRAME_BYTES, RATE

ZERO_CROSSINGS = 8  # of the resampling kernel, each side
MEND = "Convertissez-le par exemple avec : sox ENTRÉE -r 16000 -c 1 -b 16 SORTIE.wav"


class SoundFileError(Exception):
    """A sound file that cannot be used; the message, in French, names the file and says how to mend it."""


def read_wav(source: Path | BinaryIO) -> bytes:
    """The whole of a PCM WAV file as 16 kHz mono s16le; channels are averaged. Raises SoundFileError."""
    with _opened(source) as wav:
        rate, channels, width = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
        data = wav.readframes(wav.getnframes())
    return pcm_of(resample(_mono(_to_16_bit(data, width), channels), rate))


def check_wav(path: Path) -> None:
    """Raises SoundFileError for what `read_wav` would refuse, without reading the sound itself."""
    with _opened(path):
        pass


@contextlib.contextmanager
def _opened(path: Path | BinaryIO) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path) if isinstance(path, Path) else path, "rb") as wav:
            rate, channels, width = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
            if not 4000 <= rate <= 192_000 or not 1 <= channels <= 16 or width not in (1, 2, 3, 4):
                raise SoundFileError(f"Format WAV non pris en charge : {path} ({rate} Hz, {channels} voies, {width * 8} bits). {MEND}")
            yield wav
    except FileNotFoundError:
        raise SoundFileError(f"Fichier son introuvable : {path}. Vérifiez le chemin donné pour le micro.") from None
    except OSError as error:
        raise SoundFileError(f"Fichier son illisible : {path} ({error.strerror or error}). Vérifiez le chemin et les droits.") from None
    except (wave.Error, EOFError, struct.error) as error:
        raise SoundFileError(f"Ce n'est pas un fichier WAV PCM : {path} ({str(error) or 'fichier tronqué'}). {MEND}") from None


def _to_16_bit(data: bytes, width: int) -> array[int]:
    data = data[: len(data) - len(data) % width]
    if width == 1:
        return array("h", ((byte - 128) << 8 for byte in data))
    pair = bytearray(len(data) // width * 2)  # the two most significant bytes of each little-endian sample
    pair[0::2], pair[1::2] = data[width - 2 :: width], data[width - 1 :: width]
    out = array("h", bytes(pair))
    if sys.byteorder == "big":
        out.byteswap()
    return out


def _mono(interleaved: array[int], channels: int) -> array[int]:
    if channels == 1:
        return interleaved
    voices = [interleaved[channel::channels] for channel in range(channels)]
    return array("h", (sum(together) // channels for together in zip(*voices, strict=False)))


def resample(source: array[int], rate: int) -> array[int]:
    """From `rate` to RATE by a Hann-windowed sinc, cut under the lower of the two half rates."""
    if rate == RATE or not source:
        return source
    shrink = math.gcd(RATE, rate)
    up, down = RATE // shrink, rate // shrink
    cut = min(1.0, RATE / rate) * 0.94
    half = math.ceil(ZERO_CROSSINGS / cut)
    kernels: list[list[float] | None] = [None] * up
    padded = array("h", bytes(2 * half)) + source + array("h", bytes(2 * half + 2))
    out = array("h")
    for n in range(len(source) * up // down):
        start, phase = divmod(n * down, up)
        kernel = kernels[phase]
        if kernel is None:
            kernel = kernels[phase] = _kernel(phase / up, half, cut)
        value = round(sum(map(mul, kernel, padded[start : start + 2 * half + 1])))
        out.append(max(-32768, min(32767, value)))
    return out


def _kernel(offset: float, half: int, cut: float) -> list[float]:
    taps = []
    for k in range(-half, half + 1):
        x = k - offset
        window = 0.5 + 0.5 * math.cos(math.pi * x / (half + 1))
        taps.append(window * cut * (math.sin(math.pi * cut * x) / (math.pi * cut * x) if x else 1.0))
    total = sum(taps)
    return [tap / total for tap in taps]


class MicrophoneFile:
    """Read whole at once, so that nothing can fail or wait in the media thread. Raises SoundFileError."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._pcm = read_wav(path)
        self._at = len(self._pcm)  # silent until the first call

    def rewind(self) -> None:
        self._at = 0

    def take(self) -> bytes:
        """The next frame; silence after the end."""
        frame = self._pcm[self._at : self._at + FRAME_BYTES]
        self._at += len(frame)
        return frame.ljust(FRAME_BYTES, b"\0")


class SpeakerFile:
    """16 kHz mono WAV, whose header is true on disk after each `flush`, whatever becomes of the process.

    `add` only remembers; `flush` writes, from a thread that may wait. Raises SoundFileError.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._waiting = bytearray()
        self._written = 0
        try:
            self._file = path.open("wb", buffering=0)
            self._write_header()
        except OSError as error:
            raise SoundFileError(
                f"Impossible d'écrire le fichier son : {path} ({error.strerror or error}). "
                "Donnez un chemin dans un dossier existant où vous avez le droit d'écrire."
            ) from None

    def _write_header(self) -> None:
        size = self._written
        self._file.seek(0)
        self._file.write(
            struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16, b"data", size)
        )

    def add(self, pcm: bytes) -> None:
        self._waiting += pcm

    def flush(self) -> None:
        """Raises OSError (disk full)."""
        if self._file.closed or not self._waiting:
            return
        pcm = bytes(self._waiting)
        del self._waiting[: len(pcm)]
        self._file.seek(44 + self._written)
        self._file.write(pcm)
        self._written += len(pcm)
        self._write_header()

    def close(self) -> None:
        self.flush()
        self._file.close()
