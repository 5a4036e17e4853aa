"""What an agent may choose of his state, and the first dialog: signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Button, Input

from cti.agent import BUSY, CHOSEN_REASONS, AgentState
from workstation.desk.changes import owed
from workstation.desk.events import AgentWanted
from workstation.desk.state import DeskState
from workstation.desk.words import agent_words
from workstation.i18n import _
from workstation.ui.happened import Happened, new_id
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice
from workstation.ui.widgets.static import Static

if TYPE_CHECKING:
    from workstation.ui.app import DeskApp


def agent_choices(state: DeskState) -> tuple[Choice, ...]:
    """The states that can be asked for now; during a call and its wrap-up, the state that comes after."""
    agent = state.agent
    if agent.state is AgentState.SIGNED_OUT:
        return (Choice("sign_in", _("Se connecter"), "1"),)
    busy = agent.state in BUSY
    what = _("Après l'appel : {words}") if busy else "{words}"
    order = "arm" if busy else ""
    why = _("un appel reste à qualifier") if owed(state) and not busy else ""
    choices = [Choice(f"{order or 'ready'}:ready:", what.format(words=agent_words(AgentState.READY)), "1", why)]
    for hot, reason in enumerate(CHOSEN_REASONS, 2):
        label = what.format(words=agent_words(AgentState.NOT_READY, reason))
        choices.append(Choice(f"{order or 'not_ready'}:not_ready:{reason}", label, str(hot)))
    if not busy:
        out = "" if agent.state is AgentState.NOT_READY else _("passez d'abord en retrait")
        choices.append(Choice("sign_out", _("Se déconnecter"), "9", out or why))
    return tuple(choices)


def agent_wish(choice: str) -> AgentWanted:
    """The order behind a choice's id."""
    if ":" not in choice:
        return AgentWanted("sign_out" if choice == "sign_out" else "sign_in", new_id())
    order, state, reason = choice.split(":")
    if order == "arm":
        return AgentWanted("arm", new_id(), reason, state)
    return AgentWanted("ready" if order == "ready" else "not_ready", new_id(), reason)


class SignIn(Dialog[DeskState]):
    """Signing in lands in « En retrait »: no call comes before the agent says so."""

    def __init__(self, state: DeskState, agent_name: str) -> None:
        super().__init__("sign_in", _("Prise de poste"), state)
        self.agent = Input(agent_name, placeholder=_("prénom et nom"), compact=True, max_length=60)
        self._said = Static("", classes="said", markup=False)

    def body(self) -> ComposeResult:
        yield Static(Text(_("Votre nom, tel que vous vous présentez au client :")), markup=False)
        yield self.agent
        yield Static(
            Text(_("Vous arriverez « En retrait » : aucun appel avant que vous ne soyez prêt (Ctrl+R).")), classes="hint", markup=False
        )
        yield Button(_("Se connecter"), variant="primary")
        yield self._said

    def show_state(self, state: DeskState) -> None:
        super().show_state(state)
        if state.agent.state is not AgentState.SIGNED_OUT and self.is_current:
            self.dismiss(None)
        if not self.agent.value:  # nobody has worked here yet: of people who practise together, whoever's turn it is
            self.agent.value = cast("DeskApp", self.app).who
        self._said.update(
            Text(_("Connexion demandée…") if state.agent_asked else _("La salle ne répond pas encore.") if state.link != "up" else "")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._ask()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._ask()

    def _ask(self) -> None:
        cast("DeskApp", self.app).name_chosen(self.agent.value)
        if not self.state.agent_asked:
            self.post_message(Happened(AgentWanted("sign_in", new_id())))
