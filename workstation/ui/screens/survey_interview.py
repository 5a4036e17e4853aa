"""An interview being held: answers, who answered, what was typed and not entered yet. Pure values; crm_mock/rules/questionnaire says
which question comes next and what an answer may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from crm_mock.models import Answer
from crm_mock.rules import questionnaire as rules
from crm_mock.rules.questionnaire import NSP, SEVERAL, Question, Questionnaire
from workstation.i18n import N_, _
from workstation.ui.terminal_keys import AZERTY_DIGITS, digit_of
from workstation.ui.widgets.value_text import folded

OPEN = "en cours"
COMPLETE, PARTIAL, REFUSED, OVER_QUOTA, CALLBACK = "complète", "partielle", "refusée", "hors quota", "rendez-vous"
STATUSES = (COMPLETE, PARTIAL, REFUSED, OVER_QUOTA, CALLBACK, OPEN)
ATTEMPTS = {  # what an attempt of the campaign keeps of each end
    COMPLETE: "ENQ_COMPLETE",
    PARTIAL: "ENQ_PARTIELLE",
    REFUSED: "ENQ_REFUS",
    OVER_QUOTA: "ENQ_HORS_QUOTA",
    CALLBACK: "ENQ_RDV_TEL",
}
TARGET, THIRD_PARTY = "cible", "tiers"
DONT_KNOW_KEY, REFUSAL_KEY = "n", "r"
VALUE_LIMIT = 120  # characters of Answer.value
_SEPARATORS = str.maketrans(",;|/.", "     ")
_NSP_WORDS = frozenset({DONT_KNOW_KEY, "nsp", "ne sait pas"})
_REFUSAL_WORDS = frozenset({REFUSAL_KEY, "refus", "refuse"})


class NotAnAnswer(ValueError):
    """What was typed is no answer to the question; the text says what to do, in French."""


@dataclass(frozen=True)
class Interview:
    """The fields of a survey that the desk writes. `typing` holds what was typed and not entered: question id, response, verbatim."""

    questionnaire_id: str = ""
    questionnaire_version: str = ""
    campaign_id: str = ""
    target_reached: str = ""
    respondent: str = ""
    quota_cell: str = ""
    answers: tuple[Answer, ...] = ()
    status: str = OPEN
    remark: str = ""
    typing: tuple[tuple[str, str, str], ...] = ()

    def fields(self, read: Questionnaire | None) -> dict[str, Any]:
        """As the API's JSON, without what never changes once created."""
        return {
            "campaign_id": self.campaign_id,
            "target_reached": self.target_reached,
            "respondent": self.respondent.strip(),
            "quota_cell": self.quota_cell,
            "answers": [answer.model_dump(mode="json") for answer in self.answers],
            "applicable": len(rules.applicable(read, self.answers)) if read is not None else 0,
            "status": self.status,
            "remark": self.remark.strip(),
        }

    def identity(self) -> dict[str, Any]:
        """What a new survey says once."""
        return {"questionnaire_id": self.questionnaire_id, "questionnaire_version": self.questionnaire_version}

    def latest(self, question_id: str) -> Answer | None:
        return rules.latest(self.answers).get(question_id)

    def with_answer(self, read: Questionnaire, question: Question, answer: Answer) -> Interview:
        """The answer added; a correction is added after what it corrects, and the same answer again changes nothing. The quota's cell
        follows the question that gives it."""
        before = self.latest(question.id)
        same = before is not None and before.model_copy(update={"answered_at": ""}) == answer.model_copy(update={"answered_at": ""})
        answers = self.answers if same else (*self.answers, answer)
        cell = cell_of(read, question, answer) or self.quota_cell
        return replace(self.with_typing(question.id), answers=answers, quota_cell=cell)

    def with_typing(self, question_id: str, typed: tuple[str, str] | None = None) -> Interview:
        """What is in the fields of this question; None when it is what was entered."""
        others = tuple(one for one in self.typing if one[0] != question_id)
        return replace(self, typing=others if typed is None else (*others, (question_id, *typed)))

    def typed(self, question_id: str) -> tuple[str, str] | None:
        return next(((one[1], one[2]) for one in self.typing if one[0] == question_id), None)

    def closed(self, read: Questionnaire, status: str, remark: str) -> Interview:
        """Ended with this status: answers to questions that do not apply any more go, a broken-off one says where it stopped."""
        gone = set(rules.strays(read, self.answers)) if status in (COMPLETE, PARTIAL) else set()
        answers = tuple(answer for answer in self.answers if answer.question_id not in gone)
        if status == PARTIAL and not remark and answers:
            remark = f"Dernière question posée : {answers[-1].question_id}"  # kept in the file: French
        return replace(self, answers=answers, status=status, remark=remark, typing=())


def interview_of(fields: Mapping[str, Any]) -> Interview:
    """Of a survey's record, or of a draft; parts that make no sense are left out."""
    answers = []
    for item in fields.get("answers") or ():
        try:
            answers.append(Answer.model_validate(item))
        except ValidationError:
            continue
    typing = tuple((str(q), str(response), str(verbatim)) for q, response, verbatim in fields.get("typing") or ())
    names = ("questionnaire_id", "questionnaire_version", "campaign_id", "target_reached", "respondent", "quota_cell", "remark")
    texts = {name: str(fields.get(name) or "") for name in names}
    status = str(fields.get("status") or OPEN)
    return Interview(**texts, answers=tuple(answers), status=status, typing=typing)


def questionnaire_of(raw: Mapping[str, Any]) -> Questionnaire | None:
    """Of the brief; None for one that this program cannot read."""
    try:
        return Questionnaire.model_validate(raw)
    except ValidationError:
        return None


