"""Who may speak to the room server, how large a request may be, and how every failure is told.

A failure is `{"error_id", "title", "details"}`: `title` is a French sentence for a person, `error_id` is stable.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_mock.errors import CrmError, InvalidFields
from crm_mock.validation import french_messages
from cti.switchboard import CtiError
from scenarios.sitting import SITTING_HEADER, SittingError

ROLES = ("candidate", "customer", "trainer", "juror", "session_manager", "invigilator")
ONLY_STATION = "poste1"  # of a lab
BODY_LIMIT = 1_000_000  # bytes
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Whose token it is: a role, at a place (a station, a seat of the jury, a virtual customer's line). `sitting`: the one the asker
    believes to be in, where it says so (SITTING_HEADER): what is meant for another one is refused."""

    role: str
    place: str
    sitting: str = ""

    @property
    def name(self) -> str:
        """What the journal calls them: a juror by the seat, the others by their role."""
        return self.place if self.role == "juror" else self.role


class NotAuthorised(Exception):
    """No token, or one that opens nothing."""


@runtime_checkable
class Refusal(Protocol):
    """What every floor's errors have in common."""

    error_id: str
    status: int
    title: str
    details: dict[str, object]


class Access:
    """`tokens` maps "role" or "role:place" to a secret; without a place it is the lab's only station. `enrolled` gives whose token one is
    that was handed out at an enrolment, None when it is nobody's (any more). Comparison takes the same time whatever the token."""

    def __init__(self, tokens: Mapping[str, str], enrolled: Callable[[str], Identity | None] = lambda token: None) -> None:
        if not all(len(token) >= 16 for token in tokens.values()) or {name.partition(":")[0] for name in tokens} - set(ROLES):
            raise ValueError(f"a token of at least 16 characters for each of {', '.join(ROLES)}")
        self._tokens = {token: Identity(name.partition(":")[0], name.partition(":")[2] or ONLY_STATION) for name, token in tokens.items()}
        self._enrolled = enrolled

    def identify(self, authorization: str | None) -> Identity:
        """Who an `Authorization` header is of. Raises NotAuthorised."""
        scheme, _, given = (authorization or "").partition(" ")
        given = given.strip()
        found = [who for token, who in self._tokens.items() if hmac.compare_digest(token.encode(), given.encode())]
        if scheme.lower() != "bearer" or not given:
            raise NotAuthorised
        who = found[0] if found else self._enrolled(given)
        if who is None:
            raise NotAuthorised
        return who

    def authorise(self, request: Request) -> Identity:
        """As a dependency of routes."""
        return self.asker(request)

    def asker(self, connection: HTTPConnection) -> Identity:
        """Whose request or socket it is. Raises NotAuthorised."""
        who = self.identify(connection.headers.get("authorization"))
        sitting = connection.headers.get(SITTING_HEADER, "")
        return replace(who, sitting=sitting) if sitting else who


def only(who: Identity, *allowed: str) -> None:
    """Raises SittingError `forbidden` for another role."""
    if who.role not in allowed:
        raise SittingError("forbidden", 403, "Ce rôle ne peut pas faire cela.", {"role": who.role})


def of_role(authorise: Callable[[Request], Identity], *allowed: str) -> Callable[[Request], Identity]:
    """As a dependency of routes: who asks, in one of these roles."""

    def asker(request: Request) -> Identity:
        who = authorise(request)
        only(who, *allowed)
        return who

    return asker


def problem(status: int, error_id: str, title: str, details: Mapping[str, Any] | None = None) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"error_id": error_id, "title": title, "details": dict(details or {})}, status, headers)


_HTTP_TITLES = {
    404: ("not_found", "Cette adresse n'existe pas."),
    405: ("method_not_allowed", "Cette adresse ne se demande pas ainsi."),
}


def tell_failures(app: FastAPI) -> None:
    """Every failure of the app becomes a problem."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)
        return problem(error.status, error.error_id, error.title, error.details)

    known: tuple[type[Exception], ...] = (CtiError, SittingError, CrmError)
    for kind in known:
        app.add_exception_handler(kind, refused)

    @app.exception_handler(NotAuthorised)
    async def unknown(request: Request, error: NotAuthorised) -> JSONResponse:
        return problem(401, "not_authorised", "Ce poste n'est pas reconnu par la salle.")

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> JSONResponse:
        told = InvalidFields(french_messages(error.errors()))
        return problem(told.status, told.error_id, told.title, told.details)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        error_id, title = _HTTP_TITLES.get(error.status_code, ("http_error", "La demande a été refusée."))
        return problem(error.status_code, error_id, title)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        incident = secrets.token_hex(4)
        logger.error("incident %s: %s %s", incident, request.method, request.url.path, exc_info=error)
        return problem(500, "internal_error", f"La salle a rencontré une panne (incident {incident}).", {"incident": incident})


class BodyLimit:
    """Refuses requests larger than BODY_LIMIT before they are read whole, whatever they announce."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._limit:
            await self._too_large(scope, receive, send)
            return
        read, answered = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise ConnectionError("body too large")  # whatever is made of this, `answer` says what it was
            return message

        async def answer(message: Message) -> None:
            nonlocal answered
            if read <= self._limit:
                await send(message)
            elif not answered:
                answered = True
                await self._too_large(scope, receive, send)

        await self._app(scope, counted, answer)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        title = "Cet envoi est trop volumineux : rien n'a été enregistré."
        await problem(413, "body_too_large", title, {"limit": self._limit})(scope, receive, send)
