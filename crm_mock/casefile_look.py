"""A look at a case file's journal from outside, whoever has it open and wherever it lies. Nothing is written beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from crm_mock import journal
from crm_mock.errors import CaseFileUnusable
from crm_mock.journal import JournalRow


def look(path: Path, kinds: Collection[str] = ()) -> list[JournalRow]:
    """Journal rows of these kinds, of all where none is named, in order. Raises CaseFileUnusable for what is no case file, or a damaged
    one.

    SQLite makes two files beside one in WAL mode, to share it, even to read: of a file that nobody has open it is told that it will not
    change, and makes none."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=2)) as conn:
            return list(journal.rows_of(conn, kinds) if kinds else journal.rows(conn))
    except (sqlite3.Error, ValueError) as error:
        raise CaseFileUnusable("Ce dossier de session ne peut pas être lu.", {"reason": str(error)}) from error
