"""The calculator's arithmetic and the calendar's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_mock.rules.calendar import add_working_days, is_working_day
from workstation.desk.calculation import CannotCalculate, as_typed, calculate, written
from workstation.ui.screens.calendar_page import day_words, moved_day, working_days_between
from workstation.ui.widgets.value_text import Unreadable

TODAY = dt.date(2026, 11, 23)
amounts = st.decimals(min_value=-999999, max_value=999999, places=2)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("12,50 × 3", "37,5"),
        ("12.50*3", "37,5"),
        ("0,1+0,2", "0,3"),
        ("(120 - 20) / 4", "25"),
        ("2+3x4", "14"),
        ("12:4", "3"),
        ("1 234,50 € + 1 €", "1 235,5"),
        ("120 + 20 %", "144"),
        ("120 - 20%", "96"),
        ("50% * 3", "1,5"),
        ("100 ttc", "120"),
        ("100 ttc 5,5", "105,5"),
        ("100 ttc 5,5 %", "105,5"),
        ("120 ht", "100"),
        ("120 tva", "20"),
        ("(50+50) TTC + 1", "121"),
        ("-5+2", "-3"),
        ("1/3", "0,3333333333"),
        ("(1+2", "3"),
        ("12,5 =", "12,5"),
    ],
)
def test_what_agents_type(typed: str, shown: str) -> None:
    assert written(calculate(typed)).replace("\u202f", " ") == shown


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Tapez"),
        ("10/0", "Division par zéro"),
        ("1+", "Il manque un nombre"),
        ("2 3", "Je ne comprends pas « 3 »"),
        ("abc", "Je ne comprends pas « abc »"),
        ("2**3", "Il manque un nombre"),
        ("__import__('os')", "Je ne comprends pas"),
        ("r+1", "pas encore de résultat"),
        ("(" * 150, "Il manque un nombre"),
        ("1" * 201, "trop long"),
        ("9999999999999 * 9999999999999 * 9999999999999 / 0", "Division par zéro"),
    ],
)
def test_what_cannot_be_calculated_is_told(typed: str, why: str) -> None:
    with pytest.raises(CannotCalculate, match=why.replace("(", r"\(")):
        calculate(typed)


def test_the_last_result_goes_on() -> None:
    assert calculate("r * 2", Decimal("12.5")) == Decimal(25)


@settings(deadline=None)
@given(amounts, amounts)
def test_sums_are_exact_to_the_cent(one: Decimal, other: Decimal) -> None:
    assert calculate(f"{as_typed(one)} + ({as_typed(other)})") == one + other


@settings(deadline=None)
@given(amounts)
def test_a_result_typed_again_is_the_same(value: Decimal) -> None:
    assert calculate(as_typed(value)) == value and calculate(written(value)) == value


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=99999, places=2), st.sampled_from(["20", "10", "5,5", "2,1"]))
def test_vat_put_on_and_taken_off_gives_the_price_back(price: Decimal, rate: str) -> None:
    total = calculate(f"{as_typed(price)} ttc {rate}")
    assert round(calculate(f"{total:f} ht {rate}"), 2) == price
    assert calculate(f"{total:f} ht {rate}") + calculate(f"{total:f} tva {rate}") == pytest.approx(total)


@settings(deadline=None)
@given(st.text(alphabet="0123456789,.+-*/()%xr thva€:", max_size=30))
def test_nothing_typed_breaks_it(typed: str) -> None:
    try:
        written(calculate(typed, Decimal(2)))
    except CannotCalculate as error:
        assert str(error)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("J", "2026-11-23"),
        ("J+8", "2026-12-01"),
        ("J+8 ouvrés", "2026-12-03"),
        ("J+8 jo", "2026-12-03"),
        ("j+8 jours ouvrés", "2026-12-03"),
        ("+ 2 semaines", "2026-12-07"),
        ("J-1 mois", "2026-10-23"),
        ("24/12/2026 + 1 jo", "2026-12-28"),
        ("31/01/2027 + 1 mois", "2027-02-28"),
        ("25/12", "2026-12-25"),
    ],
)
def test_days_counted_from_the_simulations_day(typed: str, day: str) -> None:
    assert moved_day(typed, TODAY).isoformat() == day


@pytest.mark.parametrize("typed", ["", "demain", "31/02/2026", "J+9999 mois", "1"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises((Unreadable, OverflowError)):
        moved_day(typed, TODAY)


@settings(deadline=None, max_examples=60)
@given(st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2030, 12, 31)), st.integers(0, 60))
def test_working_days_counted_and_added_agree(day: dt.date, count: int) -> None:
    later = add_working_days(day, count)
    assert working_days_between(day, later) == count
    assert count == 0 or is_working_day(later)


def test_a_public_holiday_is_named() -> None:
    assert any("férié : Armistice" in line for line in day_words(dt.date(2026, 11, 11), TODAY))
    assert "J+2 · 2 jour(s) ouvré(s) d'écart" in day_words(dt.date(2026, 11, 25), TODAY)
