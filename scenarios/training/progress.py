"""How one trainee's practice moves: by competence and simulation, each time it was played, and what was shown or not each time. Pure.

Facts beside facts: nothing is counted up to a mark, nothing is weighed, nothing is predicted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from scenarios.standard import Standard
from scenarios.training.practised import Practice, Practised

NOTICE = "Ce relevé rapporte des faits, sans note ni appréciation."


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Time(Part):
    """Once that a simulation was played. `rank`: from 1, over all its times; `facts`: whether a debrief was kept."""

    rank: int
    started: dt.datetime
    seconds: float
    planned_minutes: int
    pack: str
    subject: str
    customer: str
    facts: bool


class FactMoves(Part):
    """`shown` goes with the simulation's times: None where it was not looked for, or no debrief was kept."""

    label: str
    shown: tuple[bool | None, ...]
    moves: str


class SimulationProgress(Part):
    id: str
    title: str
    times: tuple[Time, ...]
    facts: tuple[FactMoves, ...]


class CompetenceProgress(Part):
    id: str
    label: str
    simulations: tuple[SimulationProgress, ...]

    @property
    def times(self) -> list[Time]:
        return sorted((time for one in self.simulations for time in one.times), key=lambda time: time.started)


class Progress(Part):
    """`remarks`: what could not be read."""

    trainee: str
    notice: str
    competences: tuple[CompetenceProgress, ...]
    remarks: tuple[str, ...] = ()


def build_progress(trainee: str, practised: Practised, standards: Sequence[Standard]) -> Progress:
    """`practised`: one trainee's. Competences come in the order of the référentiel, those of none last."""
    labels = {(one.referentiel.id, c.id): c.label for one in standards for c in one.competences}
    order = {key: place for place, key in enumerate(labels)}
    found: dict[tuple[str, str], list[Practice]] = {}
    for one in practised.practices:
        found.setdefault((one.standard, one.competence), []).append(one)
    competences = [
        CompetenceProgress(id=key[1], label=labels.get(key, ""), simulations=_simulations(found[key]))
        for key in sorted(found, key=lambda key: (order.get(key, len(order)), key))
    ]
    return Progress(trainee=trainee, notice=NOTICE, competences=tuple(competences), remarks=practised.remarks)


def _simulations(practices: Sequence[Practice]) -> tuple[SimulationProgress, ...]:
    found: dict[tuple[str, str], list[Practice]] = {}
    for one in practices:
        found.setdefault((one.pack, one.simulation), []).append(one)
    return tuple(_simulation(found[key]) for key in sorted(found))


def _simulation(practices: Sequence[Practice]) -> SimulationProgress:
    looked: dict[str, str] = {}  # key → its label, the latest; in the order of the latest debrief, then what only older ones had
    for one in reversed(practices):
        for finding in one.findings or ():
            looked.setdefault(finding.key, finding.label)
    shown = [{finding.key: finding.shown for finding in one.findings or ()} for one in practices]
    facts = []
    for key, label in looked.items():
        each = tuple(one.get(key) for one in shown)
        facts.append(FactMoves(label=label, shown=each, moves=moves_fr(each)))
    titles = [one.title for one in practices if one.title]
    return SimulationProgress(
        id=practices[0].simulation,
        title=titles[-1] if titles else "",
        times=tuple(_time(rank, one) for rank, one in enumerate(practices, 1)),
        facts=tuple(facts),
    )


def _time(rank: int, one: Practice) -> Time:
    return Time(
        rank=rank,
        started=one.started,
        seconds=one.seconds,
        planned_minutes=one.planned_minutes,
        pack=one.pack,
        subject=one.subject,
        customer=one.customer,
        facts=one.findings is not None,
    )


def moves_fr(shown: Sequence[bool | None]) -> str:
    """What moved, in words; ranks are the simulation's times."""
    looked = [(rank, one) for rank, one in enumerate(shown, 1) if one is not None]
    if not looked:
        return "non regardé"
    if len(looked) == 1:
        return "montré" if looked[0][1] else "non montré"
    values = [one for _rank, one in looked]
    if all(values):
        return "montré chaque fois"
    if not any(values):
        return "jamais montré"
    if values == sorted(values):
        return f"montré depuis la fois n° {next(rank for rank, one in looked if one)}"
    if values == sorted(values, reverse=True):
        return f"plus montré depuis la fois n° {next(rank for rank, one in looked if not one)}"
    return "montré la dernière fois, pas toujours avant" if values[-1] else "montré avant, pas la dernière fois"
