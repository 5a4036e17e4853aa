"""What the desk asks of the room server at once: one request each, every answer an event of the desk."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.desk.words import instant
from workstation.i18n import _
from workstation.links.answers import ASKING_FAILS, as_file_name, show_file, why_it_failed
from workstation.links.recordings import FOLDER, bring
from workstation.links.reply_papers import bring_paper, print_reply
from workstation.links.sheet_questions import SheetQuestions

logger = logging.getLogger("plateau.link")


class RoomQuestions:
    """`exports` is the folder debriefs and opened documents are written to, by `on_disk`, which runs a function off the loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        emit: Callable[[ev.DeskEvent], object],
        exports: Path,
        on_disk: Callable[..., Awaitable[Any]],
    ) -> None:
        self._http, self._emit, self._exports, self._on_disk = http, emit, exports, on_disk
        self._sheets = SheetQuestions(http, exports, on_disk)
        self.listed_at = 0.0  # when the calls that TellStation tells of were listed, by our clock
        self._bringing = asyncio.Lock()
        self.offset = 0.0  # the server's clock minus ours, seconds, as last read

    async def ask(self, effect: object) -> None:
        """One question to the server; whatever happens ends in an event."""
        what, now = type(effect).__name__, time.time
        try:
            for event in await _ASKED[type(effect)](self, effect):
                self._emit(event)
            return
        except (*ASKING_FAILS, OSError) as error:
            title = why_it_failed(what, error)
        if isinstance(effect, fx.LookUp):
            self._emit(ev.LookedUp(effect.call_key, None, now()))
        if isinstance(effect, fx.FindDial):
            self._emit(ev.DialRefused(effect.purpose, effect.call_key, title, now()))
            return
        if not isinstance(effect, _UNTOLD):
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
        return [ev.FileArrived(effect.contact_id, effect.call_key, file, effect.popped, time.time(), effect.stay)]

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
        as_of = dt.datetime.fromtimestamp(self.listed_at + self.offset, dt.UTC).isoformat(timespec="microseconds")
        body = {
            "contact": effect.contact,
            "engine": effect.engine,
            "capabilities": effect.capabilities,
            "calls": effect.calls,
            "as_of": as_of,
        }
        answer = await self._http.put("/cti/station", json=body)
        answer.raise_for_status()
        return [ev.StationArrived(answer.json(), time.time())]

    async def _fetch_station(self, effect: fx.FetchStation) -> list[ev.DeskEvent]:
        return [ev.StationArrived(await self._get("/cti/station"), time.time())]

    async def _fetch_account(self, effect: fx.FetchAccount) -> list[ev.DeskEvent]:
        return [ev.AccountArrived(await self._get("/cti/account"), time.time())]

    async def _tell_typing(self, effect: fx.TellTyping) -> list[ev.DeskEvent]:
        await self._http.post(f"/chat/{effect.chat_id}/typing", json={"typing": effect.typing})
        return []

    async def _fetch_sitting(self, effect: fx.FetchSitting) -> list[ev.DeskEvent]:
        asked = time.time()
        sitting = await self._get("/sitting")
        now = time.time()
        told = instant(str((sitting.get("clock") or {}).get("server_now") or ""))
        offset = told - (asked + now) / 2 if told else None
        if offset is not None:
            self.offset = offset
        return [ev.SittingArrived(sitting, now, offset)]

    async def _fetch_brief(self, effect: fx.FetchBrief) -> list[ev.DeskEvent]:
        return [ev.BriefArrived(await self._get("/sitting/brief"))]

    async def _fetch_products(self, effect: fx.FetchProducts) -> list[ev.DeskEvent]:
        return [ev.ProductsArrived(tuple(await self._get("/crm/products", q="")))]

    async def _fetch_list(self, effect: fx.FetchList) -> list[ev.DeskEvent]:
        listing = await self._get(f"/crm/{effect.kind}", **effect.params)
        return [ev.ListArrived(effect.key, effect.kind, effect.params, listing)]

    async def _fetch_debrief(self, effect: fx.FetchDebrief) -> list[ev.DeskEvent]:
        return [ev.DebriefArrived(await self._get(f"/sitting/debrief/{effect.simulation_id}"))]

    async def _export_debrief(self, effect: fx.ExportDebrief) -> list[ev.DeskEvent]:
        answer = await self._http.get(f"/sitting/debrief/{effect.simulation_id}/export")
        answer.raise_for_status()
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
        path = self._exports / f"bilan-{as_file_name(effect.simulation_id)}-{stamp}.md"
        await self._on_disk(path.write_bytes, answer.content)
        return [ev.DebriefExported(str(path), time.time())]

    async def _fetch_progress(self, effect: fx.FetchProgress) -> list[ev.DeskEvent]:
        return [ev.ProgressArrived(await self._get("/sitting/progress", name=effect.name))]

    async def _order_recording(self, effect: fx.OrderRecording) -> list[ev.DeskEvent]:
        body = {"write_id": effect.write_id, "days": effect.days, "name": effect.name}
        (await self._http.put("/sitting/recording", json=body)).raise_for_status()
        return []

    async def _bring_recordings(self, effect: fx.BringRecordings) -> list[ev.DeskEvent]:
        async with self._bringing:
            await bring(self._http, self._exports / FOLDER)
        return []

    async def _erase_recordings(self, effect: fx.EraseRecordings) -> list[ev.DeskEvent]:
        await self._bring_recordings(fx.BringRecordings())
        answer = await self._http.delete("/sitting/recordings")
        answer.raise_for_status()
        told = answer.json()
        return [ev.RecordingsErased(int(told["erased"]), str(told["report"]), time.time())]

    async def _order_simulation(self, effect: fx.OrderSimulation) -> list[ev.DeskEvent]:
        answer = await self._http.post(f"/sitting/simulations/{effect.simulation_id}/{effect.order}", json={"write_id": effect.write_id})
        answer.raise_for_status()
        return await self._fetch_sitting(fx.FetchSitting())

    async def _ask_sheet(self, effect: fx.AskSheet) -> list[ev.DeskEvent]:
        return await self._sheets.ask(effect)

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

    async def _fetch_paper(self, effect: fx.FetchPaper) -> list[ev.DeskEvent]:
        return await bring_paper(self._http, effect, self._exports, self._on_disk)

    async def _print_reply(self, effect: fx.PrintReply) -> list[ev.DeskEvent]:
        async for event in print_reply(self._http, effect):
            self._emit(event)
        return []


