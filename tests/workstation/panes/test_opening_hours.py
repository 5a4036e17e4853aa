"""Whether a service is open now, by what its line of the directory says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.rules.calendar import public_holidays
from workstation.ui.screens import opening_hours as oh

CLIENTS = "lundi au vendredi 9 h – 19 h, samedi 9 h – 13 h"
CONTRATS = "lundi au vendredi 9 h – 17 h"
MONDAY = dt.datetime(2026, 11, 23, 9, 40)


@pytest.mark.parametrize(
    ("hours", "now", "said"),
    [
        (CONTRATS, MONDAY, "ouvert jusqu'à 17 h"),
        (CONTRATS, dt.datetime(2026, 11, 23, 8, 59), "fermé, ouvre à 9 h"),
        (CONTRATS, dt.datetime(2026, 11, 23, 17, 0), "fermé, ouvre demain à 9 h"),
        (CONTRATS, dt.datetime(2026, 11, 20, 17, 30), "fermé, ouvre lundi à 9 h"),
        (CLIENTS, dt.datetime(2026, 11, 28, 12, 59), "ouvert jusqu'à 13 h"),
        (CLIENTS, dt.datetime(2026, 11, 28, 13, 0), "fermé, ouvre lundi à 9 h"),
        ("lundi au vendredi 8 h 30 – 18 h", dt.datetime(2026, 11, 24, 8, 15), "fermé, ouvre à 8 h 30"),
        ("lun–ven 9 h–17 h", MONDAY, "ouvert jusqu'à 17 h"),
        ("lundi au vendredi 9 h – 12 h et 14 h – 17 h 30", dt.datetime(2026, 11, 23, 12, 30), "fermé, ouvre à 14 h"),
        ("lundi au vendredi 9 h – 12 h et 14 h – 17 h 30", dt.datetime(2026, 11, 23, 14, 0), "ouvert jusqu'à 17 h 30"),
        (CONTRATS, dt.datetime(2026, 12, 25, 10, 0), "fermé, ouvre lundi à 9 h"),
        ("24 h sur 24", MONDAY, ""),
        ("sur rendez-vous", MONDAY, ""),
        ("lundi 17 h – 9 h", MONDAY, ""),
        (CONTRATS, None, ""),
    ],
)
def test_what_is_said_of_a_service(hours: str, now: dt.datetime | None, said: str) -> None:
    assert oh.words(hours, now) == said
    assert oh.is_closed(hours, now) == said.startswith("fermé")


@given(
    first=st.integers(0, 6),
    length=st.integers(0, 6),
    start=st.times(max_value=dt.time(11, 59)),
    end=st.times(min_value=dt.time(12, 0)),
    now=st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2028, 1, 1)),
)
def test_open_exactly_within_what_is_written(first: int, length: int, start: dt.time, end: dt.time, now: dt.datetime) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    days = [(first + n) % 7 for n in range(length + 1)]
    named = oh.DAY_NAMES[first] + (f" au {oh.DAY_NAMES[days[-1]]}" if length else "")
    week = oh.read(f"{named} {oh.hour(start)} – {oh.hour(end)}")
    assert week is not None and sorted(week) == sorted(days)
    worked = now.weekday() in days and now.date() not in public_holidays(now.year)
    assert (oh.closes_at(week, now) is not None) == (worked and start <= now.time() < end)
    opening = oh.opens_at(week, now)
    assert opening is not None and opening > now and oh.closes_at(week, opening) == end
