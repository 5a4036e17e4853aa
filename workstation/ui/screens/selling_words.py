"""A sale in words: what the formulas cost for the needs found, the price as it is announced, the law, what is missing. Pure."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Collection, Sequence

from rich.text import Text

from crm_mock.consequences.orders import DELIVERY_WORKING_DAYS
from crm_mock.rules import distance_selling, withdrawal
from crm_mock.rules.calendar import add_months, add_working_days
from crm_mock.rules.calendar import instant as utc_instant
from workstation.desk.state import DeskState, Record
from workstation.desk.words import scenario_now
from workstation.i18n import _
from workstation.ui.record_titles import reached_at
from workstation.ui.screens.record_pane import identification_of_call
from workstation.ui.screens.selling_guide import Guide, per_cup
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.record_drafts import contact, records, scenario_today
from workstation.ui.widgets.value_text import day, folded, money, plain_line

STOP_CODE = "VULNERABLE_STOP"
ADULT_MONTHS = 18 * 12
_COMMITMENT = re.compile(r"engagement (?:de )?(\d{1,2}) mois")


def stamp(state: DeskState) -> str:
    """Now, on the company's clock, as an instant; "" before it is known: the server then gives the time."""
    now = scenario_now(state, time.time())
    return utc_instant(now) if now is not None else ""


# --- what is sold


def product_of(state: DeskState, product_id: str) -> Record | None:
    return next((p for p in state.products if product_id and p.get("id") == product_id), None)


def is_monthly(product: Record) -> bool:
    return folded(str(product.get("unit") or "")) == "mois"


def commitment_of(product: Record) -> int:
    """Months, as the catalogue's text says; 0 when it says none."""
    found = _COMMITMENT.search(folded(str(product.get("description") or "")))
    return int(found[1]) if found else 0


def by_price(state: DeskState) -> list[Record]:
    """The catalogue, what is paid by the month first, of that what is for firms last; the cheapest of each first."""
    return sorted(state.products, key=lambda p: (not is_monthly(p), bool(p.get("price_ht")), int(p.get("price_cents") or 0)))


def offer_options(state: DeskState) -> list[Option]:
    return [(str(p["id"]), f"{plain_line(p.get('name') or p['id'])} · {price_of(p)}") for p in by_price(state)]


def price_of(product: Record) -> str:
    price = money(int(product.get("price_cents") or 0)) + (" " + _("HT") if product.get("price_ht") else "")
    return _("{price} par mois").format(price=price) if is_monthly(product) else price


def comparison(state: DeskState, guide: Guide, cups: int | None, chosen: str) -> Text:
    """Each formula for this consumption: the month, the cup, and what is paid beyond what it holds."""
    if cups is None:
        return Text(_("Consommation à préciser (Découverte) : « 4 tasses par jour », « 120 par mois »."), style="italic")
    text = Text(_("Pour {count} tasses par mois").format(count=cups), style="bold")
    for product in by_price(state):
        formula = guide.formula_of(str(product.get("name") or "")) if is_monthly(product) else None
        if formula is None:
            continue
        price = int(product.get("price_cents") or 0)
        monthly = formula.monthly(price, cups)
        text.append(f"\n{'›' if product.get('id') == chosen else ' '} {formula.name:<8}", style="")
        if monthly is None:
            text.append(_("{count} tasses au plus").format(count=formula.cups))
            continue
        words = _("{month}/mois, {cup}/tasse").format(month=money(monthly), cup=money(per_cup(monthly, cups)))
        text.append(f"{words} ({money(price)} + {money(monthly - price)})" if monthly > price else words)
    return text


def price_words(state: DeskState, guide: Guide, product: Record, cups: int | None) -> str:
    """The price as it is announced: the month, the commitment, the whole, the cup."""
    months = commitment_of(product)
    words = price_of(product)
    price = int(product.get("price_cents") or 0)
    if is_monthly(product) and months:
        total = _("engagement {months} mois = {total} en tout").format(months=months, total=money(price * months))
        words += f", {total}"
        if notice := (state.brief.get("rules") or {}).get("notice_months"):
            words += " · " + _("puis préavis {months} mois").format(months=notice)
    formula = guide.formula_of(str(product.get("name") or ""))
    monthly = formula.monthly(price, cups) if formula and cups else None
    if monthly and cups:
        words += " · " + _("{price} la tasse").format(price=money(per_cup(monthly, cups)))
    return words


def guide_text(guide: Guide) -> Text:
    """The questions to ask."""
    text = Text(_("Questions de découverte") if guide.questions else "", style="bold")
    for question in guide.questions:
        text.append(f"\n• {question}", style="")
    return text


def objections_text(guide: Guide) -> Text:
    text = Text(_("Objections") if guide.objections else "", style="bold")
    for said, lead in guide.objections:
        text.append(f"\n{said}", style="italic")
        text.append(f" → {lead}", style="")
    return text


