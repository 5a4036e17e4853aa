"""Recorded calls erased, because their time has passed or somebody asked: the file goes, the journal says so, a signed report proves it.

    <home>/erased/enregistrements-<instant>.json   every file with its SHA-256, why, when (scenarios.signed_report)

`home` is what holds `sittings/`: a lab's data, a room's folder. Calibration files that have gone out of it are not known here: they
carry their own date (calibration.py), and go when they are met.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_mock.casefile import CaseFile
from crm_mock.casefile_look import look
from crm_mock.errors import CrmError
from crm_mock.journal import Event
from scenarios.archive import ArchiveUnusable, signing_key
from scenarios.signed_report import write_signed
from scenarios.sitting_store import CASEFILE, FolderLock, SittingUnusable
from scenarios.training.recordings import ASKED, DEFAULT_DAYS, FOLDER, KINDS, TIME, Recording, recordings

logger = logging.getLogger(__name__)
REPORTS = "erased"
Opened = Callable[[Path], AbstractContextManager[CaseFile]]


@dataclass(frozen=True)
class Gone:
    """One recording that went; `sha256` of the file as it was found, "" when it was no longer there."""

    sitting: str
    call_key: str
    file: str
    bytes: int
    sha256: str
    began_at: str
    kept_until: str


@dataclass
class Erasure:
    """`held`: sittings that could not be touched, and why, in French."""

    gone: list[Gone] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    report: Path | None = None


@contextmanager
def closed_sitting(folder: Path) -> Iterator[CaseFile]:
    """The case file of a sitting that no program has open. Raises SittingUnusable, crm_mock's errors."""
    lock = FolderLock(folder)
    lock.take()
    try:
        case = CaseFile.open(folder / CASEFILE)
        try:
            yield case
        finally:
            case.close()
    finally:
        lock.release()


def with_recordings(root: Path) -> list[Path]:
    """The sittings under a folder that have a folder of recordings with something in it."""
    return sorted({one.parent.parent for one in root.rglob(f"{FOLDER}/*") if (one.parent.parent / CASEFILE).exists()})


def forget_at_desks(root: Path, now: dt.datetime) -> list[Path]:
    """What a desk recorded and never brought to its sitting (it was closed, and not opened again): deleted once it is as old as what it
    would have become may be. Not in any journal: the room never had it."""
    old = now.timestamp() - DEFAULT_DAYS * 86400
    found = [one for one in root.rglob(f"desk/{FOLDER}/*.wav") if one.stat().st_mtime <= old]
    for one in found:
        one.unlink(missing_ok=True)
        logger.warning("a recording left at a desk was deleted: %s", one)
    return found


def erase_due(home: Path, sittings: Iterable[Path], now: dt.datetime, opened: Opened = closed_sitting) -> Erasure:
    """Whatever's time has passed. Raises ArchiveUnusable when nothing could be signed: then nothing is deleted."""
    return _erase(home, sittings, TIME, now, opened, lambda one: one.due(now))


def erase_asked(home: Path, sittings: Iterable[Path], now: dt.datetime, opened: Opened = closed_sitting) -> Erasure:
    """All of these sittings'. Raises ArchiveUnusable as `erase_due`."""
    return _erase(home, sittings, ASKED, now, opened, lambda one: one.there)


def _erase(
    home: Path, sittings: Iterable[Path], why: str, now: dt.datetime, opened: Opened, wanted: Callable[[Recording], bool]
) -> Erasure:
    done = Erasure()
    for folder in sittings:
        try:
            meant = {one.call_key: one for one in recordings(look(folder / CASEFILE, KINDS)).values() if wanted(one)}
            if not meant:
                continue
            key = signing_key(home)
            with opened(folder) as case:
                done.gone += _erase_in(case, folder, meant.values(), why)
        except SittingUnusable as error:
            done.held.append(str(error))
        except (CrmError, OSError, KeyError, TypeError, ValueError) as error:
            done.held.append(f"{folder} : {error}")
        if done.gone:
            (home / REPORTS).mkdir(parents=True, exist_ok=True)
            done.report = home / REPORTS / f"enregistrements-{now:%Y%m%d-%H%M%S-%f}.json"
            write_signed(done.report, _report(done.gone, why, now), key)
    return done


def _erase_in(case: CaseFile, folder: Path, meant: Collection[Recording], why: str) -> list[Gone]:
    """Files first: a row that says so must be true."""
    gone = []
    for one in meant:
        path = folder / FOLDER / Path(one.file).name
        body = path.read_bytes() if path.exists() else b""
        digest = hashlib.sha256(body).hexdigest() if path.exists() else ""
        path.unlink(missing_ok=True)
        data = {"file": one.file, "bytes": len(body), "sha256": digest, "why": why}
        case.append_events([Event("RecordingErased", data, call_key=one.call_key, event_id=f"recording-erased-{one.call_key}")])
        gone.append(Gone(folder.name, one.call_key, one.file, len(body), digest, one.began_at, one.kept_until))
        logger.warning("the recording of %s in %s was erased (%s)", one.call_key, folder.name, why)
    return gone


def _report(gone: Collection[Gone], why: str, now: dt.datetime) -> dict[str, Any]:
    files = [vars(one) for one in gone]
    return {"format": "plateau.effacement-enregistrements/1", "erased_at": now.isoformat(), "why": why, "files": files}


__all__ = ["ArchiveUnusable", "Erasure", "Gone", "closed_sitting", "erase_asked", "erase_due", "forget_at_desks", "with_recordings"]
