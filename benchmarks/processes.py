"""A program in a terminal of its own, and what its processes use, read from /proc (Linux)."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
TICK = os.sysconf("SC_CLK_TCK")
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


def wait_for(found: Callable[[], T], what: str, within: float = 10.0, every: float = 0.02) -> T:
    """The first true value of `found()`. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + within
    while not (value := found()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:g} s: {what}")
        time.sleep(every)
    return value


class Painted:
    """What a program wrote on its terminal, without escapes and blanks, each piece with the time it came.

    One thread reads the terminal; `time.monotonic()` is taken as soon as the bytes are there."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._text = ""
        self._raw = b""

    def take(self, data: bytes) -> None:
        at = time.monotonic()
        with self._news:
            raw = self._raw + data
            cut = raw.rfind(b"\x1b", max(0, len(raw) - 64))  # an escape or a letter may be cut by the end of a read
            whole = raw if cut < 0 or _ESCAPES.match(raw, cut) else raw[:cut]
            self._raw = raw[len(whole) :]
            self._text = (self._text + _SPACES.sub("", _ESCAPES.sub(b"", whole).decode("utf-8", "replace")))[-200_000:]
            self._at = at
            self._news.notify_all()

    def forget(self) -> None:
        with self._news:
            self._text = ""

    def wait(self, *wanted: str, within: float = 10.0) -> float:
        """When the last byte of the first of these texts (blanks do not count) was there, since `forget`. Raises TimeoutError."""
        texts = [_SPACES.sub("", text) for text in wanted]
        deadline = time.monotonic() + within
        with self._news:
            while not any(text in self._text for text in texts):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not painted within {within:g} s: {wanted}; the end of what was: {self._text[-600:]}")
                self._news.wait(left)
            return self._at


class PtyProgram:
    """`with PtyProgram(words) as program:` its screen is `painted`, `type` is its keyboard."""

    def __init__(
        self, words: list[str], environment: dict[str, str] | None = None, columns: int = 120, lines: int = 36, stop_limit: float = 10.0
    ) -> None:
        self._words = words
        self._environment = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
        self._size = struct.pack("HHHH", lines, columns, 0, 0)
        self._stop_limit = stop_limit
        self.painted = Painted()

    def __enter__(self) -> PtyProgram:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._size)
        self._process = subprocess.Popen(
            self._words, stdin=slave, stdout=slave, stderr=slave, env=self._environment, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        stop_tree(self._process, self._stop_limit)
        self._reader.join(2)
        os.close(self._master)

    @property
    def pid(self) -> int:
        return self._process.pid

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nobody holds the other side any more
                return
            if not data:
                return
            self.painted.take(data)


def stop_tree(process: subprocess.Popen[bytes], limit: float = 10.0) -> None:
    """End a program by SIGTERM and wait for all it started; what is left after `limit` seconds is killed, one by one."""
    family = {pid: _started(pid) for pid in tree(process.pid)}
    if process.poll() is None:
        process.terminate()
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and (process.poll() is None or _alive(family)):
        time.sleep(0.05)
    for pid in _alive(family):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def _alive(family: dict[int, str]) -> list[int]:
    """Those of them that still run: same number and same start, so that a number given again is not taken for one of ours."""
    return [pid for pid, started in family.items() if started and _started(pid) == started and _stat(pid)[0] != "Z"]


def _started(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if fields else ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state (field 3 of proc(5)) on; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {int(path.name): int((_stat(int(path.name)) or ["", "0"])[1]) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time used so far, ended children included."""
    return sum(int(field) for pid in pids for field in _stat(pid)[11:15]) / TICK


def resident_mb(pids: Iterable[int]) -> float:
    """Resident memory; pages that several of them share count several times."""
    return sum(int(fields[21]) for pid in pids if (fields := _stat(pid))) * os.sysconf("SC_PAGE_SIZE") / 1e6


def put_first(pid: int = 0) -> None:
    """Real-time turns for a process and what it starts from now on: on a machine where others work, figures of a quiet one.

    Raises PermissionError (CAP_SYS_NICE)."""
    os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


def udp_ports(pid: int) -> list[int]:
    """The UDP ports of 127.0.0.1 that a process holds, lowest first."""
    sockets = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(os.readlink(entry))
            except OSError:
                continue
    except OSError:
        return []
    rows = [line.split() for line in Path(f"/proc/{pid}/net/udp").read_text().splitlines()[1:]]
    return sorted(int(row[1].split(":")[1], 16) for row in rows if f"socket:[{row[9]}]" in sockets and row[1].startswith("0100007F:"))
