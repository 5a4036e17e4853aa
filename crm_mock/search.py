"""Finding contacts by what people say of themselves, through the terms that `search_index` keeps.

Each word of a query must begin a term of the contact (name, city, postcode, e-mail, number, reference). Terms are read in their order, from
the rarest of the words, and reading stops after `COUNTED` contacts: what a search costs does not follow the number of contacts. When
nothing begins so, words are looked for by trigrams and compared with rapidfuzz: names with typos.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import NamedTuple

from rapidfuzz import fuzz

from crm_mock.models import SearchHit, SearchPage
from crm_mock.rules.normalisation import MAX_WORDS, joined, plain, trigrams, words
from crm_mock.rules.telephone import to_e164
from crm_mock.search_index import FUZZY_FIELDS

PAGE = 20
COUNTED = 1000  # contacts of one search: beyond, it says that there are more, and only those are in order
MAX_QUERY = 200
LAST = "\U0010ffff"
_SPREAD = 10_000  # terms counted to know which word is the rarest
_NEAR_WORD = 0.75  # similarity of at least one word of the query
_NEAR_ALL = 0.6  # mean similarity over the query's words
_NEAR_TERMS = 80  # that share most trigrams with a word
_NEAR_CONTACTS = 400  # compared word by word
_REACHED = 50_000  # contacts that bear a term near one of several words
_REFERENCE = re.compile(r"^[A-Za-zÀ-ÿ]{0,4}[\s.\-/]*\d[\d\s.\-/]*$")
_INTERNATIONAL = re.compile(r"^\s*(?:\+|00)\s*33\s*(?:\(\s*0\s*\))?")


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


class Found(NamedTuple):
    """A contact, by how many of the query's words as they are, and the first term that led to it so."""

    exact: int
    field: str
    shown: str


def reached_sql(count: int) -> str:
    """Who is led to by `count` words, the first of which is read in order: named parameters low0, high0, …"""
    joins = "".join(
        f" CROSS JOIN search_term t{i} ON t{i}.contact_id = t0.contact_id AND t{i}.term >= :low{i} AND t{i}.term < :high{i}"
        for i in range(1, count)
    )  # a cross join is made in the order it is written
    exact = " + ".join(f"(t{i}.term = :low{i})" for i in range(count))
    return f"""SELECT t0.contact_id, {exact}, t0.field, t0.shown FROM search_term t0{joins}
WHERE t0.term >= :low0 AND t0.term < :high0 ORDER BY t0.term"""


def between(searched: Sequence[str]) -> dict[str, str]:
    """The parameters of `reached_sql`."""
    bounds: dict[str, str] = {}
    for i, word in enumerate(searched):
        bounds |= {f"low{i}": word, f"high{i}": word + LAST}
    return bounds


def search(conn: sqlite3.Connection, query: str, page: int, day: str) -> SearchPage:
    """`page` counts from 1; `day` (ISO) picks the address in force. An empty query finds nobody."""
    searched = query_words(query)
    if not searched or page < 1:
        return SearchPage(query=query, hits=(), total=0, page=max(page, 1))
    found, more = _reached(conn, _rarest_first(conn, searched))
    if found:
        ordered = _in_order(conn, found)
        hits = _hits(conn, [(one, found[one]) for one in ordered[(page - 1) * PAGE : page * PAGE]], day, True)
        return SearchPage(query=query, hits=hits, total=len(found), more=more, page=page)
    if page > 1:
        return SearchPage(query=query, hits=(), total=0, page=page)
    near = _near(conn, [w for w in searched if len(w) > 2 and not w.startswith("+")])
    return SearchPage(query=query, hits=_hits(conn, near, day, False), total=len(near), page=1)


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


# --- words that begin terms


def _rarest_first(conn: sqlite3.Connection, searched: tuple[str, ...]) -> list[str]:
    if len(searched) == 1:
        return list(searched)
    query = f"SELECT count(*) FROM (SELECT 1 FROM search_term WHERE term >= :low0 AND term < :high0 LIMIT {_SPREAD})"
    spread = {word: int(conn.execute(query, between((word,))).fetchone()[0]) for word in searched}
    return sorted(searched, key=lambda word: spread[word])


def _reached(conn: sqlite3.Connection, searched: Sequence[str]) -> tuple[dict[str, Found], bool]:
    """The first contacts that the words lead to, and whether there are more."""
    found: dict[str, Found] = {}
    with closing(conn.execute(reached_sql(len(searched)), between(searched))) as rows:
        for contact_id, *how in rows:
            known = found.get(contact_id)
            if known is None and len(found) == COUNTED:
                return found, True
            if known is None or known.exact < how[0]:
                found[contact_id] = Found(*how)
    return found, False


