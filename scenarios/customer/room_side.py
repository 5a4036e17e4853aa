"""The virtual customer's link to the room server: what it tells, in order and once, and what it hears, from where it left off.

The room may be away at any time. The conversation never waits for it: what is owed stays in a queue with the `write_id` it
was made with, so that a write which was received but not confirmed is not made twice.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import itertools
import json
import logging
import ssl
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from scenarios.sitting import SITTING_HEADER

logger = logging.getLogger(__name__)
RETRY = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds; the last one again and again
OWED_LIMIT = 5000  # the oldest captions go first, never a payment
CLOSE_UNKNOWN_SEQ = 4009  # the room plays another sitting: from the beginning
ACCOUNT_WITHIN = 20.0  # seconds for a room server that has just been started


@dataclass
class Owed:
    """A write still to be confirmed. `answered` is told its status and body, unless it was refused for good."""

    method: str
    path: str
    body: dict[str, Any]
    answered: Callable[[int, Mapping[str, Any]], None] | None = None
    write_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sitting: str = ""  # it is meant for; "" where there is only one


class RoomAway(Exception):
    """The room server did not answer at the start."""


class RoomSide:
    """`run` keeps both ways open until cancelled. `row` is awaited with each journal row, in order, each once. `trust` verifies the
    room's certificate."""

    def __init__(
        self, url: str, token: str, row: Callable[[Mapping[str, Any]], Awaitable[None]], trust: ssl.SSLContext | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=5.0, trust_env=False, verify=trust or True
        )
        self._trust = trust
        self._socket = "ws" + url.removeprefix("http").rstrip("/") + "/events"
        self._token = token
        self._row = row
        self._owed: collections.deque[Owed] = collections.deque()
        self._wake = asyncio.Event()
        self._contact: str | None = None  # told anew at each connection: a room started again may have forgotten it
        self._sitting = ""
        self._somewhere = asyncio.Event()  # there are rows to hear
        self._somewhere.set()
        self._moved = asyncio.Event()
        self.seq = 0
        self.connected = asyncio.Event()

    # --- where ---

    def at(self, sitting: str) -> None:
        """From now on that sitting's rows, from the first, and none of another; "" none at all. Where there is only one sitting, nobody
        calls this."""
        if sitting != self._sitting or not sitting:
            self._sitting, self.seq = sitting, 0
            (self._somewhere.set if sitting else self._somewhere.clear)()
            self._moved.set()

    async def account(self) -> Mapping[str, Any] | None:
        """Our line's, as GET /cti/account tells it; None on direct lines. Raises RoomAway."""
        try:
            async with asyncio.timeout(ACCOUNT_WITHIN):
                for pause in itertools.chain(RETRY, itertools.repeat(RETRY[-1])):
                    try:
                        answer = await self._http.get("/cti/account")
                        body = answer.json() if answer.status_code == httpx.codes.OK else None
                        return body if isinstance(body, dict) else None
                    except (httpx.HTTPError, ValueError) as away:
                        logger.debug("no account: %r", away)
                    await asyncio.sleep(pause)
        except TimeoutError:
            pass
        raise RoomAway(str(self._http.base_url))

    # --- telling ---

    def owe(self, owed: Owed) -> None:
        """Send this, now or when the room is back."""
        owed.sitting = self._sitting
        if len(self._owed) >= OWED_LIMIT:
            spoken = next((o for o in self._owed if o.path == "/sitting/customer/spoke"), None)
            if spoken is not None:
                self._owed.remove(spoken)
        self._owed.append(owed)
        self._wake.set()

    def spoke(self, kind: str, data: Mapping[str, Any], call_key: str) -> None:
        """CustomerSpoke, CustomerHeard or CustomerRevealed, for the journal."""
        self.owe(Owed("POST", "/sitting/customer/spoke", {"kind": kind, "data": dict(data), "call_key": call_key}))

    async def whisper(self, path: str, body: Mapping[str, Any]) -> None:
        """What is of no use later: said once, lost when the room is away."""
        headers = {SITTING_HEADER: self._sitting} if self._sitting else None
        with contextlib.suppress(httpx.HTTPError):
            await self._http.post(path, json=dict(body), headers=headers)

    def reached_at(self, contact: str) -> None:
        """Where the customer's phone is."""
        self._contact = contact
        self._wake.set()

    @property
    def owing(self) -> int:
        return len(self._owed)

    async def ask(self, path: str) -> dict[str, Any] | None:
        """The answer to a GET; None when the room is away or refuses."""
        try:
            answer = await self._http.get(path)
            body = answer.json()
        except (httpx.HTTPError, ValueError):
            return None
        return body if answer.status_code == 200 and isinstance(body, dict) else None

    async def leave(self) -> None:
        """Says that the phone is gone and sends what is owed, once, within two seconds."""
        try:
            async with asyncio.timeout(2.0):
                while self._owed and await self._send(self._owed[0]):
                    self._owed.popleft()
                if self._contact is not None:
                    await self._http.put("/cti/station", json={"contact": ""})
        except (TimeoutError, httpx.HTTPError):
            logger.info("left without the room's answer, %d writes not confirmed", len(self._owed))
        await self._http.aclose()

    # --- the two ways ---

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_sending(), name="sending")
            tasks.create_task(self._keep_listening(), name="listening")

    async def _keep_sending(self) -> None:
        failures = 0
        told: str | None = None
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._owed or self._contact != told:
                if self._contact != told:
                    contact = self._contact
                    done = await self._send(Owed("PUT", "/cti/station", {"contact": contact}), plain=True)
                    told = contact if done else told
                else:
                    owed = self._owed[0]
                    done = await self._send(owed)
                    if done and self._owed and self._owed[0] is owed:
                        self._owed.popleft()
                failures = 0 if done else failures + 1
                if not done:
                    await asyncio.sleep(RETRY[min(failures, len(RETRY)) - 1])
                    told = None

    async def _send(self, owed: Owed, *, plain: bool = False) -> bool:
        """Whether the room has it, or refused it for good; False: it is away, try again."""
        body = owed.body if plain else {"write_id": owed.write_id, **owed.body}
        try:
            headers = {SITTING_HEADER: owed.sitting} if owed.sitting else None
            answer = await self._http.request(owed.method, owed.path, json=body, headers=headers)
        except httpx.HTTPError as away:
            logger.debug("the room is away: %r", away)
            return False
        if answer.status_code >= 500 or answer.status_code in (408, 425, 429):
            return False
        if answer.status_code >= 400:
            logger.warning("%s %s refused: %s %s", owed.method, owed.path, answer.status_code, answer.text[:300])
        if owed.answered is not None:
            try:
                said = answer.json()
            except ValueError:
                said = {}
            owed.answered(answer.status_code, said if isinstance(said, dict) else {})
        return True

    async def _keep_listening(self) -> None:
        failures = 0
        while True:
            await self._somewhere.wait()
            self._moved.clear()
            sitting = self._sitting
            try:
                headers = {"Authorization": f"Bearer {self._token}", **({SITTING_HEADER: sitting} if sitting else {})}
                address = f"{self._socket}?after={self.seq}"
                options: dict[str, Any] = {"ssl": self._trust} if self._trust is not None else {}
                async with connect(address, additional_headers=headers, open_timeout=5, max_size=2**22, proxy=None, **options) as socket:
                    failures = 0
                    self.connected.set()
                    self._wake.set()
                    async for message in socket:
                        if self._sitting != sitting:
                            break  # the room closes it too; what it still held is of a sitting we have left
                        await self._take(message)
                    if socket.close_code == CLOSE_UNKNOWN_SEQ:
                        self.seq = 0
            except ConnectionClosed as closed:
                if closed.rcvd is not None and closed.rcvd.code == CLOSE_UNKNOWN_SEQ:
                    self.seq = 0
            except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as away:
                logger.debug("no events: %r", away)
            self.connected.clear()
            failures += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY[min(failures, len(RETRY)) - 1]):
                    await self._moved.wait()

    async def _take(self, message: str | bytes) -> None:
        try:
            row = json.loads(message)
        except ValueError:
            return
        if not isinstance(row, dict) or not isinstance(row.get("kind"), str):
            return
        seq = row.get("seq")
        if isinstance(seq, int):
            if seq <= self.seq:
                return
            self.seq = seq
        await self._row({"call_key": "", "actor": "", **row, "data": row.get("data") or {}})
