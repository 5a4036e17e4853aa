"""A sealed subject opened for a room by two people, for as long as its session lasts.

<room>/unsealed/<digest>/        0700
    <slug>/                      the pack, as `plateau room` reads it
    opening.json                 who opened it and when

A session that is open finds its subject again after a crash, without its two people; the folder goes when the room stops without an
open session.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenarios.pack_files import pack_hash
from scenarios.room.register import Register
from scenarios.room.session_store import SessionStore
from scenarios.sealed_pack import SealUnusable, read_seal, unseal

UNSEALED = "unsealed"
OPENING = "opening.json"


@dataclass(frozen=True)
class Keeper:
    """One of the two people: a name for the minutes, and their code."""

    name: str
    code: str


@dataclass(frozen=True)
class Opening:
    """What the first row of each exam sitting says of it. `at`, `sealed_at`: ISO 8601."""

    digest: str
    slug: str
    title: str
    sealed_at: str
    at: str
    by: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        return {**asdict(self), "by": list(self.by)}


def open_sealed(room: Path, sealed: Path, keepers: tuple[Keeper, Keeper], now: dt.datetime) -> Path:
    """The pack's folder, opened; what was left of an earlier opening is replaced. Raises SealUnusable: nothing is left there then."""
    names = tuple(" ".join(one.name.split()) for one in keepers)
    if not all(names) or names[0].casefold() == names[1].casefold():
        raise SealUnusable("Il faut deux personnes, chacune avec son nom et son code.")
    outside = read_seal(sealed)
    place = _place(room, outside.digest)
    shutil.rmtree(place, ignore_errors=True)
    slug = re.sub(r"[^A-Za-z0-9_-]", "-", outside.slug) or "pack"
    try:
        place.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        place.mkdir(mode=stat.S_IRWXU)
        made = unseal(sealed, (keepers[0].code, keepers[1].code), place / slug)
        if pack_hash(place / slug) != made.digest:
            raise SealUnusable(f"Le contenu de {sealed.name} n'est pas celui que son en-tête annonce.")
        at = now.astimezone(dt.UTC).isoformat(timespec="seconds")
        opening = Opening(made.digest, made.slug, made.title, made.sealed_at, at, names)
        descriptor = os.open(place / OPENING, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(opening.told(), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise SealUnusable(f"Le sujet ne peut pas être ouvert dans {place} ({error.strerror or error}).") from None
    except SealUnusable:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return place / slug


def opening_of(pack: Path) -> Opening | None:
    """Who opened this pack; None for one that was never sealed."""
    try:
        body = json.loads((pack.parent / OPENING).read_text(encoding="utf-8"))
        return Opening(**{**body, "by": tuple(body["by"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def still_open(room: Path, sealed: Path, register: Register) -> Path | None:
    """The pack's folder when the session that is open in this room was opened with it: nobody is asked again. Raises SealUnusable."""
    session = SessionStore(register).current()
    outside = read_seal(sealed)
    if session is None or session.pack_hash != outside.digest:
        return None
    place = _place(room, outside.digest)
    found = [one for one in place.iterdir() if one.is_dir()] if place.is_dir() else []
    whole = len(found) == 1 and opening_of(found[0]) is not None and pack_hash(found[0]) == outside.digest
    return found[0] if whole else None


def tidy(room: Path, register: Register) -> None:
    """Opened subjects go, but the one of the session that is open."""
    session = SessionStore(register).current()
    kept = _place(room, session.pack_hash) if session is not None else None
    folder = room / UNSEALED
    for place in folder.iterdir() if folder.is_dir() else ():
        if place != kept:
            shutil.rmtree(place, ignore_errors=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def tidying(room: Path, register: Register) -> Callable[[], None]:
    """What a room does of it when it stops."""
    return lambda: tidy(room, register)


def _place(room: Path, digest: str) -> Path:
    """Raises SealUnusable for what is no digest."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise SealUnusable("L'en-tête de ce fichier est abîmé.")
    return room / UNSEALED / digest
