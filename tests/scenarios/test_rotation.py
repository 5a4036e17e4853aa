"""Who is what next among three students, and what each of them played."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from scenarios.rotation import GOES_FR, NEXT, ROTATED, PeerRole, Practised, Round, first_round, fold_rounds, practised


@dataclass(frozen=True)
class Told:
    seq: int
    at: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    actor: str = "trainer"
    call_key: str = ""


def rotated(seq: int, made: Round) -> Told:
    return Told(
        seq, f"2026-11-23T09:{seq:02}:00+00:00", ROTATED, {"round": made.number, "roles": {one: str(r) for one, r in made.roles.items()}}
    )


def test_everybody_is_everything_once_in_three_rounds_and_comes_back() -> None:
    first = first_round("Ana", "Bao", "Cyr")
    rounds = [first, first.next(), first.next().next()]
    for person in ("Ana", "Bao", "Cyr"):
        assert {one.roles[person] for one in rounds} == set(PeerRole)
    assert rounds[2].next().roles == first.roles and rounds[2].next().number == 4
    assert [one.who(PeerRole.TRAINEE) for one in rounds] == ["Ana", "Cyr", "Bao"]
    assert first.next().who(PeerRole.CUSTOMER) == "Ana"
    assert set(NEXT) == set(NEXT.values()) == set(GOES_FR) == set(PeerRole)


@pytest.mark.parametrize("people", [("Ana", "Ana", "Cyr"), ("Ana", "", "Cyr"), ("", "", "")])
def test_three_different_people_are_needed(people: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="trois personnes"):
        first_round(*people)


def test_what_each_one_played_is_read_from_the_journal_without_any_score() -> None:
    first = first_round("Ana", "Bao", "Cyr")
    rows = [
        Told(1, "2026-11-23T09:01:00+00:00", "SimulationStarted", {"simulation": "S0"}),  # nobody was named yet
        rotated(2, first),
        Told(3, "2026-11-23T09:03:00+00:00", "SimulationStarted", {"simulation": "S2"}),
        Told(4, "2026-11-23T09:12:00+00:00", "SimulationEnded", {"simulation": "S2"}),
        rotated(5, first.next()),
        Told(6, "2026-11-23T09:15:00+00:00", "SimulationStarted", {"simulation": "S3"}),
    ]
    assert practised(rows) == (
        Practised("Ana", "S2", "2026-11-23T09:03:00+00:00", "2026-11-23T09:12:00+00:00"),
        Practised("Cyr", "S3", "2026-11-23T09:15:00+00:00"),
    )
    assert fold_rounds(rows) == (first, first.next())
