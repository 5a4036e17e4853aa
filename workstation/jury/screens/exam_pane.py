"""What the panes of an exam have in common: who is examined, a list of rows, one field to write in, what keys do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console.events import Typed, WriteWanted
from workstation.jury.console.state import JuryState, JuryWrite
from workstation.jury.widgets.exam_words import head_lines, no_grid_words
from workstation.jury.widgets.row_list import Row, RowList
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened, new_id
from workstation.ui.pane import Pane
from workstation.ui.plain_text import plain
from workstation.ui.widgets.static import Static

LONGEST = 4000  # characters of a note, as the room takes it


class ExamPane(Pane[JuryState]):
    """`rows` says what there is to see; `entered` what becomes of a line written. What is being written is kept at each letter, under a
    key of its own, until it is sent or emptied."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave_field", show=False)]

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = JuryState()
        self.head = Static("", classes="head", markup=False)
        self.above = Static("", classes="above", markup=False)
        self.list = RowList()
        self._field_word = Static("", classes="word", markup=False)
        self.field = Input(compact=True, max_length=LONGEST, select_on_focus=False, classes="entry")
        self._hint = Static("", classes="hint", markup=False)
        self._line = Horizontal(self._field_word, self.field, classes="writing")
        self._key = ""

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.above
        yield self.list
        yield self._line
        yield self._hint

    def on_mount(self) -> None:
        self._line.display = False

    # --- each pane's own ----------------------------------------------------------------------------

    def there(self, state: JuryState) -> bool:
        """Whether there is anything to fill in."""
        return bool(exam.grid(state))

    def rows(self, state: JuryState) -> Sequence[Row]:
        raise NotImplementedError

    def above_words(self, state: JuryState) -> Text:
        """One line over the rows; "" none."""
        return Text("")

    def hint(self, state: JuryState) -> str:
        return ""

    def entered(self, subject: str, text: str) -> None:
        """A line was written about `subject`."""

    # --- painting -----------------------------------------------------------------------------------

    def show_state(self, state: JuryState) -> None:
        self.state = state
        if self.writing and self._whose != exam.sitting(state):  # another is examined here, or another juror sits here
            self._close_field()
        self.show_time()
        there = self.there(state)
        above = self.above_words(state) if there else plain(no_grid_words(state), "bold")
        self.above.display = bool(above.plain)
        self.above.update(above)
        self.list.set_rows(self.rows(state) if there else ())
        self._hint.update(plain(self.hint(state) if there else ""))

    def show_time(self) -> None:
        width = max(20, self.size.width - 2)
        self.head.update(head_lines(self.state, time.time(), width) if exam.noting(self.state) else Text(""))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        take_focus(self.field if self.writing else self.list)

    def on_resize(self) -> None:
        self.show_time()

    # --- writing ------------------------------------------------------------------------------------

    @property
    def writing(self) -> bool:
        return self._line.display

    @property
    def _whose(self) -> str:
        """The sitting that the field is about: whatever is written in it stays its own."""
        return self._key.partition("|")[0]

    @property
    def subject(self) -> str:
        """What the field is about."""
        return self._key.rpartition("|")[2]

    def write_about(self, subject: str, word: str, text: str = "") -> None:
        """Open the field; `text` is what it says unless something was begun there before."""
        self._key = f"{exam.sitting(self.state)}|{self.pane_id}|{subject}"
        self._field_word.update(plain(word, "bold"))
        with self.prevent(Input.Changed):
            self.field.value = self.state.typed.get(self._key, text)
        self.field.cursor_position = len(self.field.value)
        self._line.display = True
        take_focus(self.field)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.writing:
            self.post_message(Happened(Typed(self._key, event.value)))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        subject, key, text = self.subject, self._key, event.value.strip()
        if self._whose != exam.sitting(self.state):
            self.action_leave_field()
            return
        self._close_field()
        self.entered(subject, text)
        self.post_message(Happened(Typed(key, "")))

    def action_leave_field(self) -> None:
        """What was begun comes back with the same key."""
        if self.writing:
            self._close_field()

    def _close_field(self) -> None:
        self._line.display = False
        with self.prevent(Input.Changed):
            self.field.value = ""
        take_focus(self.list)

    # --- ordering -----------------------------------------------------------------------------------

    def order(self, make: Callable[..., JuryWrite], *arguments: Any, **more: Any) -> None:
        """One of console/writes.py, now."""
        self.post_message(Happened(WriteWanted(make(self.state, *arguments, id=new_id(), at=time.time(), **more))))

    def saved_words(self, saved: bool) -> str:
        return "" if saved else " " + _("(pas encore enregistré)")
