"""A sitting folded from its journal, its table, and the folders sittings live in."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.pack_files import pack_hash
from scenarios.pack_load import load_pack
from scenarios.sitting import (
    SITTING_TRANSITIONS,
    SimulationState,
    Sitting,
    SittingError,
    SittingEvent,
    fold_sitting,
    new_sitting,
    qualified_call,
)
from scenarios.sitting_store import FolderLock, SittingUnusable, note_over, open_sitting, place_of_sitting, read_card, unfinished_sittings
from tests.scenarios.room_world import DAY, REPO, write_pack


@dataclass(frozen=True)
class Kept:
    seq: int
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    at: str = "2026-11-23T09:00:00Z"
    actor: str = "candidate"
    call_key: str = ""


def started(simulation: str, seq: int = 2, write_id: str = "w") -> Kept:
    return Kept(seq, "SimulationStarted", {"simulation": simulation, "write_id": write_id})


def ended(simulation: str, seq: int = 3) -> Kept:
    return Kept(seq, "SimulationEnded", {"simulation": simulation})


def test_a_simulation_is_to_do_then_running_then_over() -> None:
    sitting = fold_sitting(["S1", "S2"], [Kept(1, "SittingOpened", {"id": "x"}), started("S1")])
    assert (sitting.current, sitting.simulations["S1"].state, sitting.opened) == ("S1", SimulationState.RUNNING, {"id": "x"})
    assert sitting.answers["w"] == {"simulation": "S1", "state": "en cours", "at": "2026-11-23T09:00:00Z", "seq": 2}
    sitting = sitting.apply(ended("S1", 9))
    assert (sitting.current, sitting.simulations["S1"].ended_seq, sitting.unfinished) == (None, 9, True)
    assert not sitting.apply(started("S2")).apply(ended("S2")).unfinished


@pytest.mark.parametrize(
    ("rows", "ask", "error_id", "words"),
    [
        ([], lambda s: s.may_start("S9"), "unknown_simulation", "n'existe pas"),
        ([started("S1")], lambda s: s.may_start("S1"), "already_running", "déjà en cours"),
        ([started("S1")], lambda s: s.may_start("S2"), "another_simulation_runs", "terminez-la"),
        ([started("S1"), ended("S1")], lambda s: s.may_start("S1"), "already_over", "nouvelle séance"),
        ([], lambda s: s.may_end("S1", [], []), "not_started", "pas commencé"),
        ([started("S1")], lambda s: s.may_end("S1", ["k"], []), "not_finished", "raccrochez"),
        ([started("S1")], lambda s: s.may_end("S1", [], ["k"]), "not_finished", "un appel reste à qualifier"),
        ([started("S1")], lambda s: s.may_end("S1", ["k"], ["a", "b"]), "not_finished", "2 appels restent à qualifier"),
    ],
)
def test_what_cannot_be_is_refused_in_words(rows: list[Kept], ask: Callable[[Sitting], None], error_id: str, words: str) -> None:
    with pytest.raises(SittingError) as refusal:
        ask(fold_sitting(["S1", "S2"], rows))
    assert refusal.value.error_id == error_id
    assert words in refusal.value.title


@given(st.lists(st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from(list(SittingEvent))), max_size=20))
def test_walks_stay_in_the_table(moves: list[tuple[str, SittingEvent]]) -> None:
    sitting = new_sitting(["S1", "S2"])
    for seq, (simulation, event) in enumerate(moves, start=1):
        before = sitting.simulations[simulation].state
        try:
            sitting = sitting.apply(Kept(seq, str(event), {"simulation": simulation}))
        except SittingError:
            assert (before, event) not in SITTING_TRANSITIONS
        else:
            assert sitting.simulations[simulation].state is SITTING_TRANSITIONS[before, event]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (Kept(1, "RecordCreated", {"record_kind": "interaction", "after": {"result": "ABOUTI", "call_key": "k"}}), "k"),
        (Kept(1, "RecordChanged", {"record_kind": "interaction", "after": {"result": "ABOUTI"}}, call_key="k"), "k"),
        (Kept(1, "RecordChanged", {"record_kind": "interaction", "after": {"comment": "x"}}, call_key="k"), ""),
        (Kept(1, "RecordChanged", {"record_kind": "interaction", "after": {"result": ""}}, call_key="k"), ""),
        (Kept(1, "RecordCreated", {"record_kind": "note", "after": {"result": "ABOUTI"}}, call_key="k"), ""),
        (Kept(1, "Searched", {"q": "x"}, call_key="k"), ""),
    ],
)
def test_an_interaction_saved_with_a_result_qualifies_its_call(row: Kept, key: str) -> None:
    assert qualified_call(row) == key


# --- folders ----------------------------------------------------------------------------------------


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def test_an_unfinished_sitting_of_the_same_pack_is_taken_up_again(tmp_path: Path) -> None:
    pack_folder, root = write_pack(tmp_path), tmp_path / "sittings"
    pack = load_pack(pack_folder, DAY)
    first = place_of_sitting(root, pack_folder, DAY, now=now())
    assert (first.folder.name, first.resumed, root.exists()) == ("20261123-090000-petit", False, False)
    case, card = open_sitting(first.folder, pack, "practice", lambda rows: None, now)
    case.close()
    note_over(first.folder, card, [])
    again = place_of_sitting(root, pack_folder, DAY + dt.timedelta(days=3))
    assert (again.folder, again.day, again.resumed) == (first.folder, DAY, True)
    fresh = place_of_sitting(root, pack_folder, DAY, fresh=True, now=now())
    erased = {fresh.folder.name}  # its id stays what it was
    assert place_of_sitting(root, pack_folder, DAY, fresh=True, now=now(), known=erased).folder.name not in erased
    assert fresh.folder.name == "20261123-090000-petit-2"
    note_over(first.folder, card, ["S1", "S2"])
    assert unfinished_sittings(root) == []
    assert not place_of_sitting(root, pack_folder, DAY).resumed


def test_a_changed_pack_is_not_mixed_with_an_old_sitting(tmp_path: Path) -> None:
    pack_folder = write_pack(tmp_path)
    folder = tmp_path / "sittings" / "one"
    case, card = open_sitting(folder, load_pack(pack_folder, DAY), "practice", lambda rows: None, now)
    case.close()
    note_over(folder, card, [])
    assert card.pack_hash == pack_hash(pack_folder)
    with pytest.raises(SittingUnusable, match="2026-11-23"):
        open_sitting(folder, load_pack(pack_folder, DAY + dt.timedelta(days=1)), "practice", lambda rows: None, now)
    (pack_folder / "brief" / "accueil.md").write_text("# Accueil\n\nAutre.\n", encoding="utf-8")
    assert not place_of_sitting(tmp_path / "sittings", pack_folder, DAY).resumed
    with pytest.raises(SittingUnusable, match="a changé"):
        open_sitting(folder, load_pack(pack_folder, DAY), "practice", lambda rows: None, now)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 3}', '{"simulations": 3, "over": []}'])
def test_a_folder_that_is_no_sitting_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "sitting.json").write_text(text, encoding="utf-8")
    assert read_card(tmp_path / "one") is None
    assert unfinished_sittings(tmp_path) == []


def test_a_folder_is_held_by_one_process_and_let_go_when_it_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from scenarios.sitting_store import FolderLock
lock = FolderLock(Path({str(tmp_path)!r}))
lock.take()
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SittingUnusable, match="déjà ouverte"):
            FolderLock(tmp_path).take()
        holder.kill()
    lock = FolderLock(tmp_path)
    lock.take()
    lock.release()
