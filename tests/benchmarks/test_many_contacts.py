"""The benchmark's million contacts, a few dozen of them: what is put in the file at once is what the file would have written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from benchmarks import many_contacts
from benchmarks.bench_search import Sample, answer_of, raw_query, sample
from crm_mock import store
from crm_mock.casefile import CaseFile
from crm_mock.models import KINDS, Contact, ContactPoint, SearchHit, SearchPage
from crm_mock.rules.normalisation import trigrams
from crm_mock.rules.telephone import is_fiction, to_e164
from crm_mock.search_index import FUZZY_FIELDS, terms_of
from tests.crm_mock.world import TODAY, make_case


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty contacts more: thirty drawn, ten of them twice."""
    case = make_case(tmp_path_factory.mktemp("case"))
    case.close()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(many_contacts, "DRAWN", 30)
        patched.setattr(many_contacts, "BATCH", 20)
        many_contacts.fill(case.path, 40, TODAY)
    return case.path


def test_what_is_put_in_at_once_is_what_the_case_file_would_have_written(filled: Path) -> None:
    conn = sqlite3.connect(filled)
    conn.row_factory = sqlite3.Row
    wanted = {
        (term.term, contact_id, term.field, f"{record.kind}:{record.id}", term.shown)
        for model in KINDS.values()
        for record in store.where(conn, model)  # each is validated
        for contact_id, terms in [terms_of(record)]
        for term in terms
    }
    assert {tuple(row) for row in conn.execute("SELECT term, contact_id, field, record_id, shown FROM search_term")} == wanted
    grams = {(gram, term) for term, _contact, field, *_rest in wanted if field in FUZZY_FIELDS for gram in trigrams(term)}
    assert {tuple(row) for row in conn.execute("SELECT gram, term FROM search_gram")} == grams
    made = [c for c in store.where(conn, Contact) if c.id[1:2] == "m"]
    assert len(made) == 40 and all(c.version == 1 for c in made)
    assert len({c.reference for c in made}) == 40 and all(len(c.reference) == 10 for c in made)
    points = [p for p in store.where(conn, ContactPoint) if p.contact_id[1:2] == "m"]
    emails = [p.value for p in points if p.channel == "e-mail"]
    assert len(set(emails)) == len(emails) and all(address.endswith(".example") for address in emails)
    assert all(is_fiction(p.value) for p in points if p.channel != "e-mail")
    conn.close()


def test_the_file_is_whole_and_everybody_is_found_by_what_the_benchmark_types(filled: Path) -> None:
    with CaseFile.open(filled, today=lambda: TODAY) as case:
        conn = sqlite3.connect(filled)
        drawn = sample(conn)
        found = {name: case.search(typed) for name, typed in drawn.queries().items()}
        assert {name for name, page in found.items() if drawn.reference not in [hit.reference for hit in page.hits]} <= {
            "common name", "part of a word", "one letter", "two towns' words", "nobody's name", "nobody's number"
        }  # fmt: skip
        assert not found["nobody's name"].hits and not found["nobody's number"].hits
        assert len(raw_query(conn, drawn.email)()) == 1  # type: ignore[arg-type]
        conn.close()


def test_one_number_is_written_in_four_ways() -> None:
    drawn = Sample("Zoé", "MARBEUILLE", "MVC-000012", "Miravalle", "0639980123", "zoe.marbeuille@courriel.example", "SY")
    queries = drawn.queries()
    assert {to_e164(queries[f"telephone, {way}"]) for way in ("by pairs", "dots", "+33 (0)", "0033")} == {"+33639980123"}
    assert (queries["typo"], queries["typo in both"]) == ("marbeuile", "marbeuile Zo")


def test_the_desk_has_answered_when_the_first_row_is_another_and_the_count_is_told() -> None:
    hit = SearchHit(contact_id="c", reference="MVC-000012", name="Zoé")
    one, many = SearchPage(query="zoe", hits=(hit,), total=1), SearchPage(query="zoe", hits=(hit,), total=1000, more=True)
    assert answer_of("zoe", one, "") == ["« zoe » : 1 fiche(s)", "MVC-000012"]
    assert answer_of("zoe", many, "MVC-000012") == ["« zoe » : plus de 1000 fiches"]
    assert answer_of("zoe", SearchPage(query="zoe", hits=(), total=0), "MVC-000012") == ["« zoe » : rien trouvé."]
