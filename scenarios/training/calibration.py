"""A calibration: one recorded practice call that a class grades, each alone, then reads side by side. Files that one carries.

    S1-20261128.calibrage         a ZIP: appel.wav, calibrage.json (what the journal shows of the call, the criteria to the letter)
    S1-20261128.ana.grille.json   one person's grid, written as it is filled in

Blind: a grid is read by its author alone until it is shared; `compare` reads those that are. The trainee's name is in none of them; the
voice is, so the file carries the date to which it may be kept, and is opened no more after it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crm_mock import durable
from scenarios.debrief import DebriefReport
from scenarios.grid import Grids, JurorNote, Mark, MarkMade
from scenarios.matching import plain
from scenarios.sitting import Row
from scenarios.standard import Competence, Session, Standard
from scenarios.training.recordings import Recording

SOUND, ABOUT = "appel.wav", "calibrage.json"
SUFFIX, GRID_SUFFIX = ".calibrage", ".grille.json"
LARGEST_SOUND, LARGEST_TEXT = 200_000_000, 4_000_000  # bytes that are read
_QUIET = frozenset({"AgentStateChanged", "ScreenOpened", "RecordingBegan", "RecordingEnded"})


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalibrationFact(Part):
    """`second` of the recording, negative before it began."""

    second: float
    text: str


class CriterionFacts(Part):
    id: str
    facts: tuple[str, ...]


class Calibration(Part):
    """`kept_until`: ISO instant. `facts`: the journal's, while the call lasted and after it; `evidence`: what the debrief puts under each
    criterion."""

    format: Literal["plateau.calibrage/1"] = "plateau.calibrage/1"
    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    made_at: str
    standard: str
    standard_title: str
    competence: str
    competence_label: str
    criteria: dict[str, str]
    simulation: str
    title: str
    pack: str
    day: dt.date
    agreed_at: str  # the trainee's consent to this use
    kept_until: str
    sound_sha256: str
    seconds: float
    facts: tuple[CalibrationFact, ...]
    evidence: tuple[CriterionFacts, ...]

    def expired(self, now: dt.datetime) -> bool:
        return dt.datetime.fromisoformat(self.kept_until) <= now


class GradedMark(Part):
    criterion: str
    value: Mark
    at: str


class GradedNote(Part):
    """A reason, or a remark; `criterion` "" when it is about the whole call."""

    id: str
    text: str
    at: str
    competence: str = ""


class Graded(Part):
    """One person's grid of one calibration. `shared_at` "": not shared, for its author alone."""

    format: Literal["plateau.calibrage-grille/1"] = "plateau.calibrage-grille/1"
    calibration: str
    name: str
    marks: tuple[GradedMark, ...] = ()
    notes: tuple[GradedNote, ...] = ()
    typed: dict[str, str] = Field(default_factory=dict)
    shared_at: str = ""


class CalibrationUnusable(Exception):
    """A file that cannot be made or opened; the message, in French, says why and what to do."""


# --- making one -----------------------------------------------------------------------------------


def build_calibration(
    recording: Recording, started: dt.datetime, rows: Sequence[Row], report: DebriefReport, competence: Competence, now: dt.datetime
) -> Calibration:
    """`started`: the simulation's beginning; `rows`: its window of the journal. Raises CalibrationUnusable when the trainee did not agree
    to this use."""
    if "calibrage" not in recording.consent.purposes:
        raise CalibrationUnusable("Le stagiaire n'a pas accepté que cet appel serve à un calibrage.")
    before = (dt.datetime.fromisoformat(recording.began_at) - started).total_seconds()
    names = [recording.consent.by, *_agents(rows)]
    return Calibration(
        id=hashlib.sha256(f"{recording.sha256} {recording.call_key}".encode()).hexdigest()[:16],
        made_at=now.isoformat(timespec="seconds"),
        standard=report.standard_id,
        standard_title=report.standard,
        competence=competence.id,
        competence_label=competence.label,
        criteria=dict(competence.criteria),
        simulation=report.simulation,
        title=report.title,
        pack=report.pack,
        day=report.day,
        agreed_at=recording.consent.at,
        kept_until=recording.kept_until,
        sound_sha256=recording.sha256,
        seconds=recording.seconds,
        facts=tuple(
            CalibrationFact(second=round(line.at.after - before, 1), text=_unnamed(line.text, names))
            for line in report.timeline
            if line.kind not in _QUIET
        ),
        evidence=tuple(CriterionFacts(id=one.id, facts=tuple(_unnamed(fact, names) for fact in one.facts)) for one in report.criteria),
    )


def _agents(rows: Iterable[Row]) -> Iterable[str]:
    """The name the trainee qualified under."""
    for row in rows:
        after = row.data.get("after")
        if row.data.get("record_kind") == "interaction" and isinstance(after, dict) and after.get("agent"):
            yield str(after["agent"])


def _unnamed(text: str, names: Iterable[str]) -> str:
    """Without the trainee's name: the class listens to a call, not to somebody."""
    for name in names:
        if name.strip():
            text = re.sub(rf"\b{re.escape(name.strip())}\b", "le conseiller", text)
    return text


