"""How values of the case file read on screen and are typed: amounts, dates, telephone numbers. Pure.

Every `read_…` raises `Unreadable` with a French sentence for the person typing; an empty text reads as None.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from crm_mock.rules import telephone
from crm_mock.rules.calendar import PARIS
from workstation.i18n import _
from workstation.ui.plain_text import one_line as plain_line

__all__ = ["plain_line"]
NBSP = "\u00a0"
MAX_CENTS = 10_000_000_00
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_AMOUNT = re.compile(r"^([+-]?)(\d{1,9})(?:[.,](\d{1,2}))?$")
_DAY = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}|\d{2}))?$")


class Unreadable(ValueError):
    """What was typed is not a value of this field; the text says what would be."""


def plain_lines(text: object) -> str:
    """Outside text over several lines, each as `plain_line`."""
    return "\n".join(plain_line(line, 4000) for line in str(text).replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def folded(text: str) -> str:
    """For comparing: no accents, no case, and as many characters as `text` so that offsets hold in both."""
    out = []
    for char in text:
        base = unicodedata.normalize("NFKD", char)[:1] or char
        lower = base.lower()
        out.append(lower if len(lower) == 1 else char)
    return "".join(out)


def money(cents: int | None) -> str:
    """1 234,50 € with no-break spaces; "" for None."""
    if cents is None:
        return ""
    units, rest = divmod(abs(cents), 100)
    grouped = f"{units:,}".replace(",", NBSP)
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02d}{NBSP}€"


def read_money(text: str) -> int | None:
    """Cents of "41,15", "41.15", "1 234,50 €", "39"."""
    bare = _SPACES.sub("", text).removesuffix("€").removesuffix("EUR").removesuffix("euros")
    if not bare:
        return None
    match = _AMOUNT.match(bare)
    if match is None:
        raise Unreadable(_("Montant attendu, par exemple 41,15"))
    sign, units, rest = match.groups()
    cents = int(units) * 100 + int((rest or "0").ljust(2, "0"))
    if cents > MAX_CENTS:
        raise Unreadable(_("Montant trop grand"))
    return -cents if sign == "-" else cents


def day(value: dt.date | str | None) -> str:
    """01/12/2026 of a date or an ISO date or instant; "" for none; what is no date, as it is."""
    if not value:
        return ""
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    try:
        return dt.date.fromisoformat(value[:10]).strftime("%d/%m/%Y")
    except ValueError:
        return plain_line(value)


def read_day(text: str, today: dt.date) -> str | None:
    """ISO date of "01/12/2026", "01/12/26" or "01/12" (of the year that brings it nearest to `today`)."""
    bare = text.strip()
    if not bare:
        return None
    match = _DAY.match(bare)
    if match is None:
        raise Unreadable(_("Date attendue, par exemple 01/12/2026"))
    d, m, y = int(match[1]), int(match[2]), match[3]
    years = [int(y) if len(y) == 4 else 2000 + int(y)] if y else [today.year - 1, today.year, today.year + 1]
    found = []
    for year in years:
        try:
            found.append(dt.date(year, m, d))
        except ValueError:
            continue
    if not found:
        raise Unreadable(_("Cette date n'existe pas"))
    return min(found, key=lambda one: abs((one - today).days)).isoformat()


def instant(value: str) -> str:
    """23/11/2026 14:03 of the company's clock, of an ISO instant in UTC; what is no instant, as it is."""
    try:
        at = dt.datetime.fromisoformat(value)
    except ValueError:
        return plain_line(value)
    local = at.astimezone(PARIS) if at.tzinfo else at
    return local.strftime("%d/%m/%Y %H:%M")


def phone(e164: str) -> str:
    """04 65 71 21 08, in pairs; anything that is no number unchanged."""
    return telephone.display(plain_line(e164))


def read_phone(text: str) -> str | None:
    if not text.strip():
        return None
    number = telephone.to_e164(text)
    if number is None:
        raise Unreadable(_("Numéro attendu, par exemple 04 65 71 21 08"))
    return number


def read_email(text: str) -> str | None:
    bare = text.strip()
    if not bare:
        return None
    local, at, domain = bare.partition("@")
    if not (local and at and "." in domain.strip(".")) or re.search(r"\s|@", local + domain):
        raise Unreadable(_("Adresse attendue, par exemple nom@exemple.fr"))
    return bare


def read_point(text: str) -> str | None:
    """A telephone number or an e-mail address, whichever it looks like."""
    return read_email(text) if "@" in text or re.search(r"[^\W\d_]", text) else read_phone(text)


def read_count(text: str) -> int | None:
    bare = _SPACES.sub("", text)
    if not bare:
        return None
    if not re.fullmatch(r"-?\d{1,6}", bare):
        raise Unreadable(_("Nombre entier attendu"))
    return int(bare)


def age_in_days(since: Any, today: dt.date) -> int | None:
    """Days from an ISO date to today; None when there is no date."""
    try:
        return (today - dt.date.fromisoformat(str(since)[:10])).days
    except ValueError:
        return None
