"""A sitting as its journal tells it: which simulations are to do, running, over. Pure.

In practice a simulation is played once in a sitting; playing it again takes a new sitting, as the records of the case file
have moved on. One simulation at a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

SITTING_HEADER = "X-Plateau-Sitting"
"""Of a request to the room server: the sitting it is meant for. It is refused where the asker is in another one."""


class SimulationState(StrEnum):
    TO_DO = "à faire"
    RUNNING = "en cours"
    OVER = "terminée"


class SittingEvent(StrEnum):
    STARTED = "SimulationStarted"  # the kinds of the journal's rows
    ENDED = "SimulationEnded"


REPLACED = "SimulationReplaced"  # simulation, spare, freeze: after an incident, the spare is to be played in its place
INCIDENT = "incident"  # why a simulation ended that is replayed


SITTING_TRANSITIONS: dict[tuple[SimulationState, SittingEvent], SimulationState] = {
    (SimulationState.TO_DO, SittingEvent.STARTED): SimulationState.RUNNING,
    (SimulationState.RUNNING, SittingEvent.ENDED): SimulationState.OVER,
}


class SittingError(Exception):
    """A refusal for a person: `error_id` is stable, `status` the HTTP status that says the same."""

    def __init__(self, error_id: str, status: int, title: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(title)
        self.error_id = error_id
        self.status = status
        self.title = title
        self.details = dict(details or {})


class SittingLeft(SittingError):
    """The asker believes to be in a sitting that is no longer his place's."""

    def __init__(self, sitting: str) -> None:
        super().__init__("sitting_left", 409, "Ce n'est plus la séance de cette place : rien n'y a été changé.", {"sitting": sitting})


