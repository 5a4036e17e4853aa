"""A reply printed: on a real CUPS queue, and by printers that refuse, run out of paper, give up or are no printers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from struct import pack, unpack_from

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cups_queue import CupsQueue
from workstation.links.ipp import (
    CONTENT_TYPE,
    GET_JOB_ATTRIBUTES,
    GET_PRINTER_ATTRIBUTES,
    INTEGER,
    KEYWORD,
    PRINT_JOB,
    Answer,
    NotIpp,
    answer_of,
    message,
)
from workstation.links.print_job import OVER, PrintNews, print_pdf

PDF = b"%PDF-1.4\nune r\xc3\xa9ponse\n%%EOF\n"


async def news_of(
    address: str,
    seen: Callable[[PrintNews], object] = lambda one: None,
    *,
    patience: float = 60.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[PrintNews]:
    told: list[PrintNews] = []
    async with asyncio.timeout(60):
        async for one in print_pdf(address, PDF, "W3 – accord", "poste1", pause=0.02, patience=patience, transport=transport):
            told.append(one)
            seen(one)
    return told


# --- a real queue -----------------------------------------------------------------------------------


async def test_a_real_queue_prints_the_file_byte_for_byte(tmp_path: Path) -> None:
    with CupsQueue(tmp_path) as queue:
        told = await news_of(queue.address)
        assert [told[0].state, told[-1].state] == ["sent", "done"] and told[-1].job == 1
        assert {one.printer for one in told} == {"Laser de la salle"}
        assert queue.printed() == [PDF]
        assert (await news_of(queue.address))[-1].job == 2 and queue.printed() == [PDF, PDF]


async def test_a_real_queue_without_paper_says_so_and_prints_once_it_has_some(tmp_path: Path) -> None:
    with CupsQueue(tmp_path) as queue:
        queue.take_the_paper()

        def refill(one: PrintNews) -> None:
            if "media-empty-error" in one.reasons and (queue.root / "no-paper").exists():
                assert queue.printed() == [] and one.state not in OVER
                queue.give_paper()

        told = await news_of(queue.address, refill)
        assert any("media-empty-error" in one.reasons for one in told) and told[-1].state == "done"
        assert queue.printed() == [PDF]


async def test_a_real_printer_that_breaks_down_aborts_the_job(tmp_path: Path) -> None:
    with CupsQueue(tmp_path) as queue:
        queue.break_down()
        assert (await news_of(queue.address))[-1].state == "failed"
        assert queue.printed() == []


async def test_a_real_queue_that_takes_no_jobs(tmp_path: Path) -> None:
    with CupsQueue(tmp_path, accepting=False) as queue:
        assert await news_of(queue.address) == [PrintNews("refused", "Laser de la salle", 0, ("accepting",))]


# --- printers of all kinds --------------------------------------------------------------------------


def attribute(tag: int, name: str, *values: str | int | bool) -> bytes:
    parts = []
    for place, value in enumerate(values):
        if isinstance(value, bool):
            written = b"\1" if value else b"\0"
        else:
            written = pack(">i", value) if isinstance(value, int) else value.encode()
        called = b"" if place else name.encode()
        parts.append(pack(">BH", tag, len(called)) + called + pack(">H", len(written)) + written)
    return b"".join(parts)


def reply(*attributes: bytes, status: int = 0) -> bytes:
    return pack(">BBHI", 1, 1, status, 1) + b"\x01" + b"".join(attributes) + b"\x03"


class Printer:
    """Answers as RFC 8011 says; each look at the job takes the next of `states`, and stays with the last."""

    def __init__(self, *states: int, formats: tuple[str, ...] = ("application/pdf", "image/urf"), print_status: int = 0) -> None:
        self.states, self.formats, self.print_status = list(states), formats, print_status
        self.reasons: tuple[str, ...] = ("none",)
        self.printer_state = 3
        self.got: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        operation = unpack_from(">H", request.content, 2)[0]
        assert request.headers["content-type"] == CONTENT_TYPE["Content-Type"]
        if operation == GET_PRINTER_ATTRIBUTES:
            said = reply(
                attribute(0x23, "printer-state", self.printer_state),
                attribute(0x44, "printer-state-reasons", *self.reasons),
                attribute(0x22, "printer-is-accepting-jobs", True),
                attribute(0x41, "printer-info", "Couloir"),
                attribute(0x49, "document-format-supported", *self.formats),
                attribute(0x23, "operations-supported", PRINT_JOB, GET_JOB_ATTRIBUTES),
                attribute(0x44, "media-supported", "iso_a4_210x297mm"),
            )
        elif operation == PRINT_JOB:
            self.got.append(request.content)
            said = reply(attribute(0x21, "job-id", 7), attribute(0x41, "status-message", "plein"), status=self.print_status)
        else:
            assert operation == GET_JOB_ATTRIBUTES
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            said = reply(attribute(0x23, "job-state", state), attribute(0x44, "job-state-reasons", "none"), attribute(0x21, "job-id", 7))
        return httpx.Response(200, content=said)


async def told_by(printer: Callable[[httpx.Request], httpx.Response], patience: float = 60.0) -> list[PrintNews]:
    return await news_of("ipp://192.0.2.9/q", transport=httpx.MockTransport(printer), patience=patience)


async def test_the_job_is_followed_to_its_end() -> None:
    printer = Printer(3, 3, 5, 9)
    told = await told_by(printer)
    assert [one.state for one in told] == ["sent", "waiting", "printing", "done"] and told[-1].job == 7
    (sent,) = printer.got
    assert sent.endswith(b"\x03" + PDF)
    asked = answer_of(sent).found
    assert asked["document-format"] == ["application/pdf"] and asked["job-name"] == ["W3 – accord"] and asked["copies"] == [1]
    assert asked["media"] == ["iso_a4_210x297mm"] and asked["requesting-user-name"] == ["poste1"]


@pytest.mark.parametrize(("state", "words"), [(7, "cancelled"), (8, "failed"), (9, "done")])
async def test_each_end(state: int, words: str) -> None:
    assert (await told_by(Printer(5, state)))[-1].state == words


async def test_a_printer_without_pdf_is_told_apart_and_gets_nothing() -> None:
    printer = Printer(9, formats=("image/pwg-raster", "image/urf"))
    (told,) = await told_by(printer)
    assert (told.state, told.reasons, told.formats) == ("refused", ("format",), ("image/pwg-raster", "image/urf"))
    assert printer.got == []


async def test_a_refused_job_says_why() -> None:
    (told,) = await told_by(Printer(9, print_status=0x040A))
    assert (told.state, told.reasons) == ("refused", ("plein",))


async def test_a_stopped_printer_is_told_with_its_reasons() -> None:
    printer = Printer(3, 3, 3)
    printer.reasons, printer.printer_state = ("media-empty", "door-open"), 5
    told = await told_by(printer, patience=0.3)
    assert told[-1] == PrintNews("stopped", "Couloir", 7, ("media-empty", "door-open"))


async def test_a_printer_switched_off_while_it_prints_is_lost() -> None:
    printer = Printer(5)

    def then_off(request: httpx.Request) -> httpx.Response:
        if unpack_from(">H", request.content, 2)[0] == GET_JOB_ATTRIBUTES and printer.got:
            raise httpx.ConnectError("refused", request=request)
        return printer(request)

    assert [one.state for one in await told_by(then_off)] == ["sent", "lost"]


@pytest.mark.parametrize("body", [b"", b"<html>", reply()[:9], b"\x00" * 40])
async def test_what_is_no_printer_ends_as_said(body: bytes) -> None:
    told = await told_by(lambda request: httpx.Response(200, content=body))
    assert len(told) == 1 and told[0].state in ("unreachable", "refused")


async def test_no_address_no_printer() -> None:
    assert (await news_of("laser"))[0].state == "unreachable"
    assert (await told_by(lambda request: httpx.Response(404)))[0] == PrintNews("unreachable", "", 0, ("HTTP 404",))


@given(st.binary(max_size=120))
@settings(max_examples=80)
def test_reading_an_answer_never_breaks(body: bytes) -> None:
    try:
        assert isinstance(answer_of(body), Answer)
    except NotIpp:
        pass


@given(st.dictionaries(st.text(alphabet="abc-", min_size=1, max_size=8), st.integers(-(2**31), 2**31 - 1), max_size=5))
def test_what_is_written_is_read_back(numbers: dict[str, int]) -> None:
    found = answer_of(message(PRINT_JOB, "ipp://h/q", {n: (INTEGER, v) for n, v in numbers.items()}, {"z": (KEYWORD, ("x", "y"))})).found
    assert all(found[name] == [value] for name, value in numbers.items()) and found["z"] == ["x", "y"]
