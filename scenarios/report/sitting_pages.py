"""The sitting's documents: its incidents, its timeline, what the candidate changed in the files, the chat, the replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.chat import fold_chats
from scenarios.debrief_words import PHASES_FR, field_fr, jury_change_fr, sentence_fr, value_fr
from scenarios.report.pages import Block, Grid, Heading, Pages, Signatures, Words
from scenarios.report.passage import Passage

CHOICES_FR = {"rendu": "temps rendu", "rejoué": "simulation rejouée avec un client de réserve", "reporté": "passage reporté"}
NOT_TOLD = frozenset({"CallQuality", "CaptionShown", "LevelsMeasured"})  # rows that say nothing to a reader


def incident_annex(passage: Passage) -> Pages:
    """Every stop of the clock: when, in which phase, why, who asked, what was decided, the candidate's remark; every change of the jury."""
    blocks: list[Block] = []
    for one in passage.course.freezes:
        blocks.append(Heading(f"{one.nature.capitalize()} — {PHASES_FR.get(one.phase, one.phase)}", 2))
        seconds = int((one.ended_at - one.began_at).total_seconds()) if one.ended_at else None
        rows = [
            ("Début", passage.at(one.began_at.isoformat())),
            ("Fin", passage.at(one.ended_at.isoformat()) if one.ended_at else "en cours"),
            ("Durée de l'arrêt", _minutes(seconds) if seconds is not None else ""),
            ("Cause", one.cause),
            ("Signalé par", passage.who(one.by, one.seq)),
            ("Décision", CHOICES_FR.get(one.choice, one.choice)),
            ("Temps ajouté en plus de l'arrêt", _minutes(one.given)),
            ("Décidé par", ", ".join(passage.who(said.by, said.seq) for said in one.proposed.values() if said.by in one.decided_by)),
            ("Remarque du candidat", one.remark or "aucune"),
        ]
        blocks.append(Grid(("", ""), tuple(rows), (3, 7)))
    if not blocks:
        blocks.append(Words("Aucun incident, aucune pause, aucune interruption."))
    for change in passage.jury.changes:
        blocks.append(Heading("Changement de jury", 2))
        rows = [
            ("Heure", passage.at(change.at)),
            ("Changement", jury_change_fr(change.data)),
            ("Motif", change.change.reason),
            ("Demandé par", passage.who(change.by, change.seq)),
        ]
        blocks.append(Grid(("", ""), tuple(rows), (3, 7)))
    blocks.append(Signatures((*(passage.name(one) for one in passage.grids.jurors), "Responsable de session", "Candidat")))
    return Pages("annexe-incidents", "Annexe des incidents", passage.lead, passage.foot, tuple(blocks))


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min {seconds % 60:02} s"


def timeline(passage: Passage) -> Pages:
    """Phases with their clocks, then every row of the journal a reader understands. No sound: exam calls are not recorded."""
    phases = []
    for run in passage.course.phases.values():
        began = passage.at(run.began_at.isoformat()) if run.began_at else ""
        ended = passage.at(run.ended_at.isoformat()) if run.ended_at else ""
        late = f"entrée tardive de {_minutes(run.late)}" if run.late else ""
        phases.append((PHASES_FR.get(run.plan.id, run.plan.id), _minutes(run.plan.seconds + run.granted), began, ended, late or run.reason))
    blocks: list[Block] = [Heading("Phases"), Grid(("Phase", "Durée accordée", "Début", "Fin", ""), tuple(phases), (2, 2, 2.4, 2.4, 2))]
    rows = []
    for row in passage.rows:
        words = sentence_fr(row.kind, row.data) if row.kind not in NOT_TOLD else ""
        if words:
            rows.append((str(row.seq), passage.at(row.at), words, passage.who(row.actor, row.seq)))
    blocks += [Heading("Journal"), Grid(("N°", "Heure", "Ce qui s'est passé", "Par"), tuple(rows), (1, 2.6, 8, 1.8))]
    return Pages("chronologie", "Chronologie de la séance", passage.lead, passage.foot, tuple(blocks))


def record_changes(passage: Passage) -> Pages:
    """What the candidate wrote in the company's files, field by field, before and after."""
    rows = []
    for row in passage.rows:
        if row.kind not in ("RecordCreated", "RecordChanged") or row.actor != "candidate":
            continue
        data = row.data
        before, after = dict(data.get("before") or {}), dict(data.get("after") or {})
        what = f"{sentence_fr(row.kind, data)}"
        changes = "\n".join(_change(name, before, after) for name in after if before.get(name) != after[name])
        rows.append((passage.at(row.at), what, changes))
    blocks: tuple[Block, ...] = (Grid(("Heure", "Fiche", "Avant → après"), tuple(rows), (2.4, 4, 6)),)
    return Pages("modifications", "Modifications des fiches par le candidat", passage.lead, passage.foot, blocks)


def _change(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    was = value_fr(before[name], name) if before.get(name) not in (None, "", [], ()) else "—"
    return f"{field_fr(name)} : {was} → {value_fr(after[name], name)}"


def transcripts(passage: Passage) -> Pages:
    """The written conversations, message by message."""
    blocks: list[Block] = []
    for chat in fold_chats(passage.rows).by_id.values():
        blocks.append(Heading(f"{chat.visitor} — {passage.at(chat.offered_at)}", 2))
        lines = tuple((passage.at(line.at), line.who, line.text) for line in chat.lines)
        blocks.append(Grid(("Heure", "Qui", "Message"), lines, (2.4, 1.4, 8)))
    if not blocks:
        blocks.append(Words("Aucune conversation écrite."))
    return Pages("messagerie", "Transcription de la messagerie", passage.lead, passage.foot, tuple(blocks))


def replies(passage: Passage) -> Pages:
    """The written replies as text; the papers themselves are beside."""
    blocks: list[Block] = []
    for one in passage.replies:
        blocks.append(Heading(f"{one.simulation} — {one.channel} — {one.status}", 2))
        if one.subject:
            blocks.append(Words(f"Objet : {one.subject}", bold=True))
        checked = " · avec correcteur, permis par la session" if one.spellcheck else ""
        told = f"Remise : {passage.at(one.submitted_at) or 'non remise'}{checked} · SHA-256 {one.sha256}"
        blocks += [Words(one.body), Words(told, quiet=True)]
    if not blocks:
        blocks.append(Words("Aucune réponse écrite."))
    return Pages("reponses", "Réponses écrites", passage.lead, passage.foot, tuple(blocks))
