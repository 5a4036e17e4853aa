"""What a simulation left behind, beside what its pack waited for: folds over journal rows and records. Pure.

Facts only: what is there, when, and how it differs. What it is worth is for people to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cti.message_lines import BadMessage
from cti.messages import FACTS, CallHeld, CallResumed, TransferProgressed
from cti.station import CALL_FACTS, KnownCall, Told, fold_call
from cti.switchboard import told_from
from scenarios.matching import event_matches, fields_match, plain
from scenarios.pack import Cue, ExpectedRecord, ExpectedStep, HiddenFact
from scenarios.sitting import Played, Row, qualified_call

Records = Mapping[str, Sequence[Mapping[str, Any]]]  # kind -> records as JSON values
ANNOUNCED_WITHIN = 30.0  # seconds between the cue that says « je vous mets en attente » and the hold
WAITING_WORDS = ("attente", "patienter", "hold")  # found in the id or label of that cue
CHANGES = ("RecordCreated", "RecordChanged")


def instant_of(row: Row) -> dt.datetime:
    """When it happened: what the station told, else when it was journaled (aware, UTC)."""
    return dt.datetime.fromisoformat(str(row.data.get("told_at") or row.at)).astimezone(dt.UTC)


def window(rows: Iterable[Row], played: Played) -> list[Row]:
    """The rows of one simulation, its start and end included; up to the last row while it runs."""
    last = played.ended_seq or float("inf")
    return [row for row in rows if played.started_seq <= row.seq <= last] if played.started_seq else []


def records_at(records: Records, later: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """The records as they stood before the rows in `later` (in order of seq), told from how they stand now."""
    state = {kind: {str(r["id"]): dict(r) for r in some} for kind, some in records.items()}
    for row in reversed(later):
        if row.kind not in CHANGES or row.data.get("record_kind") not in state:
            continue
        kind, one = state[row.data["record_kind"]], str(row.data["id"])
        if row.kind == "RecordCreated":
            kind.pop(one, None)
        elif one in kind:
            kind[one] |= {**row.data["before"], "version": int(row.data["version"]) - 1}
    return {kind: list(some.values()) for kind, some in state.items()}


# --- records ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldFinding:
    """`wanted` as the pack says it (see scenarios/matching.py), `actual` as the record has it, None without a record."""

    name: str
    wanted: Any
    actual: Any
    same: bool


@dataclass(frozen=True)
class RecordFinding:
    """`record_id`: the record compared, "" when none was found. `found`: how many are wholly as wanted, `count` how many should be
    (None: at least one). `touched`: journal rows that changed a contact that was to be left as it is."""

    expected: ExpectedRecord
    record_id: str = ""
    found: int = 0
    fields: tuple[FieldFinding, ...] = ()
    touched: tuple[Row, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the file shows what was asked."""
        if self.expected.untouched:
            return not self.touched
        return self.found >= 1 if self.expected.count is None else self.found == self.expected.count


def compare_records(expected: Sequence[ExpectedRecord], records: Records, rows: Sequence[Row]) -> list[RecordFinding]:
    """Each expected record beside the one that comes nearest; those this simulation wrote come before older ones."""
    written = [(str(row.data.get("record_kind")), str(row.data.get("id"))) for row in rows if row.kind in CHANGES]
    latest = {one: place for place, one in enumerate(written)}
    found: dict[str, RecordFinding] = {}
    for one in expected:
        owner = found[one.of].record_id if one.of in found else "" if one.of else None
        found[one.id] = _compare(one, records, rows, latest, owner)
    return [found[one.id] for one in expected]


