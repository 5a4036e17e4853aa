"""Cells copied, pasted, filled down; rows sorted by what they hold. Formulas follow: a reference without $ moves with its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crm_mock.rules import card_numbers
from scenarios.sheet import SheetError
from scenarios.sheet.area import Area
from scenarios.sheet.document import MAX_COLUMNS, MAX_ROWS, MAX_TEXT
from scenarios.sheet.engine import Lifted, sort_key
from scenarios.sheet.references import shifted
from scenarios.sheet.workbook import Workbook


@dataclass(frozen=True)
class Clip:
    """What was copied: rows of cells, and where they stood."""

    top: int
    left: int
    rows: tuple[tuple[Lifted, ...], ...]
    text: str  # for another program: columns between tabs


def copy(book: Workbook, sheet: int, area: Area) -> Clip:
    rows = tuple(
        tuple(book.lift(sheet, row, column) for column in range(area.left, area.right + 1)) for row in range(area.top, area.bottom + 1)
    )
    columns = range(area.left, area.right + 1)
    lines = ("\t".join(book.shown(sheet, row, column) for column in columns) for row in range(area.top, area.bottom + 1))
    return Clip(area.top, area.left, rows, "\n".join(lines))


def paste(book: Workbook, sheet: int, row: int, column: int, clip: Clip) -> None:
    """Formulas follow: a reference without $ moves with the cell."""
    if row + len(clip.rows) - 1 > MAX_ROWS or column + len(clip.rows[0]) - 1 > MAX_COLUMNS:
        raise SheetError("La copie ne tient pas ici : elle sortirait de la feuille.")

    def put() -> None:
        for down, cells in enumerate(clip.rows):
            for right, kept in enumerate(cells):
                book.put(sheet, row + down, column + right, _moved(kept, row - clip.top, column - clip.left))

    book.change(put)


def paste_text(book: Workbook, sheet: int, row: int, column: int, text: str) -> None:
    """Text from another program, its columns between tabs, as if each cell had been typed."""
    lines = [line.split("\t") for line in text.rstrip("\r\n").splitlines()]
    if row + len(lines) - 1 > MAX_ROWS or column + max(map(len, lines), default=1) - 1 > MAX_COLUMNS:
        raise SheetError("La copie ne tient pas ici : elle sortirait de la feuille.")
    if card_numbers.find(text):
        raise SheetError("Numéro de carte ou cryptogramme : il ne s'écrit nulle part, même dans un brouillon.")

    def put() -> None:
        for down, cells in enumerate(lines):
            for right, one in enumerate(cells):
                book.put_typed(sheet, row + down, column + right, one[:MAX_TEXT])

    book.change(put)


def fill_down(book: Workbook, sheet: int, area: Area) -> None:
    """The first row of the area into the rows under it; of a single row, the row above into it."""
    source = area.top if area.rows > 1 else area.top - 1
    if source < 1:
        raise SheetError("Rien au-dessus à recopier.")

    def fill() -> None:
        for column in range(area.left, area.right + 1):
            kept = book.lift(sheet, source, column)
            for row in range(source + 1, area.bottom + 1):
                book.put(sheet, row, column, _moved(kept, row - source, 0))

    book.change(fill)


def sort(book: Workbook, sheet: int, area: Area, column: int, *, descending: bool = False) -> None:
    """Whole rows of the area, by what this column of it holds: numbers and dates, then texts (accents and case aside), then
    yes/no; empty cells last whichever way. Equal ones keep their order. Formulas follow their row."""
    rows = range(area.top, area.bottom + 1)
    columns = range(area.left, area.right + 1)
    lifted = {row: [book.lift(sheet, row, c) for c in columns] for row in rows}
    held = [row for row in rows if book.kind(sheet, row, column)]
    empty = [row for row in rows if not book.kind(sheet, row, column)]
    held.sort(key=lambda row: sort_key(book.value(sheet, row, column), book.kind(sheet, row, column)), reverse=descending)

    def put() -> None:
        for target, source in zip(rows, (*held, *empty), strict=True):
            if target != source:
                for at, kept in zip(columns, lifted[source], strict=True):
                    book.put(sheet, target, at, _moved(kept, target - source, 0))

    book.change(put)


def values_of(book: Workbook, sheet: int, rows: Sequence[int], column: int) -> list[tuple[str, int]]:
    """What these rows show in a column, each once with its count, in the order of a sort."""
    counts: dict[str, int] = {}
    first: dict[str, int] = {}
    for row in rows:
        word = book.shown(sheet, row, column)
        counts[word] = counts.get(word, 0) + 1
        first.setdefault(word, row)
    kinds = {word: book.kind(sheet, row, column) for word, row in first.items()}
    ordered = sorted(counts, key=lambda w: (not kinds[w], sort_key(book.value(sheet, first[w], column), kinds[w])))
    return [(word, counts[word]) for word in ordered]


def _moved(kept: Lifted, rows: int, columns: int) -> Lifted:
    return replace(kept, formula=shifted(kept.formula, rows, columns)) if kept.formula else kept
