"""A call played back: on a device, into a file, or in silence; paused, taken back, begun again."""

from __future__ import annotations

import wave
from pathlib import Path

from cti.phone.audio.devices import Devices, DeviceStream, DeviceUnavailable, Fill, Take
from cti.phone.audio.playback import BYTES_A_SECOND, Playback

CALL = bytes(range(256)) * (BYTES_A_SECOND * 10 // 256)


class Headset:
    """A backend whose speaker is asked for its bytes by the test."""

    name, moves_streams = "essai", False

    def __init__(self, there: bool = True) -> None:
        self.there, self.closed, self.last_callback = there, 0, 0.0
        self.opened: list[str] = []
        self.fill: Fill

    def list(self) -> Devices:
        return Devices()

    def open_microphone(self, name: str, take: Take) -> DeviceStream:
        raise DeviceUnavailable

    def open_speaker(self, name: str, fill: Fill) -> DeviceStream:
        if not self.there:
            raise DeviceUnavailable
        self.opened.append(name)
        self.fill = fill
        return self

    def close(self) -> None:
        self.closed += 1


def test_a_device_sets_the_pace() -> None:
    headset = Headset()
    playback = Playback(CALL, headset, "Casque")
    assert (playback.length, playback.position, playback.playing) == (10.0, 0.0, False)
    playback.play()
    assert headset.opened == ["Casque"] and headset.fill(640) == CALL[:640]
    playback.pause()
    assert headset.fill(640) == bytes(640) and playback.position == 640 / BYTES_A_SECOND
    playback.skip(7)
    playback.skip(-5)
    playback.play()
    assert headset.fill(640) == CALL[640 + 2 * BYTES_A_SECOND :][:640] and headset.opened == ["Casque"]
    playback.skip(100)
    assert playback.position == 10.0 and headset.fill(640) == bytes(640) and not playback.playing
    playback.play()
    assert headset.fill(640) == CALL[:640]
    playback.go_to(3)
    playback.skip(-100)
    assert playback.position == 0.0
    playback.close()
    playback.close()
    assert headset.closed == 1


def test_without_a_device_time_moves_all_the_same() -> None:
    now = [100.0]
    playback = Playback(CALL, Headset(there=False), clock=lambda: now[0])
    playback.play()
    assert playback.sound == "none"
    now[0] += 2.5
    playback.paced()
    assert playback.position == 2.5
    playback.pause()
    now[0] += 5
    playback.paced()
    playback.play()
    now[0] += 9
    playback.paced()
    assert playback.position == 10.0 and not playback.playing
    playback.close()


def test_a_file_takes_what_is_heard(tmp_path: Path) -> None:
    now = [0.0]
    playback = Playback(CALL, None, file=tmp_path / "heard.wav", clock=lambda: now[0])
    playback.play()
    now[0] += 1
    playback.paced()
    playback.skip(4)
    now[0] += 1
    playback.paced()
    playback.close()
    with wave.open(str(tmp_path / "heard.wav"), "rb") as wav:
        heard = wav.readframes(wav.getnframes())
    assert heard == CALL[:BYTES_A_SECOND] + CALL[5 * BYTES_A_SECOND : 6 * BYTES_A_SECOND]
