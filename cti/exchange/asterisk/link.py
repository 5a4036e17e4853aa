"""The link to Asterisk's manager port: one connection at a time, its actions and answers, its events in order, and a new connection
whenever one is lost.

    await Link(address, user, secret).run(follow, on_lost)

`follow(session)` starts anew on each connection, logged in, Asterisk fully booted, and has to rebuild what it knows: nothing is kept
from one connection to the next, and events are never dropped one by one. A connection that answers too late, or whose events pile up,
is given up whole.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from cti.exchange.asterisk.wire import Decoder, Message, encode_action
from cti.messages import clean_text
from cti.task_groups import raise_if_cancelled

FIRST_WAIT, LAST_WAIT = 0.2, 2.0  # seconds between two attempts, doubled in between
ANSWER_LIMIT = 5.0  # seconds for an answer; the connection is given up then
PING_EVERY = 2.0
MAX_EVENTS = 10_000  # not yet taken by the follower
MAX_LIST = 20_000  # messages of one list
READ = 64 * 1024
_log = logging.getLogger(__name__)


class LinkLost(Exception):
    """The connection is over; the message, in English, is for the log."""


class ActionRefused(Exception):
    """Asterisk's answer to that action is an error; the message is Asterisk's."""


@dataclass
class _Asked:
    answer: asyncio.Future[list[Message]]
    is_list: bool
    messages: list[Message] = field(default_factory=list)


class Session:
    """One connection. Every method raises LinkLost once it is over."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._decoder = Decoder()
        self._ids = itertools.count(1)
        self._asked: dict[str, _Asked] = {}
        self._events: collections.deque[Message] = collections.deque()
        self._news = asyncio.Event()
        self._booted = asyncio.Event()
        self._over = ""  # why, once it is

    @property
    def greeting(self) -> str:
        return self._decoder.greeting

    async def action(self, name: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> Message:
        """Asterisk's answer. Raises ActionRefused, or wire.Unsendable before anything is sent."""
        return (await self._ask(name, fields, is_list=False))[0]

    async def listing(self, name: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> list[Message]:
        """The events that an action answers with, without its first and last message."""
        return (await self._ask(name, fields, is_list=True))[1:-1]

    async def next_event(self) -> Message:
        while not self._events:
            self._alive()
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()

    async def log_in(self, user: str, secret: str, events: str) -> None:
        """Returns once Asterisk has booted."""
        try:
            await self.action("Login", {"Username": user, "Secret": secret, "Events": events})
            async with asyncio.timeout(ANSWER_LIMIT * 4):
                await self._booted.wait()
        except ActionRefused as refused:
            raise LinkLost(f"login refused: {refused}") from None
        except TimeoutError:
            raise LinkLost("Asterisk does not say that it has booted") from None
        self._alive()

    async def read(self) -> NoReturn:
        """To be run as a task for as long as the connection is used."""
        while True:
            try:
                data = await self._reader.read(READ)
            except OSError as error:
                raise LinkLost(f"cut: {error}") from None
            if not data:
                raise LinkLost("closed by Asterisk")
            for message in self._decoder.feed(data):
                self._dispatch(message)

    async def keep_alive(self) -> NoReturn:
        """To be run as a task for as long as the connection is used: finds out a server that is there and says nothing."""
        while True:
            await asyncio.sleep(PING_EVERY)
            try:
                await self.action("Ping")
            except ActionRefused as refused:  # it is shutting down
                raise LinkLost(f"ping refused: {refused}") from None

    def close(self, why: str) -> None:
        """Whoever waits for an answer or an event is told."""
        self._over = self._over or why or "closed"
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(LinkLost(self._over))
        self._news.set()
        self._booted.set()
        self._writer.close()

    def _alive(self) -> None:
        if self._over:
            raise LinkLost(self._over)

    async def _ask(self, name: str, fields: Mapping[str, str | Sequence[str]] | None, *, is_list: bool) -> list[Message]:
        self._alive()
        action_id = f"plateau-{next(self._ids)}"
        sent = encode_action(name, action_id, fields)
        asked = self._asked[action_id] = _Asked(asyncio.get_running_loop().create_future(), is_list)
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                self._writer.write(sent)
                await self._writer.drain()
                messages = await asked.answer
        except TimeoutError:
            self.close(f"no answer to {name} within {ANSWER_LIMIT:g} s")
            raise LinkLost(self._over) from None
        except OSError as error:
            raise LinkLost(f"cut: {error}") from None
        finally:
            del self._asked[action_id]
        if messages[0].get("Response") == "Error":
            raise ActionRefused(clean_text(messages[0].get("Message")) or f"{name} refused")
        return messages

    def _dispatch(self, message: Message) -> None:
        if message.repeats:
            _log.warning("a message of the manager repeats a field and is not believed: %r", message.fields[:6])
            return
        asked = self._asked.get(message.get("ActionID"))
        if asked is not None and (asked.is_list or "Response" in message):
            if asked.answer.done():
                return
            asked.messages.append(message)
            ended = message.get("EventList") in ("Complete", "Cancelled", "cancelled") or message.get("Response") == "Error"
            if not asked.is_list or ended:
                asked.answer.set_result(asked.messages)
            elif len(asked.messages) >= MAX_LIST:
                raise LinkLost(f"a list of more than {MAX_LIST} messages")
        elif message.event == "FullyBooted":
            self._booted.set()
        elif message.event:
            if len(self._events) >= MAX_EVENTS:
                raise LinkLost(f"{MAX_EVENTS} events are waiting")
            self._events.append(message)
            self._news.set()


class Link:
    """`host`:`port` is the manager's; `user` and `secret` its account. `events`: the classes wanted of those the account may read,
    with commas; `system` among them, since Asterisk says in it that it has booted."""

    def __init__(self, host: str, port: int, user: str, secret: str, events: str) -> None:
        self._host, self._port, self._user, self._secret, self._events = host, port, user, secret, events

    async def run(self, follow: Callable[[Session], Awaitable[None]], on_lost: Callable[[str], None]) -> NoReturn:
        """Until cancelled. `on_lost` is told why, in English, after each attempt that failed and each connection that ended; faults of
        `follow` itself are not caught."""
        wait = FIRST_WAIT
        while True:
            why = "not reached"
            try:
                async with asyncio.timeout(ANSWER_LIMIT):
                    reader, writer = await asyncio.open_connection(self._host, self._port)
            except (OSError, TimeoutError) as error:
                why = f"not reached: {error or type(error).__name__}"
            else:
                session = Session(reader, writer)
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(session.read(), name="manager reader")
                        group.create_task(session.keep_alive(), name="manager ping")
                        await session.log_in(self._user, self._secret, self._events)
                        wait = FIRST_WAIT
                        await follow(session)
                        raise LinkLost("no longer followed")
                except* LinkLost as lost:
                    why = _first(lost)
                finally:
                    session.close(why)
            raise_if_cancelled()
            on_lost(why)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_WAIT)


def _first(group: BaseExceptionGroup[LinkLost]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)
