"""The desk's link with the room server: its requests, the writes of the spool sent until confirmed, the journal followed by `seq`.

`carry` takes an effect and comes back at once; what becomes of it arrives as desk events through `emit`. `run` lives as long
as the desk: it follows the journal's socket (coming back within 2 s, resuming after the last row seen) and empties the spool in order.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import logging
import sqlite3
import ssl
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import httpx
import websockets

from cti.messages import encode
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.words import clock_time, instant
from workstation.i18n import _
from workstation.links.answers import as_file_name, object_of, show_file, title_of, unreachable
from workstation.links.spool import Spool, Write

logger = logging.getLogger("plateau.link")
SLOWEST_RETRY = 2.0
FIRST_RETRY = 0.1
DRAFT_QUIET = 0.4  # seconds a form rests before its draft goes to the disk
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
TRY_AGAIN = frozenset({401, 408, 425, 429})  # 4xx that say nothing against the write itself
FACTS_AT_ONCE = 100
_STOP = object()


class Rows(Protocol):
    """What the journal's socket is to us: text messages, one row each."""

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...


Connect = Callable[[str, dict[str, str]], AbstractAsyncContextManager[Rows]]


def connect_socket(url: str, headers: dict[str, str], trust: ssl.SSLContext | None = None) -> AbstractAsyncContextManager[Rows]:
    return websockets.connect(
        url, additional_headers=headers, open_timeout=2, ping_interval=5, ping_timeout=5, max_size=2**22, proxy=None, ssl=trust
    )


def row_of(text: str | bytes) -> ev.RowArrived | None:
    """A message of the journal's socket; None, logged, when it is no row."""
    try:
        row = json.loads(text)
        return ev.RowArrived(
            row.get("seq"),
            str(row.get("at") or ""),
            str(row["kind"]),
            str(row.get("call_key") or ""),
            str(row.get("actor") or ""),
            row.get("data") or {},
            time.time(),
        )
    except (ValueError, KeyError, AttributeError) as error:
        logger.error("not a row of the journal: %r (%s)", text[:200], error)
        return None


CLOSE_REVOKED = 4001


def place_is_lost(error: BaseException) -> bool:
    """Whether the room said that this machine's token opens nothing any more."""
    if isinstance(error, websockets.ConnectionClosed):
        return error.rcvd is not None and error.rcvd.code == CLOSE_REVOKED
    return isinstance(error, websockets.InvalidStatus) and error.response.status_code in (401, 403)


