"""The journal cannot be changed unseen, and nothing acknowledged is lost when the process is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm_mock import errors, journal
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from crm_mock.models import Note
from tests.crm_mock.world import TODAY, Room


def test_rows_are_chained_over_their_canonical_content(room: Room) -> None:
    room.case.append_events([Event("A", {"b": 1, "a": "é"}), Event("B", {})])
    first, second, third = room.case.rows()
    assert first.prev_hash == journal.GENESIS and second.prev_hash == first.hash and third.prev_hash == second.hash
    assert second.hash == journal.row_hash(2, second.at, "A", "système", "", '{"a":"é","b":1}', first.hash)
    assert second.as_event() == {"seq": 2, "at": second.at, "kind": "A", "call_key": "", "actor": "système", "data": {"a": "é", "b": 1}}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET data = '{}' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal",
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_journal(room: Room, statement: str) -> None:
    room.case.append_events([Event("A", {})])
    raw = sqlite3.connect(room.case.path)
    try:
        raw.execute("PRAGMA recursive_triggers=ON")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    finally:
        raw.close()


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("UPDATE journal SET data = '{\"n\":9}' WHERE seq = 3", 3, "contenu modifié"),
        ("UPDATE journal SET at = 'hier' WHERE seq = 4", 4, "contenu modifié"),
        ("DELETE FROM journal WHERE seq = 3", 3, "ligne absente"),
        ("UPDATE journal SET prev_hash = hash WHERE seq = 5", 5, "chaînage rompu"),
        ("DELETE FROM journal WHERE seq = 1", 1, "ligne absente"),
    ],
)
def test_what_was_changed_around_the_triggers_is_named(room: Room, statement: str, seq: int, reason: str) -> None:
    room.case.append_events([Event("A", {"n": n}) for n in range(5)])
    room.case.close()
    raw = sqlite3.connect(room.case.path)
    raw.execute("DROP TRIGGER journal_no_update")
    raw.execute("DROP TRIGGER journal_no_delete")
    raw.execute(statement)
    raw.commit()
    raw.close()
    with pytest.raises(errors.JournalBroken) as caught:
        CaseFile.open(room.case.path)
    assert caught.value.details == {"seq": seq, "reason": reason}


WRITER = """
import sys
from pathlib import Path
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
case = CaseFile.open(Path(sys.argv[1]))
start = int(sys.argv[2])
print("ready", flush=True)
for n in range(start, start + 100000):
    saved = case.put("note", f"n{n}", 0, {"contact_id": "odile", "text": f"note {n}"}, write_id=f"w{n}", actor="a", role="candidate")
    case.append_events([Event("CallRang", {"n": n}, event_id=f"e{n}")])
    print(f"{n} {saved.seq}", flush=True)
"""


def written_until_killed(path: Path, start: int, after: float) -> list[tuple[int, int]]:
    """What a writer said was saved before it got SIGKILL, `after` seconds from its first write."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(start)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    deadline = time.monotonic() + after
    said = [writer.stdout.readline()]
    while time.monotonic() < deadline:
        said.append(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.stdout.readlines()
    writer.stdout.close()
    writer.wait(10)
    whole = [line for line in said if line.endswith("\n")]
    return [(int(n), int(seq)) for n, seq in (line.split() for line in whole)]


def test_a_killed_writer_loses_nothing_it_acknowledged(room: Room) -> None:
    room.case.close()
    path, said = room.case.path, list[tuple[int, int]]()
    pick = random.Random(20261123)
    for round_number in range(3):
        said += written_until_killed(path, round_number * 100_000, pick.uniform(0.0, 0.35))
        with CaseFile.open(path, today=lambda: TODAY) as case:  # verifies the chain
            rows = {row.seq: row for row in case.rows()}
            notes = {note.id for note in case.all(Note)}
            for number, seq in said:
                assert f"n{number}" in notes
                assert rows[seq].data["id"] == f"n{number}"
            told = [row.data["id"] for row in rows.values() if row.kind == "RecordCreated"]
            assert sorted(told) == sorted(notes)  # each note once, with its row
            rang = [row.data["n"] for row in rows.values() if row.kind == "CallRang"]
            assert len(rang) == len(set(rang)) and {n for n, _ in said} <= set(rang)
            if said:  # the spool sends the last one again
                number = said[-1][0]
                fields = {"contact_id": "odile", "text": f"note {number}"}
                again = case.put("note", f"n{number}", 0, fields, write_id=f"w{number}", actor="a", role="candidate")
                assert again.seq == said[-1][1] and case.last_seq() == max(rows)
    assert len(said) > 8


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert journal.canonical_json({"b": [1, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,null]}'
    assert journal.canonical_json(json.loads('{"b":[1,null],"a":"\\u00e9\\n"}')) == '{"a":"é\\n","b":[1,null]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.canonical_json({"x": float("nan")})
