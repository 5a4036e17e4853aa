"""What the exchange tells, brought to the sittings it concerns: journaled, shown to the jury, and acted upon.

A call belongs to the station that has a leg in it; facts that come before that is known wait for it. Nothing here decides an
agent's state: the station's own facts do, save the end of a call whose station can no longer tell it.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from crm_mock.journal import Event
from cti.agent import AgentState
from cti.exchange import facts as fx
from cti.exchange.port import Exchange, ExchangeRefused, ListenMode
from cti.messages import clean_text
from scenarios.room.hub import PublishedRow
from scenarios.room.live_sitting import LiveSitting, utc_now
from scenarios.sitting import Row

logger = logging.getLogger(__name__)
GRACE = 1.5  # seconds a station has to tell the end of a call itself
LISTENERS_FOUND = 5.0  # seconds after a start of ours: the exchange says whom a listener hears once it has been pointed there again
RETRY = 1.0  # seconds before the exchange is followed again after a fault of ours
CALLS_KNOWN = 2000
EARLY_KEPT = 50
ACTOR = "central"


@dataclass(frozen=True)
class Listening:
    """A seat that hears a station, as the exchange confirmed it."""

    listener: str
    station: str
    mode: ListenMode
    since: str


OF_A_CALL = (fx.Queued, fx.Delivered, fx.Established)  # told again, when followed anew, of the calls that go on


def _mark(kind: str, call_key: str, line: object) -> tuple[str, str, str]:
    return kind, call_key, str(line or "")


def listening_in(rows: Iterable[Row]) -> tuple[str, ...]:
    """Who, by a sitting's journal, listens at its end."""
    now: dict[str, None] = {}
    for row in rows:
        if row.kind == "ExchangeListeningBegan":
            now[str(row.data["listener"])] = None
        elif row.kind == "ExchangeListeningEnded":
            now.pop(str(row.data["listener"]), None)
    return tuple(now)


@dataclass(frozen=True)
class Heard:
    """A fact of the exchange; its id makes a second attempt to journal it harmless."""

    id: str
    fact: fx.ExchangeFact


@dataclass(frozen=True)
class Waiting:
    """A call that waits in a queue; `since` is ISO 8601, UTC."""

    number: str
    name: str
    since: str


@dataclass
class ExchangeView:
    """What is known of the exchange now. `talking` holds the sides ("own", "far") that speak, by station. `waiting`: by queue, then by
    call key, in order of arrival; `open`: the stations a queue may offer its calls to; `parked`: the space of each call that is."""

    up: bool = False
    version: str = ""
    since: str = ""
    lines: dict[str, fx.LineChanged] = field(default_factory=dict)
    listening: dict[str, Listening] = field(default_factory=dict)  # by listener
    talking: dict[str, frozenset[str]] = field(default_factory=dict)
    waiting: dict[str, dict[str, Waiting]] = field(default_factory=dict)
    open: dict[str, set[str]] = field(default_factory=dict)
    parked: dict[str, str] = field(default_factory=dict)
    refused: int = 0  # strangers refused since the start


