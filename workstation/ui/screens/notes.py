"""Notes: what is typed here is kept at once, and becomes the contact's note when saved (SC20)."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_titles import summary
from workstation.ui.screens.record_pane import ContactLine, RecordPane
from workstation.ui.widgets.record_drafts import drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static

NAMES = ("text",)


class NotesPane(RecordPane):
    pane_id = "notes"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self.line = ContactLine()
        self.form = RecordForm(self.pane_id, id="note-form")
        self.table = RecordTable([Column(_("Notes du contact"), 16), Column("")])
        self._contact_id: str | None = None

    def title(self) -> str:
        return _("Notes")

    def compose(self) -> ComposeResult:
        yield self.line
        with Horizontal():
            yield self.form
            with Vertical(id="notes-side"):
                yield self.table
                yield Button(_("+ Nouvelle note"), id="new-note", compact=True)
                yield Static(_("Gardée à chaque frappe ; Ctrl+S l'enregistre dans la fiche."), classes="note", markup=False)

    async def on_mount(self) -> None:
        """There is a field to type in from the beginning: nothing typed on arriving here is lost."""
        await self._open_note(focus=False)

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        rows = []
        for note in records(state, "note"):
            said = summary("note", note)
            rows.append(Row(str(note["id"]), (said.date or said.what, said.text)))
        self.table.set_rows(rows)
        self.form.show_state(state)
        if state.contact_id != self._contact_id:
            before, self._contact_id = self._contact_id, state.contact_id
            self.call_later(self._for_contact, before)

    async def _for_contact(self, before: str | None) -> None:
        """The note of this contact; one begun before any file was open follows to the first file opened."""
        if not before and self.form.subject is not None and self.form.edited and self._contact_id:
            self.form.give_to(self._contact_id)
            return
        await self._open_note(focus=False)
        focused = self.screen.focused
        if self.display and (focused is None or self not in focused.ancestors):
            self.form.focus_first()  # the pane came to the front before its fields were there

    async def _open_note(self, *, focus: bool) -> None:
        state, contact_id = self.state, self.state.contact_id
        draft = next(iter(drafts_at(state, pane=self.pane_id, contact=contact_id)), None)
        title = _("Note")
        if draft is None:
            subject = Subject.new("note", contact_id, {}, names=NAMES, title=title)
        elif draft.version and (record := find_record(state, "note", draft.record_id)) is not None:
            subject = Subject("note", record, contact_id, NAMES, title)
        else:
            subject = Subject.of_draft(draft, names=NAMES, title=title)
        await self.form.open(subject, state, focus=focus)

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self.form.focus_first()

    @on(RecordTable.Opened)
    async def _note_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        record = find_record(self.state, "note", event.key)
        if record is not None:
            await self.form.open(Subject("note", record, self.state.contact_id, NAMES, _("Note")), self.state)

    @on(Button.Pressed, "#new-note")
    async def _new_note(self, event: Button.Pressed) -> None:
        event.stop()
        await self._open_note(focus=True)

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        take_focus(self.table)

    def action_save(self) -> None:
        if not self.state.contact_id:
            self.post_message(Told(_("Ouvrez d'abord une fiche : la note l'attend, elle est gardée."), "warning"))
        else:
            self.form.save()
