"""A WebSocket of a room in this process: what its handshake is answered, and what is told on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

DEADLINE = 30.0


@dataclass
class Socket:
    """`accepted` once the handshake is answered; `code` when the room closed it, before (a refusal) or after."""

    accepted: bool = False
    code: int = 0
    texts: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, said: str) -> None:
        """Until some message holds this."""
        await self._wait(lambda: any(said in text for text in self.texts))

    async def handshake(self) -> None:
        """Until it is answered."""
        await self._wait(lambda: self.accepted or bool(self.code))

    async def closed(self) -> None:
        await self._wait(lambda: bool(self.code))

    async def _wait(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not so():
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def socket_of(app: FastAPI, path: str, headers: Mapping[str, str]) -> AsyncIterator[Socket]:
    """Asked for by whoever has these headers; left at the end."""
    path, _, query = path.partition("?")
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "root_path": "", "headers": raw, "client": ("127.0.0.1", 1), "server": ("room", 80),
        "subprotocols": [], "state": {}, "extensions": {},
    }  # fmt: skip
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    told = Socket()

    async def send(message: Any) -> None:
        if message["type"] == "websocket.accept":
            told.accepted = True
        elif message["type"] == "websocket.send":
            told.texts.append(message["text"])
        elif message["type"] == "websocket.close":
            told.code = message.get("code", 1000)
        told.news.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(app(scope, incoming.get, send))
        try:
            yield told
        finally:
            incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
            task.cancel()
