"""Amendments, acknowledgements of a termination and bookings as the customer receives them."""

from __future__ import annotations

from typing import Any

import pytest

from crm_mock import errors
from tests.crm_mock.test_documents import make, text_of
from tests.crm_mock.world import Room

MAIL = {"sent_to": "t.bellonte@courriel.example"}


def agreed(room: Room, **fields: Any) -> None:
    base = {"after_product_id": "douceur", "discount_percent": 15, "discount_months": 6, "status": "accepté"}
    room.put("amendment", "av", 0, contact_id="bellonte", subscription_id="abo-bellonte", **{**base, **fields})


def left(room: Room, version: int = 0, **fields: Any) -> None:
    first = {"contact_id": "bellonte", "subscription_id": "abo-bellonte", "asked_on": "2026-11-18", "channel": "en ligne"}
    room.put("termination_request", "rsl", version, **({} if version else first), **fields)


def told(room: Room, template: str, subject_id: str) -> str:
    made = make(room, template, "bellonte", subject_id=subject_id, **MAIL)
    assert made.record["status"] == "envoyé"
    return text_of(room, "doc")[0]


def test_an_amendment_says_before_during_after_and_no_commitment(room: Room) -> None:
    left(room)
    agreed(room)
    left(room, 1, status="retirée à la demande du client")
    text = told(room, "avenant", "av")
    for expected in (
        "Avenant AVN-2611-0001 à l'abonnement ABO-200212", "M. Tancrède BELLONTE", "Jusqu'au 30/11/2026 Abonnement Intense 29,90 €",
        "Du 01/12/2026 au 31/05/2027 Abonnement Douceur 16,92 €", "À partir du 01/06/2027 Abonnement Douceur 19,90 €",
        "Remise de 15 % pendant 6 mois", "16,92 € au lieu de 19,90 €", "aucun nouvel engagement", "préavis de 1 mois",
        "RSL-2611-0001 du 18/11/2026 est retirée, à votre demande", "changez d'avis avant le 01/12/2026",
    ):  # fmt: skip
        assert expected in text, expected
    file = room.case.document_path("doc").name
    assert file.startswith("avenant_AVN-2611-0001_")


def test_an_amendment_of_a_request_still_open_says_that_it_stands(room: Room) -> None:
    left(room)
    agreed(room, after_product_id="", discount_percent=0, discount_months=0, pause_months=2)
    text = told(room, "avenant", "av")
    assert "Du 01/12/2026 au 31/01/2027 en pause 0,00 €" in text and "reprend de lui-même le 01/02/2027" in text
    assert "reste enregistrée et prend effet le 18/12/2026" in text and "est retirée" not in text


def test_a_commitment_when_there_is_one_is_said_with_its_end(room: Room) -> None:
    agreed(room, discount_percent=0, discount_months=0, starts_on="2026-11-23", commitment_months=12)
    text = told(room, "avenant", "av")
    assert "Engagement de 12 mois, jusqu'au 22/11/2027" in text and "aucun nouvel engagement" not in text
    assert "Remise" not in text and "changez d'avis" not in text  # it has begun


def test_a_termination_is_acknowledged_with_its_end_and_effects(room: Room) -> None:
    room.put("subscription", "abo-bellonte", 1, machine="Lune S nº LS-1", discount_cents=298, discount_until="2027-05-31")
    left(room)
    text = told(room, "accusé de résiliation", "rsl")
    for expected in (
        "Accusé de réception de votre résiliation RSL-2611-0001", "reçu le 18/11/2026, en ligne", "Elle est enregistrée",
        "Abonnement Intense (ABO-200212) vendredi 18 décembre 2026", "prélèvements de 29,90 € par mois", "Aucun frais", "Lune S nº LS-1",
        "La remise en cours cesse", "L215-1-1",
    ):  # fmt: skip
        assert expected in text, expected
    left(room, 1, status="traitée")
    room.put("document", "doc2", 0, contact_id="bellonte", template="accusé de résiliation", subject_id="rsl", **MAIL)
    assert "Elle est traitée" in text_of(room, "doc2")[0]


