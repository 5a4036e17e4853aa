"""The room's virtual customers (practice): who plays where, the shared queue's calls, and what each customer is told to do.

A customer has one socket, /customer/watch: on it the room tells its duty, and it tells which calls it has. While that socket is open it is
there; when it stays closed its calls are gone and its station is somebody else's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_mock.journal import Event
from cti.agent import AgentState
from cti.exchange import facts as fx
from cti.exchange.port import ExchangeRefused
from scenarios.room import customer_roster as pure
from scenarios.room.customer_roster import FREE, CustomerNow, Duty, SharedCall, StationNow, Stream
from scenarios.room.hub import PublishedRow
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.presence import CLOSE_MOVED
from scenarios.sitting import SimulationState, SittingError

if TYPE_CHECKING:
    from scenarios.room.core import Room

logger = logging.getLogger(__name__)
REPORT_LIMIT = 4096  # characters
PHONE, INBOUND = "téléphone", "entrant"
AWAITED = 5.0  # seconds a customer may be away: a busy machine, or its process started again
GOES_ON = 2.0  # seconds: an offer that was not taken is made to the next station at once, or at the queue's `retry`, a second later
DECIDES = frozenset({"SimulationStarted", "SimulationEnded", "AgentStateChanged", "SeatTaken"})  # kinds of rows


class RoomCustomers:
    """`lines` are the customers'; `shared_queue` is the queue that every station serves, "" where there is none."""

    def __init__(self, room: Room, lines: Iterable[str], shared_queue: str) -> None:
        self._room, self.shared_queue = room, shared_queue
        self.roster: dict[str, Duty] = dict.fromkeys(lines, FREE)
        self._now: dict[str, CustomerNow] = dict.fromkeys(self.roster, CustomerNow())
        self._attending: dict[str, object] = {}
        self._told_shared: dict[str, bool] = {}
        self._news = asyncio.Event()
        self.stream: Stream | None = None

    def __contains__(self, line: str) -> bool:
        return line in self.roster

    async def run(self) -> None:
        """Decide again whenever something that counts has changed, until cancelled."""
        while self.roster:
            self._news.clear()
            pause: float | None = None
            try:
                self.settle()
                pause = self._advance()
            except Exception:
                logger.exception("the virtual customers could not be told where to go")
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                pass

    # --- what others ask ----------------------------------------------------------------------------

    def station_of(self, line: str) -> str:
        """Where that customer plays. Raises SittingError `no_station`."""
        station = self.roster[line].station
        if not station:
            raise SittingError("no_station", 409, "Ce client virtuel ne joue pour aucun poste.", {"customer": line})
        return station

    def player(self, station: str) -> str:
        """The virtual customer that plays there; "" none."""
        return pure.player(self.roster, station)

    def takes_shared(self, station: str) -> bool:
        """Whether the shared queue may offer its calls to that station."""
        return not self.roster or pure.takes_shared(self._station(self._room.stations[station]), self.roster)

    def view(self, line: str) -> dict[str, Any]:
        """What that customer is told, and told again whenever it is no longer so."""
        duty = self.roster[line]
        me: dict[str, Any] = {"seat": line, "station": duty.station, "sitting": "", "target": "", "call": None}
        if duty.station:
            me |= {"sitting": self._room.stations[duty.station].card.id, "target": self._target(duty.station)}
        if duty.shared is not None:
            shared = duty.shared
            me["call"] = {"call_key": shared.key, "simulation": shared.simulation, "target": self._target(self.shared_queue)}
        return {"room": {"name": self._room.settings.name, "mode": self._room.settings.mode}, "me": me}

    def _target(self, queue: str) -> str:
        """ "" while the exchange is away."""
        try:
            return self._room.exchange.offer_target(queue)
        except ExchangeRefused:
            return ""

    # --- what is learnt -----------------------------------------------------------------------------

    @contextmanager
    def attending(self, line: str) -> Iterator[None]:
        """As long as that customer's socket is open. It counts from its first word (`told`)."""
        self._attending[line] = this = object()
        try:
            yield
        finally:
            if self._attending.get(line) is this:  # else a new process of the same customer is there already
                self._now[line] = replace(self._now[line], here=False, awaited=True)
                asyncio.get_running_loop().call_later(AWAITED, self._gone, line, this)
                self._news.set()

    def _gone(self, line: str, socket: object) -> None:
        if self._attending.get(line) is socket:
            self._now[line] = CustomerNow()
            self._news.set()

    def told(self, line: str, calls: Sequence[str]) -> None:
        """The keys of the calls that customer has, at each change."""
        self._now[line] = CustomerNow(True, frozenset(calls))
        self.settle()  # at once: a call that came and went must have been there
        self._news.set()

    def follow(self, row: PublishedRow) -> None:
        """A committed row of a sitting."""
        if row.kind in DECIDES:
            self._news.set()

    def heard(self, fact: fx.ExchangeFact) -> None:
        """What the exchange tells, before it is journaled: a call's sitting must have its simulation before its first row."""
        match fact:
            case fx.Delivered(call_key, line) if fact.queue and fact.queue == self.shared_queue:
                self.offered(line, call_key)
            case fx.Established(call_key, line) if line in self._room.stations:
                self._become(pure.take(self.roster, call_key, line))
            case fx.Failed(call_key, line) if self._open_at(line, call_key):
                asyncio.get_running_loop().call_later(GOES_ON, self._not_taken, line, call_key)
            case fx.LinkChanged():
                self._news.set()
            case _:
                pass

    def told_offered(self, station: str, call_key: str) -> None:
        """The desk says that it is offered this call. It may come before the exchange's own word, or long after."""
        if any(call.key == call_key for call in pure.waiting(self.roster).values()):
            self.offered(station, call_key)

    def offered(self, station: str, call_key: str) -> None:
        """That station is offered this call: one of the shared queue becomes its sitting's. Known again, nothing changes."""
        caller = next((name for name, duty in self.roster.items() if duty.open is not None and duty.open.key == call_key), "")
        if not caller or self.roster[caller].station == station:
            return
        live = self._room.stations[station]
        bound = pure.bind(self.roster, call_key, station, self._station(live))
        try:
            if bound is None:
                raise SittingError("cannot_play", 409, "Ce poste ne peut pas jouer cet appel.", {"call_key": call_key})
            live.start(bound[1].simulation, f"{call_key}:start", caller)
            self._become({**self.roster, caller: bound[1]})
        except Exception:
            logger.warning("call %s of the shared queue is taken back from %s", call_key, station, exc_info=True)
            self._clear(caller, call_key)

    def _not_taken(self, station: str, call_key: str) -> None:
        """Offered there, not taken, and offered to nobody else: the customer hangs up, and calls that station again by itself."""
        if caller := self._open_at(station, call_key):
            self._clear(caller, call_key)

    def _open_at(self, station: str, call_key: str) -> str:
        """The customer whose call that is, offered there last and not taken; "" when it is no such call."""
        for name, duty in self.roster.items():
            if duty.station == station and duty.open is not None and duty.open.key == call_key:
                return name
        return ""

    def _clear(self, line: str, call_key: str) -> None:
        self._room.follower.order(lambda: self._room.exchange.clear(line, call_key))

    # --- deciding -----------------------------------------------------------------------------------

    def settle(self) -> None:
        self._become(pure.settle(self.roster, self._stations(), self._now))

    def _become(self, after: dict[str, Duty]) -> None:
        before = self.roster
        moved = [name for name in after if after[name].station != before[name].station]
        for name in moved:
            for station, duty, left in ((before[name].station, before[name], True), (after[name].station, after[name], False)):
                if station:
                    data = {"customer": name, "simulation": duty.simulation, "left": left}
                    self._room.stations[station].journal([Event("CustomerAssigned", data, name)])
        self.roster = after
        for name in moved:
            self._room.presence.dismiss(name, CLOSE_MOVED, "events")
        for station in dict.fromkeys(duty[name].station for name in moved for duty in (before, after)):
            if station:
                self._room.say_player(station)
        self._say_shared()
        if after != before:
            self._room.changed()

    def _say_shared(self) -> None:
        told = {station: self.takes_shared(station) for station in self._room.stations}
        for station, takes in told.items():
            if self._told_shared.get(station, True) != takes:
                self._room.follower.say_ready(station)
        self._told_shared = told

    def _stations(self) -> dict[str, StationNow]:
        return {name: self._station(live) for name, live in self._room.stations.items()}

    def _station(self, live: LiveSitting) -> StationNow:
        sitting, current = live.sitting, live.sitting.current or ""
        began = sitting.simulations[current].started_at if current else None
        calls = (s.id for s in live.simulations if s.channel == PHONE and s.direction == INBOUND)
        return StationNow(
            current,
            began.isoformat() if began else "",
            live.board.station.agent.state is AgentState.READY,
            bool(self._room.seats.player(live.station)),
            frozenset(one for one in calls if sitting.simulations[one].state is SimulationState.TO_DO),
        )

    # --- the shared queue ---------------------------------------------------------------------------

    def start_stream(self, simulations: Sequence[str], calls: int, every: float) -> None:
        """In place of the one that runs. Raises SittingError for a simulation nobody calls for."""
        if not self.roster or not self.shared_queue:
            raise SittingError("no_customers", 409, "Cette salle n'a pas de client virtuel : plateau asterisk configure --customers.")
        live = next(iter(self._room.stations.values()))
        for one in simulations:
            simulation = live.simulation(one)
            if (simulation.channel, simulation.direction) != (PHONE, INBOUND):
                title = f"La simulation {one} n'est pas un appel entrant : la file commune ne peut pas la proposer."
                raise SittingError("not_inbound", 422, title, {"simulation": one})
        self.stream = Stream(tuple(dict.fromkeys(simulations)), calls, every)
        self._news.set()
        self._room.changed()

    def stop_stream(self) -> None:
        """No more calls; those that wait are taken back."""
        self.stream = None
        self._become({name: FREE if duty.waiting else duty for name, duty in self.roster.items()})
        self._room.changed()

    def customers_view(self) -> list[dict[str, Any]]:
        """Each with where it plays, and the shared queue's call it has."""
        return [
            {
                "id": line,
                "connected": self._now[line].here,
                "station": duty.station,
                "simulation": duty.simulation or (duty.shared.simulation if duty.shared else ""),
                "call_key": duty.shared.key if duty.shared else "",
            }
            for line, duty in self.roster.items()
        ]

    def stream_view(self) -> dict[str, Any] | None:
        """None when no call is still to come."""
        stream = self.stream
        if stream is None or not stream.left:
            return None
        return {"simulations": list(stream.simulations), "left": stream.left, "every": stream.every}

    def _advance(self) -> float | None:
        """Places what is due; seconds until more is, None: when something changes."""
        while self.stream is not None:
            found = self.stream.next_call(self.roster, self._stations(), self._now, time.monotonic())
            if found is None:
                break
            self.stream, caller, simulation = found
            self._become({**self.roster, caller: Duty(shared=SharedCall(f"c-{uuid.uuid4().hex}", simulation))})
        left = self.stream.due - time.monotonic() if self.stream is not None and self.stream.left else 0.0
        return left if left > 0 else None


def read_report(text: str) -> tuple[str, ...] | None:
    """The call keys of {"calls": [...]}, as a customer says it; None for anything else."""
    try:
        message = json.loads(text) if len(text) <= REPORT_LIMIT else None
    except ValueError:
        return None
    calls = message.get("calls") if isinstance(message, dict) else None
    if not isinstance(calls, list) or not all(isinstance(key, str) for key in calls):
        return None
    return tuple(calls)
