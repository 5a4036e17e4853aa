"""What a check sends and hears on a call, between an engine that tests speak for and a sound that tests hold."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from cti.messages import CallAnswered, CallEnded, Cause, HearPattern, LoopMeasured, PatternHeard, ProbeLoop, Refusal
from cti.phone.audio.port import FRAME_BYTES
from cti.phone.port import OrderUnmet
from cti.phone.sound_checks import LOOP_LIMIT, SoundChecks
from tests.cti.audio.test_known_tones import frames, sound

MICROPHONE = b"\x00\x20" * (FRAME_BYTES // 2)


class HeldSound:
    """What comes to the headset is in `played`."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.flowing = (True, True)
        self.calls = 0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def call_began(self) -> None:
        self.calls += 1

    def call_ended(self) -> None:
        self.calls -= 1

    def read_frame(self) -> bytes:
        return MICROPHONE

    def write_frame(self, pcm: bytes) -> None:
        self.played.append(pcm)


class Line:
    """A phone's sound path with one answered call, whose far end is an echo of `delay` frames."""

    def __init__(self, delay: int = 4) -> None:
        self.now, self.facts = 1000.0, list[Any]()
        self.sound = HeldSound()
        self.checks = SoundChecks(self.sound, self.facts.append, lambda: self.now)
        self.checks.told(CallAnswered("c", "k"))
        self.wire = deque([bytes(FRAME_BYTES)] * delay)
        self.sent: list[bytes] = []

    def run(self, seconds: float, far_end: list[bytes] | None = None) -> None:
        """The engine's clock: a frame each way every 20 ms."""
        for frame in range(int(seconds * 50)):
            self.sent.append(self.checks.read_frame())
            self.wire.append(self.sent[-1])
            back = self.wire.popleft()
            self.checks.write_frame(far_end[frame] if far_end is not None else back)
            self.now += 0.02
            self.checks.tick()


def test_the_microphone_passes_untouched_while_nothing_is_checked() -> None:
    line = Line()
    line.run(1.0)
    assert set(line.sent) == {MICROPHONE} and len(line.sound.played) == 50 and line.facts == []


def test_a_loop_is_measured_in_place_of_the_microphone() -> None:
    line = Line(delay=4)
    line.checks.obey(ProbeLoop("c"))
    assert line.checks.waiting
    line.run(6.0)
    assert line.facts == [LoopMeasured("c", True, 80.0, 1.0, True, True, 0.25)]
    assert not line.checks.waiting
    assert line.sent[:24] == [MICROPHONE] * 24 and line.sent[-1] == MICROPHONE  # before it settled, and after


def test_a_muted_microphone_is_not_spoken_for() -> None:
    line = Line()
    line.checks.mute(True)
    line.checks.obey(ProbeLoop("c"))
    line.run(6.0)
    assert [(fact.heard, fact.level) for fact in line.facts] == [(False, 0.0)]


def test_a_headset_that_opens_late_is_waited_for_then_told() -> None:
    line = Line()
    line.sound.flowing = (False, True)
    line.checks.obey(ProbeLoop("c"))
    line.run(2.5)
    assert line.facts == [] and set(line.sent) == {MICROPHONE}
    line.run(4.0)
    told = line.facts[0]
    assert told.heard and not told.microphone_open and told.speaker_open


def test_a_call_without_media_ends_in_a_fact_all_the_same() -> None:
    line = Line()
    line.checks.obey(ProbeLoop("c"))
    line.now += LOOP_LIMIT + 0.1
    line.checks.tick()
    line.checks.tick()
    assert [fact.heard for fact in line.facts] == [False]


def test_the_end_of_the_call_is_the_end_of_its_check() -> None:
    line = Line()
    line.checks.obey(HearPattern("c"))
    line.checks.told(CallEnded("other", "k", Cause.HUNG_UP))
    assert line.facts == []
    line.checks.told(CallEnded("c", "k", Cause.HUNG_UP))
    assert line.facts == [PatternHeard("c", False, 0.0)]
    with pytest.raises(OrderUnmet) as refused:
        line.checks.obey(ProbeLoop("c"))
    assert refused.value.reason is Refusal.NO_SUCH_CALL


def test_the_pattern_is_told_as_soon_as_it_is_proven() -> None:
    line = Line()
    line.checks.obey(HearPattern("c", 6.0))
    line.run(4.0, frames(sound(4.0, 1004, 0.2, 1.0, 1.0, 0.3)))
    assert [(fact.heard, round(fact.level, 2)) for fact in line.facts] == [(True, 0.2)]
    assert set(line.sent) == {MICROPHONE}


def test_a_pattern_that_does_not_come_is_told_at_the_limit() -> None:
    line = Line()
    line.checks.obey(HearPattern("c", 3.0))
    line.run(3.1, [bytes(FRAME_BYTES)] * 200)
    assert line.facts == [PatternHeard("c", False, 0.0)]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 31.0, float("nan")])
def test_a_time_that_cannot_be_listened_for_is_refused(seconds: float) -> None:
    line = Line()
    with pytest.raises(OrderUnmet) as refused:
        line.checks.obey(HearPattern("c", seconds))
    assert refused.value.reason is Refusal.BAD_VALUE


def test_a_new_check_ends_the_one_before() -> None:
    line = Line()
    line.checks.obey(HearPattern("c"))
    line.checks.obey(ProbeLoop("c"))
    assert line.facts == [PatternHeard("c", False, 0.0)] and line.checks.waiting
