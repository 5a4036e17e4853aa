"""Office tools by keys, over a real room: a spreadsheet opened, changed, saved, lost by nobody; calculator, calendar, scratch paper."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from scenarios.sheet.area import Area
from scenarios.sheet.document import Document
from scenarios.sheet.files import read_file, write_file
from scenarios.sheet.workbook import Workbook
from tests.scenarios.room_world import write_pack
from tests.workstation.office_of_tests import OfficeDesk, office_desk
from tests.workstation.wait import wait_for
from workstation.ui.screens import calculator

DAY = dt.date(2026, 11, 23)
ROOT = Path(__file__).parents[3]
CALLS = "nom;résultat;durée\nLéa;Refus;120\nMarc;Abouti;300\nZoé;Refus;60\nIris;Abouti;240\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = write_pack(tmp_path)
    (folder / "sheets").mkdir()
    (folder / "sheets" / "appels.csv").write_text(CALLS, encoding="utf-8")
    book = Workbook.blank(DAY)
    for column, text in enumerate(("12,50 €", "3", "=A1*B1"), 1):
        book.enter(0, 1, column, text)
    book.set_format(0, Area(1, 3, 1, 3), '#,##0.00 "€"')
    (folder / "sheets" / "prix.ods").write_bytes(write_file(book.document(), "ods", DAY))
    return folder


@pytest.fixture
async def desk(tmp_path: Path, pack: Path) -> AsyncIterator[OfficeDesk]:
    async with office_desk(tmp_path, pack) as opened:
        yield opened


async def open_calls(desk: OfficeDesk) -> None:
    await desk.press("enter")
    await desk.until("/ : commandes", "Léa")


async def command(desk: OfficeDesk, *letters: str) -> None:
    await desk.type("/")
    await desk.until("que faire")
    for letter in letters:
        await desk.type(letter)
    await desk.until(gone="que faire")


def column(desk: OfficeDesk, number: int, rows: int = 5) -> list[str]:
    book = desk.pane.sheet.book
    assert book is not None
    return [book.shown(0, row, number) for row in range(1, rows + 1)]


# --- the spreadsheet ------------------------------------------------------------------------------------


async def test_a_price_is_computed_saved_with_its_hour_and_found_again(tmp_path: Path, pack: Path) -> None:
    async with office_desk(tmp_path, pack) as desk:
        await desk.press("down", "enter")
        await desk.until("37,50 €", "Fichier du dossier")
        await desk.press("right")
        await desk.type("4")
        await desk.until("Entrée valide")
        await desk.press("enter")
        await desk.until("50,00 €", "Non enregistré, gardé ici")
        await desk.press("ctrl+s")
        await desk.until("✓ Enregistré", gone="Non enregistré")
        assert desk.app.state.drafts == {}
    async with office_desk(tmp_path, pack) as desk:
        await desk.until("copie n° 1")
        await desk.press("down", "enter")
        await desk.until("50,00 €")


async def test_a_formula_in_french_then_an_error_with_its_sentence(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("ctrl+end", "down")
    await desk.type("=somme(c2:c5")
    await desk.press("enter", "up")
    assert "720" in await desk.until("=SOMME(C2:C5)")
    await desk.type("=C2/A9")
    await desk.press("enter", "up")
    await desk.until("#DIV/0! : Division par zéro")
    await desk.type("=C2;C3")
    await desk.press("enter")
    await desk.until("Formule non comprise")
    assert desk.pane.sheet.bar.has_focus and desk.pane.sheet.bar.value == "=C2;C3"
    await desk.press("escape")
    await desk.until("#DIV/0!")


async def test_what_is_typed_ahead_loses_no_key(desk: OfficeDesk) -> None:
    """All keys are in the terminal before the first is looked at, as on a busy machine."""
    await open_calls(desk)
    for key, character in [*((c, c) for c in "12"), ("comma", ","), *((c, c) for c in "75"), ("enter", None), *((c, c) for c in "ab")]:
        desk.app.post_message(events.Key(key, character))
    desk.app.post_message(events.Key("enter", "\r"))
    await wait_for(lambda: column(desk, 1, 2) == ["12,75", "ab"], "both cells")
    assert desk.pane.sheet.grid.cursor == (3, 1) and not desk.pane.sheet.editing


async def test_leaving_the_line_by_tab_or_a_click_keeps_what_was_typed(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.type("par Tab")
    await desk.press("tab")
    assert column(desk, 1, 1) == ["par Tab"]
    await desk.press("down")
    await desk.type("par un clic")
    await desk.pilot.click("#sheet-grid", offset=(30, 4))
    await wait_for(lambda: column(desk, 1, 2)[1] == "par un clic", "the cell")
    await desk.press("enter")
    await desk.type("x")
    await desk.press("escape")
    assert not desk.pane.sheet.editing and "x" not in str(desk.pane.sheet.document["sheets"][0]["cells"].get("C4"))


async def test_sorting_and_filtering_leave_the_titles_where_they_are(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("down", "right", "right")
    await command(desk, "t")
    await desk.until("Trié par « durée », lignes 2 à 5.")
    assert column(desk, 1) == ["nom", "Zoé", "Léa", "Iris", "Marc"]
    await desk.press("left")
    await command(desk, "f")
    await desk.until("Filtrer : résultat", "2 ligne(s)")
    await desk.type("2")
    shown = await desk.until("Filtré : « Refus » · 2 lignes sur 4")
    assert "Zoé" in shown and "Marc" not in shown and "B▼" in shown
    await desk.press("ctrl+home", "down", "down")
    await desk.until("Léa")
    assert desk.pane.sheet.grid.cursor == (3, 1)  # rows that are hidden are passed over
    await command(desk, "a")
    await desk.until("Marc", gone="▼")


async def test_rows_hidden_by_a_filter_are_not_touched_unseen(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("down", "right")
    await command(desk, "f")
    await desk.until("Filtrer")
    await desk.type("2")
    await desk.until("Filtré : « Refus »")
    await desk.press("home", "shift+down", "delete")
    await desk.until("Des lignes cachées par le filtre seraient touchées")
    assert column(desk, 1) == ["nom", "Léa", "Marc", "Zoé", "Iris"]
    await desk.press("escape", "delete")
    assert sorted(column(desk, 1)) == ["", "Iris", "Léa", "Marc", "nom"]


async def test_rows_columns_formats_fill_and_undo(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("right", "right", "right", "down")
    await desk.type("=C2*2")
    await desk.press("enter", "up", "shift+down", "shift+down", "shift+down", "ctrl+d")
    assert column(desk, 4) == ["", "240", "600", "120", "480"]
    await desk.until("somme 1 440 · moyenne 360 · 4 nombre(s)")
    await command(desk, "n")
    await desk.until("Format de nombre")
    await desk.type("3")
    await desk.until("240,00 €")
    await command(desk, "i")
    assert column(desk, 1, 9)[4:] == ["", "Léa", "Marc", "Zoé", "Iris"]
    for _again in range(3):
        await desk.press("ctrl+z")
    assert column(desk, 4) == ["", "240", "", "", ""]
    await desk.press("ctrl+y")
    assert column(desk, 4) == ["", "240", "600", "120", "480"]


async def test_copy_paste_clear_and_a_paste_from_elsewhere(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("down", "shift+right", "ctrl+c")
    assert desk.app.clipboard == "Léa\tRefus"
    await desk.press("ctrl+end", "down", "home", "ctrl+v")
    assert column(desk, 1, 6)[5] == "Léa" and column(desk, 2, 6)[5] == "Refus"
    await desk.press("delete")
    assert column(desk, 1, 6)[5] == ""
    desk.pane.sheet.grid.post_message(desk.pane.sheet.grid.Asked("paste_text", "Noé\tAbouti\n"))
    await wait_for(lambda: column(desk, 1, 6)[5] == "Noé", "the paste")


async def test_a_result_of_the_calculator_is_pasted_in_a_cell(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.press("alt+l")
    await desk.until("encore Entrée insère")
    await desk.type("100 ttc 5,5")
    await desk.press("enter", "enter")
    await desk.until("105,5 est copié")
    await desk.press("down", "right", "right", "ctrl+v")
    await wait_for(lambda: column(desk, 3, 2)[1] == "105,5", "the cell")


async def test_several_sheets_one_renamed(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await command(desk, "v")
    await desk.until("Feuille1")
    await desk.type("=appels!C2+1")
    await desk.press("enter")
    await desk.until("121")
    await command(desk, "h")
    await desk.until("Nom de la feuille")
    await desk.press("ctrl+u")
    await desk.type("Bilan")
    await desk.press("enter")
    await desk.until(" Bilan ")
    await desk.press("ctrl+pageup")
    await desk.until("Léa")


async def test_a_card_number_goes_nowhere(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.type("4111111111111111")
    await desk.press("enter")
    await desk.until("Numéro de carte")
    book = desk.pane.sheet.book
    assert book is not None and "4111" not in str(book.document().compact())
    await wait_for(lambda: any(row.kind == "CardNumberRefused" for row in desk.room.case.rows()), "the trace")


async def test_a_room_out_of_reach_leaves_a_draft_that_says_so(desk: OfficeDesk) -> None:
    await open_calls(desk)
    await desk.type("prénom")
    await desk.press("enter")
    desk.wire.cut = True
    await desk.press("ctrl+s")
    await desk.until("✗ NON ENREGISTRÉ, gardé ici", "injoignable")
    assert desk.app.state.drafts["sheet:appels.csv"]["fields"]["document"]["sheets"][0]["cells"]["A1"]["v"] == "prénom"
    desk.wire.cut = False
    await desk.press("ctrl+s")
    await desk.until("✓ Enregistré", gone="✗ NON ENREGISTRÉ")
    assert desk.app.state.drafts == {}


async def test_a_copy_saved_meanwhile_is_told_and_kept(desk: OfficeDesk, tmp_path: Path) -> None:
    """Another desk of the same place had saved: the draft stays, the second save goes on top, both versions are in the folder."""
    await open_calls(desk)
    document = desk.app.state.sheets.opened["appels.csv"].document
    answer = await desk.app.link._http.put("/sitting/sheets/appels.csv", json={"write_id": "w", "version": 0, "document": document})  # type: ignore[attr-defined]
    assert answer.status_code == 200
    await desk.type("ici")
    await desk.press("enter", "ctrl+s")
    await desk.until("enregistré entre-temps", "✗ NON ENREGISTRÉ")
    await desk.press("ctrl+s")
    await desk.until("✓ Enregistré")
    assert sorted(p.name for p in (tmp_path / "sitting" / "sheets").iterdir()) == ["appels.csv.1.json", "appels.csv.2.json"]


@pytest.mark.parametrize("only_saved", [True, False])
async def test_killed_without_warning_nothing_is_lost(tmp_path: Path, pack: Path, only_saved: bool) -> None:
    arguments = [sys.executable, "-m", "tests.workstation.office_killed", str(tmp_path), str(pack), *(["--saved"] if only_saved else [])]
    done = await asyncio.to_thread(subprocess.run, arguments, cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr.decode()[-2000:]
    async with office_desk(tmp_path, pack) as desk:
        if only_saved:
            await desk.until("copie n° 1")
            await desk.press("enter")
            await wait_for(lambda: "Deux versions" in desk.screen() or "/ : commandes" in desk.screen(), "the sheet")
            if "Deux versions" in desk.screen():  # killed before the draft could be forgotten
                await desk.press("1")
            await desk.until("Abouti", "✓ Enregistré", gone="Léa")
            return
        await desk.until("brouillon non enregistré")
        await desk.press("enter")
        await desk.until("Votre brouillon est repris", "Abouti", "Refus", "Non enregistré, gardé ici")
        assert column(desk, 1)[1:3] == ["Abouti", "Refus"]
        assert desk.pane.sheet.bar.has_focus and desk.pane.sheet.bar.value == "en cours"
        assert desk.pane.sheet.grid.cursor == (4, 1)
        await desk.press("ctrl+s")
        await desk.until("✓ Enregistré")
        assert column(desk, 1)[3] == "en cours"


async def test_exports_reopen_after_saving_what_is_new(desk: OfficeDesk, tmp_path: Path) -> None:
    await open_calls(desk)
    await desk.press("down")
    await desk.type("Lya")
    await desk.press("enter")
    for letter, suffix in (("1", "ods"), ("2", "xlsx"), ("3", "csv")):
        await command(desk, "x")
        await desk.until("Exporter")
        await desk.type(letter)
        folder = tmp_path / "desk" / "tableurs"
        await wait_for(lambda folder=folder, suffix=suffix: list(folder.glob(f"appels-*.{suffix}")), suffix)  # type: ignore[misc]
        await desk.until("Tableur exporté")
        content = next(folder.glob(f"appels-*.{suffix}")).read_bytes()
        assert read_file(f"a.{suffix}", content, DAY).sheets[0].cells["A2"].v == "Lya"
        assert (tmp_path / "sitting" / "sheets" / f"appels.{suffix}").read_bytes() == content
    assert (tmp_path / "sitting" / "sheets" / "appels.csv.1.json").is_file()


async def test_a_workbook_of_ones_own(desk: OfficeDesk) -> None:
    await desk.press("tab", "enter")
    await desk.until("classeur-1.ods", "Nouveau classeur")
    await desk.type("=2*21")
    await desk.press("enter", "ctrl+s")
    await desk.until("42", "✓ Enregistré")
    await command(desk, "o")
    await desk.until("classeur-1.ods", "votre classeur")


async def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path, pack: Path) -> None:
    (pack / "sheets" / "abime.ods").write_bytes(b"PK")
    async with office_desk(tmp_path, pack) as desk:
        await desk.press("enter")
        await desk.until("« abime.ods » est illisible")
        assert desk.pane.sheet.book is None


# --- another office program -----------------------------------------------------------------------------


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A stand-in for LibreOffice, alone on the PATH."""
    folder.mkdir()
    script = folder / "soffice"
    script.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{body}", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":0")


