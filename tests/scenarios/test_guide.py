"""The trainer's guide is true: what it says to type gives a pack without fault, whose simulation plays by turns, by keys, out of order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenarios.customer import dialogue, moves
from scenarios.pack import Dialogue
from scenarios.pack_load import load_pack
from workstation.cli import plateau

from .pack_folders import DAY, spoil

GUIDE = Path(__file__).parents[2] / "docs" / "ecrire-une-simulation.md"
BLOCK = re.compile(r"^```(console|yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACK = "les-clairs-rivages"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guide followed from top to bottom: commands run, files written; the lab is not opened."""
    monkeypatch.chdir(tmp_path)
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if kind == "console":
            for command in (line.removeprefix("$ plateau ") for line in text.splitlines()):
                run(command)
        elif kind == "yaml":
            name = text.splitlines()[0].removeprefix("# ")
            (tmp_path / PACK / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / PACK / name).write_text(text, encoding="utf-8")
    return tmp_path / PACK


def run(command: str, code: int = 0) -> str:
    words = shlex.split(command)
    if words[0] == "lab":
        words = [*words, "--help"]
    if words[:2] == ["pack", "check"]:
        words += ["--day", "23/11/2026"]
    result = CliRunner().invoke(plateau, words)
    assert result.exit_code == code, result.output
    return result.output


def play(script: Dialogue, stimuli: dict[str, list[moves.Stimulus]]) -> list[str]:
    """What is said by a customer whose agent finishes sentences, and does what `stimuli` says after a line."""
    state, now = dialogue.start(script, 1), 0.0
    said: list[str] = []
    waiting: list[moves.Stimulus] = [moves.CallConnected()]
    for _ in range(80):
        now += 2.0
        state, actions = dialogue.step(script, state, waiting.pop(0) if waiting else moves.TurnEnded(2.0), now)
        for action in actions:
            if isinstance(action, moves.Say):
                said.append(action.line_id)
                waiting += [moves.LineFinished(action.line_id), *stimuli.get(action.line_id, ())]
            if isinstance(action, moves.HangUp):
                return said
    raise AssertionError(f"it never ends: {said}")


def sent() -> moves.Stimulus:
    return moves.JournalRow({"kind": "RecordCreated", "data": {"record_kind": "document", "contact_id": "brassac-theo"}})


def test_what_the_guide_says_to_type_has_no_fault(typed: Path) -> None:
    assert "aucune erreur" in run(f"pack check {PACK}")
    assert {s.id for s in load_pack(typed, DAY).simulations} == {"S1", "S2"}
    minutes = [int(n) for pair in re.findall(r"^\| (\d+) – (\d+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE) for n in pair]
    assert minutes[0] == 0 and minutes[-1] == 60 and minutes[1:-1:2] == minutes[2::2]


def test_its_simulation_plays_as_it_says(typed: Path) -> None:
    script = load_pack(typed, DAY).simulation("S2").dialogue
    assert play(script, {}) == ["ouverture", "identite", "email", "attend", "recue", "au_revoir"]
    by_keys = play(script, {"ouverture": [moves.CueGiven("email")], "email": [moves.CueGiven("identification")], "identite": [sent()]})
    assert by_keys[:3] == ["ouverture", "email", "identite"] and by_keys[-1] == "au_revoir"
    early = play(script, {"identite": [sent()]})
    assert early[:4] == ["ouverture", "identite", "pas_recue", "email"], "he must say that he has received nothing"


def test_the_fault_it_shows_is_the_one_that_is_told(typed: Path) -> None:
    (shown,) = [text.strip() for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")) if kind == "text"]
    line = spoil(typed, "simulations/S2/dialogue.yaml", "go: email", "go: emial")
    output = run(f"pack check {PACK}", code=2)
    assert shown in output and f"simulations/S2/dialogue.yaml:{line}" in output
