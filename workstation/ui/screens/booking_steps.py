"""The steps of a booking, each a view on the booking the desk holds: what is free, what was proposed, the summary."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input

from crm_mock.models import Resource
from crm_mock.rules import booking
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_words import value_word
from workstation.ui.screens import booking_stay, booking_words
from workstation.ui.screens.basket import next_outcome
from workstation.ui.screens.order_words import product_name
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import field_specs
from workstation.ui.widgets.record_drafts import find_record, scenario_today
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_input import DateInput, ValueInput, count_input
from workstation.ui.widgets.value_text import Unreadable, money, plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.booking_desk import BookingDeskPane

SUBSTITUTION, ADDON = "substitution", "vente additionnelle"


class FreeStep(Vertical):
    """Dates, persons, and what is free. Enter takes a resource; full, it shows other dates and what can replace it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "all_resources", show=False), Binding("down", "to_list", show=False)]

    def __init__(self, desk: BookingDeskPane) -> None:
        super().__init__(id="disponibilite")
        self.desk = desk
        self.starts_on = DateInput(lambda: scenario_today(desk.state), id="starts-on")
        self.ends_on = DateInput(lambda: scenario_today(desk.state), id="ends-on")
        self.persons: ValueInput = count_input()
        self.said = Static("", classes="note", markup=False)
        self.table = RecordTable(
            [Column(_("À réserver")), Column(_("Prix"), 10, True), Column(_("Places"), 8, True), Column(_("Libres"), 11, True)]
        )
        self._full = ""  # the resource whose other dates and substitutes are shown
        self._first = ""  # key of the first of them

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield Static(_("Du"), classes="tag")
            yield self.starts_on
            yield Static(_("au"), classes="tag until")
            yield self.ends_on
            yield Static(_("Personnes"), classes="tag")
            yield self.persons
        yield self.said
        yield self.table

    def focus_first(self) -> None:
        take_focus(self.table if self._full or self.desk.made.starts_on else self.starts_on)

    @property
    def near(self) -> str:
        """The resource whose free dates are looked for."""
        return self._full

    # --- painting

    def paint(self, state: DeskState) -> None:
        stay = self.desk.made
        for editor, value in ((self.starts_on, stay.starts_on), (self.ends_on, stay.ends_on), (self.persons, stay.persons)):
            if not editor.has_focus:
                editor.show(value or None)
        by_night = any(r.basis == "nuit" for r in booking_stay.resources(state))
        for widget in (self.ends_on, self.query_one(".until")):
            widget.display = by_night
        resource = booking_stay.resource_of(state, self._full)
        if resource is None:
            self.said.update(_("Entrée choisit ; complet ou sans date : autres dates et remplaçants."))
            self.table.set_rows([self._row(state, r) for r in booking_stay.resources(state)])
            return
        words = _("{name} : Entrée propose, Échap revient")
        if stay.persons > resource.capacity:
            words = _("{name} : {capacity} personnes au plus, Échap revient")
        self.said.update(Text(words.format(name=plain_line(resource.name), capacity=resource.capacity), style="bold"))
        rows = [*self._date_rows(state, resource), *self._substitute_rows(state, resource)]
        first, self._first = self._first, rows[0].key if rows else ""
        at_first = self.table.row_key in ("", first)
        self.table.set_rows(rows)
        if at_first:
            self.table.move_cursor(row=0, animate=False)  # dates come after their substitutes: the best of them first

    def _row(self, state: DeskState, resource: Resource) -> Row:
        left = booking_stay.places(state, resource, self.desk.made)
        told = "—" if left is None else str(left) if left else _("complet") if self._opens(state, resource) else _("pas ce jour")
        chosen = "✓ " if resource.id == self.desk.made.resource_id else ""
        cells = (chosen + plain_line(resource.name), money(resource.price_cents), str(resource.capacity), told)
        return Row(resource.id, cells, tone="dim" if left == 0 else "")

    def _opens(self, state: DeskState, resource: Resource) -> bool:
        """Whether there is a session, or a night, on each of the days asked for, free or not."""
        dates = booking_stay.stay_dates(resource, self.desk.made)
        known = booking_stay.free(state, booking_stay.ASKED, resource.id) or {}
        return dates is not None and all(one in known for one in booking.days(resource.basis, *dates))

    def _date_rows(self, state: DeskState, resource: Resource) -> list[Row]:
        known = booking_stay.free(state, booking_stay.NEAR, resource.id) or {}
        rows = []
        for start, end in booking_stay.other_dates(state, resource, self.desk.made):
            left = min((known.get(one, 0) for one in booking.days(resource.basis, start, end)), default=0)
            words = booking_words.when_words(resource, (start, end))
            rows.append(Row(f"{start}|{end}", (words, money(resource.price_cents), str(resource.capacity), str(left))))
        return rows

    def _substitute_rows(self, state: DeskState, resource: Resource) -> list[Row]:
        rows = []
        for ident in resource.substitutes:
            other = booking_stay.resource_of(state, ident)
            if other is not None:
                row = self._row(state, other)
                rows.append(Row(row.key, (_("à la place : {name}").format(name=plain_line(other.name)), *row.cells[1:]), tone=row.tone))
        return rows

    # --- what a person does

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """What can be read of the dates and the number is the booking's at once."""
        event.stop()
        if not event.input.has_focus:
            return
        stay = self.desk.made
        try:
            starts_on = str(self.starts_on.read() or "")
            ends_on = str(self.ends_on.read() or "") if self.ends_on.display else ""
            persons = self.persons.read()
        except Unreadable:
            return
        resource = booking_stay.resource_of(self.desk.state, stay.resource_id)
        if not self.ends_on.display or (resource is not None and resource.basis == "séance"):
            ends_on = starts_on
        count = persons if isinstance(persons, int) and persons > 0 else 1
        self.desk.change(replace(stay, starts_on=starts_on, ends_on=ends_on, persons=min(count, 10_000)))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.persons:
            take_focus(self.table)
        else:
            self.screen.focus_next()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        state, stay = self.desk.state, self.desk.made
        full = booking_stay.resource_of(state, self._full)
        if full is not None and "|" in event.key:
            start, end = (dt.date.fromisoformat(part) for part in event.key.split("|"))
            self._dates_chosen(full, start, end)
        elif full is not None and event.key in full.substitutes:
            self._full = ""
            self.desk.propose(SUBSTITUTION, event.key, full.id)
        elif full is None and (resource := booking_stay.resource_of(state, event.key)) is not None:
            if booking_stay.fits(state, resource, stay):
                self._take(resource)
            else:
                self._full, self._first = resource.id, self.table.row_key
                self.desk.ask_lists()
                self.paint(state)
                take_focus(self.table)

    def _dates_chosen(self, resource: Resource, start: dt.date, end: dt.date) -> None:
        """Dates proposed in place of those asked for; the booking's own at once when none were asked for."""
        stay, self._full = self.desk.made, ""
        if booking_stay.stay_dates(resource, stay) is None:
            self.desk.change(replace(stay.at(start, end), resource_id=resource.id))
            self._told(resource)
            self.desk.go("options")
            return
        self.desk.change(replace(stay, resource_id=resource.id).propose_dates(start, end, _now()))
        words = booking_words.when_words(resource, (start, end))
        self.post_message(Told(_("Date proposée : {dates}. Notez la réponse.").format(dates=words)))
        self.desk.go("options")

    def _take(self, resource: Resource) -> None:
        dates = booking_stay.stay_dates(resource, self.desk.made)
        stay = replace(self.desk.made, resource_id=resource.id)
        self.desk.change(stay.at(*dates) if dates is not None else stay)
        self._told(resource)
        self.desk.go("options")

    def _told(self, resource: Resource) -> None:
        self.post_message(Told(_("Choisi : {name}").format(name=plain_line(resource.name))))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget is self.persons:
            self.persons.action_select_all()  # what is typed replaces the number that was there

    def action_to_list(self) -> None:
        take_focus(self.table)

    def action_all_resources(self) -> None:
        self._full = ""
        self.paint(self.desk.state)
        take_focus(self.table)


