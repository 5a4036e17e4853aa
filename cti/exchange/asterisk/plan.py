"""What a room's exchange is made of: its lines with their secrets, its addresses, its mode. One file, `exchange.json`, mode 0600.

`plateau asterisk configure` writes it; the exchange's configuration is made from it, and the room server reads from it what to
tell each station. A line is a SIP account: `poste3` a station, `jury2` a seat of the jury, `client1` a virtual customer,
`controle` the line that tests are made from.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = "exchange.json"
CHECK_LINE = "controle"
SHARED_QUEUE = "commune"
Mode = Literal["exam", "practice"]
Transport = Literal["tls", "udp"]


class PlanUnusable(Exception):
    """The plan cannot be read or made; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Line:
    """A SIP account. `label` is what people read ("Poste 3")."""

    id: str
    label: str
    password: str = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Ports:
    """`sip` is the TLS port of an encrypted room, the UDP port of a plain one; RTP uses `rtp_first`..`rtp_last`, both included."""

    sip: int = 5061
    manager: int = 5038
    rtp_first: int = 20000
    rtp_last: int = 20999

    @classmethod
    def of(cls, transport: Transport) -> Ports:
        """Those of a room that chose none: SIP's own (RFC 3261, 19.1.2)."""
        return cls(sip=5061 if transport == "tls" else 5060)


PORTS_A_LINE = 6
"""Three calls of RTP and RTCP: one talking, one on hold, one ringing."""


@dataclass(frozen=True)
class ExchangePlan:
    """`host` is the address at which stations reach the server; it is also what SIP and RTP are bound to.

    `mode` exam: listening only, no whisper nor barge anywhere in the dialplan. `transport` udp is neither encrypted nor checked."""

    host: str
    mode: Mode
    transport: Transport
    ports: Ports
    stations: tuple[Line, ...]
    seats: tuple[Line, ...]
    customers: tuple[Line, ...]
    check: Line
    manager_user: str
    manager_secret: str = dataclasses.field(repr=False)

    @property
    def server(self) -> str:
        """host:port of SIP, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.ports.sip}" if ":" in self.host else f"{self.host}:{self.ports.sip}"

    @property
    def lines(self) -> tuple[Line, ...]:
        return (*self.stations, *self.seats, *self.customers, self.check)

    def line(self, line_id: str) -> Line:
        """Raises KeyError."""
        return {line.id: line for line in self.lines}[line_id]

    def with_new_password(self, line_id: str) -> ExchangePlan:
        """The plan after that line's password was drawn anew; a phone that has the old one is refused from the next reload on."""
        fresh = dataclasses.replace(self.line(line_id), password=_secret())

        def renewed(lines: Iterable[Line]) -> tuple[Line, ...]:
            return tuple(fresh if line.id == line_id else line for line in lines)

        check = fresh if self.check.id == line_id else self.check
        return dataclasses.replace(
            self, stations=renewed(self.stations), seats=renewed(self.seats), customers=renewed(self.customers), check=check
        )


def new_plan(
    host: str,
    *,
    stations: int,
    juries: int,
    customers: int = 0,
    mode: Mode = "exam",
    transport: Transport = "tls",
    ports: Ports | None = None,
) -> ExchangePlan:
    """A plan with fresh secrets. `stations` 1..99, `juries` 0..99, `customers` 0..99 (practice only). Raises PlanUnusable."""
    if not 1 <= stations <= 99 or not 0 <= juries <= 99 or not 0 <= customers <= 99:
        raise PlanUnusable("Une salle a de 1 à 99 postes, de 0 à 99 places de jury et de 0 à 99 clients virtuels.")
    if mode == "exam" and customers:
        raise PlanUnusable("Une salle d'examen n'a pas de client virtuel : ce sont des jurés qui jouent le client.")
    ports = ports or Ports.of(transport)
    lines = stations + juries + customers + 1
    if ports.rtp_last - ports.rtp_first + 1 < PORTS_A_LINE * lines:
        raise PlanUnusable(
            f"{ports.rtp_first}-{ports.rtp_last} n'a pas assez de ports pour {lines} lignes : il en faut {PORTS_A_LINE * lines}."
        )
    if ports.rtp_first <= ports.sip <= ports.rtp_last:
        raise PlanUnusable(f"Le port SIP {ports.sip} est parmi ceux de la parole ({ports.rtp_first}-{ports.rtp_last}).")
    if ports.sip == ports.manager:
        raise PlanUnusable(f"Le port {ports.sip} ne peut pas servir à la fois au SIP et au pilotage.")
    return ExchangePlan(
        host,
        mode,
        transport,
        ports,
        tuple(Line(f"poste{n}", f"Poste {n}", _secret()) for n in range(1, stations + 1)),
        tuple(Line(f"jury{n}", f"Jury {n}", _secret()) for n in range(1, juries + 1)),
        tuple(Line(f"client{n}", f"Client virtuel {n}", _secret()) for n in range(1, customers + 1)),
        Line(CHECK_LINE, "Contrôle", _secret()),
        "plateau",
        _secret(),
    )


def _secret() -> str:
    """144 bits, safe in an Asterisk configuration file (no ; \\ $ or space)."""
    return secrets.token_urlsafe(18)


def save_plan(plan: ExchangePlan, folder: Path) -> Path:
    """Written whole beside the old one, readable by its owner only, then put in its place. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(plan), file, ensure_ascii=False, indent=1)
    os.replace(draft, path)
    return path


def load_plan(folder: Path) -> ExchangePlan:
    """Raises PlanUnusable when there is none, or it cannot be understood."""
    path = folder / FILE
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        lines = {name: tuple(Line(**line) for line in body.pop(name)) for name in ("stations", "seats", "customers")}
        return ExchangePlan(**{**body, **lines, "ports": Ports(**body["ports"]), "check": Line(**body["check"])})
    except FileNotFoundError:
        raise PlanUnusable(f"Cette salle n'a pas de central : {path} n'existe pas (plateau asterisk configure).") from None
    except OSError as error:
        raise PlanUnusable(f"{path} ne peut pas être lu : {error.strerror or error}.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise PlanUnusable(f"{path} est abîmé ({error}) : refaire plateau asterisk configure.") from None
