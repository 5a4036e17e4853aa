"""The last steps of what is being made: payment by secure link, documents on a durable medium."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DocumentAsked, SaveAsked, Told
from workstation.ui.record_titles import reached_at, summary
from workstation.ui.record_words import value_word
from workstation.ui.screens.making_pane import MakingPane
from workstation.ui.widgets.check_list import CheckList
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.save_words import save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line


class PaymentStep(Vertical):
    """Secure links: the customer pays outside the call, the agent sees states only."""

    def __init__(self, desk: MakingPane[Any]) -> None:
        super().__init__(id="reglement")
        self.desk = desk
        self.table = RecordTable([Column(_("Lien"), 13), Column(_("Détail")), Column(_("Montant"), 10, True), Column(_("État"), 10)])
        self.form = RecordForm(desk.pane_id, id=f"{desk.kind}-link")

    def compose(self) -> ComposeResult:
        yield Static(
            _("Jamais de numéro de carte à voix haute : le client paie sur le lien, vous voyez l'état."), classes="note", markup=False
        )
        yield self.table
        yield Button(_("Préparer un lien"), id="new-link", compact=True)
        yield self.form
        yield Button(_("Envoyer le lien"), id="send-link", compact=True)

    def on_mount(self) -> None:
        self.query_one("#send-link").display = False

    def focus_first(self) -> None:
        if self.form.subject is not None:
            self.form.focus_first()
        else:
            take_focus(self.table if self.desk.links() else self.query_one("#new-link"))

    def paint(self, state: DeskState) -> None:
        rows = []
        for link in self.desk.links():
            said = summary("payment_link", link)
            authorised = _("autorisation {reference}").format(reference=link["authorisation"]) if link.get("authorisation") else ""
            rows.append(Row(str(link["id"]), (str(link.get("reference") or ""), authorised or said.text, said.amount, said.status)))
        self.table.set_rows(rows)
        self.form.show_state(state)
        if self.form.version:
            self.query_one("#new-link").display = True
        if self.form.subject is not None and self.form.subject.contact_id != state.contact_id:
            self._close()

    @on(Button.Pressed, "#new-link")
    async def _new_link(self, event: Button.Pressed) -> None:
        event.stop()
        state = self.desk.state
        if not self.desk.version:
            self.post_message(Told(self.desk.words("unsaved"), "warning"))
            return
        begins = {
            f"{self.desk.kind}_id": self.desk.record_id,
            "amount_cents": self.desk.to_pay(),
            "channel": "e-mail",
            "sent_to": reached_at(state, "e-mail"),
        }
        names = ("channel", "sent_to", "amount_cents")
        await self.form.open(Subject.new("payment_link", state.contact_id, begins, names=names), state)
        self.query_one("#send-link").display = True
        self.query_one("#new-link").display = False

    @on(FieldBox.Edited)
    def _channel_changed(self, event: FieldBox.Edited) -> None:
        if event.box.spec.name == "channel":
            self.form.put("sent_to", reached_at(self.desk.state, str(event.box.typed)))

    @on(Button.Pressed, "#send-link")
    def _send(self, event: Button.Pressed) -> None:
        event.stop()
        self.form.save()

    @on(RecordForm.Confirmed)
    def _sent(self, event: RecordForm.Confirmed) -> None:
        """Sent: nothing more to type, and a second Enter sends nothing."""
        event.stop()
        inside = self.has_focus_within
        self._close()
        if inside:
            take_focus(self.table)
        self.post_message(Told(_("Lien envoyé : restez en ligne, son état change ici.")))

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self._close()
        take_focus(self.query_one("#new-link"))

    def _close(self) -> None:
        self.form.close()
        self.query_one("#send-link").display = False
        self.query_one("#new-link").display = True


class ConfirmationStep(Vertical):
    """The reference to give, and the documents to send on a durable medium (c. conso. L221-13)."""

    def __init__(self, desk: MakingPane[Any], templates: Sequence[str]) -> None:
        super().__init__(id="confirmation")
        self.desk = desk
        self.said = Static("", classes="note", markup=False)
        self.checks = CheckList([(t, value_word(t)) for t in templates])
        self.checks.set_value(templates)
        self.to = Input(compact=True, id="documents-to", placeholder=_("adresse e-mail"))
        self.table = RecordTable([Column(_("Document"), 28), Column(_("Détail")), Column(_("État"), 20)])
        self._asked: dict[str, str] = {}  # document id → template
        self._for = ""

    def compose(self) -> ComposeResult:
        yield self.said
        yield self.checks
        with Horizontal(classes="fields"):
            yield Static(_("Par e-mail à"), classes="tag")
            yield self.to
            yield Button(_("Envoyer les documents"), id="send-documents", compact=True)
        yield self.table

    def focus_first(self) -> None:
        take_focus(self.checks)

    def paint(self, state: DeskState) -> None:
        if self._for != state.contact_id:
            self._for, self._asked = state.contact_id, {}
            self.to.value = reached_at(state, "e-mail")
        reference = self.desk.record.get("reference")
        words = (
            _("Numéro à donner au client : {reference}").format(reference=plain_line(reference))
            if reference
            else self.desk.words("unconfirmed")
        )
        self.said.update(Text(words, style="bold"))
        rows = []
        known = {str(d["id"]): d for d in records(state, "document") if d.get("subject_id") == self.desk.record_id}
        for document_id, document in known.items():
            said = summary("document", document)
            rows.append(Row(document_id, (said.what, said.text, said.status)))
        for document_id, template in self._asked.items():
            if document_id not in known:
                words, _tone, why = save_words(state.saves.get(document_id), True)
                rows.append(Row(document_id, (value_word(template).capitalize(), why, words)))
        self.table.set_rows(rows)

    @on(Button.Pressed, "#send-documents")
    def _send(self, event: Button.Pressed) -> None:
        event.stop()
        if not self.desk.version:
            self.post_message(Told(self.desk.words("unsaved"), "warning"))
            return
        for template in self.checks.value:
            document_id = str(uuid.uuid4())
            self._asked[document_id] = template
            fields = {
                "contact_id": self.desk.state.contact_id,
                "template": template,
                "subject_id": self.desk.record_id,
                "channel": "e-mail",
                "sent_to": self.to.value.strip(),
            }
            self.post_message(SaveAsked("document", document_id, 0, fields))
        self.checks.set_value(())  # a second press sends nothing twice

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self.post_message(DocumentAsked(event.key))