class ProposalRows(RecordTable):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "more(1)", show=False),
        Binding("minus", "more(-1)", show=False),
        Binding("delete", "withdraw", show=False),
    ]

    def __init__(self, desk: BookingDeskPane) -> None:
        columns = [Column(_("Proposition"), 16), Column(_("Détail")), Column(_("Qté"), 4, True), Column(_("Prix"), 10, True)]
        super().__init__([*columns, Column(_("Réponse"), 12)], id="proposals")
        self.desk = desk

    def action_more(self, by: int) -> None:
        """More or less of an option; one that the customer asks for himself comes in so."""
        what, _colon, ident = self.row_key.partition(":")
        product = find_record(self.desk.state, "product", ident) if what == "option" else None
        if product is not None:
            stay = self.desk.made
            self.desk.change(stay.with_option(product, stay.quantity_of(ident) + by, "demandé"))

    def action_withdraw(self) -> None:
        """Takes out dates recorded by mistake."""
        what, _colon, index = self.row_key.partition(":")
        if what == "dates":
            self.desk.change(self.desk.made.withdraw_dates(int(index)))


class OptionsStep(Vertical):
    """What was put to the customer and how he answered: other dates, another resource, options (Enter: proposée, acceptée, refusée)."""

    def __init__(self, desk: BookingDeskPane) -> None:
        super().__init__(id="options")
        self.desk = desk
        self.table = ProposalRows(desk)

    def compose(self) -> ComposeResult:
        yield Static(_("Entrée : proposée → acceptée → refusée ; + − : quantité d'une option"), classes="note", markup=False)
        yield self.table

    def focus_first(self) -> None:
        take_focus(self.table)

    def paint(self, state: DeskState) -> None:
        self.table.set_rows([*self._date_rows(state), *self._substitution_rows(state), *self._option_rows(state)])

    def _date_rows(self, state: DeskState) -> list[Row]:
        resource = booking_words.held_resource(self.desk)
        rows = []
        for index, one in enumerate(self.desk.made.other_dates):
            words = booking_words.when_words(resource, (one.starts_on, one.ends_on))
            rows.append(self._answered(f"dates:{index}", _("Autre date"), words, one.outcome))
        return rows

    def _substitution_rows(self, state: DeskState) -> list[Row]:
        rows = []
        for made in self.desk.proposals():
            if made.get("what") == SUBSTITUTION:
                words = f"{booking_words.name_of(state, str(made['product_id']))} ← {booking_words.name_of(state, str(made['instead_of']))}"
                rows.append(self._answered(f"autre:{made['id']}", _("Substitution"), words, str(made.get("outcome") or "proposée")))
        return rows

    def _option_rows(self, state: DeskState) -> list[Row]:
        """Options proposed or taken, then those that go with the resource and were not."""
        resource, stay = booking_words.held_resource(self.desk), self.desk.made
        outcomes = {str(p["product_id"]): str(p.get("outcome") or "proposée") for p in self.desk.proposals() if p.get("what") == ADDON}
        idents = dict.fromkeys((*outcomes, *(line.product_id for line in stay.options), *(resource.addons if resource else ())))
        rows = []
        for ident in idents:
            count = stay.quantity_of(ident)
            product = find_record(state, "product", ident)
            price = money(int((product or {}).get("price_cents") or 0))
            outcome = outcomes.get(ident, "")
            answer = value_word(outcome) if outcome else _("demandé") if count else _("à proposer")
            cells = (_("Option"), product_name(state, ident), str(count) if count else "", price, answer)
            rows.append(Row(f"option:{ident}", cells, tone="bold" if outcome == "proposée" else ""))
        return rows

    @staticmethod
    def _answered(key: str, what: str, words: str, outcome: str) -> Row:
        return Row(key, (what, words, "", "", value_word(outcome)), tone="bold" if outcome == "proposée" else "")

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        what, _colon, ident = event.key.partition(":")
        if what == "dates":
            one = self.desk.made.other_dates[int(ident)]
            self.desk.change(self.desk.made.settle_dates(int(ident), next_outcome(one.outcome)))
        elif what == "autre":
            self.desk.settle(ident)
        else:
            made = next((p for p in self.desk.proposals() if (p.get("what"), p.get("product_id")) == (ADDON, ident)), None)
            if made is None:
                self.desk.propose(ADDON, ident)
            else:
                self.desk.settle(str(made["id"]))