def _compare(
    one: ExpectedRecord, records: Records, rows: Sequence[Row], latest: Mapping[tuple[str, str], int], owner: str | None
) -> RecordFinding:
    """`owner`: the contact it must belong to; "" one that was not found, None any."""
    if one.untouched:
        touched = [row for row in rows if row.kind in CHANGES and row.data.get("contact_id") == one.untouched]
        return RecordFinding(one, touched=tuple(touched))
    candidates = [r for r in records.get(one.kind, ()) if fields_match(r, one.match)]
    if owner is not None:
        candidates = [r for r in candidates if owner and r.get("contact_id") == owner]
    found = sum(fields_match(r, one.expect) for r in candidates)
    if not candidates:
        return RecordFinding(one, fields=tuple(FieldFinding(n, w, None, False) for n, w in one.expect.items()))

    def nearness(record: Mapping[str, Any]) -> tuple[int, int]:
        return sum(fields_match(record, {n: w}) for n, w in one.expect.items()), latest.get((one.kind, str(record["id"])), -1)

    best = max(candidates, key=nearness)
    fields = tuple(FieldFinding(n, w, _value(best, n), fields_match(best, {n: w})) for n, w in one.expect.items())
    return RecordFinding(one, str(best["id"]), found, fields)


def _value(record: Mapping[str, Any], name: str) -> Any:
    value: Any = record
    for part in (name,) if name in record else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


# --- calls ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HoldStory:
    """One wait of the customer. `announced`: label of the cue given just before; "" when none was; None when the pack has no such cue."""

    at: dt.datetime
    seconds: float | None  # None: not over
    announced: str | None


@dataclass(frozen=True)
class CallStory:
    """One call of the simulation; seconds are of the station's clock. `wrap_up`: from its end to its first qualification."""

    call: KnownCall
    answered_after: float | None
    talked: float | None
    holds: tuple[HoldStory, ...]
    transferred: bool
    wrap_up: float | None


def call_stories(rows: Sequence[Row], cues: Sequence[Cue]) -> list[CallStory]:
    """The calls of these rows, in order of their first fact."""
    told: dict[str, list[Told]] = {}
    transferred: set[str] = set()
    for row in rows:
        if row.kind not in FACTS or "fact_id" not in row.data:
            continue
        try:
            one = told_from(row.kind, row.data)
        except BadMessage:
            continue  # written by another version: its row is still in the timeline
        if isinstance(one.fact, CALL_FACTS):
            told.setdefault(row.call_key, []).append(one)
        elif isinstance(one.fact, TransferProgressed) and one.fact.final and 200 <= one.fact.code < 300:
            transferred.add(row.call_key)
    waiting = {cue.id: cue.label for cue in cues if any(word in plain(f"{cue.id} {cue.label}") for word in WAITING_WORDS)}
    given = [
        (instant_of(row), waiting[str(row.data.get("cue"))]) for row in rows if row.kind == "CueGiven" and row.data.get("cue") in waiting
    ]
    qualified = {key: instant_of(row) for row in reversed(rows) if (key := qualified_call(row))}
    stories = []
    for key, facts in told.items():
        call = fold_call(key, facts)
        holds = _holds(call, given if waiting else None)
        began, answered, ended = call.began_at, call.answered_at, call.ended_at
        stories.append(
            CallStory(
                call,
                (answered - began).total_seconds() if answered and began else None,
                (ended - answered).total_seconds() if ended and answered else None,
                holds,
                key in transferred,
                max(0.0, (qualified[key] - ended).total_seconds()) if ended and key in qualified else None,
            )
        )
    return stories


def _holds(call: KnownCall, announced: Sequence[tuple[dt.datetime, str]] | None) -> tuple[HoldStory, ...]:
    holds: list[HoldStory] = []
    since: dt.datetime | None = None
    for one in call.told:
        if isinstance(one.fact, CallHeld) and one.fact.by == "local" and since is None:
            since = one.at
        elif isinstance(one.fact, CallResumed) and one.fact.by == "local" and since is not None:
            holds.append(HoldStory(since, (one.at - since).total_seconds(), _announced(since, announced)))
            since = None
    if since is not None:
        seconds = (call.ended_at - since).total_seconds() if call.ended_at else None
        holds.append(HoldStory(since, seconds, _announced(since, announced)))
    return tuple(holds)


def _announced(hold: dt.datetime, given: Sequence[tuple[dt.datetime, str]] | None) -> str | None:
    if given is None:
        return None
    return next((label for at, label in reversed(given) if 0 <= (hold - at).total_seconds() <= ANNOUNCED_WITHIN), "")


