"""Commercial gestures: a cap per customer and twelve months, one gesture for one cause (company's procedure on goodwill, P-08).

The cap is data: `CompanyProfile.agent_goodwill_cents`. What was not used is lost: nothing is carried over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from crm_mock.rules.calendar import add_months, short
from crm_mock.rules.money import format_cents

WINDOW_MONTHS = 12


@dataclass(frozen=True)
class Gesture:
    """`cause` is what it answers to (the id of a ticket, an order, a subscription); empty when it was not said."""

    on: dt.date
    amount_cents: int
    cause: str = ""


def window_start(today: dt.date) -> dt.date:
    """First day that counts: a gesture of the same day a year ago no longer does."""
    return add_months(today, -WINDOW_MONTHS) + dt.timedelta(days=1)


def counted(gestures: Iterable[Gesture], today: dt.date) -> list[Gesture]:
    """Those of the twelve months that end today."""
    return [g for g in gestures if window_start(today) <= g.on <= today]


def used_cents(gestures: Iterable[Gesture], today: dt.date) -> int:
    return sum(g.amount_cents for g in counted(gestures, today))


def remaining_cents(gestures: Iterable[Gesture], today: dt.date, cap_cents: int) -> int:
    """Never below 0."""
    return max(0, cap_cents - used_cents(gestures, today))


def problems(amount_cents: int, cause: str, gestures: Iterable[Gesture], today: dt.date, cap_cents: int) -> list[str]:
    """French sentences, one for each reason to refuse; empty when it may be granted."""
    known = counted(gestures, today)
    found: list[str] = []
    if amount_cents <= 0:
        found.append("Un geste commercial a un montant positif.")
    same = next((g for g in known if cause and g.cause == cause), None)
    if same is not None:
        found.append(
            f"Un geste de {format_cents(same.amount_cents)} a déjà été accordé le {short(same.on)} à ce titre : ils ne se cumulent pas."
        )
    remaining = remaining_cents(known, today, cap_cents)
    if amount_cents > remaining:
        used = used_cents(known, today)
        told = f"Le plafond des gestes est de {format_cents(cap_cents)} par client et par période de douze mois"
        told += f" ; {format_cents(used)} ont déjà été accordés depuis le {short(window_start(today))}" if used else ""
        told += f" : il reste {format_cents(remaining)}, {format_cents(amount_cents)} demandés." if remaining else " : il ne reste rien."
        found.append(told)
    return found
