"""One person's grid on the disk: what a room is to the jury's console, without a room. A mark is in the file before it is shown as
kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scenarios.training.calibration import Calibration, Graded, write_graded
from workstation.calibrate.told import NotGraded, evidence_of, graded_after, grid_of
from workstation.i18n import _
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev

TYPED_QUIET = 0.5  # seconds a field rests before what is typed in it goes to the disk
_STOP = object()


class Book:
    """`path` is the grid's file. `carry` takes an effect of the console; what becomes of it comes as its events."""

    def __init__(self, about: Calibration, graded: Graded, path: Path) -> None:
        self._about, self.graded, self._path = about, graded, path
        self._work: asyncio.Queue[object] = asyncio.Queue()
        self._owed = False  # typed text that is not on the disk
        self._emit: Callable[[ev.JuryEvent], object] = lambda event: None

    def carry(self, effect: Any) -> None:
        self._work.put_nowait(effect)

    def stop(self) -> None:
        self._work.put_nowait(_STOP)

    async def run(self, emit: Callable[[ev.JuryEvent], object]) -> None:
        self._emit = emit
        try:
            while True:
                try:
                    async with asyncio.timeout(TYPED_QUIET if self._owed else None):
                        effect = await self._work.get()
                except TimeoutError:
                    await self._keep_typed()
                    continue
                if effect is _STOP:
                    return
                await self._take(effect)
        finally:
            if self._owed:
                await self._keep_typed()

    async def _take(self, effect: object) -> None:
        if isinstance(effect, fx.KeepWrite):
            await self._write(effect)
        elif isinstance(effect, fx.KeepTyped):
            others = {key: text for key, text in self.graded.typed.items() if key != effect.key}
            self.graded = self.graded.model_copy(update={"typed": {**others, effect.key: effect.text} if effect.text else others})
            self._owed = True
        elif isinstance(effect, fx.FetchEvidence):
            self._emit(ev.EvidenceArrived(effect.simulation, evidence_of(self._about)))

    async def _write(self, effect: fx.KeepWrite) -> None:
        write, now = effect.write, dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        try:
            after = graded_after(self.graded, write, now)
            await asyncio.to_thread(write_graded, self._path, after)
        except NotGraded as refusal:
            self._emit(ev.WriteRefused(write.id, str(refusal), time.time()))
            return
        except OSError as error:
            why = _("{folder} ne peut pas être écrit : {why}").format(folder=self._path, why=error.strerror or error)
            self._emit(ev.WriteRefused(write.id, why, time.time()))
            return
        self.graded, self._owed = after, False
        self._emit(ev.WriteAnswered(write.id, grid_of(self._about, [after], after.name), time.time()))

    async def _keep_typed(self) -> None:
        self._owed = False
        try:
            await asyncio.to_thread(write_graded, self._path, self.graded)
        except OSError:
            self._owed = True  # what is typed is in the field; the next mark says that the disk refuses
            await asyncio.sleep(TYPED_QUIET)


class Closed:
    """Where grids are only read: nothing is kept."""

    def __init__(self, about: Calibration) -> None:
        self._about = about
        self._over = asyncio.Event()
        self._emit: Callable[[ev.JuryEvent], object] = lambda event: None

    def carry(self, effect: Any) -> None:
        if isinstance(effect, fx.FetchEvidence):
            self._emit(ev.EvidenceArrived(effect.simulation, evidence_of(self._about)))

    def stop(self) -> None:
        self._over.set()

    async def run(self, emit: Callable[[ev.JuryEvent], object]) -> None:
        self._emit = emit
        await self._over.wait()
