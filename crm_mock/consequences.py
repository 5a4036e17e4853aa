"""What follows from a record being written: pure functions, one a kind, in the table `FOLLOWS`.

In the same transaction as the record, each with its own journal row:

order
    Prices from the catalogue, totals, delivery. Validated: reference CDE-AAMM-NNNN, dates, stock taken (given back when
    cancelled or corrected). Unpaid links of another amount expire; what was received beyond the total is refunded.
payment_link
    Reference LP-AAMM-NNNN, the amount due, the address it goes to; an earlier link still open expires. Authorised: the
    bank's reference, a payment received.
payment_plan
    Accepted: checked against the scale and the debt; the case's reminders are suspended until the last due date.
mandate
    Reference RUM-AAMM-NNNN.
interaction, note
    Date and time when not given.

A function receives the record before and after, and the world to read; it raises InvalidFields or BusinessRefusal to refuse.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import (
    CollectionCase,
    ContactPoint,
    Interaction,
    Invoice,
    Mandate,
    Note,
    Order,
    OrderLine,
    Payment,
    PaymentLink,
    PaymentPlan,
    Product,
    Record,
)
from crm_mock.rules import order_totals, payment_plan, withdrawal
from crm_mock.rules.calendar import add_working_days, short
from crm_mock.rules.money import format_cents
from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.telephone import to_e164

R = TypeVar("R", bound=Record)

DELIVERY_WORKING_DAYS = 2  # from the order to the receipt, from which withdrawal is counted

ORDER_MOVES = frozenset(
    {("brouillon", "validée"), ("brouillon", "annulée"), ("validée", "annulée"), ("validée", "expédiée"), ("expédiée", "livrée")}
)
OPEN_LINK = ("envoyé", "ouvert", "refusé")
LINK_MOVES = frozenset((start, end) for start in OPEN_LINK for end in ("ouvert", "autorisé", "refusé", "expiré"))
_HOLDS_STOCK = ("validée", "expédiée", "livrée")


class World(Protocol):
    """What may be read: the case file inside the transaction, the day of the scenario, the company's rules."""

    today: dt.date
    now: str  # ISO 8601 UTC
    profile: CompanyProfile

    def get(self, model: type[R], record_id: str) -> R | None: ...
    def where(self, model: type[R], **equal: str) -> list[R]: ...
    def next_reference(self, model: type[Record], prefix: str) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """`record`: the one written, completed. `others`: records that change with it, versions not set."""

    record: Record
    others: tuple[Record, ...] = ()


def follow(before: Record | None, after: Record, world: World) -> Outcome:
    """Raises InvalidFields, BusinessRefusal."""
    rule = FOLLOWS.get(after.kind)
    return rule(before, after, world) if rule else Outcome(after)


def _month(world: World, prefix: str) -> str:
    return f"{prefix}-{world.today:%y%m}-"


def _derived_id(prefix: str, *parts: str) -> str:
    """An id that a replay of the same consequence would give again."""
    return f"{prefix}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:24]}"


# -- orders


def _order(before: Order | None, after: Order, world: World) -> Outcome:
    was = before.status if before else "brouillon"
    if was != after.status and (was, after.status) not in ORDER_MOVES:
        raise BusinessRefusal([f"Une commande « {was} » ne peut pas passer à « {after.status} »."])
    if before is not None and was in ("annulée", "expédiée", "livrée") and _basket(before) != _basket(after):
        raise BusinessRefusal([f"Une commande « {was} » ne se modifie plus."])
    after = _priced(before, after, world)
    if after.status in _HOLDS_STOCK:
        after = _validated(after, world)
    others = _stock(before, after, world)
    return Outcome(after, (*others, *_money_of(after, world)))


def _basket(order: Order) -> tuple[object, ...]:
    return order.lines, order.delivery, order.relay_point, order.address_id


