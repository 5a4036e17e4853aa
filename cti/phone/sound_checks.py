"""Between the engine and the station's sound: what a check of the room asks to be sent and heard on a call, whatever the engine.

The engine's media thread calls `read_frame` and `write_frame`; orders, facts and the clock come from the phone's own threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Union

from cti.messages import CallAnswered, CallEnded, Fact, HearPattern, LoopMeasured, PatternHeard, ProbeLoop, Refusal
from cti.phone.audio.known_tones import LoopProbe, PatternEar
from cti.phone.audio.levels import PeakMeter
from cti.phone.audio.port import SoundIO
from cti.phone.port import OrderUnmet

SETTLE = 0.5  # seconds of a call before anything is measured on it: its jitter buffer finds its size
OPENS_WITHIN = 3.0  # seconds that a headset may take to its first sound
LOOP_LIMIT = 10.0  # seconds; with no media there are no frames to count
LONGEST = 30.0  # seconds of listening that may be asked for


class CheckedSound(SoundIO, Protocol):
    @property
    def flowing(self) -> tuple[bool, bool]:
        """Whether the microphone and the headset give sound now."""


@dataclass
class _Loop:
    call_id: str
    until: float
    settled: float  # not before that instant
    opens: float  # nor before that one while the headset does not give sound
    probe: LoopProbe
    meter: PeakMeter
    begun: bool = False


@dataclass
class _Ear:
    call_id: str
    until: float
    ear: PatternEar


class SoundChecks:
    """A SoundIO round the station's; one check at a time, a new one ends the one before. `emit` takes facts from any thread; `clock`, in
    seconds, does not go back."""

    def __init__(self, sound: CheckedSound, emit: Callable[[Fact], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._sound, self._emit, self._clock = sound, emit, clock
        self._calls: set[str] = set()  # answered and not over
        self._check: Union[_Loop, _Ear, None] = None
        self._muted = False
        self._ending = threading.Lock()

    # --- the phone's side ---------------------------------------------------------------------------

    def obey(self, order: ProbeLoop | HearPattern) -> None:
        """Raises OrderUnmet."""
        if order.call_id not in self._calls:
            raise OrderUnmet(Refusal.NO_SUCH_CALL, "no answered call of that name")
        self._end(self._check)
        now = self._clock()
        if isinstance(order, ProbeLoop):
            self._check = _Loop(order.call_id, now + LOOP_LIMIT, now + SETTLE, now + OPENS_WITHIN, LoopProbe(), PeakMeter())
            return
        if not 0.0 < order.seconds <= LONGEST:
            raise OrderUnmet(Refusal.BAD_VALUE, f"0 to {LONGEST:.0f} seconds")
        self._check = _Ear(order.call_id, now + order.seconds, PatternEar())

    def told(self, fact: Fact) -> None:
        """What the engine says, before anybody else hears of it."""
        if isinstance(fact, CallAnswered):
            self._calls.add(fact.call_id)
        elif isinstance(fact, CallEnded):
            self._calls.discard(fact.call_id)
            check = self._check
            if check is not None and check.call_id == fact.call_id:
                self._end(check)

    def mute(self, muted: bool) -> None:
        """A muted microphone is not spoken for."""
        self._muted = muted

    @property
    def waiting(self) -> bool:
        """Whether `tick` is to be called, every tenth of a second or so."""
        return self._check is not None

    def tick(self) -> None:
        check = self._check
        if check is not None and self._clock() > check.until:
            self._end(check)

    def _end(self, check: Union[_Loop, _Ear, None]) -> None:
        """Tell what was found, once."""
        with self._ending:
            if check is None or check is not self._check:
                return
            self._check = None
        self._emit(self._found(check))

    def _found(self, check: _Loop | _Ear) -> Fact:
        if isinstance(check, _Ear):
            pattern = check.ear.result
            return PatternHeard(check.call_id, pattern.heard, round(pattern.level, 4))
        loop = check.probe.give_up()
        microphone, speaker = self._sound.flowing
        level = round(check.meter.read(), 4)
        return LoopMeasured(check.call_id, loop.heard, round(loop.delay_ms, 1), round(loop.level, 3), microphone, speaker, level)

    # --- the engine's side: SoundIO -----------------------------------------------------------------

    def start(self) -> None:
        self._sound.start()

    def stop(self) -> None:
        self._sound.stop()

    def call_began(self) -> None:
        self._sound.call_began()

    def call_ended(self) -> None:
        self._sound.call_ended()

    def read_frame(self) -> bytes:
        frame = self._sound.read_frame()
        check = self._check
        if not isinstance(check, _Loop):
            return frame
        check.meter.see(frame)
        if not check.begun:
            now = self._clock()
            check.begun = now >= check.settled and (now >= check.opens or all(self._sound.flowing))
        if not check.begun:
            return frame
        sent = check.probe.next_frame()
        return bytes(len(sent)) if self._muted else sent

    def write_frame(self, pcm: bytes) -> None:
        check = self._check
        if isinstance(check, _Ear):
            check.ear.heard(pcm)
            if check.ear.proven:
                self._end(check)
        elif check is not None and check.begun:
            check.probe.heard(pcm)
            if check.probe.result is not None:
                self._end(check)
        self._sound.write_frame(pcm)
