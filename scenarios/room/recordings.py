"""Recorded practice calls: what the trainee agrees to, the file the desk brings, its end. Under /sitting; never in an exam.

A desk's phone records on its own machine; the file comes here in pieces once the call is over, and is the sitting's from then on.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `recordings_router`.
import contextlib
import datetime as dt
import hashlib
import logging
import os
import wave
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from scenarios.archive import ArchiveUnusable
from scenarios.room.access import Identity, only
from scenarios.room.core import Room
from scenarios.room.live_sitting import LiveSitting
from scenarios.sitting import SittingError
from scenarios.training.recordings import (
    DEFAULT_DAYS,
    FOLDER,
    KINDS,
    MOST_DAYS,
    PURPOSES,
    Recording,
    keep_until,
    path_of,
    recordings,
)
from scenarios.training.recordings_erasure import Erasure, closed_sitting, erase_asked, erase_due, forget_at_desks, with_recordings

logger = logging.getLogger(__name__)
LARGEST = 200_000_000  # bytes of one recording
LOOKED_EVERY = 3600.0  # seconds between two looks for recordings whose time has passed
Id = Annotated[str, Field(min_length=1, max_length=128)]
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,70}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Agreement(Body):
    """`days` 0: no more recording from now on. `name`: who agrees, as given when signing in."""

    write_id: Id
    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = DEFAULT_DAYS
    name: Annotated[str, Field(max_length=60)] = ""


class Brought(Body):
    """The whole file as the desk has it."""

    bytes: Annotated[int, Field(ge=44, le=LARGEST)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def recordings_router(
    room: Callable[[], Room], live: Callable[[Identity], LiveSitting], authorise: Callable[[Request], Identity]
) -> APIRouter:
    router = APIRouter(prefix="/sitting", tags=["recordings"])

    def desk(who: Annotated[Identity, Depends(authorise)]) -> LiveSitting:
        only(who, "candidate")
        own = live(who)
        if own.mode != "practice":
            raise SittingError("no_recording", 403, "Un examen n'est jamais enregistré.", {})
        return own

    Desk = Annotated[LiveSitting, Depends(desk)]

    @router.put("/recording")
    async def agree(body: Agreement, own: Desk) -> dict[str, Any]:
        """The switch: off in every new sitting, on once the trainee has read the notice and agreed, off again at any time."""
        data = {"by": body.name, "days": body.days, "purposes": list(PURPOSES)} if body.days else {"by": body.name}
        own.journal([Event("RecordingAgreed" if body.days else "RecordingDeclined", data, "candidate", event_id=body.write_id)])
        return {"days": body.days}

    @router.put("/recordings/{call_key}")
    async def piece(call_key: Key, request: Request, own: Desk, offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0) -> dict[str, Any]:
        """A piece of the file, from its byte `offset` on; answers how many bytes are here. A piece that does not follow is left out."""
        _agreed(own, call_key)
        part = _part(own, call_key)
        part.parent.mkdir(exist_ok=True)
        here = part.stat().st_size if part.exists() else 0
        if offset == here:
            with part.open("ab") as file:
                file.write(await request.body())
        return {"bytes": part.stat().st_size if part.exists() else 0}

    @router.post("/recordings/{call_key}")
    def whole(call_key: Key, body: Brought, own: Desk) -> dict[str, Any]:
        """All pieces are here. Asked again, the same answer."""
        known = _agreed(own, call_key)
        if not known.file:
            _take(own, known, body)
            known = _agreed(own, call_key)
        return {"call_key": call_key, "seconds": known.seconds, "kept_until": known.kept_until}

    @router.delete("/recordings")
    def erase(own: Desk) -> dict[str, Any]:
        """Every recording of this sitting, now, with its proof."""
        try:
            done = erase_asked(home_of(room()), [own.folder], own.now(), opened_in(room()))
        except ArchiveUnusable as error:
            raise SittingError("erasure_failed", 507, f"Rien n'a été effacé : {error}", {}) from None
        if done.held:
            raise SittingError("erasure_failed", 507, f"Tout n'a pas pu être effacé : {done.held[0]}", {})
        return {"erased": len(done.gone), "report": str(done.report or "")}

    return router


def _agreed(own: LiveSitting, call_key: str) -> Recording:
    """Raises SittingError for a call that began to be recorded without the trainee's agreement, or never did."""
    known = recordings(row for row in own.case.rows() if row.kind in KINDS).get(call_key)
    if known is None:
        title = "Cet appel n'a pas été enregistré avec l'accord du stagiaire : il n'est pas gardé."
        raise SittingError("not_agreed", 409, title, {"call_key": call_key})
    if known.erased_at:
        raise SittingError("recording_erased", 410, "Cet enregistrement a été effacé.", {"call_key": call_key})
    return known


def _part(own: LiveSitting, call_key: str) -> FilePath:
    return path_of(own.folder, call_key).with_suffix(".part")


def _take(own: LiveSitting, known: Recording, body: Brought) -> None:
    """Raises SittingError when what is here is not the whole file."""
    part, path = _part(own, known.call_key), path_of(own.folder, known.call_key)
    content = part.read_bytes() if part.exists() else path.read_bytes() if path.exists() else b""
    if (len(content), hashlib.sha256(content).hexdigest()) != (body.bytes, body.sha256):
        part.unlink(missing_ok=True)
        raise SittingError("not_whole", 409, "L'enregistrement n'est pas arrivé entier : il est à renvoyer.", {"bytes": len(content)})
    try:
        if part.exists():
            os.replace(part, path)
        with wave.open(str(path), "rb") as wav:
            seconds = round(wav.getnframes() / wav.getframerate(), 2)
    except (OSError, wave.Error, EOFError) as error:
        raise SittingError("not_sound", 422, f"Ce n'est pas un enregistrement lisible : {error}", {}) from None
    kept = keep_until(known.consent, dt.datetime.fromisoformat(known.began_at))
    data = {"file": path.name, "bytes": len(content), "sha256": body.sha256, "seconds": seconds, "kept_until": kept.isoformat()}
    own.journal([Event("CallRecorded", data, "candidate", known.call_key, f"recorded-{known.call_key}")])


# --- what time brings about -----------------------------------------------------------------------


def home_of(room: Room) -> FilePath:
    """What holds the sittings of this lab or room, and the proofs of what was erased."""
    history = room.settings.history or next(iter(room.settings.sittings.values())).parent
    return history.parent


def opened_in(room: Room) -> Callable[[FilePath], contextlib.AbstractContextManager[CaseFile]]:
    """A sitting's case file: the room's own where it is open here."""

    @contextlib.contextmanager
    def opened(folder: FilePath) -> Iterator[CaseFile]:
        here = next((live for live in room.stations.values() if live.folder.resolve() == folder.resolve()), None)
        if here is not None:
            yield here.case
        else:
            with closed_sitting(folder) as case:
                yield case

    return opened


def erasing(room: Room) -> Callable[[], object]:
    """A chore: at the start, then every hour, what has been kept long enough goes."""
    looked: list[float] = []

    def chore() -> Erasure | None:
        now = room.settings.now()
        if room.settings.mode != "practice" or (looked and now.timestamp() - looked[-1] < LOOKED_EVERY):
            return None
        looked[:] = [now.timestamp()]
        history = room.settings.history
        if history is not None:
            forget_at_desks(history, now)
        done = erase_due(home_of(room), with_recordings(history), now, opened_in(room)) if history is not None else Erasure()
        for held in done.held:
            logger.error("a recording whose time has passed is still there: %s", held)
        return done

    return chore


__all__ = ["FOLDER", "erasing", "home_of", "opened_in", "recordings_router"]
