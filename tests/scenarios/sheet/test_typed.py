"""What is typed in a cell, and what it means."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.sheet import typed
from scenarios.sheet.document import from_serial, serial

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "value", "form"),
    [
        ("12", 12, ""),
        ("12,50", 12.5, ""),
        ("12.50", 12.5, ""),
        ("-3,5", -3.5, ""),
        (",5", 0.5, ""),
        ("1 234", 1234, "#,##0"),
        ("1\u202f234,56", 1234.56, "#,##0.00"),
        ("12,50 €", 12.5, typed.EURO),
        ("1 200€", 1200, typed.EURO_WHOLE),
        ("15 %", 0.15, "0%"),
        ("5,5%", 0.055, "0.0%"),
        ("23/11/2026", serial(TODAY), typed.DATE),
        ("23/11/26", serial(TODAY), typed.DATE),
        ("23/11", serial(TODAY), typed.DATE),
        ("2026-11-23", serial(TODAY), typed.DATE),
        ("10:30", 0.4375, typed.TIME),
        ("10h30", 0.4375, typed.TIME),
        ("vrai", True, ""),
        ("FALSE", False, ""),
    ],
)
def test_numbers_dates_and_booleans_as_the_french_write_them(text: str, value: object, form: str) -> None:
    read = typed.read(text, TODAY)
    assert (read.value, read.format) == (value, form)
    assert type(read.value) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "0639980001",
        "06 39 98 00 01",
        "+33639980001",
        "08000",
        "31/02/2026",
        "25:00",
        "F-2610-0231",
        "1234567890123",
        "1 23",
        "12,5,3",
        "-",
        "€",
    ],
)
def test_what_only_looks_like_a_number_stays_the_text_it_is(text: str) -> None:
    assert typed.read(text, TODAY) == typed.Typed(text)


def test_an_apostrophe_makes_a_text_and_an_equals_sign_a_formula() -> None:
    assert typed.read("'=1+1", TODAY).value == "=1+1"
    assert typed.read("  =A1 ", TODAY).formula == "=A1"
    assert typed.read("=", TODAY).value == "="
    assert typed.read("   ", TODAY).value is None


@settings(deadline=None)
@given(st.decimals(min_value=-99999999, max_value=99999999, places=2))
def test_an_amount_written_in_french_is_read_to_the_cent(amount: object) -> None:
    written = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    read = typed.read(f"{written} €", TODAY)
    assert isinstance(read.value, float) and round(read.value * 100) == round(float(str(amount)) * 100)


@settings(deadline=None)
@given(st.dates(min_value=dt.date(1901, 1, 1), max_value=dt.date(2199, 12, 31)))
def test_a_date_goes_to_its_number_and_back(day: dt.date) -> None:
    read = typed.read(f"{day:%d/%m/%Y}", TODAY)
    assert isinstance(read.value, int) and from_serial(read.value) == day
