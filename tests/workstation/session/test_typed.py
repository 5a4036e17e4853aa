"""What is typed in the forms of a session console, read."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.session.typed import LONGEST, minutes_words, seats_typed, seconds_typed, start_typed

SEATS = ("jury1", "jury2", "jury3")


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("80", 4800), ("53:20", 3200), (" 26:40 ", 1600), ("1:20:00", 4800), ("1h20", 4800), ("2h", 7200), ("5 min", 300), ("0", 0),
        ("", None), ("abc", None), ("5:60", None), ("-5", None), ("1441", None), ("25h", None), ("5,5", None),
    ],
)  # fmt: skip
def test_durations(typed: str, seconds: int | None) -> None:
    assert seconds_typed(typed) == seconds


@given(st.integers(0, LONGEST))
def test_a_duration_written_is_read_again(seconds: int) -> None:
    assert seconds_typed(minutes_words(seconds)) == seconds


def test_a_planned_start_is_an_hour_of_the_day_or_after_the_one_before() -> None:
    day, before = dt.date(2026, 11, 23), dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    at = start_typed("9h30", day, None)
    assert at is not None and at.tzinfo is not None and (at.date(), at.hour, at.minute) == (day, 9, 30)
    assert start_typed("09:30", day, None) == at and start_typed("+20", day, before) == before + dt.timedelta(minutes=20)
    assert [start_typed(text, day, None) for text in ("+20", "24:00", "9", "9:60", "demain")] == [None] * 5


def test_seats_are_those_of_the_session_in_its_order() -> None:
    assert seats_typed("", SEATS) == () and seats_typed("2, jury1", SEATS) == ("jury1", "jury2")
    assert seats_typed("jury9", SEATS) is None and seats_typed("1 direction", SEATS) is None
