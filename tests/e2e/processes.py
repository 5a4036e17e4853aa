"""The processes of one lab, found by the PLATEAU_HOME they were started with: what a drill kills, and what must not remain."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

ROLES = {"room": "scenarios.room", "customer": "scenarios.customer", "phone": "cti.phone", "desk": "workstation desk", "lab": "plateau lab"}


class Processes:
    """Living processes by role; a zombie, having no environment any more, is not living."""

    def __init__(self, home: Path) -> None:
        self._mark = f"PLATEAU_HOME={home}".encode()

    def all(self) -> dict[int, str]:
        """Every process with this home: pid → command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and self._mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return found

    def pids(self, role: str) -> list[int]:
        return [pid for pid, words in self.all().items() if ROLES[role] in words]

    def one(self, role: str, within: float = 40.0, other_than: int = 0) -> int:
        """The pid of the one process in this role, once there is exactly one, and it is another than `other_than`."""
        deadline = time.monotonic() + within
        while (pids := self.pids(role)) == [other_than] or len(pids) != 1:
            if time.monotonic() > deadline:
                raise AssertionError(f"not one {role} within {within:g} s: {self.all()}")
            time.sleep(0.02)
        return pids[0]

    def worked(self, pid: int) -> float:
        """Processor seconds it has used: a measure that other programs of the machine do not change much."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self, role: str) -> int:
        """SIGKILL; the pid it had."""
        pid = self.one(role)
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_all(self) -> None:
        """As when the power goes: whoever starts meanwhile is killed too."""
        while found := self.all():
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def wait_gone(self, *pids: int, within: float = 30.0) -> float:
        """Until none of these (none at all when no pid is given) is alive; the seconds it took."""
        start = time.monotonic()
        while remaining := {pid: words for pid, words in self.all().items() if not pids or pid in pids}:
            if time.monotonic() > start + within:
                raise AssertionError(f"still alive after {within:g} s: {remaining}")
            time.sleep(0.05)
        return time.monotonic() - start
