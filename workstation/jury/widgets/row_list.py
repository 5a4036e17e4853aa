"""Rows of several lines each, one of them under the cursor: arrows, Page, Home, End; Enter chooses. What keys do besides is the pane's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from workstation.ui.plain_text import one_line
from workstation.ui.widgets.static import Static

MARGIN = 2  # cells of the cursor's sign


@dataclass(frozen=True)
class Row:
    """`id` "": a line between others, that the cursor passes over. `indent`: cells before the lines after the first."""

    id: str
    text: Text
    indent: int = 0


def said(text: object, style: str = "", *, limit: int = 4000) -> Text:
    """Outside text on as many lines as it takes, its spaces at both ends kept."""
    words = str(text)
    return Text(one_line(f"|{words}|", limit + 2)[1:-1], style)


class RowList(VerticalScroll, can_focus=True):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("home", "end_of(0)", show=False),
        Binding("end", "end_of(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        def __init__(self, rows: RowList, id: str) -> None:
            super().__init__()
            self.rows, self.row_id = rows, id

        @property
        def control(self) -> RowList:
            return self.rows

    class Moved(Message):
        def __init__(self, rows: RowList, id: str) -> None:
            super().__init__()
            self.rows, self.row_id = rows, id

        @property
        def control(self) -> RowList:
            return self.rows

    def __init__(self, *, id: str | None = None) -> None:
        self._said = Static("", markup=False)
        super().__init__(self._said, id=id)
        self._rows: tuple[Row, ...] = ()
        self.current = ""
        self._places: list[tuple[int, int]] = []  # first line and number of lines of each row
        self._drawn: object = None

    def set_rows(self, rows: Sequence[Row]) -> None:
        """The cursor stays on the same id while it is there, else goes where it was."""
        ids = [row.id for row in rows if row.id]
        gone = self.current not in ids
        if gone:
            before = [row.id for row in self._rows if row.id]
            place = before.index(self.current) if self.current in before else 0
            self.current = ids[min(place, len(ids) - 1)] if ids else ""
        self._rows = tuple(rows)
        self._draw()
        if gone:
            self.call_after_refresh(self._show_current)

    def select(self, id: str) -> None:
        if any(row.id == id for row in self._rows):
            self.current = id
            self._draw()
            self._show_current()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        wanted = (self._rows, self.current, width, self.has_focus)
        if width <= MARGIN or wanted == self._drawn:
            return
        self._drawn = wanted
        lines: list[Text] = []
        self._places = []
        for row in self._rows:
            own = self._wrapped(row, width - MARGIN)
            self._places.append((len(lines), len(own)))
            here = bool(row.id) and row.id == self.current
            for place, line in enumerate(own):
                text = Text("› " if here and not place else "  ", no_wrap=True).append_text(line)
                if here and self.has_focus:
                    text.stylize("reverse")
                lines.append(text)
        self._said.update(Text("\n", no_wrap=True).join(lines))

    def _wrapped(self, row: Row, width: int) -> list[Text]:
        lines = row.text.wrap(self.app.console, max(10, width - row.indent))
        for line in lines:
            line.rstrip()
        return [line if not place else Text(" " * row.indent).append_text(line) for place, line in enumerate(lines)] or [Text("")]

    def _show_current(self) -> None:
        place = next((index for index, row in enumerate(self._rows) if row.id == self.current), None)
        if place is None or place >= len(self._places):
            return
        first, count = self._places[place]
        if not any(row.id for row in self._rows[:place]):
            first, count = 0, first + count  # what stands above the first row comes into sight with it
        height = max(1, self.scrollable_content_region.height)
        if first < self.scroll_target_y:
            self.scroll_to(y=first, animate=False)
        elif first + count > self.scroll_target_y + height:
            self.scroll_to(y=min(first, first + count - height), animate=False)

    def action_move(self, by: int) -> None:
        ids = [row.id for row in self._rows if row.id]
        if not ids:
            self.scroll_relative(y=by, animate=False)
            return
        at = ids.index(self.current) if self.current in ids else 0
        self._go_to(ids[min(max(at + by, 0), len(ids) - 1)])

    def action_end_of(self, place: int) -> None:
        ids = [row.id for row in self._rows if row.id]
        if ids:
            self._go_to(ids[place])

    def _go_to(self, id: str) -> None:
        self.current = id
        self._draw()
        self._show_current()
        self.post_message(self.Moved(self, id))

    def action_choose(self) -> None:
        if self.current:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        line = event.y + int(self.scroll_y)
        for row, (first, count) in zip(self._rows, self._places, strict=True):
            if row.id and first <= line < first + count:
                self._go_to(row.id)

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()
        self._show_current()
