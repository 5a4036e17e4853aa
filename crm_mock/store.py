"""Reading and writing records over one connection; transactions are the caller's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import TypeVar

from crm_mock import search_index
from crm_mock.errors import InvalidFields
from crm_mock.models import KINDS, Contact, CustomerFile, Owned, Record
from crm_mock.schema import columns, from_row, nested_fields, table_name, to_row, upsert_sql

R = TypeVar("R", bound=Record)
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

# The column that says when a record happened; within a kind the newest comes first.
_NEWEST: dict[str, str] = {
    "address": "valid_from",
    "consent": "given_on",
    "subscription": "started_on",
    "order": "ordered_on",
    "invoice": "issued_on",
    "payment": "on",
    "reminder": "sent_on",
    "promise": "due_on",
    "mandate": "signed_on",
    "interaction": "on",
    "task": "due_on",
    "note": "at",
    "survey": "started_at",
    "ticket": "opened_on",
    "goodwill": "on",
    "exchange": "promised_on",
    "chat": "opened_at",
    "appointment": "on",
    "sale_proposal": "at",
    "booking": "starts_on",
    "termination_request": "asked_on",
    "amendment": "starts_on",
}

# Fields that hold the id of another record, which must exist and belong to the same contact.
LINKS: dict[tuple[str, str], str] = {
    ("contact", "company_id"): "contact",
    ("order", "address_id"): "address",
    ("payment_link", "order_id"): "order",
    ("payment_link", "plan_id"): "payment_plan",
    ("payment", "order_id"): "order",
    ("payment", "invoice_id"): "invoice",
    ("payment_plan", "case_id"): "collection_case",
    ("payment_plan", "invoice_ids"): "invoice",
    ("collection_case", "invoice_ids"): "invoice",
    ("reminder", "invoice_ids"): "invoice",
    ("promise", "plan_id"): "payment_plan",
    ("invoice", "order_id"): "order",
    ("invoice", "subscription_id"): "subscription",
    ("subscription", "product_id"): "product",
    ("payment", "booking_id"): "booking",
    ("payment_link", "booking_id"): "booking",
    ("sale_proposal", "order_id"): "order",
    ("sale_proposal", "booking_id"): "booking",
    ("ticket", "product_id"): "product",
    ("goodwill", "ticket_id"): "ticket",
    ("goodwill", "order_id"): "order",
    ("goodwill", "subscription_id"): "subscription",
    ("goodwill", "amendment_id"): "amendment",
    ("exchange", "ticket_id"): "ticket",
    ("exchange", "product_id"): "product",
    ("exchange", "address_id"): "address",
    ("agenda_slot", "rep_id"): "field_rep",
    ("appointment", "slot_id"): "agenda_slot",
    ("appointment", "rep_id"): "field_rep",
    ("appointment", "address_id"): "address",
    ("availability", "resource_id"): "resource",
    ("booking", "resource_id"): "resource",
    ("opportunity", "product_id"): "product",
    ("termination_request", "subscription_id"): "subscription",
    ("amendment", "subscription_id"): "subscription",
    ("amendment", "before_product_id"): "product",
    ("amendment", "after_product_id"): "product",
}
_LINKS_OF: dict[str, list[tuple[str, str]]] = {}
for (_kind, _name), _target in LINKS.items():
    _LINKS_OF.setdefault(_kind, []).append((_name, _target))


def get(conn: sqlite3.Connection, model: type[R], record_id: str) -> R | None:
    row = conn.execute(f"SELECT * FROM {table_name(model.kind)} WHERE id = ?", (record_id,)).fetchone()
    return None if row is None else from_row(model, row)


def where(conn: sqlite3.Connection, model: type[R], **equal: str) -> list[R]:
    """Records whose columns have these values, newest first. Column names are checked against the model."""
    unknown = set(equal) - set(columns(model))
    if unknown:
        raise ValueError(f"{model.kind} has no {sorted(unknown)}")
    condition = " AND ".join(f'"{name}" = ?' for name in equal) or "1"
    newest = _NEWEST.get(model.kind)
    order = f'"{newest}" DESC, rowid DESC' if newest else "rowid DESC"
    query = f"SELECT * FROM {table_name(model.kind)} WHERE {condition} ORDER BY {order}"
    return [from_row(model, row) for row in conn.execute(query, tuple(equal.values()))]


# Kinds one may list without a customer, and the column by which they are in order; a day where there is one.
LISTED: dict[str, str] = {
    "product": "name",
    "field_rep": "name",
    "agenda_slot": "on",
    "resource": "name",
    "availability": "day",
    "campaign_target": "position",
    "contact": "last_name",  # the people of a company only
}
_BY_DAY = frozenset({"agenda_slot", "availability"})


def page(
    conn: sqlite3.Connection, kind: str, equal: Mapping[str, str], since: str, until: str, limit: int, offset: int
) -> tuple[list[Record], int]:
    """Records of a kind of `LISTED`, in order, and how many there are in all. `since` and `until` (ISO days, included) bound
    those that have a day. Raises InvalidFields for a column that is none."""
    model, order = KINDS[kind], LISTED[kind]
    problems = {name: "Ce filtre n'existe pas." for name in equal if name not in columns(model) or name in nested_fields(model)}
    if (since or until) and kind not in _BY_DAY:
        problems["since" if since else "until"] = "Ces fiches n'ont pas de date."
    if kind == "contact" and not equal.get("company_id"):
        problems["company_id"] = "Dites de quelle société."
    if problems:
        raise InvalidFields(problems)
    conditions, values = [f'"{name}" = ?' for name in equal], list(equal.values())
    for bound, sign in ((since, ">="), (until, "<=")):
        if bound:
            conditions.append(f'"{order}" {sign} ?')
            values.append(bound)
    condition = " AND ".join(conditions) or "1"
    then = ', "start"' if kind == "agenda_slot" else ""
    total = int(conn.execute(f"SELECT count(*) FROM {table_name(kind)} WHERE {condition}", values).fetchone()[0])
    query = f'SELECT * FROM {table_name(kind)} WHERE {condition} ORDER BY "{order}"{then}, id LIMIT ? OFFSET ?'
    return [from_row(model, row) for row in conn.execute(query, (*values, limit, offset))], total


def save(conn: sqlite3.Connection, before: Record | None, after: Record) -> None:
    """Writes the row and keeps the search tables in step."""
    conn.execute(upsert_sql(after.kind), to_row(after))
    search_index.update(conn, before, after)


def next_reference(conn: sqlite3.Connection, model: type[Record], prefix: str) -> str:
    """`prefix` and the number after the highest one in use, on four digits: "CDE-2611-" gives "CDE-2611-0007"."""
    query = f"SELECT reference FROM {table_name(model.kind)} WHERE reference >= ? AND reference < ?"
    used = [row[0][len(prefix) :] for row in conn.execute(query, (prefix, prefix + "\U0010ffff"))]
    highest = max((int(tail) for tail in used if tail.isascii() and tail.isdecimal()), default=0)
    return f"{prefix}{highest + 1:04d}"


def bad_links(record: Record, find: Callable[[type[Record], str], Record | None]) -> dict[str, str]:
    """Field name to French message, for each id that leads nowhere or to somebody else's record."""
    problems: dict[str, str] = {}
    owner = record.contact_id if isinstance(record, Owned) else None
    if owner and find(Contact, owner) is None:  # "" only where the model lets nobody be known
        problems["contact_id"] = "Ce client n'existe pas."
    for name, target in _LINKS_OF.get(record.kind, ()):
        value = getattr(record, name)
        for linked_id in value if isinstance(value, tuple) else (value,):
            linked = find(KINDS[target], linked_id) if linked_id else None
            if linked_id and linked is None:
                problems[name] = "La fiche indiquée n'existe pas."
            elif isinstance(linked, Owned) and owner is not None and linked.contact_id != owner:
                problems[name] = "La fiche indiquée est celle d'un autre client."
    return problems


