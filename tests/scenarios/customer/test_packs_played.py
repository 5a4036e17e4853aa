"""The shipped simulations, played to their end: by turns alone, by keys, by what the journal says, and in silence."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any

import pytest

from scenarios.customer import moves as m
from scenarios.customer.french import spoken
from scenarios.customer.graph import spoken_texts
from scenarios.customer.state import Phase
from scenarios.matching import event_matches
from scenarios.pack import Edge, Pack, Simulation
from scenarios.pack_load import load_pack
from tests.scenarios.customer.playbook import Playbook, row

PACKS = Path(__file__).parents[3] / "scenarios" / "packs"
DAY = dt.date(2026, 11, 23)
PLAYED = [
    ("marvalune", "S1"),
    ("marvalune", "S2"),
    ("marvalune", "S4"),
    ("marvalune", "S5"),
    ("marvalune", "S6"),
    ("marvalune", "S7"),
    ("marvalune", "S8"),
    ("marvalune", "S9"),
]
by_simulation = pytest.mark.parametrize(("slug", "ident"), PLAYED)


@functools.cache
def pack(slug: str) -> Pack:
    return load_pack(PACKS / slug, DAY)


def simulation(slug: str, ident: str) -> Simulation:
    return pack(slug).simulation(ident)


def connected(played: Simulation) -> Playbook:
    play = Playbook(played.dialogue)
    play.give(m.CallConnected())
    play.finish()
    return play


def edges_of(play: Playbook) -> list[Edge]:
    """What the customer waits for where it is, its own edges first, without those whose facts are known."""
    line = next(line for line in play.dialogue.lines if line.id == play.state.node)
    return [e for e in (*line.next, *play.dialogue.always) if not (e.unless and play.state.revealed.issuperset(e.unless))]


def over(play: Playbook) -> bool:
    return play.state.phase is Phase.OVER


def any_match(wanted: Any) -> Any:
    """A value that fits what a condition wants."""
    if isinstance(wanted, dict):
        for name in ("one_of", "contains", "min", "max"):
            if name in wanted:
                return any_match(wanted[name])
        return "x"
    if isinstance(wanted, (list, tuple)):
        return any_match(wanted[0])
    return "x" if wanted == "*" else wanted


def row_for(condition: dict[str, Any]) -> dict[str, Any]:
    """A journal row that fits a dialogue's condition."""
    data: dict[str, Any] = {}
    for name, wanted in condition.items():
        if name == "kind":
            continue
        *path, last = name.split(".")
        place = data
        for part in path:
            place = place.setdefault(part, {})
        place[last] = any_match(wanted)
    made = row(str(any_match(condition.get("kind", "x"))), **data)
    assert event_matches(made["kind"], made["data"], condition)
    return made


@by_simulation
def test_turns_alone_lead_to_the_end(slug: str, ident: str) -> None:
    play = connected(simulation(slug, ident))
    for _ in range(60):
        if over(play):
            break
        play.speak()
        play.finish()
    assert over(play), f"still in {play.state.node} after 60 turns"
    assert play.told[-1].startswith("hangs up")


@by_simulation
def test_turns_alone_tell_every_fact_that_is_not_kept_back(slug: str, ident: str) -> None:
    played = simulation(slug, ident)
    play = connected(played)
    for _ in range(60):
        play.speak()
        play.finish()
    told = {word.removeprefix("reveals ") for word in play.told if word.startswith("reveals ")}
    kept = {f.id for f in played.persona.hidden if f.id not in told}
    tellable = {fact for line in played.dialogue.lines for fact in line.reveals} & {f.id for f in played.persona.hidden}
    assert len(tellable & kept) <= 2, f"told by turns: {sorted(told)}, kept: {sorted(kept)}"


