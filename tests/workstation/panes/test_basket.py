"""The order being made, without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.workstation.panes import sample
from workstation.ui.screens.basket import OUTCOMES, Basket, basket_of, estimate, next_outcome

BY_ID = {p["id"]: p for p in sample.PRODUCTS}


def s4() -> Basket:
    basket = Basket().propose("substitution", "zenith", "equinoxe", "2026-11-23T09:00:00Z", 6)
    return basket.settle(0, "acceptée", BY_ID["zenith"]).add(BY_ID["kit"])


def test_an_accepted_substitution_puts_in_what_was_wanted() -> None:
    line = s4().lines[0]
    assert (line.product_id, line.quantity, line.origin, line.replaces) == ("zenith", 6, "substitution", "equinoxe")


def test_the_threshold_of_the_second_article() -> None:
    totals = estimate(s4(), sample.desk())
    assert (totals.items_cents, totals.delivery_cents, totals.total_cents, totals.missing_for_free) == (3810, 390, 4200, 90)


def test_a_refusal_after_an_acceptance_takes_the_line_out_and_keeps_the_proposal() -> None:
    basket = s4().propose("additionnelle", "filtre", "zenith", "")
    taken = basket.settle(1, "acceptée", BY_ID["filtre"])
    assert estimate(taken, sample.desk()).total_cents == 4800
    refused = taken.settle(1, "refusée", BY_ID["filtre"])
    assert [line.product_id for line in refused.lines] == ["zenith", "kit"]
    assert refused.proposals[1].outcome == "refusée"


def test_additional_sales_are_suggested_once() -> None:
    basket = s4()
    assert basket.suggestions(sample.PRODUCTS) == [("filtre", "zenith")]
    assert basket.propose("additionnelle", "filtre", "zenith", "").suggestions(sample.PRODUCTS) == []


def test_outcomes_go_round() -> None:
    assert [next_outcome(o) for o in OUTCOMES] == ["acceptée", "refusée", "proposée"]


@given(st.lists(st.tuples(st.sampled_from(sorted(BY_ID)), st.integers(1, 50)), max_size=8), st.integers(0, 8), st.integers(0, 2000))
def test_a_basket_survives_its_journey_through_a_draft(adds: list[tuple[str, int]], index: int, quantity: int) -> None:
    basket = Basket()
    for product_id, count in adds:
        basket = basket.add(BY_ID[product_id], count)
    if index < len(basket.lines):
        basket = basket.set_quantity(index, quantity)
    assert basket_of(basket.fields()) == basket
    assert all(1 <= line.quantity <= 999 for line in basket.lines)


def test_nonsense_in_a_draft_is_left_out() -> None:
    assert basket_of({"lines": [{"quantity": 0}, None, {"product_id": "kit"}], "proposals": "x"}).lines[0].product_id == "kit"


def test_what_was_proposed_by_mistake_leaves_with_its_line() -> None:
    basket = s4().propose("additionnelle", "filtre", "zenith", "")
    assert basket.settle(1, "acceptée", BY_ID["filtre"]).withdraw(1).lines == s4().lines
    assert basket.withdraw(0).proposals == basket.proposals[1:]
