"""A whole desk on fakes: `running_desk` for tests; run as a script, it draws itself in this terminal with calls to play with."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.workstation.fake_phone import FakePhone
from tests.workstation.fake_room import FakeRoom
from tests.workstation.wait import wait_for
from workstation.config import Settings
from workstation.links.room_link import RoomLink
from workstation.links.spool import Spool
from workstation.ui.app import DeskApp


@dataclass
class Desk:
    app: DeskApp
    pilot: Pilot[int]
    room: FakeRoom
    phone: FakePhone

    def screen(self) -> str:
        """What is to be read, line by line."""
        width = self.app.size.width
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.crop(0, width).text.rstrip() for strip in lines)

    async def until(self, *texts: str, gone: str = "") -> str:
        """Wait until all these are to be read on the screen, and `gone` no more."""
        try:
            await wait_for(
                lambda: all(t in self.screen() for t in texts) and (not gone or gone not in self.screen()), f"{texts}, no {gone!r}"
            )
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None
        return self.screen()

    async def signed_in(self) -> None:
        await self.until("Prise de poste")
        await self.pilot.press("enter")
        await self.until("En retrait (connexion)", gone="Prise de poste")


def make_desk(folder: Path, room: FakeRoom, phone: FakePhone, **options: Any) -> DeskApp:
    spool = Spool(folder / "desk.spool")
    link = RoomLink("http://room", "candidate", spool, exports=folder, transport=room.transport, connect=room.connect)
    options = {"settings": Settings(), "agent_name": "Camille Essai", "keep_settings": lambda settings: None, **options}
    app = DeskApp(link, phone, **options)
    app.spool = spool  # type: ignore[attr-defined]  # closed with the desk
    return app


@asynccontextmanager
async def running_desk(
    folder: Path, *, size: tuple[int, int] = (80, 24), phone: FakePhone | None = None, room: FakeRoom | None = None, **options: Any
) -> AsyncIterator[Desk]:
    room, phone = room or FakeRoom(), phone or FakePhone()
    app = make_desk(folder, room, phone, **options)
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot, room, phone)
        try:
            await wait_for(lambda: app.state.phone.state == "ready" or not phone.obeys, "the phone")
            yield desk
        finally:
            await app.leave()
            app.spool.close()  # type: ignore[attr-defined]


async def _demonstrate(app: DeskApp, phone: FakePhone, room: FakeRoom, ring: float, count: int) -> None:
    async def calls() -> None:
        await asyncio.sleep(ring)
        phone.ring("+33465712108", name="O. VASSERAND", queue="Clients")
        room.journal(
            "CustomerSpoke", {"speaker": "Mme Vasserand", "text": "Bonjour, je viens de déménager.", "line_id": "1"}, "customer", "key-1"
        )
        if count > 1:
            await asyncio.sleep(ring)
            phone.ring("+33536491275", call_id="2", call_key="key-2", waiting=True)

    async with asyncio.TaskGroup() as tasks:
        playing = tasks.create_task(calls())
        await app.run_async()
        playing.cancel()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ring", type=float, default=6.0, help="seconds before each call")
    arguments.add_argument("--calls", type=int, default=2)
    arguments.add_argument("--folder", type=Path, help="where the desk keeps its spool")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        fake_room, fake_phone = FakeRoom(), FakePhone()
        desk_app = make_desk(chosen.folder or Path(made), fake_room, fake_phone)
        asyncio.run(_demonstrate(desk_app, fake_phone, fake_room, chosen.ring, chosen.calls))
