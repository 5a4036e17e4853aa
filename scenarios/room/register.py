"""Who sits where: the places of a room, the machines let in at them, the jury's seats, the sittings' folders, the tests of the room.

Never what a candidate did: that is in the case file of the sitting. One room, one register: a file (SQLite), or a schema of its own in
the PostgreSQL of a network of centres. One process writes it, the room server: what it remembers of tokens is what the database holds.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    StaticPool,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from scenarios.room.enrolment import CODE_LIFE, KeptCode, charge, new_salt, token_hash
from scenarios.room.register_tables import (
    Assignment,
    EnrolledDevice,
    Role,
    RoomCheck,
    RoomPlace,
    SittingEntry,
    Verdict,
    assignments,
    enrolment_codes,
    enrolments,
    instant,
    places,
    room_checks,
    sittings,
)
from scenarios.sitting import SittingError

VERSION_TABLE = "plateau_register_version"
logger = logging.getLogger(__name__)
CODES_KEPT = dt.timedelta(hours=1)  # after they expired, so that a late desk is told why
_MIGRATING = threading.Lock()  # Alembic keeps what it does in its modules: one thread at a time
_MIGRATING_KEY = 7528832  # of PostgreSQL's advisory lock, for two processes that open a new register at once
MIGRATIONS = Path(__file__).parent / "migrations"


class RegisterUnusable(Exception):
    """This register cannot be opened; the message, in French, says why and what to do."""


class RegisterFailed(SittingError):
    """The disk or the database refused: nothing of this was kept, the same may be asked again."""

    def __init__(self, why: str) -> None:
        super().__init__("storage_failed", 503, f"Le registre de la salle ne répond pas ({why}) : rien n'a été enregistré.")


def _no_such_place(place: str) -> SittingError:
    return SittingError("unknown_place", 404, "Cette place n'existe pas dans la salle.", {"place": place})


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Register:
    """Every method is one short transaction, on the disk when it returns, from any thread. Raises RegisterFailed.

    `revoked`: called, once committed, for each device whose token has just stopped opening the room."""

    def __init__(self, engine: Engine, now: Callable[[], dt.datetime] = _utc_now) -> None:
        """Use `open`. `now` is aware."""
        self._engine, self._now = engine, now
        self._lock = threading.RLock()
        self._seen: dict[int, str] = {}  # enrolment → last seen, not yet written
        self.revoked: list[Callable[[EnrolledDevice], None]] = []
        with self.transaction() as db:
            self._forget_old_codes(db)
            self._standing = self._read_standing(db)
            salt = db.execute(select(enrolment_codes.c.salt).order_by(enrolment_codes.c.id.desc()).limit(1)).scalar()
        self._salt = salt or new_salt()

    @classmethod
    def open(cls, where: Path | str, *, now: Callable[[], dt.datetime] = _utc_now) -> Register:
        """A file's path, made when it is not there, or a database's address (`postgresql+psycopg://…`, with
        `?options=-csearch_path%3Dsalle_a` for one schema of it). Brought to this version's schema. Raises RegisterUnusable."""
        engine = _engine(where)
        name = engine.url.render_as_string(hide_password=True) if isinstance(where, str) and "://" in where else str(where)
        try:
            with _MIGRATING, engine.begin() as db:
                _migrate(db, name)
            return cls(engine, now)
        except DBAPIError as error:
            engine.dispose()
            raise RegisterUnusable(f"Le registre {name} ne peut pas être ouvert ({_why(error)}).") from None
        except (RegisterUnusable, RegisterFailed) as error:
            engine.dispose()
            raise RegisterUnusable(str(error)) from None

    def close(self) -> None:
        """What was seen last is written."""
        with self._lock:
            try:
                self.write_seen()
            except RegisterFailed as error:
                logger.warning("when the enrolled machines were seen last is not kept: %s", error)
            finally:
                self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One short transaction, on the disk when it ends. Raises RegisterFailed."""
        with self._lock:
            try:
                with self._engine.begin() as db:
                    yield db
            except (OperationalError, InterfaceError) as error:
                raise RegisterFailed(_why(error)) from error

    def let_go_of_deleted(self) -> None:
        """What was deleted is no longer in the file's journal either (SQLite: its pages are overwritten as they are freed)."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._lock:
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                raw.close()

    def stamp(self) -> str:
        """Now, as the register writes instants."""
        return instant(self._now())

    # --- places -------------------------------------------------------------------------------------

    def set_places(self, wanted: Iterable[RoomPlace]) -> None:
        """The room is made of these and no others. A place that is left out is retired: its token opens nothing any more, its past
        stays; it comes back, without token, when it is named again."""
        stamp, named = self.stamp(), {place.id: place for place in wanted}
        with self._lock:
            with self.transaction() as db:
                known = set(db.execute(select(places.c.id)).scalars())
                for place in named.values():
                    values = {"id": place.id, "label": place.label, "kind": place.kind, "retired_at": None}
                    if place.id in known:
                        db.execute(update(places).where(places.c.id == place.id).values(values))
                    else:
                        db.execute(insert(places).values(values))
                ended: list[EnrolledDevice] = []
                for left_out in known - named.keys():
                    gone = places.c.id == left_out, places.c.retired_at.is_(None)
                    db.execute(update(places).where(*gone).values(retired_at=stamp))
                    ended += self._revoke(db, left_out, stamp)
                    self._close_codes(db, left_out, stamp)
                    either = (assignments.c.seat == left_out) | (assignments.c.station == left_out)
                    db.execute(update(assignments).where(either, assignments.c.until.is_(None)).values(until=stamp))
                standing = self._read_standing(db)
            self._standing = standing  # once committed
        self._tell(ended)

    def places(self) -> tuple[RoomPlace, ...]:
        """Those of the room now, by id."""
        with self.transaction() as db:
            found = db.execute(select(places).where(places.c.retired_at.is_(None)).order_by(places.c.id))
            return tuple(RoomPlace(row.id, row.label, row.kind) for row in found)

    def place(self, place_id: str) -> RoomPlace:
        """Raises SittingError `unknown_place`."""
        with self.transaction() as db:
            return self._place(db, place_id)

    def _place(self, db: Connection, place_id: str, kind: str | None = None) -> RoomPlace:
        row = db.execute(select(places).where(places.c.id == place_id, places.c.retired_at.is_(None))).one_or_none()
        if row is None or (kind is not None and row.kind != kind):
            raise _no_such_place(place_id)
        return RoomPlace(row.id, row.label, row.kind)

    # --- tokens -------------------------------------------------------------------------------------

    def place_of_token(self, token: str) -> RoomPlace | None:
        """Which place this token opens; None: none, or none any more. No database: for every request. Notes that it was seen."""
        found = self._standing.get(token_hash(token))
        if found is None:
            return None
        self._seen[found[0]] = self.stamp()
        return found[1]

    def enrol(self, code: KeptCode, device: str) -> str:
        """Lets a machine in at the code's place and uses the code up; returns the token, of which nothing else is kept than a hash.
        The machine that was there before is out. Raises SittingError `code_used`, `unknown_place`: nothing has changed then."""
        token, stamp = secrets.token_urlsafe(32), self.stamp()
        with self._lock:
            with self.transaction() as db:
                self._place(db, code.place)
                unused = enrolment_codes.c.id == code.id, enrolment_codes.c.used_at.is_(None), enrolment_codes.c.closed_at.is_(None)
                if db.execute(update(enrolment_codes).where(*unused).values(used_at=stamp)).rowcount != 1:
                    raise SittingError("code_used", 410, "Ce code a déjà servi : demandez-en un nouveau au surveillant.")
                ended = self._revoke(db, code.place, stamp)
                values = {"place": code.place, "token_sha256": token_hash(token), "device": device, "created_at": stamp}
                db.execute(insert(enrolments).values(values))
                standing = self._read_standing(db)
            self._standing = standing  # once committed
        self._tell(ended)
        return token

    def revoke(self, place_id: str) -> bool:
        """Nobody is let in at this place any more, nor by the code that is open for it. False: nobody was."""
        stamp = self.stamp()
        with self._lock:
            with self.transaction() as db:
                ended = self._revoke(db, place_id, stamp)
                self._close_codes(db, place_id, stamp)
                standing = self._read_standing(db)
            self._standing = standing  # once committed
        self._tell(ended)
        return bool(ended)

    def enrolled(self) -> tuple[EnrolledDevice, ...]:
        """Every machine ever let in, in order; those with `revoked_at` None are in."""
        with self.transaction() as db:
            rows = db.execute(select(enrolments).order_by(enrolments.c.id)).all()
        return tuple(self._device(row) for row in rows)

    def write_seen(self) -> None:
        """What `place_of_token` noted goes to the disk; nothing to write costs nothing."""
        with self._lock:
            seen, self._seen = self._seen, {}
            if not seen:
                return
            try:
                with self.transaction() as db:
                    for enrolment, when in list(seen.items()):  # a request in another thread may still note itself here
                        db.execute(update(enrolments).where(enrolments.c.id == enrolment).values(last_seen=when))
            except RegisterFailed:
                self._seen = seen | self._seen
                raise

    def _revoke(self, db: Connection, place_id: str, stamp: str) -> list[EnrolledDevice]:
        standing = enrolments.c.place == place_id, enrolments.c.revoked_at.is_(None)
        ended = db.execute(select(enrolments).where(*standing)).all()
        db.execute(update(enrolments).where(*standing).values(revoked_at=stamp))
        return [self._device(row, revoked_at=stamp) for row in ended]

    def _device(self, row: Any, **told: Any) -> EnrolledDevice:
        fields = {name: getattr(row, name) for name in EnrolledDevice.__dataclass_fields__}
        return EnrolledDevice(**{**fields, "last_seen": self._seen.get(row.id, row.last_seen), **told})

    def _tell(self, ended: list[EnrolledDevice]) -> None:
        for device in ended:
            for listener in self.revoked:
                listener(device)

    def _read_standing(self, db: Connection) -> dict[str, tuple[int, RoomPlace]]:
        """Token's hash → enrolment, place. A new dictionary, so that a reader in another thread has the old one or the new."""
        found = db.execute(
            select(enrolments.c.token_sha256, enrolments.c.id, places.c.id.label("place"), places.c.label, places.c.kind)
            .join(places, enrolments.c.place == places.c.id)
            .where(enrolments.c.revoked_at.is_(None), places.c.retired_at.is_(None))
        )
        return {row.token_sha256: (row.id, RoomPlace(row.place, row.label, row.kind)) for row in found}

    # --- enrolment codes ----------------------------------------------------------------------------

    @property
    def salt(self) -> str:
        """The one that every code of this register is derived with, hexadecimal."""
        return self._salt

    def open_code(self, place_id: str, verifier: bytes) -> KeptCode:
        """A code for this place, valid CODE_LIFE; the one that was open for it no longer is. `verifier` is its `derive_key` with `salt`.
        Raises SittingError `unknown_place`."""
        now, kept = self._now(), verifier.hex()
        expires_at = instant(now + CODE_LIFE)
        with self.transaction() as db:
            self._place(db, place_id)
            self._forget_old_codes(db)
            self._close_codes(db, place_id, instant(now))
            row = insert(enrolment_codes).values(place=place_id, salt=self._salt, verifier=kept, expires_at=expires_at, wrong=0)
            made = _new_id(db.execute(row))
        return KeptCode(made, place_id, kept, expires_at)

    def codes(self) -> tuple[KeptCode, ...]:
        """Those kept, newest first: the open ones, and what became of the others in the last hour."""
        with self.transaction() as db:
            return self._codes(db)

    def _codes(self, db: Connection) -> tuple[KeptCode, ...]:
        columns = (enrolment_codes.c[name] for name in KeptCode.__dataclass_fields__)
        return tuple(KeptCode(**row._mapping) for row in db.execute(select(*columns).order_by(enrolment_codes.c.id.desc())))

    def charge_wrong_try(self) -> None:
        """A proof that no code made: the open ones bear it together."""
        stamp = self.stamp()
        with self.transaction() as db:
            is_open = [code.id for code in self._codes(db) if code.state(stamp) == "open"]
            more = enrolment_codes.c.wrong + charge(len(is_open))
            db.execute(update(enrolment_codes).where(enrolment_codes.c.id.in_(is_open)).values(wrong=more))

    def close_code(self, place_id: str) -> None:
        """The code that is open for this place lets nobody in any more."""
        with self.transaction() as db:
            self._close_codes(db, place_id, self.stamp())

    def _close_codes(self, db: Connection, place_id: str, stamp: str) -> None:
        standing = enrolment_codes.c.place == place_id, enrolment_codes.c.used_at.is_(None), enrolment_codes.c.closed_at.is_(None)
        db.execute(update(enrolment_codes).where(*standing).values(closed_at=stamp))

    def _forget_old_codes(self, db: Connection) -> None:
        db.execute(delete(enrolment_codes).where(enrolment_codes.c.expires_at < instant(self._now() - CODES_KEPT)))

    # --- the jury's seats ---------------------------------------------------------------------------

    def assign(self, seat: str, role: Role, station: str) -> Assignment:
        """From now on this seat does this on this station, and nothing else. A station has one role-player: the former one is free.
        The same again changes nothing. Raises SittingError `unknown_place` for what is not a seat, or not a station."""
        stamp = self.stamp()
        with self.transaction() as db:
            self._place(db, seat, "seat")
            self._place(db, station, "station")
            current = assignments.c.until.is_(None)
            same = current, assignments.c.seat == seat, assignments.c.role == role, assignments.c.station == station
            if (row := db.execute(select(assignments.c.since).where(*same)).one_or_none()) is not None:
                return Assignment(seat, role, station, row.since, None)
            replaced = assignments.c.seat == seat
            if role == "role_player":
                replaced |= (assignments.c.station == station) & (assignments.c.role == "role_player")
            db.execute(update(assignments).where(current, replaced).values(until=stamp))
            db.execute(insert(assignments).values(seat=seat, role=role, station=station, since=stamp))
        return Assignment(seat, role, station, stamp, None)

    def unassign(self, seat: str) -> None:
        """This seat does nothing now."""
        with self.transaction() as db:
            standing = assignments.c.seat == seat, assignments.c.until.is_(None)
            db.execute(update(assignments).where(*standing).values(until=self.stamp()))

    def assignments(self, *, past: bool = False) -> tuple[Assignment, ...]:
        """Those of now, or all there ever were, in order."""
        query = select(assignments).order_by(assignments.c.id)
        with self.transaction() as db:
            found = db.execute(query if past else query.where(assignments.c.until.is_(None)))
            return tuple(Assignment(row.seat, row.role, row.station, row.since, row.until) for row in found)

    # --- sittings and tests of the room -------------------------------------------------------------

    def note_sitting(self, entry: SittingEntry) -> None:
        """Once a sitting is open. Noted again, only its folder may differ: it was moved. Raises SittingError `unknown_place`,
        `sitting_mismatch` when that id is another sitting's."""
        values = {name: getattr(entry, name) for name in SittingEntry.__dataclass_fields__}
        with self.transaction() as db:
            self._place(db, entry.station, "station")
            row = db.execute(select(sittings).where(sittings.c.id == entry.id)).one_or_none()
            if row is None:
                db.execute(insert(sittings).values(values))
            elif dict(row._mapping) | {"folder": entry.folder} == values:
                db.execute(update(sittings).where(sittings.c.id == entry.id).values(folder=entry.folder))
            else:
                told = "Une autre séance porte déjà cet identifiant dans le registre : rien n'a été changé."
                raise SittingError("sitting_mismatch", 409, told, {"id": entry.id})

    def sittings(self, station: str | None = None) -> tuple[SittingEntry, ...]:
        """Newest first; of one station, or all."""
        query = select(sittings).order_by(sittings.c.opened_at.desc(), sittings.c.id.desc())
        with self.transaction() as db:
            found = db.execute(query if station is None else query.where(sittings.c.station == station))
            return tuple(SittingEntry(**row._mapping) for row in found)

    def note_check(self, verdict: Verdict, measurements: Mapping[str, Any], run_by: str) -> RoomCheck:
        """A test of the room that has just ended. `measurements` is JSON: line id to what was measured on it."""
        stamp = self.stamp()
        values = {"at": stamp, "verdict": verdict, "run_by": run_by, "measurements": dict(measurements)}
        with self.transaction() as db:
            made = _new_id(db.execute(insert(room_checks).values(values)))
        return RoomCheck(made, stamp, verdict, run_by, measurements)

    def checks(self, limit: int = 20) -> tuple[RoomCheck, ...]:
        """Newest first."""
        with self.transaction() as db:
            found = db.execute(select(room_checks).order_by(room_checks.c.id.desc()).limit(limit))
            return tuple(RoomCheck(**row._mapping) for row in found)


