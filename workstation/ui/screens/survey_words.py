"""A survey in words: what is read aloud, the scale with its ends, quotas, what was answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from crm_mock.rules import questionnaire as rules
from crm_mock.rules.questionnaire import Question, Questionnaire
from workstation.i18n import N_, _
from workstation.ui.record_words import value_word
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens.survey_interview import Interview
from workstation.ui.widgets.value_text import plain_line, plain_lines

TYPE_WORDS = {"échelle": N_("échelle"), "fermée": N_("fermée"), "ouverte": N_("ouverte"), "signalétique": N_("signalétique")}
TO_THIRD_PARTY = N_(
    "À un tiers : demandez la personne, ne dites pas le sujet, ne posez aucune question ; proposez de rappeler (jour et heure)."
)


def wording(question: Question) -> Text:
    """The question exactly as it is to be read."""
    return Text(plain_lines(question.text), style="bold")


def reading_aids(question: Question, width: int) -> Text:
    """Under the question: the scale with its ends, or the choices with their keys; then what is for the interviewer only."""
    text = Text()
    if question.type == "échelle":
        text.append(scale_words(question, width))
    else:
        keys = {code: key for key, code in held.keys_of(question).items()}
        for choice in question.choices:
            text.append(f"  {keys[choice.code]}  ", style="bold")
            text.append(plain_line(choice.label) + "\n")
    if question.note:
        text.append(("\n" if question.type == "échelle" else "") + plain_lines(question.note), style="dim italic")
    text.rstrip()
    return text


def scale_words(question: Question, width: int) -> Text:
    """« 0 pas du tout satisfait ├──┼──┤ 10 tout à fait satisfait », on as many lines as it takes."""
    low = f"{question.low} {plain_line(question.low_label)}".strip()
    high = f"{question.high} {plain_line(question.high_label)}".strip()
    steps = " · ".join(str(n) for n in range(question.low, question.high + 1)) if question.high - question.low <= 10 else "…"
    text = Text(_("Échelle") + "  ", style="dim")
    room = width - len(low) - len(high) - text.cell_len - 6
    if len(steps) <= room:
        text.append(low, style="bold")
        text.append(f"  {steps[len(str(question.low)) + 3 : -len(str(question.high)) - 3]}  ")
        text.append(high, style="bold")
    else:
        text.append(low, style="bold")
        text.append("  →  ")
        text.append(high, style="bold")
    return text


def heading(read: Questionnaire, interview: Interview, question: Question) -> Text:
    """« Q3 · échelle · question 3 sur 12 · 2 répondues » and the answer that stands."""
    asked = rules.applicable(read, interview.answers)
    place = next((n for n, one in enumerate(asked, 1) if one.id == question.id), 0)
    answered, wanted = rules.completeness(read, interview.answers)
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f" {plain_line(question.id)} ", style="bold reverse")
    text.append(" " + _("question {place} sur {wanted}").format(place=place, wanted=wanted))
    text.append(" · " + _(TYPE_WORDS[question.type]) + (" · " + _("plusieurs réponses") if question.several else ""), style="dim")
    text.append(" · " + _("répondues : {answered}").format(answered=answered))
    said = held.answer_words(question, interview.latest(question.id))
    if said:
        text.append(" · ✓ " + plain_line(said), style="bold")
    return text


def quota_words(read: Questionnaire, interview: Interview, done: Mapping[str, int]) -> Text:
    """Every cell with what was done and wanted; the interview's own in brackets, a full one said so."""
    text = Text()
    for quota in read.quotas:
        if text:
            text.append(" · ")
        count = f"{plain_line(quota.cell)} {done.get(quota.cell, 0)}/{quota.wanted}"
        mine = quota.cell == interview.quota_cell
        text.append(f"[{count}]" if mine else count, style="bold" if mine else "")
        if rules.quota_full(read, quota.cell, done):
            text.append(" ▲ " + _("pleine"), style="bold")
    return text


def full_words(read: Questionnaire, interview: Interview, done: Mapping[str, int]) -> str:
    """The warning of a full cell; "" when there is room. One's own complete interview does not fill it."""
    if interview.status == held.COMPLETE or not rules.quota_full(read, interview.quota_cell, done):
        return ""
    return _("Case « {cell} » pleine : remerciez, n'allez pas plus loin (statut « hors quota »).").format(
        cell=plain_line(interview.quota_cell)
    )


def progress(read: Questionnaire, interview: Interview, at: str) -> Text:
    """All the questions with what was answered, for the side of a wide screen."""
    asked = {question.id for question in rules.applicable(read, interview.answers)}
    text = Text(no_wrap=True, overflow="ellipsis")
    for question in read.questions:
        said = held.answer_words(question, interview.latest(question.id))
        mark = "▸" if question.id == at else "✓" if said and question.id in asked else "–" if question.id not in asked else " "
        style = "bold" if question.id == at else "dim" if question.id not in asked else ""
        text.append(f"{mark} {plain_line(question.id):<4}", style=style)
        text.append(plain_line(said or (_("ne s'applique pas") if question.id not in asked else "")) + "\n", style=style)
    return text


def checks(read: Questionnaire, interview: Interview, done: Mapping[str, int]) -> Text:
    """How the interview stands before it is closed: completeness, order, answers beside the way, quota."""
    answered, wanted = rules.completeness(read, interview.answers)
    text = Text()
    full = bool(wanted) and answered == wanted
    told = _("{answered} réponses sur {wanted}").format(answered=answered, wanted=wanted)
    text.append(("✓ " if full else "▲ ") + told, style="bold green" if full else "bold yellow")
    if interview.target_reached != held.TARGET:
        text.append(" · ▲ " + _("personne cible pas notée"), style="bold")
    late = rules.out_of_order(read, interview.answers)
    if late:
        text.append(" · ▲ " + _("hors ordre : {ids}").format(ids=", ".join(late)), style="bold")
    beside = rules.strays(read, interview.answers)
    if beside:
        text.append(" · " + _("ne s'appliquent plus : {ids}").format(ids=", ".join(beside)))
    if warning := full_words(read, interview, done):
        text.append("\n▲ " + warning, style="bold")
    return text


def why_not(read: Questionnaire, interview: Interview, status: str) -> str:
    """Why it cannot be closed so, a French sentence; "" when it can."""
    answered, wanted = rules.completeness(read, interview.answers)
    if status == held.COMPLETE and interview.target_reached != held.TARGET:
        return _("Pour « complète », notez d'abord que la personne cible a répondu (section Accroche).")
    if status == held.COMPLETE and (not wanted or answered < wanted):
        question = rules.next_question(read, interview.answers)
        return _("Il manque {count} réponse(s) : reprenez à {id}, ou choisissez « partielle ».").format(
            count=wanted - answered, id=question.id if question is not None else ""
        )
    if status == held.PARTIAL and not interview.answers:
        return _("Aucune réponse : choisissez « refusée », « rendez-vous » ou « hors quota ».")
    return ""


def status_line(interview: Interview) -> str:
    """« Enquête complète »; "" while it is being held."""
    return "" if interview.status == held.OPEN else _("Enquête : {status}").format(status=value_word(interview.status))
