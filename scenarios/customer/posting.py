"""Where the room sends this customer: for which station it plays, and which call of the shared queue it makes; and the calls it says
it has. One socket; what comes back after it was cut is whole.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from cti.task_groups import raise_if_cancelled
from scenarios.customer.room_side import RETRY

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SharedCall:
    """A call to make to the shared queue. `target` is a SIP URI, "" while the exchange is away."""

    call_key: str
    simulation: str
    target: str


@dataclass(frozen=True)
class Post:
    """`sitting` "": for no station. `target`: what to call to be offered to that station, "" while the exchange is away."""

    station: str = ""
    sitting: str = ""
    target: str = ""
    shared: SharedCall | None = None


def read_post(text: str | bytes) -> Post:
    """Raises ValueError for what is none."""
    body = json.loads(text)
    me = body.get("me") if isinstance(body, dict) else None
    if not isinstance(me, dict):
        raise ValueError("no post")
    call = me.get("call")
    shared = (
        SharedCall(**{name: str(call.get(name, "")) for name in ("call_key", "simulation", "target")}) if isinstance(call, dict) else None
    )
    return Post(str(me.get("station", "")), str(me.get("sitting", "")), str(me.get("target", "")), shared)


class Posting:
    """`run` keeps the socket open until cancelled. `calls` gives the keys of the calls there are; `changed` is to be called whenever they
    differ: what comes and goes is told, however short it was."""

    def __init__(
        self, url: str, token: str, posted: Callable[[Post], None], calls: Callable[[], list[str]], trust: ssl.SSLContext | None = None
    ) -> None:
        self._address = "ws" + url.removeprefix("http").rstrip("/") + "/customer/watch"
        self._token, self._trust = token, trust
        self._posted, self._calls = posted, calls
        self._reports: asyncio.Queue[list[str]] = asyncio.Queue()

    def changed(self) -> None:
        self._reports.put_nowait(self._calls())

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                headers = {"Authorization": f"Bearer {self._token}"}
                options: dict[str, Any] = {"ssl": self._trust} if self._trust is not None else {}
                async with connect(self._address, additional_headers=headers, open_timeout=5, proxy=None, **options) as socket:
                    failures = 0
                    await self._attend(socket)
            except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as away:
                logger.debug("no post: %r", away)
            failures += 1
            await asyncio.sleep(RETRY[min(failures, len(RETRY)) - 1])

    async def _attend(self, socket: ClientConnection) -> None:
        self._reports = asyncio.Queue()  # what was not said on the former socket is in the first word of this one
        self.changed()
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(self._tell(socket))
                async for message in socket:
                    try:
                        self._posted(read_post(message))
                    except ValueError:
                        logger.warning("not a post: %.200r", message)
                telling.cancel()
        except* ConnectionClosed as closed:
            logger.debug("the post's socket closed: %r", closed.exceptions[0])
        raise_if_cancelled()

    async def _tell(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(json.dumps({"calls": await self._reports.get()}))
