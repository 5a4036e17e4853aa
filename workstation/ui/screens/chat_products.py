"""The catalogue beside the thread: a search, two or three products side by side, their sheets and the comparison put into the message."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input

from workstation.desk.state import DeskState, Record
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told, Traced
from workstation.ui.screens import chat_comparison as compare
from workstation.ui.screens.chat_replies import PutIn
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import folded, plain_line


class ProductsPanel(Vertical):
    """In the list, Enter takes a product into the comparison or out of it, Space puts its sheet into the message."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "sheet", show=False)]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.search = Input(compact=True, placeholder=_("chercher un produit : machine, compost, déca…"), max_length=60)
        self.table = RecordTable(
            [Column(" ", 1), Column(_("Produit")), Column(_("Prix"), 10, right=True), Column(_("Stock"), 7, right=True)]
        )
        self._comparison = Static("", markup=False)
        self._button = Button(_("Comparatif → message"), compact=True, classes="compare")
        self._state = DeskState()
        self._chosen: list[str] = []

    def compose(self) -> ComposeResult:
        with Horizontal(classes="search-line"):
            yield self.search
            yield self._button
        yield self.table
        with VerticalScroll(classes="comparison"):
            yield self._comparison

    def show(self, state: DeskState) -> None:
        self._state = state
        self._paint()

    @property
    def compared(self) -> list[Record]:
        by_id = {str(p.get("id")): p for p in self._state.products}
        return [by_id[one] for one in self._chosen if one in by_id]

    def _paint(self) -> None:
        asked = folded(self.search.value).split()
        found = [p for p in self._state.products if all(word in _words(p) for word in asked)]
        named = [folded(str(p.get("name") or "")) for p in found]

        def place(n: int) -> tuple[bool, bool]:
            """Those compared stay in sight, then come those that bear the name."""
            return str(found[n].get("id")) not in self._chosen, not all(word in named[n] for word in asked)

        found = [found[n] for n in sorted(range(len(found)), key=place)]
        self.table.set_rows([self._row(product) for product in found])
        self._comparison.update(compare.table(self._state, self.compared, max(20, self.size.width - 2)))
        self._button.display = bool(self._chosen)

    def _row(self, product: Record) -> Row:
        taken = "✓" if str(product.get("id")) in self._chosen else " "
        stock = str(product.get("stock") or 0) if product.get("stock") else _("rupture")
        return Row(str(product.get("id")), (taken, plain_line(product.get("name") or ""), compare.price_of(product), stock))

    def on_resize(self, event: events.Resize) -> None:
        self._paint()

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._paint()

    @on(Input.Submitted)
    def _to_list(self, event: Input.Submitted) -> None:
        """Into the list; the only one found is compared at once."""
        event.stop()
        take_focus(self.table)
        found = [row.key for row in self.table.rows_shown]
        if len(found) == 1 and found[0] not in self._chosen:
            self._toggle(found[0])

    @on(RecordTable.Opened)
    def _toggled(self, event: RecordTable.Opened) -> None:
        event.stop()
        self._toggle(event.key)

    def _toggle(self, key: str) -> None:
        if key in self._chosen:
            self._chosen.remove(key)
        elif len(self._chosen) >= compare.MOST:
            self.post_message(Told(_("Trois produits au plus : retirez-en un (Entrée).")).set_sender(self))
        else:
            self._chosen.append(key)
            if len(self._chosen) > 1:
                traced = Traced("ScreenOpened", screen="comparatif", products=list(self._chosen))
                self.post_message(traced.set_sender(self))
        self._paint()

    def action_sheet(self) -> None:
        product = next((p for p in self._state.products if str(p.get("id")) == self.table.row_key), None)
        if product is not None and self.table.has_focus:
            self.post_message(PutIn(compare.sheet_link(self._state, product)))

    @on(Button.Pressed, ".compare")
    def _put_comparison(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(PutIn(compare.summary(self._state, self.compared)))

    def focus_first(self) -> None:
        take_focus(self.search)


def _words(product: Record) -> str:
    return folded(" ".join(str(product.get(name) or "") for name in ("name", "category", "description", "keywords", "id")))
