"""What follows in assistance: the guarantee worked out, gestures within their cap, exchanges taken from stock."""

from __future__ import annotations

import datetime as dt
import hashlib

from crm_mock.consequences.world import Follows, Outcome, World, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Exchange, Goodwill, Product, Record, Ticket
from crm_mock.rules import goodwill, legal_guarantee
from crm_mock.rules.calendar import add_working_days, short

_OVER = ("résolu N1", "clos")


def _ticket(before: Ticket | None, after: Ticket, world: World) -> Outcome:
    if after.promised_on is not None and after.promised_on < world.today and (before is None or before.promised_on != after.promised_on):
        raise InvalidFields({"promised_on": "Cette date est passée."})
    found = legal_guarantee.guarantee(after.bought_on, world.today, second_hand=after.second_hand)
    changes: dict[str, object] = {
        "reference": after.reference or world.next_reference(Ticket, f"T-{world.today:%y-%m%d}-"),
        "opened_on": after.opened_on or world.today,
        "path": tuple(step if step.at else step.model_copy(update={"at": world.now}) for step in after.path),
        "guarantee": found.status,
        "guarantee_until": found.until,
        "closed_on": (after.closed_on or world.today) if after.status in _OVER else None,
    }
    if after.status == "escaladé N2":
        if not after.symptom:
            raise InvalidFields({"symptom": "Le niveau 2 a besoin du symptôme."})
        changes |= {"level": "N2", "escalated_at": after.escalated_at or world.now}
    elif after.status == "résolu N1":
        changes |= {"level": "N1"}
    return Outcome(after.model_copy(update=changes))


# -- gestures


def gestures_of(contact_id: str, world: World, but: str = "") -> list[goodwill.Gesture]:
    """The gestures granted to a contact, but the one of that id."""
    granted = [g for g in world.where(Goodwill, contact_id=contact_id) if g.status == "accordé" and g.id != but]
    return [goodwill.Gesture(g.on, g.amount_cents, cause_of(g)) for g in granted if g.on is not None]


def cause_of(gesture: Goodwill) -> str:
    return gesture.ticket_id or gesture.order_id or gesture.subscription_id


def granted(gesture: Goodwill, world: World) -> Goodwill:
    """The gesture with its reference and date, when the cap leaves room for it. Raises BusinessRefusal."""
    on = gesture.on or world.today
    cap = world.profile.agent_goodwill_cents
    found = goodwill.problems(gesture.amount_cents, cause_of(gesture), gestures_of(gesture.contact_id, world, gesture.id), on, cap)
    if found:
        raise BusinessRefusal(found)
    reference = gesture.reference or world.next_reference(Goodwill, month_prefix(world, "GC"))
    return gesture.model_copy(update={"on": on, "reference": reference})


def _goodwill(before: Goodwill | None, after: Goodwill, world: World) -> Outcome:
    if after.status != "accordé":
        return Outcome(after)
    if before is not None and (before.status, before.amount_cents) == (after.status, after.amount_cents):
        return Outcome(after)
    return Outcome(granted(after, world))


# -- exchanges


def _exchange(before: Exchange | None, after: Exchange, world: World) -> Outcome:
    if after.pickup_from and after.pickup_to and after.pickup_to <= after.pickup_from:
        raise InvalidFields({"pickup_to": "La fin du passage doit suivre son début."})
    if after.promised_on is None and world.profile.exchange_working_days is not None:
        after = after.model_copy(update={"promised_on": add_working_days(world.today, world.profile.exchange_working_days)})
    if after.promised_on is not None and (before is None or before.promised_on != after.promised_on):
        late = legal_guarantee.promise_problems(after.promised_on, _asked_on(after, world))
        if late:
            raise BusinessRefusal(late)
    reference = after.reference or world.next_reference(Exchange, month_prefix(world, "ECH"))
    changes: dict[str, object] = {"reference": reference}
    if after.status == "étiquette envoyée" and not after.label:
        digest = int(hashlib.sha256(f"{after.id}|{reference}".encode()).hexdigest()[:12], 16)
        changes["label"] = f"ETQ-{digest % 100_000_000:08d}"
    return Outcome(after.model_copy(update=changes), tuple(_stock(before, after, world)))


def _asked_on(exchange: Exchange, world: World) -> dt.date:
    ticket = world.get(Ticket, exchange.ticket_id)
    return (ticket.opened_on if ticket is not None else None) or world.today


def _stock(before: Exchange | None, after: Exchange, world: World) -> list[Record]:
    held = _holds(before)
    wanted = _holds(after)
    if held == wanted:
        return []
    changed: list[Record] = []
    for product_id, taken in ((held, -1), (wanted, 1)):
        product = world.get(Product, product_id)
        if product is None:
            continue
        if taken > product.stock:
            back = f", retour prévu le {short(product.back_on)}" if product.back_on else ""
            raise BusinessRefusal([f"Stock insuffisant pour {product.name} : {product.stock} disponible(s){back}."])
        changed.append(product.model_copy(update={"stock": product.stock - taken}))
    return changed


def _holds(exchange: Exchange | None) -> str:
    """The product taken from stock; "" for none."""
    if exchange is None or exchange.nature != "échange" or exchange.status == "annulé":
        return ""
    return exchange.product_id


FOLLOWS: Follows = {"ticket": _ticket, "goodwill": _goodwill, "exchange": _exchange}
