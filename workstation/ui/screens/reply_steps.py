"""Handing a reply in: what one is told before it is final, and the two answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.reply_due import Due
from workstation.ui.widgets.choice_list import Choice


class ConfirmHandIn(ChoiceDialog[DeskState]):
    def __init__(self, state: DeskState, due: Due, remarks: Sequence[str], hand_in: Callable[[], object]) -> None:
        lead = "\n".join([_("Une réponse remise ne se modifie plus."), *(f"▲ {one}" for one in remarks)])

        def choices(_state: DeskState) -> tuple[Choice, ...]:
            return (Choice("no", _("Continuer d'écrire"), "1"), Choice("yes", _("Remettre définitivement"), "2"))

        super().__init__(
            "hand-in", _("Remettre {what} ?").format(what=f"{due.id} – {due.title}"), state, choices, self._chosen(hand_in), lead=lead
        )

    @staticmethod
    def _chosen(hand_in: Callable[[], object]) -> Callable[[str], object]:
        return lambda choice: hand_in() if choice == "yes" else None
