"""A real Asterisk, phones registered at it, and an AsteriskExchange that follows it: for the tests that need all three."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from cti.exchange.asterisk.exchange import AsteriskExchange
from cti.exchange.asterisk.wire import Message
from cti.exchange.facts import ExchangeFact, LinkChanged
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallOffered,
    HangUpCall,
    PlaceCall,
    RegisterAccount,
    RegistrationChanged,
)  # fmt: skip
from cti.phone.audio.station_sound import SoundChoice
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.test_phone_process import QUIET, Watched, running

F = TypeVar("F")
DEADLINE = 30.0
CUSTOMER = {"X-Plateau-Present-Number": "0612345678", "X-Plateau-Present-Name": "Zoé O'Hara", "X-Plateau-Queue": "Service client"}
_ids = itertools.count(1)


class Follower:
    """An exchange followed: `facts` in order, and `lateness`, in seconds, of each event of Asterisk when its facts are told."""

    def __init__(self, exchange: AsteriskExchange) -> None:
        self.exchange = exchange
        self.facts: list[ExchangeFact] = []
        self.lateness: list[float] = []
        self._news = asyncio.Event()
        apply = exchange._picture.apply

        def timed(message: Message) -> tuple[ExchangeFact, ...]:
            if message.get("Timestamp"):
                self.lateness.append(time.time() - float(message.get("Timestamp")))
            return apply(message)

        exchange._picture.apply = timed  # type: ignore[method-assign]

    def take(self, fact: ExchangeFact) -> None:
        self.facts.append(fact)
        self._news.set()

    async def wait(self, kind: type[F], where: Callable[[F], bool] = lambda _: True, after: int = 0, deadline: float = DEADLINE) -> F:
        try:
            async with asyncio.timeout(deadline):
                while True:
                    for fact in self.facts[after:]:
                        if isinstance(fact, kind) and where(fact):
                            return fact
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            told = "\n".join(map(str, self.facts[after:]))
            raise AssertionError(f"no such {kind.__name__} within {deadline} s; told:\n{told}") from None

    def of(self, call_key: str) -> list[ExchangeFact]:
        return [fact for fact in self.facts if getattr(fact, "call_key", "") == call_key]


@contextlib.asynccontextmanager
async def followed(room: RoomExchange, known: Mapping[str, str] | None = None) -> AsyncIterator[Follower]:
    follower = Follower(AsteriskExchange(room.plan, known or {}, room.ca_text))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(follower.exchange.run(follower.take))
        try:
            await follower.wait(LinkChanged, lambda fact: fact.up)
            yield follower
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def line(room: RoomExchange, tmp_path: Path, name: str, sound: SoundChoice = QUIET) -> AsyncIterator[Watched]:
    account = room.plan.line(name)
    async with running(tmp_path, name, sound=sound, transports=("tls",), srtp="mandatory", ca_file=str(room.ca)) as phone:
        phone.phone.send(RegisterAccount(account.id, account.password, room.plan.server, "tls"))
        await phone.wait(RegistrationChanged, lambda fact: fact.state == "registered")
        yield phone


def place(phone: Watched, target: str, call_key: str = "", headers: Mapping[str, str] | None = None) -> str:
    call_id = f"placed-{next(_ids)}"
    phone.phone.send(PlaceCall(call_id, target, call_key=call_key, headers=dict(headers or {})))
    return call_id


async def answer(phone: Watched, call_key: str) -> CallOffered:
    offered = await phone.wait(CallOffered, lambda fact: fact.call_key == call_key)
    phone.phone.send(AnswerCall(offered.call_id))
    await phone.wait(CallAnswered, lambda fact: fact.call_id == offered.call_id)
    return offered


async def hang_up(phone: Watched, call_id: str) -> None:
    phone.phone.send(HangUpCall(call_id))
    await phone.wait(CallEnded, lambda fact: fact.call_id == call_id)