def _priced(before: Order | None, after: Order, world: World) -> Order:
    """Prices are the catalogue's; a line already ordered keeps the price it was ordered at."""
    held = {line.product_id: line.unit_cents for line in before.lines} if before else {}
    lines: list[OrderLine] = []
    for number, line in enumerate(after.lines):
        product = world.get(Product, line.product_id)
        if product is None:
            raise InvalidFields({f"lines.{number}.product_id": "Ce produit n'est pas au catalogue."})
        price = held.get(line.product_id, product.price_cents)
        lines.append(line.model_copy(update={"unit_cents": price, "label": line.label or product.name}))
    totals = order_totals.totals(lines, after.delivery, {str(k): v for k, v in world.profile.delivery.items()})
    return after.model_copy(
        update={
            "lines": tuple(lines),
            "items_cents": totals.items_cents,
            "delivery_cents": totals.delivery_cents,
            "total_cents": totals.total_cents,
        }
    )


def _validated(order: Order, world: World) -> Order:
    problems: dict[str, str] = {}
    if not order.lines:
        problems["lines"] = "Une commande validée a au moins une ligne."
    if order.delivery == "relais" and not order.relay_point:
        problems["relay_point"] = "Point relais à préciser."
    if order.delivery == "domicile" and not order.address_id:
        problems["address_id"] = "Adresse de livraison à préciser."
    if problems:
        raise InvalidFields(problems)
    ordered_on = order.ordered_on or world.today
    products = [world.get(Product, line.product_id) for line in order.lines]
    until = None
    if any(p is not None and p.withdrawal == "14 jours" for p in products):
        received = world.today if order.status == "livrée" else add_working_days(ordered_on, DELIVERY_WORKING_DAYS)
        until = order.withdrawal_until if order.status == "expédiée" else withdrawal.last_day(received)
    reference = order.reference or world.next_reference(Order, _month(world, world.profile.order_prefix))
    return order.model_copy(update={"reference": reference, "ordered_on": ordered_on, "withdrawal_until": until})


def _stock(before: Order | None, after: Order, world: World) -> list[Record]:
    held = order_totals.quantities(before.lines) if before and before.status in _HOLDS_STOCK else order_totals.quantities(())
    wanted = order_totals.quantities(after.lines) if after.status in _HOLDS_STOCK else order_totals.quantities(())
    changed: list[Record] = []
    problems: list[str] = []
    for product_id in sorted(held.keys() | wanted.keys()):
        taken = wanted[product_id] - held[product_id]
        product = world.get(Product, product_id)
        if taken == 0 or product is None:
            continue
        if taken > product.stock:
            back = f", retour prévu le {short(product.back_on)}" if product.back_on else ""
            problems.append(f"Stock insuffisant pour {product.name} : {product.stock} disponible(s){back}.")
        changed.append(product.model_copy(update={"stock": product.stock - taken}))
    if problems:
        raise BusinessRefusal(problems)
    return changed


def received_cents(order_id: str, world: World) -> int:
    """What was received for an order, less what was given back."""
    payments = world.where(Payment, order_id=order_id)
    return sum(p.amount_cents for p in payments if p.status == "encaissé") - sum(
        p.amount_cents for p in payments if p.status == "remboursé"
    )


def _money_of(order: Order, world: World) -> list[Record]:
    """Links that ask for another amount than what is due expire; what was received beyond it is given back."""
    received = received_cents(order.id, world)
    due = 0 if order.status == "annulée" else order.total_cents
    changed: list[Record] = []
    for link in world.where(PaymentLink, order_id=order.id):
        if link.status in OPEN_LINK and link.amount_cents != due - received:
            changed.append(link.model_copy(update={"status": "expiré"}))
    if received > due:
        earlier = [p for p in world.where(Payment, order_id=order.id) if p.status == "remboursé"]
        refund = Payment(
            id=_derived_id("rbt", order.id, str(len(earlier))),
            contact_id=order.contact_id,
            reference=world.next_reference(Payment, _month(world, "RBT")),
            order_id=order.id,
            means="lien sécurisé",
            amount_cents=received - due,
            status="remboursé",
            on=world.today,
            reason="commande annulée" if order.status == "annulée" else "commande corrigée",
        )
        changed.append(refund)
    return changed


