"""The scenario clock: what time it is in the story, whatever the hour of the exam room. Pure.

Each simulation starts at its own hour of the sitting's day and then runs at the pace of the server's clock. Before
the first one the clock stands at its hour; between two it stands where the last one ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One simulation as played: `start_time` in the story; instants of the server's clock, aware."""

    start_time: dt.time
    started_at: dt.datetime
    ended_at: dt.datetime | None = None


def scenario_at(day: dt.date, run: Run, instant: dt.datetime) -> dt.datetime:
    """The story's local time (naive) at an instant of a run, held between the run's start and end."""
    last = instant if run.ended_at is None else min(instant, run.ended_at)
    return dt.datetime.combine(day, run.start_time) + max(dt.timedelta(), last - run.started_at)


def scenario_now(day: dt.date, first: dt.time, runs: Sequence[Run], now: dt.datetime) -> dt.datetime:
    """The story's local time (naive); `runs` in the order they were started, `first` the hour of the pack's first simulation."""
    if not runs:
        return dt.datetime.combine(day, first)
    return scenario_at(day, runs[-1], now)
