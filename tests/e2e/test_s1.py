"""S1 as its trainee plays it: a customer calls to move house, wants a duplicate sent, and asks for her daughter's file too."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pypdf
import pytest

from crm_mock.models import Address, ContactPoint, Document, Identification, Interaction
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav
from tests.e2e.subject import Story

ODILE, DAUGHTER = "vasserand-odile", "vasserand-clemence"
NEW_MAIL = "odile.vasserand@courriel.example"
CODES = ["MAJ_DOSSIER", "DOC_ENVOYE", "ORIENTE_SERVICE"]


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    greeting = "Brûlerie Marvalune bonjour, que puis-je faire pour vous ?"
    return Lab(tmp_path, mic=speech_wav(tmp_path / "mic.wav", [(0.6, greeting)], seconds=8), story=Story("S1", subject))


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
    lab.wait_for_row("CallOffered", caller=to_e164(lab.its("04 65 71 21 08")))
    lab.sees("SONNE", "04 65 71 21 08", "Odile Vasserand", "Mme Odile VASSERAND · MVL-204518", "Identification à faire")
    lab.terminal.keys("F3")
    lab.wait_for_row("CallAnswered")
    lab.terminal.wait_for("En communication")
    said = lab.says("ouverture")
    assert said.data["text"].startswith("Client virtuel automatique")
    lab.sees("Odile Vasserand : Client virtuel")
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
    lab.sees("Éléments vérifiés", "[ ] code postal         96320")
    lab.terminal.keys("Space", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] code postal")
    lab.save_and_wait("identification", contact_id=lab.its(ODILE))
    lab.terminal.wait_for("✓ vérifié (nom, code postal)")


def _new_address(lab: Lab) -> None:
    lab.cue("reformulation")
    lab.cue("a_vous")
    lab.says("demande")
    lab.cue("adresse")
    lab.cue("a_vous")
    lab.says("adresse")
    lab.terminal.keys("M-4")
    lab.sees("[4 Coordonnées]", "o.vasserand@ancienne-boite.example")
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("Date d'effet")
    moves_in = lab.story.day("J+8")
    lab.terminal.type(f"{moves_in:%d/%m/%Y}")
    lab.terminal.wait_for(f"{moves_in:%d/%m/%Y}")
    lab.field(lab.its("3 impasse du Colombier-Vert"))
    lab.field(lab.its("96240"), tabs=2)
    lab.field(lab.its("Saint-Orme-le-Haut"))
    lab.cue("date")
    row = lab.save_and_wait("address", contact_id=lab.its(ODILE))
    assert row.data["after"]["valid_from"] == str(moves_in)
    until = moves_in - dt.timedelta(days=1)
    lab.wait_for_row("RecordChanged", record_kind="address", after={"valid_to": str(until)})
    lab.terminal.wait_for(f"L'ancienne adresse vaut jusqu'au {until:%d/%m/%Y}.")


def _new_mail(lab: Lab) -> None:
    lab.cue("a_vous")
    lab.says("date_effet")
    lab.cue("email")
    lab.cue("a_vous")
    lab.says("email")
    lab.terminal.keys("M-Left")
    lab.terminal.wait_for("+ Téléphone ou e-mail")
    lab.terminal.keys("C-Home", "Enter")
    lab.sees("N° ou adresse *   o.vasserand@ancienne-boite.example")
    lab.field(lab.its(NEW_MAIL), replacing=True)
    lab.save_and_wait("contact_point", contact_id=lab.its(ODILE))
    lab.cue("a_vous")


def _duplicate(lab: Lab) -> None:
    lab.terminal.keys("M-5")
    lab.terminal.wait_for("+ Document")
    lab.terminal.keys("Enter")
    lab.sees("duplicata de facture", "F-2610-0231", NEW_MAIL)
    row = lab.save_and_wait("document", contact_id=lab.its(ODILE))
    assert row.data["after"]["sent_to"] == lab.its(NEW_MAIL)
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
    identification = lab.records(Identification, contact_id=lab.its(ODILE))[0]
    assert (identification.outcome, set(identification.elements)) == ("vérifié", {"nom", "code postal"})
    addresses = {a.line1: a for a in lab.records(Address, contact_id=lab.its(ODILE))}
    new, old = (addresses[lab.its(line)] for line in ("3 impasse du Colombier-Vert", "12 rue des Glycines-Basses"))
    moves_in = lab.story.day("J+8")
    assert (new.postcode, new.city) == (lab.its("96240"), lab.its("Saint-Orme-le-Haut"))
    assert (new.usage, new.valid_from, old.valid_to) == ("principale", moves_in, moves_in - dt.timedelta(days=1))
    mails = [p for p in lab.records(ContactPoint, contact_id=lab.its(ODILE)) if p.channel == "e-mail"]
    assert [(p.value, p.status) for p in mails] == [(lab.its(NEW_MAIL), "actif")]
    document = lab.records(Document, contact_id=lab.its(ODILE))[0]
    assert (document.template, document.status, document.sent_to) == ("duplicata de facture", "envoyé", lab.its(NEW_MAIL))
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(lab.folder / "documents" / document.file).pages)
    assert all(lab.its(words) in text.upper() for words in ("F-2610-0231", "19,90", "VASSERAND"))
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(ODILE)) if i.call_key == call_key)
    assert (interaction.result, sorted(interaction.codes), interaction.agent) == ("ABOUTI", sorted(CODES), "Camille Renard")
    assert not [r for r in lab.rows() if lab.its(DAUGHTER) in (r.data.get("id"), r.data.get("contact_id"))]
    assert [r.data["seconds"] for r in lab.rows("CustomerHeard") if r.data["seconds"] > 0]
