"""baresip as the other end: answers by itself, says a tone from a file, keeps what it hears, obeys by its control socket."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.contract.sipp_peer import free_udp_port
from tests.contract.station import DEADLINE
from tests.cti.audio.measure import goertzel, tone_file

RATE = 8000

CONFIG = """\
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_source aufile,{folder}/tone.wav
audio_player aubridge,far
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp}-{rtp_end}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}/heard
"""


def modules_folder() -> Path:
    """Where Debian, Fedora or Homebrew put baresip's modules."""
    program = shutil.which("baresip")
    assert program is not None, "baresip is not installed (Debian package baresip-core)"
    root = Path(program).resolve().parents[1]
    for each in ("lib/baresip/modules", "lib64/baresip/modules"):
        if (root / each).is_dir():
            return root / each
    raise AssertionError(f"no baresip modules under {root}")


def free_tcp_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Baresip:
    def __init__(self, folder: Path, hertz: float = 600.0) -> None:
        self.folder = folder / "baresip"
        (self.folder / "heard").mkdir(parents=True)
        self.port, self._control = free_udp_port(), free_tcp_port()
        rtp = 20000 + self.port % 20000 // 2 * 2
        names = {"sip": self.port, "control": self._control, "folder": self.folder, "rtp": rtp, "rtp_end": rtp + 200}
        (self.folder / "config").write_text(CONFIG.format(modules=modules_folder(), **names))
        (self.folder / "accounts").write_text(f"<sip:bare@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMA\n")
        (self.folder / "contacts").write_text("")
        tone_file(self.folder / "tone.wav", hertz, rate=RATE)
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    @property
    def target(self) -> str:
        return f"sip:bare@127.0.0.1:{self.port}"

    def __enter__(self) -> Baresip:
        self._log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["baresip", "-f", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "TERM": "dumb"},
        )
        until = time.monotonic() + DEADLINE
        while True:
            try:
                self._link = socket.create_connection(("127.0.0.1", self._control), 1.0)
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self._process.kill()
                    raise AssertionError(f"baresip did not start: {(self.folder / 'log').read_text(errors='replace')[-2000:]}") from None
                select.select([], [], [], 0.05)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._link.close()
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def order(self, command: str, parameters: str = "") -> None:
        """A command of baresip's menu, as one netstring of JSON."""
        body = json.dumps({"command": command, "params": parameters, "token": "test"}).encode()
        self._link.sendall(b"%d:%s," % (len(body), body))

    def wait(self, event: str, count: int = 1, deadline: float = DEADLINE) -> list[dict[str, Any]]:
        """All events of a type, once there are so many."""
        until = time.monotonic() + deadline
        while True:
            found = [each for each in self.events if each.get("type") == event]
            if len(found) >= count:
                return found
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    f"{len(found)} {event} in {deadline} s, wanted {count}; came: {[each.get('type') for each in self.events]}"
                )
            if select.select([self._link], [], [], left)[0]:
                self._buffer += self._link.recv(65536)
                self._parse()

    def _parse(self) -> None:
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            size = int(length)
            if len(rest) < size + 1:
                return
            self.events.append(json.loads(rest[:size]))
            self._buffer = rest[size + 1 :]

    def level_heard(self, hertz: float) -> float:
        """Amplitude 0..1 of a tone in the last second that baresip decoded."""
        files = sorted((self.folder / "heard").glob("*-dec.wav"), key=lambda path: path.stat().st_mtime)
        pcm = files[-1].read_bytes()[44:] if files else b""
        pcm = pcm[: len(pcm) // 2 * 2][-RATE * 2 :]
        return goertzel(pcm, hertz, RATE)
