"""The check of the room as people read it; and the command, whose exit code says whether the room goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from scenarios.room.check import ITEMS, Cell, Outcome, Place, judge
from tests.scenarios.test_room_check import FAULTS, GOOD, HEARD, LOOP, ROOM, SEAT, STATION, UNPROVEN, changed, verdict
from workstation import check_cli
from workstation.check.words import ITEM_WORDS, SYMBOLS, WORDS, cell_words, faults, missing, progress_words, tables, verdict_words
from workstation.cli import plateau
from workstation.links.manage_link import RoomAway


def as_told(outcome: Outcome) -> dict[str, Any]:
    """As the room server gives it."""
    places = [{**dataclasses.asdict(row.place), "cells": {i: dataclasses.asdict(c) for i, c in row.cells.items()}} for row in outcome.rows]
    return {"verdict": outcome.verdict, "seconds": 8.4, "kept": True, "places": places}


def cells_of_all_kinds() -> list[tuple[str, Cell]]:
    found = [verdict(found) for found, _item, _state, _why in FAULTS] + [verdict(listened=listened) for listened, _why in UNPROVEN]
    found.append(
        judge(
            ROOM, [Place("poste3", "Poste 3", "station", "closed", "PC-3"), Place("poste2", "Poste 2", "station", "not_enrolled")], {}, ()
        )
    )
    return [(item, cell) for outcome in found for row in outcome.rows for item, cell in row.cells.items()]


def test_every_item_has_its_column_and_every_code_its_words() -> None:
    assert tuple(ITEM_WORDS) == ITEMS
    for item, cell in cells_of_all_kinds():
        told = dataclasses.asdict(cell)
        assert cell.state == "none" or (item, cell.why) in WORDS, (item, cell)
        words = cell_words(item, told)
        assert words.startswith(SYMBOLS[cell.state]) and "{" not in words
        if cell.state != "none":
            assert any(c.isalnum() for c in words), "never a symbol alone"
        if cell.state in ("failed", "warning"):
            assert WORDS[item, cell.why].what and WORDS[item, cell.why].mend, (item, cell.why)


def test_a_good_room_is_one_line_a_place() -> None:
    told = as_told(verdict())
    (table,) = tables(told, 160)
    assert [line.split("  ")[0] for line in table] == ["Place", "Poste 1", "Jury 1"]
    assert "✓ 62 ms 98 %" in table[1] and "✓ TLS + SRTP" in table[1] and "✓ +0,02 s" in table[1] and "✓ ↔ jury1" in table[1]
    assert [fault.state for fault in faults(told)] == ["warning"] and missing(told) == []
    assert verdict_words(told, faults(told)) == "GO : la salle est prête (8 s de contrôle)."


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_terminal_has_the_same_cells_in_further_tables(width: int) -> None:
    told = as_told(verdict())
    found = tables(told, width)
    assert len(found) > 1 and all(len(line) <= width for table in found for line in table)
    assert all(table[0].startswith("Place") and len(table) == 3 for table in found)
    text = "\n".join(line for table in found for line in table)
    assert all(title in text for title in ITEM_WORDS.values())


def test_the_same_fault_at_several_items_and_places_is_said_once_with_its_mend() -> None:
    silent = changed("loop", answered=False, why="no_answer")
    two = Place("poste2", "Poste 2", "station", "here", "PC-2")
    outcome = judge(ROOM, [STATION, two, SEAT], {"poste1": silent, "poste2": silent, "jury1": GOOD}, (HEARD,))
    told = [fault.text for fault in faults(as_told(outcome)) if fault.state == "failed"]
    assert told[0].startswith("✕ Poste 1, Poste 2 · Chiffrement, Boucle : l'appel d'essai n'a pas abouti (pas de réponse du central) → ")
    closed = Place("poste3", "Poste 3", "station", "closed", "PC-3")
    told = [fault.text for fault in faults(as_told(judge(ROOM, [closed, STATION, SEAT], {"poste1": GOOD, "jury1": GOOD}, (HEARD,))))]
    assert told[0] == (
        "✕ Poste 3 · Plateau : Plateau n'est pas ouvert sur PC-3 → "
        "y lancer plateau desk ou plateau jury ; sinon plateau code poste3 --revoke"
    )


def test_what_is_so_everywhere_is_not_listed_place_by_place() -> None:
    places = [*(Place(f"poste{n}", f"Poste {n}", "station", "here", "PC") for n in range(1, 11)), SEAT]
    told = as_told(judge(ROOM, places, {place.id: GOOD for place in places}, (HEARD,)))
    printers = [fault.text for fault in faults(told) if fault.state == "warning"]
    assert len(printers) == 1 and printers[0].startswith("! Tous les postes · Imprimante : aucune imprimante n'est configurée → ")


def test_what_a_machine_calls_itself_cannot_draw() -> None:
    loop = LOOP.model_copy(update={"speaker": "\x1b[2J\x07{place}", "microphone": "m"})
    told = as_told(verdict(dataclasses.replace(GOOD, loop=loop)))
    assert not any(ord(c) < 32 for table in tables(told, 160) for line in table for c in line)


def test_a_room_without_a_jury_says_so() -> None:
    told = as_told(judge(ROOM, [STATION], {"poste1": GOOD}, ()))
    assert [fault.text for fault in missing(told)] == ["✕ aucune place de jury n'est ouverte"]


def test_the_progress_in_words() -> None:
    assert progress_words({"step": "listening", "round": 1, "rounds": 2}) == "Écoute, tour 1 sur 2…"
    assert (
        len({progress_words({"step": step, "round": 1, "rounds": 1}) for step in ("machines", "loop", "listening", "listening_again")}) == 4
    )


# --- the command ----------------------------------------------------------------------------------------


class Room:
    """What the room server answers, in order; the last again and again."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *error: object) -> None: ...

    def ask(self, method: str, path: str) -> Any:
        self.asked.append(f"{method} {path}")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    def command(*answers: Any) -> tuple[int, str]:
        room = Room(*answers)
        monkeypatch.setattr("workstation.links.manage_link.ManageLink", lambda folder: room)
        monkeypatch.setattr(check_cli, "ASKED_EVERY", 0.0)
        done = CliRunner().invoke(plateau, ["check"], env={"COLUMNS": "160"})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert room.asked[0] == "POST /manage/check"
        return done.exit_code, done.output

    return command


