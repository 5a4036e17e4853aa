"""Taking an order: who, what is in stock, basket, summary, payment by secure link, confirmation (SC6, SC8; c6)."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, ContentSwitcher, Static

from workstation.desk.state import DeskState, Record
from workstation.i18n import N_, _
from workstation.ui.messages import DraftChanged, SaveAsked
from workstation.ui.record_titles import summary
from workstation.ui.screens import order_words
from workstation.ui.screens.basket import FIELDS, Basket, basket_of
from workstation.ui.screens.order_closing import ConfirmationStep, PaymentStep
from workstation.ui.screens.order_steps import AvailabilityStep, BasketStep, SummaryStep
from workstation.ui.screens.record_pane import ContactLine, RecordPane, identification_of_call
from workstation.ui.widgets.record_drafts import drafts_at, find_record, records
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.save_line import SaveLine
from workstation.ui.widgets.section_bar import Section, SectionBar

NEW = "new"
STEPS: tuple[tuple[str, str, str], ...] = (
    ("identification", N_("1 Identification"), N_("1 Ident.")),
    ("disponibilite", N_("2 Disponibilité"), N_("2 Dispo.")),
    ("panier", N_("3 Panier"), N_("3 Panier")),
    ("recapitulatif", N_("4 Récapitulatif"), N_("4 Récap.")),
    ("reglement", N_("5 Règlement"), N_("5 Règl.")),
    ("confirmation", N_("6 Confirmation"), N_("6 Conf.")),
)
BESIDE = 110  # cells from which the receipt stands beside the step


class OrderDeskPane(RecordPane):
    """Holds the order being made; the steps show it and ask for changes through `change`."""

    pane_id = "order_desk"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+right", "section(1)", show=False),
        Binding("alt+left", "section(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.record: Record = {}  # the order as confirmed; {"id", "version": 0} for one not saved yet
        self.basket = Basket()
        self._contact_id = ""
        self._sent: dict[str, Any] = {}
        self._settled: object = None
        self._conflict: Record | None = None
        self.line = ContactLine()
        self.bar = SectionBar([Section(k, _(w), _(s)) for k, w, s in STEPS], keys="Alt+→", id="order-steps")
        self.orders = RecordTable([Column(_("Commande"), 14), Column(_("Détail")), Column(_("Total"), 11, True), Column(_("État"), 12)])
        self.availability = AvailabilityStep(self)
        self.basket_step = BasketStep(self)
        self.summary_step = SummaryStep(self)
        self.payment = PaymentStep(self)
        self.confirmation = ConfirmationStep(self)
        self.receipt = Static("", id="receipt", markup=False)
        self.saved = SaveLine()

    def title(self) -> str:
        return _("Commande")

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.bar
        with Horizontal(id="order-body"):
            with ContentSwitcher(initial="identification"):
                with Vertical(id="identification"):
                    yield Static(_("Entrée ouvre une commande ; la première ligne en commence une."), classes="note", markup=False)
                    yield self.orders
                yield self.availability
                yield self.basket_step
                yield self.summary_step
                yield self.payment
                yield self.confirmation
            yield self.receipt
        with Horizontal(id="order-foot"):
            yield self.saved
            yield Button(_("Garder la mienne"), id="order-mine", compact=True)
            yield Button(_("Prendre l'autre"), id="order-theirs", compact=True)

    # --- following the state

    def paint(self, state: DeskState) -> None:
        if state.contact_id != self._contact_id:
            self._contact_id = state.contact_id
            self._take_up(state)
        self._follow(state)
        self.line.show(state)
        self.bar.set_sections([Section(k, _(w), _(s), " ✓" if self._done(k) else "") for k, w, s in STEPS])
        rows = [Row(NEW, (_("+ nouvelle"), "", "", ""))]
        for order in records(state, "order"):
            said = summary("order", order)
            rows.append(Row(str(order["id"]), (said.what, f"{said.date} {said.text}".strip(), said.amount, said.status)))
        self.orders.set_rows(rows if state.contact_id else [])
        for step in (self.availability, self.basket_step, self.summary_step, self.payment, self.confirmation):
            step.paint(state)
        self._paint_receipt()

    def _take_up(self, state: DeskState) -> None:
        """The order this contact was being served: its draft, else the one in progress, else a new one."""
        draft = next((d for d in drafts_at(state, pane=self.pane_id, contact=state.contact_id) if d.kind == "order"), None)
        if draft is not None:
            known = find_record(state, "order", draft.record_id)
            self._begin(state, known or {"id": draft.record_id, "version": 0}, basket_of(draft.typed))
            return
        open_one = next((o for o in records(state, "order") if o.get("status") == "brouillon"), None)
        self._begin(state, open_one or {"id": str(uuid.uuid4()), "version": 0})

    def _begin(self, state: DeskState, record: Record, basket: Basket | None = None) -> None:
        self.record, self._sent, self._conflict = record, {}, None
        self._settled = state.saves.get(str(record["id"]))
        self.basket = basket or basket_of(record)

    def _follow(self, state: DeskState) -> None:
        """What the server said of the order since; what was changed here since stays."""
        if not self.record:
            return
        view, fresh = state.saves.get(self.record_id), find_record(state, "order", self.record_id)
        edited = self.edited
        if view is not None and view is not self._settled:
            self._settled = view
            if view.state == "saved":
                self.record = {**self.record, **self._sent, "version": self.version + 1, **(fresh or {})}
                edited = basket_of(self.record).fields() != self.basket.fields()
                self._sent = {}
                self._keep_draft()
            elif view.state == "conflict" and view.current is not None:
                self._conflict = view.current
        if fresh is not None and fresh != self.record and int(fresh.get("version") or 0) >= self.version:
            theirs_changed = any(fresh.get(n) != self.record.get(n) and fresh.get(n) != self._sent.get(n, ...) for n in FIELDS)
            if edited and theirs_changed and self.version:
                self._conflict = fresh
            else:
                self.record = {**self.record, **fresh}
        if not edited and self._conflict is None:
            self.basket = basket_of(self.record) if self.version else self.basket

    def _done(self, step: str) -> bool:
        match step:
            case "identification":
                done = identification_of_call(self.state)
                return done is not None and done.get("outcome") == "vérifié"
            case "panier" | "disponibilite":
                return bool(self.basket.lines)
            case "recapitulatif":
                return self.record.get("status") not in (None, "", "brouillon")
            case "reglement":
                return any(link.get("status") == "autorisé" for link in self.links())
            case _:
                return any(d.get("subject_id") == self.record_id for d in records(self.state, "document"))

    # --- the order

    @property
    def record_id(self) -> str:
        return str(self.record.get("id", ""))

    @property
    def version(self) -> int:
        return int(self.record.get("version") or 0)

    @property
    def edited(self) -> bool:
        """Whether what is shown differs from what was last confirmed."""
        before = basket_of(self.record).fields()
        return before != self.basket.fields() and (bool(self.version) or bool(self.basket.lines or self.basket.proposals))

    def links(self) -> list[Record]:
        """Secure links sent for this order."""
        return [link for link in records(self.state, "payment_link") if link.get("order_id") == self.record_id]

    def change(self, basket: Basket) -> None:
        """The order becomes this; kept as a draft at once."""
        if basket != self.basket and self._contact_id:
            self.basket = basket
            self._keep_draft()
            self.paint(self.state)

    def _keep_draft(self) -> None:
        kept = {**self.basket.fields(), "wanted": dict(self.basket.wanted)} if self.edited else None
        where = {"pane": self.pane_id, "contact": self._contact_id}
        self.post_message(DraftChanged("order", self.record_id, self.version, kept, where))

    def save(self, status: str = "") -> None:
        """Save the order as it is shown; `status` changes it too ("validée")."""
        view = self.state.saves.get(self.record_id)
        if not self._contact_id or self._conflict is not None or (view is not None and view.state == "pending"):
            return
        fields = self.basket.fields()
        if self.version:
            before = basket_of(self.record).fields()
            fields = {n: v for n, v in fields.items() if v != before[n]}
        else:
            fields["contact_id"] = self._contact_id
        if status and status != self.record.get("status"):
            fields["status"] = status
        if fields:
            self._sent = fields
            self.post_message(SaveAsked("order", self.record_id, self.version, fields))

    def action_save(self) -> None:
        """On the payment step, what is typed there is what one saves."""
        if self.bar.key == "reglement" and self.payment.form.has_focus_within:
            self.payment.form.save()
        else:
            self.save()

    @on(Button.Pressed, "#order-mine")
    def _keep_mine(self) -> None:
        if self._conflict is not None:
            self.record, self._conflict = {**self.record, **self._conflict}, None
            self.save()
            self.paint(self.state)

    @on(Button.Pressed, "#order-theirs")
    def _take_theirs(self) -> None:
        if self._conflict is not None:
            self._begin(self.state, {**self.record, **self._conflict})
            self._keep_draft()
            self.paint(self.state)

    # --- moving about

    def opened(self, state: DeskState) -> None:
        super().opened(state)
        self._focus_step()

    def action_section(self, by: int) -> None:
        self.bar.action_step(by)

    def go(self, step: str) -> None:
        self.bar.choose(step)

    @on(SectionBar.Chosen)
    def _step_chosen(self, event: SectionBar.Chosen) -> None:
        event.stop()
        from_bar = self.bar.has_focus
        self.query_one(ContentSwitcher).current = event.key
        self._paint_receipt()
        if not from_bar:
            self._focus_step()

    def _focus_step(self) -> None:
        step = self.bar.key
        if step == "identification":
            self.orders.focus()
            return
        for one in (self.availability, self.basket_step, self.summary_step, self.payment, self.confirmation):
            if one.id == step:
                one.focus_first()

    @on(RecordTable.Opened)
    def _order_opened(self, event: RecordTable.Opened) -> None:
        if event.table is not self.orders:
            return
        event.stop()
        if event.key == NEW:
            self._begin(self.state, {"id": str(uuid.uuid4()), "version": 0})
            self.go("disponibilite")
        else:
            record = find_record(self.state, "order", event.key)
            if record is not None:
                draft = next((d for d in drafts_at(self.state, pane=self.pane_id) if d.record_id == event.key), None)
                self._begin(self.state, record, basket_of(draft.typed) if draft else None)
                self.go("panier" if record.get("status") == "brouillon" else "reglement")
        self.paint(self.state)

    # --- the receipt

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE, "-beside")
        self.summary_step.paint(self.state)
        self._paint_receipt()

    def _paint_receipt(self) -> None:
        beside = self.size.width >= BESIDE
        self.receipt.display = beside
        if beside:
            self.receipt.update(order_words.receipt(self))
        conflict = self._conflict is not None
        for button in self.query("#order-foot Button"):
            button.display = conflict
        words = _("Commande modifiée entre-temps") if conflict else order_words.one_line_total(self)
        self.saved.show(self.state, self.record_id, self.edited, words)

    @property
    def receipt_text(self) -> Text:
        return order_words.receipt(self)
