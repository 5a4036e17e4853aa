"""Amounts, dates and numbers as typed and as shown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.ui.widgets import value_text as v

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("41,15", 4115), ("41.15", 4115), ("39", 3900), ("1 234,5 €", 123450), ("1\u202f234,50\u00a0€", 123450), ("-3,2", -320), ("", None)],
)
def test_an_amount_is_read_however_it_is_written(typed: str, cents: int | None) -> None:
    assert v.read_money(typed) == cents


def test_an_amount_is_shown_with_no_break_spaces() -> None:
    assert v.money(123450) == "1\u00a0234,50\u00a0€"
    assert v.money(-5) == "-0,05\u00a0€"


@given(st.integers(-v.MAX_CENTS, v.MAX_CENTS))
def test_an_amount_shown_reads_as_itself(cents: int) -> None:
    assert v.read_money(v.money(cents)) == cents


@pytest.mark.parametrize("typed", ["abc", "1,234", "12,3,4", "12€5", "99999999999"])
def test_what_is_no_amount_is_said_in_french(typed: str) -> None:
    with pytest.raises(v.Unreadable, match="Montant"):
        v.read_money(typed)


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("01/12", "2026-12-01"),
        ("1/12/2026", "2026-12-01"),
        ("01/12/26", "2026-12-01"),
        ("5.1", "2027-01-05"),
        ("28-11", "2026-11-28"),
        ("", None),
    ],
)
def test_a_date_without_its_year_is_the_nearest(typed: str, iso: str | None) -> None:
    assert v.read_day(typed, TODAY) == iso


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_a_date_shown_reads_as_itself(day: dt.date) -> None:
    assert v.read_day(v.day(day), TODAY) == day.isoformat() == v.read_day(v.day(day.isoformat()), TODAY)


@pytest.mark.parametrize("typed", ["J+8", "31/02/2026", "demain", "2026"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(v.Unreadable):
        v.read_day(typed, TODAY)


def test_a_telephone_number_is_kept_in_e164_and_shown_in_pairs() -> None:
    assert v.read_phone("04.65 71-21 08") == "+33465712108" == v.read_phone("0033 4 65 71 21 08")
    assert v.phone("+33465712108") == "04\u00a065\u00a071\u00a021\u00a008"
    with pytest.raises(v.Unreadable):
        v.read_phone("12")


def test_a_point_is_a_number_or_an_address() -> None:
    assert v.read_point("06 39 98 41 02") == "+33639984102"
    assert v.read_point(" odile@courriel.example ") == "odile@courriel.example"
    with pytest.raises(v.Unreadable, match="Adresse"):
        v.read_point("odile.courriel.example")


@given(st.text(max_size=60))
def test_folding_keeps_offsets(text: str) -> None:
    assert len(v.folded(text)) == len(text)


def test_folding_drops_accents_and_case() -> None:
    assert v.folded("Échéancier ÇA") == "echeancier ca"
