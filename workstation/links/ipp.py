"""The Internet Printing Protocol's messages (RFC 8010): made, and read. What printers answer is not to be trusted to be well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import pack, unpack_from
from typing import Any
from urllib.parse import urlsplit

from cti.messages import clean_text

PORT = 631
OPERATION, JOB, END = 0x01, 0x02, 0x03  # groups of attributes
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
PRINT_JOB, CANCEL_JOB, GET_JOB_ATTRIBUTES, GET_PRINTER_ATTRIBUTES = 0x0002, 0x0008, 0x0009, 0x000B
CONTENT_TYPE = {"Content-Type": "application/ipp"}
REFUSED = 0x0100  # statuses from there on; 0x0000 to 0x00FF: successful

Value = tuple[int, str | int | tuple[str, ...]]  # tag, value; several values of one attribute as a tuple


class NotIpp(ValueError):
    """What answered is not a printer, or speaks badly."""


@dataclass(frozen=True)
class Answer:
    """`found`: attributes by name, each with all its values, whatever the group."""

    status: int
    found: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return self.status >= REFUSED

    def first(self, name: str, otherwise: Any = None) -> Any:
        return next(iter(self.found.get(name, ())), otherwise)


def message(operation: int, address: str, asked: Mapping[str, Value], job: Mapping[str, Value] | None = None, number: int = 1) -> bytes:
    """A request about the printer at `address` (ipp://…); a document follows it as it is."""
    first: dict[str, Value] = {
        "attributes-charset": (CHARSET, "utf-8"),
        "attributes-natural-language": (LANGUAGE, "fr"),
        "printer-uri": (URI, address),
    }
    parts = [pack(">BBHIB", 1, 1, operation, number, OPERATION), *_attributes({**first, **asked})]
    if job:
        parts += [bytes([JOB]), *_attributes(job)]
    return b"".join((*parts, bytes([END])))


def _attributes(values: Mapping[str, Value]) -> Iterator[bytes]:
    for name, (tag, value) in values.items():
        for place, one in enumerate(value if isinstance(value, tuple) else (value,)):
            written = pack(">i", one) if isinstance(one, int) else one.encode()
            called = b"" if place else name.encode()
            yield pack(">BH", tag, len(called)) + called + pack(">H", len(written)) + written


def answer_of(body: bytes) -> Answer:
    """What a printer's answer says; raises NotIpp for one that is cut short or no answer."""
    try:
        status = unpack_from(">xxH", body)[0]
        return Answer(status, _read(body))
    except Exception as error:  # struct.error, an index beyond the end, bytes that are no text
        raise NotIpp(str(error)) from None


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
