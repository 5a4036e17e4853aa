"""Files that are whole or absent, and still there after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def move(source: Path, target: Path) -> None:
    """Renames in place of `target`, and has the folder's entry on disk before returning."""
    os.replace(source, target)
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened to be synchronised
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_file(target: Path, content: bytes, *, private: bool = False) -> None:
    """`private`: readable by its owner only, from the first byte. Raises OSError, and leaves what was there."""
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)  # one left over may be readable by others
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600 if private else 0o666)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    move(partial, target)
