"""SIP messages of the pyVoIP engine: pyVoIP's parser made to survive a network, and what we write.

pyVoIP 1.6.8's own reading of a message fails on a header without a space after its colon, on compact
names, on a status it does not know, on a value that holds ": " and on every method but four. Taken
from it here: the message class, the CSeq, challenge and SDP parsers, the status phrases.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyVoIP imports audioop, deprecated since 3.11
    import pyVoIP.VoIP  # first: pyVoIP.SIP cannot be imported before it (a circle)
    from pyVoIP import RTP as RTP
    from pyVoIP import SIP

from cti.phone.sip_text import split_headers

Address = tuple[str, int]
PYVOIP_VERSION = str(pyVoIP.__version__)
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
AGENT = "Plateau (pyVoIP)"
EVENT_TYPE = 101  # payload type we offer for RFC 4733 digits
CODECS = {"PCMA": RTP.PayloadType.PCMA, "PCMU": RTP.PayloadType.PCMU}
_FULL = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}
_NEEDED = ("via", "from", "to", "call-id", "cseq")
_URI = re.compile(r"sips?:(?:[^@>]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::(\d{1,5}))?", re.IGNORECASE)


class BadPacket(Exception):
    """Not a SIP message this engine can read; dropped."""


class Unacceptable(Exception):
    """A session description with nothing we can speak; answered by 488."""


def uri_of(value: str) -> str:
    """The URI of a name-addr or addr-spec; "" when there is none."""
    bracket = re.search(r"<([^>]*)>", value)
    return bracket.group(1) if bracket else value.split(";")[0].strip()


def tag_of(value: str) -> str:
    found = re.search(r";\s*tag=([^;>\s,]+)", value.rpartition(">")[2])
    return found.group(1) if found else ""


def without_tag(value: str) -> str:
    """A From or To as it stands in requests the other way, whose tag is written apart."""
    before, bracket, after = value.rpartition(">")
    return before + bracket + re.sub(r";\s*tag=[^;>\s,]*", "", after)


def host_and_port(uri: str) -> Address | None:
    """Where a request to `uri` goes; None when it says nothing usable."""
    found = _URI.match(uri)
    if not found or not 0 < int(found.group(2) or 5060) < 65536:
        return None
    return found.group(1).strip("[]"), int(found.group(2) or 5060)


@dataclass(frozen=True)
class Session:
    """The audio of a session description. `direction` as its author means it."""

    address: Address
    codecs: dict[int, RTP.PayloadType]  # payload type -> PCMA, PCMU or EVENT, in the author's order
    direction: str

    @property
    def holds(self) -> bool:
        return self.direction in ("sendonly", "inactive") or self.address[0] == "0.0.0.0"


class Packet(SIP.SIPMessage):
    """One datagram. Raises BadPacket. `method` is "" for a response, `code` 0 for a request."""

    def __init__(self, data: bytes, source: Address) -> None:
        self.source = source
        self.method = self.uri = self.reason = self.session_text = ""
        self.code = self.number = 0
        self.values: dict[str, list[str]] = {}
        try:
            super().__init__(data)
        except (SIP.SIPParseError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise BadPacket(repr(error)) from None

    def parse(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        first = text.split("\r\n", 1)[0]
        if answer := re.fullmatch(r"SIP/2\.0 (\d{3})(?: (.*))?", first):
            self.code, self.reason = int(answer.group(1)), answer.group(2) or ""
        elif request := re.fullmatch(r"([A-Z]{1,20}) (\S{1,500}) SIP/2\.0", first):
            self.method, self.uri = request.group(1), request.group(2)
        else:
            raise SIP.SIPParseError(first[:80])
        for name, value in split_headers(text):
            self.values.setdefault(_FULL.get(name.lower(), name.lower()), []).append(value)
        missing = [name for name in _NEEDED if name not in self.values]
        if missing:
            raise SIP.SIPParseError(f"no {', '.join(missing)}")
        self.parse_header("CSeq", " ".join(self.value("cseq").split()))
        self.number = int(self.headers["CSeq"]["check"])
        for challenge in ("www-authenticate", "proxy-authenticate"):
            if challenge in self.values:
                self.parse_header("WWW-Authenticate", self.value(challenge))
        if self.value("content-type").split(";")[0].strip().lower() == "application/sdp":
            self.session_text = body.decode("utf-8", "replace").rstrip("\0")

    def value(self, name: str) -> str:
        """The first value of a header by its lower-case full name; "" when absent."""
        return self.values.get(name, [""])[0]

    @property
    def call(self) -> str:
        return self.value("call-id")

    @property
    def cseq_method(self) -> str:
        return str(self.headers["CSeq"]["method"])

    @property
    def branch(self) -> str:
        found = re.search(r";\s*branch=([^;,\s]+)", self.value("via"))
        return found.group(1) if found else ""

    @property
    def record_route(self) -> list[str]:
        return [route.strip() for line in self.values.get("record-route", []) for route in re.split(r",(?=\s*<)", line)]

    def session(self, wanted: Sequence[str]) -> Session:
        """The audio described, codecs among `wanted` only. Raises Unacceptable."""
        self.body = {}
        self.headers["Content-Type"] = "application/sdp"
        session_address, address = "", ""
        try:
            for line in self.session_text.splitlines():
                key, equals, value = line.partition("=")
                if len(key) != 1 or not equals or not value:
                    continue
                self.parse_body(key, value)
                if key == "c":
                    shown = self.body["c"][-1]["address"]
                    media = self.body.get("m", [])
                    if not media:
                        session_address = shown
                    elif media[-1]["type"] == "audio":
                        address = shown
            audio = next(media for media in self.body["m"] if media["type"] == "audio" and media["port"])
        except (SIP.SIPParseError, ValueError, IndexError, KeyError, UnboundLocalError, StopIteration, TypeError):
            raise Unacceptable("unreadable session") from None
        return self._audio(audio, address or session_address, wanted)

    def _audio(self, audio: Mapping[str, object], address: str, wanted: Sequence[str]) -> Session:
        codecs: dict[int, RTP.PayloadType] = {}
        attributes = audio["attributes"]
        assert isinstance(attributes, dict)
        for kind, described in attributes.items():
            named = described.get("rtpmap", {}).get("name", "").upper() or {"8": "PCMA", "0": "PCMU"}.get(kind, "")
            if not kind.isdigit() or int(kind) > 127:
                continue
            if named in CODECS and named in wanted and kind in ("0", "8"):
                codecs[int(kind)] = CODECS[named]
            elif named == "TELEPHONE-EVENT":
                codecs[int(kind)] = RTP.PayloadType.EVENT
        if audio["protocol"] is not RTP.RTPProtocol.AVP or not re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", address):
            raise Unacceptable("only plain RTP over IPv4")
        if not any(codec is not RTP.PayloadType.EVENT for codec in codecs.values()):
            raise Unacceptable("no common codec")
        port = audio["port"]
        assert isinstance(port, int)
        direction = self.body.get("a", {}).get("transmit_type", RTP.TransmitType.SENDRECV)
        return Session((address, port), codecs, str(direction))


def phrase(code: int) -> str:
    try:
        return str(SIP.SIPStatus(code).phrase)
    except ValueError:
        return "Unknown"


def new_branch() -> str:
    return "z9hG4bK" + secrets.token_hex(12)


def new_tag() -> str:
    return secrets.token_hex(6)


def new_call(host: str) -> str:
    """pyVoIP's own is the hash of a counter from 1: the same in each process."""
    return f"{uuid.uuid4().hex}@{host}"


