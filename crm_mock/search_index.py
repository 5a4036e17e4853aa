"""Finding contacts: what leads to them, as normalised terms in an indexed table.

A first page is one query whose every step goes through an index: each word of the query must begin a term of the contact
(name, city, postcode, e-mail, number, reference). When nothing begins so, words are looked for by trigrams and
compared with rapidfuzz: names with typos.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from rapidfuzz import fuzz

from crm_mock.models import Address, Booking, Contact, ContactPoint, Invoice, Order, Record, SearchHit, SearchPage, Subscription, Ticket
from crm_mock.rules.normalisation import MAX_WORDS, joined, plain, trigrams, words
from crm_mock.rules.telephone import display, national_digits, to_e164

PAGE = 20
MAX_QUERY = 200
LAST = "\U0010ffff"
NAME_FIELDS = ("nom", "prénom", "société")
FUZZY_FIELDS = (*NAME_FIELDS, "ville")
_NEAR_WORD = 0.75  # similarity of at least one word of the query
_NEAR_ALL = 0.6  # mean similarity over the query's words
_REFERENCE = re.compile(r"^[A-Za-zÀ-ÿ]{0,4}[\s.\-/]*\d[\d\s.\-/]*$")
_INTERNATIONAL = re.compile(r"^\s*(?:\+|00)\s*33\s*(?:\(\s*0\s*\))?")


@dataclass(frozen=True)
class Term:
    field: str
    term: str
    shown: str


def terms_of(record: Record) -> tuple[str, tuple[Term, ...]]:
    """The contact a record leads to, and by which terms; ("", ()) for kinds that are not searched."""
    if isinstance(record, Contact):
        found = _named("nom", record.last_name) + _named("prénom", record.first_name) + _named("société", record.company_name)
        return record.id, tuple(found + _referenced("numéro client", record.reference))
    if isinstance(record, Address):
        cities = _named("ville", record.city)
        if record.postcode:
            cities.append(Term("code postal", record.postcode, record.postcode))
        return record.contact_id, tuple(cities)
    if isinstance(record, ContactPoint):
        return record.contact_id, tuple(_point_terms(record))
    if isinstance(record, Order):
        return record.contact_id, tuple(_referenced("commande", record.reference))
    if isinstance(record, Invoice):
        return record.contact_id, tuple(_referenced("facture", record.reference))
    if isinstance(record, Subscription):
        return record.contact_id, tuple(_referenced("contrat", record.reference))
    if isinstance(record, Ticket):
        return record.contact_id, tuple(_referenced("ticket", record.reference))
    if isinstance(record, Booking):
        return record.contact_id, tuple(_referenced("réservation", record.reference))
    return "", ()


def _named(field: str, text: str) -> list[Term]:
    parts = words(text)
    whole = [joined(text)] if len(parts) > 1 else []
    return [Term(field, term, text) for term in dict.fromkeys(parts + whole)]


def _referenced(field: str, reference: str) -> list[Term]:
    """By the whole, by its digits, by its last group: MVL-204518, 204518; F-2610-0231, 2610-0231, 0231."""
    if not reference:
        return []
    whole = joined(reference)
    digits = whole.lstrip("abcdefghijklmnopqrstuvwxyz")
    last = words(reference)[-1] if words(reference) else ""
    return [Term(field, term, reference) for term in dict.fromkeys((whole, digits, last)) if term]


def _point_terms(point: ContactPoint) -> list[Term]:
    if point.status == "erroné":
        return []
    if point.channel == "e-mail":
        return [Term("e-mail", plain(point.value), point.value)]
    shown = display(point.value)
    return [Term("téléphone", point.value, shown), Term("téléphone", national_digits(point.value), shown)]


def update(conn: sqlite3.Connection, before: Record | None, after: Record) -> None:
    contact_id, terms = terms_of(after)
    if not contact_id or (before is not None and terms_of(before) == (contact_id, terms)):
        return
    key = f"{after.kind}:{after.id}"
    if before is not None:
        conn.execute("DELETE FROM search_term WHERE record_id = ?", (key,))
    conn.executemany(
        "INSERT INTO search_term(contact_id, record_id, field, term, shown) VALUES (?,?,?,?,?)",
        [(contact_id, key, t.field, t.term, t.shown) for t in terms],
    )
    grams = {(gram, t.term) for t in terms if t.field in FUZZY_FIELDS for gram in trigrams(t.term)}
    conn.executemany("INSERT OR IGNORE INTO search_gram(gram, term) VALUES (?,?)", sorted(grams))


def query_words(query: str) -> tuple[str, ...]:
    """What the terms of a contact must begin with: one element for a number, a reference or an e-mail, else one a word."""
    query = query[:MAX_QUERY]
    number = to_e164(query)
    if number is not None:
        return (number,)
    text = query.strip()
    if "@" in text:
        return (plain(text),)
    if match := _INTERNATIONAL.match(text):
        rest = joined(text[match.end() :])
        return ("0" + rest.lstrip("0"),) if rest.isdecimal() else ()
    if _REFERENCE.match(text):
        return (joined(text),)
    found = dict.fromkeys(words(text))
    return tuple(sorted(found, key=len, reverse=True)[:MAX_WORDS])


_FIELDS_OF_HIT = """c.id AS contact_id, c.reference, c.category, c.civility, c.first_name, c.last_name, c.company_name,
  (SELECT a.city || char(31) || a.postcode FROM crm_address a WHERE a.contact_id = c.id
   ORDER BY a.usage = 'principale' DESC, (COALESCE(a.valid_from, '') <= :day) DESC, a.valid_from DESC LIMIT 1) AS place"""


def first_page_sql(count: int) -> str:
    """One statement for `count` words: named parameters low0, high0, …, day, limit, offset."""
    joins = "".join(
        f" JOIN search_term t{i} ON t{i}.contact_id = t0.contact_id AND t{i}.term >= :low{i} AND t{i}.term < :high{i}"
        for i in range(1, count)
    )
    exact = " + ".join(f"(t{i}.term = :low{i})" for i in range(count))
    # With a single max(), SQLite takes the bare columns from the row that has the maximum.
    return f"""WITH hit AS (
  SELECT t0.contact_id AS hit_id, max({exact}) AS exact, t0.field AS field, t0.shown AS shown
  FROM search_term t0{joins} WHERE t0.term >= :low0 AND t0.term < :high0 GROUP BY t0.contact_id)
