"""Dates told from J0."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.rules.calendar import is_working_day
from scenarios.pack_dates import DateExpressionError, fill, resolve

DAY = dt.date(2026, 11, 23)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


@pytest.mark.parametrize(
    ("expression", "date"),
    [
        ("J", "2026-11-23"),
        ("J+8", "2026-12-01"),
        ("J-49", "2026-10-05"),
        ("J-28", "2026-10-26"),
        ("J+50>", "2027-01-12"),
        ("J+48", "2027-01-10"),
        ("J+48>", "2027-01-11"),
        ("J+48<", "2027-01-08"),
        ("J+3jo", "2026-11-26"),
        ("J-1jo", "2026-11-20"),
        ("J+1m@10>", "2026-12-10"),
        ("J+2m@10>", "2027-01-11"),
        ("J+3m@10>", "2027-02-10"),
        ("J-3m@5", "2026-08-05"),
        ("J^10", "2026-12-10"),
        ("J^23", "2026-12-23"),
        ("J+2s", "2026-12-07"),
        ("J-2a", "2024-11-23"),
        ("J+8+1m", "2027-01-01"),
        ("J>lun", "2026-11-23"),
        ("J+3jo>jeu", "2026-11-26"),
        ("J+8>mar", "2026-12-01"),
        ("J+11>mer", "2026-12-09"),
        ("J+36>ven", "2027-01-01"),
        ("J+36>venjo", "2027-01-08"),
    ],
)
def test_expressions_on_the_day_of_subject_a(expression: str, date: str) -> None:
    assert resolve(expression, DAY) == dt.date.fromisoformat(date)


@pytest.mark.parametrize(
    "wrong",
    ["", "J8", "K+1", "J+", "J+1x", "J++1", "J+1>>", "J+1<jeu", "J+1>sam", "j+1", "J@0", "J@29", "J+99999999", "J+99999a", "J+9999jo"],
)
def test_what_is_no_expression_is_refused_in_french(wrong: str) -> None:
    with pytest.raises(DateExpressionError) as refused:
        resolve(wrong, DAY)
    assert "«" in str(refused.value)


def test_texts_hold_dates() -> None:
    text = "F-{J-1m|%y%m}-0231 du {J-28} au {J+8|jour} ({J|mois}, {J-3m|de_mois}, {J+8|date}, {J-1m|moisan}, {J|court}, {J|iso})"
    assert fill(text, DAY) == (
        "F-2610-0231 du 26/10/2026 au mardi 1er décembre (novembre, d’août, 1er décembre 2026, octobre 2026, 23/11, 2026-11-23)"
    )


def test_other_braces_are_left_alone_and_wrong_ones_told() -> None:
    assert fill("{oui} et {non}", DAY) == "{oui} et {non}"
    with pytest.raises(DateExpressionError):
        fill("{J+8|chinois}", DAY)
    with pytest.raises(DateExpressionError):
        fill("{Jeudi}", DAY)


@given(DAYS, st.integers(-400, 400))
def test_days_are_counted_and_rolled(day: dt.date, count: int) -> None:
    date = resolve(f"J{count:+d}", day)
    assert (date - day).days == count
    for mark, way in ((">", 1), ("<", -1)):
        rolled = resolve(f"J{count:+d}{mark}", day)
        assert is_working_day(rolled)
        assert 0 <= (rolled - date).days * way < 6  # Easter and Christmas make four days at most
        assert rolled == date or not is_working_day(date)


@given(DAYS, st.integers(0, 60))
def test_working_days_skip_the_others(day: dt.date, count: int) -> None:
    date = resolve(f"J+{count}jo", day)
    between = [day + dt.timedelta(days=n) for n in range(1, (date - day).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert count == 0 or is_working_day(date)


@given(DAYS, st.integers(-36, 36), st.integers(1, 28))
def test_a_day_of_a_month(day: dt.date, months: int, number: int) -> None:
    date = resolve(f"J{months:+d}m@{number}", day)
    assert date.day == number
    assert (date.year * 12 + date.month) - (day.year * 12 + day.month) == months
    nearest = resolve(f"J^{number}", day)
    assert nearest.day == number and 0 < (nearest - day).days <= 31