def message(first: str, headers: Sequence[tuple[str, str]], body: str = "") -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    return ("\r\n".join([*lines, f"User-Agent: {AGENT}", f"Content-Length: {len(body.encode())}", "", ""]) + body).encode()


def response(request: Packet, code: int, tag: str = "", contact: str = "", body: str = "", extra: Sequence[tuple[str, str]] = ()) -> bytes:
    """An answer to `request`, for its sender's address (RFC 3581), dialog headers copied."""
    via = list(request.values["via"])
    via[0] = re.sub(r";\s*rport(?=;|,|\s|$)", f";rport={request.source[1]};received={request.source[0]}", via[0], count=1)
    to = request.value("to")
    headers = [("Via", value) for value in via]
    headers += [("Record-Route", value) for value in request.values.get("record-route", [])] if contact else []
    headers += [("From", request.value("from")), ("To", f"{to};tag={tag}" if tag and not tag_of(to) else to)]
    headers += [("Call-ID", request.call), ("CSeq", request.value("cseq"))]
    headers += [("Contact", f"<{contact}>")] if contact else []
    return message(f"SIP/2.0 {code} {phrase(code)}", [*headers, ("Allow", ALLOW), *extra], body)


def describe(address: Address, codecs: Mapping[int, RTP.PayloadType], direction: str, identity: int, version: int) -> str:
    """A session description of one audio stream (RFC 4566)."""
    lines = [
        "v=0", f"o=- {identity} {version} IN IP4 {address[0]}", "s=Plateau", f"c=IN IP4 {address[0]}", "t=0 0",
        f"m=audio {address[1]} RTP/AVP {' '.join(str(kind) for kind in codecs)}",
    ]  # fmt: skip
    lines += [f"a=rtpmap:{kind} {codec}/8000" for kind, codec in codecs.items()]
    lines += [f"a=fmtp:{kind} 0-15" for kind, codec in codecs.items() if codec is RTP.PayloadType.EVENT]
    return "\r\n".join([*lines, "a=ptime:20", f"a={direction}", ""])


def answer_direction(offered: str, holding: bool) -> str:
    """Our direction for theirs (RFC 3264 §6.1)."""
    if offered == "inactive" or (offered == "sendonly" and holding):
        return "inactive"
    return {"sendonly": "recvonly", "recvonly": "sendonly"}.get(offered, "sendonly" if holding else "sendrecv")


def credentials(challenge: Mapping[str, str], user: str, password: str, method: str, uri: str) -> str:
    """The value of an Authorization header (RFC 2617, MD5, qop auth or none). Raises KeyError, or ValueError for another algorithm."""
    if challenge.get("algorithm", "MD5").upper() != "MD5":
        raise ValueError(challenge["algorithm"])

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce = challenge["realm"], challenge["nonce"]
    secret, asked = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{uri}")
    value = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm=MD5'
    if "opaque" in challenge:
        value += f', opaque="{challenge["opaque"]}"'
    if "auth" not in challenge.get("qop", ""):
        return f'{value}, response="{md5(f"{secret}:{nonce}:{asked}")}"'
    cnonce = secrets.token_hex(8)
    return f'{value}, qop=auth, nc=00000001, cnonce="{cnonce}", response="{md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{asked}")}"'
