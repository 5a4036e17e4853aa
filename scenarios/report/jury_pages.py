"""The jury's documents: each juror's grid, the sheets of results as drafts to complete, the annex of the minutes.

The official minutes are the authority's form: what is made here is annexed to them, and completed and signed by hand (domain §3.5).
"""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.debrief_words import PHASES_FR, jury_change_fr
from scenarios.grid import compared, subjects_of
from scenarios.report.pages import Block, Grid, Heading, Pages, Signatures, ToFill, Words
from scenarios.report.passage import EXHIBITS_FR, Passage

DRAFT = "Projet à compléter et à signer par le jury. Aucune note, aucun calcul : le jury décide, et motive."
NOTHING = "—"


def juror_grid(passage: Passage, juror: str) -> Pages:
    """One juror's own grid and notes, as they were when shared, or when the juror left; originals are kept side by side, never merged."""
    marks = passage.grids.marks_of(juror)
    notes = [one for one in passage.grids.notes if one.juror == juror]
    blocks: list[Block] = []
    for competence in passage.standard.competences:
        if competence.id not in passage.session.competences:
            continue
        blocks.append(Heading(f"{competence.id} — {competence.label}"))
        rows = tuple((ident, words, str(marks.get(ident, NOTHING))) for ident, words in competence.criteria.items())
        blocks.append(Grid(("Critère", "Libellé du référentiel", "Constat"), rows, (1, 7, 2)))
        blocks += [_note(passage, one) for one in notes if one.competence == competence.id]
    transversal = [one for one in notes if one.transversal]
    if transversal:
        blocks.append(Heading("Compétences transversales"))
        blocks += [_note(passage, one, one.transversal) for one in transversal]
    others = [one for one in notes if not one.competence and not one.transversal]
    if others:
        blocks.append(Heading("Notes"))
        blocks += [_note(passage, one) for one in others]
    shared = passage.at((passage.grids.shared or {}).get(juror, ""))
    blocks.append(Words(f"Grille partagée le {shared}." if shared else "Grille non partagée.", quiet=True))
    blocks.append(Signatures((passage.name(juror),)))
    name, since = f"grille-{juror.replace('~', '-')}", _since(passage, juror)
    gone = next((one for one in passage.jury.changes if one.gone is not None and one.gone.id == juror), None)
    if gone is None:
        return Pages(name, f"Grille de {passage.name(juror)}{since}", passage.lead, passage.foot, tuple(blocks))
    left = Words(f"{jury_change_fr(gone.data)}. Motif : {gone.change.reason}", bold=True)
    title = f"Grille commencée par {passage.name(juror)}{since}, jusqu'à {passage.hour(gone.at)}"
    return Pages(name, title, passage.lead, passage.foot, (left, *blocks))


def _since(passage: Passage, juror: str) -> str:
    came = next((one for one in passage.jury.changes if one.after is not None and one.after.id == juror and not one.change.same), None)
    return f", à partir de {passage.hour(came.at)}" if came is not None else ""


def _note(passage: Passage, note: object, about: str = "") -> Words:
    text, at = str(getattr(note, "text", "")), passage.at(str(getattr(note, "at", "")))
    simulation, answer = str(getattr(note, "simulation", "")), str(getattr(note, "answer", ""))
    where = " · ".join(part for part in (at, simulation, about, "à approfondir" if getattr(note, "pinned", False) else "") if part)
    return Words(f"{where} : {text}" + (f"\nEntretien technique : {answer}" if answer else ""))


def individual_sheet(passage: Passage) -> Pages:
    """« Fiche individuelle de résultats » : each decision with its reason."""
    rows = []
    for subject in subjects_of(passage.standard, passage.session):
        decision = passage.grids.standing(subject) if passage.grids.agreed(subject) else None
        rows.append((passage.label_of(subject), str(decision.outcome) if decision else "", decision.reason if decision else ""))
    blocks: list[Block] = [
        Words(DRAFT, quiet=True),
        Grid(("Objet", "Décision du jury", "Motif"), tuple(rows), (4, 2, 5)),
        ToFill("Observations du jury :", 3),
        Signatures(tuple(passage.name(one) for one in passage.grids.jurors)),
    ]
    title = "Fiche individuelle de résultats (projet)"
    return Pages("fiche-individuelle", title, passage.lead, passage.foot, tuple(blocks))


