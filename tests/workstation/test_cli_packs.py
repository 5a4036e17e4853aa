"""`plateau pack new` and `plateau pack check` as a trainer types them: one sentence and a code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.scenarios.pack_folders import MARVALUNE
from workstation.cli import plateau
from workstation.cli_options import Refused, known_subject


def run(*words: str) -> Result:
    result = CliRunner().invoke(plateau, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_new_pack_has_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "mon-pack"
    assert run("pack", "new", str(folder), "--title", "Mon pack").exit_code == 0
    checked = run("pack", "check", str(folder), "--day", "23/11/2026")
    assert checked.exit_code == 0 and "aucune erreur" in checked.output


@pytest.mark.parametrize(
    ("name", "word"), [("Mon Pack !", "minuscules"), ("plein", "n'est pas vide"), ("fichier/dedans", "ne peut pas être écrit")]
)
def test_a_pack_that_cannot_be_made_is_said(tmp_path: Path, name: str, word: str) -> None:
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein" / "x").touch()
    (tmp_path / "fichier").touch()
    refused = run("pack", "new", str(tmp_path / name))
    assert refused.exit_code == 2 and word in refused.output and len(refused.output.strip().splitlines()) == 1


def test_every_error_of_a_pack_at_once_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "mon-pack"
    run("pack", "new", str(folder))
    codes = folder / "codes.yaml"
    codes.write_text(codes.read_text(encoding="utf-8").replace("asks: [comment]", "asks: [nothing]"), encoding="utf-8")
    refused = run("pack", "check", str(folder), "--day", "23/11/2026")
    told = [line for line in refused.output.splitlines() if line.startswith("codes.yaml:") or "codes.yaml:" in line]
    assert refused.exit_code == 2 and len(told) >= 2, refused.output


def test_the_spares_are_a_subject_of_the_practice_alone() -> None:
    assert [known_subject(MARVALUNE, asked) for asked in ("", "b", "C")] == ["", "B", "C"]
    assert known_subject(MARVALUNE, "r", practice=True) == "R"
    with pytest.raises(Refused, match="« R » inconnu de ce paquet : A, B, C"):
        known_subject(MARVALUNE, "R")


def test_the_brief_as_a_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("pack", "new", "mon-pack", "--title", "Mon pack")
    made = run("pack", "brief", "mon-pack", "--day", "23/11/2026")
    assert made.exit_code == 0 and "dossier-mon-pack.pdf : 1 pages" in made.output, made.output
    assert (tmp_path / "dossier-mon-pack.pdf").read_bytes().startswith(b"%PDF-")
    elsewhere = run("pack", "brief", "mon-pack", "--ccp", "ccp2", "--day", "23/11/2026", "-o", "extrait.pdf")
    assert elsewhere.exit_code == 0 and (tmp_path / "extrait.pdf").is_file()


@pytest.mark.parametrize(
    ("words", "said"), [(("--ccp", "ccp9"), "bloc « ccp9 » inconnu : ccp1, ccp2"), (("-o", "absent/x.pdf"), "absent/x.pdf")]
)
def test_a_brief_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    run("pack", "new", "mon-pack")
    refused = run("pack", "brief", "mon-pack", "--day", "23/11/2026", *words)
    assert refused.exit_code == 2 and said in refused.output and len(refused.output.strip().splitlines()) == 1
