"""Documents about a contract that lives on, ends or is made for a date: amendment, acknowledgement of a termination, booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from reportlab.platypus import Flowable

from crm_mock.consequences import World
from crm_mock.consequences.contracts import WITHDRAWN
from crm_mock.consequences.payments import received_for
from crm_mock.document_pages import HEAD, SMALL, Letter, gap, paragraph, table
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Amendment, Booking, Document, Owned, Product, Resource, Subscription, TerminationRequest
from crm_mock.rules import booking as booking_rules
from crm_mock.rules.calendar import add_months, long, short
from crm_mock.rules.money import format_cents

R = TypeVar("R", bound=Owned)
_DAY = dt.timedelta(days=1)


def subject_of(model: type[R], document: Document, world: World, lacking: str) -> R:
    """The record the document is about, of the same customer. Raises InvalidFields."""
    found = world.get(model, document.subject_id)
    if found is None:
        raise InvalidFields({"subject_id": lacking})
    if found.contact_id != document.contact_id:
        raise InvalidFields({"subject_id": "La fiche indiquée est celle d'un autre client."})
    return found


def _subscription(subscription_id: str, world: World) -> Subscription:
    found = world.get(Subscription, subscription_id)
    if found is None:
        raise InvalidFields({"subject_id": "L'abonnement concerné n'existe plus."})
    return found


def _formula(product_id: str, subscription: Subscription, world: World) -> str:
    product = world.get(Product, product_id)
    if product is not None:
        return product.name
    return subscription.label or subscription.reference


# -- amendment


def _amendment(document: Document, world: World) -> Letter:
    amendment = subject_of(Amendment, document, world, "Indiquez l'avenant concerné.")
    if amendment.status != "accepté" or amendment.starts_on is None:
        raise BusinessRefusal(["L'avenant doit être accepté par le client avant de lui être confirmé."])
    subscription = _subscription(amendment.subscription_id, world)
    before = _formula(amendment.before_product_id, subscription, world)
    after = _formula(amendment.after_product_id, subscription, world)
    story: list[Flowable] = [
        paragraph("Nous vous remercions de votre fidélité. Voici, mot pour mot, ce dont nous sommes convenus pour votre abonnement."),
        gap(2),
        _prices(amendment, before, after),
        gap(3),
        *map(paragraph, _what_changes(amendment)),
        paragraph("Engagement", HEAD),
        paragraph(_commitment(amendment, world)),
        *_request_words(amendment, world),
    ]
    if amendment.starts_on > world.today:
        story.append(
            paragraph(
                f"Si vous changez d'avis avant le {short(amendment.starts_on)}, appelez-nous : l'avenant est annulé et votre formule"
                " actuelle continue aux mêmes conditions."
            )
        )
    return Letter(f"Avenant {amendment.reference} à l'abonnement {subscription.reference}", story)


def _prices(amendment: Amendment, before: str, after: str) -> Flowable:
    starts_on, ends_on = amendment.starts_on, amendment.ends_on
    assert starts_on is not None
    rows = [["Période", "Formule", "Prix TTC par mois"]]
    rows.append([f"Jusqu'au {short(starts_on - _DAY)}", before, format_cents(amendment.before_cents)])
    if ends_on is None:
        rows.append([f"À partir du {short(starts_on)}", after, format_cents(amendment.after_cents)])
    else:
        during = "en pause" if amendment.pause_months else after
        rows.append([f"Du {short(starts_on)} au {short(ends_on)}", during, format_cents(amendment.discounted_cents)])
        rows.append([f"À partir du {short(ends_on + _DAY)}", after, format_cents(amendment.after_cents)])
    return table(rows, (60, 70, 40), (2,))


def _what_changes(amendment: Amendment) -> list[str]:
    assert amendment.starts_on is not None
    if amendment.ends_on is not None and amendment.pause_months:
        return [
            f"Pendant la pause, du {short(amendment.starts_on)} au {short(amendment.ends_on)}, rien n'est livré et rien n'est prélevé."
            f" L'abonnement reprend de lui-même le {short(amendment.ends_on + _DAY)}."
        ]
    if amendment.ends_on is not None:
        return [
            f"Remise de {amendment.discount_percent} % pendant {amendment.discount_months} mois : vous payez"
            f" {format_cents(amendment.discounted_cents)} au lieu de {format_cents(amendment.after_cents)} par mois, jusqu'au"
            f" {short(amendment.ends_on)}. Ensuite, le prix de la formule est de {format_cents(amendment.after_cents)} par mois."
        ]
    if amendment.after_product_id == amendment.before_product_id:
        return ["La formule et son prix ne changent pas."]
    return []


def _commitment(amendment: Amendment, world: World) -> str:
    notice = f"un préavis de {world.profile.notice_months} mois" if world.profile.notice_months else "aucun préavis"
    if amendment.commitment_months and amendment.starts_on is not None:
        last = add_months(amendment.starts_on, amendment.commitment_months) - _DAY
        return (
            f"Engagement de {amendment.commitment_months} mois, jusqu'au {short(last)} ; ensuite, résiliation à tout moment avec {notice}."
        )
    return f"Cet avenant ne crée aucun nouvel engagement : vous restez libre de résilier, avec {notice}."


def _request_words(amendment: Amendment, world: World) -> list[Flowable]:
    """What has become of the wish to leave, when there was one."""
    asked = world.where(TerminationRequest, subscription_id=amendment.subscription_id)
    if not asked:
        return []
    latest = max(asked, key=lambda r: (r.asked_on or dt.date.min, r.reference))
    named = f"Votre demande de résiliation {latest.reference}" + (f" du {short(latest.asked_on)}" if latest.asked_on else "")
    if latest.status == WITHDRAWN:
        return [paragraph(f"{named} est retirée, à votre demande ; votre droit de résilier reste entier.")]
    ends = f" et prend effet le {short(latest.effective_on)}" if latest.effective_on else ""
    return [paragraph(f"{named} reste enregistrée{ends}, tant que vous ne nous demandez pas de la retirer.")]


# -- termination


def _acknowledgement(document: Document, world: World) -> Letter:
    request = subject_of(TerminationRequest, document, world, "Indiquez la demande de résiliation concernée.")
    if request.status == WITHDRAWN:
        raise BusinessRefusal(["Cette demande a été retirée par le client : il n'y a pas de fin de contrat à confirmer."])
    if request.effective_on is None:
        raise BusinessRefusal(["La date de fin du contrat manque : enregistrez d'abord la demande."])
    subscription = _subscription(request.subscription_id, world)
    named = f"{_formula(subscription.product_id, subscription, world)} ({subscription.reference})"
    asked = f" le {short(request.asked_on)}" if request.asked_on else ""
    over = request.effective_on < world.today
    story: list[Flowable] = [
        paragraph(
            f"Nous avons reçu{asked}, {_by(request.channel)}, votre demande de résiliation. Elle est"
            f" {'traitée' if request.status == 'traitée' else 'enregistrée'} : vous n'avez aucune autre démarche à faire."
        ),
        gap(2),
        table([["Contrat", "A pris fin" if over else "Prend fin"], [named, long(request.effective_on)]], (110, 60), ()),
        gap(3),
        paragraph("Effets de la résiliation", HEAD),
        *map(paragraph, _effects(subscription, request.effective_on, world)),
        paragraph(
            "Le présent accusé de réception vous est adressé sur un support durable, avec la date de fin du contrat et les effets de la"
            " résiliation (code de la consommation, L215-1-1). Conservez-le.",
            SMALL,
        ),
    ]
    return Letter(f"Accusé de réception de votre résiliation {request.reference}", story)


def _by(channel: str) -> str:
    return {"téléphone": "par téléphone", "en ligne": "en ligne", "e-mail": "par e-mail", "courrier": "par courrier"}[channel]


def _effects(subscription: Subscription, ends_on: dt.date, world: World) -> list[str]:
    told = [
        f"Jusqu'à cette date, l'abonnement continue : livraisons et prélèvements de {format_cents(subscription.monthly_cents)} par mois."
        " Aucun prélèvement ne vient ensuite.",
        "Aucun frais ni aucune pénalité ne vous est demandé.",
    ]
    if subscription.machine:
        told.append(
            f"La machine mise à disposition ({subscription.machine}) reste la propriété de {world.profile.name}, à qui elle est rendue."
        )
    if subscription.discount_cents and subscription.discount_until is not None and subscription.discount_until > ends_on:
        told.append("La remise en cours cesse avec le contrat.")
    return told


# -- booking


def _booking(document: Document, world: World) -> Letter:
    booking = subject_of(Booking, document, world, "Indiquez la réservation concernée.")
    if booking.status != "confirmée":
        raise BusinessRefusal(["La réservation doit être confirmée avant d'être envoyée au client."])
    resource = world.get(Resource, booking.resource_id)
    if resource is None:
        raise InvalidFields({"subject_id": "Ce qui était réservé n'existe plus."})
    story: list[Flowable] = [
        paragraph(f"Votre réservation {booking.reference} du {short(booking.booked_on)} est confirmée."),
        paragraph(f"{resource.name} : {_when(booking, resource)}, pour {booking.persons} personne{'s' if booking.persons > 1 else ''}."),
        gap(2),
        _booking_lines(booking, resource),
        gap(3),
        *map(paragraph, _payment_words(booking, world)),
        paragraph("Droit de rétractation", HEAD),
        paragraph(
            "Cette prestation est fournie à une date ou pendant une période déterminée : il n'y a pas de droit de rétractation (code de"
            f" la consommation, {booking.withdrawal_exception or booking_rules.NO_WITHDRAWAL})."
        ),
    ]
    return Letter(f"Confirmation de la réservation {booking.reference}", story)


def _when(booking: Booking, resource: Resource) -> str:
    if resource.basis == "séance":
        return f"le {long(booking.starts_on)}"
    nights = (booking.ends_on - booking.starts_on).days
    return f"du {long(booking.starts_on)} au {long(booking.ends_on)} ({nights} nuit{'s' if nights > 1 else ''})"


def _booking_lines(booking: Booking, resource: Resource) -> Flowable:
    units = len(booking_rules.days(resource.basis, booking.starts_on, booking.ends_on))
    units *= booking.persons if resource.basis == "séance" else 1
    unit = "place" if resource.basis == "séance" else "nuit"
    rows = [["Réservé", "Quantité", "Prix unitaire TTC", "Montant TTC"]]
    each = booking.stay_cents // units if units else resource.price_cents
    rows.append([resource.name, f"{units} {unit}{'s' if units > 1 else ''}", format_cents(each), format_cents(booking.stay_cents)])
    for line in booking.options:
        rows.append([line.label, str(line.quantity), format_cents(line.unit_cents), format_cents(line.quantity * line.unit_cents)])
    rows.append(["Total TTC", "", "", format_cents(booking.total_cents)])
    return table(rows, (80, 24, 34, 32), (1, 2, 3), total_rows=1)


def _payment_words(booking: Booking, world: World) -> list[str]:
    received = received_for(world, booking_id=booking.id)
    if received >= booking.total_cents:
        return [f"Règlement reçu par lien sécurisé : {format_cents(received)}. Il ne reste rien à payer."]
    told = []
    if received >= booking.deposit_cents:
        told.append(f"Acompte reçu par lien sécurisé : {format_cents(received)}.")
    else:
        told.append(f"Acompte à régler par lien sécurisé : {format_cents(booking.deposit_cents - received)}.")
    balance = booking.total_cents - max(received, booking.deposit_cents)
    if balance:
        due = f", au plus tard le {short(booking.balance_due_on)}" if booking.balance_due_on else ""
        told.append(f"Solde : {format_cents(balance)}{due}.")
    return told


SUBJECTS: tuple[type[Owned], ...] = (Amendment, TerminationRequest, Booking)

TEMPLATES: dict[str, Callable[[Document, World], Letter]] = {
    "avenant": _amendment,
    "accusé de résiliation": _acknowledgement,
    "confirmation de réservation": _booking,
}
