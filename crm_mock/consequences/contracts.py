"""What follows for a subscription: a termination processed without obstacle, an amendment applied on its day or pending."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crm_mock.consequences.support import granted
from crm_mock.consequences.world import Follows, Outcome, World, derived_id, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Amendment, Goodwill, Product, Record, Subscription, TerminationRequest
from crm_mock.rules import retention_grid
from crm_mock.rules.calendar import add_months, short

# -- terminations

WITHDRAWN = "retirée à la demande du client"


def _termination_request(before: TerminationRequest | None, after: TerminationRequest, world: World) -> Outcome:
    subscription = world.get(Subscription, after.subscription_id)
    if subscription is None:
        raise InvalidFields({"subscription_id": "Indiquez l'abonnement à résilier."})
    if before is None:
        _only_one(after, world)
    asked_on = after.asked_on or world.today
    effective_on = after.effective_on or earliest_end(subscription, asked_on, world.profile.notice_months)
    if effective_on < asked_on:
        raise InvalidFields({"effective_on": "La fin ne peut pas précéder la demande."})
    reference = after.reference or world.next_reference(TerminationRequest, month_prefix(world, "RSL"))
    after = after.model_copy(update={"asked_on": asked_on, "effective_on": effective_on, "reference": reference})
    was = before.status if before is not None else "demandée"
    if was == "traitée" and after.status != "traitée" and effective_on <= world.today:
        raise BusinessRefusal([f"L'abonnement a pris fin le {short(effective_on)} : un nouveau contrat est nécessaire."])
    changed = _ended(subscription, before, after, world)
    return Outcome(after, () if changed is None or changed == subscription else (changed,))


def earliest_end(subscription: Subscription, asked_on: dt.date, notice_months: int) -> dt.date:
    """After the notice, and not before the end of the commitment."""
    return max(add_months(asked_on, notice_months), subscription.commitment_end or asked_on)


def _only_one(request: TerminationRequest, world: World) -> None:
    same = world.where(TerminationRequest, subscription_id=request.subscription_id)
    waiting = next((r for r in same if r.id != request.id and r.status == "demandée"), None)
    if waiting is not None:
        raise BusinessRefusal([f"Une demande de résiliation est déjà enregistrée ({waiting.reference}) : traitez-la."])


def _ended(subscription: Subscription, before: TerminationRequest | None, after: TerminationRequest, world: World) -> Subscription | None:
    """The subscription with its end written, or taken off when the request is withdrawn or reopened."""
    assert after.effective_on is not None
    if after.status == "traitée":
        over = after.effective_on <= world.today
        return subscription.model_copy(update={"ended_on": after.effective_on, "status": "résilié" if over else subscription.status})
    planned = before.effective_on if before is not None else after.effective_on
    if subscription.ended_on is not None and subscription.ended_on == planned and subscription.status != "résilié":
        return subscription.model_copy(update={"ended_on": None})
    return None


# -- amendments

_TERMS = ("subscription_id", "after_product_id", "discount_percent", "discount_months", "pause_months", "starts_on", "commitment_months")


def _amendment(before: Amendment | None, after: Amendment, world: World) -> Outcome:
    subscription = world.get(Subscription, after.subscription_id)
    if subscription is None:
        raise InvalidFields({"subscription_id": "Indiquez l'abonnement à modifier."})
    was = before.status if before is not None else "proposé"
    if before is not None and was == "accepté":
        return _accepted_before(before, after, world)
    if was == "annulé" and after.status != "annulé":
        raise BusinessRefusal(["Un avenant annulé ne se reprend pas : faites-en un autre."])
    if bool(after.discount_percent) != bool(after.discount_months):
        raise InvalidFields({"discount_months": "Une remise a un pourcentage et une durée en mois."})
    after = _with_terms(after, subscription, world)
    if after.status != "accepté":
        return Outcome(after)
    assert after.starts_on is not None
    if after.starts_on < world.today:
        raise InvalidFields({"starts_on": "Cette date est passée."})
    applied = after.starts_on <= world.today
    after = after.model_copy(update={"agreed": True, "applied": applied})
    others: list[Record] = [_applied(subscription, after)] if applied else []
    if after.cost_cents:
        others.append(_gesture(after, world))
    return Outcome(after, tuple(others))


def _accepted_before(before: Amendment, after: Amendment, world: World) -> Outcome:
    """What was agreed stays; before its day it may be cancelled, and its gesture with it."""
    if any(getattr(before, name) != getattr(after, name) for name in _TERMS):
        raise BusinessRefusal(["Un avenant accepté ne se modifie plus : annulez-le et faites-en un autre."])
    if after.status == "accepté":
        return Outcome(after)
    if before.applied or after.status != "annulé":
        raise BusinessRefusal(["Un avenant accepté ne se reprend plus ; avant sa date d'effet, il peut être annulé."])
    gesture = world.get(Goodwill, derived_id("gc", after.id))
    return Outcome(after, (gesture.model_copy(update={"status": "annulé"}),) if gesture is not None else ())


def _with_terms(amendment: Amendment, subscription: Subscription, world: World) -> Amendment:
    product_id = amendment.after_product_id or subscription.product_id
    after_cents = subscription.monthly_cents
    if product_id != subscription.product_id:
        product = world.get(Product, product_id)
        if product is None:
            raise InvalidFields({"after_product_id": "Cette formule n'est pas au catalogue."})
        after_cents = product.price_cents
    starts_on = amendment.starts_on or add_months(world.today, 1, 1)
    terms = retention_grid.terms(
        subscription.monthly_cents, after_cents, amendment.discount_percent, amendment.discount_months, amendment.pause_months, starts_on
    )
    return amendment.model_copy(
        update={
            "reference": amendment.reference or world.next_reference(Amendment, month_prefix(world, "AVN")),
            "before_product_id": subscription.product_id,
            "before_cents": terms.before_cents,
            "after_product_id": product_id,
            "after_cents": terms.after_cents,
            "discounted_cents": terms.during_cents,
            "starts_on": starts_on,
            "ends_on": terms.until,
            "cost_cents": terms.cost_cents,
            "applied": False,
        }
    )


def _applied(subscription: Subscription, amendment: Amendment) -> Subscription:
    changes: dict[str, Any] = {"product_id": amendment.after_product_id, "monthly_cents": amendment.after_cents}
    if amendment.after_product_id != subscription.product_id:
        changes["label"] = ""  # the product's name is shown
    if amendment.pause_months:
        changes["status"] = "suspendu"
    if amendment.discount_percent:
        changes |= {"discount_cents": amendment.after_cents - amendment.discounted_cents, "discount_until": amendment.ends_on}
    return subscription.model_copy(update=changes)


def _gesture(amendment: Amendment, world: World) -> Goodwill:
    """What the discount gives away counts against the cap. Raises BusinessRefusal."""
    gesture = Goodwill(
        id=derived_id("gc", amendment.id),
        contact_id=amendment.contact_id,
        amount_cents=amendment.cost_cents,
        what=f"remise de {amendment.discount_percent} % pendant {amendment.discount_months} mois",
        reason=amendment.motive or "fidélisation",
        subscription_id=amendment.subscription_id,
        amendment_id=amendment.id,
    )
    return granted(gesture, world)


FOLLOWS: Follows = {"termination_request": _termination_request, "amendment": _amendment}
