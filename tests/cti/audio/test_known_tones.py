"""Known tones found again: a burst through an echo of any delay and loss, the exchange's pattern from any moment of it."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cti.phone.audio.known_tones import BURST_HZ, PATTERN_HZ, LoopProbe, PatternEar, ToneMeter
from cti.phone.audio.levels import pcm_of, samples
from cti.phone.audio.port import FRAME_BYTES, RATE

SIZE = FRAME_BYTES // 2
FEW = settings(max_examples=25, deadline=None)


def sound(seconds: float, hertz: float, peak: float, on_s: float = 0.0, off_s: float = 0.0, start: float = 0.0) -> list[float]:
    """A sine, sounding `on_s` then silent `off_s` if they are given, from `start` seconds into it."""
    first, period = int(start * RATE), int((on_s + off_s) * RATE)
    return [
        peak * math.sin(2 * math.pi * hertz * n / RATE) if not period or n % period < on_s * RATE else 0.0
        for n in range(first, first + int(seconds * RATE))
    ]


def noise(seconds: float, peak: float, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [chance.uniform(-peak, peak) for _ in range(int(seconds * RATE))]


def frames(values: list[float]) -> list[bytes]:
    numbers = array("h", (max(-32768, min(32767, round(value * 32767))) for value in values))
    return [pcm_of(numbers[at : at + SIZE]) for at in range(0, len(numbers) - SIZE + 1, SIZE)]


def echo(delay: int, gain: float, hiss: float = 0.0, lost: frozenset[int] = frozenset(), seconds: float = 12.0) -> tuple[LoopProbe, int]:
    """A probe on a line that gives back what it is sent `delay` samples later; and after how many frames it had its result."""
    probe, held, chance = LoopProbe(), array("h", [0] * delay), random.Random(delay)
    for frame in range(int(seconds * 50)):
        held.extend(samples(probe.next_frame()))
        back, held = held[:SIZE], held[SIZE:]
        heard = array("h", (max(-32768, min(32767, round(v * gain + chance.uniform(-hiss, hiss) * 32767))) for v in back))
        probe.heard(bytes(FRAME_BYTES) if frame in lost else pcm_of(heard))
        if probe.result is not None:
            return probe, frame
    return probe, int(seconds * 50)


@FEW
@example(delay_ms=188.0625, gain=0.0625, hiss=0.002)
@given(delay_ms=st.floats(0, 1400), gain=st.floats(0.05, 1.0), hiss=st.sampled_from([0.0, 0.002, 0.01]))
def test_a_loop_is_measured_to_two_milliseconds(delay_ms: float, gain: float, hiss: float) -> None:
    delay = int(delay_ms * RATE / 1000)
    probe, took = echo(delay, gain, hiss)
    assert probe.result is not None and probe.result.heard
    assert probe.result.delay_ms == pytest.approx(delay_ms, abs=2.0)
    assert probe.result.level == pytest.approx(gain, rel=0.1)
    assert took / 50 < 4 * (delay_ms / 1000 + 0.5)


@FEW
@example(lost=frozenset({0, 7, 102}), delay=79)
@given(lost=st.frozensets(st.integers(0, 200), max_size=4), delay=st.integers(0, RATE // 4))
def test_a_few_lost_packets_do_not_make_a_loop_deaf(lost: frozenset[int], delay: int) -> None:
    probe, _took = echo(delay, 0.8, lost=lost)
    assert probe.result is not None and probe.result.heard
    assert probe.result.level == pytest.approx(0.8, rel=0.1)


def test_what_does_not_come_back_is_given_up_within_six_seconds() -> None:
    probe, took = echo(0, 0.0)
    assert probe.result is not None and not probe.result.heard and probe.result.level == 0.0
    assert took / 50 < 6.0


@pytest.mark.parametrize("peak", [0.1, 0.5])
def test_speech_like_noise_is_no_echo(peak: float) -> None:
    probe = LoopProbe()
    for frame in frames(noise(14, peak, 1)):
        probe.next_frame()
        probe.heard(frame)
    assert probe.give_up().heard is False


def test_the_tone_itself_on_the_line_is_no_echo() -> None:
    probe = LoopProbe()
    for frame in frames(sound(5, BURST_HZ, 0.2)):
        probe.next_frame()
        probe.heard(frame)
    assert probe.result is not None and not probe.result.heard


def heard(values: list[float]) -> PatternEar:
    ear = PatternEar()
    for frame in frames(values):
        ear.heard(frame)
    return ear


@FEW
@example(start=0.0, peak=0.5, lost=frozenset(range(105, 111)), seed=0)
@given(start=st.floats(0, 2), peak=st.floats(0.02, 0.9), lost=st.frozensets(st.integers(0, 250), max_size=6), seed=st.integers(0, 99))
def test_the_pattern_is_known_from_any_moment_of_it(start: float, peak: float, lost: frozenset[int], seed: int) -> None:
    hiss = noise(5, peak / 10, seed)
    values = [a + b for a, b in zip(sound(5, PATTERN_HZ, peak, 1.0, 1.0, start), hiss, strict=True)]
    for frame in lost:
        values[frame * SIZE : (frame + 1) * SIZE] = [0.0] * len(values[frame * SIZE : (frame + 1) * SIZE])
    ear = heard(values)
    assert ear.proven
    assert ear.result.level == pytest.approx(peak, rel=0.15)


@pytest.mark.parametrize(
    "values",
    [
        [0.0] * (5 * RATE),
        sound(5, PATTERN_HZ, 0.3),
        sound(5, 440, 0.3, 1.0, 1.0),
        sound(5, PATTERN_HZ, 0.3, 0.5, 0.5),
        sound(5, PATTERN_HZ, 0.3, 1.5, 3.5),
        sound(5, PATTERN_HZ, 0.001, 1.0, 1.0),
        noise(5, 0.5, 1),
        sound(1.9, PATTERN_HZ, 0.3, 1.0, 1.0, 0.5),
    ],
    ids=["silence", "no pause", "another tone", "too quick", "too slow", "too faint", "noise", "cut short"],
)
def test_what_is_not_the_pattern_is_not_taken_for_it(values: list[float]) -> None:
    ear = heard(values)
    assert not ear.proven and ear.result.heard is False and ear.result.level == 0.0


def test_a_tone_s_share_of_a_sound() -> None:
    meter = ToneMeter(1000, SIZE)
    pure, half = (
        frames(sound(0.02, 1000, 0.5))[0],
        frames([a + b for a, b in zip(sound(0.02, 1000, 0.3), sound(0.02, 600, 0.3), strict=True)])[0],
    )
    amplitude = meter.amplitude(samples(pure))
    assert amplitude == pytest.approx(0.5, rel=0.01)
    assert meter.share(samples(pure), amplitude) == pytest.approx(1.0, abs=0.01)
    assert meter.share(samples(half), meter.amplitude(samples(half))) == pytest.approx(0.5, abs=0.05)
