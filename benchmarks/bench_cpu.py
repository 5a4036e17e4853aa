"""Processor and memory, waiting for a call and in one: our phone process and our whole desk beside baresip.

    python -m benchmarks.bench_cpu [--rounds 3] [--idle 4] [--call 5] [--first]

All programs run from the beginning to the end; in each round each in turn is watched while nothing calls it, then called by the
same caller, PCMA, with its sound sent back to it, and watched again. Figures are user and system time of the processes named, over
the wall clock, in per cent of one core. PulseAudio's devices are null sinks of a server of our own; its processor time is shown
apart. "file" plays a WAV file as microphone and records into another. baresip reaches PulseAudio through ALSA.
"""

from __future__ import annotations

import argparse
import array
import math
import os
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.baresip_side import BaresipSide, alsa_through_pulse, has_alsa_pulse
from benchmarks.figures import machine, print_ratio, print_table
from benchmarks.our_side import LabDesk, PhoneProcess
from benchmarks.processes import command_of, cpu_seconds, put_first, resident_mb, tree
from benchmarks.sip_caller import Echo, SipCaller
from cti.phone.audio.station_sound import SoundChoice
from tests.pulse import PulseServer

SETTLE = 1.5  # seconds after an answer, and after the end of a call, that are not watched
ANSWER_KEY, HANG_UP_KEY = "\x1bOR", "\x1bOS"  # F3, F4


@dataclass
class Side:
    label: str
    target: tuple[str, int, str]
    pids: Callable[[], list[int]]
    server: int = 0  # process id of the PulseAudio it plays into
    answer: Callable[[], None] = lambda: None
    idle: list[float] = field(default_factory=list)
    talking: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    server_talking: list[float] = field(default_factory=list)


def say_for_a_minute(path: Path, rate: int) -> Path:
    """Sound that a codec has work with: two tones and a beat."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        turns = (n / rate for n in range(rate * 60))
        file.writeframes(
            array.array("h", (int(6000 * math.sin(2764 * t) * math.sin(9 * t) + 2000 * math.sin(4398 * t)) for t in turns)).tobytes()
        )
    return path


def percent(pids: Callable[[], list[int]], seconds: float) -> float:
    before, at = cpu_seconds(pids()), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_seconds(pids()) - before) / (time.monotonic() - at)


@contextmanager
def conversation(side: Side) -> Iterator[None]:
    """A call to this side, answered, its sound sent back."""
    with Echo() as echo:
        caller = SipCaller(side.target, media_port=echo.port)
        caller.invite("0261910001")
        caller.wait_ringing()
        side.answer()
        caller.wait_answered()
        time.sleep(SETTLE)
        sent = echo.packets
        if not sent:
            raise RuntimeError(f"{side.label}: no sound came")
        yield
        caller.hang_up()
        time.sleep(SETTLE)


def watch(side: Side, idle: float, call: float) -> None:
    side.idle.append(percent(side.pids, idle))
    with conversation(side):
        server = cpu_seconds([side.server]) if side.server else 0.0
        side.talking.append(percent(side.pids, call))
        if side.server:
            side.server_talking.append(100 * (cpu_seconds([side.server]) - server) / call)
        side.memory.append(resident_mb(side.pids()))


def sides(folder: Path, stack: ExitStack) -> list[Side]:
    made: list[Side] = []

    def ours(label: str, sound: SoundChoice, environment: dict[str, str] | None = None, server: int = 0) -> None:
        phone = stack.enter_context(PhoneProcess(sound, environment))
        made.append(Side(label, phone.target, lambda: tree(phone.pid), server))

    def theirs(label: str, source: str, player: str, environment: dict[str, str] | None = None, server: int = 0) -> None:
        bare = stack.enter_context(BaresipSide(folder / label, source, player, answers=True, environment=environment))
        made.append(Side(label, bare.target, lambda: tree(bare.pid), server))

    pulse = stack.enter_context(PulseServer())
    pulse.add_microphone("mic", "Micro")
    pulse.add_speaker("headset", "Casque")
    server = next(pid for pid in tree(os.getpid()) if command_of(pid).startswith("pulseaudio"))
    said = say_for_a_minute(folder / "said.wav", 16_000)
    ours("plateau phone, files", SoundChoice(mic_file=str(said), speaker_file=str(folder / "heard.wav")))
    theirs("baresip, file, player that drops", f"aufile,{say_for_a_minute(folder / 'said8.wav', 8_000)}", "aubridge,far")
    ours("plateau phone, PulseAudio", SoundChoice(microphone="Micro", speaker="Casque"), pulse.env, server)
    if has_alsa_pulse():
        through = alsa_through_pulse(folder / "alsa", pulse.env["PULSE_SERVER"], "mic", "headset")
        theirs("baresip, ALSA into PulseAudio", "alsa,microphone", "alsa,speaker", {**pulse.env, **through}, server)
    else:
        print(
            "ALSA's plugin for PulseAudio is not installed (Debian: libasound2-plugins): baresip is measured with files only",
            file=sys.stderr,
        )
    desk = stack.enter_context(LabDesk(folder / "lab"))

    def answer() -> None:
        desk.painted.wait("0261910001")
        desk.type(ANSWER_KEY)

    made.append(Side("plateau desk and its phone, no sound", desk.target, lambda: tree(desk.desk_pid), answer=answer))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=float, default=4.0, help="seconds of each look at a phone that waits")
    parser.add_argument("--call", type=float, default=5.0, help="seconds of each look at a phone in a call")
    parser.add_argument("--first", action="store_true", help="before all else on this machine (real-time turns; needs the right to)")
    options = parser.parse_args()
    if options.first:
        put_first()
    with tempfile.TemporaryDirectory(prefix="bench-cpu-") as name, ExitStack() as stack:
        made = sides(Path(name), stack)
        time.sleep(3.0)  # what a start leaves to be done
        for _turn in range(options.rounds):
            for side in made:
                watch(side, options.idle, options.call)
    print(machine(["baresip-core", "pulseaudio"]))
    print_table(f"Waiting for a call ({options.idle:g} s each)", "% of one core", {side.label: side.idle for side in made}, 2)
    print_table(f"In a call, PCMA ({options.call:g} s each)", "% of one core", {side.label: side.talking for side in made}, 2)
    by_label = {side.label: side for side in made}
    pairs = [("plateau phone, files", "baresip, file, player that drops"), ("plateau phone, PulseAudio", "baresip, ALSA into PulseAudio")]
    for mine, other in pairs:
        if other in by_label:
            print_ratio(f"{mine} to {other}, in a call", by_label[mine].talking, by_label[other].talking, "% of one core")
    asked = {f"PulseAudio itself, with {side.label}": side.server_talking for side in made if side.server}
    print_table("PulseAudio's own share in a call", "% of one core", asked, 2)
    print_table("Resident memory in a call", "MB", {side.label: side.memory for side in made})


if __name__ == "__main__":
    main()
