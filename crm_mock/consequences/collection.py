"""What follows in a debtor's file: the plan against the scale and the debt, reminders, mandates."""

from __future__ import annotations

from crm_mock.consequences.payments import over_indebted, paid_instalments
from crm_mock.consequences.world import Follows, Outcome, World, month_prefix
from crm_mock.errors import BusinessRefusal
from crm_mock.models import CollectionCase, Invoice, Mandate, Payment, PaymentPlan, Promise
from crm_mock.rules import payment_plan
from crm_mock.rules.money import format_cents


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
        if paid_instalments(after.id, world):
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


def _collection_case(before: CollectionCase | None, after: CollectionCase, world: World) -> Outcome:
    """Over-indebtedness stops everything: the reminders, and a plan of which nothing was paid."""
    if after.reason != "surendettement":
        return Outcome(after)
    if before is not None and before.reason == after.reason and after.dunning == "active" != before.dunning:
        raise BusinessRefusal(["Dossier de surendettement : les relances ne reprennent pas (code de la consommation, L722-2)."])
    if after.dunning == "active":
        after = after.model_copy(update={"dunning": "suspendue", "dunning_until": None})
    accepted = [plan for plan in world.where(PaymentPlan, contact_id=after.contact_id) if plan.status == "accepté"]
    plans = [plan for plan in accepted if not paid_instalments(plan.id, world)]
    return Outcome(after, tuple(plan.model_copy(update={"status": "refusé"}) for plan in plans))


def _promise(before: Promise | None, after: Promise, world: World) -> Outcome:
    if after.status == "en cours" and over_indebted(after.contact_id, world):
        raise BusinessRefusal([payment_plan.SURENDETTEMENT])
    return Outcome(after)


def _mandate(before: Mandate | None, after: Mandate, world: World) -> Outcome:
    return Outcome(after.model_copy(update={"reference": after.reference or world.next_reference(Mandate, month_prefix(world, "RUM"))}))


FOLLOWS: Follows = {"payment_plan": _payment_plan, "collection_case": _collection_case, "promise": _promise, "mandate": _mandate}
