"""Recorded practice calls: who agreed, how long each is kept, what became of it. Pure but for where files lie.

    <sitting>/recordings/<call key>.wav      both voices, 16 kHz

Nothing is recorded unless the trainee agreed in that sitting, after notice, and as long as that stands (domain §2.11): a new round among
people who practise together ends it, somebody else may be at the desk. What counts is the journal: rows of the kinds below, chained with
all others. An exam has none of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from scenarios.rotation import ROTATED
from scenarios.sitting import Row

FOLDER = "recordings"
DEFAULT_DAYS, MOST_DAYS = 30, 180  # kept, unless something else is chosen; never longer
AGREED, DECLINED = "RecordingAgreed", "RecordingDeclined"
BEGAN = "RecordingBegan"  # a fact of the phone
RECORDED, EXPORTED, ERASED = "CallRecorded", "RecordingExported", "RecordingErased"
KINDS = (AGREED, DECLINED, ROTATED, BEGAN, RECORDED, EXPORTED, ERASED)
PURPOSES = ("réécoute", "calibrage")
CALL_KEY = re.compile(r"[A-Za-z0-9_-]{1,70}")
ASKED, TIME = "demande", "durée de conservation passée"


@dataclass(frozen=True)
class Consent:
    """What the trainee agreed to. `seq`: of its row; `by` the name given; `days` each call is kept."""

    seq: int
    at: str
    by: str
    days: int
    purposes: tuple[str, ...]


@dataclass(frozen=True)
class Recording:
    """`began_at`, `kept_until`: instants, ISO 8601; `file` in the sitting's folder of recordings; `erased_at` "" while it is there."""

    call_key: str
    began_at: str
    consent: Consent
    file: str = ""
    bytes: int = 0
    sha256: str = ""
    seconds: float = 0.0
    kept_until: str = ""
    erased_at: str = ""

    @property
    def there(self) -> bool:
        return bool(self.file) and not self.erased_at

    def due(self, now: dt.datetime) -> bool:
        """Whether its time has passed."""
        return self.there and dt.datetime.fromisoformat(self.kept_until) <= now


def path_of(folder: Path, call_key: str) -> Path:
    """Where a call's recording is, or would be. Raises ValueError for what is no key of a call."""
    if not CALL_KEY.fullmatch(call_key):
        raise ValueError(f"not a call's key: {call_key!r}")
    return folder / FOLDER / f"{call_key}.wav"


def consent_now(rows: Iterable[Row]) -> Consent | None:
    """The one in force after these rows."""
    standing: Consent | None = None
    for row in rows:
        standing = _consent(row, standing)
    return standing


def _consent(row: Row, standing: Consent | None) -> Consent | None:
    if row.kind in (DECLINED, ROTATED):
        return None
    if row.kind != AGREED:
        return standing
    data = row.data
    return Consent(row.seq, row.at, str(data["by"]), int(data["days"]), tuple(str(one) for one in data["purposes"]))


def recordings(rows: Iterable[Row]) -> dict[str, Recording]:
    """By the call's key, in order. A recording that began without consent is not among them: its file is nobody's to keep."""
    standing: Consent | None = None
    found: dict[str, Recording] = {}
    for row in rows:
        standing = _consent(row, standing)
        known = found.get(row.call_key)
        if row.kind == BEGAN and standing is not None:
            found[row.call_key] = Recording(row.call_key, str(row.data.get("told_at") or row.at), standing)
        elif row.kind == RECORDED and known is not None:
            told = {name: row.data[name] for name in ("file", "bytes", "sha256", "seconds", "kept_until")}
            found[row.call_key] = replace(known, **told)
        elif row.kind == ERASED and known is not None:
            found[row.call_key] = replace(known, erased_at=row.at)
    return found


def keep_until(consent: Consent, recorded_at: dt.datetime) -> dt.datetime:
    return recorded_at + dt.timedelta(days=min(consent.days, MOST_DAYS))
