"""Sound devices through miniaudio (MIT), which loads the system's own sound libraries at run time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import miniaudio

from cti.phone.audio.devices import PERIOD_MS, Devices, DeviceUnavailable, Fill, Take, numbered
from cti.phone.audio.port import RATE

MONITOR = "Monitor of "  # PulseAudio and PipeWire list what each sink plays as a capture device


class _Listing(miniaudio.Devices):  # type: ignore[misc]  # miniaudio is untyped
    """miniaudio asks each device for its formats and fails on the first that will not tell; only the default mark is wanted."""

    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        return {"default": bool(device_info.isDefault)}


class _Stream:
    def __init__(self, device: Any, generator: Generator[Any, Any, None], called: Callable[[], float]) -> None:
        self._device: Any = device
        self._called = called
        next(generator)
        try:
            device.start(generator)
        except miniaudio.MiniaudioError as error:
            self.close()
            raise DeviceUnavailable(str(error)) from None

    @property
    def last_callback(self) -> float:
        return self._called()

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            context = device._context
            device.close()
            miniaudio.lib.ma_context_uninit(context)  # the library leaves it open, with its thread and its connection


class MiniaudioBackend:
    name = "miniaudio"
    moves_streams = False  # a stream opened by name stays with its device; when that goes, its data silently stops

    def _systems(self) -> list[miniaudio.Backend]:
        if sys.platform == "darwin":
            return [miniaudio.Backend.COREAUDIO]
        if sys.platform == "win32":
            return [miniaudio.Backend.WASAPI, miniaudio.Backend.DSOUND]
        return [miniaudio.Backend.PULSEAUDIO, *([miniaudio.Backend.ALSA] if _has_sound_card() else [])]

    def _found(self) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[str, dict[str, Any]]]]:
        """Captures and playbacks by name, of the sound system that answers. Raises DeviceUnavailable."""
        try:
            listing = _Listing(self._systems())
            playbacks, captures = listing.get_playbacks(), listing.get_captures()
        except (miniaudio.MiniaudioError, UnicodeDecodeError) as error:
            raise DeviceUnavailable(str(error)) from None
        names = {info["name"] for info in playbacks}
        microphones = [info for info in captures if info["name"].removeprefix(MONITOR) not in names or not info["name"].startswith(MONITOR)]
        return (
            list(zip(numbered(info["name"] for info in microphones), microphones, strict=True)),
            list(zip(numbered(info["name"] for info in playbacks), playbacks, strict=True)),
        )

    def list(self) -> Devices:
        try:
            microphones, speakers = self._found()
        except DeviceUnavailable:
            return Devices()
        return Devices(
            tuple(name for name, _ in microphones),
            tuple(name for name, _ in speakers),
            next((name for name, info in microphones if info["default"]), ""),
            next((name for name, info in speakers if info["default"]), ""),
        )

    def open_microphone(self, name: str, take: Take) -> _Stream:
        last = 0.0

        def listen() -> Generator[None, bytearray, None]:
            nonlocal last
            while True:
                pcm = yield
                last = time.monotonic()
                take(bytes(pcm))

        return _Stream(self._open(miniaudio.CaptureDevice, name, 0), listen(), lambda: last)

    def open_speaker(self, name: str, fill: Fill) -> _Stream:
        last = 0.0

        def play() -> Generator[bytes, int, None]:
            nonlocal last
            pcm = b""
            while True:
                count = yield pcm
                last = time.monotonic()
                pcm = fill(count * 2)

        return _Stream(self._open(miniaudio.PlaybackDevice, name, 1), play(), lambda: last)

    def _open(self, kind: Any, name: str, side: int) -> Any:
        device_id = None
        if name:
            device_id = next((info["id"] for shown, info in self._found()[side] if shown == name), None)
            if device_id is None:
                raise DeviceUnavailable(name)
        try:
            return kind(miniaudio.SampleFormat.SIGNED16, 1, RATE, buffersize_msec=PERIOD_MS, device_id=device_id,
                        backends=self._systems(), app_name="Plateau")  # fmt: skip
        except miniaudio.MiniaudioError as error:
            raise DeviceUnavailable(f"{name or 'défaut'}: {error}") from None


def _has_sound_card() -> bool:
    """Asking ALSA on a machine without a card writes on stderr at each try."""
    try:
        return "no soundcards" not in Path("/proc/asound/cards").read_text()
    except OSError:
        return False
