"""The retention grid: which offers a customer may have, in which order, what they cost, what is paid during and after.

The grid is a pack's data. Nothing in it makes a new commitment, and nothing delays a termination that is wanted
(code de la consommation, L121-6 4° and L215-1-1). What a discount gives away counts as goodwill (procedure P-08).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from crm_mock.rules.calendar import add_months
from crm_mock.rules.money import format_cents
from crm_mock.rules.rule_data import Ident, RuleData

Months = Annotated[int, Field(ge=0, le=600)]


class Offer(RuleData):
    """`rank` is the order within a seniority, 1 first. Eligible from `from_months` of seniority, up to `to_months` excluded (None: no end),
    to the holders of `for_products` (none: all), with `min_unused` units in stock at least. `product_id`: the formula it changes to."""

    id: Ident
    label: str
    nature: Literal["conseil", "pause", "formule", "remise"]
    rank: Annotated[int, Field(ge=1, le=20)]
    from_months: Months = 0
    to_months: Months | None = None
    for_products: tuple[str, ...] = ()
    min_unused: Annotated[int, Field(ge=0)] = 0
    product_id: str = ""
    discount_percent: Annotated[int, Field(ge=0, le=100)] = 0
    discount_months: Annotated[int, Field(ge=0, le=60)] = 0
    pause_months: Annotated[int, Field(ge=0, le=12)] = 0
    benefit: str = ""


class Grid(RuleData):
    id: Ident
    version: str
    title: str = ""
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Situation:
    """Of the customer: full months of seniority, product held, units unused, goodwill still to be had in cents."""

    seniority_months: int
    product_id: str
    unused_units: int = 0
    remaining_goodwill_cents: int = 0


@dataclass(frozen=True)
class Terms:
    """Cents a month. `until` is the last day of the discount or the pause, None without either; `cost_cents` what is given away in all."""

    before_cents: int
    during_cents: int
    after_cents: int
    starts_on: dt.date
    until: dt.date | None
    cost_cents: int


def seniority_months(started_on: dt.date, today: dt.date) -> int:
    """Full months; 0 before the start."""
    if today < started_on:
        return 0
    months = (today.year - started_on.year) * 12 + today.month - started_on.month
    return months - (add_months(started_on, months) > today)


def discounted(price_cents: int, percent: int) -> int:
    """The price less a percentage, rounded to the cent, half a cent up: 19,90 € less 15 % is 16,92 €."""
    return (price_cents * (100 - percent) + 50) // 100


def cost(price_cents: int, percent: int, months: int) -> int:
    """What the discount gives away over its months: 6 × 2,98 € = 17,88 €."""
    return (price_cents - discounted(price_cents, percent)) * months


def terms(before_cents: int, after_cents: int, percent: int, months: int, pause_months: int, starts_on: dt.date) -> Terms:
    """What is paid before, during and after. A pause costs nothing and nothing is delivered: it gives nothing away."""
    length = pause_months or (months if percent else 0)
    until = add_months(starts_on, length) - dt.timedelta(days=1) if length else None
    during = 0 if pause_months else discounted(after_cents, percent) if until else after_cents
    return Terms(before_cents, during, after_cents, starts_on, until, 0 if pause_months else cost(after_cents, percent, months))


def suits(offer: Offer, situation: Situation) -> bool:
    """By seniority, formula and usage; the cap is not looked at."""
    return (
        offer.from_months <= situation.seniority_months
        and (offer.to_months is None or situation.seniority_months < offer.to_months)
        and (not offer.for_products or situation.product_id in offer.for_products)
        and situation.unused_units >= offer.min_unused
        and offer.product_id != situation.product_id
    )


def eligible(grid: Grid, situation: Situation) -> tuple[Offer, ...]:
    """The offers that suit, in the order they are to be made."""
    return tuple(sorted((o for o in grid.offers if suits(o, situation)), key=lambda offer: (offer.rank, offer.id)))


def problems(grid: Grid, offer_id: str, situation: Situation, offered: Iterable[str], cost_cents: int) -> list[str]:
    """French sentences against making this offer now. `offered`: offers made before in this talk; `cost_cents`: what it gives away."""
    offer = next((o for o in grid.offers if o.id == offer_id), None)
    if offer is None:
        return ["Cette offre n'est pas dans la grille."]
    found: list[str] = []
    if not suits(offer, situation):
        found.append(f"« {offer.label} » ne correspond pas à l'ancienneté, à la formule ou à l'usage du client.")
    made = set(offered)
    earlier = [o for o in eligible(grid, situation) if o.rank < offer.rank and o.id not in made]
    if earlier:
        found.append(f"La grille propose d'abord « {earlier[0].label} ».")
    if cost_cents > situation.remaining_goodwill_cents:
        remaining = format_cents(situation.remaining_goodwill_cents)
        found.append(f"Cette offre coûte {format_cents(cost_cents)} : il reste {remaining} de geste commercial.")
    return found


def grid_problems(grid: Grid, products: Sequence[str]) -> list[tuple[str, str]]:
    """(offer id, French sentence) for what is wrong with the grid itself."""
    found: list[tuple[str, str]] = []
    ids = [offer.id for offer in grid.offers]
    for offer in grid.offers:
        if ids.count(offer.id) > 1:
            found.append((offer.id, "identifiant donné à deux offres"))
        if offer.to_months is not None and offer.to_months <= offer.from_months:
            found.append((offer.id, "l'ancienneté maximale précède la minimale"))
        if bool(offer.discount_percent) != bool(offer.discount_months):
            found.append((offer.id, "une remise a un pourcentage et une durée"))
        if (offer.nature == "pause") != bool(offer.pause_months):
            found.append((offer.id, "une pause, et elle seule, a une durée de pause"))
        if offer.nature == "formule" and not offer.product_id:
            found.append((offer.id, "dire vers quelle formule"))
        found += [(offer.id, f"produit « {p} » inconnu") for p in (offer.product_id, *offer.for_products) if p and p not in products]
    return found
