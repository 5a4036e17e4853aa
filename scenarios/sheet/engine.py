"""What is asked of the engine (IronCalc): a document put in it, a cell read from it, its refusals told in French."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ironcalc

from scenarios.sheet import SheetError, french
from scenarios.sheet.document import MAX_TEXT, Cell, Document, Value, place


@dataclass(frozen=True)
class Lifted:
    """A cell lifted out: a French formula, or a value; its format ("" general); bold."""

    formula: str = ""
    value: Value = None
    format: str = ""
    bold: bool = False


@contextmanager
def engine_faults_told() -> Iterator[None]:
    """What the engine refuses, or dies of (its panics are no `Exception`), as a SheetError."""
    try:
        yield
    except ironcalc.WorkbookError as error:
        raise SheetError(f"Le tableur ne peut pas le faire ({error}).") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise SheetError("Le tableur ne peut pas le faire : rien n'a changé.") from error


def filled(document: Document, today: dt.date, language: str = "fr") -> ironcalc.Model:
    """The engine with a document in it, computed. Raises SheetError."""
    with engine_faults_told():
        model = ironcalc.create("classeur", "en", "Europe/Paris", "en")
        for at, sheet in enumerate(document.sheets):
            if at:
                model.add_sheet(sheet.name)
            else:
                model.rename_sheet(0, sheet.name)
        styles: dict[tuple[str, bool], Any] = {}
        for at, sheet in enumerate(document.sheets):
            for where, cell in sheet.cells.items():
                row, column = place(where)
                if cell.f:
                    model.update_cell_with_formula(at, row, column, french.from_document(cell.f, today))
                else:
                    put_value(model, at, row, column, cell.v)
                if cell.n or cell.b:
                    model.set_cell_style(at, row, column, _style(model, styles, cell))
        model.set_language(language)
        model.set_locale(language)
        model.evaluate()
    return model


def _style(model: ironcalc.Model, styles: dict[tuple[str, bool], Any], cell: Cell) -> Any:
    key = (cell.n, cell.b)
    if key not in styles:
        plain = model.get_cell_style(0, 1, 100)  # of a cell that documents do not reach often: whatever it is, only these two are set
        styles[key] = {**plain, "num_fmt": cell.n or "general", "font": {**plain.get("font", {}), "b": cell.b}}
    return styles[key]


def put_value(model: ironcalc.Model, sheet: int, row: int, column: int, value: Value) -> None:
    match value:
        case None | "":
            model.clear_cell_contents(sheet, row, column)
        case bool():
            model.update_cell_with_bool(sheet, row, column, value)
        case int() | float():
            model.update_cell_with_number(sheet, row, column, float(value))
        case str():
            model.update_cell_with_text(sheet, row, column, value)


def read_cell(model: ironcalc.Model, sheet: int, row: int, column: int, today: dt.date) -> Cell | None:
    """A cell as documents keep it, from an engine that speaks English; None when there is nothing to keep."""
    value: Value = model.get_cell_value(sheet, row, column)
    formula = model.get_cell_formula(sheet, row, column) or ""
    style = model.get_cell_style(sheet, row, column)
    form, bold = str(style.get("num_fmt", "")), bool(style.get("font", {}).get("b"))
    if value in (None, "") and not formula and not bold and form == "general":
        return None
    if isinstance(value, float):
        value = (int(value) if value.is_integer() and abs(value) < 1e15 else value) if math.isfinite(value) else None
    if isinstance(value, str):
        value = value[:MAX_TEXT] or None
    return Cell(v=value, f=french.for_document(formula, today)[:MAX_TEXT], n="" if form == "general" else form[:100], b=bold)


def sort_key(value: Value, kind: str) -> tuple[int, float, str]:
    """Numbers and dates, then texts with case and accents aside, then yes/no, then errors."""
    match kind:
        case "number" if isinstance(value, (int, float)):
            return 0, float(value), ""
        case "text":
            plain = "".join(c for c in unicodedata.normalize("NFD", str(value)) if not unicodedata.combining(c))
            return 1, 0.0, plain.casefold()
        case "boolean":
            return 2, float(bool(value)), ""
        case _:
            return 3, 0.0, str(value)
