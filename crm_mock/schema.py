"""The tables of a case file, made from `crm_mock.models.KINDS`: one table a kind, one column a field.

Nested values (tuples of strings or models) are JSON text. Tables are named `crm_<kind>`, as `order` is a word of SQL.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import types
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from sqlite_utils import Database, Migrations

from crm_mock.errors import SchemaMismatch
from crm_mock.models import KINDS, Owned, Record

R = TypeVar("R", bound=Record)

INDEXED: dict[str, tuple[str, ...]] = {
    "contact": ("reference", "company_id"),
    "contact_point": ("value",),
    "order": ("reference",),
    "invoice": ("reference", "order_id"),
    "payment": ("reference", "order_id", "invoice_id", "booking_id"),
    "payment_link": ("reference", "order_id", "plan_id", "booking_id"),
    "mandate": ("reference",),
    "subscription": ("reference",),
    "document": ("subject_id",),
    "interaction": ("call_key",),
    "campaign_target": ("campaign_id",),
    "ticket": ("reference",),
    "goodwill": ("reference",),
    "exchange": ("reference", "ticket_id"),
    "chat": ("call_key",),
    "agenda_slot": ("rep_id", "on"),
    "appointment": ("reference",),
    "availability": ("resource_id", "day"),
    "booking": ("reference", "resource_id"),
    "opportunity": ("reference",),
    "termination_request": ("reference", "subscription_id"),
    "amendment": ("reference", "subscription_id"),
}

casefile_migrations = Migrations("plateau.casefile")


def table_name(kind: str) -> str:
    return f"crm_{kind}"


def _plain(annotation: Any) -> Any:
    """The type under Annotated and Optional."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return _plain(inner[0])
    return annotation


@cache
def nested_fields(model: type[Record]) -> frozenset[str]:
    """Fields kept as JSON text."""
    return frozenset(n for n, f in model.model_fields.items() if get_origin(_plain(f.annotation)) is tuple)


@cache
def columns(model: type[Record]) -> dict[str, type]:
    """Column name to the Python type that gives its SQLite type: int or str."""
    result: dict[str, type] = {}
    for name, field in model.model_fields.items():
        plain = _plain(field.annotation)
        if plain in (int, bool):
            result[name] = int
        elif plain in (str, dt.date) or get_origin(plain) is tuple or get_origin(plain) is Literal:
            result[name] = str
        else:
            raise TypeError(f"{model.__name__}.{name}: no column type for {plain!r}")
    return result


def to_row(record: Record) -> dict[str, object]:
    """JSON-ready values, nested fields as JSON text: what a column holds."""
    values = record.model_dump(mode="json")
    for name in nested_fields(type(record)):
        values[name] = json.dumps(values[name], ensure_ascii=False, separators=(",", ":"))
    return values


def from_row(model: type[R], row: sqlite3.Row) -> R:
    """Rows were validated when they were written; they are validated again, as anybody can open the file."""
    values = dict(zip(row.keys(), row, strict=True))
    for name in nested_fields(model):
        values[name] = json.loads(values[name])
    return model.model_validate(values)


@cache
def upsert_sql(kind: str) -> str:
    names = list(columns(KINDS[kind]))
    changed = ", ".join(f'"{n}" = excluded."{n}"' for n in names if n != "id")
    quoted = ", ".join(f'"{n}"' for n in names)
    marks = ", ".join(f":{n}" for n in names)
    return f"INSERT INTO {table_name(kind)} ({quoted}) VALUES ({marks}) ON CONFLICT(id) DO UPDATE SET {changed}"


@casefile_migrations()
def m001_records(db: Database) -> None:
    for kind, model in KINDS.items():
        table = db.table(table_name(kind))
        cols = columns(model)
        table.create(cols, pk="id", not_null={n for n in cols if model.model_fields[n].annotation in (str, int, bool)})
        if issubclass(model, Owned):
            table.create_index(["contact_id"])
        for name in INDEXED.get(kind, ()):
            table.create_index([name])


@casefile_migrations()
def m002_journal(db: Database) -> None:
    for statement in (
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,"
        " call_key TEXT NOT NULL, data TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)",
        "CREATE INDEX journal_call_key ON journal(call_key) WHERE call_key <> ''",
        "CREATE TABLE journal_event (event_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END",
        "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END",
    ):
        db.execute(statement)


@casefile_migrations()
def m003_answers_and_meta(db: Database) -> None:
    """`answer` holds what each write_id was told, so that a replay is told the same."""
    for statement in (
        "CREATE TABLE answer (write_id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, saved TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


@casefile_migrations()
def m004_search(db: Database) -> None:
    """`search_term`: what leads to a contact, normalised. `search_gram`: trigrams of name and city words, for typos."""
    for statement in (
        "CREATE TABLE search_term (contact_id TEXT NOT NULL, record_id TEXT NOT NULL, field TEXT NOT NULL, term TEXT NOT NULL,"
        " shown TEXT NOT NULL)",
        "CREATE INDEX search_term_by_term ON search_term(term, contact_id, field, shown)",
        "CREATE INDEX search_term_by_contact ON search_term(contact_id, term, field, shown)",
        "CREATE INDEX search_term_by_record ON search_term(record_id)",
        "CREATE TABLE search_gram (gram TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (gram, term)) WITHOUT ROWID",
    ):
        db.execute(statement)


@casefile_migrations()
def m005_search_in_order(db: Database) -> None:
    """`search_term` is kept in the order it is read, once. The indexes that files of before may lack are made."""
    for statement in (
        "CREATE TABLE search_ordered (term TEXT NOT NULL, contact_id TEXT NOT NULL, field TEXT NOT NULL, record_id TEXT NOT NULL,"
        " shown TEXT NOT NULL, PRIMARY KEY (term, contact_id, field, record_id)) WITHOUT ROWID",
        "INSERT OR IGNORE INTO search_ordered SELECT term, contact_id, field, record_id, shown FROM search_term ORDER BY term, contact_id",
        "DROP TABLE search_term",
        "ALTER TABLE search_ordered RENAME TO search_term",
        "CREATE INDEX search_term_by_contact ON search_term(contact_id, term)",
    ):
        db.execute(statement)
    for kind, names in INDEXED.items():
        for name in names:
            db.table(table_name(kind)).create_index([name], if_not_exists=True)


def check_tables(db: Database) -> None:
    """Raises SchemaMismatch when a table is not the one `KINDS` describes."""
    for kind, model in KINDS.items():
        found = {c.name for c in db.table(table_name(kind)).columns}
        wanted = set(columns(model))
        if found != wanted:
            raise SchemaMismatch(
                "Ce dossier de session vient d'une autre version du logiciel.",
                {"kind": kind, "missing": sorted(wanted - found), "unknown": sorted(found - wanted)},
            )
