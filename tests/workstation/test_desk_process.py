"""The desk's surroundings: what this machine remembers, the sound probe, and the desk as a real process in a terminal, killed and back."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest

from cti.phone.audio.devices import Devices, DeviceUnavailable
from tests.workstation.wait import wait_for
from workstation.config import Settings, config_folder, load_settings, save_settings
from workstation.desk_process import CANNOT_START, run_desk
from workstation.links.sound_probe import Probe, tone
from workstation.links.spool import Spool

ROOT = Path(__file__).parents[2]


def test_settings_come_back_whatever_devices_are_called(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()
    settings = Settings('Micro "USB" \\ é\x7f\n', "Casque [bold]", "", "Zoé")
    save_settings(settings, tmp_path)
    assert load_settings(tmp_path) == settings
    (tmp_path / "station.toml").write_text('microphone = 3\nunknown = "x"\nspeaker = "s"\n')
    assert load_settings(tmp_path) == Settings(speaker="s")
    (tmp_path / "station.toml").write_text("not toml [")
    assert load_settings(tmp_path) == Settings()


def test_plateau_home_moves_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEAU_HOME", str(tmp_path / "home"))
    assert config_folder() == tmp_path / "home"
    assert save_settings(Settings(agent_name="A")).parent == tmp_path / "home"
    assert load_settings().agent_name == "A"


def test_a_second_desk_on_the_same_folder_does_not_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spool = Spool(tmp_path / "desk.spool")

    def no_phone(settings: Settings) -> Any:
        raise AssertionError("not reached")

    assert run_desk("http://127.0.0.1:9", "t", no_phone, tmp_path, settings=Settings()) == CANNOT_START
    assert "déjà ouvert" in capsys.readouterr().err
    spool.close()


class FakeBackend:
    name, moves_streams = "fake", False

    def __init__(self) -> None:
        self.open: list[str] = []
        self.take: Any = None
        self.fill: Any = None

    def list(self) -> Devices:
        return Devices(("Micro",), ("Casque",))

    def _stream(self, name: str) -> Any:
        backend = self
        backend.open.append(name)

        class Stream:
            last_callback = 0.0

            def close(self) -> None:
                backend.open.remove(name)

        return Stream()

    def open_microphone(self, name: str, take: Any) -> Any:
        if name == "gone":
            raise DeviceUnavailable("absent")
        self.take = take
        return self._stream(f"mic {name}")

    def open_speaker(self, name: str, fill: Any) -> Any:
        self.fill = fill
        return self._stream(f"speaker {name}")


def test_the_probe_listens_plays_and_lets_go() -> None:
    backend, said = FakeBackend(), list[dict[str, Any]]()
    probe = Probe(backend, said.append)
    probe.measure()
    assert said == []
    probe.obey({"microphone": "a"})
    probe.obey({"microphone": "b"})
    assert backend.open == ["mic b"]
    backend.take(struct.pack("<2h", 16384, -16384))
    probe.measure()
    assert said == [{"level": 0.5}]
    probe.obey({"tone": "c"})
    assert backend.fill(len(tone())) == tone() and backend.fill(4) == b"\0" * 4
    probe.obey({"tone": "d"})
    assert backend.open == ["mic b", "speaker d"]
    probe.obey({"microphone": "gone"})
    assert said[-1] == {"trouble": "absent"}
    probe.obey({"quiet": True})
    assert backend.open == []


def test_the_probe_as_a_process_speaks_json_and_ends_with_its_input() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "workstation.links.sound_probe"], cwd=ROOT, input="", capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0
    assert set(json.loads(run.stdout.splitlines()[0])) == {"microphones", "speakers"}


class Terminal:
    """A desk on fakes in a pseudo-terminal of its own, all it has drawn kept as text."""

    def __init__(self, folder: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.drawn = ""
        command = [sys.executable, "-m", "tests.workstation.desk_of_tests", "--folder", str(folder), "--ring", "1", "--calls", "1"]
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                return
            if not chunk:
                return
            self.drawn += chunk.decode("utf-8", "replace")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    async def ended(self) -> None:
        await wait_for(lambda: self.process.poll() is not None, "the desk to end")
        self._reader.join(5)
        os.close(self.master)


async def test_kill_9_loses_nothing_that_was_typed(tmp_path: Path) -> None:
    desk = Terminal(tmp_path)
    waiting = tmp_path / "desk.spool-wal"
    try:
        await wait_for(lambda: "Prise de poste" in desk.drawn, "the desk", within=60)
        desk.type("\r")
        await wait_for(lambda: "SONNE" in desk.drawn, "a call", within=60)
        desk.type("\x1bOR")  # F3
        await wait_for(lambda: "En communication" in desk.drawn, "the conversation", within=30)
        desk.type("\x1bOS")  # F4
        await wait_for(lambda: "Post-appel" in desk.drawn, "the wrap-up", within=30)
        desk.type("\x1b[19~")  # F8
        await wait_for(lambda: "Qualification de l'appel" in desk.drawn, "the qualification", within=30)
        desk.type("\t\tpromis")
        await wait_for(lambda: b"promis" in waiting.read_bytes(), "the draft on the disk", within=30)
    finally:
        os.kill(desk.process.pid, signal.SIGKILL)
        await desk.ended()
    spool = await asyncio.to_thread(Spool, tmp_path / "desk.spool")
    drafts = list(spool.drafts().values())
    spool.close()
    assert [draft["fields"]["comment"] for draft in drafts] == ["promis"]
    assert "Traceback" not in desk.drawn
