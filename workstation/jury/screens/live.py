"""The candidate's desk as facts, one under the other as they happen: a list that only grows, newest last."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.widgets import RichLog

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.state import Entry, JuryState
from workstation.jury.widgets.timeline_words import entry_text, looks_words, shown
from workstation.ui.focus import take_focus
from workstation.ui.pane import Pane
from workstation.ui.plain_text import plain
from workstation.ui.widgets.static import Static


class Timeline(RichLog):
    """Follows its end, unless one has scrolled away from it."""

    class Moved(Message):
        """It follows its end, or ceases to."""

    def __init__(self) -> None:
        super().__init__(wrap=False, markup=False, highlight=False, auto_scroll=False, min_width=20)
        self.following = True
        self._told: tuple[Entry, ...] = ()
        self._written_for: tuple[int, object] = (0, None)  # the width in cells, and who is known

    def show(self, state: JuryState) -> None:
        """Write what is new; all of it again when the journal began again, the width is another, or more of those it names are known."""
        entries, width = state.timeline, self.scrollable_content_region.width
        if width <= 0 or (entries is self._told and self._written_for == (width, state.people)):
            return
        known = len(self._told)
        grown = known and len(entries) >= known and entries[0] is self._told[0] and entries[known - 1] is self._told[-1]
        if not grown or self._written_for != (width, state.people):
            self.clear()
            known = 0
        self._told, self._written_for = entries, (width, state.people)
        for entry in entries[known:]:
            if shown(entry):
                self.write(entry_text(entry, state, width), width=width, scroll_end=False)
        if self.following:
            self.follow()

    def follow(self) -> None:
        self._now(True)
        self.call_after_refresh(self._go_to_end)

    def _go_to_end(self) -> None:
        """Rows may have come, or a hand, since it was asked for."""
        if self.following:
            self.scroll_end(animate=False, immediate=True)

    def _now(self, following: bool) -> None:
        self.following = following
        self.post_message(self.Moved())

    # Only a hand lets go of the end, and only a hand takes it again: rows that come move the place too, and say nothing of it.

    def _looked_back(self) -> None:
        if self.max_scroll_y > 0:
            self._now(False)

    def _looked_on(self) -> None:
        """Once the move has been made."""
        self.call_after_refresh(self._at_the_end)

    def _at_the_end(self) -> None:
        if not self.following and self.scroll_target_y >= self.max_scroll_y:
            self._now(True)

    def action_scroll_up(self) -> None:
        self._looked_back()
        super().action_scroll_up()

    def action_page_up(self) -> None:
        self._looked_back()
        super().action_page_up()

    def action_scroll_home(self) -> None:
        self._looked_back()
        super().action_scroll_home()

    def action_scroll_down(self) -> None:
        super().action_scroll_down()
        self._looked_on()

    def action_page_down(self) -> None:
        super().action_page_down()
        self._looked_on()

    def action_scroll_end(self) -> None:
        self.follow()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._looked_back()
        super()._on_mouse_scroll_up(event)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        super()._on_mouse_scroll_down(event)
        self._looked_on()

    def _on_scroll_up(self, event: ScrollUp) -> None:
        """Above the grip of the scroll bar."""
        self._looked_back()
        super()._on_scroll_up(event)

    def _on_scroll_down(self, event: ScrollDown) -> None:
        super()._on_scroll_down(event)
        self._looked_on()

    def _on_scroll_to(self, message: ScrollTo) -> None:
        """The grip itself."""
        self._looked_back()
        super()._on_scroll_to(message)
        self._looked_on()


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
        looks = looks_words(state) if seated else _("Choisissez d'abord un poste et un rôle (F2).")
        self._looks.display = bool(looks)
        self._looks.update(plain(looks, "bold"))
        self.timeline.show(state)
        self._show_hint()

    def _show_hint(self) -> None:
        following = self.timeline.following
        words = _("Suit la fin.") if following else _("NE SUIT PLUS LA FIN : Ctrl+O pour y revenir.")
        self._hint.update(Text(words, "" if following else "bold"))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        take_focus(self.timeline)

    def on_timeline_moved(self) -> None:
        self._show_hint()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Lines on top come and go with calls: the end stays in sight."""
        self.timeline.show(self.state)
        if self.timeline.following:
            self.timeline.follow()
