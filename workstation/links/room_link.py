"""The desk's link with the room server: its requests, the writes of the spool sent until confirmed, the journal followed by `seq`.

`carry` takes an effect and comes back at once; what becomes of it arrives as desk events through `emit`. `run` lives as long
as the desk: it follows the journal's socket (coming back within 2 s, resuming after the last row seen) and empties the spool in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import ssl
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx

from cti.message_lines import encode
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.words import clock_time
from workstation.links.answers import object_of, title_of, unreachable
from workstation.links.console_link import ConsoleLink
from workstation.links.room_questions import RoomQuestions
from workstation.links.room_wire import TRY_AGAIN, Connect, Retry, row_of, sitting_is_left
from workstation.links.spool import Spool, Write
from workstation.links.spool_disk import SpoolDisk

logger = logging.getLogger("plateau.link")
FACTS_AT_ONCE = 100
FACTS_FIRST = 3.0  # seconds the spool has to be emptied in, before the room is told which calls our phone has


class RoomLink(ConsoleLink[ev.DeskEvent]):
    """`exports` is the folder debriefs and opened documents are written to; `sitting` the id of the one this spool is of, "" where there
    is no other."""

    def __init__(
        self,
        base_url: str,
        token: str,
        spool: Spool,
        *,
        exports: Path,
        sitting: str = "",
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        connect: Connect | None = None,
    ) -> None:
        super().__init__(base_url, token, sitting=sitting, trust=trust, transport=transport, connect=connect)
        self._spool, self._sitting = spool, sitting
        self.disk = SpoolDisk(spool, lambda why: self._emit(ev.WritesLate(why, time.time())))
        self._to_send = asyncio.Event()
        self._nothing_owed = asyncio.Event()
        self._room_is_back = asyncio.Event()
        self._seq = 0
        self._questions = RoomQuestions(self._http, lambda event: self._emit(event), exports, self.disk.do)

    # --- the app's side -----------------------------------------------------------------------------

    def carry(self, effect: fx.Effect) -> None:
        """Take charge of an effect; writes are on the disk within milliseconds and are sent until answered."""
        if isinstance(effect, fx.KeepDraft):
            self.disk.keep(effect.record_id, effect.draft)
        else:
            if isinstance(effect, fx.TellStation):
                self._questions.listed_at = time.time()
            self._work.put_nowait(effect)

    async def run(self, emit: Callable[[ev.DeskEvent], object]) -> None:
        """Until cancelled or `stop`; drafts and writes taken so far are on the disk when it returns."""
        self._emit = emit
        drafts, waiting, count = await self.disk.do(self._load)
        chats = tuple({**w.body, "write_id": w.id} for w in waiting if w.what == "chat")
        emit(ev.DraftsLoaded(drafts, tuple(w.body for w in waiting if w.what == "save"), chats))
        emit(ev.SpoolCounted(count))
        self._to_send.set()
        await super().run(emit)

    def background(self) -> dict[str, Coroutine[Any, Any, object]]:
        return {
            "journal": self.follow(lambda: f"/events?after={self._seq}", self._tell_row),
            "spool": self._empty_spool(),
            "drafts": self.disk.write_drafts(),
        }

    async def put_away(self) -> None:
        for effect in self.untaken():
            if isinstance(effect, (fx.ReportFact, fx.ReportTrace, fx.SaveRecord, fx.SendChat)):
                await self.disk.do(self._spool.put, self._write_of(effect))
        await self.disk.flush()
        self.disk.shutdown()

    # --- disk ---------------------------------------------------------------------------------------

    def _load(self) -> tuple[dict[str, dict[str, Any]], list[Write], int]:
        return self._spool.drafts(), self._spool.waiting(1000), self._spool.count()

    def _write_of(self, effect: fx.Kept) -> Write:
        if isinstance(effect, fx.SaveRecord):
            body = {name: getattr(effect, name) for name in ("kind", "record_id", "version", "fields", "call_key")}
            return Write(effect.write_id, "save", body)
        if isinstance(effect, fx.SendChat):
            return Write(effect.write_id, "chat", {"chat_id": effect.chat_id, "what": effect.what, "text": effect.text, "at": time.time()})
        at = dt.datetime.fromtimestamp(effect.at + self._questions.offset, dt.UTC).isoformat(timespec="microseconds")
        if isinstance(effect, fx.ReportFact):
            return Write(effect.id, "fact", {"at": at, "fact": json.loads(encode(effect.fact))})
        return Write(effect.id, "trace", {"at": at, "kind": effect.kind, "data": effect.data, "call_key": effect.call_key})

    async def take_work(self, tasks: asyncio.TaskGroup) -> None:
        printing: list[asyncio.Task[None]] = []
        bringing: list[asyncio.Task[None]] = []
        async for effect in self.effects():
            if isinstance(effect, (fx.ReportFact, fx.ReportTrace, fx.SaveRecord, fx.SendChat)):
                await self.disk.do(self._spool.put, self._write_of(effect))
                self._nothing_owed.clear()
                self._to_send.set()
            elif isinstance(effect, fx.TellStation):
                tasks.create_task(self._tell_station(effect), name="TellStation")
            elif isinstance(effect, fx.BringRecordings):
                bringing.append(tasks.create_task(self._bring_recordings(effect), name="BringRecordings"))
            else:
                asking = tasks.create_task(self._questions.ask(effect), name=type(effect).__name__)
                printing += [asking] if isinstance(effect, fx.PrintReply) else []
        for asking in (*printing, *bringing):
            asking.cancel()  # a printer without paper is not waited for by who leaves; what was recorded is brought at the next start

    async def _tell_station(self, effect: fx.TellStation) -> None:
        """After what the spool tells of calls: the room takes one that is not among ours, and of whose end it has not heard, for cut."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FACTS_FIRST):
                await self._nothing_owed.wait()
        await self._questions.ask(effect)

    async def _bring_recordings(self, effect: fx.BringRecordings) -> None:
        """After what the spool tells: the room takes what was recorded of a call that it has heard was being recorded."""
        await self._nothing_owed.wait()
        await self._questions.ask(effect)

    # --- the spool ----------------------------------------------------------------------------------

    async def _empty_spool(self) -> None:
        retry = Retry()
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            waiting = await self.disk.do(self._spool.waiting, FACTS_AT_ONCE)
            self._emit(ev.SpoolCounted(await self.disk.do(self._spool.count)))
            while waiting:
                batch = _alike(waiting)
                why = await self._send(batch)
                if why:
                    self._emit(ev.WritesLate(why, time.time()))
                    self._room_is_back.clear()
                    await retry.pause(self._room_is_back)
                else:
                    retry.reset()
                waiting = await self.disk.do(self._spool.waiting, FACTS_AT_ONCE)
                self._emit(ev.SpoolCounted(await self.disk.do(self._spool.count)))
            if not self._to_send.is_set():
                self._nothing_owed.set()

    async def _send(self, batch: list[Write]) -> str:
        """One request; "" when it was answered for good (kept or refused), else why it must be tried again."""
        first = batch[0]
        try:
            if first.what == "save":
                body = {"write_id": first.id, **{name: first.body[name] for name in ("version", "fields", "call_key")}}
                answer = await self._http.put(f"/crm/{first.body['kind']}/{first.body['record_id']}", json=body)
            elif first.what == "chat":
                said = {"text": first.body["text"]} if first.body["what"] == "messages" else {}
                path = f"/chat/{first.body['chat_id']}/{first.body['what']}"
                answer = await self._http.post(path, json={"write_id": first.id, **said})
            elif first.what == "fact":
                answer = await self._http.post("/cti/facts", json={"facts": [{"id": w.id, **w.body} for w in batch]})
            else:
                traces = [{"id": w.id, **w.body} for w in batch]
                answer = await self._http.post("/sitting/traces", json={"write_id": first.id, "traces": traces})
        except httpx.TransportError as error:
            return unreachable(error)
        left = answer.status_code == httpx.codes.CONFLICT and object_of(answer).get("error_id") == "sitting_left"
        if answer.status_code >= 500 or answer.status_code in TRY_AGAIN or left:  # left: it stays in this sitting's spool
            return title_of(answer)
        record_id = str(first.body.get("record_id") or first.body.get("chat_id") or "")
        if answer.is_success:
            told = object_of(answer)
            clock = clock_time(time.time())
            if first.what == "save":
                await self.disk.flush()  # one written after the confirmation would come back at the next start
                draft = await self.disk.do(self._spool.confirm, first, int(told.get("version") or 0))
                self._emit(ev.WriteConfirmed("save", record_id, told, clock, draft))
            else:
                await self.disk.do(self._spool.drop, *(w.id for w in batch))
                for misread in told.get("refused") or ():
                    logger.error("a fact was not understood: %s", misread)
                self._emit(ev.WriteConfirmed(first.what, "", None, clock))
            return ""
        if len(batch) > 1:  # one of them is to blame: each for itself
            for write in batch:
                if why := await self._send([write]):
                    return why
            return ""
        await self.disk.do(self._spool.drop, first.id)
        told = object_of(answer)
        logger.error("refused for good: %s %s %s", first.what, answer.status_code, answer.text[:500])
        details = told.get("details") if isinstance(told.get("details"), dict) else {}
        if first.what == "chat":
            details = {**(details or {}), "write_id": first.id}
        self._emit(ev.WriteRefused(first.what, record_id, str(told.get("error_id", "")), title_of(answer), details or {}, time.time()))
        return ""

    # --- the journal --------------------------------------------------------------------------------

    def came_up(self) -> None:
        self._room_is_back.set()
        self._to_send.set()

    def ends(self, error: BaseException) -> bool:
        """What is left in the spool is of a sitting that is no longer here."""
        left = bool(self._sitting) and sitting_is_left(error)
        if left:
            self._emit(ev.SittingLeft(time.time()))
        return left

    def _tell_row(self, text: str | bytes) -> None:
        event = row_of(text)
        if event is None:
            return
        if isinstance(event.seq, int):
            self._seq = max(self._seq, event.seq)
        self._emit(event)


def _alike(waiting: list[Write]) -> list[Write]:
    """The writes at the head that one request can carry: facts together, traces together, saves one by one."""
    what = waiting[0].what
    if what in ("save", "chat"):
        return waiting[:1]
    end = next((i for i, write in enumerate(waiting) if write.what != what), len(waiting))
    return waiting[:end]
