"""A sale at a distance on paper: the quote, the offer with its link to sign, the form to change one's mind; and who may sign."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from crm_mock import errors
from crm_mock.document_sales import signature_link
from crm_mock.models import Document, Opportunity, Subscription
from crm_mock.rules.distance_selling import CHECKLIST
from tests.crm_mock.world import PROFILE, TODAY, Room

SPOKEN = [{"item": item.id} for item in CHECKLIST if item.spoken]


def text_of(room: Room, document_id: str) -> str:
    pages = pypdf.PdfReader(io.BytesIO(room.case.document_path(document_id).read_bytes())).pages
    return " ".join(" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in pages)


def sale(room: Room, **fields: Any) -> dict[str, object]:
    """Hector's opportunity, by default waiting for his signature."""
    room.put("contact", "hector", 0, category="prospect", civility="M.", first_name="Hector", last_name="PLESSIS-VAUBAN")
    room.put("contact_point", "mel", 0, contact_id="hector", channel="e-mail", value="hector@courriel.example")
    room.put("product", "intense", 1, role="trainer", description="Cent capsules par mois, Lune S mise à disposition.")
    base = {"product_id": "intense", "commitment_months": 12, "legal": SPOKEN, "status": "en attente de signature"}
    return room.put("opportunity", "o", 0, contact_id="hector", **{**base, **fields}).record


def send(room: Room, template: str, document_id: str = "doc", **fields: Any) -> str:
    room.put("document", document_id, 0, contact_id="hector", template=template, **{"subject_id": "o", **fields})
    return text_of(room, document_id)


def test_the_quote_says_the_month_the_commitment_and_the_whole(room: Room) -> None:
    sale(room, status="proposée")
    text = send(room, "devis")
    for expected in (
        "Devis OPP-2611-0001", "M. Hector PLESSIS-VAUBAN", "Abonnement Intense", "29,90 €", "Total sur l'engagement de 12 mois TTC",
        "358,80 €", "jusqu'au 23/12/2026", "préavis de 1 mois", "ne vous engage pas", "mercredi 9 décembre 2026", "Cent capsules",
    ):  # fmt: skip
        assert expected in text, expected
    document = room.case.get(Document, "doc")
    assert document.sent_to == "hector@courriel.example" and document.file.startswith("devis_OPP-2611-0001_")


def test_the_offer_holds_what_the_law_wants_on_a_durable_medium(room: Room) -> None:
    sale(room)
    text = send(room, "confirmation d'offre")
    told = {
        "identité": "14 quai des Tanneurs-Bleus", "caractéristiques": "Lune S mise à disposition", "prix": "358,80 €",
        "durée": "Engagement de 12 mois", "rétractation": "L221-18", "livraison": "Première livraison prévue le 25/11/2026",
        "frais de retour": "Le renvoi de la marchandise est à votre charge", "garanties": "L217-3", "paiement": "Prélèvement SEPA",
        "médiateur": "Médiation Conso Exemple", "support durable": "formulaire joint",
    }  # fmt: skip
    assert told.keys() | {"commencement anticipé"} == {item.id for item in CHECKLIST}
    for item, words in told.items():
        assert words in text, item
    assert "https://marvalune.example/signer/OPP-2611-0001" in text and "il n'y a pas de contrat" in text
    assert "L221-25" not in text and "L221-16" not in text


def test_what_was_asked_for_and_who_called_change_the_offer(room: Room) -> None:
    sale(room, early_start=True, direction="sortant")
    text = send(room, "confirmation d'offre")
    assert "À votre demande expresse" in text and "L221-25" in text
    assert "n'est engagé qu'après avoir signé" in text and "L221-16" in text


def test_an_exception_to_withdrawal_is_said_with_its_article(room: Room) -> None:
    sale(room, product_id="filtre", price_basis="comptant", commitment_months=0)
    text = send(room, "confirmation d'offre")
    assert "Pas de droit de rétractation : bien descellé" in text and "L221-28 5°" in text
    assert "Vente au comptant" in text and "quatorze jours" not in text and "renvoi de la marchandise" not in text


