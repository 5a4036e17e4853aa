"""What leaves the room at the end: each candidate's archive, the annex of the minutes. Under /session, for the session manager.

A candidate's archive holds the documents (PDF, and ODT where a hand completes them), the replies' papers, and the data they were made
from, hashed and signed (scenarios.archive). It can be made again: a later one replaces the former.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `outputs_router`.
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from crm_mock.casefile import CaseFile
from crm_mock.models import Reply
from crm_mock.rules.calendar import PARIS
from scenarios.archive import ArchiveUnusable, archive_name, signing_key, write_archive
from scenarios.jury import fold_jury
from scenarios.phases import fold_course, planned
from scenarios.report import jury_pages, sitting_pages
from scenarios.report.odt import as_odt
from scenarios.report.pages import REHEARSAL, Pages, of_rehearsal
from scenarios.report.passage import Passage, ReplySent
from scenarios.report.pdf import as_pdf
from scenarios.room.access import Identity, of_role
from scenarios.room.core import Room
from scenarios.room.grid_store import GridStore
from scenarios.room.live_session import ExamRoom, named_jurors
from scenarios.room.replies import FOLDER as REPLIES
from scenarios.room.session_store import Candidate, ExamSession
from scenarios.sitting import SittingError
from scenarios.sitting_store import CASEFILE
from scenarios.standard import load_standard

ARCHIVES = "archives"
TO_COMPLETE = ("fiche-individuelle", "fiche-synthese", "annexe-proces-verbal", "annexe-incidents")  # as ODT too


class Outputs:
    """`folder` is the room's; `folder_of` gives a sitting's."""

    def __init__(self, exam: ExamRoom, grids: GridStore, room: Room, folder: Path, folder_of: Callable[[str], Path]) -> None:
        self._exam, self._grids, self._room = exam, grids, room
        self._folder, self._folder_of = folder, folder_of

    def archive(self, number: str) -> dict[str, Any]:
        """Makes a candidate's archive. Raises SittingError while the passage goes on, or when the disk refuses."""
        session = self._exam.session()
        candidate = next((one for one in session.candidates if one.number == number), None)
        if candidate is None or not candidate.sitting:
            raise SittingError("unknown_candidate", 404, "Ce candidat n'a pas de séance dans cette session.", {"number": number})
        passage = self._passage(session, candidate)
        if not passage.course.over:
            raise SittingError("passage_going_on", 409, "Le passage de ce candidat n'est pas terminé.", {"number": number})
        files = self._documents(passage) | self._papers(candidate) | {"donnees.json": _data(passage)}
        target = self._archives(session) / archive_name(number)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            title = f"{f'{REHEARSAL} — ' if passage.rehearsal else ''}{session.title}, candidat {number}"
            digest = write_archive(target, title, files, signing_key(self._folder), self._room.settings.now())
        except (OSError, ArchiveUnusable) as error:
            raise SittingError("archive_failed", 507, f"L'archive n'a pas pu être faite : {error}.", {"number": number}) from error
        return {"name": target.name, "sha256": digest, "files": sorted(files)}

    def made(self) -> dict[str, Any]:
        """The archives of the session, and their folder on the room's server."""
        folder = self._archives(self._exam.session())
        return {
            "folder": str(folder.resolve()),
            "archives": [
                {"name": one.name, "sha256": hashlib.sha256(one.read_bytes()).hexdigest(), "bytes": one.stat().st_size}
                for one in sorted(folder.glob("*.zip"))
            ],
        }

    def path(self, name: str) -> Path:
        """Of an archive that was made. Raises SittingError."""
        found = {one.name: one for one in self._archives(self._exam.session()).glob("*.zip")}
        if name not in found:
            raise SittingError("unknown_archive", 404, "Cette archive n'a pas été faite.", {"name": name})
        return found[name]

    def minutes(self) -> Pages:
        """Raises SittingError when no candidate has a sitting."""
        session = self._exam.session()
        passages = [self._passage(session, one) for one in session.candidates if one.sitting]
        if not passages:
            raise SittingError("no_candidate", 409, "Aucun candidat n'a encore de séance dans cette session.", {})
        return _told(passages[0], jury_pages.minutes_annex(passages))

    def _archives(self, session: ExamSession) -> Path:
        return self._folder / ARCHIVES / session.id

    def _passage(self, session: ExamSession, candidate: Candidate) -> Passage:
        standard = load_standard(session.standard)
        kind = next(one for one in standard.sessions if one.id == session.type)
        live = self._room.stations.get(candidate.station)
        if live is not None and live.card.id == candidate.sitting:
            rows, replies = live.case.rows(), live.case.all(Reply)
        else:
            rows, replies = self._closed(candidate.sitting)
        titles = {one.id: one.title for one in (*self._room.pack.simulations, *self._room.pack.spares)}
        played = [str(row.data["simulation"]) for row in rows if row.kind == "SimulationStarted"]
        jury = fold_jury(rows)
        members = jury.members or named_jurors(session, candidate)
        return Passage(
            candidate.number,
            self._room.labels.get(candidate.station, candidate.station),
            candidate.variant,
            self._room.settings.name,
            session.title,
            session.day,
            standard,
            kind,
            fold_course(planned(kind, candidate.seconds), rows),
            self._grids.grids(candidate.sitting, tuple(one.id for one in members)),
            {one.place: one.name for one in session.people} | {"session_manager": "Responsable de session", "invigilator": "Surveillant"},
            {one: titles.get(one, one) for one in played},
            dataclasses.replace(jury, members=members),
            rows,
            [
                ReplySent(one.simulation, one.channel, one.subject, one.body, one.status, one.submitted_at, one.sha256, one.spellcheck)
                for one in replies
            ],
            self._grids.exhibits(candidate.sitting),
            self._grids.revealed(candidate.sitting),
            PARIS,
            bool(session.settings.get("rehearsal")),
        )

    def _closed(self, sitting: str) -> tuple[Any, Any]:
        """Rows and replies of a sitting that is no longer at its station."""
        path = self._folder_of(sitting) / CASEFILE
        case = CaseFile.open(path, on_commit=lambda _rows: None, today=dt.date.today, now=self._room.settings.now)
        try:
            case.verify()
            return case.rows(), case.all(Reply)
        finally:
            case.close()

    @staticmethod
    def _documents(passage: Passage) -> dict[str, bytes]:
        everybody = dict.fromkeys((*passage.grids.jurors, *(one.id for one in passage.jury.gone)))
        made = [jury_pages.juror_grid(passage, juror) for juror in everybody]
        made += [jury_pages.individual_sheet(passage), jury_pages.synthesis_sheet(passage), sitting_pages.incident_annex(passage)]
        made += [sitting_pages.timeline(passage), sitting_pages.record_changes(passage)]
        made += [sitting_pages.transcripts(passage), sitting_pages.replies(passage)]
        made = [_told(passage, one) for one in made]
        files = {f"documents/{one.name}.pdf": as_pdf(one) for one in made}
        return files | {f"documents/{one.name}.odt": as_odt(one) for one in made if one.name in TO_COMPLETE}

    def _papers(self, candidate: Candidate) -> dict[str, bytes]:
        folder = self._folder_of(candidate.sitting) / REPLIES
        return {f"reponses/{one.name}": one.read_bytes() for one in sorted(folder.glob("*"))} if folder.is_dir() else {}


