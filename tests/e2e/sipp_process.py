"""SIPp against a room: scenarios of `tests/e2e/sipp/`, from an address and a port of its own, at a rate, with lines from a table."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.contract.sipp_peer import free_udp_port

SCENARIOS = Path(__file__).parent / "sipp"


class SippProcess:
    """`with SippProcess("calls.xml", folder, "127.0.0.1:5060") as load:`

    `{{NAME}}` in the scenario is replaced from `fill`. `table`: rows that calls take in turn as [field0], [field1] …; a text of it holds no
    semicolon. `calls` 0: until it is left. `more` are words of SIPp's own."""

    def __init__(
        self,
        scenario: str,
        folder: Path,
        target: str = "",
        *,
        source: str = "127.0.0.1",
        port: int = 0,
        calls: int = 1,
        rate: float = 10.0,
        fill: Mapping[str, str] | None = None,
        table: Sequence[Sequence[str]] = (),
        traced: bool = True,
        more: Sequence[str] = (),
    ) -> None:
        program = shutil.which("sipp")
        assert program is not None, "SIPp is not installed (Debian package sip-tester)"
        self.port = port or free_udp_port()
        self.folder = folder
        stem = f"{Path(scenario).stem}-{source}-{self.port}"
        text = (SCENARIOS / scenario).read_text(encoding="utf-8")
        for name, value in (fill or {}).items():
            text = text.replace("{{" + name + "}}", value)
        (folder / f"{stem}.xml").write_text(text, encoding="utf-8")
        self._messages, self._errors = folder / f"{stem}.messages", folder / f"{stem}.errors"
        words = [program, *([target] if target else []), "-sf", f"{stem}.xml", "-i", source, "-p", str(self.port), "-nostdin"]
        words += ["-r", f"{rate:g}", "-trace_err", "-error_file", str(self._errors), "-default_behaviors", "all,-bye"]
        words += ["-timeout", "120s"]  # whatever becomes of the test
        if calls:
            words += ["-m", str(calls), "-timeout_error"]
        if table:
            rows = "".join(";".join(row) + "\n" for row in table)
            (folder / f"{stem}.csv").write_text(f"SEQUENTIAL\n{rows}", encoding="utf-8")
            words += ["-inf", f"{stem}.csv"]
        if traced:
            words += ["-trace_msg", "-message_file", str(self._messages)]
        self._words = [*words, *more]

    def __enter__(self) -> SippProcess:
        quiet = subprocess.DEVNULL
        environment = {**os.environ, "TERM": "xterm"}
        self._process = subprocess.Popen(self._words, stdin=quiet, stdout=quiet, stderr=quiet, cwd=self.folder, env=environment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"--- SIPp\n{self.told()}")
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def finish(self, deadline: float = 20.0) -> str:
        """Wait for its last call; every message it sent and got. Fails with SIPp's own words when one of its calls did."""
        try:
            code = self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIPp still runs after {deadline:g} s\n{self.told()}") from None
        assert code == 0, f"SIPp's scenario failed with {code}\n{self.told()}"
        return self._messages.read_text(encoding="utf-8", errors="replace") if self._messages.exists() else ""

    def told(self) -> str:
        """What it complained of, and the last messages."""
        parts = [path.read_text(encoding="utf-8", errors="replace")[-3000:] for path in (self._errors, self._messages) if path.exists()]
        return "\n".join(parts)


def credentials(user: str, password: str) -> str:
    """A cell of the table that answers a challenge: SIPp reckons the header out."""
    return f"[authentication username={user} password={password}]"


def answers(messages: str) -> list[str]:
    """The responses that a trace of SIPp's holds, as they came."""
    pieces = messages.split("-----------------------------------------------")
    received = [piece.partition("\n\n")[2] for piece in pieces if " message received " in piece.partition("\n\n")[0]]
    return [piece for piece in received if piece.startswith("SIP/2.0 ")]