def write_calibration(target: Path, about: Calibration, sound: bytes) -> None:
    """Whole or not at all. Raises CalibrationUnusable."""
    draft = target.with_name(f"{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(ABOUT, about.model_dump_json(indent=1))
            archive.writestr(SOUND, sound)
        draft.replace(target)
    except OSError as error:
        raise CalibrationUnusable(f"{target} ne peut pas être écrit ({error.strerror or error}).") from None


# --- reading them ---------------------------------------------------------------------------------


def read_about(path: Path, now: dt.datetime) -> Calibration:
    """What a calibration is about, without its sound. Raises CalibrationUnusable, also once its time has passed."""
    about = _about(path)
    if about.expired(now):
        day = dt.datetime.fromisoformat(about.kept_until)
        raise CalibrationUnusable(
            f"{path.name} ne se lit plus : l'appel se gardait jusqu'au {day:%d/%m/%Y}. « plateau training erase » l'efface."
        )
    return about


def read_calibration(path: Path, now: dt.datetime) -> tuple[Calibration, bytes]:
    """With the WAV, which is the one that was recorded. Raises CalibrationUnusable."""
    about = read_about(path, now)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(SOUND).file_size > LARGEST_SOUND:
                raise CalibrationUnusable(f"{path.name} contient un son trop long.")
            sound = archive.read(SOUND)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise CalibrationUnusable(f"{path} ne peut pas être lu ({error}).") from None
    if hashlib.sha256(sound).hexdigest() != about.sound_sha256:
        raise CalibrationUnusable(f"{path.name} : le son n'est pas celui qui a été enregistré. Refaites le fichier.")
    return about, sound


def _about(path: Path) -> Calibration:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(ABOUT).file_size > LARGEST_TEXT:
                raise CalibrationUnusable(f"{path.name} n'est pas un fichier de calibrage.")
            return Calibration.model_validate_json(archive.read(ABOUT))
    except (OSError, zipfile.BadZipFile, KeyError, ValidationError):
        raise CalibrationUnusable(f"{path} n'est pas un fichier de calibrage, ou il est abîmé.") from None


def expired_files(folder: Path, now: dt.datetime) -> list[Path]:
    """Calibration files under a folder whose time has passed."""
    found = []
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        try:
            if _about(path).expired(now):
                found.append(path)
        except CalibrationUnusable:
            continue
    return found


def grid_path(calibration: Path, name: str) -> Path:
    """Where a person's grid of it is kept, unless elsewhere is asked: beside it."""
    word = re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-") or "sans-nom"
    return calibration.with_name(f"{calibration.name.removesuffix(SUFFIX)}.{word}{GRID_SUFFIX}")


def read_graded(path: Path) -> Graded:
    """Raises CalibrationUnusable."""
    try:
        if path.stat().st_size > LARGEST_TEXT:
            raise CalibrationUnusable(f"{path.name} n'est pas une grille de calibrage.")
        return Graded.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise CalibrationUnusable(f"{path} n'est pas une grille de calibrage, ou elle est abîmée.") from None


def write_graded(path: Path, graded: Graded) -> None:
    """On the disk when it returns. Raises OSError."""
    durable.write_file(path, json.dumps(graded.model_dump(mode="json"), ensure_ascii=False, indent=1).encode())


# --- as the grid reads them -----------------------------------------------------------------------


def as_session(about: Calibration) -> tuple[Standard, Session]:
    """The référentiel and the session of one competence that a grid of this calibration is about, as the file tells them: whoever grades
    needs no pack, nor the same version of the program."""
    competence = {"id": about.competence, "ccp": "calibrage", "label": about.competence_label, "criteria": about.criteria}
    referentiel = {"id": about.standard, "document_type": "RC", "title": about.standard_title}
    missing = {name: "" for name in ("sigle", "title_code", "millesime", "level")}
    told: dict[str, Any] = {
        "schema": "plateau.referentiel/1",
        "referentiel": {**missing, **referentiel},
        "ccps": [],
        "sessions": [],
        "competences": [{**competence, "assessed_in": {}}],
    }
    session = Session(
        id="calibrage",
        label=f"{about.simulation} – {about.title}",
        competences=(about.competence,),
        simulations={},
        written_replies={},
        phases=(),
        totals={},
    )
    return Standard.model_validate(told), session


def as_grids(graded: Sequence[Graded]) -> Grids:
    """Several people's grids as a jury's, each person a seat: `scenarios.grid` says who may read what, and where they differ."""
    return Grids(
        tuple(one.name for one in graded),
        tuple(MarkMade(one.name, mark.criterion, mark.value, mark.at) for one in graded for mark in one.marks),
        tuple(JurorNote(note.id, one.name, note.text, note.at, competence=note.competence) for one in graded for note in one.notes),
        {one.name: one.shared_at for one in graded if one.shared_at},
    )


def is_reason(text: str, criterion: str) -> bool:
    """Whether a note is the reason of a mark: it begins with the criterion, as Enter on it in the grid writes."""
    return text == criterion or text.startswith((f"{criterion} ", f"{criterion}:"))


def reason_words(text: str, criterion: str) -> str:
    return text.removeprefix(criterion).strip(" :")


def reasons_of(graded: Graded, criterion: str) -> list[str]:
    return [reason_words(note.text, criterion) for note in graded.notes if is_reason(note.text, criterion)]


def remarks_of(graded: Graded, about: Calibration) -> list[str]:
    """What is said of no criterion."""
    return [note.text for note in graded.notes if not any(is_reason(note.text, one) for one in about.criteria)]
