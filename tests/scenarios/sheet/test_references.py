"""Formulas as text: moved, renamed, written for OpenDocument. The engine is the judge of what moving a formula means."""

from __future__ import annotations

import datetime as dt

import ironcalc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.sheet.french import english_names, french_names
from scenarios.sheet.references import closed, from_open_formula, renamed, shifted, skeleton, to_open_formula, tokens

TODAY = dt.date(2026, 11, 23)

cells = st.builds(
    lambda c, column, r, row: f"{c}{column}{r}{row}",
    st.sampled_from(["", "$"]),
    st.sampled_from(["B", "C", "Z", "AB"]),
    st.sampled_from(["", "$"]),
    st.integers(5, 400),
)
parts = st.one_of(
    cells,
    st.builds(lambda a, b: f"SUM({a}:{b},2.5)", cells, cells),
    st.builds(lambda a: f"Feuille2!{a}", cells),
    st.builds(lambda a: f"'Prix d''hiver'!{a}", cells),
    st.sampled_from(['"A1 [.B2] ; x"', '"d""or"', "12.5", "LOG10(100)", "MAX(1,2,30)", "DATE(2026,11,23+0)"]),
)
formulas = st.lists(parts, min_size=1, max_size=4).map(lambda some: "=" + "&".join(some))


@settings(max_examples=60, deadline=None)
@given(formulas)
def test_tokens_joined_are_the_formula_again(formula: str) -> None:
    assert "".join(tokens(formula)) == formula


@settings(max_examples=60, deadline=None)
@given(formulas, st.integers(-4, 30), st.integers(-1, 20))
def test_a_formula_moved_reads_as_the_engine_moves_it(formula: str, rows: int, columns: int) -> None:
    model = ironcalc.create_user_model("t", "en", "UTC", "en")
    model.new_sheet()
    model.rename_sheet(0, "Feuille1")
    model.rename_sheet(1, "Feuille2")
    model.new_sheet()
    model.rename_sheet(2, "Prix d'hiver")
    model.set_user_input(0, 100, 30, formula)
    taken = model.get_cell_content(0, 100, 30)
    if rows:
        model.auto_fill_rows(0, 100, 30, 100, 30, 100 + rows)
    if columns:
        model.auto_fill_columns(0, 100 + rows, 30, 100 + rows, 30, 30 + columns)
    ours = shifted(taken, rows, columns)
    model.set_user_input(0, 200, 60, ours)  # the engine writes $B5:C5 for C5:$B5
    assert model.get_cell_content(0, 200, 60) == model.get_cell_content(0, 100 + rows, 30 + columns)


def test_what_leaves_the_sheet_is_a_broken_reference() -> None:
    assert shifted("=A1+B$2", -1, 0) == "=#REF!+B$2"
    assert shifted("=A1+$B2", 0, -1) == "=#REF!+$B2"


@settings(max_examples=60, deadline=None)
@given(formulas)
def test_opendocument_gives_the_formula_back(formula: str) -> None:
    assert from_open_formula(to_open_formula(formula)) == formula


@pytest.mark.parametrize(
    ("formula", "opened"),
    [
        ("=SUM(A1:A3,2)", "of:=SUM([.A1:.A3];2)"),
        ("=DATE(2026,11,23)+1.5", "of:=DATE(2026;11;23)+1.5"),
        ("='Prix d''hiver'!$A$1*2", "of:=[$'Prix d''hiver'.$A$1]*2"),
        ('=IFS(A1>1,"a,b",TRUE,"")', 'of:=COM.MICROSOFT.IFS([.A1]>1;"a,b";TRUE;"")'),
    ],
)
def test_opendocument_writes_it_its_way(formula: str, opened: str) -> None:
    assert to_open_formula(formula) == opened
    assert from_open_formula(opened) == formula


def test_a_reference_to_a_file_of_libreoffice_with_both_sheets_named() -> None:
    assert from_open_formula("of:=SUM([$Tarifs.B2:$Tarifs.B9])") == "=SUM(Tarifs!B2:B9)"


def test_functions_are_renamed_and_nothing_else() -> None:
    assert renamed('=sum(A1;sum)&"SUM(1)"', lambda name: {"SUM": "SOMME"}.get(name, name)) == '=SOMME(A1;sum)&"SUM(1)"'


def test_open_parentheses_are_closed() -> None:
    assert closed('=SI(A1>(2;"(";3') == '=SI(A1>(2;"(";3))'


def test_what_an_engine_dropped_shows() -> None:
    assert skeleton("=A1;A2") != skeleton("=A1") and skeleton("=1 2") != skeleton("=1")
    assert skeleton("= somme( A1 ; 1,50 )") == skeleton("=SOMME(A1;1,5)")


def test_french_names_are_the_engines_and_two_way() -> None:
    assert french_names()["SUMIF"] == "SOMME.SI" and french_names()["VLOOKUP"] == "RECHERCHEV" and french_names()["COUNTIF"] == "NB.SI"
    assert {english_names()[french] for french in french_names().values()} == set(french_names())
