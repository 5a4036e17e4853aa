"""A PDF given to a network printer's queue by IPP (RFC 8011: Print-Job, Get-Job-Attributes), and what becomes of it.

The printer is asked first whether it takes PDF at all: many take only rasters, and print pages of signs when they are sent one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

from cti.messages import clean_text
from workstation.links.ipp import (
    CONTENT_TYPE,
    GET_JOB_ATTRIBUTES,
    GET_PRINTER_ATTRIBUTES,
    INTEGER,
    KEYWORD,
    MIME,
    NAME,
    PRINT_JOB,
    Answer,
    NotIpp,
    Value,
    answer_of,
    http_address,
    message,
)

TIMEOUT = 10.0  # seconds for one answer
PAUSE = 1.0  # seconds between two looks at the job
PATIENCE = 600.0  # seconds a job is followed
TRIES = 5  # looks in a row that fail before the printer is given up
PDF = "application/pdf"
A4 = "iso_a4_210x297mm"
SAID = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-info", "printer-make-and-model")
CAN = ("document-format-supported", "operations-supported", "media-supported")
JOB = ("job-state", "job-state-reasons", "job-id")

State = Literal["sent", "waiting", "printing", "stopped", "done", "cancelled", "failed", "refused", "unreachable", "lost"]
OVER: frozenset[State] = frozenset(("done", "cancelled", "failed", "refused", "unreachable", "lost"))
_STATES: dict[int, State] = {3: "waiting", 4: "waiting", 5: "printing", 6: "stopped", 7: "cancelled", 8: "failed", 9: "done"}
_STOPPED_PRINTER = 5
_Values = Mapping[str, Value]


@dataclass(frozen=True)
class PrintNews:
    """`reasons`: IPP keywords, of the job and of the printer ("media-empty"); with "refused", what it said, or "format", "accepting",
    "operation". `formats`: what it takes, when it does not take PDF. `printer`: its own name; `job`: its number there, 0 none."""

    state: State
    printer: str = ""
    job: int = 0
    reasons: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


class _Refused(Exception):
    def __init__(self, reason: str, formats: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.formats = reason, formats


async def print_pdf(
    address: str,
    pdf: bytes,
    title: str,
    user: str,
    *,
    pause: float = PAUSE,
    patience: float = PATIENCE,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[PrintNews]:
    """Each change of the job's state, to its end; one news at least, the last one in OVER (else, after `patience`, as it stood)."""
    # a printer signs its own certificate; the room's network is closed, and what is sent is on paper a moment later
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False, transport=transport) as http:
        queue = _Queue(http, address)
        try:
            job = await queue.send(pdf, clean_text(title, 120), clean_text(user, 60) or "plateau")
        except _Refused as error:
            yield PrintNews("refused", queue.name, 0, (error.reason,), error.formats)
            return
        except (httpx.HTTPError, httpx.InvalidURL, NotIpp, OSError) as error:
            yield PrintNews("unreachable", queue.name, 0, (clean_text(str(error) or type(error).__name__, 80),))
            return
        last = PrintNews("sent", queue.name, job)
        yield last
        async for news in queue.follow(job, pause, patience):
            if news != last:
                last = news
                yield news


class _Queue:
    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        self._http, self._address = http, address
        self.name = ""

    async def _ask(
        self, operation: int, asked: Mapping[str, Value], job: Mapping[str, Value] | None = None, document: bytes = b""
    ) -> Answer:
        content = message(operation, self._address, asked, job) + document
        answer = await self._http.post(http_address(self._address), content=content, headers=CONTENT_TYPE)
        if not answer.is_success:
            raise NotIpp(f"HTTP {answer.status_code}")
        return answer_of(answer.content)

    async def _printer(self, names: tuple[str, ...]) -> Answer:
        return await self._ask(GET_PRINTER_ATTRIBUTES, {"requested-attributes": (KEYWORD, names)})

    async def send(self, pdf: bytes, title: str, user: str) -> int:
        """The job's number. Raises _Refused, NotIpp, httpx errors."""
        told = await self._printer((*SAID, *CAN))
        if told.refused:
            raise _Refused(_status(told))
        self.name = next((str(told.first(key)) for key in ("printer-info", "printer-make-and-model") if told.first(key)), "")[:80]
        formats = tuple(str(one) for one in told.found.get("document-format-supported", ()))
        if formats and PDF not in formats:
            raise _Refused("format", formats)
        if told.first("printer-is-accepting-jobs") is False:
            raise _Refused("accepting")
        operations = told.found.get("operations-supported", ())
        if operations and PRINT_JOB not in operations:
            raise _Refused("operation")
        wanted: dict[str, Value] = {"copies": (INTEGER, 1)}
        if A4 in told.found.get("media-supported", ()):
            wanted["media"] = (KEYWORD, A4)
        who: dict[str, Value] = {"requesting-user-name": (NAME, user), "job-name": (NAME, title), "document-format": (MIME, PDF)}
        answer = await self._ask(PRINT_JOB, who, wanted, pdf)
        number = answer.first("job-id")
        if answer.refused or not isinstance(number, int):
            raise _Refused(_status(answer), formats)
        return number

    async def follow(self, job: int, pause: float, patience: float) -> AsyncIterator[PrintNews]:
        failures, deadline = 0, time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                news = await self._look(job)
                failures = 0
            except (httpx.HTTPError, NotIpp, OSError):
                failures += 1
                if failures >= TRIES:
                    yield PrintNews("lost", self.name, job)
                    return
            else:
                yield news
                if news.state in OVER:
                    return
            await asyncio.sleep(pause)

    async def _look(self, job: int) -> PrintNews:
        asked: dict[str, Value] = {"job-id": (INTEGER, job), "requested-attributes": (KEYWORD, JOB)}
        answer = await self._ask(GET_JOB_ATTRIBUTES, asked)
        if answer.refused:
            raise NotIpp(_status(answer))
        state = _STATES.get(answer.first("job-state", 3), "waiting")
        reasons = [str(one) for one in answer.found.get("job-state-reasons", ()) if one != "none"]
        if state not in OVER:
            printer = await self._printer(SAID)
            reasons += [str(one) for one in printer.found.get("printer-state-reasons", ()) if one != "none"]
            if printer.first("printer-state") == _STOPPED_PRINTER:
                state = "stopped"
        return PrintNews(state, self.name, job, tuple(dict.fromkeys(reasons)))


def _status(answer: Answer) -> str:
    return str(answer.first("status-message") or f"{answer.status:#06x}")[:120]
