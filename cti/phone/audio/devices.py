"""Sound devices by the name people know them by, behind one small interface.

miniaudio where its wheel exists (PulseAudio, PipeWire, ALSA, CoreAudio, WASAPI, nothing to install);
pasimple and pulsectl elsewhere on Linux (they need the desktop's own libpulse).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

PERIOD_MS = 10
Take = Callable[[bytes], None]  # what the microphone heard, s16le mono 16 kHz, any length
Fill = Callable[[int], bytes]  # so many bytes for the speaker, s16le mono 16 kHz


@dataclass(frozen=True)
class Devices:
    """Names in the system's order, each once; the defaults are "" when the system names none."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    default_microphone: str = ""
    default_speaker: str = ""


class DeviceUnavailable(Exception):
    """The device is not there, or the system will not open it."""


class DeviceStream(Protocol):
    """An open device that calls back from a thread of its own."""

    @property
    def last_callback(self) -> float:
        """time.monotonic() of the latest callback; 0.0 before the first."""

    def close(self) -> None:
        """Frees the device; no callback comes afterwards. Idempotent."""


class SoundBackend(Protocol):
    name: str
    moves_streams: bool  # True: a stream whose device goes is moved elsewhere by the system, without a word

    def list(self) -> Devices:
        """Never raises: a sound system that does not answer has no device."""

    def open_microphone(self, name: str, take: Take) -> DeviceStream:
        """`name` "" is the system's default, which the stream then follows. Raises DeviceUnavailable."""

    def open_speaker(self, name: str, fill: Fill) -> DeviceStream:
        """As `open_microphone`."""


def numbered(names: Iterable[str]) -> list[str]:
    """Names made different: the second "Casque" becomes "Casque (2)"."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def choose_backend() -> SoundBackend | None:
    """The first of the two whose library loads here; None: this machine can have no sound."""
    for module, kind in (("miniaudio_backend", "MiniaudioBackend"), ("pulse_backend", "PulseBackend")):
        try:
            backend: SoundBackend = getattr(importlib.import_module(f"cti.phone.audio.{module}"), kind)()
        except (ImportError, OSError):
            continue
        return backend
    return None


def list_devices() -> Devices:
    """What can be chosen on this machine now; empty without sound. Takes some milliseconds."""
    backend = choose_backend()
    return backend.list() if backend else Devices()
