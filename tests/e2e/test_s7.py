"""S7 as its trainee plays it: the son answers first, twelve questions are read in order, a complaint is kept apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crm_mock.models import CampaignTarget, Interaction, Survey, Task
from crm_mock.rules import questionnaire as rules
from crm_mock.rules.telephone import to_e164
from scenarios.pack_load import load_pack
from tests.e2e.lab import Lab, energy_db, loud_seconds, speech_wav, spoken_fast
from tests.e2e.subject import FIRST, Story
from workstation.cli_options import PACKS

JOELLE = "ferrandis-joelle"
VERBATIM = "le carton était enfoncé mais la machine va très bien"
ANSWERS = {  # to the twelve questions, the open one apart
    "A": "8 5 9 1 2 1 9 3 8 2 3",
    "B": "7 4 8 1 2 1 8 2 7 2 2",
    "C": "9 6 10 1 2 1 10 3 9 2 3",
}


@pytest.fixture
def lab(tmp_path: Path, subject: str) -> Lab:
    story = Story("S7", subject)
    asked = story.its("Bonjour monsieur, pourrais-je parler à madame Joëlle Ferrandis, s'il vous plaît ?")
    mic = speech_wav(tmp_path / "mic.wav", [(3.5, asked)], seconds=8)
    pack = spoken_fast(tmp_path, "S7", first_sentences=subject == FIRST)  # the tables of the others speak of whole lines
    return Lab(tmp_path, mic=mic, pack=pack, story=story)


def test_twelve_questions_and_a_complaint_apart(lab: Lab) -> None:
    with lab:
        lab.sign_in("Camille Renard")
        lab.start_simulation("S7")
        _file_and_questionnaire_are_read(lab)
        _the_call_is_made_from_the_file(lab)
        _nothing_is_told_to_the_son(lab)
        _opening(lab)
        _seven_questions(lab)
        _the_complaint_is_a_task_apart(lab)
        _the_last_questions(lab)
        _closed(lab)
        _goodbye(lab)
        lab.qualify(["ENQ_COMPLETE", "ENQ_RECLA_TRANSMISE"], comment=lab.its("12 sur 12. Carton enfoncé, tâche Qualité."))
        lab.end_simulation()
        assert "≠" not in lab.open_debrief()
        lab.terminal.keys("BTab", "Enter")
        lab.terminal.wait_for("Bilan enregistré dans le fichier")
        told = next(lab.folder.rglob("*.md")).read_text(encoding="utf-8")
        assert "≠" not in told and "Enquête complète, douze réponses sur douze" in told
        lab.leave()
    _the_file(lab)
    lab.verify()
    assert lab.tracebacks() == []


def _tell(lab: Lab, cue: str, answer: str) -> None:
    lab.cue(cue)
    lab.says(answer)


def _file_and_questionnaire_are_read(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("F5")
    terminal.wait_for("[7 Recherche]")
    terminal.type(lab.its("MVL-205002"))
    lab.sees("MVL-205002")
    terminal.keys("Enter")
    lab.sees("« MVL-205002 »", "Mme Joëlle FERRANDIS ")
    terminal.keys("Enter")
    lab.wait_for_row("RecordOpened", id=lab.its(JOELLE))
    lab.sees("Mme Joëlle FERRANDIS · MVL-205002")
    terminal.keys("S-F2")
    lab.sees("Votre dernière livraison", "Satisfaction après livraison", "Personne jointe", "60 ans et plus", "Êtes-vous d'accord")


def _the_call_is_made_from_the_file(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("M-4")
    lab.sees("[4 Coordonnées]", "☎ 01 99 00 63 18", "Alt+N appelle", "ligne prête")
    terminal.keys("Down", "M-n")
    lab.wait_for_row("CallPlaced", target=lambda target: to_e164(lab.its("01 99 00 63 18")) in target)
    lab.wait_for_row("CallAnswered", within=30)
    terminal.wait_for("En communication")


def _nothing_is_told_to_the_son(lab: Lab) -> None:
    assert lab.says("decroche").data["text"].startswith("Client virtuel automatique")
    lab.sees("Théo Ferrandis (son fils)")
    heard = lab.wait_for_row("CustomerHeard", within=30)
    assert 1.5 < heard.data["seconds"] < 8.0  # the question, through RTP
    lab.says("fils_qui")
    before = loud_seconds(lab.heard())
    _tell(lab, "discret", "fils_passe")
    lab.says("joelle")
    lab.wait_until(lambda: loud_seconds(lab.heard()) > before + 1.0, "voices in the ear")
    assert -40 < energy_db(lab.heard()[-32000:]) < -10


def _opening(lab: Lab) -> None:
    terminal = lab.terminal
    terminal.keys("S-F2")
    lab.sees("Personne jointe", "Assurez-vous de parler à Mme Joëlle FERRANDIS")
    _tell(lab, "accroche", "c_est_long")
    terminal.keys("c")
    terminal.wait_for("◂ cible ▸")
    _tell(lab, "accroche", "accord")
    terminal.keys("Enter")
    lab.wait_for_row("RecordCreated", record_kind="survey", contact_id=lab.its(JOELLE), after={"target_reached": "cible"})
    terminal.wait_for("Q1", "question 1 sur 12", "Pour commencer, de 0 à 10, quelle note donnez-vous à votre dernière")


def _note(lab: Lab, typed: str, question: str, following: str) -> None:
    """The answer, Enter: saved under its question; the next one is on the screen."""
    since = lab.last_seq()
    lab.terminal.type(typed)
    lab.terminal.keys("Enter")
    lab.wait_for_row(
        "RecordChanged",
        since=since,
        record_kind="survey",
        after=lambda after: any(a["question_id"] == question for a in after.get("answers") or ()),
    )
    lab.terminal.wait_for(following)


def _answers(lab: Lab) -> list[str]:
    *answers, last = ANSWERS[lab.story.letter].split()
    return [*answers, lab.its(VERBATIM), last]


def _seven_questions(lab: Lab) -> None:
    q1, q2, q3, q4, q5, q6, q7, *_ = _answers(lab)
    _tell(lab, "question", "r1")
    _note(lab, q1, "Q1", "question 2 sur 12")
    _tell(lab, "question", "r2")
    lab.terminal.type("bof")
    lab.terminal.keys("Enter")
    lab.terminal.wait_for("Réponse hors échelle : rappelez l'échelle, de 0 à 10.")
    _tell(lab, "echelle", "r2_note")
    lab.terminal.keys("BSpace", "BSpace", "BSpace")
    _note(lab, q2, "Q2", "question 3 sur 12")
    _tell(lab, "question", "r3")
    _note(lab, q3, "Q3", "question 4 sur 12")
    lab.terminal.wait_for("1  à votre domicile", "2  dans un point relais")
    _tell(lab, "question", "r4")
    _note(lab, q4, "Q4", "question 5 sur 12")
    _tell(lab, "recentre", "r4_pardon")
    _tell(lab, "question", "r5")
    _note(lab, q5, "Q5", "question 6 sur 12")
    _tell(lab, "question", "r6")
    _note(lab, q6, "Q6", "question 7 sur 12")
    _tell(lab, "question", "r7")
    _note(lab, q7, "Q7", "question 8 sur 12")


def _the_complaint_is_a_task_apart(lab: Lab) -> None:
    terminal = lab.terminal
    _tell(lab, "question", "r8")
    state_of_it = _answers(lab)[7]
    terminal.type(state_of_it)
    terminal.wait_for(f"= {state_of_it}")
    terminal.keys("IC")  # insert
    terminal.wait_for("Réclamation : à créer", "Qualité et réclamations", "30/11/2026")
    _tell(lab, "reclamation", "r8_attente")
    terminal.type(lab.its("Carton enfoncé sur un côté à la livraison.") + " Elle a une photo, veut une réponse par e-mail cette semaine.")
    terminal.wait_for("semaine.")
    lab.save_and_wait("task", contact_id=lab.its(JOELLE))
    terminal.wait_for("question 8 sur 12", "Réclamation transmise à part", f"= {state_of_it}")
    since = lab.last_seq()
    terminal.keys("Enter")
    lab.wait_for_row("RecordChanged", since=since, record_kind="survey")
    terminal.wait_for("question 9 sur 12")


def _the_last_questions(lab: Lab) -> None:
    terminal = lab.terminal
    *_, q9, q10, verbatim, q12 = _answers(lab)
    _tell(lab, "question", "r9")
    _note(lab, q9, "Q9", "question 10 sur 12")
    _tell(lab, "question", "r10")
    _tell(lab, "neutre", "r10_bon")
    _note(lab, q10, "Q10", "question 11 sur 12")
    terminal.wait_for("Avec vos propres mots")
    _tell(lab, "question", "r11")
    _note(lab, verbatim, "Q11", "question 12 sur 12")
    _tell(lab, "question", "r12")
    _note(lab, q12, "Q12", "12 réponses sur 12")


def _closed(lab: Lab) -> None:
    terminal = lab.terminal
    lab.sees("◂ complète ▸", "J'ai terminé. Je vous remercie", "60 ans et plus")
    since = lab.last_seq()
    terminal.keys("C-s")
    lab.wait_for_row("RecordChanged", since=since, record_kind="survey", after={"status": "complète"})
    lab.wait_for_row("RecordChanged", since=since, record_kind="campaign_target", after={"status": "traitée"})
    terminal.wait_for("Fiche de campagne : traitée", "3 Clôture ✓")


def _goodbye(lab: Lab) -> None:
    _tell(lab, "conge", "fini")
    _tell(lab, "conge", "au_revoir")
    lab.wait_for_row("CallEnded", by="remote")
    lab.terminal.wait_for("Post-appel", "Le client a raccroché", "à qualifier (F8)")


def _the_file(lab: Lab) -> None:
    """What the sitting holds once everything has stopped."""
    read = next(one for one in load_pack(PACKS / "marvalune", dt.date(2026, 11, 23)).questionnaires if one.id == "livraison")
    (survey,) = lab.records(Survey, contact_id=lab.its(JOELLE))
    assert (survey.status, survey.target_reached, survey.answered, survey.applicable) == ("complète", "cible", 12, 12)
    assert (survey.campaign_id, survey.quota_cell, survey.questionnaire_version) == ("enquete-livraison", lab.its("60 ans et plus"), "1")
    assert rules.completeness(read, survey.answers) == (12, 12) and rules.out_of_order(read, survey.answers) == ()
    assert [a.value or a.verbatim for a in survey.answers] == _answers(lab)
    assert survey.started_at < survey.answers[0].answered_at < survey.answers[-1].answered_at < survey.ended_at
    (task,) = lab.records(Task, contact_id=lab.its(JOELLE))
    assert task.service == "Qualité et réclamations" and "photo" in task.detail and str(task.due_on) == "2026-11-30"
    target = next(t for t in lab.records(CampaignTarget, contact_id=lab.its(JOELLE)) if t.campaign_id == "enquete-livraison")
    assert (target.status, [a.result for a in target.attempts]) == ("traitée", ["ENQ_COMPLETE"])
    (interaction,) = [i for i in lab.records(Interaction, contact_id=lab.its(JOELLE)) if i.call_key]
    assert (interaction.result, set(interaction.codes)) == ("ABOUTI", {"ENQ_COMPLETE", "ENQ_RECLA_TRANSMISE"})
    shown = [r.data["question"] for r in lab.rows("ScreenOpened") if r.data.get("question")]
    assert list(dict.fromkeys(shown)) == [question.id for question in read.questions]
    assert {r.data["wording"] for r in lab.rows("ScreenOpened") if r.data.get("question")} == {rules.wording_hash(read)[:16]}
    assert lab.revealed("accord", "note_delai", "reclamation", "reponse_attendue", "verbatim", "age")
    assert not lab.revealed("tiers_informe")
