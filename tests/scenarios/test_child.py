"""A background process kept alive: started again, given up, ended by the end of its standard input."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.child import GIVE_UP_AFTER, Child, ChildFailed
from tests.workstation.wait import wait_for

READY = 'print(\'{"ready": true, "port": 1}\', flush=True); '
UNTIL_TOLD = "import sys; sys.stdin.read()"


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Child]:
    monkeypatch.setattr("scenarios.child.RESTART_AFTER", 0.01)
    return lambda program: Child("l'essai", lambda: [sys.executable, "-c", program], {"WHAT": "essai"}, tmp_path / "child.log")


async def test_it_says_when_it_is_ready_and_ends_with_us(child: Callable[[str], Child], tmp_path: Path) -> None:
    said = READY + f"import os; sys = __import__('sys'); print(os.environ['WHAT'], file=sys.stderr, flush=True); {UNTIL_TOLD}; "
    one = child(said + "print('bye', file=sys.stderr)")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        async with asyncio.timeout(20):
            await one.ready.wait()
        assert one.announced == {"ready": "True", "port": "1"}
        await wait_for(lambda: one.last_words == "essai", "its standard error")
        running.cancel()
    assert not one.ready.is_set()
    assert (tmp_path / "child.log").read_text().splitlines()[0] == "essai"


async def test_one_that_dies_is_started_again_until_it_is_no_use(child: Callable[[str], Child]) -> None:
    one = child("import sys; print('perdu', file=sys.stderr); sys.exit(1)")
    with pytest.raises(ChildFailed, match="perdu") as failed:
        async with asyncio.timeout(30):
            await one.run()
    assert failed.value.child is one and len(one.deaths) == GIVE_UP_AFTER


async def test_one_that_says_why_it_cannot_run_is_not_tried_again(child: Callable[[str], Child]) -> None:
    one = child("import sys; print('Il manque tout.', file=sys.stderr); sys.exit(2)")
    with pytest.raises(ChildFailed, match=r"Il manque tout\."):
        async with asyncio.timeout(30):
            await one.run()
    assert len(one.deaths) == 1
