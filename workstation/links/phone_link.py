"""The desk's phone: a phone process started when its facts are first read, stopped with the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from cti.messages import Fact, Order
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.client import PhoneClient
from cti.phone.port import PhoneSettings


class PhoneLink:
    """`log` takes what the phone process prints. Orders given before the first fact are remembered or refused as PhoneClient does."""

    def __init__(self, engine: str, settings: PhoneSettings, sound: SoundChoice, log: Path) -> None:
        self._client = PhoneClient(engine, settings, sound, log=log)

    async def facts(self) -> AsyncIterator[Fact]:
        async with self._client as client:
            async for fact in client.facts():
                yield fact

    def send(self, order: Order) -> None:
        self._client.send(order)

    async def stop(self) -> None:
        await self._client.stop()
