"""The people who practise together at a station: their rounds, and the grids that were opened to them. A fold of the sitting's journal.

Practice only: the routes that come here are refused in an exam (scenarios.room.team, scenarios.room.practice_grid).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.journal import Event, JournalRow
from scenarios.rotation import ROTATED, SHOWN, Round, first_round, fold_rounds, played_by
from scenarios.sitting import SimulationState, Sitting, SittingError


class LiveTeam:
    def __init__(self, case: CaseFile, rows: Sequence[JournalRow]) -> None:
        self._case = case
        self.rounds: tuple[Round, ...] = ()
        self.shown: dict[str, dict[str, JournalRow]] = {}  # by simulation, by seat
        self.grid_version = 0  # of what was noted at this station, since the room serves
        self._answered: set[str] = set()  # write_ids
        self._take(rows)

    @property
    def now(self) -> Round | None:
        return self.rounds[-1] if self.rounds else None

    # --- orders -------------------------------------------------------------------------------------

    def name(self, people: Iterable[str], sitting: Sitting, write_id: str, actor: str) -> None:
        """Who practises together from now on, in the order of the roles: their first round. Raises SittingError."""
        if write_id in self._answered:
            return
        try:
            made = first_round(people)
        except ValueError as error:
            raise SittingError("wrong_names", 422, str(error), {}) from None
        self._begin(made, sitting, write_id, actor)

    def turn(self, number: int, sitting: Sitting, write_id: str, actor: str) -> None:
        """Everybody moves on, from the round of that number: asked for at two consoles at once, it is done once. Raises SittingError."""
        if write_id in self._answered:
            return
        now = self.now
        if now is None:
            raise SittingError("nobody_named", 409, "Dites d'abord qui s'entraîne (Ctrl+R).", {})
        if now.number != number:
            title = f"Le tour a déjà changé : c'est le tour {now.number}."
            raise SittingError("already_turned", 409, title, {"round": now.number})
        self._begin(now.next(), sitting, write_id, actor)

    def _begin(self, made: Round, sitting: Sitting, write_id: str, actor: str) -> None:
        if sitting.current:
            title = "Une simulation est en cours : terminez-la avant de changer de tour."
            raise SittingError("simulation_runs", 409, title, {"simulation": sitting.current})
        told = {"round": made.number, "people": list(made.people), "write_id": write_id}
        self._write(Event(ROTATED, told, actor, event_id=write_id))

    def show(self, simulation: str, seat: str, by: str, sitting: Sitting) -> None:
        """That observer's grid of a simulation is open to the three, for good. Raises SittingError before it is over."""
        if seat in self.shown.get(simulation, {}):
            return
        if sitting.simulations[simulation].state is not SimulationState.OVER:
            title = "La simulation n'est pas terminée : la grille se montre après."
            raise SittingError("not_over", 409, title, {"simulation": simulation})
        self._write(Event(SHOWN, {"simulation": simulation, "seat": seat, "by": by}, seat))

    def _write(self, event: Event) -> None:
        self._take(self._case.append_events([event]))

    def _take(self, rows: Sequence[JournalRow]) -> None:
        self.rounds = (*self.rounds, *fold_rounds(rows))
        for row in rows:
            if row.kind == ROTATED:
                self._answered.add(str(row.data["write_id"]))
            elif row.kind == SHOWN:
                self.shown.setdefault(str(row.data["simulation"]), {})[str(row.data["seat"])] = row

    # --- what is told -------------------------------------------------------------------------------

    def view(self, sitting: Sitting) -> dict[str, Any]:
        """`people` in the order of the roles, [] before anybody was named. `proposed`: the simulation to play next."""
        now = self.now
        return {
            "round": now.number if now else 0,
            "people": list(now.people) if now else [],
            "proposed": sitting.proposed,
            "played": [asdict(one) for one in played_by(self.rounds, sitting.simulations.values())],
            "shown": sorted(self.shown),
        }
