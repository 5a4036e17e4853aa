"""The console's link with the room server: the view and the exam session followed, the journal of the station taken, requests, what the
ear tells, what the juror notes (owed_link.py).

`carry` takes an effect and comes back at once; what becomes of it arrives as events through `emit`. Both sockets come back within
2 s. What the silence detector tells is sent in order until the server has it; the rest is asked once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import websockets

from cti.task_groups import raise_if_cancelled
from workstation.desk.events import AccountArrived, LinkDown, LinkUp, PlaceLost
from workstation.i18n import _
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console.room_view import record
from workstation.jury.owed_link import OwedWrites
from workstation.links.answers import object_of, title_of, unreachable
from workstation.links.room_wire import (
    FIRST_RETRY,
    SLOWEST_RETRY,
    TRY_AGAIN,
    Connect,
    bearer,
    connect_socket,
    place_is_lost,
    room_client,
    row_of,
)
from workstation.links.spool import Spool
from workstation.ui.happened import new_id

logger = logging.getLogger("plateau.link")
REVOKED = 401
FORBIDDEN = frozenset({403, 404})
UNKNOWN_SEQ, SEAT_CHANGED = 4009, 4010
IN_MEMORY = Path(":memory:")
LOST = (OSError, TimeoutError, websockets.WebSocketException, EOFError)


class JuryLink:
    """`spool` keeps what the juror notes until the room has it; without one it outlives nothing. `trust` is what the room's certificate is
    verified by, None over plain HTTP. `transport` and `connect` let tests stand in for the room."""

    def __init__(
        self,
        base_url: str,
        token: str,
        spool: Spool | None = None,
        *,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._headers = bearer(token)
        self._http = room_client(base_url, token, trust, transport)
        self._ws = base_url.replace("http", "ws", 1).rstrip("/")
        self._connect = connect or partial(connect_socket, trust=trust)
        self._emit: Callable[[ev.JuryEvent], object] = lambda event: None
        self._owed = OwedWrites(self._http, spool or Spool(IN_MEMORY), lambda event: self._emit(event))
        self._work: asyncio.Queue[fx.JuryEffect | None] = asyncio.Queue()
        self._tellings: asyncio.Queue[fx.TellListening] = asyncio.Queue()
        self._station = ""
        self._seq = 0
        self._followed = asyncio.Event()  # a station's journal is to be read
        self._moved = asyncio.Event()  # another than the one being read

    def carry(self, effect: fx.JuryEffect) -> None:
        if isinstance(effect, fx.TellListening):
            self._tellings.put_nowait(effect)
        elif isinstance(effect, fx.FollowJournal):
            self._follow(effect.station)
        elif isinstance(effect, (fx.KeepWrite, fx.KeepTyped)):
            self._owed.keep(effect)
        elif isinstance(effect, fx.ForgetWork):
            self._owed.forget(effect.sittings)
        elif isinstance(effect, fx.FetchGrid):
            self._owed.want_grid()
        else:
            self._work.put_nowait(effect)

    async def run(self, emit: Callable[[ev.JuryEvent], object]) -> None:
        """Until cancelled or `stop`."""
        self._emit = emit
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(self._watch(), name="watch"),
                    tasks.create_task(self._follow_journal(), name="journal"),
                    tasks.create_task(self._tell_ear(), name="ear"),
                    tasks.create_task(self._watch_session(), name="session"),
                    tasks.create_task(self._owed.run(), name="owed"),
                ]
                while (effect := await self._work.get()) is not None:
                    background.append(tasks.create_task(self._ask(effect), name=type(effect).__name__))
                    background = [task for task in background if not task.done()]
                for task in background:
                    task.cancel()
        finally:
            await asyncio.shield(self._owed.put_away())
            await self._http.aclose()

    def stop(self) -> None:
        self._work.put_nowait(None)

    # --- the sockets --------------------------------------------------------------------------------

    async def _watch(self) -> None:
        retry = FIRST_RETRY
        while True:
            why = ""
            try:
                async with self._connect(f"{self._ws}/jury/watch", self._headers) as views:
                    retry = FIRST_RETRY
                    self._emit(LinkUp(time.time()))
                    async for text in views:
                        self._tell_view(text)
            except LOST as error:
                why = str(error)
                if place_is_lost(error):
                    self._emit(PlaceLost(time.time()))
            self._owed.away()
            self._emit(LinkDown(time.time(), why))
            await asyncio.sleep(retry)
            retry = min(SLOWEST_RETRY, retry * 2)

    def _tell_view(self, text: str | bytes) -> None:
        try:
            view = json.loads(text)
        except ValueError as error:
            logger.error("not a view of the room: %r (%s)", text[:200], error)
            return
        if isinstance(view, dict):
            me = record(view.get("me"))
            there = bool(me.get("role"))
            self._owed.at(str(me.get("station") or "") if there else "", str(me.get("sitting") or "") if there else "")
            self._emit(ev.ViewArrived(view, time.time()))

    async def _watch_session(self) -> None:
        """Whether the place is still ours is the other socket's to say."""
        retry = FIRST_RETRY
        while True:
            with contextlib.suppress(*LOST):
                async with self._connect(f"{self._ws}/session/watch", self._headers) as views:
                    retry, fresh = FIRST_RETRY, True
                    async for text in views:
                        fresh = self._tell_session(text, fresh)
            await asyncio.sleep(retry)
            retry = min(SLOWEST_RETRY, retry * 2)

    def _tell_session(self, text: str | bytes, fresh: bool) -> bool:
        """Whether the next one is still the first."""
        try:
            session = record(json.loads(text)).get("session")
        except ValueError as error:
            logger.error("not a view of the session: %r (%s)", text[:200], error)
            return fresh
        if not isinstance(session, dict):
            return fresh
        self._emit(ev.SessionArrived(session, fresh, time.time()))
        return False

    def _follow(self, station: str) -> None:
        if station == self._station:
            return
        self._station, self._seq = station, 0
        self._emit(ev.JournalRestarted())
        self._moved.set()
        if station:
            self._followed.set()
        else:
            self._followed.clear()

    async def _follow_journal(self) -> None:
        retry = FIRST_RETRY
        while True:
            await self._followed.wait()
            self._moved.clear()
            try:
                async with asyncio.TaskGroup() as tasks:
                    reading = tasks.create_task(self._read_journal())
                    moving = tasks.create_task(self._moved.wait())
                    await asyncio.wait({reading, moving}, return_when=asyncio.FIRST_COMPLETED)
                    retry = FIRST_RETRY if moving.done() or (reading.done() and not reading.cancelled() and reading.result()) else retry
                    reading.cancel()
                    moving.cancel()
            except* LOST as errors:
                logger.info("the journal: %s", errors.exceptions[0])
            raise_if_cancelled()
            if not self._moved.is_set():
                await asyncio.sleep(retry)
                retry = min(SLOWEST_RETRY, retry * 2)

    async def _read_journal(self) -> bool:
        """Rows until the socket ends; whether there were any."""
        any_row = False
        try:
            async with self._connect(f"{self._ws}/events?after={self._seq}", self._headers) as rows:
                async for text in rows:
                    any_row = True
                    self._tell_row(text)
        except websockets.ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code in (UNKNOWN_SEQ, SEAT_CHANGED):
                self._seq = 0
                self._emit(ev.JournalRestarted())
        return any_row

    def _tell_row(self, text: str | bytes) -> None:
        event = row_of(text)
        if event is not None:
            self._seq = max(self._seq, event.seq or 0)
            self._emit(event)

    # --- the ear ------------------------------------------------------------------------------------

    async def _tell_ear(self) -> None:
        """In order, each until answered; a refusal says nothing against the next."""
        while True:
            telling = await self._tellings.get()
            body, retry = {"write_id": new_id(), "state": telling.ear, "detail": telling.detail}, FIRST_RETRY
            while not await self._told(body):
                await asyncio.sleep(retry)
                retry = min(SLOWEST_RETRY, retry * 2)

    async def _told(self, body: dict[str, str]) -> bool:
        try:
            answer = await self._http.post("/jury/listening/state", json=body)
        except httpx.TransportError:
            return False
        if not answer.is_success:
            logger.warning("what the ear tells was refused: %s %s", answer.status_code, answer.text[:300])
        return answer.status_code < 500 and answer.status_code not in TRY_AGAIN

    # --- questions ----------------------------------------------------------------------------------

    async def _ask(self, effect: object) -> None:
        """One question; whatever happens ends in an event."""
        away, status = False, 0
        try:
            event = await _ASKED[type(effect)](self, effect)
            if event is not None:
                self._emit(event)
            return
        except httpx.TransportError as error:
            title, away = unreachable(error), True
        except httpx.HTTPStatusError as error:
            title, status = title_of(error.response), error.response.status_code
            logger.warning("%s: %s", type(effect).__name__, error)
            if status == REVOKED:
                self._emit(PlaceLost(time.time()))
        except (ValueError, KeyError, TypeError) as error:
            title = _("Réponse incompréhensible de la salle.")
            logger.exception("%s: %s", type(effect).__name__, error)
        for event in _failed(effect, title, away, status):
            self._emit(event)

    async def _get(self, path: str, **params: Any) -> dict[str, Any]:
        return _body(await self._http.get(path, params=params))

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _body(await self._http.post(path, json=body))

    async def _take_seat(self, effect: fx.TakeSeat) -> ev.JuryEvent:
        async with self._owed.moving(effect.station):
            told = _body(await self._http.put("/jury/seat", json={"role": effect.role, "station": effect.station}))
        return ev.SeatAnswered(dict(told["me"]), time.time())

    async def _fetch_account(self, effect: fx.FetchAccount) -> ev.JuryEvent:
        return AccountArrived(await self._get("/cti/account"), time.time())

    async def _fetch_sheet(self, effect: fx.FetchSheet) -> ev.JuryEvent:
        return ev.SheetArrived(effect.simulation, await self._get(f"/jury/persona/{effect.simulation}"))

    async def _fetch_who(self, effect: fx.FetchWho) -> ev.JuryEvent:
        return ev.WhoArrived(effect.call_key, await self._get("/jury/who", number=effect.number), time.time())

    async def _fetch_evidence(self, effect: fx.FetchEvidence) -> ev.JuryEvent:
        return ev.EvidenceArrived(effect.simulation, await self._get(f"/jury/grid/evidence/{effect.simulation}"))

    async def _order_simulation(self, effect: fx.OrderSimulation) -> ev.JuryEvent:
        await self._post(f"/jury/simulations/{effect.simulation}/{effect.order}", {"write_id": effect.write_id})
        return ev.Done(effect.order)

    async def _ask_call(self, effect: fx.AskCall) -> ev.JuryEvent:
        body = {"write_id": effect.write_id, "simulation": effect.simulation, "direct": effect.direct}
        told = await self._post("/jury/calls", body)
        headers = {str(name): str(value) for name, value in dict(told.get("headers") or {}).items()}
        return ev.CallGranted(effect.asked_key, str(told["call_key"]), str(told["target"]), headers, effect.direct)

    async def _ask_stream(self, effect: fx.AskStream) -> ev.JuryEvent:
        if not effect.calls:
            _body(await self._http.delete("/jury/stream"))
            return ev.Done("stream", _("Plus aucun appel pour la file commune ; ceux qui attendaient sont repris."), time.time())
        await self._post("/jury/stream", {"simulations": list(effect.simulations), "calls": effect.calls, "every": effect.every})
        return ev.Done("stream", _("Appels demandés pour la file commune : {count}.").format(count=effect.calls), time.time())

    async def _name_team(self, effect: fx.NameTeam) -> ev.JuryEvent:
        _body(await self._http.put("/jury/team", json={"write_id": effect.write_id, "people": list(effect.people)}))
        return ev.Done("team")

    async def _next_round(self, effect: fx.NextRound) -> ev.JuryEvent:
        await self._post("/jury/team/next", {"write_id": effect.write_id, "round": effect.round})
        return ev.Done("team")

    async def _ask_listening(self, effect: fx.AskListening) -> ev.JuryEvent:
        told = await self._post("/jury/listening", {"mode": effect.mode})
        return ev.ListeningGranted(effect.attempt, f"l-{new_id()}", str(told["call_key"]), str(told["target"]), effect.mode, time.time())

    async def _stop_listening(self, effect: fx.StopListening) -> None:
        _body(await self._http.delete("/jury/listening"))


