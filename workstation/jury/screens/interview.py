"""The interviews: what was pinned, as questions by competence with the answer noted; then the final one, its notes and the exhibits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from workstation.desk.course import phase_word
from workstation.i18n import _, labelled
from workstation.jury.console import exam_view as exam
from workstation.jury.console import writes
from workstation.jury.console.state import JuryState
from workstation.jury.screens.deliberation import EXHIBIT_WORDS, SEEN, exhibit_rows
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.widgets.exam_words import phase_words
from workstation.jury.widgets.row_list import Row, RowList, said
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.widgets.choice_list import Choice

TECHNICAL, FINAL = "technical_interview", "final_interview"
ANSWER, NOTE, NEW = "answer:", "note:", "new:"
INDENT = 6


class Interview(ExamPane):
    pane_id = "interview"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("t", "note", show=False), Binding("f", "end", show=False)]

    def title(self) -> str:
        return _("Entretiens")

    def _phase(self, state: JuryState) -> str:
        return str(exam.phase(state).get("id") or "")

    def above_words(self, state: JuryState) -> Text:
        now = self._phase(state)
        words = _("Questions de l'entretien technique : vos points à approfondir")
        return plain(phase_word(FINAL) if now == FINAL else words, "bold")

    def rows(self, state: JuryState) -> Sequence[Row]:
        return self._final_rows(state) if self._phase(state) == FINAL else self._question_rows(state)

    def _question_rows(self, state: JuryState) -> list[Row]:
        rows, before = list[Row](), ""
        for one in exam.questions(state):
            if one.about != before:
                before = one.about
                rows.append(Row("", said(f"{before} {exam.subject_label(state, before)}", "bold underline")))
            who = "" if one.juror == exam.me(state) else f"{exam.juror_name(state, one.juror)} : "
            answer = labelled(_("Réponse"), one.answer) if one.answer else _("réponse à noter")
            text = said(f"{who}{one.text}", "bold").append("\n").append_text(said(answer))
            rows.append(Row(f"{ANSWER}{one.id}", text.append(self.saved_words(one.saved), "italic"), INDENT))
        return rows or [Row("", said(_("Aucun point à approfondir. Dans la grille (Alt+5), P sur une note en fait une question.")))]

    def _final_rows(self, state: JuryState) -> list[Row]:
        rows = exhibit_rows(state)
        own = [one for one in exam.notes(state) if one.about == exam.FREE]
        rows += [Row("", Text(_("NOTES"), "bold underline"))] if own else []
        for one in own:
            text = said(f"{one.at}{self.saved_words(one.saved)}", "bold").append("\n").append_text(said(one.text))
            rows.append(Row(f"{NOTE}{one.id}", text, INDENT))
        return rows

    def hint(self, state: JuryState) -> str:
        if self._phase(state) == FINAL:
            return _("Entrée noter la pièce vue  T note  F terminer l'entretien")
        return _("Entrée noter la réponse") + ("  " + _("F terminer l'entretien") if self._phase(state) == TECHNICAL else "")

    # --- keys ---------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        kind, id = event.row_id.partition(":")[0] + ":", event.row_id.partition(":")[2]
        if kind == SEEN:
            mine = next((one.remark for one in exam.exhibits(self.state) if (one.what, one.juror) == (id, exam.me(self.state))), "")
            self.write_about(event.row_id, labelled(_("Vu"), _(EXHIBIT_WORDS[id]))[:28], mine)
        elif (note := exam.note(self.state, id)) is not None and note.juror == exam.me(self.state):
            if kind == ANSWER:
                self.write_about(event.row_id, _("Réponse :"), note.answer)
            else:
                self.write_about(event.row_id, _("Note :"), note.text)

    def action_note(self) -> None:
        if self._phase(self.state) == FINAL:
            self.write_about(NEW, _("Note :"))

    def entered(self, subject: str, text: str) -> None:
        kind, id = subject.partition(":")[0] + ":", subject.partition(":")[2]
        note = exam.note(self.state, id)
        if kind == SEEN:
            self.order(writes.exhibit, id, text)
        elif kind == ANSWER and note is not None:
            self.order(writes.changed_note, note, answer=text)
        elif kind == NOTE and note is not None and text:
            self.order(writes.changed_note, note, text=text)
        elif kind == NEW and text:
            self.order(writes.new_note, exam.FREE, text)

    def action_end(self) -> None:
        """Ending an interview is asked for twice: its clock stops for good."""
        phase = self._phase(self.state)
        if phase not in (TECHNICAL, FINAL):
            return

        def choices(state: JuryState) -> tuple[Choice, ...]:
            return Choice("no", _("Continuer l'entretien"), "1"), Choice("yes", _("Terminer l'entretien"), "2")

        def chosen(id: str) -> None:
            if id == "yes":
                self.order(writes.end_phase, phase)

        title = phase_word(phase)
        lead = phase_words(self.state, time.time())
        self.app.push_screen(ChoiceDialog("end-phase", title, self.state, choices, chosen, lead=lead))
