"""The grid: what may be offered to a customer who may leave, in which order, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import Told
from workstation.ui.screens import retention_words as words
from workstation.ui.widgets.record_table import Column, RecordTable, Row
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import money

if TYPE_CHECKING:
    from workstation.ui.screens.retention_desk import RetentionDeskPane


class GridStep(Vertical):
    """The offers in the order of the grid; Enter puts one to the customer, or goes to the answer to one already put."""

    def __init__(self, desk: RetentionDeskPane) -> None:
        super().__init__(id="grille")
        self.desk = desk
        self.table = RecordTable(
            [
                Column(_("N°"), 3, True),
                Column(_("Offre")),
                Column(_("Pendant"), 10, True),
                Column(_("Ensuite"), 10, True),
                Column(_("État"), 12),
            ]
        )
        self.detail = Static("", classes="detail", markup=False)

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.detail

    def focus_first(self) -> None:
        take_focus(self.table)

    def paint(self, state: DeskState) -> None:
        rows = []
        for line in self.lines(state):
            during = "—" if line.terms.until is None else money(line.terms.during_cents)
            cells = (
                "" if line.why else str(line.offer.rank),
                line.offer.label,
                during,
                money(line.terms.after_cents),
                words.status_word(line),
            )
            tone = "dim" if line.why else "bold" if line.status == "proposé" else ""
            rows.append(Row(line.offer.id, cells, tone=tone))
        self.table.set_rows(rows)
        self._paint_detail(state)

    def lines(self, state: DeskState) -> list[words.OfferLine]:
        return words.offer_lines(state, self.desk.subscription)

    def _paint_detail(self, state: DeskState) -> None:
        subscription = self.desk.subscription
        line = next((one for one in self.lines(state) if one.offer.id == self.table.row_key), None)
        if subscription is None or line is None:
            self.detail.update(_("Aucune grille de fidélisation dans ce scénario.") if words.grid_of(state) is None else "")
            return
        self.detail.update(words.offer_words(state, line, words.situation(state, subscription).remaining_goodwill_cents))

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._paint_detail(self.desk.state)

    @on(RecordTable.Opened)
    async def _offered(self, event: RecordTable.Opened) -> None:
        event.stop()
        line = next((one for one in self.lines(self.desk.state) if one.offer.id == event.key), None)
        if line is None:
            return
        if line.why:
            self.post_message(Told(_("Cette offre ne convient pas à ce client : {why}.").format(why=line.why), "warning"))
        elif line.amendment_id:
            await self.desk.answer(line.amendment_id)
        else:
            await self.desk.offer(line)
