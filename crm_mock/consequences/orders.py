"""What follows from an order: prices, totals, reference, stock, money."""

from __future__ import annotations

from collections.abc import Iterable

from crm_mock.consequences.payments import OPEN_LINK, received_cents
from crm_mock.consequences.world import Follows, Outcome, World, derived_id, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Order, OrderLine, Payment, PaymentLink, Product, Record
from crm_mock.rules import order_totals, withdrawal
from crm_mock.rules.calendar import add_working_days, short

DELIVERY_WORKING_DAYS = 2  # from the order to the receipt, from which withdrawal is counted

ORDER_MOVES = frozenset(
    {("brouillon", "validée"), ("brouillon", "annulée"), ("validée", "annulée"), ("validée", "expédiée"), ("expédiée", "livrée")}
)
_HOLDS_STOCK = ("validée", "expédiée", "livrée")


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


def priced(before: Iterable[OrderLine], after: Iterable[OrderLine], field: str, world: World) -> tuple[OrderLine, ...]:
    """Prices are the catalogue's; a line already ordered keeps the price it was ordered at. Raises InvalidFields, naming `field`."""
    held = {line.product_id: line.unit_cents for line in before}
    lines: list[OrderLine] = []
    for number, line in enumerate(after):
        product = world.get(Product, line.product_id)
        if product is None:
            raise InvalidFields({f"{field}.{number}.product_id": "Ce produit n'est pas au catalogue."})
        price = held.get(line.product_id, product.price_cents)
        lines.append(line.model_copy(update={"unit_cents": price, "label": line.label or product.name}))
    return tuple(lines)


def _priced(before: Order | None, after: Order, world: World) -> Order:
    lines = priced(before.lines if before else (), after.lines, "lines", world)
    totals = order_totals.totals(lines, after.delivery, {str(k): v for k, v in world.profile.delivery.items()})
    return after.model_copy(
        update={
            "lines": lines,
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
    reference = order.reference or world.next_reference(Order, month_prefix(world, world.profile.order_prefix))
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
            id=derived_id("rbt", order.id, str(len(earlier))),
            contact_id=order.contact_id,
            reference=world.next_reference(Payment, month_prefix(world, "RBT")),
            order_id=order.id,
            means="lien sécurisé",
            amount_cents=received - due,
            status="remboursé",
            on=world.today,
            reason="commande annulée" if order.status == "annulée" else "commande corrigée",
        )
        changed.append(refund)
    return changed


FOLLOWS: Follows = {"order": _order}
