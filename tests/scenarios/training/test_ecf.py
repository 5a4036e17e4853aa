"""Lines for the livret d'ECF: the booklet's words to the letter, its foot, and every box empty."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pypdf
from odfdo import Document

from scenarios.report.csv_table import as_csv
from scenarios.report.odt import as_odt
from scenarios.report.pages import BOX
from scenarios.report.pdf import as_pdf
from scenarios.training.ecf import CSV_HEAD, build_ecf, ecf_pages, ecf_rows
from tests.scenarios.training.test_progress import STANDARD, practice

FOOT = "CRCD · Livret d'évaluations passées en cours de formation · TP-00483 · millésime 05 · JO 23/01/2016 · mise à jour 21/11/2016"
TICKED = "☑☒✓✔■x"


def test_a_line_each_time_by_activity_with_the_competences_to_the_letter() -> None:
    written = replace(practice(2, "S9", "c9"), reply="remise", customer="Léa", direction="sortant")
    ecf = build_ecf("Camille Roux", [practice(0), practice(1), written, replace(practice(3), standard="autre")], STANDARD)
    assert [(one.number, len(one.lines)) for one in ecf.activities] == [(1, 2), (2, 1)]
    pages = ecf_pages(ecf, dt.date(2026, 11, 28))
    pdf = pypdf.PdfReader(io.BytesIO(as_pdf(pages)))
    texts = [" ".join(page.extract_text().split()) for page in pdf.pages]
    whole = " ".join(texts)
    assert all(FOOT in text for text in texts)
    for competence in STANDARD.competences:
        assert competence.label in whole
    assert "« Un déménagement » : appel entrant, Brûlerie, sujet A, client virtuel, 7 min 12 s (8 min prévues)." in whole
    assert "appel sortant, Brûlerie, sujet A, client joué par Léa, 7 min 12 s (8 min prévues), réponse écrite remise." in whole
    assert whole.count("01/11/2026") == 1 and "L'activité 1 est maîtrisée : OUI" in whole
    assert whole.count("❑") == 3 * 3 + 2 * 4 and not any(sign in whole for sign in TICKED[:-1])
    odt = Document(io.BytesIO(as_odt(pages)))
    assert odt.get_formatted_text().count(BOX) == 3 * 3 + 2 * 4
    footer = odt.get_style("master-page", "Standard").get_page_footer()  # type: ignore[union-attr]
    assert footer is not None and FOOT in footer.inner_text


def test_the_table_leaves_the_cells_to_tick_empty() -> None:
    rows = list(
        csv.DictReader(io.StringIO(as_csv(CSV_HEAD, ecf_rows(build_ecf("", [practice(0)], STANDARD))).decode("utf-8-sig")), delimiter=";")
    )
    assert len(rows) == 1 and (rows[0]["a satisfait"], rows[0]["n'a pas satisfait"]) == ("", "")
    assert (rows[0]["date"], rows[0]["compétence évaluée"], rows[0]["code titre"]) == ("01/11/2026", "2", "TP-00483")
