"""A debtor's file in figures: what is owed, since when, what was tried, and the scale that applies. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from rich.text import Text

from crm_mock.models import Instalment
from crm_mock.rules import payment_plan
from crm_mock.rules.profile import ScaleTier
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_words import value_word
from workstation.ui.widgets.record_drafts import records, scenario_today
from workstation.ui.widgets.value_text import age_in_days, day, money


def unpaid(state: DeskState) -> list[Record]:
    """Unpaid invoices, oldest first; those in dispute are not claimed."""
    found = [r for r in records(state, "invoice") if r.get("status") == "impayée"]
    return sorted(found, key=lambda r: str(r.get("due_on") or r.get("issued_on") or ""))


def case_of(state: DeskState) -> Record | None:
    """The open case of the contact, else its last one."""
    cases = records(state, "collection_case")
    return next((c for c in cases if c.get("dunning") != "close"), cases[0] if cases else None)


def owed_cents(state: DeskState) -> int:
    return sum(int(r.get("total_cents") or 0) for r in unpaid(state))


def scale(state: DeskState) -> tuple[ScaleTier, ...]:
    """The company's collection scale; () before the brief has come."""
    told = (state.brief.get("rules") or {}).get("scale") or (state.brief.get("company") or {}).get("scale") or ()
    try:
        return tuple(ScaleTier.model_validate(tier) for tier in told)
    except ValidationError:
        return ()


def instalment_day(state: DeskState) -> int:
    told = (state.brief.get("rules") or {}).get("instalment_day") or (state.brief.get("company") or {}).get("instalment_day") or 10
    return int(told)


def scale_words(state: DeskState, total: int) -> str:
    """What the scale allows for this debt."""
    tiers = scale(state)
    tier = payment_plan.tier_for(total, tiers)
    if not tiers:
        return ""
    if tier is None or tier.instalments == 0:
        return _("Barème : au-delà du pouvoir du conseiller, Comptes clients")
    words = _("Barème : {count} échéances au plus").format(count=tier.instalments)
    if tier.instalments == 1:
        words = _("Barème : en une fois")
    if tier.first_percent:
        least = -(-total * tier.first_percent // 100)
        words += ", " + _("la première d'au moins {amount} aujourd'hui").format(amount=money(least))
    if tier.within_days is not None:
        words += ", " + _("sous {days} jours").format(days=tier.within_days)
    return words


def allowed(state: DeskState, total: int) -> int:
    """The most instalments the scale allows; 1 when it says nothing."""
    tier = payment_plan.tier_for(total, scale(state))
    return max(1, tier.instalments) if tier else 1


def propose(state: DeskState, total: int, count: int) -> tuple[Instalment, ...]:
    """Raises ValueError when no such plan can be made."""
    return payment_plan.propose(total, count, scenario_today(state), instalment_day(state), scale(state))


def problems(state: DeskState, instalments: Sequence[Instalment], total: int) -> list[str]:
    """What the plan breaks of the company's scale; nothing can be said before the brief has come."""
    tiers = scale(state)
    reason = str((case_of(state) or {}).get("reason") or "")
    return payment_plan.check(instalments, total, tiers, scenario_today(state), reason) if tiers else []


def age_note(state: DeskState, kind: str, record: Record) -> str:
    """« 100 j de retard » for an unpaid invoice."""
    if kind != "invoice":
        return ""
    days = age_in_days(record.get("due_on"), scenario_today(state))
    if days is None:
        return ""
    return _("{days} j de retard").format(days=days) if days > 0 else _("due dans {days} j").format(days=-days)


def debt_words(state: DeskState) -> Text:
    """The debt and what was tried, on two lines."""
    text = Text(no_wrap=True, overflow="ellipsis")
    claims, today = unpaid(state), scenario_today(state)
    if not state.contact_id:
        return text
    if not claims:
        text.append(_("Aucun impayé."))
    else:
        told = _("Dû {total} · 1 facture") if len(claims) == 1 else _("Dû {total} · {count} factures")
        text.append(told.format(total=money(owed_cents(state)), count=len(claims)), style="bold")
        ages = [a for r in claims if (a := age_in_days(r.get("due_on"), today)) is not None]
        if ages:
            text.append(" · " + _("la plus ancienne : {days} j").format(days=max(ages)))
    rejected = sum(1 for p in records(state, "payment") if p.get("status") == "rejeté")
    if rejected:
        text.append(" · " + (_("1 rejet") if rejected == 1 else _("{count} rejets").format(count=rejected)))
    text.append("\n")
    said: list[str] = []
    reminders = sorted(records(state, "reminder"), key=lambda r: str(r.get("sent_on") or ""))
    if reminders:
        sent = day(str(reminders[-1].get("sent_on") or ""))[:5]
        said.append(_("{stage} le {day}").format(stage=value_word(reminders[-1].get("stage")), day=sent))
    promises = records(state, "promise")
    broken = sum(1 for p in promises if p.get("status") == "rompue")
    told = _("aucune promesse") if not promises else _("1 promesse") if len(promises) == 1 else _("{count} promesses")
    said.append(told.format(count=len(promises)) + (_(" (rompues : {broken})").format(broken=broken) if broken else ""))
    mandates = records(state, "mandate")
    said.append(_("mandat {state}").format(state=value_word(mandates[0].get("status"))) if mandates else _("aucun mandat"))
    case = case_of(state)
    if case is not None:
        said.append(_("relances : {state}").format(state=value_word(case.get("dunning"))))
        said.append(_("motif : {reason}").format(reason=value_word(case.get("reason"))))
    text.append(" · ".join(said))
    return text


def sum_words(amounts: Sequence[int | None], total: int) -> tuple[str, bool]:
    """« Somme 164,60 € sur 164,60 € ✓ » and whether it is right; None is an amount not readable yet."""
    found = sum(a for a in amounts if a is not None)
    words = _("Somme {found} sur {total}").format(found=money(found), total=money(total))
    gap = total - found
    if None in amounts:
        return words, False
    if gap:
        side = _("il manque {gap}") if gap > 0 else _("{gap} de trop")
        return f"{words} ▲ " + side.format(gap=money(abs(gap))), False
    return words + " ✓", True


def instalment_of(number: int, due_on: str | None, amount: int | None, means: str) -> Instalment:
    """Raises ValueError, in French, for a line not complete."""
    if due_on is None:
        raise ValueError(_("Échéance {number} : date à remplir").format(number=number))
    if amount is None:
        raise ValueError(_("Échéance {number} : montant à remplir").format(number=number))
    made: dict[str, Any] = {"number": number, "due_on": dt.date.fromisoformat(due_on), "amount_cents": amount, "means": means}
    return Instalment.model_validate(made)
