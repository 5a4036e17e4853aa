"""What every console's link with the room server is made of: requests, sockets that come back, work taken until it is stopped.

`carry` of a link takes an effect and comes back at once; what becomes of it arrives as events through `emit`.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, Generic, TypeVar, cast

import httpx

from workstation.desk.events import LinkDown, LinkUp, PlaceLost
from workstation.links.room_wire import LOST, Connect, Retry, bearer, connect_socket, place_is_lost, room_client

E = TypeVar("E")
_STOP = object()


class ConsoleLink(Generic[E]):
    """`E`: the console's events. `sitting`: the one this machine is in, where it must be sure to be in no other. `trust` is what the room's
    certificate is verified by, None over plain HTTP. `transport` and `connect` let tests stand in for the room."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        sitting: str = "",
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._headers = bearer(token, sitting)
        self._http = room_client(base_url, token, trust, transport, sitting)
        self._ws = base_url.replace("http", "ws", 1).rstrip("/")
        self._connect = connect or functools.partial(connect_socket, trust=trust)
        self._emit: Callable[[E], object] = lambda event: None
        self._work: asyncio.Queue[Any] = asyncio.Queue()

    # --- each link's own ----------------------------------------------------------------------------

    def background(self) -> Mapping[str, Coroutine[Any, Any, object]]:
        """What lives as long as the link, by name."""
        raise NotImplementedError

    async def take_work(self, tasks: asyncio.TaskGroup) -> None:
        """Carries out `effects` until there are no more; what it leaves in `tasks` is waited for."""
        raise NotImplementedError

    async def put_away(self) -> None:
        """Before the last request; nothing cuts it short."""

    def came_up(self) -> None:
        """Beside telling it: the link is there."""

    def went_down(self) -> None:
        """Before telling it: the link is gone."""

    # --- life ---------------------------------------------------------------------------------------

    async def run(self, emit: Callable[[E], object]) -> None:
        """Until cancelled or `stop`."""
        self._emit = emit
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [tasks.create_task(work, name=name) for name, work in self.background().items()]
                await self.take_work(tasks)
                for task in background:
                    task.cancel()
        finally:
            await asyncio.shield(self._end())

    async def _end(self) -> None:
        await self.put_away()
        await self._http.aclose()

    def stop(self) -> None:
        """Finish: `run` returns once what was taken so far is done with."""
        self._work.put_nowait(_STOP)

    async def effects(self) -> AsyncIterator[Any]:
        """Those put into `_work`, until `stop`."""
        while (effect := await self._work.get()) is not _STOP:
            yield effect

    def untaken(self) -> list[Any]:
        """Effects that came too late for `effects`."""
        left = []
        while not self._work.empty():
            if (effect := self._work.get_nowait()) is not _STOP:
                left.append(effect)
        return left

    def tell(self, event: LinkUp | LinkDown | PlaceLost) -> None:
        self._emit(cast(E, event))  # every E has these

    async def follow(self, path: Callable[[], str], hear: Callable[[str | bytes], object]) -> None:
        """The socket whose state is the link's, again and again until something `ends` it."""
        retry = Retry()
        while True:
            why = ""
            try:
                async with self._connect(self._ws + path(), self._headers) as texts:
                    retry.reset()
                    self.tell(LinkUp(time.time()))
                    self.came_up()
                    async for text in texts:
                        hear(text)
            except LOST as error:
                why = str(error)
                if place_is_lost(error):
                    self.tell(PlaceLost(time.time()))
                if self.ends(error):
                    return
            self.went_down()
            self.tell(LinkDown(time.time(), why))
            await retry.pause()

    def ends(self, error: BaseException) -> bool:
        """Whether that is the end of `follow`."""
        return False
