"""The calibration's app: the shell of every console, the jury's reducer, a call that is played. `grade` for one person, `compare` for a
class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from cti.phone.audio.playback import Playback
from scenarios.training.calibration import Calibration
from workstation.calibrate.player_bar import PlayerBar
from workstation.config import Settings
from workstation.i18n import N_, _
from workstation.jury.console import events as ev
from workstation.jury.console.reducer import apply
from workstation.jury.console.state import JuryState
from workstation.jury.console.steps import Step
from workstation.ui.action_table import LEADER, Action, bindings
from workstation.ui.console_shell import ConsoleShell
from workstation.ui.pane import Pane
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.help import Help, Messages
from workstation.ui.shell import RoomSide
from workstation.ui.widgets.choice_list import Choice
from workstation.ui.widgets.lines import NoticeLine, TabStrip

BACK = 5.0  # seconds
CALL, TABS, CONSOLE = N_("Appel"), N_("Onglets"), N_("Poste")
EVERYWHERE = N_("  Hors d'un champ : Espace écoute ou arrête, « , » et « ; » reculent et avancent de 5 s.\n")
CalibrateAction = Action[JuryState]


def _always(state: JuryState) -> str:
    return ""


_LISTEN: tuple[CalibrateAction, ...] = (
    Action("call.play", "f6", "alt+p", N_("Écouter / Arrêter"), CALL, _always),
    Action("call.back", "f7", "alt+r", N_("Reculer de 5 s"), CALL, _always),
    Action("call.forward", "f8", "alt+s", N_("Avancer de 5 s"), CALL, _always),
)
_TABS: tuple[CalibrateAction, ...] = (
    Action("tab.grid", "alt+1", "1", N_("Grille"), TABS, _always),
    Action("tab.facts", "alt+2", "2", N_("Journal de l'appel"), TABS, _always),
    Action("tab.deliberation", "alt+3", "3", N_("Partage"), TABS, _always),
)
_CONSOLE: tuple[CalibrateAction, ...] = (
    Action("desk.help", "f12", "alt+h", N_("Aide : toutes les touches"), CONSOLE, _always),
    Action("desk.messages", "ctrl+l", "alt+j", N_("Journal des messages"), CONSOLE, _always),
    Action("desk.palette", "ctrl+p", "p", N_("Chercher une action"), CONSOLE, _always),
    Action("desk.menu", LEADER, "alt+u", N_("Menu des actions"), CONSOLE, _always),
    Action("desk.quit", "ctrl+q", "q", N_("Quitter"), CONSOLE, _always),
)
ALL = (*_LISTEN, *_TABS, *_CONSOLE)
_SHORT = {
    "call.play": N_("Écouter"),
    "call.back": N_("-5 s"),
    "call.forward": N_("+5 s"),
    "desk.help": N_("Aide"),
    "desk.menu": N_("Menu"),
}
SHORT_TABS = {"grid": N_("Grille"), "facts": N_("Journal"), "deliberation": N_("Partage")}
DIGITS = {"grid": "1", "facts": "2", "deliberation": "3"}


class CalibrateApp(ConsoleShell[JuryState, ev.JuryEvent]):
    """`panes` are in the order of their tabs, each with an action of `_TABS`; `playback` None where the sound is not here."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ALL)]

    def __init__(
        self,
        about: Calibration,
        state: JuryState,
        link: RoomSide[ev.JuryEvent],
        panes: Sequence[Pane[JuryState]],
        playback: Playback | None,
    ) -> None:
        super().__init__(
            state,
            link,
            None,
            Settings(),
            lambda settings: None,
            panes=panes,
            bar=PlayerBar(about, playback),
            tabs=TabStrip(DIGITS, SHORT_TABS),
            notice=NoticeLine(id="notice"),
        )
        self.about, self.playback = about, playback
        shown = {f"tab.{pane}" for pane in self.panes}
        self._here = tuple(one for one in ALL if not one.id.startswith("tab.") or one.id in shown)

    # --- the shell's questions ----------------------------------------------------------------------

    def apply(self, state: JuryState, event: ev.JuryEvent) -> Step:
        return apply(state, event)

    @property
    def actions(self) -> Sequence[CalibrateAction]:
        return self._here

    @property
    def does(self) -> Mapping[str, Callable[[Any], object]]:
        return DOES

    def short_label(self, action: CalibrateAction) -> str:
        return _(_SHORT.get(action.id, action.label))

    def useful(self) -> Iterable[CalibrateAction]:
        return (*_LISTEN, *(one for one in _CONSOLE if one.id in ("desk.menu", "desk.help")))

    # --- the call -----------------------------------------------------------------------------------

    def listen(self) -> None:
        if self.playback is None:
            return
        if self.playback.playing:
            self.playback.pause()
        else:
            self.playback.play()
        self.paint_time()

    def skip(self, seconds: float) -> None:
        if self.playback is not None:
            self.playback.skip(seconds)
            self.paint_time()

    async def leave(self, code: int = 0) -> None:
        if self.playback is not None:
            self.playback.pause()
        await super().leave(code)


def _quit(app: CalibrateApp) -> None:
    def choices(state: JuryState) -> tuple[Choice, ...]:
        return Choice("stay", _("Rester"), "1"), Choice("leave", _("Quitter ; tout ce qui est noté est gardé"), "2")

    app.open_dialog(ChoiceDialog("quit", _("Quitter ?"), app.state, choices, lambda id: app.leave_soon() if id == "leave" else None))


DOES: dict[str, Callable[[CalibrateApp], object]] = {
    "call.play": lambda app: app.listen(),
    "call.back": lambda app: app.skip(-BACK),
    "call.forward": lambda app: app.skip(BACK),
    "desk.help": lambda app: app.open_dialog(Help(app.state, app.actions, _(EVERYWHERE))),
    "desk.messages": lambda app: app.open_dialog(Messages(app.state)),
    "desk.palette": lambda app: app.push_palette(),
    "desk.menu": lambda app: app.open_menu(),
    "desk.quit": _quit,
}
