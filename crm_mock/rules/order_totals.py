"""What an order costs: its lines, and the delivery its total earns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm_mock.models import OrderLine
from crm_mock.rules.profile import DeliveryRule


@dataclass(frozen=True)
class Totals:
    """Cents. `missing_for_free` is what the items lack to have the delivery offered; 0 when it is, or cannot be."""

    items_cents: int
    delivery_cents: int
    total_cents: int
    missing_for_free: int


def totals(lines: Iterable[OrderLine], delivery: str, rules: Mapping[str, DeliveryRule]) -> Totals:
    """A way of delivery without a rule, and an empty basket, cost nothing to deliver."""
    items = sum(line.quantity * line.unit_cents for line in lines)
    rule = {str(k): v for k, v in rules.items()}.get(delivery)
    if rule is None or items == 0:
        return Totals(items, 0, items, 0)
    fee = 0 if items >= rule.free_from_cents else rule.fee_cents
    return Totals(items, fee, items + fee, max(0, rule.free_from_cents - items) if rule.fee_cents else 0)


def quantities(lines: Iterable[OrderLine]) -> Counter[str]:
    """Product id to quantity over all lines."""
    found: Counter[str] = Counter()
    for line in lines:
        found[line.product_id] += line.quantity
    return found
