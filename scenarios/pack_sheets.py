"""A pack's spreadsheets: the files of `sheets/` (.ods, .xlsx, .csv), as the candidate finds them on the day of the sitting.

A cell whose text is `{J+8}` becomes that date; `{J…}` inside a longer text is written out, as everywhere in a pack. Their files are
not read as texts by the pack's other checks: this module looks into their cells.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from scenarios import pack_dates
from scenarios.pack import Pack, SheetFile
from scenarios.pack_files import PackFolder, PackProblem
from scenarios.sheet import SheetError
from scenarios.sheet.document import Cell, Document, card_numbers_in, serial

FOLDER = "sheets"
NAMES = r"sheets/[A-Za-z0-9][A-Za-z0-9_.\-]{0,58}\.(ods|xlsx|csv)"
"""What a spreadsheet of a pack may be called (a path relative to the pack)."""
MAX_SHEET_FILE = 300_000  # bytes
_ALONE = re.compile(r"\{(J[^{}|]*)\}")

RealLooking = Callable[[str], Iterable[tuple[str, str]]]


def is_sheet(name: str) -> bool:
    """Whether this file of a pack is one of its spreadsheets (a path relative to the pack)."""
    return name.startswith(f"{FOLDER}/")


def sheet_files(folder: PackFolder) -> tuple[SheetFile, ...]:
    """The spreadsheets, with what is wrong with their files told to the folder."""
    found = []
    for name in folder.names(FOLDER):
        if not re.fullmatch(NAMES, name):
            continue  # told with the other files that nothing reads
        content = (folder.root / name).read_bytes()
        if len(content) > MAX_SHEET_FILE:
            folder.problem(name, 0, f"tableur trop gros ({len(content)} octets, {MAX_SHEET_FILE} au plus)")
        else:
            found.append(SheetFile(name=PurePosixPath(name).name, content=content))
    return tuple(found)


def sheet_document(file: SheetFile, day: dt.date) -> Document:
    """What the file holds on the day of the sitting. Raises SheetError, or DateExpressionError."""
    from scenarios.sheet.files import read_file

    document = read_file(file.name, file.content, day)
    sheets = (
        sheet.model_copy(update={"cells": {where: _resolved(cell, day) for where, cell in sheet.cells.items()}})
        for sheet in document.sheets
    )
    return Document(sheets=tuple(sheets))


def _resolved(cell: Cell, day: dt.date) -> Cell:
    if not isinstance(cell.v, str) or cell.f or "{J" not in cell.v:
        return cell
    alone = _ALONE.fullmatch(cell.v.strip())
    if alone is not None:
        return Cell(v=serial(pack_dates.resolve(alone[1], day)), n="dd/mm/yyyy", b=cell.b)
    return cell.model_copy(update={"v": pack_dates.fill(cell.v, day)})


def sheet_problems(pack: Pack, real_looking: RealLooking) -> Iterator[PackProblem]:
    """What cannot be read, what looks real, formulas that fail, and files that no text of the brief names."""
    if not pack.sheets:
        return
    from scenarios.sheet.workbook import Workbook

    brief = "\n".join(text.text for text in pack.texts)
    for file in pack.sheets:
        where = f"{FOLDER}/{file.name}"
        if file.name not in brief:
            yield PackProblem(where, 0, f"aucun texte de brief/ n'annonce ce tableur : y écrire « {file.name} » et à quoi il sert")
        try:
            document = sheet_document(file, pack.day)
            computed = Workbook(document, pack.day).document()
        except (SheetError, pack_dates.DateExpressionError) as error:
            yield PackProblem(where, 0, str(error))
            continue
        yield from _cells(where, computed, real_looking)


def _cells(where: str, document: Document, real_looking: RealLooking) -> Iterator[PackProblem]:
    cards = set(card_numbers_in(document))
    for sheet in document.sheets:
        for reference, cell in sheet.cells.items():
            place = f"{sheet.name}!{reference}"
            if (sheet.name, reference) in cards:
                yield PackProblem(where, 0, "numéro de carte ou cryptogramme : aucun pack ne doit en contenir", place)
            elif isinstance(cell.v, str):
                yield from (PackProblem(where, 0, message, place) for _kind, message in real_looking(cell.v))
                if cell.f and cell.v.startswith("#"):
                    yield PackProblem(where, 0, f"la formule donne {cell.v}", place)
