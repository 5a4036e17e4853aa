"""What follows from an opportunity: the price, when things were said, the withdrawal date, the contract once signed."""

from __future__ import annotations

import datetime as dt

from crm_mock.consequences.orders import DELIVERY_WORKING_DAYS
from crm_mock.consequences.world import Follows, Outcome, World, derived_id, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Opportunity, Product, Record, Subscription
from crm_mock.rules import distance_selling, withdrawal
from crm_mock.rules.calendar import add_months, add_working_days

_OFFERED = ("en attente de signature", "signée")


def _opportunity(before: Opportunity | None, after: Opportunity, world: World) -> Outcome:
    was = before.status if before is not None else "découverte"
    if was == "signée" and after.status != "signée":
        raise BusinessRefusal(["Un contrat signé ne redevient pas une proposition : le client peut se rétracter ou résilier."])
    if after.status == "signée" and was not in _OFFERED:
        raise BusinessRefusal(["La signature suit l'offre envoyée : passez d'abord par « en attente de signature »."])
    product = world.get(Product, after.product_id)
    problems = {}
    if after.status in ("proposée", *_OFFERED) and product is None:
        problems["product_id"] = "Indiquez le produit proposé."
    if strange := distance_selling.unknown({item.item for item in after.legal}):
        problems["legal"] = f"Information inconnue : {', '.join(strange)}."
    if problems:
        raise InvalidFields(problems)
    after = _priced(after, product, world)
    if after.status not in _OFFERED or product is None:
        return Outcome(after.model_copy(update={"withdrawal_until": None}))
    signing = after.status == "signée" and was != "signée"
    signed_on = world.today if signing else after.signed_on
    after = after.model_copy(update={"signed_on": signed_on, "withdrawal_until": _withdrawal(after, product, signed_on or world.today)})
    return Outcome(after, (_contract(after, product, world),) if signing and after.price_basis == "par mois" else ())


def _priced(opportunity: Opportunity, product: Product | None, world: World) -> Opportunity:
    price = opportunity.price_cents or (product.price_cents if product is not None else 0)
    months = max(1, opportunity.commitment_months) if opportunity.price_basis == "par mois" else 1
    return opportunity.model_copy(
        update={
            "reference": opportunity.reference or world.next_reference(Opportunity, month_prefix(world, "OPP")),
            "price_cents": price,
            "total_cents": price * months,
            "stages": tuple(s if s.at else s.model_copy(update={"at": world.now}) for s in opportunity.stages),
            "legal": tuple(i if i.said_at else i.model_copy(update={"said_at": world.now}) for i in opportunity.legal),
        }
    )


def _withdrawal(opportunity: Opportunity, product: Product, concluded_on: dt.date) -> dt.date | None:
    """From the receipt of the goods as it is planned, or from the contract; None when the law grants no withdrawal."""
    if product.withdrawal == "exception":
        return None
    received = add_working_days(concluded_on, DELIVERY_WORKING_DAYS)
    start = concluded_on if product.withdrawal_from == "contrat" else received
    informed = distance_selling.informed_of_withdrawal({item.item for item in opportunity.legal})
    return withdrawal.period(product.withdrawal_from, start, informed=informed).last_day


def _contract(opportunity: Opportunity, product: Product, world: World) -> Record:
    months = opportunity.commitment_months
    return Subscription(
        id=derived_id("abo", opportunity.id),
        contact_id=opportunity.contact_id,
        reference=world.next_reference(Subscription, month_prefix(world, "ABO")),
        product_id=product.id,
        label=product.name,
        monthly_cents=opportunity.price_cents,
        started_on=world.today,
        commitment_end=add_months(world.today, months) if months else None,
    )


FOLLOWS: Follows = {"opportunity": _opportunity}
