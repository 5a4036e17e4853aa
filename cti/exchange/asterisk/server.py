"""The room's Asterisk as a process: start it and know that it is ready, ask it things by its control socket, reload, stop.

The control socket is a file that only our own user can open; a command there and its answer take under a millisecond.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cti.exchange.asterisk.configure import OPEN_FILES, address_of, run_folder
from cti.exchange.asterisk.install import Installation
from cti.exchange.asterisk.plan import ExchangePlan, load_plan

READY_LIMIT = 20.0  # seconds from start to the manager's FullyBooted; half a second is usual
STOP_LIMIT = 8.0  # seconds to end by itself, then it is killed
CONTROL_LIMIT = 5.0  # seconds for one command
RELOADS = ("module reload acl", "module reload res_pjsip.so", "dialplan reload", "queue reload parameters", "moh reload", "manager reload")
"""Calls go on through all of them. A change of address, port, transport or certificate needs a new start."""


class ServerFailed(Exception):
    """The exchange does not start, stop or answer; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Status:
    """Of a running exchange: `uptime` in seconds, `lines` registered now (their accounts)."""

    pid: int
    version: str
    booted: bool
    uptime: int
    calls: int
    lines: tuple[str, ...]


class ExchangeServer:
    """One Asterisk, child of this process. `folder` was written by `configure`."""

    def __init__(self, folder: Path, installation: Installation) -> None:
        self.folder = folder
        self._command = (*installation.command, "-C", str(folder / "etc/asterisk.conf"), "-f")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, limit: float = READY_LIMIT) -> float:
        """Start it and wait until the manager says FullyBooted; the seconds it took. Raises ServerFailed, PlanUnusable."""
        plan = load_plan(self.folder)
        running = find(self.folder)
        if running is not None:
            raise ServerFailed(f"Le central de cette salle tourne déjà (processus {running}) : plateau asterisk stop l'arrête.")
        check_ports(plan)
        began = time.monotonic()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            with (self.folder / "log/output").open("ab") as output:
                resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES), hard))
                self.process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    cwd=self.folder,
                )
        except OSError as error:
            raise ServerFailed(f"Asterisk ne se lance pas : {error.filename} ({error.strerror or error}).") from None
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        while not _ready(plan, limit):
            if self.process.poll() is not None:
                raise ServerFailed(f"Asterisk s'est arrêté en démarrant : {first_error(self.folder)}")
            if time.monotonic() - began > limit:
                self.kill()
                raise ServerFailed(f"Asterisk n'est pas prêt après {limit:.0f} secondes : {first_error(self.folder)}")
            time.sleep(0.02)
        return time.monotonic() - began

    def stop(self, limit: float = STOP_LIMIT) -> None:
        """Ended calls are told to the phones (BYE); a process that does not end in time is killed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(limit)
        self.kill()

    def kill(self) -> None:
        """At once, telling nobody."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process = None


def control(folder: Path, command: str, limit: float = CONTROL_LIMIT) -> str:
    """What Asterisk's console answers. Raises ServerFailed when it does not run, or does not answer."""
    return _ask(folder, command, limit)[1]


def find(folder: Path) -> int | None:
    """The process of this room's running exchange; None when there is none."""
    try:
        return _ask(folder, "core show uptime", CONTROL_LIMIT)[0]
    except ServerFailed:
        return None


def status(folder: Path) -> Status | None:
    """None when it does not run."""
    try:
        pid, _ = _ask(folder, "core show uptime", CONTROL_LIMIT)
        version = re.search(r"Asterisk (\d[\d.]*)", control(folder, "core show version"))
        uptime = re.search(r"uptime: (\d+)", control(folder, "core show uptime seconds"))
        calls = re.search(r"^(\d+)(?: of \d+ max)? active calls?", control(folder, "core show channels count"), re.MULTILINE)
        contacts = control(folder, "pjsip show contacts")
        booted = "fully booted" in control(folder, "core waitfullybooted")
    except ServerFailed:
        return None
    lines = sorted(set(re.findall(r"^\s*Contact:\s+([a-z0-9]+)/sips?:", contacts, re.MULTILINE)))
    return Status(
        pid,
        version[1] if version else "",
        booted,
        int(uptime[1]) if uptime else 0,
        int(calls[1]) if calls else 0,
        tuple(lines),
    )


