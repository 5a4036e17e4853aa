"""The side that starts a phone process, keeps it running, and talks with it. Lives in the asyncio loop of the desk.

    async with PhoneClient("pjsua2", settings, sound) as phone:
        phone.send(PlaceCall(...))
        async for fact in phone.facts():
            ...

or, where the owner holds its own tasks: `tg.create_task(phone.run())`, and `await phone.stop()` at the end.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from cti.message_lines import BadMessage, decode_fact, encode
from cti.messages import (
    CallQuality,
    ChooseDevices,
    EngineFaulted,
    Fact,
    LevelsMeasured,
    MuteMicrophone,
    Order,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    Refusal,
    RegisterAccount,
    SetVolume,
    UnregisterAccount,
    clean_text,
)  # fmt: skip
from cti.phone.audio.station_sound import SoundChoice, safe_volume
from cti.phone.port import OrderUnmet, PhoneSettings

MAX_DEATHS = 5
DEATHS_WITHIN = 60.0  # seconds; more deaths than MAX_DEATHS in that time: the phone is given up
STOP_LIMIT = 6.0  # seconds for the process to end by itself, then it is killed
MAX_FACTS = 10_000  # not yet taken by the reader; levels and quality are dropped long before
MAX_UNSENT = 1 << 20  # bytes of orders the process has not read
MAX_LINE = 1 << 20  # bytes of one fact
ROOT = str(Path(__file__).resolve().parents[2])  # where the child finds this very `cti`
GIVE_UP_CODES = (64, 69)  # bad arguments, engine unavailable: starting again would not mend it


class PhoneClient:
    """`on_fact` is called in the loop for each fact, instead of `facts()`. `log` takes what the process prints."""

    def __init__(
        self,
        engine: str = "pjsua2",
        settings: PhoneSettings | None = None,
        sound: SoundChoice | None = None,
        *,
        log: Path | None = None,
        on_fact: Callable[[Fact], None] | None = None,
    ) -> None:
        self._command = [
            sys.executable, "-m", "cti.phone", "--engine", engine,
            "--settings", json.dumps(dataclasses.asdict(settings or PhoneSettings())),
            "--sound", json.dumps(dataclasses.asdict(sound or SoundChoice())),
        ]  # fmt: skip
        self._log = log
        self._on_fact = on_fact
        self._facts: collections.deque[Fact] = collections.deque()
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._stopping = False
        self._process: asyncio.subprocess.Process | None = None
        self._ready = False
        self._deaths: collections.deque[float] = collections.deque()
        self._remembered: dict[str, Order] = {}
        self._group: asyncio.TaskGroup | None = None

    @property
    def pid(self) -> int | None:
        """Of the running phone process; None between two."""
        return self._process.pid if self._process is not None else None

    async def __aenter__(self) -> Self:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._group.create_task(self.run())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
        assert self._group is not None
        await self._group.__aexit__(kind, error, trace)

    async def run(self) -> None:
        """Start the phone and start it again whenever it dies, until `stop()` or too many deaths."""
        try:
            while not self._stopping:
                code, detail = await self._one_life()
                if self._stopping:
                    return
                self._tell(PhoneLost(code, detail))
                now = time.monotonic()
                self._deaths.append(now)
                while self._deaths and now - self._deaths[0] > DEATHS_WITHIN:
                    self._deaths.popleft()
                if code in GIVE_UP_CODES or len(self._deaths) >= MAX_DEATHS:
                    self._tell(EngineFaulted("phone", f"the phone is given up after {len(self._deaths)} failures; the last: {detail}"))
                    return
        finally:
            await self._end_process()
            self._over.set()
            self._news.set()

    def send(self, order: Order) -> bool:
        """Give an order; False when it was refused here (an OrderRefused fact says why). Never waits.

        The registration, the devices, the mute and the volume are remembered, and given again to a phone that was restarted."""
        if isinstance(order, SetVolume):
            try:
                safe_volume(order.speaker)
            except OrderUnmet as error:  # not to be remembered
                self._tell(error.told("SetVolume", ""))
                return False
        if isinstance(order, (RegisterAccount, ChooseDevices, MuteMicrophone, SetVolume)):
            self._remembered[type(order).__name__] = order
        elif isinstance(order, UnregisterAccount):
            self._remembered.pop("RegisterAccount", None)
        kept = type(order).__name__ in self._remembered
        stdin = self._process.stdin if self._process is not None and self._ready else None
        if stdin is None or stdin.is_closing() or stdin.transport.get_write_buffer_size() > MAX_UNSENT:
            if kept and not self._over.is_set():
                return True  # given as soon as the phone is back
            self._tell(OrderRefused(type(order).__name__, Refusal.NO_PHONE, str(getattr(order, "call_id", ""))))
            return False
        self._write(stdin, order)
        return True

    async def facts(self) -> AsyncIterator[Fact]:
        """Every fact in order, from the first; ends when the phone was stopped or given up. One reader only."""
        while True:
            while self._facts:
                yield self._facts.popleft()
            if self._over.is_set():
                return
            self._news.clear()
            await self._news.wait()

    async def stop(self) -> int | None:
        """End the phone, calls included; its exit code, None when it was not running."""
        self._stopping = True
        process = self._process
        await self._end_process()
        return process.returncode if process is not None else None

    # --- one process ------------------------------------------------------------------------------------

    async def _one_life(self) -> tuple[int | None, str]:
        """Run one phone process to its end: (exit code, what it last said of itself)."""
        self._ready = False
        path = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH", "")]))
        log = await asyncio.to_thread(open, self._log, "ab", 0) if self._log is not None else None
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log if log is not None else asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError as error:
            return None, clean_text(str(error))
        finally:
            if log is not None:
                log.close()
        detail = await self._read(process)
        code = await process.wait()
        self._ready = False
        self._process = None
        return code, detail

    async def _read(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        held = b""
        detail = ""
        while chunk := await process.stdout.read(65536):
            *lines, held = (held + chunk).split(b"\n")
            if len(held) > MAX_LINE:
                held = b""
            for line in lines:
                try:
                    fact = decode_fact(line.decode("utf-8", "replace"))
                except BadMessage as error:
                    fact = EngineFaulted("facts", clean_text(str(error)))
                if isinstance(fact, EngineFaulted):
                    detail = f"{fact.where}: {fact.what}"
                if isinstance(fact, PhoneStarted):
                    self._begin(process)
                self._tell(fact)
        return detail

    def _begin(self, process: asyncio.subprocess.Process) -> None:
        self._ready = True
        assert process.stdin is not None
        for order in self._remembered.values():
            self._write(process.stdin, order)

    def _write(self, stdin: asyncio.StreamWriter, order: Order) -> None:
        stdin.write((encode(order) + "\n").encode("utf-8", "replace"))

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()  # the end of its orders is the end of the phone
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _tell(self, fact: Fact) -> None:
        if self._on_fact is not None:
            self._on_fact(fact)
            return
        few = MAX_FACTS // 10 if isinstance(fact, (LevelsMeasured, CallQuality)) else MAX_FACTS
        if len(self._facts) < few:
            self._facts.append(fact)
        self._news.set()
