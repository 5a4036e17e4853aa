"""Who of the jury sits where: a seat plays the customer for one station, or observes it. One player a station, any number of observers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scenarios.sitting import SittingError

PLAYER, OBSERVER = "role_player", "observer"
ROLES = (PLAYER, OBSERVER)


@dataclass(frozen=True)
class Seat:
    """`role` and `station` are "" for a seat that is nowhere; `since` is ISO 8601, UTC."""

    id: str
    label: str
    role: str = ""
    station: str = ""
    since: str = ""


class JurySeats:
    """`keep` makes a change durable before it is believed; it may raise."""

    def __init__(self, seats: Mapping[str, Seat], stations: Mapping[str, str], keep: Callable[[Seat], None]) -> None:
        self._seats = dict(seats)
        self._stations = dict(stations)  # id → label
        self._keep = keep

    def all(self) -> tuple[Seat, ...]:
        return tuple(self._seats.values())

    def seat(self, seat_id: str) -> Seat:
        """Raises SittingError for a seat this room has not."""
        try:
            return self._seats[seat_id]
        except KeyError:
            raise SittingError("unknown_seat", 404, "Cette place de jury n'existe pas dans cette salle.", {"seat": seat_id}) from None

    def station_of(self, seat_id: str, *roles: str) -> str:
        """Where that seat is. Raises SittingError when it is nowhere, or not in one of `roles`."""
        seat = self.seat(seat_id)
        if not seat.station:
            raise SittingError("no_station", 409, "Choisissez d'abord un poste.", {"seat": seat_id})
        if roles and seat.role not in roles:
            raise SittingError("forbidden", 403, "Cette place ne peut pas faire cela : changez de rôle.", {"role": seat.role})
        return seat.station

    def player(self, station: str) -> str:
        """The seat that plays the customer there; "" nobody."""
        return next((s.id for s in self._seats.values() if s.station == station and s.role == PLAYER), "")

    def take(self, seat_id: str, role: str, station: str, at: str) -> tuple[Seat, Seat]:
        """The seat before and after. Raises SittingError `seat_taken`, `unknown_station` or `unknown_role`."""
        before = self.seat(seat_id)
        if not role and not station:
            after = Seat(seat_id, before.label)
        else:
            if role not in ROLES:
                raise SittingError("unknown_role", 422, "Un juré joue le client ou observe.", {"role": role})
            if station not in self._stations:
                raise SittingError("unknown_station", 404, "Ce poste n'existe pas dans cette salle.", {"station": station})
            playing = self.player(station)
            if role == PLAYER and playing not in ("", seat_id):
                label = self.seat(playing).label
                title = f"{label} joue déjà le client de {self._stations[station]} : demandez-lui de quitter ce rôle."
                raise SittingError("seat_taken", 409, title, {"seat": playing, "station": station})
            same = (before.role, before.station) == (role, station)
            after = before if same else Seat(seat_id, before.label, role, station, at)
        if after != before:
            self._keep(after)
            self._seats[seat_id] = after
        return before, after
