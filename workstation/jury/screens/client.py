"""The sheet of the persona in front: what the role-player says, and when. Left and right go from one simulation to the next; a digit
ticks what the customer has said, for the observer to know what the candidate could know."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import writes
from workstation.jury.console.events import SimulationChosen, WriteWanted
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import STAGES
from workstation.jury.widgets.hint_text import KEY as HINT
from workstation.jury.widgets.hint_text import hint_text
from workstation.jury.widgets.ledger_text import facts_of, ledger_text
from workstation.jury.widgets.sheet_text import sheet_text
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened, new_id
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line
from workstation.ui.terminal_keys import digit_of
from workstation.ui.widgets.static import Static

ROOMY = 24  # lines from which each fact's rule is shown under it, where all of them then fit
LEDGER_SHARE = 0.6  # of the pane's height at most, as in client.tcss


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

    class HintNoted(Message):
        """Its key was pressed on the sheet."""

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = JuryState()
        self._which = Static("", classes="which", markup=False)
        self._sheet = Static("", markup=False)
        self.scroll = VerticalScroll(self._sheet)
        self._hint = Static("", classes="hint", markup=False)
        self._ledger = Static("", classes="ledger", markup=False)
        self._painted: tuple[str, object] = ("", None)

    def title(self) -> str:
        return _("Fiche du client")

    def compose(self) -> ComposeResult:
        yield self._which
        yield self.scroll
        yield self._hint
        yield self._ledger

    def show_state(self, state: JuryState) -> None:
        self.state = state
        if not view.role(state):
            self._which.update(Text(_("Choisissez d'abord un poste et un rôle (F2)."), "bold"))
        else:
            words = simulation_words(state, state.chosen) if state.chosen else _("Aucune simulation.")
            self._which.update(Text(f"◄ ► {words}", "bold"))
        self._show_ledger()
        sheet = state.sheets.get(state.chosen)
        wanted = (state.chosen, sheet)
        if wanted == self._painted:
            return
        if wanted[0] != self._painted[0]:
            self.scroll.scroll_home(animate=False)
        self._painted = wanted
        missing = Text(_("La fiche arrive…") if state.chosen else "")
        self._sheet.update(sheet_text(sheet) if sheet is not None else missing)

    def _show_ledger(self) -> None:
        width, roomy = max(20, self.size.width - 2), self.size.height >= ROOMY
        ruled = 2 * len(facts_of(self.state.sheets.get(self.state.chosen))) + 1
        text = ledger_text(self.state, width, with_rules=roomy and ruled <= self.size.height * LEDGER_SHARE)
        hint = hint_text(self.state, self.state.chosen, time.time(), width, roomy=roomy) if view.role(self.state) else Text("")
        self._hint.display = bool(hint.plain)
        self._hint.update(hint)
        self._ledger.display = bool(text.plain)
        self._ledger.update(text)

    def show_time(self) -> None:
        """Once a second: whether the hint is due."""
        self._show_ledger()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_ledger)

    def on_key(self, event: events.Key) -> None:
        """The digits, those above the letters of a French keyboard too."""
        place = digit_of(event.character)
        if place == HINT:
            event.stop()
            self.post_message(self.HintNoted())
            return
        facts = facts_of(self.state.sheets.get(self.state.chosen))
        if not place or int(place) > len(facts) or not exam.ticks_here(self.state) or view.role(self.state) != "role_player":
            return
        event.stop()
        fact = str(facts[int(place) - 1]["id"])
        said = fact not in exam.revealed(self.state, self.state.chosen)
        self.post_message(Happened(WriteWanted(writes.reveal(self.state, self.state.chosen, fact, said, new_id(), time.time()))))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        take_focus(self.scroll)

    def action_step(self, by: int) -> None:
        ids = [str(one.get("id")) for one in view.simulations(self.state)]
        if self.state.chosen in ids:
            self.post_message(Happened(SimulationChosen(ids[(ids.index(self.state.chosen) + by) % len(ids)])))
