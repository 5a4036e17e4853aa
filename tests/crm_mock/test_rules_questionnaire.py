"""Surveys: which question comes next, which apply, what an answer may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import Answer
from crm_mock.rules import questionnaire
from crm_mock.rules.questionnaire import Choice, Question, Questionnaire, Quota, Route

YES_NO = (Choice(code="oui", label="Oui"), Choice(code="non", label="Non"))
SURVEY = Questionnaire(
    id="livraison",
    version="1",
    title="Après livraison",
    questions=(
        Question(id="Q1", text="Sur une échelle de 0 à 10, …", type="échelle"),
        Question(id="Q2", text="Avez-vous appelé le service client ?", type="fermée", choices=YES_NO, routes=(
            Route(values=("non",), go="Q4"),)),
        Question(id="Q3", text="Avez-vous obtenu une réponse ?", type="fermée", choices=YES_NO, nsp=False, refusal=False),
        Question(id="Q4", text="Que pouvons-nous améliorer ?", type="ouverte"),
        Question(id="Q5", text="Votre tranche d'âge ?", type="signalétique", choices=(*YES_NO, Choice(code="autre", label="Autre"))),
    ),
    quotas=(Quota(cell="femmes 35-49", wanted=2),),
)  # fmt: skip


def said(question_id: str, value: str = "", at: str = "", verbatim: str = "", refused: bool = False) -> Answer:
    return Answer(question_id=question_id, value=value, answered_at=at, verbatim=verbatim, refused=refused)


def ids(answers: list[Answer]) -> list[str]:
    return [q.id for q in questionnaire.applicable(SURVEY, answers)]


def test_a_filter_passes_over_what_does_not_apply() -> None:
    assert questionnaire.problems(SURVEY) == []
    assert ids([]) == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert ids([said("Q2", "non")]) == ["Q1", "Q2", "Q4", "Q5"]
    answers = [said("Q1", "8"), said("Q2", "non")]
    following = questionnaire.next_question(SURVEY, answers)
    assert following is not None and following.id == "Q4"
    assert questionnaire.completeness(SURVEY, answers) == (2, 4)
    answers += [said("Q4", verbatim="le carton était enfoncé"), said("Q5", refused=True)]
    assert questionnaire.next_question(SURVEY, answers) is None and questionnaire.completeness(SURVEY, answers) == (4, 4)


def test_an_answer_changed_afterwards_leaves_a_stray() -> None:
    answers = [said("Q2", "oui"), said("Q3", "oui"), said("Q2", "non")]
    assert questionnaire.strays(SURVEY, answers) == ("Q3",)


@pytest.mark.parametrize(
    ("number", "answer", "problem"),
    [
        (0, said("Q1", "10"), ""),
        (0, said("Q1", "0"), ""),
        (0, said("Q1", "11"), "rappelez l'échelle, de 0 à 10"),
        (0, said("Q1", "bof, moyen"), "rappelez l'échelle"),
        (0, said("Q1", "-1"), "rappelez l'échelle"),
        (0, said("Q1", "NSP"), ""),
        (0, said("Q1", refused=True), ""),
        (1, said("Q2", "peut-être"), "hors liste"),
        (2, said("Q3", "NSP"), "pas prévu"),
        (2, said("Q3", refused=True), "n'admet pas de refus"),
        (3, said("Q4", verbatim="rien"), ""),
        (3, said("Q4"), "mot pour mot"),
    ],
)
def test_what_an_answer_may_be(number: int, answer: Answer, problem: str) -> None:
    found = questionnaire.answer_problem(SURVEY.questions[number], answer)
    assert (found == "") if not problem else (problem in found)


def test_several_choices_are_each_in_the_list() -> None:
    several = SURVEY.questions[4].model_copy(update={"several": True})
    assert questionnaire.answer_problem(several, said("Q5", "oui|autre")) == ""
    assert questionnaire.answer_problem(several, said("Q5", "oui|oui")) and questionnaire.answer_problem(several, said("Q5", "oui|rien"))


def test_an_answer_off_the_scale_is_asked_again() -> None:
    following = questionnaire.next_question(SURVEY, [said("Q1", "bof")])
    assert following is not None and following.id == "Q1"


def test_order_is_read_from_the_times() -> None:
    told = [said("Q1", "5", "2026-11-23T10:00:00Z"), said("Q4", "x", "2026-11-23T10:01:00Z"), said("Q2", "non", "2026-11-23T10:02:00Z")]
    assert questionnaire.out_of_order(SURVEY, told) == ("Q2",)
    again = [*told[:1], said("Q2", "oui", "2026-11-23T10:00:30Z"), *told[1:]]  # corrected later: the first time counts
    assert questionnaire.out_of_order(SURVEY, again) == ()


def test_quotas() -> None:
    assert questionnaire.quota_full(SURVEY, "femmes 35-49", {"femmes 35-49": 2})
    assert not questionnaire.quota_full(SURVEY, "femmes 35-49", {"femmes 35-49": 1})
    assert not questionnaire.quota_full(SURVEY, "hommes", {"hommes": 99})


def test_the_hash_follows_what_is_read_and_nothing_else() -> None:
    first = questionnaire.wording_hash(SURVEY)
    noted = SURVEY.model_copy(update={"questions": (SURVEY.questions[0].model_copy(update={"note": "sourire"}), *SURVEY.questions[1:])})
    other = SURVEY.model_copy(update={"questions": (SURVEY.questions[0].model_copy(update={"text": "Autre ?"}), *SURVEY.questions[1:])})
    assert questionnaire.wording_hash(noted) == first != questionnaire.wording_hash(other)


@pytest.mark.parametrize(
    ("question", "said_of_it"),
    [
        (Question(id="Q9", text="x", type="échelle", low=5, high=5), "l'échelle va de 5 à 5"),
        (Question(id="Q9", text="x", type="fermée", choices=YES_NO[:1]), "deux choix au moins"),
        (Question(id="Q9", text="x", type="fermée", choices=(*YES_NO, YES_NO[0])), "même code"),
        (
            Question(id="Q9", text="x", type="fermée", choices=YES_NO, routes=(Route(values=("oui",), go="Q1"),)),
            "pas une question suiv",
        ),
        (Question(id="Q9", text="x", type="fermée", choices=YES_NO, routes=(Route(values=("ouais",), go="fin"),)), "attend « ouais »"),
        (Question(id="Q9", text="x", type="échelle", routes=(Route(values=("11",), go="fin"),)), "attend « 11 »"),
    ],
)
def test_what_is_wrong_with_a_questionnaire_is_said(question: Question, said_of_it: str) -> None:
    wrong = SURVEY.model_copy(update={"questions": (*SURVEY.questions, question)})
    assert any(i == "Q9" and said_of_it in message for i, message in questionnaire.problems(wrong)), questionnaire.problems(wrong)


@st.composite
def surveys(draw: st.DrawFn) -> Questionnaire:
    count = draw(st.integers(1, 8))
    made = []
    for n in range(count):
        routes = []
        for code in draw(st.lists(st.sampled_from(["oui", "non", "NSP"]), max_size=2, unique=True)):
            later = [f"Q{m}" for m in range(n + 1, count)]
            routes.append(Route(values=(code,), go=draw(st.sampled_from([*later, "fin"]))))
        made.append(Question(id=f"Q{n}", text=f"Question {n} ?", type="fermée", choices=YES_NO, routes=tuple(routes)))
    return Questionnaire(id="q", version="1", title="Q", questions=tuple(made))


@given(surveys(), st.lists(st.sampled_from(["oui", "non", "NSP", "refus"]), min_size=8, max_size=8))
def test_answering_what_is_asked_always_ends_complete(made: Questionnaire, values: list[str]) -> None:
    assert questionnaire.problems(made) == []
    answers: list[Answer] = []
    for n in range(len(made.questions) + 1):
        question = questionnaire.next_question(made, answers)
        if question is None:
            break
        value = values[n % len(values)]
        answers.append(said(question.id, "" if value == "refus" else value, f"2026-11-23T10:{n:02d}:00Z", refused=value == "refus"))
        done, wanted = questionnaire.completeness(made, answers)
        assert done == len(answers) <= wanted
    assert questionnaire.next_question(made, answers) is None
    assert questionnaire.completeness(made, answers) == (len(answers), len(answers))
    assert questionnaire.strays(made, answers) == () and questionnaire.out_of_order(made, answers) == ()
