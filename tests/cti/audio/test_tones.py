import pytest

from cti.phone.audio.port import RATE
from cti.phone.audio.tones import TONES, TonePlayer
from tests.cti.audio.measure import goertzel, rms, sounding


@pytest.mark.parametrize(
    ("name", "on_ms", "off_ms"), [("ringback", 1500, 3500), ("busy", 500, 500), ("congestion", 250, 250), ("waiting", 300, 10_000)]
)
def test_french_cadence_to_the_frame(name: str, on_ms: int, off_ms: int) -> None:
    heard = TonePlayer(name).take(RATE * 2 * (on_ms + off_ms) * 2 // 1000)
    pieces = sounding(heard, step_ms=10)
    one = [True] * (on_ms // 10) + [False] * (off_ms // 10)
    assert pieces == one * 2
    burst = heard[: on_ms * 32]
    assert goertzel(burst, 440) == pytest.approx(TONES[name].level, rel=0.03)
    assert goertzel(burst, 425) < 0.1 * TONES[name].level or on_ms < 300  # 440, not the 425 of other networks
    assert goertzel(burst, 880) < 0.01


def test_the_bell_is_two_toned_and_keeps_its_cadence() -> None:
    heard = TonePlayer("ringer").take(RATE * 2 * 5)
    assert all(sounding(heard[: 1500 * 32], step_ms=125))
    assert rms(heard[1500 * 32 :]) == 0
    trill = heard[: 125 * 32], heard[125 * 32 : 250 * 32]
    assert goertzel(trill[0], 523) > 5 * goertzel(trill[0], 440)
    assert goertzel(trill[1], 740) > 5 * goertzel(trill[1], 659)
    assert max(goertzel(heard, 440), goertzel(heard, 425)) < 0.02, "not to be taken for a tone of the network"


def test_taken_in_any_pieces_it_is_the_same_tone() -> None:
    whole = TonePlayer("busy").take(40_000)
    player = TonePlayer("busy")
    assert b"".join(player.take(size) for size in (2, 640, 318, 9040, 30_000)) == whole


def test_a_burst_has_no_click() -> None:
    heard = TonePlayer("congestion").take(250 * 32)
    assert max(abs(int.from_bytes(heard[i : i + 2], "little", signed=True)) for i in (0, 2, len(heard) - 2, len(heard) - 4)) < 300


def test_an_unknown_tone_is_refused() -> None:
    with pytest.raises(KeyError):
        TonePlayer("dial")
