"""What `asyncio.TaskGroup` does not say by itself."""

from __future__ import annotations

import asyncio


def raise_if_cancelled() -> None:
    """To call after `except*` around a TaskGroup that is entered again. Raises CancelledError when this task was asked to end.

    Before Python 3.13 the errors of a group hide a cancellation that came with them: a connection that is lost at the moment its keeper
    is told to leave would be made again for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
