"""`plateau archive verify`: clear words for an archive that is whole, touched, or signed by another key."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

from click.testing import CliRunner

from scenarios.archive import signing_key, verify_archive, write_archive
from workstation.cli import plateau

NOW = dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)


def verify(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(plateau, ["archive", "verify", *words])
    return result.exit_code, result.output


def test_a_whole_archive_and_the_key_it_is_signed_with(tmp_path: Path) -> None:
    path = tmp_path / "candidat-017.zip"
    write_archive(path, "Novembre", {"donnees.json": b"{}"}, signing_key(tmp_path), NOW)
    key = verify_archive(path).key_sha256
    code, words = verify(str(path))
    assert code == 0 and "archive intacte" in words and "2 fichiers" in words and key in words
    code, words = verify(str(path), "--key", key.upper())
    assert code == 0 and "C'est la clé attendue" in words
    code, words = verify(str(path), "--key", "0" * 64)
    assert code == 2 and "NE PAS S'Y FIER" in words and "autre clé" in words


def test_a_touched_archive_and_what_is_none(tmp_path: Path) -> None:
    path = tmp_path / "candidat-017.zip"
    write_archive(path, "Novembre", {"donnees.json": b"{}"}, signing_key(tmp_path), NOW)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("de-trop.txt", "x")
    code, words = verify(str(path))
    assert code == 2 and "NE PAS S'Y FIER" in words and "de-trop.txt a été ajouté" in words
    code, words = verify(str(tmp_path / "absente.zip"))
    assert code == 2 and "ne peut pas être lu" in words