class Row(Protocol):
    """A row of the journal, as far as a fold reads it."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def call_key(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Played:
    """One simulation of the sitting. `started_seq`, `ended_seq`: its journal rows, 0 until then."""

    id: str
    state: SimulationState = SimulationState.TO_DO
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    started_seq: int = 0
    ended_seq: int = 0


@dataclass(frozen=True)
class Sitting:
    """`opened` is the data of the first row; `order` the simulations in the order they were started."""

    simulations: Mapping[str, Played] = field(default_factory=dict)
    opened: Mapping[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by write_id
    replaced: Mapping[str, str] = field(default_factory=dict)  # a simulation cut short → the spare played in its place

    @property
    def current(self) -> str | None:
        return next((p.id for p in self.simulations.values() if p.state is SimulationState.RUNNING), None)

    @property
    def proposed(self) -> str:
        """The simulation to play next: the first still to do after the last one begun, then from the first; "" none is left."""
        ids = list(self.simulations)
        start = ids.index(self.order[-1]) + 1 if self.order else 0
        return next((one for one in (*ids[start:], *ids[:start]) if self.simulations[one].state is SimulationState.TO_DO), "")

    @property
    def unfinished(self) -> bool:
        return any(p.state is not SimulationState.OVER for p in self.simulations.values())

    def apply(self, row: Row) -> Sitting:
        """The sitting after one row; rows of other kinds change nothing. Raises SittingError for a move the table does not have."""
        if row.kind == "SittingOpened":
            return replace(self, opened=row.data)
        if row.kind == REPLACED:
            return self._replaced(str(row.data["simulation"]), str(row.data["spare"]))
        if row.kind not in set(SittingEvent):
            return self
        event = SittingEvent(row.kind)
        played = self._move(str(row.data["simulation"]), event)
        instant = dt.datetime.fromisoformat(row.at)
        if event is SittingEvent.STARTED:
            played = replace(played, started_at=instant, started_seq=row.seq)
        else:
            played = replace(played, ended_at=instant, ended_seq=row.seq)
        answer = {"simulation": played.id, "state": str(played.state), "at": row.at, "seq": row.seq}
        answers = {**self.answers, str(row.data["write_id"]): answer} if row.data.get("write_id") else self.answers
        order = (*self.order, played.id) if event is SittingEvent.STARTED else self.order
        return replace(self, simulations={**self.simulations, played.id: played}, order=order, answers=answers)

    def _replaced(self, simulation: str, spare: str) -> Sitting:
        """The spare is the next after what it stands for."""
        simulations: dict[str, Played] = {}
        for ident, played in self.simulations.items():
            simulations[ident] = played
            if ident == simulation:
                simulations[spare] = Played(spare)
        return replace(self, simulations=simulations, replaced={**self.replaced, simulation: spare})

    def _move(self, simulation_id: str, event: SittingEvent) -> Played:
        played = self._known(simulation_id)
        try:
            return replace(played, state=SITTING_TRANSITIONS[played.state, event])
        except KeyError:
            raise SittingError(*_REFUSALS[played.state, event], {"simulation": simulation_id, "state": str(played.state)}) from None

    def _known(self, simulation_id: str) -> Played:
        if simulation_id not in self.simulations:
            raise SittingError("unknown_simulation", 404, "Cette simulation n'existe pas dans ce dossier.", {"simulation": simulation_id})
        return self.simulations[simulation_id]

    def may_start(self, simulation_id: str) -> None:
        """Raises SittingError when the simulation cannot start now."""
        self._move(simulation_id, SittingEvent.STARTED)
        if self.current:
            raise SittingError(
                "another_simulation_runs", 409, "Une simulation est déjà en cours : terminez-la d'abord.", {"current": self.current}
            )

    def may_end(
        self, simulation_id: str, calls_up: Sequence[str], unqualified: Sequence[str], written: Collection[str] = frozenset()
    ) -> None:
        """Raises SittingError when the simulation cannot end now, saying what is missing. `written`: keys that are of written
        conversations."""
        self._move(simulation_id, SittingEvent.ENDED)
        missing = []
        if any(key not in written for key in calls_up):
            missing.append("un appel est encore en ligne : raccrochez")
        if any(key in written for key in calls_up):
            missing.append("une conversation écrite est encore ouverte : terminez-la")
        if len(unqualified) == 1:
            missing.append(f"{'une conversation' if unqualified[0] in written else 'un appel'} reste à qualifier")
        elif unqualified:
            what = "contacts" if any(key in written for key in unqualified) else "appels"
            missing.append(f"{len(unqualified)} {what} restent à qualifier")
        if missing:
            title = f"La simulation ne peut pas se terminer : {' ; '.join(missing)}."
            raise SittingError("not_finished", 409, title, {"calls": list(calls_up), "unqualified": list(unqualified)})


_REFUSALS: dict[tuple[SimulationState, SittingEvent], tuple[str, int, str]] = {
    (SimulationState.RUNNING, SittingEvent.STARTED): ("already_running", 409, "Cette simulation est déjà en cours."),
    (SimulationState.OVER, SittingEvent.STARTED): (
        "already_over",
        409,
        "Cette simulation est terminée : pour la refaire, ouvrez une nouvelle séance.",
    ),
    (SimulationState.TO_DO, SittingEvent.ENDED): ("not_started", 409, "Cette simulation n'a pas commencé."),
    (SimulationState.OVER, SittingEvent.ENDED): ("already_over", 409, "Cette simulation est déjà terminée."),
}


def new_sitting(simulation_ids: Iterable[str]) -> Sitting:
    return Sitting({one: Played(one) for one in simulation_ids})


def fold_sitting(simulation_ids: Iterable[str], rows: Iterable[Row]) -> Sitting:
    sitting = new_sitting(simulation_ids)
    for row in rows:
        sitting = sitting.apply(row)
    return sitting


def qualified_call(row: Row) -> str:
    """The key of the call that this row qualifies: an interaction saved with a result; "" for any other row."""
    if row.kind not in ("RecordCreated", "RecordChanged") or row.data.get("record_kind") != "interaction":
        return ""
    after = row.data.get("after")
    if not isinstance(after, Mapping) or not after.get("result"):
        return ""
    return str(after.get("call_key") or row.call_key)
