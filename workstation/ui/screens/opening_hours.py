"""A service's opening hours as a directory writes them, and whether it is open at a moment of the scenario. Pure.

« lundi au vendredi 9 h – 19 h, samedi 9 h – 13 h », « lun–ven 8 h 30–12 h et 14 h–18 h ». What is written otherwise is not
guessed: nothing is said then. Closed on public holidays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache

from crm_mock.rules.calendar import public_holidays
from workstation.i18n import N_, _
from workstation.ui.widgets.value_text import folded

Windows = tuple[tuple[dt.time, dt.time], ...]
Week = Mapping[int, Windows]  # weekday, Monday 0, to its openings in order

DAY_NAMES = (N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"))
SEARCHED = 31  # days within which the next opening is looked for
_DAY = r"(?:du\s+|le\s+)?(lun|mar|mer|jeu|ven|sam|dim)[a-z]*\.?"
_DAYS = re.compile(rf"^{_DAY}(?:\s*(?:au|a|-)\s*{_DAY})?\s*(?:de\s+)?")
_WINDOW = re.compile(r"^(\d{1,2})\s*h(?:\s*(\d{2}))?\s*(?:a|-)\s*(\d{1,2})\s*h(?:\s*(\d{2}))?$")
_STARTS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")


@cache
def read(text: str) -> Week | None:
    """None when it is written in a way that is not known, or says an opening that ends before it begins."""
    week: dict[int, Windows] = {}
    days: tuple[int, ...] = ()
    for part in re.split(r"\s*(?:,|;|\bet\b)\s*", folded(text).replace("–", "-").replace("\u00a0", " ").replace("\u202f", " ").strip()):
        named = _DAYS.match(part)
        if named:
            first = _STARTS.index(named[1])
            last = _STARTS.index(named[2]) if named[2] else first
            days = tuple((first + n) % 7 for n in range((last - first) % 7 + 1))
        window = _WINDOW.match(part[named.end() :] if named else part)
        opening = _opening(window) if window else None
        if not days or opening is None:
            return None
        for day in days:
            week[day] = tuple(sorted((*week.get(day, ()), opening)))
    return week


def _opening(found: re.Match[str]) -> tuple[dt.time, dt.time] | None:
    try:
        start, end = dt.time(int(found[1]), int(found[2] or 0)), dt.time(int(found[3]), int(found[4] or 0))
    except ValueError:
        return None
    return (start, end) if start < end else None


def openings(week: Week, day: dt.date) -> Windows:
    return () if day in public_holidays(day.year) else week.get(day.weekday(), ())


def closes_at(week: Week, now: dt.datetime) -> dt.time | None:
    """When what is open now closes; None when it is closed."""
    return next((end for start, end in openings(week, now.date()) if start <= now.time() < end), None)


def opens_at(week: Week, now: dt.datetime) -> dt.datetime | None:
    """The next opening after now; None when there is none in a month."""
    for ahead in range(SEARCHED):
        day = now.date() + dt.timedelta(days=ahead)
        for start, _end in openings(week, day):
            if ahead or start > now.time():
                return dt.datetime.combine(day, start)
    return None


def hour(at: dt.time) -> str:
    """9 h, 17 h 30."""
    return f"{at.hour} h {at.minute:02}" if at.minute else f"{at.hour} h"


def words(text: str, now: dt.datetime | None) -> str:
    """« ouvert jusqu'à 17 h », « fermé, ouvre demain à 9 h »; "" when the hours cannot be read or no clock is known."""
    week = read(text) if now is not None else None
    if week is None or now is None:
        return ""
    closing = closes_at(week, now)
    if closing is not None:
        return _("ouvert jusqu'à {hour}").format(hour=hour(closing))
    opening = opens_at(week, now)
    if opening is None:
        return _("fermé")
    ahead = (opening.date() - now.date()).days
    if ahead == 0:
        return _("fermé, ouvre à {hour}").format(hour=hour(opening.time()))
    day = _("demain") if ahead == 1 else _(DAY_NAMES[opening.weekday()]) if ahead < 7 else f"{opening:%d/%m}"
    return _("fermé, ouvre {day} à {hour}").format(day=day, hour=hour(opening.time()))


def is_closed(text: str, now: dt.datetime | None) -> bool:
    """Whether it is surely closed now."""
    week = read(text) if now is not None else None
    return week is not None and now is not None and closes_at(week, now) is None
