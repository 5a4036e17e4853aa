"""Three students who practise together: trainee, customer, observer, and who is what next. Pure.

    trainee → customer → observer → trainee

Whoever was assessed plays next, while the situation is fresh; whoever played observes; whoever observed is assessed. With one person more
or fewer there is nothing to rotate: a pair swaps by taking each other's seat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scenarios.sitting import Row

ROTATED = "PeersRotated"  # round, roles: {person: role}


class PeerRole(StrEnum):
    TRAINEE = "stagiaire"
    CUSTOMER = "client"
    OBSERVER = "observateur"


NEXT: dict[PeerRole, PeerRole] = {
    PeerRole.TRAINEE: PeerRole.CUSTOMER,
    PeerRole.CUSTOMER: PeerRole.OBSERVER,
    PeerRole.OBSERVER: PeerRole.TRAINEE,
}
GOES_FR: dict[PeerRole, str] = {
    PeerRole.TRAINEE: "Prenez le poste : c'est vous que l'on appelle.",
    PeerRole.CUSTOMER: "Prenez la place du client : lisez sa fiche, appelez quand le poste est prêt.",
    PeerRole.OBSERVER: "Prenez la place de l'observateur : écoutez, relevez ce que vous constatez.",
}


@dataclass(frozen=True)
class Round:
    """Who is what. `number` counts from 1."""

    number: int
    roles: Mapping[str, PeerRole]

    def next(self) -> Round:
        return Round(self.number + 1, {person: NEXT[role] for person, role in self.roles.items()})

    def who(self, role: PeerRole) -> str:
        return next(person for person, held in self.roles.items() if held is role)


def first_round(trainee: str, customer: str, observer: str) -> Round:
    """Raises ValueError, in French, unless they are three."""
    if len({trainee, customer, observer} - {""}) != len(PeerRole):
        raise ValueError("Il faut trois personnes différentes : un stagiaire, un client, un observateur.")
    return Round(1, {trainee: PeerRole.TRAINEE, customer: PeerRole.CUSTOMER, observer: PeerRole.OBSERVER})


def fold_rounds(rows: Iterable[Row]) -> tuple[Round, ...]:
    """The rounds a sitting's journal tells, in order."""
    return tuple(
        Round(int(row.data["round"]), {str(person): PeerRole(role) for person, role in row.data["roles"].items()})
        for row in rows
        if row.kind == ROTATED
    )


@dataclass(frozen=True)
class Practised:
    """A simulation that somebody took as trainee: no score, only that it was played and when. Instants are ISO 8601, "" unknown."""

    person: str
    simulation: str
    began_at: str
    ended_at: str = ""


def practised(rows: Iterable[Row]) -> tuple[Practised, ...]:
    """What each trainee of a sitting played, in order; nobody's before the first round is told."""
    found: list[Practised] = []
    trainee = ""
    for row in rows:
        if row.kind == ROTATED:
            trainee = next((str(one) for one, role in row.data["roles"].items() if role == PeerRole.TRAINEE), "")
        elif row.kind == "SimulationStarted" and trainee:
            found.append(Practised(trainee, str(row.data["simulation"]), row.at))
        elif row.kind == "SimulationEnded":
            found = [
                Practised(one.person, one.simulation, one.began_at, row.at)
                if one.simulation == row.data["simulation"] and not one.ended_at
                else one
                for one in found
            ]
    return tuple(found)
