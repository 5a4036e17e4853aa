"""A candidate's evidence as one sealed file, which opens without Plateau: a ZIP of documents and data, its hashes, their signature.

    sitting.json, grids.json …   what happened and what was decided, as data
    *.pdf, *.odt                 the same to read
    SHA256SUMS                   one line a file, as sha256sum writes it
    SHA256SUMS.sig               ECDSA P-256 with SHA-256 over SHA256SUMS
    signature.pem                the public key
    LISEZMOI.txt                 how to verify, with standard tools

Verified by hand: `unzip`, then `sha256sum -c SHA256SUMS`, then
`openssl dgst -sha256 -verify signature.pem -signature SHA256SUMS.sig SHA256SUMS`. Whoever keeps the centre's public key compares it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SUMS, SIGNATURE, PUBLIC_KEY, README = "SHA256SUMS", "SHA256SUMS.sig", "signature.pem", "LISEZMOI.txt"
KEY_FILE = "archive.key"
NAME = re.compile(r"[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)*")
FILE_LIMIT = 256_000_000  # bytes of one file read back
_OWN = (SUMS, SIGNATURE, PUBLIC_KEY, README)
_README = """Archive d'examen Plateau
{title}

Cette archive s'ouvre et se vérifie sans Plateau, avec des outils courants :

  unzip {name} -d archive && cd archive
  sha256sum -c SHA256SUMS
  openssl dgst -sha256 -verify signature.pem -signature SHA256SUMS.sig SHA256SUMS

La première vérification dit que chaque fichier est celui qui a été scellé ; la seconde, que la liste a été scellée avec la clé du
centre. Comparez l'empreinte de la clé avec celle que le centre garde :

  sha256sum signature.pem
  {fingerprint}

Scellée le {sealed_at} (UTC).
"""


class ArchiveUnusable(Exception):
    """An archive that cannot be made or believed; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Verified:
    """What was found good: the files, and the SHA-256 of the public key (hexadecimal), to compare with the centre's."""

    files: tuple[str, ...]
    key_sha256: str


def archive_name(number: str) -> str:
    """Of the file that a candidate's archive is."""
    return f"candidat-{re.sub(r'[^A-Za-z0-9_-]', '-', number)}.zip"


def signing_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The room's key, made the first time, readable by its owner only. Raises ArchiveUnusable."""
    path = folder / KEY_FILE
    try:
        if path.exists():
            key = serialization.load_pem_private_key(path.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ArchiveUnusable(f"La clé {path} n'est pas une clé de signature d'archives.")
            return key
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
        return key
    except (OSError, ValueError) as error:
        raise ArchiveUnusable(f"La clé de signature {path} est illisible ({error}).") from None


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def write_archive(target: Path, title: str, files: Mapping[str, bytes], key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> str:
    """Writes the archive, whole or not at all; returns its own SHA-256. Names are plain: letters, digits, `_.-`, folders by `/`.
    Raises ArchiveUnusable."""
    if wrong := [name for name in files if not NAME.fullmatch(name) or ".." in name.split("/") or name in _OWN]:
        raise ArchiveUnusable(f"Nom de fichier interdit dans une archive : {wrong[0]!r}.")
    pem = public_pem(key)
    words = _README.format(
        title=" ".join(title.split()),
        name=target.name,
        fingerprint=hashlib.sha256(pem).hexdigest(),
        sealed_at=now.astimezone(dt.UTC).isoformat(timespec="seconds"),
    ).encode()
    content = {README: words, **dict(sorted(files.items()))}
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in content.items()).encode()
    content |= {SUMS: sums, SIGNATURE: key.sign(sums, ec.ECDSA(hashes.SHA256())), PUBLIC_KEY: pem}
    draft = target.with_name(f"{target.name}.new")
    stamp = now.astimezone(dt.UTC).timetuple()[:6]
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in content.items():
                archive.writestr(zipfile.ZipInfo(name, stamp), body, zipfile.ZIP_DEFLATED)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, target)
        return hashlib.sha256(target.read_bytes()).hexdigest()
    except OSError as error:
        raise ArchiveUnusable(f"L'archive {target} ne peut pas être écrite ({error.strerror or error}).") from None


def verify_archive(path: Path) -> Verified:
    """Every file is the one that was sealed, none is missing or added, and the list is signed. Raises ArchiveUnusable saying what is
    not."""
    try:
        with zipfile.ZipFile(path) as archive:
            held = {one.filename: one for one in archive.infolist()}
            if len(held) != len(archive.infolist()):
                raise ArchiveUnusable(f"{path.name} contient deux fichiers du même nom.")
            if any(one.file_size > FILE_LIMIT for one in held.values()):
                raise ArchiveUnusable(f"{path.name} contient un fichier trop gros.")
            missing = [name for name in (SUMS, SIGNATURE, PUBLIC_KEY) if name not in held]
            if missing:
                raise ArchiveUnusable(f"{path.name} n'est pas une archive de Plateau : {missing[0]} manque.")
            sums, signature, pem = (archive.read(name) for name in (SUMS, SIGNATURE, PUBLIC_KEY))
            _check_signature(path, pem, signature, sums)
            listed = _listed(path, sums)
            there = set(held) - {SUMS, SIGNATURE, PUBLIC_KEY}
            for name in sorted(set(listed) ^ there):
                raise ArchiveUnusable(f"{path.name} : {name} {'manque' if name in listed else 'a été ajouté'}.")
            for name, digest in listed.items():
                if hashlib.sha256(archive.read(name)).hexdigest() != digest:
                    raise ArchiveUnusable(f"{path.name} : {name} a été modifié.")
    except (OSError, zipfile.BadZipFile) as error:
        raise ArchiveUnusable(f"{path} ne peut pas être lu ({error}).") from None
    return Verified(tuple(listed), hashlib.sha256(pem).hexdigest())


def _check_signature(path: Path, pem: bytes, signature: bytes, sums: bytes) -> None:
    try:
        key = serialization.load_pem_public_key(pem)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, sums, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, AssertionError):
        raise ArchiveUnusable(f"{path.name} : la signature ne vaut pas pour cette liste.") from None


def _listed(path: Path, sums: bytes) -> dict[str, str]:
    listed: dict[str, str] = {}
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not name or name in listed:
            raise ArchiveUnusable(f"{path.name} : la liste {SUMS} est abîmée.")
        listed[name] = digest
    return listed
