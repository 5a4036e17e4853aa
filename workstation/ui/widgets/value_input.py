"""A value typed on one line: its text is read when saved and rewritten in its usual form when the field is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from workstation.i18n import _
from workstation.ui.widgets import value_text

Reader = Callable[[str], Any]
Writer = Callable[[Any], str]


class ValueInput(Input):
    """A compact Input with a way to read its text (None when empty; raises Unreadable) and to write a value."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    virtual_size = Reactive(Size(0, 0), layout=False)  # its place is as wide whatever is typed: no letter lays the screen out again

    def __init__(self, read: Reader, write: Writer, *, placeholder: str = "", max_length: int = 0, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, max_length=max_length, id=id, compact=True, select_on_focus=False)
        self._read, self._write = read, write

    def read(self) -> Any:
        """The value typed. Raises Unreadable."""
        return self._read(self.value)

    def show(self, value: Any) -> None:
        text = self._write(value)
        if text != self.value:
            self.value = text
            self.cursor_position = len(text)

    def tidy(self) -> None:
        """Rewrite what was typed in its usual form; what cannot be read stays as typed."""
        try:
            value = self.read()
        except value_text.Unreadable:
            return
        if value is not None:
            self.show(value)

    def on_blur(self) -> None:
        self.tidy()


def _text_or_none(text: str) -> str | None:
    return text.strip() or None


def text_input(limit: int = 0, placeholder: str = "") -> ValueInput:
    return ValueInput(_text_or_none, lambda v: value_text.plain_line(v or "", 4000), max_length=limit, placeholder=placeholder)


def point_input() -> ValueInput:
    """A telephone number (E.164 inside) or an e-mail address."""
    return ValueInput(value_text.read_point, lambda v: value_text.phone(v or ""), placeholder=_("04 65 71 21 08 ou nom@exemple.fr"))


def count_input() -> ValueInput:
    return ValueInput(value_text.read_count, lambda v: "" if v is None else str(v))


class MoneyInput(ValueInput):
    """Cents inside; 41,15 and 41.15 typed; 1 234,50 € shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(value_text.read_money, value_text.money, placeholder="€", id=id)


class DateInput(ValueInput):
    """An ISO date inside; 01/12 and 01/12/2026 typed; 01/12/2026 shown. `today` says which year 01/12 is of."""

    def __init__(self, today: Callable[[], dt.date] = dt.date.today, *, id: str | None = None) -> None:
        super().__init__(lambda text: value_text.read_day(text, today()), value_text.day, placeholder=_("jj/mm/aaaa"), id=id)
