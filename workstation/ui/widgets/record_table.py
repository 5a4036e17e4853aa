"""A list of records: at most 300 rows, updated in place, each opened by Enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from workstation.i18n import _
from workstation.ui.widgets.value_text import plain_line

MAX_ROWS = 300


@dataclass(frozen=True)
class Column:
    """`width` in cells; 0 takes what the others leave."""

    word: str
    width: int = 0
    right: bool = False


@dataclass(frozen=True)
class Row:
    """`key` names the row; `number` (E.164) can be dialled from it."""

    key: str
    cells: tuple[str, ...]
    number: str = ""
    tone: str = ""  # a Rich style for the whole row, beside words that say the same


class RecordTable(DataTable[Text]):
    """`Opened` on Enter or a click, `Dialled` on the row's number."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("alt+n,asterisk", "dial", show=False)]

    class Opened(Message):
        def __init__(self, table: RecordTable, key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> RecordTable:
            return self.table

    class Dialled(Message):
        def __init__(self, table: RecordTable, number: str) -> None:
            super().__init__()
            self.table, self.number = table, number

        @property
        def control(self) -> RecordTable:
            return self.table

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=1)
        self._spec = tuple(columns)
        self._rows: tuple[Row, ...] = ()
        self._laid_for = 0
        self.left_out = 0

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width and event.size.width != self._laid_for:
            self._lay_out(event.size.width)

    def set_columns(self, columns: Sequence[Column]) -> None:
        if tuple(columns) != self._spec:
            self._spec = tuple(columns)
            self._rows = ()
            self._lay_out(self._laid_for or 78)

    def _lay_out(self, width: int) -> None:
        """Fixed columns first, the open one takes the rest; measured once per width, never per row."""
        self._laid_for = width
        at = self.row_key
        fixed = sum(c.width for c in self._spec if c.width) + 2 * len(self._spec)
        open_ones = max(1, sum(1 for c in self._spec if not c.width))
        rest = max(8, (width - fixed - 1) // open_ones)
        self.clear(columns=True)
        for index, column in enumerate(self._spec):
            self.add_column(Text(column.word), width=column.width or rest, key=str(index))
        rows, self._rows = self._rows, ()
        self.set_rows(rows)
        self._go_to(at)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on its row while that row is there, else on what took its place."""
        self.left_out = max(0, len(rows) - MAX_ROWS)
        rows = tuple(rows[:MAX_ROWS])
        if rows == self._rows or not self.columns:
            self._rows = rows
            return
        at, place = self.row_key, self.cursor_row
        before, self._rows = self._rows, rows
        if [r.key for r in before] == [r.key for r in rows]:
            for old, new in zip(before, rows, strict=True):
                if old != new:
                    for index, cell in enumerate(self._cells(new)):
                        self.update_cell(new.key, str(index), cell)
            return
        self.clear()
        for row in rows:
            self.add_row(*self._cells(row), key=row.key)
        if rows and not self._go_to(at):
            self.move_cursor(row=min(place, len(rows) - 1), animate=False)

    def _cells(self, row: Row) -> list[Text]:
        cells = []
        for column, cell in zip(self._spec, row.cells, strict=True):
            cells.append(
                Text(plain_line(cell), style=row.tone, no_wrap=True, overflow="ellipsis", justify="right" if column.right else "left")
            )
        return cells

    def _go_to(self, key: str) -> bool:
        """Whether that row is there."""
        index = next((i for i, r in enumerate(self._rows) if r.key == key), None)
        if index is not None:
            self.move_cursor(row=index, animate=False)
        return index is not None

    @property
    def rows_shown(self) -> tuple[Row, ...]:
        return self._rows

    @property
    def row_key(self) -> str:
        """Key of the row under the cursor, "" when there is none."""
        return self._rows[self.cursor_row].key if 0 <= self.cursor_row < len(self._rows) else ""

    @property
    def number(self) -> str:
        """What can be dialled from the row under the cursor."""
        return self._rows[self.cursor_row].number if 0 <= self.cursor_row < len(self._rows) else ""

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if event.row_key.value is not None:
            self.post_message(self.Opened(self, event.row_key.value))

    def action_dial(self) -> None:
        if self.number:
            self.post_message(self.Dialled(self, self.number))


def left_out_words(count: int) -> str:
    """What the list says when it does not show everything."""
    return _("… et {count} autres : précisez la recherche").format(count=count) if count else ""
