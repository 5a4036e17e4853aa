"""The customer's documents: what was produced and sent, opening one, asking for a duplicate or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.record_titles import reached_at
from workstation.ui.screens.record_pane import ContactLine, RecordPane
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import drafts_at, records
from workstation.ui.widgets.record_list import Contents, RecordList

# What each template is about, so that the right kind is offered first.
ABOUT = {
    "confirmation de commande": "order",
    "duplicata de facture": "invoice",
    "conditions générales": "order",
    "formulaire de rétractation": "order",
    "échéancier": "payment_plan",
    "avenant": "amendment",
    "accusé de résiliation": "termination_request",
    "confirmation de réservation": "booking",
    "devis": "opportunity",
    "confirmation d'offre": "opportunity",
    "confirmation de rendez-vous": "appointment",
}


def _begins(state: DeskState, kind: str) -> dict[str, Any]:
    return {
        "template": "duplicata de facture",
        "subject_id": _subject(state, "duplicata de facture"),
        "channel": "e-mail",
        "sent_to": reached_at(state, "e-mail"),
    }


def _subject(state: DeskState, template: str) -> str:
    """The latest record this kind of document is about; "" when there is none."""
    found = records(state, ABOUT.get(template, "invoice"))
    return str(found[0]["id"]) if found else ""


class DocumentsDeskPane(RecordPane):
    pane_id = "documents_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        contents = Contents(
            ("document",), ("what", "text", "status"), ("document",), _begins, widths=(("what", 28), ("status", 12)), alone=True
        )
        self.line = ContactLine()
        self.list = RecordList(self.pane_id, contents, id="documents-list")
        self._contact_id = ""

    def title(self) -> str:
        return _("Documents")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.list

    def paint(self, state: DeskState) -> None:
        self.line.show(state)
        self.list.show(state, state.contact_id)
        if state.contact_id in state.files and state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            draft = next(iter(drafts_at(state, pane=self.pane_id, contact=state.contact_id)), None)
            if draft is not None:
                self.call_later(self.list.edit, draft.kind, draft.record_id, focus=False)

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        if self.list.form.subject is not None:
            self.list.form.focus_first()
        elif self.list.table.rows_shown:
            take_focus(self.list.table)
        else:
            self.list.focus_add()

    @on(FieldBox.Edited)
    def _template_changed(self, event: FieldBox.Edited) -> None:
        form = self.list.form
        if form.subject is None or form.version:
            return
        if event.box.spec.name == "template":
            form.put("subject_id", _subject(self.state, str(event.box.typed)))
        elif event.box.spec.name == "channel":
            form.put("sent_to", reached_at(self.state, "e-mail") if event.box.typed == "e-mail" else "")

    def action_save(self) -> None:
        self.list.form.save()
