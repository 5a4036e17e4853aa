"""Our phone process alone, and the whole desk of the practice lab, as a benchmark starts and calls them."""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from benchmarks.processes import PtyProgram, command_of, stop_tree, tree, udp_ports, wait_for
from cti.message_lines import BadMessage, decode_fact, encode
from cti.messages import AnswerCall, CallAnswered, CallOffered, Fact, PhoneStarted
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.port import PhoneSettings

F = TypeVar("F")


class PhoneProcess:
    """`python -m cti.phone`, which answers every call at once. Its facts are read by one thread."""

    def __init__(self, sound: SoundChoice, environment: dict[str, str] | None = None, log: Path | None = None) -> None:
        self._sound = sound
        self._environment = {**os.environ, **(environment or {})}
        self._log = log
        self.facts: queue.SimpleQueue[Fact] = queue.SimpleQueue()

    def __enter__(self) -> PhoneProcess:
        settings = json.dumps(dataclasses.asdict(PhoneSettings(user="poste", codecs=("PCMA",))))
        words = [sys.executable, "-m", "cti.phone", "--settings", settings, "--sound", json.dumps(dataclasses.asdict(self._sound))]
        with open(self._log or os.devnull, "ab") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=self._environment)
        self._reader = threading.Thread(target=self._read, name="facts", daemon=True)
        self._reader.start()
        contact = self.wait(PhoneStarted).contact
        host, _, port = contact.partition("@")[2].partition(";")[0].rpartition(":")
        self.target = (host, int(port), "poste")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(6)
        except subprocess.TimeoutExpired:
            stop_tree(self._process, 1)
        self._reader.join(2)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, kind: type[F], within: float = 10.0) -> F:
        """The next fact of a kind; the others before it are dropped. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while True:
            try:
                fact = self.facts.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"the phone told no {kind.__name__} within {within:g} s") from None
            if isinstance(fact, kind):
                return fact

    def _read(self) -> None:
        assert self._process.stdout is not None and self._process.stdin is not None
        for line in self._process.stdout:
            try:
                fact = decode_fact(line.decode("utf-8", "replace"))
            except BadMessage:
                continue
            if isinstance(fact, CallOffered):
                self._process.stdin.write((encode(AnswerCall(fact.call_id)) + "\n").encode())
                self._process.stdin.flush()
            if isinstance(fact, (PhoneStarted, CallAnswered)):
                self.facts.put(fact)


class LabDesk(PtyProgram):
    """`plateau lab --no-sound` on a terminal of 120 columns and 36 lines, an agent signed in and not ready: no simulation calls it.

    `desk_pid` is the desk's, `phone_pid` its phone's; `target` is where to call it."""

    def __init__(self, folder: Path) -> None:
        environment = {"PLATEAU_HOME": str(folder), "LC_ALL": "C.UTF-8", "LANGUAGE": "fr"}
        super().__init__([sys.executable, "-m", "workstation", "lab", "--no-sound"], environment)

    def __enter__(self) -> LabDesk:
        super().__enter__()
        try:
            self.painted.wait("Prise de poste", within=60)
            self.desk_pid = wait_for(lambda: self._child(self.pid, "workstation desk"), "the desk runs")
            self.phone_pid = wait_for(lambda: self._child(self.desk_pid, "cti.phone"), "the desk's phone runs")
            self.painted.wait("ligne prête", within=30)
            self.target = ("127.0.0.1", wait_for(lambda: udp_ports(self.phone_pid), "the desk's phone listens")[0], "poste")
            self.type("Camille Essai\r")
            self.painted.wait("En retrait (connexion)", within=20)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _child(self, parent: int, words: str) -> int:
        return next((pid for pid in tree(parent)[1:] if words in command_of(pid)), 0)
