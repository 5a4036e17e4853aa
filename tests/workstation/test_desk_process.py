"""The desk's surroundings: what this machine remembers, the sound probe, and the desk as a real process in a terminal, killed and back."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cti.phone.audio.devices import Devices, DeviceUnavailable
from tests.terminal import Terminal
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


def test_kill_9_loses_nothing_that_was_typed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.workstation.desk_of_tests", "--folder", str(tmp_path), "--ring", "1", "--calls", "1"]
    waiting = tmp_path / "desk.spool-wal"
    with Terminal(command, columns=80, lines=24, environment={"PYTHONUTF8": "1", "LANG": "fr_FR.UTF-8"}) as desk:
        desk.wait_for("Prise de poste", within=60)
        desk.keys("Enter")
        desk.wait_for("SONNE", within=60)
        desk.keys("F3")
        desk.wait_for("En communication", within=30)
        desk.keys("F4")
        desk.wait_for("Post-appel", within=30)
        desk.keys("F8")
        desk.wait_for("Qualification de l'appel", within=30)
        desk.keys("Tab", "Tab")
        desk.type("promis")
        until = time.monotonic() + 30
        while b"promis" not in waiting.read_bytes():
            assert time.monotonic() < until, desk.screen()
            time.sleep(0.02)
        os.kill(int(Path(f"/proc/{desk.pid()}/task/{desk.pid()}/children").read_text().split()[0]), signal.SIGKILL)
        assert "Traceback" not in desk.wait_for("EXIT=137")
    spool = Spool(tmp_path / "desk.spool")
    drafts = list(spool.drafts().values())
    spool.close()
    assert [draft["fields"]["comment"] for draft in drafts] == ["promis"]