# --- the law


def binding_words(direction: str, status: str) -> str:
    bound = distance_selling.binding(
        "sortant" if direction == "sortant" else "entrant", agreed=status == "en attente de signature", signed=status == "signée"
    )
    if status == "en attente de signature":
        return _("Rien n'est actif avant la signature.") + (f" {bound.text} ({bound.source})" if direction == "sortant" else "")
    return f"{bound.text} ({bound.source})"


def starts_on(product: Record | None, concluded: dt.date) -> dt.date:
    """The day the period is counted from: the contract, or the receipt as it is planned."""
    if product is not None and product.get("withdrawal_from") == "contrat":
        return concluded
    return add_working_days(concluded, DELIVERY_WORKING_DAYS)


def withdrawal_words(product: Record | None, start: dt.date, article: str, informed: bool) -> str:
    """The calculator's answer. `article`: the exception that bars the right, "" for none."""
    event: withdrawal.StartEvent = "contrat" if product is not None and product.get("withdrawal_from") == "contrat" else "réception"
    period = withdrawal.period(event, start, article=article, informed=informed)
    if period.exception is not None:
        return _("Pas de rétractation : {why} ({article})").format(why=period.exception.label, article=period.exception.article)
    told = withdrawal.last_day(start)
    words = _("Rétractation jusqu'au {day}").format(day=day(told))
    if period.extended:
        return words + " · " + _("▲ {day} si elle n'est pas dite (L221-20)").format(day=day(period.last_day))
    return words + " · " + _("14 jours, le premier non compté (L221-18)")


def exceptions() -> list[Option]:
    """ "" and the thirteen articles."""
    return [("", _("aucune")), *((one.article, f"{one.article} {one.label}") for one in withdrawal.EXCEPTIONS)]


def not_said(said: Collection[str], direction: str, early_start: bool, *, spoken_only: bool) -> list[str]:
    lacking = distance_selling.missing(
        said, "sortant" if direction == "sortant" else "entrant", spoken_only=spoken_only, early_start=early_start
    )
    return [one.id for one in lacking]


def law_words(said: Collection[str], direction: str, early_start: bool) -> str:
    """What is still to be said: guidance, nothing is refused."""
    aloud = not_said(said, direction, early_start, spoken_only=True)
    if aloud:
        return "▲ " + _("À dire : {items} (L221-12)").format(items=", ".join(aloud))
    rest = not_said(said, direction, early_start, spoken_only=False)
    if rest:
        return "✓ " + _("Minimum dit (L221-12) · {count} autres dans la confirmation (L221-13)").format(count=len(rest))
    return "✓ " + _("Tout a été dit ; la confirmation le reprend (L221-13)")


# --- closing


def stopped(state: DeskState) -> Record | None:
    """The sale that was stopped because the person is vulnerable: nothing is sold to this contact any more."""
    return next((o for o in records(state, "opportunity") if str(o.get("remark") or "").startswith(STOP_CODE)), None)


def is_minor(state: DeskState) -> bool:
    born = (contact(state) or {}).get("birth_date")
    try:
        return born is not None and add_months(dt.date.fromisoformat(str(born)), ADULT_MONTHS) > scenario_today(state)
    except ValueError:
        return False


def still_to_do(state: DeskState, product_id: str, said: Collection[str], direction: str, early_start: bool) -> list[str]:
    """What is usually done before the offer leaves, and is not yet."""
    missing = []
    if is_minor(state):
        missing.append(_("mineur : pas de contrat"))
    if not product_id:
        missing.append(_("offre à choisir"))
    if not reached_at(state, "e-mail"):
        missing.append(_("adresse e-mail à noter (Coordonnées)"))
    done = identification_of_call(state)
    if state.front and (done is None or done.get("outcome") != "vérifié") and (contact(state) or {}).get("category") != "prospect":
        missing.append(_("client non identifié dans cet appel"))
    aloud = not_said(said, direction, early_start, spoken_only=True)
    if aloud:
        missing.append(_("à dire : {items}").format(items=", ".join(aloud)))
    if early_start and "commencement anticipé" not in said:
        missing.append(_("dire ce que coûte le début anticipé (L221-25)"))
    return missing


def documents_of(state: DeskState, opportunity_id: str) -> list[Record]:
    return [d for d in records(state, "document") if opportunity_id and d.get("subject_id") == opportunity_id]


def follow_up(state: DeskState, reference: str) -> Record | None:
    """The task that follows this offer, if there is one."""
    return next((t for t in records(state, "task") if reference and reference in str(t.get("title") or "")), None)


def joined(parts: Sequence[Text]) -> Text:
    """Blocks one under the other."""
    return Text("\n").join([part for part in parts if part.plain])
