"""What leads to a contact, as normalised terms in a table kept in their order: `search` finds contacts by them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from crm_mock.models import Address, Booking, Contact, ContactPoint, Invoice, Order, Record, Subscription, Ticket
from crm_mock.rules.normalisation import joined, plain, trigrams, words
from crm_mock.rules.telephone import display, national_digits

NAME_FIELDS = ("nom", "prénom", "société")
FUZZY_FIELDS = (*NAME_FIELDS, "ville")


@dataclass(frozen=True)
class Term:
    field: str
    term: str
    shown: str


def terms_of(record: Record) -> tuple[str, tuple[Term, ...]]:
    """The contact a record leads to, and by which terms; ("", ()) for kinds that are not searched."""
    if isinstance(record, Contact):
        names = [*named("nom", record.last_name), *named("prénom", record.first_name), *named("société", record.company_name)]
        return record.id, (*names, *referenced("numéro client", record.reference))
    if isinstance(record, Address):
        return record.contact_id, tuple(place_terms(record.city, record.postcode))
    if isinstance(record, ContactPoint):
        return record.contact_id, tuple(point_terms(record.channel, record.value, record.status))
    if isinstance(record, Order):
        return record.contact_id, tuple(referenced("commande", record.reference))
    if isinstance(record, Invoice):
        return record.contact_id, tuple(referenced("facture", record.reference))
    if isinstance(record, Subscription):
        return record.contact_id, tuple(referenced("contrat", record.reference))
    if isinstance(record, Ticket):
        return record.contact_id, tuple(referenced("ticket", record.reference))
    if isinstance(record, Booking):
        return record.contact_id, tuple(referenced("réservation", record.reference))
    return "", ()


def named(field: str, text: str) -> list[Term]:
    parts = words(text)
    whole = [joined(text)] if len(parts) > 1 else []
    return [Term(field, term, text) for term in dict.fromkeys(parts + whole)]


def referenced(field: str, reference: str) -> list[Term]:
    """By the whole, by its digits, by its last group: MVL-204518, 204518; F-2610-0231, 2610-0231, 0231."""
    if not reference:
        return []
    whole = joined(reference)
    digits = whole.lstrip("abcdefghijklmnopqrstuvwxyz")
    last = words(reference)[-1] if words(reference) else ""
    return [Term(field, term, reference) for term in dict.fromkeys((whole, digits, last)) if term]


def place_terms(city: str, postcode: str) -> list[Term]:
    return [*named("ville", city), *([Term("code postal", postcode, postcode)] if postcode else [])]


def point_terms(channel: str, value: str, status: str) -> list[Term]:
    if status == "erroné":
        return []
    if channel == "e-mail":
        return [Term("e-mail", plain(value), value)]
    shown = display(value)
    return [Term("téléphone", value, shown), Term("téléphone", national_digits(value), shown)]


def update(conn: sqlite3.Connection, before: Record | None, after: Record) -> None:
    led, led_by = terms_of(before) if before is not None else ("", ())
    contact_id, terms = terms_of(after)
    if (led, led_by) == (contact_id, terms):
        return
    key = f"{after.kind}:{after.id}"
    if led_by:
        conn.execute("DELETE FROM search_term WHERE contact_id = ? AND record_id = ?", (led, key))
    if not contact_id:
        return
    conn.executemany(
        "INSERT INTO search_term(contact_id, record_id, field, term, shown) VALUES (?,?,?,?,?)",
        [(contact_id, key, t.field, t.term, t.shown) for t in terms],
    )
    grams = {(gram, t.term) for t in terms if t.field in FUZZY_FIELDS for gram in trigrams(t.term)}
    conn.executemany("INSERT OR IGNORE INTO search_gram(gram, term) VALUES (?,?)", sorted(grams))
