"""The machines of a room that a check may ask something: one socket each, questions with a number, answers with the same. One loop's."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

MAX_ANSWER = 16_384  # characters


class MachineSilent(Exception):
    """It is not there (any more), or did not answer in time."""


@dataclass(eq=False)
class _Machine:
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    waiting: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)


class Machines:
    def __init__(self) -> None:
        self._here: dict[str, _Machine] = {}
        self._numbers = itertools.count(1)

    def here(self, place: str) -> bool:
        return place in self._here

    async def ask(self, place: str, what: str, within: float, **more: Any) -> dict[str, Any]:
        """The report that the machine at `place` gives of `what`, within so many seconds. Raises MachineSilent."""
        machine = self._here.get(place)
        if machine is None:
            raise MachineSilent(place)
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        machine.waiting[number] = answer
        machine.outbox.put_nowait(json.dumps({"id": number, "ask": what, **more}))
        try:
            async with asyncio.timeout(within):
                return await answer
        except TimeoutError:
            raise MachineSilent(place) from None
        finally:
            machine.waiting.pop(number, None)

    async def serve(self, place: str, texts: AsyncIterator[str], send: Callable[[str], Awaitable[None]]) -> None:
        """Questions out by `send`, answers in from `texts`, until those end; one that comes again takes its older self's place."""
        machine = _Machine()
        self._here[place] = machine
        try:
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(self._send(machine, send))
                async for text in texts:
                    self._answered(machine, text)
                asking.cancel()
        finally:
            if self._here.get(place) is machine:
                del self._here[place]
            for answer in machine.waiting.values():
                if not answer.done():
                    answer.set_exception(MachineSilent(place))

    @staticmethod
    async def _send(machine: _Machine, send: Callable[[str], Awaitable[None]]) -> None:
        while True:
            await send(await machine.outbox.get())

    @staticmethod
    def _answered(machine: _Machine, text: str) -> None:
        """What is not an answer to a question that was asked says nothing."""
        try:
            told = json.loads(text[:MAX_ANSWER])
            number, report = told["id"], told["report"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        answer = machine.waiting.get(number) if isinstance(number, int) else None
        if answer is not None and not answer.done() and isinstance(report, dict):
            answer.set_result(report)
