"""From the trainee's mouth to the far end and back to the ear: virtual sound devices, the phone process, real SIP and RTP."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.our_side import PhoneProcess
from benchmarks.sip_caller import Echo, SipCaller
from cti.phone.audio.port import RATE
from cti.phone.audio.station_sound import SoundChoice
from tests.e2e.lab import speech_wav
from tests.pulse import PulseServer, wait_until

BAND = (300.0, 3300.0)  # what PCMA carries
CHUNK = RATE // 2
ALIKE = 0.85


def in_band(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(hertz < BAND[0]) | (hertz > BAND[1])] = 0
    return np.fft.irfft(spectrum, len(samples))


def heard_again(said: npt.NDArray[np.float64], heard: npt.NDArray[np.float64]) -> tuple[float, float]:
    """How alike (-1..1, the median over half seconds of speech, each aligned by itself) and how late (seconds) it came back."""
    said, heard = in_band(said), in_band(heard)
    size = 1 << (len(said) + len(heard)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    whole = int(np.argmax(cross[: len(heard)]))
    likeness = []
    for start in range(0, len(said) - CHUNK, CHUNK):
        part = said[start : start + CHUNK]
        if np.sqrt(np.mean(part**2)) < 0.01:
            continue
        around = heard[max(0, whole + start - RATE // 5) : whole + start + CHUNK + RATE // 5]
        if len(around) < CHUNK:
            continue
        local = np.correlate(around, part, "valid")
        best = int(np.argmax(local))
        found = around[best : best + CHUNK]
        likeness.append(float(local[best] / (np.linalg.norm(part) * np.linalg.norm(found) + 1e-9)))
    return float(np.median(likeness)), whole / RATE


@pytest.mark.pulse
@pytest.mark.e2e
def test_speech_goes_through_the_headset_to_the_far_end_and_back(tmp_path: Path) -> None:
    text = "Bonjour, Brûlerie Marvalune, Camille à votre écoute. Pouvez-vous me donner votre nom et votre code postal ?"
    path = speech_wav(tmp_path / "said.wav", [(0.0, text)])
    with wave.open(str(path)) as wav:
        pcm = wav.readframes(wav.getnframes())
    said = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    with PulseServer() as pulse:
        pulse.add_microphone("micro", "Micro essai")
        pulse.add_speaker("casque", "Casque essai")
        sound = SoundChoice(microphone="Micro essai", speaker="Casque essai")
        with PhoneProcess(sound, pulse.env) as phone, Echo() as echo:
            caller = SipCaller(phone.target, media_port=echo.port)
            caller.invite("0261910001")
            caller.wait_answered()
            wait_until(lambda: echo.packets > 25, 10)  # the call has sound
            heard_file = tmp_path / "heard.raw"
            pulse.listen("casque.monitor", heard_file)
            wait_until(lambda: heard_file.exists() and heard_file.stat().st_size > RATE, 10)
            likeness = 0.0
            for _attempt in range(3):  # a machine that is busy with other tests may break one passage; a path that breaks sound breaks all
                before = heard_file.stat().st_size // 2
                pulse.say("micro_in", pcm).wait(30)
                want = before + len(said) + RATE  # a second for the way there and back
                wait_until(lambda want=want: heard_file.stat().st_size // 2 > want, 10)  # type: ignore[misc]  # bound in each round
                heard = np.frombuffer(heard_file.read_bytes()[before * 2 :], "<i2").astype(np.float64) / 32768
                likeness, _late = heard_again(said, heard)
                if likeness > ALIKE:
                    break
            caller.hang_up()
            caller.close()
    assert likeness > ALIKE, f"what came back is not what was said: {likeness:.2f}"
