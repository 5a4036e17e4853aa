"""A room server of a few routes, over real HTTP and WebSocket, that keeps what it is told and can go away and come back."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from scenarios.sitting import SITTING_HEADER

TOKEN = "customer-token-for-tests"


class FakeRoom:
    """`told` holds the write requests as (path, body); `links` the payment links by id. Of a room with an exchange: `rows_of` the rows of
    each sitting, `told_in` the sittings that the requests of `told` were meant for, `posts` what /customer/watch says, `reports` what
    it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.told_at: list[float] = []  # loop time, beside `told`
        self.rows_of: dict[str, list[dict[str, Any]]] = {"": []}
        self.told_in: list[str] = []
        self.posts: list[dict[str, Any]] = []
        self.reports: list[list[str]] = []
        self._listening: set[WebSocket] = set()
        self.links: dict[str, dict[str, Any]] = {}
        self.asked_after: list[int] = []
        self.answers: dict[str, Any] = {}  # by write_id
        self.fail_next = 0  # answers that are lost: the write is made, the customer is not told
        self.news = asyncio.Condition()
        self.url = ""
        self._stop: Callable[[], None] = lambda: None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Of the only sitting of direct lines."""
        return self.rows_of[""]

    async def post(self, **me: Any) -> None:
        """Whoever listens to another sitting is sent off."""
        async with self.news:
            self.posts.append({"me": me})
            self.news.notify_all()
        for there in list(self._listening):
            if there.headers.get(SITTING_HEADER, "") != me["sitting"]:
                self._listening.discard(there)
                await there.close(4010)

    def spoken(self, kind: str = "CustomerSpoke") -> list[dict[str, Any]]:
        return [body["data"] for path, body in self.told if path == "/sitting/customer/spoke" and body["kind"] == kind]

    def spoke_at(self, line_id: str) -> float:
        """Loop time at which the line was told as begun."""
        return next(at for at, (_, body) in zip(self.told_at, self.told, strict=True) if body.get("data", {}).get("line_id") == line_id)

    @property
    def contact(self) -> str:
        return next((str(body["contact"]) for path, body in reversed(self.told) if path == "/cti/station"), "")

    async def row(self, kind: str, call_key: str = "", actor: str = "candidate", sitting: str = "", **data: Any) -> None:
        async with self.news:
            rows = self.rows_of.setdefault(sitting, [])
            rows.append(
                {"seq": len(rows) + 1, "at": "2026-11-23T09:00:00Z", "kind": kind, "call_key": call_key, "actor": actor, "data": data}
            )
            self.news.notify_all()

    async def until(self, holds: Callable[[], bool], what: str, within: float = 40.0) -> None:
        try:
            async with asyncio.timeout(within), self.news:
                await self.news.wait_for(holds)
        except TimeoutError:
            raise AssertionError(f"{what} did not happen; told: {self.told}") from None

    async def take(self, request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error_id": "not_authorised"}, 401)
        body = await request.json()
        async with self.news:
            key = str(body.get("write_id", ""))
            if key and key in self.answers:
                answer = self.answers[key]
            else:
                answer = self.answers[key] = self._answer(request.url.path, body)
                if answer[0] < 400:
                    self.told.append((request.url.path, body))
                    self.told_in.append(request.headers.get(SITTING_HEADER, ""))
                    self.told_at.append(asyncio.get_running_loop().time())
            self.news.notify_all()
            if self.fail_next:
                self.fail_next -= 1
                return JSONResponse({"error_id": "internal_error"}, 503)
        return JSONResponse(answer[1], answer[0])

    def _answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        link = self.links.get(path.rpartition("/")[2]) if path.startswith("/crm/payment_link/") else None
        if link is None:
            return 200, {}
        if body["version"] != link["version"]:
            return 409, {"error_id": "version_conflict", "details": {"current": dict(link)}}
        link |= body["fields"] | {"version": link["version"] + 1}
        return 200, {"version": link["version"], "record": dict(link)}

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/sitting", lambda: {"id": "sitting-1"}, methods=["GET"])
        app.add_api_route("/{path:path}", self.take, methods=["PUT", "POST"])

        @app.websocket("/events")
        async def events(websocket: WebSocket) -> None:
            after = int(websocket.query_params["after"])
            self.asked_after.append(after)
            self._listening.add(websocket)
            await self._watched(websocket, self.rows_of.setdefault(websocket.headers.get(SITTING_HEADER, ""), []), after)

        @app.websocket("/customer/watch")
        async def watch(websocket: WebSocket) -> None:
            await self._watched(websocket, self.posts, max(0, len(self.posts) - 1))

        return app

    async def _watched(self, websocket: WebSocket, said: list[dict[str, Any]], sent: int) -> None:
        await websocket.accept()

        async def send() -> None:
            nonlocal sent
            while True:
                async with self.news:
                    while len(said) <= sent:
                        await self.news.wait()
                for one in said[sent:]:
                    await websocket.send_text(json.dumps(one))
                    sent += 1

        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(send())
                async for text in websocket.iter_text():
                    async with self.news:
                        self.reports.append(json.loads(text)["calls"])
                        self.news.notify_all()
                sending.cancel()
        except* (WebSocketDisconnect, RuntimeError):
            pass  # the customer left while something was being sent

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[int]:
        """Serves until left; gives the port, so that it can come back on the same."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(self.app(), log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=1, lifespan="off")
        server = uvicorn.Server(config)
        with listening:
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(server._serve([listening]))  # without its signal handlers: the test keeps its own
                try:
                    yield port
                finally:
                    server.should_exit = True
                    await serving
