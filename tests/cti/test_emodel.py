"""The E-model against the points ITU-T publishes, and the properties a rating must have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.phone.emodel import IMPAIRMENTS, Impairment, delay_impairment, estimate_mos, loss_impairment, mean_opinion, rating

codecs = st.sampled_from([*IMPAIRMENTS, "opus", ""])
losses = st.floats(0, 100)
delays = st.floats(0, 5000)


@pytest.mark.parametrize(("r", "mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_rating_maps_to_the_opinion_of_g107_table_b1(r: float, mos: float) -> None:
    assert mean_opinion(r) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize(("ms", "idd"), [(100, 0.0), (150, 0.1), (200, 3.0), (400, 24.6)])
def test_delay_costs_what_g107_says(ms: float, idd: float) -> None:
    assert delay_impairment(ms) == pytest.approx(idd, abs=1.0)


def test_a_perfect_alaw_call_scores_4_41() -> None:
    assert estimate_mos("PCMA", 0, 20, None) == 4.41


@pytest.mark.parametrize(("loss", "mos"), [(4.0, 4.03), (11.8, 3.25)])
def test_measured_losses_score_as_measured(loss: float, mos: float) -> None:
    assert estimate_mos("PCMA", loss, 20, 0.8) == pytest.approx(mos, abs=0.05)


@given(codecs, losses, delays)
def test_opinion_stays_on_its_scale(codec: str, loss: float, delay: float) -> None:
    assert 1.0 <= mean_opinion(rating(Impairment(codec, loss, delay))) <= 4.5


@given(st.floats(-1000, 1000), st.floats(-1000, 1000))
def test_a_better_rating_is_never_a_worse_opinion(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert mean_opinion(low) <= mean_opinion(high) + 1e-9


@given(codecs, losses, losses)
def test_more_loss_is_never_better(codec: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert loss_impairment(codec, low) <= loss_impairment(codec, high) + 1e-9


@given(delays, delays)
def test_more_delay_is_never_better(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert delay_impairment(low) <= delay_impairment(high) + 1e-9


@given(codecs, st.floats(-10, 200), st.floats(-50, 2000), st.none() | st.floats(0, 5000))
def test_any_figures_give_an_opinion(codec: str, loss: float, jitter_buffer: float, rtt: float | None) -> None:
    assert 1.0 <= estimate_mos(codec, loss, jitter_buffer, rtt) <= 4.5
