"""A station of an exam between two candidates: what the desk of the sitting before kept on this machine is erased.

What could not be sent stays: it is the former candidate's work, and the room has it nowhere (`plateau desk` says so and waits).
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from workstation.links.spool import Spool, SpoolInUse, SpoolUnusable

SITTINGS = "sittings"
EXAM = "exam"  # marks the folder of an exam's sitting
SPOOL = "desk.spool"


def folder_of(place: Path, sitting: str, mode: str) -> Path:
    """Where the desk of this sitting keeps what it has; made, and marked when it is an exam's. Raises OSError."""
    folder = place / SITTINGS / sitting
    folder.mkdir(parents=True, exist_ok=True)
    if mode == "exam":
        (folder / EXAM).touch(mode=0o600)
    return folder


def leave_nothing(place: Path, sitting: str) -> list[Path]:
    """Erase what is left of the exam's sittings of this place but `sitting`: drafts, exports, logs of the desk and of its phone. The
    folders that stay, with what is unsent or what the disk would not let go."""
    folders = [one.parent for one in (place / SITTINGS).glob(f"*/{EXAM}") if one.parent.name != sitting]
    stay: list[Path] = []
    for folder in folders:
        if not _sent(folder):
            stay.append(folder)
            continue
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            stay.append(folder)
    if folders:
        for log in place.glob("phone.log*"):
            log.unlink(missing_ok=True)
    return stay


def _sent(folder: Path) -> bool:
    """Whether the room has everything that the desk of this folder was to send."""
    if not (folder / SPOOL).exists():
        return True
    try:
        with closing(Spool(folder / SPOOL)) as spool:
            return spool.count() == 0
    except (SpoolInUse, SpoolUnusable):
        return False
