"""Between the engine and the station's sound: a call kept as one WAV of both voices, where this phone may record at all.

Only a phone that was started with a folder for it records (`PhoneSettings.recordings`); an exam's never is. One call at a time. The
file's seconds are those of the call from the order on: what was held, or not heard for want of frames, is silence in its place.
The engine's media thread calls `read_frame` and `write_frame`; orders and facts come from the phone's own threads; a thread of its own
writes the file.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallResumed,
    Fact,
    RecordCall,
    RecordingBegan,
    RecordingEnded,
    Refusal,
    StopRecording,
)
from cti.phone.audio.levels import mix
from cti.phone.audio.port import FRAME_BYTES, FRAME_MS, RATE, SoundIO
from cti.phone.audio.wav_files import SoundFileError, SpeakerFile
from cti.phone.port import OrderUnmet

BUILDING = ".new"  # ends the name of a file that is being written
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\.wav")
FLUSHED_EVERY = 0.25  # seconds
LONGEST = 3600.0  # seconds of one recording
TOO_LATE = 0.1  # seconds of missing frames that are silence in the file; less is the jitter of two clocks
_SILENCE = bytes(FRAME_BYTES)
_SAID_AT_MOST = 10  # frames of the microphone that wait for one from the far end


class _Recording:
    """One file being written. `began` is the clock's; `held`: the call is on hold, by either side's wish of ours."""

    def __init__(self, call_id: str, call_key: str, path: Path, began: float) -> None:
        self.call_id, self.call_key, self.path, self.began = call_id, call_key, path, began
        self.building = path.with_name(path.name + BUILDING)
        self.file = SpeakerFile(self.building)
        self.said: deque[bytes] = deque(maxlen=_SAID_AT_MOST)
        self.held = False
        self.frames = 0

    @property
    def seconds(self) -> float:
        return self.frames * FRAME_MS / 1000

    def take(self, heard: bytes, now: float) -> None:
        """A frame of the far end, with what was said meanwhile."""
        said = self.said.popleft() if self.said else _SILENCE
        missing = now - self.began - self.seconds - FRAME_MS / 1000
        if self.seconds >= LONGEST:
            return
        if missing > TOO_LATE:
            self._silence(missing)
        self._add(mix(heard, said) if len(heard) == len(said) else _SILENCE)

    def _silence(self, seconds: float) -> None:
        for _frame in range(round(min(seconds, LONGEST) * RATE * 2 / FRAME_BYTES)):
            self._add(_SILENCE)

    def _add(self, frame: bytes) -> None:
        self.file.add(frame)
        self.frames += 1


class CallRecorder:
    """A SoundIO round another. `folder` "": nothing is ever recorded here. `emit` takes facts from any thread; `clock`, in seconds, does
    not go back."""

    def __init__(self, sound: SoundIO, folder: str, emit: Callable[[Fact], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._sound, self._folder, self._emit, self._clock = sound, folder, emit, clock
        self._keys: dict[str, str] = {}  # of answered calls that are not over, by call id
        self._held: set[str] = set()
        self._recording: _Recording | None = None
        self._lock = threading.Lock()  # of beginning and ending
        self._over = threading.Event()
        self._writer: threading.Thread | None = None
        for left in Path(folder).glob(f"*.wav{BUILDING}") if folder else ():  # by a phone that died: whole up to its last flush
            left.replace(left.with_name(left.name.removesuffix(BUILDING)))

    # --- the phone's side ---------------------------------------------------------------------------

    def obey(self, order: RecordCall | StopRecording) -> None:
        """Raises OrderUnmet."""
        if isinstance(order, StopRecording):
            recording = self._recording
            if recording is None or recording.call_id != order.call_id:
                raise OrderUnmet(Refusal.NO_SUCH_CALL, "this call is not being recorded")
            self._end(recording, discard=order.discard)
            return
        if not self._folder:
            raise OrderUnmet(Refusal.UNABLE, "this phone does not record")
        if order.call_id not in self._keys:
            raise OrderUnmet(Refusal.NO_SUCH_CALL, "no answered call of that name")
        if not NAME.fullmatch(order.name):
            raise OrderUnmet(Refusal.BAD_VALUE, "not a name of a WAV file")
        with self._lock:
            if self._recording is not None:
                raise OrderUnmet(Refusal.CALL_EXISTS, "another call is being recorded")
            path = Path(self._folder) / order.name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                made = _Recording(order.call_id, self._keys[order.call_id], path, self._clock())
            except (OSError, SoundFileError) as error:
                raise OrderUnmet(Refusal.FAULT, str(error)) from None
            made.held = order.call_id in self._held
            self._over.clear()
            self._recording = made
            self._writer = threading.Thread(target=self._write, args=(made,), name="call-recorder", daemon=True)
            self._writer.start()
        self._emit(RecordingBegan(made.call_id, made.call_key))

    def told(self, fact: Fact) -> None:
        """What the engine says, before anybody else hears of it."""
        if isinstance(fact, CallAnswered):
            self._keys[fact.call_id] = fact.call_key
        elif isinstance(fact, (CallHeld, CallResumed)):
            (self._held.add if isinstance(fact, CallHeld) else self._held.discard)(fact.call_id)
            recording = self._recording
            if recording is not None and recording.call_id == fact.call_id:
                recording.held = isinstance(fact, CallHeld)
        elif isinstance(fact, CallEnded):
            self._keys.pop(fact.call_id, None)
            self._held.discard(fact.call_id)
            recording = self._recording
            if recording is not None and recording.call_id == fact.call_id:
                self._end(recording)

    def _write(self, recording: _Recording) -> None:
        """Until it is over; a disk that takes no more ends it."""
        while not self._over.wait(FLUSHED_EVERY):
            try:
                recording.file.flush()
            except OSError as error:
                self._end(recording, why=str(error.strerror or error))
                return

    def _end(self, recording: _Recording, *, discard: bool = False, why: str = "") -> None:
        with self._lock:
            if self._recording is not recording:
                return
            self._recording = None
            self._over.set()
        writer = self._writer
        if writer is not None and writer is not threading.current_thread():
            writer.join(5)
        try:
            recording.file.close()
        except OSError as error:
            why = why or str(error.strerror or error)
        if discard:
            recording.building.unlink(missing_ok=True)
        else:
            recording.building.replace(recording.path)
        name = "" if discard else recording.path.name
        self._emit(RecordingEnded(recording.call_id, recording.call_key, name, round(recording.seconds, 2), why))

    # --- the engine's side: SoundIO -----------------------------------------------------------------

    def start(self) -> None:
        self._sound.start()

    def stop(self) -> None:
        recording = self._recording
        if recording is not None:
            self._end(recording)
        self._sound.stop()

    def call_began(self) -> None:
        self._sound.call_began()

    def call_ended(self) -> None:
        self._sound.call_ended()

    def read_frame(self) -> bytes:
        frame = self._sound.read_frame()
        recording = self._recording
        if recording is not None and not recording.held:
            recording.said.append(frame)
        return frame

    def write_frame(self, pcm: bytes) -> None:
        recording = self._recording
        if recording is not None and not recording.held:
            recording.take(pcm, self._clock())
        self._sound.write_frame(pcm)
