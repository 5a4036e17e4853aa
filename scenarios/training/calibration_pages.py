"""The grids of a calibration side by side, on paper: those where people differ first, each one's words. Nothing counted. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from scenarios.debrief_words import seconds_fr
from scenarios.grid import compared
from scenarios.report.pages import Block, Grid, Heading, Pages, Words
from scenarios.training.calibration import Calibration, Graded, as_grids, as_session, reasons_of, remarks_of

NOTICE = "Le même appel, noté par chacun sans voir la grille des autres. Rien n'est compté : ce qui diffère se parle."
NO_MARK = "sans réponse"


def calibration_pages(about: Calibration, graded: Sequence[Graded]) -> Pages:
    """Raises SittingError when not all have shared, or there are too few."""
    standard, session = as_session(about)
    grids = as_grids(graded)
    told = compared(grids, standard, session)
    blocks: list[Block] = [Words(NOTICE, quiet=True)]
    for differs, title in ((True, "Réponses différentes"), (False, "Mêmes réponses")):
        own = [one for one in told if one.differs is differs]
        if own:
            blocks.append(Heading(title))
        for one in own:
            blocks.append(Words(f"{one.criterion} {about.criteria[one.criterion]}", bold=True))
            rows = tuple(
                (person.name, str(value) if value else NO_MARK, " / ".join(reasons_of(person, one.criterion)))
                for person, value in zip(graded, one.values, strict=True)
            )
            blocks.append(Grid(("Qui", "Constat", "Motif"), rows, (2, 2, 6)))
    remarks = [(person.name, text) for person in graded for text in remarks_of(person, about)]
    if remarks:
        blocks += [Heading("Remarques"), Grid(("Qui", "Remarque"), tuple(remarks), (2, 8))]
    lead = f"{about.competence} {about.competence_label}\n{about.simulation} – {about.title}, {about.pack}, {seconds_fr(about.seconds)}"
    kept = dt.datetime.fromisoformat(about.kept_until)
    return Pages(
        "calibrage",
        "Calibrage : les grilles côte à côte",
        lead,
        f"Plateau · calibrage · appel gardé jusqu'au {kept:%d/%m/%Y}",
        tuple(blocks),
    )
