"""The office suite of this machine, if it has one: found, started on a file, left to itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
NAME = "LibreOffice"


def office_program() -> str:
    """The path of LibreOffice's program, "" when this machine has none."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).is_file()), "")


def has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_in_office(program: str, path: Path, *, read_only: bool) -> None:
    """Its output must not reach the terminal. Raises OSError."""
    options = ["--view"] if read_only else []
    started = subprocess.Popen(
        [program, "--norestore", "--nologo", *options, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=started.wait, name="office program", daemon=True).start()  # so that its end is taken note of
