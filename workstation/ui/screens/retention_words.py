"""A contract that its holder may leave: what it is, what the grid allows, what each offer costs and changes. Pure.

Prices and dates are worked out as the server will (`crm_mock/rules/retention_grid`); what is saved is the server's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from rich.text import Text

from crm_mock.rules import goodwill, retention_grid
from crm_mock.rules.calendar import add_months
from crm_mock.rules.retention_grid import Grid, Offer, Situation, Terms
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.record_words import value_word
from workstation.ui.widgets.record_drafts import find_record, records, scenario_today
from workstation.ui.widgets.value_text import day, money, plain_line

WITHDRAWN = "retirée à la demande du client"
# As they are kept in the file: French, like all its values.
MOTIVES = ("surstock", "prix", "concurrence", "déménagement", "qualité", "panne", "livraison", "budget", "ne boit plus de café")
_DAY = dt.timedelta(days=1)


# -- the contract


def date_of(value: object) -> dt.date | None:
    """None for what is no ISO date."""
    try:
        return dt.date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


def subscriptions(state: DeskState) -> list[Record]:
    """Those that one may be asked to leave first: an open request, then those that run, then the ended ones."""
    asked = {r.get("subscription_id") for r in records(state, "termination_request") if r.get("status") == "demandée"}

    def place(record: Record) -> tuple[bool, bool]:
        return record["id"] not in asked, record.get("status") == "résilié"

    return sorted(records(state, "subscription"), key=place)


def request_of(state: DeskState, subscription: Record | None) -> Record | None:
    """The request open on this subscription, else its last one."""
    if subscription is None:
        return None
    found = [r for r in records(state, "termination_request") if r.get("subscription_id") == subscription["id"]]
    waiting = next((r for r in found if r.get("status") == "demandée"), None)
    return waiting or max(found, key=lambda r: str(r.get("asked_on") or ""), default=None)


def amendments_of(state: DeskState, subscription: Record | None) -> list[Record]:
    if subscription is None:
        return []
    return [a for a in records(state, "amendment") if a.get("subscription_id") == subscription["id"]]


def agreed_amendment(state: DeskState, subscription: Record | None) -> Record | None:
    return next((a for a in amendments_of(state, subscription) if a.get("status") == "accepté"), None)


def formula(state: DeskState, product_id: object, label: object = "") -> str:
    found = find_record(state, "product", str(product_id or ""))
    return plain_line(found.get("name") if found else label or product_id or "")


def notice_months(state: DeskState) -> int:
    told = (state.brief.get("rules") or {}).get("notice_months")
    return 1 if told is None else int(told)


def earliest_end(state: DeskState, subscription: Record, asked_on: dt.date) -> dt.date:
    """After the notice, and not before the end of the commitment."""
    return max(add_months(asked_on, notice_months(state)), date_of(subscription.get("commitment_end")) or asked_on)


def cap_cents(state: DeskState) -> int:
    return int((state.brief.get("rules") or {}).get("agent_goodwill_cents") or 0)


def gestures(state: DeskState) -> list[goodwill.Gesture]:
    found = []
    for one in records(state, "goodwill"):
        on = date_of(one.get("on"))
        if one.get("status") == "accordé" and on is not None:
            cause = str(one.get("ticket_id") or one.get("order_id") or one.get("subscription_id") or "")
            found.append(goodwill.Gesture(on, int(one.get("amount_cents") or 0), cause))
    return found


def amount_note(state: DeskState, kind: str, record: Record) -> str:
    """The amount of a line of the list of contracts, beside its words."""
    amounts = {"subscription": "monthly_cents", "goodwill": "amount_cents"}
    return money(int(record.get(amounts[kind]) or 0)) if kind in amounts else ""


def contract_words(state: DeskState, subscription: Record | None) -> Text:
    """The contract and what is asked of it, on two lines."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if not state.contact_id:
        return text
    if subscription is None:
        return text.append(_("Aucun abonnement dans ce dossier."))
    today, started = scenario_today(state), date_of(subscription.get("started_on"))
    text.append(plain_line(subscription.get("label") or formula(state, subscription.get("product_id"))), style="bold")
    text.append(" " + _("{price}/mois").format(price=money(int(subscription.get("monthly_cents") or 0))))
    said = []
    if started is not None:
        said.append(_("depuis {months} mois").format(months=retention_grid.seniority_months(started, today)))
    if subscription.get("monthly_units"):
        said.append(_("{count}/mois").format(count=subscription["monthly_units"]))
    if subscription.get("unused_units"):
        said.append(_("{count} en réserve").format(count=subscription["unused_units"]))
    commitment = date_of(subscription.get("commitment_end"))
    if commitment is not None and commitment > today:
        said.append(_("engagé jusqu'au {day}").format(day=day(commitment)))
    text.append("".join(f" · {part}" for part in said) + "\n")
    _append_end(text, state, subscription)
    text.append(
        " · " + _("gestes {used} sur {cap}").format(used=money(goodwill.used_cents(gestures(state), today)), cap=money(cap_cents(state)))
    )
    return text


