"""People of a room as its drills need them: a juror without a screen driven step by step, a desk that is killed and opened again."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cti.messages import CallEnded, CallOffered, CallPlaced, PhoneLost
from tests.e2e.exam import Desk, ExamRoom, Place, place
from tests.e2e.lab import sound_of
from tests.e2e.processes import Processes
from tests.terminal import Terminal, plateau

R = TypeVar("R")
PHONE, DESK, CONSOLE = "cti.phone", "plateau desk", "plateau jury"


class Headless:
    """A `place` of the room for a test that is not asynchronous: its loop runs in a thread of its own."""

    def __init__(self, room: ExamRoom, name: str, role: str = "", station: str = "") -> None:
        self.room, self.name = room, name
        self._wanted = role, station
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._opened: asyncio.Future[Place] = self._loop.create_future()
        self._leave = asyncio.Event()

    def __enter__(self) -> Headless:
        self._thread.start()
        self._life = asyncio.run_coroutine_threadsafe(self._live(), self._loop)
        self.place: Place = self.do(self._first_of_its_life())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        try:
            self._life.result(20)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._loop.close()

    def do(self, what: Coroutine[Any, Any, R], within: float = 60.0) -> R:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(within)

    async def _live(self) -> None:
        try:
            async with place(self.room, self.name, *self._wanted) as one:
                self._opened.set_result(one)
                await self._leave.wait()
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    async def _first_of_its_life(self) -> Place:
        return await self._opened

    def live_calls(self) -> set[str]:
        """Of its phone: begun and not told ended."""
        facts = list(self.place.watched.facts)
        facts = facts[max((n for n, fact in enumerate(facts) if isinstance(fact, PhoneLost)), default=0) :]
        begun = {fact.call_id for fact in facts if isinstance(fact, (CallPlaced, CallOffered))}
        return begun - {fact.call_id for fact in facts if isinstance(fact, CallEnded)}


class Machine:
    """The processes of one place that was opened in a terminal, by its folder of settings."""

    def __init__(self, room: ExamRoom, place: str) -> None:
        self.room, self.place = room, place
        self.processes = Processes(room.root / f"home-{place}")

    def pid(self, words: str, other_than: int = 0, within: float = 40.0) -> int:
        """Of the one process with these words in its command line."""
        return int(self.room.wait(lambda: self._only(words, other_than), f"one {words} at {self.place}", within))

    def _only(self, words: str, other_than: int) -> int:
        found = [pid for pid, line in self.processes.all().items() if words in line and pid != other_than]
        return found[0] if len(found) == 1 else 0

    def kill(self, words: str) -> int:
        """SIGKILL; the pid it had."""
        pid = self.pid(words)
        os.kill(pid, signal.SIGKILL)
        return pid


class DeskAgain(Desk):
    """The same machine's desk opened again: its place is known to its folder, no code is asked. With another `machine` and a code,
    another machine's desk in the same place."""

    def __init__(self, desk: Desk, machine: str = "", code: str = "") -> None:
        self.room, self.station, self.pack, self.simulation = desk.room, desk.station, desk.pack, desk.simulation
        self._known = {}
        self.machine = machine or desk.station
        self.heard_file = desk.room.heard_file(self.machine)
        self.terminal = again(desk.room, "desk", self.machine, *(("--room", desk.room.url, "--code", code) if code else ()))

    def logs(self) -> list[Path]:
        return [self.room.root / self.machine / name for name in ("desk.log", "phone.log")]


def again(room: ExamRoom, what: str, machine: str, *more: str) -> Terminal:
    sound = ["--mic", str(room.root / f"{machine}-says.wav"), "--speaker", str(room.heard_file(machine))]
    command = plateau(what, *more, "--data", str(room.root / machine), *sound)
    command = room.on_its_machine.get(machine, list)(command)
    return Terminal(command, environment={"PLATEAU_HOME": str(room.root / f"home-{machine}"), "PYTHONFAULTHANDLER": "1"})


class Watch:
    """Seconds since it was made; what was measured is kept for the report of the test."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.began, 2)


def membership(room: ExamRoom, station: str) -> str:
    """What the exchange's queue of that station has it as: open, paused, "" (not in it)."""
    listed = room.exchange.cli(f"queue show {station}")
    line = next((line for line in listed.splitlines() if f"{station} (PJSIP/{station})" in line), "")
    return "" if not line else "paused" if "(paused" in line else "open"


def sound_goes_on(room: ExamRoom, who: str, since: int) -> bool:
    return len(sound_of(room.heard_file(who))) > since + 16000
