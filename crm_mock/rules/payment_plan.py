"""Payment plans: proposing one that respects the company's collection scale, and saying what is wrong with another.

The scale is data (`CompanyProfile.scale`): tiers in ascending order of the debt. A first instalment is paid the same
day; others fall on a fixed day of the following months, put off to a working day. Paying all at once is always
within the scale of a tier that grants instalments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from crm_mock.models import Instalment
from crm_mock.rules.calendar import add_months, is_working_day, next_working_day, previous_working_day, short
from crm_mock.rules.money import format_cents
from crm_mock.rules.profile import ScaleTier

SURENDETTEMENT = "Dossier de surendettement : aucune négociation n'est possible (code de la consommation, L722-2 et L722-5)."


def tier_for(total_cents: int, scale: Sequence[ScaleTier]) -> ScaleTier | None:
    """The first tier whose ceiling holds the debt; None above the last."""
    return next((tier for tier in scale if total_cents <= tier.up_to_cents), None)


def amounts(total_cents: int, count: int, first_percent: int = 0) -> list[int]:
    """Equal parts that sum to the total to the cent; the first one holds the remainder and reaches `first_percent`."""
    if count < 1 or total_cents < count:
        raise ValueError("a plan has at least one instalment, of one cent at least")
    first = max(total_cents - total_cents // count * (count - 1), -(-total_cents * first_percent // 100))
    first = min(first, total_cents - (count - 1))
    rest = total_cents - first
    others = [rest // (count - 1)] * (count - 1) if count > 1 else []
    return [total_cents - sum(others), *others]


def due_dates(count: int, today: dt.date, day_of_month: int = 10, within_days: int | None = None) -> list[dt.date]:
    """Today, then `day_of_month` of each following month or the next working day after it; the last within `within_days`."""
    dates = [today, *(next_working_day(add_months(today, n, day_of_month)) for n in range(1, count))]
    if within_days is not None and count > 1:
        limit = today + dt.timedelta(days=within_days)
        dates[-1] = min(dates[-1], previous_working_day(limit))
    return dates


def propose(
    total_cents: int, count: int, today: dt.date, day_of_month: int = 10, scale: Sequence[ScaleTier] = ()
) -> tuple[Instalment, ...]:
    """A plan of `count` instalments. With a scale, its first share and its time limit are respected.
    Raises ValueError for a count or a total that makes no plan."""
    tier = tier_for(total_cents, scale)
    parts = amounts(total_cents, count, tier.first_percent if tier else 0)
    dates = due_dates(count, today, day_of_month, tier.within_days if tier else None)
    return tuple(
        Instalment(number=i, due_on=due, amount_cents=cents, means="lien sécurisé" if i == 1 else "prélèvement")
        for i, (due, cents) in enumerate(zip(dates, parts, strict=True), start=1)
    )


def check(instalments: Sequence[Instalment], total_cents: int, scale: Sequence[ScaleTier], today: dt.date, reason: str = "") -> list[str]:
    """French sentences, one for each rule the plan breaks; empty when it can be accepted on `today`."""
    if reason == "surendettement":
        return [SURENDETTEMENT]
    if not instalments:
        return ["L'échéancier n'a aucune échéance."]
    problems = _sums(instalments, total_cents) + _dates(instalments, today)
    tier = tier_for(total_cents, scale)
    if tier is None or tier.instalments == 0:
        limit = max((t.up_to_cents for t in scale if t.instalments), default=0)
        problems.append(f"Au-delà de {format_cents(limit)}, la demande relève du service Comptes clients.")
        return problems
    return problems + _against(tier, instalments, total_cents, today)


def _sums(instalments: Sequence[Instalment], total_cents: int) -> list[str]:
    problems = []
    if [i.number for i in instalments] != list(range(1, len(instalments) + 1)):
        problems.append("Les échéances doivent être numérotées dans l'ordre, à partir de 1.")
    if any(i.amount_cents <= 0 for i in instalments):
        problems.append("Chaque échéance doit avoir un montant positif.")
    found = sum(i.amount_cents for i in instalments)
    if found != total_cents:
        gap = format_cents(abs(total_cents - found))
        side = "manque" if found < total_cents else "y a de trop"
        problems.append(f"La somme des échéances est de {format_cents(found)} pour {format_cents(total_cents)} dus : il {side} {gap}.")
    return problems


def _dates(instalments: Sequence[Instalment], today: dt.date) -> list[str]:
    problems = []
    if instalments[0].due_on < today:
        problems.append(f"La première échéance ({short(instalments[0].due_on)}) est passée.")
    for before, after in pairwise(instalments):
        if after.due_on <= before.due_on:
            problems.append(f"L'échéance {after.number} doit venir après l'échéance {before.number}.")
    for instalment in instalments[1:]:
        if not is_working_day(instalment.due_on):
            later = short(next_working_day(instalment.due_on))
            problems.append(f"Le {short(instalment.due_on)} n'est pas un jour ouvré : proposez le {later}.")
    return problems


def _against(tier: ScaleTier, instalments: Sequence[Instalment], total_cents: int, today: dt.date) -> list[str]:
    problems = []
    if len(instalments) > tier.instalments:
        problems.append(f"Pour {format_cents(total_cents)}, le barème permet {tier.instalments} échéance(s) au plus.")
    first = instalments[0]
    if first.amount_cents * 100 < total_cents * tier.first_percent:
        least = format_cents(-(-total_cents * tier.first_percent // 100))
        problems.append(f"Le premier versement doit être d'au moins {least} ({tier.first_percent} % de la dette).")
    if tier.first_percent and first.due_on != today:
        problems.append("Le premier versement se fait le jour même.")
    if tier.within_days is not None:
        limit = today + dt.timedelta(days=tier.within_days)
        if instalments[-1].due_on > limit:
            problems.append(f"La dernière échéance doit tomber au plus tard le {short(limit)} ({tier.within_days} jours).")
        return problems
    # A date put off to a working day may have slipped into the first days of the next month.
    months = [(i.due_on.year * 12 + i.due_on.month, i.due_on.day <= 5) for i in instalments]
    skipped = any(after - before > (2 if slipped else 1) for (before, _), (after, slipped) in pairwise(months))
    if skipped or months[-1][0] - months[0][0] > tier.instalments:
        problems.append("Les échéances sont mensuelles : une par mois, sans mois sauté.")
    return problems
