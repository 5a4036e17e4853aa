"""The documents an agent sends, made from the records as real PDF files, in French.

The same records on the same day give the same bytes. Names of files are made here from safe characters only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from reportlab.platypus import Flowable

from crm_mock import document_contracts, document_sales, document_visits
from crm_mock.consequences import World, received_cents
from crm_mock.document_pages import HEAD, SMALL, Letter, gap, letter, paragraph, table
from crm_mock.durable import write_file
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Address, Contact, ContactPoint, Document, Invoice, Opportunity, Order, Owned, PaymentPlan, Product, Subscription
from crm_mock.rules import distance_selling
from crm_mock.rules.calendar import long, short
from crm_mock.rules.money import format_cents
from crm_mock.rules.normalisation import words

FOLDER = "documents"


@dataclass(frozen=True)
class Produced:
    """A file written under `documents/`; `sent_to` is where it goes, completed from the contact's file."""

    file: str
    sha256: str
    sent_to: str


def produce(document: Document, world: World, folder: Path) -> Produced:
    """Renders and writes the file, synchronised to disk. Raises InvalidFields, BusinessRefusal."""
    sent_to = document.sent_to or _destination(document, world)
    content = render(document, world)
    digest = hashlib.sha256(content).hexdigest()
    subject = subject_reference(document, world)
    name = "_".join(p for p in ("-".join(words(document.template)), re.sub(r"[^A-Za-z0-9\-]", "", subject), digest[:12]) if p)
    target = folder / FOLDER / f"{name[:110]}.pdf"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, content)
    return Produced(target.name, digest, sent_to)


def render(document: Document, world: World) -> bytes:
    """The PDF. Raises InvalidFields when the subject is missing or somebody else's, BusinessRefusal when it cannot be sent yet."""
    made = _TEMPLATES[document.template](document, world)
    dated = f"Le {long(world.today)}"
    return letter(world.profile, made.title, _addressee(document.contact_id, world), dated, made.story)


def subject_reference(document: Document, world: World) -> str:
    """What people call the subject of a document."""
    kinds: tuple[type[Owned], ...] = (Order, Invoice, Subscription, *document_contracts.SUBJECTS, *document_sales.SUBJECTS)
    kinds += document_visits.SUBJECTS
    for model in kinds:
        subject = world.get(model, document.subject_id)
        if subject is not None:
            return str(getattr(subject, "reference", ""))
    contact = world.get(Contact, document.contact_id)
    return contact.reference if contact else ""


def person(contact: Contact) -> str:
    return " ".join(p for p in (contact.civility, contact.first_name, contact.last_name) if p)


def current_address(contact_id: str, world: World) -> Address | None:
    return address_in_force(world.where(Address, contact_id=contact_id), world.today)


def address_in_force(addresses: Iterable[Address], today: dt.date) -> Address | None:
    """The principal address in force that day, else the latest principal one."""
    principal = [a for a in addresses if a.usage == "principale"]
    in_force = [a for a in principal if (a.valid_from is None or a.valid_from <= today) and (a.valid_to is None or a.valid_to >= today)]
    return next(iter(in_force or principal), None)


def _addressee(contact_id: str, world: World) -> list[str]:
    contact = world.get(Contact, contact_id)
    if contact is None:
        raise InvalidFields({"contact_id": "Ce client n'existe pas."})
    return postal_lines(contact, current_address(contact_id, world))


def postal_lines(contact: Contact, address: Address | None) -> list[str]:
    """What is written on the envelope."""
    lines = [contact.company_name, person(contact)]
    if address is not None:
        lines += [address.line1, address.line2, f"{address.postcode} {address.city}".strip()]
    return [line for line in lines if line]


def _destination(document: Document, world: World) -> str:
    if document.channel == "courrier":
        address = current_address(document.contact_id, world)
        if address is None:
            raise InvalidFields({"sent_to": "Indiquez l'adresse d'envoi."})
        return f"{address.line1}, {address.postcode} {address.city}"[:120]
    points = [p for p in world.where(ContactPoint, contact_id=document.contact_id) if p.channel == "e-mail" and p.status == "actif"]
    if not points:
        raise InvalidFields({"sent_to": "Indiquez l'adresse e-mail d'envoi."})
    return max(points, key=lambda p: p.preferred).value


def _order_of(document: Document, world: World) -> Order:
    order = world.get(Order, document.subject_id)
    if order is None:
        raise InvalidFields({"subject_id": "Indiquez la commande concernée."})
    _same_owner(order, document)
    return order


