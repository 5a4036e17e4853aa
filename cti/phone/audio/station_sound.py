"""The sound of one station: microphone, headset, bell, tones and levels; devices that come and go; files in their stead.

Three threads meet here. The engine's media thread calls `read_frame` and `write_frame`; each device
calls back from its own; the *supervisor* opens and closes devices, watches them, writes files and
tells facts. Only the supervisor may wait. Devices are open while there is something to hear (a call, a
tone, the bell, the trial after a choice), the microphone only in a call or a trial.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cti.messages import EngineFaulted, Fact, LevelsMeasured, Refusal, SoundChanged, VolumeChanged
from cti.phone.audio.devices import Devices, DeviceStream, DeviceUnavailable, SoundBackend, choose_backend
from cti.phone.audio.levels import PeakMeter, amplified, mix
from cti.phone.audio.places import Kind, Place, place
from cti.phone.audio.port import FRAME_BYTES
from cti.phone.audio.ring import BYTES_PER_MS, Ring
from cti.phone.audio.tones import TonePlayer
from cti.phone.audio.wav_files import MicrophoneFile, SpeakerFile
from cti.phone.port import OrderUnmet

SILENCE = bytes(FRAME_BYTES)
TICK = 0.1  # seconds between two looks of the supervisor while sound runs; also the pace of LevelsMeasured
IDLE_TICK = 1.0
STALLED = 0.5  # seconds without a callback: the device is gone
OPENING = 3.0  # seconds a device may take to its first callback (Bluetooth changes profile)
RELIST = {"ok": 2.0, "file": 2.0, "lost": 1.0, "none": 5.0}  # seconds between two looks at the list of devices
LINGER = 2.0  # seconds the headset stays open after the last sound
TRIAL = 10.0  # seconds of sound after a choice of devices, for the levels to be seen
LOUDEST = 2.0
FORGIVE_SILENT, FORGIVE_SHUT = 10.0, 2.0  # seconds after which a device that gave no sound, or did not open, is tried again


@dataclass(frozen=True)
class SoundChoice:
    """Device names as listed, "" for the machine's default; files replace devices; `none`: no sound at all."""

    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    mic_file: str = ""
    speaker_file: str = ""
    none: bool = False


def safe_volume(speaker: float) -> float:
    """0.0 .. LOUDEST; raises OrderUnmet."""
    if not 0.0 <= speaker <= LOUDEST:  # not a number is not within, either
        raise OrderUnmet(Refusal.BAD_VALUE, f"a volume is 0.0 to {LOUDEST}")
    return float(speaker)


class _Outlet:
    """One open device, or none; opened, watched and closed by the supervisor only."""

    def __init__(self, kind: Kind, open_stream: Callable[[str], DeviceStream]) -> None:
        self.kind = kind
        self.place = Place()
        self.silent: dict[str, float] = {}  # devices listed that did not call back: until when they are left out
        self._open_stream = open_stream
        self._stream: DeviceStream | None = None
        self._key = ""
        self._opened = 0.0

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def move(self, target: Place, needed: bool, now: float) -> None:
        self.place = target
        if self._stream is not None and (not needed or not target.usable or target.key != self._key):
            self.close()
        if self._stream is None and needed and target.usable:
            try:
                self._stream = self._open_stream(target.key)
                self._key, self._opened = target.key, now
            except DeviceUnavailable:
                self.silent[target.shown] = now + FORGIVE_SHUT

    def stalled(self, now: float) -> bool:
        """True once the open device gives no sign of life; it is closed then."""
        if self._stream is None:
            return False
        last = self._stream.last_callback
        if now - last < STALLED or (not last and now - self._opened < OPENING):
            return False
        if not last:  # listed, opened, and never a sound
            self.silent[self.place.shown] = now + FORGIVE_SILENT
        self.close()
        return True

    def flows(self, now: float) -> bool:
        """Whether the open device calls back. From any thread."""
        stream = self._stream
        last = stream.last_callback if stream is not None else 0.0
        return bool(last) and now - last < STALLED

    def left_out(self, now: float) -> frozenset[str]:
        self.silent = {name: until for name, until in self.silent.items() if until > now}
        return frozenset(self.silent)


