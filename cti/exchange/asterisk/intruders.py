"""Who keeps trying passwords gets no answer any more: the exchange's security log read, an address list written, Asterisk told.

The log is half written by the intruder (its Call-ID and names are in it, unescaped): see `failed_address` for what is believed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from cti.exchange.asterisk.configure import write_denied
from cti.exchange.asterisk.server import ServerFailed, control

ATTEMPTS = 10
WITHIN = 60.0  # seconds; a phone that was left with an old password tries four times a minute, and is not locked out
LOCKED = 900.0  # seconds
PERIOD = 0.25  # seconds between two looks at the log
LARGEST_LOG = 5_000_000  # bytes; the log is put aside and begun anew
LOGS = ("security", "messages")

_FAILED = re.compile(r'\[[^\]]*\] SECURITY\[\d+\] res_security_log\.c: SecurityEvent="(?:ChallengeResponseFailed|InvalidPassword)",')
_REMOTE = re.compile(r',RemoteAddress="IPV[46]/[A-Z]+/([0-9a-fA-F:.]+)/\d+"')


def failed_address(line: str) -> str:
    """The address that a line of the security log says failed to prove who it is; "" for any other line.

    The last RemoteAddress is Asterisk's: an intruder's Call-ID stands before it, and in the fields after it (nonce and response) a
    quotation mark has kept its backslash."""
    if _FAILED.match(line) is None:
        return ""
    found = _REMOTE.findall(line)
    with contextlib.suppress(ValueError, IndexError):
        return str(ipaddress.ip_address(found[-1]))
    return ""


class LockOuts:
    """Which addresses are locked out, and until when. `spared` never are: the server's own, whoever is there has the secrets anyway."""

    def __init__(self, spared: frozenset[str] = frozenset()) -> None:
        self._spared = spared
        self._failures: dict[str, deque[float]] = {}
        self._until: dict[str, float] = {}

    def failed(self, address: str, now: float) -> bool:
        """Count a failure; True when it locks the address out."""
        if address in self._spared or address in self._until:
            return False
        recent = self._failures.setdefault(address, deque(maxlen=ATTEMPTS))
        recent.append(now)
        if len(recent) < ATTEMPTS or now - recent[0] > WITHIN:
            return False
        del self._failures[address]
        self._until[address] = now + LOCKED
        return True

    def ended(self, now: float) -> bool:
        """Forget what is over; True when an address is let in again."""
        over = [address for address, until in self._until.items() if until <= now]
        for address in over:
            del self._until[address]
        for address in [address for address, recent in self._failures.items() if now - recent[-1] > WITHIN]:
            del self._failures[address]
        return bool(over)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(sorted(self._until))


class IntruderWatch:
    """Follows the security log of the exchange in `folder`, from now on. `told` hears each lock-out, in French."""

    def __init__(self, folder: Path, spared: frozenset[str], told: Callable[[str], None] = lambda _: None) -> None:
        self._folder, self._told = folder, told
        self._lockouts = LockOuts(spared)
        self._log = folder / "log/security"
        self._at, self._file = self._end()
        self._held = b""

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; for a thread of its own. A disk that fails is said, and the watch goes on."""
        while not stop.wait(PERIOD):
            try:
                self.look(time.monotonic())
            except OSError as error:
                self._told(f"La surveillance des accès n'écrit plus : {error.filename} ({error.strerror}).")
            except ServerFailed:
                continue  # it restarts, and reads the list by itself

    def look(self, now: float) -> None:
        """Once. Raises OSError, ServerFailed."""
        changed = self._lockouts.ended(now)
        for line in self._new_lines():
            address = failed_address(line)
            if address and self._lockouts.failed(address, now):
                changed = True
                minutes = round(LOCKED / 60)
                self._told(
                    f"{address} a présenté {ATTEMPTS} mots de passe faux en une minute : elle est refusée pendant {minutes} minutes."
                )
        if changed:
            write_denied(self._folder, self._lockouts.addresses)
            control(self._folder, "module reload acl")
        self._trim()

    def _end(self) -> tuple[int, int]:
        with contextlib.suppress(OSError):
            found = self._log.stat()
            return found.st_size, found.st_ino
        return 0, 0

    def _new_lines(self) -> list[str]:
        try:
            with self._log.open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_ino != self._file or found.st_size < self._at:
                    self._at, self._file, self._held = 0, found.st_ino, b""
                file.seek(self._at)
                *lines, self._held = (self._held + file.read()).split(b"\n")
                self._at = file.tell()
        except FileNotFoundError:
            return []
        return [line.decode("utf-8", "replace") for line in lines]

    def _trim(self) -> None:
        large = [log for log in LOGS if _size(self._folder / "log" / log) > LARGEST_LOG]
        for log in large:
            os.replace(self._folder / "log" / log, self._folder / "log" / f"{log}.1")
        if large:
            control(self._folder, "logger reload")


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
