"""A short list to choose from by arrows and Enter, by its digit (AZERTY or not) or letter. Choices that cannot be made say why."""

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

from workstation.ui.plain_text import one_line
from workstation.ui.terminal_keys import digit_of


@dataclass(frozen=True)
class Choice:
    """`hot` is the character that chooses it; `why_not` greys it and says why; a choice without id is a heading."""

    id: str
    label: str
    hot: str = ""
    why_not: str = ""
    detail: str = ""


class ChoiceList(Widget, can_focus=True):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter,space", "choose", show=False),
    ]

    class Chosen(Message):
        def __init__(self, choice_list: ChoiceList, choice: Choice) -> None:
            super().__init__()
            self.choice_list, self.choice = choice_list, choice

    class Moved(Message):
        def __init__(self, choice_list: ChoiceList, choice: Choice) -> None:
            super().__init__()
            self.choice_list, self.choice = choice_list, choice

    def __init__(self, choices: Sequence[Choice] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._at = 0
        self.set_choices(choices)

    @property
    def current(self) -> Choice | None:
        return self._choices[self._at] if self._at < len(self._choices) and self._choices[self._at].id else None

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """The cursor stays on the same id when it is still there."""
        before = self.current
        if tuple(choices) == self._choices:
            return
        self._choices = tuple(choices)
        ids = [choice.id for choice in self._choices]
        self._at = ids.index(before.id) if before is not None and before.id in ids else next((i for i, id in enumerate(ids) if id), 0)
        self.styles.height = max(1, len(self._choices))
        self.refresh(layout=True)

    def select(self, id: str) -> None:
        """The cursor goes to that choice, if it is there."""
        place = next((index for index, choice in enumerate(self._choices) if id and choice.id == id), self._at)
        if place != self._at:
            self._at = place
            self.refresh()

    def render(self) -> Text:
        lines = []
        for index, choice in enumerate(self._choices):
            if not choice.id:
                lines.append(Text(one_line(choice.label), "bold underline"))
                continue
            line = Text("› " if index == self._at else "  ")
            line.append(f"{choice.hot:<2} " if choice.hot else "", "bold")
            line.append(one_line(choice.label), "dim" if choice.why_not else "")
            if choice.detail:
                line.append(f"  {one_line(choice.detail)}", "dim")
            if choice.why_not:
                line.append(f"  ({choice.why_not})", "dim italic")
            if index == self._at and self.has_focus:
                line.stylize("reverse")
            line.truncate(max(10, self.size.width or 60), overflow="ellipsis")
            lines.append(line)
        return Text("\n").join(lines)

    def action_move(self, by: int) -> None:
        ids = [index for index, choice in enumerate(self._choices) if choice.id]
        if not ids:
            return
        place = ids.index(self._at) if self._at in ids else 0
        self._at = ids[(place + by) % len(ids)]
        self.refresh()
        self.scroll_visible()
        if self.parent is not None and hasattr(self.parent, "scroll_to"):
            self.parent.scroll_to(y=max(0, self._at - 3), animate=False)
        self.post_message(self.Moved(self, self._choices[self._at]))

    def action_choose(self) -> None:
        choice = self.current
        if choice is not None:
            self.post_message(self.Chosen(self, choice))

    def on_key(self, event: events.Key) -> None:
        typed = digit_of(event.character) or (event.character or "").lower()
        if not typed:
            return
        for index, choice in enumerate(self._choices):
            if choice.id and choice.hot == typed:
                event.stop()
                event.prevent_default()
                self._at = index
                self.refresh()
                self.post_message(self.Chosen(self, choice))
                return

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._choices) and self._choices[event.y].id:
            self._at = event.y
            self.refresh()
            self.action_choose()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
