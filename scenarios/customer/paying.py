"""What the virtual customer does with the link it is sent, to pay or to sign, however late it comes and whoever else moves it meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from scenarios.customer.room_side import Owed, RoomSide
from scenarios.customer.world import LinkWish, PaymentLinkSeen, SaleSeen, World, link_moves

if TYPE_CHECKING:
    from scenarios.customer.caller import Pace

S = TypeVar("S")
logger = logging.getLogger(__name__)
LINK_WITHIN = 90.0  # seconds to wait for the link a line speaks of
SPARE_TRIES = 5  # of a payment's write that meets a newer version


class Wallet:
    """`world` gives what is known now; `news` is to be called whenever that has changed. A link of a sitting that was left is not paid."""

    def __init__(self, room: RoomSide, pace: Pace, world: Callable[[], World]) -> None:
        self._room, self._pace, self._world = room, pace, world
        self._paying = asyncio.Lock()
        self._news = asyncio.Event()  # set at each change, and made anew

    def news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def use_link(self, wish: LinkWish, contact: str, call_key: str) -> None:
        sitting = self._world().sitting
        try:
            async with asyncio.timeout(LINK_WITHIN):
                link = await self._link_of(contact, sitting)
        except TimeoutError:
            link = None
        if link is None:
            logger.warning("%s: no payment link was sent", wish)
            return
        async with self._paying:
            link = self._world().links.get(link.id, link)
            version = link.version
            for status in link_moves(wish, link.status):
                await asyncio.sleep(self._pace.before_opening_link if status == "ouvert" else self._pace.before_paying)
                if self._world().sitting != sitting:
                    return
                version = await self._move("payment_link", link.id, status, version, call_key)

    async def sign(self, contact: str, call_key: str) -> None:
        """The offer that was sent, once it is there: read, then signed. One that was withdrawn meanwhile is not."""
        sitting = self._world().sitting
        try:
            async with asyncio.timeout(LINK_WITHIN):
                offer = await self._sent(lambda world: world.offer_of(contact), sitting)
        except TimeoutError:
            offer = None
        if offer is None:
            logger.warning("no offer was sent to be signed")
            return
        await asyncio.sleep(self._pace.before_opening_link + self._pace.before_paying)
        now = self._world()
        still: SaleSeen | None = now.sales.get(offer.id)
        if now.sitting == sitting and still is not None and still.status == offer.status:
            await self._move("opportunity", offer.id, "signée", still.version, call_key)

    async def _link_of(self, contact: str, sitting: str) -> PaymentLinkSeen | None:
        return await self._sent(lambda world: world.link_of(contact), sitting)

    async def _sent(self, found: Callable[[World], S | None], sitting: str) -> S | None:
        """What is waited for, once it is there; None once that sitting is left."""
        while (world := self._world()).sitting == sitting:
            if there := found(world):
                return there
            await self._news.wait()
        return None

    async def _move(self, kind: str, record_id: str, status: str, version: int, call_key: str) -> int:
        """The record's version once it has that status, or cannot have it."""
        for _ in range(SPARE_TRIES):
            body = {"version": version, "fields": {"status": status}, "call_key": call_key}
            code, said = await self._write("PUT", f"/crm/{kind}/{record_id}", body)
            current = (said.get("details") or {}).get("current") or {}
            if code != 409 or not isinstance(current.get("version"), int) or current["version"] == version:
                return said["version"] if isinstance(said.get("version"), int) else version + 1
            version = current["version"]
        return version

    async def _write(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """The room's answer, however long it is away."""
        answered: asyncio.Future[tuple[int, Mapping[str, Any]]] = asyncio.get_running_loop().create_future()

        def settle(code: int, said: Mapping[str, Any]) -> None:
            if not answered.done():
                answered.set_result((code, said))

        self._room.owe(Owed(method, path, body, settle))
        return await answered
