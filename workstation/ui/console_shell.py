"""A console of the room whose panes are all there from the start: a bar on top, tabs where there are several, a notice and keys below."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from workstation.config import Settings
from workstation.desk.state import C
from workstation.ui.action_table import Action
from workstation.ui.pane import Pane
from workstation.ui.phone_port import Phone
from workstation.ui.screens.dialog import Dialog
from workstation.ui.shell import E, RoomSide, Shell
from workstation.ui.widgets.lines import KeyLine, Line, NoticeLine, TabStrip


class Bar(Protocol):
    """What is always on top, whatever pane is in front."""

    def show(self, state: Any, now: float) -> None: ...


class ConsoleShell(Shell[C, E], Generic[C, E]):
    """The first of `panes` is in front at the start. `bar` is a Line too."""

    def __init__(
        self,
        state: C,
        link: RoomSide[E],
        phone: Phone | None,
        settings: Settings,
        keep_settings: Callable[[Settings], object],
        *,
        panes: Sequence[Pane[C]],
        bar: Bar,
        tabs: TabStrip,
        notice: NoticeLine,
        under_tabs: Sequence[Widget] = (),
    ) -> None:
        super().__init__(state, link, phone, settings, keep_settings)
        self.panes = {pane.pane_id: pane for pane in panes}
        self.bar, self.tabs, self.notice, self.keys = bar, tabs, notice, KeyLine(id="keys")
        self._under_tabs = under_tabs
        self._home = panes[0].pane_id
        self._switcher = ContentSwitcher(*panes, initial=self._home, id="panes")

    # --- what each has of its own -------------------------------------------------------------------

    def useful(self) -> Iterable[Action[C]]:
        """What the key line shows, the most pressing first."""
        raise NotImplementedError

    def tabbed(self) -> Iterable[Pane[C]]:
        """The panes that have a tab now."""
        return self.panes.values()

    # --- shape --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        assert isinstance(self.bar, Line)
        yield self.bar
        if len(self.panes) > 1:
            yield self.tabs
        yield from self._under_tabs
        yield self._switcher
        with Vertical(id="foot"):
            yield self.notice
            yield self.keys

    def on_mount(self) -> None:
        self.front_pane.opened(self.state)

    @property
    def front_pane(self) -> Pane[C]:
        return self.panes[self._switcher.current or self._home]

    # --- painting -----------------------------------------------------------------------------------

    def show(self) -> None:
        self._show_around()
        if len(self.panes) > 1:
            self.tabs.show([(pane.pane_id, pane.title()) for pane in self.tabbed()], self.front_pane.pane_id)
        self.keys.show((action.key_words[0], self.short_label(action)) for action in self.useful())
        self.front_pane.show_state(self.state)

    def show_time(self) -> None:
        self._show_around()
        self.front_pane.show_time()

    def _show_around(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        self.notice.show(self.state, now, self.notice_room)

    def show_pane(self, pane_id: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is None:
            return
        self._switcher.current = pane_id
        pane.show_state(self.state)
        if not isinstance(self.screen, Dialog):
            pane.opened(self.state)
        self.show()

    @on(TabStrip.Chosen)
    def _tab_clicked(self, message: TabStrip.Chosen) -> None:
        self.show_pane(message.pane_id)
