"""One room: its stations and their sittings, its exchange, its jury. A lab is a room of one station on direct lines."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_mock.journal import Event
from cti.exchange.direct import DirectExchange, e164
from cti.exchange.port import DialRefused, Exchange
from scenarios.jury import Juror, stand
from scenarios.pack import Pack
from scenarios.pack_load import PackErrors
from scenarios.pack_subjects import Subjects
from scenarios.room.access import ONLY_STATION, Identity, only
from scenarios.room.customers import RoomCustomers
from scenarios.room.debrief import follow_debriefs, keep_missing
from scenarios.room.exchange import ExchangeFollower
from scenarios.room.hub import PublishedRow
from scenarios.room.jury_seats import JurySeats, Seat
from scenarios.room.live_sitting import LiveSitting, utc_now
from scenarios.room.presence import CLOSE_MOVED, CLOSE_REVOKED, CLOSE_SITTING_LEFT, Presence
from scenarios.sitting import SittingError, SittingLeft
from scenarios.sitting_store import SittingUnusable, subject_of

logger = logging.getLogger(__name__)
CHORES_EVERY = 30.0  # seconds
CLOCKS_EVERY = 0.25  # seconds between two looks at what the phases' clocks bring about
VIEWS_EVERY = 0.1  # seconds, at most one view of the room to a juror in that time


@dataclass(frozen=True)
class RoomSettings:
    """`sittings` gives each station its sitting's folder, made when missing. `tokens` maps "role" or "role:place" to a secret.
    `port` 0: the system chooses. `labels`: people's words for a place."""

    pack: Path
    day: dt.date
    sittings: Mapping[str, Path]
    tokens: Mapping[str, str] = field(repr=False)
    mode: str = "practice"
    host: str = "127.0.0.1"
    port: int = 0
    parent_pipe: bool = False  # stop when standard input closes
    name: str = "Laboratoire"
    labels: Mapping[str, str] = field(default_factory=dict)
    seats: tuple[Seat, ...] = ()
    customers: tuple[str, ...] = ()  # lines of virtual customers, who are assigned to stations
    shared_queue: str = ""  # that every station serves
    resumed: frozenset[str] = frozenset()  # stations whose sitting was already open
    now: Callable[[], dt.datetime] = utc_now  # the clock of its sittings
    variant: str = ""  # the pack's subject of new sittings; "": its first
    history: Path | None = None  # the folder under which its former sittings are too
    spellcheck: bool = False  # of the written replies, in practice; an exam's session says its own


