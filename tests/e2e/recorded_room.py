"""The room server of an exam, with whatever it says and hears written down: `python -m tests.e2e.recorded_room` as scenarios.room.

Beside the room's folder: traffic/<first characters of the token's hash>, what went each way with whoever has that token.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from scenarios.room import serve
from scenarios.room.open import RoomFolder, ServerCertificate

FOLDER = "traffic"


def name_of(token: str) -> str:
    """The file of a token's traffic."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class Recorder:
    """Outermost middleware."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app, self._folder = app, folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        token = (Headers(scope=scope).get("authorization") or "").partition(" ")[2]
        kept = self._folder / name_of(token)

        def keep(message: Any) -> None:
            headers = repr(message.get("headers", "")).encode() if "headers" in message else b""
            parts = [message.get(name) or b"" for name in ("body", "bytes", "text", "reason")]
            with kept.open("ab") as file:
                file.write(headers + b"".join(one.encode() if isinstance(one, str) else one for one in parts) + b"\n")

        async def heard() -> Any:
            message = await receive()
            keep(message)
            return message

        async def said(message: Any) -> None:
            keep(message)
            await send(message)

        with kept.open("ab") as file:
            file.write(f"\n{scope.get('method', 'WS')} {scope['path']}?{scope['query_string'].decode()}\n".encode())
        await self._app(scope, heard, said)


_open_exchange_room = serve.open_exchange_room


def _recorded(given: RoomFolder) -> tuple[FastAPI, ServerCertificate]:
    app, certificate = _open_exchange_room(given)
    folder = given.folder.parent / FOLDER
    folder.mkdir(exist_ok=True)
    app.add_middleware(Recorder, folder=folder)
    return app, certificate


if __name__ == "__main__":
    serve.open_exchange_room = _recorded
    sys.exit(serve.main())