def _told(passage: Passage, pages: Pages) -> Pages:
    return of_rehearsal(pages) if passage.rehearsal else pages


def _data(passage: Passage) -> bytes:
    """What the documents were made from. Another person's notes are in it: the archive is the jury's, never the candidate's."""
    body = {
        "format": "plateau.passage/1",
        "candidate": passage.candidate,
        "variant": passage.variant,
        "rehearsal": passage.rehearsal,
        "session": {"title": passage.title, "type": passage.session.id, "day": passage.day, "standard": passage.standard.referentiel.id},
        "jury": [dataclasses.asdict(one) for one in passage.jury.members],
        "left": [dataclasses.asdict(one) for one in passage.jury.gone],
        "marks": [dataclasses.asdict(one) for one in passage.grids.marks],
        "notes": [dataclasses.asdict(one) for one in passage.grids.notes],
        "shared": dict(passage.grids.shared or {}),
        "decisions": [{**dataclasses.asdict(one), "assents": sorted(one.assents)} for one in passage.grids.decisions],
        "exhibits": [dict(one) for one in passage.exhibits],
        "revealed": {one: dict(facts) for one, facts in passage.revealed.items()},
        "replies": [dataclasses.asdict(one) for one in passage.replies],
        "journal": [
            {"seq": r.seq, "at": r.at, "kind": r.kind, "actor": r.actor, "call_key": r.call_key, "data": r.data} for r in passage.rows
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()


def outputs_router(outputs: Outputs, authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/session", tags=["session"])

    Manager = Annotated[Identity, Depends(of_role(authorise, "session_manager"))]

    @router.post("/candidates/{number}/archive")
    def archive(number: str, who: Manager) -> dict[str, Any]:
        """Documents and data of one passage, hashed and signed."""
        return outputs.archive(number)

    @router.get("/archives")
    def archives(who: Manager) -> dict[str, Any]:
        """Those made so far, with their hashes, and where they are on the room's server."""
        return outputs.made()

    @router.get("/archives/{name}", response_class=FileResponse)
    def download(name: str, who: Manager) -> FileResponse:
        return FileResponse(outputs.path(name), media_type="application/zip", filename=name)

    @router.get("/minutes.pdf", response_class=Response)
    def minutes(who: Manager) -> Response:
        """The annex of the minutes, to read and sign."""
        return Response(as_pdf(outputs.minutes()), media_type="application/pdf")

    @router.get("/minutes.odt", response_class=Response)
    def minutes_to_complete(who: Manager) -> Response:
        return Response(as_odt(outputs.minutes()), media_type="application/vnd.oasis.opendocument.text")

    return router