class Room:
    """Opening raises SittingUnusable, PackErrors or crm_mock's CaseFileUnusable; after that, `close` lets go of the folders.

    `make_exchange` is given the room; `keep_seat` makes a seat's change durable; `device_of` says which machine a place was enrolled on."""

    def __init__(
        self,
        settings: RoomSettings,
        *,
        make_exchange: Callable[[Room], Exchange] | None = None,
        keep_seat: Callable[[Seat], None] = lambda seat: None,
        device_of: Callable[[str], str] = lambda place: "",
    ) -> None:
        self.settings, self.device_of = settings, device_of
        self.url = ""  # where it is served; "" when it is not
        self.juror_at: Callable[[str, LiveSitting], Juror | None] = lambda seat, live: Juror(seat, seat)
        """Who sits at a seat where a sitting is examined; None: nobody of its jury, and that seat may not act in it."""
        self.on_close: list[Callable[[], object]] = []
        self.chores: list[Callable[[], object]] = []
        self.runs: list[Callable[[], Coroutine[Any, Any, None]]] = []  # each lives as long as the room serves
        self._subjects = Subjects(settings.pack, settings.day, settings.variant)
        self.pack: Pack = self.pack_of("")  # of new sittings; `live.pack` is a sitting's own
        self.stations: dict[str, LiveSitting] = {}
        self._views: set[asyncio.Event] = set()
        try:
            for station, folder in settings.sittings.items():
                pack = self.pack_of(subject_of(folder))
                self.stations[station] = LiveSitting(station, folder, pack, settings.mode, now=settings.now)
                self.stations[station].allow_spellcheck(settings.spellcheck and settings.mode == "practice")
        except BaseException:
            self.close()
            raise
        self.labels = {station: settings.labels.get(station, station) for station in self.stations}
        self.exchange: Exchange = make_exchange(self) if make_exchange else _direct(self)
        self.seats = JurySeats({seat.id: seat for seat in settings.seats}, self.labels, keep_seat)
        self.presence = Presence(self.changed)
        labels = {**self.labels, **{seat.id: seat.label for seat in settings.seats}}
        self.follower = ExchangeFollower(self.exchange, self.stations, labels, self.changed)
        self.customers = RoomCustomers(self, settings.customers, settings.shared_queue)
        self.follower.first_told, self.follower.takes_shared = self.customers.heard, self.customers.takes_shared
        if settings.customers:
            self.runs.append(self.customers.run)
        for seat in self.seats.all():
            if seat.role == "role_player":
                self.say_player(seat.station)

    def pack_of(self, subject: str) -> Pack:
        """The pack as that subject has it, read once; "": the one of new sittings. Raises PackErrors."""
        return self._subjects.pack(subject)

    def close(self) -> None:
        for live in self.stations.values():
            live.close()
        for also in self.on_close:
            also()

    async def run(self) -> None:
        """Everything that lives as long as the room serves."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.follower.run())
            group.create_task(self._do_chores())
            group.create_task(self._watch_clocks())
            for one in self.runs:
                group.create_task(one())

    async def _do_chores(self) -> None:
        while True:
            for chore in self.chores:
                try:
                    chore()
                except Exception:
                    logger.exception("a chore of the room failed")
            await asyncio.sleep(CHORES_EVERY)

    async def _watch_clocks(self) -> None:
        while True:
            for live in tuple(self.stations.values()):
                try:
                    live.tick()
                except Exception:
                    logger.exception("what the clock of %s brings about could not be journaled", live.station)
            await asyncio.sleep(CLOCKS_EVERY)

    def open_hubs(self) -> None:
        """From now on rows are delivered; call it on the event loop, before anything is served."""
        for live in self.stations.values():
            self._open_hub(live)

    def _open_hub(self, live: LiveSitting) -> None:
        keep_missing(live)
        live.hub.listeners.append(functools.partial(self._follow, live.station))
        live.hub.listeners.append(functools.partial(follow_debriefs, live))
        live.hub.open(live.case.last_seq())

    async def open_sitting(
        self, station: str, folder: Path, session: Mapping[str, Any] | None = None, pack: Pack | None = None
    ) -> LiveSitting:
        """A new sitting at a station, in the place of the one that was there: whoever follows that one is sent to the new. Made off the
        event loop: the other candidates' clocks and calls do not wait for it. Raises SittingError while a call is up there, and what
        opening a sitting raises: nothing has changed then."""
        self._free(station)
        given = station, folder, pack or self.pack, self.settings.mode, session, self.settings.now
        live = await asyncio.to_thread(LiveSitting, *given)
        try:
            before = self._free(station)  # a call may have come meanwhile
        except SittingError:
            live.close()
            raise
        self.stations[station] = live
        self._open_hub(live)
        self.presence.dismiss(station, CLOSE_SITTING_LEFT, "events")
        for seat in self.seats.all():
            if seat.station == station:
                self.presence.dismiss(seat.id, CLOSE_MOVED, "events")
        before.close()
        self.follower.opened(station)
        self.changed()
        return live

    def _free(self, station: str) -> LiveSitting:
        """The sitting there. Raises SittingError while a call is up."""
        live = self.stations[station]
        if live.board.station.alive:
            raise SittingError("call_up", 409, "Un appel est encore en ligne à ce poste.", {"station": station})
        return live

    def _follow(self, station: str, row: PublishedRow) -> None:
        self.follower.follow(station, row)
        self.customers.follow(row)
        self.changed()

    # --- who is meant -------------------------------------------------------------------------------

    def sitting_of(self, who: Identity) -> LiveSitting:
        """The sitting that somebody's requests are about. Raises SittingError."""
        live = self._sitting_at(who)
        self.still_meant(who, live)
        return live

    def of_jury(self, who: Identity, *roles: str) -> LiveSitting:
        """The sitting where a juror is, in one of these roles where any is named. Raises SittingError."""
        live = self.stations[self.seats.station_of(who.place, *roles)]
        self.still_meant(who, live)
        self._admit(who.place, live)
        return live

    def still_meant(self, who: Identity, live: LiveSitting) -> None:
        """Raises SittingLeft for what was meant for another sitting than the one that is there now, or by another juror than the one who
        sits there now."""
        if who.sitting not in ("", self.stand(who.place, live) if who.role == "juror" else live.card.id):
            raise SittingLeft(who.sitting)

    def stand(self, seat: str, live: LiveSitting) -> str:
        """What that sitting is called where a seat is (scenarios.jury)."""
        juror = self.juror_at(seat, live)
        return stand(live.card.id, juror) if juror is not None else live.card.id

    def told_from(self, who: Identity, live: LiveSitting) -> int:
        """The row from which that sitting's journal is told to somebody; 0: the first."""
        juror = self.juror_at(who.place, live) if who.role == "juror" else None
        return juror.since if juror is not None else 0

    def _admit(self, seat: str, live: LiveSitting) -> None:
        """Raises SittingError for a seat that is not of the jury of whoever is examined there."""
        if self.juror_at(seat, live) is None:
            title = "Vous n'êtes pas du jury du candidat de ce poste."
            raise SittingError("not_a_juror", 403, title, {"seat": seat, "station": live.station})

    def _sitting_at(self, who: Identity) -> LiveSitting:
        if who.role == "juror":
            return self.of_jury(who)
        only(who, "candidate", "customer", "trainer")
        station = self.customers.station_of(who.place) if who.role == "customer" and who.place in self.customers else who.place
        try:
            return self.stations[station]
        except KeyError:
            raise SittingError("unknown_station", 404, "Ce poste n'existe pas dans cette salle.", {"station": who.place}) from None

    def who_is(self, live: LiveSitting, number: str) -> dict[str, Any]:
        """Which persona, service or customer of that sitting has this number: {number, kind, name, reference, simulation, contact_id};
        a number of several is said of the simulation under way first."""
        try:
            known = e164(number)
        except DialRefused:
            known = number
        answer = {"number": known, "kind": "unknown", "name": "", "reference": "", "simulation": "", "contact_id": ""}
        ordered = sorted((*live.pack.simulations, *live.pack.spares), key=lambda s: s.id != live.sitting.current)
        for simulation in ordered:
            if known and simulation.persona.number == known:
                persona = simulation.persona
                reference = self._reference(live, persona.contact_id)
                found = {"name": persona.name, "simulation": simulation.id, "contact_id": persona.contact_id, "reference": reference}
                return {**answer, "kind": "persona", **found}
        for service in live.pack.services:
            if service.number == known:
                return {**answer, "kind": "service", "name": service.name}
        hits = live.case.lookup_phone(known).hits
        if hits:
            contact = hits[0].contact_id
            return {**answer, "kind": "contact", "name": hits[0].name, "contact_id": contact, "reference": self._reference(live, contact)}
        return answer

    @staticmethod
    def _reference(live: LiveSitting, contact_id: str) -> str:
        found = next((record for record in live.pack.records if record.id == contact_id), None)
        return str(getattr(found, "reference", "") or "")

    # --- seats --------------------------------------------------------------------------------------

    def take_seat(self, seat_id: str, role: str, station: str) -> None:
        """Raises SittingError when it is not free, or not for this seat."""
        if station in self.stations:
            self._admit(seat_id, self.stations[station])
        before, after = self.seats.take(seat_id, role, station, utc_now().isoformat())
        if before == after:
            return
        for place in {before.station, after.station} - {""}:
            here = place == after.station
            data = {"seat": seat_id, "label": after.label, "role": after.role if here else "", "left": not here}
            self.stations[place].journal([Event("SeatTaken", data, seat_id)])
            self.say_player(place)
        if before.station != after.station:
            self.send_off(seat_id)
        self.changed()

    def send_off(self, seat_id: str) -> None:
        """Whoever sits there hears and is told nothing more of where they were; they come back for what they may still be told."""
        self.presence.dismiss(seat_id, CLOSE_MOVED, "events")
        self.follower.order(lambda: self.exchange.stop_listening(seat_id))

    def say_player(self, station: str) -> None:
        """A juror who plays there comes before a virtual customer."""
        seat = self.seats.player(station) or self.customers.player(station)
        self.follower.order(lambda: self.exchange.set_player(station, seat))

    def revoke(self, place: str) -> None:
        """The place's former token opens nothing any more: whoever came with it is sent off."""
        self.presence.dismiss(place, CLOSE_REVOKED)
        self.changed()

    # --- telling the jury ---------------------------------------------------------------------------

    def changed(self) -> None:
        for one in self._views:
            one.set()

    async def watch(self, make: Callable[[], dict[str, Any]], send: Callable[[str], Awaitable[None]]) -> None:
        """Sends what `make` gives, then again whenever it differs after a change, until `send` raises; `room.server_now` is added."""
        news = asyncio.Event()
        news.set()
        self._views.add(news)
        told: dict[str, Any] = {}
        try:
            while True:
                await news.wait()
                news.clear()
                view = make()
                if view != told:
                    told = view
                    dated = {**view, "room": {**view["room"], "server_now": self.settings.now().isoformat()}}
                    await send(json.dumps(dated, ensure_ascii=False, separators=(",", ":")))
                await asyncio.sleep(VIEWS_EVERY)
        finally:
            self._views.discard(news)


def _direct(room: Room) -> DirectExchange:
    board = room.stations[ONLY_STATION].board
    return DirectExchange(lambda: board.customer_contact, {s.number: s.name for s in room.pack.services})


__all__ = ["PackErrors", "Room", "RoomSettings", "SittingUnusable"]
