"""Recognition: the child process and its contract with faster-whisper, played by a package of the same shape; and its absence."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from scenarios.customer.recognise import MODEL_FOLDER, ChildRecogniser, NoModel, model_folder

PACKAGE = """
import os, time
__version__ = "1.2.1"

class Segment:
    def __init__(self, text):
        self.text = text

class WhisperModel:
    def __init__(self, path, device, compute_type, cpu_threads, local_files_only):
        assert (device, compute_type, local_files_only) == ("cpu", "int8", True)
        if not os.path.exists(os.path.join(path, "model.bin")):
            raise RuntimeError("Unable to open file 'model.bin'")
        print("noise on stdout")

    def transcribe(self, sound, language, beam_size, without_timestamps, condition_on_previous_text):
        assert language == "fr" and str(sound.dtype) == "float32"
        if len(sound) == 3:
            raise RuntimeError("bad sound")
        if len(sound) == 5:
            os._exit(3)
        if len(sound) == 7:
            time.sleep(0.5)
        peak = float(abs(sound).max()) if len(sound) else 0.0
        return iter([Segment(f" {len(sound)} échantillons,"), Segment(f" crête {peak:.2f}, priorité {os.nice(0)}")]), None
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """faster_whisper on the path of this process and of its children; a model's folder."""
    package = tmp_path / "site" / "faster_whisper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(textwrap.dedent(PACKAGE))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(package.parent), os.getcwd(), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(package.parent))
    folder = tmp_path / "whisper-base"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"model")
    return folder


async def test_turns_become_text_in_a_child_of_low_priority(installed: Path) -> None:
    recogniser = await ChildRecogniser.start(installed)
    try:
        assert recogniser.version == "1.2.1"
        assert await recogniser.transcribe(b"\x00\x40" * 1600, 10.0) == f"1600 échantillons, crête 0.50, priorité {os.nice(0) + 10}"
        assert await recogniser.transcribe(b"", 10.0) is not None
        assert await recogniser.transcribe(b"\x00\x00" * 3, 10.0) is None  # a turn that cannot be read
        text = await recogniser.transcribe(b"\x00\x00" * 16_000 * 40, 10.0)
        assert text is not None and text.startswith("480000 ")  # the last 30 s
    finally:
        await recogniser.close()


async def test_a_late_answer_is_not_taken_for_the_next_one(installed: Path) -> None:
    recogniser = await ChildRecogniser.start(installed)
    try:
        assert await recogniser.transcribe(b"\x00\x00" * 7, 0.05) is None
        text = await recogniser.transcribe(b"\x00\x00" * 9, 10.0)
        assert text is not None and text.startswith("9 ")
    finally:
        await recogniser.close()


async def test_a_child_that_died_knows_nothing(installed: Path) -> None:
    recogniser = await ChildRecogniser.start(installed)
    try:
        assert await recogniser.transcribe(b"\x00\x00" * 5, 10.0) is None
        assert await recogniser.transcribe(b"\x00\x00" * 9, 10.0) is None
    finally:
        await recogniser.close()


async def test_a_folder_without_a_model_is_told(installed: Path) -> None:
    (installed / "model.bin").unlink()
    with pytest.raises(NoModel, match=r"model\.bin"):
        await ChildRecogniser.start(installed)


def test_where_recognition_can_start(installed: Path) -> None:
    assert model_folder({MODEL_FOLDER: str(installed)}) == installed
    assert model_folder({MODEL_FOLDER: str(installed / "elsewhere")}) is None
    assert model_folder({}) is None


def test_without_the_package_there_is_no_recogniser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert model_folder({MODEL_FOLDER: str(tmp_path)}) is None
