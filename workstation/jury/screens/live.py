"""The candidate's desk as facts, one under the other as they happen: a list that only grows, newest last."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import RichLog, Static

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.state import Entry, JuryState
from workstation.jury.widgets.timeline_words import entry_text, looks_words, shown
from workstation.ui.pane import Pane
from workstation.ui.plain_text import plain


class Timeline(RichLog):
    """Follows its end, unless one has scrolled away from it."""

    def __init__(self) -> None:
        super().__init__(wrap=True, markup=False, highlight=False, auto_scroll=False, min_width=20)
        self._told: tuple[Entry, ...] = ()
        self._width = 0

    def show(self, state: JuryState) -> None:
        """Write what is new; from the beginning when the journal began again."""
        entries = state.timeline
        if entries is self._told:
            return
        known = len(self._told)
        grown = known and len(entries) >= known and entries[:1] == self._told[:1] and entries[known - 1] == self._told[-1]
        if not grown:
            self.clear()
            known = 0
        self._told = entries
        self._write(entries[known:], state)

    def _write(self, entries: tuple[Entry, ...], state: JuryState) -> None:
        follow = self.following
        for entry in entries:
            if shown(entry):
                self.write(entry_text(entry, state), scroll_end=False)
        if follow:
            self.follow()

    @property
    def following(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    def follow(self) -> None:
        self.call_after_refresh(self.scroll_end, animate=False)

    def rewrap(self, state: JuryState) -> None:
        """Its width has changed: what is written is to be written again."""
        self.clear()
        self._told = ()
        self.show(state)


class Live(Pane[JuryState]):
    pane_id = "live"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = JuryState()
        self._looks = Static("", classes="looks", markup=False)
        self.timeline = Timeline()
        self._hint = Static("", classes="hint", markup=False)
        self._width = 0

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
        self._hint.update(
            Text(_("suit la fin") if following else _("NE SUIT PLUS LA FIN : Ctrl+O pour y revenir"), "" if following else "bold")
        )

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        self.timeline.focus()

    def follow(self) -> None:
        self.timeline.follow()
        self.call_after_refresh(self._show_hint)

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            self.call_after_refresh(self.timeline.rewrap, self.state)
