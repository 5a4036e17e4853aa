"""The phone process: an engine and its sound, orders in on stdin, facts out on what was stdout when it started.

`python -m cti.phone --engine pjsua2 --settings JSON --sound JSON`. One JSON object a line both ways (`cti.messages`).
The end of stdin is the end of the phone: nobody is left to take orders. Exit codes: 0 stopped cleanly, 69 (EX_UNAVAILABLE)
the engine cannot run here, 64 (EX_USAGE) bad arguments, 70 (EX_SOFTWARE) the engine died.
"""

from __future__ import annotations

import argparse
import dataclasses
import faulthandler
import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, TypeVar, cast

from cti.message_lines import BadMessage, decode_order, encode
from cti.messages import (
    ChooseDevices,
    EngineFaulted,
    Fact,
    HearPattern,
    LevelsMeasured,
    MuteMicrophone,
    Order,
    OrderRefused,
    ProbeLoop,
    RecordCall,
    Refusal,
    SetVolume,
    StopPhone,
    StopRecording,
    clean_text,
)  # fmt: skip
from cti.phone.audio.station_sound import SoundChoice, StationSound, open_station_sound
from cti.phone.audio.wav_files import SoundFileError
from cti.phone.call_recorder import CallRecorder
from cti.phone.port import EngineUnavailable, OrderUnmet, PhoneSettings, SoftphoneEngine
from cti.phone.sound_checks import SoundChecks
from cti.phone.tone_choice import Sounding, ToneChoice

ENGINES = {
    "pjsua2": ("cti.phone.pjsua2_engine", "Pjsua2Engine"),
    "pyvoip": ("cti.phone.pyvoip_engine", "PyVoipEngine"),
    "fake": ("cti.phone.fake_engine", "FakeEngine"),
}
EX_USAGE, EX_UNAVAILABLE, EX_SOFTWARE = 64, 69, 70
ENGINE_THREAD = "engine thread"  # EngineFaulted.where of an engine that is dead
MAX_LINE = 64 * 1024  # bytes of one order
MAX_WAITING = 5_000  # facts not yet written; the parent is dead or stuck beyond that
TONE_TICK = 0.1  # seconds

T = TypeVar("T")


class BadSettings(ValueError):
    """--settings or --sound is not what it should be; the message says where."""


def claim_stdout() -> int:
    """A private descriptor for the facts; whatever else prints on stdout (PJSIP does) goes to stderr from now on."""
    facts = os.dup(1)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (0, facts):
            msvcrt.setmode(descriptor, os.O_BINARY)
    return facts