# --- an answer as it is typed ---


def keys_of(question: Question) -> dict[str, str]:
    """The key of each choice, and the choice's code: the codes themselves where all are digits, else their rank from 1."""
    codes = [choice.code for choice in question.choices]
    if all(code.isascii() and code.isdecimal() for code in codes):
        return {code: code for code in codes}
    return {str(rank): code for rank, code in enumerate(codes, 1)}


def label_of(question: Question, code: str) -> str:
    return next((choice.label for choice in question.choices if choice.code == code), code)


def free_text(question: Question) -> bool:
    """Whether the answer is what is said, rather than a number or a choice."""
    return question.type == "ouverte" or (question.type != "échelle" and not question.choices)


def digits_meant(text: str) -> str:
    """What the keys above the letters of a French keyboard give without Shift, as the digits they carry; other texts as they are."""
    if all(char in AZERTY_DIGITS or char == " " for char in text):
        return "".join(digit_of(char) or char for char in text)
    return text


def read_answer(question: Question, response: str, verbatim: str, at: str = "") -> Answer:
    """What was typed, as an answer given at `at` (ISO). Raises NotAnAnswer."""
    verbatim = verbatim.strip()
    if free_text(question):
        answer = Answer(question_id=question.id, verbatim=verbatim, answered_at=at)
    else:
        word = folded(response.strip())
        if word in _REFUSAL_WORDS:
            return refusal(question, at, verbatim)
        if word in _NSP_WORDS:
            return dont_know(question, at, verbatim)
        if not word:
            raise NotAnAnswer(_("Tapez la réponse, puis Entrée."))
        answer = Answer(question_id=question.id, value=_value(question, response)[:VALUE_LIMIT], verbatim=verbatim, answered_at=at)
    return _admitted(question, answer)


def dont_know(question: Question, at: str = "", verbatim: str = "") -> Answer:
    """Raises NotAnAnswer when the question does not admit it."""
    return _admitted(question, Answer(question_id=question.id, value=NSP, verbatim=verbatim, answered_at=at))


def refusal(question: Question, at: str = "", verbatim: str = "") -> Answer:
    """Raises NotAnAnswer when the question does not admit it."""
    return _admitted(question, Answer(question_id=question.id, refused=True, verbatim=verbatim, answered_at=at))


def _admitted(question: Question, answer: Answer) -> Answer:
    problem = rules.answer_problem(question, answer)
    if problem:
        raise NotAnAnswer(problem)
    return answer


def _value(question: Question, response: str) -> str:
    meant = digits_meant(response.strip())
    if question.type == "échelle":
        bare = meant.replace(" ", "")
        return str(int(bare)) if bare.isascii() and bare.isdecimal() and len(bare) < 6 else bare
    keys = keys_of(question)
    if not question.several:
        return keys.get(meant, meant)
    parts = meant.translate(_SEPARATORS).split()
    if len(parts) == 1 and parts[0] not in keys and all(key in keys for key in parts[0]):
        parts = list(parts[0])  # 135: three of them
    return SEVERAL.join(keys.get(part, part) for part in parts)


def typed_again(question: Question, answer: Answer | None) -> tuple[str, str]:
    """Response and verbatim by which this answer would be typed."""
    if answer is None:
        return "", ""
    if free_text(question):
        return "", answer.verbatim or ("" if answer.value == NSP else answer.value)
    if answer.refused:
        return REFUSAL_KEY, answer.verbatim
    if answer.value == NSP:
        return DONT_KNOW_KEY, answer.verbatim
    keys = {code: key for key, code in keys_of(question).items()}
    parts = answer.value.split(SEVERAL) if question.several else [answer.value]
    return " ".join(keys.get(part, part) for part in parts), answer.verbatim


REFUSED_WORDS, NSP_WORDS = N_("refuse de répondre"), N_("ne sait pas")


def answer_words(question: Question, answer: Answer | None) -> str:
    """The answer as one reads it: « 5 », « dans un point relais », « ne sait pas »; "" for none."""
    if answer is None or not rules.is_given(question, answer):
        return ""
    if answer.refused:
        said = _(REFUSED_WORDS)
    elif answer.value == NSP:
        said = _(NSP_WORDS)
    elif question.type == "échelle":
        said = answer.value
    else:
        parts = answer.value.split(SEVERAL) if question.several else [answer.value]
        said = ", ".join(label_of(question, part) for part in parts if part)
    quoted = f"« {answer.verbatim} »" if answer.verbatim else ""
    return " ".join(part for part in (said, quoted) if part)


# --- quotas ---


def cell_of(read: Questionnaire, question: Question, answer: Answer) -> str:
    """The cell of the quotas that this answer puts the person in; "" when it says nothing of it."""
    if answer.refused or not question.choices:
        return ""
    label = label_of(question, answer.value)
    return label if any(quota.cell == label for quota in read.quotas) else ""


def complete_by_cell(targets: tuple[dict[str, Any], ...]) -> dict[str, int]:
    """How many of a campaign's targets have answered all, by cell: those with an attempt that ended so."""
    done: dict[str, int] = {}
    for target in targets:
        if any(attempt.get("result") == ATTEMPTS[COMPLETE] for attempt in target.get("attempts") or ()):
            cell = str(target.get("quota_cell") or "")
            done[cell] = done.get(cell, 0) + 1
    return done


def suggested_status(read: Questionnaire, interview: Interview) -> str:
    """How the interview stands to end, before whoever holds it says so."""
    answered, wanted = rules.completeness(read, interview.answers)
    if interview.status != OPEN:
        return interview.status
    if wanted and answered == wanted:
        return COMPLETE
    return PARTIAL if answered else OPEN
