"""The folders of sittings: one folder each, made from a pack, opened by one room server at a time.

    <root>/20261123-093012-marvalune/
        casefile.db     records and journal (crm_mock.casefile)
        sitting.json    what the folder is, readable without opening the case file
        documents/  debrief/  lock

`sitting.json` is written anew when a simulation ends; the journal is what counts.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from crm_mock import durable
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event, JournalRow
from scenarios.pack import Pack
from scenarios.pack_files import pack_hash

CASEFILE = "casefile.db"
CARD = "sitting.json"
LOCK = "lock"


class SittingUnusable(Exception):
    """This folder cannot be opened; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class SittingCard:
    """`sitting.json`. `day` is ISO; `over` the simulations played to their end."""

    id: str
    pack: str  # slug
    pack_hash: str
    title: str
    day: str
    mode: str
    opened_at: str
    simulations: tuple[str, ...]
    over: tuple[str, ...] = ()
    subject: str = ""  # "": a card of before subjects were several

    @property
    def unfinished(self) -> bool:
        return set(self.simulations) > set(self.over)


@dataclass(frozen=True)
class Place:
    """Where a sitting is, or will be; `day` is the one it was opened for, `subject` the pack's ("": its first)."""

    folder: Path
    day: dt.date
    resumed: bool = False
    subject: str = ""


def read_card(folder: Path) -> SittingCard | None:
    """What the folder says it is; None when it says nothing readable."""
    try:
        body = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return SittingCard(**{**body, "simulations": tuple(body["simulations"]), "over": tuple(body["over"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def subject_of(folder: Path) -> str:
    """The pack's subject that a sitting was opened with; "" where there is none yet, or none is told. Raises crm_mock's errors."""
    card = read_card(folder)
    if card is not None or not (folder / CASEFILE).exists():
        return card.subject if card is not None else ""
    case = CaseFile.open(folder / CASEFILE)
    try:
        return str(case.rows(0, 1)[0].data["pack"].get("subject", ""))
    finally:
        case.close()


def write_card(folder: Path, card: SittingCard) -> None:
    """Whole or not at all."""
    durable.write_file(folder / CARD, json.dumps(asdict(card), ensure_ascii=False, indent=1).encode())


def sittings(root: Path) -> list[tuple[Path, SittingCard]]:
    """Every sitting under `root`, newest first."""
    found = [(folder, card) for folder in root.iterdir() if (card := read_card(folder)) is not None] if root.is_dir() else []
    return sorted(found, key=lambda pair: (pair[1].opened_at, pair[0].name), reverse=True)


def unfinished_sittings(root: Path) -> list[tuple[Path, SittingCard]]:
    """Those with a simulation left to play, newest first."""
    return [(folder, card) for folder, card in sittings(root) if card.unfinished]


def place_of_sitting(
    root: Path,
    pack: Path,
    day: dt.date,
    *,
    fresh: bool = False,
    now: dt.datetime | None = None,
    station: str = "",
    variant: str = "",
    known: Collection[str] = (),
) -> Place:
    """The newest unfinished sitting made from this pack as it is now, of that subject where one is named, else a new place for `day`.
    Makes nothing on disk.

    `station` ends the new folder's name, and with it the sitting's id: the stations of a room open theirs in the same second. `known`: ids
    that are not given again, as of sittings whose folder is gone."""
    resumable = [] if fresh else unfinished_sittings(root)
    digest = pack_hash(pack) if resumable else ""
    for folder, card in resumable:
        if card.pack_hash == digest and variant in ("", card.subject):
            return Place(folder, dt.date.fromisoformat(card.day), resumed=True, subject=card.subject)
    slug = re.sub(r"[^A-Za-z0-9_.\-]", "-", pack.resolve().name) or "pack"
    name = "-".join(filter(None, [f"{(now or dt.datetime.now()):%Y%m%d-%H%M%S}", slug, station]))
    taken = {*known, *((p.name for p in root.iterdir()) if root.is_dir() else ())}
    tries = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    return Place(root / next(one for one in tries if one not in taken), day, subject=variant)


class FolderLock:
    """An advisory lock held while a room server has the folder; the system lets go of it when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._file: IO[str] | None = None

    def take(self, patience: float = 0.0) -> None:
        """Raises SittingUnusable when another process has it and keeps it for `patience` seconds: a room server whose lab was killed
        needs a moment to go."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return self._take()
            except SittingUnusable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _take(self) -> None:
        held = self._path.open("a+", encoding="utf-8")
        try:
            if sys.platform == "win32":
                import msvcrt

                held.seek(0)
                msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(held.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.close()
            raise SittingUnusable(
                f"La séance « {self._path.parent.name} » est déjà ouverte par un autre programme :"
                " fermez-le, ou commencez une nouvelle séance."
            ) from None
        self._file = held

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def opened_event(pack: Pack, sitting_id: str, mode: str, session: Mapping[str, Any] | None = None) -> Event:
    """The first row of the journal: which pack, whole and exact, for which day; of an exam's session, which one and whose passage."""
    data = {
        "id": sitting_id,
        "mode": mode,
        "day": pack.day.isoformat(),
        "pack": {
            "slug": pack.identity.slug,
            "title": pack.identity.title,
            "version": pack.identity.version,
            "subject": pack.identity.subject,
            "hash": pack.identity.hash,
        },
        "simulations": [s.id for s in pack.simulations],
        **({"session": dict(session)} if session else {}),
    }
    return Event("SittingOpened", data)


def open_sitting(
    folder: Path,
    pack: Pack,
    mode: str,
    on_commit: Callable[[Sequence[JournalRow]], None],
    now: Callable[[], dt.datetime],
    session: Mapping[str, Any] | None = None,
) -> tuple[CaseFile, SittingCard]:
    """The sitting's case file, made from the pack the first time. The folder's lock must be held.

    Raises SittingUnusable when the folder was opened with another pack or day, crm_mock's CaseFileUnusable for a damaged file.
    """
    path = folder / CASEFILE

    def today() -> dt.date:
        return pack.day

    if not path.exists():
        first = opened_event(pack, folder.name, mode, session)
        case = CaseFile.create(path, pack.records, first, pack.company, on_commit=on_commit, today=today, now=now)
    else:
        case = CaseFile.open(path, on_commit=on_commit, today=today, now=now)
    first_row = case.rows(0, 1)[0]
    opened = first_row.data
    if opened["day"] != pack.day.isoformat():
        case.close()
        raise SittingUnusable(
            f"Cette séance a été ouverte pour le {opened['day']} : reprenez-la à cette date, ou commencez-en une nouvelle."
        )
    if opened["pack"]["hash"] != pack.identity.hash:
        case.close()
        raise SittingUnusable("Le paquet de scénarios a changé depuis l'ouverture de cette séance : commencez une nouvelle séance.")
    if opened["pack"].get("subject", pack.identity.subject) != pack.identity.subject:
        case.close()
        raise SittingUnusable(f"Cette séance est celle du sujet {opened['pack']['subject']} : reprenez-la avec ce sujet.")
    identity = pack.identity
    card = read_card(folder) or SittingCard(
        opened["id"],
        identity.slug,
        identity.hash,
        identity.title,
        opened["day"],
        opened["mode"],
        first_row.at,
        tuple(opened["simulations"]),
        subject=identity.subject,
    )
    return case, card


def note_over(folder: Path, card: SittingCard, over: Sequence[str]) -> SittingCard:
    """The card with these simulations over, written when that changes something."""
    noted = replace(card, over=tuple(over))
    if noted != read_card(folder):
        write_card(folder, noted)
    return noted