def _in_order(conn: sqlite3.Connection, found: dict[str, Found]) -> list[str]:
    """Contacts that exist; those found by whole words first, then by name."""
    query = f"SELECT id, last_name, company_name, first_name FROM crm_contact WHERE id IN {_AMONG}"
    rows = conn.execute(query, (json.dumps(list(found)),)).fetchall()
    return [row["id"] for row in sorted(rows, key=lambda r: (-found[r["id"]].exact, *r[1:], r["id"]))]


# --- what is shown of a contact

_AMONG = "(SELECT value FROM json_each(?))"
_FIELDS_OF_HIT = """c.id AS contact_id, c.reference, c.category, c.civility, c.first_name, c.last_name, c.company_name,
  (SELECT a.city || char(31) || a.postcode FROM crm_address a WHERE a.contact_id = c.id
   ORDER BY a.usage = 'principale' DESC, (COALESCE(a.valid_from, '') <= :day) DESC, a.valid_from DESC LIMIT 1) AS place"""


def _hits(conn: sqlite3.Connection, found: Iterable[tuple[str, Found]], day: str, exact: bool) -> tuple[SearchHit, ...]:
    query = f"SELECT {_FIELDS_OF_HIT} FROM crm_contact c WHERE c.id = :id"
    rows = [(conn.execute(query, {"id": contact_id, "day": day}).fetchone(), how) for contact_id, how in found]
    return tuple(_hit(row, how.field, how.shown, exact) for row, how in rows)


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


# --- typos


def near_terms_sql(count: int) -> str:
    """The terms that share most with a word of `count` trigrams."""
    marks = ",".join("?" * count)
    return f"""SELECT term, count(*) AS shared FROM search_gram WHERE gram IN ({marks})
GROUP BY term ORDER BY shared DESC, term LIMIT {_NEAR_TERMS}"""


def _near_terms(conn: sqlite3.Connection, word: str) -> list[str]:
    """The nearest first."""
    grams = sorted(trigrams(word))
    likeness = {row["term"]: _similar(word, row["term"]) for row in conn.execute(near_terms_sql(len(grams)), grams)}
    return sorted((term for term, like in likeness.items() if like >= _NEAR_WORD), key=lambda term: (-likeness[term], term))


def _similar(a: str, b: str) -> float:
    return fuzz.ratio(a, b) / 100


def _near(conn: sqlite3.Connection, searched: Sequence[str]) -> list[tuple[str, Found]]:
    """Contacts one of whose words is near one of the query's, best mean over all words first."""
    reached = _reached_nearly(conn, [near for word in searched if (near := _near_terms(conn, word))])
    fields = ",".join("?" * len(FUZZY_FIELDS))
    query = f"SELECT contact_id, term, field FROM search_term WHERE contact_id IN {_AMONG} AND field IN ({fields})"
    by_contact: dict[str, list[tuple[str, str]]] = {}
    for contact_id, term, field in conn.execute(query, (json.dumps(reached), *FUZZY_FIELDS)):
        by_contact.setdefault(contact_id, []).append((term, field))
    scored: list[tuple[float, str, tuple[str, str]]] = []
    for contact_id, terms in by_contact.items():
        bests = [max((_similar(word, term), (term, field)) for term, field in terms) for word in searched]
        mean = sum(score for score, _ in bests) / len(bests)
        if mean >= _NEAR_ALL:
            scored.append((mean, contact_id, max(bests)[1]))
    scored.sort(key=lambda s: (-s[0], s[1]))
    shown = "SELECT field, shown FROM search_term WHERE term = ? AND contact_id = ? AND field = ?"
    return [
        (contact_id, Found(0, *conn.execute(shown, (term, contact_id, field)).fetchone())) for _, contact_id, (term, field) in scored[:PAGE]
    ]


def _reached_nearly(conn: sqlite3.Connection, near: Sequence[Sequence[str]]) -> list[str]:
    """Contacts that bear a term of each list before those that bear one of any, the nearest terms first."""
    reached = [_bearers(conn, terms, _REACHED if len(near) > 1 else _NEAR_CONTACTS) for terms in near]
    if not reached:
        return []
    of_all = set(reached[0]).intersection(*reached[1:])
    first = (one for one in min(reached, key=len) if one in of_all)
    others = (one for group in reached for one in group if one not in of_all)
    return list(islice(chain(first, others), _NEAR_CONTACTS))


def _bearers(conn: sqlite3.Connection, terms: Sequence[str], limit: int) -> dict[str, None]:
    """The first who bear one of these, in order."""
    found: dict[str, None] = {}
    for term in terms:
        rows = conn.execute("SELECT contact_id FROM search_term WHERE term = ? LIMIT ?", (term, limit))
        found |= dict.fromkeys(chain.from_iterable(rows))
        if len(found) >= limit:
            break
    return found
