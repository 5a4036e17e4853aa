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

from crm_mock.consequences import collection, exchanges, orders, payments
from crm_mock.consequences.payments import received_cents
from crm_mock.consequences.world import Follows, Outcome, World
from crm_mock.models import Record

__all__ = ["FOLLOWS", "Outcome", "World", "follow", "received_cents"]

FOLLOWS: Follows = {**orders.FOLLOWS, **payments.FOLLOWS, **collection.FOLLOWS, **exchanges.FOLLOWS}


def follow(before: Record | None, after: Record, world: World) -> Outcome:
    """Raises InvalidFields, BusinessRefusal."""
    rule = FOLLOWS.get(after.kind)
    return rule(before, after, world) if rule else Outcome(after)
