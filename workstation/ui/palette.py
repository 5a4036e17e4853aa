"""Finding an action by its name: type a few letters, accents or not, arrows, Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input

from crm_mock.rules import normalisation
from workstation.desk.state import C
from workstation.i18n import _
from workstation.ui.action_table import Action
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList


def palette_entries(actions: Sequence[Action[C]], state: C, typed: str = "") -> tuple[Choice, ...]:
    """The actions whose name holds every word typed; those that can be done now first."""
    words = normalisation.words(typed)
    found = [
        action for action in actions if action.id != "desk.palette" and all(word in normalisation.plain(action.name) for word in words)
    ]
    found.sort(key=lambda action: bool(action.blocked(state)))
    return tuple(_entry(action, state) for action in found)


def _entry(action: Action[C], state: C) -> Choice:
    return Choice(action.id, action.name, "", action.blocked(state), " / ".join(action.key_words))


class Palette(Dialog[C]):
    def __init__(self, state: C, actions: Sequence[Action[C]], perform: Callable[[str], object]) -> None:
        super().__init__("palette", _("Chercher une action"), state)
        self._actions, self._perform = actions, perform
        self.typed = Input(placeholder=_("quelques lettres : trans, micro, fiche…"), compact=True)
        self.list = ChoiceList(palette_entries(actions, state))
        self.list.can_focus = False

    def body(self) -> ComposeResult:
        yield self.typed
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list

    def show_state(self, state: C) -> None:
        super().show_state(state)
        self.list.set_choices(palette_entries(self._actions, state, self.typed.value))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.list.set_choices(palette_entries(self._actions, self.state, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.action_choose()

    def key_down(self) -> None:
        self.list.action_move(1)

    def key_up(self) -> None:
        self.list.action_move(-1)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.dismiss(None)
        self._perform(event.choice.id)
