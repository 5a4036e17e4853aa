"""What moves from one time to the next: facts and words, no mark; as lines of any width, on paper, as a table."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pypdf
from hypothesis import given
from hypothesis import strategies as st

from scenarios.report.csv_table import as_csv
from scenarios.report.pdf import as_pdf
from scenarios.standard import load_standard
from scenarios.training.practised import VIRTUAL, Finding, Practice, Practised
from scenarios.training.progress import Progress, build_progress, moves_fr
from scenarios.training.progress_words import CSV_HEAD, NOT_KEPT, lines, progress_pages, progress_rows

STANDARD = load_standard("crcd_rc_m05")


def practice(day: int, simulation: str = "S1", competence: str = "c2", findings: tuple[Finding, ...] | None = ()) -> Practice:
    return Practice(
        folder=Path("x"),
        pack="Brûlerie",
        subject="A",
        simulation=simulation,
        title="Un déménagement",
        competence=competence,
        standard=STANDARD.referentiel.id,
        channel="téléphone",
        direction="entrant",
        started=dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC) + dt.timedelta(days=day),
        seconds=432,
        planned_minutes=8,
        trainee="Camille Roux",
        customer=VIRTUAL,
        findings=findings,
    )


def told(*practices: Practice) -> Progress:
    return build_progress("Camille Roux", Practised(practices, ("x : illisible",)), [STANDARD])


def found(**shown: bool) -> tuple[Finding, ...]:
    return tuple(Finding(key, f"Fait {key}", value) for key, value in shown.items())


def test_words_say_what_moved() -> None:
    assert moves_fr([None, None]) == "non regardé"
    assert (moves_fr([True]), moves_fr([None, False])) == ("montré", "non montré")
    assert (moves_fr([True, None, True]), moves_fr([False, False])) == ("montré chaque fois", "jamais montré")
    assert moves_fr([False, None, True, True]) == "montré depuis la fois n° 3"
    assert moves_fr([True, False, False]) == "plus montré depuis la fois n° 2"
    assert moves_fr([True, False, True]) == "montré la dernière fois, pas toujours avant"
    assert moves_fr([False, True, False]) == "montré avant, pas la dernière fois"


def test_a_fact_is_followed_over_the_times_of_its_simulation() -> None:
    progress = told(
        practice(0, "S9", "c9", found(a=True)),
        practice(1, findings=found(a=False, old=True)),
        practice(2, findings=None),
        practice(3, findings=found(a=True, new=False)),
    )
    assert [(one.id, len(one.times)) for one in progress.competences] == [("c2", 3), ("c9", 1)]
    facts = {one.label: one.shown for one in progress.competences[0].simulations[0].facts}
    assert facts == {"Fait a": (False, None, True), "Fait new": (None, None, False), "Fait old": (True, None, None)}
    text = "\n".join(one.text for one in lines(progress, 80))
    assert "≠ – = montré depuis la fois n° 3" in text and NOT_KEPT in text and "x : illisible" in text and "%" not in text
    rows = list(csv.reader(io.StringIO(as_csv(CSV_HEAD, progress_rows(progress)).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == list(CSV_HEAD) and len(rows) == 1 + 2 + 1 + 2 + 1 and {row[-1] for row in rows[1:]} == {"oui", "non", ""}
    page = " ".join(pypdf.PdfReader(io.BytesIO(as_pdf(progress_pages(progress, "28/11/2026")))).pages[0].extract_text().split())
    assert "Fait a non – oui montré depuis la fois n° 3" in page and STANDARD.competence("c2").label in page
    assert Progress.model_validate_json(progress.model_dump_json()) == progress


@given(times=st.integers(0, 150), width=st.integers(20, 200), facts=st.integers(0, 3), label=st.text("aé -", min_size=1, max_size=80))
def test_no_line_is_wider_than_the_screen(times: int, width: int, facts: int, label: str) -> None:
    shown = tuple(Finding(str(one), label, True) for one in range(facts))
    assert all(len(one.text) <= max(60, width) for one in lines(told(*(practice(day, findings=shown) for day in range(times))), width))


def test_a_cell_is_never_a_formula() -> None:
    assert as_csv(("a",), [("=1+1",)]).decode("utf-8-sig") == "a\r\n'=1+1\r\n"
