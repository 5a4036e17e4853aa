"""What can be done to a sheet: the menu, the table around a cell, its filter. Pure but for the workbook it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scenarios.sheet.area import Area
from workstation.i18n import N_, _
from workstation.ui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from scenarios.sheet.workbook import Workbook

FILE, DATA, ROWS, LOOK, SHEETS = N_("Fichier"), N_("Données"), N_("Lignes et colonnes"), N_("Cellules"), N_("Feuilles")
_COMMANDS = (
    (FILE, "save", "e", N_("Enregistrer"), "Ctrl+S"),
    (FILE, "export", "x", N_("Exporter en .ods, .xlsx ou .csv…"), ""),
    (FILE, "other", "o", N_("Un autre fichier"), ""),
    (FILE, "office_edit", "b", N_("Ouvrir dans LibreOffice"), ""),
    (FILE, "office_view", "k", N_("Ouvrir dans LibreOffice, lecture seule"), ""),
    (FILE, "take_back", "r", N_("Reprendre ce qui a été fait dans LibreOffice"), ""),
    (FILE, "revert", "w", N_("Revenir à la dernière version enregistrée"), ""),
    (DATA, "ascending", "t", N_("Trier par cette colonne, croissant"), ""),
    (DATA, "descending", "y", N_("Trier par cette colonne, décroissant"), ""),
    (DATA, "filter", "f", N_("Filtrer par une valeur de cette colonne…"), ""),
    (DATA, "unfilter", "a", N_("Tout afficher"), ""),
    (ROWS, "insert_row", "i", N_("Insérer une ligne au-dessus"), ""),
    (ROWS, "delete_row", "s", N_("Supprimer la ligne (ou celles choisies)"), ""),
    (ROWS, "insert_column", "c", N_("Insérer une colonne à gauche"), ""),
    (ROWS, "delete_column", "d", N_("Supprimer la colonne"), ""),
    (LOOK, "fill", "j", N_("Recopier vers le bas"), "Ctrl+D"),
    (LOOK, "format", "n", N_("Format de nombre…"), ""),
    (LOOK, "bold", "g", N_("Gras, ou plus"), ""),
    (LOOK, "wider", "l", N_("Colonne plus large"), ""),
    (LOOK, "narrower", "m", N_("Colonne moins large"), ""),
    (LOOK, "fit", "u", N_("Largeur selon le contenu"), ""),
    (SHEETS, "next_sheet", "p", N_("Feuille suivante"), "Ctrl+PageDown"),
    (SHEETS, "add_sheet", "v", N_("Nouvelle feuille"), ""),
    (SHEETS, "rename_sheet", "h", N_("Renommer la feuille…"), ""),
    (LOOK, "undo", "z", N_("Annuler"), "Ctrl+Z"),
    (LOOK, "redo", "q", N_("Rétablir"), "Ctrl+Y"),
)
FORMATS = (  # (number format, key, what it looks like)
    ("", "0", ""),
    ("0.00", "1", "1234,50"),
    ("#,##0.00", "2", "1 234,50"),
    ('#,##0.00 "€"', "3", "1 234,50 €"),
    ("0%", "4", "15 %"),
    ("0.0%", "5", "15,5 %"),
    ("dd/mm/yyyy", "6", "23/11/2026"),
    ("hh:mm", "7", "10:30"),
)


def command_choices(blocked: dict[str, str]) -> tuple[Choice, ...]:
    """The menu; `blocked` says why a command makes no sense now."""
    choices: list[Choice] = []
    for group in (FILE, DATA, ROWS, LOOK, SHEETS):
        choices.append(Choice("", _(group)))
        for of, id, hot, label, key in _COMMANDS:
            if of == group:
                choices.append(Choice(id, _(label), hot, blocked.get(id, ""), key))
    return tuple(choices)


@dataclass(frozen=True)
class Table:
    """The block of filled rows around a cell: `header` is the row of its titles, 0 when it has none."""

    area: Area
    header: int

    @property
    def body(self) -> Area:
        return Area(self.area.top + bool(self.header), self.area.left, self.area.bottom, self.area.right)


def table_around(book: Workbook, sheet: int, row: int) -> Table | None:
    """None on an empty row."""
    rows, columns = book.extent(sheet)

    def filled(at: int) -> bool:
        return any(book.kind(sheet, at, column) for column in range(1, columns + 1))

    if row > rows or not filled(row):
        return None
    top = bottom = row
    while top > 1 and filled(top - 1):
        top -= 1
    while bottom < rows and filled(bottom + 1):
        bottom += 1
    titles = [book.kind(sheet, top, column) for column in range(1, columns + 1)]
    below = [book.kind(sheet, at, column) for at in range(top + 1, min(bottom, top + 20) + 1) for column in range(1, columns + 1)]
    bold = any(book.bold(sheet, top, column) for column in range(1, columns + 1))
    words = set(titles) <= {"text", ""} and (bold or "number" in below)
    return Table(Area(top, 1, bottom, columns), top if words and bottom > top else 0)


@dataclass(frozen=True)
class Filter:
    """Rows of a table whose columns show these words; rows outside the table are always shown."""

    table: Table
    wanted: dict[int, str] = field(default_factory=dict)

    def rows(self, book: Workbook, sheet: int, last: int) -> list[int]:
        """The rows shown, up to `last`."""
        body = self.table.body

        def kept(row: int) -> bool:
            inside = body.top <= row <= body.bottom
            return not inside or all(book.shown(sheet, row, column) == word for column, word in self.wanted.items())

        return [row for row in range(1, last + 1) if kept(row)]


def area_words(book: Workbook, sheet: int, area: Area) -> str:
    """Sum, mean and count of the numbers of a selection; "" for a single cell."""
    if area.rows == area.columns == 1 or area.rows * area.columns > 20_000:
        return ""
    values = [book.value(sheet, row, column) for row, column in area.cells()]
    numbers = [float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    held = sum(value not in (None, "") for value in values)
    if not numbers:
        return _("{count} cellule(s) remplie(s)").format(count=held)
    words = _("somme {total} · moyenne {mean} · {count} nombre(s)")
    return words.format(total=_number(sum(numbers)), mean=_number(sum(numbers) / len(numbers)), count=len(numbers))


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f").replace(".", ",")
