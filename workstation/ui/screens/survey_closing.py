"""The end of an interview: what was answered, the closing to read, the status; and a complaint, apart from the questionnaire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input

from crm_mock.rules import questionnaire as rules
from crm_mock.rules.calendar import add_working_days
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_titles import summary
from workstation.ui.record_words import value_word
from workstation.ui.screens import survey_interview as held
from workstation.ui.screens import survey_words as words
from workstation.ui.screens.survey_inputs import masked
from workstation.ui.widgets.picker import Picker, options_of
from workstation.ui.widgets.record_drafts import drafts_at, records, scenario_today
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.save_words import save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput, ValueInput, text_input
from workstation.ui.widgets.value_text import Unreadable, day, plain_line, plain_lines

if TYPE_CHECKING:
    from workstation.ui.screens.survey_desk import SurveyDeskPane

ANSWER_WITHIN = 5  # working days in which a complaint is answered (P-13)
COMPLAINT_FIELDS = ("detail", "title", "service", "due_on", "priority")
_HOUR = re.compile(r"(\d{1,2})(?:\s*(?:[h:.]|H)\s*(\d{2})?)?")


def read_hour(text: str) -> str:
    """« 14 h 30 », 14:30, 14h as "14:30"; "" for nothing. Raises Unreadable."""
    bare = text.strip()
    if not bare:
        return ""
    found = _HOUR.fullmatch(bare.replace(" ", "")) or re.fullmatch(r"(\d{2})(\d{2})", bare)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Unreadable(_("Heure attendue, par exemple 14:30"))
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


class ClosingStep(Vertical):
    """Summary, closing text, status. « Clôturer » ends the interview."""

    def __init__(self, desk: SurveyDeskPane) -> None:
        super().__init__(id="cloture")
        self.desk = desk
        self.text = Static("", classes="wording", markup=False)
        self.checks = Static("", classes="checks", markup=False)
        self.status = Picker(options_of(held.STATUSES), id="survey-status")
        self.remark: ValueInput = text_input(400, _("dernière question posée, motif du refus…"))
        self.on_day = DateInput(lambda: scenario_today(desk.state))
        self.at_hour: ValueInput = text_input(8, "14:30")
        self.campaign = Static("", classes="hint", markup=False)
        self.table = RecordTable([Column(_("Question"), 8), Column(_("Réponse"), 30), Column(_("Texte"))])
        self._chosen = ""  # a status chosen here and not entered yet
        self._complaint = ""
        self._of = ""

    def compose(self) -> ComposeResult:
        yield self.checks
        yield self.table
        yield self.text
        with Horizontal(classes="fields"):
            yield Static(_("Statut"), classes="tag")
            yield self.status
            yield Button(_("Clôturer"), id="survey-close", compact=True)
        with Horizontal(classes="fields", id="survey-when"):
            yield Static(_("Rappeler le"), classes="tag")
            yield self.on_day
            yield Static(_("à"), classes="tag")
            yield self.at_hour
        with Horizontal(classes="fields"):
            yield Static(_("Remarque"), classes="tag")
            yield self.remark
        yield self.campaign

    def focus_first(self) -> None:
        take_focus(self.status)

    def paint(self, state: DeskState) -> None:
        read, interview = self.desk.read, self.desk.interview
        self.set_class(read is None, "-empty")
        if read is None:
            return
        if self._of != self.desk.record_id:
            self._of, self._chosen, self._complaint = self.desk.record_id, "", ""
        if not self.status.has_focus:
            self.status.set_value(self._chosen or held.suggested_status(read, interview))
        if not self.remark.has_focus:
            self.remark.show(interview.remark)
        self.query_one("#survey-when").display = self.status.value == held.CALLBACK
        said = words.checks(read, interview, self.desk.done)
        if self._complaint:
            said.append("\n▲ " + self._complaint, style="bold")
        elif interview.status != held.OPEN:
            said.append(" · " + words.status_line(interview), style="bold")
        self.checks.update(said)
        self.text.update(Text(plain_lines(read.closing), style="bold"))
        asked = {question.id for question in rules.applicable(read, interview.answers)}
        rows = []
        for question in read.questions:
            answer = interview.latest(question.id)
            if question.id in asked or answer is not None:
                told = held.answer_words(question, answer) or ("" if question.id in asked else "–")
                rows.append(Row(question.id, (question.id, told, question.text), tone="" if question.id in asked else "dim"))
        self.table.set_rows(rows)
        self.campaign.update(self._campaign_words(state))

    def _campaign_words(self, state: DeskState) -> str:
        target = self.desk.target()
        if target is None:
            return _("Cette personne n'est dans le fichier d'aucune campagne de ce questionnaire.")
        told, _tone, why = save_words(state.saves.get(str(target["id"])), False)
        parts = [_("Fiche de campagne : {status}").format(status=value_word(target.get("status"))), told, plain_line(why)]
        if self.desk.unsettled():
            parts.append("▲ " + _("à mettre à jour (Ctrl+S)"))
        return " · ".join(part for part in parts if part)

    @on(Picker.Changed, "#survey-status")
    def _status_chosen(self, event: Picker.Changed) -> None:
        event.stop()
        self._chosen, self._complaint = self.status.value, ""
        self.paint(self.desk.state)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.remark.has_focus and self.remark.value != self.desk.interview.remark:
            self.desk.change(remark=masked(self, self.remark))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()

    @on(Button.Pressed, "#survey-close")
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.close()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self.desk.go("questions")
        self.desk.questions.show(event.key)
        self.desk.questions.focus_first()

    def close(self) -> bool:
        """End the interview with the status shown; False, with the reason on the screen, when it cannot be."""
        read, interview = self.desk.read, self.desk.interview
        if read is None:
            return False
        status = self.status.value
        self._complaint = words.why_not(read, interview, status)
        when: tuple[str, str] = ("", "")
        if not self._complaint and status == held.CALLBACK:
            try:
                when = (str(self.on_day.read() or ""), read_hour(self.at_hour.value))
            except Unreadable as error:
                self._complaint = str(error)
            if not self._complaint and not all(when):
                self._complaint = _("Un rendez-vous a un jour et une heure.")
        if self._complaint:
            self.paint(self.desk.state)
            return False
        remark = self.remark.value.strip()
        if status == held.CALLBACK and not remark:
            remark = f"Rendez-vous le {day(when[0])} à {when[1]}"  # kept in the file: French
        self._chosen = ""
        self.desk.close(status, remark, *when)
        return True


class ComplaintStep(Vertical):
    """A complaint is a task for another service: it changes no answer. Saved, one is back at the question one left."""

    class Done(Message):
        """Saved, or left: what was typed stays a draft."""

    def __init__(self, desk: SurveyDeskPane) -> None:
        super().__init__(id="reclamation")
        self.desk = desk
        self.known = Static("", classes="hint", markup=False)
        self.form = RecordForm(desk.pane_id, id="survey-complaint")

    def compose(self) -> ComposeResult:
        yield Static(
            _("À part : la réponse notée ne change pas. Ctrl+S transmet, Échap revient."),
            classes="hint",
            markup=False,
        )
        yield self.known
        yield self.form

    def focus_first(self) -> None:
        self.form.focus_first()

    def paint(self, state: DeskState) -> None:
        self.form.show_state(state)
        if self.form.subject is not None and self.form.subject.contact_id != state.contact_id:
            self.form.close()
        told = [summary("task", task) for task in records(state, "task")]
        lines = [" · ".join(part for part in (one.what, one.text, one.status) if part) for one in told]
        self.known.update(Text(_("Tâches du dossier : {tasks}").format(tasks=" | ".join(lines)), no_wrap=True) if lines else "")
        self.known.display = bool(lines)

    async def open(self, *, new: bool, focus: bool) -> None:
        """The one being written, else a new one; without `new`, the one already transmitted today rather than a second."""
        state = self.desk.state
        if not state.contact_id or (self.form.subject is not None and not self.form.version):
            if focus and state.contact_id:
                self.form.focus_first()
            return
        await self.form.open(self._subject(state, new), state, focus=focus)

    def _subject(self, state: DeskState, new: bool) -> Subject:
        more: dict[str, Any] = {"names": COMPLAINT_FIELDS, "needed": ("detail",), "title": _("Réclamation")}
        left = drafts_at(state, pane=self.desk.pane_id, contact=state.contact_id)
        draft = next((one for one in left if one.kind == "task"), None)
        known = None if draft is None and new else self._transmitted(state, draft.record_id if draft is not None else "")
        if known is not None:
            return Subject("task", known, state.contact_id, **more)
        if draft is not None:
            return Subject.of_draft(draft, **more)
        return Subject.new("task", state.contact_id, self._begins(state), **more)

    def _transmitted(self, state: DeskState, draft_id: str) -> Record | None:
        """The task of this draft, or the open one this desk would have made."""
        tasks, title = records(state, "task"), self._begins(state)["title"]
        if draft_id:
            return next((task for task in tasks if task.get("id") == draft_id), None)
        return next((task for task in tasks if task.get("title") == title and task.get("status", "à faire") == "à faire"), None)

    def _begins(self, state: DeskState) -> dict[str, Any]:
        service = next((s for s in state.brief.get("directory") or () if s.get("id") == "qualite"), None)
        read = self.desk.read
        subject = f"Réclamation (enquête « {plain_line(read.title)} »)" if read is not None else "Réclamation"  # for the service: French
        return {
            "service": str(service["name"]) if service is not None else "Qualité",
            "title": subject[:120],
            "due_on": add_working_days(scenario_today(state), ANSWER_WITHIN).isoformat(),
        }

    @on(RecordForm.Confirmed)
    def _confirmed(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        self.form.close()
        self.post_message(Told(_("Réclamation transmise à part : reprenez le questionnaire.")).set_sender(self))
        self.post_message(self.Done().set_sender(self))

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.post_message(self.Done().set_sender(self))
