"""The room server: its sittings, their CRM, telephone and events, and its jury behind one address.

    python -m scenarios.room --sitting FOLDER --pack PACK --day 2026-11-23 [--host 127.0.0.1] [--port 0] [--parent-pipe]

A lab's tokens come as JSON in PLATEAU_TOKENS: {"candidate": …, "customer": …, "trainer": …}. When it serves, one line of JSON on
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
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from crm_mock.api import Caller, crm_router
from crm_mock.errors import CrmError
from cti.api import cti_router
from scenarios.live_sitting import LiveSitting
from scenarios.room_access import ONLY_STATION, Access, BodyLimit, Identity, tell_failures
from scenarios.room_core import PackErrors, Room, RoomSettings, SittingUnusable
from scenarios.room_events import events_router
from scenarios.room_jury import jury_router
from scenarios.room_sitting import sitting_router
from scenarios.room_view import room_view

REFUSED_TO_START = 2


class CannotServe(Exception):
    """The room server cannot start; the message is one French sentence for whoever started it."""


def plateau_version() -> str:
    try:
        return version("plateau")
    except PackageNotFoundError:
        return "0"


def create_app(room: Room, access: Access) -> FastAPI:
    """The API of an opened room; the room is run and closed with the app's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        room.open_hubs()
        try:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(room.run())
                yield
                running.cancel()
        finally:
            room.close()

    app = FastAPI(title="Plateau – serveur de salle", version=plateau_version(), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.room = room
    app.add_middleware(BodyLimit)
    tell_failures(app)

    def caller(request: Request) -> Caller:
        who = access.authorise(request)
        return Caller(who.role, who.name, who.place)

    def live_of(who: Identity | Caller) -> LiveSitting:
        return room.sitting_of(Identity(who.role, who.place))

    async def watch_room(who: Identity, send: Callable[[str], Awaitable[None]]) -> None:
        await room.watch(lambda: room_view(room, who.place), send)

    @app.get("/", tags=["health"])
    async def health() -> dict[str, str]:
        only = next(iter(room.stations.values())) if len(room.stations) == 1 else None
        sitting = str(only.sitting.opened["id"]) if only else ""
        return {"name": "plateau", "version": plateau_version(), "sitting": sitting, "mode": room.settings.mode, "room": room.settings.name}

    app.include_router(crm_router(lambda who: live_of(who).case, caller), prefix="/crm")
    app.include_router(cti_router(lambda who: live_of(who).board, lambda: room.exchange, access.authorise))
    app.include_router(sitting_router(live_of, access.authorise))
    app.include_router(jury_router(lambda: room, access.authorise))
    app.include_router(events_router(live_of, access, room.presence.visiting, watch_room))
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


def open_lab(settings: RoomSettings) -> FastAPI:
    """A room of one station on direct lines, its tokens those of the settings. Raises CannotServe."""
    return create_app(_opened(lambda: Room(settings), settings), Access(settings.tokens))


def _opened(make: Callable[[], Room], settings: RoomSettings) -> Room:
    try:
        return make()
    except PackErrors as errors:
        first, more = errors.problems[0], len(errors.problems) - 1
        rest = f" (et {more} autre(s) erreur(s) : plateau pack check {settings.pack.name})" if more else ""
        raise CannotServe(f"Le paquet de scénarios est à corriger : {first}{rest}") from None
    except (SittingUnusable, CrmError) as unusable:
        raise CannotServe(str(unusable)) from None
    except OSError as error:
        raise CannotServe(f"Le dossier de la séance ne peut pas être ouvert : {error.strerror or error}.") from None


def serve(settings: RoomSettings) -> int:
    """Serves until told to stop (SIGINT, SIGTERM, parent's pipe); returns the exit code. Raises CannotServe before serving."""
    app = open_lab(settings)
    room: Room = app.state.room
    try:
        listening = bind(settings.host, settings.port)
    except CannotServe:
        room.close()
        raise
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    sitting = next(iter(room.stations.values())).card.id
    ready = {"ready": True, "url": url, "port": port, "sitting": sitting, "version": plateau_version()}
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
    sittings = {ONLY_STATION: given.sitting}
    return RoomSettings(given.pack, given.day, sittings, tokens, given.mode, given.host, given.port, given.parent_pipe)


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        return serve(_settings(arguments))
    except CannotServe as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return REFUSED_TO_START


if __name__ == "__main__":
    sys.exit(main())
