"""A spool's one thread, and the drafts that wait for it: a disk that takes no more is asked again until it does."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from workstation.i18n import _
from workstation.links.room_wire import SLOWEST_RETRY
from workstation.links.spool import Spool

logger = logging.getLogger("plateau.link")
DRAFT_QUIET = 0.4  # seconds a field rests before what is typed in it goes to the disk


class SpoolDisk:
    """`refused` is told, in words for a person, each time the disk refuses."""

    def __init__(self, spool: Spool, refused: Callable[[str], object]) -> None:
        self.spool, self._refused = spool, refused
        self._thread = ThreadPoolExecutor(1, "spool")
        self._drafts: dict[str, Mapping[str, Any] | None] = {}
        self._typed = asyncio.Event()

    async def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What `work` gives; after what was asked of the disk before."""
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
            except sqlite3.OperationalError as error:
                logger.error("the disk of this machine refuses: %s", error)
                self._refused(_("Le disque de ce poste est plein ou ne répond plus."))
            await asyncio.sleep(SLOWEST_RETRY)

    def shutdown(self) -> None:
        self._thread.shutdown()

    # --- drafts -------------------------------------------------------------------------------------

    def keep(self, key: str, draft: Mapping[str, Any] | None) -> None:
        """As it is being typed; None: kept no more."""
        self._drafts[key] = draft
        self._typed.set()

    def forget(self, meant: Callable[[str], bool]) -> None:
        """Those not written yet whose key is meant never are."""
        self._drafts = {key: draft for key, draft in self._drafts.items() if not meant(key)}

    @property
    def resting(self) -> bool:
        """Nothing was typed that is not on its way to the disk."""
        return not self._drafts and not self._typed.is_set()

    async def write_drafts(self) -> None:
        """Until cancelled."""
        while True:
            await self._typed.wait()
            await asyncio.sleep(DRAFT_QUIET)
            await self.flush()

    async def flush(self) -> None:
        """One piece of work for the thread: whatever is asked of it next comes after all of them."""
        self._typed.clear()
        drafts, self._drafts = self._drafts, {}

        def write() -> None:
            for key, draft in drafts.items():
                if draft is None:
                    self.spool.forget_draft(key)
                else:
                    self.spool.keep_draft(key, dict(draft))

        if drafts:
            await asyncio.shield(self.do(write))
