"""Voices: French text to sound, by engines that need no network, and a cache so that nothing is rendered twice.

Sound is as everywhere in the phone (`cti/phone/audio/port.py`): 16 kHz, mono, signed 16 bit little-endian. A voice is not
thread-safe: `VoiceShelf` has one thread that renders, ahead of the call.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import wave
from array import array
from concurrent.futures import Future, ThreadPoolExecutor
from operator import mul
from pathlib import Path
from typing import Any, Literal, Protocol

import platformdirs

from cti.phone.audio.levels import pcm_of
from cti.phone.audio.port import RATE
from cti.phone.audio.wav_files import resample
from scenarios.customer import french

Gender = Literal["f", "m"]
LEVEL = 2600  # RMS of speech, about -22 dBFS: what a telephone expects
PAD_MS = 60  # silence kept before and after a line
PIPER_LIMIT = 60.0  # seconds for one line
VOICE_FILE = "PLATEAU_VOICE_FILE"
"""Environment variable: path of a Piper voice (`fr_FR-….onnx`, its `.onnx.json` beside it)."""


class VoiceUnavailable(Exception):
    """No engine, or one that failed; the message says which and why."""


class Voice(Protocol):
    """`name`, `version` and `french.VERSION` are part of the cache key: sound of another version is rendered anew."""

    name: str
    version: str

    def render(self, text: str, gender: Gender, pitch: float, speed: float) -> bytes:
        """PCM of `text`, already made ready by `french.spoken`. `pitch` and `speed` are factors, 0.5..2.0. Raises VoiceUnavailable."""


class NanoVoice:
    """SVOX Pico fr-FR from the wheel py-nanotts: one woman's voice, lowered for a man's. Holds the GIL, 25 ms a sentence."""

    name = "nanotts"

    def __init__(self) -> None:
        try:
            self._engine: Any = importlib.import_module("py_nanotts").NanoTTS()
            self.version = importlib.metadata.version("py-nanotts")
        except (ImportError, OSError, importlib.metadata.PackageNotFoundError) as error:
            raise VoiceUnavailable(f"py-nanotts: {error}") from None

    def render(self, text: str, gender: Gender, pitch: float, speed: float) -> bytes:
        base = 0.72 if gender == "m" else 1.05
        try:  # half volume: at full volume it clips
            sound: bytes = self._engine.speak(text, voice="fr-FR", pitch=base * pitch, speed=speed, volume=0.5)
        except (RuntimeError, ValueError) as error:
            raise VoiceUnavailable(f"nanotts: {error}") from None
        return sound


class EspeakVoice:
    """espeak-ng through ctypes, from the wheel espeakng-loader: understandable, never natural. One instance a process."""

    name = "espeak-ng"
    _SYNCHRONOUS, _UTF8 = 2, 1
    _SPEED, _PITCH = 1, 3  # espeak_PARAMETER

    def __init__(self) -> None:
        import ctypes

        try:
            loader: Any = importlib.import_module("espeakng_loader")
            self._lib = ctypes.CDLL(loader.get_library_path())
            self.version = importlib.metadata.version("espeakng-loader")
            data = Path(loader.get_data_path())
        except (ImportError, OSError, RuntimeError, importlib.metadata.PackageNotFoundError) as error:
            raise VoiceUnavailable(f"espeak-ng: {error}") from None
        self._rate = self._lib.espeak_Initialize(self._SYNCHRONOUS, 0, os.fsencode(data.parent), 0)
        if self._rate <= 0:
            raise VoiceUnavailable("espeak-ng does not start")
        self._heard = bytearray()
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

        def collect(samples: Any, count: int, _events: int | None) -> int:
            if samples and count > 0:
                self._heard += ctypes.string_at(samples, count * 2)
            return 0

        self._collect = kind(collect)  # kept: the library calls it
        self._lib.espeak_SetSynthCallback(self._collect)
        self._c_size = ctypes.c_size_t

    def render(self, text: str, gender: Gender, pitch: float, speed: float) -> bytes:
        if self._lib.espeak_SetVoiceByName(b"fr+f2" if gender == "f" else b"fr") != 0 and self._lib.espeak_SetVoiceByName(b"fr") != 0:
            raise VoiceUnavailable("espeak-ng has no French voice")
        self._lib.espeak_SetParameter(self._SPEED, int(min(450, max(80, 155 * speed))), 0)
        self._lib.espeak_SetParameter(self._PITCH, int(min(99, max(0, 50 * pitch))), 0)
        self._heard.clear()
        words = text.encode()
        if self._lib.espeak_Synth(words, self._c_size(len(words) + 1), 0, 0, 0, self._UTF8, None, None) != 0:
            raise VoiceUnavailable("espeak-ng failed")
        self._lib.espeak_Synchronize()
        return pcm_of(resample(array("h", bytes(self._heard)), self._rate))


class PiperVoice:
    """A Piper voice by the path of its `.onnx` file, read by the `piper` program or, where it is not in PATH, by the Python
    package piper-tts. Pitch is changed by playing faster what was spoken slower."""

    def __init__(self, voice_file: Path) -> None:
        try:
            settings = json.loads(voice_file.with_name(voice_file.name + ".json").read_text(encoding="utf-8"))
            self._rate = int(settings["audio"]["sample_rate"])
            size = voice_file.stat().st_size
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VoiceUnavailable(f"Piper voice {voice_file}: {error}") from None
        program = shutil.which("piper")
        if program is None and importlib.util.find_spec("piper") is None:
            raise VoiceUnavailable("a Piper voice is given, but neither the program piper nor the package piper-tts is installed")
        self._command = [program] if program else [sys.executable, "-m", "piper"]
        self._file = voice_file
        self.name = "piper"
        self.version = f"{voice_file.name}-{size}"

    def render(self, text: str, gender: Gender, pitch: float, speed: float) -> bytes:
        scale = pitch / speed
        command = [*self._command, "--model", str(self._file), "--output-raw", "--length-scale", f"{scale:.3f}"]
        try:
            run = subprocess.run(command, input=text.encode() + b"\n", capture_output=True, timeout=PIPER_LIMIT, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise VoiceUnavailable(f"piper: {error}") from None
        if run.returncode != 0 or not run.stdout:
            raise VoiceUnavailable(f"piper ended with {run.returncode}: {run.stderr.decode(errors='replace').strip()[-300:]}")
        sound = run.stdout[: len(run.stdout) // 2 * 2]
        return pcm_of(resample(array("h", sound), round(self._rate * pitch)))


def choose_voice(voice_file: Path | None = None) -> Voice:
    """The Piper voice if a file is given (here or in PLATEAU_VOICE_FILE), else nanotts, else espeak-ng. Raises VoiceUnavailable."""
    given = voice_file or (Path(os.environ[VOICE_FILE]) if os.environ.get(VOICE_FILE) else None)
    if given is not None:
        return PiperVoice(given)
    try:
        return NanoVoice()
    except VoiceUnavailable as first:
        try:
            return EspeakVoice()
        except VoiceUnavailable as second:
            raise VoiceUnavailable(f"{first}; {second}") from None


def levelled(pcm: bytes) -> bytes:
    """Brought to LEVEL, with PAD_MS of silence at both ends in place of what the engine left there."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    step = RATE // 100
    powers = [sum(map(mul, samples[i : i + step], samples[i : i + step])) / step for i in range(0, len(samples) - step + 1, step)]
    loud = [i for i, power in enumerate(powers) if power > 40.0**2]
    if not loud:
        return bytes(RATE // 5 * 2)
    speech = [powers[i] for i in loud if powers[i] > 300.0**2] or [powers[i] for i in loud]
    gain = min(LEVEL / (sum(speech) / len(speech)) ** 0.5, 32_000 / max(max(samples), -min(samples)))
    pad = array("h", bytes(RATE * PAD_MS // 1000 * 2))
    kept = samples[loud[0] * step : (loud[-1] + 1) * step]
    return pcm_of(pad + array("h", [int(x * gain) for x in kept]) + pad)


class VoiceShelf:
    """Rendered lines, in memory and in WAV files under the user's cache folder. `render_ahead` returns at once.

    A line that cannot be rendered is silence as long as it would take to read it, and is told by `failures`: the call goes on
    with captions.
    """

    def __init__(self, voice: Voice | None, folder: Path | None = None) -> None:
        self._voice = voice
        self._folder = folder or Path(platformdirs.user_cache_dir("plateau", appauthor=False)) / "voix"
        self._lines: dict[str, Future[bytes]] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice")
        self.failures: list[str] = []

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def render_ahead(self, text: str, gender: Gender = "f", pitch: float = 1.0, speed: float = 1.0) -> Future[bytes]:
        """The line's sound, to come; the same Future for the same line. Rendered in the order asked."""
        said = french.spoken(text)
        key = self._key(said, gender, pitch, speed)
        with self._lock:
            if key not in self._lines:
                self._lines[key] = self._worker.submit(self._get, key, said, gender, pitch, speed)
            return self._lines[key]

    def path_of(self, text: str, gender: Gender = "f", pitch: float = 1.0, speed: float = 1.0) -> Path:
        """Where the line is kept."""
        return self._folder / f"{self._key(french.spoken(text), gender, pitch, speed)}.wav"

    def _key(self, said: str, gender: Gender, pitch: float, speed: float) -> str:
        voice = f"{self._voice.name}|{self._voice.version}" if self._voice else "none|"
        return hashlib.sha256(f"{voice}|{french.VERSION}|{gender}|{pitch:.3f}|{speed:.3f}|{said}".encode()).hexdigest()[:32]

    def _get(self, key: str, said: str, gender: Gender, pitch: float, speed: float) -> bytes:
        silence = bytes(int(RATE * (0.4 + 0.065 * len(said))) * 2)
        if self._voice is None:
            return silence
        path = self._folder / f"{key}.wav"
        kept = _read(path)
        if kept is not None:
            return kept
        try:
            sound = levelled(self._voice.render(said, gender, pitch, speed))
        except VoiceUnavailable as error:
            self.failures.append(f"{said[:60]!r}: {error}")
            return silence
        with contextlib.suppress(OSError):  # a full or read-only disk only costs the next start some time
            _write(path, sound)
        return sound


def _read(path: Path) -> bytes | None:
    """The PCM of a cached file; None when there is none, or it is not what was written."""
    try:
        with wave.open(str(path), "rb") as wav:
            if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) != (RATE, 1, 2):
                return None
            return wav.readframes(wav.getnframes()) or None
    except (OSError, wave.Error, EOFError):
        return None


def _write(path: Path, pcm: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with wave.open(str(partial), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(pcm)
    os.replace(partial, path)