_EDITS = """
import datetime as dt, os, pathlib
from scenarios.sheet.files import read_file, write_file
from scenarios.sheet.workbook import Workbook
path, day = pathlib.Path(sys.argv[-1]), dt.date(2026, 11, 23)
book = Workbook(read_file(path.name, path.read_bytes(), day), day)
book.enter(0, 2, 1, "Léonie")
book.enter(0, 6, 3, "=SOMME(C2:C5)")
part = path.with_suffix(".part")
part.write_bytes(write_file(book.document(), "ods", day))
os.replace(part, path)
pathlib.Path(sys.argv[0]).with_name("done").write_text(" ".join(sys.argv[1:]))
"""


async def test_given_to_libreoffice_and_taken_back_with_its_changes_seen(
    desk: OfficeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "bin", monkeypatch, _EDITS)
    await open_calls(desk)
    await command(desk, "b")
    await desk.until("Ouvert dans LibreOffice")
    await wait_for(lambda: (tmp_path / "bin" / "done").exists(), "the other program")
    assert "--view" not in (tmp_path / "bin" / "done").read_text()
    await command(desk, "r")
    await desk.until("Changements faits dans LibreOffice", "appels A2 : Léa → Léonie", "appels C6 : vide → =SUM(C2:C5)")
    await desk.type("1")
    await desk.until("2 cellule(s) reprise(s)", "Léonie", "Non enregistré")
    await desk.press("ctrl+z")
    await desk.until("Léa", gone="Léonie")


