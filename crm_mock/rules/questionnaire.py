"""A survey read word for word: which question comes next, which apply, what an answer may be, whether all is answered.

A questionnaire is a pack's data. Routes lead forward only, so that every way through it ends. The wording is locked: its
hash tells whether what was read is what was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from crm_mock.models import Answer
from crm_mock.rules.rule_data import Ident, RuleData

NSP = "NSP"  # does not know
END = "fin"  # a route's destination: no more questions
SEVERAL = "|"  # between the codes of an answer that may have several


class Choice(RuleData):
    code: Ident
    label: str


class Route(RuleData):
    """Where an answer among `values` leads: a later question's id, or "fin"."""

    values: tuple[str, ...]
    go: Ident


class Question(RuleData):
    """`text` is read as it stands. A scale runs from `low` to `high`, its ends told by `low_label`, `high_label`; a closed question has
    `choices`, `several` when more than one may be taken; an open one takes what is said, word for word. `nsp`, `refusal`: whether "does not
    know" and a refusal are admitted."""

    id: Ident
    text: Annotated[str, Field(min_length=1, max_length=1000)]
    type: Literal["échelle", "fermée", "ouverte", "signalétique"]
    choices: tuple[Choice, ...] = ()
    several: bool = False
    low: int = 0
    high: int = 10
    low_label: str = ""
    high_label: str = ""
    nsp: bool = True
    refusal: bool = True
    routes: tuple[Route, ...] = ()
    note: str = ""  # for the interviewer, not read


class Quota(RuleData):
    """How many complete interviews a cell of the sample takes."""

    cell: str
    wanted: Annotated[int, Field(ge=0)]


class Questionnaire(RuleData):
    id: Ident
    version: str
    title: str
    commissioner: str = ""
    minutes: Annotated[int, Field(ge=1, le=60)] = 5
    opening: str = ""
    closing: str = ""
    questions: tuple[Question, ...]
    quotas: tuple[Quota, ...] = ()


