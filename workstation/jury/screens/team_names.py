"""Who practises together: their names on one line, in the order of the roles, read back in words before they are believed."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input

from scenarios.rotation import first_round
from workstation.desk.team import people_words
from workstation.i18n import _
from workstation.jury.console import team_view
from workstation.jury.console.state import JuryState
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.static import Static

Begin = Callable[[tuple[str, ...]], object]


def names_in(text: str) -> tuple[str, ...]:
    """Between commas or semicolons; where there are none, between spaces."""
    parts = re.split(r"[,;]", text) if re.search(r"[,;]", text) else text.split()
    return tuple(" ".join(one.split()) for one in parts if one.strip())


class TeamDialog(Dialog[JuryState]):
    """`begin` is called with the names, in the order of the roles."""

    def __init__(self, state: JuryState, begin: Begin) -> None:
        super().__init__("team", _("Qui s'entraîne ensemble ?"), state)
        self._begin = begin
        self.names = Input(", ".join(team_view.people(state)), placeholder="Ana, Bao, Cyr", compact=True, max_length=300)
        self._read, self._said = Static("", markup=False), Static("", classes="said", markup=False)

    def body(self) -> ComposeResult:
        lead = _("Les prénoms, dans l'ordre : qui prend le poste, qui joue le client, qui observe. À deux, personne n'observe.")
        yield Static(Text(lead), markup=False)
        yield self.names
        yield self._read
        yield Static(Text(_("Entrée commence le tour 1 ; Échap ne change rien.")), classes="hint", markup=False)
        yield self._said

    def on_mount(self) -> None:
        super().on_mount()
        self._read_back(self.names.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._read_back(event.value)

    def _read_back(self, text: str) -> None:
        self._read.update(plain(people_words(names_in(text)) or "…", "bold"))
        self._said.update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            people = first_round(names_in(event.value)).people
        except ValueError as error:
            self._said.update(Text(str(error), "bold"))
            return
        self.dismiss(None)
        self._begin(people)
