"""How a machine of the room speaks to its server: one HTTP client, one kind of socket, what is tried again, what ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from scenarios.sitting import SITTING_HEADER
from workstation.desk import events as ev

logger = logging.getLogger("plateau.link")
SLOWEST_RETRY = 2.0
FIRST_RETRY = 0.1
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
PING_EVERY, PONG_WITHIN, LEAVE_WITHIN = 3, 4, 1  # seconds
LARGEST = 2**22
CLOSE_REVOKED, CLOSE_SITTING_LEFT = 4001, 4009
REVOKED = 401
LOST = (OSError, TimeoutError, websockets.WebSocketException, EOFError)
"""What a socket's end may be."""
TRY_AGAIN = frozenset({REVOKED, 408, 425, 429})  # 4xx that say nothing against the write itself


class Retry:
    """The pauses between two tries: `first` seconds, then twice as long each time, `slowest` at most."""

    def __init__(self, first: float = FIRST_RETRY, slowest: float = SLOWEST_RETRY) -> None:
        self._first, self._slowest = first, slowest
        self._seconds = first

    def reset(self) -> None:
        self._seconds = self._first

    async def pause(self, news: asyncio.Event | None = None) -> None:
        """Shorter if `news` come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await (news or asyncio.Event()).wait()
        self._seconds = min(self._slowest, self._seconds * 2)


class Rows(Protocol):
    """What the journal's socket is to us: text messages, one row each."""

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...


Connect = Callable[[str, dict[str, str]], AbstractAsyncContextManager[Rows]]


def connect_socket(
    url: str, headers: dict[str, str], trust: ssl.SSLContext | None = None, largest: int = LARGEST
) -> AbstractAsyncContextManager[ClientConnection]:
    """A room that answers nothing any more (a cable out) is given up within PING_EVERY + PONG_WITHIN + LEAVE_WITHIN seconds. `largest`:
    bytes of one message."""
    return websockets.connect(
        url,
        additional_headers=headers,
        open_timeout=2,
        ping_interval=PING_EVERY,
        ping_timeout=PONG_WITHIN,
        close_timeout=LEAVE_WITHIN,
        max_size=largest,
        proxy=None,
        ssl=trust,
    )


def told_object(text: str | bytes) -> dict[str, Any] | None:
    """A message of a socket that tells a whole view; None, logged, when it is none."""
    try:
        told = json.loads(text)
    except ValueError as error:
        logger.error("not a view: %r (%s)", text[:200], error)
        return None
    return told if isinstance(told, dict) else None


def row_of(text: str | bytes) -> ev.RowArrived | None:
    """A message of the journal's socket; None, logged, when it is no row."""
    try:
        row = json.loads(text)
        return ev.RowArrived(
            row.get("seq"),
            str(row.get("at") or ""),
            str(row["kind"]),
            str(row.get("call_key") or ""),
            str(row.get("actor") or ""),
            row.get("data") or {},
            time.time(),
        )
    except (ValueError, KeyError, AttributeError) as error:
        logger.error("not a row of the journal: %r (%s)", text[:200], error)
        return None


def place_is_lost(error: BaseException) -> bool:
    """Whether the room said that this machine's token opens nothing any more."""
    if isinstance(error, websockets.ConnectionClosed):
        return error.rcvd is not None and error.rcvd.code == CLOSE_REVOKED
    return isinstance(error, websockets.InvalidStatus) and error.response.status_code in (401, 403)


def sitting_is_left(error: BaseException) -> bool:
    """Whether the room said that the sitting this machine believes to be in is no longer its place's."""
    return isinstance(error, websockets.ConnectionClosed) and error.rcvd is not None and error.rcvd.code == CLOSE_SITTING_LEFT


def bearer(token: str, sitting: str = "") -> dict[str, str]:
    """`sitting`: the one this machine is in, where it must be sure to be in no other."""
    return {"Authorization": f"Bearer {token}", **({SITTING_HEADER: sitting} if sitting else {})}


def room_client(
    base_url: str,
    token: str,
    trust: ssl.SSLContext | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    sitting: str = "",
) -> httpx.AsyncClient:
    """`trust` is what the room's certificate is verified by, None over plain HTTP."""
    return httpx.AsyncClient(
        base_url=base_url, headers=bearer(token, sitting), timeout=TIMEOUT, transport=transport, trust_env=False, verify=trust or True
    )
