"""A value among a few, on one line: ← → or a first letter changes it; the choices are shown by the form's hint line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from workstation.ui.record_words import value_word
from workstation.ui.widgets.value_text import folded, plain_line

Option = tuple[str, str]  # value, words


def options_of(values: Sequence[str]) -> tuple[Option, ...]:
    return tuple((v, value_word(v)) for v in values)


class Picker(Widget, can_focus=True):
    """`value` is always one of the options, or "" when there is none. Posts Changed only for what a person did."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Changed(Message):
        def __init__(self, picker: Picker) -> None:
            super().__init__()
            self.picker = picker

        @property
        def control(self) -> Picker:
            return self.picker

    def __init__(self, options: Sequence[Option] = (), value: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._options: tuple[Option, ...] = tuple(options)
        self._value = value if value in dict(self._options) or not self._options else self._options[0][0]

    @property
    def value(self) -> str:
        return self._value

    @property
    def options(self) -> tuple[Option, ...]:
        return self._options

    def set_value(self, value: str) -> None:
        """Show this value without telling anybody. A value that is no option becomes one: what the record holds is shown."""
        if value not in dict(self._options):
            self._options = (*self._options, (value, value_word(plain_line(value))))
        self._value = value
        self.refresh()

    def set_options(self, options: Sequence[Option]) -> None:
        """Other options; the value is kept when it is among them, else shown as it is unless it was empty."""
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        if self._value not in dict(self._options):
            self.set_value(self._value if self._value or not self._options else self._options[0][0])
        self.refresh()

    def words(self) -> str:
        return plain_line(dict(self._options).get(self._value, self._value))

    def hint(self) -> Text:
        """All the choices, the present one marked."""
        hint = Text("← →  ", style="dim")
        for index, (value, words) in enumerate(self._options):
            if index:
                hint.append(" · ", style="dim")
            hint.append(plain_line(words), style="reverse" if value == self._value else "")
        return hint

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append("◂ " if len(self._options) > 1 else "  ")
        text.append(self.words() or "—")
        text.append(" ▸" if len(self._options) > 1 else "")
        return text

    def _choose(self, index: int) -> None:
        if self._options and self._options[index][0] != self._value:
            self._value = self._options[index][0]
            self.refresh()
            self.post_message(self.Changed(self))

    def _index(self) -> int:
        return next((i for i, (v, _words) in enumerate(self._options) if v == self._value), 0)

    def action_step(self, by: int) -> None:
        if self._options:
            self._choose((self._index() + by) % len(self._options))

    def action_edge(self, index: int) -> None:
        if self._options:
            self._choose(index)

    def on_click(self, event: events.Click) -> None:
        self.action_step(-1 if event.x < 2 else 1)

    def _to_letter(self, letter: str) -> None:
        """To the next option that begins with it."""
        start = self._index()
        for offset in range(1, len(self._options) + 1):
            index = (start + offset) % len(self._options)
            if folded(self._options[index][1]).startswith(letter):
                self._choose(index)
                break

    def on_key(self, event: events.Key) -> None:
        """Taken here, not by bindings: those go to whatever has the focus once the key has risen, and Tab may have moved it."""
        if event.key in ("right", "space", "left"):
            self.action_step(-1 if event.key == "left" else 1)
        elif event.key in ("home", "end"):
            self.action_edge(0 if event.key == "home" else -1)
        elif event.character is not None and event.character.isalnum():
            self._to_letter(folded(event.character))
        else:
            return
        event.stop()
        event.prevent_default()
