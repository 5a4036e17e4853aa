"""A whole jury console on fakes: `running_console` for tests; run as a script, it draws itself in this terminal."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot

from cti import messages as m
from tests.workstation.fake_phone import FakePhone
from tests.workstation.jury.fake_jury_room import TOKEN, FakeJuryRoom
from tests.workstation.wait import wait_for
from workstation.config import Settings
from workstation.jury.app import JuryApp
from workstation.jury.jury_link import JuryLink


class JuryPhone(FakePhone):
    """It also registers, has a volume, and answers the calls it places when `far_end_answers`."""

    def __init__(self, *, registers: bool = True, far_end_answers: bool = True) -> None:
        super().__init__()
        self.registers, self.far_end_answers = registers, far_end_answers

    def _outcome(self, order: m.Order) -> tuple[m.Fact, ...]:
        match order:
            case m.RegisterAccount(server=server):
                return (m.RegistrationChanged("registered", server),) if self.registers else ()
            case m.SetVolume(speaker):
                return (m.VolumeChanged(speaker),)
            case m.PlaceCall(call_id, _target, call_key):
                placed = super()._outcome(order)
                return (*placed, m.CallAnswered(call_id, call_key, "PCMA", True)) if self.far_end_answers else placed
        return super()._outcome(order)

    @property
    def placed(self) -> list[m.PlaceCall]:
        return [order for order in self.orders if isinstance(order, m.PlaceCall)]

    @property
    def leg(self) -> m.PlaceCall:
        """The last listening call."""
        return [order for order in self.placed if "ecoute" in order.target][-1]

    def candidate_calls(self, dialled: str, *, call_id: str = "1", call_key: str = "key-1", transfer: str = "", **more: bool) -> None:
        headers = {"X-Plateau-Dialled": dialled, "X-Plateau-Station": "poste3", **({"X-Plateau-Transfer": transfer} if transfer else {})}
        self.tell(m.CallOffered(call_id, call_key, "poste3", "Poste 3", "jury1", "", headers, more.get("waiting", False)))


@dataclass
class Console:
    app: JuryApp
    pilot: Pilot[int]
    room: FakeJuryRoom
    phone: JuryPhone

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


def make_console(room: FakeJuryRoom, phone: JuryPhone) -> JuryApp:
    link = JuryLink("http://room", TOKEN, transport=room.transport, connect=room.connect)
    return JuryApp(link, phone, settings=Settings(), keep_settings=lambda settings: None)


@asynccontextmanager
async def running_console(
    *, size: tuple[int, int] = (80, 24), room: FakeJuryRoom | None = None, phone: JuryPhone | None = None
) -> AsyncIterator[Console]:
    room, phone = room or FakeJuryRoom(), phone or JuryPhone()
    app = make_console(room, phone)
    async with app.run_test(size=size) as pilot:
        console = Console(app, pilot, room, phone)
        try:
            await wait_for(lambda: app.state.phone.state == "ready" and app.state.view, "the phone and the room")
            yield console
        finally:
            await app.leave()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--role", default="", choices=["", "role_player", "observer"])
    chosen = arguments.parse_args()
    asyncio.run(make_console(FakeJuryRoom(role=chosen.role), JuryPhone()).run_async())
