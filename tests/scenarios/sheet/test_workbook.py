"""The spreadsheet at work: what is typed, computed, moved, undone."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.sheet import SheetError, moves
from scenarios.sheet.area import Area
from scenarios.sheet.document import Cell, Document, Sheet, card_numbers_in, changed_cells, reference
from scenarios.sheet.french import ERRORS
from scenarios.sheet.workbook import Workbook

TODAY = dt.date(2026, 11, 23)


def book(*rows: str) -> Workbook:
    """One text a row, its cells between bars."""
    made = Workbook.blank(TODAY)
    for row, cells in enumerate(rows, 1):
        for column, text in enumerate(cells.split("|"), 1):
            made.enter(0, row, column, text.strip())
    return made


def column(made: Workbook, number: int, rows: int) -> list[str]:
    return [made.shown(0, row, number) for row in range(1, rows + 1)]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=SOMME(A1:A3)", "60,5"),
        ("=SUM(A1:A3)", "60,5"),
        ("=SUM(A1,A2)", "30"),
        ("=somme(A1;A2", "30"),
        ("=MOYENNE(A1:A2)", "15"),
        ('=SI(A1>5;"oui";"non")', "oui"),
        ('=IF(A1>5,"oui","non")', "oui"),
        ('=NB.SI(A1:A3;">15")', "2"),
        ('=SOMME.SI(B1:B3;"café";A1:A3)', "40,5"),
        ('=RECHERCHEV("thé";B1:C3;2;FAUX)', "7"),
        ("=MIN(A1:A3)+MAX(A1:A3)", "40,5"),
        ("=ARRONDI(A3/7;2)", "4,36"),
        ('=CONCATENER(B1;" ";B2)', "café thé"),
        ('=TEXTE(A3;"# ##0,00")&" €"', "30,50 €"),
        ('=TEXTE(AUJOURDHUI();"jj/mm/aaaa")', "23/11/2026"),
        ("=AUJOURDHUI()", "23/11/2026"),
        ("=TODAY()+30", "23/12/2026"),
        ("=SERIE.JOUR.OUVRE(AUJOURDHUI();8)", "03/12/2026"),
        ("=JOUR(AUJOURDHUI())", "23"),
        ("=AUJOURDHUI()-DATE(2026;11;1)", "22"),
        ("=FIN.MOIS(AUJOURDHUI();0)", "30/11/2026"),
        ("=SIERREUR(1/0;0)", "0"),
        ("=A1*20%", "2"),
    ],
)
def test_the_usual_formulas_in_french_and_in_english(formula: str, shown: str) -> None:
    made = book("10|café|5", "20|thé|7", "30,5|café|9")
    made.enter(0, 5, 5, formula)
    assert made.shown(0, 5, 5) == shown


@pytest.mark.parametrize(
    ("formula", "error"),
    [("=1/0", "#DIV/0!"), ("=A1+1", "#VALEUR!"), ("=FOO(1)", "#NOM?"), ('=RECHERCHEV("x";A1:B2;2;FAUX)', "#N/A"), ("=C1", "#CIRC!")],
)
def test_errors_as_people_know_them_and_each_has_its_sentence(formula: str, error: str) -> None:
    made = book("texte")
    made.enter(0, 1, 3, formula)
    assert made.shown(0, 1, 3) == error and made.kind(0, 1, 3) == "error" and error in ERRORS


@pytest.mark.parametrize("formula", ["=A1;A2", "=1 2", '="a', "=A1+", "=)", "={1;2"])
def test_a_formula_not_understood_is_refused_and_changes_nothing(formula: str) -> None:
    made = book("12")
    before = made.document()
    with pytest.raises(SheetError, match="non comprise"):
        made.enter(0, 1, 1, formula)
    assert made.document() == before and made.shown(0, 1, 1) == "12"


def test_the_formula_bar_shows_what_was_typed() -> None:
    for text in (
        "=SOMME(A1:B2)",
        "=AUJOURDHUI()+8",
        '=TEXTE(A1;"jj/mm/aaaa")',
        '=TEXTE(A1;"# ##0,00")',
        "0639980001",
        "12,5",
        "'=1+1",
        "15 %",
        "VRAI",
    ):
        made = book("1|2", "3|4")
        made.enter(0, 4, 4, text)
        shown = made.content(0, 4, 4)
        made.enter(0, 4, 5, shown)
        assert shown == text and made.value(0, 4, 5) == made.value(0, 4, 4)


def test_a_card_number_is_never_written() -> None:
    made = book("nom")
    for text in ("4111 1111 1111 1111", "4111111111111111", "cryptogramme 123"):
        with pytest.raises(SheetError, match=r"carte|cryptogramme"):
            made.enter(0, 2, 1, text)
    assert list(card_numbers_in(made.document())) == []


def test_a_card_number_made_by_a_formula_is_seen_in_the_document() -> None:
    made = book("41111111|11111111")
    made.enter(0, 2, 1, '="4111111"&"111111111"')
    assert list(card_numbers_in(made.document())) == [("Feuille1", "A2")]


def test_rows_inserted_and_deleted_take_formulas_along() -> None:
    made = book("1", "2", "3", "=SOMME(A1:A3)")
    made.insert_rows(0, 2, 2)
    assert made.content(0, 6, 1) == "=SOMME(A1:A5)" and made.shown(0, 6, 1) == "6"
    made.delete_rows(0, 4, 1)
    assert made.content(0, 5, 1) == "=SOMME(A1:A4)" and made.shown(0, 5, 1) == "4"


def test_columns_inserted_and_deleted_take_formulas_and_widths_along() -> None:
    made = book("1|2|=A1+B1")
    made.set_width(0, 2, 25)
    made.insert_column(0, 2)
    assert made.content(0, 1, 4) == "=A1+C1" and made.width(0, 3) == 25
    made.delete_column(0, 2)
    assert made.content(0, 1, 3) == "=A1+B1" and made.width(0, 2) == 25


def test_filling_down_moves_references_and_keeps_dollars() -> None:
    made = book("1|10", "2", "3")
    made.enter(0, 1, 3, "=A1*$B$1")
    moves.fill_down(made, 0, Area(1, 3, 3, 3))
    assert column(made, 3, 3) == ["10", "20", "30"]
    made.enter(0, 4, 1, "9")
    moves.fill_down(made, 0, Area(4, 3, 4, 3))  # one row alone takes the one above
    assert made.content(0, 4, 3) == "=A4*$B$1"


def test_copying_takes_values_formulas_and_formats() -> None:
    made = book("12,50 €|=A1*2")
    clip = moves.copy(made, 0, Area(1, 1, 1, 2))
    moves.paste(made, 0, 5, 1, clip)
    assert (made.shown(0, 5, 1), made.content(0, 5, 2), clip.text) == ("12,50 €", "=A5*2", "12,50 €\t25")


def test_text_pasted_from_elsewhere_is_typed_cell_by_cell_and_undone_at_once() -> None:
    made = book("x")
    moves.paste_text(made, 0, 2, 1, "a\t12,50 €\r\n0102\t=A1\n")
    assert [made.shown(0, r, c) for r in (2, 3) for c in (1, 2)] == ["a", "12,50 €", "0102", "x"]
    made.undo()
    assert made.extent(0) == (1, 1)


def test_sorting_by_a_column_numbers_then_texts_empty_last_formulas_with_their_row() -> None:
    made = book("b|=A1&1", "10|=A2&1", "É|=A3&1", "|vide", "2|=A5&1", "a|=A6&1")
    moves.sort(made, 0, Area(1, 1, 6, 2), 1)
    assert column(made, 1, 6) == ["2", "10", "a", "b", "É", ""]
    assert column(made, 2, 6) == ["21", "101", "a1", "b1", "É1", "vide"]
    moves.sort(made, 0, Area(1, 1, 6, 2), 1, descending=True)
    assert column(made, 1, 6) == ["É", "b", "a", "10", "2", ""]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.integers(-50, 50), st.sampled_from(["a", "B", "é", "z"]), st.none()), min_size=2, max_size=12), st.booleans())
def test_a_sort_loses_no_row_keeps_pairs_and_is_stable(values: list[object], descending: bool) -> None:
    cells = {reference(row, 1): Cell(v=value) for row, value in enumerate(values, 1) if value is not None}  # type: ignore[arg-type]
    cells |= {reference(row, 2): Cell(v=row) for row in range(1, len(values) + 1)}
    made = Workbook(Document(sheets=(Sheet(name="F", cells=cells),)), TODAY)
    before = [(made.shown(0, row, 1), int(made.shown(0, row, 2))) for row in range(1, len(values) + 1)]
    moves.sort(made, 0, Area(1, 1, len(values), 2), 1, descending=descending)
    after = [(made.shown(0, row, 1), int(made.shown(0, row, 2))) for row in range(1, len(values) + 1)]
    assert sorted(after, key=lambda pair: pair[1]) == before
    for (word, rank), (next_word, next_rank) in itertools.pairwise(after):
        assert word != next_word or rank < next_rank
    numbers = [int(word) for word, _rank in after if word.lstrip("-").isdigit()]
    assert numbers == sorted(numbers, reverse=descending)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=15))
def test_fill_down_of_a_running_total_sums(values: list[int]) -> None:
    cells = {reference(row, 1): Cell(v=value) for row, value in enumerate(values, 1)}
    made = Workbook(Document(sheets=(Sheet(name="F", cells=cells),)), TODAY)
    made.enter(0, 1, 2, "=SOMME(A$1:A1)")
    moves.fill_down(made, 0, Area(1, 2, len(values), 2))
    assert [made.value(0, row, 2) for row in range(1, len(values) + 1)] == [sum(values[:row]) for row in range(1, len(values) + 1)]


def test_values_of_a_column_with_their_counts() -> None:
    made = book("Abouti", "Refus", "Abouti", "", "Absent")
    assert moves.values_of(made, 0, range(1, 6), 1) == [("Abouti", 2), ("Absent", 1), ("Refus", 1), ("", 1)]


def test_everything_is_undone_and_done_again() -> None:
    made = book("1", "2")
    states = [made.document()]
    made.enter(0, 3, 1, "=SOMME(A1:A2)")
    states.append(made.document())
    made.set_width(0, 1, 30)
    states.append(made.document())
    made.add_sheet()
    made.rename_sheet(1, "Bilan")
    states.append(made.document())
    moves.sort(made, 0, Area(1, 1, 2, 1), 1, descending=True)
    made.undo()
    assert made.document() == states[3]
    made.undo(), made.undo()
    assert made.document() == states[2]
    made.undo(), made.undo()
    assert made.document() == states[0]
    while made.redo():
        pass
    assert made.shown(0, 1, 1) == "2" and made.sheets == ["Feuille1", "Bilan"]


def test_a_document_goes_in_and_comes_out_the_same() -> None:
    made = book("12,50 €|15 %|23/11/2026|0639980001|VRAI|=SOMME(A1;B1)|=AUJOURDHUI()|'=x")
    made.set_bold(0, Area(1, 1, 1, 2), True)
    made.set_width(0, 3, 20)
    document = made.document()
    again = Document.model_validate(document.compact())
    assert again == document and Workbook(again, TODAY).document() == document


def test_the_scenarios_day_is_that_of_the_sitting_not_of_the_document() -> None:
    document = book("=AUJOURDHUI()").document()
    assert document.sheets[0].cells["A1"].f == "=TODAY()"
    assert Workbook(document, dt.date(2027, 3, 1)).shown(0, 1, 1) == "01/03/2027"


def test_a_result_over_several_cells_is_kept_as_its_formula_alone() -> None:
    made = book("a", "b", "a")
    made.enter(0, 1, 3, "=UNIQUE(A1:A3)")
    assert made.shown(0, 2, 3) == "b" and set(made.document().sheets[0].cells) == {"A1", "A2", "A3", "C1"}


def test_changes_are_told_by_content_not_by_what_is_computed() -> None:
    made = book("1|=A1*2")
    before = made.document()
    made.enter(0, 1, 1, "5")
    assert [(sheet, where) for sheet, where, _old, _new in changed_cells(before, made.document())] == [("Feuille1", "A1")]


def test_limits_are_told() -> None:
    made = book("1")
    with pytest.raises(SheetError, match="s'arrête"):
        made.enter(0, 5001, 1, "x")
    with pytest.raises(SheetError, match="2000 signes"):
        made.enter(0, 1, 1, "x" * 2001)
    with pytest.raises(SheetError, match="porte déjà"):
        made.rename_sheet(made.add_sheet(), "feuille1")
    with pytest.raises(SheetError, match="31 signes"):
        made.rename_sheet(0, "a/b")


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="=+-*/^&%()[]{};:,.\"'$#!<>@ A1B2SOMEIfx0é€", max_size=25))
def test_no_writing_breaks_it(text: str) -> None:
    made = book("1|2", "3|4")
    try:
        made.enter(0, 3, 3, text)
    except SheetError as error:
        assert str(error)
    document = made.document()
    assert Workbook(document, TODAY).document() == document
