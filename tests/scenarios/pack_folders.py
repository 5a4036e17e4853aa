"""Packs for tests: the one that ships, and a fresh skeleton whose files a test may spoil."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
from pathlib import Path

from scenarios.pack import Pack
from scenarios.pack_files import PackProblem
from scenarios.pack_load import Loaded, read_pack
from scenarios.pack_new import create

DAY = dt.date(2026, 11, 23)
MARVALUNE = Path(__file__).parents[2] / "scenarios" / "packs" / "marvalune"
# Mondays and Fridays, ends of month and of year, a leap day, days around public holidays.
OTHER_DAYS = tuple(
    map(dt.date.fromisoformat, ("2026-12-31", "2027-01-04", "2027-03-01", "2027-04-30", "2027-07-15", "2027-08-31", "2028-02-29"))
)


@functools.cache
def read_marvalune(variant: str = "") -> Loaded:
    """A subject of the pack that ships, on DAY: read once (a second), and never when tests are only collected."""
    return read_pack(MARVALUNE, DAY, variant)


def marvalune(variant: str = "") -> Pack:
    loaded = read_marvalune(variant)
    assert loaded.pack is not None and loaded.problems == []
    return loaded.pack


WORKED_WITH = ("agenda_slot", "field_rep", "availability", "resource")
"""What of the crowd is not other customers."""


def lean_marvalune(folder: Path) -> Path:
    """A copy of the pack that ships without its other customers and their past: for tests that look at none of them, as most of the
    time a room takes to open is the making of their records, once a station."""
    pack = shutil.copytree(MARVALUNE, folder / "marvalune")
    for path in (pack / "crowd").glob("*.csv"):
        if path.stem not in WORKED_WITH:
            path.unlink()
    return pack


OPTIONAL = ("campaigns.yaml", "retention.yaml", "canned.yaml", "crowd", "questionnaires", "trees", "letters", "sheets", "knowledge")


def skeleton(tmp_path: Path) -> Path:
    """A new pack less the examples of what a pack may do without: tests write their own."""
    pack = tmp_path / "pack"
    create(pack, "mon-pack", "Mon pack")
    for name in OPTIONAL:
        shutil.rmtree(pack / name) if (pack / name).is_dir() else (pack / name).unlink()
    return pack


def spoil(pack: Path, name: str, old: str, new: str) -> int:
    """Replaces `old`, which must be there once at least, by `new`; returns the line it began on."""
    path = pack / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} not in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def told(problems: list[PackProblem], file: str, line: int, words: str) -> bool:
    """Whether one of the problems is in that file, on that line, and says these words."""
    return any(p.file == file and p.line == line and words in f"{p.key} {p.message}" for p in problems)
