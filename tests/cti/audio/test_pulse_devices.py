"""Real sound libraries on virtual cables: what is said is what is heard, and a cable may be pulled out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cti.messages import Fact, SoundChanged
from cti.phone.audio.devices import SoundBackend, list_devices
from cti.phone.audio.miniaudio_backend import MiniaudioBackend
from cti.phone.audio.port import FRAME_BYTES
from cti.phone.audio.pulse_backend import PulseBackend
from cti.phone.audio.station_sound import SoundChoice, StationSound
from tests.cti.audio.measure import goertzel, strongest, tone
from tests.pulse import PulseServer, wait_until

pytestmark = pytest.mark.pulse
both = pytest.mark.parametrize("backend", [MiniaudioBackend, PulseBackend])


@contextmanager
def running(backend: Callable[[], SoundBackend], choice: SoundChoice) -> Iterator[tuple[StationSound, list[SoundChanged]]]:
    told: list[SoundChanged] = []

    def emit(fact: Fact) -> None:
        if isinstance(fact, SoundChanged):
            told.append(fact)

    sound = StationSound(choice, emit, backend())
    sound.start()
    try:
        yield sound, told
    finally:
        sound.stop()


def exchange(sound: StationSound, seconds: float, say: bytes = b"") -> bytes:
    """The engine's clock: 20 ms frames both ways for `seconds`; returns what the microphone gave."""
    heard = bytearray()
    start = time.monotonic()
    for n in range(int(seconds * 50)):
        time.sleep(max(0.0, start + n * 0.02 - time.monotonic()))
        at = n * FRAME_BYTES % max(1, len(say) - FRAME_BYTES)
        sound.write_frame(say[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        heard += sound.read_frame()
    return bytes(heard)


def until_opened(pulse: PulseServer, kind: str, count: int) -> None:
    wait_until(lambda: len(pulse.pactl("list", "short", kind).splitlines()) >= count)


@both
def test_devices_have_the_names_people_know(pulse: PulseServer, backend: Callable[[], SoundBackend]) -> None:
    pulse.add_speaker("casque", "Casque d'essai à nous".replace("'", "’"))
    pulse.add_speaker("enceinte", "Enceinte")
    pulse.add_microphone("micro", "Micro du casque")
    devices = backend().list()
    assert devices.microphones == ("Micro du casque",), "monitors of speakers are no microphones"
    assert devices.speakers[:2] == ("Casque d’essai à nous", "Enceinte")
    assert devices.default_speaker == "Casque d’essai à nous"
    assert list_devices() == MiniaudioBackend().list()


@both
def test_what_is_said_arrives_and_what_arrives_is_heard(pulse: PulseServer, backend: Callable[[], SoundBackend], tmp_path: Path) -> None:
    pulse.add_speaker("casque", "Casque")
    pulse.add_microphone("micro", "Micro")
    recorder = pulse.listen("casque.monitor", tmp_path / "heard.raw")
    with running(backend, SoundChoice(microphone="Micro", speaker="Casque")) as (sound, told):
        sound.call_began()
        until_opened(pulse, "source-outputs", 3)  # the recorder, the remapping, our microphone
        pulse.say("micro_in", tone(700, 3.0))
        heard = exchange(sound, 2.0, say=tone(440, 1.0))
        sound.call_ended()
        assert told[0] == SoundChanged("ok", "Micro", "Casque", "Casque")
    recorder.terminate()
    recorder.wait()
    middle = heard[len(heard) // 2 :]
    assert 0.15 < goertzel(middle, 700) < 0.35  # said at 0.3; a busy machine leaves gaps
    assert goertzel(middle, 440) < 0.02, "the headset is not heard in the microphone"
    played = (tmp_path / "heard.raw").read_bytes()
    assert strongest(played, 440) == pytest.approx(0.3, rel=0.15)
    assert strongest(played, 700) < 0.02


@both
def test_headset_pulled_out_in_mid_call(pulse: PulseServer, backend: Callable[[], SoundBackend], tmp_path: Path) -> None:
    pulse.add_speaker("secours", "Haut-parleurs")
    pulse.add_microphone("micro", "Micro")
    headset = pulse.add_speaker("casque", "Casque")
    with running(backend, SoundChoice(microphone="Micro", speaker="Casque", ringer="Haut-parleurs")) as (sound, told):
        sound.call_began()
        until_opened(pulse, "sink-inputs", 1)
        wait_until(lambda: [fact.state for fact in told] == ["ok"])
        exchange(sound, 0.3, say=tone(440, 1.0))
        pulled = time.monotonic()
        pulse.remove(headset)
        wait_until(lambda: told[-1].state == "lost")
        assert time.monotonic() - pulled < 2.5
        assert told[-1].speaker != "Casque"
        assert "« Casque »" in told[-1].detail
        pulse.say("micro_in", tone(700, 1.5))
        assert strongest(exchange(sound, 1.0, say=tone(440, 1.0)), 700) > 0.2, "the microphone never stopped"
        pulse.add_speaker("casque", "Casque")
        wait_until(lambda: told[-1].state == "ok")
        recorder = pulse.listen("casque.monitor", tmp_path / "again.raw")
        exchange(sound, 1.0, say=tone(440, 1.0))
        recorder.terminate()
        recorder.wait()
        assert strongest((tmp_path / "again.raw").read_bytes(), 440) > 0.2, "heard again where it was"


@both
def test_the_last_microphone_pulled_out_and_put_back(pulse: PulseServer, backend: Callable[[], SoundBackend]) -> None:
    pulse.add_speaker("casque", "Casque")
    microphone = pulse.add_microphone("micro", "Micro")
    with running(backend, SoundChoice()) as (sound, told):
        sound.call_began()
        until_opened(pulse, "source-outputs", 2)
        pulse.remove(microphone)
        wait_until(lambda: told[-1].state == "lost")
        exchange(sound, 0.2)
        assert sound.read_frame() == bytes(FRAME_BYTES)
        pulse.add_microphone("micro", "Micro")
        wait_until(lambda: told[-1].state == "ok")
        until_opened(pulse, "source-outputs", 2)
        pulse.say("micro_in", tone(700, 2.0))
        assert strongest(exchange(sound, 1.5), 700) > 0.2


def test_the_sound_server_dies_and_the_call_does_not(pulse: PulseServer) -> None:
    pulse.add_speaker("casque", "Casque")
    pulse.add_microphone("micro", "Micro")
    with running(MiniaudioBackend, SoundChoice()) as (sound, told):
        sound.call_began()
        until_opened(pulse, "sink-inputs", 1)
        pulse.kill()
        wait_until(lambda: told[-1].state == "lost", 8)
        exchange(sound, 0.2)
        pulse.start()
        pulse.add_speaker("casque", "Casque")
        pulse.add_microphone("micro", "Micro")
        wait_until(lambda: told[-1].state == "ok", 8)
