"""What follows from a payment link: the amount due, where it is sent, the payment received."""

from __future__ import annotations

import hashlib

from crm_mock.consequences.world import Follows, Outcome, World, derived_id, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Booking, CollectionCase, ContactPoint, Order, Payment, PaymentLink, PaymentPlan
from crm_mock.rules import payment_plan
from crm_mock.rules.money import format_cents
from crm_mock.rules.telephone import to_e164

OPEN_LINK = ("envoyé", "ouvert", "refusé")
LINK_MOVES = frozenset((start, end) for start in OPEN_LINK for end in ("ouvert", "autorisé", "refusé", "expiré"))


def received_cents(order_id: str, world: World) -> int:
    """What was received for an order, less what was given back."""
    return received_for(world, order_id=order_id)


def received_for(world: World, **subject: str) -> int:
    """`subject` is `order_id=` or `booking_id=`."""
    payments = world.where(Payment, **subject)
    return sum(p.amount_cents for p in payments if p.status == "encaissé") - sum(
        p.amount_cents for p in payments if p.status == "remboursé"
    )


def _payment_link(before: PaymentLink | None, after: PaymentLink, world: World) -> Outcome:
    if before is None:
        # One open link at a time: two would be paid twice.
        same = world.where(PaymentLink, order_id=after.order_id, plan_id=after.plan_id, booking_id=after.booking_id)
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
    return link.order_id, link.plan_id, link.booking_id, link.amount_cents, link.channel, link.sent_to


def _new_link(link: PaymentLink, world: World) -> PaymentLink:
    if [bool(link.order_id), bool(link.plan_id), bool(link.booking_id)].count(True) != 1:
        raise InvalidFields({"order_id": "Indiquez la commande, la réservation ou l'échéancier à régler."})
    if link.status != "envoyé":
        raise InvalidFields({"status": "Un nouveau lien est d'abord « envoyé »."})
    due = _due(link, world)
    if link.amount_cents not in (0, due):
        raise InvalidFields({"amount_cents": f"Le montant à régler est de {format_cents(due)}."})
    sent_to = _reachable(link, world)
    reference = world.next_reference(PaymentLink, month_prefix(world, "LP"))
    return link.model_copy(update={"amount_cents": due, "sent_to": sent_to, "reference": reference})


def _due(link: PaymentLink, world: World) -> int:
    if link.order_id:
        return _order_due(link.order_id, world)
    return _plan_due(link.plan_id, world) if link.plan_id else _booking_due(link.booking_id, world)


def booking_due(booking: Booking, received: int) -> int:
    """The deposit, then what is left."""
    return booking.deposit_cents - received if received < booking.deposit_cents else booking.total_cents - received


def _booking_due(booking_id: str, world: World) -> int:
    booking = world.get(Booking, booking_id)
    if booking is None or booking.status != "confirmée":
        raise BusinessRefusal(["La réservation doit d'abord être confirmée."])
    due = booking_due(booking, received_for(world, booking_id=booking_id))
    if due <= 0:
        raise BusinessRefusal(["Cette réservation est déjà réglée."])
    return due


def _order_due(order_id: str, world: World) -> int:
    order = world.get(Order, order_id)
    if order is None or order.status == "annulée" or not order.lines:
        raise BusinessRefusal(["Cette commande n'a rien à régler."])
    due = order.total_cents - received_cents(order_id, world)
    if due <= 0:
        raise BusinessRefusal(["Cette commande est déjà réglée."])
    return due


def over_indebted(contact_id: str, world: World) -> bool:
    """Whether a case of theirs says so: what was owed before may be neither claimed nor paid (c. conso. L722-2, L722-5)."""
    return any(case.reason == "surendettement" for case in world.where(CollectionCase, contact_id=contact_id))


def _plan_due(plan_id: str, world: World) -> int:
    plan = world.get(PaymentPlan, plan_id)
    if plan is not None and over_indebted(plan.contact_id, world):
        raise BusinessRefusal([payment_plan.SURENDETTEMENT])
    if plan is None or plan.status != "accepté":
        raise BusinessRefusal(["L'échéancier doit d'abord être accepté."])
    paid = paid_instalments(plan_id, world)
    if paid >= len(plan.instalments):
        raise BusinessRefusal(["Toutes les échéances de cet échéancier sont réglées."])
    return plan.instalments[paid].amount_cents


def paid_instalments(plan_id: str, world: World) -> int:
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
        number = paid_instalments(link.plan_id, world) + 1
        reason = f"échéance {number}/{len(plan.instalments)}"
        invoice_id = plan.invoice_ids[0] if len(plan.invoice_ids) == 1 else ""
    return Payment(
        id=derived_id("pai", link.id),
        contact_id=link.contact_id,
        reference=world.next_reference(Payment, month_prefix(world, "PAI")),
        order_id=link.order_id,
        booking_id=link.booking_id,
        invoice_id=invoice_id,
        means="lien sécurisé",
        amount_cents=link.amount_cents,
        status="encaissé",
        on=world.today,
        reason=reason,
    )


FOLLOWS: Follows = {"payment_link": _payment_link}
