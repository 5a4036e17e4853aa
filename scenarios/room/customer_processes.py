"""The virtual customers' processes, children of the room server: started when it serves, started again when they die, gone with it.

<room>/customers/client1.log     what that process says
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cti.exchange.asterisk.plan import Line
from scenarios.child import Child, ChildFailed

logger = logging.getLogger(__name__)
TRY_AGAIN_AFTER = 60.0  # seconds, of a customer that keeps dying: the room is served meanwhile
EVERY_ADDRESS = ("0.0.0.0", "::")
CA = "room-ca.pem"


class CustomerProcesses:
    """`tokens` opens the room to them, by role and place; it lives as long as this process. `variant`: the room's subject."""

    def __init__(self, lines: Iterable[Line], folder: Path, pack: Path, variant: str = "") -> None:
        self._labels = {line.id: line.label for line in lines}
        self._folder, self._pack, self._variant = folder / "customers", pack, variant
        self.tokens = {f"customer:{line}": secrets.token_urlsafe(24) for line in self._labels}

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._labels)

    async def run(self, url: str, day: dt.date, ca_pem: str) -> None:
        """Until cancelled; at once when nothing is served (`url` ""). `ca_pem`: what verifies the room's certificate, "" over HTTP."""
        if not url:
            return
        try:
            await asyncio.to_thread(self._prepare, ca_pem)
        except OSError as error:
            logger.error("no virtual customer: %s cannot be written (%s)", self._folder, error)
            return
        command = [
            sys.executable,
            "-m",
            "scenarios.customer",
            "--room",
            _reachable(url),
            "--pack",
            str(self._pack),
            "--day",
            day.isoformat(),
        ]
        command += ["--variant", self._variant] if self._variant else []
        command += ["--ca", str(self._folder / CA)] if ca_pem else []
        async with asyncio.TaskGroup() as group:
            for line, label in self._labels.items():
                environment = {"PLATEAU_TOKEN": self.tokens[f"customer:{line}"]}
                group.create_task(_keep(Child(label, lambda: command, environment, self._folder / f"{line}.log")), name=line)

    def _prepare(self, ca_pem: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if ca_pem:
            (self._folder / CA).write_text(ca_pem, encoding="ascii")


async def _keep(child: Child) -> None:
    while True:
        try:
            await child.run()
        except ChildFailed as failed:
            logger.error("%s: %s (%s)", child.name, failed or "keeps dying", child.log)
        except Exception:  # no process, no log: the room must go on
            logger.exception("%s cannot be started", child.name)
        child.deaths.clear()
        await asyncio.sleep(TRY_AGAIN_AFTER)


def _reachable(url: str) -> str:
    """The same address as somebody on this machine calls it."""
    parts = urlsplit(url)
    if parts.hostname not in EVERY_ADDRESS:
        return url
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port}"))
