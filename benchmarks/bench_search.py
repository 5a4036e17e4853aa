"""How long a search takes among a million contacts, and a desk to be there: SQLite's own query, the case file, HTTP, the screen.

    python -m benchmarks.bench_search [--contacts 0 100000 1000000] [--turns 15] [--starts 3] [--folder DIR] [--first]

One sitting of the pack, filled up to that many contacts (0: the pack's own), and what stands on it: `python -m scenarios.room`, and
`plateau desk` on a terminal of 120 columns and 36 lines. The raw query asks the same file for the first twenty rows that the words lead to,
in no order and without a count: what SQLite allows. Then `CaseFile.search`, then GET /crm/search, which writes a row of the journal,
then the desk, from Enter to the last letter of the answer read from its terminal; in turn, in one run. The file is in the
system's cache, having just been made. With `--folder` the files made are kept there, and those that are there are used.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.figures import machine, p95
from benchmarks.many_contacts import fill
from benchmarks.processes import PtyProgram, put_first, resident_mb, tree
from crm_mock.casefile_reading import CaseFileReading
from crm_mock.models import SearchPage
from crm_mock.search import PAGE, between, query_words, reached_sql
from scenarios.pack_load import load_pack
from scenarios.sitting_store import CASEFILE, open_sitting
from workstation.cli_options import PACKS

DAY = dt.date(2026, 11, 23)
PACK = PACKS / "marvalune"
SLOW = 120.0  # seconds: a room server that reads a file of some gigabytes
WARM_UP = 2  # turns whose figures are left out
STANDING = "En retrait (connexion)"
EMPTY_FIELD = "téléphone, nom, n° client"
ENTER, F5, CLEAR = "\r", "\x1b[15~", "\x15"
RAW, FUNCTION, HTTP, DESK = "SQLite, twenty rows", "CaseFile.search", "GET /crm/search", "painted on the desk"


Ask = Callable[[], object]


@dataclass(frozen=True)
class Sample:
    """A contact of the file, and the surname that most bear: what is typed is made of them."""

    first_name: str
    last_name: str
    reference: str
    city: str
    phone: str  # as dialled in France, ten digits
    email: str
    common: str

    def queries(self) -> dict[str, str]:
        """What is typed, by what it is."""
        pairs = [self.phone[i : i + 2] for i in range(0, 10, 2)]
        surname = self.last_name.casefold()
        misspelt = surname[:-2] + surname[-1]
        return {
            "name and first name": f"{self.last_name} {self.first_name}",
            "telephone, by pairs": " ".join(pairs),
            "common name": self.common.casefold(),
            "telephone, dots": ".".join(pairs),
            "part of a word": self.common[:4].casefold(),
            "telephone, +33 (0)": f"+33 (0){self.phone[1]} {' '.join(pairs[1:])}",
            "one letter": self.common[0].casefold(),
            "telephone, 0033": f"0033{self.phone[1:]}",
            "town": self.city,
            "begin of a number": " ".join(pairs[:3]),
            "customer number": self.reference,
            "e-mail": self.email,
            "begin of a reference": self.reference[:-2],
            "begin of an e-mail": self.email.partition("@")[0][:-1],
            "first name, town": f"{self.first_name} {self.city}",
            "two towns' words": "saint sur",
            "typo": misspelt,
            "typo in both": f"{misspelt} {self.first_name[:2]}{self.first_name[3:]}",
            "nobody's name": "zyxwvut",
            "nobody's number": "MVL-999999999",
        }


def sample(conn: sqlite3.Connection) -> Sample:
    """The last of the contacts with a name, a number, an address and an e-mail of their own."""
    found = conn.execute(
        """SELECT c.first_name, c.last_name, c.reference, a.city, '0' || substr(t.value, 4), e.value FROM crm_contact c
        JOIN crm_address a ON a.contact_id = c.id AND a.valid_to IS NULL
        JOIN crm_contact_point t ON t.contact_id = c.id AND t.channel = 'mobile' AND t.value LIKE '+33%'
        JOIN crm_contact_point e ON e.contact_id = c.id AND e.channel = 'e-mail' AND e.status = 'actif'
        WHERE c.last_name <> '' AND c.reference <> '' ORDER BY c.rowid DESC LIMIT 1"""
    ).fetchone()
    common = "SELECT last_name FROM crm_contact WHERE last_name <> '' GROUP BY last_name ORDER BY count(*) DESC, last_name LIMIT 1"
    return Sample(*found, *conn.execute(common).fetchone())


class SearchRoom:
    """`with SearchRoom(folder) as room:` the real room server of that sitting, started as the lab starts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token = secrets.token_urlsafe(24)

    def __enter__(self) -> SearchRoom:
        tokens = {"candidate": self.token, "customer": secrets.token_urlsafe(24), "trainer": secrets.token_urlsafe(24)}
        words = [sys.executable, "-m", "scenarios.room", "--sitting", str(self._folder), "--pack", str(PACK), "--day", DAY.isoformat()]
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [*words, "--parent-pipe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PLATEAU_TOKENS": json.dumps(tokens)},
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        self.took = time.monotonic() - begun
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(SLOW)
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid


