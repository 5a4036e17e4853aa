"""A private PulseAudio server for tests: virtual cables in place of sound cards.

A *virtual microphone* is a null sink whose monitor is remapped to a source: what is played into the
sink `<name>_in` is what the microphone `<name>` hears. A *virtual speaker* is a null sink; what the
program plays is read back from its monitor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

RATE = 16_000


def wait_until(what: Callable[[], bool], seconds: float = 5.0, every: float = 0.02) -> None:
    """Returns as soon as `what()` is true; raises AssertionError when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {getattr(what, '__doc__', None) or what}")
        time.sleep(every)


class PulseServer:
    """One daemon in its own folder, reached by `env` only; nothing of the user's session is touched."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pl-pa-"))  # short: a socket's path is limited to 107 bytes
        self.socket = self.folder / "native"
        self.env = {
            "PULSE_SERVER": f"unix:{self.socket}",
            "PULSE_RUNTIME_PATH": str(self.folder / "run"),
            "PULSE_STATE_PATH": str(self.folder / "state"),
            "PULSE_COOKIE": str(self.folder / "cookie"),
            "XDG_RUNTIME_DIR": str(self.folder / "xdg"),
            "HOME": str(self.folder),
        }
        (self.folder / "xdg").mkdir(mode=0o700)
        self._daemon: subprocess.Popen[bytes] | None = None
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> PulseServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        self._daemon = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--system=false", "--use-pid-file=no", "--log-level=error",
             "--disallow-exit", "-L", f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"],
            env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: self.socket.exists() and self._pactl_works(), 10)

    def _pactl_works(self) -> bool:
        return subprocess.run(["pactl", "info"], env={**os.environ, **self.env}, capture_output=True).returncode == 0

    def pactl(self, *words: str) -> str:
        done = subprocess.run(["pactl", *words], env={**os.environ, **self.env}, capture_output=True, text=True, timeout=10)
        if done.returncode:
            raise RuntimeError(f"pactl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def add_speaker(self, name: str, label: str) -> tuple[str, ...]:
        """A null sink `name` shown to people as `label`; returns what `remove` takes."""
        properties = f"sink_properties=\"device.description='{label}'\""
        return (self.pactl("load-module", "module-null-sink", f"sink_name={name}", "rate=48000", "norewinds=1", properties),)

    def add_microphone(self, name: str, label: str) -> tuple[str, ...]:
        """A source `name` shown as `label`, fed by playing into the sink `<name>_in`; returns what `remove` takes."""
        sink = self.add_speaker(f"{name}_in", f"Entree {name}")
        properties = f"source_properties=\"device.description='{label}'\""
        source = self.pactl("load-module", "module-remap-source", f"source_name={name}", f"master={name}_in.monitor", properties)
        return (source, *sink)

    def remove(self, modules: tuple[str, ...]) -> None:
        for module in modules:
            self.pactl("unload-module", module)

    def say(self, sink: str, pcm: bytes) -> subprocess.Popen[bytes]:
        """Play 16 kHz mono s16le `pcm` into `sink`; the process ends when it has been played."""
        path = self.folder / f"say{len(self._started)}.raw"
        path.write_bytes(pcm)
        return self._run("pacat", "--playback", f"--device={sink}", "--latency-msec=20", str(path))

    def listen(self, source: str, path: Path) -> subprocess.Popen[bytes]:
        """Record `source` (`<sink>.monitor` for a speaker) to `path`, 16 kHz mono s16le, until terminated."""
        return self._run("pacat", "--record", f"--device={source}", "--latency-msec=20", str(path))

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        command = [words[0], *words[1:-1], "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", words[-1]]
        process = subprocess.Popen(
            command, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._started.append(process)
        return process

    def kill(self) -> None:
        """The daemon is gone, as in a crash; `start` makes a new one at the same place, without its devices."""
        if self._daemon:
            self._daemon.kill()
            self._daemon.wait(3)
        self.socket.unlink(missing_ok=True)

    def stop(self) -> None:
        daemon = [self._daemon] if self._daemon else []
        for process in [*self._started, *daemon]:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(3)
        shutil.rmtree(self.folder, ignore_errors=True)
