"""The spool outlives its process: nothing decided is lost, nothing confirmed comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workstation.links.spool import Spool, SpoolInUse, Write

ROOT = Path(__file__).parents[2]


def save(id: str, record: str = "r", version: int = 0, **fields: Any) -> Write:
    return Write(id, "save", {"kind": "note", "record_id": record, "version": version, "fields": fields, "call_key": ""})


def test_order_ids_and_counts(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    for write in (save("b"), Write("a", "fact", {"at": "", "fact": {}}), save("b", text="again")):
        spool.put(write)
    assert [w.id for w in spool.waiting()] == ["b", "a"] and spool.count() == 2
    assert spool.waiting()[0].body["fields"] == {}, "the first of an id counts"
    spool.drop("b", "unknown")
    spool.close()
    again = Spool(tmp_path / "s")
    assert [w.id for w in again.waiting()] == ["a"]
    again.close()


def test_a_field_left_empty_is_no_draft(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    for empty in ("", None):
        spool.keep_draft("r", {"version": 0, "fields": {"text": "a", "next_on": empty}})
        assert spool.confirm(save("1", text="a"), 1) is None and not spool.drafts()
    spool.keep_draft("r", {"version": 0, "fields": {"text": "", "next_on": ""}})
    assert spool.confirm(save("1", text="a"), 1) is not None, "emptied since it was sent: that is something"
    spool.close()


def test_a_confirmed_save_hands_its_version_to_the_next(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    for write in (save("1", text="a"), save("2", text="b"), save("3", "other"), save("4", version=7)):
        spool.put(write)
    assert spool.confirm(save("1", text="a"), 1) is None
    assert [(w.id, w.body["version"]) for w in spool.waiting()] == [("2", 1), ("3", 0), ("4", 7)]
    spool.close()


def test_a_draft_goes_with_its_save_unless_more_was_typed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.keep_draft("r", {"version": 0, "fields": {"text": "a"}})
    spool.keep_draft("kept", {"version": 0, "fields": {}})
    assert spool.confirm(save("1", text="a"), 1) is None
    assert set(spool.drafts()) == {"kept"}
    spool.keep_draft("r", {"version": 1, "fields": {"text": "ab"}})
    assert spool.confirm(save("2", version=1, text="a"), 2) == {"version": 2, "fields": {"text": "ab"}}
    assert spool.drafts()["r"]["version"] == 2
    spool.forget_draft("r")
    assert "r" not in spool.drafts()
    spool.close()


def test_a_fault_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.put(save("1"))
    broken = Write("1", "save", {"version": 0})
    with pytest.raises(KeyError):
        spool.put(save("2"))
        spool.confirm(broken, 1)
    assert [w.id for w in spool.waiting()] == ["1", "2"]
    spool.close()


def test_no_card_number_reaches_the_disk_even_while_it_is_typed(tmp_path: Path) -> None:
    spool, card = Spool(tmp_path / "s"), "4970105181854329"
    for count in range(1, len(card) + 1):
        spool.keep_draft("r", {"kind": "note", "version": 0, "fields": {"text": f"carte {card[:count]}", "contact_id": "c"}, "where": {}})
    spool.put(save("w", text=f"carte {card}"))
    assert spool.waiting()[0].body["fields"] == {"text": "carte ••••••••••••4329"}
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert card[:8].encode() in on_disk and card[:9].encode() not in on_disk and card[3:12].encode() not in on_disk
    spool.close()


def test_a_long_number_that_is_no_card_goes_with_its_save(tmp_path: Path) -> None:
    """A draft keeps it masked, for it might have become one; saved, it is saved whole and the draft is dropped."""
    spool, write = Spool(tmp_path / "s"), save("w", text="colis 612345678901")
    spool.keep_draft("r", {"kind": "note", "version": 0, "fields": {"text": "colis 612345678901"}, "where": {}})
    spool.put(write)
    assert spool.waiting()[0].body["fields"] == {"text": "colis 612345678901"}
    assert spool.confirm(spool.waiting()[0], 1) is None and not spool.drafts()
    spool.close()


def test_two_desks_cannot_share_a_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    with pytest.raises(SpoolInUse):
        Spool(tmp_path / "s")
    spool.close()
    Spool(tmp_path / "s").close()


WRITER = """
import sys
from pathlib import Path
from workstation.links.spool import Spool, Write
spool = Spool(Path(sys.argv[1]))
for n in range(1_000_000):
    spool.put(Write(f"{n}", "trace", {"n": n}))
    spool.keep_draft("r", {"n": n})
    print(n, flush=True)
"""


def test_what_was_put_survives_kill_9(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "s")], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = -1
    for line in process.stdout:
        said = int(line)
        if said >= 25:
            break
    os.kill(process.pid, signal.SIGKILL)
    said = max([said, *(int(line) for line in process.stdout)])
    process.wait(10)
    process.stdout.close()
    spool = Spool(tmp_path / "s")
    kept = [w.body["n"] for w in spool.waiting(1_000_000)]
    assert kept == list(range(len(kept))) and len(kept) >= said + 1
    assert spool.drafts()["r"]["n"] >= said
    spool.close()
