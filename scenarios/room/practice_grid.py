"""The grid in practice: an observer's, of one simulation, theirs alone until they show it to the three; then it changes no more.

Whoever observes at the station marks and notes; whoever plays the customer ticks what the customer has said. The trainee's desk gets
nothing of it before it is shown, and then with the debrief of the simulation (`PracticeGrids.watched`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from scenarios.room.access import Identity
from scenarios.room.core import Room
from scenarios.room.grid import GridCase, NoteBody, grid_view
from scenarios.room.grid_store import GridStore
from scenarios.room.jury_seats import OBSERVER, PLAYER
from scenarios.room.live_sitting import LiveSitting
from scenarios.rotation import PeerRole, played_by
from scenarios.sitting import SittingError
from scenarios.standard import load_standard
from scenarios.watched import Noted, ShownGrid, Watched

TRAINEES_DESK = ""  # as who reads a grid


class PracticeGrids:
    def __init__(self, room: Room, store: GridStore) -> None:
        self._room, self._store = room, store

    def case(self, who: Identity, simulation: str = "") -> GridCase:
        """The grid of that simulation; of the one under way, else of the last, where none is named."""
        return self._case(self._room.of_jury(who), who.place, simulation)

    def _case(self, live: LiveSitting, seat: str, simulation: str) -> GridCase:
        sitting = live.sitting
        wanted = simulation or sitting.current or (sitting.order[-1] if sitting.order else "")
        if not wanted:
            raise SittingError("not_started", 409, "Aucune simulation n'a commencé à ce poste : la grille vient avec elle.", {})
        played = live.simulation(wanted)
        if sitting.simulations[wanted].started_at is None:
            raise SittingError("not_started", 409, "Cette simulation n'a pas commencé.", {"simulation": wanted})
        standard = load_standard(live.pack.identity.standard)
        noted = tuple(one for one in standard.competences if one.id == played.competence)
        shown = {one: row.at for one, row in live.team.shown.get(wanted, {}).items()}
        observes = seat and self._room.seats.seat(seat).role == OBSERVER
        grids = self._store.practised(live.card.id, wanted, seat if observes else "", shown)
        return GridCase(seat, live, standard, noted, grids, grids.shown_to(seat), wanted)

    def reading(self, who: Identity, simulation: str) -> GridCase:
        return self.case(who, simulation)

    def writing(self, who: Identity, simulation: str = "") -> GridCase:
        self._room.of_jury(who, OBSERVER)
        case = self.case(who, simulation)
        case.grids.may_write(who.place)
        return case

    def noting(self, who: Identity, note_id: str, body: NoteBody) -> GridCase:
        if body.pinned:
            raise SittingError("not_in_interview", 422, "En entraînement, il n'y a pas d'entretien technique.", {})
        self._of_one(who, note_id, body.simulation)
        return self.writing(who, body.simulation)

    def removing(self, who: Identity, note_id: str) -> GridCase:
        return self.writing(who, self._store.noted_of(self._room.of_jury(who).card.id, note_id))

    def _of_one(self, who: Identity, note_id: str, simulation: str) -> None:
        """A note stays with the simulation it was first about, whose grid may have been shown. Raises SittingError."""
        noted = self._store.noted_of(self._room.of_jury(who).card.id, note_id)
        if noted and noted != simulation:
            raise SittingError("other_simulation", 409, "Cette note est d'une autre simulation.", {"simulation": noted})

    def ticking(self, who: Identity, simulation: str) -> GridCase:
        self._room.of_jury(who, PLAYER)
        return self.case(who, simulation)

    def share(self, who: Identity, simulation: str) -> None:
        """Shown to the three. Raises SittingError before the simulation is over."""
        live = self._room.of_jury(who, OBSERVER)
        case = self._case(live, who.place, simulation)
        live.team.show(case.simulation, who.place, self._observer(live, who.place, case.simulation), live.sitting)

    def _observer(self, live: LiveSitting, seat: str, simulation: str) -> str:
        """Who observed from that seat: as the round names them where only one observes, else the seat's label."""
        played = {one.simulation: one for one in played_by(live.team.rounds, live.sitting.simulations.values())}
        named = played[simulation].people.get(PeerRole.OBSERVER, "") if simulation in played else ""
        observing = [one for one in self._room.seats.all() if one.station == live.station and one.role == OBSERVER]
        return named if named and len(observing) == 1 else self._room.seats.seat(seat).label

    def changed(self, who: Identity) -> None:
        self._room.of_jury(who).team.grid_version += 1
        self._room.changed()

    def view(self, case: GridCase) -> dict[str, Any]:
        names = {seat: str(row.data["by"]) for seat, row in case.live.team.shown.get(case.simulation, {}).items()}
        told = grid_view(case, self._store.revealed(case.sitting))
        return {**told, "names": names, "session": {"interview": []}, "open": False}

    # --- the debrief --------------------------------------------------------------------------------

    def watched(self, live: LiveSitting, simulation: str) -> Watched:
        """What people saw of a simulation that has begun, as far as all may know: the grids that were shown, what the customer has said."""
        case = self._case(live, TRAINEES_DESK, simulation)
        shown = live.team.shown.get(simulation, {})
        grids = tuple(
            ShownGrid(
                str(shown[seat].data["by"]),
                {criterion: str(value) for criterion, value in case.grids.marks_of(seat).items()},
                tuple(
                    Noted(dt.datetime.fromisoformat(one.at), one.competence or one.transversal, one.text)
                    for one in case.grids.notes
                    if one.juror == seat
                ),
            )
            for seat in case.readable
        )
        said = self._store.revealed(case.sitting).get(simulation, {})
        people = {one.simulation: one.people for one in played_by(live.team.rounds, live.sitting.simulations.values())}
        return Watched(grids, {fact: dt.datetime.fromisoformat(at) for fact, at in said.items()}, people.get(simulation, {}))
