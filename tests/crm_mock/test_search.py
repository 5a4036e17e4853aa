"""Finding a customer by whatever the caller gives."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock import search
from crm_mock.casefile import CaseFile
from crm_mock.models import Contact, ContactPoint
from tests.crm_mock.world import TODAY, Room


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


def test_beyond_what_is_counted_a_search_says_that_there_are_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 5)
    for n in range(8):
        room.put("contact", f"c{n}", 0, first_name="Zoé", last_name=f"Marchand{'' if n > 5 else n}")
    for query in ("marchand", "zoe", "zoe marchand"):
        page = room.case.search(query)
        assert (len(page.hits), page.total, page.more) == (5, 5, True)
        assert room.case.search(query, 2).hits == ()
    assert ids(room, "marchand")[:2] == ["c6", "c7"]  # the word as it is comes first
    page = room.case.search("zoe marchand4")
    assert (page.total, page.more, page.hits[0].contact_id) == (1, False, "c4")


def test_whoever_bears_both_words_is_not_lost_among_those_who_bear_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_NEAR_CONTACTS", 3)
    for n in range(6):
        room.put("contact", f"a{n}", 0, first_name="Odile", last_name="Quérandal")
    assert ids(room, "odille vaserand")[0] == "odile"


@pytest.mark.parametrize("query", ["vasserand", "vasserand odile", "0465712108", "F-2610", "valbrune lormier bastien"])
def test_what_words_lead_to_is_read_in_the_order_of_an_index(room: Room, query: str) -> None:
    searched = search.query_words(query)
    steps = plan_of(room, search.reached_sql(len(searched)), search.between(searched))
    assert steps[0].startswith("SEARCH t0 USING PRIMARY KEY (term>? AND term<?)")
    assert all("USING COVERING INDEX search_term_by_contact (contact_id=? AND term>? AND term<?)" in step for step in steps[1:])
    assert len(steps) == len(searched)  # nothing is sorted: the reading may stop at any row


def test_no_search_reads_a_whole_table(room: Room) -> None:
    asked: list[str] = []
    with room.case._reading() as conn:
        conn.set_trace_callback(asked.append)
        for query in ("vasserand odile", "m", "oville vaserand", "b.lormier@courriel.example", "zzzz"):
            search.search(conn, query, 1, "2026-11-23")
        search.lookup_phone(conn, "+33465718000", "2026-11-23")
        conn.set_trace_callback(None)
    steps = [step for sql in dict.fromkeys(asked) for step in plan_of(room, sql)]
    scans = [step for step in steps if step.startswith("SCAN") and "json_each" not in step and "(subquery" not in step]
    assert len(asked) > 10 and scans == []


def test_the_people_of_a_company_come_from_an_index(room: Room) -> None:
    (step,) = plan_of(room, "SELECT * FROM crm_contact WHERE company_id = ?", ("cabinet",))
    assert step.startswith("SEARCH crm_contact USING INDEX")


def plan_of(room: Room, sql: str, values: object = ()) -> list[str]:
    with room.case._reading() as conn:
        return [row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + sql, values)]  # type: ignore[arg-type]


def test_a_file_whose_terms_were_kept_otherwise_is_searched_all_the_same(room: Room) -> None:
    room.case.close()
    raw = sqlite3.connect(room.case.path)
    with raw:
        raw.execute("CREATE TABLE former (contact_id TEXT, record_id TEXT, field TEXT, term TEXT, shown TEXT)")
        raw.execute("INSERT INTO former SELECT contact_id, record_id, field, term, shown FROM search_term")
        raw.execute("DROP TABLE search_term")
        raw.execute("ALTER TABLE former RENAME TO search_term")
        raw.execute("DROP INDEX idx_crm_contact_company_id")
        assert raw.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_search_in_order'").rowcount == 1
    raw.close()
    with CaseFile.open(room.case.path, today=lambda: TODAY) as case:
        room.case = case
        assert ids(room, "vasserand odile") == ["odile"]
        test_the_people_of_a_company_come_from_an_index(room)
        test_what_words_lead_to_is_read_in_the_order_of_an_index(room, "vasserand odile")


@given(st.text(max_size=60))
def test_any_query_makes_few_plain_words(query: str) -> None:
    found = search.query_words(query)
    assert len(found) <= 8 and all(found)


def test_hostile_names_are_found_as_they_are(room: Room) -> None:
    for n, name in enumerate(("O'Brien; DROP TABLE", "%_%", "☕ Café", "Ng", "李小龙", "\u202eSerge")):
        room.put("contact", f"h{n}", 0, last_name=name)
        room.put("contact_point", f"p{n}", 0, contact_id=f"h{n}", channel="mobile", value=f"06399800{n:02d}")
        assert room.case.get(Contact, f"h{n}").last_name == name
    assert ids(room, "o'brien") == ["h0"] and ids(room, "café") == ["h2"] and ids(room, "李小龙") == ["h4"]
    assert ids(room, "serge") == ["h5"]
    assert len(room.case.all(ContactPoint, channel="mobile")) == 6
