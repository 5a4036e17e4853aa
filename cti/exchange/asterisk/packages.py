"""Debian packages without being root: fetched by the machine's own apt into a folder of ours, checked by it, and only unpacked.

Nothing of the machine is changed: apt gets its own state, cache and source list, and an empty list of installed packages. Which
mirror to ask, through which proxy and with which credentials, is what the machine's own apt is set up with.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LATER_SUITES = ("forky", "testing", "sid")
"""Asked in this order on the same mirror when a Debian's own suite does not carry the package."""
APT_LIMIT = 600.0  # seconds for one run of apt
_INDEX_FIELDS = "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)"
_NO_NETWORK = re.compile(r"resol|connect|unreachable|timed? ?out|Network|Failed to fetch", re.IGNORECASE)
_DISK_FULL = re.compile(r"No space left|not have enough free space|Disk quota|ENOSPC", re.IGNORECASE)


class PackagesUnavailable(Exception):
    """The packages cannot be had; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Platform:
    """How Debian names this kind of machine: `triplet` its library folder, `loader` its dynamic loader's file name."""

    triplet: str
    loader: str


_PLATFORMS = {
    "x86_64": Platform("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": Platform("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def this_platform() -> Platform:
    """Raises PackagesUnavailable."""
    found = _PLATFORMS.get(platform.machine())
    if found is None or platform.system() != "Linux":
        raise PackagesUnavailable(
            f"Asterisk ne s'installe pas de lui-même sur cette machine ({platform.system()} {platform.machine()}) : "
            "prenez un serveur Linux x86_64 ou aarch64."
        )
    return found


@dataclass(frozen=True)
class Suite:
    """One suite of the machine's own mirror."""

    mirror: str
    name: str
    components: tuple[str, ...]


class PrivateApt:
    """apt over one suite, in `folder`, as an ordinary user. Every method raises PackagesUnavailable."""

    def __init__(self, folder: Path, suite: Suite, keyring: Path) -> None:
        self._suite = suite
        try:
            for name in ("state/lists/partial", "cache/archives/partial", "debs"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / "state/status").write_text("")
            lines = [
                "Types: deb", f"URIs: {suite.mirror}", f"Suites: {suite.name}", f"Components: {' '.join(suite.components)}",
                "Targets: Packages", *([f"Signed-By: {keyring}"] if keyring.is_file() else []),
            ]  # fmt: skip
            (folder / "ours.sources").write_text("\n".join(lines) + "\n")
            # the machine's own hooks (desktop indexes, snapshots) are not for a private apt
            hooks = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
            (folder / "apt.conf").write_text("".join(f"#clear {hook};\n" for hook in hooks))
        except OSError as error:
            raise _unwritable(error) from None
        self._debs = folder / "debs"
        settings = {
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::sourcelist": folder / "ours.sources",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",  # the folder is ours alone: apt's own user could not write there
            "Debug::NoLocking": "true",  # the caller holds a lock
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Acquire::AllowInsecureRepositories": "false",
            "Acquire::AllowDowngradeToInsecureRepositories": "false",
        }
        self._options = ["-c", str(folder / "apt.conf"), *(word for key, value in settings.items() for word in ("-o", f"{key}={value}"))]

    def update(self) -> bool:
        """Fetch the suite's index, its signature checked. False when the mirror has no such suite."""
        run = _run(["apt-get", *self._options, "--error-on=any", "update"])
        if run.returncode == 0:
            return True
        if re.search(r"does not have a Release file|404", run.stderr):
            return False
        raise _refusal(f"l'index {self._suite.name} n'a pas été obtenu", run.stderr)

    def candidate(self, package: str) -> str:
        """The version that this suite would install; "" when it has none."""
        run = _run(["apt-cache", *self._options, "policy", package])
        found = re.search(r"Candidate: (\S+)", run.stdout)
        return found[1] if found and found[1] != "(none)" else ""

    def closure(self, packages: Iterable[str]) -> list[str]:
        """Those packages and all that they depend on, by name."""
        run = _run(["apt-get", *self._options, "install", "-qq", "--simulate", *packages])
        if run.returncode != 0:
            raise _refusal("les dépendances d'Asterisk ne se résolvent pas", run.stderr)
        return re.findall(r"^Inst (\S+)", run.stdout, re.MULTILINE)

    def fetch(self, packages: Iterable[str]) -> list[Path]:
        """Download these packages, and no dependency; apt checks each against the signed index."""
        run = _run(["apt-get", *self._options, "download", "-qq", *packages], cwd=self._debs)
        if run.returncode != 0:
            raise _refusal("les paquets n'ont pas été téléchargés", run.stderr)
        return sorted(self._debs.glob("*.deb"))


def machine_suites() -> list[Suite]:
    """The suite of the machine's own Debian (or derivative), then the later ones of the same mirror. Raises PackagesUnavailable."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise PackagesUnavailable(
            "Asterisk n'est pas installé, et cette machine n'a pas apt pour l'obtenir : "
            "installez Asterisk 20 ou 22 avec les paquets du système."
        )
    system = _os_release()
    own = system.get("VERSION_CODENAME", "")
    run = _run(["apt-get", "indextargets", "--format", _INDEX_FIELDS, "Created-By: Packages"])
    mirrors: dict[str, list[str]] = {}
    for line in run.stdout.splitlines():
        uri, _, rest = line.partition("\t")
        release, _, component = rest.partition("\t")
        if release in (own, "stable", "oldstable", "testing", "unstable", "sid") and component and "security" not in uri:
            kept = mirrors.setdefault(uri, [])
            if component in ("main", "universe") and component not in kept:
                kept.append(component)
    mirrors = {uri: components for uri, components in mirrors.items() if components}
    if not mirrors:
        raise PackagesUnavailable(
            "apt n'a pas de dépôt Debian dans ses réglages (/etc/apt) : ajoutez-en un, ou installez Asterisk avec les paquets du système."
        )
    names = (own, *(LATER_SUITES if system.get("ID") == "debian" else ()))
    return [Suite(uri, name, tuple(mirrors[uri])) for name in names if name for uri in mirrors]


def keyring() -> Path:
    """The keys of the machine's own distribution; where the file is missing, apt falls back on the keys it trusts for everything."""
    return Path(f"/usr/share/keyrings/{_os_release().get('ID', 'debian')}-archive-keyring.gpg")


def unpack(debs: Iterable[Path], root: Path) -> None:
    """Lay the packages' files under `root`; none of their scripts runs. Raises PackagesUnavailable."""
    try:
        for name in ("bin", "sbin", "lib", "lib64"):  # a Debian of today keeps all of these under /usr
            (root / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (root / name).exists():
                (root / name).symlink_to(f"usr/{name}")
    except OSError as error:
        raise _unwritable(error) from None
    for deb in debs:
        # not dpkg -x: it would put a folder in the place of those links
        words = f"dpkg --fsys-tarfile {shlex.quote(str(deb))} | tar -x --keep-directory-symlink -C {shlex.quote(str(root))}"
        run = _run(["bash", "-o", "pipefail", "-c", words])
        if run.returncode != 0:
            raise _refusal(f"{deb.name} n'a pas pu être ouvert", run.stderr)


def _run(words: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(
            words, cwd=cwd, env=environment, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=APT_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise PackagesUnavailable(f"apt n'a pas fini en {APT_LIMIT:.0f} secondes : vérifiez le réseau, puis recommencez.") from None
    except OSError as error:
        raise PackagesUnavailable(f"{words[0]} ne se lance pas : {error.strerror or error}.") from None


def _refusal(what: str, said: str) -> PackagesUnavailable:
    lines = [line.strip() for line in said.splitlines() if line.startswith(("E:", "W:", "Err:", "dpkg"))] or said.strip().splitlines()
    detail = (lines[0] if lines else "sans explication")[:300]
    if _DISK_FULL.search(said):
        return PackagesUnavailable(f"Le disque est plein : {what}. Libérez 200 Mo, puis recommencez plateau asterisk install.")
    if _NO_NETWORK.search(said):
        return PackagesUnavailable(f"Le dépôt de paquets ne répond pas : {what} ({detail}). Vérifiez le réseau, puis recommencez.")
    return PackagesUnavailable(f"apt a refusé : {what} ({detail}).")


def _unwritable(error: OSError) -> PackagesUnavailable:
    return PackagesUnavailable(f"Le dossier des paquets ne peut pas être écrit : {error.filename} ({error.strerror or error}).")


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
