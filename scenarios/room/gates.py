"""What each of a candidate's requests needs to be open, in an exam session: one table, read before any route is.

A request that the table does not name is refused: a new route says here what it needs. Other roles, and stations that are in no
session, are not concerned.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_mock.api import BODY_LIMIT
from crm_mock.errors import RecordNotFound
from crm_mock.models import Reply
from crm_mock.store import dump
from scenarios.phases import Opens
from scenarios.room.access import Access, NotAuthorised, problem
from scenarios.room.core import Room
from scenarios.room.live_sitting import LiveSitting
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
_REPLY = re.compile(r"/crm/reply/([^/]+)")
HANDED_IN = frozenset({"status", "template"})  # fields of a reply that may change once the time to write is over
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
        if scope["type"] == "http" and (live := self._only_hands_in(scope)) is not None:
            body, receive = await _read(receive)
            changed = _changed(live, str(_REPLY.fullmatch(scope["path"])[1]), body)  # type: ignore[index]
            if changed:
                title = "Le temps de l'épreuve écrite est écoulé : le texte ne se modifie plus, il se remet tel qu'il est enregistré."
                await problem(423, "text_closed", title, {"fields": changed})(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _only_hands_in(self, scope: Scope) -> LiveSitting | None:
        """Whose reply is being saved while replies may be handed in and no more be written; None for anything else."""
        if scope["method"] != "PUT" or _REPLY.fullmatch(scope["path"]) is None:
            return None
        live = self._examined(scope)
        opens = live.course.course.opens if live is not None else frozenset()
        return live if Opens.HAND_IN in opens and Opens.REPLIES not in opens else None

    def _examined(self, scope: Scope) -> LiveSitting | None:
        """The sitting of a candidate of a session who asks; None for anybody else."""
        try:
            who = self._access.identify(Headers(scope=scope).get("authorization"))
        except NotAuthorised:
            return None  # the route says so
        live = self._room.stations.get(who.place)
        return live if who.role == "candidate" and live is not None and live.course.in_session else None

    def _tick(self) -> None:
        for live in tuple(self._room.stations.values()):
            try:
                live.tick()
            except Exception:
                logger.exception("what the clock of %s brings about could not be journaled", live.station)

    def _refusal(self, scope: Scope) -> SittingError | None:
        live = self._examined(scope)
        if live is None:
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


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """A request's body, and what gives it again to whoever answers. One that is too long is given as far as it was read."""
    messages: list[Message] = []
    size, more = 0, True
    while more and size <= BODY_LIMIT:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        more = bool(message.get("more_body"))
    waiting = list(messages)

    async def again() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return b"".join(one.get("body", b"") for one in messages), again


def _changed(live: LiveSitting, reply_id: str, body: bytes) -> list[str]:
    """The fields of its text that a save would change; all it names for a reply that was not begun. What is unreadable changes nothing: the
    route refuses it."""
    try:
        asked = json.loads(body)
        fields: dict[str, Any] = dict(asked["fields"])
    except (ValueError, KeyError, TypeError):
        return ["body"] if len(body) > BODY_LIMIT else []
    try:
        kept = dump(live.case.get(Reply, reply_id))
    except RecordNotFound:
        return sorted(fields) or ["body"]
    return sorted(name for name, value in fields.items() if name not in HANDED_IN and value != kept.get(name))
