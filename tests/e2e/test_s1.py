"""S1 as its trainee plays it: a customer calls to move house, wants a duplicate sent, and asks for her daughter's file too."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from crm_mock.models import Address, ContactPoint, Document, Identification, Interaction
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav

ODILE, DAUGHTER = "vasserand-odile", "vasserand-clemence"
NEW_MAIL = "odile.vasserand@courriel.example"
CODES = ["MAJ_DOSSIER", "DOC_ENVOYE", "ORIENTE_SERVICE"]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    greeting = "Brûlerie Marvalune bonjour, que puis-je faire pour vous ?"
    return Lab(tmp_path, mic=speech_wav(tmp_path / "mic.wav", [(0.6, greeting)], seconds=8))


def test_a_move_and_a_duplicate(lab: Lab) -> None:
    terminal = lab.terminal
    with lab:
        lab.sign_in("Camille Renard")
        terminal.wait_for("séance du 23/11/2026")
        lab.start_simulation("S1")
        lab.ready()
        _the_call_pops_and_is_answered(lab)
        _identification(lab)
        _new_address(lab)
        _new_mail(lab)
        _duplicate(lab)
        _refusals_and_goodbye(lab)
        lab.qualify(CODES, comment="Nouvelle adresse au 01/12, duplicata au nouvel e-mail, Service Contrats pour sa fille.")
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _the_call_pops_and_is_answered(lab: Lab) -> None:
    lab.wait_for_row("CallOffered", caller="+33465712108")
    lab.terminal.wait_for("SONNE", "04 65 71 21 08", "Odile Vasserand", "Mme Odile VASSERAND · MVL-204518", "Identification à faire")
    lab.terminal.keys("F3")
    lab.wait_for_row("CallAnswered")
    lab.terminal.wait_for("En communication")
    said = lab.says("ouverture")
    assert said.data["text"].startswith("Client virtuel automatique")
    lab.terminal.wait_for("Odile Vasserand : Client virtuel")
    heard = lab.wait_for_row("CustomerHeard")
    assert 1.5 < heard.data["seconds"] < 8.0  # the greeting, through RTP
    before = loud_seconds(lab.heard())
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 2.0, "two seconds of the customer's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10


def _identification(lab: Lab) -> None:
    lab.cue("identification")
    lab.cue("a_vous")
    lab.says("identite")
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("Éléments vérifiés", "[ ] code postal         96320")
    lab.terminal.keys("Space", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] code postal")
    lab.save_and_wait("identification", contact_id=ODILE)
    lab.terminal.wait_for("✓ vérifié (nom, code postal)")


def _new_address(lab: Lab) -> None:
    lab.cue("reformulation")
    lab.cue("a_vous")
    lab.says("demande")
    lab.cue("adresse")
    lab.cue("a_vous")
    lab.says("adresse")
    lab.terminal.keys("M-4")
    lab.terminal.wait_for("[4 Coordonnées]", "o.vasserand@ancienne-boite.example")
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("Date d'effet")
    lab.terminal.type("01/12/2026")
    lab.terminal.wait_for("01/12/2026")
    lab.field("3 impasse du Colombier-Vert")
    lab.field("96240", tabs=2)
    lab.field("Saint-Orme-le-Haut")
    lab.cue("date")
    row = lab.save_and_wait("address", contact_id=ODILE)
    assert row.data["after"]["valid_from"] == "2026-12-01"
    lab.wait_for_row("RecordChanged", record_kind="address", after={"valid_to": "2026-11-30"})
    lab.terminal.wait_for("L'ancienne adresse vaut jusqu'au 30/11/2026.")


def _new_mail(lab: Lab) -> None:
    lab.cue("a_vous")
    lab.says("date_effet")
    lab.cue("email")
    lab.cue("a_vous")
    lab.says("email")
    lab.terminal.keys("M-Left")
    lab.terminal.wait_for("+ Téléphone ou e-mail")
    lab.terminal.keys("C-Home", "Enter")
    lab.terminal.wait_for("N° ou adresse *   o.vasserand@ancienne-boite.example")
    lab.field(NEW_MAIL, replacing=True)
    lab.save_and_wait("contact_point", contact_id=ODILE)
    lab.cue("a_vous")


def _duplicate(lab: Lab) -> None:
    lab.terminal.keys("M-5")
    lab.terminal.wait_for("+ Document")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("duplicata de facture", "F-2610-0231", NEW_MAIL)
    row = lab.save_and_wait("document", contact_id=ODILE)
    assert row.data["after"]["sent_to"] == NEW_MAIL
    lab.terminal.wait_for("envoyé")
    lab.says("recu")


def _refusals_and_goodbye(lab: Lab) -> None:
    for cue, answer in (("envoi", "fiscal"), ("sans_avis", "fille"), ("refus_tiers", "fille_insiste"), ("service", "service")):
        lab.cue(cue)
        lab.cue("a_vous")
        lab.says(answer)
    lab.cue("conge")
    lab.cue("a_vous")
    lab.says("au_revoir", within=40)
    lab.wait_for_row("CallEnded", by="remote")
    lab.terminal.wait_for("Le client a raccroché", "à qualifier (F8)")


def _debrief(lab: Lab) -> None:
    terminal = lab.terminal
    assert "≠" not in lab.open_debrief()
    terminal.keys("BTab", "Enter")
    terminal.wait_for("Bilan enregistré dans le fichier")
    exported = next(lab.folder.rglob("*.md"))
    told = exported.read_text(encoding="utf-8")
    assert "Duplicata de la facture envoyé au nouvel e-mail" in told
    assert "≠" not in told.split("## Les étapes")[0]


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    identification = lab.records(Identification, contact_id=ODILE)[0]
    assert (identification.outcome, set(identification.elements)) == ("vérifié", {"nom", "code postal"})
    addresses = {a.line1: a for a in lab.records(Address, contact_id=ODILE)}
    new, old = addresses["3 impasse du Colombier-Vert"], addresses["12 rue des Glycines-Basses"]
    assert (new.postcode, new.city, new.usage, str(new.valid_from)) == ("96240", "Saint-Orme-le-Haut", "principale", "2026-12-01")
    assert str(old.valid_to) == "2026-11-30"
    mails = [p for p in lab.records(ContactPoint, contact_id=ODILE) if p.channel == "e-mail"]
    assert [(p.value, p.status) for p in mails] == [(NEW_MAIL, "actif")]
    document = lab.records(Document, contact_id=ODILE)[0]
    assert (document.template, document.status, document.sent_to) == ("duplicata de facture", "envoyé", NEW_MAIL)
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(lab.folder / "documents" / document.file).pages)
    assert "F-2610-0231" in text and "19,90" in text and "VASSERAND" in text.upper()
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=ODILE) if i.call_key == call_key)
    assert (interaction.result, sorted(interaction.codes), interaction.agent) == ("ABOUTI", sorted(CODES), "Camille Renard")
    assert not [r for r in lab.rows() if DAUGHTER in (r.data.get("id"), r.data.get("contact_id"))]
    assert [r.data["seconds"] for r in lab.rows("CustomerHeard") if r.data["seconds"] > 0]
