"""A room's Asterisk side: its link, its certificates, and a line's secret drawn anew while it runs."""

from __future__ import annotations

from pathlib import Path

from cti.exchange.asterisk.certificates import CertificatesUnusable
from cti.exchange.asterisk.configure import authority, configure
from cti.exchange.asterisk.exchange import AsteriskExchange
from cti.exchange.asterisk.install import find
from cti.exchange.asterisk.plan import ExchangePlan, load_plan, save_plan
from cti.exchange.asterisk.server import reload
from scenarios.room.core import Room
from scenarios.room.open import EXCHANGE, ExchangeSide, RoomUnusable, ServerCertificate, room_plan


def ca_text(folder: Path) -> str:
    """PEM. Raises RoomUnusable."""
    try:
        return authority(folder / EXCHANGE).ca_text()
    except CertificatesUnusable as error:
        raise RoomUnusable(str(error)) from None


def server_certificate(folder: Path) -> ServerCertificate:
    """What the room serves HTTPS with, whatever its telephones do. Raises RoomUnusable."""
    plan = room_plan(folder)
    try:
        found = authority(folder / EXCHANGE).server(plan.host)
    except CertificatesUnusable as error:
        raise RoomUnusable(str(error)) from None
    return ServerCertificate(str(found.chain), str(found.key), ca_text(folder))


def asterisk_side(folder: Path, plan: ExchangePlan, room: Room) -> ExchangeSide:
    """The exchange of the room in `folder`, not yet followed. Raises RoomUnusable."""
    place = folder / EXCHANGE
    encrypted = plan.transport == "tls"
    ca = ca_text(folder)
    exchange = AsteriskExchange(plan, {service.number: service.name for service in room.pack.services}, ca)

    def renew(line: str) -> None:
        installation = find()
        if installation is None:
            raise RoomUnusable("Asterisk n'est pas installé ici : plateau asterisk install.")
        renewed = load_plan(place).with_new_password(line)  # as it is now: it may have been configured anew since the room was opened
        save_plan(renewed, place)
        configure(renewed, place, installation)
        reload(place)
        exchange.plan = renewed

    def issue(line: str, address: str) -> tuple[str, str]:
        made = authority(place).issue(line, (address, line))
        return made.chain.read_text(encoding="ascii"), made.key.read_text(encoding="ascii")

    return ExchangeSide(plan, exchange, ca, renew, issue if encrypted else None)
