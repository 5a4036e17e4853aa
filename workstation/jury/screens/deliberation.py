"""The deliberation: share one's grid for good, then both originals side by side, where they differ first, and what people decide.

Nothing is added up here, and nothing is proposed: what is decided, and why, is written by a juror and agreed to by each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from workstation.i18n import N_, _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import writes
from workstation.jury.console.state import JuryState
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.screens.grid import MARK_WORDS
from workstation.jury.widgets.row_list import Row, RowList, said
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.widgets.choice_list import Choice

SHARING, CRITERIA, NOTES, DECISIONS, EXHIBITS = "partage", "criteres", "notes", "decisions", "pieces"
SECTION_WORDS = {
    SHARING: N_("Partage des grilles"),
    CRITERIA: N_("Critères"),
    NOTES: N_("Notes"),
    DECISIONS: N_("Décisions"),
    EXHIBITS: N_("Pièces vues"),
}
EXHIBIT_WORDS = {"dossier_professionnel": N_("Dossier professionnel"), "ecf": N_("Évaluations passées en cours de formation")}
OUTCOME_WORDS = {exam.OUTCOMES[0]: N_("ACQUIS"), exam.OUTCOMES[1]: N_("NON ACQUIS")}
DECIDE, SEEN = "decide:", "seen:"
INDENT = 6


def mark_word(value: str | None) -> str:
    return _(MARK_WORDS.get(value, value)) if value else _("sans réponse")


def subject_words(state: JuryState, subject: str) -> str:
    label = exam.subject_label(state, subject)
    return f"{subject} {label}" if label else _("Titre professionnel") if subject == "titre" else subject


class Deliberation(ExamPane):
    pane_id = "deliberation"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "section(1)", show=False),
        Binding("left", "section(-1)", show=False),
        Binding("p", "share", show=False),
        Binding("a", "assent", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.section = ""

    def title(self) -> str:
        return _("Délibération")

    def sections(self, state: JuryState) -> tuple[str, ...]:
        return (CRITERIA, NOTES, DECISIONS, EXHIBITS) if exam.all_shared(state) else (SHARING, EXHIBITS)

    def show_state(self, state: JuryState) -> None:
        if self.section not in self.sections(state) and not self.writing:
            self.section = self.sections(state)[0]
        super().show_state(state)

    def above_words(self, state: JuryState) -> Text:
        words = (f"[{_(SECTION_WORDS[one])}]" if one == self.section else _(SECTION_WORDS[one]) for one in self.sections(state))
        return plain("◄ ► " + "  ".join(words), "bold")

    def rows(self, state: JuryState) -> Sequence[Row]:
        return _ROWS[self.section](state) if self.section else ()

    def hint(self, state: JuryState) -> str:
        if self.section == SHARING and not exam.i_shared(state):
            return _("P partager ma grille : elle ne changera plus.")
        if self.section == DECISIONS:
            return _("Entrée décider  A donner mon accord  ← → autre partie")
        return _("Entrée noter la pièce vue  ← → autre partie") if self.section == EXHIBITS else _("← → autre partie")

    # --- keys ---------------------------------------------------------------------------------------

    def action_section(self, by: int) -> None:
        if self.writing:
            return
        known = self.sections(self.state)
        self.section = known[(known.index(self.section) + by) % len(known)]
        self.show_state(self.state)
        self.list.action_end_of(0)

    def action_share(self) -> None:
        """For good: it is asked for twice."""
        if self.section != SHARING or exam.i_shared(self.state) or exam.sharing(self.state):
            return

        def choices(state: JuryState) -> tuple[Choice, ...]:
            return Choice("no", _("Pas encore"), "1"), Choice("yes", _("Partager ma grille, pour de bon"), "2")

        def chosen(id: str) -> None:
            if id == "yes":
                self.order(writes.share)

        lead = _("Vos réponses et vos notes ne changeront plus. Les autres les liront quand tous auront partagé.")
        self.app.push_screen(ChoiceDialog("share", _("Partager ma grille ?"), self.state, choices, chosen, lead=lead))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        if event.row_id.startswith(DECIDE):
            self._decide(event.row_id.removeprefix(DECIDE))
        elif event.row_id.startswith(SEEN):
            what = event.row_id.removeprefix(SEEN)
            mine = next((one.remark for one in exam.exhibits(self.state) if (one.what, one.juror) == (what, exam.me(self.state))), "")
            self.write_about(event.row_id, labelled(_("Vu"), _(EXHIBIT_WORDS[what]))[:28], mine)

    def _decide(self, subject: str) -> None:
        def choices(state: JuryState) -> tuple[Choice, ...]:
            return tuple(Choice(one, _(OUTCOME_WORDS[one]), str(place)) for place, one in enumerate(exam.OUTCOMES, 1))

        def chosen(outcome: str) -> None:
            self.write_about(f"{DECIDE}{subject}:{outcome}", labelled(_(OUTCOME_WORDS[outcome]), _("motif")))

        lead = _("Le motif s'écrit ensuite ; sans motif, rien n'est décidé.")
        title = subject_words(self.state, subject)
        self.app.push_screen(ChoiceDialog("decide", title, self.state, choices, chosen, lead=lead))

    def entered(self, subject: str, text: str) -> None:
        if subject.startswith(SEEN):
            self.order(writes.exhibit, subject.removeprefix(SEEN), text)
        elif text:
            about, _colon, outcome = subject.removeprefix(DECIDE).rpartition(":")
            self.order(writes.decide, about, outcome, text)

    def action_assent(self) -> None:
        made = exam.decisions(self.state).get(self.list.current.removeprefix(DECIDE))
        if made is not None and made.saved and exam.me(self.state) not in made.assents and not exam.assenting(self.state, made.id):
            self.order(writes.assent, made.id)


def _sharing_rows(state: JuryState) -> list[Row]:
    shared, rows = exam.shared(state), list[Row]()
    for juror in exam.jurors(state):
        words = _("grille partagée à {at}").format(at=shared[juror]) if juror in shared else _("pas encore partagée")
        if juror == exam.me(state) and exam.sharing(state):
            words = _("partage demandé (pas encore enregistré)")
        rows.append(Row("", said(labelled(exam.juror_name(state, juror), words), "bold")))
    rows.append(Row("", said(_("Personne ne lit la grille d'un autre avant que tous aient partagé."))))
    marks = exam.marks(state)
    left = [(id, text) for one in exam.competences(state) for id, text in exam.criteria(one).items() if id not in marks]
    if left and not exam.i_shared(state):
        rows.append(Row("", Text(_("CRITÈRES SANS RÉPONSE DE VOUS"), "bold underline")))
        rows += [Row(f"left:{id}", said(f"{id} {text}"), INDENT) for id, text in left]
    return rows


def _criteria_rows(state: JuryState) -> list[Row]:
    told, rows = view.records(exam.grid(state).get("compared")), list[Row]()
    marks = {juror: exam.marks_of(state, juror) for juror in exam.jurors(state)}
    for differs, title in ((True, _("RÉPONSES DIFFÉRENTES")), (False, _("MÊMES RÉPONSES"))):
        own = [str(one.get("criterion")) for one in told if bool(one.get("differs")) is differs]
        if not own:
            continue
        rows.append(Row("", Text(title, "bold underline")))
        for id in own:
            each = " · ".join(labelled(exam.juror_name(state, juror), mark_word(mine.get(id))) for juror, mine in marks.items())
            text = said(f"{id} {exam.criterion_text(state, id)}")
            rows.append(Row(f"criterion:{id}", text.append("\n").append_text(said(each, "bold")), INDENT))
    return rows


def _notes_rows(state: JuryState) -> list[Row]:
    rows = list[Row]()
    for page in exam.pages(state):
        own = [one for one in exam.notes(state) if one.about == page.id]
        if own:
            title = _("Notes sur l'ensemble") if page.kind == "free" else f"{page.id} {page.label}"
            rows.append(Row("", said(title, "bold underline")))
        for one in own:
            text = said(f"{exam.juror_name(state, one.juror)} {one.at} {one.simulation}", "bold").append("\n").append_text(said(one.text))
            if one.answer:
                text.append("\n").append_text(said(labelled(_("Réponse"), one.answer)))
            rows.append(Row(f"note:{one.id}", text, INDENT))
    return rows or [Row("", Text(_("Aucune note.")))]


def _decision_rows(state: JuryState) -> list[Row]:
    made, rows = exam.decisions(state), list[Row]()
    told = exam.grid(state).get("subjects")
    for subject in [str(one) for one in told] if isinstance(told, list) else []:
        text, one = said(subject_words(state, subject), "bold"), made.get(subject)
        if one is None:
            text.append("\n" + _("à décider"))
        else:
            outcome = _(OUTCOME_WORDS.get(one.outcome, one.outcome))
            words = _("DÉCIDÉ PAR TOUS : {outcome}") if one.agreed else _("proposé, en attente d'accord : {outcome}")
            text.append("\n").append_text(said(words.format(outcome=outcome), "bold"))
            text.append("" if one.saved else " " + _("(pas encore enregistré)"), "italic")
            by = f"{exam.juror_name(state, one.juror)} {one.at}"
            text.append("\n").append_text(said(labelled(by, one.reason)))
            waited = [exam.juror_name(state, juror) for juror in exam.jurors(state) if juror not in (*one.assents, one.juror)]
            if waited and not one.agreed:
                text.append("\n").append_text(said(labelled(_("accord attendu de"), ", ".join(waited))))
        rows.append(Row(f"{DECIDE}{subject}", text, INDENT))
    return rows


def exhibit_rows(state: JuryState) -> list[Row]:
    rows = list[Row]()
    for what, word in EXHIBIT_WORDS.items():
        text, seen = said(_(word), "bold"), [one for one in exam.exhibits(state) if one.what == what]
        for one in seen:
            words = _("vu par {who} à {at}").format(who=exam.juror_name(state, one.juror), at=one.at)
            text.append("\n").append_text(said(labelled(words, one.remark) if one.remark else words))
            text.append("" if one.saved else " " + _("(pas encore enregistré)"), "italic")
        if not seen:
            text.append("\n" + _("pas encore noté comme vu"))
        rows.append(Row(f"{SEEN}{what}", text, INDENT))
    return rows


_ROWS: dict[str, Callable[[JuryState], list[Row]]] = {
    SHARING: _sharing_rows,
    CRITERIA: _criteria_rows,
    NOTES: _notes_rows,
    DECISIONS: _decision_rows,
    EXHIBITS: exhibit_rows,
}
