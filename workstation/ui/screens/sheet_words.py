"""What the lines under a sheet say: how safe it is, what the cursor is on, what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from workstation.desk.sheets_view import OpenSheet, draft_id
from workstation.desk.state import DeskState
from workstation.i18n import _
from workstation.ui.screens.sheet_commands import Filter, area_words
from workstation.ui.widgets.record_table import Row

if TYPE_CHECKING:
    from scenarios.sheet.workbook import Workbook
    from workstation.ui.screens.sheet_grid import SheetGrid


def file_rows(state: DeskState) -> list[Row]:
    """The sitting's spreadsheets, and drafts of workbooks that the room has never had."""
    rows = []
    for file in state.sheets.files or ():
        name = str(file["name"])
        said = [_("copie n° {version}").format(version=file["version"])] if file["version"] else []
        opened = state.sheets.opened.get(name)
        if opened is not None and opened.saved_at:
            said = [_("enregistré {clock}").format(clock=opened.saved_at)]
        if draft_id(name) in state.drafts:
            said.append(_("brouillon non enregistré"))
        if not file["of_pack"]:
            said.append(_("votre classeur"))
        rows.append(Row(name, (name, " · ".join(said) or _("du dossier"))))
    for id in state.drafts:
        name = id.removeprefix("sheet:")
        if id.startswith("sheet:") and name not in [row.key for row in rows]:
            rows.append(Row(name, (name, _("brouillon non enregistré"))))
    return rows


def saving_words(opened: OpenSheet | None, *, dirty: bool) -> Text:
    """Nothing unconfirmed looks saved: a sign and a word, never a colour alone."""
    if opened is not None and opened.save == "saving":
        return Text(_("Enregistrement…"))
    if opened is not None and opened.save == "failed" and dirty:
        return Text("✗ " + _("NON ENREGISTRÉ, gardé ici"), "bold")
    if dirty:
        return Text("▲ " + _("Non enregistré, gardé ici"))
    if opened is not None and opened.saved_at:
        return Text("✓ " + _("Enregistré {clock}").format(clock=opened.saved_at))
    return Text(_("Fichier du dossier") if opened is not None else _("Nouveau classeur"))


def hint_words(book: Workbook, grid: SheetGrid, filter: Filter | None, *, typing: bool) -> str:
    from scenarios.sheet.french import ERRORS

    if typing:
        return _("Entrée valide · Échap abandonne · = commence une formule : =SOMME(A1:A9)")
    shown = book.shown(grid.sheet, *grid.cursor)
    if shown in ERRORS and book.kind(grid.sheet, *grid.cursor) == "error":
        return f"{shown} : {ERRORS[shown]}"
    if words := area_words(book, grid.sheet, grid.area):
        return words
    if filter is not None:
        body = filter.table.body
        kept = sum(body.top <= row <= body.bottom for row in grid.shown_rows)
        wanted = ", ".join(f"« {word or _('vide')} »" for word in filter.wanted.values())
        words = _("Filtré : {wanted} · {kept} lignes sur {count} · / puis a : tout afficher")
        return words.format(wanted=wanted, kept=kept, count=body.rows)
    return _("/ : commandes · Entrée ou une frappe : modifier · Ctrl+C V Z · Ctrl+S enregistre")