def related(conn: sqlite3.Connection, contact_id: str) -> dict[str, list[Record]]:
    """Every record of a contact, by kind, newest first; under "contact", the company's people or the person's company."""
    found: dict[str, list[Record]] = {}
    for kind, model in KINDS.items():
        if issubclass(model, Owned):
            found[kind] = list(where(conn, model, contact_id=contact_id))
    contact = get(conn, Contact, contact_id)
    people: list[Record] = list(where(conn, Contact, company_id=contact_id))
    if contact is not None and contact.company_id:
        company = get(conn, Contact, contact.company_id)
        people += [company] if company is not None else []
    found["contact"] = people
    return found


def customer_file(conn: sqlite3.Connection, contact_id: str) -> CustomerFile | None:
    contact = get(conn, Contact, contact_id)
    if contact is None:
        return None
    records = {kind: [dump(r) for r in rows] for kind, rows in related(conn, contact_id).items()}
    return CustomerFile(contact=contact, records=records)


def dump(record: Record) -> dict[str, object]:
    """The record as JSON values."""
    return record.model_dump(mode="json")


def dump_text(record: Record) -> str:
    return text_of(dump(record))


def text_of(dumped: dict[str, object]) -> str:
    """The canonical JSON of a record's values."""
    return _CANONICAL.encode(dumped)
