"""What lies over the whole desk while nothing may be done at it: before and between phases, while the clock stands, at the end."""

from __future__ import annotations

from textual.app import ComposeResult

from workstation.desk.course import closed
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.plain_text import plain
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.static import Static

NAME = "curtain"


class Curtain(Dialog[DeskState]):
    """Goes by itself when something opens; no key closes it."""

    def __init__(self, state: DeskState) -> None:
        super().__init__(NAME, "", state)
        self._title, self._text, self._who = (Static("", markup=False) for _place in range(3))

    def body(self) -> ComposeResult:
        yield self._title
        yield Static("", markup=False)
        yield self._text
        yield self._who

    def on_mount(self) -> None:
        super().on_mount()
        self.show_state(self.state)

    def show_state(self, state: DeskState) -> None:
        super().show_state(state)
        why = closed(state)
        if why is None:
            if self.is_current:
                self.dismiss(None)
            return
        self._title.update(plain(why.title, "bold"))
        self._text.update(plain(why.text))
        number = str((state.sitting.get("course") or {}).get("candidate") or "")
        self._who.update(plain(_("Candidat n° {number}").format(number=number)) if number else "")

    def action_close(self) -> None:
        """Stays while there is something to say."""
        self.show_state(self.state)