# -- payment links


def _payment_link(before: PaymentLink | None, after: PaymentLink, world: World) -> Outcome:
    if before is None:
        # One open link at a time: two would be paid twice.
        same = world.where(PaymentLink, order_id=after.order_id, plan_id=after.plan_id)
        replaced = [link.model_copy(update={"status": "expiré"}) for link in same if link.status in OPEN_LINK]
        return Outcome(_new_link(after, world), tuple(replaced))
    if _asked(before) != _asked(after):
        raise BusinessRefusal(["Un lien envoyé ne se modifie pas : laissez-le expirer et envoyez-en un autre."])
    if before.status == after.status:
        return Outcome(after)
    if (before.status, after.status) not in LINK_MOVES:
        raise BusinessRefusal([f"Un lien de paiement « {before.status} » ne peut pas passer à « {after.status} »."])
    if after.status != "autorisé":
        return Outcome(after)
    digest = int(hashlib.sha256(f"{after.id}|{after.reference}".encode()).hexdigest()[:12], 16)
    after = after.model_copy(update={"authorisation": f"AUT-{digest % 1_000_000:06d}"})
    return Outcome(after, (_receipt(after, world),))


def _asked(link: PaymentLink) -> tuple[object, ...]:
    return link.order_id, link.plan_id, link.amount_cents, link.channel, link.sent_to


def _new_link(link: PaymentLink, world: World) -> PaymentLink:
    if bool(link.order_id) == bool(link.plan_id):
        raise InvalidFields({"order_id": "Indiquez la commande ou l'échéancier à régler."})
    if link.status != "envoyé":
        raise InvalidFields({"status": "Un nouveau lien est d'abord « envoyé »."})
    due = _order_due(link.order_id, world) if link.order_id else _plan_due(link.plan_id, world)
    if link.amount_cents not in (0, due):
        raise InvalidFields({"amount_cents": f"Le montant à régler est de {format_cents(due)}."})
    sent_to = _reachable(link, world)
    reference = world.next_reference(PaymentLink, _month(world, "LP"))
    return link.model_copy(update={"amount_cents": due, "sent_to": sent_to, "reference": reference})


def _order_due(order_id: str, world: World) -> int:
    order = world.get(Order, order_id)
    if order is None or order.status == "annulée" or not order.lines:
        raise BusinessRefusal(["Cette commande n'a rien à régler."])
    due = order.total_cents - received_cents(order_id, world)
    if due <= 0:
        raise BusinessRefusal(["Cette commande est déjà réglée."])
    return due


def _plan_due(plan_id: str, world: World) -> int:
    plan = world.get(PaymentPlan, plan_id)
    if plan is None or plan.status != "accepté":
        raise BusinessRefusal(["L'échéancier doit d'abord être accepté."])
    paid = _paid_instalments(plan_id, world)
    if paid >= len(plan.instalments):
        raise BusinessRefusal(["Toutes les échéances de cet échéancier sont réglées."])
    return plan.instalments[paid].amount_cents


def _paid_instalments(plan_id: str, world: World) -> int:
    return sum(link.status == "autorisé" for link in world.where(PaymentLink, plan_id=plan_id))


def _reachable(link: PaymentLink, world: World) -> str:
    """The address given, else the contact's own, preferred first."""
    if link.sent_to:
        if link.channel == "sms":
            number = to_e164(link.sent_to)
            if number is None:
                raise InvalidFields({"sent_to": "Numéro de téléphone non reconnu."})
            return number
        if "@" not in link.sent_to:
            raise InvalidFields({"sent_to": "Adresse e-mail non reconnue."})
        return link.sent_to
    wanted = "mobile" if link.channel == "sms" else "e-mail"
    points = [p for p in world.where(ContactPoint, contact_id=link.contact_id) if p.channel == wanted and p.status == "actif"]
    if not points:
        raise InvalidFields({"sent_to": "Indiquez où envoyer le lien."})
    return max(points, key=lambda p: p.preferred).value


