"""What each of a candidate's requests needs to be open, in an exam session: one table, read before any route is.

A request that the table does not name is refused: a new route says here what it needs. Other roles, and stations that are in no
session, are not concerned.
"""

from __future__ import annotations

import logging
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from scenarios.phases import Opens
from scenarios.room.access import Access, NotAuthorised, problem
from scenarios.room.core import Room
from scenarios.sitting import SittingError

logger = logging.getLogger(__name__)
ALWAYS: frozenset[Opens] = frozenset()
_RECORDS, _WORK, _BRIEF = frozenset({Opens.RECORDS}), frozenset({Opens.WORK}), frozenset({Opens.BRIEF})
_REPLIES = frozenset({Opens.REPLIES, Opens.HAND_IN})
GATES: tuple[tuple[str, str, frozenset[Opens]], ...] = (
    # methods, path, any of these
    ("GET", r"/|/sitting|/cti/station|/cti/account|/chat", ALWAYS),
    ("PUT|POST", r"/cti/station|/cti/facts|/sitting/traces", ALWAYS),  # what the machine itself tells is never lost
    ("GET", r"/hello|/phone/.*|/enrol.*", ALWAYS),
    ("GET", r"/sitting/brief", _BRIEF),
    ("GET", r"/sitting/replies.*", _REPLIES),
    ("PUT", r"/crm/reply/[^/]+", _REPLIES),
    ("PUT", r"/crm/.+", frozenset({Opens.WORK, Opens.FILE})),
    ("GET", r"/crm/.+", _RECORDS),
    ("GET|PUT", r"/sitting/sheets.*", _RECORDS),
    ("POST", r"/cti/agent", _WORK),
    ("GET", r"/cti/dial", _WORK),
    ("POST", r"/chat/[^/]+/close", frozenset({Opens.WORK, Opens.FILE})),
    ("POST", r"/chat/.+", _WORK),
)
_READ = tuple((re.compile(methods), re.compile(path), needs) for methods, path, needs in GATES)


def needed(method: str, path: str) -> frozenset[Opens] | None:
    """Any one of which must be open; empty: nothing must; None: the table does not name it."""
    return next((needs for methods, paths, needs in _READ if methods.fullmatch(method) and paths.fullmatch(path)), None)


class PhaseGate:
    """Middleware: what is not open now in a candidate's phase is refused with 423. What a clock has brought about meanwhile is journaled
    before anybody is answered: a phase ends at its instant, not when the room next looks at its clocks."""

    def __init__(self, app: ASGIApp, room: Room, access: Access) -> None:
        self._app, self._room, self._access = app, room, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._tick()
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            await problem(refusal.status, refusal.error_id, refusal.title, refusal.details)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _tick(self) -> None:
        for live in tuple(self._room.stations.values()):
            try:
                live.tick()
            except Exception:
                logger.exception("what the clock of %s brings about could not be journaled", live.station)

    def _refusal(self, scope: Scope) -> SittingError | None:
        try:
            who = self._access.identify(Headers(scope=scope).get("authorization"))
        except NotAuthorised:
            return None  # the route says so
        live = self._room.stations.get(who.place)
        if who.role != "candidate" or live is None or not live.course.in_session:
            return None
        needs = needed(scope["method"], scope["path"])
        if needs is None:
            return SittingError("not_in_an_exam", 403, "Cela ne se fait pas pendant un examen.", {"path": scope["path"]})
        if not needs or needs & live.course.course.opens:
            return None
        try:
            live.course.gate(next(iter(sorted(needs))))
        except SittingError as error:
            return error
        return None
