"""The scenario clock: the story's hour, whatever the hour of the room."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from scenarios.clock import Run, scenario_at, scenario_now

DAY = dt.date(2026, 11, 23)
NOON = dt.datetime(2026, 12, 2, 17, 0, tzinfo=dt.UTC)  # another day, another hour
FIRST = dt.time(9, 40)


def story(hour: int, minute: int, second: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 23, hour, minute, second)


def test_the_clock_stands_at_the_first_simulation_until_it_starts() -> None:
    assert scenario_now(DAY, FIRST, [], NOON) == story(9, 40)


def test_it_runs_with_the_simulation_then_stands_where_it_ended() -> None:
    later = NOON + dt.timedelta(minutes=3, seconds=5)
    assert scenario_now(DAY, FIRST, [Run(FIRST, NOON)], later) == story(9, 43, 5)
    over = Run(FIRST, NOON, NOON + dt.timedelta(minutes=8))
    assert scenario_now(DAY, FIRST, [over], NOON + dt.timedelta(hours=2)) == story(9, 48)


def test_the_next_simulation_starts_at_its_own_hour() -> None:
    runs = [Run(FIRST, NOON, NOON + dt.timedelta(minutes=8)), Run(dt.time(10, 30), NOON + dt.timedelta(minutes=20))]
    assert scenario_now(DAY, FIRST, runs, NOON + dt.timedelta(minutes=21)) == story(10, 31)


@given(st.integers(-100_000, 100_000))
def test_a_server_clock_set_back_never_shows_an_hour_before_the_start(seconds: int) -> None:
    shown = scenario_at(DAY, Run(FIRST, NOON, NOON + dt.timedelta(minutes=8)), NOON + dt.timedelta(seconds=seconds))
    assert story(9, 40) <= shown <= story(9, 48)
