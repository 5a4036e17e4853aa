"""A child process that knows this machine's sound devices: names, live level of a microphone, a test tone. JSON lines both ways.

Sound libraries print on the terminal when they please, so they are kept out of the process that draws. In: {"microphone":
name}, {"tone": speaker name}, {"quiet": true}. Out: {"microphones": […], "speakers": […]}, {"level": 0.0 … 1.0}, {"trouble": text}.
The process ends when its input closes.
"""

from __future__ import annotations

import json
import math
import sys
import threading
from array import array
from collections.abc import Callable
from typing import Any

from cti.phone.audio.devices import DeviceStream, DeviceUnavailable, SoundBackend, choose_backend
from cti.phone.audio.levels import PeakMeter
from cti.phone.audio.port import RATE

TONE_SECONDS = 1.5
TONE_HZ = 440.0
LEVEL_EVERY = 0.1


def tone(seconds: float = TONE_SECONDS) -> bytes:
    """s16le mono 16 kHz at a quarter of full scale, faded in and out over 20 ms."""
    count, fade = int(RATE * seconds), RATE // 50
    loud = (min(1.0, i / fade, (count - i) / fade) * 8192 for i in range(count))
    values = array("h", (int(a * math.sin(2 * math.pi * TONE_HZ * i / RATE)) for i, a in enumerate(loud)))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


class Probe:
    def __init__(self, backend: SoundBackend, say: Callable[[dict[str, Any]], None]) -> None:
        self._backend, self._say = backend, say
        self._meter = PeakMeter()
        self._microphone: DeviceStream | None = None
        self._speaker: DeviceStream | None = None

    def obey(self, order: dict[str, Any]) -> None:
        try:
            if "microphone" in order:
                self._close_microphone()
                self._microphone = self._backend.open_microphone(str(order["microphone"]), self._meter.see)
            if "tone" in order:
                self._play(str(order["tone"]))
            if "quiet" in order:
                self.close()
        except DeviceUnavailable as error:
            self._say({"trouble": str(error)})

    def measure(self) -> None:
        if self._microphone is not None:
            self._say({"level": round(self._meter.read(), 3)})

    def _play(self, speaker: str) -> None:
        if self._speaker is not None:
            self._speaker.close()
        left = bytearray(tone())

        def fill(size: int) -> bytes:
            part = bytes(left[:size])
            del left[:size]
            return part.ljust(size, b"\0")

        self._speaker = self._backend.open_speaker(speaker, fill)

    def _close_microphone(self) -> None:
        if self._microphone is not None:
            self._microphone.close()
            self._microphone = None

    def close(self) -> None:
        self._close_microphone()
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None


def main() -> int:
    lock = threading.Lock()

    def say(told: dict[str, Any]) -> None:
        with lock:
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    backend = choose_backend()
    if backend is None:
        say({"microphones": [], "speakers": []})
        return 0
    devices = backend.list()
    say({"microphones": list(devices.microphones), "speakers": list(devices.speakers)})
    probe, over = Probe(backend, say), threading.Event()

    def measure() -> None:
        while not over.wait(LEVEL_EVERY):
            probe.measure()

    meter = threading.Thread(target=measure, name="levels", daemon=True)
    meter.start()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if isinstance(order, dict):
                probe.obey(order)
    finally:
        over.set()
        meter.join(1.0)
        probe.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
