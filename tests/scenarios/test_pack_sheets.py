"""A pack's spreadsheets: dates of the sitting, faults told, and Marvalune's own, which must say what its catalogue says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crm_mock.models import OrderLine, Product
from crm_mock.rules.order_totals import totals
from scenarios.pack import SheetFile
from scenarios.pack_check import check_pack
from scenarios.pack_sheets import sheet_document
from scenarios.sheet.document import Document, serial
from scenarios.sheet.files import write_file
from scenarios.sheet.workbook import Workbook
from tests.scenarios.pack_folders import marvalune, skeleton

DAY = dt.date(2026, 11, 23)


def _with_sheets(tmp_path: Path) -> Path:
    folder = skeleton(tmp_path)
    (folder / "sheets").mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def books() -> dict[str, Workbook]:
    pack = marvalune()
    return {file.name: Workbook(sheet_document(file, DAY), DAY) for file in pack.sheets}


def test_dates_of_the_sitting_stand_in_cells_and_in_texts() -> None:
    file = SheetFile(name="x.csv", content=b"quand;quoi\n{J+8};rappel le {J+1jo|court}\n")
    cells = sheet_document(file, DAY).sheets[0].cells
    assert (cells["A2"].v, cells["A2"].n) == (serial(dt.date(2026, 12, 1)), "dd/mm/yyyy")
    assert cells["B2"].v == "rappel le 24/11"
    assert sheet_document(file, dt.date(2026, 11, 24)).sheets[0].cells["A2"].v == serial(dt.date(2026, 12, 2))


def test_the_basket_of_the_price_list_counts_as_the_company_does(books: dict[str, Workbook]) -> None:
    pack = marvalune()
    delivery = {str(way): rule for way, rule in pack.company.delivery.items()}
    prices = {record.id: record.price_cents for record in pack.records if isinstance(record, Product)}
    book = books["tarifs-livraison.ods"]
    for quantity in (1, 4, 9):
        book.enter(0, 2, 4, str(quantity))
        for mode, way in (("domicile", "domicile"), ("point relais", "relais"), ("retrait", "retrait")):
            book.enter(0, 12, 2, mode)
            lines = [("CAP-ZENITH", quantity), ("CAP-AUBE", 3), ("FILTRE-EAU", 1)]
            ours = totals([OrderLine(product_id=p, quantity=q, unit_cents=prices[p]) for p, q in lines], way, delivery)
            shown = [round(float(str(book.value(0, row, 5))) * 100) for row in (11, 12, 13)]
            assert shown == [ours.items_cents, ours.delivery_cents, ours.total_cents]


def test_every_price_is_the_catalogues(books: dict[str, Workbook]) -> None:
    book = books["tarifs-livraison.ods"]
    prices = {record.id: record.price_cents for record in marvalune().records if isinstance(record, Product)}
    rows, _columns = book.extent(1)
    listed = {str(book.value(1, row, 1)): round(float(str(book.value(1, row, 3))) * 100) for row in range(2, rows + 1)}
    assert len(listed) > 40 and all(prices[product] == cents for product, cents in listed.items())


def test_the_collection_sheet_sums_what_is_due(books: dict[str, Workbook]) -> None:
    book = books["suivi-recouvrement.xlsx"]
    rows, _columns = book.extent(0)
    due = sum(round(float(str(book.value(0, row, 6))) * 100) for row in range(2, rows + 1))
    assert round(float(str(book.value(1, 5, 3))) * 100) == due
    assert int(str(book.shown(1, 5, 2))) == rows - 1
    late = [int(book.shown(0, row, 7)) for row in range(2, rows + 1)]
    assert late == sorted(late, reverse=True) and min(late) >= 0


def test_no_cell_of_a_shipped_sheet_is_an_error(books: dict[str, Workbook]) -> None:
    for book in books.values():
        for at in range(len(book.sheets)):
            rows, columns = book.extent(at)
            assert not [1 for r in range(1, rows + 1) for c in range(1, columns + 1) if book.kind(at, r, c) == "error"]


def test_faults_are_told_with_file_and_cell(tmp_path: Path) -> None:
    folder = _with_sheets(tmp_path)
    sheets = folder / "sheets"
    (sheets / "abime.ods").write_bytes(b"PK")
    (sheets / "appels.csv").write_text("nom;tel\nx;06 12 34 56 78\ny;{J+99999999}\n", encoding="utf-8")
    book = Workbook(Document.model_validate({"sheets": [{"name": "F"}]}), DAY)
    book.enter(0, 1, 1, "=1/0")
    book.enter(0, 2, 1, "contact@entreprise.fr")
    (sheets / "faute.xlsx").write_bytes(write_file(book.document(), "xlsx", DAY))
    (sheets / "carte.csv").write_text("n\n4111 1111 1111 1111\n", encoding="utf-8")
    told = "\n".join(str(problem) for problem in check_pack(folder, DAY) if problem.file.startswith("sheets/"))
    assert "sheets/abime.ods : « abime.ods » est illisible" in told
    assert "sheets/appels.csv" in told and "n'est pas une date relative" in told
    assert "F!A1 : la formule donne #DIV/0!" in told and "F!A2 : adresse e-mail hors fiction" in told
    assert "numéro de carte" in told and "aucun texte de brief/ n'annonce ce tableur" in told


def test_a_file_that_is_no_spreadsheet_is_a_stranger(tmp_path: Path) -> None:
    folder = _with_sheets(tmp_path)
    (folder / "sheets" / "notes.doc").write_bytes(b"\xd0\xcf")
    assert "sheets/notes.doc : rien ne lit ce fichier" in "\n".join(map(str, check_pack(folder, DAY)))


def test_a_real_looking_number_in_a_cell_is_told(tmp_path: Path) -> None:
    folder = _with_sheets(tmp_path)
    (folder / "sheets" / "appels.csv").write_text("nom;tel\nx;06 12 34 56 78\n", encoding="utf-8")
    told = [str(problem) for problem in check_pack(folder, DAY) if problem.file == "sheets/appels.csv"]
    assert any("appels!B2" in line and "n'est pas un numéro de fiction" in line for line in told)
