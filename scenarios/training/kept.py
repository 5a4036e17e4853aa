"""The debrief of an ended practice simulation, kept beside its case file: what was found then, whatever becomes of the pack.

    <sitting>/debrief/S1.json

The journal and the records are what counts; this is the room's reading of them, made while the pack they were played with is at hand. A
trainee's progress over many sittings is read from these, not from two hundred case files.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError

from crm_mock import durable
from scenarios.debrief import DebriefReport

FOLDER = "debrief"
LARGEST = 4_000_000  # bytes of one that is read


def file_stem(simulation: str) -> str:
    """A simulation's id as a file's name."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", simulation)


def write_beside(folder: Path, name: str, text: str) -> Path:
    """A file of the sitting's `debrief/`, whole or not at all. Raises OSError."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    durable.write_file(place / name, text.encode())
    return place / name


def keep(folder: Path, report: DebriefReport) -> Path:
    """Raises OSError."""
    return write_beside(folder, f"{file_stem(report.simulation)}.json", report.model_dump_json())


def is_kept(folder: Path, simulation: str) -> bool:
    return (folder / FOLDER / f"{file_stem(simulation)}.json").is_file()


def kept(folder: Path, simulation: str) -> DebriefReport | None:
    """None when none was kept, or not one that can be read."""
    path = folder / FOLDER / f"{file_stem(simulation)}.json"
    try:
        if path.stat().st_size > LARGEST:
            return None
        report = DebriefReport.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return report if report.simulation == simulation else None
