"""The room server: one sitting, its CRM, its telephone and its events behind one address.

    python -m scenarios.room --sitting FOLDER --pack PACK --day 2026-11-23 [--host 127.0.0.1] [--port 0] [--parent-pipe]

Tokens come as JSON in PLATEAU_TOKENS: {"candidate": …, "customer": …, "trainer": …}. When it serves, one line of JSON on
standard output: {"ready": true, "url", "port", "sitting", "version"}. Exit codes: 0 stopped, 2 refused to start, with one French
sentence as the last line of standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from crm_mock.api import Caller, crm_router
from crm_mock.errors import CrmError
from cti.api import cti_router
from scenarios.room_access import Access, BodyLimit, tell_failures
from scenarios.room_core import PackErrors, Room, RoomSettings, SittingUnusable
from scenarios.room_events import events_router
from scenarios.room_sitting import sitting_router

REFUSED_TO_START = 2


class CannotServe(Exception):
    """The room server cannot start; the message is one French sentence for whoever started it."""


def plateau_version() -> str:
    try:
        return version("plateau")
    except PackageNotFoundError:
        return "0"


def create_app(settings: RoomSettings) -> FastAPI:
    """Opens the sitting and puts its API together; the sitting is closed with the app's lifespan.

    Raises SittingUnusable, PackErrors, CrmError; ValueError for unusable tokens.
    """
    access = Access(settings.tokens)
    room = Room(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        room.hub.open(room.case.last_seq())
        try:
            yield
        finally:
            room.close()

    app = FastAPI(title="Plateau – serveur de salle", version=plateau_version(), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.room = room
    app.add_middleware(BodyLimit)
    tell_failures(app)

    def caller(request: Request) -> Caller:
        role = access.authorise(request)
        return Caller(role, role)

    @app.get("/", tags=["health"])
    async def health() -> dict[str, str]:
        return {"name": "plateau", "version": plateau_version(), "sitting": str(room.sitting.opened["id"]), "mode": settings.mode}

    app.include_router(crm_router(lambda: room.case, caller), prefix="/crm")
    app.include_router(cti_router(lambda: room.board, lambda: room.exchange, access.authorise))
    app.include_router(sitting_router(lambda: room, access.authorise))
    app.include_router(events_router(lambda: room, access))
    return app


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotServe when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that say they are TCP; without it an answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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

    def __init__(self, config: uvicorn.Config, ready: dict[str, Any], parent_pipe: bool) -> None:
        super().__init__(config)
        self._ready = ready
        self._parent_pipe = parent_pipe

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        if self._parent_pipe:
            threading.Thread(target=self._outlive_no_parent, name="parent pipe", daemon=True).start()
        print(json.dumps(self._ready), flush=True)

    def _outlive_no_parent(self) -> None:
        # os.read, not sys.stdin: a buffered reader's lock held by a daemon thread aborts the interpreter at exit.
        while os.read(0, 4096):
            pass
        self.should_exit = True


def serve(settings: RoomSettings) -> int:
    """Serves until told to stop (SIGINT, SIGTERM, parent's pipe); returns the exit code. Raises CannotServe before serving."""
    try:
        app = create_app(settings)
    except PackErrors as errors:
        first, more = errors.problems[0], len(errors.problems) - 1
        rest = f" (et {more} autre(s) erreur(s) : plateau pack check {settings.pack.name})" if more else ""
        raise CannotServe(f"Le paquet de scénarios est à corriger : {first}{rest}") from None
    except (SittingUnusable, CrmError) as unusable:
        raise CannotServe(str(unusable)) from None
    except OSError as error:
        raise CannotServe(f"Le dossier de la séance ne peut pas être ouvert : {error.strerror or error}.") from None
    room: Room = app.state.room
    try:
        listening = bind(settings.host, settings.port)
    except CannotServe:
        room.close()
        raise
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    ready = {"ready": True, "url": url, "port": port, "sitting": room.card.id, "version": plateau_version()}
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=65536,
        ws_per_message_deflate=False,  # rows are small and the network is local: compressing costs more than it spares
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    with listening:
        asyncio.run(_Server(config, ready, settings.parent_pipe).serve([listening]))
    return 0


def _settings(arguments: list[str] | None) -> RoomSettings:
    parser = argparse.ArgumentParser(prog="python -m scenarios.room", description="Le serveur de salle de Plateau.")
    parser.add_argument("--sitting", type=Path, required=True, metavar="DOSSIER")
    parser.add_argument("--pack", type=Path, required=True, metavar="PAQUET")
    parser.add_argument("--day", type=dt.date.fromisoformat, required=True, metavar="AAAA-MM-JJ")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", choices=["practice"], default="practice")
    parser.add_argument("--parent-pipe", action="store_true", help="s'arrêter quand l'entrée standard se ferme")
    given = parser.parse_args(arguments)
    try:
        tokens = json.loads(os.environ["PLATEAU_TOKENS"])
        Access(tokens)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise CannotServe("PLATEAU_TOKENS doit donner un jeton d'au moins 16 caractères à chaque rôle, en JSON.") from None
    return RoomSettings(given.sitting, given.pack, given.day, tokens, given.mode, given.host, given.port, given.parent_pipe)


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        return serve(_settings(arguments))
    except CannotServe as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return REFUSED_TO_START


if __name__ == "__main__":
    sys.exit(main())
