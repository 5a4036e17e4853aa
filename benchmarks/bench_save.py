"""How long a save takes, from the call to the disk: raw sqlite3, the case file, and the case file over HTTP.

    python -m benchmarks.bench_save [--count 400] [--folder DIR]

All three write the same note to the same file system (WAL, synchronous=FULL), turn by turn in one run. The raw row is one
transaction of two inserts, a record and a journal line, without checks; it is what the disk allows. HTTP
is uvicorn on loopback with a connection kept open, as the desk has it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI

from crm_mock.api import Caller, answer_crm_errors, crm_router
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from crm_mock.models import Address, Contact, ContactPoint, Product, Record
from crm_mock.rules.profile import CompanyProfile, DeliveryRule

TEXT = "Déménage le 1er décembre, duplicata envoyé à la nouvelle adresse."


def company() -> list[Record]:
    """500 contacts, the size of a pack."""
    made: list[Record] = [Product(id="etui", name="Étui", price_cents=420, stock=10**6)]
    for n in range(500):
        made += [
            Contact(id=f"c{n}", reference=f"MVL-{200000 + n}", first_name=f"Prénom{n % 40}", last_name=f"Nomdefamille{n}"),
            Address(id=f"a{n}", contact_id=f"c{n}", line1="1 rue Essai", postcode="84980", city=f"Commune{n % 30}"),
            ContactPoint(id=f"p{n}", contact_id=f"c{n}", channel="mobile", value=f"+3363998{n:04d}"),
        ]
    return made


def profile() -> CompanyProfile:
    return CompanyProfile(
        name="Essai", legal="fictif", address=("1 rue Essai",), phone="+33199004000", email="a@b.example", website="b.example",
        mediator="fictif", delivery={"relais": DeliveryRule(fee_cents=390, free_from_cents=3900)}, scale=(),
    )  # fmt: skip


def raw_writer(folder: Path) -> Callable[[], None]:
    conn = sqlite3.connect(folder / "raw.db", isolation_level=None, check_same_thread=False)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE note (id TEXT PRIMARY KEY, version INTEGER, contact_id TEXT, text TEXT, at TEXT, author TEXT)")
    conn.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, at TEXT, kind TEXT, data TEXT)")

    def write() -> None:
        conn.execute("BEGIN")
        conn.execute("INSERT INTO note VALUES (?,?,?,?,?,?)", (str(uuid4()), 1, "c1", TEXT, "", ""))
        conn.execute("INSERT INTO journal(at, kind, data) VALUES (?,?,?)", ("", "RecordCreated", TEXT * 3))
        conn.execute("COMMIT")

    return write


async def candidate() -> Caller:
    return Caller("candidate", "poste-1")


@contextmanager
def served(case: CaseFile) -> Iterator[httpx.Client]:
    """The router under uvicorn, on a free port of loopback."""
    app = FastAPI()
    app.include_router(crm_router(lambda caller: case, candidate), prefix="/crm")
    answer_crm_errors(app)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, name="uvicorn")
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)


def measure(writers: dict[str, Callable[[], None]], count: int) -> dict[str, list[float]]:
    """Milliseconds of each call; the writers take turns, so that all meet the same moments of the machine."""
    taken: dict[str, list[float]] = {name: [] for name in writers}
    for turn in range(count + 20):
        for name, write in writers.items():
            start = time.perf_counter()
            write()
            if turn >= 20:
                taken[name].append((time.perf_counter() - start) * 1000)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--folder", type=Path, default=None, help="where to write, default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        today = dt.date(2026, 11, 23)
        case = CaseFile.create(folder / "casefile.db", company(), Event("SittingOpened", {}), profile(), today=lambda: today)
        with case, served(case) as client:
            writers = bench_writers(folder, case, client)
            taken = measure(writers, options.count)
        print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}, {options.count} calls each")
        print(f"{'':44}{'median':>9}{'p95':>9}{'max':>9}  ms")
        for label, times in taken.items():
            p95 = statistics.quantiles(times, n=20)[18]
            print(f"{label:44}{statistics.median(times):9.2f}{p95:9.2f}{max(times):9.2f}")


def bench_writers(folder: Path, case: CaseFile, client: httpx.Client) -> dict[str, Callable[[], None]]:
    order_lines = [{"product_id": "etui", "quantity": 2}]

    def put(kind: str, fields: dict[str, object]) -> None:
        case.put(kind, str(uuid4()), 0, fields, write_id=str(uuid4()), actor="poste-1", role="candidate")

    def over_http(kind: str, fields: dict[str, object]) -> None:
        body = {"write_id": str(uuid4()), "version": 0, "fields": fields}
        client.put(f"/crm/{kind}/{uuid4()}", json=body).raise_for_status()

    def read(path: str) -> None:
        client.get(path).raise_for_status()

    note: dict[str, object] = {"contact_id": "c1", "text": TEXT}
    order: dict[str, object] = {"contact_id": "c2", "lines": order_lines, "relay_point": "Place", "status": "validée"}
    return {
        "raw sqlite3, record + journal line": raw_writer(folder),
        "CaseFile.put, note": lambda: put("note", note),
        "CaseFile.put, validated order + stock": lambda: put("order", order),
        "HTTP PUT, note": lambda: over_http("note", note),
        "HTTP PUT, validated order + stock": lambda: over_http("order", order),
        "HTTP GET lookup by telephone": lambda: read("/crm/lookup?phone=06 39 98 01 23"),
        "HTTP GET customer file": lambda: read("/crm/contacts/c7/file"),
        "HTTP GET search, exact": lambda: read("/crm/search?q=nomdefamille123"),
        "HTTP GET search, with a typo": lambda: read("/crm/search?q=nomdefamile123"),
    }


if __name__ == "__main__":
    main()
