"""The session console's app: the shell every console of a room shares, without a phone; its panes, actions and lines by role."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from workstation.config import Settings
from workstation.desk.state import Console
from workstation.i18n import N_
from workstation.session import events as ev
from workstation.session import view
from workstation.session.action_keys import DOES
from workstation.session.actions import ACTIONS, MANAGER, TAB_DIGITS, SessionAction, short_label, useful_now
from workstation.session.reducer import Step, apply
from workstation.session.screens.about import About
from workstation.session.screens.archives import Archives
from workstation.session.screens.passages import Passages
from workstation.session.session_bar import SessionBar
from workstation.session.state import Role, SessionState
from workstation.ui.action_table import bindings
from workstation.ui.pane import Pane
from workstation.ui.screens.dialog import Dialog
from workstation.ui.shell import RoomSide, Shell
from workstation.ui.widgets.lines import KeyLine, NoticeLine, TabStrip, notice_text, told_last

SHORT_TABS = {"passages": N_("Passages"), "about": N_("Session"), "archives": N_("Archives")}


class Told(NoticeLine):
    """The sentence that matters is read whole: a refusal says why at its end."""

    def show(self, state: Console, now: float, room: int = 1) -> None:
        first = told_last(state, now)
        lines = list(notice_text(first).wrap(self.app.console, self.cells)) if first is not None else []
        rest = [notice for notice in state.notices if notice is not first]
        older = [notice_text(one) for one in rest[len(rest) - max(0, room - len(lines)) :]] if len(lines) < room else []
        for line in older:
            line.truncate(self.cells, overflow="ellipsis")
        self.styles.height = room
        self.put(Text("\n").join([*older, *lines][:room]))


class SessionApp(Shell[SessionState, ev.SessionEvent]):
    """`documents` is where what is saved on this machine goes."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MANAGER)]

    def __init__(self, link: RoomSide[ev.SessionEvent], role: Role, documents: Path) -> None:
        super().__init__(SessionState(role=role), link, None, Settings(), lambda settings: None)
        self.documents = documents
        self.passages, self.about, self.archives = Passages(), About(), Archives()
        own: tuple[Pane[SessionState], ...] = (self.passages, self.about, self.archives)
        self.panes: dict[str, Pane[SessionState]] = {pane.pane_id: pane for pane in (own if role == "session_manager" else own[:1])}
        self.bar, self.tabs = SessionBar(), TabStrip(TAB_DIGITS, SHORT_TABS)
        self.notice, self.keys = Told(id="notice"), KeyLine(id="keys")
        self._switcher = ContentSwitcher(*self.panes.values(), initial=Passages.pane_id, id="panes")

    def compose(self) -> ComposeResult:
        yield self.bar
        if len(self.panes) > 1:
            yield self.tabs
        yield self._switcher
        with Vertical(id="foot"):
            yield self.notice
            yield self.keys

    def on_mount(self) -> None:
        self.passages.opened(self.state)

    # --- the shell's questions ----------------------------------------------------------------------

    def apply(self, state: SessionState, event: ev.SessionEvent) -> Step:
        return apply(state, event)

    @property
    def actions(self) -> Sequence[SessionAction]:
        return ACTIONS[self.state.role]

    @property
    def does(self) -> Mapping[str, Callable[[Any], object]]:
        return DOES

    def short_label(self, action: SessionAction) -> str:
        return short_label(action)

    # --- painting -----------------------------------------------------------------------------------

    @property
    def front_pane(self) -> Pane[SessionState]:
        return self.panes[self._switcher.current or Passages.pane_id]

    def show(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        if len(self.panes) > 1:
            self.tabs.show([(pane_id, pane.title()) for pane_id, pane in self.panes.items()], self._switcher.current or "")
        self.notice.show(self.state, now, self.notice_room)
        self.keys.show((action.key_words[0], self.short_label(action)) for action in useful_now(self.state))
        self.front_pane.show_state(self.state)

    @property
    def notice_room(self) -> int:
        return 4 if self.size.height >= 30 else 2

    def show_time(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        self.notice.show(self.state, now, self.notice_room)
        if self.front_pane is self.passages:
            self.passages.show_state(self.state)

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

    @on(Archives.Wanted)
    def _archive_wanted(self, message: Archives.Wanted) -> None:
        made = view.archive(self.state, message.number)
        if made:
            self.happen(ev.SaveArchiveWanted(str(made["name"]), str(made.get("sha256") or ""), self.documents))
