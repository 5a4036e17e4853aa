"""A room's Asterisk side: its link, its certificates, and a line's secret drawn anew while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cti.exchange.asterisk.certificates import RoomAuthority
from cti.exchange.asterisk.plan import ExchangePlan, save_plan
from scenarios.room_core import Room
from scenarios.room_open import EXCHANGE, ExchangeSide, room_plan

KEYS = "keys"


@dataclass(frozen=True)
class ServerCertificate:
    """Paths of PEM files, as uvicorn takes them."""

    chain: str
    key: str


def authority_of(folder: Path) -> RoomAuthority:
    return RoomAuthority(folder / EXCHANGE / KEYS)


def ca_text(folder: Path) -> str:
    """PEM."""
    return authority_of(folder).ca_text()


def server_certificate(folder: Path) -> ServerCertificate | None:
    """What the room serves HTTPS with; None in a room that was configured without encryption. Raises RoomUnusable, CertificatesUnusable."""
    plan = room_plan(folder)
    if plan.transport != "tls":
        return None
    found = authority_of(folder).server(plan.host)
    return ServerCertificate(str(found.chain), str(found.key))


def asterisk_side(folder: Path, plan: ExchangePlan, room: Room) -> ExchangeSide:
    """The exchange of the room in `folder`, not yet followed."""
    from cti.exchange.asterisk.configure import configure
    from cti.exchange.asterisk.exchange import AsteriskExchange
    from cti.exchange.asterisk.server import AsteriskServer

    place = folder / EXCHANGE
    ca = authority_of(folder).ca_text() if plan.transport == "tls" else ""
    exchange = AsteriskExchange(plan, {service.number: service.name for service in room.pack.services}, ca)

    def renew(line: str) -> None:
        renewed = exchange.plan.with_new_password(line)
        save_plan(renewed, place)
        configure(renewed, place)
        AsteriskServer(place).reload()
        exchange.plan = renewed

    def issue(line: str, address: str) -> tuple[str, str]:
        made = authority_of(folder).issue(line, (address, line))
        return made.chain.read_text(encoding="ascii"), made.key.read_text(encoding="ascii")

    return ExchangeSide(plan, exchange, ca, renew, issue if plan.transport == "tls" else None)
