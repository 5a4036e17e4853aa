"""Documents of a sale made at a distance: the quote, and the confirmation of the offer with its link to sign.

The confirmation gives on a durable medium what L221-5 asks for (code de la consommation, L221-13): whatever was not said aloud is in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from reportlab.platypus import Flowable

from crm_mock.consequences import World
from crm_mock.consequences.orders import DELIVERY_WORKING_DAYS
from crm_mock.document_pages import HEAD, SMALL, Letter, gap, paragraph, table
from crm_mock.errors import BusinessRefusal, InvalidFields
from crm_mock.models import Document, Opportunity, Product
from crm_mock.rules import distance_selling, withdrawal
from crm_mock.rules.calendar import add_working_days, long, short
from crm_mock.rules.money import format_cents
from crm_mock.rules.profile import CompanyProfile
from crm_mock.rules.telephone import display

QUOTE_DAYS = 30  # a quote holds that long


def signature_link(opportunity: Opportunity, profile: CompanyProfile) -> str:
    """Where the customer signs, away from the call: the address sent with the confirmation of the offer."""
    return f"https://{profile.website}/signer/{opportunity.reference}"


def sold(document: Document, world: World) -> tuple[str, str]:
    """What a withdrawal form of this opportunity is about, and the day of the contract ("" before it is signed)."""
    opportunity, product = _offer(document, world)
    return f"{opportunity.reference} – {product.name}", short(opportunity.signed_on)


def _offer(document: Document, world: World) -> tuple[Opportunity, Product]:
    opportunity = world.get(Opportunity, document.subject_id)
    if opportunity is None:
        raise InvalidFields({"subject_id": "Indiquez l'opportunité concernée."})
    if opportunity.contact_id != document.contact_id:
        raise InvalidFields({"subject_id": "La fiche indiquée est celle d'un autre client."})
    product = world.get(Product, opportunity.product_id)
    if product is None:
        raise BusinessRefusal(["L'offre n'a pas encore de produit : choisissez-le d'abord."])
    if opportunity.status == "perdue":
        raise BusinessRefusal(["Cette vente est arrêtée : rien ne part plus au client."])
    return opportunity, product


def _quote(document: Document, world: World) -> Letter:
    opportunity, product = _offer(document, world)
    until = world.today + dt.timedelta(days=QUOTE_DAYS)
    story: list[Flowable] = [
        paragraph(f"Devis gratuit, établi à votre demande ; il vaut jusqu'au {short(until)}."),
        _prices(opportunity, product),
        gap(3),
        *_paragraphs(product.description),
        paragraph(_commitment(opportunity, world.profile)),
        paragraph(
            "Ce devis ne vous engage pas. Il devient un contrat si vous acceptez l'offre ; vous recevrez alors sa confirmation, avec le"
            " formulaire de rétractation."
        ),
        paragraph(_withdrawal(opportunity, product, world)),
        paragraph("Pour l'accepter ou le faire changer, appelez-nous ou écrivez-nous en rappelant sa référence.", SMALL),
    ]
    return Letter(f"Devis {opportunity.reference}", story)


def _confirmation(document: Document, world: World) -> Letter:
    opportunity, product = _offer(document, world)
    if opportunity.status not in ("en attente de signature", "signée"):
        raise BusinessRefusal(["L'offre se confirme une fois acceptée de vive voix : passez-la « en attente de signature »."])
    profile, signed = world.profile, opportunity.signed_on
    received = add_working_days(signed or world.today, DELIVERY_WORKING_DAYS)
    story: list[Flowable] = [
        paragraph("Voici l'offre dont nous sommes convenus au téléphone. Relisez-la, gardez-la : elle réunit tout ce que la loi prévoit."),
        _prices(opportunity, product),
        gap(2),
        *_signature(opportunity, profile),
        paragraph("Ce que vous recevez", HEAD),
        *_paragraphs(product.description or product.name),
        paragraph(f"Première livraison prévue le {short(received)}{'' if signed else ' si vous signez aujourd’hui'}."),
        paragraph("Durée et fin du contrat", HEAD),
        paragraph(_commitment(opportunity, profile)),
        paragraph("Droit de rétractation", HEAD),
        paragraph(_withdrawal(opportunity, product, world)),
        *map(paragraph, _return_and_start(opportunity, product)),
        paragraph("Règlement", HEAD),
        paragraph(
            "Prélèvement SEPA après signature du mandat en ligne, lien sécurisé ou chèque. Aucune carte n'est demandée au téléphone."
        ),
        paragraph("Garanties et réclamations", HEAD),
        paragraph(
            "Garantie légale de conformité de deux ans (code de la consommation, L217-3 et suivants), garantie des vices cachés (code"
            f" civil, 1641 et suivants). Service client : {display(profile.phone)}, {profile.email}. Médiateur, gratuit :"
            f" {profile.mediator}."
        ),
        paragraph(f"Vendeur : {profile.name}, {', '.join(profile.address)}. {profile.legal}", SMALL),
    ]
    return Letter(f"Confirmation de l'offre {opportunity.reference}", story)


def _paragraphs(text: str) -> list[Flowable]:
    return [paragraph(text)] if text else []


def _prices(opportunity: Opportunity, product: Product) -> Flowable:
    tax = "HT" if product.price_ht else "TTC"
    if opportunity.price_basis == "comptant":
        return table(
            [["Désignation", f"Prix {tax}"], [product.name, format_cents(opportunity.price_cents)]],
            (130, 40),
            (1,),
        )
    months = opportunity.commitment_months
    rows = [["Désignation", f"Prix par mois {tax}"], [product.name, format_cents(opportunity.price_cents)]]
    if months:
        rows.append([f"Total sur l'engagement de {months} mois {tax}", format_cents(opportunity.total_cents)])
    return table(rows, (130, 40), (1,), total_rows=1 if months else 0)


def _commitment(opportunity: Opportunity, profile: CompanyProfile) -> str:
    if opportunity.price_basis == "comptant":
        return "Vente au comptant, sans abonnement."
    notice = f"avec un préavis de {profile.notice_months} mois" if profile.notice_months else "sans préavis"
    if not opportunity.commitment_months:
        return f"Sans engagement : vous pouvez y mettre fin à tout moment, {notice}."
    return (
        f"Engagement de {opportunity.commitment_months} mois, soit {format_cents(opportunity.total_cents)} en tout ; ensuite vous pouvez y"
        f" mettre fin à tout moment, {notice}."
    )


def _withdrawal(opportunity: Opportunity, product: Product, world: World) -> str:
    if product.withdrawal == "exception":
        barred = withdrawal.exception(product.withdrawal_exception)
        why = f" : {barred.label} (code de la consommation, {barred.article})" if barred else ""
        return f"Pas de droit de rétractation{why}."
    concluded = opportunity.signed_on or world.today
    event, started = (
        ("la conclusion du contrat", concluded)
        if product.withdrawal_from == "contrat"
        else ("la réception", add_working_days(concluded, DELIVERY_WORKING_DAYS))
    )
    last = withdrawal.last_day(started)
    if_today = "" if opportunity.signed_on else "en signant aujourd'hui, "
    return (
        f"Vous avez quatorze jours à compter de {event} pour changer d'avis, sans motif ni frais autres que le renvoi (code de la"
        f" consommation, L221-18) : {if_today}jusqu'au {long(last)} inclus pour la date prévue. Il suffit du formulaire joint ou de toute"
        " déclaration claire. Nous remboursons sous quatorze jours (L221-24)."
    )


def _return_and_start(opportunity: Opportunity, product: Product) -> list[str]:
    if product.withdrawal == "exception":
        return []
    said = ["Le renvoi de la marchandise est à votre charge."]
    if opportunity.early_start:
        said.append(
            "À votre demande expresse, le service commence avant la fin de ce délai : en cas de rétractation, vous payez ce qui a déjà"
            " été fourni (L221-25)."
        )
    return said


def _signature(opportunity: Opportunity, profile: CompanyProfile) -> list[Flowable]:
    if opportunity.signed_on is not None:
        return [paragraph(f"Vous avez signé cette offre le {long(opportunity.signed_on)} : le contrat est conclu.", HEAD)]
    link = f"Pour l'accepter, signez en ligne, quand vous le souhaitez : {signature_link(opportunity, profile)}"
    unbound = "Sans votre signature, il n'y a pas de contrat et rien ne vous est prélevé."
    binding = distance_selling.binding(opportunity.direction, agreed=False, signed=False)
    if opportunity.direction == "sortant":
        unbound = f"{binding.text} ({binding.source}) {unbound}"
    return [paragraph(link, HEAD), paragraph(unbound)]


TEMPLATES: dict[str, Callable[[Document, World], Letter]] = {"devis": _quote, "confirmation d'offre": _confirmation}
SUBJECTS: tuple[type[Opportunity], ...] = (Opportunity,)