def reload(folder: Path) -> None:
    """Read the files of `configure` again, calls going on. Raises ServerFailed."""
    for command in RELOADS:
        control(folder, command)


def stop(folder: Path, limit: float = STOP_LIMIT) -> bool:
    """End the exchange that another process started, calls told; False when none runs. Raises ServerFailed."""
    pid = find(folder)
    if pid is None:
        return False
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return True
        except PermissionError:
            raise ServerFailed(f"Le central (processus {pid}) est à un autre utilisateur, qui seul peut l'arrêter.") from None
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if not _alive(pid):
                return True
            time.sleep(0.02)
    raise ServerFailed(f"Le central (processus {pid}) ne s'arrête pas.")


def check_ports(plan: ExchangePlan) -> None:
    """Raises ServerFailed when a port of the plan cannot be had; Asterisk itself would only log it, and run deaf."""
    address = address_of(plan.host)
    kind = socket.SOCK_STREAM if plan.transport == "tls" else socket.SOCK_DGRAM
    for place, port, how, use in (
        (address, plan.ports.sip, kind, "la téléphonie (SIP)"),
        ("127.0.0.1", plan.ports.manager, socket.SOCK_STREAM, "le lien avec le serveur de salle"),
    ):
        with socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET, how) as probe:
            if how == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what lingers of a former start does not count
            try:
                probe.bind((place, port))
            except OSError as error:
                raise ServerFailed(
                    f"Le port {port} de {place}, pour {use}, ne peut pas être pris ({error.strerror}) : "
                    "arrêtez ce qui l'occupe, ou refaites plateau asterisk configure avec une autre adresse."
                ) from None


def first_error(folder: Path) -> str:
    """What Asterisk first complained of since it last started, for a person: what came after it followed from it."""
    with contextlib.suppress(OSError):
        said = (folder / "log/messages").read_text(errors="replace")[-20_000:]
        complaints = re.findall(r"^\[[^\]]*\] ERROR\[\d+\]\S* (.*)$", said[max(0, said.rfind(" built by ")) :], re.MULTILINE)
        if complaints:
            return f"{complaints[0][:300]} (journal : {folder / 'log/messages'})"
    return f"voir {folder / 'log/output'}"


def _ask(folder: Path, command: str, limit: float) -> tuple[int, str]:
    path = str(run_folder(folder) / "asterisk.ctl")
    answer = bytearray()
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(limit)
            link.connect(path)
            link.sendall(f"cli quit after {command}".encode() + b"\0")
            while chunk := link.recv(65536):
                answer += chunk
    except TimeoutError:
        raise ServerFailed(f"Le central ne répond pas à « {command} » en {limit:.0f} secondes.") from None
    except OSError:
        raise ServerFailed("Le central de cette salle ne tourne pas : plateau asterisk run.") from None
    greeting, _, said = answer.decode(errors="replace").partition("\n")  # host/pid/version
    found = re.fullmatch(r".*/(\d+)/[^/]*", greeting)
    if found is None:
        raise ServerFailed("Le central de cette salle s'arrête.")
    return int(found[1]), said


def _ready(plan: ExchangePlan, limit: float) -> bool:
    """Whether the manager lets the room server in and says FullyBooted."""
    login = f"Action: Login\r\nUsername: {plan.manager_user}\r\nSecret: {plan.manager_secret}\r\nEvents: system\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", plan.ports.manager), 1.0) as link:
            link.settimeout(limit)
            link.sendall(login.encode())
            with link.makefile("rb") as lines:
                return any(line.strip() == b"Event: FullyBooted" for line in lines)
    except OSError:
        return False


def _alive(pid: int) -> bool:
    """A child that has ended and was not waited for counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
