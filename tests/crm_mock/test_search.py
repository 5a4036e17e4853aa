"""Finding a customer by whatever the caller gives."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock import search_index
from crm_mock.models import Contact, ContactPoint
from tests.crm_mock.world import Room


def ids(room: Room, query: str) -> list[str]:
    return [h.contact_id for h in room.case.search(query).hits]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Vasserand", ["odile", "odette"]),
        ("vasserand odile", ["odile"]),
        ("ODILE VASS", ["odile"]),
        ("nadege", ["corbulon"]),
        ("lagarrigue sentis", ["cabinet"]),
        ("Lagarrigue-Sentis", ["cabinet"]),
        ("MVL-204518", ["odile"]),
        ("mvl204518", ["odile"]),
        ("204518", ["odile"]),
        ("mvl 2045", ["odile"]),
        ("CDE-2610-0412", ["odile"]),
        ("F-2610-0231", ["odile"]),
        ("f 2610 0231", ["odile"]),
        ("0231", ["odile"]),
        ("F-2608", ["corbulon"]),
        ("04 65 71 21 08", ["odile"]),
        ("+33 (0)4.65.71.21.08", ["odile"]),
        ("0033465712108", ["odile"]),
        ("04 65 71", ["cabinet", "sentis", "odile"]),
        ("+33 4 65 71 2", ["odile"]),
        ("b.lormier@courriel.example", ["lormier"]),
        ("B.Lormier@", ["lormier"]),
        ("36990", ["lormier"]),
        ("valbrune", ["lormier"]),
        ("saint-orme-le-bas", ["odile"]),
        ("vasserand saint orme", ["odile"]),
        ("ABO-1", ["odile"]),
        ("", []),
        ("   ", []),
        ("anonymous", []),
        ("'\"%_*", []),
        ("zzzzzz", []),
        ("06 39 98 00 00", []),
    ],
)
def test_who_is_found(room: Room, query: str, found: list[str]) -> None:
    assert sorted(ids(room, query)) == sorted(found)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Oville Vaserand", "odile"),
        ("Vaserant Odile", "odile"),
        ("lormeir", "lormier"),
        ("Corbullon", "corbulon"),
        ("corbulon nadaige", "corbulon"),
        ("lagarigue", "cabinet"),
        ("Brevigni", "corbulon"),
    ],
)
def test_typos_find_the_nearest_first(room: Room, query: str, first: str) -> None:
    page = room.case.search(query)
    assert page.hits[0].contact_id == first and not page.hits[0].exact
    assert page.total == len(page.hits)


def test_a_misspelt_name_shows_the_homonym_too(room: Room) -> None:
    assert ids(room, "Oville Vaserand") == ["odile", "odette"]


def test_a_hit_says_why(room: Room) -> None:
    (hit,) = room.case.search("0465712108").hits
    assert (hit.matched_on, hit.matched, hit.exact) == ("téléphone", "04\u00a065\u00a071\u00a021\u00a008", True)
    assert (hit.name, hit.reference, hit.city, hit.postcode) == ("Mme Odile VASSERAND", "MVL-204518", "Saint-Orme-le-Bas", "84980")
    (hit,) = room.case.search("F-2610-0231").hits
    assert (hit.matched_on, hit.matched) == ("facture", "F-2610-0231")
    (hit,) = room.case.search("cabinet").hits
    assert hit.name == "Cabinet Lagarrigue-Sentis & Associés" and hit.matched_on == "société"


def test_lookup_gives_nobody_one_or_several(room: Room) -> None:
    assert [len(room.case.lookup_phone(p).hits) for p in ("anonymous", "0639980000", "04.65.71.21.08", "+33465718000")] == [0, 0, 1, 2]


def test_search_follows_what_is_saved(room: Room) -> None:
    room.put("contact_point", "tel-odile", 1, value="06 39 98 11 22")
    assert ids(room, "0639981122") == ["odile"] and ids(room, "0465712108") == []
    room.put("contact_point", "tel-odile", 2, status="erroné")
    assert ids(room, "0639981122") == []
    room.put("contact", "odile", 1, last_name="Martin-Duval")
    assert ids(room, "duval") == ["odile"] and ids(room, "vasserand") == ["odette"]
    room.put(
        "address", "neuve", 0, contact_id="odile", line1="3 impasse du Colombier-Vert", city="Saint-Orme-le-Haut", valid_from="2026-12-01"
    )
    assert room.case.search("martin").hits[0].city == "Saint-Orme-le-Bas"  # not in force yet


def test_pages_of_twenty(room: Room) -> None:
    for n in range(45):
        room.put("contact", f"c{n}", 0, first_name=f"Prénom{n:02d}", last_name="Marchand")
    pages = [room.case.search("marchand", page) for page in (1, 2, 3, 4)]
    assert [len(p.hits) for p in pages] == [20, 20, 5, 0] and pages[0].total == 45
    assert len({h.contact_id for p in pages for h in p.hits}) == 45
    assert pages[0].hits[0].name == "Prénom00 Marchand"


@pytest.mark.parametrize("query", ["vasserand", "vasserand odile", "0465712108", "F-2610", "valbrune lormier bastien"])
def test_a_first_page_is_one_query_through_indexes(room: Room, query: str) -> None:
    searched = search_index.query_words(query)
    raw = sqlite3.connect(room.case.path)
    try:
        plan = raw.execute(
            "EXPLAIN QUERY PLAN " + search_index.first_page_sql(len(searched)), search_index.first_page_values(searched, 1, "2026-11-23")
        ).fetchall()
    finally:
        raw.close()
    steps = [row[3] for row in plan]
    assert any("search_term_by_" in step for step in steps)
    tables = [step for step in steps if "search_term" in step or "crm_" in step or step.split()[1] in ("t0", "t1", "t2", "c", "a")]
    assert all(step.startswith("SEARCH") for step in tables), steps


def test_the_typo_candidates_come_from_an_index(room: Room) -> None:
    raw = sqlite3.connect(room.case.path)
    try:
        plan = raw.execute("EXPLAIN QUERY PLAN SELECT term, count(*) FROM search_gram WHERE gram IN ('abc','bcd') GROUP BY term").fetchall()
    finally:
        raw.close()
    assert any("SEARCH search_gram USING PRIMARY KEY" in row[3] for row in plan)


@given(st.text(max_size=60))
def test_any_query_makes_few_plain_words(query: str) -> None:
    found = search_index.query_words(query)
    assert len(found) <= 8 and all(found)


def test_hostile_names_are_found_as_they_are(room: Room) -> None:
    for n, name in enumerate(("O'Brien; DROP TABLE", "%_%", "☕ Café", "Ng", "李小龙", "\u202eSerge")):
        room.put("contact", f"h{n}", 0, last_name=name)
        room.put("contact_point", f"p{n}", 0, contact_id=f"h{n}", channel="mobile", value=f"06399800{n:02d}")
        assert room.case.get(Contact, f"h{n}").last_name == name
    assert ids(room, "o'brien") == ["h0"] and ids(room, "café") == ["h2"] and ids(room, "李小龙") == ["h4"]
    assert ids(room, "serge") == ["h5"]
    assert len(room.case.all(ContactPoint, channel="mobile")) == 6
