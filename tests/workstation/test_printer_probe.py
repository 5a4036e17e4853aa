"""A printer asked by IPP: what it says of itself, and what cannot be a printer."""

from __future__ import annotations

from struct import pack

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.links.ipp import NotIpp, http_address
from workstation.links.printer_probe import attributes, probe_printer, request


def answer(
    state: int = 3, accepting: bool = True, reasons: tuple[str, ...] = ("none",), info: str = "Laser du couloir", status: int = 0
) -> bytes:
    """As CUPS answers."""

    def attribute(tag: int, name: str, value: bytes) -> bytes:
        return pack(">BH", tag, len(name)) + name.encode() + pack(">H", len(value)) + value

    body = pack(">BBHI", 1, 1, status, 1) + b"\x01"
    body += attribute(0x47, "attributes-charset", b"utf-8") + attribute(0x48, "attributes-natural-language", b"fr")
    body += b"\x04" + attribute(0x23, "printer-state", pack(">i", state))
    for place, reason in enumerate(reasons):
        body += attribute(0x44, "" if place else "printer-state-reasons", reason.encode())
    body += attribute(0x22, "printer-is-accepting-jobs", b"\1" if accepting else b"\0")
    return body + attribute(0x41, "printer-info", info.encode()) + b"\x03"


async def asked(body: bytes, status: int = 200) -> tuple[dict[str, str], httpx.Request]:
    seen: list[httpx.Request] = []

    def serve(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        return httpx.Response(status, content=body)

    return await probe_printer("ipp://192.0.2.9/printers/salle", httpx.MockTransport(serve)), seen[0]


async def test_a_printer_that_waits_for_work_is_ready() -> None:
    found, got = await asked(answer())
    assert found == {"printer_state": "ready", "printer_name": "Laser du couloir", "printer_detail": ""}
    assert str(got.url) == "http://192.0.2.9:631/printers/salle" and got.headers["content-type"] == "application/ipp"
    sent = attributes(pack(">BBHI", 1, 1, 0, 1) + got.content[8:])
    assert sent["printer-uri"] == ["ipp://192.0.2.9/printers/salle"] and "printer-state" in sent["requested-attributes"]


async def test_a_printer_out_of_paper_says_so() -> None:
    found, _got = await asked(answer(5, reasons=("media-empty", "door-open")))
    assert found["printer_state"] == "stopped" and found["printer_detail"] == "media-empty, door-open"


async def test_a_printer_that_takes_no_jobs_refuses() -> None:
    assert (await asked(answer(accepting=False)))[0]["printer_state"] == "refusing"


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html>", 200), (b"", 200), (answer(), 404), (answer(status=0x0406), 200), (answer()[:40], 200)]
)
async def test_what_is_no_printer_is_unreachable(body: bytes, status: int) -> None:
    assert (await asked(body, status))[0]["printer_state"] == "unreachable"


async def test_a_printer_that_is_switched_off_is_unreachable() -> None:
    def gone(got: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=got)

    found = await probe_printer("ipp://192.0.2.9/q", httpx.MockTransport(gone))
    assert found == {"printer_state": "unreachable", "printer_name": "", "printer_detail": "Connection refused"}


@pytest.mark.parametrize("address", ["", "laser", "http://192.0.2.9/q", "ipp://", "ipp://h:99999/q"])
async def test_an_address_that_is_none_is_said_to_be_so(address: str) -> None:
    assert (await probe_printer(address))["printer_state"] == "unreachable"


def test_addresses() -> None:
    assert http_address("ipp://h/q") == "http://h:631/q"
    assert http_address("ipps://h:8631/ipp/print") == "https://h:8631/ipp/print"
    assert http_address("ipp://[2001:db8::1]/q") == "http://[2001:db8::1]:631/q"


@given(st.binary(max_size=200))
def test_whatever_is_answered_is_read_or_refused(body: bytes) -> None:
    try:
        attributes(body)
    except NotIpp:
        pass


@given(st.integers(0, 150))
def test_an_answer_cut_anywhere_is_refused(size: int) -> None:
    whole = answer()
    with pytest.raises(NotIpp):
        attributes(whole[: min(size, len(whole) - 1)])


def test_a_request_is_what_the_standard_says() -> None:
    sent = request("ipp://h/q")
    assert sent[:8] == b"\x01\x01\x00\x0b\x00\x00\x00\x01" and sent[8] == 1 and sent[-1] == 3
