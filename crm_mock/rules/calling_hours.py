"""When a consumer may be called for commercial prospecting (code de la consommation, L223-1 and D223-9), as dated data.

Hours are those of the consumer's time zone; everybody here lives in mainland France and the hour is the scenario's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crm_mock.rules.calendar import is_working_day, public_holidays, short
from crm_mock.rules.caution import Caution

_STEP = dt.timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """`windows` are [start, end[ of working days; `until` None: still in force. `waived_by_consent`: an express and prior consent let
    one call at other hours, as long as calling without one was lawful at all."""

    since: dt.date
    until: dt.date | None
    windows: tuple[tuple[dt.time, dt.time], ...]
    source: str
    waived_by_consent: bool = False


_DAY = ((dt.time(10), dt.time(13)), (dt.time(14), dt.time(20)))
HOURS: tuple[Hours, ...] = (
    Hours(dt.date(2023, 3, 1), dt.date(2026, 8, 10), _DAY, "c. conso. D223-9 (décret n° 2022-1313)", True),
    Hours(dt.date(2026, 8, 11), None, _DAY, "c. conso. L223-1 et D223-9 (depuis le 11 août 2026)"),
)


def in_force(day: dt.date) -> Hours | None:
    """None before hours were regulated."""
    return next((h for h in HOURS if h.since <= day and (h.until is None or day <= h.until)), None)


def allowed(moment: dt.datetime) -> bool:
    """Whether one may call at this local time. The end of a window is outside it."""
    hours = in_force(moment.date())
    if hours is None:
        return True
    return is_working_day(moment.date()) and any(start <= moment.time() < end for start, end in hours.windows)


def next_allowed(moment: dt.datetime) -> dt.datetime:
    """The moment itself when one may call, else the start of the next window."""
    day = moment.date()
    while not allowed(moment):
        hours = in_force(day)
        assert hours is not None
        starts = [dt.datetime.combine(day, start) for start, _ in hours.windows] if is_working_day(day) else []
        following = [start for start in starts if start > moment]
        if following:
            return following[0]
        day += _STEP
        moment = dt.datetime.combine(day, dt.time())
    return moment


def cautions(moment: dt.datetime) -> list[Caution]:
    """One at most, rule R-DEM-3: it says why, and from when one may call."""
    hours = in_force(moment.date())
    if hours is None or allowed(moment):
        return []
    day = moment.date()
    why = "il est en dehors de 10 h–13 h et 14 h–20 h"
    if day in public_holidays(day.year):
        why = f"le {short(day)} est férié ({public_holidays(day.year)[day]})"
    elif day.weekday() >= 5:
        why = "les appels commerciaux se font du lundi au vendredi"
    later = next_allowed(moment)
    text = f"Pas d'appel commercial maintenant : {why}. Prochain créneau : le {short(later.date())} à {later:%H h %M}."
    return [Caution("R-DEM-3", text, hours.source)]
