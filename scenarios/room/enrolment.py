"""How a machine that knows nobody, and a room that does not know it, come to trust each other by a short code shown in the room.

Pure: what is sent and what is believed; no network, no disk. Both sides are here.

    desk                                            room
     | GET hello                                      |
     |--------------------------------------------->  |
     |  room's name, CA certificate, salt, nonce      |
     | <--------------------------------------------- |
     |  key = scrypt(code, salt)                      |   keeps scrypt(code, salt) of each code it opened, never the code
     |  nonce, device, HMAC(key, "desk"…CA…)          |
     |--------------------------------------------->  |   which open code makes this proof? which place is it for?
     |  answer, HMAC(key, "room"…answer…)             |
     | <--------------------------------------------- |   the code is used, the place's former token opens nothing any more
     |  believes the answer only if the proof is right|

Neither the code nor which code is meant is sent. Somebody in between who shows a CA of his own makes both proofs wrong, since each
covers the CA as that side knows it, and he learns nothing he can use in the code's lifetime: a guess costs one scrypt, and there
are 31**8 codes. The same salt serves all the codes a room has open, so that a proof costs the room one HMAC a code and no scrypt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import math
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from scenarios.sitting import SittingError

PROTOCOL = "plateau-enrolment-1"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # what is neither 0 nor O, neither 1 nor I nor L
CODE_LENGTH = 8
CODE_LIFE = dt.timedelta(minutes=15)
TRIES = 5  # wrong ones a code bears, and an address may make in ADDRESS_MEMORY
TRY = 1_000_000  # a wrong try, in the unit of KeptCode.wrong
ADDRESS_MEMORY = CODE_LIFE.total_seconds()
HELLO_LIFE = 120.0  # seconds between hello and proof
ADDRESSES = 1000  # remembered at most
CA_LIMIT = 64_000  # characters
DEVICE_LIMIT = 80
SALT_BYTES = 16

CodeState = Literal["open", "used", "expired", "dead", "closed"]


class CodeUnreadable(ValueError):
    """What was typed cannot be a code; the message is a French sentence."""


class EnrolmentRefused(SittingError):
    """The room does not let this machine in.

    error_id: wrong_code 403 (details: tries_left), code_expired, code_used, code_dead, code_closed 410, stale_hello 409,
    too_many_tries 429 (details: wait, seconds)."""


class RoomNotProven(Exception):
    """Whoever answers does not know the code, or has another CA: nothing of the answer may be believed."""


def new_code() -> str:
    """A code as it is derived from: CODE_LENGTH characters, no dash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def shown(code: str) -> str:
    """As people read it: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def normalised(typed: str) -> str:
    """The code in what somebody typed: any case, spaces and dashes anywhere. Raises CodeUnreadable."""
    # Zs is every kind of space, Pd every kind of dash.
    kept = "".join(c for c in typed if not c.isspace() and unicodedata.category(c) not in ("Zs", "Pd"))
    code = kept.upper() if kept.isascii() else kept
    if len(code) != CODE_LENGTH:
        raise CodeUnreadable(f"Un code a {CODE_LENGTH} caractères, comme ABCD-EFGH ; celui-ci en a {len(code)}.")
    if wrong := sorted({c for c in code if c not in ALPHABET}):
        listed = " ".join(c if c.isprintable() else "?" for c in wrong)
        raise CodeUnreadable(f"Ce code contient un caractère impossible ({listed}) : un code n'a jamais 0, O, 1, I ni L.")
    return code


def new_salt() -> str:
    """Hexadecimal."""
    return secrets.token_bytes(SALT_BYTES).hex()


def derive_key(code: str, salt: str) -> bytes:
    """The key a code makes; `code` normalised, `salt` hexadecimal. About 40 ms and 16 MB: call it off the event loop."""
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def canonical(value: object) -> bytes:
    """One text for one JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def desk_proof(key: bytes, server_nonce: str, client_nonce: str, ca_pem: str, device: str) -> str:
    """Hexadecimal. What it covers is a JSON list, so that no two readings of it exist."""
    return _proof(key, "desk", server_nonce, client_nonce, hashlib.sha256(ca_pem.encode()).hexdigest(), device)


