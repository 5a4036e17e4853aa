"""What stands beside the form of a sale: the law and its calculator, the quote, the end of the sale and its documents."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input

from crm_mock.rules.calendar import next_working_day
from workstation.desk.state import DeskState
from workstation.i18n import _, labelled
from workstation.ui.messages import DocumentAsked, SaveAsked, Told
from workstation.ui.record_titles import reached_at, summary
from workstation.ui.record_words import value_word
from workstation.ui.screens import selling_words as words
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.record_drafts import scenario_today
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.save_words import save_words
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput
from workstation.ui.widgets.value_text import Unreadable, day, money, plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.selling_desk import SellingDeskPane

TO_SIGN = ("confirmation d'offre", "formulaire de rétractation", "conditions générales")
FOLLOW_UP_DAYS = 2


class LawStep(Vertical):
    """Who is bound and from when; the last day to withdraw, for any first day and any exception."""

    def __init__(self, desk: SellingDeskPane) -> None:
        super().__init__(id="cadre")
        self.desk = desk
        self.words = Static("", markup=False)
        self.start = DateInput(lambda: scenario_today(desk.state), id="withdrawal-start")
        self.exception = Picker(words.exceptions(), id="withdrawal-exception")
        self._proposed: tuple[str, str, str] = ("", "", "")

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self.words
        with Horizontal(classes="fields"):
            yield Static(_("Compté du"), classes="tag")
            yield self.start
            yield Static(_("Exception"), classes="tag")
            yield self.exception

    def paint(self, state: DeskState) -> None:
        product = self.desk.product()
        proposed = (
            self.desk.record_id,
            words.starts_on(product, scenario_today(state)).isoformat(),
            str((product or {}).get("withdrawal_exception") or "") if (product or {}).get("withdrawal") == "exception" else "",
        )
        if proposed != self._proposed:
            self._proposed = proposed
            self.start.show(proposed[1])
            self.exception.set_value(proposed[2])
        self._tell()

    def _tell(self) -> None:
        form, state = self.desk.form, self.desk.state
        said = form.listed("legal")
        direction, early = form.chosen("direction"), form.chosen("early_start") == "oui"
        try:
            chosen = self.start.read()
        except Unreadable as error:
            period = str(error)
        else:
            first = dt.date.fromisoformat(chosen) if chosen else words.starts_on(self.desk.product(), scenario_today(state))
            period = words.withdrawal_words(self.desk.product(), first, self.exception.value, "rétractation" in said)
        lines = [period, words.law_words(said, direction, early), words.binding_words(direction, self.desk.status)]
        if early:
            lines.append(_("Début anticipé à sa demande expresse : il paie ce qui est fourni s'il se rétracte (L221-25)."))
        self.words.update(Text("\n".join(lines)))

    @on(Input.Changed)
    @on(Picker.Changed)
    def _changed(self, event: Input.Changed | Picker.Changed) -> None:
        event.stop()
        self._tell()


class PaperStep(Vertical):
    """A step that sends documents about the opportunity, and lists them with what was asked for and is not there yet."""

    def __init__(self, desk: SellingDeskPane, id: str) -> None:
        super().__init__(id=id)
        self.desk = desk
        self.words = Static("", markup=False)
        self.table = RecordTable([Column(_("Document"), 26), Column(_("Détail")), Column(_("État"), 14)], id=f"{id}-documents")

    def paint_table(self, state: DeskState) -> None:
        known = {str(d["id"]): d for d in words.documents_of(state, self.desk.record_id)}
        rows = [Row(key, (said.what, said.text, said.status)) for key, d in known.items() if (said := summary("document", d))]
        for document_id, template in self.desk.asked.items():
            if document_id not in known:
                told, _tone, why = save_words(state.saves.get(document_id), True)
                rows.append(Row(document_id, (value_word(template).capitalize(), why, told)))
        task = words.follow_up(state, self.desk.reference)
        if task is not None:
            said = summary("task", task)
            rows.append(Row("", (said.what, f"{said.date} {said.text}", said.status)))
        self.table.set_rows(rows)

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        if event.key:
            self.post_message(DocumentAsked(event.key))


class QuoteStep(PaperStep):
    """The quote: what it will say, and its sending."""

    def __init__(self, desk: SellingDeskPane) -> None:
        super().__init__(desk, "devis")

    def compose(self) -> ComposeResult:
        yield self.words
        yield Button(_("Envoyer le devis"), id="send-quote", compact=True)
        yield self.table

    def paint(self, state: DeskState) -> None:
        product = self.desk.product()
        text = Text()
        if product is None:
            text.append(_("Choisissez d'abord l'offre."), style="italic")
        else:
            text.append(plain_line(product.get("name") or "") + "\n", style="bold")
            text.append(words.price_words(state, self.desk.guide, product, self.desk.cups) + "\n")
            address = reached_at(state, "e-mail")
            text.append(
                _("Gratuit, valable trente jours, envoyé à {address}").format(address=address)
                if address
                else "▲ " + _("À voir : ") + _("adresse e-mail à noter (Coordonnées)")
            )
        self.words.update(text)
        self.paint_table(state)

    @on(Button.Pressed, "#send-quote")
    def _send(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.send_quote()


class ClosingStep(PaperStep):
    """The offer sent to be signed, or the sale lost, or stopped."""

    def __init__(self, desk: SellingDeskPane) -> None:
        super().__init__(desk, "fin")
        self._stop_asked = ""

    def compose(self) -> ComposeResult:
        yield self.words
        with Horizontal(classes="buttons"):
            yield Button(_("Envoyer l'offre à signer"), id="send-offer", compact=True)
            yield Button(_("Relance J+2"), id="follow-up", compact=True)
        with Horizontal(classes="buttons"):
            yield Button(_("Vente perdue"), id="lost", compact=True)
            yield Button(_("Arrêt : personne vulnérable"), id="stop", compact=True)
            yield Button(_("Nouvelle opportunité"), id="another", compact=True)
        yield self.table

    def paint(self, state: DeskState) -> None:
        form, status = self.desk.form, self.desk.status
        closed = status in ("signée", "perdue")
        for name in ("send-offer", "follow-up", "lost", "stop"):
            self.query_one(f"#{name}").display = not closed
        self.query_one("#another").display = closed
        button = self.query_one("#stop", Button)
        button.label = _("Confirmer l'arrêt") if self._stop_asked == self.desk.record_id else _("Arrêt : personne vulnérable")
        text = Text()
        if status == "en attente de signature":
            record = self.desk.record
            text.append(
                _("En attente de signature : {total} · rétractation jusqu'au {day}").format(
                    total=money(record.get("total_cents")), day=day(record.get("withdrawal_until")) or "—"
                )
                + "\n",
                style="bold",
            )
            text.append(words.binding_words(form.chosen("direction"), status))
        elif closed:
            text.append(labelled(_("Vente"), value_word(status)), style="bold")
        else:
            missing = words.still_to_do(
                state,
                form.chosen("product_id"),
                form.listed("legal"),
                form.chosen("direction"),
                form.chosen("early_start") == "oui",
            )
            text.append(("▲ " + _("À voir : ") + ", ".join(missing) if missing else "✓ " + _("Rien d'oublié")), style="bold")
            if deciders := form.chosen("deciders"):
                text.append("\n" + _("Décide avec : {who}").format(who=plain_line(deciders)))
        self.words.update(text)
        self.paint_table(state)

    @on(Button.Pressed, "#send-offer")
    def _send(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.send_offer()

    @on(Button.Pressed, "#follow-up")
    def _follow(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.ask_follow_up()

    @on(Button.Pressed, "#lost")
    def _lost(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.lose()

    @on(Button.Pressed, "#stop")
    def _stop(self, event: Button.Pressed) -> None:
        """Twice: the sale does not go on after it."""
        event.stop()
        if self._stop_asked == self.desk.record_id:
            self._stop_asked = ""
            self.desk.stop_sale()
        else:
            self._stop_asked = self.desk.record_id
            self.post_message(Told(_("Encore une fois pour arrêter la vente : rien ne sera proposé ni envoyé."), "warning"))
            self.paint(self.desk.state)

    @on(Button.Pressed, "#another")
    async def _another(self, event: Button.Pressed) -> None:
        event.stop()
        await self.desk.begin_another()


def follow_up_asked(state: DeskState, reference: str, offer: str) -> SaveAsked:
    """The task of calling again two days later, if it is a working day, when nothing was signed."""
    due = next_working_day(scenario_today(state) + dt.timedelta(days=FOLLOW_UP_DAYS))
    fields = {
        "contact_id": state.contact_id,
        "service": "Service client",
        "title": f"Relancer l'offre {reference} si elle n'est pas signée",
        "detail": offer,
        "due_on": due.isoformat(),
    }
    return SaveAsked("task", str(uuid.uuid4()), 0, fields)
