"""Waiting for facts, never for time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE = 30.0  # seconds; generous, because the machine may be shared


async def wait_for(predicate: Callable[[], object], what: str, within: float = DEADLINE) -> None:
    """Let the loop run until `predicate()` is true. Raises AssertionError naming `what` when it does not become so."""
    limit = time.monotonic() + within
    while not predicate():
        assert time.monotonic() < limit, f"waited {within} s in vain for: {what}"
        await asyncio.sleep(0.005)
