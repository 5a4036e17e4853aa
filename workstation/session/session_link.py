"""The session console's link with the room server: the view followed, orders sent in turn, archives and documents fetched beside them.

`carry` takes an effect and comes back at once; what becomes of it arrives as events through `emit`. Every order that may be sent twice
is the same order for the room: it is sent again until it is answered, `GIVE_UP` seconds at most unless it is a patient one.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from crm_mock import durable
from scenarios.archive import ArchiveUnusable, verify_archive
from workstation.desk.events import PlaceLost, Said
from workstation.i18n import _
from workstation.links.answers import ASKING_FAILS, object_of, title_of, why_it_failed
from workstation.links.console_link import ConsoleLink
from workstation.links.room_wire import REVOKED, TRY_AGAIN, Connect, Retry, told_object
from workstation.session import effects as fx
from workstation.session import events as ev

GIVE_UP = 20.0  # seconds
LONG = httpx.Timeout(120.0, connect=3.0)  # an archive is made of dozens of documents


class SessionLink(ConsoleLink[ev.SessionEvent]):
    """`give_up`: seconds after which an order that is not a patient one is told as not confirmed."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        connect: Connect | None = None,
        give_up: float = GIVE_UP,
    ) -> None:
        super().__init__(base_url, token, trust=trust, transport=transport, connect=connect)
        self._give_up = give_up
        self._orders: asyncio.Queue[fx.Order] = asyncio.Queue()
        self._patient: asyncio.Queue[fx.Order] = asyncio.Queue()  # none of them waits for another that gets no answer

    def carry(self, effect: fx.SessionEffect) -> None:
        if isinstance(effect, fx.Order):
            (self._patient if effect.patient else self._orders).put_nowait(effect)
        else:
            self._work.put_nowait(effect)

    def background(self) -> dict[str, Coroutine[Any, Any, object]]:
        return {
            "watch": self.follow(lambda: "/session/watch", self._tell_view),
            "orders": self._send_orders(self._orders),
            "patient orders": self._send_orders(self._patient),
        }

    async def take_work(self, tasks: asyncio.TaskGroup) -> None:
        async for errand in self.effects():
            await self._run_errand(errand)

    def _tell_view(self, text: str | bytes) -> None:
        if (view := told_object(text)) is not None:
            self._emit(ev.ViewArrived(view, time.time()))

    # --- orders -------------------------------------------------------------------------------------

    async def _send_orders(self, orders: asyncio.Queue[fx.Order]) -> None:
        while True:
            await self._send(await orders.get())

    async def _send(self, order: fx.Order) -> None:
        """Until it is answered, or given up."""
        began, retry = time.monotonic(), Retry()
        while True:
            try:
                answer = await self._http.request(order.method, order.path, json=order.body if order.method != "DELETE" else None)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                self._emit(ev.Confirmed(order.write_id, time.time()))
                return
            if answer is not None and answer.status_code == REVOKED:
                self._emit(PlaceLost(time.time()))
            if answer is not None and answer.status_code < 500 and answer.status_code not in TRY_AGAIN - {REVOKED}:
                self._emit(ev.Refused(order.write_id, title_of(answer), time.time()))
                return
            if not order.patient and time.monotonic() - began > self._give_up:
                self._emit(ev.GivenUp(order.write_id, time.time()))
                return
            self._emit(ev.SentAgain(order.write_id, time.time()))
            await retry.pause()

    # --- beside them --------------------------------------------------------------------------------

    async def _run_errand(self, errand: fx.SessionEffect) -> None:
        """Whatever happens ends in an event."""
        try:
            await _ERRANDS[type(errand)](self, errand)
            return
        except ASKING_FAILS as error:
            title = why_it_failed(type(errand).__name__, error)
        except ArchiveUnusable as error:
            title = str(error)
        except OSError as error:
            title = _("{folder} ne peut pas être écrit : {why}").format(folder=error.filename or "", why=error.strerror or error)
        if isinstance(errand, fx.MakeArchive):
            self._emit(ev.Refused(errand.write_id, title, time.time()))
        elif not isinstance(errand, fx.ListArchives):
            self._emit(Said(title, "error", time.time()))

    async def _make_archive(self, errand: fx.MakeArchive) -> None:
        answer = await self._http.post(f"/session/candidates/{quote(errand.number, safe='')}/archive", timeout=LONG)
        answer.raise_for_status()
        made = object_of(answer)
        words = _("{name}, empreinte {sha256}.").format(name=made["name"], sha256=str(made["sha256"])[:16] + "…")
        self._emit(ev.Confirmed(errand.write_id, time.time(), words))
        await self._list_archives(fx.ListArchives())

    async def _list_archives(self, errand: fx.ListArchives) -> None:
        answer = await self._http.get("/session/archives")
        answer.raise_for_status()
        self._emit(ev.ArchivesArrived(object_of(answer)))

    async def _save_minutes(self, errand: fx.SaveMinutes) -> None:
        answer = await self._http.get(f"/session/minutes.{errand.form}", timeout=LONG)
        answer.raise_for_status()
        path = await asyncio.to_thread(_kept, errand.folder, f"annexe-proces-verbal.{errand.form}", answer.content)
        self._emit(Said(_("Annexe du procès-verbal enregistrée ici : {path}").format(path=path), "info", time.time()))

    async def _save_archive(self, errand: fx.SaveArchive) -> None:
        answer = await self._http.get(f"/session/archives/{quote(errand.name, safe='')}", timeout=LONG)
        answer.raise_for_status()
        if hashlib.sha256(answer.content).hexdigest() != errand.sha256:
            raise ArchiveUnusable(_("{name} : l'archive reçue n'est pas celle qui a été faite.").format(name=errand.name))
        path = await asyncio.to_thread(_kept, errand.folder, errand.name, answer.content)
        await asyncio.to_thread(verify_archive, path)
        self._emit(Said(_("Archive enregistrée et vérifiée ici : {path}").format(path=path), "info", time.time()))


def _kept(folder: Path, name: str, content: bytes) -> Path:
    """Written whole, in place of the one before. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(name).name
    durable.write_file(path, content)
    return path.resolve()


_ERRANDS: dict[type, Callable[[SessionLink, Any], Any]] = {
    fx.MakeArchive: SessionLink._make_archive,
    fx.ListArchives: SessionLink._list_archives,
    fx.SaveMinutes: SessionLink._save_minutes,
    fx.SaveArchive: SessionLink._save_archive,
}
