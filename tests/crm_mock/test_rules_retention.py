"""The retention grid's arithmetic and order; what is found in a written reply."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.rules import retention_grid, written_reply
from crm_mock.rules.calendar import add_months
from crm_mock.rules.retention_grid import Grid, Offer, Situation
from tests.crm_mock.world import TODAY

GRID = Grid(
    id="fidelisation",
    version="1",
    offers=(
        Offer(id="conseil", label="Conseil d'usage", nature="conseil", rank=1, to_months=12),
        Offer(id="pause1", label="Pause d'un mois", nature="pause", rank=2, to_months=24, pause_months=1),
        Offer(id="pause2", label="Pause de deux mois", nature="pause", rank=1, from_months=24, pause_months=2),
        Offer(
            id="douceur15", label="Douceur, −15 %", nature="formule", rank=2, from_months=24, product_id="abo-douceur",
            discount_percent=15, discount_months=6, for_products=("abo-intense",),
        ),
    ),
)  # fmt: skip
BELLONTE = Situation(32, "abo-intense", 160, 4500)


def test_the_domain_s_offer_to_the_cent() -> None:
    terms = retention_grid.terms(2990, 1990, 15, 6, 0, dt.date(2026, 12, 1))
    assert (terms.during_cents, terms.after_cents, terms.until, terms.cost_cents) == (1692, 1990, dt.date(2027, 5, 31), 1788)
    pause = retention_grid.terms(2990, 2990, 0, 0, 2, dt.date(2026, 12, 1))
    assert (pause.during_cents, pause.after_cents, pause.until, pause.cost_cents) == (0, 2990, dt.date(2027, 1, 31), 0)
    plain = retention_grid.terms(2990, 1990, 0, 0, 0, dt.date(2026, 12, 1))
    assert (plain.during_cents, plain.until, plain.cost_cents) == (1990, None, 0)


def test_who_may_have_what_in_which_order() -> None:
    assert retention_grid.grid_problems(GRID, ["abo-douceur", "abo-intense"]) == []
    assert retention_grid.seniority_months(dt.date(2024, 3, 10), TODAY) == 32
    assert [o.id for o in retention_grid.eligible(GRID, BELLONTE)] == ["pause2", "douceur15"]
    assert [o.id for o in retention_grid.eligible(GRID, Situation(6, "abo-douceur"))] == ["conseil", "pause1"]
    assert [o.id for o in retention_grid.eligible(GRID, Situation(30, "abo-douceur"))] == ["pause2"]  # has it already
    assert retention_grid.problems(GRID, "douceur15", BELLONTE, ["pause2"], 1788) == []


@pytest.mark.parametrize(
    ("offer", "situation", "offered", "cost", "said"),
    [
        ("moins50", BELLONTE, [], 0, "n'est pas dans la grille"),
        ("pause1", BELLONTE, [], 0, "ne correspond pas"),
        ("douceur15", BELLONTE, [], 1788, "propose d'abord « Pause de deux mois »"),
        ("douceur15", Situation(32, "abo-intense", 0, 1000), ["pause2"], 1788, "il reste 10,00\u00a0€"),
    ],
)
def test_an_offer_beside_the_grid_is_told(offer: str, situation: Situation, offered: list[str], cost: int, said: str) -> None:
    assert any(said in message for message in retention_grid.problems(GRID, offer, situation, offered, cost))


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (Offer(id="x", label="x", nature="remise", rank=1, discount_percent=10), "un pourcentage et une durée"),
        (Offer(id="x", label="x", nature="pause", rank=1), "durée de pause"),
        (Offer(id="x", label="x", nature="formule", rank=1), "vers quelle formule"),
        (Offer(id="x", label="x", nature="conseil", rank=1, from_months=12, to_months=12), "précède"),
        (Offer(id="x", label="x", nature="conseil", rank=1, for_products=("rien",)), "« rien » inconnu"),
        (GRID.offers[0], "deux offres"),
    ],
)
def test_what_is_wrong_with_a_grid_is_said(offer: Offer, said: str) -> None:
    wrong = GRID.model_copy(update={"offers": (*GRID.offers, offer)})
    assert any(said in message for _, message in retention_grid.grid_problems(wrong, ["abo-douceur", "abo-intense"]))


@given(st.integers(0, 500_00), st.integers(0, 100), st.integers(0, 24))
def test_price_and_discount_make_the_full_price(price: int, percent: int, months: int) -> None:
    paid = retention_grid.discounted(price, percent)
    assert 0 <= paid <= price and abs(paid * 100 - price * (100 - percent)) <= 50
    assert retention_grid.cost(price, percent, months) == months * (price - paid)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 4000))
def test_seniority_is_counted_in_full_months(start: dt.date, later: int) -> None:
    today = start + dt.timedelta(days=later)
    months = retention_grid.seniority_months(start, today)
    assert add_months(start, months) <= today < add_months(start, months + 1)
    assert retention_grid.seniority_months(today + dt.timedelta(days=1), today) == 0


@given(st.integers(0, 60), st.sampled_from(["abo-douceur", "abo-intense", "abo-grain"]), st.integers(0, 200))
def test_eligible_offers_suit_and_come_in_order(months: int, product: str, unused: int) -> None:
    situation = Situation(months, product, unused, 4500)
    found = retention_grid.eligible(GRID, situation)
    assert [o.rank for o in found] == sorted(o.rank for o in found)
    assert all(retention_grid.suits(o, situation) and o.product_id != product for o in found)
    for n, offer in enumerate(found):
        assert not any("d'abord" in m for m in retention_grid.problems(GRID, offer.id, situation, [o.id for o in found[:n]], 0))


# -- written replies


def test_lengths() -> None:
    found = written_reply.length("Madame,\n\nNous confirmons l'échange : il aura lieu sous 8 jours.\n" + "x" * 161)
    assert (found.words, found.lines) == (11, 5)
    assert written_reply.length("") == written_reply.Length(0, 0, 0)
    assert [written_reply.sms_parts("x" * n) for n in (0, 160, 161, 306, 307)] == [0, 1, 2, 2, 3]
    assert written_reply.length_words("Bonjour", "e-mail") == "1 ligne(s) ; usage : de 8 à 15."
    assert written_reply.length_words("\n".join(["ligne"] * 10), "e-mail") == ""


def test_mentions_are_found_however_they_are_written() -> None:
    text = "Vous réglerez 16,92\u00a0€ au lieu de 29.90 €, du 01/12/2026 au 31/05/2027 ; total 1\u202f234,50 €. Réf. MVL-198872."
    wanted = ["16,92 €", "29,90", "01/12/2026", "1234,50 €", "mvl-198872", "6,92", "MVL-19887", "réf.", "19,90"]
    assert list(written_reply.mentions(text, wanted).values()) == [True, True, True, True, True, False, False, True, False]


@given(st.text(max_size=300))
def test_counting_any_text(text: str) -> None:
    found = written_reply.length(text)
    assert 0 <= found.words <= found.signs == len(text) and (found.lines > 0 or found.words == 0)
    assert written_reply.comparable(written_reply.comparable(text)) == written_reply.comparable(text)
    assert len(written_reply.fingerprint(text)) == 64


def test_the_competences_that_end_with_a_reply() -> None:
    assert set(written_reply.ELEMENTS) == {"c3", "c8", "c9"}
    for elements in written_reply.ELEMENTS.values():
        assert len({e.id for e in elements}) == len(elements) >= 7
