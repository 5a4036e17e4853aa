"""Holding a survey: target, locked wording, answers by keys, filters, corrections, quotas, status, a complaint apart, nothing lost."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.pilot import Pilot

from crm_mock.models import Answer
from crm_mock.rules import questionnaire as rules
from crm_mock.rules.questionnaire import Question, Questionnaire
from tests.workstation.desk_of_tests import running_desk
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from tests.workstation.test_ui_shell import PANES
from tests.workstation.wait import wait_for as host_wait
from workstation.desk.state import DeskState, ListView, Record, SaveView
from workstation.ui.messages import SaveAsked, Told, Traced
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens.survey_closing import read_hour
from workstation.ui.screens.survey_desk import SurveyDeskPane
from workstation.ui.screens.survey_holder import TARGETS
from workstation.ui.widgets.value_text import Unreadable

PACK = Path(__file__).parents[3] / "scenarios" / "packs" / "marvalune"
WHO = "ferrandis"
CAMPAIGN = "enquete-livraison"
# what Mme Ferrandis answers, as it is typed, question by question
TYPED = ("8", "5", "9", "1", "2", "1", "9", "3", "8", "2", "le carton était enfoncé mais la machine va très bien", "3")


@functools.cache
def questionnaire(name: str) -> Questionnaire:
    return Questionnaire.model_validate(yaml.safe_load((PACK / f"questionnaires/{name}.yaml").read_text(encoding="utf-8")))


def person(**records: list[Record]) -> Record:
    target = sample.owned(WHO, "t12", campaign_id=CAMPAIGN, position=12, quota_cell="60 ans et plus", status="à appeler", attempts=[],
                          opposed=False, next_on=None, next_time="", remark="")  # fmt: skip
    who = sample.contact(WHO, reference="MVL-205002", first_name="Joëlle", last_name="FERRANDIS")
    return {"contact": who, "records": {"campaign_target": [target], "survey": [], "task": [], **records}}


def desk(*, done: dict[str, int] | None = None, drafts: dict[str, Record] | None = None, **records: list[Record]) -> DeskState:
    state = sample.desk("vasserand")
    brief = {
        **sample.BRIEF,
        "directory": [*sample.BRIEF["directory"], {"id": "qualite", "name": "Qualité et réclamations", "number": "+33199004015"}],
        "questionnaires": [questionnaire(name).model_dump(mode="json") for name in ("livraison", "abonnes")],
        "campaigns": [{"id": CAMPAIGN, "title": "Satisfaction après livraison", "questionnaire": "livraison"}],
    }
    cells = [(cell, n) for cell, count in (done or {}).items() for n in range(count)]
    finished = tuple({"id": f"{c}{n}", "quota_cell": c, "attempts": [{"at": "x", "result": "ENQ_COMPLETE"}]} for c, n in cells)
    lists = {TARGETS: ListView("campaign_target", {"campaign_id": CAMPAIGN}, finished, len(finished))}
    return replace(state, contact_id=WHO, files={**state.files, WHO: person(**records)}, brief=brief, lists=lists, drafts=drafts or {})


def pane_of(host: Host) -> SurveyDeskPane:
    assert isinstance(host.pane, SurveyDeskPane)
    return host.pane


def saved(host: Host, kind: str = "survey") -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


def survey(host: Host) -> Record:
    return dict(host.state.files[WHO]["records"]["survey"][0])


def standing(host: Host) -> dict[str, str]:
    """What is answered to each question, in the record as confirmed."""
    latest = rules.latest(held.interview_of(survey(host)).answers)
    return {q: answer.value or answer.verbatim or ("refus" if answer.refused else "") for q, answer in latest.items()}


def words_of(host: Host) -> str:
    """The screen without its line breaks and blanks."""
    return " ".join(host.screen_text().split())


async def begin(pilot: Pilot[None], host: Host) -> None:
    """The target is on the line: C, Enter."""
    await wait_for(pilot, lambda: "Personne jointe" in host.screen_text(), "the opening")
    await pilot.press("c", "enter")
    await wait_for(pilot, lambda: "question 1 sur" in host.screen_text(), "the first question")


async def answer(pilot: Pilot[None], host: Host, text: str) -> None:
    await type_text(pilot, text)
    await pilot.press("enter")


async def test_the_opening_is_read_to_the_target_and_to_nobody_else() -> None:
    host = Host("survey_desk", desk(done={"60 ans et plus": 17, "Moins de 35 ans": 30}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "d'accord pour y répondre maintenant ?" in words_of(host), "the opening's last words")
        for words in ("Satisfaction après livraison", "[60 ans et plus 17/20]", "Moins de 35 ans 30/30 ▲ pleine", "Mme Joëlle FERRANDIS"):
            assert words in host.screen_text(), words
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Dites d'abord qui a répondu" in host.screen_text(), "who was reached")
        await pilot.press("t")
        await wait_for(pilot, lambda: "ne dites pas le sujet" in host.screen_text(), "nothing to a third party")
        assert "Êtes-vous d'accord" not in host.screen_text()
        await pilot.press("tab")
        await type_text(pilot, "son fils")
        await pilot.press("enter")
        await wait_for(pilot, lambda: saved(host), "who answered, kept")
        fields = saved(host)[0].fields
        assert (fields["target_reached"], fields["respondent"], fields["answers"]) == ("tiers", "son fils", [])
        assert (fields["contact_id"], fields["questionnaire_id"], fields["questionnaire_version"]) == (WHO, "livraison", "1")
        assert (fields["campaign_id"], fields["quota_cell"], fields["status"]) == (CAMPAIGN, "60 ans et plus", "en cours")
        pane = pane_of(host)
        assert pane.bar.key == "accroche"
        await pilot.press("shift+tab", "c")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "question 1 sur 12" in host.screen_text(), "the questions")
        assert survey(host)["target_reached"] == "cible" and survey(host)["respondent"] == "son fils"


async def test_every_question_word_for_word_answered_by_keys_and_saved_at_once() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        read = questionnaire("livraison")
        for place, (question, typed) in enumerate(zip(read.questions, TYPED, strict=True), 1):
            await wait_for(pilot, lambda q=question, p=place: f" {q.id} question {p} sur" in words_of(host), question.id)  # type: ignore[misc]
            shown = words_of(host)
            assert " ".join(question.text.split()) in shown, question.id
            if question.type == "échelle":
                assert f"{question.low} {question.low_label}" in shown and f"{question.high} {question.high_label}" in shown
            for choice in question.choices:
                assert f"{choice.code} {choice.label}" in shown
            await answer(pilot, host, typed)
            await wait_for(pilot, lambda q=question: q.id in standing(host), f"{question.id} saved")  # type: ignore[misc]
        await wait_for(pilot, lambda: "12 réponses sur 12" in host.screen_text(), "the summary")
        assert tuple(standing(host).values()) == TYPED
        held_in_order = held.interview_of(survey(host)).answers
        assert [a.question_id for a in held_in_order] == [q.id for q in read.questions]
        assert all(a.answered_at.endswith("Z") for a in held_in_order) and rules.out_of_order(read, held_in_order) == ()
        shown_to = [t.data["question"] for t in host.of(Traced) if t.data.get("question")]
        assert shown_to == [q.id for q in read.questions]
        seals = {t.data["wording"] for t in host.of(Traced) if t.data.get("question")}
        assert seals == {rules.wording_hash(read)[:16]}
        assert "J'ai terminé. Je vous remercie" in host.screen_text()
        assert host.state.drafts == {}


async def test_struck_all_at_once_each_key_finds_its_question(tmp_path: Path) -> None:
    """An agent who knows the keys does not wait for the screen: as they wait in a busy terminal, in the whole desk."""
    async with running_desk(tmp_path, panes=(*PANES, SurveyDeskPane)) as whole:
        await whole.signed_in()
        pane = whole.app.panes["survey_desk"]
        assert isinstance(pane, SurveyDeskPane)
        made = desk()
        whole.app.state = replace(whole.app.state, contact_id=WHO, files=made.files, brief=made.brief)
        await whole.app.action_perform("tab.survey_desk")
        pane.show_state(whole.app.state)
        pane.change(target_reached="cible")
        pane.go("questions")
        await host_wait(lambda: pane.questions.response.has_focus, "the first question")
        for key in ("8", "enter", "5", "enter", "1", "0", "enter", "4", "enter", "n", "enter", "1", "enter", "r", "enter", "up", "up"):
            whole.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await host_wait(lambda: pane.interview.latest("Q7") is not None, "seven answers")
        given = {q: a.value or a.refused for q, a in rules.latest(pane.interview.answers).items()}
        assert given == {"Q1": "8", "Q2": "5", "Q3": "10", "Q4": "4", "Q5": "NSP", "Q6": "1", "Q7": True}
        await host_wait(lambda: pane.questions.question is not None and pane.questions.question.id == "Q6", "and back twice")


async def test_off_the_scale_the_scale_is_recalled_and_nothing_is_noted() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in ("bof", "11"):
            await answer(pilot, host, typed)
            await wait_for(pilot, lambda: "rappelez l'échelle, de 0 à 10" in host.screen_text(), "the scale")
            await pilot.pause()
            assert "rappelez l'échelle" in host.screen_text()  # the keys' own news come after it
            assert not standing(host) and pane_of(host).questions.response.has_focus
            await pilot.press("home", "shift+end", "delete")
        await type_text(pilot, "7")
        await wait_for(pilot, lambda: "= 7" in host.screen_text(), "what would be noted")
        await pilot.press("enter")
        await wait_for(pilot, lambda: standing(host) == {"Q1": "7"}, "on the scale")


async def test_a_filter_passes_questions_over_and_a_correction_brings_them_back() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in (*TYPED[:5], "2"):
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: " Q8 " in host.screen_text() and "question 7 sur 11" in host.screen_text(), "Q7 passed over")
        await pilot.press("down")
        await wait_for(pilot, lambda: "elles se posent dans l'ordre" in host.screen_text(), "no question is skipped")
        await answer(pilot, host, "3")
        await wait_for(pilot, lambda: " Q9 " in host.screen_text(), "on")
        await pilot.press("up", "up")
        await wait_for(pilot, lambda: " Q6 " in host.screen_text() and "✓ non" in host.screen_text(), "back, with the answer that stands")
        assert pane_of(host).questions.response.value == "2"
        await answer(pilot, host, "1")
        await wait_for(pilot, lambda: " Q7 " in host.screen_text() and "question 7 sur 12" in host.screen_text(), "Q7 applies now")
        await answer(pilot, host, "9")
        await wait_for(pilot, lambda: " Q9 " in host.screen_text(), "Q8 had its answer")
        await wait_for(pilot, lambda: survey(host)["applicable"] == 12, "saved")
        given = [(a.question_id, a.value) for a in held.interview_of(survey(host)).answers]
        assert given[5:] == [("Q6", "2"), ("Q8", "3"), ("Q6", "1"), ("Q7", "9")]  # what was corrected stays to be seen


async def test_answers_that_no_longer_apply_leave_a_survey_that_is_closed() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in TYPED:
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: "12 réponses sur 12" in host.screen_text(), "all answered")
        pane = pane_of(host)
        pane.go("questions")
        pane.questions.show("Q6")
        pane.questions.focus_first()
        await pilot.press("home", "shift+end", "delete")
        await answer(pilot, host, "2")
        await wait_for(pilot, lambda: "ne s'appliquent plus : Q7" in host.screen_text(), "Q7 told")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: survey(host)["status"] == "complète", "closed")
        assert "Q7" not in standing(host) and survey(host)["applicable"] == 11 == len(standing(host))


async def test_an_open_answer_is_typed_as_said_on_several_lines_of_screen() -> None:
    said = "Eh ben le carton, il était enfoncé, voilà ; 1 coin tout plat, quoi. Mais la machine (elle) va très bien"
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in TYPED[:10]:
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: pane_of(host).questions.verbatim.has_focus, "the open question")
        area = pane_of(host).questions.verbatim
        area.insert(said)
        await pilot.press("enter")
        await wait_for(pilot, lambda: standing(host).get("Q11") == said, "as it was said")
        await wait_for(pilot, lambda: " Q12 " in host.screen_text(), "the last one")
        await pilot.press("up")
        await wait_for(pilot, lambda: pane_of(host).questions.verbatim.text == said, "back to it")
        await pilot.press("tab", "tab")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "survey-refusal", "the refusal")
        await pilot.press("enter")
        await wait_for(pilot, lambda: standing(host)["Q11"] == said and survey(host)["answers"][-1]["refused"], "refused after all")


async def test_a_card_number_said_in_an_answer_is_written_nowhere() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in TYPED[:10]:
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: pane_of(host).questions.verbatim.has_focus, "the open question")
        await type_text(pilot, "ma carte 4970105181854329")
        await wait_for(pilot, lambda: [t for t in host.of(Traced) if t.kind == "CardNumberRefused"], "refused")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Q11" in standing(host), "noted without it")
        assert "4970105181854329" not in str(host.state.drafts) + str(survey(host))


async def test_what_was_typed_and_entered_comes_back_after_a_restart() -> None:
    host = Host("survey_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in ("8", "5"):
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: "question 3 sur 12" in host.screen_text(), "the third question")
        await pilot.press("9")
        await wait_for(pilot, lambda: "typing" in str(host.state.drafts) and "Q3" in str(host.state.drafts), "kept")
        assert len(saved(host)) == 1  # one save at a time
        (draft,) = host.state.drafts.values()
    host = Host("survey_desk", desk(drafts={draft["record_id"]: draft}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "question 3 sur 12" in host.screen_text(), "where it was left")
        pane = pane_of(host)
        assert pane.questions.response.value == "9" and pane.record_id == draft["record_id"] and pane.interview.target_reached == "cible"
        await pilot.press("enter")
        await wait_for(pilot, lambda: saved(host), "saved with the rest")
        assert [(a["question_id"], a["value"]) for a in saved(host)[0].fields["answers"]] == [("Q1", "8"), ("Q2", "5"), ("Q3", "9")]


async def test_answers_given_while_a_save_is_on_its_way_are_sent_with_the_next() -> None:
    host = Host("survey_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in ("8", "5", "9"):
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: "question 4 sur 12" in host.screen_text(), "on")
        (first,) = saved(host)
        assert first.fields["answers"] == []
        host.confirm(first, status="en cours")
        await wait_for(pilot, lambda: len(saved(host)) == 2, "the rest")
        second = saved(host)[1]
        assert second.version == 1 and [a["value"] for a in second.fields["answers"]] == ["8", "5", "9"]
        host.answer(second.record_id, SaveView("survey", second.record_id, "failed", title="Serveur occupé"))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text() and "Serveur occupé" in host.screen_text(), "told")
        host.confirms = True
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Enregistré 14:03:22" in host.screen_text(), "sent again")
        assert list(standing(host)) == ["Q1", "Q2", "Q3"]


async def test_another_desk_s_answers_are_not_overwritten_unasked() -> None:
    host = Host("survey_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        await answer(pilot, host, "8")
        (first,) = saved(host)
        theirs = {**first.fields, "id": first.record_id, "version": 2, "answers": [{"question_id": "Q1", "value": "2"}]}
        host.answer(first.record_id, SaveView("survey", first.record_id, "conflict", current=theirs))
        await wait_for(pilot, lambda: "Garder la mienne" in host.screen_text(), "the choice")
        host.confirms = True
        pane_of(host).query_one(".mine").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: standing(host) == {"Q1": "8"}, "mine kept")
        assert saved(host)[-1].version == 2


async def test_a_complaint_is_a_task_apart_and_the_question_keeps_its_place() -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in TYPED[:7]:
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: " Q8 " in host.screen_text(), "the eighth")
        await pilot.press("3", "insert")
        form = pane_of(host).complaint.form
        await wait_for(pilot, lambda: host.focused is not None and form in host.focused.ancestors, "the form")
        await wait_for(pilot, lambda: "Réclamation : à créer" in host.screen_text(), "a new task")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "À corriger" in host.screen_text(), "the facts are wanted")
        await type_text(pilot, "Carton enfoncé, photo.")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "task"), "transmitted")
        fields = saved(host, "task")[0].fields
        assert (fields["service"], fields["due_on"], fields["contact_id"]) == ("Qualité et réclamations", "2026-11-30", WHO)
        assert "Réclamation" in fields["title"] and fields["detail"] == "Carton enfoncé, photo."
        await wait_for(pilot, lambda: " Q8 " in host.screen_text(), "back where one was")
        assert pane_of(host).questions.response.value == "3" and pane_of(host).questions.response.has_focus
        assert [t.text for t in host.of(Told)] == ["Réclamation transmise à part : reprenez le questionnaire."]
        await pilot.press("enter")
        await wait_for(pilot, lambda: standing(host).get("Q8") == "3", "the answer has not changed")
        pane_of(host).go("reclamation")
        await wait_for(pilot, lambda: form.subject is not None and form.version == 1, "the same task, not a second one")
        await pilot.press("escape")
        await wait_for(pilot, lambda: " Q9 " in host.screen_text() and pane_of(host).questions.response.has_focus, "back")
        await pilot.press("plus")
        await wait_for(pilot, lambda: "Réclamation : à créer" in host.screen_text(), "another one, by the key that creates")


async def test_closed_complete_the_campaign_s_file_follows() -> None:
    host = Host("survey_desk", desk(done={"60 ans et plus": 17}))
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        for typed in TYPED[:11]:
            await answer(pilot, host, typed)
        pane = pane_of(host)
        pane.go("cloture")
        await wait_for(pilot, lambda: "11 réponses sur 12" in host.screen_text() and pane.status_shown == "partielle", "not all yet")
        await pilot.press("left", "ctrl+s")
        await wait_for(pilot, lambda: "reprenez à Q12" in host.screen_text(), "what is missing")
        assert survey(host)["status"] == "en cours" and not saved(host, "campaign_target")
        pane.go("questions")
        await answer(pilot, host, "3")
        await wait_for(pilot, lambda: pane.bar.key == "cloture" and pane.status_shown == "complète", "complete")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: survey(host)["status"] == "complète", "closed")
        await wait_for(pilot, lambda: saved(host, "campaign_target"), "the campaign's file")
        (target,) = saved(host, "campaign_target")
        assert target.fields == {"attempts": [{"result": "ENQ_COMPLETE"}], "status": "traitée"}
        await wait_for(pilot, lambda: "Fiche de campagne : traitée" in host.screen_text(), "told")
        await pilot.press("ctrl+s")
        assert len(saved(host, "campaign_target")) == 1 and survey(host)["status"] == "complète"


@pytest.mark.parametrize(
    ("status", "steps", "attempt", "after"),
    [
        ("partielle", 0, "ENQ_PARTIELLE", "traitée"),
        ("refusée", 1, "ENQ_REFUS", "traitée"),
        ("hors quota", 2, "ENQ_HORS_QUOTA", "traitée"),
        ("rendez-vous", 3, "ENQ_RDV_TEL", "à rappeler"),
    ],
)
async def test_the_other_ends_of_an_interview(status: str, steps: int, attempt: str, after: str) -> None:
    host = Host("survey_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        await answer(pilot, host, "8")
        pane = pane_of(host)
        await wait_for(pilot, lambda: standing(host), "one answer")
        pane.go("cloture")
        await wait_for(pilot, lambda: pane.status_shown == "partielle" and host.focused is pane.closing.status, "broken off")
        await pilot.press(*["right"] * steps)
        if status == "rendez-vous":
            await pilot.press("ctrl+s")
            await wait_for(pilot, lambda: "Un rendez-vous a un jour et une heure." in host.screen_text(), "when")
            await pilot.press("tab", "tab")
            await type_text(pilot, "24/11")
            await pilot.press("tab")
            await type_text(pilot, "14h30")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: survey(host)["status"] == status, "closed")
        await wait_for(pilot, lambda: saved(host, "campaign_target"), "the campaign's file")
        fields = saved(host, "campaign_target")[0].fields
        assert fields["attempts"] == [{"result": attempt}] and fields["status"] == after
        if status == "rendez-vous":
            assert (fields["next_on"], fields["next_time"]) == ("2026-11-24", "14:30")
            assert survey(host)["remark"] == "Rendez-vous le 24/11/2026 à 14:30"
        if status == "partielle":
            assert survey(host)["remark"] == "Dernière question posée : Q1"


async def test_a_full_cell_is_told_before_and_when_an_answer_leads_there() -> None:
    host = Host("survey_desk", desk(done={"60 ans et plus": 20}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "Case « 60 ans et plus » pleine" in host.screen_text(), "at the opening")
    host = Host("survey_desk", desk(done={"Moins de 35 ans": 30}))
    async with host.run_test(size=(80, 15)) as pilot:
        assert "Case « " not in host.screen_text()
        await begin(pilot, host)
        for typed in (*TYPED[:11], "1"):
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: [t for t in host.of(Told) if "Case « Moins de 35 ans » pleine" in t.text], "told")
        assert survey(host)["quota_cell"] == "Moins de 35 ans"
        await wait_for(pilot, lambda: "Case « Moins de 35 ans » pleine" in host.screen_text(), "and at the end")


async def test_a_customer_of_no_campaign_and_another_questionnaire() -> None:
    host = Host("survey_desk", desk(campaign_target=[]))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: "Votre dernière livraison" in host.screen_text(), "the first questionnaire")
        pane = pane_of(host)
        pane.opening.which.focus()
        await pilot.press("right")
        await wait_for(pilot, lambda: "Votre abonnement au quotidien" in host.screen_text(), "the other")
        assert pane.read is not None and pane.read.id == "abonnes" and pane.interview.campaign_id == ""
        pane.opening.focus_first()
        await begin(pilot, host)
        for typed in ("2", "1", "8", "135"):
            await answer(pilot, host, typed)
        await wait_for(pilot, lambda: standing(host).get("Q4") == "1|3|5", "several answers")
        assert "au petit déjeuner, après le" in host.screen_text()  # in the list beside


async def test_a_pack_without_questionnaires_says_so() -> None:
    host = Host("survey_desk", sample.desk("vasserand"))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "Aucun questionnaire dans ce dossier." in host.screen_text(), "told")
        await pilot.press("c", "enter", "alt+right", "1", "enter", "alt+right", "ctrl+s")
        assert saved(host) == []


async def test_hostile_text_is_drawn_as_text() -> None:
    base = questionnaire("livraison").model_dump(mode="json")
    hostile = {**base, "opening": sample.HOSTILE, "title": sample.HOSTILE}
    hostile["questions"] = [{**hostile["questions"][0], "text": sample.HOSTILE, "low_label": sample.HOSTILE}]
    state = desk()
    host = Host("survey_desk", replace(state, brief={**state.brief, "questionnaires": [hostile]}))
    async with host.run_test(size=(80, 15)) as pilot:
        await begin(pilot, host)
        assert "[/x] bad" in host.screen_text() and "\x1b" not in host.screen_text() and "\u202e" not in host.screen_text()


# --- an answer as it is typed ---


@pytest.mark.parametrize(
    ("text", "meant"),
    [("14h30", "14:30"), ("9 h", "09:00"), ("14:05", "14:05"), ("1430", "14:30"), ("", ""), ("8h5", None), ("25h", None), ("demain", None)],
)
def test_hours_as_people_write_them(text: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(Unreadable):
            read_hour(text)
    else:
        assert read_hour(text) == meant


def test_digits_of_a_french_keyboard_without_shift() -> None:
    scale = questionnaire("livraison").questions[0]
    assert held.read_answer(scale, "&à", "").value == "10" and held.read_answer(scale, "ç", "").value == "9"
    closed = questionnaire("abonnes").questions[3]
    assert held.read_answer(closed, "é", "").value == "2" and held.read_answer(closed, "& é", "").value == "1|2"
    assert held.digits_meant("-3") == "-3" and held.digits_meant("bof") == "bof"


def test_choices_without_digits_are_chosen_by_their_rank() -> None:
    question = Question(id="Q", text="?", type="fermée", choices=({"code": "A", "label": "vous"}, {"code": "B", "label": "un autre"}))  # type: ignore[arg-type]
    assert held.read_answer(question, "2", "").value == "B"
    with pytest.raises(held.NotAnAnswer, match="hors liste"):
        held.read_answer(question, "3", "")
    strict = question.model_copy(update={"nsp": False, "refusal": False})
    for typed, words in (("n", "Ne sait pas"), ("r", "refus"), ("", "Tapez")):
        with pytest.raises(held.NotAnAnswer, match=words):
            held.read_answer(strict, typed, "")


@st.composite
def questions(draw: st.DrawFn) -> Question:
    kind = draw(st.sampled_from(["échelle", "fermée", "ouverte", "signalétique"]))
    codes: list[str] = draw(st.lists(st.from_regex(r"[A-Z0-9]{1,3}", fullmatch=True), min_size=2, max_size=9, unique=True))
    low = draw(st.integers(-5, 5))
    more: dict[str, Any] = {"low": low, "high": low + draw(st.integers(1, 20))} if kind == "échelle" else {}
    if kind in ("fermée", "signalétique"):
        more = {"choices": tuple({"code": c, "label": c.lower()} for c in codes), "several": draw(st.booleans())}
    return Question(id="Q1", text="?", type=kind, **more)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(questions(), st.data())
def test_an_answer_shown_again_is_the_same_answer(question: Question, data: st.DataObject) -> None:
    """Whatever stands, coming back to it and pressing Enter changes nothing."""
    kinds = [Answer(question_id="Q1", refused=True), Answer(question_id="Q1", value=rules.NSP)]
    if held.free_text(question):
        kinds = [Answer(question_id="Q1", verbatim=data.draw(st.text(min_size=1).map(str.strip).filter(bool)))]
    elif question.type == "échelle":
        low = max(0, question.low)
        if low <= question.high:
            kinds.append(Answer(question_id="Q1", value=str(data.draw(st.integers(low, question.high)))))
    else:
        codes = [c.code for c in question.choices]
        most = len(codes) if question.several else 1
        chosen = data.draw(st.lists(st.sampled_from(codes), min_size=1, max_size=most, unique=True))
        kinds.append(Answer(question_id="Q1", value=rules.SEVERAL.join(chosen)))
    answer = data.draw(st.sampled_from(kinds))
    assert held.read_answer(question, *held.typed_again(question, answer)) == answer


@settings(max_examples=80, deadline=None)
@given(questions(), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_is_an_answer_that_may_be_kept_or_is_refused_in_words(question: Question, response: str, verbatim: str) -> None:
    try:
        answer = held.read_answer(question, response, verbatim)
    except held.NotAnAnswer as error:
        assert str(error)
        return
    assert rules.answer_problem(question, answer) == "" and rules.is_given(question, answer)
    assert held.answer_words(question, answer)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["1", "2", "3", "n", "r", "9", "mot"])), max_size=30))
def test_however_one_goes_back_and_forth_the_fields_hold_together(keys: list[tuple[int, str]]) -> None:
    """Answers in any order: what applies, what is complete and the cell follow from the answers alone; a draft gives them all back."""
    read = questionnaire("livraison")
    interview = held.Interview("livraison", "1", target_reached="cible")
    for place, typed in keys:
        question = read.questions[place]
        try:
            given_ = held.read_answer(question, typed, typed)
        except held.NotAnAnswer:
            continue
        interview = interview.with_answer(read, question, given_)
    fields = interview.fields(read)
    assert held.interview_of({**interview.identity(), **fields}) == interview
    assert fields["applicable"] == len(rules.applicable(read, interview.answers)) in (11, 12)
    cells = {"1": "Moins de 35 ans", "2": "35 à 59 ans", "3": "60 ans et plus"}
    told = [cells[a.value] for a in interview.answers if a.question_id == "Q12" and a.value in cells]
    assert interview.quota_cell == (told[-1] if told else "")
    closed = interview.closed(read, held.PARTIAL, "")
    assert rules.strays(read, closed.answers) == () and rules.completeness(read, closed.answers) == rules.completeness(
        read, interview.answers
    )
