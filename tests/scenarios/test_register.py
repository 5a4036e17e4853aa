"""The register: who is let in, who sits where, what it survives, and the files it refuses."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect, pool
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import scenarios.room.session_tables  # noqa: F401  # its tables are the register's too
from scenarios.grid import Mark
from scenarios.room.enrolment import CODE_LIFE, TRIES, KeptCode
from scenarios.room.grid_store import GridStore
from scenarios.room.register import MIGRATIONS, VERSION_TABLE, Register, RegisterFailed, RegisterUnusable
from scenarios.room.register_tables import Assignment, EnrolledDevice, RoomPlace, SittingEntry, enrolments, instant, metadata
from scenarios.sitting import SittingError

ROOT = Path(__file__).parents[2]
STATIONS = [RoomPlace(f"poste{n}", f"Poste {n}", "station") for n in (1, 2, 3)]
SEATS = [RoomPlace(f"jury{n}", f"Jury {n}", "seat") for n in (1, 2)]
VERIFIER = bytes(32)


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "50 % de la salle" / "register.db"  # a name that Alembic's configuration would take for its own


@pytest.fixture
def register(path: Path, clock: Clock) -> Iterator[Register]:
    with closing(Register.open(path, now=clock)) as opened:
        opened.set_places([*STATIONS, *SEATS])
        yield opened


def let_in(register: Register, place: str, device: str = "pc") -> str:
    return register.enrol(register.open_code(place, VERIFIER), device)


def refused(error_id: str, work: Callable[[], object]) -> None:
    with pytest.raises(SittingError) as refusal:
        work()
    assert refusal.value.error_id == error_id


# --- the file ---------------------------------------------------------------------------------------


def test_what_it_holds_is_there_when_it_is_opened_again(path: Path, register: Register, clock: Clock) -> None:
    token = let_in(register, "poste1")
    assert register.place_of_token(token) == STATIONS[0]
    register.assign("jury1", "role_player", "poste1")
    check = register.note_check("no_go", {"poste1": {"round_trip_ms": [12.5, 13.0], "tone": "é"}}, "surveillant")
    before = (register.places(), register.enrolled(), register.codes(), register.assignments(), register.checks(), register.salt)
    assert before[4] == (check,)
    register.close()
    with closing(Register.open(path, now=clock)) as again:
        assert (again.places(), again.enrolled(), again.codes(), again.assignments(), again.checks(), again.salt) == before
        assert again.place_of_token(token) == STATIONS[0]
        assert again.enrolled()[0].last_seen == "2026-11-23T07:00:00.000Z"


def test_what_was_answered_is_on_the_disk_when_the_process_is_killed(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from scenarios.room.register import Register
from scenarios.room.register_tables import RoomPlace
register = Register.open(Path(sys.argv[1]))
register.set_places([RoomPlace("poste1", "Poste 1", "station")])
os.write(1, register.enrol(register.open_code("poste1", bytes(32)), "pc").encode())
os.kill(os.getpid(), 9)
"""
    run = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and len(run.stdout) == 43, run.stderr
    with closing(Register.open(path)) as again:
        assert again.place_of_token(run.stdout) == STATIONS[0]


def test_the_file_is_its_owner_s_and_holds_no_token(path: Path, register: Register) -> None:
    token = let_in(register, "poste1")
    files = sorted(path.parent.iterdir())
    assert {file.name for file in files} >= {"register.db", "register.db-wal"}
    assert all(token.encode() not in file.read_bytes() for file in files)
    if os.name == "posix":
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_it_is_written_to_the_disk_at_each_commit(register: Register) -> None:
    with register._engine.connect() as db:
        said = {name: db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_newer_register_is_refused_and_left_as_it_is(path: Path, register: Register) -> None:
    register.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(RegisterUnusable, match=r"register\.db a été écrit par une version plus récente de Plateau : mettez à jour"):
        Register.open(path)
    assert path.read_bytes() == before


def test_another_program_s_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "casefile.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE journal (seq INTEGER)")
    with pytest.raises(RegisterUnusable, match="n'est pas un registre de Plateau"):
        Register.open(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("journal",)]


