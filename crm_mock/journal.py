"""The append-only journal of a sitting, chained by SHA-256, in the case file's own database.

`hash` is SHA-256 over the canonical JSON of `[seq, at, kind, actor, call_key, data, prev_hash]`, where
`data` is the stored text itself; the first row's `prev_hash` is 64 zeros. Canonical JSON: keys sorted,
no spaces, UTF-8, no NaN. Triggers of `crm_mock/schema.py` refuse UPDATE and DELETE; `first_broken` finds
what was changed around them. Truncation at the end is visible only to who kept a later `hash`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crm_mock.rules import card_numbers

GENESIS = "0" * 64


@dataclass(frozen=True)
class Event:
    """Something to be journaled. `event_id`, when set, makes a replay harmless; `at` is ISO 8601 UTC, empty: now."""

    kind: str
    data: Mapping[str, Any]
    actor: str = "système"
    call_key: str = ""
    event_id: str = ""
    at: str = ""


@dataclass(frozen=True)
class JournalRow:
    seq: int
    at: str
    kind: str
    actor: str
    call_key: str
    data: dict[str, Any]
    prev_hash: str
    hash: str

    def as_event(self) -> dict[str, object]:
        """What goes to sockets: without the chain."""
        return {"seq": self.seq, "at": self.at, "kind": self.kind, "call_key": self.call_key, "actor": self.actor, "data": self.data}


@dataclass(frozen=True)
class Broken:
    seq: int
    reason: str


def storable(event: Event) -> Event:
    """Without card numbers, nor half characters that UTF-8 cannot hold."""
    return Event(
        kind=_whole(event.kind),
        data=card_numbers.mask_deep(_whole_deep(event.data)),
        actor=_whole(event.actor),
        call_key=_whole(event.call_key),
        event_id=_whole(event.event_id),
        at=_whole(event.at),
    )


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _whole_deep(value: Any) -> Any:
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, Mapping):
        return {_whole(str(k)): _whole_deep(v) for k, v in value.items()}
    return [_whole_deep(v) for v in value] if isinstance(value, list | tuple) else value


def canonical_json(value: object) -> str:
    """Raises TypeError or ValueError for what JSON cannot say."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def row_hash(seq: int, at: str, kind: str, actor: str, call_key: str, data: str, prev_hash: str) -> str:
    text = canonical_json([seq, at, kind, actor, call_key, data, prev_hash])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def append(conn: sqlite3.Connection, events: Iterable[Event], now: str) -> list[JournalRow]:
    """Adds the events whose `event_id` is new, inside the caller's transaction; returns the rows added."""
    last = conn.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, prev_hash = (int(last[0]), str(last[1])) if last else (0, GENESIS)
    added: list[JournalRow] = []
    for event in events:
        if event.event_id and not _claim(conn, event.event_id, seq + 1):
            continue
        seq += 1
        data = canonical_json(dict(event.data))
        at = event.at or now
        digest = row_hash(seq, at, event.kind, event.actor, event.call_key, data, prev_hash)
        conn.execute(
            "INSERT INTO journal(seq, at, kind, actor, call_key, data, prev_hash, hash) VALUES (?,?,?,?,?,?,?,?)",
            (seq, at, event.kind, event.actor, event.call_key, data, prev_hash, digest),
        )
        added.append(JournalRow(seq, at, event.kind, event.actor, event.call_key, json.loads(data), prev_hash, digest))
        prev_hash = digest
    return added


def _claim(conn: sqlite3.Connection, event_id: str, seq: int) -> bool:
    return conn.execute("INSERT OR IGNORE INTO journal_event(event_id, seq) VALUES (?,?)", (event_id, seq)).rowcount == 1


def rows(conn: sqlite3.Connection, after: int = 0, limit: int | None = None) -> Iterator[JournalRow]:
    """Rows with `seq` greater than `after`, in order."""
    query = "SELECT seq, at, kind, actor, call_key, data, prev_hash, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"
    for seq, at, kind, actor, call_key, data, prev_hash, digest in conn.execute(query, (after, -1 if limit is None else limit)):
        yield JournalRow(seq, at, kind, actor, call_key, json.loads(data), prev_hash, digest)


def rows_of(conn: sqlite3.Connection, kinds: Collection[str]) -> Iterator[JournalRow]:
    """Rows of these kinds, in order."""
    marks = ",".join("?" * len(kinds))
    query = f"SELECT seq, at, kind, actor, call_key, data, prev_hash, hash FROM journal WHERE kind IN ({marks}) ORDER BY seq"
    for seq, at, kind, actor, call_key, data, prev_hash, digest in conn.execute(query, tuple(kinds)):
        yield JournalRow(seq, at, kind, actor, call_key, json.loads(data), prev_hash, digest)


def first_broken(conn: sqlite3.Connection) -> Broken | None:
    """Walks the whole chain; None when every row follows from the one before."""
    expected, prev_hash = 1, GENESIS
    query = "SELECT seq, at, kind, actor, call_key, data, prev_hash, hash FROM journal ORDER BY seq"
    for seq, at, kind, actor, call_key, data, row_prev, digest in conn.execute(query):
        if seq != expected:
            return Broken(expected, "ligne absente")
        if row_prev != prev_hash:
            return Broken(seq, "chaînage rompu")
        if row_hash(seq, at, kind, actor, call_key, data, row_prev) != digest:
            return Broken(seq, "contenu modifié")
        expected, prev_hash = seq + 1, digest
    return None
