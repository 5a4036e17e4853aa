"""The hint to a candidate who is stuck: what it says, whether it is due by the simulation's own clock, whether it was given. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.desk.words import clock_time
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console.state import JuryState


@dataclass(frozen=True)
class Hint:
    """`after`: minutes. `left`: seconds until it is due, below zero once it is; None while its simulation does not run. `given`: the hour
    on this machine's clock, "" not given. `saved` False: what was noted is not confirmed."""

    says: str
    after: int
    left: float | None
    given: str
    saved: bool

    @property
    def due(self) -> bool:
        return self.left is not None and self.left <= 0 and not self.given


def hint_path(simulation: str) -> str:
    return f"/jury/simulations/{simulation}/hint"


def hinted_simulation(state: JuryState) -> str:
    """The one that runs, else the one in front."""
    return view.current(state) or state.chosen


def hint_of(state: JuryState, simulation: str, now: float) -> Hint | None:
    """None where the persona has none, or its sheet is not there. `now`: UNIX, this machine's."""
    told = view.record(view.record(state.sheets.get(simulation, {}).get("persona")).get("hint"))
    if not told.get("says"):
        return None
    after = view.seconds(told.get("after"))
    elapsed = state.running.elapsed(now + state.clock_offset) if view.current(state) == simulation else None
    at = state.hints.get(simulation)
    given, saved = clock_time(at - state.clock_offset) if at is not None else "", True
    for write in exam.owed(state):
        if write.path == hint_path(simulation):
            given, saved = clock_time(write.at) if write.body.get("given") else "", False
    return Hint(str(told["says"]), after, None if elapsed is None else after * 60 - elapsed, given, saved)
