"""How this machine is let into a room by the code shown there, and what it keeps of it.

The room's certificate is not known yet: a first connection, believed in nothing, fetches the room's CA; everything is then done
again on connections verified by it, and the answer is believed once the room has proven that it knows the code and has this very CA
(scenarios.room.enrolment).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from crm_mock import durable
from cti.messages import clean_text
from scenarios.room.enrolment import CodeUnreadable, DeskSide, Grant, Hello, RoomNotProven, normalised
from workstation.config import config_folder
from workstation.i18n import _
from workstation.links.answers import unreachable

FILE = "enrolment.json"
TIMEOUT = httpx.Timeout(5.0, connect=3.0)
WHOLE = 20.0  # seconds for all of it, however slowly somebody answers
ANSWER_LIMIT = 500_000  # bytes
CLOCKS_APART = dt.timedelta(minutes=5)  # from there on, it is the clock that is wrong rather than the certificate
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED

Reason = Literal["address", "code", "refused", "unreachable", "not_a_room", "not_this_room", "clock", "certificate"]


class EnrolmentFailed(Exception):
    """The message, for the person at this machine, says what to do; this machine has kept nothing. `error_id` is the room's own, or ""."""

    def __init__(self, reason: Reason, message: str, error_id: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.error_id = error_id


class EnrolmentUnusable(Exception):
    """The file that says which room this machine belongs to cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Enrolment:
    """Which place of which room this machine is. `ca_pem` verifies the room's certificate, "" on a room without TLS (this machine's own);
    `payload` is what the room gave for the place to work."""

    url: str
    room: str
    place: str
    label: str
    kind: str
    token: str = field(repr=False)
    ca_pem: str = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)


def room_url(typed: str) -> str:
    """The room's address in what somebody typed: `192.0.2.10:8443` is https. Raises EnrolmentFailed."""
    text = "".join(typed.split())
    told = _("Cette adresse de salle ne se lit pas : tapez-la comme elle est affichée dans la salle, par exemple 192.0.2.10:8443.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
        if not host or parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError
        httpx.URL(f"https://{parts.netloc}")
    except (ValueError, httpx.InvalidURL):
        raise EnrolmentFailed("address", told) from None
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not _this_machine(host)):
        raise EnrolmentFailed("address", _("Une salle se rejoint par une adresse en https, sauf sur la machine même qui la fait tourner."))
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" if port is None else f"{parts.scheme}://{named}:{port}"


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def verified_by(ca_pem: str) -> ssl.SSLContext:
    """Believes certificates of this CA, for the address that is asked for, and no others. Raises ValueError for what is not one."""
    if not ca_pem or not ca_pem.isascii():  # without any, Python would believe those of the system
        raise ValueError("not a certificate")
    try:
        return ssl.create_default_context(cadata=ca_pem)
    except ssl.SSLError:
        raise ValueError("not a certificate") from None


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def enrol(url: str, code: str, device: str, *, transport: httpx.AsyncBaseTransport | None = None) -> Enrolment:
    """Have this machine let in. `url` and `code` as typed, `device` this machine's name as the supervisor will see it; `transport` lets
    tests stand in for the network. Raises EnrolmentFailed; a code that has been used up is used up even when the answer was lost."""
    base = room_url(url)
    try:
        wanted = normalised(code)
    except CodeUnreadable as error:
        raise EnrolmentFailed("code", str(error)) from None
    try:
        async with asyncio.timeout(WHOLE):
            return await _enrol(base, wanted, clean_text(device, 80), transport)
    except TimeoutError:
        raise EnrolmentFailed("unreachable", _("La salle ne répond pas à temps.")) from None


async def _enrol(base: str, code: str, device: str, transport: httpx.AsyncBaseTransport | None) -> Enrolment:
    async with _client(base, _unverified(), transport) as anyone:
        first = await _hello(anyone)
    if base.startswith("https") != bool(first.ca_pem):
        raise EnrolmentFailed("not_this_room", _not_this_room())
    try:
        context = verified_by(first.ca_pem) if first.ca_pem else _unverified()
    except ValueError:
        raise EnrolmentFailed("not_a_room", _not_a_room()) from None
    async with _client(base, context, transport) as room:
        hello = await _hello(room, first)
        if hello.ca_pem != first.ca_pem:
            raise EnrolmentFailed("not_this_room", _not_this_room())
        side = await asyncio.to_thread(DeskSide, hello, code, device)
        grant = await _granted(room, side, hello)
    return Enrolment(base, grant.room, grant.place, grant.label, grant.kind, grant.token, hello.ca_pem, grant.payload)


def _client(base: str, context: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base, verify=context, timeout=TIMEOUT, transport=transport, trust_env=False)


