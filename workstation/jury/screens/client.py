"""The sheet of the persona in front: what the role-player says, and when. Left and right go from one simulation to the next."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.events import SimulationChosen
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import STAGES
from workstation.jury.widgets.sheet_text import sheet_text
from workstation.ui.happened import Happened
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line


def simulation_words(state: JuryState, simulation: str) -> str:
    """`● S9 Quatre factures en attente · c9 · il vous appelle · 10 min`."""
    one = view.simulation(state, simulation)
    stage = str(one.get("state") or "")
    who_calls = _("il vous appelle") if one.get("direction") == "sortant" else _("vous appelez")
    parts = (
        f"{STAGES.get(stage, '·')} {one_line(one.get('id', ''))} {one_line(one.get('title', ''))}",
        _(stage),
        who_calls,
        _("{minutes} min").format(minutes=one.get("minutes", "?")),
        one_line(one.get("competence", "")),
    )
    return " · ".join(part for part in parts if part)


class Client(Pane[JuryState]):
    pane_id = "client"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False, priority=True),
        Binding("right", "step(1)", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = JuryState()
        self._which = Static("", classes="which", markup=False)
        self._sheet = Static("", markup=False)
        self.scroll = VerticalScroll(self._sheet)
        self._painted: tuple[str, object] = ("", None)

    def title(self) -> str:
        return _("Fiche du client")

    def compose(self) -> ComposeResult:
        yield self._which
        yield self.scroll

    def show_state(self, state: JuryState) -> None:
        self.state = state
        if not view.role(state):
            self._which.update(Text(_("Choisissez d'abord un poste et un rôle (F2)."), "bold"))
        else:
            words = simulation_words(state, state.chosen) if state.chosen else _("Aucune simulation.")
            self._which.update(Text(f"◄ ► {words}", "bold"))
        sheet = state.sheets.get(state.chosen)
        wanted = (state.chosen, sheet)
        if wanted == self._painted:
            return
        if wanted[0] != self._painted[0]:
            self.scroll.scroll_home(animate=False)
        self._painted = wanted
        missing = Text(_("La fiche arrive…") if state.chosen else "")
        self._sheet.update(sheet_text(sheet) if sheet is not None else missing)

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        self.scroll.focus()

    def action_step(self, by: int) -> None:
        ids = [str(one.get("id")) for one in view.simulations(self.state)]
        if self.state.chosen in ids:
            self.post_message(Happened(SimulationChosen(ids[(ids.index(self.state.chosen) + by) % len(ids)])))
