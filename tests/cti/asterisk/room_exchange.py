"""A real Asterisk for a test: its own ports, its own folder, the program's own install, configuration and start.

    with RoomExchange(tmp_path, stations=2, juries=3) as room:
        room.cli("core show channels")

Several run side by side, in one process or in several. The first on a machine fetches Asterisk's packages into the user's cache.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO

from cti.exchange.asterisk.configure import authority, configure
from cti.exchange.asterisk.install import Installation, install
from cti.exchange.asterisk.plan import ExchangePlan, Mode, Ports, Transport, new_plan
from cti.exchange.asterisk.server import ExchangeServer, ServerFailed, control

FIRST_PORT = 22_000  # below what phones and the system take by themselves
PORTS_EACH = 200  # of one exchange: SIP, manager, then RTP
BLOCKS = 40


@cache
def asterisk() -> Installation:
    """As `plateau asterisk install` leaves it on this machine."""
    return install(told=lambda words: print(words, flush=True))


class RoomExchange:
    """`folder` is the exchange's own (what `configure` and `load_plan` take)."""

    def __init__(
        self,
        tmp_path: Path,
        stations: int = 2,
        juries: int = 3,
        customers: int = 0,
        mode: Mode = "exam",
        transport: Transport = "tls",
        host: str = "127.0.0.1",
        name: str = "room",
        announcement: Path | None = None,
    ) -> None:
        self.folder = tmp_path / name / "exchange"
        self._ports = _PortBlock()
        first = self._ports.first
        ports = Ports(sip=first, manager=first + 1, rtp_first=first + 10, rtp_last=first + PORTS_EACH - 1)
        self.plan: ExchangePlan = new_plan(
            host, stations=stations, juries=juries, customers=customers, mode=mode, transport=transport, ports=ports
        )
        self.announcement = announcement
        self.server = ExchangeServer(self.folder, asterisk())
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def manager_port(self) -> int:
        return self.plan.ports.manager

    @property
    def pid(self) -> int | None:
        return self.server.process.pid if self.server.process is not None else None

    @property
    def ca(self) -> Path:
        """The PEM file that a phone of this room trusts."""
        return authority(self.folder).ca

    @property
    def ca_text(self) -> str:
        return authority(self.folder).ca_text()

    def __enter__(self) -> RoomExchange:
        configure(self.plan, self.folder, asterisk(), announcement=self.announcement)
        try:
            self._start()
        except BaseException:
            self._ports.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is not None:
                print(f"--- log of Asterisk\n{self.log()}")
            self.kill()  # a second faster than an end with goodbyes
        finally:
            self._ports.release()

    def cli(self, command: str) -> str:
        """One command of Asterisk's console."""
        return control(self.folder, command)

    def kill(self) -> None:
        """As a power cut: no goodbye to anybody."""
        self.server.kill()
        self._unguard()

    def stop(self) -> None:
        self.server.stop()
        self._unguard()

    def restart(self) -> float:
        """Start it again after `kill` or `stop` (or now: it is killed first); seconds until it was ready."""
        self.kill()
        return self._start()

    def log(self) -> str:
        """What Asterisk complained of."""
        return _text(self.folder / "log/messages")

    def security_log(self) -> str:
        return _text(self.folder / "log/security")

    def channels(self, bridged: bool = False) -> list[str]:
        """Names of the channels there are ("PJSIP/poste1-00000002"); only those that hear another, if asked."""
        rows = [row.split("!") for row in self.cli("core show channels concise").splitlines() if row.count("!") > 10]
        return [row[0] for row in rows if row[-2] or not bridged]

    def wait(self, fact: Callable[[], object], what: str, deadline: float = 10.0) -> None:
        """Until the fact is true; fails with its name, and Asterisk's log, at the deadline."""
        until = time.monotonic() + deadline
        while not fact():
            if time.monotonic() > until:
                shown = ""
                with contextlib.suppress(ServerFailed):
                    shown = self.cli("core show channels")
                raise AssertionError(f"{what}: not in {deadline} s\n{self.log()[-3000:]}\n{shown}")
            time.sleep(0.02)

    def release(self) -> None:
        """Give its ports back; for a room that was never entered."""
        self._ports.release()

    def _start(self) -> float:
        took = self.server.start()
        # a test process that is killed outright takes its Asterisk with it
        assert self.server.process is not None
        words = ["sh", "-c", 'cat >/dev/null; kill -9 "$0" 2>/dev/null', str(self.server.process.pid)]
        self._guard = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
        return took

    def _unguard(self) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()
            assert self._guard.stdin is not None
            self._guard.stdin.close()
            self._guard = None


class _PortBlock:
    """A range of ports that no other test of this machine has, held by a lock on a file."""

    def __init__(self) -> None:
        folder = Path(tempfile.gettempdir()) / f"plateau-test-ports-{os.getuid()}"
        folder.mkdir(exist_ok=True)
        self._lock: IO[str] | None = None
        for first in _free_blocks():
            lock = (folder / str(first)).open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            if all(_free(first + n, kind) for n in (0, 1) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
                self.first, self._lock = first, lock
                return
            lock.close()
        raise AssertionError("no free range of ports for another Asterisk")

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _free_blocks() -> Iterator[int]:
    """All of them, from another one in each process: fewer collisions."""
    for n in range(BLOCKS):
        yield FIRST_PORT + (os.getpid() + n) % BLOCKS * PORTS_EACH


def _free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""
