"""A spreadsheet at work: cells typed and computed, rows moved, everything undone.

Rows and columns count from 1, sheets from 0. What it refuses is a `SheetError` with a French sentence, and has changed nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import ironcalc

from crm_mock.rules import card_numbers
from scenarios.sheet import SheetError, french, typed
from scenarios.sheet.area import Area
from scenarios.sheet.document import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_TEXT,
    Cell,
    Document,
    Sheet,
    Value,
    column_letters,
    column_number,
    reference,
)
from scenarios.sheet.engine import Lifted, engine_faults_told, filled, put_value, read_cell
from scenarios.sheet.references import skeleton

UNDO_KEPT = 60
DEFAULT_WIDTH = 12  # characters
_SPILLS = re.compile(r"\b(?:UNIQUE|SORT|SORTBY|FILTER|SEQUENCE|TRANSPOSE|RANDARRAY|VSTACK|HSTACK)\(|^=[^(]*:[^(]*$")


@dataclass(frozen=True)
class _Snapshot:
    model: bytes
    widths: tuple[dict[int, int], ...]


class Workbook:
    """`today` is the scenario's: what AUJOURDHUI() gives."""

    def __init__(self, document: Document, today: dt.date) -> None:
        self.today = today
        self._model = filled(document, today)
        self._widths = [{column_number(c): w for c, w in sheet.widths.items()} for sheet in document.sheets]
        self._undo: list[_Snapshot] = []
        self._redo: list[_Snapshot] = []

    @classmethod
    def blank(cls, today: dt.date) -> Workbook:
        return cls(Document(sheets=(Sheet(name="Feuille1"),)), today)

    # --- looking ------------------------------------------------------------------------------------

    @property
    def sheets(self) -> list[str]:
        return [str(sheet["name"]) for sheet in self._model.get_worksheets_properties()]

    def content(self, sheet: int, row: int, column: int) -> str:
        """What the formula bar shows: a formula, or the value as one would type it."""
        text = self._model.get_cell_content(sheet, row, column)
        if text.startswith("="):
            return french.for_people(text, self.today)
        value = self._model.get_cell_value(sheet, row, column)
        if isinstance(value, str):
            again = typed.read(value, self.today)
            return value if again.value == value and not again.formula else f"'{value}"
        form = self.format(sheet, row, column)
        if isinstance(value, float) and form.endswith("%"):
            return f"{value * 100:.10g} %".replace(".", ",")
        if isinstance(value, float) and re.search(r"[dyhs]", form.replace("[Red]", "")) and "0" not in form:
            return self._model.get_formatted_cell_value(sheet, row, column)
        return text

    def shown(self, sheet: int, row: int, column: int) -> str:
        """What the cell shows."""
        return french.error_word(self._model.get_formatted_cell_value(sheet, row, column))

    def value(self, sheet: int, row: int, column: int) -> Value:
        return self._model.get_cell_value(sheet, row, column)

    def kind(self, sheet: int, row: int, column: int) -> Literal["", "number", "text", "boolean", "error"]:
        value = self._model.get_cell_value(sheet, row, column)
        if value is None or value == "":
            return ""
        match self._model.get_cell_type(sheet, row, column):
            case ironcalc.CellType.Number:
                return "number"
            case ironcalc.CellType.LogicalValue:
                return "boolean"
            case ironcalc.CellType.ErrorValue:
                return "error"
            case _:
                return "text"

    def format(self, sheet: int, row: int, column: int) -> str:
        """The number format, "" when general."""
        form = str(self._model.get_cell_style(sheet, row, column).get("num_fmt", ""))
        return "" if form == "general" else form

    def bold(self, sheet: int, row: int, column: int) -> bool:
        return bool(self._model.get_cell_style(sheet, row, column).get("font", {}).get("b"))

    def extent(self, sheet: int) -> tuple[int, int]:
        """(rows, columns) up to the last cell that holds something; (0, 0) for an empty sheet."""
        held = [(r, c) for s, r, c in self._model.get_all_cells() if s == sheet and self._model.get_cell_value(s, r, c) not in (None, "")]
        return max((r for r, _c in held), default=0), max((c for _r, c in held), default=0)

    def width(self, sheet: int, column: int) -> int:
        return self._widths[sheet].get(column, DEFAULT_WIDTH)

    def document(self) -> Document:
        """As it stands now."""
        model, parts = self._model, [dict[str, Cell]() for _name in self.sheets]
        spilled = self._spilled()
        with self._in_english():
            for sheet, row, column in model.get_all_cells():
                cell = read_cell(model, sheet, row, column, self.today)
                if cell is not None and (sheet, row, column) not in spilled:
                    parts[sheet][reference(row, column)] = cell
        widths = [{column_letters(c): w for c, w in sorted(one.items())} for one in self._widths]
        return Document(sheets=tuple(Sheet(name=n, cells=c, widths=w) for n, c, w in zip(self.sheets, parts, widths, strict=True)))

    def _spilled(self) -> set[tuple[int, int, int]]:
        """Cells that only show a neighbour's result."""
        with self._in_english():
            formulas = (self._model.get_cell_formula(*at) for at in self._model.get_all_cells())
            if not any(formula and _SPILLS.search(formula) for formula in formulas):
                return set()
        user = ironcalc.create_user_model_from_bytes(self._model.to_bytes(), "en")
        shapes = ((at, user.get_cell_array_structure(*at)) for at in self._model.get_all_cells())
        return {at for at, shape in shapes if "Child" in (shape if isinstance(shape, str) else " ".join(map(str, shape)))}

    # --- changing -----------------------------------------------------------------------------------

    def enter(self, sheet: int, row: int, column: int, text: str) -> None:
        """What was typed goes in the cell."""
        if row > MAX_ROWS or column > MAX_COLUMNS:
            raise SheetError(f"La feuille s'arrête à {reference(MAX_ROWS, MAX_COLUMNS)}.")
        if len(text) > MAX_TEXT:
            raise SheetError(f"Trop long : {MAX_TEXT} signes au plus dans une cellule.")
        if card_numbers.find(text):
            raise SheetError("Numéro de carte ou cryptogramme : il ne s'écrit nulle part, même dans un brouillon.")
        self.change(lambda: self.put_typed(sheet, row, column, text))

    def put_typed(self, sheet: int, row: int, column: int, text: str) -> None:
        read = typed.read(text, self.today)
        if read.formula:
            self._put_formula(sheet, row, column, read.formula)
            return
        self.put(sheet, row, column, Lifted("", read.value, read.format or self.format(sheet, row, column), self.bold(sheet, row, column)))

    def _put_formula(self, sheet: int, row: int, column: int, formula: str) -> None:
        """French first; a formula that separates by commas is English."""
        for language, written in (
            ("fr", french.for_engine(formula, self.today)),
            ("en", french.for_engine_english(formula, self.today)),
        ):
            with self._in_english() if language == "en" else _nothing():
                self._model.update_cell_with_formula(sheet, row, column, written)
                kept = self._model.get_cell_content(sheet, row, column)
            if skeleton(kept) == skeleton(written) and self._understood(sheet, row, column):
                break
        else:
            raise SheetError("Formule non comprise : vérifiez les parenthèses, les guillemets et les « ; » entre les arguments.")
        if not self.format(sheet, row, column) and french.gives_date(self.content(sheet, row, column)):
            self._style(sheet, row, column, number=typed.DATE)

    def _understood(self, sheet: int, row: int, column: int) -> bool:
        self._model.evaluate()
        return self._model.get_formatted_cell_value(sheet, row, column) not in ("#ERROR!", "#ERREUR!")

    def clear(self, sheet: int, area: Area) -> None:
        self.change(lambda: self._model.range_clear_contents(sheet, area.top, area.left, area.bottom, area.right))

    def insert_rows(self, sheet: int, row: int, count: int = 1) -> None:
        if self.extent(sheet)[0] + count > MAX_ROWS:
            raise SheetError(f"La feuille a {MAX_ROWS} lignes au plus.")
        self.change(lambda: self._model.insert_rows(sheet, row, count))

    def delete_rows(self, sheet: int, row: int, count: int = 1) -> None:
        self.change(lambda: self._model.delete_rows(sheet, row, count))

    def insert_column(self, sheet: int, column: int) -> None:
        if self.extent(sheet)[1] + 1 > MAX_COLUMNS:
            raise SheetError(f"La feuille a {MAX_COLUMNS} colonnes au plus.")

        def insert() -> None:
            self._model.insert_columns(sheet, column, 1)
            self._widths[sheet] = {c + (c >= column): w for c, w in self._widths[sheet].items()}

        self.change(insert)

    def delete_column(self, sheet: int, column: int) -> None:
        def delete() -> None:
            self._model.delete_columns(sheet, column, 1)
            self._widths[sheet] = {c - (c > column): w for c, w in self._widths[sheet].items() if c != column}

        self.change(delete)

    def set_width(self, sheet: int, column: int, width: int) -> None:
        def widen() -> None:
            self._widths[sheet] = {**self._widths[sheet], column: max(3, min(60, width))}

        self.change(widen)

    def set_format(self, sheet: int, area: Area, form: str) -> None:
        """`form` "" for general."""

        def style() -> None:
            for row, column in area.cells():
                self._style(sheet, row, column, number=form or "general")

        self.change(style)

    def set_bold(self, sheet: int, area: Area, bold: bool) -> None:
        def style() -> None:
            for row, column in area.cells():
                self._style(sheet, row, column, bold=bold)

        self.change(style)

    # --- sheets -------------------------------------------------------------------------------------

    def add_sheet(self) -> int:
        """The new sheet's place."""
        if len(self.sheets) >= MAX_SHEETS:
            raise SheetError(f"Un classeur a {MAX_SHEETS} feuilles au plus.")
        number = next(n for n in range(1, MAX_SHEETS + 2) if f"feuille{n}" not in map(str.casefold, self.sheets))

        def add() -> None:
            self._model.add_sheet(f"Feuille{number}")
            self._widths.append({})

        self.change(add)
        return len(self.sheets) - 1

    def rename_sheet(self, sheet: int, name: str) -> None:
        name = name.strip()
        if not re.fullmatch(r"[^\[\]*?:/\\']{1,31}", name):
            raise SheetError("Un nom de feuille a 31 signes au plus, sans [ ] * ? : / \\ ni apostrophe.")
        if name.casefold() in (other.casefold() for at, other in enumerate(self.sheets) if at != sheet):
            raise SheetError("Une autre feuille porte déjà ce nom.")
        self.change(lambda: self._model.rename_sheet(sheet, name))

    # --- undoing ------------------------------------------------------------------------------------

    def undo(self) -> bool:
        """Whether there was something to undo."""
        return self._step(self._undo, self._redo)

    def redo(self) -> bool:
        return self._step(self._redo, self._undo)

    def replace(self, document: Document) -> None:
        """All of it, as one change that can be undone."""
        model = filled(document, self.today)

        def put() -> None:
            self._model = model
            self._widths = [{column_number(c): w for c, w in sheet.widths.items()} for sheet in document.sheets]

        self.change(put)

    def _step(self, back: list[_Snapshot], forth: list[_Snapshot]) -> bool:
        if not back:
            return False
        forth.append(self._snapshot())
        self._restore(back.pop())
        return True

    def _snapshot(self) -> _Snapshot:
        return _Snapshot(self._model.to_bytes(), tuple(dict(one) for one in self._widths))

    def _restore(self, kept: _Snapshot) -> None:
        self._model = ironcalc.load_from_bytes(kept.model, "fr")
        self._model.evaluate()
        self._widths = [dict(one) for one in kept.widths]

    def change(self, change: Callable[[], object]) -> None:
        """All of it or nothing; whatever the engine dies of is refused like the rest."""
        before = self._snapshot()
        try:
            with engine_faults_told():
                change()
                self._model.evaluate()
                if len(self._model.get_all_cells()) > 2 * MAX_CELLS:
                    raise SheetError(f"Trop de cellules : {MAX_CELLS} au plus dans un classeur.")
        except BaseException:
            self._restore(before)
            raise
        self._undo = [*self._undo[-UNDO_KEPT + 1 :], before]
        self._redo = []

    # --- cells --------------------------------------------------------------------------------------

    def lift(self, sheet: int, row: int, column: int) -> Lifted:
        formula = self._model.get_cell_formula(sheet, row, column) or ""
        value = None if formula else self._model.get_cell_value(sheet, row, column)
        return Lifted(formula, value, self.format(sheet, row, column), self.bold(sheet, row, column))

    def put(self, sheet: int, row: int, column: int, kept: Lifted) -> None:
        if kept.formula:
            self._model.update_cell_with_formula(sheet, row, column, kept.formula)
        else:
            put_value(self._model, sheet, row, column, kept.value)
        if kept.format != self.format(sheet, row, column) or kept.bold != self.bold(sheet, row, column):
            self._style(sheet, row, column, number=kept.format or "general", bold=kept.bold)

    def _style(self, sheet: int, row: int, column: int, *, number: str | None = None, bold: bool | None = None) -> None:
        style = self._model.get_cell_style(sheet, row, column)
        if number is not None:
            style["num_fmt"] = number
        if bold is not None:
            style["font"] = {**style.get("font", {}), "b": bold}
        self._model.set_cell_style(sheet, row, column, style)

    @contextmanager
    def _in_english(self) -> Iterator[None]:
        """The engine keeps formulas in no language: only what is read and written meanwhile is English."""
        self._model.set_language("en")
        self._model.set_locale("en")
        try:
            yield
        finally:
            self._model.set_language("fr")
            self._model.set_locale("fr")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
