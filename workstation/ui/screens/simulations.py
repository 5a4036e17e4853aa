"""The home of the practice lab: the situations of the sitting, their briefing, beginning and ending one, its debrief."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button

from workstation.desk.events import DebriefWanted, SimulationWanted
from workstation.desk.state import DeskState, Record
from workstation.desk.team import TRAINEE, people_of, played_of, team_of
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.happened import Happened, new_id
from workstation.ui.messages import PaneAsked
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line, plain, plain_lines
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import day

TO_DO, RUNNING, DONE = "à faire", "en cours", "terminée"
WRITTEN = "chat"  # channel of a simulation
_SYMBOLS = {TO_DO: "○", RUNNING: "●", DONE: "✓"}


def _way(simulation: Record) -> str:
    return _("par écrit") if simulation.get("channel") == WRITTEN else _(str(simulation.get("direction", "")))


def _by(state: DeskState, simulation: Record) -> str:
    """Of people who practise together: who played it, or that it is the one to play now."""
    team = team_of(state.sitting)
    if who := played_of(team, str(simulation.get("id"))).get(TRAINEE):
        return _("jouée par {who}").format(who=one_line(who, 20))
    return _("PROPOSÉE") if people_of(team) and simulation.get("id") == team.get("proposed") and not state.sitting.get("current") else ""


def simulation_choices(state: DeskState) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            str(s.get("id", "")),
            f"{_SYMBOLS.get(str(s.get('state')), '·')} {one_line(s.get('title', ''))}",
            "",
            "",
            ", ".join(part for part in (_by(state, s), _way(s), f"{s.get('minutes', '?')} min", _(str(s.get("state", "")))) if part),
        )
        for s in state.sitting.get("simulations") or ()
    )


class Simulations(Pane[DeskState]):
    pane_id = "simulations"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = DeskState()
        self._round: object = None
        self._sitting = Static("", classes="sitting", markup=False)
        self.list = ChoiceList()
        self._briefing = Static("", classes="briefing", markup=False)
        self.begin = Button(_("Commencer"), id="begin", variant="primary", compact=True, disabled=True)
        self.end = Button(_("Terminer"), id="end", compact=True, disabled=True)
        self.debrief = Button(_("Bilan"), id="debrief", compact=True, disabled=True)
        self.progress = Button(_("Ma progression"), id="progress", compact=True)

    def title(self) -> str:
        return _("Simulations")

    def compose(self) -> ComposeResult:
        yield self._sitting
        yield self.list
        with Horizontal(classes="buttons"):
            yield self.begin
            yield self.end
            yield self.debrief
            yield self.progress
        with VerticalScroll(classes="room"):
            yield self._briefing

    def _chosen(self) -> Record | None:
        current = self.list.current
        return next((s for s in self.state.sitting.get("simulations") or () if current and s.get("id") == current.id), None)

    def show_state(self, state: DeskState) -> None:
        self.state = state
        pack = state.sitting.get("pack") or {}
        waiting = _("En attente de la salle…")
        words = _("{title} · séance du {day}").format(title=pack.get("title", ""), day=day(state.sitting.get("day"))) if pack else waiting
        self._sitting.update(plain(words, "bold"))
        self.list.set_choices(simulation_choices(state))
        self._propose(state)
        self._show_chosen()

    def _propose(self, state: DeskState) -> None:
        """A round begins: the simulation proposed comes under the cursor, once."""
        team = team_of(state.sitting)
        if team.get("round") != self._round:
            self._round = team.get("round")
            if people_of(team):
                self.list.select(str(team.get("proposed") or ""))

    def opened(self, state: DeskState) -> None:
        self.show_state(state)
        take_focus(self.list)

    def _show_chosen(self) -> None:
        one = self._chosen()
        stage = str(one.get("state")) if one else ""
        running = bool(self.state.sitting.get("current"))
        exam = self.state.sitting.get("mode") == "exam"
        for button in (self.begin, self.end, self.debrief, self.progress):
            button.display = not exam
        self.begin.disabled = stage != TO_DO or running
        self.end.disabled = stage != RUNNING
        self.debrief.disabled = stage != DONE
        if one is None:
            self._briefing.update(Text(_("Aucune simulation.")))
            return
        if exam and stage != RUNNING:
            told = _("Simulation terminée.") if stage == DONE else _("Le jury commence et termine les simulations : rien à faire ici.")
            self._briefing.update(plain(told))
            return
        text = plain_lines(one.get("briefing") or _("Pas de consigne."))
        if stage == RUNNING:
            if one.get("channel") == WRITTEN:
                how = _("La personne va vous écrire : soyez prêt (Ctrl+R).")
            elif one.get("direction") == "entrant":
                how = _("L'appel va arriver : soyez prêt (Ctrl+R).")
            else:
                how = _("À vous d'appeler : F3, ou Alt+N sur un numéro de la fiche.")
            text = Text(how + "\n\n", "bold").append_text(text)
        self._briefing.update(text)

    def on_choice_list_moved(self, event: ChoiceList.Moved) -> None:
        event.stop()
        self._show_chosen()

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Enter leads to what can be done next, and does not do it."""
        event.stop()
        self._show_chosen()
        for button in (self.begin, self.end, self.debrief):
            if not button.disabled:
                take_focus(button)
                return

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button is self.progress:
            self.post_message(PaneAsked("progress"))
            return
        one = self._chosen()
        if one is None:
            return
        simulation_id = str(one["id"])
        if event.button.id == "begin":
            self.post_message(Happened(SimulationWanted("start", simulation_id, new_id())))
        elif event.button.id == "end":
            self.post_message(Happened(SimulationWanted("end", simulation_id, new_id())))
        else:
            self.post_message(Happened(DebriefWanted(simulation_id)))
        take_focus(self.list)