_UNTOLD = (
    fx.FetchStation,
    fx.FetchAccount,
    fx.FetchSitting,
    fx.FetchBrief,
    fx.FetchProducts,
    fx.TellStation,
    fx.TellTyping,
    fx.BringRecordings,
)
"""Asked again by themselves, or of no use later: their failure is not told."""

_ASKED: dict[type, Callable[[RoomQuestions, Any], Any]] = {
    fx.TellTyping: RoomQuestions._tell_typing,
    fx.LookUp: RoomQuestions._look_up,
    fx.OpenFile: RoomQuestions._open_file,
    fx.Search: RoomQuestions._search,
    fx.FindDial: RoomQuestions._find_dial,
    fx.OrderAgent: RoomQuestions._order_agent,
    fx.TellStation: RoomQuestions._tell_station,
    fx.FetchStation: RoomQuestions._fetch_station,
    fx.FetchAccount: RoomQuestions._fetch_account,
    fx.FetchSitting: RoomQuestions._fetch_sitting,
    fx.FetchBrief: RoomQuestions._fetch_brief,
    fx.FetchProducts: RoomQuestions._fetch_products,
    fx.FetchList: RoomQuestions._fetch_list,
    fx.FetchDebrief: RoomQuestions._fetch_debrief,
    fx.ExportDebrief: RoomQuestions._export_debrief,
    fx.FetchProgress: RoomQuestions._fetch_progress,
    fx.OrderRecording: RoomQuestions._order_recording,
    fx.BringRecordings: RoomQuestions._bring_recordings,
    fx.EraseRecordings: RoomQuestions._erase_recordings,
    fx.OrderSimulation: RoomQuestions._order_simulation,
    fx.OpenDocument: RoomQuestions._open_document,
    fx.AskSheet: RoomQuestions._ask_sheet,
    fx.FetchPaper: RoomQuestions._fetch_paper,
    fx.PrintReply: RoomQuestions._print_reply,
}
