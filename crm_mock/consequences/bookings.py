"""What follows from a booking: price, deposit, nights or places taken once and given back; proposals dated."""

from __future__ import annotations

import datetime as dt

from crm_mock.consequences.orders import priced
from crm_mock.consequences.payments import OPEN_LINK, booking_due, received_for
from crm_mock.consequences.world import Follows, Outcome, World, month_prefix
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Availability, Booking, PaymentLink, Product, Record, Resource, SaleProposal
from crm_mock.rules import booking
from crm_mock.rules.calendar import short

BOOKING_MOVES = frozenset({("brouillon", "confirmée"), ("brouillon", "annulée"), ("confirmée", "annulée")})


def _booking(before: Booking | None, after: Booking, world: World) -> Outcome:
    was = before.status if before is not None else "brouillon"
    if was != after.status and (was, after.status) not in BOOKING_MOVES:
        raise BusinessRefusal([f"Une réservation « {was} » ne peut pas passer à « {after.status} »."])
    if before is not None and was == "annulée" and _stay(before) != _stay(after):
        raise BusinessRefusal(["Une réservation annulée ne se modifie plus."])
    resource = world.get(Resource, after.resource_id)
    if resource is None:
        raise InvalidFields({"resource_id": "Cette ressource n'existe pas."})
    if not booking.days(resource.basis, after.starts_on, after.ends_on):
        raise InvalidFields({"ends_on": booking.date_problems(resource, after.starts_on, after.ends_on, 1, after.starts_on)[0]})
    after = _priced(before, after, resource, world)
    if after.status == "confirmée" and (before is None or _stay(before) != _stay(after) or was != "confirmée"):
        problems = booking.date_problems(resource, after.starts_on, after.ends_on, after.persons, world.today)
        if problems:
            raise BusinessRefusal(problems)
        reference = after.reference or world.next_reference(Booking, month_prefix(world, "RES"))
        after = after.model_copy(update={"reference": reference, "booked_on": after.booked_on or world.today})
    return Outcome(after, (*_taken(before, after, resource, world), *_links(after, world)))


def _stay(record: Booking) -> tuple[object, ...]:
    return record.resource_id, record.starts_on, record.ends_on, record.persons, record.options


def _priced(before: Booking | None, after: Booking, resource: Resource, world: World) -> Booking:
    options = priced(before.options if before is not None else (), after.options, "options", world)
    cost = booking.price(resource, after.starts_on, after.ends_on, after.persons, options)
    dates = tuple(d if d.at else d.model_copy(update={"at": world.now}) for d in after.other_dates)
    return after.model_copy(
        update={
            "options": options,
            "other_dates": dates,
            "stay_cents": cost.stay_cents,
            "options_cents": cost.options_cents,
            "total_cents": cost.total_cents,
            "deposit_cents": cost.deposit_cents,
            "balance_cents": cost.balance_cents,
            "withdrawal_exception": booking.NO_WITHDRAWAL,
        }
    )


def _days_of(record: Booking | None, world: World) -> tuple[str, dict[dt.date, int]]:
    """The resource, and what a confirmed booking holds of it day by day."""
    resource = world.get(Resource, record.resource_id) if record is not None and record.status == "confirmée" else None
    if record is None or resource is None:
        return "", {}
    needed = booking.taken_each_day(resource.basis, record.persons)
    return resource.id, dict.fromkeys(booking.days(resource.basis, record.starts_on, record.ends_on), needed)


def _taken(before: Booking | None, after: Booking, resource: Resource, world: World) -> list[Record]:
    """Availabilities that change. Raises BusinessRefusal, with other dates, when one lacks."""
    held_of, held = _days_of(before, world)
    wanted_of, wanted = _days_of(after, world)
    changed: list[Record] = []
    lacking: list[dt.date] = []
    for resource_id in dict.fromkeys(filter(None, (held_of, wanted_of))):
        known = {a.day: a for a in world.where(Availability, resource_id=resource_id)}
        back = held if resource_id == held_of else {}
        out = wanted if resource_id == wanted_of else {}
        for day in sorted(back.keys() | out.keys()):
            taken = out.get(day, 0) - back.get(day, 0)
            present = known.get(day)
            if taken > (present.free if present is not None else 0):
                lacking.append(day)
            elif taken and present is not None:
                changed.append(present.model_copy(update={"free": present.free - taken}))
    if lacking:
        raise BusinessRefusal([_full(resource, after, lacking, world)])
    return changed


def _full(resource: Resource, wanted: Booking, lacking: list[dt.date], world: World) -> str:
    free = {a.day: a.free for a in world.where(Availability, resource_id=resource.id)}
    others = booking.other_dates(resource, wanted.starts_on, wanted.ends_on, wanted.persons, free, world.today)
    told = f"{resource.name} : complet le {', le '.join(short(day) for day in lacking[:3])}{'…' if len(lacking) > 3 else ''}."
    if not others:
        return told
    if resource.basis == "séance":
        return told + f" Dates proches : {', '.join(short(start) for start, _ in others)}."
    return told + f" Dates proches : {' ; '.join(f'du {short(start)} au {short(end)}' for start, end in others)}."


def _links(record: Booking, world: World) -> list[Record]:
    """Links that ask for another amount than what is due expire."""
    due = 0 if record.status == "annulée" else booking_due(record, received_for(world, booking_id=record.id))
    asked = [link for link in world.where(PaymentLink, booking_id=record.id) if link.status in OPEN_LINK and link.amount_cents != due]
    return [link.model_copy(update={"status": "expiré"}) for link in asked]


def _sale_proposal(before: SaleProposal | None, after: SaleProposal, world: World) -> Outcome:
    problems = {}
    for name, ident in (("product_id", after.product_id), ("instead_of", after.instead_of)):
        if ident and world.get(Product, ident) is None and world.get(Resource, ident) is None:
            problems[name] = "Ni produit du catalogue, ni ressource à réserver."
    if after.what == "substitution" and not after.instead_of:
        problems["instead_of"] = "Indiquez ce que la substitution remplace."
    if problems:
        raise InvalidFields(problems)
    return Outcome(after.model_copy(update={"at": after.at or world.now}))


FOLLOWS: Follows = {"booking": _booking, "sale_proposal": _sale_proposal}
