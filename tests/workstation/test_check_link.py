"""The machine's socket to the check: questions and reports over a real WebSocket; cut, refused, sent off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.workstation.test_check_calls import Machine
from tests.workstation.wait import wait_for
from workstation.links.check_link import CheckLink

TOKEN = "token-of-poste1"


@asynccontextmanager
async def room(talk: Callable[[ServerConnection], Awaitable[None]], status: int = 0) -> AsyncIterator[str]:
    """The address of a room that talks so with each machine."""

    def process(connection: ServerConnection, request: Request) -> Response | None:
        right = request.path == "/check" and request.headers["Authorization"] == f"Bearer {TOKEN}"
        return connection.respond(HTTPStatus(status or 404), "") if status or not right else None

    async with serve(talk, "127.0.0.1", 0, process_request=process) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def running(url: str) -> None:
    machine = Machine()
    async with asyncio.timeout(10):
        await CheckLink(url, TOKEN).run(machine.check)


async def test_questions_are_answered_and_a_cut_socket_comes_back_until_sent_off() -> None:
    answers: list[Any] = []

    async def talk(socket: ServerConnection) -> None:
        for text in ("rubbish", "[]", json.dumps({"id": 1, "ask": "clock"})):
            await socket.send(text)
        answers.append(json.loads(await socket.recv()))
        await socket.close(1011 if len(answers) == 1 else 4001)

    async with room(talk) as url:
        await running(url)
    assert [answer["id"] for answer in answers] == [1, 1] and answers[0]["report"]["version"] == "9.9"


async def test_a_machine_whose_place_is_another_s_gives_up() -> None:
    async def talk(socket: ServerConnection) -> None:
        raise AssertionError("never let in")

    async with room(talk, 403) as url:
        await running(url)


async def test_a_socket_that_is_cut_leaves_no_call_behind() -> None:
    machine = Machine()
    asked = asyncio.Event()

    async def talk(socket: ServerConnection) -> None:
        if not asked.is_set():
            await socket.send(json.dumps({"id": 1, "ask": "tone", "target": "sip:601@192.0.2.1"}))
            asked.set()
            await wait_for(lambda: machine.sent, "the machine to call")
        await socket.close(1011 if len(machine.sent) == 1 else 4001)

    async with room(talk) as url, asyncio.timeout(10):
        await CheckLink(url, TOKEN).run(machine.check)
    assert [type(order).__name__ for order in machine.sent] == ["PlaceCall", "HangUpCall"]
