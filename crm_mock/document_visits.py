"""The confirmation of an appointment with the field team: when, how long, where, with whom, what to prepare, how to move or cancel it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from reportlab.platypus import Flowable

from crm_mock.consequences import World
from crm_mock.document_contracts import subject_of
from crm_mock.document_pages import HEAD, Letter, gap, paragraph, table
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Address, Appointment, Document, FieldRep, Owned
from crm_mock.rules.calendar import long
from crm_mock.rules.telephone import display


def _visit(document: Document, world: World) -> Letter:
    visit = subject_of(Appointment, document, world, "Indiquez le rendez-vous concerné.")
    if visit.status == "annulé":
        raise BusinessRefusal(["Ce rendez-vous est annulé : il n'y a plus rien à confirmer."])
    rep = world.get(FieldRep, visit.rep_id)
    if rep is None or visit.on is None:
        raise InvalidFields({"subject_id": "Ce rendez-vous n'a ni créneau ni commercial : choisissez-les d'abord."})
    place = _place(visit, world)
    if not place:
        raise BusinessRefusal(["Le lieu du rendez-vous manque : indiquez-le avant de le confirmer."])
    rows = [["Rendez-vous", visit.reference], ["Date", long(visit.on)], ["Heure et durée", _hours(visit)], ["Lieu", place]]
    rows.append(["Avec", " – ".join(part for part in (rep.name, display(rep.phone) if rep.phone else "", rep.email) if part)])
    for word, told in (("Personnes présentes", ", ".join(visit.attendees)), ("Documents", visit.documents)):
        if told:
            rows.append([word, told])
    profile = world.profile
    story: list[Flowable] = [
        paragraph(f"Nous vous confirmons le rendez-vous convenu avec vous{f' : {visit.purpose.lower()}' if visit.purpose else ''}."),
        gap(2),
        table(rows, (45, 125), ()),
        gap(3),
        paragraph("Pour le déplacer ou l'annuler", HEAD),
        paragraph(
            f"Prévenez-nous dès que possible, au {display(profile.phone)} (appel non surtaxé) ou à {profile.email}, en rappelant la"
            f" référence {visit.reference} : nous vous proposerons une autre date. L'annulation est sans frais."
        ),
        paragraph("Ce rendez-vous ne vous engage à rien."),
    ]
    return Letter(f"Confirmation du rendez-vous du {long(visit.on)}", story)


def _place(visit: Appointment, world: World) -> str:
    address = world.get(Address, visit.address_id) if visit.address_id else None
    where = f"{address.line1}, {address.postcode} {address.city}" if address is not None else ""
    return " – ".join(part for part in (where, visit.place) if part)


def _hours(visit: Appointment) -> str:
    """9 h 00 à 9 h 30 (30 minutes)."""
    starts = dt.datetime.combine(dt.date.min, dt.time.fromisoformat(visit.start))
    ends = starts + dt.timedelta(minutes=visit.minutes)
    return f"{starts.hour} h {starts:%M} à {ends.hour} h {ends:%M} ({visit.minutes} minutes)"


SUBJECTS: tuple[type[Owned], ...] = (Appointment,)
TEMPLATES: dict[str, Callable[[Document, World], Letter]] = {"confirmation de rendez-vous": _visit}
