"""A calibration file made from a sitting on this machine: which recorded calls there are, and one of them carried out of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crm_mock.casefile_look import look
from crm_mock.errors import CrmError
from crm_mock.journal import Event, JournalRow
from scenarios.debrief import DebriefReport
from scenarios.evidence import window
from scenarios.sitting import Played, SittingError, fold_sitting
from scenarios.sitting_store import CASEFILE, SittingUnusable
from scenarios.standard import standard_called
from scenarios.training.calibration import SUFFIX, CalibrationUnusable, build_calibration, write_calibration
from scenarios.training.kept import kept
from scenarios.training.recordings import KINDS, Recording, path_of, recordings
from scenarios.training.recordings_erasure import closed_sitting, with_recordings


@dataclass(frozen=True)
class RecordedCall:
    """`report` None: the simulation it belongs to is not over, or its debrief was not kept."""

    folder: Path
    recording: Recording
    simulation: str
    report: DebriefReport | None

    @property
    def title(self) -> str:
        return self.report.title if self.report else ""


def recorded_calls(roots: Iterable[Path]) -> tuple[list[RecordedCall], list[str]]:
    """Those that are there, oldest first; and what could not be read, in French."""
    found: list[RecordedCall] = []
    wrong: list[str] = []
    for folder in dict.fromkeys(one for root in roots if root.is_dir() for one in with_recordings(root)):
        try:
            found += _calls_of(folder)
        except (CrmError, SittingError, KeyError, TypeError, ValueError) as error:
            wrong.append(f"{folder} : illisible ({error})")
    return sorted(found, key=lambda one: one.recording.began_at), wrong


def _calls_of(folder: Path) -> list[RecordedCall]:
    rows = look(folder / CASEFILE, (*KINDS, "SittingOpened", "SimulationStarted", "SimulationEnded", "SimulationReplaced"))
    calls = [one for one in recordings(rows).values() if one.there and path_of(folder, one.call_key).exists()]
    began = {row.call_key: row.seq for row in rows if row.kind == "RecordingBegan"}
    played = fold_sitting([str(one) for one in rows[0].data["simulations"]], rows).simulations.values()
    made = []
    for one in calls:
        simulation = next((p.id for p in played if p.started_seq and p.started_seq <= began[one.call_key] <= (p.ended_seq or 1 << 60)), "")
        made.append(RecordedCall(folder, one, simulation, kept(folder, simulation) if simulation else None))
    return made


def make_calibration(call: RecordedCall, target: Path | None, now: dt.datetime) -> Path:
    """The file, in the working directory unless `target` says where; the journal of the sitting says that it was made. Raises
    CalibrationUnusable."""
    report = call.report
    if report is None:
        raise CalibrationUnusable("La simulation de cet appel n'est pas terminée, ou son bilan n'a pas été gardé : terminez-la d'abord.")
    standard = standard_called(report.standard_id)
    if standard is None:
        raise CalibrationUnusable(f"Le référentiel {report.standard_id} n'est pas sur cette machine.")
    if call.recording.due(now):
        raise CalibrationUnusable("Cet appel a été gardé assez longtemps : il s'efface, il ne se copie plus.")
    began = dt.datetime.fromisoformat(call.recording.began_at)
    path = target or Path(f"{call.simulation}-{began.astimezone():%Y%m%d-%H%M}{SUFFIX}")
    try:
        with closed_sitting(call.folder) as case:
            rows = case.rows()
            sound = path_of(call.folder, call.recording.call_key).read_bytes()
            if hashlib.sha256(sound).hexdigest() != call.recording.sha256:
                raise CalibrationUnusable("L'enregistrement n'est plus celui que le journal annonce : il ne peut pas servir.")
            played = _played(rows, call.simulation)
            competence = standard.competence(report.competence)
            started = played.started_at or began
            about = build_calibration(call.recording, started, window(rows, played), report, competence, now)
            write_calibration(path, about, sound)
            data = {"file": path.name, "calibration": about.id, "kept_until": about.kept_until}
            case.append_events([Event("RecordingExported", data, call_key=call.recording.call_key)])
    except (SittingUnusable, CrmError, OSError) as error:
        raise CalibrationUnusable(f"{error} Quittez le poste qui a cette séance, puis recommencez.") from None
    return path


def _played(rows: list[JournalRow], simulation: str) -> Played:
    return fold_sitting([str(one) for one in rows[0].data["simulations"]], rows).simulations[simulation]