async def test_read_only_and_nothing_changed(desk: OfficeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "import pathlib\npathlib.Path(sys.argv[0]).with_name('done').write_text(' '.join(sys.argv[1:]))\n"
    _program(tmp_path / "bin", monkeypatch, body)
    await open_calls(desk)
    await command(desk, "k")
    await wait_for(lambda: (tmp_path / "bin" / "done").exists(), "the other program")
    assert "--view" in (tmp_path / "bin" / "done").read_text()
    await command(desk, "r")
    await desk.until("Rien n'y a été enregistré")


async def test_a_station_without_it_says_so(desk: OfficeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workstation.links.office_program._PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    await open_calls(desk)
    await command(desk, "b")
    await desk.until("LibreOffice n'est pas installé sur ce poste")


async def test_never_in_an_exam(tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "bin", monkeypatch, "import pathlib\npathlib.Path(sys.argv[0]).with_name('done').touch()\n")
    async with office_desk(tmp_path, pack, mode="exam") as desk:
        await open_calls(desk)
        await desk.type("/")
        await desk.until("Pas pendant un examen")
        await desk.type("b")
        await desk.press("escape")
        desk.pane.sheet.perform("office_edit")
        await desk.until("Pas pendant un examen : le tableur du poste suffit.")
        assert not (tmp_path / "bin" / "done").exists() and not (tmp_path / "desk" / "bureautique").exists()


# --- calculator, calendar, scratch paper ----------------------------------------------------------------


@pytest.fixture(autouse=True)
def _fresh_history(monkeypatch: pytest.MonkeyPatch) -> None:
    calculator.HISTORY.lines.clear()


async def test_a_result_goes_into_the_field_last_typed_in(desk: OfficeDesk) -> None:
    await desk.press("alt+right", "alt+right", "alt+right")
    await desk.type("total ")
    await desk.press("alt+l")
    await desk.until("Calculatrice", "encore Entrée insère")
    await desk.type("120+20%")
    await desk.press("enter")
    await desk.until("= 144")
    await desk.press("enter")
    await desk.until("total 144", "144 est inséré dans le champ")
    assert desk.pane.scratch.text.text == "total 144" and desk.pane.scratch.text.has_focus


async def test_the_calculators_page_its_history_and_what_it_does_not_understand(desk: OfficeDesk) -> None:
    await desk.press("alt+right")
    await desk.type("10/3")
    await desk.press("enter")
    await desk.until("= 3,3333333333", "au centime : 3,33")
    await desk.press("ctrl+u")
    await desk.type("r+x")
    await desk.press("enter")
    await desk.until("Il manque un nombre")
    await desk.press("ctrl+u")
    await desk.type("100 ttc 5,5")
    await desk.press("enter", "tab", "tab", "enter")
    await desk.until("= 105,5", "105,5 est copié", "10/3 = 3,3333333333")
    assert desk.app.clipboard == "105,5"


async def test_the_calendar_says_holidays_weeks_and_working_days(desk: OfficeDesk) -> None:
    await desk.press("alt+right", "alt+right")
    shown = await desk.until("novembre 2026", "[23]", "11F", "semaine 48 · jour ouvré", "jour de la simulation")
    assert "11/11/2026 Armistice" in shown and "25/12/2026 Noël" in shown
    await desk.press("pagedown")
    await desk.until("décembre 2026", "25F", "J+30 · 22 jour(s) ouvré(s) d'écart")
    await desk.press("home", "shift+tab")
    await desk.type("J+8 ouvrés")
    await desk.until("jeudi 3 décembre 2026 · semaine 49 · jour ouvré · J+10 · 8 jour(s)")


async def test_scratch_paper_is_kept_searched_and_sent_to_nobody(tmp_path: Path, pack: Path) -> None:
    async with office_desk(tmp_path, pack) as desk:
        await desk.press("alt+left")
        await desk.type("rappeler Zoé demain")
        await desk.press("enter")
        await desk.type("code postal 96100")
        await desk.press("tab")
        await desk.type("zoe")
        await desk.until("1 fois ; ligne 1")
        assert desk.pane.scratch.text.selected_text == "Zoé"
    async with office_desk(tmp_path, pack) as desk:
        await desk.press("alt+left")
        await desk.until("rappeler Zoé demain", "code postal 96100")
        told = "".join(str(row.data) for row in desk.room.case.rows())
        assert "rappeler" not in told and "96100" not in told.replace("postcode", "")


async def test_another_sittings_scratch_paper_is_blank(tmp_path: Path, pack: Path) -> None:
    async with office_desk(tmp_path, pack) as desk:
        await desk.press("alt+left")
        await desk.type("secret")
    (tmp_path / "autre").mkdir()
    async with office_desk(tmp_path / "autre", pack) as desk:
        await desk.press("alt+left")
        await desk.until("ce n'est pas une preuve", gone="secret")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_everything_is_in_sight_at_both_sizes(tmp_path: Path, pack: Path, size: tuple[int, int]) -> None:
    async with office_desk(tmp_path, pack, size=size) as desk:
        await open_calls(desk)
        await desk.until("Tableur │ Calculatrice │ Calendrier │ Brouillon", "A1", "nom", "Fichier du dossier", "appels.csv")
        await desk.press("alt+right")
        await desk.until("Insérer dans le champ", "Copier", "Entrée calcule")
        await desk.press("alt+right")
        await desk.until("J+8 ouvrés", "[23]", "jour de la simulation", "25/12/2026 Noël", "Page : mois")
        await desk.press("alt+right")
        await desk.until("Chercher dans le brouillon", "ce n'est pas une preuve")


def test_the_engine_is_loaded_when_the_first_sheet_is_opened_not_before() -> None:
    code = "import sys, workstation.ui.app; print(sorted({'ironcalc', 'odfdo', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_document_larger_than_allowed_is_no_document() -> None:
    with pytest.raises(ValueError, match="hors limites"):
        Document.model_validate({"sheets": [{"name": "F", "cells": {"A5001": {"v": 1}}}]})
