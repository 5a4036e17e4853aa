"""A pane that is a list to choose from, with a sentence over it and what is to know of the one in front under it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Generic

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.desk.state import C
from workstation.ui.focus import take_focus
from workstation.ui.pane import Pane
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static


class ListPane(Pane[C], Generic[C]):
    """`state` is the one last shown."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, state: C) -> None:
        super().__init__(id=self.pane_id)
        self._lead, self._detail = Static("", classes="lead", markup=False), Static("", classes="detail", markup=False)
        self.list = ChoiceList()
        self.state = state

    # --- what each pane says ------------------------------------------------------------------------

    def choices(self, state: C, now: float) -> tuple[Choice, ...]:
        raise NotImplementedError

    def lead_words(self, state: C) -> str:
        raise NotImplementedError

    def detail_words(self, state: C, now: float) -> str:
        raise NotImplementedError

    def between(self) -> ComposeResult:
        """What stands between the list and the detail."""
        yield from ()

    # --- showing ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self._lead
        with VerticalScroll(can_focus=False):
            yield self.list
        yield from self.between()
        yield self._detail

    def show_state(self, state: C) -> None:
        self.state = state
        self.list.set_choices(self.choices(state, time.time()))
        self._lead.update(Text(self.lead_words(state), "bold"))
        self.show_detail()

    def show_detail(self) -> None:
        self._detail.update(Text(self.detail_words(self.state, time.time())))

    def opened(self, state: C) -> None:
        self.show_state(state)
        take_focus(self.list)

    def on_choice_list_moved(self, event: ChoiceList.Moved) -> None:
        event.stop()
        self.show_detail()
