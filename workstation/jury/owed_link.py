"""What a juror noted and the room has not confirmed: on this machine's disk first, then sent in order until it is answered for good.

A route of the jury speaks of whoever is examined at the station where the seat is. So nothing is sent but while the room says that the
seat is at the very sitting that was written about, and never while the seat moves; the grid is read in the same turn.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import cast

import httpx

from scenarios.sitting import SITTING_HEADER
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console.state import JuryWrite
from workstation.links.answers import object_of, title_of
from workstation.links.room_wire import SLOWEST_RETRY, TRY_AGAIN, Retry
from workstation.links.spool import Spool, What, Write
from workstation.links.spool_disk import SpoolDisk

logger = logging.getLogger("plateau.link")
MANY = 1000
JURY = cast(What, "jury")  # this spool holds nothing else
NOT_HERE = frozenset({"sitting_left", "not_a_juror", "no_station"})  # it stays, for when the seat is there again


class OwedWrites:
    def __init__(self, http: httpx.AsyncClient, spool: Spool, emit: Callable[[ev.JuryEvent], object]) -> None:
        self._http, self._spool, self._emit = http, spool, emit
        self._disk = SpoolDisk(spool, lambda why: self._emit(ev.Refused("spool", why, time.time())))
        self._taken: asyncio.Queue[JuryWrite] = asyncio.Queue()
        self._forgotten: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self._to_send, self._grid_wanted = asyncio.Event(), asyncio.Event()
        self._turn = asyncio.Lock()  # one request about the candidate at a time; the seat moves between two
        self._told = ("", "")  # station and sitting, as the room last said
        self._sitting = ""  # where the seat is; "" not sure
        self._going_to: str | None = None

    # --- the link's side ----------------------------------------------------------------------------

    def keep(self, effect: fx.KeepWrite | fx.KeepTyped) -> None:
        if isinstance(effect, fx.KeepWrite):
            self._taken.put_nowait(effect.write)
        else:
            self._disk.keep(effect.key, {"text": effect.text} if effect.text else None)

    def forget(self, sittings: frozenset[str]) -> None:
        """For good: whoever noted it is no longer of the jury. What is taken from now on is not meant."""
        self._disk.forget(lambda key: key.partition("|")[0] in sittings)
        self._forgotten.put_nowait(sittings)

    def want_grid(self) -> None:
        self._grid_wanted.set()

    def at(self, station: str, sitting: str) -> None:
        """Where the room says that the seat is. A view from before a move is none."""
        if self._going_to is not None and station != self._going_to:
            return
        self._going_to = None
        self._told, self._sitting = (station, sitting), sitting
        if sitting:
            self._to_send.set()

    def away(self) -> None:
        """The link is down: where the seat is, is not sure."""
        self._sitting = ""

    @asynccontextmanager
    async def moving(self, station: str) -> AsyncIterator[None]:
        """While the seat is taken elsewhere; what was noted is sent again once the room says where it is."""
        async with self._turn:
            self._sitting, self._going_to = "", station
            try:
                yield
            except httpx.HTTPStatusError:  # it did not move
                self._going_to, self._sitting = None, self._told[1]
                raise
            except BaseException:
                self._going_to = None
                raise
            if self._told[0] == station:  # nothing of the room changes: no view comes
                self._going_to, self._sitting = None, self._told[1]
        self._to_send.set()

    async def run(self) -> None:
        writes, typed = await self._disk.do(lambda: (self._spool.waiting(MANY), self._spool.drafts()))
        told = {key: str(one.get("text") or "") for key, one in typed.items()}
        self._emit(ev.OwedLoaded(tuple(_jury_write(one) for one in writes), told))
        self._to_send.set()
        async with asyncio.TaskGroup() as tasks:
            for work in (self._keep_taken, self._disk.write_drafts, self._forget_left, self._send_owed, self._fetch_grids):
                tasks.create_task(work(), name=work.__name__)

    async def put_away(self) -> None:
        """Everything taken so far is on the disk when it returns."""
        while not self._taken.empty():
            await self._disk.do(self._spool.put, _spooled(self._taken.get_nowait()))
        await self._disk.flush()
        while not self._forgotten.empty():
            await self._disk.do(self._erase, self._forgotten.get_nowait())
        self._disk.shutdown()

    # --- disk ---------------------------------------------------------------------------------------

    async def _keep_taken(self) -> None:
        while True:
            write = await self._taken.get()
            await asyncio.shield(self._disk.do(self._spool.put, _spooled(write)))
            self._to_send.set()

    async def _forget_left(self) -> None:
        while True:
            sittings = await self._forgotten.get()
            await asyncio.shield(self._disk.do(self._erase, sittings))

    def _erase(self, sittings: frozenset[str]) -> None:
        self._spool.drop(*(one.id for one in self._spool.waiting(MANY) if one.body.get("sitting") in sittings))
        for key in self._spool.drafts():
            if key.partition("|")[0] in sittings:
                self._spool.forget_draft(key)

    # --- the room -----------------------------------------------------------------------------------

    async def _send_owed(self) -> None:
        retry = Retry()
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            late = False
            for write in [_jury_write(one) for one in await self._disk.do(self._spool.waiting, MANY)]:
                if not await self._sent(write):
                    late = True
                    break
            if late:
                await retry.pause(self._to_send)
                self._to_send.set()
            else:
                retry.reset()

    async def _sent(self, write: JuryWrite) -> bool:
        """Whether to go on with the next: it was answered for good, or it is not of the candidate in front."""
        async with self._turn:
            if write.sitting != self._sitting:
                return True
            try:
                answer = await self._http.request(
                    write.method, write.path, json=write.body or None, headers={SITTING_HEADER: write.sitting}
                )
            except httpx.TransportError as error:
                logger.info("%s waits: %s", write.path, error)
                return False
            told = object_of(answer)
            if answer.status_code >= 500 or answer.status_code in TRY_AGAIN:
                logger.warning("%s waits: %s %s", write.path, answer.status_code, answer.text[:300])
                return False
            if not answer.is_success and told.get("error_id") in NOT_HERE:
                self._sitting = ""
                return True
            await asyncio.shield(self._disk.do(self._spool.drop, write.id))
        if answer.is_success:
            self._emit(ev.WriteAnswered(write.id, told, time.time()))
        else:
            logger.warning("refused for good: %s %s %s", write.path, answer.status_code, answer.text[:300])
            self._emit(ev.WriteRefused(write.id, title_of(answer), time.time()))
        return True

    async def _fetch_grids(self) -> None:
        while True:
            await self._grid_wanted.wait()
            self._grid_wanted.clear()
            if not await self._grid_fetched():
                await asyncio.sleep(SLOWEST_RETRY)
                self._grid_wanted.set()

    async def _grid_fetched(self) -> bool:
        async with self._turn:
            try:
                answer = await self._http.get("/jury/grid")
            except httpx.TransportError:
                return False
            if answer.status_code >= 500 or answer.status_code in TRY_AGAIN:
                return False
            self._emit(ev.GridArrived(object_of(answer) if answer.is_success else {}, time.time()))
        return True


def _spooled(write: JuryWrite) -> Write:
    return Write(write.id, JURY, {name: value for name, value in asdict(write).items() if name != "id"})


def _jury_write(one: Write) -> JuryWrite:
    return JuryWrite(id=one.id, **one.body)
