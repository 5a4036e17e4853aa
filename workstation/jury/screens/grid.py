"""The jury's grid: the criteria to the letter, each marked by one key, and time-stamped notes. The file's facts come when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from workstation.i18n import N_, _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import writes
from workstation.jury.console.events import FactsWanted
from workstation.jury.console.state import JuryState
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.widgets.row_list import Row, RowList, said
from workstation.ui.happened import Happened
from workstation.ui.plain_text import one_line, plain

KEYS = {"c": exam.MARKS[0], "n": exam.MARKS[1], "o": exam.MARKS[2]}
MARK_WORDS = {exam.MARKS[0]: N_("CONSTATÉ"), exam.MARKS[1]: N_("NON CONSTATÉ"), exam.MARKS[2]: N_("NON OBSERVABLE")}
NOTE, NEW = "note:", "new:"
INDENT = 6


def _practice_hint(state: JuryState) -> str:
    """ "" while one observes and may still note."""
    if exam.notes_here(state):
        return _("Grille montrée : elle ne change plus.") if exam.i_shared(state) else ""
    if exam.others(state):
        return _("La grille de l'observateur, telle qu'il l'a montrée.")
    return _("L'observateur note ; sa grille se lit ici quand il la montre.")


class Grid(ExamPane):
    pane_id = "grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "page(1)", show=False),
        Binding("left", "page(-1)", show=False),
        *(Binding(key, f"mark('{key}')", show=False) for key in KEYS),
        Binding("t", "note", show=False),
        Binding("p", "pin", show=False),
        Binding("e", "facts", show=False),
        Binding("delete", "remove", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.page = ""
        self._led = ""  # the competence that a simulation brought in front

    def title(self) -> str:
        return _("Grille")

    # --- painting -----------------------------------------------------------------------------------

    def show_state(self, state: JuryState) -> None:
        self._turn_to(state)
        super().show_state(state)

    def _turn_to(self, state: JuryState) -> None:
        """The page of the simulation that begins comes in front, but while a note is being written."""
        ids = [page.id for page in exam.pages(state)]
        now = exam.current_competence(state)
        if now in ids and now != self._led and not self.writing:
            self.page = now
        if not self.writing:
            self._led = now
        if self.page not in ids:
            self.page = next(iter(ids), "")
        self._follow_facts(state)

    def _follow_facts(self, state: JuryState) -> None:
        shown = state.facts.simulation
        wanted = exam.simulation_of(state, self.page)
        if shown and wanted != shown:
            self.post_message(Happened(FactsWanted(wanted)))

    def above_words(self, state: JuryState) -> Text:
        page = next((one for one in exam.pages(state) if one.id == self.page), None)
        if page is None:
            return Text("")
        label = _("Notes sur l'ensemble") if page.kind == "free" else f"{page.id} {page.label}"
        return plain(f"◄ ► {label}", "bold")

    def rows(self, state: JuryState) -> Sequence[Row]:
        marks, rows = exam.marks(state), list[Row]()
        shown = {seat: exam.marks_of(state, seat) for seat in exam.others(state)}
        for id, words in exam.criteria(exam.competence(state, self.page)).items():
            mark = marks.get(id)
            value = _(MARK_WORDS.get(mark.value, mark.value)) if mark else "·"
            text = said(f"{id} ")
            if exam.notes_here(state):
                text.append(value, "bold").append(self.saved_words(mark is None or mark.saved), "italic")
            for seat, own in shown.items():
                other = labelled(exam.juror_name(state, seat), _(MARK_WORDS.get(own.get(id, ""), "·")))
                text.append("  ").append_text(said(other, "bold"))
            rows.append(Row(id, text.append("\n").append_text(said(words)), INDENT))
            rows += [Row("", said(f"    {fact}"), INDENT) for fact in self._facts(state, id)]
        if state.facts.simulation and not rows[1:]:
            rows.append(Row("", said(_("Aucun fait du dossier pour cette page."), "italic")))
        notes = [one for one in exam.notes(state) if one.about == self.page]
        if notes:
            rows.append(Row("", Text(_("NOTES"), "bold underline")))
        for one in notes:
            who = "" if one.juror == exam.me(state) else f" {exam.juror_name(state, one.juror)}"
            pinned = " " + _("À APPROFONDIR EN ENTRETIEN") if one.pinned else ""
            text = said(f"{one.at}{who} ").append(f"{one_line(one.simulation)}{pinned}".strip(), "bold")
            text.append(self.saved_words(one.saved), "italic")
            rows.append(Row(f"{NOTE}{one.id}", text.append("\n").append_text(said(one.text, limit=4000)), INDENT))
        return rows

    def _facts(self, state: JuryState, criterion: str) -> list[str]:
        if not state.facts.simulation or state.facts.simulation != exam.simulation_of(state, self.page):
            return []
        report = state.evidence.get(state.facts.simulation)
        if report is None:
            return [_("Faits du dossier : lecture…")]
        found = next((one for one in view.records(report.get("criteria")) if one.get("id") == criterion), {})
        facts = found.get("facts")
        return [str(one) for one in facts] if isinstance(facts, list) and facts else [_("Rien au dossier.")]

    def hint(self, state: JuryState) -> str:
        facts = _("E cacher les faits") if state.facts.simulation else _("E faits")
        if view.practice(state) and (words := _practice_hint(state)):
            return f"{words}  {facts}"
        if exam.i_shared(state):
            return _("Grille partagée : elle ne change plus.") + f" ← → · {facts}"
        pin = "  " + _("P entretien") if exam.may_pin(state, self.page) else ""
        return _("C constaté  N non constaté  O non observable  T note") + f"{pin}  {facts}"

    # --- keys ---------------------------------------------------------------------------------------

    def action_page(self, by: int) -> None:
        ids = [page.id for page in exam.pages(self.state)]
        if self.page in ids and not self.writing:
            self.page = ids[(ids.index(self.page) + by) % len(ids)]
            self.show_state(self.state)
            self.list.action_end_of(0)

    def action_mark(self, key: str) -> None:
        criterion = self.list.current
        if criterion in exam.criteria(exam.competence(self.state, self.page)) and exam.notes_here(self.state):
            self.order(writes.mark, criterion, KEYS[key])

    def _note(self) -> exam.Note | None:
        """The one under the cursor, if it is ours."""
        found = exam.note(self.state, self.list.current.removeprefix(NOTE)) if self.list.current.startswith(NOTE) else None
        return found if found is not None and found.juror == exam.me(self.state) else None

    def action_note(self) -> None:
        if self.page and exam.notes_here(self.state):
            self.write_about(f"{NEW}{self.page}", _("Note sur {page} :").format(page=self.page))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter: the note under the cursor again; on a criterion, a note that begins with it."""
        event.stop()
        note = self._note()
        if note is not None:
            self.write_about(f"{NOTE}{note.id}", _("Note :"), note.text)
        elif event.row_id and not event.row_id.startswith(NOTE) and exam.notes_here(self.state):
            self.write_about(f"{NEW}{self.page}", _("Note sur {page} :").format(page=self.page), f"{event.row_id} ")

    def entered(self, subject: str, text: str) -> None:
        if not text:
            return
        if subject.startswith(NEW):
            page = subject.removeprefix(NEW)
            self.order(writes.new_note, page, text, simulation=exam.simulation_noted(self.state) or view.current(self.state))
        elif (note := exam.note(self.state, subject.removeprefix(NOTE))) is not None:
            self.order(writes.changed_note, note, text=text)

    def action_pin(self) -> None:
        note = self._note()
        if note is not None and exam.may_pin(self.state, note.about):
            self.order(writes.changed_note, note, pinned=not note.pinned)

    def action_remove(self) -> None:
        note = self._note()
        if note is not None:
            self.order(writes.removed_note, note)

    def action_facts(self) -> None:
        simulation = "" if self.state.facts.simulation else exam.simulation_of(self.state, self.page)
        self.post_message(Happened(FactsWanted(simulation)))
