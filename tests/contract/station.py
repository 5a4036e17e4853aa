"""A phone under test: an engine, a sound made of tones, and every fact it told, to wait for by kind."""

from __future__ import annotations

import array
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cti.messages import Fact, Order, OrderRefused, PhoneStarted, PlaceCall
from cti.phone.audio.port import FRAME_BYTES, RATE
from cti.phone.port import Capability, PhoneSettings, SoftphoneEngine
from tests.cti.audio.measure import goertzel

if TYPE_CHECKING:
    from tests.contract.rtp_peer import RtpPeer
    from tests.contract.sipp_peer import Sipp

F = TypeVar("F")
DEADLINE = 30.0  # seconds; shared machines are slow, facts are not


class ToneSound:
    """A microphone that hears one steady tone and a speaker that remembers its last ten seconds."""

    def __init__(self, hertz: float = 440.0) -> None:
        samples = (int(8000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(RATE))
        self._second = array.array("h", samples).tobytes()
        self._at = 0
        self._heard = bytearray()
        self._lock = threading.Lock()
        self.began = self.ended = self.frames_read = 0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def call_began(self) -> None:
        self.began += 1

    def call_ended(self) -> None:
        self.ended += 1

    def read_frame(self) -> bytes:
        frame = self._second[self._at : self._at + FRAME_BYTES]
        self._at = (self._at + FRAME_BYTES) % len(self._second)
        self.frames_read += 1
        return frame

    def write_frame(self, pcm: bytes) -> None:
        with self._lock:
            self._heard += pcm
            del self._heard[: -RATE * 2 * 10]

    def heard(self, seconds: float) -> bytes:
        """The last `seconds` that came to the speaker."""
        with self._lock:
            return bytes(self._heard[-int(RATE * seconds) * 2 :])

    def forget(self) -> None:
        with self._lock:
            self._heard.clear()

    def hears(self, hertz: float, seconds: float = 0.4, deadline: float = DEADLINE, least: float = 0.02) -> float:
        """Wait until the tone is heard for `seconds` on end; its level, 0..1. Fails with the last level at the deadline."""
        until = time.monotonic() + deadline
        level = 0.0
        pause = threading.Event()
        while time.monotonic() < until:
            pcm = self.heard(seconds)
            level = goertzel(pcm, hertz) if len(pcm) >= int(RATE * seconds) * 2 else 0.0
            if level >= least:
                return level
            pause.wait(0.05)
        raise AssertionError(f"{hertz} Hz not heard in {deadline} s: level {level:.4f}")


class Station:
    """An engine and what it said. `stop()` is called by the fixture."""

    def __init__(self, engine: SoftphoneEngine, settings: PhoneSettings, sound: ToneSound | None = None) -> None:
        self.engine = engine
        self.settings = settings
        self.sound = sound or ToneSound()
        self.facts: list[Fact] = []
        self.times: list[float] = []
        self.at_once: Callable[[Fact], object] = lambda fact: None  # called in the engine's own thread
        self._news = threading.Condition()

    def start(self) -> PhoneStarted:
        self.engine.start(self.settings, self.sound, self._take)
        return self.wait(PhoneStarted)

    def _take(self, fact: Fact) -> None:
        with self._news:
            self.facts.append(fact)
            self.times.append(time.time())
            self._news.notify_all()
        self.at_once(fact)

    def can(self, capability: Capability) -> bool:
        return capability in self.engine.capabilities

    def do(self, order: Order) -> None:
        self.engine.execute(order)

    def wait(
        self, kind: type[F] | tuple[type[F], ...], where: Callable[[F], bool] = lambda _: True, deadline: float = DEADLINE, after: int = 0
    ) -> F:
        """The first fact of a kind (from index `after`) that fits; fails with everything told when none comes."""
        until = time.monotonic() + deadline
        with self._news:
            while True:
                for fact in self.facts[after:]:
                    if isinstance(fact, kind) and where(fact):
                        return fact
                left = until - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {kind} in {deadline} s; told: {self.facts[after:]}")
                self._news.wait(left)

    def quiet(self, seconds: float) -> None:
        """Wait until nothing was told for so long."""
        with self._news:
            while self._news.wait(seconds):
                pass

    def refused(self, order: Order) -> OrderRefused:
        """Give an order that must be refused; the refusal."""
        after = len(self.facts)
        self.do(order)
        return self.wait(OrderRefused, lambda fact: fact.order == type(order).__name__, after=after)

    def told(self, kind: type[F]) -> list[F]:
        with self._news:
            return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def contact(self) -> str:
        """user@host:port of this phone."""
        return self.told(PhoneStarted)[0].contact.removeprefix("sip:").split(";")[0]

    @property
    def address(self) -> str:
        """host:port of this phone."""
        return self.contact.rpartition("@")[2]

    def stop(self) -> float:
        """Stop the engine; how long it took."""
        began = time.monotonic()
        self.engine.stop()
        return time.monotonic() - began


def place(station: Station, peer: Sipp, call_id: str = "out-1", **more: object) -> None:
    station.do(PlaceCall(call_id=call_id, target=f"sip:0698765432@{peer.address}", **more))  # type: ignore[arg-type]  # the test's own fields


def says_nothing(rtp: RtpPeer, seconds: float = 0.4) -> bool:
    """No microphone in what the phone sends."""
    since = time.monotonic()
    rtp.listen(seconds)
    return rtp.level(440, since) < 0.005
