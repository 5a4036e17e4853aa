"""The time of a rehearsal: it passes only while everybody waits for it, so that a slow machine makes nothing late.

One process moves it, those that read its file share it: the room server goes on by it after it was killed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "clock"
_MICROSECONDS = struct.Struct("<q")  # since _EPOCH
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STEP = 0.1  # real seconds between two moves of a clock whose speed is limited
_SETTLED = 12  # turns of the event loop without a request: everybody waits


class KeptClock:
    """The instant in the file, aware, in UTC. Raises OSError or ValueError where there is none."""

    def __init__(self, folder: Path) -> None:
        with (folder / FILE).open("rb") as file:
            self._map = mmap.mmap(file.fileno(), _MICROSECONDS.size, access=mmap.ACCESS_READ)

    def __call__(self) -> dt.datetime:
        return _EPOCH + dt.timedelta(microseconds=_MICROSECONDS.unpack_from(self._map)[0])


class Clock:
    """`speed`: seconds of the rehearsal in a real one, at most; 0: as many as the machine can. `run` moves it."""

    def __init__(self, folder: Path, begins: dt.datetime, speed: float = 0.0) -> None:
        path = folder / FILE
        path.write_bytes(bytes(_MICROSECONDS.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _MICROSECONDS.size)
        self.speed = speed
        self._now = begins
        self._waiting: list[tuple[dt.datetime, int, asyncio.Future[None]]] = []
        self._count = 0  # of everything that was begun
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._put(begins)

    def __call__(self) -> dt.datetime:
        return self._now

    def _put(self, now: dt.datetime) -> None:
        self._now = now
        _MICROSECONDS.pack_into(self._map, 0, (now - _EPOCH) // dt.timedelta(microseconds=1))

    @contextmanager
    def stands(self) -> Iterator[None]:
        """While somebody does something."""
        self._busy += 1
        self._count += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._quiet.set()

    async def until(self, instant: dt.datetime) -> None:
        if instant <= self._now:
            return
        woken = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (instant, self._count, woken))
        await woken

    async def minutes(self, count: float) -> None:
        await self.until(self._now + dt.timedelta(minutes=count))

    def lapse(self, minutes: float) -> None:
        """Time that passes whatever anybody does: a power cut."""
        self._put(self._now + dt.timedelta(minutes=minutes))

    async def run(self) -> None:
        """For ever: moves on to the next instant somebody waits for, once nobody does anything."""
        while True:
            await self._settled()
            while self._waiting and self._waiting[0][2].done():
                heapq.heappop(self._waiting)  # gave up waiting
            if not self._waiting:
                await asyncio.sleep(_STEP)
                continue
            instant, _count, woken = self._waiting[0]
            if self.speed and (left := (instant - self._now).total_seconds()) > 0:
                step = min(left, self.speed * _STEP)
                await asyncio.sleep(step / self.speed)
                self._put(self._now + dt.timedelta(seconds=step) if step < left else max(self._now, instant))
                if step < left:
                    continue
            heapq.heappop(self._waiting)
            self._put(max(self._now, instant))
            if not woken.done():
                woken.set_result(None)

    async def _settled(self) -> None:
        seen, turns = -1, 0
        while turns < _SETTLED:
            await self._quiet.wait()
            turns = turns + 1 if seen == self._count else 0
            seen = self._count
            await asyncio.sleep(0)
