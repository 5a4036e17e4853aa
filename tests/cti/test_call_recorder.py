"""A call kept as one file of both voices: only where the phone may, from the order to the end, its seconds those of the call."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

from cti.messages import CallAnswered, CallEnded, CallHeld, CallResumed, Cause, RecordCall, RecordingBegan, RecordingEnded, StopRecording
from cti.phone.audio.levels import samples
from cti.phone.audio.port import FRAME_BYTES
from cti.phone.call_recorder import CallRecorder
from cti.phone.port import OrderUnmet
from tests.cti.test_sound_checks import MICROPHONE, HeldSound

FAR = b"\x00\x10" * (FRAME_BYTES // 2)
ME, THEM, BOTH, NOBODY = 0x2000, 0x1000, 0x3000, 0


class Line:
    def __init__(self, folder: Path | None) -> None:
        self.now, self.facts = 100.0, list[Any]()
        self.sound = HeldSound()
        self.recorder = CallRecorder(self.sound, str(folder or ""), self.facts.append, lambda: self.now)
        self.recorder.told(CallAnswered("c", "k"))

    def run(self, seconds: float, far: bytes = FAR, media: bool = True) -> None:
        """The engine's clock: a frame each way every 20 ms; without `media`, time alone."""
        for _frame in range(round(seconds * 50)):
            self.now += 0.02
            if media:
                assert self.recorder.read_frame() == MICROPHONE
                self.recorder.write_frame(far)


def parts(path: Path) -> list[tuple[int, float]]:
    """What the file holds, as (sample, seconds) runs."""
    with wave.open(str(path), "rb") as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        values: array[int] = samples(wav.readframes(wav.getnframes()))
    found: list[tuple[int, int]] = []
    for value in values:
        if not found or found[-1][0] != value:
            found.append((value, 0))
        found[-1] = value, found[-1][1] + 1
    return [(value, round(count / 16_000, 1)) for value, count in found]


def test_both_voices_from_the_order_to_the_end_of_the_call(tmp_path: Path) -> None:
    line = Line(tmp_path / "recordings")
    line.run(1.0)
    line.recorder.obey(RecordCall("c", "k.wav"))
    line.run(1.0)
    line.recorder.told(CallHeld("c", "k"))
    line.run(2.0, far=MICROPHONE)  # another call, meanwhile
    line.recorder.told(CallResumed("c", "k"))
    line.run(1.0, far=bytes(FRAME_BYTES))
    line.run(1.0, media=False)
    line.run(0.5)
    line.recorder.told(CallEnded("c", "k", Cause.HUNG_UP, "remote"))
    line.run(0.5)
    assert line.facts == [RecordingBegan("c", "k"), RecordingEnded("c", "k", "k.wav", 5.5)]
    assert parts(tmp_path / "recordings" / "k.wav") == [(BOTH, 1.0), (NOBODY, 2.0), (ME, 1.0), (NOBODY, 1.0), (BOTH, 0.5)]
    assert len(line.sound.played) == round((1 + 1 + 2 + 1 + 0.5 + 0.5) * 50)


def test_what_a_phone_that_died_had_recorded_is_there(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.recorder.obey(RecordCall("c", "k.wav"))
    line.run(0.5)
    assert [one.name for one in tmp_path.iterdir()] == ["k.wav.new"]
    recording = line.recorder._recording
    assert recording is not None
    recording.file.flush()
    Line(tmp_path)
    assert parts(tmp_path / "k.wav") == [(BOTH, 0.5)]


def test_what_was_recorded_goes_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.recorder.obey(RecordCall("c", "k.wav"))
    line.run(0.5)
    line.recorder.obey(StopRecording("c", discard=True))
    assert line.facts[-1] == RecordingEnded("c", "k", "", 0.5) and list(tmp_path.iterdir()) == []
    line.recorder.obey(RecordCall("c", "k.wav"))
    line.run(0.5)
    line.recorder.stop()
    assert line.facts[-1] == RecordingEnded("c", "k", "k.wav", 0.5) and parts(tmp_path / "k.wav") == [(BOTH, 0.5)]


@pytest.mark.parametrize(
    ("folder", "order", "why"),
    [
        (False, RecordCall("c", "k.wav"), "unable"),
        (True, RecordCall("other", "k.wav"), "no_such_call"),
        (True, RecordCall("c", "../k.wav"), "bad_value"),
        (True, RecordCall("c", "k.mp3"), "bad_value"),
        (True, StopRecording("c"), "no_such_call"),
    ],
)
def test_what_is_refused(tmp_path: Path, folder: bool, order: Any, why: str) -> None:
    line = Line(tmp_path if folder else None)
    with pytest.raises(OrderUnmet) as refusal:
        line.recorder.obey(order)
    assert refusal.value.reason == why and list(tmp_path.iterdir()) == [] and line.facts == []


def test_a_disk_that_refuses_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    line = Line(tmp_path / "taken" / "inside")
    with pytest.raises(OrderUnmet):
        line.recorder.obey(RecordCall("c", "k.wav"))
    line.run(0.2)
    assert len(line.sound.played) == 10
