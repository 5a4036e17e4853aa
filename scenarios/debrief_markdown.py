"""The debrief as one readable Markdown file. Pure. Text from the records or from people is escaped: it never makes layout."""

from __future__ import annotations

import re

from scenarios.debrief import (
    CallLine,
    DebriefReport,
    RecordLine,
    duration,
    note_sentences,
    observed_sentences,
    people_sentence,
    record_finding,
    step_sentence,
)
from scenarios.debrief_words import STATES_FR
from scenarios.debrief_written import reply_sentences

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def text(value: str) -> str:
    """Outside text as literal Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))


def _mark(same: bool) -> str:
    return "=" if same else "≠"


def to_markdown(report: DebriefReport) -> str:
    lines = [
        f"# Bilan – {text(report.title)}",
        "",
        f"{text(report.pack)} – séance {text(report.sitting)} – jour du scénario : {report.day:%d/%m/%Y}",
        "",
        f"Compétence {text(report.competence)} : {text(report.competence_label)} ({text(report.standard)}).",
        "",
        f"De {report.started} à {report.ended}, soit {duration(report.seconds)} ({report.planned_minutes} min prévues).",
        "",
        *([text(people_sentence(report.people)), ""] if report.people else []),
        f"_{report.notice}_",
        "",
        "## Critères de la compétence",
        "",
    ]
    for criterion in report.criteria:
        lines += [f"### {criterion.id} – {text(criterion.text)}", ""]
        lines += [f"- {text(fact)}" for fact in criterion.facts] or ["- Rien dans le journal ni dans le dossier ne s'y rapporte."]
        lines += [f"- {text(one)}" for one in observed_sentences(report, criterion.id)]
        lines.append("")
    for observed in report.observed:
        lines += [f"## Les notes de {text(observed.by)}", "", *(f"- {text(one)}" for one in note_sentences(observed)), ""]
    lines += ["## Le dossier : attendu et obtenu", ""]
    for record in report.records:
        lines += _record(record)
    lines += ["## Les étapes", "", f"- {text(report.identification)}"]
    lines += [f"- {text(step_sentence(step))}" for step in report.steps]
    if report.written is not None:
        lines += ["", "## La réponse écrite", "", *(f"- {text(one)}" for one in reply_sentences(report.written))]
    lines += ["", "## Les appels", ""]
    for call in report.calls:
        lines += _call(call)
    if not report.calls:
        lines += ["Aucun appel.", ""]
    lines += ["Temps passé dans chaque état :", ""]
    lines += [f"- {STATES_FR.get(state, state)} : {duration(seconds)}" for state, seconds in report.states.items()]
    if report.hidden:
        lines += ["", "## Ce que le client ne disait pas d'emblée", ""]
        lines += [
            f"- {text(one.fact)} – {f'révélé à {one.at.hour}' if one.at else 'non révélé'} (à révéler : {text(one.reveal)})"
            for one in report.hidden
        ]
    lines += ["", "## Déroulé", ""]
    lines += [f"- {line.at.hour} {text(line.text)}" for line in report.timeline]
    return "\n".join(lines) + "\n"


def _record(record: RecordLine) -> list[str]:
    lines = [f"### {text(record.label)}{' (selon le déroulement)' if record.optional else ''}", "", text(record_finding(record)) + ".", ""]
    if record.fields:
        lines += ["| | Champ | Attendu | Dans le dossier |", "| --- | --- | --- | --- |"]
        lines += [f"| {_mark(f.same)} | {text(f.label)} | {text(f.wanted)} | {text(f.actual)} |" for f in record.fields]
        lines.append("")
    return lines


def _call(call: CallLine) -> list[str]:
    began = call.began.hour if call.began else "–"
    lines = [
        f"### {began} – appel {call.direction} {text(call.number) or 'masqué'}",
        "",
        f"- décroché après {duration(call.answered_after)}, conversation {duration(call.talked)}",
    ]
    for hold in call.holds:
        said = {None: "", "": ", sans annonce"}.get(hold.announced, f", annoncée (« {text(hold.announced or '')} »)")
        lines.append(f"- mise en attente à {hold.at.hour}, {duration(hold.seconds)}{said}")
    if call.transferred:
        lines.append("- transféré")
    if call.ended:
        lines.append(f"- fin à {call.ended.hour} : {call.cause} {call.ended_by}".rstrip())
    if call.wrap_up is not None:
        lines.append(f"- qualifié {duration(call.wrap_up)} après la fin")
    return [*lines, ""]
