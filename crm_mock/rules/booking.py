"""Bookings: nights and places free, other dates to propose, price, deposit; no right of withdrawal for dated lodging and leisure.

Code de la consommation, L221-28 12°. `free` maps a day to how many are free that day (the night that follows it).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crm_mock.models import OrderLine, Resource
from crm_mock.rules.calendar import short

NO_WITHDRAWAL = "L221-28 12°"
SEARCH_DAYS = 60  # how far other dates are looked for, on both sides
_DAY = dt.timedelta(days=1)

Basis = Literal["nuit", "séance"]


@dataclass(frozen=True)
class Price:
    """Cents. `deposit_cents + balance_cents == total_cents`."""

    stay_cents: int
    options_cents: int
    total_cents: int
    deposit_cents: int
    balance_cents: int


def days(basis: str, starts_on: dt.date, ends_on: dt.date) -> tuple[dt.date, ...]:
    """The days taken: each night but the day of departure's; the one day of a session. Empty when the dates make no stay."""
    if basis == "séance":
        return (starts_on,) if starts_on == ends_on else ()
    return tuple(starts_on + n * _DAY for n in range((ends_on - starts_on).days))


def taken_each_day(basis: str, persons: int) -> int:
    """What a booking takes from each of its days: one lodging, or a place a person."""
    return persons if basis == "séance" else 1


def lacking(wanted: Sequence[dt.date], needed: int, free: Mapping[dt.date, int]) -> tuple[dt.date, ...]:
    """Days on which not enough is free."""
    return tuple(day for day in wanted if free.get(day, 0) < needed)


def date_problems(resource: Resource, starts_on: dt.date, ends_on: dt.date, persons: int, today: dt.date) -> list[str]:
    """French sentences about the dates and the number of persons, whatever is free."""
    found: list[str] = []
    if starts_on < today:
        found.append(f"La date d'arrivée ({short(starts_on)}) est passée.")
    if not days(resource.basis, starts_on, ends_on):
        found.append(
            "Une séance tient en un jour." if resource.basis == "séance" else "Le départ doit suivre l'arrivée, d'une nuit au moins."
        )
    if persons > resource.capacity:
        found.append(f"{resource.name} : {resource.capacity} personne(s) au plus.")
    return found


def other_dates(
    resource: Resource, starts_on: dt.date, ends_on: dt.date, persons: int, free: Mapping[dt.date, int], today: dt.date, count: int = 2
) -> tuple[tuple[dt.date, dt.date], ...]:
    """Stays of the same length that are free, nearest to the dates asked for (of two as near, the later first), never in the past."""
    length = ends_on - starts_on
    needed = taken_each_day(resource.basis, persons)
    found: list[tuple[dt.date, dt.date]] = []
    for distance in range(1, SEARCH_DAYS + 1):
        for shift in (distance, -distance):
            arrival = starts_on + shift * _DAY
            wanted = days(resource.basis, arrival, arrival + length)
            if arrival >= today and wanted and not lacking(wanted, needed, free) and len(found) < count:
                found.append((arrival, arrival + length))
    return tuple(found)


def percent_of(cents: int, percent: int) -> int:
    """Rounded to the cent, half a cent up."""
    return (cents * percent + 50) // 100


def price(
    resource: Resource,
    starts_on: dt.date,
    ends_on: dt.date,
    persons: int,
    options: Sequence[OrderLine] = (),
    deposit_percent: int | None = None,
) -> Price:
    """The stay (nights, or places), its options, the deposit and what is left to pay."""
    units = len(days(resource.basis, starts_on, ends_on)) * (persons if resource.basis == "séance" else 1)
    stay = units * resource.price_cents
    added = sum(line.quantity * line.unit_cents for line in options)
    total = stay + added
    deposit = percent_of(total, resource.deposit_percent if deposit_percent is None else deposit_percent)
    return Price(stay, added, total, deposit, total - deposit)
