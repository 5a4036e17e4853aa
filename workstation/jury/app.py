"""The jury console's app: the shell it shares with the candidate's desk, its own panes, actions and lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Input, TextArea

from cti.messages import LevelsMeasured
from workstation.config import Settings, save_settings
from workstation.desk.effects import BringToFront
from workstation.jury.action_keys import DOES, choose_role
from workstation.jury.actions import ALL, TAB_DIGITS, TAB_SHORTS, JuryAction, actions_of, short_label, useful_now
from workstation.jury.console import events as ev
from workstation.jury.console import team_view
from workstation.jury.console.reducer import apply
from workstation.jury.console.state import JuryState
from workstation.jury.console.steps import Step
from workstation.jury.screens.chat import CustomerChat
from workstation.jury.screens.client import Client
from workstation.jury.screens.deliberation import Deliberation
from workstation.jury.screens.exam_pane import ExamPane
from workstation.jury.screens.grid import Grid
from workstation.jury.screens.interview import Interview
from workstation.jury.screens.live import Live
from workstation.jury.screens.replies import Replies
from workstation.jury.screens.simulations import Simulations
from workstation.jury.screens.stations import Stations
from workstation.jury.screens.team import Team
from workstation.jury.widgets.jury_bar import JuryBar
from workstation.ui.action_table import bindings
from workstation.ui.pane import Pane
from workstation.ui.phone_port import Phone
from workstation.ui.screens.dialog import Dialog
from workstation.ui.shell import RoomSide, Shell
from workstation.ui.widgets.lines import KeyLine, NoticeLine, TabStrip
from workstation.ui.widgets.team_line import TeamLine

EAR_TICK = 0.25  # seconds between two looks of the silence detector at the clock
VOLUME_SIGNS = {"+": "hear.louder", "-": "hear.softer"}


class JuryApp(Shell[JuryState, ev.JuryEvent]):
    phone: Phone  # always one here
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ALL)]

    def __init__(
        self,
        link: RoomSide[ev.JuryEvent],
        phone: Phone,
        *,
        settings: Settings | None = None,
        keep_settings: Callable[[Settings], object] = save_settings,
    ) -> None:
        super().__init__(JuryState(), link, phone, settings or Settings(), keep_settings)
        self.stations, self.client, self.simulations, self.live = Stations(), Client(), Simulations(), Live()
        own = (self.stations, self.client, self.simulations, self.live)
        exam = (Grid(), Deliberation(), Interview(), Replies(), CustomerChat())
        self.panes: dict[str, Pane[JuryState]] = {pane.pane_id: pane for pane in (*own, *exam, Team())}
        self.bar, self.tabs, self.team = JuryBar(), TabStrip(TAB_DIGITS, TAB_SHORTS), TeamLine()
        self.notice, self.keys = NoticeLine(id="notice"), KeyLine(id="keys")
        self._switcher = ContentSwitcher(*self.panes.values(), initial=Stations.pane_id, id="panes")

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.tabs
        yield self.team
        yield self._switcher
        with Vertical(id="foot"):
            yield self.notice
            yield self.keys

    def on_mount(self) -> None:
        self.set_interval(EAR_TICK, self._tick)
        self.stations.opened(self.state)

    def _tick(self) -> None:
        if self.state.hearing.wanted and self.painting:
            self.happen(ev.Ticked(time.time()))

    # --- the shell's questions ----------------------------------------------------------------------

    def apply(self, state: JuryState, event: ev.JuryEvent) -> Step:
        return apply(state, event)

    def act(self, effect: Any) -> None:
        if isinstance(effect, BringToFront):
            self.show_pane(effect.pane_id)
        else:
            super().act(effect)

    def heard(self, levels: LevelsMeasured) -> None:
        super().heard(levels)
        if self.state.hearing.up_at is not None:
            self.tell(ev.LevelHeard(levels.speaker, time.time()))

    @property
    def actions(self) -> Sequence[JuryAction]:
        return actions_of(self.state)

    @property
    def does(self) -> Mapping[str, Callable[[Any], object]]:
        return DOES

    def short_label(self, action: JuryAction) -> str:
        return short_label(action, self.state)

    # --- painting -----------------------------------------------------------------------------------

    @property
    def front_pane(self) -> Pane[JuryState]:
        return self.panes[self._switcher.current or Stations.pane_id]

    def show(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        offered = {action.id for action in self.actions}
        shown = [pane for pane in self.panes.values() if f"tab.{pane.pane_id}" in offered]
        self.tabs.show([(pane.pane_id, pane.title()) for pane in shown], self._switcher.current or "")
        self.team.show(team_view.team(self.state), team_view.here(self.state))
        self.notice.show(self.state, now, self.notice_room)
        self.keys.show((action.key_words[0], self.short_label(action)) for action in useful_now(self.state))
        self.front_pane.show_state(self.state)

    def show_time(self) -> None:
        now = time.time()
        self.bar.show(self.state, now)
        self.notice.show(self.state, now, self.notice_room)
        front = self.front_pane
        if front is self.stations:
            self.stations.show_state(self.state)
        elif isinstance(front, (Client, ExamPane)):
            front.show_time()

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

    @on(Stations.Chosen)
    def _station_chosen(self, message: Stations.Chosen) -> None:
        choose_role(self, message.station)

    @on(Client.HintNoted)
    def _hint_noted(self) -> None:
        self.perform("seat.hint")

    # --- + and - ------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """The signs of the numeric keypad change the volume wherever one is, but in a field, where they are text."""
        if (
            isinstance(event, events.Key)
            and not event.is_forwarded
            and event.character in VOLUME_SIGNS
            and self.screen_stack
            and not isinstance(self.focused, (Input, TextArea))
        ):
            self.perform(VOLUME_SIGNS[event.character])
            return
        await super().on_event(event)
