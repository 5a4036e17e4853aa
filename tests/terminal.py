"""A program in a real terminal (tmux), driven by keys and read by its screen, as its user would."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
import uuid
from pathlib import Path
from types import TracebackType


class NotSeen(AssertionError):
    """A text that did not come; the message shows the screen."""


class Terminal:
    """`keys` takes tmux's names (F3, C-s, M-1, Enter); `type` takes text as it is."""

    def __init__(self, command: list[str], *, columns: int = 120, lines: int = 36, environment: dict[str, str] | None = None) -> None:
        self._server = ["tmux", "-L", f"plateau-{uuid.uuid4().hex[:12]}", "-f", "/dev/null"]
        self.command, self.columns, self.lines = command, columns, lines
        self.environment = environment or {}

    def __enter__(self) -> Terminal:
        words = ["env", *(f"{name}={value}" for name, value in self.environment.items()), *self.command]
        # the shell after it keeps the last screen readable once the program has ended
        line = f"{shlex.join(words)}; echo EXIT=$?; exec sleep 600"
        subprocess.run(
            [*self._server, "new-session", "-d", "-x", str(self.columns), "-y", str(self.lines), "sh", "-c", line],
            check=True,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        )
        subprocess.run([*self._server, "set-option", "-g", "escape-time", "10"], check=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        subprocess.run([*self._server, "kill-server"], check=False, capture_output=True)

    def screen(self) -> str:
        run = subprocess.run([*self._server, "capture-pane", "-p"], check=False, capture_output=True, text=True)
        return run.stdout.replace("\u00a0", " ").replace("\u202f", " ")

    def line(self, text: str) -> str:
        """The first line with this text; "" when there is none."""
        return next((line for line in self.screen().splitlines() if text in line), "")

    def painted(self, text: str) -> str:
        """The first line with this text, with its colours (escape sequences): changes when the focus comes to it or leaves it."""
        run = subprocess.run([*self._server, "capture-pane", "-p", "-e"], check=False, capture_output=True, text=True)
        return next((line for line in run.stdout.splitlines() if text in line), "")

    def keys(self, *names: str) -> None:
        for name in names:
            subprocess.run([*self._server, "send-keys", name], check=True)

    def type(self, text: str) -> None:
        subprocess.run([*self._server, "send-keys", "-l", text], check=True)

    def resize(self, columns: int, lines: int) -> None:
        subprocess.run([*self._server, "resize-window", "-x", str(columns), "-y", str(lines)], check=True)

    def pid(self) -> int:
        """Of the shell that runs the program."""
        run = subprocess.run([*self._server, "display-message", "-p", "#{pane_pid}"], check=True, capture_output=True, text=True)
        return int(run.stdout)

    def wait_for(self, *texts: str, within: float = 30.0) -> str:
        """The first screen that shows all of them. Raises NotSeen."""
        deadline = time.monotonic() + within
        while True:
            screen = self.screen()
            missing = [text for text in texts if text not in screen]
            if not missing:
                return screen
            if time.monotonic() > deadline or "EXIT=" in screen:  # what has ended shows nothing more
                raise NotSeen(f"never seen within {within:g} s: {missing}\n{screen}")
            time.sleep(0.1)

    def wait_line(self, text: str, count: int, within: float = 30.0) -> None:
        """Until so many lines have it."""
        deadline = time.monotonic() + within
        while sum(text in line for line in self.screen().splitlines()) < count:
            if time.monotonic() > deadline:
                raise NotSeen(f"not {count} times within {within:g} s: {text}\n{self.screen()}")
            time.sleep(0.1)

    def wait_repainted(self, text: str, before: str, within: float = 30.0) -> str:
        """The line with this text once its colours are others than `before`. Raises NotSeen."""
        deadline = time.monotonic() + within
        while not (now := self.painted(text)) or now == before:
            if time.monotonic() > deadline:
                raise NotSeen(f"not repainted within {within:g} s: {text}\n{self.screen()}")
            time.sleep(0.05)
        return now

    def wait_gone(self, text: str, within: float = 30.0) -> str:
        deadline = time.monotonic() + within
        while text in (screen := self.screen()):
            if time.monotonic() > deadline:
                raise NotSeen(f"still there after {within:g} s: {text}\n{screen}")
            time.sleep(0.1)
        return screen


def plateau(*arguments: str) -> list[str]:
    """The command as installed by `make`, by this interpreter."""
    import sys

    return [str(Path(sys.executable).parent / "plateau"), *arguments]
