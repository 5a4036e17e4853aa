"""The simulations of the candidate's sitting: to do, running, over. Enter opens the sheet; F8 begins or ends."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.events import SimulationChosen
from workstation.jury.console.state import JuryState
from workstation.jury.screens.client import simulation_words
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened
from workstation.ui.pane import Pane
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static


def simulation_choices(state: JuryState) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(one.get("id") or ""), _marked(state, str(one.get("id") or "")), str(place) if place <= 9 else "")
        for place, one in enumerate(view.simulations(state), 1)
    )


def _marked(state: JuryState, simulation: str) -> str:
    """The one that F3 and F8 are about is marked."""
    return f"{'▶' if simulation == state.chosen else ' '} {simulation_words(state, simulation)}"


class Simulations(Pane[JuryState]):
    pane_id = "simulations"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._lead, self.list = Static("", classes="lead", markup=False), ChoiceList()
        self._chosen = ""

    def title(self) -> str:
        return _("Simulations")

    def compose(self) -> ComposeResult:
        yield self._lead
        with VerticalScroll(can_focus=False):
            yield self.list

    def show_state(self, state: JuryState) -> None:
        self.list.set_choices(simulation_choices(state))
        if state.chosen != self._chosen:
            self._chosen = state.chosen
            self.list.select(state.chosen)
        words = _("Entrée ouvre la fiche. Appeler (F3) commence la simulation ; F8 la commence ou la termine.")
        self._lead.update(Text(words if view.role(state) else _("Choisissez d'abord un poste et un rôle (F2)."), "bold"))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        take_focus(self.list)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.post_message(Happened(SimulationChosen(event.choice.id)))