def _new_id(result: CursorResult[Any]) -> int:
    """Of the row just inserted (RETURNING is unknown to the SQLite of older systems)."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _why(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split()) or type(error.orig).__name__


def _engine(where: Path | str) -> Engine:
    if isinstance(where, str) and "://" in where:
        try:
            return create_engine(where, pool_pre_ping=True)
        except (ArgumentError, ImportError) as error:
            raise RegisterUnusable(f"L'adresse du registre ne convient pas, ou le pilote de sa base manque ({error}).") from None
    path = Path(where)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise RegisterUnusable(f"Le registre {path} ne peut pas être ouvert ({error.strerror or error}).") from None
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below, so that a change of schema is in the transaction too
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _migrate(db: Connection, name: str) -> None:
    """In the transaction of `db`: to the last revision, or not at all."""
    from alembic import command  # a practice lab and a desk have no register: they start without it, a tenth quicker
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_MIGRATING_KEY)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = db
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(db, opts={"version_table": VERSION_TABLE}).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is None and inspect(db).get_table_names():
        raise RegisterUnusable(f"{name} n'est pas un registre de Plateau : il contient autre chose. Indiquez un autre fichier.")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise RegisterUnusable(
            f"Le registre {name} a été écrit par une version plus récente de Plateau : mettez à jour Plateau sur cette machine."
        )
    command.upgrade(config, "head")
