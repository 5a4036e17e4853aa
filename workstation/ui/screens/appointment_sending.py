"""The written confirmation of an appointment: where it goes, sent by one button, and whether it is."""

from __future__ import annotations

import uuid

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.record_titles import reached_at
from workstation.ui.screens.appointment_form import AppointmentForm
from workstation.ui.widgets.record_drafts import records
from workstation.ui.widgets.save_words import save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import plain_line

TEMPLATE = "confirmation de rendez-vous"
POST = "courrier"


class AppointmentSending(Vertical):
    """Under the form, once its appointment is saved and stands. What is typed of the address stays while the contact is the same."""

    def __init__(self, form: AppointmentForm) -> None:
        super().__init__(id="appointment-sending")
        self.form = form
        self.how = Static("", classes="tag", markup=False)
        self.to = Input(compact=True, id="appointment-to")
        self.done = Static("", classes="note", markup=False)
        self._state = DeskState()
        self._for = ""
        self._asked: dict[str, str] = {}  # document id → appointment id

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield self.how
            yield self.to
            yield Button(_("Envoyer la confirmation"), id="send-appointment", compact=True)
        yield self.done

    def on_mount(self) -> None:
        self.display = False

    @property
    def channel(self) -> str:
        return POST if self.form.typed("confirmation") == POST else "e-mail"

    def paint(self, state: DeskState) -> None:
        self._state = state
        if self._for != state.contact_id:
            self._for, self._asked = state.contact_id, {}
            self.to.value = reached_at(state, "e-mail")
        subject = self.form.subject
        self.display = subject is not None and bool(self.form.version) and subject.record.get("status") != "annulé"
        by_post = self.channel == POST
        self.how.update(_("Par courrier, à l'adresse du dossier") if by_post else _("Par e-mail à"))
        self.to.display = not by_post
        words = self._words(self.form.record_id) if self.display else ""
        self.done.display = bool(words)
        self.done.update(Text(words, no_wrap=True, overflow="ellipsis"))

    def _words(self, appointment_id: str) -> str:
        """The last one sent of this appointment, or what has become of the one asked for."""
        sent: list[Record] = [d for d in records(self._state, "document") if d.get("subject_id") == appointment_id]
        known = {str(one["id"]) for one in sent}
        waiting = [one for one, about in self._asked.items() if about == appointment_id and one not in known]
        if waiting:
            words, _tone, why = save_words(self._state.saves.get(waiting[-1]), True)
            return " ".join(part for part in (words, why) if part)
        if not sent:
            return ""
        return "✓ " + _("Confirmation envoyée à {to}").format(to=plain_line(sent[0].get("sent_to") or ""))

    @on(Button.Pressed, "#send-appointment")
    def _send(self, event: Button.Pressed) -> None:
        """Of what is saved: a change that is not would be confirmed as it was before."""
        event.stop()
        if self.form.edited:
            self.post_message(Told(_("Enregistrez d'abord le rendez-vous : la confirmation dit ce qui est enregistré."), "warning"))
            return
        document_id, by_post = str(uuid.uuid4()), self.channel == POST
        self._asked[document_id] = self.form.record_id
        fields = {
            "contact_id": self._state.contact_id,
            "template": TEMPLATE,
            "subject_id": self.form.record_id,
            "channel": self.channel,
            "sent_to": "" if by_post else self.to.value.strip(),
        }
        self.post_message(SaveAsked("document", document_id, 0, fields))
        self.paint(self._state)
