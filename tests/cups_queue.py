"""A real print queue: a CUPS scheduler of the test's own, with a printer that keeps what it prints and may run out of paper."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

CUPSD = shutil.which("cupsd") or "/usr/sbin/cupsd"
QUEUE = "salle"

_CUPSD_CONF = """Listen localhost:{port}
Listen {root}/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
LogLevel info
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
_FILES_CONF = """ServerRoot {root}/etc
RequestRoot {root}/spool
TempDir {root}/tmp
CacheDir {root}/cache
StateDir {root}/state
ServerBin {root}/bin
DataDir /usr/share/cups
AccessLog {root}/access_log
ErrorLog {root}/error_log
PageLog {root}/page_log
Printcap {root}/printcap
"""
_PRINTERS_CONF = """<Printer {queue}>
UUID urn:uuid:5f2b8d5e-6f2a-3c61-7d53-0d2c0f5a9e11
Info Laser de la salle
MakeModel Essai
DeviceURI essai:/salle
State Idle
Type 4
Accepting {accepting}
Shared No
JobSheets none none
QuotaPeriod 0
PageLimit 0
KLimit 0
OpPolicy default
ErrorPolicy abort-job
</Printer>
"""
_BACKEND = """#!/bin/sh
[ $# -eq 0 ] && exit 0
if [ -e "{root}/no-paper" ]; then
    echo "STATE: +media-empty-error" >&2
    while [ -e "{root}/no-paper" ]; do sleep 0.1; done
    echo "STATE: -media-empty-error" >&2
fi
[ -e "{root}/broken" ] && exit 1
cat "${{6:--}}" >"{root}/printed/$1.part" && mv "{root}/printed/$1.part" "{root}/printed/$1.pdf"
"""


class CupsQueue:
    """`address` is the queue's, for `station.toml`; `printed()` gives each job's bytes as they came out, in order."""

    def __init__(self, root: Path, *, accepting: bool = True) -> None:
        self.root = root
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"ipp://localhost:{self.port}/printers/{QUEUE}"
        for name in ("etc", "spool", "tmp", "cache", "state", "bin/backend", "printed"):
            (root / name).mkdir(parents=True)
        (root / "etc" / "cupsd.conf").write_text(_CUPSD_CONF.format(root=root, port=self.port), encoding="utf-8")
        (root / "etc" / "cups-files.conf").write_text(_FILES_CONF.format(root=root), encoding="utf-8")
        printers = _PRINTERS_CONF.format(queue=QUEUE, accepting="Yes" if accepting else "No")
        (root / "etc" / "printers.conf").write_text(printers, encoding="utf-8")
        (root / "bin" / "daemon").symlink_to("/usr/lib/cups/daemon")  # what it starts its backends with
        backend = root / "bin" / "backend" / "essai"
        backend.write_text(_BACKEND.format(root=root), encoding="utf-8")
        backend.chmod(0o700)  # for its owner alone: the scheduler runs it as itself, who may write here
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [CUPSD, "-f", "-c", str(self.root / "etc" / "cupsd.conf"), "-s", str(self.root / "etc" / "cups-files.conf")]
        with (self.root / "cupsd.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://localhost:{self.port}/", trust_env=False, timeout=1)
                return self
            time.sleep(0.05)
        log_text = (self.root / "cupsd.log").read_text(errors="replace")
        self.__exit__(None, None, None)
        raise AssertionError(f"cupsd did not start: {log_text}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def take_the_paper(self) -> None:
        (self.root / "no-paper").touch()

    def give_paper(self) -> None:
        (self.root / "no-paper").unlink()

    def break_down(self) -> None:
        (self.root / "broken").touch()

    def printed(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.root / "printed").glob("*.pdf"), key=lambda p: int(p.stem))]