def room_proof(key: bytes, server_nonce: str, client_nonce: str, ca_pem: str, answer: Mapping[str, Any]) -> str:
    """Hexadecimal; covers the whole answer."""
    ca, told = hashlib.sha256(ca_pem.encode()), hashlib.sha256(canonical(answer))
    return _proof(key, "room", server_nonce, client_nonce, ca.hexdigest(), told.hexdigest())


def _proof(key: bytes, *parts: str) -> str:
    return hmac.new(key, canonical([PROTOCOL, *parts]), hashlib.sha256).hexdigest()


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


# --- what travels -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """What the room tells anybody. `ca_pem` "" is a room without TLS; `now` the room's clock, ISO 8601, for a desk whose own is wrong."""

    room: str
    ca_pem: str
    salt: str
    server_nonce: str
    now: str
    protocol: str = PROTOCOL

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def read(cls, body: object) -> Hello:
        """Raises ValueError for what is not a hello of this protocol."""
        if not isinstance(body, dict) or body.get("protocol") != PROTOCOL:
            raise ValueError("not a hello")
        fields = {name: body.get(name) for name in cls.__dataclass_fields__}
        texts = {name: value for name, value in fields.items() if isinstance(value, str) and len(value) <= CA_LIMIT}
        if texts.keys() != fields.keys() or len(bytes.fromhex(texts["salt"])) != SALT_BYTES:
            raise ValueError("not a hello")
        "".join(texts.values()).encode()  # JSON may carry half a character, of which no proof can be made: ValueError
        return cls(**texts)


@dataclass(frozen=True)
class ProvenRequest:
    """What the desk sends: not the code, only that it knows it."""

    server_nonce: str
    client_nonce: str
    device: str
    proof: str