SELECT {_FIELDS_OF_HIT}, hit.field, hit.shown, count(*) OVER () AS total
FROM hit JOIN crm_contact c ON c.id = hit.hit_id
ORDER BY hit.exact DESC, c.last_name, c.company_name, c.first_name, c.id LIMIT :limit OFFSET :offset"""


def first_page_values(searched: tuple[str, ...], page: int, day: str) -> dict[str, object]:
    values: dict[str, object] = {"day": day, "limit": PAGE, "offset": (page - 1) * PAGE}
    for i, word in enumerate(searched):
        values |= {f"low{i}": word, f"high{i}": word + LAST}
    return values


def search(conn: sqlite3.Connection, query: str, page: int, day: str) -> SearchPage:
    """`page` counts from 1; `day` (ISO) picks the address in force. An empty query finds nobody."""
    searched = query_words(query)
    if not searched or page < 1:
        return SearchPage(query=query, hits=(), total=0, page=max(page, 1))
    rows = conn.execute(first_page_sql(len(searched)), first_page_values(searched, page, day)).fetchall()
    if rows:
        hits = tuple(_hit(row, row["field"], row["shown"], True) for row in rows)
        return SearchPage(query=query, hits=hits, total=int(rows[0]["total"]), page=page)
    if page > 1:
        return SearchPage(query=query, hits=(), total=0, page=page)
    hits = _near(conn, [w for w in searched if len(w) > 2 and not w.startswith("+")], day)
    return SearchPage(query=query, hits=hits, total=len(hits), page=1)


def lookup_phone(conn: sqlite3.Connection, phone: str, day: str) -> SearchPage:
    """Contacts that have exactly this number; nobody for a number that cannot be read (anonymous)."""
    number = to_e164(phone)
    if number is None:
        return SearchPage(query=phone, hits=(), total=0)
    query = f"""SELECT {_FIELDS_OF_HIT}, t.field, t.shown FROM search_term t JOIN crm_contact c ON c.id = t.contact_id
      WHERE t.term = :number AND t.field = 'téléphone' GROUP BY c.id ORDER BY c.last_name, c.first_name, c.id LIMIT 50"""
    rows = conn.execute(query, {"number": number, "day": day}).fetchall()
    hits = tuple(_hit(row, row["field"], row["shown"], True) for row in rows)
    return SearchPage(query=phone, hits=hits, total=len(hits))


def _hit(row: sqlite3.Row, field: str, shown: str, exact: bool) -> SearchHit:
    person = " ".join(p for p in (row["civility"], row["first_name"], row["last_name"]) if p)
    name = " · ".join(p for p in (row["company_name"], person) if p)
    city, _, postcode = (row["place"] or "\x1f").partition("\x1f")
    return SearchHit(
        contact_id=row["contact_id"],
        reference=row["reference"],
        name=name,
        city=city,
        postcode=postcode,
        category=row["category"],
        matched_on=field,
        matched=shown,
        exact=exact,
    )


def _near_terms(conn: sqlite3.Connection, word: str) -> list[str]:
    grams = sorted(trigrams(word))
    marks = ",".join("?" * len(grams))
    query = f"SELECT term, count(*) AS shared FROM search_gram WHERE gram IN ({marks}) GROUP BY term ORDER BY shared DESC, term LIMIT 80"
    candidates = [row["term"] for row in conn.execute(query, grams)]
    return [term for term in candidates if _similar(word, term) >= _NEAR_WORD]


def _similar(a: str, b: str) -> float:
    return fuzz.ratio(a, b) / 100


def _near(conn: sqlite3.Connection, searched: list[str], day: str) -> tuple[SearchHit, ...]:
    """Contacts one of whose words is near one of the query's, best mean over all words first."""
    near = {term for word in searched for term in _near_terms(conn, word)}
    if not near:
        return ()
    marks = ",".join("?" * len(near))
    reached = f"SELECT DISTINCT contact_id FROM search_term WHERE term IN ({marks}) ORDER BY contact_id LIMIT 400"
    fields = ",".join("?" * len(FUZZY_FIELDS))
    query = f"SELECT contact_id, field, term, shown FROM search_term WHERE contact_id IN ({reached}) AND field IN ({fields})"
    by_contact: dict[str, list[sqlite3.Row]] = {}
    for row in conn.execute(query, (*sorted(near), *FUZZY_FIELDS)):
        by_contact.setdefault(row["contact_id"], []).append(row)
    scored: list[tuple[float, str, sqlite3.Row]] = []
    for contact_id, terms in by_contact.items():
        bests = [max(((_similar(word, t["term"]), i) for i, t in enumerate(terms)), default=(0.0, 0)) for word in searched]
        mean = sum(score for score, _ in bests) / len(bests)
        if mean >= _NEAR_ALL:
            scored.append((mean, contact_id, terms[max(bests)[1]]))
    scored.sort(key=lambda s: (-s[0], s[1]))
    return tuple(_by_id(conn, contact_id, row, day) for _, contact_id, row in scored[:PAGE])


def _by_id(conn: sqlite3.Connection, contact_id: str, matched: sqlite3.Row, day: str) -> SearchHit:
    row = conn.execute(f"SELECT {_FIELDS_OF_HIT} FROM crm_contact c WHERE c.id = :id", {"id": contact_id, "day": day}).fetchone()
    return _hit(row, matched["field"], matched["shown"], False)
