"""Documents are real PDF files that say what the records say."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pypdf
import pytest

from crm_mock import errors
from crm_mock.document_pages import printable
from crm_mock.models import Saved
from crm_mock.rules import payment_plan
from tests.crm_mock.world import SCALE, TODAY, Room


def text_of(room: Room, document_id: str) -> tuple[str, int]:
    content = room.case.document_path(document_id).read_bytes()
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in pages), len(pages)


def order(room: Room) -> None:
    lines = [{"product_id": "zenith", "quantity": 6, "origin": "substitution"}, {"product_id": "kit"}, {"product_id": "filtre"}]
    room.put("order", "cde", 0, contact_id="lormier", relay_point="Place des Halles-Neuves", status="validée", lines=lines)


def make(room: Room, template: str, contact_id: str = "lormier", **fields: Any) -> Saved:
    return room.put("document", "doc", 0, contact_id=contact_id, template=template, **fields)


def test_an_order_confirmation_has_its_lines_amounts_and_law(room: Room) -> None:
    order(room)
    made = make(room, "confirmation de commande", subject_id="cde")
    text, _ = text_of(room, "doc")
    for expected in (
        "Brûlerie Marvalune SAS", "14 quai des Tanneurs-Bleus", "01 99 00 40 00", "M. Bastien LORMIER", "2 place des Halles-Neuves",
        "Le lundi 23 novembre 2026", "Confirmation de la commande CDE-2611-0001", "Zénith, étui (en remplacement)", "25,20 €", "12,90 €",
        "offerte", "48,00 €", "Reste à régler", "jusqu'au 09/12/2026", "L221-18", "Filtre : pas de droit de rétractation", "L221-28 5°",
        "Médiation Conso Exemple", "Page 1/1",
    ):  # fmt: skip
        assert expected in text, expected
    assert made.record["sent_to"] == "b.lormier@courriel.example" and made.record["status"] == "envoyé"
    content = room.case.document_path("doc").read_bytes()
    assert hashlib.sha256(content).hexdigest() == made.record["sha256"]
    assert [r.kind for r in room.published[-2:]] == ["RecordCreated", "DocumentProduced"]
    assert room.published[-1].data["template"] == "confirmation de commande"


def test_a_duplicate_invoice(room: Room) -> None:
    make(room, "duplicata de facture", "odile", subject_id="F-2610-0231", sent_to="odile.vasserand@courriel.example")
    text, _ = text_of(room, "doc")
    assert "DUPLICATA – Facture F-2610-0231" in text and "19,90 €" in text and "Saint-Orme-le-Bas" in text


def test_terms_run_over_numbered_pages(room: Room) -> None:
    make(room, "conditions générales")
    text, pages = text_of(room, "doc")
    assert pages > 1 and f"Page {pages}/{pages}" in text and "29. Article de démonstration" in text


def test_the_withdrawal_form_is_the_official_model(room: Room) -> None:
    order(room)
    make(room, "formulaire de rétractation", subject_id="cde")
    text, _ = text_of(room, "doc")
    for sentence in (
        "(Veuillez compléter et renvoyer le présent formulaire uniquement si vous souhaitez vous rétracter du contrat.)",
        "Je/nous (*) vous notifie/notifions (*) par la présente ma/notre (*) rétractation du contrat (*) portant sur la vente du bien"
        " (*)/pour la prestation de services (*) ci-dessous :",
        "Commandé le (*)/reçu le (*) : 23/11/2026",
        "Nom du (des) consommateur(s) : M. Bastien LORMIER",
        "Signature du (des) consommateur(s) (uniquement en cas de notification du présent formulaire sur papier) :",
        "(*) Rayez la mention inutile.",
    ):
        assert sentence in text, sentence


def test_a_schedule_lists_invoices_and_dates(room: Room) -> None:
    plan = [i.model_dump(mode="json") for i in payment_plan.propose(16460, 4, TODAY, 10, SCALE)]
    room.put("payment_plan", "plan", 0, contact_id="corbulon", instalments=plan)
    with pytest.raises(errors.BusinessRefusal, match="accepté"):
        make(room, "échéancier", "corbulon", subject_id="plan", channel="courrier")
    room.put("payment_plan", "plan", 1, status="accepté")
    made = make(room, "échéancier", "corbulon", subject_id="plan", channel="courrier")
    text, _ = text_of(room, "doc")
    for expected in ("F-2609-1187", "74,90 €", "164,60 €", "23/11/2026", "10/12/2026", "11/01/2027", "10/02/2027", "41,15 €", "L111-8"):
        assert expected in text, expected
    assert made.record["sent_to"] == "5 allée Cœur-Joyeux, 02990 Brévigny"


def test_a_certificate(room: Room) -> None:
    make(room, "attestation", "odile", subject_id="abo-odile", sent_to="x@y.example")
    text, _ = text_of(room, "doc")
    assert "Mme Odile VASSERAND, numéro client MVL-204518" in text and "Abonnement Douceur (ABO-1) : actif" in text


@pytest.mark.parametrize(
    ("template", "contact", "fields", "field"),
    [
        ("confirmation de commande", "lormier", {}, "subject_id"),
        ("duplicata de facture", "lormier", {"subject_id": "F-2610-0231"}, "subject_id"),
        ("duplicata de facture", "odile", {"subject_id": "F-2610-0231"}, "sent_to"),  # the only address on file is closed
        ("échéancier", "corbulon", {"subject_id": "rien"}, "subject_id"),
        ("attestation", "personne", {}, "contact_id"),
    ],
)
def test_what_a_document_lacks_is_said_and_no_file_is_left(
    room: Room, template: str, contact: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(errors.InvalidFields) as caught:
        make(room, template, contact, **fields)
    assert list(caught.value.fields) == [field]
    assert not (room.case.folder / "documents").exists()


def test_the_same_records_give_the_same_bytes(room: Room) -> None:
    order(room)
    first = make(room, "confirmation de commande", subject_id="cde")
    second = room.put("document", "doc2", 0, contact_id="lormier", template="confirmation de commande", subject_id="cde")
    assert first.record["sha256"] == second.record["sha256"]
    assert room.put("document", "doc2", 1, status="produit").record["file"] == first.record["file"]
    with pytest.raises(errors.Forbidden):
        room.put("document", "doc2", 2, template="attestation")


def test_a_replayed_document_is_not_made_twice(room: Room) -> None:
    order(room)
    first = make(room, "confirmation de commande", subject_id="cde", write_id="w")
    room.put("order", "cde", 1, status="annulée")
    assert make(room, "confirmation de commande", subject_id="cde", write_id="w") == first
    assert len(list((room.case.folder / "documents").iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["<b>gras</b> & <img src=x>", "李小龙", "👩‍🦰 Zoé", "Łukasz Ñandú", "../../etc", "\u202eenvers", "a" * 110]
)
def test_any_name_makes_a_valid_file(room: Room, name: str) -> None:
    room.put("contact", "bizarre", 0, first_name=name, last_name=name)
    make(room, "attestation", "bizarre", sent_to="x@y.example")
    text, pages = text_of(room, "doc")
    assert pages == 1 and "atteste que" in text
    assert room.case.document_path("doc").parent == room.case.folder / "documents"
    if name.startswith("<b>"):
        assert "<b>gras</b> & <img src=x>" in text


def test_letters_the_font_lacks_lose_their_accents_or_become_a_mark() -> None:
    assert printable("Łukasz Čapek \u202f€ œ ☕ \u202e") == "?ukasz Capek \u00a0€ œ ? "
