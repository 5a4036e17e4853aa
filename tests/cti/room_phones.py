"""Phones of a room, registered with a real exchange, for tests of the two together."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from cti.exchange.asterisk.configure import authority
from cti.messages import AnswerCall, CallAnswered, CallOffered, PhoneStarted, PlaceCall, RegisterAccount, RegistrationChanged
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.port import room_settings
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.audio.measure import tone_file
from tests.cti.test_phone_process import Watched, running

PLAYER_SAYS, STATION_SAYS = 500.0, 900.0  # Hz


@dataclasses.dataclass
class RoomPhone:
    """`says`: Hz of its microphone; `hears`: the WAV of its headset."""

    line: str
    watched: Watched
    room: RoomExchange
    hears: Path

    @property
    def facts(self) -> list[Any]:
        return self.watched.facts

    def send(self, order: Any) -> None:
        self.watched.phone.send(order)

    async def wait(self, kind: Any, where: Any = lambda _: True, after: int = 0, deadline: float = 15.0) -> Any:
        return await self.watched.wait(kind, where, after, deadline)

    def told(self, kind: type, after: int = 0) -> list[Any]:
        return [fact for fact in self.facts[after:] if isinstance(fact, kind)]

    def register(self, password: str | None = None) -> None:
        plan = self.room.plan
        secret = plan.line(self.line).password if password is None else password
        self.send(RegisterAccount(self.line, secret, plan.server, plan.transport, plan.line(self.line).label))

    async def registered(self, after: int = 0, deadline: float = 15.0) -> None:
        await self.wait(RegistrationChanged, lambda fact: fact.state == "registered", after, deadline)

    def call(self, call_id: str, target: str, call_key: str = "", **more: Any) -> None:
        self.send(PlaceCall(call_id, f"sip:{target}@{self.room.plan.server}", call_key, **more))

    async def offered(self, after: int = 0) -> CallOffered:
        found: CallOffered = await self.wait(CallOffered, after=after)
        return found

    async def answer(self, after: int = 0) -> CallOffered:
        """Take the next call; what was offered."""
        offered = await self.offered(after)
        self.send(AnswerCall(offered.call_id))
        await self.answered(offered.call_id)
        return offered

    async def answered(self, call_id: str) -> CallAnswered:
        found: CallAnswered = await self.wait(CallAnswered, lambda fact: fact.call_id == call_id)
        return found


@contextlib.asynccontextmanager
async def phone_of(
    room: RoomExchange, tmp_path: Path, line: str, says: float = PLAYER_SAYS, register: bool = True, **changes: Any
) -> AsyncIterator[RoomPhone]:
    """A phone with the settings of an exam room, registered; certificate and all, on the loopback."""
    own = authority(room.folder).issue(line, ("127.0.0.1",))
    files = {"ca_file": str(room.ca), "cert_file": str(own.chain), "key_file": str(own.key)}
    made = room_settings(line, room.plan.line(line).label, room.plan.server, **files, encrypted=room.plan.transport == "tls")
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made) if field.name != "user"}
    hears = tmp_path / f"{line}-hears.wav"
    sound = SoundChoice(mic_file=tone_file(tmp_path / f"{line}-says.wav", says), speaker_file=str(hears))
    async with running(tmp_path, line, sound=sound, **{**fields, **changes}) as watched:
        phone = RoomPhone(line, watched, room, hears)
        await phone.wait(PhoneStarted)
        if register:
            phone.register()
            await phone.registered()
        yield phone


def opens(room: RoomExchange, station: str = "poste1", player: str = "jury1") -> None:
    """As the room server does at the start of a sitting: the station takes calls, and whom it dials is known."""
    room.cli(f"queue add member PJSIP/{station} to {station}")
    room.cli(f"dialplan set global PLAYER_{station} {player}")


async def conversation(player: RoomPhone, station: RoomPhone, call_key: str = "key-1", **headers: str) -> str:
    """The role-player calls the station's queue, the station answers; the call's id at the station."""
    seen = len(station.facts)
    given = {"X-Plateau-Present-Number": "0612345678", "X-Plateau-Present-Name": "Mme Odile VASSERAND", **headers}
    player.call(f"to-{call_key}", f"file-{station.line}", call_key, headers=given)
    offered = await station.answer(seen)
    await player.answered(f"to-{call_key}")
    # until the two hear each other the exchange refuses a transfer
    await asyncio.to_thread(station.room.wait, lambda: len(station.room.channels(bridged=True)) >= 2, "the two bridged")
    return offered.call_id
