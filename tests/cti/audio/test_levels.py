from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.phone.audio.levels import PeakMeter, amplified, mix, peak
from tests.cti.audio.measure import tone

pieces = st.lists(st.integers(-32768, 32767), max_size=50).map(lambda values: array("h", values).tobytes())


def test_peak_is_of_full_scale() -> None:
    assert peak(tone(440, 0.1, level=0.5)) == pytest.approx(0.5, abs=0.01)
    assert peak(array("h", [0, -32768]).tobytes()) == 1.0
    assert peak(b"") == 0.0


@given(pieces, pieces)
def test_mixing_saturates_and_never_wraps(one: bytes, other: bytes) -> None:
    size = min(len(one), len(other))
    mixed = array("h", mix(one[:size], other[:size]))
    for a, b, both in zip(array("h", one[:size]), array("h", other[:size]), mixed, strict=True):
        assert both == max(-32768, min(32767, a + b))


def test_the_meter_keeps_the_peak_until_read() -> None:
    meter = PeakMeter()
    meter.see(tone(440, 0.02, level=0.7))
    meter.see(bytes(640))
    assert meter.read() == pytest.approx(0.7, abs=0.02)
    assert meter.read() == 0.0


@given(pieces, st.floats(0.0, 2.0))
def test_a_gain_saturates_and_never_wraps(piece: bytes, gain: float) -> None:
    for before, after in zip(array("h", piece), array("h", amplified(piece, gain)), strict=True):
        assert after == max(-32768, min(32767, int(before * gain)))