class StationSound:
    """A SoundIO (see `port.py`), and the station's bell, tones, mute and choice of devices. All methods return at once."""

    def __init__(self, choice: SoundChoice, emit: Callable[[Fact], None], backend: SoundBackend | None) -> None:
        """Raises SoundFileError."""
        self._choice = choice
        self._emit = emit
        self._mic_file = MicrophoneFile(Path(choice.mic_file)) if choice.mic_file and not choice.none else None
        self._speaker_file = SpeakerFile(Path(choice.speaker_file)) if choice.speaker_file and not choice.none else None
        self._backend = None if choice.none or (self._mic_file and self._speaker_file) else backend
        self._heard, self._spoken = Ring(), Ring()  # towards the headset; from the microphone
        self._mic_level, self._speaker_level = PeakMeter(), PeakMeter()
        self._in_call = self._muted = self._ringing = False
        self._volume = 1.0
        self._tone: TonePlayer | None = None
        self._bell: TonePlayer | None = None
        self._until = 0.0  # sound is kept up until then
        self._trial_until = 0.0
        self._tone_recorded = 0.0  # until when the file has the tone
        self._devices = Devices()
        self._listed_at = 0.0
        self._had_devices = False
        self._told: SoundChanged | None = None
        self._fault = ""
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._outlets: dict[str, _Outlet] = {}
        if self._backend:
            sounds = self._backend
            if not self._mic_file:
                self._outlets["microphone"] = _Outlet("microphone", lambda name: sounds.open_microphone(name, self._take))
            if not self._speaker_file:
                self._outlets["speaker"] = _Outlet("speaker", lambda name: sounds.open_speaker(name, self._fill))
                self._outlets["ringer"] = _Outlet("speaker", lambda name: sounds.open_speaker(name, self._fill_bell))

    # --- the engine's side: never waits, never raises ---------------------------------------------------

    def read_frame(self) -> bytes:
        frame = self._mic_file.take() if self._mic_file else self._spoken.get(FRAME_BYTES)
        if self._muted:
            return SILENCE
        if self._mic_file:
            self._mic_level.see(frame)
        return frame

    def write_frame(self, pcm: bytes) -> None:
        self._speaker_level.see(pcm)  # before the volume: who turned it down must not seem to hear nothing
        if self._volume != 1.0:
            pcm = amplified(pcm, self._volume)
        if self._speaker_file:
            tone = self._tone
            self._speaker_file.add(mix(pcm, tone.take(len(pcm))) if tone else pcm)
        elif "speaker" in self._outlets:
            self._heard.put(pcm)

    def call_began(self) -> None:
        self._heard.clear()
        self._spoken.clear()
        if self._mic_file:
            self._mic_file.rewind()
        self._in_call = True
        self._wake.set()

    def call_ended(self) -> None:
        self._in_call = False
        self._until = time.monotonic() + LINGER
        self._wake.set()

    # --- the phone's side ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begins to watch the devices; what they are comes as SoundChanged. Idempotent."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._supervise, name="station-sound", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Frees every device and closes the files. Idempotent."""
        thread, self._thread = self._thread, None
        self._stopping = True
        self._wake.set()
        if thread is not None:
            thread.join(5)
        if self._speaker_file:
            try:
                self._speaker_file.close()
            except OSError as error:
                self._tell_fault(f"{self._speaker_file.name} : {error.strerror or error}")

    def mute(self, muted: bool) -> None:
        """What is said while muted goes nowhere, not even into a buffer."""
        self._muted = muted
        self._spoken.clear()

    def set_volume(self, speaker: float) -> None:
        """How loud calls are, 0.0 .. LOUDEST; tones and the bell are not touched. Told as VolumeChanged; raises OrderUnmet."""
        self._volume = safe_volume(speaker)
        self._emit(VolumeChanged(self._volume))

    def play_tone(self, name: str) -> None:
        """A tone of `tones.TONES` in the headset, over the call if there is one, until `stop_tone`."""
        self._tone = TonePlayer(name)
        self._tone_recorded = time.monotonic()
        self._wake.set()

    def stop_tone(self) -> None:
        self._tone = None
        self._until = time.monotonic() + LINGER
        self._wake.set()

    def ring(self, on: bool) -> None:
        """The bell, on the ring device; on the headset when both are the same."""
        if on and not self._ringing:
            self._bell = TonePlayer("ringer")
        self._ringing = on
        if not on:
            self._bell = None
            self._until = time.monotonic() + LINGER
        self._wake.set()

    def choose(self, microphone: str | None = None, speaker: str | None = None, ringer: str | None = None) -> None:
        """Use these devices, by name, at once, call or not; None leaves as is. Sound runs some seconds for the levels to be seen."""
        now = self._choice
        self._choice = replace(
            now,
            microphone=now.microphone if microphone is None else microphone,
            speaker=now.speaker if speaker is None else speaker,
            ringer=now.ringer if ringer is None else ringer,
        )
        for outlet in self._outlets.values():
            outlet.silent = {}
        self._trial_until = time.monotonic() + TRIAL
        self._listed_at = 0.0
        self._told = None  # the choice is answered even when nothing changes
        self._wake.set()

    @property
    def flowing(self) -> tuple[bool, bool]:
        """Whether the microphone and the headset give sound now: a device that calls back, or the file in its stead."""
        now = time.monotonic()

        def flows(role: str, file: object) -> bool:
            outlet = self._outlets.get(role)
            return file is not None or (outlet is not None and outlet.flows(now))

        return flows("microphone", self._mic_file), flows("speaker", self._speaker_file)

    # --- the devices' side --------------------------------------------------------------------------------

    def _take(self, pcm: bytes) -> None:
        if self._muted:
            return
        self._mic_level.see(pcm)
        if self._in_call:
            self._spoken.put(pcm)

    def _fill(self, size: int) -> bytes:
        pcm = self._heard.get(size) if self._in_call else bytes(size)
        if tone := self._tone:
            pcm = mix(pcm, tone.take(size))
            self._speaker_level.see(pcm)
        if (bell := self._bell) and not self._has_own_bell:
            pcm = mix(pcm, bell.take(size))
        return pcm

    def _fill_bell(self, size: int) -> bytes:
        bell = self._bell
        return bell.take(size) if bell else bytes(size)

    @property
    def _has_own_bell(self) -> bool:
        return self._outlets["ringer"].is_open

    # --- the supervisor -----------------------------------------------------------------------------------

    def _supervise(self) -> None:
        while not self._stopping:
            now = time.monotonic()
            sounding = self._sounding(now)
            try:
                self._watch(now, sounding)
                self._write_file(now)
                if self._in_call or now < self._trial_until:
                    self._emit(LevelsMeasured(round(self._mic_level.read(), 4), round(self._speaker_level.read(), 4)))
            except Exception as error:  # a sound library's surprise must not leave the station deaf: said, and tried again
                self._tell_fault(f"{type(error).__name__}: {error}")
            self._wake.wait(TICK if sounding else IDLE_TICK)
            self._wake.clear()
        for outlet in self._outlets.values():
            outlet.close()

    def _sounding(self, now: float) -> bool:
        return self._in_call or self._ringing or self._tone is not None or now < max(self._until, self._trial_until)

    def _watch(self, now: float, sounding: bool) -> None:
        stalled = [outlet for outlet in self._outlets.values() if outlet.stalled(now)]
        every = RELIST[self._told.state] if self._told else 0.0
        if sounding and self._backend and self._backend.moves_streams:
            every = min(every, RELIST["lost"])  # there, a missing name is the only sign
        if self._backend and (stalled or now - self._listed_at >= every):
            self._devices, self._listed_at = self._backend.list(), now
        listening = self._in_call or now < self._trial_until
        for role, outlet in self._outlets.items():
            wanted = getattr(self._choice, role)
            target = place(outlet.kind, wanted, self._devices, outlet.left_out(now))
            if role == "ringer":
                outlet.move(target, self._ringing and target.shown != self._outlets["speaker"].place.shown, now)
            else:
                outlet.move(target, listening if role == "microphone" else sounding, now)
        self._tell()

    def _tell(self) -> None:
        fact = self._state()
        if fact != self._told:
            self._told = fact
            self._emit(fact)

    def _state(self) -> SoundChanged:
        places = {role: outlet.place for role, outlet in self._outlets.items()}
        self._had_devices = self._had_devices or any(each.usable for each in places.values())
        shown = {
            "microphone": self._mic_file.name if self._mic_file else places.get("microphone", Place()).shown,
            "speaker": self._speaker_file.name if self._speaker_file else places.get("speaker", Place()).shown,
            "ringer": places.get("ringer", Place()).shown,
        }
        missing = " ; ".join(dict.fromkeys(each.missing for each in places.values() if each.missing))
        files = self._mic_file is not None or self._speaker_file is not None
        if not files and not self._had_devices:
            return SoundChanged(
                "none", detail="aucun appareil de son sur cette machine" if not self._choice.none else "son coupé à la demande"
            )
        if missing and self._had_devices:
            return SoundChanged("lost", **shown, detail=missing)
        return SoundChanged("file" if files else "ok", **shown, detail=missing)

    def _write_file(self, now: float) -> None:
        if self._speaker_file is None:
            return
        if (tone := self._tone) and not self._in_call:  # nobody's clock runs outside a call: the file takes the time that passed
            elapsed = int((now - self._tone_recorded) * 1000)
            self._speaker_file.add(tone.take(elapsed * BYTES_PER_MS))
            self._tone_recorded += elapsed / 1000
        try:
            self._speaker_file.flush()
        except OSError as error:
            self._tell_fault(f"{self._speaker_file.name} : {error.strerror or error}")

    def _tell_fault(self, what: str) -> None:
        """Once for each fault in a row, not ten times a second."""
        if what != self._fault:
            self._fault = what
            self._emit(EngineFaulted("sound", what))


def open_station_sound(choice: SoundChoice, emit: Callable[[Fact], None]) -> StationSound:
    """The sound of this machine, not started yet. Raises SoundFileError for a file that cannot be used."""
    return StationSound(choice, emit, choose_backend())