# --- steps ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepFinding:
    """`seen`: rows that are the step, in its place; `elsewhere`: those that would be at another moment."""

    expected: ExpectedStep
    seen: tuple[Row, ...]
    elsewhere: tuple[Row, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the journal shows what was asked."""
        return bool(self.seen) != self.expected.absent


def compare_steps(expected: Sequence[ExpectedStep], rows: Sequence[Row]) -> list[StepFinding]:
    """Each expected step beside the rows that show it. A step after one that was not seen is not seen either."""
    talking = _during_call(rows)
    by_id: dict[str, StepFinding] = {}
    for step in _in_order(expected):
        first: float = 0
        if step.after:
            before = by_id.get(step.after)
            first = before.seen[0].seq if before and before.seen else float("inf")
        fitting = [row for row in rows if event_matches(row.kind, {"actor": row.actor, "call_key": row.call_key, **row.data}, step.event)]
        seen = [r for r in fitting if r.seq > first and (step.during_call is None or (r.seq in talking) == step.during_call)]
        by_id[step.id] = StepFinding(step, tuple(seen), tuple(r for r in fitting if r not in seen))
    return [by_id[step.id] for step in expected]


def _in_order(expected: Sequence[ExpectedStep]) -> list[ExpectedStep]:
    """Steps after those they follow; a circle, which a checked pack does not have, ends where it began."""
    by_id = {step.id: step for step in expected}
    done: dict[str, ExpectedStep] = {}
    for step in expected:
        chain: list[ExpectedStep] = []
        while step.id not in done and step not in chain:
            chain.append(step)
            step = by_id.get(step.after, step)
        done.update((one.id, one) for one in reversed(chain))
    return list(done.values())


def _during_call(rows: Sequence[Row]) -> set[int]:
    """Seqs of the rows journaled while a call was answered, or a written conversation accepted, and not over."""
    up: set[str] = set()
    inside: set[int] = set()
    for row in rows:
        if row.kind in ("CallAnswered", "ChatAccepted"):
            up.add(row.call_key)
        elif row.kind in ("CallEnded", "ChatClosed"):
            up.discard(row.call_key)
        if up:
            inside.add(row.seq)
    return inside


# --- the rest ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RevealFinding:
    fact: HiddenFact
    row: Row | None  # the first time the customer told it


def reveals(hidden: Sequence[HiddenFact], rows: Sequence[Row]) -> list[RevealFinding]:
    told = [row for row in rows if row.kind == "CustomerRevealed"]
    return [RevealFinding(fact, next((row for row in told if row.data.get("fact") == fact.id), None)) for fact in hidden]


@dataclass(frozen=True)
class Identification:
    """When the caller's identity was recorded as checked, and the first thing given out: a document sent or a record of his changed."""

    checked: Row | None
    first_given: Row | None


def identification(rows: Sequence[Row]) -> Identification:
    def is_identification(row: Row) -> bool:
        return row.kind in CHANGES and row.data.get("record_kind") == "identification"

    checked = next(
        (row for row in rows if is_identification(row) and row.data.get("after", {}).get("outcome", "vérifié") == "vérifié"), None
    )
    silent = ("identification", "interaction", "note", "task")
    given = (r for r in rows if r.kind == "DocumentProduced" or (r.kind in CHANGES and r.data.get("record_kind") not in silent))
    return Identification(checked, next(given, None))


def seconds_by_state(rows: Sequence[Row], start: dt.datetime, end: dt.datetime) -> dict[str, float]:
    """Seconds the agent spent in each state between two instants, the state at the start told by the first change seen."""
    total: dict[str, float] = {}
    at, state = start, ""
    for row in rows:
        if row.kind != "AgentStateChanged":
            continue
        now = min(max(dt.datetime.fromisoformat(row.at).astimezone(dt.UTC), start), end)
        state = state or str(row.data["before"])
        total[state] = total.get(state, 0.0) + (now - at).total_seconds()
        at, state = now, str(row.data["after"])
    if state:
        total[state] = total.get(state, 0.0) + (end - at).total_seconds()
    return {name: round(seconds, 1) for name, seconds in total.items()}
