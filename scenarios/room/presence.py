"""Who has a socket open in the room, by place; and the way to send them off when their place is no longer theirs. One event loop's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CLOSE_REVOKED = 4001  # the token is worth nothing any more: the place was enrolled elsewhere
CLOSE_SITTING_LEFT = 4009  # another sitting was opened at this station
CLOSE_MOVED = 4010  # the seat is now at another station: come back from the first row


class Dismissed(Exception):
    """The visit is over; `code` is the close code of its socket."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(eq=False)
class Visit:
    place: str
    kind: str  # events, watch
    over: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def until_dismissed(self) -> None:
        """Raises Dismissed when the time has come."""
        raise Dismissed(await self.over)


class Presence:
    """`changed` is called when somebody comes or goes."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._visits: set[Visit] = set()

    @contextmanager
    def visiting(self, place: str, kind: str) -> Iterator[Visit]:
        visit = Visit(place, kind)
        self._visits.add(visit)
        self._changed()
        try:
            yield visit
        finally:
            self._visits.discard(visit)
            self._changed()

    def here(self, place: str) -> bool:
        return any(visit.place == place for visit in self._visits)

    def dismiss(self, place: str, code: int, kind: str = "") -> None:
        """Every visit of that place, or those of one kind."""
        for visit in self._visits:
            if visit.place == place and kind in ("", visit.kind) and not visit.over.done():
                visit.over.set_result(code)
