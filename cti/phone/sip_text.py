"""SIP text, in and out: what a hostile peer wrote is taken apart here, and what we write is made safe here.

Pure: no SIP library. Reading never raises, whatever the bytes; writing raises UnsafeText rather than
send a line the caller did not mean (RFC 3261 §25: a CR or LF in a header is a header more).
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, field

from cti.messages import Cause, Refusal, clean_text
from cti.phone.port import OrderUnmet

MAX_HEADERS = 32  # X-… headers kept of one message
MAX_NAME = 128  # characters sent of a display name
MAX_DIGITS = 32  # what the SIP stack queues for one call

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}")
_DIGITS = re.compile(r"[0-9*#A-Da-d]+")
_TARGET = re.compile(
    r"sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,128}@)?(?:[A-Za-z0-9\-.]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?(?:;[A-Za-z0-9\-_.!~*'()%=;:]{0,200})?"
)
_ORDERABLE = frozenset({"p-asserted-identity", "privacy", "alert-info", "call-info", "subject"})
_COMPACT = {"f": "from", "t": "to", "i": "call-id", "m": "contact", "v": "via", "l": "content-length", "c": "content-type", "s": "subject"}


class UnsafeText(OrderUnmet):
    """Text that must not go into a SIP message; `detail` says which and why."""

    def __init__(self, detail: str) -> None:
        super().__init__(Refusal.BAD_VALUE, detail)


@dataclass(frozen=True)
class Correspondent:
    """One name-addr of RFC 3261 §20.10. All fields cleaned for display; `user` is "" when the peer hides it."""

    name: str
    user: str
    host: str


@dataclass(frozen=True)
class Invitation:
    """What an INVITE says that a person or the room must know."""

    caller: str
    caller_name: str
    called: str
    headers: dict[str, str] = field(default_factory=dict)  # X-… only, names as written

    def header(self, name: str) -> str:
        """The value of an X-… header, whatever its letter case; "" when absent."""
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), "")


def split_headers(message: str) -> list[tuple[str, str]]:
    """(name, value) of each header line of a raw SIP message, folded lines joined, the body left out."""
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head)
    pairs = []
    for line in re.split(r"\r?\n", unfolded)[1:]:
        name, colon, value = line.partition(":")
        if colon and _TOKEN.fullmatch(name.strip()):
            pairs.append((name.strip(), value.strip()))
    return pairs


def parse_party(value: str) -> Correspondent:
    """A From, To or P-Asserted-Identity value; of a list, the first one that has an address."""
    value = value[:2000]
    name = ""
    rest = value.lstrip()
    if rest.startswith('"'):
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', rest, re.DOTALL)
        if quoted:
            name = re.sub(r"\\(.)", r"\1", quoted.group(1), flags=re.DOTALL)
            rest = rest[quoted.end() :]
    bracket = re.search(r"<([^>]*)>", rest)
    if bracket:
        name = name or rest[: bracket.start()]
        address = bracket.group(1)
    else:
        address = rest.split(";")[0].split(",")[0]
    scheme, colon, body = address.strip().partition(":")
    if not colon:
        return Correspondent(clean_text(name), "", "")
    body = body.split("?")[0]
    if scheme.lower() == "tel":
        return Correspondent(clean_text(name), _shown(body.split(";")[0]), "")
    user, at, host = body.rpartition("@")
    if not at:
        user = ""
    user = user.split(";")[0].split(":")[0]
    return Correspondent(clean_text(name), _shown(user), clean_text(host.split(";")[0]))


def _shown(user: str) -> str:
    text = clean_text(urllib.parse.unquote(user, errors="replace"))
    return "" if text.lower() == "anonymous" else text


def read_invitation(message: str) -> Invitation:
    """What to show of a raw INVITE. P-Asserted-Identity wins over From (RFC 3325); Privacy: id hides both."""
    headers: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name, value in split_headers(message):
        key = _COMPACT.get(name.lower(), name.lower())
        seen.setdefault(key, value)
        if key.startswith("x-") and len(headers) < MAX_HEADERS:
            headers.setdefault(name, clean_text(value))
    sender = parse_party(seen.get("from", ""))
    asserted = parse_party(seen["p-asserted-identity"]) if "p-asserted-identity" in seen else None
    if asserted is not None and (asserted.user or asserted.name):
        sender = Correspondent(asserted.name or sender.name, asserted.user or sender.user, asserted.host)
    hidden = bool({"id", "user", "header"} & {p.strip().lower() for p in re.split(r"[;,]", seen.get("privacy", ""))})
    return Invitation(
        caller="" if hidden else sender.user,
        caller_name="" if hidden else sender.name,
        called=parse_party(seen.get("to", "")).user,
        headers=headers,
    )


def one_line(text: str, what: str, limit: int = 500) -> str:
    """`text` if it fits one header line; raises UnsafeText on any control character or excess length."""
    if any(ord(c) < 0x20 or ord(c) == 0x7F or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise UnsafeText(f"{what}: control characters are not allowed")
    if len(text) > limit:
        raise UnsafeText(f"{what}: longer than {limit} characters")
    return text


def safe_target(target: str) -> str:
    """A SIP URI fit to be called or referred to; raises UnsafeText."""
    if not _TARGET.fullmatch(target):
        raise UnsafeText(f"not a SIP address: {clean_text(target, 80)!r}")
    return target


def safe_header(name: str, value: str) -> tuple[str, str]:
    """A header an order may add to an INVITE: X-… or one of a short list; raises UnsafeText."""
    if not _TOKEN.fullmatch(name) or not (name.lower().startswith("x-") or name.lower() in _ORDERABLE):
        raise UnsafeText(f"header {clean_text(name, 40)!r} may not be set by an order")
    return name, one_line(value, name)


def safe_digits(digits: str) -> str:
    if not _DIGITS.fullmatch(digits):
        raise UnsafeText("digits are 0-9, *, # and A-D")
    if len(digits) > MAX_DIGITS:
        raise UnsafeText(f"at most {MAX_DIGITS} digits at once")
    return digits.upper()


def quote_user(user: str) -> str:
    """The user part of a SIP URI, everything else than RFC 3261's unreserved escaped."""
    return urllib.parse.quote(one_line(user, "user", 128), safe="-_.!~*'()+")


def name_address(uri: str, display_name: str = "") -> str:
    """`"Name" <uri>`, the name quoted (RFC 3261 §25.1 quoted-string) and cut to MAX_NAME characters; raises UnsafeText."""
    one_line(uri, "address")
    if not display_name:
        return f"<{uri}>"
    escaped = one_line(display_name[:MAX_NAME], "display name").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{uri}>'


def cause_of_status(code: int) -> Cause:
    """Why a call of ours was not answered, from the final SIP status."""
    if code in (486, 600):
        return Cause.BUSY
    if code in (404, 410, 484, 485, 604):
        return Cause.UNKNOWN_NUMBER
    if code in (408, 480):
        return Cause.NO_ANSWER
    if code == 487:
        return Cause.CANCELLED
    if code == 488 or (code >= 500 and code // 100 == 5) or code == 606:
        return Cause.NETWORK
    return Cause.REFUSED if code >= 400 else Cause.HUNG_UP
