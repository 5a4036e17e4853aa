"""A sealed archive: opens and verifies with unzip, sha256sum and openssl; a byte changed, a file added or taken away is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scenarios.archive import ArchiveUnusable, signing_key, verify_archive, write_archive

NOW = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
FILES = {"sitting.json": b'{"candidate": "017"}', "documents/grille.pdf": b"%PDF-1.4", "replies/W1.odt": b"PK"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    target = tmp_path / "candidat-017.zip"
    digest = write_archive(target, "Session de novembre, candidat 017", FILES, signing_key(tmp_path / "salle"), NOW)
    assert digest == hashlib.sha256(target.read_bytes()).hexdigest()
    return target


def test_it_opens_and_verifies_without_plateau(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "archive")
    for command in (
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        ["openssl", "dgst", "-sha256", "-verify", "signature.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS"],
    ):
        assert shutil.which(command[0]), command[0]
        run = subprocess.run(command, cwd=tmp_path / "archive", capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
    told = (tmp_path / "archive/LISEZMOI.txt").read_text(encoding="utf-8")
    pem = (tmp_path / "archive/signature.pem").read_bytes()
    assert hashlib.sha256(pem).hexdigest() in told and "openssl dgst" in told and "candidat 017" in told


def test_it_is_verified_whole(made: Path) -> None:
    found = verify_archive(made)
    assert set(found.files) == {*FILES, "LISEZMOI.txt"} and len(found.key_sha256) == 64


def rewritten(made: Path, change: dict[str, bytes | None]) -> Path:
    with zipfile.ZipFile(made) as archive:
        content: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(made, "w") as archive:
        for name, body in {**content, **change}.items():
            if body is not None:
                archive.writestr(name, body)
    return made


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sitting.json": b'{"candidate": "018"}'}, "sitting.json a été modifié"),
        ({"sitting.json": None}, "sitting.json manque"),
        ({"note.txt": b"x"}, "note.txt a été ajouté"),
        ({"SHA256SUMS": b"0" * 64 + b"  sitting.json\n"}, "signature ne vaut pas"),
        ({"SHA256SUMS.sig": b"x"}, "signature ne vaut pas"),
        ({"signature.pem": b"x"}, "signature ne vaut pas"),
        ({"SHA256SUMS.sig": None}, "SHA256SUMS.sig manque"),
    ],
)
def test_what_was_touched_is_told(made: Path, change: dict[str, bytes | None], why: str) -> None:
    with pytest.raises(ArchiveUnusable, match=why):
        verify_archive(rewritten(made, change))


def test_the_key_is_the_room_s_and_its_owner_s(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "salle/archive.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = signing_key(tmp_path / "salle")
    assert isinstance(again, ec.EllipticCurvePrivateKey)
    write_archive(tmp_path / "autre.zip", "x", FILES, again, NOW)
    assert verify_archive(tmp_path / "autre.zip").key_sha256 == verify_archive(made).key_sha256
    path.write_text("abîmée")
    with pytest.raises(ArchiveUnusable, match=r"archive\.key"):
        signing_key(tmp_path / "salle")


@pytest.mark.parametrize("name", ["../x", "/x", "a b", "SHA256SUMS", "a/../b", ""])
def test_a_name_that_could_mislead_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveUnusable, match="interdit"):
        write_archive(tmp_path / "x.zip", "x", {name: b""}, signing_key(tmp_path), NOW)
    assert not (tmp_path / "x.zip").exists()


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    for path in (tmp_path / "x.zip", tmp_path / "absent.zip"):
        with pytest.raises(ArchiveUnusable, match="ne peut pas être lu"):
            verify_archive(path)