def _body(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    return object_of(answer)


def _failed(effect: object, title: str, away: bool, status: int) -> list[ev.JuryEvent]:
    at = time.time()
    match effect:
        case fx.AskCall(asked_key=key):
            return [ev.CallDenied(key, title, away, at)]
        case fx.AskListening(attempt=attempt):
            return [ev.ListeningDenied(attempt, title, status in FORBIDDEN, at)]
        case fx.FetchWho(call_key=key):
            return [ev.WhoArrived(key, {"kind": "unknown"}, at), ev.Refused("who", title, at)]
        case fx.TakeSeat():
            return [ev.Refused("seat", title, at)]
        case fx.AskStream():
            return [ev.Refused("stream", title, at)]
        case fx.NameTeam() | fx.NextRound():
            return [ev.Refused("team", title, at)]
        case fx.OrderSimulation(order=order):
            return [ev.Refused(order, title, at)]
        case fx.FetchSheet():
            return [ev.Refused("sheet", title, at)]
        case fx.FetchEvidence(simulation=simulation):
            return [ev.EvidenceArrived(simulation, {}), *([ev.Refused("evidence", title, at)] if away else [])]
    return []  # asked again with the next link, or of no consequence


_ASKED: dict[type, Callable[[JuryLink, Any], Any]] = {
    fx.TakeSeat: JuryLink._take_seat,
    fx.FetchAccount: JuryLink._fetch_account,
    fx.FetchSheet: JuryLink._fetch_sheet,
    fx.FetchWho: JuryLink._fetch_who,
    fx.FetchEvidence: JuryLink._fetch_evidence,
    fx.OrderSimulation: JuryLink._order_simulation,
    fx.AskCall: JuryLink._ask_call,
    fx.AskStream: JuryLink._ask_stream,
    fx.NameTeam: JuryLink._name_team,
    fx.NextRound: JuryLink._next_round,
    fx.AskListening: JuryLink._ask_listening,
    fx.StopListening: JuryLink._stop_listening,
}
