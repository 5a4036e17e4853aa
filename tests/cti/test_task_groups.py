"""A keeper that is told to leave leaves, even when its connection is lost at that very moment."""

from __future__ import annotations

import asyncio

from cti.task_groups import raise_if_cancelled


class Lost(Exception):
    pass


async def keep(connected: asyncio.Event, cut: asyncio.Event, rounds: list[None]) -> None:
    """Connects again and again, as every keeper of ours."""

    async def read() -> None:
        await cut.wait()
        raise Lost

    while True:
        rounds.append(None)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(read())
                connected.set()
                await asyncio.Event().wait()
        except* Lost:
            cut.clear()
        raise_if_cancelled()


async def test_lost_and_told_to_leave_at_once() -> None:
    connected, cut = asyncio.Event(), asyncio.Event()
    rounds: list[None] = []
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        keeper = group.create_task(keep(connected, cut, rounds))
        await connected.wait()
        cut.set()
        keeper.cancel()
    assert keeper.cancelled() and len(rounds) == 1


async def test_lost_alone_connects_again() -> None:
    connected, cut = asyncio.Event(), asyncio.Event()
    rounds: list[None] = []
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        keeper = group.create_task(keep(connected, cut, rounds))
        await connected.wait()
        connected.clear()
        cut.set()
        await connected.wait()
        assert len(rounds) == 2
        keeper.cancel()
