"""A new pack loads, holds, and plays by turns only."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.customer import dialogue, moves
from scenarios.pack_load import load_pack
from scenarios.pack_new import create

from .pack_folders import DAY, skeleton


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


def test_editors_find_the_schemas(tmp_path: Path) -> None:
    pack = skeleton(tmp_path)
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
