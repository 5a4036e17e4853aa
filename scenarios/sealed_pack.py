"""A pack under seal: one encrypted file that takes two people, each with a code of their own, to open (domain §3.6).

    PLATEAU SEALED PACK 1\\n
    one line of JSON: what the file is, readable by anybody; the salts; nothing of the subject
    the pack as a ZIP archive, AES-256-GCM, the two lines above authenticated with it

The key is made of both codes: scrypt of each with its own salt, then HKDF-SHA256 over the two. One code alone opens nothing and says
nothing of the other; which of the two is typed first does not matter.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import secrets
import shutil
import stat
import zipfile
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from crm_mock import durable
from scenarios.pack_files import MAX_FILES

MAGIC = b"PLATEAU SEALED PACK 1\n"
SUFFIX = ".plateau"
HEADER_LIMIT = 4000  # bytes
FILE_LIMIT = 64_000_000  # bytes of a sealed file
UNPACKED_LIMIT = 256_000_000  # bytes of all its files
SCRYPT_N = 1 << 15  # with r=8: 32 MB and a tenth of a second a code
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # read aloud and typed: no I, L, O, 0, 1
GROUPS, GROUP = 5, 4  # letters: 31^20, some 99 bits a code


class SealUnusable(Exception):
    """A sealed file that cannot be made or opened; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Seal:
    """What anybody may read on the outside. `sealed_at` ISO 8601, UTC; `digest` the pack's hash (scenarios.pack_load.pack_hash)."""

    slug: str
    title: str
    digest: str
    sealed_at: str
    salts: tuple[bytes, bytes]
    nonce: bytes

    def line(self) -> bytes:
        told = {"slug": self.slug, "title": self.title, "digest": self.digest, "sealed_at": self.sealed_at}
        secret = {"salts": [b64encode(one).decode() for one in self.salts], "nonce": b64encode(self.nonce).decode()}
        return json.dumps({**told, **secret}, ensure_ascii=True, sort_keys=True).encode() + b"\n"


def new_code() -> str:
    """ABCD-EFGH-…: five groups of four."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def normalised(code: str) -> str:
    """As it was drawn, however it is typed: lower case, spaces, any dash."""
    return "".join(one for one in code.upper() if one in ALPHABET)


def seal(pack: Path, target: Path, *, slug: str, title: str, digest: str, codes: tuple[str, str], now: dt.datetime) -> Seal:
    """Writes the sealed file, whole or not at all. Raises SealUnusable."""
    if normalised(codes[0]) == normalised(codes[1]) or not all(map(normalised, codes)):
        raise SealUnusable("Il faut deux codes différents, un par personne.")
    made = Seal(
        slug,
        title,
        digest,
        now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        (secrets.token_bytes(16), secrets.token_bytes(16)),
        secrets.token_bytes(12),
    )
    outside = MAGIC + made.line()
    sealed = AESGCM(_key(made.salts, codes)).encrypt(made.nonce, _packed(pack), outside)
    try:
        durable.write_file(target, outside + sealed)
    except OSError as error:
        raise SealUnusable(f"Le fichier {target} ne peut pas être écrit ({error.strerror or error}).") from None
    return made


def read_seal(path: Path) -> Seal:
    """The outside of a sealed file. Raises SealUnusable."""
    return _read(path)[0]


def is_sealed(path: Path) -> bool:
    """Whether this is a sealed file rather than a pack's folder."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def unseal(path: Path, codes: tuple[str, str], target: Path) -> Seal:
    """Opens it into `target`, a new folder that only its owner can read. Raises SealUnusable: nothing is left there then."""
    made, outside, sealed = _read(path)
    packed = None
    for one, other in (codes, codes[::-1]):
        try:
            packed = AESGCM(_key(made.salts, (one, other))).decrypt(made.nonce, sealed, outside)
            break
        except InvalidTag:
            continue
    if packed is None:
        raise SealUnusable("Ces deux codes n'ouvrent pas ce sujet : vérifiez-les tous les deux, ou le fichier a été modifié.")
    try:
        target.mkdir(mode=stat.S_IRWXU, parents=True)
    except FileExistsError:
        raise SealUnusable(f"Le dossier {target} existe déjà.") from None
    except OSError as error:
        raise SealUnusable(f"Le dossier {target} ne peut pas être créé ({error.strerror or error}).") from None
    try:
        _unpacked(packed, target)
    except (OSError, zipfile.BadZipFile, SealUnusable) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise SealUnusable(f"Le contenu de {path.name} est illisible ({error}).") from None
    return made


def _key(salts: tuple[bytes, bytes], codes: tuple[str, str]) -> bytes:
    parts = [
        Scrypt(salt=salt, length=32, n=SCRYPT_N, r=8, p=1).derive(normalised(code).encode())
        for salt, code in zip(salts, codes, strict=True)
    ]
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=MAGIC).derive(b"".join(parts))


def _read(path: Path) -> tuple[Seal, bytes, bytes]:
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise SealUnusable(f"{path.name} est trop gros pour un sujet scellé.")
        content = path.read_bytes()
    except OSError as error:
        raise SealUnusable(f"Le fichier {path} ne peut pas être lu ({error.strerror or error}).") from None
    end = content.find(b"\n", len(MAGIC), len(MAGIC) + HEADER_LIMIT)
    if not content.startswith(MAGIC) or end < 0:
        raise SealUnusable(f"{path.name} n'est pas un sujet scellé de Plateau.")
    try:
        told = json.loads(content[len(MAGIC) : end])
        first, second = (b64decode(one, validate=True) for one in told["salts"])
        nonce = b64decode(told["nonce"], validate=True)
        made = Seal(str(told["slug"]), str(told["title"]), str(told["digest"]), str(told["sealed_at"]), (first, second), nonce)
    except (ValueError, KeyError, TypeError):
        raise SealUnusable(f"L'en-tête de {path.name} est abîmé.") from None
    return made, content[: end + 1], content[end + 1 :]


def _packed(pack: Path) -> bytes:
    held = io.BytesIO()
    try:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(one for one in pack.rglob("*") if one.is_file()):
                archive.write(file, file.relative_to(pack).as_posix())
    except OSError as error:
        raise SealUnusable(f"Le dossier {pack} ne peut pas être lu ({error.strerror or error}).") from None
    return held.getvalue()


def _unpacked(packed: bytes, target: Path) -> None:
    """Names come from a file that both codes authenticate; they are held inside the folder all the same."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        held = archive.infolist()
        if len(held) > MAX_FILES or sum(one.file_size for one in held) > UNPACKED_LIMIT:
            raise SealUnusable("trop de fichiers")
        for one in held:
            name = PurePosixPath(one.filename)
            if name.is_absolute() or ".." in name.parts or "\\" in one.filename or ":" in one.filename:
                raise SealUnusable("nom de fichier interdit")
            place = target.joinpath(*name.parts)
            place.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
            place.write_bytes(archive.read(one))
            place.chmod(stat.S_IRUSR | stat.S_IWUSR)
