"""A spreadsheet as plain data: what travels between desk and room, what drafts and saved copies hold.

It knows neither language nor engine: formulas are in English with commas (`=SUM(A1:A3,2)`), numbers are numbers, dates are
days since 30/12/1899 with a date format. `TODAY()` is the scenario's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_mock.rules import card_numbers

MAX_ROWS, MAX_COLUMNS, MAX_SHEETS = 5000, 100, 20
MAX_CELLS = 20_000  # of one document
MAX_TEXT = 2000
EPOCH = dt.date(1899, 12, 30)

Value = bool | int | float | str | None
Reference = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_SHEET_NAME = re.compile(r"[^\[\]*?:/\\']{1,31}")


class SheetPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(SheetPart):
    """`f` is a formula, "" for a value; `v` the value (of a formula, as last computed); `n` its number format, "" for general; `b` bold."""

    v: Annotated[str, Field(max_length=MAX_TEXT)] | bool | int | float | None = None
    f: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    n: Annotated[str, Field(max_length=100)] = ""
    b: bool = False


class Sheet(SheetPart):
    """`cells` by reference ("B12"); `widths` in characters, by column letters."""

    name: str
    cells: dict[str, Cell] = Field(default_factory=dict)
    widths: dict[str, Annotated[int, Field(ge=1, le=120)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _within(self) -> Sheet:
        if not _SHEET_NAME.fullmatch(self.name):
            raise ValueError("nom de feuille non admis")
        for reference in self.cells:
            row, column = place(reference)
            if row > MAX_ROWS or column > MAX_COLUMNS:
                raise ValueError(f"cellule hors limites ({reference})")
        for letters in self.widths:
            place(f"{letters}1")
        return self


class Document(SheetPart):
    sheets: Annotated[tuple[Sheet, ...], Field(min_length=1, max_length=MAX_SHEETS)]

    @model_validator(mode="after")
    def _whole(self) -> Document:
        names = [sheet.name.casefold() for sheet in self.sheets]
        if len(set(names)) != len(names):
            raise ValueError("deux feuilles de même nom")
        if self.size > MAX_CELLS:
            raise ValueError(f"plus de {MAX_CELLS} cellules")
        return self

    @property
    def size(self) -> int:
        """How many cells hold something."""
        return sum(len(sheet.cells) for sheet in self.sheets)

    def compact(self) -> dict[str, object]:
        """As JSON wants it, without what is at its default."""
        return self.model_dump(mode="json", exclude_defaults=True)


def place(reference: str) -> tuple[int, int]:
    """(row, column) from 1 of "B12". Raises ValueError."""
    found = Reference.fullmatch(reference)
    if found is None:
        raise ValueError(f"référence de cellule non admise ({reference})")
    return int(found[2]), column_number(found[1])


def sheet_name(text: str, rank: int) -> str:
    """The name of a sheet, of what another program called it."""
    return re.sub(r"[\[\]*?:/\\']", " ", text)[:31].strip() or f"Feuille{rank}"


def column_number(letters: str) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def reference(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def serial(day: dt.date) -> int:
    """A date as the number spreadsheets keep of it."""
    return (day - EPOCH).days


def from_serial(number: float) -> dt.date:
    """Raises OverflowError for a number that is no date."""
    return EPOCH + dt.timedelta(days=int(number))


def card_numbers_in(document: Document) -> Iterator[tuple[str, str]]:
    """(sheet, reference) of each cell that holds a bank card number or cryptogram, typed or computed."""
    for sheet in document.sheets:
        for where, cell in sheet.cells.items():
            texts = [cell.f, cell.v if isinstance(cell.v, str) else _digits(cell.v)]
            if any(text and card_numbers.find(text) for text in texts):
                yield sheet.name, where


def _digits(value: Value) -> str:
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and 1e12 <= abs(value) < 1e19 and value == int(value)
    return str(int(value)) if whole and value is not None else ""


def changed_cells(before: Document, after: Document) -> list[tuple[str, str, Cell | None, Cell | None]]:
    """(sheet, reference, before, after) of what differs in content or format, in reading order; a computed value alone is no change."""
    old = {(sheet.name, where): cell for sheet in before.sheets for where, cell in sheet.cells.items()}
    new = {(sheet.name, where): cell for sheet in after.sheets for where, cell in sheet.cells.items()}
    order = {sheet.name: rank for rank, sheet in enumerate((*before.sheets, *after.sheets))}
    changed = [key for key in old.keys() | new.keys() if _said(old.get(key)) != _said(new.get(key))]
    changed.sort(key=lambda key: (order[key[0]], place(key[1])))
    return [(*key, old.get(key), new.get(key)) for key in changed]


def _said(cell: Cell | None) -> tuple[object, ...]:
    if cell is None or (cell.v is None and not cell.f):
        return ()
    if cell.f:
        return ("f", cell.f)
    number = isinstance(cell.v, (int, float)) and not isinstance(cell.v, bool)
    return ("n", round(float(cell.v), 9)) if number and cell.v is not None else (type(cell.v).__name__, cell.v)
