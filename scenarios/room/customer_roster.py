"""Which virtual customer plays for which station, and who calls the shared queue as whom. Pure.

A duty is decided anew from what is so now, whatever came before: `settle` on the same rosters and the same room gives the same roster.
The one thing that is not decided here is whom Asterisk's shared queue offers a call to: `bind` takes note of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MAX_STREAM = 99  # calls in one order


@dataclass(frozen=True)
class StationNow:
    """What counts of a station. `simulation`: the one under way, "" none; `since`: when it began, for whoever
    waits longest. `to_do`: inbound simulations by telephone still to be played there. `human`: a juror plays its customer."""

    simulation: str = ""
    since: str = ""
    ready: bool = False
    human: bool = False
    to_do: frozenset[str] = frozenset()

    @property
    def wants(self) -> bool:
        """A virtual customer is to play there."""
        return bool(self.simulation) and not self.human

    def could_take(self, simulation: str) -> bool:
        """A call of the shared queue, as that simulation's customer."""
        return not self.simulation and not self.human and simulation in self.to_do


@dataclass(frozen=True)
class CustomerNow:
    """`here`: its process answers and its line is registered. `awaited`: it was here a moment ago, and may be back: nothing is given to it,
    nor taken from it. `calls`: keys of those it has, as it says, or said last."""

    here: bool = False
    calls: frozenset[str] = frozenset()
    awaited: bool = False


@dataclass(frozen=True)
class SharedCall:
    """A call of the shared queue. `up`: the customer has said that it has it; `taken`: a station has answered."""

    key: str
    simulation: str
    up: bool = False
    taken: bool = False


@dataclass(frozen=True)
class Duty:
    """`station` "" and no `shared`: free. A shared call without a station waits in the queue."""

    station: str = ""
    simulation: str = ""  # what it plays there
    shared: SharedCall | None = None

    @property
    def waiting(self) -> SharedCall | None:
        """Its call that nobody was offered yet."""
        return self.shared if not self.station else None

    @property
    def open(self) -> SharedCall | None:
        """Its call that nobody has taken yet: the queue may offer it, or offer it again elsewhere."""
        return self.shared if self.shared is not None and not self.shared.taken else None


FREE = Duty()
Roster = Mapping[str, Duty]
"""Every customer of the room by its line, in order."""


def settle(roster: Roster, stations: Mapping[str, StationNow], customers: Mapping[str, CustomerNow]) -> dict[str, Duty]:
    """The roster that the room asks for now: whoever has no reason to stay leaves, then whoever waits longest gets who is free."""
    after = {name: _kept(duty, stations, customers[name]) for name, duty in roster.items()}
    for station in sorted((s for s in stations if stations[s].wants and not player(after, s)), key=lambda s: (stations[s].since, s)):
        name = next(iter(free(after, customers)), "")
        if name:
            after[name] = Duty(station, stations[station].simulation)
    return after


def _kept(duty: Duty, stations: Mapping[str, StationNow], now: CustomerNow) -> Duty:
    if now.awaited:
        return duty
    if not now.here:
        return FREE  # its calls went with it
    shared = duty.shared
    if shared is not None:
        if shared.up and shared.key not in now.calls:
            shared = None
        elif shared.key in now.calls:
            shared = replace(shared, up=True)
    duty = replace(duty, shared=shared)
    if not duty.station:
        still = shared is not None and any(shared.simulation in station.to_do for station in stations.values())
        return duty if still else FREE
    station = stations[duty.station]
    plays = station.wants and station.simulation == duty.simulation
    return duty if plays or now.calls else FREE


def free(roster: Roster, customers: Mapping[str, CustomerNow]) -> list[str]:
    """In order."""
    return [name for name, duty in roster.items() if duty == FREE and customers[name].here and not customers[name].calls]


def player(roster: Roster, station: str) -> str:
    """The virtual customer that plays there; "" none."""
    return next((name for name, duty in roster.items() if duty.station == station), "")


def waiting(roster: Roster) -> dict[str, SharedCall]:
    """Calls that the shared queue has offered to nobody yet, by customer."""
    return {name: duty.shared for name, duty in roster.items() if duty.shared is not None and duty.waiting}


def takes_shared(station: StationNow, roster: Roster) -> bool:
    """Whether the shared queue may offer its calls to this station: it could take any that nobody has taken yet."""
    if station.simulation or station.human:
        return False
    return all(station.could_take(duty.open.simulation) for duty in roster.values() if duty.open is not None)


def bind(roster: Roster, key: str, station: str, now: StationNow) -> tuple[str, Duty] | None:
    """The shared queue offers that call there, first, or after another station did not take it: its customer, and its duty from now on;
    None when that station cannot play it, or the call is no open one."""
    for name, duty in roster.items():
        call = duty.open
        if call is not None and call.key == key and now.could_take(call.simulation) and not player(roster, station):
            return name, Duty(station, call.simulation, replace(call, up=True))
    return None


def take(roster: Roster, key: str, station: str) -> dict[str, Duty]:
    """That station has answered the call."""
    return {name: _taken(duty) if duty.open and (duty.open.key, duty.station) == (key, station) else duty for name, duty in roster.items()}


def _taken(duty: Duty) -> Duty:
    return replace(duty, shared=replace(duty.shared, taken=True)) if duty.shared is not None else duty


@dataclass(frozen=True)
class Stream:
    """What the shared queue is to get: `left` calls, one every `every` seconds (0: as soon as somebody is free), as the customers of
    `simulations` in turn. `due`: when the next may come, in the clock's seconds."""

    simulations: tuple[str, ...]
    left: int
    every: float = 0.0
    due: float = 0.0
    turn: int = field(default=0, repr=False)

    def next_call(
        self, roster: Roster, stations: Mapping[str, StationNow], customers: Mapping[str, CustomerNow], clock: float
    ) -> tuple[Stream, str, str] | None:
        """The stream after its next call, who places it, and as whom; None when none is due or possible now.

        As whom: a simulation that a ready station still has to play, and may be offered although other calls wait before; of which fewer
        calls wait than stations could take."""
        caller = next(iter(free(roster, customers)), "")
        if not self.left or not caller or clock < self.due:
            return None
        asked = [call.simulation for call in waiting(roster).values()]
        ready = [station for station in stations.values() if station.ready and takes_shared(station, roster)]
        for step in range(len(self.simulations)):
            turn = (self.turn + step) % len(self.simulations)
            simulation = self.simulations[turn]
            able = sum(station.could_take(simulation) for station in stations.values())
            if any(station.could_take(simulation) for station in ready) and asked.count(simulation) < able:
                after = replace(self, left=self.left - 1, due=clock + self.every, turn=(turn + 1) % len(self.simulations))
                return after, caller, simulation
        return None
