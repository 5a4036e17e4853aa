"""The case file of one sitting: records and journal in one SQLite file, with one writer.

Every write is one transaction (WAL, synchronous=FULL): the record, its consequences, their journal rows and the
answer kept for a replay. What a method returns is on disk. Methods may be called from any thread: writes take
turns behind a lock, reads run beside them on connections of their own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from crm_mock import consequences, documents, durable, journal, permissions, store
from crm_mock.bulk import nothing_is_garbage
from crm_mock.casefile_reading import CaseFileReading, connect
from crm_mock.errors import (
    CardNumberRefused,
    CaseFileClosed,
    CaseFileExists,
    CaseFileMissing,
    CaseFileUnusable,
    InvalidFields,
    RecordNotFound,
    StorageFailed,
    UnknownKind,
    VersionConflict,
    WriteIdReused,
)
from crm_mock.journal import Event, JournalRow
from crm_mock.models import KINDS, Document, Owned, Record, Saved
from crm_mock.rules import calendar, card_numbers
from crm_mock.rules.profile import CompanyProfile
from crm_mock.schema import casefile_migrations, check_tables
from crm_mock.validation import normalised, to_record

R = TypeVar("R", bound=Record)
T = TypeVar("T")
OnCommit = Callable[[Sequence[JournalRow]], None]
SERVER = "système"  # the actor of consequences

logger = logging.getLogger(__name__)


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class _Write:
    """One PUT, as received."""

    kind: str
    id: str
    version: int
    fields: Mapping[str, Any]
    write_id: str
    actor: str
    role: str
    call_key: str

    @property
    def fingerprint(self) -> str:
        text = journal.canonical_json([self.kind, self.id, self.version, dict(self.fields), self.role])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _Room:
    """What the consequences may see of the case file (`consequences.World`)."""

    def __init__(self, conn: sqlite3.Connection, clock: dt.datetime, now: str, profile: CompanyProfile, spellcheck: bool) -> None:
        self._conn = conn
        self.today, self.clock, self.now, self.profile = clock.date(), clock, now, profile
        self.spellcheck = spellcheck

    def get(self, model: type[R], record_id: str) -> R | None:
        return store.get(self._conn, model, record_id) if record_id else None

    def where(self, model: type[R], **equal: str) -> list[R]:
        return store.where(self._conn, model, **equal)

    def next_reference(self, model: type[Record], prefix: str) -> str:
        return store.next_reference(self._conn, model, prefix)


class CaseFile(CaseFileReading):
    """Made by `create` or `open`. `folder` is the sitting's: documents are under `folder/documents`.

    `on_commit` is called with the rows of each transaction after it is on disk, in order of `seq`, from the
    writing thread: it must be quick and must not write. `today` gives the day of the scenario; `story_time`, set by whoever
    knows it, the local time of its clock (nine o'clock without it). `spellcheck`: whether written replies may be checked now.
    """

    story_time: Callable[[], dt.datetime] | None = None
    spellcheck = False

    def __init__(self, path: Path, on_commit: OnCommit | None, today: Callable[[], dt.date], now: Callable[[], dt.datetime]) -> None:
        super().__init__(path, today)
        self.on_commit, self._now = on_commit, now
        self._lock = threading.RLock()
        self._conn = connect(path)
        try:
            self._db = Database(self._conn, strict=True)
            self._conn.execute("PRAGMA journal_mode=WAL")
        except BaseException:
            self._conn.close()
            raise

    # -- making and opening

    @classmethod
    def create(
        cls,
        path: Path,
        records: Iterable[Record],
        first_event: Event,
        profile: CompanyProfile,
        *,
        on_commit: OnCommit | None = None,
        today: Callable[[], dt.date] = dt.date.today,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> CaseFile:
        """Builds the file beside its place, then moves it there: a file that exists is whole.

        `first_event` gets `records` (how many) and `records_sha256` (over their canonical JSON, in order), which
        ties the starting state to the journal. Raises CaseFileExists; InvalidFields when ids repeat or lead nowhere;
        CaseFileUnusable when the disk takes no more.
        """
        if path.exists():
            raise CaseFileExists("Ce dossier de session existe déjà.", {})
        path.parent.mkdir(parents=True, exist_ok=True)
        building = path.with_name(path.name + ".new")
        for leftover in (building, building.with_name(building.name + "-wal"), building.with_name(building.name + "-shm")):
            leftover.unlink(missing_ok=True)
        try:
            case = cls(building, None, today, now)
            try:
                casefile_migrations.apply(case._db)
                with case._db.atomic(), nothing_is_garbage():
                    case._fill(list(records), first_event, profile)
                case._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                case.close()
        except sqlite3.OperationalError as error:
            title = f"Le dossier de session ne peut pas être écrit (disque plein ?) : {path.parent}"
            raise CaseFileUnusable(title, {"reason": str(error)}) from error
        durable.move(building, path)
        return cls.open(path, on_commit=on_commit, today=today, now=now)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        on_commit: OnCommit | None = None,
        today: Callable[[], dt.date] = dt.date.today,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> CaseFile:
        """Migrates, then checks the file and the whole journal. Raises CaseFileMissing, SchemaMismatch,
        JournalBroken, CaseFileUnusable."""
        if not path.is_file():
            raise CaseFileMissing("Ce dossier de session est introuvable.", {})
        try:
            case = cls(path, on_commit, today, now)
        except sqlite3.DatabaseError as error:
            raise CaseFileUnusable("Ce dossier de session est illisible.", {"reason": str(error)}) from error
        try:
            casefile_migrations.apply(case._db)
            check_tables(case._db)
            case.verify()
            for year in (today().year, today().year + 1):
                calendar.public_holidays(year)  # half a second the first time: not inside somebody's save
            case.profile = CompanyProfile.model_validate_json(case.meta("profile"))
        except sqlite3.DatabaseError as error:
            case.close()
            raise CaseFileUnusable("Ce dossier de session est illisible.", {"reason": str(error)}) from error
        except BaseException:
            case.close()
            raise
        return case

    profile: CompanyProfile

    def _fill(self, records: list[Record], first_event: Event, profile: CompanyProfile) -> None:
        digest = hashlib.sha256()
        kept: dict[tuple[str, str], Record] = {}
        problems: dict[str, str] = {}
        for given in records:
            if (given.kind, given.id) in kept:
                problems[f"{given.kind}/{given.id}"] = "Identifiant en double."
                continue
            record = normalised(given).model_copy(update={"version": 1})
            kept[record.kind, record.id] = record
            dumped = store.dump(record)
            if card_numbers.refused_fields(dumped):
                problems[f"{record.kind}/{record.id}"] = "Numéro de carte bancaire."
            digest.update(store.text_of(dumped).encode() + b"\n")
        for record in kept.values():
            for name, message in store.bad_links(record, lambda target, linked: kept.get((target.kind, linked))).items():
                problems[f"{record.kind}/{record.id}.{name}"] = message
        if problems:
            raise InvalidFields(problems)
        for record in kept.values():
            store.save(self._conn, None, record)
        self._conn.execute("INSERT INTO meta VALUES ('profile', ?)", (profile.model_dump_json(),))
        data = {**first_event.data, "records": len(records), "records_sha256": digest.hexdigest()}
        journal.append(self._conn, [replace(first_event, data=card_numbers.mask_deep(data))], self._instant())

    def close(self) -> None:
        """Waits for the write under way. Idempotent; later calls raise CaseFileClosed."""
        with self._lock:
            self._conn.close()
            self._close_readers()

    def __enter__(self) -> CaseFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing

    def put(
        self,
        kind: str,
        id: str,
        version: int,
        fields: Mapping[str, Any],
        *,
        write_id: str,
        actor: str,
        role: str,
        call_key: str = "",
    ) -> Saved:
        """Creates (`version` 0) or changes a record; `fields` holds JSON values of the fields to set only.

        The same `write_id` again gets the first answer and changes nothing. Nothing to change: the present version
        is answered, without a journal row. Raises the errors of `crm_mock/errors.py`, nothing being written.
        """
        model = KINDS.get(kind)
        if model is None:
            raise UnknownKind(kind)
        write = _Write(kind, id, version, fields, write_id, actor, role, call_key)
        try:
            self._refuse_cards(write)
        except RecursionError:
            raise InvalidFields({"fields": "Une fiche est attendue."}) from None
        with self._lock:
            produced = self._produce(write) if model is Document and version == 0 else None
            saved, rows = self._transaction(lambda: self._put(model, write, produced))
            self._publish(rows)
        return saved

    def append_events(self, events: Sequence[Event]) -> list[JournalRow]:
        """Journals other floors' events, card numbers masked; those whose `event_id` is known are left out."""
        masked = [journal.storable(e) for e in events]
        if not masked:
            return []
        with self._lock:
            rows = self._transaction(lambda: journal.append(self._conn, masked, self._instant()))
            self._publish(rows)
        return rows

    def _transaction(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise CaseFileClosed("Le dossier de session est fermé.", {})
        try:
            return self._atomically(work)
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            raise StorageFailed(str(error)) from error

    def _atomically(self, work: Callable[[], T]) -> T:
        with self._db.atomic():
            # Takes the write lock before the first read: what is read cannot change before the commit.
            self._conn.execute("UPDATE meta SET value = value WHERE 0")
            return work()

    def _publish(self, rows: Sequence[JournalRow]) -> None:
        if not rows or self.on_commit is None:
            return
        try:
            self.on_commit(rows)
        except Exception:
            # The write is on disk and must be answered; watchers resume by seq.
            logger.exception("on_commit failed after journal row %d", rows[-1].seq)

    def _refuse_cards(self, write: _Write) -> None:
        refused = card_numbers.refused_fields({"id": write.id, "call_key": write.call_key, **write.fields})
        if not refused:
            return
        data = {"record_kind": write.kind, "id": card_numbers.mask(write.id), "fields": refused}
        call_key = card_numbers.mask(write.call_key)
        self.append_events([Event("CardNumberRefused", data, write.actor, call_key, f"card:{card_numbers.mask(write.write_id)}")])
        raise CardNumberRefused(refused)

    def _produce(self, write: _Write) -> documents.Produced | None:
        """The file of a new document, on disk before its row: a row never names a missing file."""
        if self._closed:
            raise CaseFileClosed("Le dossier de session est fermé.", {})
        known = self._conn.execute("SELECT 1 FROM answer WHERE write_id = ?", (write.write_id,)).fetchone()
        if known is not None:
            return None
        draft = self._changed(Document, write, store.get(self._conn, Document, write.id))
        room = _Room(self._conn, self._clock(), self._instant(), self.profile, self.spellcheck)
        try:
            return documents.produce(draft, room, self.folder)
        except OSError as error:
            raise StorageFailed(error.strerror or "") from error

    def _put(self, model: type[Record], write: _Write, produced: documents.Produced | None) -> tuple[Saved, list[JournalRow]]:
        answered = self._conn.execute("SELECT fingerprint, saved FROM answer WHERE write_id = ?", (write.write_id,)).fetchone()
        if answered is not None:
            if answered["fingerprint"] != write.fingerprint:
                raise WriteIdReused(write.write_id)
            return Saved.model_validate_json(answered["saved"]), []
        before = store.get(self._conn, model, write.id)
        after = self._changed(model, write, before)
        if produced is not None:
            after = after.model_copy(update={"file": produced.file, "sha256": produced.sha256, "sent_to": produced.sent_to})
        now = self._instant()
        rows: list[JournalRow] = []
        if before is None or after != before:
            rows = self._save(write, before, after, now)
            saved_record = store.get(self._conn, model, write.id)
            assert saved_record is not None
            after = saved_record
        saved = Saved(
            kind=write.kind,
            id=write.id,
            version=after.version,
            record=store.dump(after),
            saved_at=now,
            seq=rows[0].seq if rows else self.last_seq(),
        )
        self._conn.execute("INSERT INTO answer VALUES (?,?,?)", (write.write_id, write.fingerprint, saved.model_dump_json()))
        return saved, rows

    def _changed(self, model: type[R], write: _Write, before: R | None) -> R:
        if before is None and write.version:
            raise RecordNotFound(write.kind, write.id)
        if before is not None and write.version != before.version:
            raise VersionConflict(store.dump(before), write.version)
        present = store.dump(before) if before is not None else {}
        fields = {k: v for k, v in write.fields.items() if k not in ("id", "version")}
        after = to_record(model, {**present, **fields, "id": write.id, "version": write.version})
        values = store.dump(after)
        reference = present if before is not None else store.dump(model.model_construct())
        changed = {k: values[k] for k in fields if values[k] != reference.get(k)}
        permissions.check(write.role, write.kind, before is None, changed, unowned=present.get("contact_id") == "")
        problems = store.bad_links(after, lambda target, linked: store.get(self._conn, target, linked))
        if problems:
            raise InvalidFields(problems)
        return after

    def _save(self, write: _Write, before: Record | None, after: Record, now: str) -> list[JournalRow]:
        clock = self._clock()
        told = calendar.instant(clock, "milliseconds") if self.story_time is not None else now
        room = _Room(self._conn, clock, told, self.profile, self.spellcheck)
        outcome = consequences.follow(before, after, room)
        own = outcome.record.model_copy(update={"version": write.version + 1})
        events = [self._change(before, own, write.actor, write.call_key, None)]
        because = {"record_kind": write.kind, "id": write.id}
        for other in outcome.others:
            present = store.get(self._conn, type(other), other.id)
            next_version = (present.version if present is not None else 0) + 1
            events.append(self._change(present, other.model_copy(update={"version": next_version}), SERVER, write.call_key, because))
        if isinstance(own, Document) and before is None:
            data = {"id": own.id, "contact_id": own.contact_id, "template": own.template, "subject_id": own.subject_id}
            data |= {"channel": own.channel, "sent_to": own.sent_to, "file": own.file, "sha256": own.sha256}
            events.append(Event("DocumentProduced", data, write.actor, write.call_key))
        return journal.append(self._conn, events, now)

    def _change(self, before: Record | None, after: Record, actor: str, call_key: str, because: Mapping[str, str] | None) -> Event:
        store.save(self._conn, before, after)
        was = store.dump(before) if before is not None else {}
        values = store.dump(after)
        names = [n for n in values if n not in ("id", "version", "contact_id") and (before is None or was[n] != values[n])]
        owner = after.contact_id if isinstance(after, Owned) else after.id if after.kind == "contact" else ""
        data: dict[str, Any] = {"record_kind": after.kind, "id": after.id, "contact_id": owner, "version": after.version}
        data |= {"before": {n: was[n] for n in names if n in was}, "after": {n: values[n] for n in names}}
        if because is not None:
            data["because"] = dict(because)
        return Event("RecordCreated" if before is None else "RecordChanged", data, actor, call_key)

    def _clock(self) -> dt.datetime:
        """The scenario's local time, of the scenario's day."""
        hour = self.story_time().time() if self.story_time is not None else dt.time(9)
        return dt.datetime.combine(self.today(), hour)

    def _instant(self) -> str:
        return self._now().astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
