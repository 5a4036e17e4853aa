"""Several values among a few: one a line, space ticks. Each line may show what to check against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from workstation.i18n import _
from workstation.ui.widgets.picker import Option
from workstation.ui.widgets.value_text import plain_line


class CheckList(Widget, can_focus=True):
    """Ticked values keep the options' order. Posts Changed only for what a person did."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Changed(Message):
        def __init__(self, check_list: CheckList) -> None:
            super().__init__()
            self.check_list = check_list

        @property
        def control(self) -> CheckList:
            return self.check_list

    def __init__(self, options: Sequence[Option] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options: tuple[Option, ...] = ()
        self._ticked: set[str] = set()
        self._at = 0
        self.set_options(options)

    @property
    def value(self) -> list[str]:
        known = [v for v, _words in self._options]
        return [v for v in known if v in self._ticked] + sorted(self._ticked - set(known))

    def set_value(self, values: Iterable[str]) -> None:
        """Tick these without telling anybody."""
        self._ticked = set(values)
        self.refresh()

    def set_options(self, options: Sequence[Option]) -> None:
        self._options = tuple(options)
        self._at = min(self._at, max(0, len(self._options) - 1))
        self.styles.height = max(1, len(self._options))
        self.refresh()

    def hint(self) -> Text:
        return Text(_("↑ ↓ choisissent, Espace coche"), style="dim")

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        if not self._options:
            text.append("—", style="dim")
        for index, (value, words) in enumerate(self._options):
            if index:
                text.append("\n")
            line = f"{'[x]' if value in self._ticked else '[ ]'} {plain_line(words)}"
            text.append(line, style="reverse" if index == self._at and self.has_focus else "")
        return text

    def action_move(self, by: int) -> None:
        self._at = max(0, min(len(self._options) - 1, self._at + by))
        self.refresh()

    def action_tick(self) -> None:
        if not self._options:
            return
        self._ticked ^= {self._options[self._at][0]}
        self.refresh()
        self.post_message(self.Changed(self))

    def on_key(self, event: events.Key) -> None:
        """Taken here, not by bindings: see Picker."""
        if event.key in ("down", "up"):
            self.action_move(1 if event.key == "down" else -1)
        elif event.key in ("space", "enter"):
            self.action_tick()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._options):
            self._at = event.y
            self.action_tick()