def test_a_booking_is_confirmed_with_its_deposit_and_without_withdrawal(room: Room) -> None:
    options = [{"product_id": "kit", "quantity": 2, "origin": "additionnel"}]
    fields: dict[str, Any] = {
        "resource_id": "dune",
        "starts_on": "2026-12-18",
        "ends_on": "2026-12-21",
        "persons": 3,
        "balance_due_on": "2026-12-10",
    }
    room.put("booking", "res", 0, contact_id="lormier", options=options, status="confirmée", **fields)
    make(room, "confirmation de réservation", subject_id="res")
    text, pages = text_of(room, "doc")
    for expected in (
        "Confirmation de la réservation RES-2611-0001", "du vendredi 18 décembre 2026 au lundi 21 décembre 2026 (3 nuits)",
        "pour 3 personnes",
        "Dune 4 3 nuits 84,50 € 253,50 €", "Kit détartrage 2 12,90 € 25,80 €", "Total TTC 279,30 €",
        "Acompte à régler par lien sécurisé : 83,79 €", "Solde : 195,51 €, au plus tard le 10/12/2026", "L221-28 12°",
    ):  # fmt: skip
        assert expected in text, expected
    assert pages == 1
    room.put("payment_link", "lien", 0, contact_id="lormier", booking_id="res")
    room.put("payment_link", "lien", 1, role="customer", status="autorisé")
    room.put("document", "doc2", 0, contact_id="lormier", template="confirmation de réservation", subject_id="res")
    paid = text_of(room, "doc2")[0]
    assert "Acompte reçu par lien sécurisé : 83,79 €" in paid and "Solde : 195,51 €" in paid
    room.put("payment_link", "solde", 0, contact_id="lormier", booking_id="res")
    room.put("payment_link", "solde", 1, role="customer", status="autorisé")
    room.put("document", "doc3", 0, contact_id="lormier", template="confirmation de réservation", subject_id="res")
    assert "Il ne reste rien à payer" in text_of(room, "doc3")[0]


def test_a_session_is_confirmed_by_its_day_and_its_places(room: Room) -> None:
    fields: dict[str, Any] = {"resource_id": "atelier", "starts_on": "2026-12-12", "ends_on": "2026-12-12", "persons": 2}
    room.put("booking", "res", 0, contact_id="lormier", status="confirmée", **fields)
    make(room, "confirmation de réservation", subject_id="res")
    text, _ = text_of(room, "doc")
    assert "le samedi 12 décembre 2026, pour 2 personnes" in text and "Atelier du samedi 2 places 35,00 € 70,00 €" in text
    assert "Acompte à régler par lien sécurisé : 70,00 €" in text and "Solde" not in text


@pytest.mark.parametrize(
    ("template", "subject"), [("avenant", "av"), ("accusé de résiliation", "rsl"), ("confirmation de réservation", "res")]
)
def test_what_is_not_agreed_or_is_somebody_else_s_is_not_sent(room: Room, template: str, subject: str) -> None:
    with pytest.raises(errors.InvalidFields) as caught:
        make(room, template, "bellonte", subject_id=subject, **MAIL)
    assert list(caught.value.fields) == ["subject_id"]
    agreed(room, status="proposé")
    left(room)
    left(room, 1, status="retirée à la demande du client")
    stay = {"resource_id": "dune", "starts_on": "2026-12-18", "ends_on": "2026-12-21"}
    room.put("booking", "res", 0, contact_id="bellonte", **stay)
    with pytest.raises(errors.BusinessRefusal):
        make(room, template, "bellonte", subject_id=subject, **MAIL)
    with pytest.raises(errors.InvalidFields) as caught:
        make(room, template, "lormier", subject_id=subject)
    assert "autre client" in caught.value.fields["subject_id"]
    assert not (room.case.folder / "documents").exists()
