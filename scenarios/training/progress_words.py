"""A trainee's progress as lines to read on a screen of any width, as pages to print, and as a table. Signs and words, no colour. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scenarios.debrief_words import seconds_fr
from scenarios.report.pages import Block, Grid, Heading, Pages, Words
from scenarios.training.progress import CompetenceProgress, Progress, SimulationProgress, Time

SHOWN, NOT_SHOWN, NOT_LOOKED = "=", "≠", "–"
_LEGEND = "{} montré au dossier ou au journal comme demandé ; {} non montré ou autrement ; {} non regardé. Numéros : les fois."
LEGEND = _LEGEND.format(SHOWN, NOT_SHOWN, NOT_LOOKED)
PAPER = {True: "oui", False: "non", None: NOT_LOOKED}  # a printer's fonts have no sign for "different"
NOTHING = "Aucune simulation terminée n'a été trouvée."
NOT_KEPT = "bilan non gardé"
MOST_COLUMNS = 12  # times that are told of, and whose signs are side by side: the last ones
MOST_ON_PAPER = 8
LABEL_WIDE, MOVES_WIDE = 24, 26  # cells left to a fact, and to the words beside its signs

CSV_HEAD = (
    "stagiaire", "compétence", "libellé", "simulation", "titre", "fois", "date", "heure", "entreprise", "sujet", "client", "secondes",
    "minutes prévues", "fait observable", "montré",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    kind: Literal["title", "head", "subhead", "text", "quiet"]
    text: str


def sign(shown: bool | None) -> str:
    return NOT_LOOKED if shown is None else SHOWN if shown else NOT_SHOWN


def day_hour(time: Time) -> str:
    return f"{time.started:%d/%m/%Y %H:%M}"


def time_words(time: Time) -> str:
    """Once: when, which subject, who played the customer, how long."""
    planned = f", prévu {time.planned_minutes} min" if time.planned_minutes else ""
    subject = f"sujet {time.subject}" if time.subject else ""
    parts = (day_hour(time), subject, time.customer or "client non noté", seconds_fr(time.seconds) + planned)
    return " · ".join(filter(None, (*parts, "" if time.facts else NOT_KEPT)))


def span_words(competence: CompetenceProgress) -> str:
    """How often and when a competence was practised."""
    times = competence.times
    first, last = times[0].started, times[-1].started
    if len(times) == 1:
        return f"pratiquée une fois, le {first:%d/%m/%Y}"
    when = f"le {first:%d/%m/%Y}" if first.date() == last.date() else f"du {first:%d/%m/%Y} au {last:%d/%m/%Y}"
    return f"pratiquée {len(times)} fois, {when}"


def earlier_words(times: Sequence[Time]) -> str:
    """Those before the ones that are told one by one."""
    return f"… {len(times)} fois avant, du {times[0].started:%d/%m/%Y} au {times[-1].started:%d/%m/%Y}"


def competence_words(one: CompetenceProgress) -> str:
    return " ".join(filter(None, (one.id, one.label))) or "Compétence inconnue"


def simulation_words(one: SimulationProgress) -> str:
    return " – ".join(filter(None, (one.id, one.title)))


def lines(progress: Progress, width: int) -> Iterator[Line]:
    """`width`: cells of the screen; nothing is wider, down to 60."""
    width = max(60, width)

    def wrapped(kind: Literal["title", "head", "subhead", "text", "quiet"], text: str, indent: int = 0) -> Iterator[Line]:
        for part in textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2)) or [""]:
            yield Line(kind, part)

    yield from wrapped("title", f"Progression – {progress.trainee}" if progress.trainee else "Progression")
    yield from wrapped("quiet", progress.notice)
    if not progress.competences:
        yield from wrapped("text", NOTHING)
    else:
        yield from wrapped("quiet", LEGEND)
    for competence in progress.competences:
        yield Line("text", "")
        yield from wrapped("head", competence_words(competence))
        yield from wrapped("text", span_words(competence), 2)
        for one in competence.simulations:
            yield Line("text", "")
            yield from wrapped("subhead", simulation_words(one), 2)
            earlier, shown = one.times[:-MOST_COLUMNS], one.times[-MOST_COLUMNS:]
            if earlier:
                yield from wrapped("text", earlier_words(earlier), 4)
            for time in shown:
                yield from wrapped("text", f"{time.rank}. {time_words(time)}", 4)
            yield from _fact_lines(one, width)
    if progress.remarks:
        yield Line("text", "")
        yield from wrapped("head", "Non lu")
        for remark in progress.remarks:
            yield from wrapped("text", remark, 2)


def _fact_lines(one: SimulationProgress, width: int) -> Iterator[Line]:
    if not one.facts:
        return
    cells = max(2, len(str(one.times[-1].rank)) + 1)
    columns = min(MOST_COLUMNS, (width - 4 - LABEL_WIDE - 1 - MOVES_WIDE) // cells)
    first = max(0, len(one.times) - columns)
    room = width - 4 - cells * len(one.times[first:]) - 1 - MOVES_WIDE
    yield Line("quiet", " " * (4 + room) + "".join(f"{time.rank:>{cells}}" for time in one.times[first:]))
    for fact in one.facts:
        label, moves = textwrap.wrap(fact.label, room - 1) or [""], textwrap.wrap(fact.moves, MOVES_WIDE) or [""]
        signs = "".join(f"{sign(shown):>{cells}}" for shown in fact.shown[first:])
        for place in range(max(len(label), len(moves))):
            left = label[place] if place < len(label) else ""
            right = moves[place] if place < len(moves) else ""
            between = signs if place == 0 else " " * len(signs)
            yield Line("text", f"    {left:<{room}}{between} {right}".rstrip())


# --- to print, and as a table -----------------------------------------------------------------------


def progress_pages(progress: Progress, today: str) -> Pages:
    """`today`: the day it is printed, as people write it."""
    blocks: list[Block] = [Words(progress.notice, quiet=True), Words(_LEGEND.format(*PAPER.values()), quiet=True)]
    if not progress.competences:
        blocks.append(Words(NOTHING))
    for competence in progress.competences:
        blocks += [Heading(competence_words(competence)), Words(span_words(competence))]
        for one in competence.simulations:
            blocks.append(Heading(simulation_words(one), 2))
            rows = tuple((str(time.rank), time_words(time)) for time in one.times)
            blocks.append(Grid(("N°", "Quand, avec qui, combien de temps"), rows, (1, 14)))
            if one.facts:
                blocks.append(_fact_grid(one))
    if progress.remarks:
        blocks += [Heading("Non lu"), *(Words(remark) for remark in progress.remarks)]
    lead = f"Stagiaire : {progress.trainee or 'non nommé'}\nRelevé du {today}"
    return Pages("progression", "Progression en entraînement", lead, f"Plateau · progression · {progress.trainee}", tuple(blocks))


def _fact_grid(one: SimulationProgress) -> Grid:
    first = max(0, len(one.times) - MOST_ON_PAPER)
    ranks = tuple(str(time.rank) for time in one.times[first:])
    rows = tuple((fact.label, *(PAPER[shown] for shown in fact.shown[first:]), fact.moves) for fact in one.facts)
    return Grid(("Fait observable", *ranks, "Ce qui bouge"), rows, (8, *(0.9 for _rank in ranks), 4))


def progress_rows(progress: Progress) -> Iterator[tuple[str, ...]]:
    """A row for each fact of each time; one row, without a fact, for a time whose debrief was not kept."""
    for competence in progress.competences:
        for one in competence.simulations:
            for place, time in enumerate(one.times):
                about = _about(progress.trainee, competence, one, time)
                facts = [fact for fact in one.facts if fact.shown[place] is not None]
                for fact in facts:
                    yield (*about, fact.label, PAPER[fact.shown[place]])
                if not facts:
                    yield (*about, "", "")


def _about(trainee: str, competence: CompetenceProgress, one: SimulationProgress, time: Time) -> tuple[str, ...]:
    when = f"{time.started:%d/%m/%Y}", f"{time.started:%H:%M}"
    played = time.pack, time.subject, time.customer, str(round(time.seconds)), str(time.planned_minutes or "")
    return (trainee, competence.id, competence.label, one.id, one.title, str(time.rank), *when, *played)