def _append_end(text: Text, state: DeskState, subscription: Record) -> None:
    request = request_of(state, subscription)
    if subscription.get("status") == "résilié":
        ended = _("contrat terminé le {day}").format(day=day(subscription.get("ended_on")))
        text.append("▲ " + ended + " (" + _("plus d'appel commercial sans son consentement, L223-1") + ")", style="bold")
    elif request is None:
        text.append(_("aucune demande de résiliation"))
    elif request.get("status") == WITHDRAWN:
        text.append(_("résiliation retirée à sa demande"))
    elif request.get("status") == "traitée":
        text.append(_("résiliation traitée, fin le {day}").format(day=day(request.get("effective_on"))))
    else:
        words = _("départ demandé le {asked}, fin le {end}")
        asked = words.format(asked=day(request.get("asked_on"))[:5], end=day(request.get("effective_on")))
        text.append("▲ " + asked, style="bold")


# -- the grid


@dataclass(frozen=True)
class OfferLine:
    """An offer beside this customer. `status` is that of the amendment made from it, "" when it was not offered; `why` says why it is
    not for him; `cautions` what the grid or the cap has against making it now."""

    offer: Offer
    terms: Terms
    status: str = ""
    amendment_id: str = ""
    why: str = ""
    cautions: tuple[str, ...] = ()


def grid_of(state: DeskState) -> Grid | None:
    """None when the pack has none, or before the brief has come."""
    try:
        return Grid.model_validate(state.brief["retention"]) if state.brief.get("retention") else None
    except ValidationError:
        return None


def situation(state: DeskState, subscription: Record) -> Situation:
    today = scenario_today(state)
    return Situation(
        retention_grid.seniority_months(date_of(subscription.get("started_on")) or today, today),
        str(subscription.get("product_id") or ""),
        int(subscription.get("unused_units") or 0),
        goodwill.remaining_cents(gestures(state), today, cap_cents(state)),
    )


def first_day(state: DeskState) -> dt.date:
    """When a change agreed today begins: on the first of next month."""
    return add_months(scenario_today(state), 1, 1)


def price_of(state: DeskState, subscription: Record, product_id: str) -> int:
    """A month of the formula, in cents; the contract's own price when it stays the same."""
    if product_id and product_id != subscription.get("product_id"):
        found = find_record(state, "product", product_id)
        return int(found.get("price_cents") or 0) if found else 0
    return int(subscription.get("monthly_cents") or 0)


def terms_of(state: DeskState, subscription: Record, offer: Offer) -> Terms:
    before = int(subscription.get("monthly_cents") or 0)
    after = price_of(state, subscription, offer.product_id)
    months = offer.discount_months if offer.discount_percent else 0
    return retention_grid.terms(before, after, offer.discount_percent, months, offer.pause_months, first_day(state))


def why_not(state: DeskState, offer: Offer, now: Situation) -> str:
    """Why an offer is not for this customer; "" when it is."""
    if now.seniority_months < offer.from_months:
        return _("à partir de {months} mois d'ancienneté").format(months=offer.from_months)
    if offer.to_months is not None and now.seniority_months >= offer.to_months:
        return _("avant {months} mois d'ancienneté").format(months=offer.to_months)
    if offer.product_id == now.product_id and offer.product_id:
        return _("c'est déjà sa formule")
    if offer.for_products and now.product_id not in offer.for_products:
        return _("pour {formulas}").format(formulas=", ".join(formula(state, p) for p in offer.for_products))
    if now.unused_units < offer.min_unused:
        return _("à partir de {count} en réserve").format(count=offer.min_unused)
    return ""


