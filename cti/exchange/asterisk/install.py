"""Where the Asterisk is that we run: the system's own, or a tree of unpacked packages in the user's cache, started by its own loader."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cti.exchange.asterisk.modules import MODULES
from cti.exchange.asterisk.packages import (
    PackagesUnavailable,
    Platform,
    PrivateApt,
    keyring,
    machine_suites,
    this_platform,
    unpack,
)  # fmt: skip

VERSIONS = (22, 20)
"""Long-term Asterisk that the configuration is written for, the best first."""
MARK = "plateau.json"
WANTED = ("asterisk", "asterisk-modules", "asterisk-core-sounds-fr-gsm")
NEEDED = re.compile(
    r"asterisk|asterisk-modules|asterisk-core-sounds-fr-gsm|lib(bsd0|c6|cap2|crypt1|edit2|gcc-s1|gsm1|jansson4|md0|srtp2-1|ssl3\w*"
    r"|sqlite3-0|systemd0|tinfo6|uriparser1|uuid1|xml2\w*|xml2-\d+|xslt1\.1|zstd1|popt0|lzma5|icu\d+)|zlib1g"
)
"""Of all that Debian's asterisk depends on, what the modules we load are linked to; more is fetched only when that is not enough."""
_SYSTEM_MODULES = (
    "usr/lib/{triplet}/asterisk/modules",
    "usr/lib/asterisk/modules",
    "usr/lib64/asterisk/modules",
    "usr/local/lib/asterisk/modules",
)
_SYSTEM_DATA = ("usr/share/asterisk", "var/lib/asterisk", "usr/local/share/asterisk")
Progress = Callable[[str], None]


class InstallFailed(Exception):
    """Asterisk cannot be had; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Installation:
    """`command` starts the program, options to follow. `data` holds `documentation/` and, mostly, `sounds/`. `ours`: unpacked by us."""

    command: tuple[str, ...]
    modules: Path
    data: Path
    version: str
    ours: bool

    @property
    def french_sounds(self) -> Path | None:
        """The folder of French prompts; None where the system's Asterisk has none."""
        for name in ("fr_CA_f_June", "fr"):
            if (self.data / "sounds" / name / "digits").is_dir():
                return self.data / "sounds" / name
        return None


def cache_folder() -> Path:
    """Where the unpacked packages are kept by default."""
    return Path(platformdirs.user_cache_dir("plateau", appauthor=False)) / "asterisk"


def find(cache: Path | None = None) -> Installation | None:
    """The system's Asterisk, else the one unpacked before; None when there is neither. Nothing is fetched."""
    return find_system() or find_unpacked(cache or cache_folder())


def find_system(root: Path = Path("/")) -> Installation | None:
    """An Asterisk 20 or 22 with all the modules that we load."""
    program = shutil.which("asterisk", path=os.pathsep.join(str(root / name) for name in ("usr/sbin", "usr/local/sbin", "usr/bin")))
    if program is None:
        return None
    try:
        triplet = this_platform().triplet
    except PackagesUnavailable:
        triplet = ""
    version = version_of((program,))
    modules = next((root / m.format(triplet=triplet) for m in _SYSTEM_MODULES if (root / m.format(triplet=triplet)).is_dir()), None)
    data = next((root / d for d in _SYSTEM_DATA if (root / d / "documentation/core-en_US.xml").is_file()), None)
    if major(version) not in VERSIONS or modules is None or data is None or missing_modules(modules):
        return None
    return Installation((program,), modules, data, version, ours=False)


def find_unpacked(cache: Path) -> Installation | None:
    for mark in sorted(cache.glob(f"*/{MARK}"), reverse=True):
        with contextlib.suppress(OSError, ValueError, KeyError, PackagesUnavailable):
            return _tree(mark.parent, str(json.loads(mark.read_text())["version"]), this_platform())
    return None


def install(cache: Path | None = None, told: Progress = lambda _: None) -> Installation:
    """An Asterisk ready to run, fetched if need be; safe when two ask at once. Raises InstallFailed."""
    cache = cache or cache_folder()
    found = find(cache)
    if found is not None:
        return found
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / "lock", told):
            return find_unpacked(cache) or _fetch(cache, told)
    except PackagesUnavailable as error:
        raise InstallFailed(str(error)) from None
    except OSError as error:
        raise InstallFailed(f"Asterisk n'a pas pu être installé dans {error.filename or cache} : {error.strerror or error}.") from None


