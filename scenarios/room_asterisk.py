"""A room's Asterisk side: its link, its certificates, and a line's secret drawn anew while it runs."""

from __future__ import annotations

from pathlib import Path

from cti.exchange.asterisk.certificates import CertificatesUnusable
from cti.exchange.asterisk.configure import authority, configure
from cti.exchange.asterisk.exchange import AsteriskExchange
from cti.exchange.asterisk.install import find
from cti.exchange.asterisk.plan import ExchangePlan, save_plan
from cti.exchange.asterisk.server import reload
from scenarios.room_core import Room
from scenarios.room_open import EXCHANGE, ExchangeSide, RoomUnusable, ServerCertificate, room_plan


def ca_text(folder: Path) -> str:
    """PEM. Raises RoomUnusable."""
    try:
        return authority(folder / EXCHANGE).ca_text()
    except CertificatesUnusable as error:
        raise RoomUnusable(str(error)) from None


def server_certificate(folder: Path) -> ServerCertificate | None:
    """What the room serves HTTPS with; None in a room that was configured without encryption. Raises RoomUnusable."""
    plan = room_plan(folder)
    if plan.transport != "tls":
        return None
    try:
        found = authority(folder / EXCHANGE).server(plan.host)
    except CertificatesUnusable as error:
        raise RoomUnusable(str(error)) from None
    return ServerCertificate(str(found.chain), str(found.key), ca_text(folder))


def asterisk_side(folder: Path, plan: ExchangePlan, room: Room) -> ExchangeSide:
    """The exchange of the room in `folder`, not yet followed. Raises RoomUnusable."""
    place = folder / EXCHANGE
    encrypted = plan.transport == "tls"
    ca = ca_text(folder) if encrypted else ""
    exchange = AsteriskExchange(plan, {service.number: service.name for service in room.pack.services}, ca)

    def renew(line: str) -> None:
        installation = find()
        if installation is None:
            raise RoomUnusable("Asterisk n'est pas installé ici : plateau asterisk install.")
        renewed = exchange.plan.with_new_password(line)
        save_plan(renewed, place)
        configure(renewed, place, installation)
        reload(place)
        exchange.plan = renewed

    def issue(line: str, address: str) -> tuple[str, str]:
        made = authority(place).issue(line, (address, line))
        return made.chain.read_text(encoding="ascii"), made.key.read_text(encoding="ascii")

    return ExchangeSide(plan, exchange, ca, renew, issue if encrypted else None)