def _receipt(link: PaymentLink, world: World) -> Payment:
    reason, invoice_id = "", ""
    plan = world.get(PaymentPlan, link.plan_id)
    if plan is not None:
        number = _paid_instalments(link.plan_id, world) + 1
        reason = f"échéance {number}/{len(plan.instalments)}"
        invoice_id = plan.invoice_ids[0] if len(plan.invoice_ids) == 1 else ""
    return Payment(
        id=_derived_id("pai", link.id),
        contact_id=link.contact_id,
        reference=world.next_reference(Payment, _month(world, "PAI")),
        order_id=link.order_id,
        invoice_id=invoice_id,
        means="lien sécurisé",
        amount_cents=link.amount_cents,
        status="encaissé",
        on=world.today,
        reason=reason,
    )


# -- collection


def _payment_plan(before: PaymentPlan | None, after: PaymentPlan, world: World) -> Outcome:
    case = world.get(CollectionCase, after.case_id) or _only_case(after, world)
    if case is not None:
        after = after.model_copy(update={"case_id": case.id, "invoice_ids": after.invoice_ids or case.invoice_ids})
        if after.total_cents == 0:
            after = after.model_copy(update={"total_cents": _debt(after, case, world)})
    accepted = after.status == "accepté"
    was_accepted = before is not None and before.status == "accepté"
    if accepted and not (was_accepted and before is not None and before.instalments == after.instalments):
        after = _acceptable(after, case, world)
        if case is not None and case.dunning != "suspendue":
            until = after.instalments[-1].due_on
            return Outcome(after, (case.model_copy(update={"dunning": "suspendue", "dunning_until": until}),))
    if was_accepted and not accepted:
        if _paid_instalments(after.id, world):
            raise BusinessRefusal(["Une échéance a déjà été réglée : l'échéancier ne peut plus être retiré."])
        if case is not None and case.dunning == "suspendue":
            return Outcome(after, (case.model_copy(update={"dunning": "active", "dunning_until": None}),))
    return Outcome(after)


def _only_case(plan: PaymentPlan, world: World) -> CollectionCase | None:
    cases = [c for c in world.where(CollectionCase, contact_id=plan.contact_id) if c.dunning != "close"]
    return cases[0] if len(cases) == 1 else None


def _acceptable(plan: PaymentPlan, case: CollectionCase | None, world: World) -> PaymentPlan:
    debt = _debt(plan, case, world)
    if plan.total_cents not in (0, debt):
        raise BusinessRefusal([f"L'échéancier porte sur {format_cents(plan.total_cents)} alors que {format_cents(debt)} sont dus."])
    problems = payment_plan.check(plan.instalments, debt, world.profile.scale, world.today, case.reason if case else "")
    if problems:
        raise BusinessRefusal(problems)
    return plan.model_copy(update={"total_cents": debt})


def _debt(plan: PaymentPlan, case: CollectionCase | None, world: World) -> int:
    """What is still owed on the plan's invoices; without any, the case's total, else the plan's own."""
    invoices = [i for i in (world.get(Invoice, invoice_id) for invoice_id in plan.invoice_ids) if i is not None]
    if not invoices:
        return case.total_cents if case is not None else plan.total_cents
    debt = 0
    for invoice in invoices:
        received = sum(p.amount_cents for p in world.where(Payment, invoice_id=invoice.id) if p.status == "encaissé")
        debt += max(0, invoice.total_cents - received)
    return debt


# -- what is completed with a date, a reference


def _mandate(before: Mandate | None, after: Mandate, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"reference": after.reference or world.next_reference(Mandate, _month(world, "RUM"))}))


def _interaction(before: Interaction | None, after: Interaction, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"on": after.on or world.today, "at": after.at or world.now}))


def _note(before: Note | None, after: Note, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"at": after.at or world.now}))


FOLLOWS: dict[str, Callable[[Any, Any, World], Outcome]] = {
    "order": _order,
    "payment_link": _payment_link,
    "payment_plan": _payment_plan,
    "mandate": _mandate,
    "interaction": _interaction,
    "note": _note,
}
