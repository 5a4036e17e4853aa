"""The console's link on a room of our own: both sockets followed and come back, requests end in events, the ear is told in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
import websockets
from websockets.datastructures import Headers
from websockets.frames import Close
from websockets.http11 import Response

from tests.workstation.jury.fake_jury_room import TOKEN, FakeJuryRoom
from tests.workstation.wait import wait_for
from workstation.desk import events as phone
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.jury_link import JuryLink

E = TypeVar("E")
Connect = Callable[..., Any]


class Followed:
    def __init__(self, room: FakeJuryRoom, connect: Connect | None = None) -> None:
        self.room, self.events = room, list[ev.JuryEvent]()
        self.link = JuryLink("http://room", TOKEN, transport=room.transport, connect=connect or room.connect)

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def asks(self, effect: fx.JuryEffect, kind: type[E]) -> E:
        before = len(self.told(kind))
        self.link.carry(effect)
        await wait_for(lambda: len(self.told(kind)) > before, f"{kind.__name__} after {effect}")
        return self.told(kind)[-1]


@asynccontextmanager
async def followed(room: FakeJuryRoom | None = None, connect: Connect | None = None) -> AsyncIterator[Followed]:
    one = Followed(room or FakeJuryRoom(role="role_player"), connect)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.link.run(one.events.append))
        try:
            await wait_for(lambda: one.events, "the link's first word")
            yield one
        finally:
            one.link.stop()


async def test_the_view_comes_at_once_and_again_when_it_changes() -> None:
    async with followed() as one:
        await wait_for(lambda: one.told(ev.ViewArrived), "the first view")
        one.room.station(current="S4")
        await wait_for(lambda: one.told(ev.ViewArrived)[-1].view["stations"][2]["current"] == "S4", "the next view")


async def test_it_comes_back_within_two_seconds() -> None:
    async with followed() as one:
        one.link.carry(fx.FollowJournal("poste3"))
        await wait_for(lambda: one.told(phone.LinkUp) and one.room._journals, "the link")
        one.room.cut()
        await wait_for(lambda: one.told(phone.LinkDown), "the cut")
        one.room.up = True
        asked = time.monotonic()
        one.room.journal("Searched", {"q": "x", "total": 0})
        await wait_for(lambda: len(one.told(phone.LinkUp)) == 2 and one.told(phone.RowArrived), "the link back")
        assert time.monotonic() - asked < 4.0  # two seconds at most between two tries; the rest is the machine's


async def test_the_journal_goes_on_after_the_last_row_and_begins_again_with_another_station() -> None:
    async with followed() as one:
        one.room.journal("Searched", {"q": "one"})
        one.link.carry(fx.FollowJournal("poste3"))
        await wait_for(lambda: one.told(phone.RowArrived), "the first row")
        one.room.cut()
        await wait_for(lambda: not one.room._journals, "the cut")
        one.room.journal("Searched", {"q": "two"})
        one.room.up = True
        await wait_for(lambda: len(one.told(phone.RowArrived)) == 2, "the row missed")
        assert [row.seq for row in one.told(phone.RowArrived)] == [1, 2]
        one.link.carry(fx.FollowJournal("poste3"))  # the same: nothing is read twice
        one.link.carry(fx.FollowJournal("poste1"))
        await wait_for(lambda: len(one.told(phone.RowArrived)) == 4, "the other journal")
        assert len(one.told(ev.JournalRestarted)) == 2
        one.link.carry(fx.FollowJournal(""))
        await wait_for(lambda: not one.room._journals, "nothing followed")


@pytest.mark.parametrize("code", [4009, 4010])
async def test_a_journal_that_is_another_is_read_from_its_first_row(code: int) -> None:
    room, closed = FakeJuryRoom(role="role_player"), list[str]()

    @asynccontextmanager
    async def connect(url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
        async with room.connect(url, headers) as rows:
            if "/events" in url and not closed and not url.endswith("=0"):
                closed.append(url)
                raise websockets.ConnectionClosedError(Close(code, ""), None)
            yield rows

    async with followed(room, connect) as one:
        room.journal("Searched", {"q": "one"})
        one.link.carry(fx.FollowJournal("poste3"))
        await wait_for(lambda: one.told(phone.RowArrived), "the row")
        room.cut()
        await wait_for(lambda: not room._journals, "the cut")
        room.up = True
        await wait_for(lambda: len(one.told(phone.RowArrived)) == 2, "the row again")
        assert closed == ["ws://room/events?after=1"] and len(one.told(ev.JournalRestarted)) == 2


async def test_a_seat_enrolled_elsewhere_is_told() -> None:
    @asynccontextmanager
    async def connect(url: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
        raise websockets.InvalidStatus(Response(401, "no", Headers()))
        yield

    async with followed(connect=connect) as one:
        await wait_for(lambda: one.told(phone.PlaceLost), "the seat lost")


async def test_what_is_no_view_or_row_is_left_out() -> None:
    async with followed() as one:
        one.link.carry(fx.FollowJournal("poste3"))
        await wait_for(lambda: one.told(ev.ViewArrived) and one.room._journals, "both sockets")
        for socket in (*one.room._views, *one.room._journals):
            for text in ("{", "[1]", "7", '{"seq": 1}'):
                socket.put_nowait(text)
        one.room.journal("Searched", {"q": "x"})
        await wait_for(lambda: one.told(phone.RowArrived), "the row after them")
        assert len(one.told(phone.RowArrived)) == 1


async def test_answers_end_in_events() -> None:
    async with followed() as one:
        seat = await one.asks(fx.TakeSeat("observer", "poste2"), ev.SeatAnswered)
        assert (seat.me["role"], seat.me["station"]) == ("observer", "poste2")
        assert (await one.asks(fx.FetchAccount(), phone.AccountArrived)).account == one.room.account
        assert (await one.asks(fx.FetchSheet("S9"), ev.SheetArrived)).sheet["persona"]["opening"] == "Allô, oui ?"
        assert (await one.asks(fx.FetchWho("k", "0199007700"), ev.WhoArrived)).who["name"] == "SAV niveau 2"
        assert (await one.asks(fx.OrderSimulation("start", "S1", "w"), ev.Done)).what == "start"
        granted = await one.asks(fx.AskCall("w-1", "key", "S9", False), ev.CallGranted)
        assert (granted.asked_key, granted.target) == ("key", "sip:file-poste3@192.0.2.1:5061")
        assert one.room.asked("POST", "/jury/calls") == [{"write_id": "w-1", "simulation": "S9", "direct": False}]
        heard = await one.asks(fx.AskListening("listen", 3), ev.ListeningGranted)
        assert (heard.attempt, heard.mode, heard.call_key) == (3, "listen", "ear-1") and heard.target.startswith("sip:ecoute-")
        one.link.carry(fx.StopListening())
        await wait_for(lambda: one.room.asked("DELETE", "/jury/listening"), "the listening stopped")


async def test_refusals_are_said_in_the_room_s_words() -> None:
    async with followed() as one:
        one.room.refuse = {path: (409, f"Non : {path}") for path in ("/jury/seat", "/jury/calls", "/jury/persona/S1")}
        one.room.refuse["/jury/listening"] = (403, "Pendant un examen, on écoute seulement.")
        seat = await one.asks(fx.TakeSeat("observer", "poste2"), ev.Refused)
        assert (seat.what, seat.title) == ("seat", "Non : /jury/seat")
        denied = await one.asks(fx.AskCall("w", "key", "S1", True), ev.CallDenied)
        assert (denied.title, denied.unreachable) == ("Non : /jury/calls", False)
        deaf = await one.asks(fx.AskListening("barge", 1), ev.ListeningDenied)
        assert deaf.final and deaf.title == "Pendant un examen, on écoute seulement."
        one.room.cut()
        denied = await one.asks(fx.AskCall("w", "key", "S1", True), ev.CallDenied)
        assert (denied.title, denied.unreachable) == ("La salle est injoignable.", True)
        assert not (await one.asks(fx.AskListening("listen", 2), ev.ListeningDenied)).final
        assert (await one.asks(fx.FetchWho("k", "01"), ev.WhoArrived)).who == {"kind": "unknown"}


async def test_what_the_ear_tells_arrives_in_order_whatever_the_room_does() -> None:
    async with followed() as one:
        await wait_for(lambda: one.told(ev.ViewArrived), "the link")
        one.room.cut()
        for ear in ("hearing", "deaf", "hearing"):
            one.link.carry(fx.TellListening(ear, ""))
        one.room.up = True
        await wait_for(lambda: len(one.room.tellings) == 3, "all three")
        assert [state for state, _detail in one.room.tellings] == ["hearing", "deaf", "hearing"]
        one.room.refuse["/jury/listening/state"] = (422, "Non.")
        one.link.carry(fx.TellListening("quiet", ""))
        await wait_for(lambda: len(one.room.asked("POST", "/jury/listening/state")) >= 4, "the refused one")
        one.room.refuse.clear()
        one.link.carry(fx.TellListening("waiting", ""))
        await wait_for(lambda: one.room.tellings[-1] == ("waiting", ""), "the next one")
