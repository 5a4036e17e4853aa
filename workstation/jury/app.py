"""The jury console's app: the shell it shares with the candidate's desk, its own panes, actions and lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.widgets import Input, TextArea

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
from workstation.jury.screens.grid import Grid
from workstation.jury.screens.interview import Interview
from workstation.jury.screens.live import Live
from workstation.jury.screens.replies import Replies
from workstation.jury.screens.simulations import Simulations
from workstation.jury.screens.stations import Stations
from workstation.jury.screens.team import Team
from workstation.jury.widgets.jury_bar import JuryBar
from workstation.ui.action_table import bindings
from workstation.ui.console_shell import ConsoleShell
from workstation.ui.pane import Pane
from workstation.ui.phone_port import Phone
from workstation.ui.shell import RoomSide
from workstation.ui.widgets.lines import NoticeLine, TabStrip
from workstation.ui.widgets.team_line import TeamLine

EAR_TICK = 0.25  # seconds between two looks of the silence detector at the clock
VOLUME_SIGNS = {"+": "hear.louder", "-": "hear.softer"}


class JuryApp(ConsoleShell[JuryState, ev.JuryEvent]):
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
        exam = (Grid(), Deliberation(), Interview(), Replies(), CustomerChat())
        self.team = TeamLine()
        self.stations, self.client, self.simulations, self.live = Stations(), Client(), Simulations(), Live()
        super().__init__(
            JuryState(),
            link,
            phone,
            settings or Settings(),
            keep_settings,
            panes=(self.stations, self.client, self.simulations, self.live, *exam, Team()),
            bar=JuryBar(),
            tabs=TabStrip(TAB_DIGITS, TAB_SHORTS),
            notice=NoticeLine(id="notice"),
            under_tabs=(self.team,),
        )

    def on_mount(self) -> None:
        self.set_interval(EAR_TICK, self._tick)

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

    def useful(self) -> Sequence[JuryAction]:
        return useful_now(self.state)

    def tabbed(self) -> Iterable[Pane[JuryState]]:
        offered = {action.id for action in self.actions}
        return (pane for pane in self.panes.values() if f"tab.{pane.pane_id}" in offered)

    def show(self) -> None:
        super().show()
        self.team.show(team_view.team(self.state), team_view.here(self.state))

    @on(Client.HintNoted)
    def _hint_noted(self) -> None:
        self.perform("seat.hint")

    @on(Stations.Chosen)
    def _station_chosen(self, message: Stations.Chosen) -> None:
        choose_role(self, message.station)

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
