"""The desk's link against a room in memory: writes sent until confirmed, once each; rows resumed; questions that end in an event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from cti import messages as m
from tests.workstation.fake_room import FakeRoom
from tests.workstation.wait import wait_for
from workstation.desk import effects as fx
from workstation.desk import events as ev
from workstation.links.room_link import RoomLink
from workstation.links.spool import Spool

E = TypeVar("E")


class Linked:
    def __init__(self, folder: Path, room: FakeRoom) -> None:
        self.room = room
        self.spool = Spool(folder / "spool")
        self.link = RoomLink("http://room", "candidate", self.spool, exports=folder, transport=room.transport, connect=room.connect)
        self.events: list[ev.DeskEvent] = []

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[E], count: int = 1, which: Callable[[E], bool] = lambda event: True) -> E:
        await wait_for(lambda: len([e for e in self.told(kind) if which(e)]) >= count, f"{count} {kind.__name__} in {self.events}")
        return [e for e in self.told(kind) if which(e)][count - 1]


@asynccontextmanager
async def linked(folder: Path, room: FakeRoom | None = None) -> AsyncIterator[Linked]:
    one = Linked(folder, room or FakeRoom())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.link.run(one.events.append))
        try:
            yield one
        finally:
            one.link.stop()
            await asyncio.wait_for(running, 10)
            one.spool.close()


def save(write_id: str = "w1", record_id: str = "n1", version: int = 0, text: str = "a") -> fx.SaveRecord:
    return fx.SaveRecord(write_id, "note", record_id, version, {"contact_id": "odile", "text": text}, "k1")


async def test_a_save_is_confirmed_and_leaves_the_spool(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        one.link.carry(save())
        confirmed = await one.until(ev.WriteConfirmed)
        assert (confirmed.what, confirmed.record_id) == ("save", "n1")
        assert confirmed.saved is not None and confirmed.saved["version"] == 1
        await one.until(ev.SpoolCounted, which=lambda e: e.unconfirmed == 0)
        row = await one.until(ev.RowArrived, which=lambda e: e.kind == "RecordCreated")
        assert row.call_key == "k1"


async def test_saves_wait_for_the_room_and_go_out_in_order(tmp_path: Path) -> None:
    room = FakeRoom()
    room.up = False
    async with linked(tmp_path, room) as one:
        one.link.carry(save("w1", text="a"))
        one.link.carry(save("w2", text="b"))
        late = await one.until(ev.WritesLate)
        assert late.title == "La salle est injoignable."
        await one.until(ev.LinkDown)
        room.up = True
        await one.until(ev.WriteConfirmed, 2)
        assert [put["fields"]["text"] for put in room.puts] == ["a", "b"]
        assert room.records["note", "n1"]["version"] == 2, "the second was told the version the first got"
        await one.until(ev.LinkUp)


async def test_an_answer_lost_on_the_way_writes_nothing_twice(tmp_path: Path) -> None:
    room = FakeRoom()
    room.lose_answers = True
    async with linked(tmp_path, room) as one:
        one.link.carry(save())
        await one.until(ev.WritesLate, 2)
        room.lose_answers = False
        await one.until(ev.WriteConfirmed)
        assert len(room.puts) == 1 and room.records["note", "n1"]["version"] == 1


async def test_a_draft_typed_just_before_its_save_does_not_come_back(tmp_path: Path) -> None:
    room = FakeRoom()
    async with linked(tmp_path, room) as one:
        write = save()
        one.link.carry(fx.KeepDraft(write.record_id, {"kind": write.kind, "record_id": write.record_id, "fields": write.fields}))
        one.link.carry(write)
        await one.until(ev.WriteConfirmed)
    async with linked(tmp_path, room) as again:
        assert (await again.until(ev.DraftsLoaded)).drafts == {}


async def test_what_a_stopped_desk_left_is_sent_by_the_next(tmp_path: Path) -> None:
    room = FakeRoom()
    room.up = False
    async with linked(tmp_path, room) as one:
        one.link.carry(save())
        one.link.carry(fx.KeepDraft("n2", {"kind": "note", "record_id": "n2", "version": 0, "fields": {"text": "typed"}, "where": {}}))
    room.up = True
    async with linked(tmp_path, room) as again:
        loaded = await again.until(ev.DraftsLoaded)
        assert loaded.drafts["n2"]["fields"] == {"text": "typed"} and loaded.pending[0]["record_id"] == "n1"
        await again.until(ev.WriteConfirmed)
        assert len(room.puts) == 1


@pytest.mark.parametrize(
    ("status", "error", "details"),
    [
        (422, "invalid_fields", {"fields": {"text": "trop long"}}),
        (409, "version_conflict", {"current": {"version": 3}}),
        (403, "forbidden", {}),
    ],
)
async def test_a_definitive_refusal_leaves_the_spool_and_keeps_the_draft(
    tmp_path: Path, status: int, error: str, details: dict[str, Any]
) -> None:
    room = FakeRoom()
    room.refuse_puts = (status, {"error_id": error, "title": "Refusé.", "details": details})
    async with linked(tmp_path, room) as one:
        one.link.carry(fx.KeepDraft("n1", {"kind": "note", "fields": {"text": "a"}}))
        one.link.carry(save())
        refused = await one.until(ev.WriteRefused)
        assert (refused.error_id, refused.title, refused.details) == (error, "Refusé.", details)
        await one.until(ev.SpoolCounted, which=lambda e: e.unconfirmed == 0)
        await wait_for(lambda: "n1" in one.spool.drafts(), "the draft on the disk")


@pytest.mark.parametrize("status", [500, 503, 401, 429])
async def test_a_passing_refusal_is_tried_again(tmp_path: Path, status: int) -> None:
    room = FakeRoom()
    room.refuse_puts = (status, {"title": "Plus tard."})
    async with linked(tmp_path, room) as one:
        one.link.carry(save())
        assert (await one.until(ev.WritesLate)).title == "Plus tard."
        room.refuse_puts = None
        await one.until(ev.WriteConfirmed)


async def test_facts_reach_the_switchboard_in_order_and_move_the_agent(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await one.until(ev.LinkUp)
        one.link.carry(fx.OrderAgent("sign_in", "w0"))
        assert (await one.until(ev.AgentArrived)).agent["state"] == "not_ready"
        facts: list[m.Fact] = [
            m.CallOffered("1", "k1", "+33465712108", "", "p"),
            m.CallAnswered("1", "k1"),
            m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True),
        ]
        for n, fact in enumerate(facts):
            one.link.carry(fx.ReportFact(f"f{n}", 1_790_000_000.0 + n, fact))
        await one.until(ev.RowArrived, which=lambda e: e.kind == "AgentStateChanged" and e.data["after"] == "wrap_up")
        one.link.carry(fx.OrderAgent("ready", "w1"))
        assert (await one.until(ev.Refused)).title == "Un appel reste à qualifier."


async def test_traces_and_an_unreadable_one_apart(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        for n in range(3):
            one.link.carry(fx.ReportTrace(f"t{n}", 1_790_000_000.0, "CueGiven", {"cue": str(n)}, "k1"))
        await wait_for(lambda: len(one.room.traces) == 3, "three traces")
        assert [t["data"]["cue"] for t in one.room.traces] == ["0", "1", "2"]


async def test_rows_are_resumed_after_the_last_one_seen(tmp_path: Path) -> None:
    room = FakeRoom()
    async with linked(tmp_path, room) as one:
        await one.until(ev.LinkUp)
        room.journal("A", {})
        await one.until(ev.RowArrived)
        room.cut()
        await one.until(ev.LinkDown)
        room.journal("B", {})
        room.up = True
        await one.until(ev.LinkUp, 2)
        room.journal("C", {}, durable=False)
        await one.until(ev.RowArrived, 3)
        assert [(e.kind, e.seq) for e in one.told(ev.RowArrived)] == [("A", 1), ("B", 2), ("C", None)]


async def test_a_row_that_is_none_is_left_aside(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await one.until(ev.LinkUp)
        for text in ("nonsense", "[]", "{}"):
            one.link._tell_row(text)
        one.room.journal("A", {})
        await one.until(ev.RowArrived)
        assert len(one.told(ev.RowArrived)) == 1


async def test_questions_end_in_events(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        carry = one.link.carry
        carry(fx.LookUp("k1", "+33465712108"))
        assert [h["contact_id"] for h in ((await one.until(ev.LookedUp)).page or {})["hits"]] == ["odile"]
        carry(fx.OpenFile("odile", "k1", True))
        assert (await one.until(ev.FileArrived)).file["contact"]["last_name"] == "VASSERAND"
        carry(fx.Search("lormier", 1))
        assert (await one.until(ev.SearchArrived)).page["total"] == 1
        carry(fx.FindDial("call", "k2", "0465712108"))
        assert (await one.until(ev.DialFound)).target.startswith("sip:")
        carry(fx.FindDial("call", "k3", "112"))
        assert (await one.until(ev.DialRefused)).title == "Un numéro d'urgence ne s'appelle pas d'ici."
        carry(fx.TellStation("sip:me@h", "fake", ("hold",), ()))
        assert (await one.until(ev.StationArrived)).station["agent"]["state"] == "signed_out"
        carry(fx.FetchStation())
        await one.until(ev.StationArrived, 2)
        carry(fx.FetchSitting())
        sitting = await one.until(ev.SittingArrived)
        assert sitting.offset is not None and abs(sitting.offset) < 5
        carry(fx.FetchBrief())
        assert (await one.until(ev.BriefArrived)).brief["codes"]["results"]
        carry(fx.FetchProducts())
        await one.until(ev.ProductsArrived)
        carry(fx.OrderSimulation("start", "S1", "w"))
        assert (await one.until(ev.SittingArrived, 2)).sitting["current"] == "S1"
        carry(fx.ExportDebrief("S1"))
        exported = (await one.until(ev.DebriefExported)).path
        assert await asyncio.to_thread(lambda: Path(exported).read_text()) == "# Bilan\n"
        carry(fx.FetchDebrief("S2"))
        assert (await one.until(ev.Refused)).title == "Rien à cette adresse."


async def test_questions_without_a_room_end_in_events_too(tmp_path: Path) -> None:
    room = FakeRoom()
    room.up = False
    async with linked(tmp_path, room) as one:
        one.link.carry(fx.LookUp("k1", "x"))
        assert (await one.until(ev.LookedUp)).page is None
        one.link.carry(fx.FindDial("transfer", "k1", "x"))
        assert (await one.until(ev.DialRefused)).title == "La salle est injoignable."
        one.link.carry(fx.Search("x", 1))
        assert (await one.until(ev.Refused, which=lambda e: e.what == "Search")).title == "La salle est injoignable."


async def test_an_answer_that_is_no_answer(tmp_path: Path) -> None:
    room = FakeRoom()
    spool = Spool(tmp_path / "other")
    page = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>"))
    link = RoomLink("http://room", "candidate", spool, exports=tmp_path, transport=page, connect=room.connect)
    events: list[ev.DeskEvent] = []
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run(events.append))
        link.carry(fx.Search("x", 1))
        await wait_for(lambda: any(isinstance(e, ev.Refused) for e in events), "a refusal")
        link.stop()
        await running
    spool.close()
    assert next(e for e in events if isinstance(e, ev.Refused)).title == "Réponse incompréhensible de la salle."


async def test_a_document_is_brought_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    spool = Spool(tmp_path / "other")
    pdf = httpx.MockTransport(lambda request: httpx.Response(200, content=b"%PDF-1.4"))
    link = RoomLink("http://room", "candidate", spool, exports=tmp_path, transport=pdf, connect=FakeRoom().connect)
    events: list[ev.DeskEvent] = []
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run(events.append))
        link.carry(fx.OpenDocument("../../etc/passwd"))
        await wait_for(lambda: any(isinstance(e, ev.Said) for e in events), "a sentence")
        link.stop()
        await running
    spool.close()
    [file] = list((tmp_path / "documents").iterdir())
    assert file.read_bytes() == b"%PDF-1.4" and file.name == "______etc_passwd.pdf"
