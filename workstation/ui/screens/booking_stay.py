"""A booking being made: what, when, for how many, with which options. Pure values; the server computes and decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from crm_mock.models import OrderLine, OtherDates, Resource
from crm_mock.rules import booking
from workstation.desk.state import DeskState, Record
from workstation.ui.screens.basket import all_valid
from workstation.ui.widgets.record_drafts import records, scenario_today

RESOURCES, ASKED, NEAR = "booking:resources", "booking:asked", "booking:near"  # keys of the lists asked for


@dataclass(frozen=True)
class Stay:
    """The fields of a booking that people change; dates are ISO, "" for none. A session starts and ends on the same day."""

    resource_id: str = ""
    starts_on: str = ""
    ends_on: str = ""
    persons: int = 1
    options: tuple[OrderLine, ...] = ()
    other_dates: tuple[OtherDates, ...] = ()
    balance_due_on: str = ""

    @property
    def empty(self) -> bool:
        return self == Stay()

    @property
    def complete(self) -> bool:
        """Whether the server can take it: what, from when, until when."""
        return bool(self.resource_id and self.starts_on and self.ends_on)

    def fields(self) -> dict[str, Any]:
        """As the API's JSON."""
        return {
            "resource_id": self.resource_id,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "persons": self.persons,
            "options": [line.model_dump(mode="json") for line in self.options],
            "other_dates": [one.model_dump(mode="json") for one in self.other_dates],
            "balance_due_on": self.balance_due_on or None,
        }

    def draft(self) -> dict[str, Any]:
        return self.fields()

    @property
    def dates(self) -> tuple[dt.date, dt.date] | None:
        try:
            return dt.date.fromisoformat(self.starts_on), dt.date.fromisoformat(self.ends_on or self.starts_on)
        except ValueError:
            return None

    def at(self, starts_on: dt.date, ends_on: dt.date) -> Stay:
        return replace(self, starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat())

    # --- options

    def quantity_of(self, product_id: str) -> int:
        return sum(line.quantity for line in self.options if line.product_id == product_id)

    def with_option(self, product: Record, quantity: int, origin: str = "additionnel") -> Stay:
        """That many of an option in all; 0 takes it out."""
        others = tuple(line for line in self.options if line.product_id != product["id"])
        if quantity <= 0:
            return replace(self, options=others)
        known = next((line for line in self.options if line.product_id == product["id"]), None)
        if known is not None:
            changed = known.model_copy(update={"quantity": min(999, quantity)})
            return replace(self, options=tuple(changed if line is known else line for line in self.options))
        line = OrderLine.model_validate(
            {
                "product_id": product["id"],
                "label": str(product.get("name", ""))[:120],
                "quantity": min(999, quantity),
                "unit_cents": int(product.get("price_cents") or 0),
                "origin": origin,
            }
        )
        return replace(self, options=(*self.options, line))

    # --- other dates

    def propose_dates(self, starts_on: dt.date, ends_on: dt.date, at: str) -> Stay:
        """Record that these dates were put to the customer in place of his own; once each."""
        if any((d.starts_on, d.ends_on) == (starts_on, ends_on) for d in self.other_dates):
            return self
        made = OtherDates(starts_on=starts_on, ends_on=ends_on, at=at)
        return replace(self, other_dates=(*self.other_dates, made))

    def settle_dates(self, index: int, outcome: str) -> Stay:
        """The customer's answer: accepted, they are the booking's dates."""
        settled = self.other_dates[index].model_copy(update={"outcome": outcome})
        stay = replace(self, other_dates=(*self.other_dates[:index], settled, *self.other_dates[index + 1 :]))
        return stay.at(settled.starts_on, settled.ends_on) if outcome == "acceptée" else stay

    def withdraw_dates(self, index: int) -> Stay:
        return replace(self, other_dates=self.other_dates[:index] + self.other_dates[index + 1 :])


def stay_of(fields: Mapping[str, Any]) -> Stay:
    """Of a booking's record, or of the fields of a draft; parts that make no sense are left out."""
    persons = fields.get("persons")
    return Stay(
        str(fields.get("resource_id") or ""),
        str(fields.get("starts_on") or ""),
        str(fields.get("ends_on") or ""),
        persons if isinstance(persons, int) and persons > 0 else 1,
        all_valid(OrderLine, fields.get("options")),
        all_valid(OtherDates, fields.get("other_dates")),
        str(fields.get("balance_due_on") or ""),
    )


# -- what can be booked


def resources(state: DeskState) -> list[Resource]:
    """As the list asked for has them; [] before it has come."""
    found = state.lists.get(RESOURCES)
    made = []
    for record in found.records if found else ():
        try:
            made.append(Resource.model_validate(record))
        except ValidationError:
            continue
    return made


def resource_of(state: DeskState, resource_id: str) -> Resource | None:
    return next((r for r in resources(state) if r.id == resource_id), None)


def free(state: DeskState, key: str, resource_id: str) -> dict[dt.date, int] | None:
    """Day to how many are free, of what that list covers; None when the list says nothing at all (not come yet, or no day of it)."""
    found = state.lists.get(key)
    if found is None or not found.records:
        return None
    told: dict[dt.date, int] = {}
    for record in found.records:
        if record.get("resource_id") == resource_id:
            told[dt.date.fromisoformat(str(record["day"]))] = int(record.get("free") or 0)
    return told


def stay_dates(resource: Resource, stay: Stay) -> tuple[dt.date, dt.date] | None:
    """The dates as this resource takes them: a session is of one day; None when they make no stay."""
    dates = stay.dates
    if dates is None:
        return None
    found = (dates[0], dates[0]) if resource.basis == "séance" else dates
    return found if booking.days(resource.basis, *found) else None


def places(state: DeskState, resource: Resource, stay: Stay) -> int | None:
    """How many are free on each of the days asked for; None when it cannot be said."""
    dates, known = stay_dates(resource, stay), free(state, ASKED, resource.id)
    if dates is None or known is None:
        return None
    return min((known.get(day, 0) for day in booking.days(resource.basis, *dates)), default=0)


def fits(state: DeskState, resource: Resource, stay: Stay) -> bool:
    """Whether it is free for that many persons on those days."""
    found = places(state, resource, stay)
    return found is not None and found >= booking.taken_each_day(resource.basis, stay.persons) and stay.persons <= resource.capacity


def other_dates(state: DeskState, resource: Resource, stay: Stay, count: int = 6) -> tuple[tuple[dt.date, dt.date], ...]:
    """Free dates: the nearest to those asked for, or, when none were, the first from today on."""
    known = free(state, NEAR, resource.id) or {}
    today, dates = scenario_today(state), stay_dates(resource, stay)
    if dates is not None:
        return booking.other_dates(resource, *dates, stay.persons, known, today, count)
    length = dt.timedelta(days=0 if resource.basis == "séance" else 1)
    needed = booking.taken_each_day(resource.basis, stay.persons)
    found = [(day, day + length) for day, left in sorted(known.items()) if day >= today and left >= needed]
    return tuple(found[:count])


def price(resource: Resource | None, stay: Stay) -> booking.Price | None:
    """What the server will say; None before there is enough to say it."""
    dates = stay_dates(resource, stay) if resource is not None else None
    if resource is None or dates is None:
        return None
    return booking.price(resource, *dates, stay.persons, stay.options)


def proposals(state: DeskState, booking_id: str) -> list[Record]:
    """Substitutions and add-ons put to the customer for this booking, in the order they were."""
    found = [p for p in records(state, "sale_proposal") if p.get("booking_id") == booking_id]
    return sorted(found, key=lambda p: str(p.get("at") or ""))
