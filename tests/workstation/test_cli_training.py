"""`plateau training`: files are written where they are asked for, and one is told whose practice is meant."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.scenarios.practice_world import Play, play
from tests.scenarios.room_world import write_pack
from workstation.cli import plateau

NINE = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


def test_ecf_and_progress_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEAU_HOME", str(tmp_path))
    root, pack = tmp_path / "data" / "sittings", write_pack(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(plateau, ["training", *arguments])
        return done.exit_code, done.output

    code, told = run("ecf", "-o", str(tmp_path / "out"))
    assert code == 2 and "rien à reporter" in told
    play(root, pack, "one", Play(NINE))
    (root / "vide").mkdir()
    (root / "vide" / "lettre.txt").write_text("x")
    code, told = run("ecf", "-o", str(tmp_path / "out"))
    assert code == 0 and "vide : ce n'est pas une séance" in told
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [f"ecf-camille-roux.{end}" for end in ("csv", "odt", "pdf")]
    code, told = run("progress", "--pdf", str(tmp_path / "p.pdf"), "--csv", str(tmp_path / "p.csv"))
    assert code == 0 and "Fiche ouverte" in told and (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF") and (tmp_path / "p.csv").exists()
    play(root, pack, "two", Play(NINE, agent="Noé"))
    code, told = run("progress")
    assert code == 2 and "Camille Roux, Noé" in told and "--name" in told
    code, told = run("progress", "--name", "noe", "--since", "06/01/2026")
    assert code == 0 and "Aucune simulation terminée" in told
    code, told = run("progress", "--name", "Personne")
    assert code == 2 and "Camille Roux, Noé" in told
