"""What each action of the desk's table does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cti.agent import AgentState, NotReadyReason
from scenarios.customer.moves import TURN_CUE
from workstation.desk import events as ev
from workstation.desk.changes import commanded, offered, owed
from workstation.desk.chat import offered_chat
from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.actions import ACTIONS, COMMON_CUES, cues_of
from workstation.ui.happened import new_id
from workstation.ui.screens.agent_state import SignIn, agent_choices, agent_wish
from workstation.ui.screens.calculator import CalculatorDialog
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.help import Help, Messages
from workstation.ui.screens.keypad import DialDialog, DigitsDialog, TransferDialog
from workstation.ui.screens.qualification import Qualification, call_to_qualify
from workstation.ui.screens.recording import ERASE, NOTICE, recording_choices
from workstation.ui.screens.reply_desk import ReplyDeskPane
from workstation.ui.screens.sound_setup import SoundSetup
from workstation.ui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from workstation.ui.app import DeskApp


def _agent_state(app: DeskApp) -> None:
    if app.state.agent.state is AgentState.SIGNED_OUT:
        app.open_dialog(SignIn(app.state, app.who))
        return
    app.open_dialog(ChoiceDialog("agent", _("État de l'agent"), app.state, agent_choices, lambda id: app.happen(agent_wish(id))))


def _ready(app: DeskApp) -> None:
    if app.state.agent.state is AgentState.READY:
        app.happen(ev.AgentWanted("not_ready", new_id(), NotReadyReason.BREAK))
    else:
        app.happen(ev.AgentWanted("ready", new_id()))


def _answer(app: DeskApp) -> None:
    if offered(app.state) is not None:
        app.happen(ev.AnswerWanted())
    elif offered_chat(app.state) is not None:
        app.happen(ev.ChatAcceptWanted(new_id()))
    else:
        app.open_dialog(DialDialog(app.state, app.dial))


def _qualify(app: DeskApp) -> None:
    call = call_to_qualify(app.state)
    if call is not None:
        app.open_dialog(Qualification(app.state, call, app.who))


def _save(app: DeskApp) -> None:
    """What is open in front saves itself: a dialog that can, else the pane."""
    save = getattr(app.screen, "action_save", None) or getattr(app.front_pane, "action_save", None)
    if save is None:
        app.happen(ev.Said(_("Rien à enregistrer ici."), "info", time.time()))
    else:
        save()


def cue_choices(state: DeskState) -> tuple[Choice, ...]:
    hot = "123456789abcdefghijklmnopqstuvwxyz"  # 0 and r are the common ones
    own = tuple(Choice(id, label, hot[i] if i < len(hot) else "") for i, (id, label) in enumerate(cues_of(state)))
    common = tuple(Choice(id, _(label), key) for id, key, label in COMMON_CUES)
    return common + own  # first: in sight even where the pack's do not all fit


def _give_cue(app: DeskApp, cue: str) -> None:
    label = next((choice.label for choice in cue_choices(app.state) if choice.id == cue), cue)
    app.happen(ev.TraceMade("CueGiven", {"cue": cue, "simulation": str(app.state.sitting.get("current") or "")}, new_id(), time.time()))
    app.happen(ev.Said(_("Vous venez de dire : {label}").format(label=label), "info", time.time()))


def _cue(app: DeskApp) -> None:
    title = _("Ce que je viens de dire")
    app.open_dialog(ChoiceDialog("cues", title, app.state, cue_choices, lambda cue: _give_cue(app, cue)))


def _your_turn(app: DeskApp) -> None:
    _give_cue(app, TURN_CUE)


def _recording(app: DeskApp) -> None:
    def chosen(id: str) -> None:
        app.happen(ev.RecordingsEraseWanted() if id == ERASE else ev.RecordingWanted(new_id(), int(id), app.who))

    title = _("Enregistrer les appels d'entraînement")
    app.open_dialog(ChoiceDialog("recording", title, app.state, recording_choices, chosen, lead=_(NOTICE)))


EVERYWHERE = N_("  Dans une liste : Entrée ouvre, Inser ou + crée, Alt+N appelle le numéro.  Alt+← Alt+→ : partie d'avant, d'après.\n")


def _quit(app: DeskApp) -> None:
    """Leaving is asked for; during a call it is refused."""

    def choices(state: DeskState) -> tuple[Choice, ...]:
        talking = any(commanded(call) for call in state.calls.values())
        return (
            Choice("stay", _("Rester"), "1"),
            Choice("leave", _("Quitter le poste"), "2", _("raccrochez d'abord") if talking else ""),
        )

    state, debts = app.state, []
    if owed(state):
        debts.append(_("Il reste un appel à qualifier : il vous sera redemandé."))
    if state.unconfirmed:
        debts.append(
            _("{count} écritures ne sont pas encore confirmées : elles sont gardées et repartiront.").format(count=state.unconfirmed)
        )

    def chosen(id: str) -> None:
        if id == "leave":
            app.leave_soon()

    app.open_dialog(ChoiceDialog("quit", _("Quitter ?"), state, choices, chosen, lead="\n".join(debts)))


def _next_word(app: DeskApp) -> None:
    pane = app.panes["reply_desk"]
    assert isinstance(pane, ReplyDeskPane)
    if app.front_pane is not pane:
        app.show_pane(pane.pane_id)
    elif not pane.next_word():
        app.say(_("Aucun mot inconnu."))


DOES: dict[str, Callable[[DeskApp], object]] = {
    "agent.state": _agent_state,
    "agent.ready": _ready,
    "agent.arm": _agent_state,
    "call.answer": _answer,
    "call.hang_up": lambda app: app.happen(ev.HangUpWanted()),
    "call.hold": lambda app: app.happen(ev.HoldWanted()),
    "call.swap": lambda app: app.happen(ev.SwapWanted()),
    "call.mute": lambda app: app.happen(ev.MuteWanted()),
    "call.transfer": lambda app: app.open_dialog(TransferDialog(app.state, app.dial)),
    "call.keypad": lambda app: app.open_dialog(DigitsDialog(app.state)),
    "call.qualify": _qualify,
    "work.search": lambda app: app.show_pane("search"),
    "work.save": _save,
    "work.cue": _cue,
    "work.your_turn": _your_turn,
    "work.calculator": lambda app: app.open_dialog(CalculatorDialog(app.state, app.field_in_hand, app.say)),
    "work.word": _next_word,
    "work.brief": lambda app: app.show_pane("reference"),
    "desk.help": lambda app: app.open_dialog(Help(app.state, ACTIONS, _(EVERYWHERE))),
    "desk.messages": lambda app: app.open_dialog(Messages(app.state)),
    "desk.sound": lambda app: app.open_dialog(SoundSetup(app.state, app.settings, app.settings_chosen)),
    "desk.recording": _recording,
    "desk.palette": lambda app: app.push_palette(),
    "desk.menu": lambda app: app.open_menu(),
    "desk.quit": _quit,
}
