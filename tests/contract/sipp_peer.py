"""SIPp as the other end of a call: one scenario file, one process, its exit code the verdict."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.contract.rtp_peer import RtpPeer

SCENARIOS = Path(__file__).parent / "sipp"


# Below the range the system draws from: a port named here is not given to another program before SIPp has bound it.
PORTS = range(21_000, 32_000, 4)
_DRAW = random.SystemRandom()


def free_udp_port() -> int:
    """A UDP port that is free with the three after it: SIPp takes four for its media (audio, video, each with its RTCP)."""
    while True:
        port = _DRAW.choice(PORTS)
        with ExitStack() as held:
            try:
                for beside in range(4):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port + beside))
            except OSError:
                continue
        return port


class Sipp:
    """`{{NAME}}` in a scenario is replaced from `fill`; HEADERS are whole lines, each ended by a line break.

    `with Sipp("uas_answer.xml", tmp_path) as peer:` runs a scenario; `peer.finish()` waits for it and checks its verdict."""

    def __init__(
        self,
        scenario: str,
        folder: Path,
        target: str = "",
        user: str = "plateau",
        calls: int = 1,
        fill: dict[str, str] | None = None,
        rtp: RtpPeer | None = None,
        transport: str = "u1",
        port: int = 0,
    ) -> None:
        program = shutil.which("sipp")
        assert program is not None, "SIPp is not installed (Debian package sip-tester)"
        self.port = port or free_udp_port()
        self.media_port = rtp.port if rtp is not None else free_udp_port()
        self.folder = folder
        stem = f"{Path(scenario).stem}-{self.port}"
        values = {"FROM": "<sip:0612345678@127.0.0.1>", "HEADERS": "", "TALK": "300", "REASON": "Refused", **(fill or {})}
        text = (SCENARIOS / scenario).read_text()
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", value)
        text = text.replace("[media_port]", str(self.media_port))
        self.scenario = folder / f"{stem}.xml"
        self.scenario.write_text(text)
        self.messages = folder / f"{stem}.messages"
        self.errors = folder / f"{stem}.errors"
        words = [
            program, *([target] if target else []), "-sf", str(self.scenario), "-i", "127.0.0.1", "-p", str(self.port),
            "-mi", "127.0.0.1", "-mp", str(free_udp_port()), "-m", str(calls), "-s", user, "-t", transport, "-nostdin",
            "-trace_msg", "-message_file", str(self.messages), "-trace_err", "-error_file", str(self.errors),
            "-timeout", "40s", "-timeout_error", "-default_behaviors", "all,-bye",
        ]  # fmt: skip
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Sipp:
        self._process = subprocess.Popen(
            self._words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env={**os.environ, "TERM": "xterm"},
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if value is not None:
            value.add_note(f"SIPp on {self.port}: {self._trace()}")

    def finish(self, deadline: float = 15.0) -> str:
        """Wait for the scenario's end; every message it saw. Fails with SIPp's own words when the scenario did."""
        assert self._process is not None
        try:
            code = self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIPp still runs after {deadline} s\n{self._trace()}") from None
        assert code == 0, f"SIPp's scenario failed with {code}\n{self._trace()}"
        return self.messages.read_text(errors="replace")

    def _trace(self) -> str:
        parts = [path.read_text(errors="replace") for path in (self.errors, self.messages) if path.exists()]
        return "\n".join(parts)[-6000:]