def parse_fields(kind: type[T], text: str) -> T:
    """A dataclass from a JSON object; raises BadSettings on unknown fields and wrong JSON."""
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise BadSettings(f"{kind.__name__}: {error}") from None
    names = {field.name for field in dataclasses.fields(cast(Any, kind))}
    if not isinstance(body, dict) or set(body) - names:
        raise BadSettings(f"{kind.__name__}: unknown field {', '.join(sorted(set(body) - names)) if isinstance(body, dict) else body!r}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in body.items()})


def make_engine(name: str) -> SoftphoneEngine:
    """Raises EngineUnavailable when its package is not installed."""
    module, maker = ENGINES[name]
    try:
        return cast(SoftphoneEngine, getattr(importlib.import_module(module), maker)())
    except ImportError as error:
        raise EngineUnavailable(f"{name}: {error}") from error


class FactWriter:
    """Facts to the parent, from any thread, without waiting for it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: queue.SimpleQueue[Fact | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="facts", daemon=True)
        self._thread.start()

    def tell(self, fact: Fact) -> None:
        if self._waiting.qsize() > MAX_WAITING // 10 and isinstance(fact, LevelsMeasured):
            return
        if self._waiting.qsize() < MAX_WAITING:
            self._waiting.put(fact)

    def close(self) -> None:
        """Write what waits, at most for a second."""
        self._waiting.put(None)
        self._thread.join(1.0)

    def _write(self) -> None:
        while (fact := self._waiting.get()) is not None:
            data = (encode(fact) + "\n").encode("utf-8", "replace")
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:  # the parent is gone: the end of stdin will say so too
                return


def read_lines(descriptor: int) -> Iterator[bytes]:
    """Lines of a descriptor until its end; a line longer than MAX_LINE is given cut, so that it is refused and not kept."""
    held = b""
    skipping = False
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:
            return
        if not chunk:
            return
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            if not skipping and line.strip():
                yield line
            skipping = False
        if len(held) > MAX_LINE:
            if not skipping:
                yield held[:100]
            held, skipping = b"", True


class Phone:
    """Orders to the engine or to the sound; facts to the parent and to the tones."""

    def __init__(self, engine: SoftphoneEngine, settings: PhoneSettings, choice: SoundChoice, writer: FactWriter) -> None:
        self._engine = engine
        self._settings = settings
        self._choice = choice
        self._writer = writer
        self._tones = ToneChoice()
        self._tones_lock = threading.Lock()
        self._sounding = Sounding()
        self._sound: StationSound | None = None
        self._checks: SoundChecks | None = None
        self._recorder: CallRecorder | None = None
        self.inbox: queue.SimpleQueue[bytes | int] = queue.SimpleQueue()
        """Order lines, or the exit code to leave with."""

    def start(self) -> None:
        """Raises EngineUnavailable and SoundFileError."""
        self._sound = open_station_sound(self._choice, self._writer.tell)
        self._sound.start()
        self._checks = SoundChecks(self._sound, self._writer.tell)
        self._recorder = CallRecorder(self._checks, self._settings.recordings, self._writer.tell)
        self._engine.start(self._settings, self._recorder, self.tell)

    def tell(self, fact: Fact) -> None:
        if self._checks is not None:
            self._checks.told(fact)
        self._writer.tell(fact)
        if self._recorder is not None:
            self._recorder.told(fact)
        if isinstance(fact, EngineFaulted) and fact.where == ENGINE_THREAD:
            self.inbox.put(EX_SOFTWARE)
            return
        with self._tones_lock:
            self._tones.told(fact, time.monotonic())
            self._play()

    def run(self) -> int:
        """Carry out orders until the end; the exit code."""
        assert self._checks is not None
        while True:
            try:
                item = self.inbox.get(timeout=TONE_TICK if self._sounding.tone or self._checks.waiting else None)
            except queue.Empty:
                self._checks.tick()
                with self._tones_lock:
                    self._play()
                continue
            if isinstance(item, int):
                return item
            if not item:
                continue
            try:
                order = decode_order(item.decode("utf-8", "replace"))
            except BadMessage as error:
                self._writer.tell(OrderRefused("", Refusal.UNREADABLE, detail=clean_text(str(error))))
                continue
            if isinstance(order, StopPhone):
                return 0
            self._obey(order)

    def stop(self) -> None:
        self._engine.stop()
        if self._recorder is not None:
            self._recorder.stop()
        elif self._sound is not None:
            self._sound.stop()

    def _obey(self, order: Order) -> None:
        assert self._sound is not None and self._checks is not None and self._recorder is not None
        if isinstance(order, (ProbeLoop, HearPattern, RecordCall, StopRecording)):
            try:
                if isinstance(order, (ProbeLoop, HearPattern)):
                    self._checks.obey(order)
                else:
                    self._recorder.obey(order)
            except OrderUnmet as error:
                self._writer.tell(error.told(type(order).__name__, order.call_id))
            return
        if isinstance(order, ChooseDevices):
            self._sound.choose(order.microphone, order.speaker, order.ringer)
            return
        if isinstance(order, SetVolume):
            try:
                self._sound.set_volume(order.speaker)
            except OrderUnmet as error:
                self._writer.tell(error.told("SetVolume", ""))
            return
        if isinstance(order, MuteMicrophone):
            self._sound.mute(order.muted)
            self._checks.mute(order.muted)
        self._engine.execute(order)

    def _play(self) -> None:
        wanted, was = self._tones.sounding(time.monotonic()), self._sounding
        if wanted == was or self._sound is None:
            return
        self._sounding = wanted
        if wanted.bell != was.bell:
            self._sound.ring(wanted.bell)
        if wanted.tone != was.tone:
            if wanted.tone:
                self._sound.play_tone(wanted.tone)
                self.inbox.put(b"")  # the loop may be waiting for ever: a tone that ends by itself needs its tick
            else:
                self._sound.stop_tone()


def main(arguments: list[str] | None = None) -> int:
    facts = claim_stdout()
    parser = argparse.ArgumentParser(prog="python -m cti.phone")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="pjsua2")
    parser.add_argument("--settings", default="{}", help="PhoneSettings as JSON")
    parser.add_argument("--sound", default="{}", help="SoundChoice as JSON")
    options = parser.parse_args(arguments)
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started us; it closes stdin
    writer = FactWriter(facts)
    try:
        settings = parse_fields(PhoneSettings, options.settings)
        choice = parse_fields(SoundChoice, options.sound)
        phone = Phone(make_engine(options.engine), settings, choice, writer)
        signal.signal(signal.SIGTERM, lambda *_: phone.inbox.put(0))
        phone.start()
    except (BadSettings, SoundFileError) as error:
        return _give_up(writer, str(error), EX_USAGE)
    except EngineUnavailable as error:
        return _give_up(writer, str(error), EX_UNAVAILABLE)
    reader = threading.Thread(target=_read_orders, args=(phone,), name="orders", daemon=True)
    reader.start()
    try:
        code = phone.run()
    finally:
        phone.stop()
        writer.close()
    return code


def _read_orders(phone: Phone) -> None:
    for line in read_lines(0):
        phone.inbox.put(line)
    phone.inbox.put(0)


def _give_up(writer: FactWriter, reason: str, code: int) -> int:
    writer.tell(EngineFaulted("start", clean_text(reason)))
    writer.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
