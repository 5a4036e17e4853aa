"""Voices that run on this machine, and the shelf of rendered lines."""

from __future__ import annotations

import json
import os
import stat
import sys
import wave
from array import array
from pathlib import Path

import pytest

from scenarios.customer import voice as voices
from scenarios.customer.voice import EspeakVoice, Gender, NanoVoice, PiperVoice, VoiceShelf, VoiceUnavailable, choose_voice, levelled


class Counted:
    """A voice that beeps and counts."""

    name, version = "counted", "1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Gender, float, float]] = []

    def render(self, text: str, gender: Gender, pitch: float, speed: float) -> bytes:
        self.asked.append((text, gender, pitch, speed))
        if "panne" in text:
            raise VoiceUnavailable("out of order")
        return b"\x00\x10\x00\xf0" * 8000


def rms(pcm: bytes) -> float:
    samples = array("h", pcm)
    return float((sum(x * x for x in samples) / len(samples)) ** 0.5)


@pytest.mark.parametrize("kind", [NanoVoice, EspeakVoice])
def test_an_engine_speaks_french(kind: type[NanoVoice] | type[EspeakVoice]) -> None:
    voice = kind()
    woman = voice.render("Bonjour, je vous appelle pour un changement d'adresse.", "f", 1.0, 1.0)
    man = voice.render("Bonjour, je vous appelle pour un changement d'adresse.", "m", 1.0, 1.0)
    quick = voice.render("Bonjour, je vous appelle pour un changement d'adresse.", "f", 1.0, 1.5)
    assert 2.0 < len(woman) / 32000 < 6.0
    assert rms(woman) > 500 and woman != man
    assert len(quick) < 0.85 * len(woman)


def test_odd_texts_do_not_stop_an_engine(tmp_path: Path) -> None:
    shelf = VoiceShelf(NanoVoice(), tmp_path)
    try:
        for text in ("", "?", "<speed level='9'>", "x" * 30_000, "\x00\x1b[31m", "Ωμέγα 漢字 🙂", "a " * 200):
            assert len(shelf.render_ahead(text).result(timeout=30)) >= 3200
    finally:
        shelf.close()


def test_a_line_is_brought_to_level_and_its_silences_cut() -> None:
    quiet = bytes(32000) + b"\x00\x02\x00\xfe" * 4000 + bytes(64000)
    sound = levelled(quiet)
    assert len(sound) / 32000 == pytest.approx(0.5 + 0.12, abs=0.03)
    middle = sound[len(sound) // 4 : len(sound) // 4 * 3]
    assert rms(middle) == pytest.approx(voices.LEVEL, rel=0.1)


def test_a_line_is_rendered_once_and_kept_for_the_next_time(tmp_path: Path) -> None:
    voice = Counted()
    shelf = VoiceShelf(voice, tmp_path)
    first = shelf.render_ahead("Bonjour", "f", 1.1, 1.0)
    assert shelf.render_ahead("Bonjour", "f", 1.1, 1.0) is first
    shelf.render_ahead("Bonjour", "m", 1.1, 1.0).result(timeout=10)
    sound = first.result(timeout=10)
    shelf.close()
    assert voice.asked == [("Bonjour", "f", 1.1, 1.0), ("Bonjour", "m", 1.1, 1.0)]
    again = VoiceShelf(voice, tmp_path)
    assert again.render_ahead("Bonjour", "f", 1.1, 1.0).result(timeout=10) == sound
    again.close()
    assert len(voice.asked) == 2
    with wave.open(str(shelf.path_of("Bonjour", "f", 1.1, 1.0))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16000, 1, 2)
    assert not list(tmp_path.glob("*.tmp"))


def test_a_damaged_file_is_rendered_anew(tmp_path: Path) -> None:
    voice = Counted()
    shelf = VoiceShelf(voice, tmp_path)
    path = shelf.path_of("Bonjour")
    path.write_bytes(b"RIFF")
    assert len(shelf.render_ahead("Bonjour").result(timeout=10)) > 3200
    shelf.close()
    assert len(voice.asked) == 1 and path.stat().st_size > 3200


def test_without_a_voice_or_with_a_failing_one_lines_are_silence_as_long_as_they_are(tmp_path: Path) -> None:
    for shelf in (VoiceShelf(None, tmp_path), VoiceShelf(Counted(), tmp_path)):
        short = shelf.render_ahead("En panne.").result(timeout=10)
        long = shelf.render_ahead("En panne, cette phrase est bien plus longue que l'autre.").result(timeout=10)
        shelf.close()
        assert rms(short) == 0.0 == rms(long) and len(long) > 2 * len(short)
    assert len(shelf.failures) == 2 and "out of order" in shelf.failures[0]


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    shelf = VoiceShelf(Counted(), blocked / "voix")
    assert len(shelf.render_ahead("Bonjour").result(timeout=10)) > 3200
    shelf.close()
    assert shelf.failures == []


def fake_piper(folder: Path) -> Path:
    """A program that takes piper's options and answers with one second of raw sound for each word read."""
    program = folder / "piper"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "options = dict(zip(sys.argv[1:], sys.argv[2:]))\n"
        "assert '--output-raw' in sys.argv and options['--model'].endswith('.onnx')\n"
        "scale = float(options['--length-scale'])\n"
        "words = len(sys.stdin.read().split())\n"
        "sys.stdout.buffer.write(b'\\x00\\x10\\x00\\xf0' * int(22050 // 2 * words * scale))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_a_piper_voice_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_piper(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    model = tmp_path / "fr_FR-test.onnx"
    model.write_bytes(b"model")
    model.with_name("fr_FR-test.onnx.json").write_text(json.dumps({"audio": {"sample_rate": 22050}}))
    monkeypatch.setenv(voices.VOICE_FILE, str(model))
    voice = choose_voice()
    assert isinstance(voice, PiperVoice) and voice.version == "fr_FR-test.onnx-5"
    assert len(voice.render("un deux", "f", 1.0, 1.0)) / 32000 == pytest.approx(2.0, abs=0.01)
    assert len(voice.render("un deux", "f", 1.5, 1.0)) / 32000 == pytest.approx(2.0, abs=0.01)  # higher, not shorter
    assert len(voice.render("un deux", "f", 1.0, 2.0)) / 32000 == pytest.approx(1.0, abs=0.01)


def test_a_piper_voice_that_is_not_one_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(VoiceUnavailable, match=r"absent\.onnx"):
        choose_voice(tmp_path / "absent.onnx")


def test_without_a_file_the_best_installed_voice_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(voices.VOICE_FILE, raising=False)
    assert choose_voice().name == "nanotts"
    monkeypatch.setitem(sys.modules, "py_nanotts", None)
    assert choose_voice().name == "espeak-ng"
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(VoiceUnavailable, match=r"nanotts.*espeak"):
        choose_voice()
