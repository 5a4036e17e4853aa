"""`plateau rotation`: a class's plan on the screen and in a file; what it refuses, in a sentence."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from tests.scenarios.room_world import write_pack
from workstation.cli import plateau


def test_a_plan_on_the_screen_and_in_a_file(tmp_path: Path) -> None:
    words = ["rotation", "Ana", "Bao", "Cyr", "--pack", str(write_pack(tmp_path)), "--csv", str(tmp_path / "plan.csv"), "--whole"]
    made = CliRunner().invoke(plateau, words)
    assert made.exit_code == 0 and "\n2     1      1       S2 c9       Cyr        Ana     Bao\n" in made.output, made.output
    assert "S2 c9 : " in made.output
    table = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == 7 and table[3] == "3;1;2;S1 c2;Bao;Cyr;Ana;"


def test_what_is_refused(tmp_path: Path) -> None:
    for words, why in (
        ([], "Donner les prénoms, ou leur nombre"),
        (["Ana", "ana"], "Deux personnes portent le même nom"),
        (["--students", "12"], "il faut 2 postes pour 12"),
        (["Ana", "Bao", "--pack", str(write_pack(tmp_path)), "--csv", str(tmp_path / "nulle" / "part.csv")], "ne peut pas être écrit"),
    ):
        made = CliRunner().invoke(plateau, ["rotation", *words])
        assert made.exit_code == 2 and why in made.output, made.output