class Desk(PtyProgram):
    """`plateau desk` on that room. Seconds since it was started: `first_paint` when it says who it is waiting for or how they stand, which
    it was told by the room; `ready` when the line is ready too."""

    def __init__(self, room: SearchRoom, folder: Path) -> None:
        environment = {"PLATEAU_HOME": str(folder / "home"), "PLATEAU_TOKEN": room.token, "LC_ALL": "C.UTF-8", "LANGUAGE": "fr"}
        data = str(folder / "desk")
        super().__init__([sys.executable, "-m", "workstation", "desk", "--room", room.url, "--data", data, "--no-sound"], environment)

    def __enter__(self) -> Desk:
        begun = time.monotonic()
        super().__enter__()
        try:
            self.first_paint = self.painted.wait("Prise de poste", STANDING, within=SLOW) - begun
            self.ready = self.painted.wait("ligne prête", within=SLOW) - begun
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def sign_in(self) -> None:
        self.type("Camille Essai" + ENTER)
        self.painted.wait(STANDING, within=SLOW)

    def search(self, typed: str, answer: list[str]) -> float:
        """Seconds from Enter until all of the answer is on the screen."""
        self._empty_field()
        self.type(typed)
        self.painted.wait(typed, within=SLOW)
        self.painted.forget()
        begun = time.monotonic()
        self.type(ENTER)
        return max(self.painted.wait(text, within=SLOW) for text in answer) - begun

    def _empty_field(self) -> None:
        """The focus comes to the field a moment after the key: what is typed before would not be cleared, or not be typed in it."""
        self.painted.forget()
        for _again in range(int(SLOW)):
            self.type(F5 + CLEAR)
            with suppress(TimeoutError):
                self.painted.wait(EMPTY_FIELD, within=1.0)
                return
        raise TimeoutError("the search's field was never empty")


def answer_of(typed: str, page: SearchPage, before: str) -> list[str]:
    """What the desk paints when it has the answer; the first row is painted only where another was before."""
    if not page.hits:
        return [f"« {typed} » : rien trouvé."]
    counted = f"plus de {page.total} fiches" if page.more else f"{page.total} fiche(s)"
    first = page.hits[0].reference
    return [f"« {typed} » : {counted}", *([first] if first != before else [])]


def raw_query(conn: sqlite3.Connection, typed: str) -> Ask:
    words = query_words(typed)
    sql, values = f"{reached_sql(len(words))} LIMIT {PAGE}", between(words)
    return lambda: conn.execute(sql, values).fetchall()


class Ways:
    """How to ask a sitting's case file, but for the desk: SQLite by itself, the case file, the room server."""

    def __init__(self, path: Path, room: SearchRoom) -> None:
        self.conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.reading = CaseFileReading(path, lambda: DAY)
        self._client = httpx.Client(base_url=room.url, headers={"Authorization": f"Bearer {room.token}"})

    def close(self) -> None:
        self._client.close()
        self.conn.close()

    def get(self, path: str, **asked: str) -> object:
        return self._client.get(path, params=asked).raise_for_status()

    def search(self, typed: str) -> dict[str, Ask]:
        raw = raw_query(self.conn, typed)
        return {RAW: raw, FUNCTION: lambda: self.reading.search(typed), HTTP: lambda: self.get("/crm/search", q=typed)}

    def pop(self, phone: str) -> dict[str, dict[str, Ask]]:
        """What a desk asks when that number rings: whose it is, then the whole file."""
        number, contact = query_words(phone)[0], self.reading.lookup_phone(phone).hits[0].contact_id
        bearers, row = "SELECT contact_id FROM search_term WHERE term = ?", "SELECT * FROM crm_contact WHERE id = ?"
        return {
            "whose number it is": {
                RAW: lambda: self.conn.execute(bearers, (number,)).fetchall(),
                FUNCTION: lambda: self.reading.lookup_phone(phone),
                HTTP: lambda: self.get("/crm/lookup", phone=phone),
            },
            "the customer's file": {
                RAW: lambda: self.conn.execute(row, (contact,)).fetchall(),
                FUNCTION: lambda: self.reading.customer_file(contact),
                HTTP: lambda: self.get(f"/crm/contacts/{contact}/file"),
            },
        }


