"""The hub: in order, once, from where a watcher left off; a slow one never slows the others."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from scenarios.room.hub import Hub, PublishedRow, SlowWatcher, UnknownSeq, may_see

DEADLINE = 30.0


@dataclass(frozen=True)
class Kept:
    seq: int
    kind: str = "Searched"
    at: str = ""
    actor: str = ""
    call_key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_event(self) -> dict[str, object]:
        return {"seq": self.seq, "kind": self.kind}


class Journal:
    def __init__(self, hub_limit: int = 1000) -> None:
        self.rows: list[Kept] = []
        self.hub = Hub(self.read, limit=hub_limit)

    def read(self, after: int, limit: int) -> list[Kept]:
        return [row for row in self.rows if row.seq > after][:limit]

    def commit(self, *kinds: str) -> None:
        rows = [Kept(len(self.rows) + n, kind) for n, kind in enumerate(kinds, start=1)]
        self.rows += rows
        self.hub.publish(rows)


class Watching:
    """A watcher that keeps what it is sent; `blocked` until released."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.news = asyncio.Event()

    async def send(self, text: str) -> None:
        await self.free.wait()
        self.messages.append(json.loads(text))
        self.news.set()

    @property
    def seqs(self) -> list[int | None]:
        return [message["seq"] for message in self.messages]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while len(self.messages) < count:
                self.news.clear()
                await self.news.wait()


async def test_a_watcher_gets_what_it_missed_then_what_comes() -> None:
    journal = Journal()
    journal.commit(*["Searched"] * 450)
    journal.hub.open(450)
    watcher = Watching()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(journal.hub.watch("trainer", 440, watcher.send))
        await watcher.until(10)
        journal.commit("Searched", "Searched")
        await watcher.until(12)
        task.cancel()
    assert watcher.seqs == list(range(441, 453))


async def test_nothing_is_lost_or_doubled_between_the_journal_and_what_is_live() -> None:
    """Rows committed by another thread while the watcher catches up."""
    journal = Journal()
    journal.commit(*["Searched"] * 300)
    journal.hub.open(300)

    def write() -> None:
        for _ in range(700):
            journal.commit("Searched")

    watcher = Watching()
    writer = threading.Thread(target=write)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(journal.hub.watch("trainer", 0, watcher.send))
        writer.start()
        await watcher.until(1000)
        task.cancel()
    writer.join()
    assert watcher.seqs == list(range(1, 1001))


async def test_rows_published_out_of_order_are_delivered_in_order() -> None:
    journal = Journal()
    journal.hub.open(0)
    watcher = Watching()
    heard: list[int] = []
    journal.hub.listeners.append(lambda row: heard.append(row.seq))
    rows = [Kept(n) for n in range(1, 51)]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(journal.hub.watch("trainer", 0, watcher.send))
        await asyncio.sleep(0)
        for row in random.Random(7).sample(rows, len(rows)):
            journal.hub.publish([row])
        await watcher.until(50)
        task.cancel()
    assert watcher.seqs == heard == list(range(1, 51))


async def test_a_listener_that_fails_keeps_no_row_from_the_watchers(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    journal.hub.open(0)
    watcher = Watching()
    heard: list[int] = []

    def listener(row: PublishedRow) -> None:
        heard.append(row.seq)
        raise OSError("disk full")

    journal.hub.listeners.append(listener)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(journal.hub.watch("trainer", 0, watcher.send))
        await asyncio.sleep(0)
        journal.commit("Searched", "Searched")
        await watcher.until(2)
        task.cancel()
    assert watcher.seqs == heard == [1, 2]
    assert "a listener failed on journal row 2" in caplog.text


async def test_a_slow_watcher_is_let_go_and_the_others_hear_everything() -> None:
    journal = Journal(hub_limit=20)
    journal.hub.open(0)
    slow, quick = Watching(), Watching()
    slow.free.clear()
    outcome: list[str] = []

    async def watch_slowly() -> None:
        with pytest.raises(SlowWatcher):
            await journal.hub.watch("trainer", 0, slow.send)
        outcome.append("let go")

    async with asyncio.TaskGroup() as group:
        group.create_task(watch_slowly())
        task = group.create_task(journal.hub.watch("trainer", 0, quick.send))
        await asyncio.sleep(0)
        for count in range(1, 61):
            journal.commit("Searched")
            await quick.until(count)
        task.cancel()
    assert outcome == ["let go"]
    assert quick.seqs == list(range(1, 61))
    slow.free.set()
    async with asyncio.TaskGroup() as group:  # it comes back with the last seq it saw
        task = group.create_task(journal.hub.watch("trainer", 0, slow.send))
        await slow.until(60)
        task.cancel()
    assert slow.seqs == list(range(1, 61))


async def test_ephemeral_messages_have_no_seq_and_reach_who_is_there() -> None:
    journal = Journal()
    journal.commit("Searched")
    journal.hub.open(1)
    watcher = Watching()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(journal.hub.watch("candidate", 0, watcher.send))
        await watcher.until(1)
        journal.hub.tell({"kind": "CustomerSpeaking", "data": {}})
        journal.hub.tell({"kind": "CustomerSpeaking", "data": {}}, roles=["trainer"])
        journal.hub.tell({"kind": "CustomerRevealed", "data": {}})
        journal.commit("Searched")
        await watcher.until(3)
        task.cancel()
    assert [(m["seq"], m["kind"]) for m in watcher.messages] == [(1, "Searched"), (None, "CustomerSpeaking"), (2, "Searched")]


async def test_a_seq_of_another_sitting_is_refused() -> None:
    journal = Journal()
    journal.commit("Searched")
    journal.hub.open(1)
    with pytest.raises(UnknownSeq):
        await journal.hub.watch("trainer", 5, Watching().send)


@pytest.mark.parametrize("kind", ["CustomerRevealed", "CustomerHeard"])
async def test_the_candidate_never_hears_of_what_the_customer_keeps(kind: str) -> None:
    journal = Journal()
    journal.commit("Searched", kind, "CustomerSpoke")
    journal.hub.open(3)
    candidate, trainer = Watching(), Watching()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(journal.hub.watch(r, 0, w.send)) for r, w in (("candidate", candidate), ("trainer", trainer))]
        await trainer.until(3)
        journal.commit(kind, "Searched")
        await trainer.until(5)
        await candidate.until(3)
        for task in tasks:
            task.cancel()
    assert candidate.seqs == [1, 3, 5]
    assert trainer.seqs == [1, 2, 3, 4, 5]


def test_in_an_exam_the_candidate_reads_no_captions() -> None:
    assert may_see("candidate", "CustomerSpoke", "practice")
    assert not may_see("candidate", "CustomerSpoke", "exam")
    assert may_see("trainer", "CustomerSpoke", "exam")
