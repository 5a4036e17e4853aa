"""A pack under seal: two codes open it, one does not, and nothing of the subject is readable on the outside."""

from __future__ import annotations

import datetime as dt
import io
import stat
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from scenarios import sealed_pack
from scenarios.pack_files import pack_hash
from scenarios.pack_load import load_pack
from scenarios.sealed_pack import ALPHABET, MAGIC, SealUnusable, is_sealed, new_code, normalised, read_seal, seal, unseal
from tests.scenarios.room_world import DAY, write_pack

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def sealed(pack: Path, tmp_path: Path) -> tuple[Path, tuple[str, str]]:
    codes = (new_code(), new_code())
    seal(pack, tmp_path / "sujet.plateau", slug="petit", title="Petit", digest=pack_hash(pack), codes=codes, now=NOW)
    return tmp_path / "sujet.plateau", codes


def test_two_codes_open_it_in_any_order_however_they_are_typed(pack: Path, sealed: tuple[Path, tuple[str, str]], tmp_path: Path) -> None:
    path, (one, other) = sealed
    typed = (other.lower().replace("-", " "), f" {one} ")
    made = unseal(path, typed, tmp_path / "ouvert")
    assert made.digest == pack_hash(tmp_path / "ouvert") == pack_hash(pack)
    assert load_pack(tmp_path / "ouvert", DAY).identity.slug == "petit"
    assert stat.S_IMODE((tmp_path / "ouvert").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in (tmp_path / "ouvert").rglob("*") if file.is_file())


def test_one_code_or_a_wrong_one_opens_nothing_and_leaves_nothing(sealed: tuple[Path, tuple[str, str]], tmp_path: Path) -> None:
    path, (one, other) = sealed
    for codes in ((one, one), (one, new_code()), (new_code(), other), (one, "")):
        with pytest.raises(SealUnusable, match="n'ouvrent pas"):
            unseal(path, codes, tmp_path / "ouvert")
    assert not (tmp_path / "ouvert").exists()


def test_nothing_of_the_subject_is_readable_on_the_outside(pack: Path, sealed: tuple[Path, tuple[str, str]]) -> None:
    path, codes = sealed
    content = path.read_bytes()
    for file in pack.rglob("*.yaml"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if len(line.strip()) > 25:
                assert line.strip().encode() not in content
    assert all(code.encode() not in content and normalised(code).encode() not in content for code in codes)
    assert (read_seal(path).title, is_sealed(path), is_sealed(pack)) == ("Petit", True, False)


@pytest.mark.parametrize("place", [0, 30, -1, -40])
def test_a_file_that_was_touched_does_not_open(sealed: tuple[Path, tuple[str, str]], tmp_path: Path, place: int) -> None:
    path, codes = sealed
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(SealUnusable):
        unseal(path, codes, tmp_path / "ouvert")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", MAGIC, MAGIC + b"{}\n", MAGIC + b"x" * 9000])
def test_what_is_no_sealed_file_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.plateau").write_bytes(content)
    with pytest.raises(SealUnusable) as refused:
        read_seal(tmp_path / "x.plateau")
    assert "\n" not in str(refused.value)
    with pytest.raises(SealUnusable):
        read_seal(tmp_path / "absent.plateau")


@pytest.mark.parametrize("name", ["../dehors", "/dehors", "a/../../dehors", "c:dehors", "a\\dehors"])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    codes = (new_code(), new_code())
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    made = sealed_pack.Seal("s", "t", "d", "now", (b"1" * 16, b"2" * 16), b"n" * 12)
    outside = MAGIC + made.line()
    inside = AESGCM(sealed_pack._key(made.salts, codes)).encrypt(made.nonce, held.getvalue(), outside)
    (tmp_path / "x.plateau").write_bytes(outside + inside)
    with pytest.raises(SealUnusable, match="illisible"):
        unseal(tmp_path / "x.plateau", codes, tmp_path / "ouvert")
    assert not (tmp_path / "ouvert").exists() and not (tmp_path / "dehors").exists()


def test_the_two_codes_are_of_two_people(pack: Path, tmp_path: Path) -> None:
    code = new_code()
    with pytest.raises(SealUnusable, match="deux codes différents"):
        seal(pack, tmp_path / "x.plateau", slug="s", title="t", digest="d", codes=(code, code.lower()), now=NOW)


@given(st.text(max_size=60))
def test_a_code_is_read_in_any_writing(noise: str) -> None:
    kept = normalised(noise)
    assert set(kept) <= set(ALPHABET) and normalised(kept.lower()) == kept
    code = new_code()
    assert len(normalised(code)) == 20 and normalised(code.replace("-", " ").lower()) == normalised(code)
