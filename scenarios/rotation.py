"""Students who practise together: who is trainee, customer, observer, and who is what next. Pure.

    trainee → customer → observer (→ waits …) → trainee

Whoever was called plays next, while the situation is fresh; whoever played observes; whoever observed is called. Two swap, and nobody
observes; of four, one waits. The machines keep their places: people go from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scenarios.sitting import Played, Row

ROTATED = "PeersRotated"  # round (from 1), people (in the order of the roles), write_id: the row of each round
SHOWN = "GridShown"  # simulation, seat, by: an observer's grid was opened to the three
LEAST, MOST = 2, 6  # people of one team
LONGEST = 40  # characters of a name


class PeerRole(StrEnum):
    TRAINEE = "stagiaire"
    CUSTOMER = "client"
    OBSERVER = "observateur"


@dataclass(frozen=True)
class Round:
    """`people`: the trainee, the customer, the observer where there is one, then whoever waits, the last of them the next trainee.
    `number` counts from 1; `seq` is its row of the journal, 0 for one that has none yet."""

    number: int
    people: tuple[str, ...]
    seq: int = 0

    def next(self) -> Round:
        return Round(self.number + 1, turned(self.people))

    def who(self, role: PeerRole) -> str:
        """ "" nobody."""
        return dict(zip(PeerRole, self.people, strict=False)).get(role, "")


def turned(people: tuple[str, ...], by: int = 1) -> tuple[str, ...]:
    """The same people so many rounds later."""
    by %= len(people)
    return (*people[len(people) - by :], *people[: len(people) - by])


def first_round(people: Iterable[str]) -> Round:
    """Raises ValueError, in French, unless they are from two to six different names."""
    names = tuple(" ".join(one.split()) for one in people)
    if not LEAST <= len(names) <= MOST or not all(names):
        raise ValueError(f"Il faut de {LEAST} à {MOST} noms : le stagiaire, le client, puis l'observateur s'il y en a un.")
    if len({one.casefold() for one in names}) != len(names):
        raise ValueError("Deux personnes portent le même nom : ajoutez une initiale.")
    if any(len(one) > LONGEST for one in names):
        raise ValueError(f"Un nom tient en {LONGEST} signes au plus.")
    return Round(1, names)


def fold_rounds(rows: Iterable[Row]) -> tuple[Round, ...]:
    """The rounds a sitting's journal tells, in order."""
    return tuple(Round(int(row.data["round"]), tuple(map(str, row.data["people"])), row.seq) for row in rows if row.kind == ROTATED)


@dataclass(frozen=True)
class PlayedBy:
    """A simulation, and who was what in it: no score, only that it was played and when. Instants are ISO 8601, "" not yet."""

    simulation: str
    round: int
    people: Mapping[PeerRole, str]
    began_at: str
    ended_at: str = ""


def played_by(rounds: Iterable[Round], played: Iterable[Played]) -> tuple[PlayedBy, ...]:
    """The simulations that were begun in a round, in their order; those begun before anybody was named are nobody's."""
    known = tuple(rounds)
    found = []
    for one in sorted((one for one in played if one.started_seq), key=lambda one: one.started_seq):
        now = next((made for made in reversed(known) if made.seq < one.started_seq), None)
        if now is not None and one.started_at is not None:
            people = {role: now.who(role) for role in PeerRole if now.who(role)}
            ended = one.ended_at.isoformat() if one.ended_at else ""
            found.append(PlayedBy(one.id, now.number, people, one.started_at.isoformat(), ended))
    return tuple(found)
