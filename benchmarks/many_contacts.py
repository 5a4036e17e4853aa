"""A sitting's case file filled with very many contacts, by the pack's own maker of people.

Everything is drawn from one seed: the same count gives the same contacts. Streets, towns, first names and surnames are the pack's; half
of the people have two surnames, so that some names are borne by thousands and most by a handful. A hundred thousand are drawn; beyond,
each comes again with a number and an e-mail of its own. The numbers kept for fiction are sixty thousand: several contacts share one.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from crm_mock.models import Address, Contact, ContactPoint, Record
from crm_mock.rules.normalisation import trigrams
from crm_mock.rules.telephone import FICTION_ROOTS, to_e164
from crm_mock.schema import columns, table_name, to_row
from crm_mock.search_index import FUZZY_FIELDS, Term, named, place_terms, point_terms, referenced
from scenarios import pack_crowd_words as words
from scenarios.pack_crowd_people import People, Row
from scenarios.pack_dates import is_expression, resolve

BATCH = 10_000
DRAWN = 100_000
COMPANY_EVERY = 12
KINDS: tuple[type[Record], ...] = (Contact, Address, ContactPoint)
DATES = frozenset({"birth_date", "customer_since", "valid_from", "valid_to"})


class Multitude(People):
    """People and companies as the pack's crowd has them, as many as one asks for; without consents, to which nothing leads."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__([], seed)
        self.count = 0
        self._borne: Counter[str] = Counter()
        self._numbers = 0

    def next(self, count: int) -> dict[str, list[Row]]:
        """That many more contacts: rows by kind, as a pack has them."""
        self.rows, self.since, self.home = {}, {}, {}
        for n in range(self.count, self.count + count):
            if n % COMPANY_EVERY:
                self._person(f"cm{n}", f"MVC-{n:06d}", self._name())
            else:
                self._company(f"em{n}", f"PRC-{n:06d}")
        self.count += count
        return self.rows

    def _name(self) -> tuple[str, str, str]:
        civility, first, last = super()._name()
        return civility, first, f"{last}-{self.draw.choice(words.SURNAMES)}" if self.draw.random() < 0.5 else last

    def _number(self, root: str) -> str:
        """The next of all those kept for fiction, whatever the root, then the first again: each is shared by as many as any other."""
        self._numbers += 1
        block, rest = divmod(self._numbers * 7919, 10_000)
        digits = f"{FICTION_ROOTS[block % len(FICTION_ROOTS)]}{rest:04d}"
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))

    def _email(self, owner: str, local: str) -> None:
        self._borne[local] += 1
        super()._email(owner, f"{local}{self._borne[local]}" if self._borne[local] > 1 else local)
        self.emails.clear()

    def _consents(self, owner: str, days: int) -> None:
        pass


