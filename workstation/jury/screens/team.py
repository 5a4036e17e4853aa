"""The people who practise together: who is what now and where to go, what is to be played, what each of them has played."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.desk.state import Record
from workstation.desk.team import CUSTOMER, OBSERVER, ROLES, TRAINEE, WAITS, role_of
from workstation.desk.words import clock_time, instant
from workstation.i18n import N_, _, labelled
from workstation.jury.console import room_view as view
from workstation.jury.console import team_view
from workstation.jury.console.state import JuryState
from workstation.jury.screens.chat import WRITTEN
from workstation.ui.focus import take_focus
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line, plain
from workstation.ui.widgets.static import Static

TITLES = {TRAINEE: N_("AU POSTE"), CUSTOMER: N_("CLIENT"), OBSERVER: N_("OBSERVATEUR"), WAITS: N_("ATTEND")}
GOES = {
    TRAINEE: N_("prend le poste, se met Prêt (Ctrl+R)"),
    CUSTOMER: N_("lit la fiche (Alt+2), puis appelle (F3)"),
    OBSERVER: N_("écoute (F5) et note sur la grille (Alt+5)"),
    WAITS: N_("prendra le poste à son tour"),
}
NAME_WIDTH = 12  # cells at least


def team_text(state: JuryState) -> Text:
    people = team_view.people(state)
    if not people:
        return _nobody(state)
    text = Text(_("TOUR {n}").format(n=team_view.number(state)) + "\n", "bold")
    width = max(NAME_WIDTH, *(len(one_line(who, 40)) for who in people))
    for place, who in enumerate(people):
        role = role_of(place)
        mark = "► " if role == team_view.here(state) else "  "
        line = Text(mark).append(f"{_(TITLES[role]):<12} ", "bold")
        line.append(f"{one_line(who, 40):<{width}} ", "bold reverse" if mark.strip() else "bold")
        text.append_text(line).append(_(GOES[role]) + "\n")
    if OBSERVER not in map(role_of, range(len(people))):
        text.append(f"  {_(TITLES[OBSERVER]):<12} ", "bold").append(_("personne") + "\n")
    text.append("\n")
    running, proposed = view.current(state), team_view.proposed(state)
    if running:
        text.append(labelled(_("EN COURS"), _to_play(state, running)) + "\n", "bold")
    elif proposed:
        text.append(labelled(_("À JOUER MAINTENANT"), _to_play(state, proposed)) + "\n", "bold")
    else:
        text.append(_("Toutes les simulations de cette séance sont jouées.") + "\n", "bold")
    return text.append_text(_played(state))


def _to_play(state: JuryState, simulation: str) -> str:
    """`S1 Un déménagement · c2 · le client appelle · 8 min`."""
    one = view.simulation(state, simulation)
    calls = _("le client appelle") if one.get("direction") == "entrant" else _("le stagiaire appelle")
    way = _("par écrit") if one.get("channel") == WRITTEN else calls
    minutes = _("{minutes} min").format(minutes=one.get("minutes", "?"))
    parts = (f"{one_line(simulation)} {one_line(one.get('title') or '')}", one_line(one.get("competence") or ""), way, minutes)
    return " · ".join(part for part in parts if part)


def _nobody(state: JuryState) -> Text:
    if not view.role(state):
        return Text(_("Choisissez d'abord un poste et un rôle (F2)."), "bold")
    text = Text(_("S'entraîner à trois, ou à deux") + "\n\n", "bold")
    text.append(_("L'un prend le poste, un autre joue le client à une console, le troisième observe à l'autre console.") + "\n\n")
    return text.append(_("Ctrl+R : dites qui, dans cet ordre. Chaque écran dit alors qui est quoi ; la même touche fait tourner.") + "\n")


def _played(state: JuryState) -> Text:
    told = team_view.played(state)
    text = Text("")
    if told:
        text.append("\n" + _("CE QUE CHACUN A JOUÉ") + "\n", "bold underline")
    for one in told:
        people = view.record(one.get("people"))
        others = ", ".join(labelled(_(TITLES[role]).lower(), one_line(people[role], 40)) for role in ROLES[1:] if people.get(role))
        simulation = str(one.get("simulation") or "")
        competence = one_line(view.simulation(state, simulation).get("competence") or "")
        text.append(f"  {_hours(state, one)}  ").append(f"{one_line(simulation)} {competence}  ", "bold")
        text.append(one_line(people.get(TRAINEE) or "", 40), "bold").append(f"  ({others})\n" if others else "\n")
    return text


def _hours(state: JuryState, one: Record) -> str:
    """`09:03 – 09:12` on this machine's clock."""
    told = [str(one.get(name) or "") for name in ("began_at", "ended_at")]
    return " – ".join(clock_time(instant(at) - state.clock_offset)[:5] if at else "…" for at in told)


class Team(Pane[JuryState]):
    pane_id = "team"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._said = Static("", markup=False)
        self._scroll = VerticalScroll(self._said)
        self._hint = Static("", classes="hint", markup=False)

    def title(self) -> str:
        return _("Équipe")

    def compose(self) -> ComposeResult:
        yield self._scroll
        yield self._hint

    def show_state(self, state: JuryState) -> None:
        self._said.update(team_text(state))
        words = _("Ctrl+R tour suivant  Alt+Y montrer la grille  Maj+F2 changer les noms")
        self._hint.update(plain(words if team_view.people(state) else ""))

    def opened(self, state: JuryState) -> None:
        self.show_state(state)
        take_focus(self._scroll)
