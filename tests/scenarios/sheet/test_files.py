"""Files written are read again as they were; files that are none are told in one sentence."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import odfdo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.sheet import SheetError
from scenarios.sheet.area import Area
from scenarios.sheet.document import MAX_CELLS, Cell, Document, Sheet, changed_cells, reference
from scenarios.sheet.files import MAX_FILE, read_file, write_file
from scenarios.sheet.workbook import Workbook

TODAY = dt.date(2026, 11, 23)
TYPED = (
    *("12,50 €", "1 234,5", "15 %", "0639980001", "23/11/2026", "VRAI", "=SOMME(A1:A2)", "=AUJOURDHUI()+30", "=1/0", "10:30"),
    *("a & <b> \"c\"", "=Bilan!A1*2", '=SI.CONDITIONS(A1>1;"x;y";VRAI;"[.A1]")', "'=1+1", "12,5 %", "-A", "deux mots", "3"),
)  # fmt: skip


@pytest.fixture
def document() -> Document:
    book = Workbook.blank(TODAY)
    book.add_sheet()
    book.rename_sheet(1, "Bilan")
    book.enter(1, 1, 1, "21")
    for row, text in enumerate(TYPED, 1):
        book.enter(0, row, 1, text)
    book.set_width(0, 1, 30)
    book.set_bold(0, Area(1, 1, 1, 1), True)
    return book.document()


@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_a_file_reopened_holds_the_same(document: Document, suffix: str) -> None:
    again = read_file(f"tarifs.{suffix}", write_file(document, suffix, TODAY), TODAY)
    assert changed_cells(document, again) == []
    for before, after in zip(document.sheets, again.sheets, strict=True):
        assert before.name == after.name
        assert {w: (c.n, c.b) for w, c in before.cells.items()} == {w: (c.n, c.b) for w, c in after.cells.items()}
    assert again.sheets[0].widths["A"] == 30
    assert Workbook(again, TODAY).shown(0, 7, 1) == Workbook(document, TODAY).shown(0, 7, 1)


def test_an_ods_is_what_an_office_suite_expects(document: Document) -> None:
    """Read by its own library, without ours: types, formula, what is shown."""
    table = odfdo.Document(io.BytesIO(write_file(document, "ods", TODAY))).body.get_table(0)
    assert table is not None and table.name == "Feuille1"
    euro, day, total = (table.get_cell((0, row)) for row in (0, 4, 6))
    assert (euro.type, euro.get_attribute("office:currency"), str(euro.text_recursive).strip()) == ("currency", "EUR", "12,50 €")
    assert day.get_attribute("office:date-value") == "2026-11-23"
    assert total.formula == "of:=SUM([.A1:.A2])" and float(str(total.value)) == 1247


@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_what_libreoffice_made_of_our_file_is_read_as_ours(document: Document, suffix: str) -> None:
    """`libreoffice.*` are our file as LibreOffice 7.4 saved it again, on another day than the sitting's."""
    again = read_file(f"x.{suffix}", (Path(__file__).parent / f"libreoffice.{suffix}").read_bytes(), TODAY)
    assert changed_cells(document, again) == []
    assert {w: c.n for w, c in document.sheets[0].cells.items()} == {w: c.n for w, c in again.sheets[0].cells.items()}
    assert again.sheets[0].widths["A"] == 30 and again.sheets[0].cells["A1"].b
    assert Workbook(again, TODAY).shown(0, 8, 1) == "23/12/2026"


def test_the_scenarios_day_is_written_in_files_that_others_read(document: Document) -> None:
    table = odfdo.Document(io.BytesIO(write_file(document, "ods", TODAY))).body.get_table(0)
    assert table is not None and table.get_cell((0, 7)).formula == "of:=DATE(2026;11;23+0)+30"


def test_a_csv_says_what_cells_show_for_french_spreadsheets(document: Document) -> None:
    written = write_file(document, "csv", TODAY)
    assert written.startswith(b"\xef\xbb\xbf")
    again = read_file("x.csv", written, TODAY)
    shown = Workbook(document, TODAY)
    read = Workbook(again, TODAY)
    for row in (1, 3, 4, 5, 6, 8, 9, 10, 11, 14, 16, 17, 18):
        assert read.shown(0, row, 1).replace("\u202f", " ") == shown.shown(0, row, 1).replace("\u202f", " ")
    assert read.content(0, 14, 1) == "'=1+1" and not again.sheets[0].cells["A14"].f


def test_a_formula_in_a_csv_is_only_a_text() -> None:
    document = read_file("appels.csv", b"nom;note\r\nx;=CMD()\r\n", TODAY)
    assert document.sheets[0].cells["B2"] == Cell(v="=CMD()")


@pytest.mark.parametrize(("content", "cells"), [("a;b\n1,5;2", 4), ("a\tb\n1\t2", 4), ("a,b\n1,2", 4), ("é;à", 2)])
def test_a_csv_by_its_separator(content: str, cells: int) -> None:
    assert read_file("x.csv", content.encode(), TODAY).size == cells


def test_a_csv_of_an_older_windows() -> None:
    assert read_file("x.csv", "prix;été\r\n12,50 €;à".encode("cp1252"), TODAY).sheets[0].cells["B1"].v == "été"


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("content.xml", b"0" * 40_000_000)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.ods", b"PK\x03\x04", "illisible"),
        ("a.xlsx", b"not a zip", "illisible"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "mot de passe"),
        ("a.csv", b"\0\1\2", "illisible"),
        ("a.doc", b"", "n'est pas un fichier de tableur"),
        ("a.csv", b"x" * (MAX_FILE + 1), "trop gros"),
        ("a.csv", b"a;b\n" * MAX_CELLS, "trop grand"),
        ("a.ods", _bomb(), "illisible"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(name: str, content: bytes, told: str) -> None:
    with pytest.raises(SheetError, match=told) as raised:
        read_file(name, content, TODAY)
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_a_text_document_is_no_spreadsheet() -> None:
    target = io.BytesIO()
    odfdo.Document("text").save(target)
    with pytest.raises(SheetError, match="illisible"):
        read_file("lettre.ods", target.getvalue(), TODAY)


values = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4)),
    st.booleans(),
    st.text(alphabet="aé z0,;\"'<&=-+\n€", min_size=1, max_size=12).filter(lambda t: t.strip() == t),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(values, min_size=1, max_size=10), st.sampled_from(["ods", "xlsx"]))
def test_any_values_survive_a_file(some: list[bool | int | float | str], suffix: str) -> None:
    cells = {reference(row, 1 + row % 3): Cell(v=value) for row, value in enumerate(some, 1)}
    document = Document(sheets=(Sheet(name="F", cells=cells),))
    assert changed_cells(document, read_file(f"x.{suffix}", write_file(document, suffix, TODAY), TODAY)) == []
