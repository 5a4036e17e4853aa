"""What a room knows of a session's candidates, erased when its time has come, with a proof.

What goes: the sittings' folders, the archives, what the jurors noted. What stays: that the session was held, its people, its candidates'
numbers, and `<room>/erased/<session>.json`: every file that was deleted with its SHA-256, how many rows of which table, when; signed with
the room's key (`<session>.json.sig`, `signature.pem`):

    openssl dgst -sha256 -verify signature.pem -signature SESSION.json.sig SESSION.json
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `erasure_router`.
import datetime as dt
import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter, Depends, Request

from crm_mock import durable
from scenarios.archive import ArchiveUnusable, signing_key
from scenarios.room.access import Identity, of_role
from scenarios.room.core import Room
from scenarios.room.outputs import ARCHIVES
from scenarios.room.register import Register
from scenarios.room.session_store import ExamSession, SessionStore
from scenarios.signed_report import write_signed
from scenarios.sitting import SittingError
from scenarios.sitting_store import LOCK, FolderLock, SittingUnusable

logger = logging.getLogger(__name__)
ERASED = "erased"
RETENTION_DAYS = 365  # of a session that says nothing
ASKED, TIME = "demande", "durée de conservation passée"


@dataclass(frozen=True)
class Erased:
    """`files`, `rows`: how many were deleted."""

    session: str
    report: Path
    files: int
    rows: int


def erase(register: Register, room: Path, ident: str, why: str, now: dt.datetime) -> Erased:
    """Deletes, then says so in the register. Raises SittingError for a session that is unknown or open, or when the disk refuses: it may
    be asked again, and the report will name what went the first time too."""
    store = SessionStore(register)
    session = store.session(ident)
    if session is None:
        raise SittingError("unknown_session", 404, "Cette session n'est pas dans le registre de la salle.", {"session": ident})
    if session.closed_at is None:
        raise SittingError("session_open", 409, "Cette session est ouverte : fermez-la d'abord.", {"session": ident})
    report = room / ERASED / f"{session.id}.json"
    if session.erased_at is not None:
        raise SittingError("session_erased", 409, f"Cette session est déjà effacée : {report}.", {"session": ident})
    sittings = [one.sitting for one in session.candidates if one.sitting]
    folders = [Path(one.folder) for one in register.sittings() if one.id in set(sittings)]
    try:
        key = signing_key(room)
        report.parent.mkdir(parents=True, exist_ok=True)
        with _held(folders):
            files = _listed(report.with_suffix(".part"), room, [*folders, room / ARCHIVES / session.id])
        for folder in (*folders, room / ARCHIVES / session.id):
            if folder.exists():
                shutil.rmtree(folder)
    except (OSError, ArchiveUnusable, SittingUnusable) as error:
        raise SittingError("erasure_failed", 507, f"Tout n'a pas pu être effacé : {error}.", {"session": ident}) from error

    def prove(rows: dict[str, int], stamp: str) -> None:
        _write_report(report, session, files, rows, stamp, why, key)

    try:
        rows = store.erase(session.id, sittings, prove)
    except OSError as error:
        raise SittingError("erasure_failed", 507, f"Le compte rendu n'a pas pu être écrit : {error}.", {"session": ident}) from error
    register.let_go_of_deleted()
    report.with_suffix(".part").unlink(missing_ok=True)
    logger.warning("session %s erased (%s): %s files, %s rows", session.id, why, len(files), sum(rows.values()))
    return Erased(session.id, report, len(files), sum(rows.values()))


def due(session: ExamSession, now: dt.datetime) -> bool:
    """Whether its time has come: retention_days after it was closed."""
    if session.closed_at is None or session.erased_at is not None:
        return False
    days = int(session.settings.get("retention_days") or RETENTION_DAYS)
    return dt.datetime.fromisoformat(session.closed_at.replace("Z", "+00:00")) + dt.timedelta(days=days) <= now


def erase_due(register: Register, room: Path, now: dt.datetime) -> list[Erased]:
    """Every session whose time has come. One that cannot be erased now is logged, and tried at the next start."""
    made = []
    for session in SessionStore(register).all():
        if due(session, now):
            try:
                made.append(erase(register, room, session.id, TIME, now))
            except SittingError as error:
                logger.error("session %s should be erased: %s", session.id, error.title)
    return made


@contextmanager
def _held(folders: list[Path]) -> Iterator[None]:
    """No room server has one of them."""
    with ExitStack() as stack:
        for folder in folders:
            if folder.is_dir():
                lock = FolderLock(folder)
                lock.take()
                stack.callback(lock.release)
        yield


def _listed(part: Path, room: Path, folders: list[Path]) -> list[dict[str, Any]]:
    """Every file with its hash, and those of an erasure that did not come to its end; on the disk before anything is deleted."""
    known: dict[str, dict[str, Any]] = {}
    if part.exists():
        known = {str(one["name"]): one for one in json.loads(part.read_text(encoding="utf-8"))}
    for folder in folders:
        for file in sorted(one for one in folder.rglob("*") if one.is_file() and one.name != LOCK) if folder.is_dir() else ():
            name = str(file.relative_to(room)) if file.is_relative_to(room) else str(file)
            body = file.read_bytes()
            known[name] = {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    files = [known[name] for name in sorted(known)]
    durable.write_file(part, json.dumps(files, ensure_ascii=False).encode())
    return files


def _write_report(
    report: Path,
    session: ExamSession,
    files: list[dict[str, Any]],
    rows: dict[str, int],
    stamp: str,
    why: str,
    key: ec.EllipticCurvePrivateKey,
) -> None:
    body = {
        "format": "plateau.effacement/1",
        "session": session.id,
        "title": session.title,
        "type": session.type,
        "day": session.day,
        "closed_at": session.closed_at,
        "erased_at": stamp,
        "why": why,
        "candidates": [one.number for one in session.candidates],
        "rows": rows,
        "files": files,
    }
    write_signed(report, body, key)


def erasure_router(
    room: Room, register: Register, folder: Path, new_folder: Callable[[str], Path], authorise: Callable[[Request], Identity]
) -> APIRouter:
    """Beside /manage: the sessions held in this room, and the end of what is known of one."""
    router = APIRouter(prefix="/manage", tags=["manage"])

    Manager = Annotated[Identity, Depends(of_role(authorise, "session_manager"))]

    @router.get("/sessions")
    async def sessions(who: Manager) -> list[dict[str, Any]]:
        """Newest first."""
        return told_sessions(register)

    @router.delete("/sessions/{session}")
    async def end(session: str, who: Manager) -> dict[str, Any]:
        """Stations still on a sitting of that session are given a new one first."""
        found = SessionStore(register).session(session)
        if found is not None and found.closed_at is not None and found.erased_at is None:
            meant = {one.sitting for one in found.candidates if one.sitting}
            for station, live in tuple(room.stations.items()):
                if live.card.id in meant:
                    await room.open_sitting(station, new_folder(station))
        made = erase(register, folder, session, ASKED, room.settings.now())
        return {"session": made.session, "report": str(made.report.resolve()), "files": made.files, "rows": made.rows}

    return router


def told_sessions(register: Register) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "title": one.title, "type": one.type, "day": one.day, "closed_at": one.closed_at, "erased_at": one.erased_at}
        for one in SessionStore(register).all()
    ]
