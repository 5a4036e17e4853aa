"""A request to leave: why, what the customer really uses, and what becomes of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.record_titles import reached_at
from workstation.ui.record_words import value_word
from workstation.ui.screens import retention_words as words
from workstation.ui.widgets.record_drafts import drafts_at, scenario_today
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import day

if TYPE_CHECKING:
    from workstation.ui.screens.retention_desk import RetentionDeskPane

REQUEST_FIELDS = ("motive", "channel", "asked_on", "effective_on", "acknowledged_on", "status")
USAGE_FIELDS = ("monthly_units", "unused_units")


class RequestStep(Vertical):
    """One request, seen from two sections: why (`motif`, with what is really used), and what becomes of it (`resiliation`): withdrawn when
    the customer wishes it, processed without obstacle when he does not."""

    def __init__(self, desk: RetentionDeskPane) -> None:
        super().__init__(id="demande")
        self.desk = desk
        self.note = Static("", classes="note", markup=False)
        self.form = RecordForm(desk.pane_id, id="request-form")
        self.usage = RecordForm(desk.pane_id, id="usage-form")
        self.said = Static("", classes="detail", markup=False)

    def compose(self) -> ComposeResult:
        yield self.note
        yield self.form
        yield self.usage
        yield self.said
        with Horizontal(classes="buttons"):
            yield Button(_("Traiter la résiliation"), id="request-process", compact=True)
            yield Button(_("Retirée à sa demande"), id="request-withdraw", compact=True)
            yield Button(_("Envoyer l'accusé"), id="request-acknowledge", compact=True)
            yield Button(_("+ demande de résiliation"), id="request-new", compact=True)

    # --- following the state

    async def take_up(self, state: DeskState) -> None:
        """The request of the contract in hand (or the draft of a new one), and its usage."""
        subscription = self.desk.subscription
        request = words.request_of(state, subscription)
        drafts = drafts_at(state, pane=self.desk.pane_id, contact=state.contact_id, form=str(self.form.id))
        draft = next((d for d in drafts if not d.version), None)
        if draft is not None:
            await self._open(Subject.of_draft(draft, names=REQUEST_FIELDS), focus=False)
        elif request is not None:
            await self._open(Subject("termination_request", request, state.contact_id, REQUEST_FIELDS), focus=False)
        else:
            self.form.close()
        if subscription is None:
            self.usage.close()
        else:
            title = _("Consommation")
            await self.usage.open(Subject("subscription", subscription, state.contact_id, USAGE_FIELDS, title), state, focus=False)

    async def _open(self, subject: Subject, *, focus: bool) -> None:
        await self.form.open(subject, self.desk.state, focus=focus)
        editor = self.form.box("motive").editor
        if isinstance(editor, Input):
            editor.suggester = SuggestFromList(words.MOTIVES, case_sensitive=False)

    def paint(self, state: DeskState) -> None:
        why = self.desk.shows("motif")
        self.form.show_state(state)
        self.usage.show_state(state)
        record = self.form.subject.record if self.form.subject is not None else {}
        self.usage.display = why and self.usage.subject is not None
        self.said.display = not why
        if not why:
            self.note.update(_("Son départ n'attend ni offre ni accord (c. conso. L121-6 4°, L215-1-1)."))
        elif record:
            self.note.update(_("Le premier motif dit n'est pas toujours le vrai. → complète le mot proposé."))
        else:
            self.note.update(_("Aucune demande de résiliation : le motif s'inscrit sur l'avenant."))
        saved, status = bool(self.form.version), str(record.get("status") or "")
        self.query_one(".buttons").display = not why
        self.query_one("#request-process").display = saved and status != "traitée"
        self.query_one("#request-withdraw").display = saved and status == "demandée"
        self.query_one("#request-acknowledge").display = saved and status != words.WITHDRAWN
        waits = status in ("demandée", "traitée") or (bool(record) and not saved)
        self.query_one("#request-new").display = self.desk.subscription is not None and not waits
        self.said.update(self._words(state, record, status))

    def _words(self, state: DeskState, record: Record, status: str) -> Text:
        text, subscription = Text(), self.desk.subscription
        if subscription is None or not record:
            return text.append(_("Aucune demande de résiliation.") if subscription is not None else "")
        ends = words.date_of(record.get("effective_on"))
        if status == words.WITHDRAWN:
            return text.append("✓ " + _("Demande retirée à sa demande : le contrat continue."))
        earliest = words.earliest_end(state, subscription, words.date_of(record.get("asked_on")) or scenario_today(state))
        notice = _("préavis de {months} mois").format(months=words.notice_months(state))
        text.append(_("Fin du contrat le {day} ({notice})").format(day=day(ends or earliest), notice=notice), style="bold")
        if ends is not None and ends > earliest:
            text.append("\n▲ " + _("Plus tard que le préavis ne le demande : {day} au plus tôt.").format(day=day(earliest)))
        acknowledged = record.get("acknowledged_on")
        told = _("accusé envoyé le {day}").format(day=day(acknowledged)) if acknowledged else "▲ " + _("accusé de réception à envoyer")
        text.append(f"\n{value_word(status).capitalize()} · {told}")
        return text

    # --- what a person does

    def focus_first(self) -> None:
        if self.desk.shows("motif"):
            (self.form if self.form.subject is not None else self.usage).focus_first()
            return
        if self.form.subject is not None and not self.form.version:
            self.form.focus_first()
            return
        shown = next((b for b in self.query(".buttons Button") if b.display), None)
        if shown is not None:
            take_focus(shown)

    @on(Button.Pressed, "#request-new")
    async def _new(self, event: Button.Pressed) -> None:
        event.stop()
        state, subscription = self.desk.state, self.desk.subscription
        if subscription is None:
            return
        today = scenario_today(state)
        begins = {
            "subscription_id": str(subscription["id"]),
            "asked_on": today.isoformat(),
            "effective_on": words.earliest_end(state, subscription, today).isoformat(),
            "status": "demandée",
        }
        await self._open(Subject.new("termination_request", state.contact_id, begins, names=REQUEST_FIELDS), focus=True)
        self.paint(state)

    @on(Button.Pressed, "#request-process")
    def _process(self, event: Button.Pressed) -> None:
        event.stop()
        self._answer("traitée")

    @on(Button.Pressed, "#request-withdraw")
    def _withdraw(self, event: Button.Pressed) -> None:
        event.stop()
        self._answer(words.WITHDRAWN)

    def _answer(self, status: str) -> None:
        self.form.put("status", status)
        self.form.save()

    @on(Button.Pressed, "#request-acknowledge")
    def _acknowledge(self, event: Button.Pressed) -> None:
        """The document on a durable medium, and the day it was sent."""
        event.stop()
        state, email = self.desk.state, reached_at(self.desk.state, "e-mail")
        fields = {
            "contact_id": state.contact_id,
            "template": "accusé de résiliation",
            "subject_id": self.form.record_id,
            "channel": "e-mail" if email else "courrier",
            "sent_to": email,
        }
        self.post_message(SaveAsked("document", str(uuid.uuid4()), 0, fields))
        self.form.put("acknowledged_on", scenario_today(state).isoformat())
        if self.form.edited:
            self.form.save()

    def save(self) -> None:
        """What was typed, in either form."""
        forms = (self.form, self.usage) if self.desk.shows("motif") else (self.form,)
        for form in forms:
            if form.subject is not None and (form.edited or not form.version or form.has_focus_within):
                form.save()

    @on(RecordForm.Confirmed)
    def _confirmed(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        if self.form.subject is None or not self.desk.shows("resiliation"):
            return
        status = self.form.subject.record.get("status")
        if status == "traitée" and not self.form.subject.record.get("acknowledged_on"):
            self.post_message(Told(_("Résiliation traitée : envoyez l'accusé de réception.")))
        self.paint(self.desk.state)
        if self.screen.focused is None or not self.screen.focused.display:
            self.focus_first()

    @on(RecordForm.Left)
    async def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.form.close()
        await self.take_up(self.desk.state)
        self.paint(self.desk.state)
        self.focus_first()
