"""The rehearsal's clock: it stands while anybody does anything, whatever the machine takes; another process reads the same instant."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

from scenarios.rehearsal.clock import Clock, KeptClock

BEGINS = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


async def moved(clock: Clock, *people: Callable[[], Awaitable[None]]) -> None:
    """The clock runs until these are done."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(clock.run())

        async def everybody() -> None:
            await asyncio.gather(*(one() for one in people))
            running.cancel()

        group.create_task(everybody())


async def test_time_stands_while_something_is_done_and_passes_in_order(tmp_path: Path) -> None:
    clock = Clock(tmp_path, BEGINS)
    done: list[tuple[str, float]] = []

    def tell(what: str) -> None:
        done.append((what, (clock() - BEGINS).total_seconds() / 60))

    async def slow() -> None:
        await clock.minutes(10)
        with clock.stands():
            await asyncio.sleep(0.2)  # a machine that takes its time
            tell("slow")

    async def quick() -> None:
        for _turn in range(3):
            await clock.minutes(4)
            tell("quick")

    await moved(clock, slow, quick)
    assert done == [("quick", 4), ("quick", 8), ("slow", 10), ("quick", 12)]


async def test_another_process_reads_the_same_instant_to_the_microsecond(tmp_path: Path) -> None:
    clock = Clock(tmp_path, BEGINS)
    kept = KeptClock(tmp_path)
    await moved(clock, lambda: clock.until(BEGINS + dt.timedelta(hours=3, microseconds=7)))
    assert kept() == clock() == BEGINS + dt.timedelta(hours=3, microseconds=7)
    assert KeptClock(tmp_path)() == clock()


async def test_a_power_cut_takes_time_from_everybody(tmp_path: Path) -> None:
    clock = Clock(tmp_path, BEGINS)
    clock.lapse(30)
    await moved(clock, lambda: clock.until(BEGINS + dt.timedelta(minutes=20)), lambda: clock.minutes(1))
    assert clock() == BEGINS + dt.timedelta(minutes=31)


async def test_a_limited_speed_is_not_passed(tmp_path: Path) -> None:
    clock = Clock(tmp_path, BEGINS, speed=600)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await moved(clock, lambda: clock.minutes(3))
    assert loop.time() - began >= 0.29
