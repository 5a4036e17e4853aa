"""The room server: its sittings, their CRM, telephone and events, and its jury behind one address.

    python -m scenarios.room --sitting FOLDER --pack PACK --day 2026-11-23 [--host 127.0.0.1] [--port 0] [--parent-pipe]
    python -m scenarios.room --room FOLDER --pack PACK --day 2026-11-23 [--host ADDRESS] [--port 8443] [--new] [--name "Salle 2"]

A lab's tokens come as JSON in PLATEAU_TOKENS: {"candidate": …, "customer": …, "trainer": …}. When it serves, one line of JSON on
standard output: {"ready": true, "url", "port", "sitting", "version"}. Exit codes: 0 stopped, 2 refused to start, with one French
sentence as the last line of standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import functools
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from crm_mock.errors import CrmError
from scenarios.room.access import ONLY_STATION, Access
from scenarios.room.app import create_app, plateau_version
from scenarios.room.core import PackErrors, Room, RoomSettings, SittingUnusable
from scenarios.room.open import RoomAddress, RoomFolder, RoomUnusable, ServerCertificate, keep_address, open_room

REFUSED_TO_START = 2
WATCHED_EVERY = 3.0  # seconds between two pings of a socket, and for their answer
IDLE_AT_MOST = 75  # seconds; far longer than a client keeps an idle connection (5), so that no request meets one being closed
UNACKNOWLEDGED = 5000  # ms; within WATCHED_EVERY and that, a machine whose cable is out is said to be gone


class CannotServe(Exception):
    """The room server cannot start; the message is one French sentence for whoever started it."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotServe when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that say they are TCP; without it an answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":  # of every connection made to it: what is sent to a machine whose cable is out does not wait for ever
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise CannotServe(f"Le serveur de salle ne peut pas écouter sur {host}:{port} : {_why(error)}.") from None
    return listening


def _why(error: OSError | OverflowError) -> str:
    taken = isinstance(error, OSError) and error.errno in (98, 48, 10048)  # EADDRINUSE on Linux, macOS, Windows
    return "ce port est déjà pris" if taken else str(error)


class _Server(uvicorn.Server):
    """Says where it is once it listens, and stops when its parent's pipe closes."""

    def __init__(self, config: uvicorn.Config, ready: dict[str, Any], words: str, parent_pipe: bool) -> None:
        super().__init__(config)
        self._ready, self._words = ready, words
        self._parent_pipe = parent_pipe

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        if self._parent_pipe:
            threading.Thread(target=self._outlive_no_parent, name="parent pipe", daemon=True).start()
        print(self._words if sys.stdout.isatty() else json.dumps(self._ready), flush=True)

    def _outlive_no_parent(self) -> None:
        # os.read, not sys.stdin: a buffered reader's lock held by a daemon thread aborts the interpreter at exit.
        while os.read(0, 4096):
            pass
        self.should_exit = True


def open_lab(settings: RoomSettings) -> FastAPI:
    """A room of one station on direct lines, its tokens those of the settings. Raises CannotServe."""
    with _refusals(settings.pack):
        return create_app(Room(settings), Access(settings.tokens))


def open_exchange_room(given: RoomFolder) -> tuple[FastAPI, ServerCertificate]:
    """The room of a folder, on its Asterisk; with what it serves HTTPS with. Raises CannotServe."""
    from scenarios.room.asterisk import asterisk_side, server_certificate  # a lab needs neither certificates nor Asterisk

    with _refusals(given.pack):
        certificate = server_certificate(given.folder)
        return open_room(given, functools.partial(asterisk_side, given.folder), create_app), certificate


@contextmanager
def _refusals(pack: Path) -> Iterator[None]:
    try:
        yield
    except PackErrors as errors:
        first, more = errors.problems[0], len(errors.problems) - 1
        rest = f" (et {more} autre(s) erreur(s) : plateau pack check {pack.name})" if more else ""
        raise CannotServe(f"Le paquet de scénarios est à corriger : {first}{rest}") from None
    except (SittingUnusable, RoomUnusable, CrmError) as unusable:
        raise CannotServe(str(unusable)) from None
    except OSError as error:
        raise CannotServe(f"Le dossier de la séance ne peut pas être ouvert : {error.strerror or error}.") from None


