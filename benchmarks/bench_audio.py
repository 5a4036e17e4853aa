"""Mouth to ear and back: how late a sound comes back through the phone, its devices and an echo at the far end.

    python -m benchmarks.bench_audio [--bursts 12] [--rounds 2] [--first]

A short tone is played into a virtual microphone of a PulseAudio server of our own; the phone takes it, sends it in RTP, an echo
sends it back, the phone plays it into a virtual headset. Both devices' monitors are recorded with the same latency, and each
sample is dated by when its recorder got it: the delay is between the two. Then a steady tone of ten seconds goes the same way,
and what is missing of it in the headset is counted: that is what underruns sound like.

Beside ours, baresip through ALSA into the same devices, as its first start configures it and with the smallest jitter buffer it
takes; and our engine alone, whose sound is made and heard in the same process: what the devices and our bridge add is the rest.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from benchmarks.baresip_side import SHIPPED, BaresipSide, alsa_through_pulse, has_alsa_pulse
from benchmarks.figures import machine, print_ratio, print_table
from benchmarks.our_side import PhoneProcess
from benchmarks.processes import command_of, put_first, tree, wait_for
from benchmarks.sip_caller import Echo, SipCaller
from cti.messages import AnswerCall, CallOffered, Fact, PhoneStarted
from cti.phone.audio.port import FRAME_BYTES, RATE
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.port import PhoneSettings
from tests.pulse import PulseServer

BURST = 0.06  # seconds
HERTZ = 1000.0
LOUD = 1500  # of 32768; the tone is at 12000
LATENCY = 10  # milliseconds of each recorder and of the player
LATEST = 0.9  # seconds a burst may take
TONE_SECONDS = 10.0
QUICK = "audio_buffer 20-160\njitter_buffer_type fixed\njitter_buffer_delay 1-10\n"


def tone(seconds: float) -> bytes:
    return array.array("h", (int(12000 * math.sin(2 * math.pi * HERTZ * n / RATE)) for n in range(int(RATE * seconds)))).tobytes()


class Recorder:
    """What a PulseAudio source gives, 16 kHz mono, and when each sample came."""

    def __init__(self, pulse: PulseServer, source: str) -> None:
        words = ["pacat", "--record", f"--device={source}", f"--latency-msec={LATENCY}", "--raw", "--format=s16le", f"--rate={RATE}"]
        self._process = subprocess.Popen(
            [*words, "--channels=1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **pulse.env},
        )
        self._lock = threading.Lock()
        self._pieces: list[tuple[float, array.array[int]]] = []
        self._thread = threading.Thread(target=self._read, name=f"record {source}", daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        wait_for(lambda: self._pieces, "the recorder hears")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        held = b""
        while data := os.read(self._process.stdout.fileno(), 4096):
            at = time.monotonic()
            held += data
            samples = array.array("h", held[: len(held) // 2 * 2])
            held = held[len(samples) * 2 :]
            with self._lock:
                self._pieces.append((at - len(samples) / RATE, samples))

    def since(self, at: float) -> list[tuple[float, array.array[int]]]:
        """Pieces that ended after `at`, each with the time of its first sample."""
        with self._lock:
            first = len(self._pieces)
            while first and self._pieces[first - 1][0] + len(self._pieces[first - 1][1]) / RATE > at:
                first -= 1
            return self._pieces[first:]

    def onset(self, after: float) -> float:
        """When the first loud sample after `after` was; 0 while there is none."""
        for began, samples in self.since(after):
            if max(samples, default=0) <= LOUD:
                continue
            for place, value in enumerate(samples):
                if abs(value) > LOUD:
                    return began + place / RATE
        return 0.0


def missing(pieces: list[tuple[float, array.array[int]]]) -> tuple[float, int]:
    """Of a steady tone: milliseconds of silence between its first and its last loud sample, and how many holes they make.

    A sample lies in a hole when two milliseconds around it hold nothing loud."""
    samples = array.array("h")
    for _, piece in pieces:
        samples.extend(piece)
    loud = [place for place, value in enumerate(samples) if abs(value) > LOUD]
    gaps = [after - before for before, after in pairwise(loud) if after - before > RATE * 2 // 1000]
    return 1000 * sum(gaps) / RATE, len(gaps)


class BurstSound:
    """A SoundIO whose microphone says a burst each `every` seconds and which dates it: read by the engine, and heard again."""

    def __init__(self, every: float = 0.5) -> None:
        self._burst = tone(BURST)
        self._said = len(self._burst)
        self._next = math.inf
        self._every = every
        self._at = 0.0
        self.delays: list[float] = []  # milliseconds
        self.news = threading.Event()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def call_began(self) -> None:
        self._next = time.monotonic() + 1.5

    def call_ended(self) -> None: ...

    def read_frame(self) -> bytes:
        now = time.monotonic()
        if now >= self._next:
            self._said, self._at, self._next = 0, now, now + self._every
        piece = self._burst[self._said : self._said + FRAME_BYTES]
        self._said += FRAME_BYTES
        return piece.ljust(FRAME_BYTES, b"\0")

    def write_frame(self, pcm: bytes) -> None:
        if not self._at:
            return
        place = next((n for n, value in enumerate(array.array("h", pcm)) if abs(value) > LOUD), None)
        if place is not None:
            self.delays.append((time.monotonic() - self._at) * 1000 + place * 1000 / RATE)
            self._at = 0.0
            self.news.set()


def engine_alone(bursts: int) -> list[float]:
    """Milliseconds from a frame's reading to its return, in this process; pjsua2 allows one engine in a process's life."""
    from cti.phone.pjsua2_engine import Pjsua2Engine

    engine, sound = Pjsua2Engine(), BurstSound()
    contact: list[str] = []

    def take(fact: Fact) -> None:
        if isinstance(fact, PhoneStarted):
            contact.append(fact.contact)
        elif isinstance(fact, CallOffered):
            engine.execute(AnswerCall(fact.call_id))

    engine.start(PhoneSettings(user="poste", codecs=("PCMA",)), sound, take)
    try:
        host, _, port = contact[0].partition("@")[2].partition(";")[0].rpartition(":")
        with called((host, int(port), "poste")):
            deadline = time.monotonic() + 5 + bursts
            while len(sound.delays) < bursts and time.monotonic() < deadline:
                sound.news.wait(0.5)
                sound.news.clear()
    finally:
        engine.stop()
    return sound.delays


@contextmanager
def called(target: tuple[str, int, str]) -> Iterator[None]:
    """A call to `target`, its sound sent back."""
    with Echo() as echo:
        caller = SipCaller(target, media_port=echo.port)
        caller.invite("0261910001")
        caller.wait_answered()
        yield
        caller.hang_up()


class Bench:
    def __init__(self, pulse: PulseServer, folder: Path) -> None:
        self._pulse = pulse
        self._folder = folder
        for name, seconds in (("burst", BURST), ("tone", TONE_SECONDS)):
            (folder / f"{name}.raw").write_bytes(tone(seconds))

    def _say(self, name: str, latency: int = LATENCY) -> subprocess.Popen[bytes]:
        words = ["pacat", "--playback", "--device=mic_in", f"--latency-msec={latency}", "--raw", "--format=s16le", f"--rate={RATE}"]
        return subprocess.Popen(
            [*words, "--channels=1", str(self._folder / f"{name}.raw")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **self._pulse.env},
        )  # fmt: skip

    def delays(self, bursts: int) -> list[float]:
        """Milliseconds of each burst that came back."""
        found = []
        with Recorder(self._pulse, "mic_in.monitor") as mouth, Recorder(self._pulse, "headset.monitor") as ear:
            for _ in range(bursts):
                began = time.monotonic()
                self._say("burst").wait()
                with contextlib.suppress(TimeoutError):
                    said = wait_for(partial(mouth.onset, began), "the burst", 2.0)
                    heard = wait_for(partial(ear.onset, said), "its return", LATEST)
                    found.append((heard - said) * 1000)
                time.sleep(0.35)
        return found

    def holes(self) -> tuple[float, int, float]:
        """Of a steady tone: silence in the headset (ms), its pieces, and silence already in what the microphone was given (ms)."""
        with Recorder(self._pulse, "mic_in.monitor") as mouth, Recorder(self._pulse, "headset.monitor") as ear:
            began = time.monotonic()
            self._say("tone", 200).wait()
            time.sleep(LATEST)
            return *missing(ear.since(began)), missing(mouth.since(began))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bursts", type=int, default=12, help="in each call")
    parser.add_argument("--rounds", type=int, default=2, help="calls to each")
    parser.add_argument(
        "--engine-alone", action="store_true", help="only the engine without devices, as JSON (the whole run calls itself so)"
    )
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    if options.engine_alone:
        print("DELAYS", json.dumps(engine_alone(options.bursts)), flush=True)
        return
    delays: dict[str, list[float]] = {}
    lost: dict[str, int] = {}
    silence: dict[str, list[float]] = {}
    holes: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-audio-") as name, PulseServer() as pulse:
        folder = Path(name)
        if options.first:  # PulseAudio's main thread goes back to ordinary turns when it starts
            put_first(next(pid for pid in tree(os.getpid()) if command_of(pid).startswith("pulseaudio")))
        pulse.add_microphone("mic", "Micro")
        pulse.add_speaker("headset", "Casque")
        bench = Bench(pulse, folder)
        bare = {"baresip as shipped": SHIPPED, "baresip, smallest jitter buffer": QUICK}
        if not has_alsa_pulse():
            print("ALSA's plugin for PulseAudio is not installed (Debian: libasound2-plugins): no baresip here", file=sys.stderr)
            bare = {}
        through = alsa_through_pulse(folder / "alsa", pulse.env["PULSE_SERVER"], "mic", "headset")

        def start(label: str, turn: int) -> AbstractContextManager[PhoneProcess | BaresipSide]:
            if label in bare:
                where = folder / f"{label} {turn}"
                return BaresipSide(
                    where, "alsa,microphone", "alsa,speaker", answers=True, environment={**pulse.env, **through}, more=bare[label]
                )
            return PhoneProcess(SoundChoice(microphone="Micro", speaker="Casque"), pulse.env)

        for turn in range(options.rounds):
            for label in ("plateau phone", *bare):
                with ExitStack() as stack:
                    phone = stack.enter_context(start(label, turn))
                    stack.enter_context(called(phone.target))
                    time.sleep(3.0)  # buffers find their level
                    came = bench.delays(options.bursts)
                    gone, count, before = bench.holes()
                delays.setdefault(label, []).extend(came)
                lost[label] = lost.get(label, 0) + options.bursts - len(came)
                silence.setdefault(label, []).append(gone)
                holes.setdefault(label, []).append(count)
                silence.setdefault(f"(already in its microphone: {label})", []).append(before)
            words = [sys.executable, "-m", "benchmarks.bench_audio", "--engine-alone", "--bursts", str(options.bursts)]
            told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
            delays.setdefault("plateau engine alone, no device", []).extend(json.loads(told.partition("DELAYS")[2]))
    print(machine(["baresip-core", "pulseaudio"]))
    print_table("Mouth to ear and back", "ms", delays)
    for label in bare:
        print_ratio(f"plateau phone to {label}", delays["plateau phone"], delays[label], "ms")
    ours, alone = delays["plateau phone"], delays["plateau engine alone, no device"]
    if ours and alone:
        print(f"  devices and bridge add {statistics.median(ours) - statistics.median(alone):.1f} ms to the engine, both ways together")
    print_table("Silence in a tone of ten seconds", "ms", silence)
    print_table("Holes in a tone of ten seconds", "count", holes)
    print("  bursts that never came back: " + ", ".join(f"{label} {count}" for label, count in lost.items()))


if __name__ == "__main__":
    main()