class BookingSummary(VerticalScroll):
    """What is still to be said, the law, the amounts; then draft or confirmation."""

    def __init__(self, desk: BookingDeskPane) -> None:
        super().__init__(id="recapitulatif", can_focus=False)
        self.desk = desk
        (spec,) = field_specs("booking", ("balance_due_on",))
        self.balance = FieldBox(spec, lambda: scenario_today(desk.state))
        self.words = Static("", markup=False, classes="words")

    def compose(self) -> ComposeResult:
        yield self.balance
        with Horizontal(classes="buttons"):
            yield Button(_("Confirmer la réservation"), id="confirm", compact=True)
            yield Button(_("Garder en brouillon"), id="keep-booking", compact=True)
            yield Button(_("Annuler la réservation"), id="cancel-booking", compact=True)
        yield self.words

    def focus_first(self) -> None:
        take_focus(self.balance.editor)

    def paint(self, state: DeskState) -> None:
        if not self.balance.being_typed_in:
            self.balance.show(self.desk.made.balance_due_on or None)
        status = str(self.desk.record.get("status") or "brouillon")
        self.query_one("#confirm").display = status == "brouillon"
        self.query_one("#keep-booking").display = status == "brouillon"
        self.query_one("#cancel-booking").display = status == "confirmée"
        text, missing = Text(), booking_words.still_to_do(self.desk)
        text.append(("▲ " + _("À voir : ") + ", ".join(missing) if missing else "✓ " + _("Rien d'oublié")) + "\n", style="bold")
        text.append(booking_words.law_words() + "\n")
        if not self.desk.has_class("-beside"):
            text.append(booking_words.receipt(self.desk))
        self.words.update(text)

    @on(FieldBox.Edited)
    def _edited(self, event: FieldBox.Edited) -> None:
        event.stop()
        try:
            due = self.balance.read()
        except Unreadable:
            return
        self.desk.change(replace(self.desk.made, balance_due_on=str(due or "")))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.save({"confirm": "confirmée", "cancel-booking": "annulée"}.get(str(event.button.id), ""))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
