"""A dialog of fields, one a line, with one button: what cannot be read is said beside it, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input

from workstation.session.events import SessionEvent
from workstation.session.state import SessionState
from workstation.ui.focus import take_focus
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.picker import Picker
from workstation.ui.widgets.static import Static

if TYPE_CHECKING:
    from workstation.session.app import SessionApp


@dataclass(frozen=True)
class Row:
    """`hint` stands after a short field; a row without field is a sentence."""

    word: str
    field: Widget | None = None
    hint: str = ""


class Form(Dialog[SessionState]):
    """`send` reads the fields and gives "" when all is well (the dialog closes), else why not and where."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, name: str, title: str, state: SessionState, button: str) -> None:
        super().__init__(name, title, state)
        self._button = button
        self.said = Static("", classes="said", markup=False)
        self._rows = tuple(self.rows())

    def rows(self) -> Sequence[Row]:
        raise NotImplementedError

    def send(self) -> tuple[str, Widget | None]:
        raise NotImplementedError

    def buttons(self) -> Sequence[Button]:
        return ()

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="room", can_focus=False):
            for row in self._rows:
                if row.field is None:
                    yield Static(plain(row.word, limit=2000) if len(row.word) < 70 else Text(row.word), classes="sentence", markup=False)
                    continue
                with Horizontal(classes="line"):
                    yield Static(plain(row.word), classes="word", markup=False)
                    yield row.field
                    if row.hint:
                        yield Static(plain(row.hint), classes="hint beside", markup=False)
        with Horizontal(classes="buttons"):
            yield Button(self._button, id="send", variant="primary", compact=True)
            yield from self.buttons()
        yield self.said

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.send_now()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "send":
            self.send_now()

    def ask(self, event: SessionEvent) -> None:
        """At once: a message of a dialog that is closing may never arrive."""
        cast("SessionApp", self.app).happen(event)

    def send_now(self) -> None:
        if not self.is_current:  # Enter twice
            return
        why, where = self.send()
        if not why:
            self.dismiss(None)
            return
        self.said.update(Text(why, "bold"))
        if where is not None:
            take_focus(where)

    def on_descendant_focus(self) -> None:
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)


def text_field(value: str = "", *, limit: int = 200, placeholder: str = "") -> Input:
    return Input(value, compact=True, max_length=limit, placeholder=placeholder)


def short_field(value: str = "", *, limit: int = 8) -> Input:
    return Input(value, compact=True, max_length=limit, classes="short")


def yes_no(yes: str, no: str, value: bool = False) -> Picker:
    return Picker((("no", no), ("yes", yes)), "yes" if value else "no")
