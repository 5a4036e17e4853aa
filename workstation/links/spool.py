"""What this desk has decided and the server has not confirmed: writes in their order, and drafts as typed. One SQLite file.

No card number is ever written, whole or while it is being typed (CNIL 2018-303): what is kept is masked.

Every `put` is on the disk when it returns (WAL, synchronous=FULL): a desk killed at any instant finds it again. A write is
dropped on confirmation or definitive refusal only; its id makes sending it twice harmless. The file is locked while open.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crm_mock.rules import card_numbers

What = Literal["save", "fact", "trace", "chat"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS writes (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, what TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS drafts (record_id TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


class SpoolInUse(Exception):
    """Another desk holds this file."""


class SpoolUnusable(Exception):
    """The disk refuses this file: full, read-only, or the file is no spool."""


@dataclass(frozen=True)
class Write:
    """`body` of a save: kind, record_id, version, fields, call_key. Of a fact: at, fact. Of a trace: at, kind, data, call_key."""

    id: str
    what: What
    body: dict[str, Any]


class Spool:
    """Not for two threads at once; usable from any one at a time. Raises SpoolInUse when opened twice, SpoolUnusable.

    Its methods raise sqlite3.OperationalError while the disk takes no more, and have then changed nothing."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute("BEGIN EXCLUSIVE")
            self._db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._db.close()
            busy = error.sqlite_errorname in ("SQLITE_BUSY", "SQLITE_LOCKED")
            raise (SpoolInUse if busy else SpoolUnusable)(str(error)) from None

    def put(self, write: Write) -> None:
        """Durable when it returns; an id already there changes nothing."""
        body = write.body if write.what == "fact" else card_numbers.mask_deep(write.body)
        self._db.execute(
            "INSERT OR IGNORE INTO writes (id, what, body) VALUES (?, ?, ?)",
            (write.id, write.what, json.dumps(body, ensure_ascii=False)),
        )

    def waiting(self, limit: int = 50) -> list[Write]:
        """The oldest writes, in order."""
        rows = self._db.execute("SELECT id, what, body FROM writes ORDER BY place LIMIT ?", (limit,)).fetchall()
        return [Write(id, what, json.loads(body)) for id, what, body in rows]

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM writes").fetchone()[0])

    def drop(self, *ids: str) -> None:
        with self._at_once():
            self._db.executemany("DELETE FROM writes WHERE id = ?", [(id,) for id in ids])

    def confirm(self, write: Write, version: int) -> dict[str, Any] | None:
        """Drop a save the server has, and its draft when it says no more than what was saved; else returns the draft, which goes on
        from the new version. Later saves of the same record were made upon this one: they take the version it got."""
        with self._at_once():
            self._db.execute("DELETE FROM writes WHERE id = ?", (write.id,))
            for later in self.waiting(1000):
                same = later.what == "save" and later.body["record_id"] == write.body["record_id"]
                if same and later.body["version"] == write.body["version"]:
                    body = json.dumps({**later.body, "version": version}, ensure_ascii=False)
                    self._db.execute("UPDATE writes SET body = ? WHERE id = ?", (body, later.id))
            draft = self.drafts().get(write.body["record_id"])
            said = card_numbers.mask_unfinished_deep(write.body["fields"])
            # a field left empty is not sent by every form: it says no more than its absence
            if draft is None or all(said.get(name, "") == ("" if value is None else value) for name, value in draft["fields"].items()):
                self.forget_draft(write.body["record_id"])
                return None
            draft = {**draft, "version": version}
            self.keep_draft(write.body["record_id"], draft)
            return draft

    def keep_draft(self, record_id: str, draft: dict[str, Any]) -> None:
        body = json.dumps(card_numbers.mask_unfinished_deep(draft), ensure_ascii=False)
        self._db.execute("INSERT OR REPLACE INTO drafts (record_id, body) VALUES (?, ?)", (record_id, body))

    def forget_draft(self, record_id: str) -> None:
        self._db.execute("DELETE FROM drafts WHERE record_id = ?", (record_id,))

    def drafts(self) -> dict[str, dict[str, Any]]:
        return {record_id: json.loads(body) for record_id, body in self._db.execute("SELECT record_id, body FROM drafts")}

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def _at_once(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
