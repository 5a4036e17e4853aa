"""The calls of this sitting, newest first: missed ones said so, each one Enter away from being called back or its file opened."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.desk.state import CallView, DeskState
from workstation.desk.words import DIRECTION_WORDS, cause_words, clock_time, duration, missed, who
from workstation.i18n import _
from workstation.ui.focus import take_focus
from workstation.ui.messages import DialAsked
from workstation.ui.pane import Pane
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static


def log_choice(call: CallView) -> Choice:
    arrow, word = DIRECTION_WORDS[call.direction]
    lost = missed(call)
    talked = duration((call.ended_at or 0.0) - call.answered_at) if call.answered_at is not None and call.ended_at else ""
    owes = "" if lost or call.qualified or call.consultation else _("à qualifier")
    label = f"{clock_time(call.began_at)} {arrow} {_(word):<8} {who(call)}"
    detail = " · ".join(part for part in (("✕ " if lost else "") + cause_words(call), talked, owes) if part)
    return Choice(call.call_key, label, "", "" if call.number else _("numéro masqué"), detail)


class CallLog(Pane[DeskState]):
    pane_id = "call_log"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self.state = DeskState()
        self.list = ChoiceList()
        self._said = Static("", markup=False)

    def title(self) -> str:
        lost = sum(missed(call) for call in self.state.log)
        return _("Appels ({count} manqués)").format(count=lost) if lost else _("Appels")

    def compose(self) -> ComposeResult:
        yield self._said
        with VerticalScroll(can_focus=False):
            yield self.list

    def show_state(self, state: DeskState) -> None:
        self.state = state
        self.list.set_choices([log_choice(call) for call in state.log])
        self._said.update(Text(_("Entrée rappelle le numéro.") if state.log else _("Aucun appel pour l'instant.")))

    def opened(self, state: DeskState) -> None:
        self.show_state(state)
        take_focus(self.list)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        call = next((c for c in self.state.log if c.call_key == event.choice.id), None)
        if call is not None and call.number:
            self.post_message(DialAsked(call.number, call.contact_id))
