"""Spreadsheet files to documents and back: .ods, .xlsx, .csv. A file that cannot be read is told in one French sentence."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
import zipfile
from pathlib import Path

import ironcalc

from scenarios.sheet import SheetError, typed
from scenarios.sheet.document import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Document,
    Sheet,
    column_letters,
    column_number,
    place,
    reference,
    sheet_name,
)
from scenarios.sheet.engine import engine_faults_told, filled, read_cell
from scenarios.sheet.french import error_word, for_document, from_document
from scenarios.sheet.ods import read_ods, write_ods
from scenarios.sheet.references import without_empty_calls
from scenarios.sheet.workbook import Workbook

FORMATS = ("ods", "xlsx", "csv")
MAX_FILE = 1_000_000  # bytes
MAX_UNPACKED = 30_000_000
PIXELS_A_CHARACTER = 8.0
_RISKY = ("=", "+", "-", "@")  # what spreadsheets begin a formula with
MEDIA_TYPES = {
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def read_file(name: str, content: bytes, today: dt.date) -> Document:
    """The document a file holds. Raises SheetError."""
    suffix = Path(name).suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise SheetError(f"« {name} » n'est pas un fichier de tableur lu ici (.ods, .xlsx, .csv).")
    if len(content) > MAX_FILE:
        raise SheetError(f"« {name} » est trop gros ({len(content) // 1000} ko, {MAX_FILE // 1000} au plus).")
    try:
        if suffix == "csv":
            return _read_csv(name, content, today)
        _bounded(content)
        document = read_ods(content) if suffix == "ods" else _read_xlsx(content, today)
        return Document(sheets=tuple(_tidied(sheet, today) for sheet in document.sheets))
    except Exception as error:  # whatever a library raises of a damaged file
        raise SheetError(_unreadable(name, content, error)) from error


def _tidied(sheet: Sheet, today: dt.date) -> Sheet:
    """As this program writes them: other ones write TRUE(), and a day of ours as it was exported."""

    def tidy(cell: Cell) -> Cell:
        form = "" if cell.n.casefold() == "general" or isinstance(cell.v, bool) else cell.n
        if "€" in form:  # each program has its own way to write a euro
            form = typed.EURO if ".00" in form else typed.EURO_WHOLE
        if cell.f in ("=TRUE()", "=FALSE()"):
            return Cell(v=cell.f == "=TRUE()", b=cell.b)
        return cell.model_copy(update={"f": for_document(without_empty_calls(cell.f), today), "n": form})

    return sheet.model_copy(update={"cells": {where: tidy(cell) for where, cell in sheet.cells.items()}})


def _unreadable(name: str, content: bytes, error: Exception) -> str:
    if f"{MAX_CELLS}" in str(error):
        return f"« {name} » est trop grand : {MAX_CELLS} cellules au plus."
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or b"manifest:encryption-data" in content:
        return f"« {name} » est protégé par un mot de passe, ou d'un ancien format : l'enregistrer sans mot de passe en .ods ou .xlsx."
    return f"« {name} » est illisible : le fichier est abîmé, ou n'est pas ce que son nom annonce."


def _bounded(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
            raise ValueError("too large once unpacked")


def _read_xlsx(content: bytes, today: dt.date) -> Document:
    with engine_faults_told(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classeur.xlsx"
        path.write_bytes(content)
        model = ironcalc.load_from_xlsx(str(path), "en", "Europe/Paris", "en")
    sheets = []
    for at, one in enumerate(model.get_worksheets_properties()):
        cells: dict[str, Cell] = {}
        for sheet, row, column in model.get_all_cells():
            if sheet == at and row <= MAX_ROWS and column <= MAX_COLUMNS:
                cell = read_cell(model, sheet, row, column, today)
                if cell is not None:
                    cells[reference(row, column)] = cell
        columns = {column_number(where.rstrip("0123456789")) for where in cells}
        widths = {column_letters(c): max(3, min(60, round(model.get_column_width(at, c) / PIXELS_A_CHARACTER))) for c in sorted(columns)}
        sheets.append(Sheet(name=sheet_name(str(one["name"]), at + 1), cells=cells, widths=widths))
    return Document(sheets=tuple(sheets))


def _read_csv(name: str, content: bytes, today: dt.date) -> Document:
    """Separated by semicolons where there is one, else by tabs, else by commas; UTF-8, else the writing of Windows."""
    if b"\0" in content:
        raise ValueError("not a text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    delimiter = next((mark for mark in ";\t" if mark in text), ",")
    cells: dict[str, Cell] = {}
    for row, values in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        for column, value in enumerate(values, 1):
            read = typed.read(value, today)
            if row > MAX_ROWS or column > MAX_COLUMNS:
                raise ValueError(f"more than {MAX_CELLS} cells")
            if read.formula or value.startswith("'"):  # a formula in a text file is a text: nothing is computed that nobody typed
                cells[reference(row, column)] = Cell(v=value[1:] if value[:1] == "'" and value[1:2] in _RISKY else value)
            elif read.value is not None:
                cells[reference(row, column)] = Cell(v=read.value, n=read.format, b=row == 1 and isinstance(read.value, str))
    return Document(sheets=(Sheet(name=sheet_name(Path(name).stem, 1), cells=cells, widths=_fitting(cells)),))


def _fitting(cells: dict[str, Cell]) -> dict[str, int]:
    widths: dict[str, int] = {}
    for where, cell in cells.items():
        letters = where.rstrip("0123456789")
        widths[letters] = min(40, max(widths.get(letters, 8), len(str(cell.v)) + 1))
    return widths


def write_file(document: Document, suffix: str, today: dt.date, sheet: int = 0) -> bytes:
    """The document as a file; `sheet` is the one a .csv takes (it holds one). Raises SheetError."""
    if suffix == "xlsx":
        model = filled(document, today, "en")
        for at, part in enumerate(document.sheets):
            for letters, width in part.widths.items():
                model.set_column_width(at, column_number(letters), width * PIXELS_A_CHARACTER)
        with engine_faults_told():
            return model.to_xlsx()
    document = Workbook(document, today).document()  # as computed now
    model = filled(document, today)
    shown = {
        (at, where): error_word(model.get_formatted_cell_value(at, *place(where)))
        for at, part in enumerate(document.sheets)
        for where in part.cells
    }
    if suffix == "ods":
        return write_ods(_dated(document, today), shown)
    if suffix != "csv":
        raise SheetError(f"Format inconnu : .{suffix}")
    return _write_csv(document.sheets[min(sheet, len(document.sheets) - 1)], {w: text for (at, w), text in shown.items() if at == sheet})


def _dated(document: Document, today: dt.date) -> Document:
    """With the scenario's day where formulas ask for today: read elsewhere, on another day, they give the same."""
    sheets = (
        sheet.model_copy(
            update={"cells": {w: c.model_copy(update={"f": from_document(c.f, today)}) if c.f else c for w, c in sheet.cells.items()}}
        )
        for sheet in document.sheets
    )
    return Document(sheets=tuple(sheets))


def _write_csv(sheet: Sheet, shown: dict[str, str]) -> bytes:
    """As French spreadsheets take it: semicolons, UTF-8 with its mark, what cells show. A text that another program would take for a
    formula is told by an apostrophe."""
    rows, columns = max((place(w)[0] for w in sheet.cells), default=0), max((place(w)[1] for w in sheet.cells), default=0)
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    if columns == 1:  # without a semicolon, a comma would separate
        writer = csv.writer(target, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    for row in range(1, rows + 1):
        line = []
        for column in range(1, columns + 1):
            where = reference(row, column)
            cell, text = sheet.cells.get(where), shown.get(where, "").replace("\u202f", " ")
            risky = cell is not None and isinstance(cell.v, str) and text[:1] in _RISKY and not re.fullmatch(r"\+?[\d .]+", text)
            line.append(f"'{text}" if risky else text)
        writer.writerow(line)
    return target.getvalue().encode("utf-8-sig")
