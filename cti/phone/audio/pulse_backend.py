"""Sound devices through the desktop's own libpulse (PulseAudio or PipeWire), by pasimple and pulsectl (MIT)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import pasimple
import pulsectl

from cti.phone.audio.devices import PERIOD_MS, Devices, DeviceUnavailable, Fill, Take, numbered
from cti.phone.audio.port import RATE

CHUNK = RATE * 2 * PERIOD_MS // 1000
NO_SINK = 0xFFFFFFFF  # PA_INVALID_INDEX: a source that is no sink's monitor
CLOSING_SECONDS = 0.5


class _Found(NamedTuple):
    shown: str
    pulse_name: str
    default: bool


def _named(devices: Sequence[Any], default: str) -> list[_Found]:
    shown = numbered(device.description for device in devices)
    return [_Found(label, device.name, device.name == default) for label, device in zip(shown, devices, strict=True)]


class _Stream:
    """The thread owns the connection from opening to freeing: libpulse's simple API is not to be freed under a call."""

    def __init__(self, device: str | None, take: Take | None, fill: Fill | None) -> None:
        self.last_callback = 0.0
        self._take, self._fill = take, fill
        self._closing = False
        self._opened = threading.Event()
        self._error = ""
        self._thread = threading.Thread(target=self._run, args=(device,), name="pulse-stream", daemon=True)
        self._thread.start()
        if not self._opened.wait(3) or self._error:
            self._closing = True
            raise DeviceUnavailable(self._error or "PulseAudio ne répond pas")

    def _run(self, device: str | None) -> None:
        direction = pasimple.PA_STREAM_RECORD if self._take else pasimple.PA_STREAM_PLAYBACK
        try:
            with pasimple.PaSimple(direction, pasimple.PA_SAMPLE_S16LE, 1, RATE, app_name="Plateau", device_name=device,
                                   tlength=CHUNK * 2, prebuf=CHUNK, minreq=CHUNK, fragsize=CHUNK) as stream:  # fmt: skip
                self._opened.set()
                while not self._closing:
                    self._exchange(stream)
        except pasimple.PaSimpleError as error:  # the server or the device is gone: the callbacks stop, and that is what is watched
            self._error = str(error)
            self._opened.set()

    def _exchange(self, stream: Any) -> None:
        if self._take:
            pcm = stream.read(CHUNK)
            self.last_callback = time.monotonic()
            if not self._closing:
                self._take(pcm)
        elif self._fill:
            stream.write(self._fill(CHUNK))
            self.last_callback = time.monotonic()

    def close(self) -> None:
        """A thread that hangs in libpulse is left behind; it frees its stream when it comes back."""
        self._closing = True
        self._thread.join(CLOSING_SECONDS)


class PulseBackend:
    name = "pulse"
    moves_streams = True

    def __init__(self) -> None:
        try:
            pasimple.pa_simple.get_libpulse_simple()
        except pasimple.PaSimpleError as error:
            raise OSError(str(error)) from None

    def _found(self) -> tuple[list[_Found], list[_Found]]:
        """Microphones and speakers. Raises DeviceUnavailable."""
        try:
            with pulsectl.Pulse("plateau-list", connect=False) as pulse:
                pulse.connect(autospawn=False)  # its timeout= always takes the whole of it
                server = pulse.server_info()
                sources = [source for source in pulse.source_list() if source.monitor_of_sink == NO_SINK]
                sinks = pulse.sink_list()
        except pulsectl.PulseError as error:
            raise DeviceUnavailable(str(error)) from None
        return _named(sources, server.default_source_name), _named(sinks, server.default_sink_name)

    def list(self) -> Devices:
        try:
            microphones, speakers = self._found()
        except DeviceUnavailable:
            return Devices()
        return Devices(
            tuple(each.shown for each in microphones),
            tuple(each.shown for each in speakers),
            next((each.shown for each in microphones if each.default), ""),
            next((each.shown for each in speakers if each.default), ""),
        )

    def open_microphone(self, name: str, take: Take) -> _Stream:
        return _Stream(self._device(name, 0), take, None)

    def open_speaker(self, name: str, fill: Fill) -> _Stream:
        return _Stream(self._device(name, 1), None, fill)

    def _device(self, name: str, side: int) -> str | None:
        found = self._found()[side]  # asked even for the default: the simple API would start a server where there is none
        if not name:
            return None
        device = next((each.pulse_name for each in found if each.shown == name), None)
        if device is None:
            raise DeviceUnavailable(name)
        return device
