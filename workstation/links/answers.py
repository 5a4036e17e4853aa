"""What the room's answers say to a person, and where what it sends is put on this machine."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from workstation.i18n import _

logger = logging.getLogger("plateau.link")
ASKING_FAILS = (httpx.TransportError, httpx.HTTPStatusError, ValueError, KeyError, TypeError)
"""What a question may raise that `why_it_failed` puts into words."""


def object_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def title_of(answer: httpx.Response) -> str:
    """The server's own sentence, else one of ours with the status."""
    return str(object_of(answer).get("title") or _("La salle a répondu {status}.").format(status=answer.status_code))


def unreachable(error: httpx.TransportError) -> str:
    return _("La salle ne répond pas à temps.") if isinstance(error, httpx.TimeoutException) else _("La salle est injoignable.")


def why_it_failed(what: str, error: Exception) -> str:
    """What a person is told of a question that could not be asked, was refused, or whose answer cannot be read; logged."""
    if isinstance(error, httpx.TransportError):
        return unreachable(error)
    if isinstance(error, httpx.HTTPStatusError):
        logger.warning("%s: %s", what, error)
        return title_of(error.response)
    logger.exception("%s: %s", what, error, exc_info=error)
    return _("Réponse incompréhensible de la salle.")


def as_file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:80] or "document"


def show_file(path: Path) -> bool:
    """Whether a viewer took it; its output must not reach the terminal."""
    if sys.platform == "win32":
        os.startfile(path)
        return True
    if sys.platform != "darwin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    command = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen(
            [command, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        return False
    return True
