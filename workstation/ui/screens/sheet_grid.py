"""The cells of a sheet on screen: a cursor, a selection, rows filtered. It paints a workbook and says what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from scenarios.sheet.area import Area
from scenarios.sheet.document import MAX_COLUMNS, MAX_ROWS, column_letters, reference
from workstation.ui.plain_text import one_line

if TYPE_CHECKING:
    from scenarios.sheet.workbook import Workbook

ROW_HEAD = 5  # cells: a row's number
_HEAD, _HEAD_HERE = Style(dim=True), Style(bold=True, reverse=True)
_CURSOR, _CHOSEN = Style(reverse=True, bold=True), Style(reverse=True, dim=True)


class SheetGrid(Widget, can_focus=True):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1,0)", show=False),
        Binding("down", "move(1,0)", show=False),
        Binding("left", "move(0,-1)", show=False),
        Binding("right", "move(0,1)", show=False),
        Binding("shift+up", "extend(-1,0)", show=False),
        Binding("shift+down", "extend(1,0)", show=False),
        Binding("shift+left", "extend(0,-1)", show=False),
        Binding("shift+right", "extend(0,1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "first_column", show=False),
        Binding("end", "last_column", show=False),
        Binding("ctrl+home", "corner(False)", show=False),
        Binding("ctrl+end", "corner(True)", show=False),
        Binding("enter", "ask('edit')", show=False),
        Binding("escape", "one_cell", show=False),
        Binding("delete,backspace", "ask('clear')", show=False),
        Binding("ctrl+c", "ask('copy')", show=False),
        Binding("ctrl+x", "ask('cut')", show=False),
        Binding("ctrl+v", "ask('paste')", show=False),
        Binding("ctrl+z", "ask('undo')", show=False),
        Binding("ctrl+y", "ask('redo')", show=False),
        Binding("ctrl+d", "ask('fill')", show=False),
        Binding("ctrl+pagedown", "ask('next_sheet')", show=False),
        Binding("ctrl+pageup", "ask('former_sheet')", show=False),
    ]

    class Moved(Message):
        """The cursor or the selection is elsewhere."""

    class Asked(Message):
        """`what`: edit, clear, copy, cut, paste, undo, redo, fill, next_sheet, former_sheet, menu, paste_text (with `text`)."""

        def __init__(self, what: str, text: str = "") -> None:
            super().__init__()
            self.what, self.text = what, text

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.take_key: Callable[[events.Key], bool] = lambda event: False  # asked first; whether the key was for a cell being typed in
        self.entered: Callable[[], object] = lambda: None  # called when the focus comes here
        self.book: Workbook | None = None
        self.sheet = 0
        self.cursor = (1, 1)
        self._anchor = (1, 1)
        self._top, self._left = 0, 1  # place of the first row in sight among those shown; first column
        self._rows: Sequence[int] = range(1, MAX_ROWS + 1)
        self.filtered: frozenset[int] = frozenset()  # columns by which rows are filtered

    # --- what is shown ------------------------------------------------------------------------------

    def show_book(self, book: Workbook | None, sheet: int = 0) -> None:
        """Another workbook, or another of its sheets: from its first cell."""
        self.book, self.sheet = book, sheet
        self.cursor = self._anchor = (1, 1)
        self._top, self._left = 0, 1
        self.show_rows(None)

    def show_rows(self, rows: Sequence[int] | None, filtered: frozenset[int] = frozenset()) -> None:
        """Only these rows; None: all of them."""
        self._rows, self.filtered = range(1, MAX_ROWS + 1) if rows is None else rows, filtered
        if self.cursor[0] not in self._rows:
            after = next((row for row in self._rows if row > self.cursor[0]), self._rows[-1] if self._rows else 1)
            self.cursor = self._anchor = (after, self.cursor[1])
        self._in_sight()
        self.refresh()

    @property
    def area(self) -> Area:
        """The selection; the cursor's cell when there is none."""
        return Area.of(self.cursor, self._anchor)

    @property
    def shown_rows(self) -> Sequence[int]:
        return self._rows

    def go(self, row: int, column: int, *, extend: bool = False) -> None:
        self.cursor = (max(1, min(MAX_ROWS, row)), max(1, min(MAX_COLUMNS, column)))
        if not extend:
            self._anchor = self.cursor
        self._in_sight()
        self.refresh()
        self.post_message(self.Moved())

    # --- moving -------------------------------------------------------------------------------------

    def _stepped(self, rows: int, columns: int) -> tuple[int, int]:
        row, column = self.cursor
        if rows:
            place = self._place(row)
            row = self._rows[max(0, min(len(self._rows) - 1, place + rows))] if self._rows else row
        return row, column + columns

    def _place(self, row: int) -> int:
        return row - 1 if isinstance(self._rows, range) else self._rows.index(row) if row in self._rows else 0

    def action_move(self, rows: int, columns: int) -> None:
        self.go(*self._stepped(rows, columns))

    def action_extend(self, rows: int, columns: int) -> None:
        self.go(*self._stepped(rows, columns), extend=True)

    def action_page(self, by: int) -> None:
        self.go(*self._stepped(by * max(1, self.size.height - 2), 0))

    def action_first_column(self) -> None:
        self.go(self.cursor[0], 1)

    def action_last_column(self) -> None:
        self.go(self.cursor[0], max(1, self.book.extent(self.sheet)[1]) if self.book else 1)

    def action_corner(self, last: bool) -> None:
        rows, columns = self.book.extent(self.sheet) if self.book and last else (1, 1)
        self.go(max(1, rows), max(1, columns))

    def action_one_cell(self) -> None:
        self.go(*self.cursor)

    def _in_sight(self) -> None:
        """Scrolls no further than the cursor needs."""
        lines = max(1, self.size.height - 1)
        place = self._place(self.cursor[0])
        self._top = max(min(self._top, place), place - lines + 1)
        column = self.cursor[1]
        self._left = min(self._left, column)
        while self._left < column and sum(self._width(c) for c in range(self._left, column + 1)) > self.size.width - ROW_HEAD:
            self._left += 1

    def _width(self, column: int) -> int:
        return self.book.width(self.sheet, column) if self.book else 12

    def on_resize(self) -> None:
        self._in_sight()

    # --- what is asked ------------------------------------------------------------------------------

    def action_ask(self, what: str) -> None:
        self.post_message(self.Asked(what))

    def on_key(self, event: events.Key) -> None:
        """A key typed before the focus has gone to the cell's line is still that line's: `take_key` acts at once, in order."""
        taken = self.take_key(event)
        if not taken and event.character == "/":
            self.post_message(self.Asked("menu"))
        if taken or event.character == "/":
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Asked("paste_text", event.text))

    def on_click(self, event: events.Click) -> None:
        found = self._cell_at(event.x, event.y)
        if found is not None:
            self.go(*found, extend=event.shift)

    def on_mouse_scroll_down(self) -> None:
        self.action_move(3, 0)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-3, 0)

    def _cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        place = self._top + y - 1
        if y < 1 or place >= len(self._rows):
            return None
        at = ROW_HEAD
        for column in range(self._left, MAX_COLUMNS + 1):
            at += self._width(column)
            if x < at:
                return self._rows[place], column
        return None

    def on_focus(self) -> None:
        self.entered()
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # --- painting -----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self.book is None:
            return Strip.blank(width, self.rich_style)
        columns = list(self._columns_in(width))
        place = self._top + y - 1
        if y == 0:
            parts = [Segment(" " * ROW_HEAD, _HEAD), *(self._column_head(c, w) for c, w in columns)]
        elif place < len(self._rows):
            row = self._rows[place]
            here = row == self.cursor[0]
            parts = [Segment(f"{row:>{ROW_HEAD - 1}} ", _HEAD_HERE if here else _HEAD), *self._cells(row, columns)]
        else:
            parts = []
        return Strip(parts).apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)

    def _columns_in(self, width: int) -> Sequence[tuple[int, int]]:
        found, at = [], ROW_HEAD
        for column in range(self._left, MAX_COLUMNS + 1):
            if at >= width:
                break
            found.append((column, min(self._width(column), width - at)))
            at += self._width(column)
        return found

    def _column_head(self, column: int, width: int) -> Segment:
        mark = "▼" if column in self.filtered else ""
        return Segment(f"{column_letters(column)}{mark}".center(width)[:width], _HEAD_HERE if column == self.cursor[1] else _HEAD)

    def _cells(self, row: int, columns: Sequence[tuple[int, int]]) -> Sequence[Segment]:
        """A text too long for its cell runs over the empty ones after it, but for the cursor's and chosen ones."""
        assert self.book is not None
        segments, at = [], 0
        while at < len(columns):
            column, width = columns[at]
            following = at + 1
            if self.book.kind(self.sheet, row, column) == "text" and not self._chosen(row, column):
                length = Text(one_line(self.book.shown(self.sheet, row, column))).cell_len
                while following < len(columns) and length >= width and self._free(row, columns[following][0]):
                    width += columns[following][1]
                    following += 1
            segments.append(self._cell(row, column, width))
            at = following
        return segments

    def _chosen(self, row: int, column: int) -> bool:
        area = self.area
        return area.top <= row <= area.bottom and area.left <= column <= area.right

    def _free(self, row: int, column: int) -> bool:
        assert self.book is not None
        return not self.book.kind(self.sheet, row, column) and not self._chosen(row, column)

    def _cell(self, row: int, column: int, width: int) -> Segment:
        assert self.book is not None
        kind = self.book.kind(self.sheet, row, column)
        text = Text(one_line(self.book.shown(self.sheet, row, column))) if kind else Text()
        room = width - 1
        if text.cell_len > room:
            text = Text("#" * room) if kind == "number" else text
            text.truncate(room, overflow="ellipsis")
        text.align("right" if kind == "number" else "center" if kind in ("boolean", "error") else "left", room)
        style = Style(bold=True) if kind == "error" or (kind and self.book.bold(self.sheet, row, column)) else Style()
        if (row, column) == self.cursor:
            style = _CURSOR if self.has_focus else Style(reverse=True)
        elif self._chosen(row, column):
            style = _CHOSEN
        return Segment(f"{text.plain} ", style)

    @property
    def where(self) -> str:
        """B3, or B3:C5."""
        area = self.area
        first, last = reference(area.top, area.left), reference(area.bottom, area.right)
        return first if first == last else f"{first}:{last}"
