import struct
import wave
from array import array
from pathlib import Path

import pytest

from cti.phone.audio.port import FRAME_BYTES, RATE
from cti.phone.audio.wav_files import MicrophoneFile, SoundFileError, SpeakerFile, read_wav
from tests.cti.audio.measure import goertzel, rms, tone


def write(path: Path, pcm16: bytes, rate: int, channels: int = 1, width: int = 2) -> Path:
    values = array("h", pcm16)
    packed = {
        1: lambda: bytes((value >> 8) + 128 for value in values),
        2: lambda: pcm16,
        3: lambda: b"".join(struct.pack("<i", value << 8)[:3] for value in values),
        4: lambda: b"".join(struct.pack("<i", value << 16) for value in values),
    }[width]()
    frames = b"".join(packed[i : i + width] * channels for i in range(0, len(packed), width))
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate)
        wav.writeframes(frames)
    return path


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize(("width", "channels"), [(1, 1), (2, 2), (3, 1), (4, 2)])
def test_any_pcm_becomes_16_khz_mono(tmp_path: Path, rate: int, width: int, channels: int) -> None:
    pcm = read_wav(write(tmp_path / "a.wav", tone(1000, 0.5, rate=rate), rate, channels, width))
    assert len(pcm) / 2 / RATE == pytest.approx(0.5, abs=0.001)
    middle = pcm[1600 : 1600 + 12_800]
    assert goertzel(middle, 1000) == pytest.approx(0.3, rel=0.03)
    assert rms(middle) == pytest.approx(0.3 / 2**0.5, rel=0.03), "nothing but the tone"


def test_what_16_khz_cannot_carry_is_filtered_not_folded(tmp_path: Path) -> None:
    pcm = read_wav(write(tmp_path / "a.wav", tone(11_000, 0.3, rate=44_100), 44_100))
    assert goertzel(pcm[1600:8000], 5000) < 0.003  # where 11 kHz would fold to


def test_microphone_file_begins_with_the_call_and_ends_in_silence(tmp_path: Path) -> None:
    microphone = MicrophoneFile(write(tmp_path / "voix.wav", tone(440, 0.05), RATE))
    assert microphone.take() == bytes(FRAME_BYTES), "no call yet"
    microphone.rewind()
    first = [microphone.take() for _ in range(4)]
    assert [rms(frame) > 0.01 for frame in first] == [True, True, True, False]
    assert all(len(frame) == FRAME_BYTES for frame in first)
    microphone.rewind()
    assert microphone.take() == first[0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "introuvable"), (b"", "WAV PCM"), (b"ID3\x04mp3", "WAV PCM"), (b"RIFF\x24\0\0\0WAVEfmt ", "WAV PCM")],
)
def test_a_bad_microphone_file_is_named_with_the_mend(tmp_path: Path, content: bytes | None, expected: str) -> None:
    path = tmp_path / "mauvais.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SoundFileError) as caught:
        MicrophoneFile(path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_sound_file(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="Vérifiez"):
        MicrophoneFile(tmp_path)
    with pytest.raises(SoundFileError, match="dossier existant"):
        SpeakerFile(tmp_path / "nulle-part" / "s.wav")


def test_speaker_file_is_readable_after_each_flush(tmp_path: Path) -> None:
    """As it would be found after the process was killed: never closed."""
    path = tmp_path / "casque.wav"
    speaker = SpeakerFile(path)
    assert read_wav(path) == b""
    said = tone(440, 0.2)
    speaker.add(said[:3200])
    speaker.flush()
    assert read_wav(path) == said[:3200]
    speaker.add(said[3200:])
    assert read_wav(path) == said[:3200], "not on disk yet, and the header says so"
    speaker.close()
    assert read_wav(path) == said
    speaker.flush()  # after the close: nothing
