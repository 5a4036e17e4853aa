"""Stopping the candidate's clock, with the cause; and what the jury decides when it goes on, beside what the session manager does."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input

from scenarios.phases import CHOICES
from workstation.i18n import N_, _, labelled
from workstation.jury.console.state import JuryState
from workstation.jury.screens.stream import whole
from workstation.jury.widgets.exam_words import stop_words
from workstation.ui.focus import take_focus
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static

CAUSES = (
    N_("Panne du téléphone ou du casque"),
    N_("Panne du poste ou du logiciel"),
    N_("Panne du central ou du réseau"),
    N_("Candidat souffrant"),
    N_("Alarme ou évacuation"),
    N_("Juré empêché"),
)
CHOICE_LABELS = {
    "rendu": N_("Rendre le temps et continuer"),
    "rejoué": N_("Rejouer la simulation avec le client de réserve"),
    "reporté": N_("Reporter le passage"),
}
MOST_MINUTES = 240
Freeze = Callable[[str], object]
Resume = Callable[[str, int, str], object]


class FreezeDialog(Dialog[JuryState]):
    """`freeze` is called with the cause: one of the list, or as written."""

    def __init__(self, state: JuryState, freeze: Freeze) -> None:
        super().__init__("incident", _("INCIDENT : suspendre l'épreuve"), state)
        self._freeze = freeze
        self.list = ChoiceList([Choice(cause, _(cause), str(place)) for place, cause in enumerate(CAUSES, 1)])
        self.other = Input(compact=True, max_length=500)
        self._said = Static("", classes="said", markup=False)

    def body(self) -> ComposeResult:
        yield Static(Text(_("Le temps du candidat s'arrête aussitôt. Choisissez la cause ; Tab pour l'écrire.")), markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list
        with Horizontal(classes="line"):
            yield Static(Text(_("Autre cause")), classes="word", markup=False)
            yield self.other
        yield self._said

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.dismiss(None)
        self._freeze(_(event.choice.id))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self._said.update(Text(_("Écrivez la cause, ou choisissez-la."), "bold"))
            return
        self.dismiss(None)
        self._freeze(event.value.strip())


class ResumeDialog(Dialog[JuryState]):
    """`resume` is called with the choice, the seconds given besides those of the stop, and the candidate's remark."""

    def __init__(self, state: JuryState, resume: Resume) -> None:
        super().__init__("incident", _("Reprendre l'épreuve : ce que le jury décide"), state)
        self._resume = resume
        self.choice = CHOICES[0]
        self.list = ChoiceList(self._choices())
        self.minutes = Input("0", compact=True, restrict=r"[0-9]*", max_length=3)
        self.remark = Input(compact=True, max_length=2000)
        self._stands = Static("", markup=False)
        self._said = Static("", classes="said", markup=False)

    def _choices(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(one, f"{'(•)' if one == self.choice else '( )'} {_(CHOICE_LABELS[one])}", str(place))
            for place, one in enumerate(CHOICES, 1)
        )

    def body(self) -> ComposeResult:
        yield self._stands
        yield Static(Text(_("L'épreuve reprend quand le responsable de session a choisi la même chose.")), markup=False)
        with VerticalScroll(can_focus=False, classes="room"):
            yield self.list
        with Horizontal(classes="line"):
            yield Static(Text(_("Minutes en plus")), classes="word", markup=False)
            yield self.minutes
        with Horizontal(classes="line"):
            yield Static(Text(_("Candidat dit")), classes="word", markup=False)
            yield self.remark
        with Horizontal(classes="buttons"):
            yield Button(_("Proposer"), id="propose", variant="primary", compact=True)
        yield self._said

    def on_mount(self) -> None:
        super().on_mount()
        self.show_state(self.state)

    def show_state(self, state: JuryState) -> None:
        super().show_state(state)
        self._stands.update(Text(stop_words(state) or labelled(_("Épreuve"), _("elle a repris"))))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.choice = event.choice.id
        self.list.set_choices(self._choices())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._propose()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._propose()

    def _propose(self) -> None:
        minutes = whole(self.minutes.value or "0", 0, MOST_MINUTES)
        if minutes is None:
            self._said.update(Text(_("Combien de minutes en plus ? De 0 à 240."), "bold"))
            take_focus(self.minutes)
            return
        self.dismiss(None)
        self._resume(self.choice, minutes * 60, self.remark.value.strip())
