"""S9R, the spare of S9, as a trainee practises it: a debtor whose over-indebtedness file is admitted. Nothing is negotiated, the reminders
stop, another service takes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_mock.models import CollectionCase, Identification, Interaction, PaymentLink, PaymentPlan, Promise, Task
from crm_mock.rules.telephone import to_e164
from tests.e2e.lab import Lab, speech_wav, spoken_fast
from tests.e2e.subject import SPARE, Story

LAETITIA = "moulinvert-laetitia"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    asked = "Bonjour madame, je souhaite parler à madame Laetitia Moulinvert s'il vous plaît"
    mic = speech_wav(tmp_path / "mic.wav", [(4.5, asked)], seconds=10)
    return Lab(tmp_path, mic=mic, pack=spoken_fast(tmp_path, "S9", spare=True), story=Story("S9R", SPARE))


def test_nothing_is_asked_of_an_over_indebted_debtor(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        assert lab.simulations() == [f"S{number}R" for number in range(1, 10)]
        lab.start_simulation("S9R")
        _file_and_procedure_are_read(lab)
        _the_call_and_the_mother(lab)
        _identification(lab)
        _what_happened(lab)
        _the_reason_stops_the_reminders(lab)
        _no_plan_can_be_made(lab)
        _handed_over(lab)
        lab.qualify(["SURENDETTEMENT"], comment="Dossier recevable, rien de négocié. Comptes clients.")
        lab.end_simulation()
        assert "≠" not in lab.open_debrief()
        lab.terminal.keys("BTab", "Enter")
        lab.terminal.wait_for("Bilan enregistré dans le fichier")
        told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
        assert "≠" not in told and "Aucun échéancier" in told
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert [line for line in lab.tracebacks() if "business_refusal" not in line] == []  # the plan that was tried


def _tell(lab: Lab, cue: str, answer: str) -> None:
    lab.cue(cue)
    lab.says(answer)


def _file_and_procedure_are_read(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("F5")
    terminal.wait_for("[7 Recherche]")
    terminal.type("MVL-201765")
    terminal.wait_for("MVL-201765")
    terminal.keys("Enter")
    terminal.wait_for("« MVL-201765 »", "Mme Laetitia MOULINVERT ")
    terminal.keys("Enter")
    lab.wait_for_row("RecordOpened", id=LAETITIA)
    terminal.keys("M-3")
    terminal.wait_for("[3 Recouvrement]", "Dû 173,60 €", "4 rejets", "relances : active", "83,90 €")
    terminal.keys("C-o")
    terminal.wait_for("Chercher")
    terminal.type("débiteur")
    terminal.wait_for("P-09 – Recouvrement amiable")
    terminal.keys("Enter")  # the only one found opens
    lab.wait_for_row("ProcedureOpened", id="P-09")


def _the_call_and_the_mother(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-4")
    terminal.wait_for("[4 Coordonnées]", "☎ 02 61 91 72 58", "Alt+N appelle", "ligne prête")
    terminal.keys("Down", "M-n")
    lab.wait_for_row("CallPlaced", target=lambda target: to_e164("02 61 91 72 58") in target)
    lab.wait_for_row("CallAnswered", within=30)
    lab.says("decroche")
    lab.says("mere_qui")
    _tell(lab, "discret", "mere_passe")
    lab.says("laetitia")


def _identification(lab: Lab) -> None:
    _tell(lab, "identification", "identite")
    lab.terminal.keys("M-1", "M-Right")
    lab.terminal.wait_for("[ ] nom", "[ ] date de naissance   25/07/1990")
    lab.terminal.keys("Space", "Down", "Down", "Down", "Space")
    lab.terminal.wait_for("[x] nom", "[x] date de naissance")
    lab.save_and_wait("identification", contact_id=LAETITIA)


def _what_happened(lab: Lab) -> None:
    _tell(lab, "annonce", "reaction")
    _tell(lab, "motif", "dossier")
    _tell(lab, "recevabilite", "recevable")
    _tell(lab, "justificatif", "courrier")


def _the_reason_stops_the_reminders(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-3")
    terminal.wait_for("[3 Recouvrement]")
    terminal.keys("M-Right")
    terminal.wait_for("Motif de l'impayé", "◂ — ▸")
    terminal.type("s")
    terminal.wait_for("◂ surendettement ▸")
    lab.field("Recevable, dossier 126 4518.", tabs=3)
    lab.save_and_wait("collection_case", contact_id=LAETITIA, after={"reason": "surendettement", "dunning": "suspendue"})
    terminal.wait_for("relances : suspendue")
    lab.says("soulagee")  # she hears of it: it is in her file


def _no_plan_can_be_made(lab: Lab) -> None:
    lab.terminal.keys("M-Right")
    lab.terminal.wait_for("Échéances 4", "Proposer")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("aucune négociation n'est possible")


def _handed_over(lab: Lab) -> None:
    terminal = lab.terminal
    _tell(lab, "relances", "relances")
    _tell(lab, "comptes", "comptes")
    terminal.keys("M-1")
    terminal.wait_for("[1 Fiche")
    terminal.keys(*["M-Right"] * 7)  # from the identification on
    terminal.wait_for("+ Tâche")
    terminal.keys("+")
    terminal.wait_for("Tâche : à créer")
    terminal.type("Comptes clients")
    lab.field("Dossier de surendettement recevable")
    lab.field("Suivre le surendettement : dossier 126 4518, copie de la lettre à venir.")
    lab.save_and_wait("task", contact_id=LAETITIA)
    _tell(lab, "conge", "bilan")
    _tell(lab, "conge", "au_revoir")
    lab.wait_for_row("CallEnded", by="remote")
    terminal.wait_for("Post-appel", "Le client a raccroché", "à qualifier (F8)")


def _the_file(lab: Lab) -> None:
    assert lab.records(Identification, contact_id=LAETITIA)[0].outcome == "vérifié"
    (case,) = lab.records(CollectionCase, contact_id=LAETITIA)
    assert (case.reason, case.dunning, case.total_cents) == ("surendettement", "suspendue", 17360)
    for model in (PaymentPlan, Promise, PaymentLink):
        assert lab.records(model, contact_id=LAETITIA) == []
    (task,) = lab.records(Task, contact_id=LAETITIA)
    assert (task.service, task.status) == ("Comptes clients", "à faire")
    call_key = lab.rows("CallAnswered")[0].call_key
    interaction = next(i for i in lab.records(Interaction, contact_id=LAETITIA) if i.call_key == call_key)
    assert (interaction.result, tuple(interaction.codes), interaction.direction) == ("ABOUTI", ("SURENDETTEMENT",), "sortant")
    assert lab.revealed("identite", "dossier", "recevable", "courrier") and not lab.revealed("tiers_informe")