def test_a_service_is_counted_from_the_contract(room: Room) -> None:
    sale(room)
    room.put("product", "intense", 2, role="trainer", withdrawal_from="contrat")
    text = send(room, "confirmation d'offre")
    assert "à compter de la conclusion du contrat" in text and "lundi 7 décembre 2026" in text


def test_the_withdrawal_form_names_what_was_offered(room: Room) -> None:
    sale(room)
    text = send(room, "formulaire de rétractation")
    assert "OPP-2611-0001 – Abonnement Intense" in text and "Nom du (des) consommateur(s) : M. Hector PLESSIS-VAUBAN" in text
    assert "Commandé le (*)/reçu le (*) : Nom" in text  # no day before the contract is concluded


def test_nothing_is_confirmed_before_the_offer_nor_sent_once_the_sale_is_stopped(room: Room) -> None:
    sale(room, status="proposée")
    with pytest.raises(errors.BusinessRefusal, match="en attente de signature"):
        send(room, "confirmation d'offre")
    room.put("opportunity", "o", 1, status="perdue", refusal_reason="non éligible")
    for template in ("devis", "confirmation d'offre", "formulaire de rétractation"):
        with pytest.raises(errors.BusinessRefusal, match="arrêtée"):
            send(room, template)
    assert room.case.all(Document) == []


def test_a_document_of_a_sale_is_about_a_sale_of_that_person_with_an_offer(room: Room) -> None:
    sale(room, status="découverte", product_id="")
    for contact_id, subject_id, said in (
        ("hector", "", "Indiquez l'opportunité"),
        ("hector", "rien", "Indiquez l'opportunité"),
        ("lormier", "o", "celle d'un autre client"),
    ):
        with pytest.raises(errors.InvalidFields) as caught:
            room.put("document", "d", 0, contact_id=contact_id, template="devis", subject_id=subject_id)
        assert said in caught.value.fields["subject_id"]
    with pytest.raises(errors.BusinessRefusal, match="pas encore de produit"):
        send(room, "devis")
    assert room.case.all(Document) == []


# -- the signature


def test_the_customer_signs_what_waits_for_him_and_the_contract_begins(room: Room) -> None:
    sale(room)
    assert room.case.all(Subscription, contact_id="hector") == []
    room.put("opportunity", "o", 1, role="customer", status="signée")
    signed = room.case.get(Opportunity, "o")
    assert (signed.status, signed.signed_on) == ("signée", TODAY)
    (contract,) = room.case.all(Subscription, contact_id="hector")
    assert (contract.product_id, contract.monthly_cents, contract.status) == ("intense", 2990, "actif")
    text = send(room, "confirmation d'offre")
    assert "Vous avez signé cette offre le lundi 23 novembre 2026" in text and "signer/" not in text


def test_the_customer_does_nothing_else_to_a_sale(room: Room) -> None:
    sale(room, status="proposée")
    with pytest.raises(errors.BusinessRefusal, match="suit l'offre envoyée"):
        room.put("opportunity", "o", 1, role="customer", status="signée")
    room.put("opportunity", "o", 1, status="en attente de signature")
    for fields in ({"status": "perdue"}, {"status": "signée", "price_cents": 1}, {"needs": "x"}):
        with pytest.raises(errors.Forbidden):
            room.put("opportunity", "o", 2, role="customer", **fields)
    with pytest.raises(errors.Forbidden):
        room.put("opportunity", "p", 0, role="customer", contact_id="hector", status="signée", product_id="intense")
    with pytest.raises(errors.Forbidden):
        room.put("opportunity", "o", 2, status="signée")  # nor does the agent sign for him
    assert room.case.get(Opportunity, "o").status == "en attente de signature"
    room.put("opportunity", "o", 2, status="perdue", refusal_reason="réflexion")
    with pytest.raises(errors.BusinessRefusal):
        room.put("opportunity", "o", 3, role="customer", status="signée")


def test_where_one_signs() -> None:
    opportunity = Opportunity(id="o", contact_id="hector", reference="OPP-2611-0007")
    assert signature_link(opportunity, PROFILE) == "https://marvalune.example/signer/OPP-2611-0007"
