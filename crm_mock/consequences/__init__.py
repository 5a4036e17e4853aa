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
collection_case, promise
    Over-indebtedness: reminders suspended, a plan of which nothing was paid withdrawn; then neither plan, promise nor link.
mandate
    Reference RUM-AAMM-NNNN.
booking
    Prices, deposit, balance. Confirmed: reference RES-AAMM-NNNN, its nights or places taken, once (given back when cancelled or
    moved); a refusal names dates nearby. Links of another amount expire.
sale_proposal
    Time.
ticket
    Reference T-AA-MMJJ-NNNN, the legal guarantee from the date of purchase, dates; escalated: level 2.
goodwill
    Reference GC-AAMM-NNNN, refused beyond the cap of twelve months, or a second time for one cause.
exchange
    Reference ECH-AAMM-NNNN, label, the goods taken from stock, the date promised within thirty days.
survey, campaign_target
    Times. A complete survey has the person it is for and all its answers. Attempts stay. An opposition reaches the consent and the
    person's other targets.
appointment
    Reference RDV-AAMM-NNNN, its slot taken, once (given back when moved or cancelled), the agenda's rules it does not keep.
opportunity
    Reference OPP-AAMM-NNNN, price and total, times, the last day to withdraw. Signed: the subscription.
termination_request
    Reference RSL-AAMM-NNNN, the end after notice and commitment. Processed: the subscription ends on that day.
amendment
    Reference AVN-AAMM-NNNN, prices before, during and after. Accepted: what it gives away is a goodwill, the subscription changes on
    the day it starts.
interaction, note, chat, reply
    Date and time when not given; counts. A reply handed in never changes.

A function receives the record before and after, and the world to read; it raises InvalidFields or BusinessRefusal to refuse.
"""

from __future__ import annotations

from crm_mock.consequences import appointments, bookings, campaigns, collection, contracts, exchanges, orders, payments, selling, support
from crm_mock.consequences.payments import received_cents
from crm_mock.consequences.world import Follows, Outcome, World
from crm_mock.models import Record

__all__ = ["FOLLOWS", "Outcome", "World", "follow", "received_cents"]

FOLLOWS: Follows = {
    kind: rule
    for domain in (orders, payments, bookings, collection, support, campaigns, appointments, selling, contracts, exchanges)
    for kind, rule in domain.FOLLOWS.items()
}


def follow(before: Record | None, after: Record, world: World) -> Outcome:
    """Raises InvalidFields, BusinessRefusal."""
    rule = FOLLOWS.get(after.kind)
    return rule(before, after, world) if rule else Outcome(after)