def opened_words(room: Room) -> str:
    """What whoever opened the room reads on a terminal; programs read the line of JSON."""
    settings = room.settings
    exam = "examen" if settings.mode == "exam" else "entraînement"
    lines = [f"« {settings.name} » est ouverte ({exam}) : {room.url}. Ctrl+C la ferme ; elle se rouvre là où elle en était."]
    for station, live in room.stations.items():
        how = "séance reprise, ouverte le" if station in settings.resumed else "nouvelle séance,"
        opened = dt.datetime.fromisoformat(live.card.opened_at).astimezone()
        lines.append(f"  {room.labels[station]} : {how} {opened:%d/%m/%Y à %H:%M}")
    return "\n".join(lines)


def serve(app: FastAPI, certificate: ServerCertificate | None = None, bound: Callable[[str], None] = lambda url: None) -> int:
    """Serves until told to stop (SIGINT, SIGTERM, parent's pipe); returns the exit code. `bound` is told the address before anything is
    served there. Raises CannotServe before serving."""
    room: Room = app.state.room
    settings = room.settings
    try:
        listening = bind(settings.host, settings.port)
    except CannotServe:
        room.close()
        raise
    host, port = listening.getsockname()[:2]
    scheme = "https" if certificate else "http"
    url = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    ready: dict[str, Any] = {"ready": True, "url": url, "port": port, "version": plateau_version()}
    if len(room.stations) == 1:
        ready["sitting"] = next(iter(room.stations.values())).card.id
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_ping_interval=WATCHED_EVERY,
        ws_ping_timeout=WATCHED_EVERY,
        ws_max_size=65536,
        ws_per_message_deflate=False,  # rows are small and the network is local: compressing costs more than it spares
        timeout_graceful_shutdown=2,
        timeout_keep_alive=IDLE_AT_MOST,
        server_header=False,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    room.url = url
    bound(url)
    with listening:
        asyncio.run(_Server(config, ready, opened_words(room), settings.parent_pipe).serve([listening]))
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scenarios.room", description="Le serveur de salle de Plateau.")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--sitting", type=Path, metavar="DOSSIER", help="un laboratoire : la séance d'un seul poste")
    place.add_argument("--room", type=Path, metavar="DOSSIER", help="une salle, avec son central")
    parser.add_argument("--pack", type=Path, required=True, metavar="PAQUET")
    parser.add_argument("--day", type=dt.date.fromisoformat, required=True, metavar="AAAA-MM-JJ")
    parser.add_argument("--variant", default="", metavar="SUJET", help="le sujet du paquet (A, B…) ; en examen, chaque candidat a le sien")
    parser.add_argument("--spellcheck", action="store_true", help="le correcteur des réponses écrites est permis (entraînement)")
    parser.add_argument("--host", default="")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="Salle")
    parser.add_argument("--new", action="store_true", help="de nouvelles séances")
    parser.add_argument("--no-customers", action="store_true", help="sans les clients virtuels d'une salle d'entraînement")
    parser.add_argument("--parent-pipe", action="store_true", help="s'arrêter quand l'entrée standard se ferme")
    return parser.parse_args(arguments)


def _lab_settings(given: argparse.Namespace) -> RoomSettings:
    try:
        tokens = json.loads(os.environ["PLATEAU_TOKENS"])
        Access(tokens)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise CannotServe("PLATEAU_TOKENS doit donner un jeton d'au moins 16 caractères à chaque rôle, en JSON.") from None
    sittings = {ONLY_STATION: given.sitting}
    host = given.host or "127.0.0.1"
    more = {"host": host, "port": given.port, "parent_pipe": given.parent_pipe, "variant": given.variant, "spellcheck": given.spellcheck}
    return RoomSettings(given.pack, given.day, sittings, tokens, **more, history=given.sitting.absolute().parent)


def main(arguments: list[str] | None = None) -> int:
    os.umask(0o077)  # a sitting, a register, a token are for whoever opened the room alone
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    given = _arguments(arguments)
    try:
        if given.sitting:
            return serve(open_lab(_lab_settings(given)))
        place = given.room, given.pack, given.day, given.host, given.port, given.name
        said = {"variant": given.variant, "spellcheck": given.spellcheck}
        folder = RoomFolder(*place, fresh=given.new, parent_pipe=given.parent_pipe, customers=not given.no_customers, **said)
        app, certificate = open_exchange_room(folder)
        return serve(app, certificate, lambda url: keep_address(folder.folder, RoomAddress(url, certificate.ca)))
    except CannotServe as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return REFUSED_TO_START
