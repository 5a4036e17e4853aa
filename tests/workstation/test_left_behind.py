"""Between two candidates, what is erased of a station and what stays."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from workstation.links.left_behind import SPOOL, folder_of, leave_nothing
from workstation.links.spool import Spool, Write


def desk_of(place: Path, sitting: str, mode: str = "exam", unsent: int = 0) -> Path:
    folder = folder_of(place, sitting, mode)
    with closing(Spool(folder / SPOOL)) as spool:
        spool.keep_draft("r1", {"fields": {"body": "ce que tapait le candidat"}})
        for rank in range(unsent):
            spool.put(Write(f"w{rank}", "trace", {"kind": "ScreenOpened"}))
    (folder / "documents").mkdir()
    (folder / "documents" / "reponse.pdf").write_bytes(b"%PDF")
    return folder


def test_an_exam_leaves_nothing_at_the_station(tmp_path: Path) -> None:
    before, now = desk_of(tmp_path, "s1"), desk_of(tmp_path, "s2")
    (tmp_path / "phone.log").write_text("INVITE")
    assert leave_nothing(tmp_path, "s2") == []
    assert not before.exists() and not (tmp_path / "phone.log").exists()
    assert (now / "documents" / "reponse.pdf").exists()


def test_what_was_not_sent_stays_and_is_told(tmp_path: Path) -> None:
    before = desk_of(tmp_path, "s1", unsent=1)
    folder_of(tmp_path, "s2", "exam")
    assert leave_nothing(tmp_path, "s2") == [before]
    with closing(Spool(before / SPOOL)) as spool:
        assert spool.count() == 1


def test_a_spool_that_another_desk_holds_is_left_alone(tmp_path: Path) -> None:
    before = desk_of(tmp_path, "s1")
    with closing(Spool(before / SPOOL)):
        assert leave_nothing(tmp_path, "s2") == [before]
    assert before.exists()


def test_practice_keeps_its_exports(tmp_path: Path) -> None:
    before = desk_of(tmp_path, "s1", mode="practice")
    (tmp_path / "phone.log").write_text("INVITE")
    assert leave_nothing(tmp_path, "s2") == []
    assert before.exists() and (tmp_path / "phone.log").exists()
