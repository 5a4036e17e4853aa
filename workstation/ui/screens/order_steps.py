"""The steps of an order, each a view on the order the desk holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.record_titles import summary
from workstation.ui.record_words import value_word
from workstation.ui.screens import order_words
from workstation.ui.screens.basket import next_outcome
from workstation.ui.widgets.field_box import FieldBox
from workstation.ui.widgets.fields import field_specs
from workstation.ui.widgets.record_drafts import records, scenario_today
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import day, folded, money, plain_line

if TYPE_CHECKING:
    from workstation.ui.screens.order_desk import OrderDeskPane


def _matching(products: tuple[Record, ...], query: str) -> Iterator[Record]:
    """What is named so before what only goes by that keyword: « équi » is Équinoxe, then what is like it."""
    wanted = folded(query).split()
    named = [product for product in products if all(word in folded(str(product.get("name", ""))) for word in wanted)]
    yield from named
    for product in products:
        text = folded(f"{product.get('name', '')} {product.get('category', '')} {product.get('keywords', '')}")
        if product not in named and all(word in text for word in wanted):
            yield product


class AvailabilityStep(Vertical):
    """Search the catalogue; Enter puts the product in the basket, or, out of stock, shows what can replace it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "all_products", show=False),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, desk: OrderDeskPane) -> None:
        super().__init__(id="disponibilite")
        self.desk = desk
        self.search = Input(placeholder=_("produit, ou « 6 produit »"), compact=True, id="product-search")
        self.quantity = Input(placeholder="1", compact=True, id="quantity", type="integer", max_length=3)
        self.said = Static("", classes="note", markup=False)
        self.table = RecordTable(
            [
                Column(_("Produit")),
                Column(_("Prix"), 10, True),
                Column(_("Stock"), 7, True),
                Column(_("De retour"), 10),
                Column(_("Unité"), 8),
            ]
        )
        self._replaced = ""  # the product out of stock whose substitutes are shown
        self._shown = ("", "")  # the product replaced and the words searched for that the list is of

    def compose(self) -> ComposeResult:
        with Horizontal(classes="fields"):
            yield Static(_("Quantité"), classes="tag")
            yield self.quantity
            yield Static(_("Chercher"), classes="tag")
            yield self.search
        yield self.said
        yield self.table

    def focus_first(self) -> None:
        take_focus(self.table if self._replaced else self.search)

    def paint(self, state: DeskState) -> None:
        by_id = {str(p["id"]): p for p in state.products}
        out = by_id.get(self._replaced)
        if out is not None:
            shown = [by_id[s] for s in out.get("substitutes") or () if s in by_id]
            self.said.update(
                Text(
                    _("Rupture : {name}. Entrée : proposer, Échap : retour").format(name=plain_line(out["name"])),
                    style="bold",
                )
            )
        else:
            shown = list(_matching(state.products, self._split()[1]))
            self.said.update(Text(_("Entrée : la liste, puis au panier ; en rupture : les remplaçants.")))
        self.table.set_rows([self._row(p) for p in shown])
        if (of := (self._replaced, self.search.value)) != self._shown:
            self._shown = of
            self.table.move_cursor(row=0, animate=False)  # another list: the best of it first

    def _row(self, product: Record) -> Row:
        stock = int(product.get("stock") or 0)
        cells = (
            plain_line(product.get("name")),
            money(int(product.get("price_cents") or 0)) + (" HT" if product.get("price_ht") else ""),
            str(stock) if stock > 0 else _("rupture"),
            day(product.get("back_on")) if stock <= 0 else "",
            plain_line(product.get("unit") or ""),
        )
        return Row(str(product["id"]), cells, tone="" if stock > 0 else "dim")

    @on(Input.Changed, "#product-search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._replaced = ""
        self.quantity.placeholder = self._split()[0] or "1"
        self.paint(self.desk.state)

    @on(Input.Submitted)
    def _to_table(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.quantity:
            take_focus(self.search)
        elif self.search.value and len(self.table.rows_shown) == 1 and not self._replaced:
            self._choose(self.table.rows_shown[0].key)  # nothing to choose between
        else:
            take_focus(self.table)

    @property
    def count(self) -> int:
        """The quantity typed in its field, else in front of the words searched for, else 1."""
        typed = self.quantity.value or self._split()[0]
        return int(typed) if typed.isdigit() and int(typed) > 0 else 1

    def _split(self) -> tuple[str, str]:
        """Quantity and words of « 6 équinoxe »."""
        first, space, rest = self.search.value.strip().partition(" ")
        return (first, rest) if first.isdigit() and space else ("", self.search.value)

    @on(RecordTable.Opened)
    def _chosen(self, event: RecordTable.Opened) -> None:
        event.stop()
        self._choose(event.key)

    def _choose(self, key: str) -> None:
        by_id = {str(p["id"]): p for p in self.desk.state.products}
        product = by_id[key]
        if self._replaced:
            if key not in (by_id[self._replaced].get("substitutes") or ()):
                return  # a second Enter on the row that was there before the substitutes
            out, self._replaced = self._replaced, ""
            basket = self.desk.basket.propose("substitution", key, out, _now(), self.count)
            self.desk.change(basket)
            self.post_message(
                Told(_("Substitution proposée : {name}. Notez la réponse au panier.").format(name=plain_line(product["name"])))
            )
            self.quantity.value = ""
            self.desk.go("panier")
        elif int(product.get("stock") or 0) < self.count and product.get("substitutes"):
            self._replaced = key
            self.paint(self.desk.state)
            take_focus(self.table)
        else:
            self.desk.change(self.desk.basket.add(product, self.count))
            self.post_message(Told(_("Au panier : {count} × {name}").format(count=self.count, name=plain_line(product["name"]))))
            self.quantity.value = self.search.value = ""

    def action_to_list(self) -> None:
        take_focus(self.table)

    def action_all_products(self) -> None:
        self._replaced = ""
        self.paint(self.desk.state)
        take_focus(self.search)


class LinesTable(RecordTable):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "more(1)", show=False),
        Binding("minus", "more(-1)", show=False),
        Binding("delete", "more(-999)", show=False),
    ]

    def __init__(self, desk: OrderDeskPane) -> None:
        super().__init__(
            [
                Column(_("Qté"), 4, True),
                Column(_("Article")),
                Column(_("Prix"), 9, True),
                Column(_("Montant"), 10, True),
                Column(_("Pourquoi"), 12),
            ],
            id="lines",
        )
        self.desk = desk

    def action_more(self, by: int) -> None:
        index = self.cursor_row
        if 0 <= index < len(self.desk.basket.lines):
            basket = self.desk.basket
            self.desk.change(basket.set_quantity(index, basket.lines[index].quantity + by))


