"""Small dialogs of the spreadsheet: a name, what has changed elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input

from scenarios.sheet.document import Cell
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.plain_text import one_line, plain, plain_lines
from workstation.ui.screens.dialog import Dialog
from workstation.ui.widgets.choice_list import Choice, ChoiceList
from workstation.ui.widgets.static import Static

LISTED = 40  # changes told one by one

Change = tuple[str, str, Cell | None, Cell | None]


class NameDialog(Dialog[DeskState]):
    """A sheet's name; `named` is called with what was typed."""

    def __init__(self, state: DeskState, name: str, named: Callable[[str], object]) -> None:
        super().__init__("sheet", _("Nom de la feuille"), state)
        self._named = named
        self._field = Input(name, compact=True, max_length=31)

    def body(self) -> ComposeResult:
        yield self._field
        yield Static(plain(_("Entrée valide, Échap renonce.")), classes="hint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(None)
        self._named(event.value)


class ChangesDialog(Dialog[DeskState]):
    """What another program changed in the file; `chosen` is called with "take" or "leave"."""

    def __init__(self, state: DeskState, name: str, changes: Sequence[Change], chosen: Callable[[str], object]) -> None:
        super().__init__("sheet", _("Changements faits dans LibreOffice : {name}").format(name=name), state)
        self._changes, self._chosen = changes, chosen
        take = _("Reprendre ces changements") if changes else _("Reprendre (rien n'a changé)")
        self.list = ChoiceList((Choice("take", take, "1"), Choice("leave", _("Les laisser"), "2")))

    def body(self) -> ComposeResult:
        yield self.list
        lines = [f"{one_line(sheet)} {where} : {_said(old)} → {_said(new)}" for sheet, where, old, new in self._changes[:LISTED]]
        if len(self._changes) > LISTED:
            lines.append(_("… et {count} autres").format(count=len(self._changes) - LISTED))
        with VerticalScroll(classes="room"):
            yield Static(plain_lines("\n".join(lines) or _("Aucun changement.")), markup=False)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self.dismiss(None)
        self._chosen(event.choice.id)


def _said(cell: Cell | None) -> str:
    if cell is None or (cell.v is None and not cell.f):
        return _("vide")
    if cell.f:
        return one_line(cell.f)
    value: Any = cell.v
    return str(value).replace(".", ",") if isinstance(value, float) else one_line(value)
