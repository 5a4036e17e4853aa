"""The words and the exit codes of `plateau rehearsal`; the rehearsals themselves are end to end (tests/e2e/test_rehearsal.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scenarios.rehearsal import checks, play
from scenarios.rehearsal.room import RehearsalFailed
from tests.scenarios.room_world import write_pack
from workstation.rehearsal_cli import rehearsal


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    write_pack(tmp_path)
    return ["--pack", str(tmp_path / "petit"), "--day", "23/11/2026", "--type", "ccp1", "--folder", str(tmp_path / "repetition")]


def test_a_type_the_standard_has_not_is_refused_with_those_it_has(words: list[str]) -> None:
    done = CliRunner().invoke(rehearsal, [*words, "--type", "ccp9"])
    assert done.exit_code == 2 and "ccp1, ccp2" in done.output


def test_a_folder_with_something_in_it_is_left_alone(words: list[str]) -> None:
    kept = Path(words[-1]) / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("à moi")
    done = CliRunner().invoke(rehearsal, words)
    assert done.exit_code == 2 and "n'est pas vide" in done.output
    assert list(kept.parent.iterdir()) == [kept]


def test_what_is_found_is_told_and_is_the_exit_code(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def over(self: play.Rehearsal) -> play.Played:
        self.say("Session close, archives faites.")
        self.played.session = {"id": "s1"}
        return self.played

    def found(played: play.Played) -> list[str]:
        return ["Candidat 001 : la phase written a duré 2398.000 s au lieu de 2400 s"]

    monkeypatch.setattr(play.Rehearsal, "play", over)
    monkeypatch.setattr(checks, "faults", found)
    done = CliRunner().invoke(rehearsal, words)
    assert done.exit_code == 1
    assert "09:00  Session close" in done.output and "≠ Candidat 001" in done.output and "1 anomalie(s)" in done.output
    assert "Tout est bon" not in done.output


def test_a_rehearsal_that_stops_says_why_and_where_it_is(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(self: play.Rehearsal) -> Any:
        raise RehearsalFailed("poste1 : GET /sitting reste sans réponse.")

    monkeypatch.setattr(play.Rehearsal, "play", stopped)
    done = CliRunner().invoke(rehearsal, words)
    assert done.exit_code == 1 and "reste sans réponse" in done.output and words[-1] in done.output
