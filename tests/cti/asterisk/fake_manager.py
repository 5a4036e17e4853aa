"""A manager server that does what a test tells it to, and the worst a real one may do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

from cti.exchange.asterisk.wire import Decoder, Message

DEADLINE = 30.0
Answer = Callable[[Message], Iterable[bytes]]


def block(*fields: tuple[str, str]) -> bytes:
    return ("".join(f"{key}: {value}\r\n" for key, value in fields) + "\r\n").encode()


def event(name: str, **fields: str) -> bytes:
    return block(("Event", name), *fields.items())


def success(asked: Message, **fields: str) -> bytes:
    return block(("Response", "Success"), ("ActionID", asked.get("ActionID")), *fields.items())


def error(asked: Message, words: str) -> bytes:
    return block(("Response", "Error"), ("ActionID", asked.get("ActionID")), ("Message", words))


def listed(asked: Message, name: str, *items: dict[str, str]) -> list[bytes]:
    """The answer of a list action."""
    own = ("ActionID", asked.get("ActionID"))
    return [
        block(("Response", "Success"), own, ("EventList", "start")),
        *(block(("Event", name), own, *item.items()) for item in items),
        block(("Event", f"{name}Complete"), own, ("EventList", "Complete"), ("ListItems", str(len(items)))),
    ]


class FakeManager:
    """`answers` by action; None: never answered. Anything else succeeds, with an empty list where one is due. `asked` holds every action
    received, login and pings apart."""

    def __init__(self, user: str = "plateau", secret: str = "secret") -> None:
        self.user, self.secret = user, secret
        self.port = 0
        self.answers: dict[str, Answer | None] = {}
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        self.asked: list[Message] = []
        self.logins = 0
        self._news = asyncio.Event()
        self._writers: dict[asyncio.StreamWriter, str] = {}  # with the classes of events each asked for
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """On the same port as before, if any."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def say(self, data: bytes, events: str = "") -> None:
        """To every connection, or to those that asked for that class of events."""
        for writer, asked in self._writers.items():
            if events in asked:
                writer.write(data)

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def wait(self, what: Callable[[], bool]) -> None:
        """Until it is true of what has been received."""
        async with asyncio.timeout(DEADLINE):
            while not what():
                self._news.clear()
                await self._news.wait()

    async def wait_asked(self, name: str, where: Callable[[Message], bool] = lambda _: True, times: int = 1) -> Message:
        def found() -> list[Message]:
            return [message for message in self.asked if message.get("Action") == name and where(message)]

        await self.wait(lambda: len(found()) >= times)
        return found()[times - 1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = ""
        decoder = Decoder()
        decoder.feed(b"client\r\n")
        try:
            writer.write(self.greeting)
            while data := await reader.read(4096):
                for asked in decoder.feed(data):
                    if asked.get("Action") == "Login":
                        self._writers[writer] = asked.get("Events")
                    for answer in self._answer(asked):
                        writer.write(answer)
                    self._news.set()
        except OSError:
            pass
        finally:
            self._writers.pop(writer, None)
            writer.close()
            self._news.set()

    def _answer(self, asked: Message) -> Iterable[bytes]:
        name = asked.get("Action")
        if name not in ("Login", "Ping"):
            self.asked.append(asked)
        self.logins += name == "Login"
        if name in self.answers:
            answer = self.answers[name]
            return answer(asked) if answer is not None else []
        if name == "Login":
            if (asked.get("Username"), asked.get("Secret")) != (self.user, self.secret):
                return [error(asked, "Authentication failed")]
            return [success(asked), event("FullyBooted", Status="Fully Booted")]
        return listed(asked, name) if name in ("Status", "QueueStatus", "ParkedCalls") else [success(asked)]


@contextlib.asynccontextmanager
async def fake_manager() -> AsyncIterator[FakeManager]:
    manager = FakeManager()
    await manager.start()
    try:
        yield manager
    finally:
        await manager.stop()