def latest(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answer that stands for each question: the last one given."""
    return {answer.question_id: answer for answer in answers}


def is_given(question: Question, answer: Answer | None) -> bool:
    """Answered, said not to know, or refused."""
    if answer is None:
        return False
    return answer.refused or bool(answer.value) or (question.type == "ouverte" and bool(answer.verbatim))


def answer_problem(question: Question, answer: Answer) -> str:
    """Why the answer cannot be kept, a French sentence; "" when it can. Off the scale ("bof", 11) the scale is to be read again."""
    if answer.refused:
        return "" if question.refusal else "Cette question n'admet pas de refus : relisez-la."
    if answer.value == NSP:
        return "" if question.nsp else "« Ne sait pas » n'est pas prévu pour cette question."
    if question.type == "échelle":
        return _scale_problem(question, answer.value)
    if question.type == "ouverte" or not question.choices:
        return "" if answer.verbatim or answer.value else "Notez la réponse mot pour mot."
    codes = answer.value.split(SEVERAL) if question.several else [answer.value]
    known = {choice.code for choice in question.choices}
    if not set(codes) <= known or len(set(codes)) != len(codes):
        return "Réponse hors liste : relisez les choix."
    return ""


def _scale_problem(question: Question, value: str) -> str:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else None
    if number is not None and question.low <= number <= question.high:
        return ""
    return f"Réponse hors échelle : rappelez l'échelle, de {question.low} à {question.high}."


def _next_id(questionnaire: Questionnaire, position: int, answer: Answer | None) -> str:
    question = questionnaire.questions[position]
    if answer is not None and not answer.refused:
        given = set(answer.value.split(SEVERAL)) if question.several else {answer.value}
        for route in question.routes:
            if given & set(route.values):
                return route.go
    following = questionnaire.questions[position + 1 : position + 2]
    return following[0].id if following else END


def applicable(questionnaire: Questionnaire, answers: Iterable[Answer]) -> tuple[Question, ...]:
    """The questions on the way that the answers lead through, to the end; one without an answer yet leads to the next in order."""
    held = latest(answers)
    places = {question.id: n for n, question in enumerate(questionnaire.questions)}
    found: list[Question] = []
    position: int | None = 0 if questionnaire.questions else None
    while position is not None:
        question = questionnaire.questions[position]
        found.append(question)
        following = places.get(_next_id(questionnaire, position, held.get(question.id)))
        position = following if following is not None and following > position else None
    return tuple(found)


def next_question(questionnaire: Questionnaire, answers: Iterable[Answer]) -> Question | None:
    """The first that applies and has no answer that can be kept; None when the interview is over."""
    held = latest(answers)
    for question in applicable(questionnaire, held.values()):
        answer = held.get(question.id)
        if answer is None or not is_given(question, answer) or answer_problem(question, answer):
            return question
    return None


def completeness(questionnaire: Questionnaire, answers: Iterable[Answer]) -> tuple[int, int]:
    """How many of the applicable questions are answered (refused and "NSP" included), and how many apply."""
    held = latest(answers)
    wanted = applicable(questionnaire, held.values())
    return sum(is_given(q, held.get(q.id)) for q in wanted), len(wanted)


def strays(questionnaire: Questionnaire, answers: Iterable[Answer]) -> tuple[str, ...]:
    """Ids answered that do not apply: an answer changed afterwards led elsewhere, or a filter was passed over."""
    held = latest(answers)
    wanted = {question.id for question in applicable(questionnaire, held.values())}
    return tuple(i for i in held if i not in wanted)


def out_of_order(questionnaire: Questionnaire, answers: Sequence[Answer]) -> tuple[str, ...]:
    """Ids first answered after a later question of the questionnaire, by `answered_at`; answers without it are passed over."""
    places = {question.id: n for n, question in enumerate(questionnaire.questions)}
    first: dict[str, str] = {}
    for answer in answers:
        if answer.answered_at and answer.question_id in places:
            first[answer.question_id] = min(first.get(answer.question_id, answer.answered_at), answer.answered_at)
    told = sorted(first, key=lambda i: (first[i], places[i]))
    return tuple(i for n, i in enumerate(told) if any(places[earlier] > places[i] for earlier in told[:n]))


def quota_full(questionnaire: Questionnaire, cell: str, complete: Mapping[str, int]) -> bool:
    """Whether no more interviews of that cell are wanted; `complete` counts those done by cell."""
    quota = next((q for q in questionnaire.quotas if q.cell == cell), None)
    return quota is not None and complete.get(cell, 0) >= quota.wanted


def wording_hash(questionnaire: Questionnaire) -> str:
    """SHA-256 of everything that is read aloud, in order: questions, choices, ends of scales, opening and closing."""
    read = [questionnaire.id, questionnaire.version, questionnaire.opening, questionnaire.closing]
    read += [
        json.dumps([q.id, q.text, [[c.code, c.label] for c in q.choices], q.low, q.high, q.low_label, q.high_label], ensure_ascii=False)
        for q in questionnaire.questions
    ]
    return hashlib.sha256("\n".join(read).encode()).hexdigest()


def problems(questionnaire: Questionnaire) -> list[tuple[str, str]]:
    """(question id, French sentence) for what is wrong with the questionnaire itself; "" for the whole of it."""
    found: list[tuple[str, str]] = []
    places = {question.id: n for n, question in enumerate(questionnaire.questions)}
    if not questionnaire.questions:
        found.append(("", "aucune question"))
    if len(places) != len(questionnaire.questions):
        found.append(("", "deux questions ont le même identifiant"))
    if END in places:
        found.append((END, "« fin » ne peut pas être l'identifiant d'une question"))
    for n, question in enumerate(questionnaire.questions):
        found += [(question.id, message) for message in _question_problems(question, n, places)]
    return found


def _question_problems(question: Question, position: int, places: Mapping[str, int]) -> list[str]:
    found: list[str] = []
    codes = [choice.code for choice in question.choices]
    if question.type == "échelle" and question.low >= question.high:
        found.append(f"l'échelle va de {question.low} à {question.high}")
    if question.type == "fermée" and len(codes) < 2:
        found.append("une question fermée a deux choix au moins")
    if len(set(codes)) != len(codes) or NSP in codes:
        found.append("deux choix ont le même code, ou un code est « NSP »")
    for route in question.routes:
        if route.go != END and places.get(route.go, -1) <= position:
            found.append(f"le filtre mène à « {route.go} », qui n'est pas une question suivante")
        if question.type == "échelle":
            wrong = [v for v in route.values if v != NSP and _scale_problem(question, v)]
        else:
            wrong = [v for v in route.values if v != NSP and codes and v not in codes]
        found += [f"le filtre attend « {value} », qui n'est pas une réponse possible" for value in wrong]
    return found
