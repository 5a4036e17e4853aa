"""How soon people of a room see what happens in Asterisk: the candidate who calls, the juror who waits and gives up.

    python -m benchmarks.bench_room_latency [--turns 20] [--first]

A whole exam room: Asterisk over TLS and SRTP, room server, a candidate's desk and an observer's console on terminals of 120 columns and
36 lines. A customer joins the station's queue under a number never seen before, rings, and gives up. Time zero is Asterisk's own: the
moment it wrote the event (QueueCallerJoin, QueueCallerAbandon). Beside it, in the same turns: the INVITE as it leaves (DialBegin), the
event read from the manager's socket by a program that does nothing else, and a call to baresip, which is another station's phone.
"On disk" is a row of the sitting's journal seen by another program; "painted" is its last letter read from the terminal.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from benchmarks.baresip_side import SHIPPED, BaresipSide
from benchmarks.figures import machine, print_ratio, print_table
from benchmarks.processes import Painted, PtyProgram, put_first, wait_for
from benchmarks.room_load import Events
from benchmarks.secure_load import SteadyPhone
from crm_mock import journal
from cti.exchange.asterisk.wire import Message
from tests.cti.asterisk.room_exchange import asterisk
from tests.e2e.exam import ExamRoom

WARM_UP = 2  # turns whose figures are left out
SLOW = 75.0  # seconds: a start
LOOK = 0.001  # seconds between two looks at the journal
PAUSE = 0.6  # seconds after each call: lines of the console tell each other apart by their clock
ENTER, DOWN, READY = "\r", "\x1b[B", "\x12"

LEAVES, JOINS, GIVES_UP = "DialBegin", "QueueCallerJoin", "QueueCallerAbandon"
ROWS = {JOINS: "ExchangeQueued", GIVES_UP: "ExchangeAbandoned"}


class Moments:
    """When things happened, on the clock of `time.monotonic()`: each is told once, by what it is and which call."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._at: dict[tuple[str, str], tuple[float, float]] = {}

    def tell(self, what: str, call: str, at: float, written: float = 0.0) -> None:
        with self._news:
            self._at.setdefault((what, call), (at, written))
            self._news.notify_all()

    def wait(self, what: str, call: str, within: float = 10.0) -> tuple[float, float]:
        """When it was seen here, and when its author says it wrote it. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: (what, call) in self._at, within):
                raise TimeoutError(f"no {what} of {call} within {within:g} s")
            return self._at[what, call]


def event_taker(moments: Moments) -> Callable[[Message, float], None]:
    """Asterisk's timestamps are of the wall clock, in microseconds."""

    def take(message: Message, at: float) -> None:
        if message.event in (LEAVES, JOINS, GIVES_UP):
            written = float(message.get("Timestamp")) - (time.time() - time.monotonic())
            for call in {value.partition("=")[2] for value in message.all("ChanVariable") if value.startswith("PLATEAU_CALL=")}:
                moments.tell(message.event, call, at, written)

    return take


class JournalWatch:
    """Looks at a sitting's journal from outside, a thousand times a second."""

    def __init__(self, path: Path, moments: Moments) -> None:
        self._path, self._moments = path, moments
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def __enter__(self) -> JournalWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        conn = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)
        conn.row_factory = sqlite3.Row
        since, version = 0, None
        while not self._over.wait(LOOK):
            (now,) = conn.execute("PRAGMA data_version").fetchone()
            if now == version:
                continue
            version, at = now, time.monotonic()
            for row in journal.rows(conn, since):
                since = row.seq
                self._moments.tell(row.kind, row.call_key, at)
        conn.close()


class RoomBaresip(BaresipSide):
    """A station of the room whose phone is baresip: registered over TLS, SRTP mandatory."""

    def __init__(self, folder: Path, room: ExamRoom, line: str) -> None:
        plan = room.exchange.plan
        more = f"{SHIPPED}module srtp.so\nsip_cafile {room.exchange.ca}\nsip_verify_server yes\n"
        super().__init__(folder, more=more)
        account = f"<sip:{line}@{plan.server};transport=tls>;auth_user={line};auth_pass={plan.line(line).password}"
        (folder / "accounts").write_text(f"{account};regint=60;answermode=manual;audio_codecs=PCMA;ptime=20;mediaenc=srtp-mand\n")


@contextmanager
def opened(terminal_of: Callable[..., object], place: str) -> Iterator[PtyProgram]:
    """`room.desk` or `room.console` in a terminal that is read as it is painted."""
    made = terminal_of(place)
    words, environment = made.command, made.environment  # type: ignore[attr-defined]
    with PtyProgram(words, {**environment, "LC_ALL": "C.UTF-8", "LANGUAGE": "fr"}) as program:
        yield program


def sign_in(room: ExamRoom, desk: PtyProgram, console: PtyProgram) -> None:
    """A candidate who is ready, an observer of his station."""
    desk.painted.wait("Prise de poste", within=SLOW)
    desk.painted.wait("ligne enregistrée", within=SLOW)
    desk.type("Camille Essai" + ENTER)
    room.wait_row("poste1", "AgentStateChanged", after="not_ready", within=SLOW)
    desk.type(READY)
    room.wait_row("poste1", "AgentStateChanged", after="ready")
    console.painted.wait("Choisissez un poste", within=SLOW)
    console.painted.wait("✓ ligne", within=SLOW)
    console.type(ENTER)
    console.painted.wait("quel rôle ?")
    console.type("2")
    room.wait_row("poste1", "SeatTaken", seat="jury2")