def test_go_is_exit_code_0(run: Callable[..., tuple[int, str]]) -> None:
    code, said = run({"state": "running"}, {"state": "running", "step": "loop"}, {"state": "done", "result": as_told(verdict())})
    assert code == 0 and "Chaque machine s'appelle elle-même…" in said and "GO : la salle est prête" in said


def test_no_go_is_exit_code_1(run: Callable[..., tuple[int, str]]) -> None:
    code, said = run({"state": "running"}, {"state": "done", "result": as_told(verdict(changed("loop", heard=False)))})
    assert code == 1 and "✕ RIEN N'ARRIVE" in said and "NO-GO : 1 point(s) à régler." in said


@pytest.mark.parametrize(
    "answers",
    [
        (RoomAway("Poste 3 est en communication : le contrôle attendra la fin."),),
        ({"state": "running"}, {"state": "abandoned", "title": "Poste 3 joue la simulation S1 : le contrôle a été abandonné."}),
        ({"state": "running"}, {"state": "never"}),
    ],
)
def test_a_check_that_was_not_made_is_no_verdict(run: Callable[..., tuple[int, str]], answers: tuple[Any, ...]) -> None:
    code, said = run(*answers)
    assert code == 2 and "GO" not in said and len(said.strip().splitlines()[-1]) > 20


def test_there_is_no_way_to_force_it() -> None:
    assert CliRunner().invoke(plateau, ["check", "--force"]).exit_code == 2
