"""The legal guarantee of conformity of goods sold to a consumer (code de la consommation, L217-3 to L217-14).

A period in months ends on the day of the same number, or on the month's last (code de procédure civile, art. 641).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from crm_mock.rules.calendar import add_months, short

GUARANTEE_MONTHS = 24  # L217-3, from the delivery
PRESUMED_MONTHS = 24  # L217-7: the defect is presumed to have been there
PRESUMED_MONTHS_SECOND_HAND = 12  # L217-7
REPAIR_EXTENSION_MONTHS = 6  # L217-13
REMEDY_DAYS = 30  # L217-10, from the request
CHOICES = ("réparation", "remplacement")  # L217-9: the consumer's
THEN = ("réduction du prix", "remboursement")  # L217-8 and L217-14: when neither could be had


@dataclass(frozen=True)
class Guarantee:
    """`until` and `presumed_until` are last days, included; None when the day of delivery is not known."""

    status: Literal["inconnue", "active", "expirée"]
    until: dt.date | None = None
    presumed_until: dt.date | None = None
    presumed: bool = False
    text: str = ""
    source: str = "c. conso. L217-3, L217-7"


def guarantee(delivered_on: dt.date | None, today: dt.date, *, second_hand: bool = False, repaired: bool = False) -> Guarantee:
    """Where the guarantee stands on `today`. `repaired`: mended under the guarantee before, which adds
    six months (L217-13). Replaced when a repair was asked for, it is counted anew: `delivered_on` is then the replacement's."""
    if delivered_on is None or delivered_on > today:
        return Guarantee("inconnue", text="Demandez la date de livraison, ou retrouvez la commande.")
    until = add_months(delivered_on, GUARANTEE_MONTHS + (REPAIR_EXTENSION_MONTHS if repaired else 0))
    presumed_until = add_months(delivered_on, PRESUMED_MONTHS_SECOND_HAND if second_hand else PRESUMED_MONTHS)
    if today > until:
        return Guarantee("expirée", until, presumed_until, False, f"La garantie légale de conformité a pris fin le {short(until)}.")
    presumed = today <= presumed_until
    text = f"Garantie légale de conformité jusqu'au {short(until)}"
    text += " : le client n'a rien à prouver." if presumed else " : il revient au client de prouver que le défaut existait à la livraison."
    return Guarantee("active", until, presumed_until, presumed, text)


def remedy_deadline(asked_on: dt.date) -> dt.date:
    """Last day to repair or replace (L217-10)."""
    return asked_on + dt.timedelta(days=REMEDY_DAYS)


def remedies(asked_on: dt.date, today: dt.date, *, impossible: tuple[str, ...] = (), failed: bool = False) -> tuple[str, ...]:
    """What the consumer may ask for. `impossible`: a choice the seller may refuse, as it is impossible or disproportionate (L217-12). Price
    reduction and refund come when both are, when one was tried and the defect is still there, or after thirty days (L217-14)."""
    open_choices = tuple(c for c in CHOICES if c not in impossible)
    if not open_choices or failed or today > remedy_deadline(asked_on):
        return (*open_choices, *THEN)
    return open_choices


def promise_problems(promised_on: dt.date, asked_on: dt.date) -> list[str]:
    """French sentences about a date promised for the repair or the exchange."""
    if promised_on < asked_on:
        return [f"La date promise ({short(promised_on)}) est passée."]
    limit = remedy_deadline(asked_on)
    if promised_on > limit:
        return [f"La réparation ou l'échange se fait au plus tard le {short(limit)} : trente jours après la demande (L217-10)."]
    return []
