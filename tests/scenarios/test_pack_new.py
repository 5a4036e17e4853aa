"""A new pack loads, holds, and plays by turns only."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from scenarios.customer import dialogue, moves
from scenarios.pack_check import check_pack
from scenarios.pack_load import load_pack
from scenarios.pack_new import create

from .pack_folders import DAY, OPTIONAL, OTHER_DAYS, skeleton


@pytest.mark.parametrize("slug", ["", "Mon-Pack", "a b", "../x", "x" * 41, "-a"])
def test_a_slug_is_small_letters(tmp_path: Path, slug: str) -> None:
    with pytest.raises(ValueError, match="minuscules"):
        create(tmp_path / "p", slug, "Titre")


@pytest.mark.parametrize("title", ["", "  ", 'a"b', "a{J}", "x" * 81])
def test_a_title_is_plain_text(tmp_path: Path, title: str) -> None:
    with pytest.raises(ValueError, match="titre"):
        create(tmp_path / "p", "pack", title)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "deja.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="n'est pas vide"):
        create(tmp_path, "pack", "Titre")
    assert [p.name for p in tmp_path.iterdir()] == ["deja.txt"]


@pytest.mark.parametrize("day", [DAY, *OTHER_DAYS], ids=str)
def test_it_has_no_fault_and_an_example_of_each_part(tmp_path: Path, day: dt.date) -> None:
    create(tmp_path / "neuf", "neuf", "Un pack neuf")
    assert check_pack(tmp_path / "neuf", day) == []
    pack = load_pack(tmp_path / "neuf", day)
    assert pack.retention is not None and len(pack.retention.offers) == 2
    for part in (pack.questionnaires, pack.trees, pack.campaigns, pack.letters, pack.canned, pack.sheets):
        assert len(part) >= 1
    assert {text.kind for text in pack.texts} == {"brief", "procedure", "knowledge"}
    assert any(record.kind == "campaign_target" for record in pack.records)


def test_what_is_optional_may_be_deleted(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
    assert check_pack(pack, DAY) == [] and not any((pack / name).exists() for name in OPTIONAL)


def test_editors_find_the_schemas(tmp_path: Path) -> None:
    pack = tmp_path / "neuf"
    create(pack, "neuf", "Un pack neuf")
    for path in pack.rglob("*.yaml"):
        line = path.read_text(encoding="utf-8").splitlines()[0]
        assert (path.parent / line.removeprefix("# yaml-language-server: $schema=")).resolve().is_file(), line


def test_it_plays_to_the_end_by_turns_only(tmp_path: Path) -> None:
    script = load_pack(skeleton(tmp_path), DAY).simulations[0].dialogue
    state, now, said, over = dialogue.start(script), 0.0, [], False
    stimuli: list[moves.Stimulus] = [moves.CallConnected()]
    for _ in range(60):
        if over:
            break
        stimulus = stimuli.pop(0) if stimuli else moves.TurnEnded(2.0)
        now += 2.0
        state, actions = dialogue.step(script, state, stimulus, now)
        for action in actions:
            if isinstance(action, moves.Say):
                said.append(action.line_id)
                stimuli.append(moves.LineFinished(action.line_id))
            over = over or isinstance(action, moves.HangUp)
    assert over and said == ["ouverture", "identite", "numero", "merci", "au_revoir"]