def synthesis_sheet(passage: Passage) -> Pages:
    """« Fiche de synthèse » : what the jury took into account, beside its decisions; where jurors differed, both originals."""
    blocks: list[Block] = [Words(DRAFT, quiet=True), Heading("Éléments pris en compte")]
    blocks.append(Grid(("Élément", "Détail"), tuple(_elements(passage)), (3, 7)))
    if passage.grids.open_to_all:
        differing = [one for one in compared(passage.grids, passage.standard, passage.session) if one.differs]
        if differing:
            blocks.append(Heading("Constats différents des jurés"))
            head = ("Critère", "Libellé", *(passage.name(one) for one in passage.grids.jurors))
            words = passage.standard.criteria()
            rows = tuple((one.criterion, words[one.criterion], *(str(v) if v else NOTHING for v in one.values)) for one in differing)
            blocks.append(Grid(head, rows, (1, 5, *(2 for _juror in passage.grids.jurors))))
    questions = [one for one in passage.grids.notes if one.pinned and one.juror in passage.grids.jurors]
    if questions:
        blocks.append(Heading("Entretien technique"))
        rows = tuple((one.competence, one.text, one.answer or NOTHING) for one in sorted(questions, key=lambda one: one.competence))
        blocks.append(Grid(("Compétence", "Question", "Ce qui a été répondu"), rows, (1, 4, 5)))
    blocks += [ToFill("Avis du jury :", 4), Signatures(tuple(passage.name(one) for one in passage.grids.jurors))]
    return Pages("fiche-synthese", "Fiche de synthèse (projet)", passage.lead, passage.foot, tuple(blocks))


def _elements(passage: Passage) -> list[tuple[str, str]]:
    rows = [("Mise en situation professionnelle", ", ".join(f"{one} {title}" for one, title in passage.simulations.items()))]
    rows.append(("Réponses écrites", ", ".join(f"{one.simulation} ({one.channel}, {one.status})" for one in passage.replies) or NOTHING))
    for run in passage.course.phases.values():
        if run.plan.id.endswith("interview"):
            rows.append((PHASES_FR[run.plan.id], str(run.state)))
    for what, label in EXHIBITS_FR.items():
        seen = [one for one in passage.exhibits if one["what"] == what]
        told = "; ".join(f"vu par {passage.name(one['juror'])}" + (f" : {one['remark']}" if one["remark"] else "") for one in seen)
        rows.append((label, told or "non présenté"))
    return rows


def minutes_annex(passages: Sequence[Passage]) -> Pages:
    """What the minutes of the session are completed with: for each candidate, what was decided, absences, incidents, changes of jury."""
    first = passages[0]
    blocks: list[Block] = [Words(DRAFT, quiet=True)]
    rows = []
    for passage in passages:
        if passage.course.absent or passage.course.postponed:
            decided = "Absent" if passage.course.absent else "Passage reporté"
        else:
            wanted = [one for one in subjects_of(passage.standard, passage.session) if one == "titre" or one.startswith("ccp")]
            found = [(one, passage.grids.standing(one)) for one in wanted if passage.grids.agreed(one)]
            decided = "\n".join(f"{passage.label_of(one)} : {decision.outcome}" for one, decision in found if decision) or "à décider"
        incidents = "\n".join(f"{passage.at(one.began_at.isoformat())} {one.cause}" for one in passage.course.freezes) or NOTHING
        rows.append((passage.candidate, decided, incidents))
    blocks.append(Grid(("Candidat", "Décision", "Incidents (voir annexe)"), tuple(rows), (1.5, 5, 4)))
    changes = [
        (passage.candidate, passage.at(one.at), jury_change_fr(one.data), one.change.reason)
        for passage in passages
        for one in passage.jury.changes
    ]
    if changes:
        blocks += [Heading("Changements de jury"), Grid(("Candidat", "Heure", "Changement", "Motif"), tuple(changes), (1.5, 2.5, 4, 3))]
    blocks += [
        ToFill("Fraude ou tentative de fraude signalée :", 1),
        ToFill("Observations :", 3),
        Signatures(tuple(dict.fromkeys(passage.name(one) for passage in passages for one in passage.grids.jurors))),
    ]
    lead = "\n".join(first.lead.splitlines()[:2])
    return Pages("annexe-proces-verbal", "Annexe au procès-verbal de session (projet)", lead, f"Plateau · {first.title}", tuple(blocks))
