"""What somebody types in a cell, and what it means: 12,50 € is a number, 23/11/2026 a date, 0639980001 a text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from scenarios.sheet.document import Value, serial

SPACES = "\u0020\u00a0\u202f"
EURO, EURO_WHOLE = '#,##0.00 "€"', '#,##0 "€"'
DATE, TIME, DATE_TIME, TEXT = "dd/mm/yyyy", "hh:mm", "dd/mm/yyyy hh:mm", "@"
LONGEST_NUMBER = 12  # digits; what is longer is a reference, not a quantity

_NUMBER = re.compile(rf"([+-]?)[{SPACES}]?(\d{{1,3}}(?:[{SPACES}]\d{{3}})+|\d+)?(?:[.,](\d+))?[{SPACES}]*(€|EUR|%)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,2})[/\-](\d{1,2})(?:[/\-](\d{4}|\d{2}))?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2})?)?")
_TIME = re.compile(r"(\d{1,2})[:hH](\d{2})(?::(\d{2}))?")
_BOOLEANS = {"VRAI": True, "TRUE": True, "FAUX": False, "FALSE": False}


@dataclass(frozen=True)
class Typed:
    """`formula` as typed, "" for a value; `format` a number format the writing itself asks for, "" for none."""

    value: Value = None
    format: str = ""
    formula: str = ""


def read(text: str, today: dt.date) -> Typed:
    """`today` gives its year to a date without one. An apostrophe first makes a text of whatever follows."""
    if text.startswith("'"):
        return Typed(text[1:])
    bare = text.strip()
    if not bare:
        return Typed(None)
    if bare.startswith("=") and len(bare) > 1:
        return Typed(formula=bare)
    if bare.upper() in _BOOLEANS:
        return Typed(_BOOLEANS[bare.upper()])
    return _number(bare) or _date(bare, today) or _time(bare) or Typed(text)


def _number(text: str) -> Typed | None:
    found = _NUMBER.fullmatch(text)
    if found is None or (found[2] is None and found[3] is None):
        return None
    sign, whole, decimals, unit = found[1], found[2] or "", found[3], (found[4] or "").upper()
    digits = re.sub(rf"[{SPACES}]", "", whole)
    if (len(digits) > 1 and digits.startswith("0")) or len(digits) > LONGEST_NUMBER or (sign == "+" and len(digits) > 8):
        return None  # a telephone number, a postcode, a reference
    number = float(f"{sign}{digits or '0'}.{decimals or '0'}")
    value = int(number) if decimals is None and unit != "%" else number
    grouped = digits != whole
    if unit == "%":
        return Typed(
            float(f"{sign}{digits or '0'}.{decimals or '0'}e-2"), "0%" if decimals is None else f"0.{'0' * min(4, len(decimals))}%"
        )
    if unit:
        return Typed(value, EURO_WHOLE if decimals is None else EURO)
    return Typed(value, ("#,##0" if decimals is None else "#,##0.00") if grouped else "")


def _date(text: str, today: dt.date) -> Typed | None:
    if iso := _ISO.fullmatch(text):
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
        clock = (int(iso[4]) * 60 + int(iso[5])) / 1440 if iso[4] else 0.0
    elif found := _DATE.fullmatch(text):
        day, month = int(found[1]), int(found[2])
        year = today.year if found[3] is None else int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        clock = 0.0
    else:
        return None
    try:
        number = serial(dt.date(year, month, day))
    except ValueError:
        return None
    return Typed(number + clock, DATE_TIME) if clock else Typed(number, DATE)


def _time(text: str) -> Typed | None:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return Typed((int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)) / 86400, TIME)