@dataclass(frozen=True)
class Grant:
    """What the room gives: the place the code was for and the token that opens it. `payload`: what the place needs to work, JSON."""

    room: str
    place: str
    label: str
    kind: str
    token: str = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Raises TypeError, ValueError for a payload that is not JSON."""
        told: dict[str, Any] = json.loads(canonical(asdict(self)))
        return told


# --- the desk's side --------------------------------------------------------------------------------


class DeskSide:
    """One try with one code. `code` normalised. Making it takes as long as `derive_key`."""

    def __init__(self, hello: Hello, code: str, device: str) -> None:
        self._hello = hello
        self._key = derive_key(code, hello.salt)
        self._nonce = secrets.token_urlsafe(24)
        self._device = device[:DEVICE_LIMIT]

    def request(self) -> ProvenRequest:
        hello = self._hello
        proof = desk_proof(self._key, hello.server_nonce, self._nonce, hello.ca_pem, self._device)
        return ProvenRequest(hello.server_nonce, self._nonce, self._device, proof)

    def believe(self, body: object) -> Grant:
        """What the room gives, once it has proven that it knows the code and this very CA. Raises RoomNotProven."""
        answer = body.get("answer") if isinstance(body, dict) else None
        proof = body.get("proof") if isinstance(body, dict) else None
        if not isinstance(answer, dict) or not isinstance(proof, str):
            raise RoomNotProven
        try:
            right = room_proof(self._key, self._hello.server_nonce, self._nonce, self._hello.ca_pem, answer)
            if not _same(right, proof):
                raise RoomNotProven
            return Grant(**answer)
        except (ValueError, TypeError):
            raise RoomNotProven from None


# --- the room's side --------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptCode:
    """A code the room opened, as it is kept: `verifier` is its key, hexadecimal, good for nothing but this code's few minutes.

    `wrong` is in 1/TRY of a wrong try. A wrong proof does not say which code was meant: it is charged to all the open ones in equal
    parts, so that a single open code bears TRIES, and a room enrolling twenty stations at once does not lose them all to five typos."""

    id: int
    place: str
    verifier: str = field(repr=False)
    expires_at: str
    wrong: int = 0
    used_at: str | None = None
    closed_at: str | None = None

    def state(self, now: str) -> CodeState:
        """`now` as the register writes instants."""
        if self.used_at is not None:
            return "used"
        if self.closed_at is not None:
            return "closed"
        if self.wrong >= TRIES * TRY:
            return "dead"
        return "expired" if self.expires_at <= now else "open"


def charge(open_codes: int) -> int:
    """What a wrong try adds to `wrong` of each of the open codes."""
    return math.ceil(TRY / max(open_codes, 1))


_GONE: dict[CodeState, str] = {
    "used": "Ce code a déjà servi : demandez-en un nouveau au surveillant.",
    "expired": "Ce code n'est plus valable (15 minutes) : demandez-en un nouveau au surveillant.",
    "dead": "Trop d'essais ont été faits avec un mauvais code : demandez-en un nouveau au surveillant.",
    "closed": "Ce code a été remplacé ou annulé : demandez le nouveau au surveillant.",
}


class Gate:
    """The room's side: which code a proof was made with, once a hello, few times an address.

    What it remembers is lost when the room stops, and bounded. `clock` in seconds, never going back. Belongs to one thread."""

    def __init__(self, room: str, ca_pem: str, salt: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._room, self._ca_pem, self._salt, self._clock = room, ca_pem, salt, clock
        self._secret = secrets.token_bytes(32)
        self._spent: dict[str, float] = {}  # nonces that were used, until they would have expired
        self._wrong: dict[str, list[float]] = {}  # address → when it was wrong

    def hello(self, now: str) -> Hello:
        """Nothing is remembered of it: the nonce says itself when it was made, and that it is ours."""
        made = f"{secrets.token_hex(16)}.{int(self._clock() * 1000)}"
        return Hello(self._room, self._ca_pem, self._salt, f"{made}.{self._seal(made)}", now)

    def match(self, request: ProvenRequest, address: str, codes: Iterable[KeptCode], now: str) -> KeptCode:
        """The open code this proof was made with. Raises EnrolmentRefused; on `wrong_code` the caller charges the open codes."""
        self._admit(address)
        self._spend(request.server_nonce)
        found = [code for code in codes if self._fits(request, code)]
        best = min(found, key=lambda code: code.state(now) != "open", default=None)
        if best is None:
            left = self._note_wrong(address)
            told = "Ce code n'est pas celui d'une place de cette salle, ou il n'est plus valable : vérifiez-le, ou demandez-en un nouveau."
            raise EnrolmentRefused("wrong_code", 403, told, {"tries_left": left})
        if (state := best.state(now)) != "open":
            raise EnrolmentRefused(f"code_{state}", 410, _GONE[state])
        self._wrong.pop(address, None)
        return best

    def answer(self, request: ProvenRequest, code: KeptCode, grant: Grant) -> dict[str, Any]:
        """What is sent back for a code that matched."""
        told = grant.as_dict()
        proof = room_proof(bytes.fromhex(code.verifier), request.server_nonce, request.client_nonce, self._ca_pem, told)
        return {"answer": told, "proof": proof}

    def _fits(self, request: ProvenRequest, code: KeptCode) -> bool:
        key = bytes.fromhex(code.verifier)
        return _same(desk_proof(key, request.server_nonce, request.client_nonce, self._ca_pem, request.device), request.proof)

    def _seal(self, made: str) -> str:
        return hmac.new(self._secret, made.encode(), hashlib.sha256).hexdigest()[:32]

    def _spend(self, nonce: str) -> None:
        made, _, seal = nonce.rpartition(".")
        now = self._clock()
        if _same(self._seal(made), seal):
            ends = int(made.rpartition(".")[2]) / 1000 + HELLO_LIFE
            if ends > now and nonce not in self._spent:
                self._spent = {old: until for old, until in self._spent.items() if until > now}
                self._spent[nonce] = ends
                return
        raise EnrolmentRefused("stale_hello", 409, "Cette demande d'inscription a expiré ou a déjà servi : recommencez.")

    def _admit(self, address: str) -> None:
        recent = self._recent(address)
        if len(recent) >= TRIES:
            wait = math.ceil(recent[0] + ADDRESS_MEMORY - self._clock())
            told = f"Trop de codes faux depuis ce poste : réessayez dans {math.ceil(wait / 60)} min, ou appelez le surveillant."
            raise EnrolmentRefused("too_many_tries", 429, told, {"wait": wait})

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - ADDRESS_MEMORY
        return [when for when in self._wrong.get(address, ()) if when > since]

    def _note_wrong(self, address: str) -> int:
        recent = [*self._recent(address), self._clock()]
        self._wrong.pop(address, None)  # the one that was wrong last comes last
        self._wrong[address] = recent
        while len(self._wrong) > ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        return TRIES - len(recent)