def version_of(command: tuple[str, ...]) -> str:
    """As the program says, "22.10.1"; "" when it does not run."""
    try:
        run = subprocess.run([*command, "-V"], capture_output=True, text=True, errors="replace", timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.match(r"Asterisk (\d+(?:\.\d+)*)", run.stdout)
    return found[1] if found else ""


def major(version: str) -> int:
    """0 when it cannot be read."""
    found = re.match(r"(?:\d+:)?(\d+)", version)
    return int(found[1]) if found else 0


def missing_modules(folder: Path) -> list[str]:
    return [name for name in MODULES if not (folder / f"{name}.so").is_file()]


@contextlib.contextmanager
def _alone(lock: Path, told: Progress) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            told("Une autre installation est en cours : on l'attend.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(cache: Path, told: Progress) -> Installation:
    """Into a folder beside, renamed once everything in it runs."""
    machine = this_platform()
    work = cache / f"partial-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    try:
        apt, version = _suite_with_asterisk(work, told)
        names = apt.closure(WANTED)
        root = work / "tree"
        told("Téléchargement des paquets d'Asterisk (environ 20 Mo)…")
        unpack(apt.fetch([name for name in names if NEEDED.fullmatch(name)]), root)
        tree = _tree(root, version, machine)
        if _unlinked(tree, root, machine):
            told("Il en manque : téléchargement de toutes leurs dépendances…")
            unpack(apt.fetch(names), root)
        lacking = _unlinked(tree, root, machine) or missing_modules(tree.modules)
        said = version_of(tree.command)
        if lacking or major(said) not in VERSIONS:
            raise InstallFailed(f"L'Asterisk du dépôt ({version}) ne convient pas : {', '.join(lacking[:5]) or 'il ne se lance pas'}.")
        for name in ("doc", "man", "locale", "lintian"):
            shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
        (root / MARK).write_text(json.dumps({"version": said}))
        final = cache / re.sub(r"[^A-Za-z0-9.]+", "-", f"{version}-{machine.triplet}")
        shutil.rmtree(final, ignore_errors=True)
        os.replace(root, final)
        told(f"Asterisk {said} est installé dans {final}.")
        return _tree(final, said, machine)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _suite_with_asterisk(work: Path, told: Progress) -> tuple[PrivateApt, str]:
    suites = machine_suites()
    for suite in suites:
        told(f"Recherche d'Asterisk dans les paquets de {suite.name}…")
        apt = PrivateApt(work / suite.name, suite, keyring())
        if apt.update():
            version = apt.candidate("asterisk")
            if major(version) in VERSIONS:
                return apt, version
    tried = ", ".join(dict.fromkeys(suite.name for suite in suites))
    raise InstallFailed(
        f"Le dépôt de cette machine n'a pas d'Asterisk 20 ni 22 (cherché dans {tried}) : installez-le avec les paquets du système."
    )


def _tree(root: Path, version: str, machine: Platform) -> Installation:
    libraries = root / "usr/lib" / machine.triplet
    command = (str(libraries / machine.loader), "--library-path", str(libraries), str(root / "usr/sbin/asterisk"))
    return Installation(command, libraries / "asterisk/modules", root / "usr/share/asterisk", version, ours=True)


def _unlinked(tree: Installation, root: Path, machine: Platform) -> list[str]:
    """Libraries that the program or one of our modules needs and the tree has not, as its own loader finds them."""
    loader, *words, program = tree.command
    lacking: set[str] = set()
    for file in (program, *(str(tree.modules / f"{name}.so") for name in MODULES)):
        try:
            run = subprocess.run([loader, *words, "--list", file], capture_output=True, text=True, errors="replace", timeout=20)
        except OSError:
            return [machine.loader]
        lacking |= set(re.findall(r"(\S+) => not found", run.stdout)) | set(re.findall(r"(\S+): cannot open shared object", run.stderr))
    return sorted(lacking)
