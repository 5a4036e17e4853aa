"""Where Asterisk comes from: the system's, or the machine's own mirror; and what is said when it cannot be had."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest

from cti.exchange.asterisk import install as installing
from cti.exchange.asterisk.install import (
    MARK,
    NEEDED,
    Installation,
    InstallFailed,
    find_system,
    find_unpacked,
    install,
    major,
    missing_modules,
    version_of,
)
from cti.exchange.asterisk.modules import MODULES
from cti.exchange.asterisk.packages import PackagesUnavailable, PrivateApt, Suite, machine_suites, this_platform, unpack
from tests.cti.asterisk.room_exchange import asterisk


def test_what_was_installed_here_runs_has_all_we_load_and_speaks_french() -> None:
    found = asterisk()
    assert major(found.version) in (20, 22) and version_of(found.command) == found.version
    assert missing_modules(found.modules) == []
    assert found.french_sounds is not None
    assert list(found.french_sounds.glob("digits/7.*")) and list(found.french_sounds.glob("ss-noservice.*"))
    assert (found.data / "documentation/core-en_US.xml").is_file()


def test_a_second_install_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asterisk()
    monkeypatch.setattr(installing, "_fetch", lambda *_: pytest.fail("fetched again"))
    assert install() == asterisk()


def fake_tree(cache: Path) -> Installation:
    (cache / "tree").mkdir(parents=True)
    (cache / "tree" / MARK).write_text(json.dumps({"version": "22.1.0"}))
    found = find_unpacked(cache)
    assert found is not None
    return found


def test_two_installs_at_once_fetch_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[Path] = []
    both = threading.Barrier(2, timeout=10)

    def fetch(cache: Path, told: object) -> Installation:
        fetched.append(cache)
        both.wait()  # the other one waits by now
        return fake_tree(cache)

    def told(words: str) -> None:
        assert "en cours" in words
        both.wait()

    monkeypatch.setattr(installing, "_fetch", fetch)
    monkeypatch.setattr(installing, "find_system", lambda: None)
    found: list[Installation] = []
    workers = [threading.Thread(target=lambda: found.append(install(tmp_path / "cache", told))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(found) == 2 and found[0] == found[1] and len(fetched) == 1


def test_a_damaged_mark_is_as_good_as_none(tmp_path: Path) -> None:
    fake_tree(tmp_path)
    (tmp_path / "tree" / MARK).write_text("{")
    assert find_unpacked(tmp_path) is None


# --- the system's own -----------------------------------------------------------------------------------


def system(root: Path, said: str = "Asterisk 20.11.1", lacking: str = "") -> None:
    """A system whose Asterisk says `said` and has all modules but one."""
    program = root / "usr/sbin/asterisk"
    modules = root / "usr/lib" / this_platform().triplet / "asterisk/modules"
    documentation = root / "usr/share/asterisk/documentation"
    for folder in (program.parent, modules, documentation):
        folder.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    for name in MODULES:
        if name != lacking:
            (modules / f"{name}.so").touch()
    (documentation / "core-en_US.xml").touch()


def test_the_systems_asterisk_is_used(tmp_path: Path) -> None:
    system(tmp_path)
    found = find_system(tmp_path)
    assert found is not None and (found.version, found.ours) == ("20.11.1", False)
    assert found.command == (str(tmp_path / "usr/sbin/asterisk"),) and found.french_sounds is None


@pytest.mark.parametrize(
    ("said", "lacking"), [("Asterisk 18.9.0", ""), ("Asterisk GIT-master", ""), ("", ""), ("Asterisk 22.1.0", "res_srtp")]
)
def test_a_system_asterisk_that_would_not_do_is_passed_over(tmp_path: Path, said: str, lacking: str) -> None:
    system(tmp_path, said, lacking)
    assert find_system(tmp_path) is None


def test_a_system_without_asterisk(tmp_path: Path) -> None:
    assert find_system(tmp_path) is None


# --- packages -------------------------------------------------------------------------------------------


def test_the_machines_own_mirror_is_asked_and_its_own_suite_first() -> None:
    suites = machine_suites()
    own = [
        line.partition("=")[2].strip().strip('"') for line in Path("/etc/os-release").read_text().splitlines() if "VERSION_CODENAME" in line
    ]
    assert suites[0].name == own[0] and "main" in suites[0].components
    assert {suite.mirror for suite in suites} == {suite.mirror for suite in suites if suite.name == own[0]}


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'x'", "ne répond pas"),
        ("E: Could not connect to x:80 (10.0.0.1), connection timed out", "ne répond pas"),
        ("E: Write error - write (28: No space left on device)", "disque est plein"),
        ("E: GPG error: x InRelease: The following signatures were invalid: BADSIG", "a refusé.*BADSIG"),
        ("E: The repository 'x forky Release' does not have a Release file.", "n'a pas d'Asterisk 20 ni 22 .*cherché dans"),
    ],
)
def test_what_apt_says_becomes_one_sentence_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, heard: str
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    known = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)", "Created-By: Packages"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (programs / "known").write_text(known)
    (programs / "said").write_text(said + "\n")
    (programs / "apt-get").write_text(
        f'#!/bin/sh\nif [ "$1" = indextargets ]; then cat "{programs}/known"; exit 0; fi\ncat "{programs}/said" >&2\nexit 100\n'
    )
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(installing, "find_system", lambda: None)
    with pytest.raises(InstallFailed, match=heard) as refused:
        install(tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_without_apt_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(installing, "find_system", lambda: None)
    with pytest.raises(InstallFailed, match=r"n'a pas apt.*installez Asterisk 20 ou 22"):
        install(tmp_path / "cache")


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "find_system", lambda: None)
    (tmp_path / "file").touch()
    with pytest.raises(InstallFailed, match=f"n'a pas pu être installé dans {tmp_path}/file"):
        install(tmp_path / "file" / "cache")


def test_nothing_unsigned_is_accepted(tmp_path: Path) -> None:
    """A mirror of our own that nobody signed, read by the real apt."""
    release = tmp_path / "mirror/dists/own/main/binary-amd64"
    release.mkdir(parents=True)
    (release / "Packages").write_text("Package: asterisk\nVersion: 1:22.0\nArchitecture: all\nFilename: x.deb\nSize: 1\n\n")
    (release.parents[1] / "Release").write_text("Suite: own\nCodename: own\nComponents: main\nArchitectures: amd64 arm64\n")
    apt = PrivateApt(tmp_path / "apt", Suite(f"file:{tmp_path}/mirror", "own", ("main",)), tmp_path / "no-keyring")
    with pytest.raises(PackagesUnavailable):
        assert not apt.update()
        raise AssertionError("an unsigned mirror was taken for an absent one")
    assert apt.candidate("asterisk") == ""


def test_packages_are_only_unpacked(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name, words in (("DEBIAN/control", "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"),
                        ("DEBIAN/postinst", f"#!/bin/sh\ntouch {tmp_path}/ran\n"), ("lib/x", "x")):  # fmt: skip
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(words)
    (source / "DEBIAN/postinst").chmod(0o755)
    subprocess.run(["dpkg-deb", "--build", source, tmp_path / "x.deb"], check=True, capture_output=True)
    unpack([tmp_path / "x.deb"], tmp_path / "root")
    assert (tmp_path / "root/usr/lib/x").read_text() == "x" and not (tmp_path / "ran").exists()
    (tmp_path / "y.deb").write_text("not a package")
    with pytest.raises(PackagesUnavailable, match=r"y\.deb"):
        unpack([tmp_path / "y.deb"], tmp_path / "root")


def test_which_of_debians_packages_are_taken() -> None:
    taken = ["asterisk", "asterisk-modules", "libc6", "libssl3t64", "libxml2-16", "libxml2", "libicu72", "zlib1g", "libsrtp2-1"]
    left = ["asterisk-voicemail", "libavcodec60", "libc6-dev", "postgresql", "asterisk-core-sounds-en-gsm", "libsystemd-shared"]
    assert [name for name in taken + left if NEEDED.fullmatch(name)] == taken