def measured(path: Path, room: SearchRoom, desk: Desk, turns: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds, by what is asked and how."""
    taken: dict[str, dict[str, list[float]]] = {}
    with closing(Ways(path, room)) as ways:
        drawn = sample(ways.conn)
        queries, pop, shown = drawn.queries(), ways.pop(drawn.phone), ""
        pages = {name: ways.reading.search(typed) for name, typed in queries.items()}
        for turn in range(turns + WARM_UP):
            for name, typed in queries.items():
                figures = {how: _timed(ask) for how, ask in ways.search(typed).items()}
                figures[DESK] = desk.search(typed, answer_of(typed, pages[name], shown)) * 1000
                shown = pages[name].hits[0].reference if pages[name].hits else ""
                _keep(taken, f"{name}: {typed}, {_found(pages[name])}", turn, figures)
            for name, asks in pop.items():
                _keep(taken, name, turn, {how: _timed(ask) for how, ask in asks.items()})
    return taken


def _keep(taken: dict[str, dict[str, list[float]]], name: str, turn: int, figures: Mapping[str, float]) -> None:
    for how, figure in figures.items():
        taken.setdefault(name, {}).setdefault(how, []).extend([figure] if turn >= WARM_UP else [])


def _timed(ask: Ask) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def _found(page: SearchPage) -> str:
    near = " near" if page.hits and not page.hits[0].exact else ""
    return f"{page.total}{'+' if page.more else ''}{near}"


def print_searches(taken: Mapping[str, Mapping[str, list[float]]]) -> None:
    hows = (RAW, FUNCTION, HTTP, DESK)
    print("".join([f"{'milliseconds, median and p95':58}", *(f"{how:>22}" for how in hows)]))
    for name, figures in taken.items():
        columns = (f"{statistics.median(figures[how]):12.1f}{p95(figures[how]):10.1f}" for how in hows if how in figures)
        print(f"{name[:57]:58}" + "".join(columns))


def prepared(root: Path, contacts: int) -> Path:
    """A sitting's folder with that many contacts, whole or not at all; says what it took."""
    folder, building, took = root / f"contacts-{contacts}", root / f"contacts-{contacts}.new", ""
    if not folder.exists():
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        open_sitting(building, load_pack(PACK, DAY), "practice", lambda rows: None, lambda: dt.datetime.now(dt.UTC))[0].close()
        begun = time.monotonic()
        if contacts > (own := count_of(building)):
            fill(building / CASEFILE, contacts - own, DAY)
            took = f"filled in {time.monotonic() - begun:.0f} s, "
        building.rename(folder)
    print(f"\n== {count_of(folder)} contacts: {took}{(folder / CASEFILE).stat().st_size / 1e6:.0f} MB")
    return folder


def count_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / CASEFILE)) as conn:
        return int(conn.execute("SELECT count(*) FROM crm_contact").fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--contacts", type=int, nargs="+", default=[0, 100_000, 1_000_000])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--starts", type=int, default=3, help="starts of the desk")
    parser.add_argument("--folder", type=Path, help="where to keep the files, default a temporary folder")
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    print(f"{machine()}, {os.cpu_count()} cores, SQLite {sqlite3.sqlite_version}")
    with tempfile.TemporaryDirectory(prefix="bench-search-") as name:
        root = options.folder or Path(name)
        for contacts in options.contacts:
            folder = prepared(root, contacts)
            with SearchRoom(folder) as room:
                print(f"the room server is ready in {room.took:.1f} s")
                starts: list[tuple[float, float]] = []
                for start in range(options.starts):
                    with Desk(room, Path(name) / f"desk-{contacts}-{start}") as desk:
                        starts.append((desk.first_paint, desk.ready))
                        if not start:
                            desk.sign_in()
                        if start == options.starts - 1:
                            taken = measured(folder / CASEFILE, room, desk, options.turns)
                            memory = resident_mb([room.pid]), resident_mb(tree(desk.pid))
                first, ready = (statistics.median(figures) for figures in zip(*starts, strict=True))
                print(f"the desk: first paint in {first:.2f} s, line ready in {ready:.2f} s (medians of {len(starts)} starts)")
                print(f"after the searches: room server {memory[0]:.0f} MB, desk and phone {memory[1]:.0f} MB")
                print_searches(taken)
            if not options.folder:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