def test_what_is_not_a_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.write_bytes(b"une lettre au surveillant, longue de plus de cent octets" * 4)
    with pytest.raises(RegisterUnusable, match=r"register\.db ne peut pas être ouvert"):
        Register.open(path)
    assert path.read_bytes().startswith(b"une lettre")


def test_a_folder_in_the_way_and_an_unknown_database_are_said(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnusable, match="ne peut pas être ouvert"):
        Register.open(tmp_path)
    with pytest.raises(RegisterUnusable, match="pilote de sa base manque"):
        Register.open("nosuchbase://centre/registre")


def test_a_change_of_schema_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*given: Any, **named: Any) -> None:
        from alembic import command

        real(*given, **named)
        assert command.upgrade is torn
        raise sqlite3.OperationalError("disk I/O error")

    from alembic import command

    real = command.upgrade
    monkeypatch.setattr(command, "upgrade", torn)
    with pytest.raises(sqlite3.OperationalError):
        Register.open(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_new_register_may_be_opened_twice_at_once(path: Path) -> None:
    begin, salts = threading.Barrier(4), list[str]()

    def come() -> None:
        begin.wait(10)
        with closing(Register.open(path)) as opened:
            salts.append(opened.salt)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(salts) == 4


def test_the_revisions_make_the_tables_that_are_used(register: Register) -> None:
    with register._engine.connect() as db:
        context = MigrationContext.configure(db, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(db)
        for table in metadata.sorted_tables:
            checks = {c["name"]: c["sqltext"] for c in found.get_check_constraints(table.name)}
            assert checks == {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        (index,) = found.get_indexes("enrolments")
        assert str(index["dialect_options"]["sqlite_where"]) == "revoked_at IS NULL" and index["unique"]


def test_what_was_noted_by_seat_is_the_juror_s_of_that_seat(path: Path, register: Register, clock: Clock) -> None:
    """A register of before jurors could take one another's place."""
    from alembic import command
    from alembic.config import Config

    register.note_sitting(SittingEntry("s1", "poste1", "/a/s1", "marvalune", "abc", "exam", "2026-11-23T08:00:00.000Z"))
    at = "'2026-11-23T09:00:00.000Z'"
    with register.transaction() as db:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = db
        for table in (
            "assents",
            "exhibits",
            "decisions",
            "shares",
            "reveals",
            "juror_notes",
            "marks",
            "candidates",
            "session_people",
            "sessions",
        ):
            db.exec_driver_sql(f"DROP TABLE {table}")
        command.stamp(config, "0001")
        command.upgrade(config, "0002")
        for row in (
            f"marks VALUES (7, 's1', 'jury1', 'c2.1', 'constaté', {at}, 'w1')",
            f"juror_notes VALUES ('n1', 's1', 'jury2', 'S1', 'c2', '', 'bien', 1, '', {at}, NULL)",
            f"decisions VALUES ('d1', 's1', 'c2', 'acquis', 'tenu', 'jury1', {at})",
            f"assents VALUES ('d1', 'jury2', {at})",
            f"shares VALUES ('s1', 'jury1', {at})",
        ):
            db.exec_driver_sql(f"INSERT INTO {row}")
    register.close()
    with closing(Register.open(path, now=clock)) as again:
        grids = GridStore(again).grids("s1", ("jury1", "jury2"))
        assert grids.marks_of("jury1") == {"c2.1": Mark.SEEN} and [(n.juror, n.pinned) for n in grids.notes] == [("jury2", True)]
        assert grids.standing("c2") == grids.decisions[0] and grids.agreed("c2") and list(grids.shared or {}) == ["jury1"]


def test_the_tables_are_those_of_postgresql_too() -> None:
    engine = create_engine("sqlite://", poolclass=pool.NullPool)
    assert engine.dialect.name == "sqlite"
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    made = {table.name: str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables}
    assert "measurements JSON NOT NULL" in made["room_checks"] and "id SERIAL NOT NULL" in made["enrolments"]
    (index,) = enrolments.indexes
    assert str(CreateIndex(index).compile(dialect=dialect)).endswith("(place) WHERE revoked_at IS NULL")


def test_a_database_that_refuses_is_told_and_changes_nothing(path: Path, register: Register) -> None:
    token = let_in(register, "poste1")
    code = register.open_code("poste1", VERIFIER)
    register._engine.dispose()
    with register._engine.connect() as db:
        db.exec_driver_sql("COMMIT")
        db.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for work in (lambda: register.enrol(code, "pc"), lambda: register.revoke("poste1"), register.places):
            with pytest.raises(RegisterFailed, match=r"registre de la salle ne répond pas .*locked.* rien n'a été enregistré") as failure:
                work()
            assert (failure.value.error_id, failure.value.status) == ("storage_failed", 503)
        other.execute("ROLLBACK")
    assert register.place_of_token(token) == STATIONS[0]
    assert register.place_of_token(register.enrol(code, "pc")) == STATIONS[0]
    assert register.place_of_token(token) is None


# --- places and tokens ------------------------------------------------------------------------------


def test_a_token_opens_its_place_and_no_other_does(register: Register) -> None:
    tokens = {place.id: let_in(register, place.id) for place in (*STATIONS, *SEATS)}
    assert {token: register.place_of_token(token) for token in tokens.values()} == {
        tokens[place.id]: place for place in (*STATIONS, *SEATS)
    }
    for none in ("", "x", tokens["poste1"][:-1], tokens["poste1"] + "x", "é"):
        assert register.place_of_token(none) is None


def test_a_machine_that_replaces_another_puts_it_out_at_once(register: Register, clock: Clock) -> None:
    out: list[tuple[EnrolledDevice, object]] = []
    first = let_in(register, "poste1", "pc-12")
    other = let_in(register, "poste2", "pc-13")
    register.revoked.append(lambda device: out.append((device, register.place_of_token(first))))
    clock.advance(minutes=1)
    second = let_in(register, "poste1", "pc-20")
    assert [register.place_of_token(token) for token in (first, second, other)] == [None, STATIONS[0], STATIONS[1]]
    ((device, opened),) = out
    assert (device.place, device.device, device.revoked_at, opened) == ("poste1", "pc-12", "2026-11-23T07:01:00.000Z", None)
    assert [(d.device, d.revoked_at is None) for d in register.enrolled()] == [("pc-12", False), ("pc-13", True), ("pc-20", True)]


def test_a_place_is_revoked_with_the_code_that_is_open_for_it(register: Register) -> None:
    token = let_in(register, "poste1")
    code = register.open_code("poste1", VERIFIER)
    assert register.revoke("poste1") and register.place_of_token(token) is None
    refused("code_used", lambda: register.enrol(code, "pc"))
    assert not register.revoke("poste1")


def test_a_place_left_out_of_the_room_is_out_and_may_come_back(register: Register) -> None:
    token, kept = let_in(register, "poste3"), let_in(register, "poste1")
    code = register.open_code("poste3", VERIFIER)
    register.assign("jury1", "role_player", "poste3")
    register.assign("jury2", "observer", "poste1")
    register.set_places([RoomPlace("poste1", "Premier", "station"), STATIONS[1], *SEATS])
    assert register.place_of_token(token) is None
    assert register.place_of_token(kept) == RoomPlace("poste1", "Premier", "station")
    assert [place.id for place in register.places()] == ["jury1", "jury2", "poste1", "poste2"]
    assert [a.seat for a in register.assignments()] == ["jury2"]
    for work in (
        lambda: register.place("poste3"),
        lambda: register.enrol(code, "pc"),
        lambda: register.open_code("poste3", VERIFIER),
        lambda: register.assign("jury1", "observer", "poste3"),
    ):
        refused("unknown_place", work)
    register.set_places([*STATIONS, *SEATS])
    assert register.place("poste3") == STATIONS[2] and register.place_of_token(token) is None


def test_when_a_machine_was_seen_last_is_written_when_asked(path: Path, register: Register, clock: Clock) -> None:
    token = let_in(register, "poste1")
    assert register.enrolled()[0].last_seen is None
    clock.advance(seconds=90)
    register.place_of_token(token)
    assert register.enrolled()[0].last_seen == "2026-11-23T07:01:30.000Z"

    def written() -> object:
        with closing(sqlite3.connect(path)) as db:
            return db.execute("SELECT last_seen FROM enrolments").fetchone()[0]

    assert written() is None
    register.write_seen()
    assert written() == "2026-11-23T07:01:30.000Z"


# --- codes ------------------------------------------------------------------------------------------


def states(register: Register, clock: Clock) -> dict[str, str]:
    return {code.place: code.state(instant(clock.now)) for code in reversed(register.codes())}


def test_a_code_is_used_once(register: Register, clock: Clock) -> None:
    code = register.open_code("poste1", VERIFIER)
    assert register.codes() == (code,) and code.expires_at == instant(clock.now + CODE_LIFE)
    token = register.enrol(code, "pc")
    assert states(register, clock) == {"poste1": "used"}
    refused("code_used", lambda: register.enrol(code, "pc"))
    assert register.place_of_token(token) == STATIONS[0]


def test_of_many_that_come_at_once_with_the_same_code_one_is_let_in(register: Register) -> None:
    code, came, begin = register.open_code("poste1", VERIFIER), list[str](), threading.Barrier(8)

    def come() -> None:
        begin.wait(10)
        try:
            came.append(register.enrol(code, "pc"))
        except SittingError as error:
            assert error.error_id == "code_used"

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(came) == 1 and register.place_of_token(came[0]) == STATIONS[0]


def test_a_place_has_one_open_code(register: Register, clock: Clock) -> None:
    first, other, second = (register.open_code(place, VERIFIER) for place in ("poste1", "poste2", "poste1"))
    found = {code.id: code.state(instant(clock.now)) for code in register.codes()}
    assert found == {first.id: "closed", other.id: "open", second.id: "open"}
    register.close_code("poste2")
    assert states(register, clock) == {"poste1": "open", "poste2": "closed"}


def test_a_wrong_try_is_borne_by_the_open_codes_only(register: Register, clock: Clock) -> None:
    register.enrol(register.open_code("jury1", VERIFIER), "pc")
    register.open_code("poste1", VERIFIER)
    register.open_code("poste2", VERIFIER)
    for _ in range(2 * TRIES - 1):
        register.charge_wrong_try()
    assert states(register, clock) == {"jury1": "used", "poste1": "open", "poste2": "open"}
    register.charge_wrong_try()
    assert states(register, clock) == {"jury1": "used", "poste1": "dead", "poste2": "dead"}
    register.open_code("poste1", VERIFIER)
    for _ in range(TRIES - 1):
        register.charge_wrong_try()
    assert states(register, clock)["poste1"] == "open"
    register.charge_wrong_try()
    assert states(register, clock)["poste1"] == "dead"
    register.charge_wrong_try()  # nothing is open


def test_codes_are_kept_an_hour_after_they_expired(path: Path, register: Register, clock: Clock) -> None:
    old = register.open_code("poste1", VERIFIER)
    clock.advance(minutes=16)
    assert states(register, clock) == {"poste1": "expired"}
    clock.advance(minutes=58)
    new = register.open_code("poste2", VERIFIER)
    assert [code.id for code in register.codes()] == [new.id, old.id]
    clock.advance(minutes=2)
    register.close()
    with closing(Register.open(path, now=clock)) as again:
        assert [code.id for code in again.codes()] == [new.id]


def test_two_registers_do_not_share_their_salt(tmp_path: Path) -> None:
    with closing(Register.open(tmp_path / "a.db")) as a, closing(Register.open(tmp_path / "b.db")) as b:
        assert len(bytes.fromhex(a.salt)) == 16 and a.salt != b.salt


# --- seats, sittings, tests -------------------------------------------------------------------------


def test_a_seat_does_one_thing_and_a_station_has_one_role_player(register: Register, clock: Clock) -> None:
    start = "2026-11-23T07:00:00.000Z"
    assert register.assign("jury1", "role_player", "poste1") == Assignment("jury1", "role_player", "poste1", start, None)
    register.assign("jury2", "observer", "poste1")
    clock.advance(minutes=5)
    assert register.assign("jury1", "role_player", "poste1").since == start  # already so
    register.assign("jury2", "role_player", "poste1")
    now = "2026-11-23T07:05:00.000Z"
    assert register.assignments() == (Assignment("jury2", "role_player", "poste1", now, None),)
    assert register.assignments(past=True) == (
        Assignment("jury1", "role_player", "poste1", start, now),
        Assignment("jury2", "observer", "poste1", start, now),
        Assignment("jury2", "role_player", "poste1", now, None),
    )
    register.assign("jury1", "observer", "poste1")  # two look at one station
    register.unassign("jury2")
    assert [(a.seat, a.role) for a in register.assignments()] == [("jury1", "observer")]


def test_a_seat_is_a_seat_and_a_station_a_station(register: Register) -> None:
    refused("unknown_place", lambda: register.assign("poste1", "observer", "poste2"))
    refused("unknown_place", lambda: register.assign("jury1", "observer", "jury2"))
    refused("unknown_place", lambda: register.assign("jury9", "observer", "poste2"))
    assert register.assignments(past=True) == ()


def test_a_sitting_is_noted_once_and_may_move(register: Register) -> None:
    first = SittingEntry("s1", "poste1", "/a/s1", "marvalune", "abc", "exam", "2026-11-23T08:00:00.000Z")
    second = SittingEntry("s2", "poste2", "/a/s2", "marvalune", "abc", "exam", "2026-11-23T09:00:00.000Z")
    moved = SittingEntry("s1", "poste1", "/b/s1", "marvalune", "abc", "exam", "2026-11-23T08:00:00.000Z")
    for entry in (first, first, second, moved):
        register.note_sitting(entry)
    assert register.sittings() == (second, moved)
    assert register.sittings("poste1") == (moved,) and register.sittings("poste3") == ()
    other = SittingEntry("s1", "poste2", "/b/s1", "marvalune", "abc", "exam", "2026-11-23T08:00:00.000Z")
    refused("sitting_mismatch", lambda: register.note_sitting(other))
    refused("unknown_place", lambda: register.note_sitting(SittingEntry("s3", "jury1", "/a", "m", "a", "exam", first.opened_at)))
    assert register.sittings() == (second, moved)


def test_tests_of_the_room_are_kept_newest_first(register: Register, clock: Clock) -> None:
    made = []
    for n in range(3):
        clock.advance(minutes=1)
        made.append(register.note_check("go" if n else "no_go", {"poste1": {"lost": n, "why": ["écho", None]}}, "surveillant"))
    assert register.checks() == tuple(reversed(made)) and register.checks(1) == (made[2],)
    assert [check.verdict for check in register.checks()] == ["go", "go", "no_go"]


# --- cost -------------------------------------------------------------------------------------------


def test_a_call_is_short_enough_for_the_event_loop(register: Register) -> None:
    """A few milliseconds on a disk that keeps its promises; the bound leaves room for a machine busy with other tests."""
    code: list[KeptCode] = []

    def median(work: Callable[[], object], times: int) -> float:
        took = []
        for _ in range(times):
            started = time.perf_counter()
            work()
            took.append(time.perf_counter() - started)
        return sorted(took)[times // 2]

    assert median(lambda: code.append(register.open_code("poste1", VERIFIER)), 15) < 0.5
    token = register.enrol(code[-1], "pc")
    assert median(lambda: register.place_of_token(token), 200) < 0.02
    assert median(lambda: register.assign("jury1", "observer", f"poste{len(register.assignments(past=True)) % 3 + 1}"), 15) < 0.5
