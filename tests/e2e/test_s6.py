"""S6 as its trainee plays it: the switchboard, the partner, his objections; an appointment on the one slot that suits, all in the file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pypdf
import pytest

from crm_mock.models import AgendaSlot, Appointment, CampaignTarget, Contact, Document, Interaction
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav, spoken_fast
from tests.e2e.subject import Story

FIRM, DAY, MAIL = "lagarrigue-sentis", dt.date(2026, 12, 4), "a.sentis@lagarrigue-sentis.example"


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    story = Story("S6", subject)
    asked = story.its("Bonjour madame, Brûlerie Marvalune, monsieur Sentis s'il vous plaît.")
    return Lab(tmp_path, mic=speech_wav(tmp_path / "mic.wav", [(4.0, asked)], seconds=8), pack=spoken_fast(tmp_path, "S6"), story=story)


def test_an_appointment_on_the_one_slot_that_suits(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S6")
        _the_record_is_read_and_dialled_from_the_file(lab)
        _past_the_switchboard(lab)
        _who_answers_is_noted(lab)
        _discovery_and_objections(lab)
        _two_slots_then_the_third(lab)
        _qualified(lab)
        _confirmed_in_writing(lab)
        _goodbye(lab)
        _result_of_the_attempt(lab)
        lab.qualify(["RDV_PRIS"], comment=lab.its("Démonstration le 4/12 à 9 h, M. Sentis et Mme Daunay."), next_on="04/12/2026")
        lab.end_simulation()
        _debrief(lab)
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _tell(lab: Lab, cue: str, *answers: str) -> None:
    lab.cue(cue)
    lab.says(*answers)


def _the_record_is_read_and_dialled_from_the_file(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("S-F3")
    lab.sees("Lune Pro, cabinets et bureaux", "Obtenir une démonstration", "Cabinet Lagarrigue-Sentis", "Entrée ouvre la fiche")
    _on_row(lab, lab.its("Cabinet Lagarrigue-Sentis"))
    terminal.keys("Enter")
    lab.wait_for_row("RecordOpened", id=lab.its(FIRM))
    lab.sees("rang 4 · à appeler", "Tentatives : aucune", "27 rue des Ormeaux-Clairs", "M. Armand SENTIS (associé)", "L221-16")
    assert "▲" not in terminal.line("Mission :")
    lab.sees("☎ 04 65 71 80 00", "ligne prête")
    terminal.keys("M-n")
    lab.wait_for_row("CallPlaced", target=lambda target: to_e164(lab.its("04 65 71 80 00")) in target)
    lab.wait_for_row("CallAnswered", within=30)
    terminal.wait_for("Sortant", "En communication", "rang 4 · à appeler")  # the record is still in front


def _on_row(lab: Lab, text: str) -> None:
    """Down until the cursor is on the row with this text, told by its colours."""
    terminal = lab.terminal
    lines = [line for line in terminal.screen().splitlines() if "à appeler" in line or "à rappeler" in line or "traitée" in line]
    place = next(i for i, line in enumerate(lines) if text in line)
    before = terminal.painted(text)
    terminal.keys(*["Down"] * place)
    if place:
        terminal.wait_repainted(text, before)


def _past_the_switchboard(lab: Lab) -> None:
    assert lab.says("decroche").data["text"].startswith("Client virtuel automatique")
    heard = lab.wait_for_row("CustomerHeard", within=30)
    assert 1.5 < heard.data["seconds"] < 7.0  # the question, through RTP
    before = loud_seconds(lab.heard())
    lab.says("barrage")
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 0.6, "the switchboard's voice in the ear")
    assert -40 < energy_db(lab.heard()[-16000:]) < -10
    _tell(lab, "nom_standard", "corvisier")
    _tell(lab, "raison", "sentis")
    lab.sees("Armand Sentis : Sentis, j'écoute.")


def _who_answers_is_noted(lab: Lab) -> None:
    terminal = lab.terminal
    lab.cue("accroche")
    terminal.keys("M-Right")
    lab.sees("+ Barrage", "M. Armand SENTIS", "associé")
    terminal.keys("+")
    terminal.wait_for("Interlocuteur : à créer", "barrage –", "— · M. · Mme")
    terminal.keys("End")
    lab.field(lab.its("Corvisier"), tabs=2)
    terminal.keys("Tab", "End")
    terminal.type(" standard")
    terminal.wait_for("barrage – standard")
    lab.save_and_wait("contact", after={"company_id": lab.its(FIRM), "role": "barrage – standard", "last_name": lab.its("Corvisier")})
    terminal.keys("Escape")
    lab.sees("Mme Corvisier", "standard")


def _discovery_and_objections(lab: Lab) -> None:
    terminal = lab.terminal
    lab.says("equipe")
    terminal.keys("M-Right")
    terminal.wait_for("Argumentaire de prospection", "Barrage. Le standard aide")
    terminal.type("deja equipes")
    terminal.wait_for("par qui, jusqu'à quand")
    lab.wait_for_row("ProcedureOpened", id="brief-12-argumentaires")
    _tell(lab, "objection", "soit")
    _tell(lab, "besoin", "besoin")
    _tell(lab, "fournisseur", "fournisseur")
    _tell(lab, "attentes", "pannes")
    _tell(lab, "decideurs", "daunay")
    terminal.keys("M-Left")
    terminal.wait_for("+ Codécideur")
    terminal.keys("Tab", "Tab", "Tab", "Enter")
    terminal.wait_for("Interlocuteur : à créer", "codécideur –", "— · M. · Mme")
    terminal.keys("End")
    lab.field(lab.its("Daunay"), tabs=2)
    terminal.keys("Tab", "End")
    terminal.type(" office manager")
    terminal.wait_for("codécideur – office manager")
    lab.save_and_wait("contact", after={"company_id": lab.its(FIRM), "role": "codécideur – office manager"})
    terminal.keys("Escape")


def _two_slots_then_the_third(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right", "M-Right")
    terminal.wait_for("★ À proposer : jeu. 26/11 à 10:00 (Yoann Kerdilis) ou mar. 01/12 à 14:30 (Yoann Kerdilis)", "ven. 04/12")
    _tell(lab, "creneaux", "trop_tot")
    terminal.keys("BTab")
    terminal.type("2/12")
    terminal.keys("Enter")
    terminal.wait_for("★ Un seul à proposer : ven. 04/12 à 09:00 (Yoann Kerdilis)", "avant le 02/12", "★ libre")
    _tell(lab, "autre_creneau", "accord")
    terminal.keys("Down", "Down", "Enter")
    lab.sees("Rendez-vous : à créer", "ven. 04/12 à 09:00", "[x] M. Armand SENTIS", "[x] Mme Daunay", "Reste à qualifier : matériel actuel")


def _end(lab: Lab) -> str:
    """Of the contract with their supplier."""
    return f"{lab.story.day('J+3m@1-1'):%d/%m/%Y}"


def _qualified(lab: Lab) -> None:
    terminal = lab.terminal
    _tell(lab, "adresse", "adresse")
    for tabs, text in ((6, "2 à dosettes"), (1, "40 tasses par jour"), (1, "Torrevalde"), (1, _end(lab)), (1, "tarif Lune Pro")):
        lab.field(lab.its(text), tabs=tabs)
    terminal.keys("Tab", "e")
    terminal.wait_for("✓ Rendez-vous qualifié, dans les règles.", "◂ e-mail ▸")
    row = lab.save_and_wait(
        "appointment", contact_id=lab.its(FIRM), after={"slot_id": "kerdilis-3", "rep_id": "kerdilis", "start": "09:00"}
    )
    assert row.data["after"]["reference"].startswith("RDV-")
    lab.wait_for_row("RecordChanged", record_kind="agenda_slot", id="kerdilis-3", after={"status": "pris"})
    terminal.wait_for("6 Rendez-vous ✓")


def _confirmed_in_writing(lab: Lab) -> None:
    """To the address that M. Sentis gives, not to the one on file."""
    terminal = lab.terminal
    _tell(lab, "confirmation", "confirmation")
    lab.sees("Par e-mail à", "accueil@lagarrigue-sentis.example")
    lab.field(lab.its(MAIL), replacing=True, tabs=2)
    terminal.keys("Tab", "Enter")
    lab.wait_for_row("DocumentProduced", template="confirmation de rendez-vous")
    lab.sees(f"Confirmation envoyée à {MAIL}")


def _goodbye(lab: Lab) -> None:
    _tell(lab, "conge", "bilan_appel")
    _tell(lab, "conge", "au_revoir")
    lab.wait_for_row("CallEnded", by="remote")
    lab.terminal.wait_for("Post-appel", "à qualifier (F8)")


def _result_of_the_attempt(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-Right")
    terminal.wait_for("Tentatives : aucune", "Résultat", "Opposition")
    for _step in range(6):  # R is the first letter of several results
        if "◂ RDV_PRIS ·" in terminal.screen():
            break
        before = terminal.line("Résultat  ")
        terminal.keys("r")
        lab.wait_until(lambda before=before: terminal.line("Résultat  ") != before, "the next result", 5)  # type: ignore[misc]  # bound now
    terminal.wait_for("◂ RDV_PRIS ·", "◂ traitée ▸")
    lab.save_and_wait("campaign_target", contact_id=lab.its(FIRM), after={"status": "traitée"})
    terminal.wait_for("7 Tentative ✓", "RDV_PRIS")


def _debrief(lab: Lab) -> None:
    assert "≠" not in lab.open_debrief()
    lab.terminal.keys("BTab", "Enter")
    lab.terminal.wait_for("Bilan enregistré dans le fichier")
    told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
    assert "Démonstration prise sur le seul créneau qui convienne" in told
    assert "≠" not in told


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    (appointment,) = lab.records(Appointment, contact_id=lab.its(FIRM))
    assert (appointment.slot_id, appointment.on, appointment.start, appointment.warnings) == ("kerdilis-3", DAY, "09:00", ())
    assert set(appointment.attendees) == {lab.its("M. Armand SENTIS"), lab.its("Mme Daunay")}
    assert appointment.supplier_end_on == lab.story.day("J+3m@1-1")
    assert (appointment.volume, appointment.supplier, appointment.confirmation) == (
        lab.its("40 tasses par jour"),
        lab.its("Torrevalde"),
        "e-mail",
    )
    (sent,) = lab.records(Document, contact_id=lab.its(FIRM))
    text = pypdf.PdfReader(lab.folder / "documents" / sent.file).pages[0].extract_text().replace("\u00a0", " ")
    assert (sent.sent_to, sent.subject_id) == (lab.its(MAIL), appointment.id)
    assert "vendredi 4 décembre 2026" in text and "Yoann Kerdilis" in text and "01 99 00 40 31" in text and appointment.reference in text
    slots = {s.id: s for s in lab.records(AgendaSlot, rep_id="kerdilis")}
    assert (slots["kerdilis-3"].status, slots["kerdilis-3"].appointment_id) == ("pris", appointment.id)
    assert slots["kerdilis-1"].status == slots["kerdilis-2"].status == "libre"
    roles = {c.last_name: c.role for c in lab.records(Contact, company_id=lab.its(FIRM))}
    known = {"SENTIS": "associé", "Corvisier": "barrage – standard", "Daunay": "codécideur – office manager"}
    assert roles == {lab.its(name): role for name, role in known.items()}
    (target,) = lab.records(CampaignTarget, contact_id=lab.its(FIRM))
    assert [a.result for a in target.attempts] == ["RDV_PRIS"] and target.attempts[0].at and target.status == "traitée"
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=lab.its(FIRM)) if i.call_key == call_key)
    assert (interaction.result, tuple(interaction.codes), interaction.direction, interaction.next_on) == (
        "ABOUTI",
        ("RDV_PRIS",),
        "sortant",
        DAY,
    )
    assert lab.revealed("corvisier", "besoin", "echeance", "pannes", "daunay", "contrainte", "mail")
