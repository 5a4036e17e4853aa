"""The amendment of a contract: what was offered to its holder, and what he answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from crm_mock.rules import retention_grid
from crm_mock.rules.retention_grid import Terms
from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_titles import summary
from workstation.ui.screens import retention_words as words
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.record_drafts import drafts_at, find_record, records
from workstation.ui.widgets.record_form import RecordForm
from workstation.ui.widgets.record_subject import Subject
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable, plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.retention_desk import RetentionDeskPane

AMENDMENT_FIELDS = (
    "after_product_id", "starts_on", "discount_percent", "discount_months", "pause_months", "commitment_months", "motive", "agreed",
    "satisfaction", "status",
)  # fmt: skip


class AmendmentStep(Vertical):
    """The offer made and its answer: prices before, during and after, dates, commitment, agreement, satisfaction."""

    def __init__(self, desk: RetentionDeskPane) -> None:
        super().__init__(id="avenant")
        self.desk = desk
        self.table = RecordTable([Column(_("Avenant"), 22), Column(_("Détail")), Column(_("État"), 10)])
        self.form = RecordForm(desk.pane_id, id="amendment-form")
        self.terms = Static("", classes="detail", markup=False)

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.form
        yield self.terms
        with Horizontal(classes="buttons"):
            yield Button(_("Accepté par le client"), id="amendment-accept", compact=True)
            yield Button(_("Refusé"), id="amendment-refuse", compact=True)
            yield Button(_("Annuler l'avenant"), id="amendment-cancel", compact=True)
            yield Button(_("+ avenant hors grille"), id="amendment-new", compact=True)

    # --- following the state

    async def take_up(self, state: DeskState) -> None:
        """The amendment being discussed: its draft, else the one put to the customer, else the one agreed."""
        drafts = drafts_at(state, pane=self.desk.pane_id, contact=state.contact_id, form=str(self.form.id))
        draft = next((d for d in drafts if not d.version), None)
        if draft is not None:
            await self.form.open(Subject.of_draft(draft, names=AMENDMENT_FIELDS, options=self._options(state)), state, focus=False)
            return
        made = words.amendments_of(state, self.desk.subscription)
        found = next((a for a in made if a.get("status") == "proposé"), None) or words.agreed_amendment(state, self.desk.subscription)
        if found is None:
            self.form.close()
        else:
            await self.open(str(found["id"]), focus=False)

    def paint(self, state: DeskState) -> None:
        self.form.show_state(state)
        rows = []
        for one in words.amendments_of(state, self.desk.subscription):
            said = summary("amendment", one)
            rows.append(Row(str(one["id"]), (said.what, said.text, said.status)))
        self.table.set_rows(rows)
        editing = self.form.subject is not None
        self.table.display = not editing
        status = str(self.form.subject.record.get("status") or "") if self.form.subject is not None else ""
        applied = bool(self.form.subject.record.get("applied")) if self.form.subject is not None else False
        self.query_one("#amendment-accept").display = status in ("proposé", "refusé")
        self.query_one("#amendment-refuse").display = status == "proposé"
        self.query_one("#amendment-cancel").display = status == "accepté" and not applied
        self.query_one("#amendment-new").display = not editing and self.desk.subscription is not None
        self._paint_terms(state)

    def _paint_terms(self, state: DeskState) -> None:
        subscription = self.desk.subscription
        if subscription is None or self.form.subject is None:
            known = _("Entrée ouvre l'avenant.") if self.table.rows_shown else _("Aucun avenant : proposez d'abord une offre de la grille.")
            self.terms.update(known if subscription is not None else "")
            return
        record = self.form.subject.record
        terms = self._typed_terms(state, subscription)
        if terms is None:
            self.terms.update("")
            return
        text = Text()
        before = words.formula(state, subscription.get("product_id"), subscription.get("label"))
        after = words.formula(state, self._typed("after_product_id") or subscription.get("product_id"), subscription.get("label"))
        if record.get("status") == "accepté" and record.get("before_product_id"):
            before = words.formula(state, record["before_product_id"])
        text.append(f"{before} → {after}\n" if after != before else f"{before}\n", style="bold")
        text.append(words.price_words(terms, pause=bool(self._count("pause_months"))) + "\n")
        remaining = words.situation(state, subscription).remaining_goodwill_cents
        text.append(words.cost_words(terms, remaining, self._count("commitment_months")))
        self.terms.update(text)

    def _typed_terms(self, state: DeskState, subscription: Record) -> Terms | None:
        """Of what is typed; the server's own once it is agreed; None while a date cannot be read."""
        assert self.form.subject is not None
        record = self.form.subject.record
        starts_on = words.date_of(self._typed("starts_on")) or words.date_of(record.get("starts_on"))
        if starts_on is None:
            return None
        percent, months = self._count("discount_percent"), self._count("discount_months")
        if record.get("status") == "accepté":
            before, after = int(record.get("before_cents") or 0), int(record.get("after_cents") or 0)
        else:
            before = int(subscription.get("monthly_cents") or 0)
            after = words.price_of(state, subscription, str(self._typed("after_product_id") or ""))
        return retention_grid.terms(before, after, percent, months if percent else 0, self._count("pause_months"), starts_on)

    def _typed(self, name: str) -> object:
        try:
            return self.form.box(name).read()
        except Unreadable:
            return None

    def _count(self, name: str) -> int:
        value = self._typed(name)
        return value if isinstance(value, int) and 0 <= value <= 100 else 0

    @on(FieldBox.Edited)
    def _field_edited(self, event: FieldBox.Edited) -> None:
        self._paint_terms(self.desk.state)

    # --- what a person does

    def focus_first(self) -> None:
        """To the answer still awaited, then to the satisfaction, else to the list."""
        if self.form.subject is None:
            take_focus(self.table if self.table.rows_shown else self.query_one("#amendment-new"))
        elif self.form.subject.record.get("status") == "accepté":
            take_focus(self.form.box("satisfaction").editor)
        elif self.form.version or self.form.subject.record.get("offer_rule"):
            take_focus(self.query_one("#amendment-accept"))
        else:
            self.form.focus_first()

    def _options(self, state: DeskState) -> dict[str, list[tuple[str, str]]]:
        """The formulas of the same family as the one held."""
        held = find_record(state, "product", str((self.desk.subscription or {}).get("product_id") or ""))
        family = held.get("category") if held else None
        formulas = [p for p in records(state, "product") if p.get("category") == family]
        return {"after_product_id": [(str(p["id"]), plain_line(p.get("name"))) for p in formulas]}

    async def open(self, record_id: str, *, focus: bool = True) -> None:
        record = find_record(self.desk.state, "amendment", record_id)
        if record is not None:
            options = self._options(self.desk.state)
            subject = Subject("amendment", record, self.desk.state.contact_id, AMENDMENT_FIELDS, options=options)
            await self.form.open(subject, self.desk.state, focus=False)
            self.paint(self.desk.state)
            if focus:
                self.focus_first()

    async def make(self, begins: Record, *, save: bool) -> None:
        """A new amendment; `save`: as it is, at once (an offer of the grid put to the customer)."""
        state = self.desk.state
        subject = Subject.new("amendment", state.contact_id, begins, names=AMENDMENT_FIELDS, options=self._options(state))
        await self.form.open(subject, state, focus=False)
        if save:
            self.form.save()
        self.paint(self.desk.state)
        self.focus_first()

    @on(RecordTable.Opened)
    async def _row_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        await self.open(event.key)

    @on(Button.Pressed, "#amendment-new")
    async def _new(self, event: Button.Pressed) -> None:
        event.stop()
        if self.desk.subscription is not None:
            await self.make(words.begins(self.desk.state, self.desk.subscription, None), save=False)

    @on(Button.Pressed, "#amendment-accept")
    def _accept(self, event: Button.Pressed) -> None:
        event.stop()
        self.form.put("agreed", True)
        self._answer("accepté")

    @on(Button.Pressed, "#amendment-refuse")
    def _refuse(self, event: Button.Pressed) -> None:
        event.stop()
        self._answer("refusé")

    @on(Button.Pressed, "#amendment-cancel")
    def _cancel(self, event: Button.Pressed) -> None:
        event.stop()
        self._answer("annulé")

    def _answer(self, status: str) -> None:
        self.form.put("status", status)
        self.form.save()

    @on(RecordForm.Confirmed)
    def _confirmed(self, event: RecordForm.Confirmed) -> None:
        event.stop()
        if self.form.subject is None or not self.desk.shows("avenant"):
            return
        record = self.form.subject.record
        if record.get("status") == "refusé":
            self.form.close()
            self.desk.go("grille")
        elif record.get("status") == "accepté" and not record.get("satisfaction"):
            self.post_message(Told(_("Accord inscrit. Demandez si cela lui convient, et notez la satisfaction.")))
            self.focus_first()

    @on(RecordForm.Left)
    def _left(self, event: RecordForm.Left) -> None:
        event.stop()
        self.form.close()
        self.paint(self.desk.state)
        self.focus_first()