class ProposalsTable(RecordTable):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "withdraw", show=False)]

    def __init__(self, desk: OrderDeskPane) -> None:
        super().__init__([Column(_("Proposition"), 14), Column(_("Article")), Column(_("Réponse"), 14)], id="proposals")
        self.desk = desk

    def action_withdraw(self) -> None:
        """Takes out what was recorded by mistake."""
        if 0 <= self.cursor_row < len(self.desk.basket.proposals):
            self.desk.change(self.desk.basket.withdraw(self.cursor_row))


class BasketStep(Vertical):
    """Lines (+, -, Delete, or Enter to type the quantity) and proposals (Enter: proposée, acceptée, refusée; Delete)."""

    def __init__(self, desk: OrderDeskPane) -> None:
        super().__init__(id="panier")
        self.desk = desk
        self.lines = LinesTable(desk)
        self.quantity = Input(compact=True, id="line-quantity", type="integer", max_length=3)
        self.proposals = ProposalsTable(desk)

    def compose(self) -> ComposeResult:
        yield self.lines
        with Horizontal(classes="fields"):
            yield Static(_("+ − Suppr, ou Entrée puis quantité :"), classes="tag long", markup=False)
            yield self.quantity
        yield Static(_("Propositions (Entrée : proposée → acceptée → refusée ; Suppr : retirer)"), classes="note", markup=False)
        yield self.proposals

    def focus_first(self) -> None:
        waits = any(p.outcome == "proposée" for p in self.desk.basket.proposals)
        take_focus(self.proposals if waits or not self.desk.basket.lines else self.lines)

    def paint(self, state: DeskState) -> None:
        basket, rows = self.desk.basket, []
        for index, line in enumerate(basket.lines):
            amounts = (money(line.unit_cents), money(line.unit_cents * line.quantity))
            cells = (str(line.quantity), plain_line(line.label), *amounts, value_word(line.origin))
            rows.append(Row(f"{index}:{line.product_id}:{line.origin}", cells))
        self.lines.set_rows(rows)
        offered = []
        for proposal in basket.proposals:  # keyed as their suggestion was: the cursor follows what was just proposed
            what = _("Substitution") if proposal.nature == "substitution" else _("Additionnelle")
            name = order_words.product_name(state, proposal.product_id)
            if proposal.for_product_id:
                name += " ← " + order_words.product_name(state, proposal.for_product_id)
            offered.append(
                Row(
                    f"{proposal.nature}:{proposal.product_id}:{proposal.for_product_id}",
                    (what, name, value_word(proposal.outcome)),
                    tone="bold" if proposal.outcome == "proposée" else "",
                )
            )
        for product_id, because in basket.suggestions(state.products):
            name = f"{order_words.product_name(state, product_id)} {money(self._price(state, product_id))}"
            offered.append(Row(f"additionnelle:{product_id}:{because}", (_("Additionnelle"), name, _("à proposer"))))
        self.proposals.set_rows(offered)

    @staticmethod
    def _price(state: DeskState, product_id: str) -> int:
        return next((int(p.get("price_cents") or 0) for p in state.products if p["id"] == product_id), 0)

    @on(RecordTable.Opened, "#lines")
    def _line_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self.quantity.value = str(self.desk.basket.lines[self.lines.cursor_row].quantity)
        take_focus(self.quantity)
        self.quantity.action_select_all()

    @on(Input.Submitted, "#line-quantity")
    def _quantity_typed(self, event: Input.Submitted) -> None:
        event.stop()
        index = self.lines.cursor_row
        if event.value.isdigit() and 0 <= index < len(self.desk.basket.lines):
            self.desk.change(self.desk.basket.set_quantity(index, int(event.value)))
        self.quantity.value = ""
        take_focus(self.lines)

    @on(RecordTable.Opened, "#proposals")
    def _proposal_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        basket = self.desk.basket
        nature, product_id, because = event.key.split(":", 2)
        index = next((i for i, p in enumerate(basket.proposals) if (p.nature, p.product_id) == (nature, product_id)), None)
        if index is None:
            self.desk.change(basket.propose("additionnelle", product_id, because, _now()))
            return
        proposal = basket.proposals[index]
        product = next((p for p in self.desk.state.products if p["id"] == product_id), None)
        if product is not None:
            self.desk.change(basket.settle(index, next_outcome(proposal.outcome), product))