class Turns:
    """What was measured, milliseconds from Asterisk's own moment."""

    def __init__(self, room: ExamRoom, moments: Moments, caller: SteadyPhone, waiting: ThreadPoolExecutor) -> None:
        self._room, self._moments, self._caller, self._waiting = room, moments, caller, waiting
        self.shown: dict[str, list[float]] = {}
        self.told: dict[str, dict[str, list[float]]] = {JOINS: {}, GIVES_UP: {}}

    def ours(self, turn: int, desk: PtyProgram, console: Painted) -> None:
        """A call to the candidate's desk, given up; the candidate is ready again."""
        since = self._room.last_seq("poste1")
        key, number = f"turn-{turn}", f"026191{turn:04d}"  # numbers that Arcep keeps for fiction, décision 2018-0881 annexe 1
        for painted in (desk.painted, console):
            painted.forget()
        at_desk = self._waiting.submit(desk.painted.wait, number)
        at_console = self._waiting.submit(console.wait, *at_this_moment("Un appel attend"))
        call = self._caller.call("file-poste1", self._headers(key, number))
        self._keep_shown(turn, key, "plateau: the number on the candidate's desk", at_desk.result())
        self._keep_told(turn, JOINS, key, at_console.result())
        console.forget()
        at_console = self._waiting.submit(console.wait, *at_this_moment("L'appelant a renoncé"))
        call.bye()
        self._keep_told(turn, GIVES_UP, key, at_console.result())
        self._moments.wait("CallEnded", key)
        self._room.wait_row("poste1", "AgentStateChanged", since=since, after="not_ready")  # a call was missed
        desk.type(READY)
        self._room.wait_row("poste1", "AgentStateChanged", since=since, after="ready")

    def theirs(self, turn: int, baresip: Painted) -> None:
        """The same to the station whose phone is baresip."""
        key, number = f"bare-{turn}", f"026191{turn + 5000:04d}"
        self._room.exchange.cli("queue unpause member PJSIP/poste2 queue poste2")
        baresip.forget()
        at_baresip = self._waiting.submit(baresip.wait, number)
        call = self._caller.call("file-poste2", self._headers(key, number))
        self._keep_shown(turn, key, "baresip: its line “Incoming call from …”", at_baresip.result())
        call.bye()
        self._moments.wait(GIVES_UP, key)

    def _headers(self, key: str, number: str) -> dict[str, str]:
        return {"X-Plateau-Call": key, "X-Plateau-Present-Number": number, "X-Plateau-Queue": "Essai"}

    def _keep_shown(self, turn: int, key: str, label: str, painted: float) -> None:
        _, joined = self._moments.wait(JOINS, key)
        _, left = self._moments.wait(LEAVES, key)
        self._keep(turn, self.shown, joined, {"the INVITE leaves Asterisk (DialBegin)": left, label: painted})

    def _keep_told(self, turn: int, event: str, key: str, painted: float) -> None:
        on_disk, _ = self._moments.wait(ROWS[event], key)
        read, written = self._moments.wait(event, key)
        seen = {
            "read by a program of its own": read,
            "in the sitting's journal, on disk": on_disk,
            "painted on the juror's console": painted,
        }
        self._keep(turn, self.told[event], written, seen)

    def _keep(self, turn: int, into: dict[str, list[float]], zero: float, seen: dict[str, float]) -> None:
        for label, at in seen.items():
            values = into.setdefault(label, [])
            if turn >= WARM_UP:
                values.append((at - zero) * 1000)


def at_this_moment(words: str) -> list[str]:
    """A line of the console's that begins with the time of day, now or in the next seconds: older ones, painted again, are not it."""
    return [f"{time.strftime('%H:%M:%S', time.localtime(time.time() + later))} {words}" for later in range(5)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    moments = Moments()
    with tempfile.TemporaryDirectory(prefix="bench-latency-") as name, ExitStack() as stack:
        room = stack.enter_context(ExamRoom(Path(name)))
        desk = stack.enter_context(opened(room.desk, "poste1"))
        console = stack.enter_context(opened(room.console, "jury2"))
        baresip = stack.enter_context(RoomBaresip(Path(name) / "baresip", room, "poste2"))
        sign_in(room, desk, console)
        exchange = room.exchange
        wait_for(lambda: "poste2/" in exchange.cli("pjsip show contacts"), "baresip registers")
        exchange.cli("queue add member PJSIP/poste2 to poste2")
        stack.enter_context(Events(exchange.plan, event_taker(moments)))
        stack.enter_context(JournalWatch(room.case_file("poste1"), moments))
        stack.enter_context(caller := SteadyPhone(exchange, "jury1"))
        waiting = stack.enter_context(ThreadPoolExecutor(4))
        turns = Turns(room, moments, caller, waiting)
        for turn in range(options.turns + WARM_UP):
            turns.ours(turn, desk, console.painted)
            time.sleep(PAUSE)
            turns.theirs(turn, baresip.painted)
            time.sleep(PAUSE)
    print(f"{machine(['baresip-core'])}, {os.cpu_count()} cores, Asterisk {asterisk().version}")
    print_table("A call joins a station's queue (QueueCallerJoin) →", "ms", turns.shown)
    ours, theirs = (next(values for label, values in turns.shown.items() if label.startswith(side)) for side in ("plateau", "baresip"))
    print_ratio("plateau to baresip", ours, theirs, "ms")
    for event, words in ((JOINS, "The same"), (GIVES_UP, "The caller gives up")):
        print_table(f"{words} ({event}) →", "ms", turns.told[event])


if __name__ == "__main__":
    main()
