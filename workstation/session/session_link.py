"""The session console's link with the room server: the view followed, orders sent in turn, archives and documents fetched beside them.

`carry` takes an effect and comes back at once; what becomes of it arrives as events through `emit`. Every order that may be sent twice
is the same order for the room: it is sent again until it is answered, `GIVE_UP` seconds at most unless it is a patient one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import websockets

from scenarios.archive import ArchiveUnusable, verify_archive
from workstation.desk.events import LinkDown, LinkUp, PlaceLost, Said
from workstation.i18n import _
from workstation.links.answers import object_of, title_of, unreachable
from workstation.links.room_wire import (
    FIRST_RETRY,
    SLOWEST_RETRY,
    TRY_AGAIN,
    Connect,
    connect_socket,
    place_is_lost,
    room_client,
)
from workstation.session import effects as fx
from workstation.session import events as ev

logger = logging.getLogger("plateau.link")
LOST = (OSError, TimeoutError, websockets.WebSocketException, EOFError)
GIVE_UP = 20.0  # seconds
LONG = httpx.Timeout(120.0, connect=3.0)  # an archive is made of dozens of documents
REVOKED = 401


class SessionLink:
    """`trust` is what the room's certificate is verified by, None over plain HTTP. `transport` and `connect` let tests stand in for the
    room."""

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
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = room_client(base_url, token, trust, transport)
        self._ws = base_url.replace("http", "ws", 1).rstrip("/")
        self._connect = connect or partial(connect_socket, trust=trust)
        self._give_up = give_up
        self._emit: Callable[[ev.SessionEvent], object] = lambda event: None
        self._orders: asyncio.Queue[fx.Order] = asyncio.Queue()
        self._patient: asyncio.Queue[fx.Order] = asyncio.Queue()  # none of them waits for another that gets no answer
        self._errands: asyncio.Queue[fx.SessionEffect | None] = asyncio.Queue()

    def carry(self, effect: fx.SessionEffect) -> None:
        if isinstance(effect, fx.Order):
            (self._patient if effect.patient else self._orders).put_nowait(effect)
        else:
            self._errands.put_nowait(effect)

    async def run(self, emit: Callable[[ev.SessionEvent], object]) -> None:
        """Until cancelled or `stop`."""
        self._emit = emit
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(self._watch(), name="watch"),
                    tasks.create_task(self._send_orders(self._orders), name="orders"),
                    tasks.create_task(self._send_orders(self._patient), name="patient orders"),
                ]
                while (errand := await self._errands.get()) is not None:
                    await self._run_errand(errand)
                for task in background:
                    task.cancel()
        finally:
            await self._http.aclose()

    def stop(self) -> None:
        self._errands.put_nowait(None)

    async def _watch(self) -> None:
        retry = FIRST_RETRY
        while True:
            why = ""
            try:
                async with self._connect(f"{self._ws}/session/watch", self._headers) as views:
                    retry = FIRST_RETRY
                    self._emit(LinkUp(time.time()))
                    async for text in views:
                        self._tell_view(text)
            except LOST as error:
                why = str(error)
                if place_is_lost(error):
                    self._emit(PlaceLost(time.time()))
            self._emit(LinkDown(time.time(), why))
            await asyncio.sleep(retry)
            retry = min(SLOWEST_RETRY, retry * 2)

    def _tell_view(self, text: str | bytes) -> None:
        try:
            view = json.loads(text)
        except ValueError as error:
            logger.error("not a view of the session: %r (%s)", text[:200], error)
            return
        if isinstance(view, dict):
            self._emit(ev.ViewArrived(view, time.time()))

    # --- orders -------------------------------------------------------------------------------------

    async def _send_orders(self, orders: asyncio.Queue[fx.Order]) -> None:
        while True:
            await self._send(await orders.get())

    async def _send(self, order: fx.Order) -> None:
        """Until it is answered, or given up."""
        began, retry = time.monotonic(), FIRST_RETRY
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
            await asyncio.sleep(retry)
            retry = min(SLOWEST_RETRY, retry * 2)

    # --- beside them --------------------------------------------------------------------------------

    async def _run_errand(self, errand: fx.SessionEffect) -> None:
        """Whatever happens ends in an event."""
        try:
            await _ERRANDS[type(errand)](self, errand)
            return
        except httpx.TransportError as error:
            title = unreachable(error)
        except httpx.HTTPStatusError as error:
            title = title_of(error.response)
        except ArchiveUnusable as error:
            title = str(error)
        except OSError as error:
            title = _("{folder} ne peut pas être écrit : {why}").format(folder=error.filename or "", why=error.strerror or error)
        except (ValueError, KeyError, TypeError) as error:
            logger.exception("%s", type(errand).__name__)
            title = _("Réponse incompréhensible de la salle ({what}).").format(what=type(error).__name__)
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
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(content)
    os.replace(draft, path)
    return path.resolve()


_ERRANDS: dict[type, Callable[[SessionLink, Any], Any]] = {
    fx.MakeArchive: SessionLink._make_archive,
    fx.ListArchives: SessionLink._list_archives,
    fx.SaveMinutes: SessionLink._save_minutes,
    fx.SaveArchive: SessionLink._save_archive,
}