class RoomLink:
    """`exports` is the folder debriefs and opened documents are written to. `trust` is what the room's certificate is verified by,
    None over plain HTTP. `transport` and `connect` let tests stand in for the room."""

    def __init__(
        self,
        base_url: str,
        token: str,
        spool: Spool,
        *,
        exports: Path,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=self._headers, timeout=TIMEOUT, transport=transport, trust_env=False, verify=trust or True
        )
        self._events_url = base_url.replace("http", "ws", 1).rstrip("/") + "/events"
        self._spool, self._exports = spool, exports
        self._connect = connect or functools.partial(connect_socket, trust=trust)
        self._disk = ThreadPoolExecutor(1, "spool")
        self._emit: Callable[[ev.DeskEvent], object] = lambda event: None
        self._work: asyncio.Queue[object] = asyncio.Queue()
        self._to_send = asyncio.Event()
        self._drafts: dict[str, dict[str, Any] | None] = {}
        self._typed = asyncio.Event()
        self._seq = 0
        self._offset = 0.0

    # --- the app's side -----------------------------------------------------------------------------

    def carry(self, effect: fx.Effect) -> None:
        """Take charge of an effect; writes are on the disk within milliseconds and are sent until answered."""
        if isinstance(effect, fx.KeepDraft):
            self._drafts[effect.record_id] = effect.draft
            self._typed.set()
        else:
            self._work.put_nowait(effect)

    async def run(self, emit: Callable[[ev.DeskEvent], object]) -> None:
        """Until cancelled or `stop`; drafts and writes taken so far are on the disk when it returns."""
        self._emit = emit
        drafts, waiting, count = await self._on_disk(self._load)
        emit(ev.DraftsLoaded(drafts, tuple(w.body for w in waiting if w.what == "save")))
        emit(ev.SpoolCounted(count))
        self._to_send.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(self._follow_journal(), name="journal"),
                    tasks.create_task(self._empty_spool(), name="spool"),
                    tasks.create_task(self._write_drafts(), name="drafts"),
                ]
                await self._take_work(tasks)
                for task in background:
                    task.cancel()
        finally:
            await asyncio.shield(self._put_away())

    def stop(self) -> None:
        """Finish: `run` returns once everything taken so far is on the disk."""
        self._work.put_nowait(_STOP)

    async def _put_away(self) -> None:
        while not self._work.empty():
            effect = self._work.get_nowait()
            if isinstance(effect, (fx.ReportFact, fx.ReportTrace, fx.SaveRecord)):
                await self._on_disk(self._spool.put, self._write_of(effect))
        await self._flush_drafts()
        await self._http.aclose()
        self._disk.shutdown()

    # --- disk ---------------------------------------------------------------------------------------

    async def _on_disk(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """A disk that takes no more is asked again until it does, and the agent is told: nothing typed is given up."""
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)
            except sqlite3.OperationalError as error:
                logger.error("the disk of this desk refuses: %s", error)
                self._emit(ev.WritesLate(_("Le disque de ce poste est plein ou ne répond plus."), time.time()))
            await asyncio.sleep(SLOWEST_RETRY)

    def _load(self) -> tuple[dict[str, dict[str, Any]], list[Write], int]:
        return self._spool.drafts(), self._spool.waiting(1000), self._spool.count()

    def _write_of(self, effect: fx.Kept) -> Write:
        if isinstance(effect, fx.SaveRecord):
            body = {name: getattr(effect, name) for name in ("kind", "record_id", "version", "fields", "call_key")}
            return Write(effect.write_id, "save", body)
        at = dt.datetime.fromtimestamp(effect.at + self._offset, dt.UTC).isoformat(timespec="microseconds")
        if isinstance(effect, fx.ReportFact):
            return Write(effect.id, "fact", {"at": at, "fact": json.loads(encode(effect.fact))})
        return Write(effect.id, "trace", {"at": at, "kind": effect.kind, "data": effect.data, "call_key": effect.call_key})

    async def _take_work(self, tasks: asyncio.TaskGroup) -> None:
        while (effect := await self._work.get()) is not _STOP:
            if isinstance(effect, (fx.ReportFact, fx.ReportTrace, fx.SaveRecord)):
                await self._on_disk(self._spool.put, self._write_of(effect))
                self._to_send.set()
            else:
                tasks.create_task(self._ask(effect), name=type(effect).__name__)

    async def _write_drafts(self) -> None:
        while True:
            await self._typed.wait()
            await asyncio.sleep(DRAFT_QUIET)
            await self._flush_drafts()

    async def _flush_drafts(self) -> None:
        """One piece of work for the disk's thread: whatever is asked of it next comes after all of them."""
        self._typed.clear()
        drafts, self._drafts = self._drafts, {}

        def write() -> None:
            for record_id, draft in drafts.items():
                if draft is None:
                    self._spool.forget_draft(record_id)
                else:
                    self._spool.keep_draft(record_id, draft)

        if drafts:
            await self._on_disk(write)

    # --- the spool ----------------------------------------------------------------------------------

    async def _empty_spool(self) -> None:
        retry = FIRST_RETRY
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            waiting = await self._on_disk(self._spool.waiting, FACTS_AT_ONCE)
            self._emit(ev.SpoolCounted(await self._on_disk(self._spool.count)))
            while waiting:
                batch = _alike(waiting)
                why = await self._send(batch)
                if why:
                    self._emit(ev.WritesLate(why, time.time()))
                    await asyncio.sleep(retry)
                    retry = min(SLOWEST_RETRY, retry * 2)
                else:
                    retry = FIRST_RETRY
                waiting = await self._on_disk(self._spool.waiting, FACTS_AT_ONCE)
                self._emit(ev.SpoolCounted(await self._on_disk(self._spool.count)))

    async def _send(self, batch: list[Write]) -> str:
        """One request; "" when it was answered for good (kept or refused), else why it must be tried again."""
        first = batch[0]
        try:
            if first.what == "save":
                body = {"write_id": first.id, **{name: first.body[name] for name in ("version", "fields", "call_key")}}
                answer = await self._http.put(f"/crm/{first.body['kind']}/{first.body['record_id']}", json=body)
            elif first.what == "fact":
                answer = await self._http.post("/cti/facts", json={"facts": [{"id": w.id, **w.body} for w in batch]})
            else:
                traces = [{"id": w.id, **w.body} for w in batch]
                answer = await self._http.post("/sitting/traces", json={"write_id": first.id, "traces": traces})
        except httpx.TransportError as error:
            return unreachable(error)
        if answer.status_code >= 500 or answer.status_code in TRY_AGAIN:
            return title_of(answer)
        record_id = str(first.body.get("record_id", ""))
        if answer.is_success:
            told = object_of(answer)
            clock = clock_time(time.time())
            if first.what == "save":
                await self._flush_drafts()  # one written after the confirmation would come back at the next start
                draft = await self._on_disk(self._spool.confirm, first, int(told.get("version") or 0))
                self._emit(ev.WriteConfirmed("save", record_id, told, clock, draft))
            else:
                await self._on_disk(self._spool.drop, *(w.id for w in batch))
                for misread in told.get("refused") or ():
                    logger.error("a fact was not understood: %s", misread)
                self._emit(ev.WriteConfirmed(first.what, "", None, clock))
            return ""
        if len(batch) > 1:  # one of them is to blame: each for itself
            for write in batch:
                if why := await self._send([write]):
                    return why
            return ""
        await self._on_disk(self._spool.drop, first.id)
        told = object_of(answer)
        logger.error("refused for good: %s %s %s", first.what, answer.status_code, answer.text[:500])
        details = told.get("details") if isinstance(told.get("details"), dict) else {}
        self._emit(ev.WriteRefused(first.what, record_id, str(told.get("error_id", "")), title_of(answer), details or {}, time.time()))
        return ""

    # --- the journal --------------------------------------------------------------------------------

    async def _follow_journal(self) -> None:
        retry = FIRST_RETRY
        while True:
            why = ""
            try:
                async with self._connect(f"{self._events_url}?after={self._seq}", self._headers) as rows:
                    retry = FIRST_RETRY
                    self._emit(ev.LinkUp(time.time()))
                    self._to_send.set()
                    async for text in rows:
                        self._tell_row(text)
            except (OSError, TimeoutError, websockets.WebSocketException, EOFError) as error:
                why = str(error)
                if place_is_lost(error):
                    self._emit(ev.PlaceLost(time.time()))
            self._emit(ev.LinkDown(time.time(), why))
            await asyncio.sleep(retry)
            retry = min(SLOWEST_RETRY, retry * 2)

    def _tell_row(self, text: str | bytes) -> None:
        event = row_of(text)
        if event is None:
            return
        if isinstance(event.seq, int):
            self._seq = max(self._seq, event.seq)
        self._emit(event)

    # --- questions ----------------------------------------------------------------------------------

    async def _ask(self, effect: object) -> None:
        """One question to the server; whatever happens ends in an event."""
        what, now = type(effect).__name__, time.time
        try:
            for event in await _ASKED[type(effect)](self, effect):
                self._emit(event)
            return
        except httpx.TransportError as error:
            title = unreachable(error)
        except httpx.HTTPStatusError as error:
            title = title_of(error.response)
            logger.warning("%s: %s", what, error)
        except (ValueError, KeyError, TypeError, OSError) as error:
            title = _("Réponse incompréhensible de la salle.")
            logger.exception("%s: %s", what, error)
        if isinstance(effect, fx.LookUp):
            self._emit(ev.LookedUp(effect.call_key, None, now()))
        if isinstance(effect, fx.FindDial):
            self._emit(ev.DialRefused(effect.purpose, effect.call_key, title, now()))
            return
        if not isinstance(effect, (fx.FetchStation, fx.FetchAccount, fx.FetchSitting, fx.FetchBrief, fx.FetchProducts, fx.TellStation)):
            self._emit(ev.Refused(what, title, now()))

    async def _get(self, path: str, **params: Any) -> Any:
        answer = await self._http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    async def _look_up(self, effect: fx.LookUp) -> list[ev.DeskEvent]:
        page = await self._get("/crm/lookup", phone=effect.number, call_key=effect.call_key)
        return [ev.LookedUp(effect.call_key, page, time.time())]

    async def _open_file(self, effect: fx.OpenFile) -> list[ev.DeskEvent]:
        file = await self._get(f"/crm/contacts/{effect.contact_id}/file", call_key=effect.call_key)
        return [ev.FileArrived(effect.contact_id, effect.call_key, file, effect.popped, time.time())]

    async def _search(self, effect: fx.Search) -> list[ev.DeskEvent]:
        return [ev.SearchArrived(await self._get("/crm/search", q=effect.query, page=effect.page))]

    async def _find_dial(self, effect: fx.FindDial) -> list[ev.DeskEvent]:
        plan = await self._get("/cti/dial", number=effect.number)
        return [ev.DialFound(effect.purpose, effect.call_key, plan["target"], plan["number"], plan.get("known_as") or "")]

    async def _order_agent(self, effect: fx.OrderAgent) -> list[ev.DeskEvent]:
        body = {name: getattr(effect, name) for name in ("write_id", "order", "reason", "state", "call_key")}
        answer = await self._http.post("/cti/agent", json=body)
        answer.raise_for_status()
        return [ev.AgentArrived(answer.json(), time.time())]

    async def _tell_station(self, effect: fx.TellStation) -> list[ev.DeskEvent]:
        body = {"contact": effect.contact, "engine": effect.engine, "capabilities": effect.capabilities, "calls": effect.calls}
        answer = await self._http.put("/cti/station", json=body)
        answer.raise_for_status()
        return [ev.StationArrived(answer.json(), time.time())]

    async def _fetch_station(self, effect: fx.FetchStation) -> list[ev.DeskEvent]:
        return [ev.StationArrived(await self._get("/cti/station"), time.time())]

    async def _fetch_account(self, effect: fx.FetchAccount) -> list[ev.DeskEvent]:
        return [ev.AccountArrived(await self._get("/cti/account"), time.time())]

    async def _fetch_sitting(self, effect: fx.FetchSitting) -> list[ev.DeskEvent]:
        asked = time.time()
        sitting = await self._get("/sitting")
        now = time.time()
        told = instant(str((sitting.get("clock") or {}).get("server_now") or ""))
        offset = told - (asked + now) / 2 if told else None
        if offset is not None:
            self._offset = offset
        return [ev.SittingArrived(sitting, now, offset)]

    async def _fetch_brief(self, effect: fx.FetchBrief) -> list[ev.DeskEvent]:
        return [ev.BriefArrived(await self._get("/sitting/brief"))]

    async def _fetch_products(self, effect: fx.FetchProducts) -> list[ev.DeskEvent]:
        return [ev.ProductsArrived(tuple(await self._get("/crm/products", q="")))]

    async def _fetch_debrief(self, effect: fx.FetchDebrief) -> list[ev.DeskEvent]:
        return [ev.DebriefArrived(await self._get(f"/sitting/debrief/{effect.simulation_id}"))]

    async def _export_debrief(self, effect: fx.ExportDebrief) -> list[ev.DeskEvent]:
        answer = await self._http.get(f"/sitting/debrief/{effect.simulation_id}/export")
        answer.raise_for_status()
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
        path = self._exports / f"bilan-{as_file_name(effect.simulation_id)}-{stamp}.md"
        await self._on_disk(path.write_bytes, answer.content)
        return [ev.DebriefExported(str(path), time.time())]

    async def _order_simulation(self, effect: fx.OrderSimulation) -> list[ev.DeskEvent]:
        answer = await self._http.post(f"/sitting/simulations/{effect.simulation_id}/{effect.order}", json={"write_id": effect.write_id})
        answer.raise_for_status()
        return await self._fetch_sitting(fx.FetchSitting())

    async def _open_document(self, effect: fx.OpenDocument) -> list[ev.DeskEvent]:
        """Bring the document here and give it to the machine's viewer; the notice says where it lies, for a machine without one."""
        answer = await self._http.get(f"/crm/documents/{effect.document_id}/content")
        answer.raise_for_status()
        folder = self._exports / "documents"
        path = folder / f"{as_file_name(effect.document_id)}.pdf"

        def keep() -> None:
            folder.mkdir(exist_ok=True)
            path.write_bytes(answer.content)

        await self._on_disk(keep)
        words = _("Document ouvert : {path}") if show_file(path) else _("Document dans le fichier {path}")
        return [ev.Said(words.format(path=path), "info", time.time())]


_ASKED: dict[type, Callable[[RoomLink, Any], Any]] = {
    fx.LookUp: RoomLink._look_up,
    fx.OpenFile: RoomLink._open_file,
    fx.Search: RoomLink._search,
    fx.FindDial: RoomLink._find_dial,
    fx.OrderAgent: RoomLink._order_agent,
    fx.TellStation: RoomLink._tell_station,
    fx.FetchStation: RoomLink._fetch_station,
    fx.FetchAccount: RoomLink._fetch_account,
    fx.FetchSitting: RoomLink._fetch_sitting,
    fx.FetchBrief: RoomLink._fetch_brief,
    fx.FetchProducts: RoomLink._fetch_products,
    fx.FetchDebrief: RoomLink._fetch_debrief,
    fx.ExportDebrief: RoomLink._export_debrief,
    fx.OrderSimulation: RoomLink._order_simulation,
    fx.OpenDocument: RoomLink._open_document,
}


def _alike(waiting: list[Write]) -> list[Write]:
    """The writes at the head that one request can carry: facts together, traces together, saves one by one."""
    what = waiting[0].what
    if what == "save":
        return waiting[:1]
    end = next((i for i, write in enumerate(waiting) if write.what != what), len(waiting))
    return waiting[:end]
