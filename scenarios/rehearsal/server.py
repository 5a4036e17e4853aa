"""The room server of a rehearsal: the very server of an exam, on an exchange of paper and the rehearsal's clock.

python -m scenarios.rehearsal.server FOLDER PACK AAAA-MM-JJ PORT
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
from pathlib import Path

from cti.exchange.asterisk.plan import ExchangePlan
from cti.exchange.paper import PaperExchange
from scenarios.rehearsal.clock import KeptClock
from scenarios.room.app import create_app
from scenarios.room.core import Room
from scenarios.room.open import ExchangeSide, RoomAddress, RoomFolder, keep_address, open_room
from scenarios.room.serve import CannotServe, serve

NAME = "Répétition"


def _side(plan: ExchangePlan, room: Room) -> ExchangeSide:
    return ExchangeSide(plan, PaperExchange(), "", lambda line: None)


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    folder, pack, day, port = Path(arguments[0]), Path(arguments[1]), dt.date.fromisoformat(arguments[2]), int(arguments[3])
    given = RoomFolder(folder, pack, day, "127.0.0.1", port, NAME, parent_pipe=True, customers=False, now=KeptClock(folder))
    try:
        return serve(open_room(given, _side, create_app), None, lambda url: keep_address(folder, RoomAddress(url, "")))
    except CannotServe as refusal:
        print(refusal, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
