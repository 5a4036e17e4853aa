"""The rotation of a whole class, before it begins: in each round, who is what at which station, over which simulation. Pure.

Teams keep their people and their station. In a team the roles turn as in a room (scenarios.rotation), one simulation a round, in the
order of the pack; a sitting has each of them once. When turning would give everybody the same simulations again, the next sitting begins
one person further: after people × simulations rounds each has been each of the three roles in every simulation, once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scenarios.report.csv_table import as_csv
from scenarios.rotation import LEAST, MOST, PeerRole, turned

TRIO = len(PeerRole)


@dataclass(frozen=True)
class Turn:
    """One team's round. `round`, `station` and `sitting` count from 1; `people` are in the order of the roles, then those who wait."""

    round: int
    station: int
    sitting: int
    simulation: str
    people: tuple[str, ...]


def teams(people: Sequence[str], stations: int) -> tuple[tuple[str, ...], ...]:
    """As many teams as there are stations and threes of people, one person apart in size at most. Raises ValueError, in French,
    also where a team would be too large for a room."""
    named = [" ".join(one.split()) for one in people]
    if len(named) < LEAST or not all(named) or stations < 1:
        raise ValueError("Il faut deux personnes au moins, et un poste.")
    if len({one.casefold() for one in named}) != len(named):
        raise ValueError("Deux personnes portent le même nom : ajoutez une initiale.")
    count = max(1, min(stations, len(named) // TRIO))
    small, more = divmod(len(named), count)
    if small + bool(more) > MOST:
        raise ValueError(f"Une équipe est de {MOST} personnes au plus : il faut {math.ceil(len(named) / MOST)} postes pour {len(named)}.")
    ends = [small * place + min(place, more) for place in range(count + 1)]
    return tuple(tuple(named[start:end]) for start, end in itertools.pairwise(ends))


def class_plan(people: Sequence[str], stations: int, simulations: Sequence[str], rounds: int) -> tuple[Turn, ...]:
    """By round, then by station. Raises ValueError, in French."""
    if not simulations or rounds < 1:
        raise ValueError("Il faut une simulation au moins, et un tour.")
    made = teams(people, stations)
    return tuple(
        Turn(one + 1, station, one // len(simulations) + 1, simulations[one % len(simulations)], _roles(team, one, len(simulations)))
        for one in range(rounds)
        for station, team in enumerate(made, 1)
    )


def _roles(team: tuple[str, ...], before: int, simulations: int) -> tuple[str, ...]:
    """After so many rounds."""
    return turned(team, before + before // math.lcm(len(team), simulations))


def whole(people: Sequence[str], stations: int, simulations: Sequence[str]) -> int:
    """Rounds after which everybody has played everything."""
    return max(map(len, teams(people, stations))) * len(simulations)


HEADS = ("Tour", "Poste", "Séance", "Simulation", "Stagiaire", "Client", "Observateur", "Attend")


def plan_rows(plan: Iterable[Turn]) -> list[tuple[str, ...]]:
    """The table, its heads first."""
    rows: list[tuple[str, ...]] = [HEADS]
    for one in plan:
        roles = (*one.people[:TRIO], *([""] * (TRIO - len(one.people))))
        waiting = ", ".join(one.people[TRIO:])
        rows.append((str(one.round), str(one.station), str(one.sitting), one.simulation, *roles, waiting))
    return rows


def plan_text(plan: Iterable[Turn]) -> str:
    """In columns, a blank line between two rounds; columns that say nothing are left out."""
    rows = plan_rows(plan)
    said = [place for place in range(len(HEADS)) if any(row[place] not in ("", "1") for row in rows[1:]) or place < 2]
    widths = {place: max(len(row[place]) for row in rows) for place in said}
    lines, before = list[str](), ""
    for row in rows:
        if before and row[0] != before:
            lines.append("")
        before = row[0]
        lines.append("  ".join(row[place].ljust(widths[place]) for place in said).rstrip())
    return "\n".join(lines) + "\n"


def plan_csv(plan: Iterable[Turn]) -> bytes:
    """For a spreadsheet."""
    head, *rows = plan_rows(plan)
    return as_csv(head, rows)