class SummaryStep(VerticalScroll):
    """Delivery, thresholds, totals, what is still to be said; then draft or validation."""

    def __init__(self, desk: OrderDeskPane) -> None:
        super().__init__(id="recapitulatif", can_focus=False)
        self.desk = desk
        specs = field_specs("order", ("delivery", "relay_point", "address_id"))
        self.boxes = {s.name: FieldBox(s, lambda: scenario_today(desk.state)) for s in specs}
        self.words = Static("", markup=False, id="order-words")
        self._relays: list[str] = []  # where this customer's orders went, latest first

    def compose(self) -> ComposeResult:
        yield from self.boxes.values()
        with Horizontal(classes="buttons"):
            yield Button(_("Valider la commande"), id="validate", compact=True)
            yield Button(_("Garder en brouillon"), id="keep", compact=True)
        yield self.words

    def focus_first(self) -> None:
        take_focus(self.boxes["delivery"].editor)

    def paint(self, state: DeskState) -> None:
        addresses = [(str(a["id"]), summary("address", a).text) for a in records(state, "address")]
        self.boxes["address_id"].set_options(addresses)
        self._know_relays(state)
        for name, box in self.boxes.items():
            if not box.being_typed_in:
                box.show(getattr(self.desk.basket, name))
        self.boxes["relay_point"].display = self.desk.basket.delivery == "relais"
        self.boxes["address_id"].display = self.desk.basket.delivery == "domicile"
        text = Text()
        missing = order_words.still_to_do(self.desk)
        text.append(("▲ " + _("À voir : ") + ", ".join(missing) if missing else "✓ " + _("Rien d'oublié")) + "\n", style="bold")
        if threshold := order_words.threshold_words(self.desk):
            text.append(threshold[:1].upper() + threshold[1:] + "\n")
        text.append(order_words.withdrawal_words(self.desk) + "\n")
        if not self.desk.has_class("-beside"):
            text.append(order_words.receipt(self.desk))
        self.words.update(text)

    def _know_relays(self, state: DeskState) -> None:
        used = [plain_line(o["relay_point"]) for o in records(state, "order") if o.get("relay_point")]
        if used == self._relays:
            return
        self._relays, editor = used, self._relay_editor
        editor.suggester = SuggestFromList(dict.fromkeys(used), case_sensitive=False)
        editor.placeholder = _("↓ reprend {place}").format(place=used[0]) if used else ""

    @property
    def _relay_editor(self) -> Input:
        editor = self.boxes["relay_point"].editor
        assert isinstance(editor, Input)
        return editor

    def on_key(self, event: events.Key) -> None:
        """The down arrow in an empty relay point takes that of the last order."""
        if event.key == "down" and self._relays and self._relay_editor.has_focus and not self._relay_editor.value:
            event.stop()
            self._relay_editor.value = self._relays[0]
            self._relay_editor.cursor_position = len(self._relays[0])

    @on(FieldBox.Edited)
    def _edited(self, event: FieldBox.Edited) -> None:
        event.stop()
        b = self.desk.basket
        typed = {name: str(box.typed) for name, box in self.boxes.items()}
        self.desk.change(type(b)(b.lines, b.proposals, typed["delivery"], typed["relay_point"], typed["address_id"], b.wanted))

    @on(Button.Pressed, "#validate")
    def _validate(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.save("validée")

    @on(Button.Pressed, "#keep")
    def _keep(self, event: Button.Pressed) -> None:
        event.stop()
        self.desk.save()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
