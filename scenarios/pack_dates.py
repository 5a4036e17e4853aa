"""Dates of a pack, told from the sitting's day J0, so that a pack does not age. Pure.

    J          the day itself                    J-49       49 days before
    J+3jo      three working days after          J-2s J+1m J+2a    weeks, months (same day, or the month's last), years
    J-3m@5     the 5th, three months before      J^10       the next 10th, after the day itself
    …>  …<     rolled to the next, the former working day when it is not one
    …>jeu      rolled to the next Thursday (lun, mar, mer, jeu, ven); …>jeujo: the next one that is no public holiday

In a text, `{J+8}` is 01/12/2026; `{J+8|FORMAT}` with FORMAT one of `court` (01/12), `jour` (mardi 1er décembre), `date`
(1er décembre 2026), `mois` (décembre), `de_mois` (de décembre, d’août), `moisan` (décembre 2026), `iso`, or made of %d %m %y %Y.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache

from crm_mock.rules.calendar import add_months, add_working_days, is_working_day, next_working_day, previous_working_day

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
LIMIT_DAYS = 400 * 366  # beyond, an offset is a typing error

_WEEKDAYS = ("lun", "mar", "mer", "jeu", "ven")
_EXPRESSION = re.compile(r"J((?:[+-]\d{1,5}(?:jo|[jsma])?|[@^]\d{1,2})*)(<|>(?:(?:lun|mar|mer|jeu|ven)(?:jo)?)?)?")
_STEP = re.compile(r"([+-])(\d{1,5})(jo|[jsma])?|([@^])(\d{1,2})")
_IN_TEXT = re.compile(r"\{(J[^{}|]*)(?:\|([^{}]*))?\}")
_STRFTIME = re.compile(r"(?:%[dmyY]|[ /.\-_])+")


class DateExpressionError(ValueError):
    """An expression that is not one; the message, in French, says how to mend it."""


def is_expression(text: str) -> bool:
    """Whether a field's text is meant as an expression (starts with J), be it right or wrong."""
    return text.strip().startswith("J")


@lru_cache(maxsize=8192)
def resolve(expression: str, day: dt.date) -> dt.date:
    """The date an expression says for the sitting's day `day`. Raises DateExpressionError."""
    found = _EXPRESSION.fullmatch(expression.strip().replace(" ", ""))
    if found is None:
        raise DateExpressionError(f"« {expression} » n'est pas une date relative : écrire par exemple J, J+8, J-49, J+3jo, J-3m@5 ou J+48>")
    date = day
    try:
        for sign, count, unit, setter, number in _STEP.findall(found[1]):
            if setter:
                date = _set_day(date, int(number), after=setter == "^")
            else:
                date = _move(date, int(count) * (1 if sign == "+" else -1), unit)
    except (OverflowError, ValueError) as error:
        raise DateExpressionError(f"« {expression} » : {error}") from error
    return roll(date, found[2]) if found[2] else date


def roll(date: dt.date, way: str) -> dt.date:
    """The date itself when it is a working day, else the next (">") or the former ("<") one; ">jeu", ">jeujo": the next Thursday."""
    if way in ("<", ">"):
        return next_working_day(date) if way == ">" else previous_working_day(date)
    date += dt.timedelta(days=(_WEEKDAYS.index(way[1:4]) - date.weekday()) % 7)
    while way.endswith("jo") and not is_working_day(date):
        date += dt.timedelta(days=7)
    return date


def _move(date: dt.date, count: int, unit: str) -> dt.date:
    if unit == "jo":
        if abs(count) > 2000:
            raise ValueError("trop de jours ouvrés (2000 au plus)")
        return add_working_days(date, count)
    if unit in ("m", "a"):
        if abs(count) > 2400:
            raise ValueError("le décalage est trop grand")
        return add_months(date, count * (12 if unit == "a" else 1))
    days = count * (7 if unit == "s" else 1)
    if abs(days) > LIMIT_DAYS:
        raise ValueError("le décalage est trop grand")
    return date + dt.timedelta(days=days)


def _set_day(date: dt.date, number: int, *, after: bool) -> dt.date:
    if not 1 <= number <= 28:
        raise ValueError("le jour du mois après @ ou ^ va de 1 à 28")
    same_month = date.replace(day=number)
    return _move(same_month, 1, "m") if after and same_month <= date else same_month


def _day_number(date: dt.date) -> str:
    return "1er" if date.day == 1 else str(date.day)


FORMATS: dict[str, Callable[[dt.date], str]] = {
    "": lambda d: d.strftime("%d/%m/%Y"),
    "court": lambda d: d.strftime("%d/%m"),
    "jour": lambda d: f"{DAYS[d.weekday()]} {_day_number(d)} {MONTHS[d.month - 1]}",
    "date": lambda d: f"{_day_number(d)} {MONTHS[d.month - 1]} {d.year}",
    "mois": lambda d: MONTHS[d.month - 1],
    "de_mois": lambda d: ("d’" if MONTHS[d.month - 1][0] in "ao" else "de ") + MONTHS[d.month - 1],
    "moisan": lambda d: f"{MONTHS[d.month - 1]} {d.year}",
    "iso": lambda d: d.isoformat(),
}


def written(date: dt.date, form: str = "") -> str:
    """The date as `form` writes it. Raises DateExpressionError for an unknown form."""
    if form in FORMATS:
        return FORMATS[form](date)
    if _STRFTIME.fullmatch(form):
        return date.strftime(form)
    raise DateExpressionError(f"format de date « {form} » inconnu : {', '.join(f for f in FORMATS if f)}, ou %d %m %y %Y")


def fill(text: str, day: dt.date) -> str:
    """The text with every `{J…}` written out. Raises DateExpressionError."""
    if "{J" not in text:
        return text
    return _IN_TEXT.sub(lambda found: written(resolve(found[1], day), (found[2] or "").strip()), text)