class ExchangeFollower:
    """`changed` is called when the view is no longer what it was. `labels` gives people's words for a line."""

    def __init__(
        self, exchange: Exchange, stations: Mapping[str, LiveSitting], labels: Mapping[str, str], changed: Callable[[], object]
    ) -> None:
        self.exchange, self.view = exchange, ExchangeView()
        self._stations, self._labels, self._changed = stations, labels, changed
        self._station_of: collections.OrderedDict[str, str] = collections.OrderedDict()  # call key → station
        self._early: collections.OrderedDict[str, list[Heard]] = collections.OrderedDict()
        self._waiting: collections.deque[Heard] = collections.deque()  # not journaled yet; one at most unless the disk refuses
        self._orders: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        self._group: asyncio.TaskGroup | None = None
        self.first_told: Callable[[fx.ExchangeFact], object] = lambda fact: None  # of each fact, before it is journaled
        self.takes_shared: Callable[[str], bool] = lambda station: True  # whether the shared queue may offer that station a call
        self.checking = False  # the room's check is under way: whoever listens now does so for it
        self._journaled: set[tuple[str, str, str]] = set()  # by an earlier run of ours; until the exchange has told all there is
        self._left_open: list[fx.ListeningEnded] = []  # listenings that the journal tells of and nobody has confirmed since the start

    async def run(self) -> None:
        """Follow the exchange and carry orders to it until cancelled."""
        for name, live in self._stations.items():
            self._say_ready(name, live.board.station.agent.state)
            rows = live.case.rows()
            self._left_open += [fx.ListeningEnded(listener, name) for listener in listening_in(rows)]
            self._journaled |= {_mark(row.kind, row.call_key, row.data.get("line")) for row in rows if row.kind.startswith("Exchange")}
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._carry())
            while True:
                try:
                    await self.exchange.run(self.heard)
                except Exception:
                    logger.exception("the exchange could not be followed")
                await asyncio.sleep(RETRY)

    # --- towards the exchange -----------------------------------------------------------------------

    def order(self, order: Callable[[], Awaitable[object]]) -> None:
        """Carried out in turn; a failure is logged, the exchange remembers what it must say again."""
        self._orders.put_nowait(order)

    def follow(self, station: str, row: PublishedRow) -> None:
        """A committed row of that station's sitting."""
        if row.kind == "AgentStateChanged":
            self._say_ready(station, AgentState(str(row.data["after"])))
        elif row.kind == "CallEnded" and row.data["by"] == "system":
            self.order(lambda: self._clear(station, row.call_key))

    async def _clear(self, station: str, call_key: str) -> None:
        """A phone that died, or lost its connection, can hang nothing up: whoever was at the other end must not stay in that call."""
        with contextlib.suppress(ExchangeRefused):  # down: its calls are over
            await self.exchange.clear(station, call_key)

    def opened(self, station: str) -> None:
        """Another sitting is at that station now: its agent is not ready, and its journal says who listens already."""
        self.say_ready(station)
        for one in self.view.listening.values():
            if one.station == station:
                fact = fx.ListeningBegan(one.listener, station, one.mode)
                self._journal(station, Heard(uuid.uuid4().hex, fact))

    def say_ready(self, station: str) -> None:
        """Whether its queues may offer it calls, as its agent is now."""
        self._say_ready(station, self._stations[station].board.station.agent.state)

    def _say_ready(self, station: str, state: AgentState) -> None:
        shared = self.takes_shared(station)
        self.order(lambda: self.exchange.set_ready(station, state is AgentState.READY, str(state), shared))

    async def _carry(self) -> None:
        while True:
            order = await self._orders.get()
            try:
                await order()
            except Exception:
                logger.exception("an order to the exchange failed")

    # --- from the exchange --------------------------------------------------------------------------

    def heard(self, fact: fx.ExchangeFact) -> None:
        """On the event loop. A fact is believed once it is journaled where it must be; what a disk refuses waits, in order."""
        self.first_told(fact)
        self._waiting.append(Heard(uuid.uuid4().hex, fact))
        if len(self._waiting) == 1:
            self._take()

    def _take(self) -> bool:
        """Whether everything heard could be kept."""
        while self._waiting:
            try:
                self._place(self._waiting[0])
                for station in self._concerned(self._waiting[0].fact):
                    self._journal(station, self._waiting[0])
            except Exception:
                logger.exception("what the exchange tells cannot be kept; it is tried again")
                if self._group is None:
                    raise
                self._group.create_task(self._take_again())
                return False
            self._believe(self._waiting.popleft().fact)
            self._changed()
        return True

    async def _take_again(self) -> None:
        await asyncio.sleep(RETRY)
        self._take()

    def _place(self, heard: Heard) -> None:
        """Learn which station a call is of; what came too early for that is journaled now."""
        fact, key = heard.fact, getattr(heard.fact, "call_key", "")
        if not key:
            return
        if key in self._station_of:
            if isinstance(fact, fx.Delivered) and fact.line in self._stations:
                self._station_of[key] = fact.line  # a call of the shared queue that another station did not take
            return
        named = [getattr(fact, name, "") for name in ("line", "from_line", "queue")]
        station = next((name for name in named if name in self._stations), "")
        if not station:
            early = self._early.setdefault(key, [])
            if len(early) < EARLY_KEPT:
                early.append(heard)
            while len(self._early) > CALLS_KNOWN:
                self._early.popitem(last=False)
            return
        for one in self._early.get(key, ()):
            self._journal(station, one)
        self._early.pop(key, None)
        self._station_of[key] = station
        while len(self._station_of) > CALLS_KNOWN:
            self._station_of.popitem(last=False)

    def _concerned(self, fact: fx.ExchangeFact) -> list[str]:
        if isinstance(fact, fx.EPHEMERAL) or isinstance(fact, fx.IntruderRefused):
            return []
        if isinstance(fact, fx.LinkChanged):
            return list(self._stations) if fact.up != self.view.up else []
        key, line = getattr(fact, "call_key", ""), str(getattr(fact, "line", ""))
        if line in self._stations:
            return [line]
        return [self._station_of[key]] if key in self._station_of else []

    def _known(self, fact: fx.ExchangeFact) -> bool:
        """Whether the journal tells it from before our own stop: a call, or a listening, that goes on."""
        if isinstance(fact, fx.ListeningBegan):
            going_on = fx.ListeningEnded(fact.listener, fact.line)
            known = going_on in self._left_open
            self._left_open = [one for one in self._left_open if one != going_on]
            return known
        mark = _mark(f"Exchange{type(fact).__name__}", getattr(fact, "call_key", ""), getattr(fact, "line", ""))
        return isinstance(fact, OF_A_CALL) and mark in self._journaled

    def _journal(self, station: str, heard: Heard) -> None:
        fact = heard.fact
        if self._known(fact):
            return
        data = fx.as_data(fact)
        if isinstance(fact, (fx.ListeningBegan, fx.ListeningEnded)):
            data["label"] = self._labels.get(fact.listener, clean_text(fact.listener))
            if self.checking:
                data["check"] = True
        key = str(data.pop("call_key", ""))
        self._stations[station].journal([Event(f"Exchange{type(fact).__name__}", data, ACTOR, key, f"{heard.id}:{station}")])

    def _believe(self, fact: fx.ExchangeFact) -> None:
        view = self.view
        self._follow_queues(fact)
        match fact:
            case fx.LinkChanged(up, version):
                if up != view.up:
                    view.up, view.version, view.since = up, version or view.version, utc_now().isoformat()
                if not up:
                    view.talking.clear()
                    view.parked.clear()
                    return
                self._journaled.clear()
                if self._left_open and self._group is not None:
                    self._group.create_task(self._end_left_open())
            case fx.LineChanged(line):
                view.lines[line] = fact
            case fx.ListeningBegan(listener, line, mode):
                view.listening[listener] = Listening(listener, line, mode, utc_now().isoformat())
            case fx.ListeningEnded(listener):
                view.listening.pop(listener, None)
            case fx.Parked(call_key, _line, space) if space:
                view.parked[call_key] = space
            case fx.Parked(call_key):
                view.parked.pop(call_key, None)
            case fx.TalkingChanged(line, side, talking):
                sides = view.talking.get(line, frozenset())
                view.talking[line] = sides | {side} if talking else sides - {side}
            case fx.Cleared(call_key, line) | fx.Failed(call_key, line) if line in self._stations and call_key:
                view.talking.pop(line, None)  # whoever still speaks in another call of that station says so again
                if self._group is not None:
                    self._group.create_task(self._end_for(line, call_key))
            case fx.IntruderRefused():
                view.refused += fact.times
                logger.warning("refused: %s as %r%s", fact.address, fact.account, ", locked out" if fact.locked_out else "")

    def _follow_queues(self, fact: fx.ExchangeFact) -> None:
        match fact:
            case fx.Queued(call_key, queue, number, name):
                self.view.waiting.setdefault(queue, {})[call_key] = Waiting(number, name, utc_now().isoformat())
            case fx.QueueMemberChanged(line, queue, member, paused):
                serving = self.view.open.setdefault(queue, set())
                (serving.add if member and not paused else serving.discard)(line)
            case fx.Abandoned(call_key):
                self._left_queue(call_key)
            case fx.Established(call_key, line) if line in self._stations:
                self._left_queue(call_key)
            case fx.Cleared(call_key, line) if line not in self._stations:
                self._left_queue(call_key)
            case _:
                pass

    def _left_queue(self, call_key: str) -> None:
        for calls in self.view.waiting.values():
            calls.pop(call_key, None)

    async def _end_left_open(self) -> None:
        """Listenings of before the room server's last stop are over unless the exchange, asked anew, told of them again."""
        await asyncio.sleep(LISTENERS_FOUND)
        left, self._left_open = self._left_open, []
        for ended in left:
            self.heard(ended)

    async def _end_for(self, station: str, call_key: str) -> None:
        """The station's leg is gone: when its desk has not said so in time (it may be dead), the end is told for it."""
        seen = utc_now()
        await asyncio.sleep(GRACE)
        while True:
            try:
                self._stations[station].board.cleared(call_key, seen)
                return
            except Exception:
                logger.exception("the end of call %s cannot be kept; it is tried again", call_key)
            await asyncio.sleep(RETRY)
