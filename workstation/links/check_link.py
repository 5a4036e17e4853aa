"""The machine's socket to the room's check: questions in, reports out, back within seconds when it is cut."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection

from cti.task_groups import raise_if_cancelled
from workstation.check.machine import MachineCheck
from workstation.config import Settings
from workstation.links.printer_probe import probe_printer
from workstation.links.room_wire import LOST, Retry, bearer, connect_socket, place_is_lost, told_object
from workstation.ui.phone_port import Phone

logger = logging.getLogger("plateau.check")
FIRST_RETRY, SLOWEST_RETRY = 0.2, 5.0  # seconds
LARGEST = 2**16  # bytes of one question
Connect = Callable[[str, dict[str, str]], AbstractAsyncContextManager[ClientConnection]]


class CheckLink:
    """`trust` is what the room's certificate is verified by, None over plain HTTP."""

    def __init__(self, base_url: str, token: str, trust: ssl.SSLContext | None = None, connecting: Connect | None = None) -> None:
        self._url = base_url.replace("http", "ws", 1).rstrip("/") + "/check"
        self._headers = bearer(token)
        self._connect = connecting or functools.partial(connect_socket, trust=trust, largest=LARGEST)

    async def run(self, machine: MachineCheck) -> None:
        """Until cancelled, or the room lets this machine in no more."""
        retry, lost = Retry(FIRST_RETRY, SLOWEST_RETRY), False
        while True:
            try:
                async with self._connect(self._url, self._headers) as socket:
                    retry.reset()
                    await self._serve(socket, machine)
            except* LOST as errors:
                whys = list(_leaves(errors))
                logger.info("the check's socket: %s", whys[0])
                lost = any(place_is_lost(why) for why in whys)
            raise_if_cancelled()
            if lost:
                return
            await retry.pause()

    async def _serve(self, socket: ClientConnection, machine: MachineCheck) -> None:
        reports: asyncio.Queue[tuple[int, dict[str, Any]]] = asyncio.Queue()
        machine.connected(lambda number, report: reports.put_nowait((number, report)))
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(self._send(socket, reports))
                async for text in socket:
                    question = told_object(text)
                    if question is not None:
                        group.create_task(machine.asked(question))
                sending.cancel()
        finally:
            machine.disconnected()

    @staticmethod
    async def _send(socket: ClientConnection, reports: asyncio.Queue[tuple[int, dict[str, Any]]]) -> None:
        while True:
            number, report = await reports.get()
            await socket.send(json.dumps({"id": number, "report": report}))


class Held(Protocol):
    """Whoever holds the phone: workstation.ui.shell.Shell."""

    state: Any
    settings: Settings
    phone: Phone

    def say(self, text: str, tone: str = "info") -> None: ...


def check_of(shell: Held, base_url: str, token: str, trust: ssl.SSLContext | None) -> MachineCheck:
    """The check of the machine whose phone is in `shell`'s hands."""
    link = CheckLink(base_url, token, trust)
    return MachineCheck(
        link,
        lambda order: shell.phone.send(order),
        lambda: shell.state,
        shell.say,
        printer=shell.settings.printer,
        probe_printer=probe_printer,
    )


def _leaves(errors: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
