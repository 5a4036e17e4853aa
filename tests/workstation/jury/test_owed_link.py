"""What a juror notes outlives the room, the console and the seat: on the disk first, sent in order, to nobody else's grid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tests.workstation.jury.fake_jury_room import TOKEN, FakeJuryRoom
from tests.workstation.jury.test_jury_link import Followed
from tests.workstation.wait import wait_for
from workstation.jury.console import effects as fx
from workstation.jury.console import events as ev
from workstation.jury.console.state import JuryWrite
from workstation.jury.jury_link import JuryLink
from workstation.links.spool import Spool


def mark(id: str, value: str = "constaté", sitting: str = "s3") -> fx.KeepWrite:
    body = {"write_id": id, "criterion": "c2.1", "value": value}
    return fx.KeepWrite(JuryWrite(id, sitting, "PUT", "/jury/grid/marks", body, time.time()))


@asynccontextmanager
async def linked(room: FakeJuryRoom, spool: Path) -> AsyncIterator[Followed]:
    with closing(Spool(spool)) as kept:
        one = Followed(room)
        one.link = JuryLink("http://room", TOKEN, kept, transport=room.transport, connect=room.connect)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(one.link.run(one.events.append))
            try:
                await wait_for(lambda: one.told(ev.OwedLoaded), "the spool")
                yield one
            finally:
                one.link.stop()


def sent(room: FakeJuryRoom) -> list[Any]:
    return [body["write_id"] for body in room.asked("PUT", "/jury/grid/marks")]


async def test_what_is_noted_while_the_room_is_away_is_sent_in_order_when_it_is_back(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    async with linked(room, tmp_path / "s") as one:
        await wait_for(lambda: one.told(ev.SessionArrived) and one.told(ev.ViewArrived), "both sockets")
        room.cut()
        for place in range(3):
            one.link.carry(mark(f"w{place}", ("constaté", "non constaté", "non observable")[place]))
        room.up = True
        await wait_for(lambda: len(one.told(ev.WriteAnswered)) == 3, "all of them")
        assert sent(room) == ["w0", "w1", "w2"] and sum(told.fresh for told in one.told(ev.SessionArrived)) == 2
        assert one.told(ev.WriteAnswered)[-1].told["marks"]["jury1"] == {"c2.1": "non observable"}


async def test_a_console_that_died_finds_what_it_owed(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    room.up = False
    async with linked(room, tmp_path / "s") as one:
        one.link.carry(mark("w1"))
        one.link.carry(fx.KeepTyped("s3|grid|new:c2", "une no"))
    room.up = True
    async with linked(room, tmp_path / "s") as one:
        [loaded] = one.told(ev.OwedLoaded)
        assert [write.id for write in loaded.writes] == ["w1"] and loaded.typed == {"s3|grid|new:c2": "une no"}
        await wait_for(lambda: one.told(ev.WriteAnswered), "the mark")
        assert sent(room) == ["w1"]
    async with linked(room, tmp_path / "s") as one:
        assert one.told(ev.OwedLoaded)[0].writes == ()


async def test_a_mark_of_one_candidate_never_goes_to_another(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    async with linked(room, tmp_path / "s") as one:
        one.link.carry(mark("of-another", sitting="s2"))
        one.link.carry(mark("mine"))
        await wait_for(lambda: one.told(ev.WriteAnswered), "the one of this candidate")
        assert sent(room) == ["mine"]
        await one.asks(fx.TakeSeat("observer", "poste2"), ev.SeatAnswered)
        await wait_for(lambda: sent(room) == ["mine", "of-another"], "there, it goes")
        one.link.carry(mark("left-behind"))
        await one.asks(fx.FetchSheet("S1"), ev.SheetArrived)
        room.push()
        await one.asks(fx.FetchSheet("S4"), ev.SheetArrived)
        assert "left-behind" not in sent(room)


async def test_a_refusal_is_told_and_a_seat_that_is_not_of_the_jury_keeps_what_it_noted(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    async with linked(room, tmp_path / "s") as one:
        room.refuse["/jury/grid/marks"] = (409, "Votre grille est partagée : elle ne change plus.")
        one.link.carry(mark("w1"))
        await wait_for(lambda: one.told(ev.WriteRefused), "the refusal")
        assert one.told(ev.WriteRefused)[0].title == "Votre grille est partagée : elle ne change plus."
        room.refuse.clear()
        one.link.carry(mark("w2"))
        await wait_for(lambda: one.told(ev.WriteAnswered), "the next")


async def test_the_grid_of_who_is_of_no_jury_is_empty(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    async with linked(room, tmp_path / "s") as one:
        assert (await one.asks(fx.FetchGrid(), ev.GridArrived)).grid["candidate"] == "017"
        assert (await one.asks(fx.FetchEvidence("S1"), ev.EvidenceArrived)).report["criteria"]
        assert (await one.asks(fx.FetchEvidence("S9"), ev.EvidenceArrived)).report == {}
        room.refuse["/jury/grid"] = (403, "Vous n'êtes pas du jury.")
        assert (await one.asks(fx.FetchGrid(), ev.GridArrived)).grid == {}


async def test_what_a_juror_who_left_had_not_sent_is_forgotten(tmp_path: Path) -> None:
    room = FakeJuryRoom(role="observer", exam=True)
    room.up = False
    async with linked(room, tmp_path / "s") as one:
        for effect in (
            mark("w1"),
            mark("w2", sitting="s9"),
            fx.KeepTyped("s3|grid|new:c2", "une no"),
            fx.KeepTyped("s9|grid|new:c2", "autre"),
        ):
            one.link.carry(effect)
    async with linked(room, tmp_path / "s") as one:
        one.link.carry(fx.KeepTyped("s3|grid|note:n1", "en cours"))
        one.link.carry(fx.ForgetWork(frozenset({"s3"})))
        one.link.carry(mark("w3", sitting="s9"))
    async with linked(room, tmp_path / "s") as one:
        [loaded] = one.told(ev.OwedLoaded)
        assert [write.id for write in loaded.writes] == ["w2", "w3"] and loaded.typed == {"s9|grid|new:c2": "autre"}
