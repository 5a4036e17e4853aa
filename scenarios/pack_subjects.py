"""The subjects of one pack for one day, as a room needs them: each read once, what they share read once for all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from scenarios.pack import Pack
from scenarios.pack_load import Loaded, PackErrors, read_pack


class Subjects:
    """`first` is the one meant by ""; itself "", it is the one that the pack's own files are."""

    def __init__(self, path: Path, day: dt.date, first: str = "") -> None:
        self._path, self._day, self._first = path, day, first
        self._loaded: dict[str, Loaded] = {}

    def pack(self, subject: str = "") -> Pack:
        """Raises PackErrors."""
        wanted = subject or self._first
        if wanted not in self._loaded:
            like = next(iter(self._loaded.values()), None)
            loaded = read_pack(self._path, self._day, wanted, like)
            if loaded.pack is None or loaded.problems:
                raise PackErrors(loaded.problems)
            self._loaded[wanted] = self._loaded[loaded.pack.identity.subject] = loaded
        found = self._loaded[wanted].pack
        assert found is not None
        return found