async def _hello(http: httpx.AsyncClient, first: Hello | None = None) -> Hello:
    """`first`: what was heard before anything was verified, for its clock."""
    status, body = await _ask(http, "GET", "/enrol/hello", None, first)
    try:
        if status != httpx.codes.OK:
            raise ValueError
        return Hello.read(body)
    except ValueError:
        raise EnrolmentFailed("not_a_room", _not_a_room()) from None


async def _granted(http: httpx.AsyncClient, side: DeskSide, hello: Hello) -> Grant:
    status, body = await _ask(http, "POST", "/enrol", asdict(side.request()), hello)
    if status != httpx.codes.OK:
        told = body if isinstance(body, dict) else {}
        title = clean_text(str(told.get("title") or "")) or _("La salle a répondu {status}.").format(status=status)
        raise EnrolmentFailed("refused", title, clean_text(str(told.get("error_id") or "")))
    try:
        return side.believe(body)
    except RoomNotProven:
        raise EnrolmentFailed("not_this_room", _not_this_room()) from None


async def _ask(http: httpx.AsyncClient, method: str, path: str, body: object, hello: Hello | None) -> tuple[int, object]:
    """Status and JSON (None when it is not JSON, or too long to be ours)."""
    try:
        async with http.stream(method, path, json=body) as answer:
            text = bytearray()
            async for piece in answer.aiter_bytes():
                text += piece
                if len(text) > ANSWER_LIMIT:
                    return answer.status_code, None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise _not_reached(error, hello) from None
    try:
        return answer.status_code, json.loads(text)
    except (ValueError, RecursionError):
        return answer.status_code, None


def _not_reached(error: httpx.RequestError, hello: Hello | None) -> EnrolmentFailed:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _not_verified(cause, hello)
        if isinstance(cause, ssl.SSLError):
            return EnrolmentFailed("not_a_room", _not_a_room())
    if isinstance(error, (httpx.ProtocolError, httpx.DecodingError)):
        return EnrolmentFailed("not_a_room", _not_a_room())
    told = unreachable(error) if isinstance(error, httpx.TransportError) else _("La salle est injoignable.")
    return EnrolmentFailed("unreachable", told + " " + _("Vérifiez l'adresse et le réseau de ce poste, puis recommencez."))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _not_verified(error: ssl.SSLCertVerificationError, hello: Hello | None) -> EnrolmentFailed:
    if error.verify_code not in (_NOT_YET_VALID, _EXPIRED):
        return EnrolmentFailed("not_this_room", _not_this_room())
    here = dt.datetime.now(dt.UTC)
    try:
        there = dt.datetime.fromisoformat(hello.now) if hello else here
        apart = abs(there - here)
    except (ValueError, TypeError):  # not an instant, or one without its zone
        there, apart = here, dt.timedelta()
    if apart >= CLOCKS_APART:
        told = _("L'horloge de ce poste n'est pas à l'heure : il croit être le {here}, la salle le {there}. Réglez-la, puis recommencez.")
        words = {"here": f"{here.astimezone():%d/%m/%Y %H:%M}", "there": f"{there.astimezone():%d/%m/%Y %H:%M}"}
        return EnrolmentFailed("clock", told.format(**words))
    return EnrolmentFailed(
        "certificate", _("Le certificat de la salle n'est pas valable aujourd'hui : il est à refaire par le surveillant.")
    )


def _not_this_room() -> str:
    return _("Cette adresse n'a pas prouvé être la salle qui a montré ce code : vérifiez l'adresse, et prévenez le surveillant.")


def _not_a_room() -> str:
    return _("Ce n'est pas une salle Plateau qui répond à cette adresse : vérifiez-la.")


# --- what this machine keeps ------------------------------------------------------------------------


def enrolment_file(folder: Path | None = None) -> Path:
    """Where this machine keeps it unless told otherwise."""
    return (folder or config_folder()) / FILE


def save_enrolment(enrolment: Enrolment, path: Path) -> Path:
    """Written whole beside the old file, readable by its owner only, then put in its place. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_file(path, json.dumps(asdict(enrolment), ensure_ascii=False, indent=1).encode(), private=True)
    return path


def load_enrolment(path: Path) -> Enrolment | None:
    """None: this machine belongs to no room yet. Raises EnrolmentUnusable."""
    again = _("refaites l'inscription de ce poste avec un nouveau code.")
    try:
        kept = Enrolment(**json.loads(path.read_text(encoding="utf-8")))
        texts = (kept.url, kept.room, kept.place, kept.label, kept.kind, kept.token, kept.ca_pem)
        if not all(isinstance(text, str) for text in texts) or not isinstance(kept.payload, dict):
            raise TypeError
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnrolmentUnusable(_("{path} ne peut pas être lu : {why}.").format(path=path, why=error.strerror or error)) from None
    except (ValueError, TypeError):
        raise EnrolmentUnusable(_("{path} est abîmé :").format(path=path) + " " + again) from None
    return kept
