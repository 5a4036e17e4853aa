"""Who is what next among people who practise together, what each of them played, and the plan of a whole class."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.rotation import MOST, PeerRole, PlayedBy, Round, first_round, fold_rounds, played_by
from scenarios.rotation_plan import HEADS, class_plan, plan_csv, plan_rows, plan_text, teams, whole
from scenarios.sitting import Played, SimulationState


@dataclass(frozen=True)
class Told:
    """A row of the journal."""

    seq: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    at: str = ""
    actor: str = "jury1"
    call_key: str = ""


def test_everybody_is_everything_once_in_three_rounds_and_comes_back() -> None:
    first = first_round(["Ana", " Bao ", "Cyr"])
    rounds = [first, first.next(), first.next().next()]
    for role in PeerRole:
        assert {one.who(role) for one in rounds} == {"Ana", "Bao", "Cyr"}
    assert [one.who(PeerRole.TRAINEE) for one in rounds] == ["Ana", "Cyr", "Bao"]
    assert first.next().who(PeerRole.CUSTOMER) == "Ana"  # whoever was called plays next
    assert rounds[2].next() == Round(4, first.people)


def test_two_swap_and_nobody_observes_of_four_one_waits() -> None:
    pair, four = first_round(["Ana", "Bao"]), first_round(["Ana", "Bao", "Cyr", "Dia"])
    assert pair.next().people == ("Bao", "Ana") and pair.who(PeerRole.OBSERVER) == ""
    assert four.next().people == ("Dia", "Ana", "Bao", "Cyr")


@given(st.integers(2, MOST))
def test_in_as_many_rounds_as_people_each_is_each_role_once(count: int) -> None:
    one, seen = first_round([f"P{n}" for n in range(count)]), Counter[tuple[str, PeerRole]]()
    for _round in range(count):
        seen.update((one.who(role), role) for role in PeerRole if one.who(role))
        one = one.next()
    assert set(seen.values()) == {1} and len(seen) == count * min(count, len(PeerRole))


@pytest.mark.parametrize("people", [["Ana"], ["Ana", "ana"], ["Ana", "", "Cyr"], ["x" * 41, "Ana"], [f"P{n}" for n in range(7)]])
def test_from_two_to_six_different_people_are_needed(people: list[str]) -> None:
    with pytest.raises(ValueError, match=r"noms :|même nom|signes"):
        first_round(people)


def test_what_each_one_played_is_read_from_the_journal_without_any_score() -> None:
    at = [dt.datetime(2026, 11, 23, 9, minute, tzinfo=dt.UTC) for minute in range(30)]
    rows = [
        Told(2, "PeersRotated", {"round": 1, "people": ["Ana", "Bao", "Cyr"]}),
        Told(5, "PeersRotated", {"round": 2, "people": ["Cyr", "Ana", "Bao"]}),
        Told(7, "CallOffered", {}),
    ]
    rounds = fold_rounds(rows)
    assert rounds == (Round(1, ("Ana", "Bao", "Cyr"), 2), Round(2, ("Cyr", "Ana", "Bao"), 5))
    played = [
        Played("S3", SimulationState.RUNNING, at[15], None, 6),
        Played("S0", SimulationState.OVER, at[0], at[1], 1, 2),  # nobody was named yet
        Played("S2", SimulationState.OVER, at[3], at[12], 3, 4),
        Played("S9"),
    ]
    role = PeerRole
    assert played_by(rounds, played) == (
        PlayedBy("S2", 1, {role.TRAINEE: "Ana", role.CUSTOMER: "Bao", role.OBSERVER: "Cyr"}, at[3].isoformat(), at[12].isoformat()),
        PlayedBy("S3", 2, {role.TRAINEE: "Cyr", role.CUSTOMER: "Ana", role.OBSERVER: "Bao"}, at[15].isoformat()),
    )


# --- a class ----------------------------------------------------------------------------------------

CLASS = st.tuples(st.integers(2, 13), st.integers(1, 5), st.integers(1, 10)).filter(lambda one: one[0] <= one[1] * MOST)
# people, stations, simulations


def named(count: int) -> list[str]:
    return [f"P{n}" for n in range(count)]


@given(CLASS, st.integers(1, 40))
def test_nobody_is_twice_at_once_and_everybody_is_somewhere(size: tuple[int, int, int], rounds: int) -> None:
    people, stations, simulations = size
    plan = class_plan(named(people), stations, named(simulations), rounds)
    for one in range(1, rounds + 1):
        now = [turn for turn in plan if turn.round == one]
        assert sorted(person for turn in now for person in turn.people) == sorted(named(people))
        assert len({turn.station for turn in now}) == len(now) <= stations
    sizes = {len(turn.people) for turn in plan}
    assert max(sizes) - min(sizes) <= 1 and (min(sizes) >= 3 or people == 2)


@given(CLASS, st.integers(1, 40))
def test_at_any_moment_roles_are_fairly_shared_in_a_team(size: tuple[int, int, int], rounds: int) -> None:
    people, stations, simulations = size
    plan = class_plan(named(people), stations, named(simulations), rounds)
    for team in teams(named(people), stations):
        own = [turn for turn in plan if team[0] in turn.people]
        once_more = 1 + (rounds - 1) // simulations  # a sitting that begins one person further
        for role in range(min(3, len(team))):
            count = Counter({one: 0 for one in team})
            count.update(turn.people[role] for turn in own)
            assert max(count.values()) - min(count.values()) <= once_more


@given(CLASS)
def test_in_the_whole_plan_each_plays_each_role_in_each_simulation_once(size: tuple[int, int, int]) -> None:
    people, stations, simulations = size
    rounds = whole(named(people), stations, named(simulations))
    plan = class_plan(named(people), stations, named(simulations), rounds)
    for team in teams(named(people), stations):
        own = [turn for turn in plan if team[0] in turn.people][: len(team) * simulations]
        for role in range(min(3, len(team))):
            seen = Counter((turn.people[role], turn.simulation) for turn in own)
            assert set(seen.values()) == {1} and len(seen) == len(team) * simulations
        assert all(count == 1 for count in Counter((turn.sitting, turn.simulation) for turn in own).values())


def test_within_a_sitting_a_team_turns_as_a_room_does() -> None:
    plan = class_plan(["Ana", "Bao", "Cyr"], 1, [f"S{n}" for n in range(1, 10)], 18)
    one = first_round(plan[0].people)
    for turn in plan[:9]:
        assert turn.people == one.people
        one = one.next()
    assert plan[9].sitting == 2 and plan[9].people[0] != plan[0].people[0]  # S1 is another's


def test_the_table_as_text_and_as_a_file() -> None:
    plan = class_plan(["Ana", "Bao", "Cyr", "=1+1"], 2, ["S1", "S2"], 2)
    assert plan_rows(plan)[:2] == [HEADS, ("1", "1", "1", "S1", "Ana", "Bao", "Cyr", "=1+1")]
    assert plan_text(plan).splitlines() == [
        "Tour  Poste  Simulation  Stagiaire  Client  Observateur  Attend",
        "",
        "1     1      S1          Ana        Bao     Cyr          =1+1",
        "",
        "2     1      S2          =1+1       Ana     Bao          Cyr",
    ]
    assert plan_csv(plan).decode("utf-8-sig").splitlines()[1] == "1;1;1;S1;Ana;Bao;Cyr;'=1+1"
    pair = plan_rows(class_plan(["Ana", "Bao"], 3, ["S1"], 1))
    assert pair[1:] == [("1", "1", "1", "S1", "Ana", "Bao", "", "")]


@pytest.mark.parametrize(
    ("people", "stations", "rounds"),
    [(["Ana"], 1, 1), (["Ana", "Ana"], 1, 1), (["Ana", "Bao"], 0, 1), (["a", "b"], 1, 0), (list("abcdefg"), 1, 1)],
)
def test_a_plan_needs_people_a_station_and_a_round(people: list[str], stations: int, rounds: int) -> None:
    with pytest.raises(ValueError, match=r"[Ii]l faut|même nom"):
        class_plan(people, stations, ["S1"], rounds)
