"""A background process of ours, kept alive: started again when it dies, told to end by the end of its standard input.

It says that it is ready by one line of JSON with `ready` on standard output; its standard error is a log. Exit code 2: it said why,
and trying again will not mend it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RESTART_AFTER = 0.5  # seconds
GIVE_UP_AFTER = 5  # deaths of one child within a minute
CANNOT_RUN = 2
LEAVES_WITHIN = 6.0  # seconds


class ChildFailed(Exception):
    """The child keeps dying, or cannot run here. The message is what it last said, "" when it said nothing."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.last_words)
        self.child = child


@dataclass
class Child:
    """How it is started, and its deaths. `name` is for people."""

    name: str
    command: Callable[[], list[str]]
    environment: Mapping[str, str] = field(repr=False)  # added to ours
    log: Path
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    announced: dict[str, str] = field(default_factory=dict)  # the last JSON line it said it was ready with
    last_words: str = ""
    deaths: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Keep it alive until cancelled. Raises ChildFailed."""
        while True:
            code = await self._run_once()
            now = time.monotonic()
            self.deaths = [at for at in self.deaths if now - at < 60] + [now]
            if code == CANNOT_RUN or len(self.deaths) >= GIVE_UP_AFTER:
                raise ChildFailed(self)
            await asyncio.sleep(RESTART_AFTER)

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self.command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
            start_new_session=True,  # Ctrl+C in the terminal is for who started us, who tells us
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(process))
                tasks.create_task(self._keep_log(process))
                return await process.wait()
        finally:
            self.ready.clear()
            if process.returncode is None:
                assert process.stdin is not None
                process.stdin.close()
                try:
                    await asyncio.wait_for(process.wait(), LEAVES_WITHIN)
                except TimeoutError:
                    process.kill()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if isinstance(said, dict) and "ready" in said:
                    self.announced = {key: str(value) for key, value in said.items()}
                    self.ready.set()

    async def _keep_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with self.log.open("a", encoding="utf-8") as log:
            async for line in process.stderr:
                text = line.decode("utf-8", "replace")
                log.write(text)
                log.flush()
                if text.strip():
                    self.last_words = text.strip()
