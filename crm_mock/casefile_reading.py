"""Reading a case file: connections of its own, from any thread, beside the writer."""

from __future__ import annotations

import datetime as dt
import queue
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from crm_mock import documents, journal, search, store
from crm_mock.errors import CaseFileClosed, CaseFileUnusable, JournalBroken, RecordNotFound, UnknownKind
from crm_mock.journal import JournalRow
from crm_mock.models import Contact, CustomerFile, Document, Listing, Owned, Product, Record, SearchPage
from crm_mock.rules import card_numbers
from crm_mock.rules.normalisation import words

R = TypeVar("R", bound=Record)


def connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, check_same_thread=False, timeout=10, cached_statements=512)
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA synchronous=FULL")
    return conn


class CaseFileReading:
    """The half of a case file that changes nothing. Every method raises CaseFileClosed once it is closed."""

    def __init__(self, path: Path, today: Callable[[], dt.date]) -> None:
        self.path, self.folder, self.today = path, path.parent, today
        self._closed = False
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()

    def _close_readers(self) -> None:
        self._closed = True
        while not self._readers.empty():
            self._readers.get_nowait().close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise CaseFileClosed("Le dossier de session est fermé.", {})
        try:
            conn = self._readers.get_nowait()
        except queue.Empty:
            conn = connect(self.path)
            conn.execute("PRAGMA query_only=ON")
        try:
            yield conn
        finally:
            if self._closed:
                conn.close()
            else:
                self._readers.put(conn)

    def get(self, model: type[R], record_id: str) -> R:
        """Raises RecordNotFound."""
        with self._reading() as conn:
            record = store.get(conn, model, record_id)
        if record is None:
            raise RecordNotFound(model.kind, record_id)
        return record

    def all(self, model: type[R], **equal: str) -> list[R]:
        """Records of a kind whose fields have these values, newest first."""
        with self._reading() as conn:
            return store.where(conn, model, **equal)

    def related(self, contact_id: str) -> dict[str, list[Record]]:
        """Every record of a contact by kind, newest first (see `store.related`)."""
        with self._reading() as conn:
            return store.related(conn, contact_id)

    def customer_file(self, contact_id: str) -> CustomerFile:
        """Raises RecordNotFound."""
        with self._reading() as conn:
            found = store.customer_file(conn, contact_id)
        if found is None:
            raise RecordNotFound("contact", contact_id)
        return found

    def listing(self, kind: str, equal: Mapping[str, str], since: str = "", until: str = "", limit: int = 100, offset: int = 0) -> Listing:
        """A page of the kinds of `store.LISTED`, in order. Raises UnknownKind for others, InvalidFields for a filter that is none."""
        if kind not in store.LISTED:
            raise UnknownKind(kind)
        with self._reading() as conn:
            records, total = store.page(conn, kind, equal, since, until, limit, offset)
            owners = {r.contact_id for r in records if isinstance(r, Owned)}
            contacts = [c for c in (store.get(conn, Contact, owner) for owner in owners) if c is not None]
        names = {c.id: " · ".join(p for p in (c.company_name, f"{c.first_name} {c.last_name}".strip()) if p) for c in contacts}
        return Listing(kind=kind, records=tuple(store.dump(r) for r in records), total=total, offset=offset, names=names)

    def search(self, query: str, page: int = 1) -> SearchPage:
        """Twenty contacts a page (see `crm_mock.search`); the echoed query is masked."""
        query = query.encode("utf-8", "replace").decode("utf-8")
        with self._reading() as conn:
            found = search.search(conn, query, page, self.today().isoformat())
        return found.model_copy(update={"query": card_numbers.mask(query)})

    def lookup_phone(self, phone: str) -> SearchPage:
        """Contacts that have exactly this number."""
        with self._reading() as conn:
            return search.lookup_phone(conn, phone, self.today().isoformat())

    def products(self, query: str = "") -> list[Product]:
        """The catalogue, or the products all of whose words begin like the query's."""
        wanted = words(query)
        found = []
        for product in self.all(Product):
            own = words(f"{product.id} {product.name} {product.category} {product.keywords}")
            if all(any(word.startswith(w) for word in own) for w in wanted):
                found.append(product)
        return sorted(found, key=lambda p: (p.category, p.name, p.id))

    def rows(self, after: int = 0, limit: int | None = None) -> list[JournalRow]:
        """Journal rows with `seq` greater than `after`, in order."""
        with self._reading() as conn:
            return list(journal.rows(conn, after, limit))

    def last_seq(self) -> int:
        with self._reading() as conn:
            return int(conn.execute("SELECT COALESCE(max(seq), 0) FROM journal").fetchone()[0])

    def verify(self) -> None:
        """Raises JournalBroken naming the first row that does not follow, CaseFileUnusable for a damaged file."""
        with self._reading() as conn:
            state = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
            broken = journal.first_broken(conn)
        if state != "ok":
            raise CaseFileUnusable("Ce dossier de session est abîmé.", {"reason": state})
        if broken is not None:
            raise JournalBroken(broken.seq, broken.reason)

    def document_path(self, document_id: str) -> Path:
        """The produced file. Raises RecordNotFound, also when the file is gone."""
        record = self.get(Document, document_id)
        path = self.folder / documents.FOLDER / record.file
        if not record.file or Path(record.file).name != record.file or not path.is_file():
            raise RecordNotFound("document", document_id)
        return path

    def meta(self, key: str) -> str:
        with self._reading() as conn:
            row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise CaseFileUnusable("Ce dossier de session est incomplet.", {"missing": key})
        return str(row["value"])