def fill(path: Path, count: int, day: dt.date) -> None:
    """Adds that many contacts to a case file that nobody has open; nothing of the journal changes.

    The rows and the terms are those that the case file itself would write (a test holds them against each other), the terms sorted
    before they are put in their table: one by one, a million contacts would take an hour."""
    conn = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "threads=2"):
        conn.execute(f"PRAGMA {setting}")  # a file that is not finished is thrown away
    ((by_contact,),) = conn.execute("SELECT sql FROM sqlite_master WHERE name = 'search_term_by_contact'")
    conn.execute("BEGIN")
    conn.execute("DROP INDEX search_term_by_contact")
    conn.execute("CREATE TEMP TABLE gathered (term TEXT, contact_id TEXT, field TEXT, record_id TEXT, shown TEXT)")
    people, fuzzy, drawn = Multitude(), set[str](), min(count, DRAWN)
    while people.count < drawn:
        rows = people.next(min(BATCH, drawn - people.count))
        for model in KINDS:
            _write(conn, model, [_values(row, day) for row in rows[model.kind]], fuzzy)
    for again in range(1, -(-count // DRAWN)):
        _copy(conn, again, min(DRAWN, count - again * DRAWN))
    conn.execute("INSERT INTO search_term SELECT * FROM gathered ORDER BY term, contact_id")
    conn.execute(by_contact)
    grams = sorted((gram, term) for term in fuzzy for gram in trigrams(term))
    conn.executemany("INSERT OR IGNORE INTO search_gram(gram, term) VALUES (?,?)", grams)
    conn.execute("COMMIT")
    conn.execute("PRAGMA journal_mode=WAL")
    conn.close()


def _copy(conn: sqlite3.Connection, again: int, count: int) -> None:
    """The first `count` of those that were drawn, once more."""

    def own(column: str) -> str:
        return f"{column} || '-{again}'"

    def numbered(column: str) -> str:
        return f"substr({column}, 1, length({column}) - 6) || '{again}' || substr({column}, -5)"

    def mailed(column: str) -> str:
        return f"replace({column}, '@', '.{again}@')"  # no other text has one

    def told(column: str) -> str:
        return f"CASE field WHEN 'numéro client' THEN {numbered(column)} ELSE {mailed(column)} END"

    def drawn(owner: str) -> str:
        return f"{owner} GLOB '[ce]m[0-9]*' AND {owner} NOT GLOB '*-*' AND CAST(substr({owner}, 3) AS INTEGER) < {count}"

    changed = {"id": own("id"), "contact_id": own("contact_id"), "reference": numbered("reference"), "value": mailed("value")}
    for model in KINDS:
        names = [f'"{name}"' for name in columns(model)]
        made = [changed.get(name, f'"{name}"') for name in columns(model)]
        owner = "id" if model is Contact else "contact_id"
        table = table_name(model.kind)
        conn.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(made)} FROM {table} WHERE {drawn(owner)}")
    made = [told("term"), own("contact_id"), "field", own("record_id"), told("shown")]
    conn.execute(f"INSERT INTO gathered SELECT {', '.join(made)} FROM gathered WHERE {drawn('contact_id')}")


def _write(conn: sqlite3.Connection, model: type[Record], rows: Sequence[dict[str, object]], fuzzy: set[str]) -> None:
    shapes: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for row in rows:
        shapes.setdefault(tuple(row), []).append(row)
    for given, alike in shapes.items():
        conn.executemany(_insert_sql(model, given), alike)
    led = ((row.get("contact_id", row["id"]), f"{model.kind}:{row['id']}", _TERMS[model](row)) for row in rows)
    gathered = [(t.term, contact, t.field, record, t.shown) for contact, record, terms in led for t in terms]
    conn.executemany("INSERT INTO gathered VALUES (?,?,?,?,?)", gathered)
    fuzzy.update(term for term, _contact, field, _record, _shown in gathered if field in FUZZY_FIELDS)


@cache
def _insert_sql(model: type[Record], given: tuple[str, ...]) -> str:
    """Every column is set: those given by name, the others as the model begins them."""
    begins = {**to_row(model.model_construct(id="")), "version": 1}
    values = {n: f":{n}" if n in given else "NULL" if begins[n] is None else repr(begins[n]) for n in columns(model)}
    quoted = ", ".join(f'"{name}"' for name in values)
    return f"INSERT INTO {table_name(model.kind)} ({quoted}) VALUES ({', '.join(values.values())})"


def _values(row: Row, day: dt.date) -> dict[str, object]:
    """As a pack's reader makes them (scenarios.pack_fields), of the few kinds of field that there are here."""
    values: dict[str, object] = {**row}
    for name in DATES & row.keys():
        values[name] = _date(row[name], day)
    if "preferred" in row:
        values["preferred"] = int(row["preferred"] == "true")
        values["value"] = _number(row["value"]) if row["channel"] != "e-mail" else row["value"]
    return values


def _contact_terms(row: dict[str, object]) -> Iterator[Term]:
    for field, name in (("nom", "last_name"), ("prénom", "first_name"), ("société", "company_name")):
        yield from _named(field, row.get(name, ""))
    yield from referenced("numéro client", str(row["reference"]))


# What many contacts share is worked out once.
_date = cache(lambda text, day: (resolve(text, day).isoformat() if is_expression(text) else text) or None)
_number = cache(to_e164)
_named = cache(named)
_placed = cache(place_terms)
_telephone = cache(point_terms)


def _pointed(channel: object, value: object, status: object) -> list[Term]:
    return (point_terms if channel == "e-mail" else _telephone)(str(channel), str(value), str(status))


_TERMS: dict[type[Record], Callable[[dict[str, object]], Iterable[Term]]] = {
    Contact: _contact_terms,
    Address: lambda row: _placed(row["city"], row["postcode"]),
    ContactPoint: lambda row: _pointed(row["channel"], row["value"], row["status"]),
}