@by_simulation
def test_keys_lead_to_the_end(slug: str, ident: str) -> None:
    play = connected(simulation(slug, ident))
    pressed: dict[tuple[str, str], int] = {}
    for _ in range(120):
        if over(play):
            break
        cues = [e.when.cue for e in edges_of(play) if e.when.cue and e.when.cue not in ("attente",)]
        cue = next((c for c in cues if not pressed.get((play.state.node, c))), None)
        if cue is None:
            play.speak()
        else:
            pressed[play.state.node, cue] = 1
            before = play.state.node
            assert play.give(m.CueGiven(cue)), f"{cue} in {before} does nothing"
        play.finish()
    assert over(play), f"still in {play.state.node}"
    assert pressed


@by_simulation
def test_what_the_journal_says_leads_on(slug: str, ident: str) -> None:
    """At each place the row it waits for, if it waits for one, else a turn."""
    play = connected(simulation(slug, ident))
    moved: list[str] = []
    for _ in range(80):
        if over(play):
            break
        line = next(line for line in play.dialogue.lines if line.id == play.state.node)
        wanted = [e for e in edges_of(play) if e.when.record and (e in line.next) and f"{play.state.node}>{e.go}" not in moved]
        if wanted:
            moved.append(f"{play.state.node}>{wanted[0].go}")
            play.give(m.JournalRow(row_for(wanted[0].when.record or {})))
            assert play.wait(1.5), f"{moved[-1]}: the row does nothing"
        else:
            play.speak()
        play.finish()
    assert over(play), f"still in {play.state.node}"
    assert moved or not any(e.when.record for line in play.dialogue.lines for e in line.next)


@by_simulation
def test_a_trainee_who_worked_ahead_reaches_the_end_too(slug: str, ident: str) -> None:
    """Every row any edge waits for came before the customer spoke."""
    played = simulation(slug, ident)
    play = Playbook(played.dialogue)
    for edge in (*played.dialogue.always, *(e for line in played.dialogue.lines for e in line.next)):
        if edge.when.record:
            play.give(m.JournalRow(row_for(edge.when.record)))
    play.give(m.CallConnected())
    for _ in range(80):
        play.finish()
        if over(play):
            break
        play.speak()
    assert over(play), f"still in {play.state.node}"


@by_simulation
def test_nobody_speaks_and_the_customer_does_not_stay_for_ever(slug: str, ident: str) -> None:
    play = connected(simulation(slug, ident))
    for _ in range(40):
        if over(play):
            break
        play.wait(30)
        play.finish()
    assert over(play), f"still in {play.state.node}"


@by_simulation
def test_a_forgotten_hold_ends_the_call_and_a_short_one_does_not(slug: str, ident: str) -> None:
    play = connected(simulation(slug, ident))
    play.speak()
    play.finish()
    play.give(m.CallHeld())
    play.wait(20)
    assert play.give(m.CallResumed())
    play.finish()
    assert not over(play)
    play.give(m.CallHeld())
    play.wait(600)
    assert over(play)


@by_simulation
def test_the_robot_says_that_it_is_one_and_every_line_can_be_spoken(slug: str, ident: str) -> None:
    played = simulation(slug, ident)
    play = Playbook(played.dialogue)
    play.give(m.CallConnected())
    if play.saying is None:
        play.speak()
    assert play.saying is not None and "virtuel" in play.saying.text
    speakers = {speaker.id for speaker in played.persona.speakers}
    for speaker, text in spoken_texts(played.dialogue):
        assert speaker in speakers
        assert spoken(text) and "{" not in text


def test_a_payment_link_is_opened_then_paid() -> None:
    for ident in ("S4", "S9"):
        play = connected(simulation("marvalune", ident))
        edge = next(e for e in play.dialogue.always if e.when.record)
        play.give(m.JournalRow(row_for(edge.when.record or {})))
        play.speak()
        play.finish()
        play.wait(6)
        play.finish()
        assert [word for word in play.told if word.startswith("does")] == ["does open_link", "does authorise_link"]