def _same_owner(subject: Owned, document: Document) -> None:
    if subject.contact_id != document.contact_id:
        raise InvalidFields({"subject_id": "La fiche indiquée est celle d'un autre client."})


def _lines_table(order: Order, world: World) -> Flowable:
    rows = [["Article", "Quantité", "Prix unitaire TTC", "Montant TTC"]]
    for line in order.lines:
        note = "" if line.origin != "substitution" else " (en remplacement)"
        rows.append([line.label + note, str(line.quantity), format_cents(line.unit_cents), format_cents(line.quantity * line.unit_cents)])
    delivery = "offerte" if order.delivery_cents == 0 else format_cents(order.delivery_cents)
    rows += [
        ["Total des articles", "", "", format_cents(order.items_cents)],
        [f"Livraison ({order.delivery})", "", "", delivery],
        ["Total TTC", "", "", format_cents(order.total_cents)],
    ]
    return table(rows, (80, 22, 36, 32), (1, 2, 3), total_rows=3)


def _where_to(order: Order, world: World) -> str:
    if order.delivery == "relais":
        return f"Livraison au point relais : {order.relay_point}."
    if order.delivery == "retrait":
        return "Retrait sur place."
    address = world.get(Address, order.address_id)
    place = f"{address.line1}, {address.postcode} {address.city}" if address else "votre adresse"
    return f"Livraison à domicile : {place}."


def _order_confirmation(document: Document, world: World) -> Letter:
    order = _order_of(document, world)
    if order.status in ("brouillon", "annulée"):
        raise BusinessRefusal(["La commande doit être validée avant d'être confirmée au client."])
    received = received_cents(order.id, world)
    story: list[Flowable] = [
        paragraph(f"Votre commande {order.reference} du {short(order.ordered_on)} est enregistrée."),
        paragraph(_where_to(order, world)),
        gap(2),
        _lines_table(order, world),
        gap(3),
        paragraph(
            f"Règlement reçu par lien sécurisé : {format_cents(received)}."
            if received >= order.total_cents
            else f"Reste à régler par lien sécurisé : {format_cents(order.total_cents - received)}."
        ),
        paragraph("Droit de rétractation", HEAD),
        *_withdrawal_notice(order, world),
    ]
    return Letter(f"Confirmation de la commande {order.reference}", story)


def _withdrawal_notice(order: Order, world: World) -> list[Flowable]:
    excepted = []
    for line in order.lines:
        product = world.get(Product, line.product_id)
        if product is not None and product.withdrawal == "exception":
            article = f" (code de la consommation, {product.withdrawal_exception})" if product.withdrawal_exception else ""
            excepted.append(f"{line.label} : pas de droit de rétractation{article}.")
    story: list[Flowable] = []
    if order.withdrawal_until is not None:
        story.append(
            paragraph(
                "Vous pouvez vous rétracter, sans motif, dans les quatorze jours qui suivent la réception (code de la consommation,"
                f" L221-18) ; pour une réception à la date prévue, jusqu'au {short(order.withdrawal_until)} inclus. Le formulaire"
                " de rétractation et les conditions générales accompagnent cette confirmation."
            )
        )
    return story + [paragraph(text) for text in dict.fromkeys(excepted)]


def _invoice_duplicate(document: Document, world: World) -> Letter:
    invoice = world.get(Invoice, document.subject_id)
    if invoice is None:
        raise InvalidFields({"subject_id": "Indiquez la facture concernée."})
    _same_owner(invoice, document)
    order = world.get(Order, invoice.order_id)
    story: list[Flowable] = [
        paragraph(f"Facture n° {invoice.reference} du {short(invoice.issued_on)}" + (f" – {invoice.label}" if invoice.label else "")),
        paragraph(f"Échéance : {short(invoice.due_on)}") if invoice.due_on else gap(0),
    ]
    if order is not None and order.total_cents == invoice.total_cents:
        story.append(_lines_table(order, world))
    else:
        rows = [["Désignation", "Montant TTC"], [invoice.detail or invoice.label or "Facture", format_cents(invoice.total_cents)]]
        rows.append(["Total TTC", format_cents(invoice.total_cents)])
        story.append(table(rows, (130, 40), (1,), total_rows=1))
    story += [
        gap(3),
        paragraph(f"État au {short(world.today)} : {invoice.status}."),
        paragraph("Duplicata établi à votre demande ; il ne remplace pas un règlement.", SMALL),
    ]
    return Letter(f"DUPLICATA – Facture {invoice.reference}", story)


def _terms(document: Document, world: World) -> Letter:
    story: list[Flowable] = []
    for number, text in enumerate(world.profile.terms, start=1):
        story.append(paragraph(f"{number}. {text}"))
    return Letter("Conditions générales de vente", story)


