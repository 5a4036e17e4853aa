"""Whether a printer answers and takes jobs: IPP's Get-Printer-Attributes (RFC 8011 §4.2.5), which every network printer understands."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from
from typing import Any
from urllib.parse import urlsplit

import httpx

from cti.messages import clean_text

TIMEOUT = 3.0  # seconds
PORT = 631
GET_PRINTER_ATTRIBUTES = 0x000B
ASKED = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-info", "printer-make-and-model")
END, KEYWORD, URI, CHARSET, LANGUAGE, OPERATION = 0x03, 0x44, 0x45, 0x47, 0x48, 0x01
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
STOPPED = 5  # printer-state: 3 idle, 4 processing


class NotIpp(ValueError):
    """What answered is not a printer, or speaks badly."""


def request(address: str) -> bytes:
    """Get-Printer-Attributes of the printer at `address` (ipp://…)."""

    def attribute(tag: int, name: str, value: str) -> bytes:
        return pack(">BH", tag, len(name)) + name.encode() + pack(">H", len(value.encode())) + value.encode()

    first, *others = ASKED
    return b"".join(
        (
            pack(">BBHIB", 1, 1, GET_PRINTER_ATTRIBUTES, 1, OPERATION),
            attribute(CHARSET, "attributes-charset", "utf-8"),
            attribute(LANGUAGE, "attributes-natural-language", "fr"),
            attribute(URI, "printer-uri", address),
            attribute(KEYWORD, "requested-attributes", first),
            *(attribute(KEYWORD, "", other) for other in others),
            bytes([END]),
        )
    )


def attributes(body: bytes) -> dict[str, list[Any]]:
    """What a printer's answer says, by name; raises NotIpp for one that is cut short, or a refusal."""
    try:
        status = unpack_from(">xxH", body)[0]
        found = _read(body)
    except Exception as error:  # struct.error, an index beyond the end, bytes that are no text
        raise NotIpp(str(error)) from None
    if status >= 0x0100:  # 0x0000 to 0x00FF: successful
        raise NotIpp(f"status {status:#06x}")
    return found


def _read(body: bytes) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    name = ""
    for tag, given, value in _values(body):
        name = given or name
        if tag in (INTEGER, ENUM):
            found.setdefault(name, []).append(unpack_from(">i", value)[0])
        elif tag == BOOLEAN:
            found.setdefault(name, []).append(value != b"\0")
        elif tag >= 0x40:  # character strings
            found.setdefault(name, []).append(clean_text(value.decode("utf-8", "replace")))
    return found


def _values(body: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Tag, name ("" one more value of the last) and value of each; raises on a body that ends too early."""
    at = 8
    while (tag := body[at]) != END:
        at += 1
        if tag < 0x10:  # a group begins
            continue
        parts = []
        for _part in range(2):
            size = unpack_from(">H", body, at)[0]
            part = body[at + 2 : at + 2 + size]
            if len(part) != size:
                raise NotIpp("cut short")
            parts.append(part)
            at += 2 + size
        yield tag, parts[0].decode("ascii"), parts[1]


async def probe_printer(address: str, transport: httpx.AsyncBaseTransport | None = None) -> dict[str, str]:
    """{"printer_state": ready | stopped | refusing | unreachable, "printer_name", "printer_detail"}."""
    try:
        url = http_address(address)
        # a printer signs its own certificate; nothing secret is sent to it here
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False, transport=transport) as http:
            answer = await http.post(url, content=request(address), headers={"Content-Type": "application/ipp"})
        if not answer.is_success:
            raise NotIpp(f"HTTP {answer.status_code}")
        found = attributes(answer.content)
    except (httpx.HTTPError, httpx.InvalidURL, NotIpp, OSError) as error:
        return {"printer_state": "unreachable", "printer_name": "", "printer_detail": clean_text(str(error) or type(error).__name__, 80)}
    name = next((str(found[key][0]) for key in ("printer-info", "printer-make-and-model") if found.get(key)), "")
    reasons = ", ".join(str(reason) for reason in found.get("printer-state-reasons", []) if reason != "none")
    state = (
        "stopped"
        if found.get("printer-state") == [STOPPED]
        else "refusing"
        if found.get("printer-is-accepting-jobs") == [False]
        else "ready"
    )
    return {"printer_state": state, "printer_name": name[:80], "printer_detail": clean_text(reasons, 80)}


def http_address(address: str) -> str:
    """ipp://host[:port]/queue as HTTP; raises NotIpp."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORT
    except ValueError:
        raise NotIpp("bad address") from None
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname:
        raise NotIpp("ipp://machine:port/file")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{'https' if parts.scheme == 'ipps' else 'http'}://{host}:{port}{parts.path or '/'}"
