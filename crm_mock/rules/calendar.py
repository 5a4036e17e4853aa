"""French working days: Monday to Friday, public holidays of mainland France excepted (code du travail, L3133-1); French time."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import holidays

PARIS = ZoneInfo("Europe/Paris")
"""Where the company and its clocks are."""

_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@cache
def public_holidays(year: int) -> dict[dt.date, str]:
    """Date to French name, mainland France."""
    return dict(sorted(holidays.country_holidays("FR", years=year, language="fr").items()))


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in public_holidays(day.year)


def next_working_day(day: dt.date) -> dt.date:
    """The day itself when it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def previous_working_day(day: dt.date) -> dt.date:
    """The day itself when it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def add_working_days(day: dt.date, count: int) -> dt.date:
    """`count` working days after `day` (before it when negative), `day` itself not counted; 0 gives `day` unchanged."""
    step = dt.timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def add_months(day: dt.date, count: int, day_of_month: int | None = None) -> dt.date:
    """Same day of the month (or `day_of_month`) `count` months later, at most the month's last."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day_of_month or day.day, last))


def instant(local: dt.datetime, timespec: str = "seconds") -> str:
    """The ISO 8601 instant, in UTC with a Z, of an hour of the company's clock (naive, Paris time)."""
    return local.replace(tzinfo=PARIS).astimezone(dt.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def short(day: dt.date | None) -> str:
    """23/11/2026; empty for no date."""
    return "" if day is None else f"{day:%d/%m/%Y}"


def long(day: dt.date) -> str:
    """lundi 23 novembre 2026."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{_DAYS[day.weekday()]} {number} {_MONTHS[day.month - 1]} {day.year}"