def offer_lines(state: DeskState, subscription: Record | None) -> list[OfferLine]:
    """The whole grid: what suits, in the order in which it is to be offered, then what does not."""
    grid = grid_of(state)
    if grid is None or subscription is None:
        return []
    now = situation(state, subscription)
    made = amendments_of(state, subscription)
    offered = {str(a.get("offer_rule")) for a in made if a.get("offer_rule")}
    found: list[OfferLine] = []
    for offer in sorted(grid.offers, key=lambda o: (not retention_grid.suits(o, now), o.rank, o.from_months, o.id)):
        terms = terms_of(state, subscription, offer)
        own = next((a for a in made if a.get("offer_rule") == offer.id), None)
        why = why_not(state, offer, now)
        cautions: tuple[str, ...] = ()
        if not why and own is None:
            cautions = tuple(retention_grid.problems(grid, offer.id, now, offered, terms.cost_cents))
        found.append(OfferLine(offer, terms, str(own.get("status")) if own else "", str(own["id"]) if own else "", why, cautions))
    return found


def begins(state: DeskState, subscription: Record, offer: Offer | None) -> Record:
    """What an amendment made from an offer begins with."""
    request = request_of(state, subscription)
    made: Record = {
        "subscription_id": str(subscription["id"]),
        "motive": str((request or {}).get("motive") or ""),
        "starts_on": first_day(state).isoformat(),
        "status": "proposé",
    }
    if offer is not None:
        made |= {
            "offer_rule": offer.id,
            "after_product_id": offer.product_id,
            "discount_percent": offer.discount_percent,
            "discount_months": offer.discount_months,
            "pause_months": offer.pause_months,
        }
    return made


# -- terms in words


def price_words(terms: Terms, *, pause: bool = False) -> str:
    """« 29,90 € aujourd'hui · du 01/12/2026 au 31/05/2027 : 16,92 € · ensuite 19,90 € par mois »"""
    parts = [_("{price} aujourd'hui").format(price=money(terms.before_cents))]
    if terms.until is None:
        parts.append(_("à partir du {day} : {price} par mois").format(day=day(terms.starts_on), price=money(terms.after_cents)))
    else:
        during = _("rien à payer") if pause else money(terms.during_cents)
        parts.append(_("du {start} au {end} : {price}").format(start=day(terms.starts_on), end=day(terms.until), price=during))
        parts.append(_("ensuite {price} par mois").format(price=money(terms.after_cents)))
    return " · ".join(parts)


def cost_words(terms: Terms, remaining: int, commitment_months: int = 0) -> str:
    """What is given away, what is left to give, and the commitment."""
    given = _("Geste {cost}, il reste {left}").format(cost=money(terms.cost_cents), left=money(remaining))
    bound = _("engagement de {months} mois").format(months=commitment_months) if commitment_months else _("aucun engagement")
    return (given if terms.cost_cents else _("Sans geste")) + f" · {bound}"


def offer_words(state: DeskState, line: OfferLine, remaining: int) -> Text:
    """All there is to know of an offer before it is made."""
    text = Text()
    text.append(plain_line(line.offer.label) + "\n", style="bold")
    text.append(price_words(line.terms, pause=bool(line.offer.pause_months)) + "\n")
    text.append(cost_words(line.terms, remaining))
    if line.offer.benefit:
        text.append("\n" + _("Bénéfice : {benefit}").format(benefit=plain_line(line.offer.benefit)), style="italic")
    for caution in (line.why, *line.cautions):
        if caution:
            text.append("\n▲ " + plain_line(caution))
    return text


def status_word(line: OfferLine) -> str:
    if line.status:
        return value_word(line.status)
    return _("non") if line.why else _("à proposer")


def documents_begin(state: DeskState, subscription: Record | None) -> Record:
    """The document that comes next: the amendment agreed, else the acknowledgement of the termination."""
    agreed = agreed_amendment(state, subscription)
    return {"template": "avenant" if agreed is not None else "accusé de résiliation"}


def document_subject(state: DeskState, template: str, subscription: Record | None) -> str:
    found = {"avenant": agreed_amendment, "accusé de résiliation": request_of}.get(template)
    record = found(state, subscription) if found else None
    return str(record["id"]) if record else ""


def sent_templates(state: DeskState, templates: Sequence[str]) -> set[str]:
    return {str(d.get("template")) for d in records(state, "document") if d.get("template") in templates}
