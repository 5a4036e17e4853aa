"""Speech recognition of the trainee's turns, where it is installed: faster-whisper and a model on disk, in a child at low priority.

Nothing is downloaded: without the package, or without a model's folder in PLATEAU_ASR_MODEL, there is no recogniser and the
dialogue goes by everything else. One turn of 5 s costs about one second of two cores, 570 MB of memory.

The child (`python -m scenarios.customer.recognise FOLDER`) reads a 4-byte little-endian length and that much PCM (16 kHz, mono,
s16le), and answers one JSON object a line: {"ready": version}, then {"text": "…"} for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

MODEL_FOLDER = "PLATEAU_ASR_MODEL"
READY_WITHIN = 60.0  # seconds to load the model
LONGEST = 30  # seconds of sound given at once
_RATE = 16_000


class Recogniser(Protocol):
    async def transcribe(self, pcm: bytes, within: float) -> str | None:
        """What was said, "" for nothing; None when it is not known `within` so many seconds."""

    async def close(self) -> None: ...


class NoModel(Exception):
    """The folder holds no model that loads; the message says why."""


def model_folder(environment: dict[str, str] | None = None) -> Path | None:
    """The model's folder if recognition can be started here: PLATEAU_ASR_MODEL is a folder and faster-whisper is installed."""
    given = (environment if environment is not None else os.environ).get(MODEL_FOLDER, "")
    if not given or importlib.util.find_spec("faster_whisper") is None:
        return None
    folder = Path(given)
    return folder if folder.is_dir() else None


class ChildRecogniser:
    """Talks to the child. A child that died or is late is not waited for: the answer is None."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()
        self._owed = 0  # answers to requests nobody waits for any more
        self.version = ""

    @classmethod
    async def start(cls, folder: Path) -> ChildRecogniser:
        """Raises NoModel when the child ends, or is not ready in time."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # Windows; elsewhere the child is nice by itself
        )
        made = cls(process)
        try:
            answer = await asyncio.wait_for(made._read(), READY_WITHIN)
        except BaseException:
            await made.close()
            raise
        if answer is None or "ready" not in answer:
            await made.close()
            raise NoModel(str((answer or {}).get("error", "the recogniser ended before it was ready")))
        made.version = str(answer["ready"])
        return made

    async def transcribe(self, pcm: bytes, within: float) -> str | None:
        sound = pcm[-LONGEST * _RATE * 2 :]
        sound = sound[: len(sound) // 2 * 2]
        try:
            async with asyncio.timeout(within), self._turn:
                if self._process.returncode is not None or self._process.stdin is None:
                    return None
                self._process.stdin.write(struct.pack("<I", len(sound)) + sound)
                self._owed += 1
                await self._process.stdin.drain()
                answer: dict[str, Any] | None = {}
                while self._owed and answer is not None:
                    answer = await self._read()
                    self._owed -= 1
                return None if answer is None or "text" not in answer else str(answer["text"])
        except (TimeoutError, OSError):
            return None

    async def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 3)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _read(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        try:
            answer = json.loads(line)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None


# --- the child ---------------------------------------------------------------------------------------


def load_model(folder: Path) -> tuple[Callable[[bytes], str], str]:
    """What turns PCM into text, and the version of the engine. Raises NoModel."""
    try:
        whisper: Any = importlib.import_module("faster_whisper")
        numpy: Any = importlib.import_module("numpy")
        model = whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise NoModel(f"{folder.name}: {error}") from None

    def transcribe(pcm: bytes) -> str:
        sound = numpy.frombuffer(pcm, dtype="<i2").astype(numpy.float32) / 32768.0
        parts: Iterable[Any]
        parts, _ = model.transcribe(sound, language="fr", beam_size=1, without_timestamps=True, condition_on_previous_text=False)
        return " ".join(part.text.strip() for part in parts).strip()

    return transcribe, str(getattr(whisper, "__version__", "?"))


def serve(folder: Path, source: BinaryIO, sink: BinaryIO) -> int:
    def answer(**said: str) -> None:
        sink.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")
        sink.flush()

    try:
        transcribe, version = load_model(folder)
    except NoModel as error:
        answer(error=str(error))
        return 2
    answer(ready=version)
    while len(head := source.read(4)) == 4:
        (length,) = struct.unpack("<I", head)
        if length > LONGEST * _RATE * 2:
            return 1
        pcm = source.read(length)
        if len(pcm) < length:
            break
        try:
            answer(text=transcribe(pcm))
        except (RuntimeError, ValueError) as error:
            answer(error=str(error))
    return 0


def main() -> int:
    if hasattr(os, "nice"):
        os.nice(10)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    return serve(Path(sys.argv[1]), sys.stdin.buffer, answers)


if __name__ == "__main__":
    sys.exit(main())
