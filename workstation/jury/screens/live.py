"""The candidate's desk as facts, one under the other as they happen: a list that only grows, newest last."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import RichLog, Static

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.state import Entry, JuryState
from workstation.jury.widgets.timeline_words import entry_text, looks_words, shown
from workstation.ui.pane import Pane
from workstation.ui.plain_text import plain


class Timeline(RichLog):
    """Follows its end, unless one has scrolled away from it."""

    class Moved(Message):
        """It follows its end, or ceases to."""

    def __init__(self) -> None:
        super().__init__(wrap=False, markup=False, highlight=False, auto_scroll=False, min_width=20)
        self.following = True
        self._told: tuple[Entry, ...] = ()
        self._written_for = 0  # the width, in cells

    def show(self, state: JuryState) -> None:
        """Write what is new; all of it again when the journal began again, or the width is another."""
        entries, width = state.timeline, self.scrollable_content_region.width
        if width <= 0 or (entries is self._told and width == self._written_for):
            return
        known = len(self._told)
        grown = known and len(entries) >= known and entries[0] is self._told[0] and entries[known - 1] is self._told[-1]
        if not grown or width != self._written_for:
            self.clear()
            known = 0
        self._told, self._written_for = entries, width
        for entry in entries[known:]:
            if shown(entry):
                self.write(entry_text(entry, state, width), width=width, scroll_end=False)
        if self.following:
            self.follow()

    def follow(self) -> None:
        self.following = True
        self.call_after_refresh(self.scroll_end, animate=False)
        self.post_message(self.Moved())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Only a hand goes back: what is written leaves the place as it is."""
        super().watch_scroll_y(old_value, new_value)
        self.following = new_value >= self.max_scroll_y
        self.post_message(self.Moved())


class Live(Pane[JuryState]):
    pane_id = "live"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = JuryState()
        self._looks = Static("", classes="looks", markup=False)
        self.timeline = Timeline()
        self._hint = Static("", classes="hint", markup=False)

    def title(self) -> str:
        return _("Direct")

    def compose(self) -> ComposeResult:
        yield self._looks
        yield self.timeline
        yield self._hint

    def show_state(self, state: JuryState) -> None:
        self.state = state
        seated = bool(view.role(state))
        self._looks.update(plain(looks_words(state), "bold") if seated else Text(_("Choisissez d'abord un poste et un rôle (F2)."), "bold"))
        self.timeline.show(state)
        self._show_hint()

    def _show_hint(self) -> None:
        following = self.timeline.following
        words = _("Suit la fin.") if following else _("NE SUIT PLUS LA FIN : Ctrl+O pour y revenir.")
        self._hint.update(Text(words, "" if following else "bold"))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        self.timeline.focus()

    def on_timeline_moved(self) -> None:
        self._show_hint()

    def on_resize(self) -> None:
        self.call_after_refresh(self.timeline.show, self.state)
