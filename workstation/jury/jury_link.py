"""The console's link with the room server: the view and the exam session followed, the journal of the station taken, requests, what the
ear tells, what the juror notes (owed_link.py).

`carry` takes an effect and comes back at once; what becomes of it arrives as events through `emit`. Both sockets come back within
2 s. What the silence detector tells is sent in order until the server has it; the rest is asked once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import websockets

from cti.task_groups import raise_if_cancelled
from workstation.desk.events import AccountArrived, PlaceLost
from workstation.i18n import _
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console.room_view import record
from workstation.jury.owed_link import OwedWrites
from workstation.links.answers import ASKING_FAILS, object_of, why_it_failed
from workstation.links.console_link import ConsoleLink
from workstation.links.room_wire import LOST, REVOKED, TRY_AGAIN, Connect, Retry, row_of, told_object
from workstation.links.spool import Spool
from workstation.ui.happened import new_id

logger = logging.getLogger("plateau.link")
FORBIDDEN = frozenset({403, 404})
UNKNOWN_SEQ, SEAT_CHANGED = 4009, 4010
IN_MEMORY = Path(":memory:")


class JuryLink(ConsoleLink[ev.JuryEvent]):
    """`spool` keeps what the juror notes until the room has it; without one it outlives nothing."""

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
        super().__init__(base_url, token, trust=trust, transport=transport, connect=connect)
        self._owed = OwedWrites(self._http, spool or Spool(IN_MEMORY), lambda event: self._emit(event))
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

    def background(self) -> dict[str, Coroutine[Any, Any, object]]:
        return {
            "watch": self.follow(lambda: "/jury/watch", self._tell_view),
            "journal": self._follow_journal(),
            "ear": self._tell_ear(),
            "session": self._watch_session(),
            "owed": self._owed.run(),
        }

    async def take_work(self, tasks: asyncio.TaskGroup) -> None:
        asking: list[asyncio.Task[None]] = []
        async for effect in self.effects():
            asking = [task for task in asking if not task.done()]
            asking.append(tasks.create_task(self._ask(effect), name=type(effect).__name__))
        for task in asking:
            task.cancel()

    async def put_away(self) -> None:
        await self._owed.put_away()

    # --- the sockets --------------------------------------------------------------------------------

    def went_down(self) -> None:
        self._owed.away()

    def _tell_view(self, text: str | bytes) -> None:
        if (view := told_object(text)) is not None:
            me = record(view.get("me"))
            there = bool(me.get("role"))
            self._owed.at(str(me.get("station") or "") if there else "", str(me.get("sitting") or "") if there else "")
            self._emit(ev.ViewArrived(view, time.time()))

    async def _watch_session(self) -> None:
        """Whether the place is still ours is the other socket's to say."""
        retry = Retry()
        while True:
            with contextlib.suppress(*LOST):
                async with self._connect(f"{self._ws}/session/watch", self._headers) as views:
                    retry.reset()
                    fresh = True
                    async for text in views:
                        fresh = self._tell_session(text, fresh)
            await retry.pause()

    def _tell_session(self, text: str | bytes, fresh: bool) -> bool:
        """Whether the next one is still the first."""
        session = (told_object(text) or {}).get("session")
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
        retry = Retry()
        while True:
            await self._followed.wait()
            self._moved.clear()
            try:
                async with asyncio.TaskGroup() as tasks:
                    reading = tasks.create_task(self._read_journal())
                    moving = tasks.create_task(self._moved.wait())
                    await asyncio.wait({reading, moving}, return_when=asyncio.FIRST_COMPLETED)
                    if moving.done() or (reading.done() and not reading.cancelled() and reading.result()):
                        retry.reset()
                    reading.cancel()
                    moving.cancel()
            except* LOST as errors:
                logger.info("the journal: %s", errors.exceptions[0])
            raise_if_cancelled()
            if not self._moved.is_set():
                await retry.pause()

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
            body, retry = {"write_id": new_id(), "state": telling.ear, "detail": telling.detail}, Retry()
            while not await self._told(body):
                await retry.pause()

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
        try:
            event = await _ASKED[type(effect)](self, effect)
            if event is not None:
                self._emit(event)
        except ASKING_FAILS as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
            if status == REVOKED:
                self._emit(PlaceLost(time.time()))
            title, away = why_it_failed(type(effect).__name__, error), isinstance(error, httpx.TransportError)
            for failed in _failed(effect, title, away, status):
                self._emit(failed)

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