def _withdrawal_form(document: Document, world: World) -> Letter:
    """The model form, word for word: code de la consommation, annexe à l'article R221-1."""
    profile = world.profile
    recipient = profile.withdrawal_contact or f"{profile.name}, {', '.join(profile.address)}, {profile.email}"
    goods, ordered, names, address = "", "", "", ""
    if world.get(Opportunity, document.subject_id) is not None:
        goods, ordered = document_sales.sold(document, world)
    elif document.subject_id:
        order = _order_of(document, world)
        goods = f"{order.reference} – " + ", ".join(f"{line.quantity} × {line.label}" for line in order.lines)
        ordered = short(order.ordered_on)
    contact = world.get(Contact, document.contact_id)
    if contact is not None:
        names = person(contact)
        home = current_address(contact.id, world)
        address = f"{home.line1}, {home.postcode} {home.city}" if home else ""
    *form, date, footnote = distance_selling.withdrawal_form(recipient, goods, ordered, names, address)
    story: list[Flowable] = [*map(paragraph, form), gap(14), paragraph(date), paragraph(footnote, SMALL)]
    return Letter("Formulaire de rétractation", story)


def _schedule(document: Document, world: World) -> Letter:
    plan = world.get(PaymentPlan, document.subject_id)
    if plan is None:
        raise InvalidFields({"subject_id": "Indiquez l'échéancier concerné."})
    _same_owner(plan, document)
    if plan.status != "accepté":
        raise BusinessRefusal(["L'échéancier doit être accepté avant d'être confirmé au client."])
    invoices = [i for i in (world.get(Invoice, invoice_id) for invoice_id in plan.invoice_ids) if i is not None]
    owed = [["Facture", "Date", "Montant TTC"]]
    owed += [[i.reference, short(i.issued_on), format_cents(i.total_cents)] for i in invoices]
    owed.append(["Total dû", "", format_cents(plan.total_cents)])
    dates = [["N°", "Date", "Moyen de paiement", "Montant"]]
    dates += [[str(i.number), short(i.due_on), i.means, format_cents(i.amount_cents)] for i in plan.instalments]
    dates.append(["Total", "", "", format_cents(sum(i.amount_cents for i in plan.instalments))])
    story: list[Flowable] = [
        paragraph("Nous confirmons l'échéancier convenu avec vous. Il porte sur :"),
        table(owed, (60, 50, 40), (2,), total_rows=1),
        gap(3),
        paragraph("Dates de règlement", HEAD),
        table(dates, (20, 40, 60, 40), (3,), total_rows=1),
        gap(3),
        paragraph(
            "Les relances sont suspendues tant que l'échéancier est respecté. Aucun frais ne vous est demandé"
            " (code des procédures civiles d'exécution, L111-8)."
        ),
        paragraph(
            "En cas de difficulté ou de désaccord sur une facture, appelez-nous avant la date prévue : nous chercherons une solution."
        ),
    ]
    return Letter("Échéancier de paiement", story)


def _certificate(document: Document, world: World) -> Letter:
    contact = world.get(Contact, document.contact_id)
    if contact is None:
        raise InvalidFields({"contact_id": "Ce client n'existe pas."})
    text = f"{world.profile.name} atteste que {person(contact) or contact.company_name}"
    text += f", numéro client {contact.reference}," if contact.reference else ""
    text += " est inscrit(e) dans ses fichiers clients"
    text += f" depuis le {short(contact.customer_since)}." if contact.customer_since else "."
    story: list[Flowable] = [paragraph(text)]
    subscription = world.get(Subscription, document.subject_id)
    if subscription is not None:
        _same_owner(subscription, document)
        since = f" depuis le {short(subscription.started_on)}" if subscription.started_on else ""
        story.append(paragraph(f"Abonnement {subscription.label} ({subscription.reference}) : {subscription.status}{since}."))
    story.append(paragraph("Attestation établie à la demande de l'intéressé(e) pour servir et valoir ce que de droit."))
    return Letter("Attestation", story)


_TEMPLATES: dict[str, Callable[[Document, World], Letter]] = {
    "confirmation de commande": _order_confirmation,
    "duplicata de facture": _invoice_duplicate,
    "conditions générales": _terms,
    "formulaire de rétractation": _withdrawal_form,
    "échéancier": _schedule,
    "attestation": _certificate,
    **document_contracts.TEMPLATES,
    **document_sales.TEMPLATES,
    **document_visits.TEMPLATES,
}
