"""An order being made: its lines, what was proposed and how it was answered. Pure values; the server computes and decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from crm_mock.models import OrderLine, Proposal
from crm_mock.rules.order_totals import Totals, totals
from crm_mock.rules.profile import DeliveryRule
from workstation.desk.state import DeskState, Record

OUTCOMES = ("proposée", "acceptée", "refusée")


@dataclass(frozen=True)
class Basket:
    """The fields of an order that people change. `wanted` keeps, by product id, the quantity asked of what is out of stock."""

    lines: tuple[OrderLine, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    delivery: str = "relais"
    relay_point: str = ""
    address_id: str = ""
    wanted: tuple[tuple[str, int], ...] = ()

    def fields(self) -> dict[str, Any]:
        """As the API's JSON."""
        return {
            "lines": [line.model_dump(mode="json") for line in self.lines],
            "proposals": [p.model_dump(mode="json") for p in self.proposals],
            "delivery": self.delivery,
            "relay_point": self.relay_point,
            "address_id": self.address_id,
        }

    @property
    def empty(self) -> bool:
        return not self.lines and not self.proposals

    def draft(self) -> dict[str, Any]:
        """`fields`, and what is wanted of what is out of stock."""
        return {**self.fields(), "wanted": dict(self.wanted)}

    # --- lines

    def add(self, product: Record, quantity: int = 1, *, origin: str = "demandé", replaces: str = "") -> Basket:
        """More of a product that is already asked for the same reason is the same line."""
        for index, line in enumerate(self.lines):
            if (line.product_id, line.origin, line.replaces) == (product["id"], origin, replaces):
                return self.set_quantity(index, line.quantity + quantity)
        line = OrderLine.model_validate(
            {
                "product_id": product["id"],
                "label": str(product.get("name", ""))[:120],
                "quantity": max(1, min(999, quantity)),
                "unit_cents": int(product.get("price_cents") or 0),
                "origin": origin,
                "replaces": replaces,
            }
        )
        return replace(self, lines=(*self.lines, line))

    def set_quantity(self, index: int, quantity: int) -> Basket:
        """0 takes the line out."""
        if quantity <= 0:
            return replace(self, lines=self.lines[:index] + self.lines[index + 1 :])
        changed = self.lines[index].model_copy(update={"quantity": min(999, quantity)})
        return replace(self, lines=(*self.lines[:index], changed, *self.lines[index + 1 :]))

    # --- proposals

    def propose(self, nature: str, product_id: str, for_product_id: str, at: str, wanted: int = 1) -> Basket:
        """Record that it was put to the customer; once each."""
        if any((p.nature, p.product_id, p.for_product_id) == (nature, product_id, for_product_id) for p in self.proposals):
            return self
        made = Proposal.model_validate({"nature": nature, "product_id": product_id, "for_product_id": for_product_id, "at": at})
        quantities = dict(self.wanted) | ({for_product_id: wanted} if nature == "substitution" else {})
        return replace(self, proposals=(*self.proposals, made), wanted=tuple(quantities.items()))

    def settle(self, index: int, outcome: str, product: Record) -> Basket:
        """The customer's answer: acceptance puts the line in, anything else takes it out."""
        proposal = self.proposals[index]
        origin = "substitution" if proposal.nature == "substitution" else "additionnel"
        replaces = proposal.for_product_id if origin == "substitution" else ""
        changed = proposal.model_copy(update={"outcome": outcome})
        basket = replace(self, proposals=(*self.proposals[:index], changed, *self.proposals[index + 1 :]))
        place = next((i for i, line in enumerate(basket.lines) if (line.product_id, line.origin) == (proposal.product_id, origin)), None)
        if outcome == "acceptée" and place is None:
            quantity = dict(self.wanted).get(proposal.for_product_id, 1) if origin == "substitution" else 1
            return basket.add(product, quantity, origin=origin, replaces=replaces)
        if outcome != "acceptée" and place is not None:
            return basket.set_quantity(place, 0)
        return basket

    def withdraw(self, index: int) -> Basket:
        """Without a proposal recorded by mistake, nor the line it had put in."""
        proposal = self.proposals[index]
        origin = "substitution" if proposal.nature == "substitution" else "additionnel"
        lines = tuple(line for line in self.lines if (line.product_id, line.origin) != (proposal.product_id, origin))
        return replace(self, lines=lines, proposals=self.proposals[:index] + self.proposals[index + 1 :])

    def suggestions(self, products: Sequence[Record]) -> list[tuple[str, str]]:
        """(product, because of which product) for additional sales not yet proposed: what goes with the lines and is in stock."""
        by_id = {str(p["id"]): p for p in products}
        known = {line.product_id for line in self.lines} | {p.product_id for p in self.proposals}
        found: list[tuple[str, str]] = []
        for line in self.lines:
            for addon in (by_id.get(line.product_id) or {}).get("addons") or ():
                if addon not in known and addon in by_id and int(by_id[addon].get("stock") or 0) > 0:
                    known.add(addon)
                    found.append((str(addon), line.product_id))
        return found


def next_outcome(outcome: str) -> str:
    return OUTCOMES[(OUTCOMES.index(outcome) + 1) % len(OUTCOMES)]


def basket_of(fields: Mapping[str, Any]) -> Basket:
    """Of an order's record, or of the fields of a draft; parts that make no sense are left out."""
    lines = all_valid(OrderLine, fields.get("lines"))
    proposals = all_valid(Proposal, fields.get("proposals"))
    wanted = {str(k): int(v) for k, v in dict(fields.get("wanted") or {}).items()}
    return Basket(
        lines,
        proposals,
        str(fields.get("delivery") or "relais"),
        str(fields.get("relay_point") or ""),
        str(fields.get("address_id") or ""),
        tuple(wanted.items()),
    )


def all_valid(model: type[Any], items: Any) -> tuple[Any, ...]:
    """Those of the items that are of the model."""
    found = []
    for item in items or ():
        try:
            found.append(model.model_validate(item))
        except ValidationError:
            continue
    return tuple(found)


def delivery_rules(state: DeskState) -> dict[str, DeliveryRule]:
    """The company's delivery fees, by way of delivery; {} before the brief has come."""
    told = (state.brief.get("rules") or {}).get("delivery") or (state.brief.get("company") or {}).get("delivery") or {}
    try:
        return {str(way): DeliveryRule.model_validate(rule) for way, rule in dict(told).items()}
    except ValidationError:
        return {}


def estimate(basket: Basket, state: DeskState) -> Totals:
    """What the server will say, as far as this desk knows the rules."""
    return totals(basket.lines, basket.delivery, delivery_rules(state))
