"""Without devices, and with files in their stead."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cti.messages import EngineFaulted, Fact, LevelsMeasured, SoundChanged, VolumeChanged
from cti.phone.audio.devices import Devices, DeviceStream, DeviceUnavailable, Fill, Take
from cti.phone.audio.port import FRAME_BYTES, RATE, SoundIO
from cti.phone.audio.station_sound import SoundChoice, StationSound, open_station_sound
from cti.phone.audio.wav_files import SoundFileError, read_wav
from cti.phone.port import OrderUnmet
from tests.cti.audio.measure import goertzel, rms, sounding, strongest, tone
from tests.cti.audio.test_wav_files import write
from tests.pulse import wait_until


class FakeStream:
    def __init__(self, backend: "FakeBackend", name: str, call: Callable[[], None]) -> None:
        self.last_callback = 0.0
        self.name = name
        self._backend, self._call = backend, call
        backend.open.append(self)

    def tick(self) -> None:
        self.last_callback = time.monotonic()
        self._call()

    def close(self) -> None:
        if self in self._backend.open:
            self._backend.open.remove(self)


class FakeBackend:
    """Devices made of names; a thread plays every one of them each 10 ms while it is plugged in."""

    name = "fake"

    def __init__(self, microphones: list[str], speakers: list[str], moves_streams: bool = False) -> None:
        self.moves_streams = moves_streams
        self.microphones, self.speakers = microphones, speakers
        self.open: list[FakeStream] = []
        self.played: dict[str, bytearray] = {}
        self.voice = b"\x10\x20" * 160
        self.deaf: set[str] = set()
        self.fail_listing = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            for stream in list(self.open):
                if self._resolve(stream) and stream.name not in self.deaf:
                    stream.tick()

    def _resolve(self, stream: FakeStream) -> bool:
        return not stream.name or stream.name in self.microphones + self.speakers

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def open_microphone(self, name: str, take: Take) -> DeviceStream:
        return self._opened(name, self.microphones, lambda: take(self.voice))

    def open_speaker(self, name: str, fill: Fill) -> DeviceStream:
        heard = self.played.setdefault(name, bytearray())
        return self._opened(name, self.speakers, lambda: heard.extend(fill(320)))

    def _opened(self, name: str, among: list[str], call: Callable[[], None]) -> FakeStream:
        if not among or (name and name not in among):
            raise DeviceUnavailable(name)
        return FakeStream(self, name, call)

    def list(self) -> Devices:
        if self.fail_listing:
            raise RuntimeError("libpulse went mad")
        return Devices(tuple(self.microphones), tuple(self.speakers), (self.microphones or [""])[0], (self.speakers or [""])[0])


class Told(list[Fact]):
    def sounds(self) -> "list[SoundChanged]":
        return [fact for fact in self if isinstance(fact, SoundChanged)]

    def states(self) -> "list[str]":
        return [fact.state for fact in self.sounds()]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def station(told: Told) -> "Iterator[Callable[..., StationSound]]":
    """Makes started StationSounds, stopped at the end; on fake devices unless `backend` is None."""
    made: list[StationSound] = []
    backends: list[FakeBackend] = []

    def make(choice: SoundChoice, backend: FakeBackend | None) -> StationSound:
        if backend:
            backends.append(backend)
        made.append(StationSound(choice, told.append, backend))
        made[-1].start()
        return made[-1]

    yield make
    for sound in made:
        sound.stop()
    for backend in backends:
        backend.end()


Make = Callable[[SoundChoice, FakeBackend | None], StationSound]


def frames(sound: StationSound, count: int) -> bytes:
    return b"".join(sound.read_frame() for _ in range(count))


def test_it_is_a_sound_io(station: Make) -> None:
    port: SoundIO = station(SoundChoice(none=True), None)
    assert port.read_frame() == bytes(FRAME_BYTES)


def test_no_sound_asked(station: Make, told: Told) -> None:
    sound = station(SoundChoice(none=True), FakeBackend(["Micro"], ["Casque"]))
    sound.call_began()
    sound.play_tone("busy")
    sound.ring(True)
    wait_until(lambda: bool(told.sounds()))
    sound.write_frame(tone(440, 0.02))
    assert sound.read_frame() == bytes(FRAME_BYTES)
    assert told.states() == ["none"]


def test_no_device_on_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real sound libraries, and nothing for them to find."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    told = Told()
    sound = open_station_sound(SoundChoice(), told.append)
    sound.start()
    try:
        wait_until(lambda: bool(told.sounds()))
        assert told.sounds()[0].state == "none"
        assert "aucun appareil" in told.sounds()[0].detail
        sound.call_began()
        sound.write_frame(bytes(FRAME_BYTES))
        assert sound.read_frame() == bytes(FRAME_BYTES)
    finally:
        sound.stop()


def test_files_in_place_of_devices(station: Make, told: Told, tmp_path: Path) -> None:
    voice = write(tmp_path / "voix.wav", tone(600, 0.5), RATE)
    sound = station(SoundChoice(mic_file=str(voice), speaker_file=str(tmp_path / "casque.wav")), None)
    sound.call_began()
    assert goertzel(frames(sound, 25), 600) == pytest.approx(0.3, rel=0.05)
    assert rms(frames(sound, 5)) == 0
    for n in range(25):
        sound.write_frame(tone(500, 0.5)[n * 640 : (n + 1) * 640])
    wait_until(lambda: len(read_wav(tmp_path / "casque.wav")) == 25 * FRAME_BYTES)
    sound.call_ended()
    assert read_wav(tmp_path / "casque.wav") == tone(500, 0.5)
    assert told.sounds()[0] == SoundChanged("file", microphone="voix.wav", speaker="casque.wav")
    assert any(isinstance(fact, LevelsMeasured) and fact.speaker > 0.25 for fact in told)


def test_the_microphone_file_begins_again_with_each_call(station: Make, tmp_path: Path) -> None:
    sound = station(SoundChoice(mic_file=str(write(tmp_path / "voix.wav", tone(600, 0.1), RATE))), None)
    for _ in range(2):
        sound.call_began()
        assert rms(frames(sound, 5)) > 0.1
        sound.call_ended()


def test_ring_back_before_the_call_is_recorded_by_the_clock(station: Make, tmp_path: Path) -> None:
    path = tmp_path / "casque.wav"
    sound = station(SoundChoice(mic_file=str(write(tmp_path / "v.wav", b"", RATE)), speaker_file=str(path)), None)
    sound.play_tone("congestion")
    wait_until(lambda: len(read_wav(path)) > RATE)
    sound.stop_tone()
    sound.stop()
    heard = read_wav(path)
    assert sounding(heard)[:50] == [True] * 25 + [False] * 25
    assert goertzel(heard[: 250 * 32], 440) == pytest.approx(0.24, rel=0.05)


def test_a_bad_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match=r"absent\.wav"):
        open_station_sound(SoundChoice(mic_file=str(tmp_path / "absent.wav")), lambda fact: None)


def test_a_full_disk_is_said_and_the_call_goes_on(station: Make, told: Told, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.fail("this test needs /dev/full")
    sound = StationSound(SoundChoice(speaker_file=str(tmp_path / "s.wav")), told.append, None)
    sound._speaker_file._file.close()  # type: ignore[union-attr]  # the disk fills up after the start
    sound._speaker_file._file = open("/dev/full", "r+b", buffering=0)  # type: ignore[union-attr]
    sound.start()
    sound.call_began()
    sound.write_frame(tone(440, 0.02))
    wait_until(lambda: any(isinstance(fact, EngineFaulted) for fact in told))
    assert sound.read_frame() == bytes(FRAME_BYTES)
    sound.stop()


def test_the_microphone_is_open_only_in_a_call(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    sound = station(SoundChoice(), backend)
    wait_until(lambda: told.states() == ["ok"])
    assert backend.open == []
    sound.play_tone("ringback")
    wait_until(lambda: len(backend.open) == 1)
    sound.call_began()
    wait_until(lambda: len(backend.open) == 2)
    sound.stop_tone()
    sound.call_ended()
    wait_until(lambda: backend.open == [], 6)


def test_mute_is_at_the_source(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    sound = station(SoundChoice(), backend)
    sound.call_began()
    wait_until(lambda: rms(sound.read_frame()) > 0)
    sound.mute(True)
    assert frames(sound, 10) == bytes(10 * FRAME_BYTES)
    del told[:]
    wait_until(lambda: sum(isinstance(fact, LevelsMeasured) for fact in told) >= 3)
    assert [fact.microphone for fact in told if isinstance(fact, LevelsMeasured)][-1] == 0
    backend.voice = b"\x20\x10" * 160  # what is said from now on
    sound.mute(False)
    heard = bytearray()
    wait_until(lambda: heard.extend(sound.read_frame()) or rms(bytes(heard[-640:])) > 0)  # type: ignore[func-returns-value]
    assert b"\x10\x20\x10\x20" not in bytes(heard).replace(b"\x20\x10\x20\x10", b""), "what was said while muted is gone for good"


def test_an_unplugged_headset_is_said_and_taken_up_again(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro interne", "Micro-casque"], ["Haut-parleurs", "Casque"])
    sound = station(SoundChoice(microphone="Micro-casque", speaker="Casque"), backend)
    sound.call_began()
    wait_until(lambda: {stream.name for stream in backend.open} == {"Micro-casque", "Casque"})
    backend.microphones, backend.speakers = ["Micro interne"], ["Haut-parleurs"]
    wait_until(lambda: told.states() == ["ok", "lost"])
    lost = told.sounds()[-1]
    assert (lost.microphone, lost.speaker) == ("Micro interne", "Haut-parleurs")
    assert "« Casque » n'est plus là" in lost.detail
    wait_until(lambda: {stream.name for stream in backend.open} == {""})  # the defaults, and the call goes on
    wait_until(lambda: rms(sound.read_frame()) > 0)
    backend.microphones, backend.speakers = ["Micro interne", "Micro-casque"], ["Haut-parleurs", "Casque"]
    wait_until(lambda: told.states() == ["ok", "lost", "ok"])
    wait_until(lambda: {stream.name for stream in backend.open} == {"Micro-casque", "Casque"})


def test_a_system_that_moves_streams_in_silence_is_watched_by_name(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Haut-parleurs", "Casque"], moves_streams=True)
    sound = station(SoundChoice(speaker="Casque"), backend)
    sound.call_began()
    wait_until(lambda: told.states() == ["ok"])
    backend.speakers = ["Haut-parleurs"]
    wait_until(lambda: told.states() == ["ok", "lost"])


def test_every_device_gone_then_back(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    sound = station(SoundChoice(), backend)
    sound.call_began()
    wait_until(lambda: len(backend.open) == 2)
    backend.deaf = {""}
    backend.microphones, backend.speakers = [], []
    wait_until(lambda: told.states() == ["ok", "lost"])
    assert sound.read_frame() == bytes(FRAME_BYTES) or sound.read_frame()
    backend.deaf = set()
    backend.microphones, backend.speakers = ["Micro"], ["Casque"]
    wait_until(lambda: told.states() == ["ok", "lost", "ok"])
    wait_until(lambda: len(backend.open) == 2)


def test_a_device_that_is_listed_but_dead_gives_way(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Bluetooth mort", "Haut-parleurs"])
    backend.deaf = {"Bluetooth mort"}
    sound = station(SoundChoice(speaker="Bluetooth mort"), backend)
    sound.call_began()
    wait_until(lambda: told.states() == ["ok", "lost"], 8)
    assert told.sounds()[-1].speaker == "Haut-parleurs"


def test_the_bell_has_its_own_device(station: Make) -> None:
    backend = FakeBackend(["Micro"], ["Casque", "Haut-parleurs"])
    sound = station(SoundChoice(speaker="Casque", ringer="Haut-parleurs"), backend)
    sound.ring(True)
    wait_until(lambda: len(backend.played.get("Haut-parleurs", b"")) > RATE)
    sound.ring(False)
    assert strongest(bytes(backend.played["Haut-parleurs"]), 659) > 0.1
    assert rms(bytes(backend.played.get("Casque", b""))) == 0


def test_the_bell_is_in_the_headset_when_there_is_no_other_device(station: Make) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    sound = station(SoundChoice(), backend)
    sound.ring(True)
    wait_until(lambda: len(backend.played.get("", b"")) > RATE)
    sound.ring(False)
    assert strongest(bytes(backend.played[""]), 659) > 0.1


def test_devices_are_chosen_during_the_call(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro", "Micro 2"], ["Casque", "Casque 2"])
    sound = station(SoundChoice(), backend)
    sound.call_began()
    wait_until(lambda: {stream.name for stream in backend.open} == {""})
    sound.choose(microphone="Micro 2", speaker="Casque 2")
    wait_until(lambda: {stream.name for stream in backend.open} == {"Micro 2", "Casque 2"})
    assert (told.sounds()[-1].microphone, told.sounds()[-1].speaker) == ("Micro 2", "Casque 2")
    assert told.states() == ["ok", "ok"]
    sound.choose(speaker="Casque 2")
    wait_until(lambda: len(told.sounds()) == 3)


def test_a_sound_library_gone_mad_is_told_once_and_survived(station: Make, told: Told) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    backend.fail_listing = True
    sound = station(SoundChoice(), backend)
    sound.call_began()
    wait_until(lambda: any(isinstance(fact, EngineFaulted) for fact in told))
    assert sound.read_frame() == bytes(FRAME_BYTES)
    backend.fail_listing = False
    wait_until(lambda: told.states() == ["ok"])
    assert sum(isinstance(fact, EngineFaulted) for fact in told) == 1


def test_stop_frees_everything_and_can_be_repeated(station: Make) -> None:
    backend = FakeBackend(["Micro"], ["Casque"])
    sound = station(SoundChoice(), backend)
    sound.call_began()
    wait_until(lambda: len(backend.open) == 2)
    sound.stop()
    sound.stop()
    assert backend.open == []


def test_the_volume_is_of_calls_alone_and_hides_nothing_from_the_levels(station: Make, told: Told, tmp_path: Path) -> None:
    path = tmp_path / "casque.wav"
    sound = station(SoundChoice(mic_file=str(write(tmp_path / "v.wav", b"", RATE)), speaker_file=str(path)), None)
    sound.call_began()
    for volume in (0.5, 2.0, 0.0):
        sound.set_volume(volume)
        for n in range(25):
            sound.write_frame(tone(500, 0.5, level=0.3)[n * 640 : (n + 1) * 640])
    assert [fact.speaker for fact in told if isinstance(fact, VolumeChanged)] == [0.5, 2.0, 0.0]
    wait_until(lambda: len(read_wav(path)) == 75 * FRAME_BYTES)
    heard = read_wav(path)
    halved, doubled, silent = (heard[part * 25 * FRAME_BYTES : (part + 1) * 25 * FRAME_BYTES] for part in range(3))
    assert goertzel(halved, 500) == pytest.approx(0.15, rel=0.02)
    assert goertzel(doubled, 500) == pytest.approx(0.6, rel=0.02)
    assert rms(silent) == 0
    sound.write_frame(tone(500, 0.02, level=0.3))
    wait_until(lambda: any(isinstance(fact, LevelsMeasured) and fact.speaker > 0.25 for fact in told[-3:]))
    sound.call_ended()
    before = len(read_wav(path))
    sound.play_tone("congestion")
    wait_until(lambda: len(read_wav(path)) > before + RATE)
    assert rms(read_wav(path)[before:]) > 0.05
    for wrong in (-0.1, 2.1, float("nan"), float("inf")):
        with pytest.raises(OrderUnmet):
            sound.set_volume(wrong)
