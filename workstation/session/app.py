"""The session console's app: the shell every console of a room shares, without a phone; its panes, actions and lines by role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import BindingType

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
from workstation.ui.console_shell import ConsoleShell
from workstation.ui.pane import Pane
from workstation.ui.shell import RoomSide
from workstation.ui.widgets.lines import NoticeLine, TabStrip, notice_text, told_last

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


class SessionApp(ConsoleShell[SessionState, ev.SessionEvent]):
    """`documents` is where what is saved on this machine goes."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MANAGER)]

    def __init__(self, link: RoomSide[ev.SessionEvent], role: Role, documents: Path) -> None:
        self.documents = documents
        self.passages, self.about, self.archives = Passages(), About(), Archives()
        own: tuple[Pane[SessionState], ...] = (self.passages, self.about, self.archives)
        super().__init__(
            SessionState(role=role),
            link,
            None,
            Settings(),
            lambda settings: None,
            panes=own if role == "session_manager" else own[:1],
            bar=SessionBar(),
            tabs=TabStrip(TAB_DIGITS, SHORT_TABS),
            notice=Told(id="notice"),
        )

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

    def useful(self) -> Sequence[SessionAction]:
        return useful_now(self.state)

    @property
    def notice_room(self) -> int:
        return 4 if self.size.height >= 30 else 2

    @on(Archives.Wanted)
    def _archive_wanted(self, message: Archives.Wanted) -> None:
        made = view.archive(self.state, message.number)
        if made:
            self.happen(ev.SaveArchiveWanted(str(made["name"]), str(made.get("sha256") or ""), self.documents))
