"""A candidate's jury changed while the sitting is open: a juror is missing or ill, recognises the candidate, changes machine.

One order of the session manager's: the change is journaled, whoever leaves is out at once (their grid stays as it is, closed), whoever
comes is seated. What a change may be is scenarios.jury's to say.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `jury_change_router`.
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from scenarios.grid import subjects_of, undecided
from scenarios.jury import Circumstances, Jury, JuryChange, JuryChanged, check_change, same_name
from scenarios.room.access import Identity, of_role
from scenarios.room.core import Room
from scenarios.room.grid_store import GridStore
from scenarios.room.jury_seats import OBSERVER, PLAYER
from scenarios.room.live_session import ExamRoom, named_jurors
from scenarios.room.live_sitting import LiveSitting
from scenarios.room.session_store import Candidate
from scenarios.sitting import SittingError
from scenarios.standard import load_standard

Seat = Annotated[str, Field(max_length=64)]


class ChangeBody(BaseModel):
    """`left`, `entered`: seats, "" nobody. `name` "": the session's for the seat entered, or the one who goes on. `same`: the person who
    leaves a seat goes on at the other, grid and all. `player`: who plays the customer from then on, "" as before."""

    model_config = ConfigDict(extra="forbid")
    write_id: Annotated[str, Field(min_length=1, max_length=128)]
    left: Seat = ""
    entered: Seat = ""
    name: Annotated[str, Field(max_length=120)] = ""
    same: bool = False
    player: Seat = ""
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class JuryChanger:
    def __init__(self, exam: ExamRoom, grids: GridStore, room: Room) -> None:
        self._exam, self._grids, self._room = exam, grids, room

    def change(self, number: str, wanted: JuryChange, write_id: str, actor: str) -> None:
        """Once for one `write_id`; asked again, what may have failed after it was journaled is made good. Raises SittingError."""
        candidate = next((one for one in self._exam.session().candidates if one.number == number), None)
        if candidate is None:
            raise SittingError("unknown_candidate", 404, "Ce candidat n'est pas inscrit à cette session.", {"number": number})
        if not candidate.sitting:
            return self._name(candidate, wanted)
        live = self._room.stations.get(candidate.station)
        if live is None or live.card.id != candidate.sitting or not live.jury.members:
            raise SittingError("passage_left", 409, "La séance de ce candidat n'est plus à son poste : son jury ne change plus.", {})
        if live.jury.made(write_id) is None:
            change = self._named(wanted, live)
            for seat in {change.entered, change.player} - {""}:
                self._check_place(seat, live)
            check_change(live.jury, change, self._around(candidate, live))
            self._hang_up(change, live)
            live.change_jury(change, write_id, actor)
        if (made := live.jury.made(write_id)) is not None:
            self._seat(made, live)
        self._exam.grid_changed()

    def view(self, who: Identity) -> dict[str, Any]:
        return self._exam.view(who)

    def _name(self, candidate: Candidate, wanted: JuryChange) -> None:
        """Before the sitting is opened nobody has examined: other seats are named, with the session's names, and nothing is journaled."""
        session = self._exam.session()
        jury = Jury(named_jurors(session, candidate))
        known = session.name_of(wanted.entered)
        if not (wanted.left or wanted.entered) or wanted.same or (wanted.entered and not same_name(known, wanted.name or known)):
            title = "Sa séance n'est pas ouverte : les noms se changent place par place (Alt+N), et chacun prend son rôle à sa console."
            raise SittingError("not_opened", 409, title, {"number": candidate.number})
        change = replace(wanted, name=known if wanted.entered else "", player="")
        check_change(jury, change, Circumstances(candidate.trainers))
        members, _left, _came = jury.after(change, 0)
        self._exam.store.change_candidate(session.id, replace(candidate, jury=tuple(one.seat for one in members)))
        self._room.changed()

    def _named(self, wanted: JuryChange, live: LiveSitting) -> JuryChange:
        """With the name that goes into the minutes, and with whoever plays the customer in place of the one who leaves."""
        before = live.jury.at(wanted.left)
        known = before.name if wanted.same and before is not None else self._exam.session().name_of(wanted.entered)
        plays = self._room.seats.player(live.station)
        player = wanted.player or (wanted.entered if wanted.left and plays == wanted.left else "")
        name = wanted.name.strip() or known
        return replace(wanted, name=name if wanted.entered else "", reason=wanted.reason.strip(), player=player)

    def _around(self, candidate: Candidate, live: LiveSitting) -> Circumstances:
        course, session = live.course.course, self._exam.session()
        contact = course.frozen is None and bool(live.sitting.current or live.board.station.alive)
        grids = self._grids.grids(candidate.sitting, tuple(one.id for one in live.jury.members))
        decided = not undecided(grids, subjects_of(load_standard(session.standard), self._exam.session_type()))
        return Circumstances(candidate.trainers, contact, decided, course.absent or course.postponed)

    def _check_place(self, seat: str, live: LiveSitting) -> None:
        """Raises SittingError for a seat this room has not, or that is at work with another candidate."""
        there = self._room.seats.seat(seat)
        other = self._room.stations.get(there.station)
        if other is None or other is live or self._exam.juror_at(seat, other) is None:
            return
        if other.course.in_session and not other.course.course.over:
            title = f"{there.label} est au jury d'un autre candidat, à {self._room.labels[other.station]} : choisissez une autre place."
            raise SittingError("seat_elsewhere", 409, title, {"seat": seat, "station": other.station})

    def _hang_up(self, change: JuryChange, live: LiveSitting) -> None:
        """While the clock stands the customer may still be on the line: whoever leaves is not."""
        stays = change.same and change.left == change.entered
        if change.left and not stays and self._room.seats.player(live.station) == change.left:
            for call in live.board.station.spoken:
                self._room.follower.order(functools.partial(self._room.exchange.clear, live.station, call.call_key))

    def _seat(self, made: JuryChanged, live: LiveSitting) -> None:
        """Whoever left is out, whoever came is there: what they heard and followed is cut first."""
        change, seats = made.change, self._room.seats
        gone, came = made.before, made.after
        if gone is not None and live.jury.at(gone.seat) is None and seats.seat(gone.seat).station == live.station:
            self._room.take_seat(gone.seat, "", "")
        elif gone is not None and made.gone is not None:
            self._room.send_off(gone.seat)  # another person, at the same seat
        plays = seats.player(live.station)
        if change.player and plays not in ("", change.player):
            self._room.take_seat(plays, OBSERVER, live.station)
        if change.player:
            self._room.take_seat(change.player, PLAYER, live.station)
        if came is not None and seats.seat(came.seat).station != live.station:
            self._room.take_seat(came.seat, OBSERVER, live.station)


def jury_change_router(changer: JuryChanger, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/session", tags=["session"])

    Manager = Annotated[Identity, Depends(of_role(authorise, "session_manager"))]

    @router.post("/candidates/{number}/jury")
    async def jury(number: str, body: ChangeBody, who: Manager) -> dict[str, Any]:
        """Who examines this candidate from now on."""
        change = JuryChange(body.left, body.entered, body.name, body.same, body.player, body.reason)
        changer.change(number, change, body.write_id, who.name)
        return changer.view(who)

    return router
