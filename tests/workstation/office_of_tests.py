"""A desk with the office tools, over a real room server in this process: only the phone and the journal's socket are stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from textual.pilot import Pilot

from scenarios.room.serve import open_lab
from tests.scenarios.room_world import TOKENS, settings
from tests.workstation.fake_phone import FakePhone
from tests.workstation.wait import wait_for
from workstation.config import Settings
from workstation.links.room_link import RoomLink
from workstation.links.spool import Spool
from workstation.ui.app import DeskApp
from workstation.ui.screens.notes import NotesPane
from workstation.ui.screens.office_desk import OfficeDeskPane


class _Silence:
    """A journal's socket on which nothing is ever said."""

    async def __aenter__(self) -> _Silence:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    def __aiter__(self) -> _Silence:
        return self

    async def __anext__(self) -> str:
        await asyncio.Event().wait()
        raise StopAsyncIteration


class Cuttable(httpx.ASGITransport):
    """The way to the room; `cut` makes it unreachable."""

    cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("no route")
        return await super().handle_async_request(request)


@dataclass
class OfficeDesk:
    app: DeskApp
    pilot: Pilot[int]
    room: Any  # scenarios.room.live_sitting.LiveSitting
    wire: Cuttable
    folder: Path

    @property
    def pane(self) -> OfficeDeskPane:
        pane = self.app.panes["office_desk"]
        assert isinstance(pane, OfficeDeskPane)
        return pane

    def screen(self) -> str:
        width = self.app.size.width
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.crop(0, width).text.rstrip() for strip in lines).replace("\u202f", " ").replace("\u00a0", " ")

    async def until(self, *texts: str, gone: str = "") -> str:
        try:
            await wait_for(lambda: all(t in self.screen() for t in texts) and (not gone or gone not in self.screen()), f"{texts}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None
        return self.screen()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        names = {" ": "space", "=": "equals_sign", "/": "slash"}
        await self.pilot.press(*(names.get(c, c) for c in text))


@asynccontextmanager
async def office_desk(
    folder: Path, pack: Path, *, size: tuple[int, int] = (80, 24), mode: str = "practice", opened: bool = True
) -> AsyncIterator[OfficeDesk]:
    """The desk on the office pane, its files listed. The same folder again is the same station after a stop."""
    api = open_lab(settings(folder / "sitting", pack, mode=mode))
    async with api.router.lifespan_context(api):
        wire = Cuttable(api, raise_app_exceptions=False)
        (folder / "desk").mkdir(exist_ok=True)
        spool = Spool(folder / "desk" / "desk.spool")
        link = RoomLink(
            "http://room", TOKENS["candidate"], spool, exports=folder / "desk", transport=wire, connect=lambda url, headers: _Silence()
        )
        panes = (OfficeDeskPane, NotesPane)
        app = DeskApp(link, FakePhone(), settings=Settings(), agent_name="", keep_settings=lambda settings: None, panes=panes)
        app._sign_in_shown = True
        async with app.run_test(size=size) as pilot:
            desk = OfficeDesk(app, pilot, api.state.room.stations["poste1"], wire, folder)
            try:
                await wait_for(lambda: bool(app.state.sitting), "the sitting")
                if opened:
                    await desk.press("shift+f12")
                    await desk.until("Entrée ouvre", *(file.name for file in desk.room.pack.sheets))
                yield desk
            finally:
                await app.leave()
                spool.close()
