"""The sections of a pane on one line: ← → when it has the focus, a click, or alt+digit anywhere in the pane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from workstation.ui.widgets.value_text import plain_line


@dataclass(frozen=True)
class Section:
    """`short` is used where `word` does not fit; `mark` follows it (a count, a tick)."""

    key: str
    word: str
    short: str = ""
    mark: str = ""


class SectionBar(Widget, can_focus=True):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("down,enter", "app.focus_next", show=False),  # into the section
    ]

    class Chosen(Message):
        def __init__(self, bar: SectionBar, key: str) -> None:
            super().__init__()
            self.bar, self.key = bar, key

        @property
        def control(self) -> SectionBar:
            return self.bar

    def __init__(self, sections: Sequence[Section], *, keys: str = "", id: str | None = None) -> None:
        """`keys`: what goes from one to the next, told at the right where there is room."""
        super().__init__(id=id)
        self._keys = keys
        self._sections = tuple(sections)
        self._at = 0
        self._spans: list[tuple[int, int]] = []

    @property
    def key(self) -> str:
        return self._sections[self._at].key

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._sections

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Same sections with other marks."""
        if tuple(sections) != self._sections:
            self._sections = tuple(sections)
            self._at = min(self._at, len(self._sections) - 1)
            self.refresh()

    def choose(self, key: str) -> None:
        """Go to this section and tell."""
        index = next(i for i, s in enumerate(self._sections) if s.key == key)
        if index != self._at:
            self._at = index
            self.refresh()
        self.post_message(self.Chosen(self, key))

    def choose_number(self, number: int) -> None:
        """The n-th section, from 1; nothing when there is none."""
        if 1 <= number <= len(self._sections):
            self.choose(self._sections[number - 1].key)

    def action_step(self, by: int) -> None:
        self.choose(self._sections[(self._at + by) % len(self._sections)].key)

    def on_click(self, event: events.Click) -> None:
        for index, (start, end) in enumerate(self._spans):
            if start <= event.x < end:
                self.choose(self._sections[index].key)

    def _words(self) -> tuple[list[str], str]:
        """The fullest writing that fits the line, and what stands between sections. Marks say more than whole words, and than
        the keys: they go last.
        The chosen section keeps its own word."""
        full, marks = [s.word for s in self._sections], [s.mark for s in self._sections]
        short = [s.word if i == self._at else s.short or s.word for i, s in enumerate(self._sections)]
        shortened = [[*full[:kept], *short[kept:]] for kept in range(len(full) - 1, -1, -1)]
        marked = [(full, True, "│"), (full, True, ""), *((words, True, "") for words in shortened)]
        beside = self.size.width - len(self._keys) - 1 if self._keys else 0
        for room, writings in ((beside, marked), (self.size.width, [*marked, (full, False, ""), (short, False, "")])):
            for words, with_marks, between in writings:
                made = [w + m if with_marks else w for w, m in zip(words, marks, strict=True)]
                if sum(len(w) + 2 for w in made) + len(between) * (len(made) - 1) <= room:
                    return made, between
        return short, ""

    def render(self) -> Text:
        text, self._spans = Text(no_wrap=True, overflow="ellipsis", end=""), []
        words, between = self._words()
        for index, word in enumerate(words):
            if index and between:
                text.append(between, style="dim")
            start = len(text)
            chosen = index == self._at
            text.append(f" {plain_line(word)} ", style="bold reverse" if chosen else "")
            self._spans.append((start, len(text)))
        spare = self.size.width - text.cell_len - len(self._keys)
        if self._keys and spare > 0:
            text.append(" " * spare + self._keys, style="dim")
        return text
