"""What each action of the console's table does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from workstation.desk import events as phone
from workstation.desk.changes import alive, offered
from workstation.desk.team import round_words
from workstation.i18n import N_, _, labelled
from workstation.jury.console import events as ev
from workstation.jury.console import exam_view as exam
from workstation.jury.console import room_view as view
from workstation.jury.console import team_view, writes
from workstation.jury.console.hearing import Mode
from workstation.jury.console.hint_view import hint_of, hinted_simulation
from workstation.jury.console.state import VOLUME_STEP, JuryState, Role
from workstation.jury.screens.client import simulation_words
from workstation.jury.screens.incident import FreezeDialog, ResumeDialog
from workstation.jury.screens.parking import PARK, parking_choices
from workstation.jury.screens.stations import role_choices
from workstation.jury.screens.stream import StreamDialog
from workstation.jury.screens.team_names import TeamDialog
from workstation.ui.happened import new_id
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.help import Help, Messages
from workstation.ui.screens.keypad import DigitsDialog
from workstation.ui.screens.sound_setup import SoundSetup
from workstation.ui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from workstation.jury.app import JuryApp

ROLES: tuple[Role, ...] = ("role_player", "observer")
EVERYWHERE = N_("  + et - : volume, hors d'un champ.  Fiche : ← → autre simulation, ↑ ↓ lire.  Direct : ↑ ↓ relire, Ctrl+O suivre.\n")


def _answer(app: JuryApp) -> None:
    if offered(app.state) is not None:
        app.happen(phone.AnswerWanted())
    elif any(alive(call) for call in app.state.calls.values()):
        _second_call(app)
    else:
        _first_call(app, direct=False)


def _second_call(app: JuryApp) -> None:
    """Never by a key meant for a call that has just ceased to ring."""

    def choices(state: JuryState) -> tuple[Choice, ...]:
        label = _("Appeler le candidat une deuxième fois ; l'appel en cours est mis en attente")
        return Choice("yes", label, "1"), Choice("no", _("Ne rien faire"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            _call(app, direct=False)

    app.open_dialog(ChoiceDialog("second", _("Deuxième appel"), app.state, choices, chosen))


def _first_call(app: JuryApp, direct: bool) -> None:
    """Calling again as somebody whose simulation is over is no slip of the finger."""
    if not view.over(app.state, app.state.chosen):
        _call(app, direct)
        return

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("no", _("Ne pas appeler"), "1"), Choice("yes", _("Appeler quand même"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            _call(app, direct)

    words = simulation_words(app.state, app.state.chosen)
    lead = _("Cette simulation est terminée. La suivante : → sur la fiche, ou Alt+3.")
    app.open_dialog(ChoiceDialog("over", labelled(_("Simulation"), words), app.state, choices, chosen, lead=lead))


def _call(app: JuryApp, direct: bool) -> None:
    app.happen(ev.PersonaCallWanted(direct, new_id(), f"c-{new_id()}", new_id(), time.time()))


def _listen(app: JuryApp, mode: Mode) -> None:
    """The same key stops; another mode takes the place of the one that runs."""
    app.happen(ev.ListenWanted("" if app.state.hearing.mode == mode else mode, time.time()))


def _toggle_listening(app: JuryApp) -> None:
    app.happen(ev.ListenWanted("" if app.state.hearing.wanted else "listen", time.time()))


def choose_role(app: JuryApp, station: str) -> None:
    """Which role at this station."""

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return role_choices(state, station)

    def chosen(role: str) -> None:
        app.happen(
            ev.SeatWanted("", "") if role == "leave" else ev.SeatWanted("observer" if role == "observer" else "role_player", station)
        )

    label = str(view.station(app.state, station).get("label") or station)
    app.open_dialog(ChoiceDialog("role", labelled(label, _("quel rôle ?")), app.state, choices, chosen))


def _seat(app: JuryApp) -> None:
    app.show_pane("stations")


def _simulation(app: JuryApp) -> None:
    """Beginning or ending one is asked for twice: the candidate's clock runs from it."""
    running = view.current(app.state)
    simulation = running or app.state.chosen
    order = _("Terminer") if running else _("Commencer")

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("yes", order, "1"), Choice("no", _("Ne rien faire"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            app.happen(ev.SimulationOrdered("end" if running else "start", simulation, new_id()))

    words = simulation_words(app.state, simulation)
    app.open_dialog(ChoiceDialog("simulation", labelled(_("Simulation"), words), app.state, choices, chosen))


def _next(app: JuryApp) -> None:
    """The sheet of the next simulation to play; the one that runs is ended first, after a yes."""
    running = view.current(app.state)
    following = view.next_to_do(app.state, running or app.state.chosen)
    if not running:
        app.happen(ev.SimulationChosen(following))
        return

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("no", _("Ne rien faire"), "1"), Choice("yes", _("Terminer celle-ci, passer à la suivante"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            app.happen(ev.SimulationOrdered("end", running, new_id()))

    words = simulation_words(app.state, following)
    app.open_dialog(ChoiceDialog("next", labelled(_("Simulation suivante"), words), app.state, choices, chosen))


def _hint(app: JuryApp) -> None:
    """The same key takes it back."""
    simulation, now = hinted_simulation(app.state), time.time()
    hint = hint_of(app.state, simulation, now)
    if hint is None:
        return
    app.happen(ev.WriteWanted(writes.hint(app.state, simulation, not hint.given, new_id(), now)))
    words = _("Indice de {simulation} noté : donné.") if not hint.given else _("Indice de {simulation} : non donné, après tout.")
    app.happen(phone.Said(words.format(simulation=simulation), "info", now))


def _parking(app: JuryApp) -> None:
    def chosen(id: str) -> None:
        app.happen(ev.ParkWanted() if id == PARK else ev.PickUpWanted(id, f"c-{new_id()}", new_id(), time.time()))

    app.open_dialog(ChoiceDialog("parking", _("Garer, reprendre"), app.state, parking_choices, chosen))


def _stream(app: JuryApp) -> None:
    def start(simulations: tuple[str, ...], calls: int, every: int) -> None:
        app.happen(ev.StreamWanted(simulations, calls, every))

    app.open_dialog(StreamDialog(app.state, start))


def _name_team(app: JuryApp) -> None:
    def begin(people: tuple[str, ...]) -> None:
        app.happen(ev.TeamWanted(people, new_id()))
        app.show_pane("team")

    app.open_dialog(TeamDialog(app.state, begin))


def _next_round(app: JuryApp) -> None:
    """Asked for twice: it moves everybody. Before the first, it asks who they are."""
    if not team_view.people(app.state):
        _name_team(app)
        return
    now = team_view.number(app.state)

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("yes", _("Passer au tour {n}").format(n=now + 1), "1"), Choice("no", _("Ne rien faire"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            app.happen(ev.TurnWanted(now, new_id()))
            app.show_pane("team")

    lead = round_words(now + 1, team_view.turned(app.state))
    app.open_dialog(ChoiceDialog("turn", _("Tour suivant ?"), app.state, choices, chosen, lead=lead))


def _show_grid(app: JuryApp) -> None:
    """For good: asked for twice."""

    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("no", _("Pas encore"), "1"), Choice("yes", _("Montrer ma grille aux trois"), "2")

    def chosen(id: str) -> None:
        if id == "yes":
            app.happen(ev.WriteWanted(writes.share(app.state, new_id(), time.time())))

    lead = _("Elle s'ouvre au poste, dans le bilan, et à l'autre console ; elle ne changera plus. Parlez-en : il n'y a pas de note.")
    words = simulation_words(app.state, exam.simulation_noted(app.state))
    app.open_dialog(ChoiceDialog("show", labelled(_("Simulation"), words), app.state, choices, chosen, lead=lead))


def _incident(app: JuryApp) -> None:
    """Stops the candidate's clock; while it stands, what the jury decides for when it goes on."""

    def freeze(cause: str) -> None:
        app.happen(ev.WriteWanted(writes.freeze(app.state, cause, new_id(), time.time())))

    def resume(choice: str, given: int, remark: str) -> None:
        app.happen(ev.WriteWanted(writes.resume(app.state, choice, given, remark, new_id(), time.time())))

    app.open_dialog(ResumeDialog(app.state, resume) if exam.frozen(app.state) else FreezeDialog(app.state, freeze))


def _follow(app: JuryApp) -> None:
    app.show_pane("live")
    app.live.timeline.follow()


def _quit(app: JuryApp) -> None:
    """Leaving is asked for; during a call it is refused. The seat stays taken: the console finds it again."""

    def choices(state: JuryState) -> tuple[Choice, ...]:
        talking = any(alive(call) for call in state.calls.values())
        return (
            Choice("stay", _("Rester"), "1"),
            Choice("leave", _("Quitter la console"), "2", _("raccrochez d'abord") if talking else ""),
        )

    def chosen(id: str) -> None:
        if id == "leave":
            app.leave_soon()

    lead = _("Votre place reste prise : vous la retrouverez en revenant.") if view.role(app.state) else ""
    app.open_dialog(ChoiceDialog("quit", _("Quitter ?"), app.state, choices, chosen, lead=lead))


DOES: dict[str, Callable[[JuryApp], object]] = {
    "call.answer": _answer,
    "call.hang_up": lambda app: app.happen(phone.HangUpWanted()),
    "call.hold": lambda app: app.happen(phone.HoldWanted()),
    "call.swap": lambda app: app.happen(phone.SwapWanted()),
    "call.mute": lambda app: app.happen(phone.MuteWanted()),
    "call.transfer": _parking,
    "call.keypad": lambda app: app.open_dialog(DigitsDialog(app.state)),
    "call.direct": lambda app: _first_call(app, direct=True),
    "seat.choose": _seat,
    "seat.simulation": _simulation,
    "queue.start": _stream,
    "queue.stop": lambda app: app.happen(ev.StreamWanted((), 0, 0)),
    "hear.listen": _toggle_listening,
    "hear.whisper": lambda app: _listen(app, "whisper"),
    "hear.barge": lambda app: _listen(app, "barge"),
    "hear.louder": lambda app: app.happen(ev.VolumeWanted(VOLUME_STEP)),
    "hear.softer": lambda app: app.happen(ev.VolumeWanted(-VOLUME_STEP)),
    "live.follow": _follow,
    "exam.incident": _incident,
    "team.name": _name_team,
    "team.next": _next_round,
    "team.show": _show_grid,
    "seat.next": _next,
    "seat.hint": _hint,
    "desk.help": lambda app: app.open_dialog(Help(app.state, app.actions, _(EVERYWHERE))),
    "desk.messages": lambda app: app.open_dialog(Messages(app.state)),
    "desk.sound": lambda app: app.open_dialog(SoundSetup(app.state, app.settings, app.settings_chosen)),
    "desk.palette": lambda app: app.push_palette(),
    "desk.menu": lambda app: app.open_menu(),
    "desk.quit": _quit,
}
