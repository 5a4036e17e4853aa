"""The customer who writes: a human pace, messages read together, several questions each answered, silence, and going on after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from scenarios.customer import moves as m
from scenarios.customer.caller import Pace
from scenarios.customer.room_side import RoomSide
from scenarios.customer.state import Phase
from scenarios.customer.thread import Said, Thread, open_thread, simulation_to_offer, threads
from scenarios.customer.world import World
from scenarios.customer.written import WrittenCustomer
from scenarios.customer.written_conversation import Outside, WrittenConversation, going_on, unanswered
from scenarios.pack import Pack
from scenarios.pack_load import load_pack
from tests.scenarios.chat_world import write_chat_pack
from tests.scenarios.customer.fake_room import TOKEN, FakeRoom
from tests.scenarios.customer.playbook import Playbook
from tests.scenarios.room_world import DAY
from tests.workstation.wait import wait_for

KEY = "m-1"
QUICK = 50.0


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load_pack(write_chat_pack(tmp_path), DAY)


def row(kind: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "call_key": KEY, "actor": "candidate", "data": {"chat_id": KEY, **data}}


class Outlet:
    """What the conversation asked of the world, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.news = asyncio.Event()

    def note(self, words: str) -> None:
        self.told.append(words)
        self.news.set()

    @property
    def outside(self) -> Outside:
        return Outside(
            send=lambda text, line_id: self.note(f"{line_id}: {text}"),
            reveal=lambda fact: self.note(f"reveals {fact}"),
            act=lambda what: self.note(f"does {what}"),
            typing=lambda on: self.note("types"),
            close=lambda: self.note("leaves"),
        )

    @property
    def written(self) -> list[str]:
        return [words.split(":")[0] for words in self.told if ": " in words]

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(10):
                while not holds():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: {self.told}") from None


@asynccontextmanager
async def talking(pack: Pack, thread: Thread = Thread(KEY), **more: Any) -> AsyncIterator[tuple[WrittenConversation, Outlet]]:  # noqa: B008
    outlet = Outlet()
    options = {"pace": QUICK, "reading": 0.05, **more}
    conversation = WrittenConversation(pack.simulation("S3"), "7", outlet.outside, thread, **options)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(conversation.run())
        yield conversation, outlet
        running.cancel()


def writes(conversation: WrittenConversation, text: str) -> None:
    conversation.tell(row("ChatMessage", who="conseiller", text=text))


async def test_the_first_message_is_there_at_once_and_says_what_it_is(pack: Pack) -> None:
    async with talking(pack) as (_conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        assert outlet.told[-1].startswith("bonjour: Client virtuel automatique de Plateau.")


async def test_messages_that_follow_each_other_are_one_turn_and_each_question_gets_its_answer(pack: Pack) -> None:
    async with talking(pack) as (conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        for text in ("Bonjour, Camille à votre service.", "Combien de cafés par jour ?", "Et quel budget ?"):
            writes(conversation, text)
        await outlet.until(lambda: outlet.written == ["bonjour", "usage", "budget"], "both answers, and no other")
        await outlet.until(lambda: "reveals budget" in outlet.told, "both facts")
        assert outlet.told.index("reveals usage") > outlet.told.index("usage: 8 par jour")
        writes(conversation, "Merci, au revoir.")
        await outlet.until(lambda: outlet.told[-1] == "leaves", "the end")
        assert conversation.over


async def test_what_is_written_while_she_types_is_read_afterwards(pack: Pack) -> None:
    async with talking(pack, pace=1.0) as (conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        writes(conversation, "Combien de cafés ?")
        await outlet.until(lambda: "types" in outlet.told, "she types")
        writes(conversation, "Et votre budget ?")
        await outlet.until(lambda: outlet.written == ["bonjour", "usage", "budget"], "one after the other")


async def test_a_cue_is_understood_as_on_the_telephone(pack: Pack) -> None:
    async with talking(pack) as (conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        conversation.tell({"kind": "CueGiven", "data": {"cue": "besoin"}})
        await outlet.until(lambda: outlet.written == ["bonjour", "usage"], "the answer")


async def test_silence_makes_her_impatient_and_an_agent_who_types_does_not(pack: Pack) -> None:
    async with talking(pack) as (conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        conversation.tell(row("ChatTyping", who="conseiller", typing=True))  # for six seconds of the room's clock
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.2):  # sixty of hers: twice the silence she bears
                await outlet.until(lambda: len(outlet.written) > 1, "nothing")
        conversation.tell(row("ChatTyping", who="conseiller", typing=False))
        await outlet.until(lambda: outlet.written == ["bonjour", "allo"], "her patience")


async def test_the_end_of_the_conversation_ends_her_typing(pack: Pack) -> None:
    async with talking(pack, pace=1.0) as (conversation, outlet):
        await outlet.until(lambda: bool(outlet.written), "the first message")
        writes(conversation, "Combien ?")
        await outlet.until(lambda: "types" in outlet.told, "she types")
        conversation.tell(row("ChatClosed", by="conseiller"))
        await wait_for(lambda: conversation.over, "her leaving")
        assert outlet.written == ["bonjour"]


async def test_a_process_started_again_goes_on_from_what_was_said(pack: Pack) -> None:
    said = (Said("client", "bjr", "bonjour"), Said("conseiller", "Combien ?"), Said("client", "8 par jour", "usage"))
    async with talking(pack, Thread(KEY, accepted=True, said=said), revealed=["usage"]) as (conversation, outlet):
        writes(conversation, "Quel budget ?")
        await outlet.until(lambda: outlet.written == ["budget"], "the next answer and nothing said before")
        assert "reveals usage" not in outlet.told
    unread = (*said, Said("conseiller", "Quel budget ?"))
    async with talking(pack, Thread(KEY, accepted=True, said=unread), revealed=["usage"]) as (_conversation, outlet):
        await outlet.until(lambda: outlet.written == ["budget"], "what was not read before")


def test_a_thread_of_another_version_of_the_pack_begins_anew(pack: Pack) -> None:
    state, sent = going_on(pack.simulation("S3"), "7", Thread(KEY, said=(Said("client", "x", "gone"),)), (), 0.0)
    assert (state.phase, sent) == (Phase.BEFORE, None)


def test_only_what_is_answered_once_is_still_to_be_answered(pack: Pack) -> None:
    simulation = pack.simulation("S3")
    said = (Said("client", "bjr", "bonjour"),)
    state, _sent = going_on(simulation, "7", Thread(KEY, said=said), (), 0.0)
    play = Playbook(simulation.dialogue)
    play.state = state
    play.give(m.LineFinished("bonjour"))
    assert play.state.node == "ecoute"
    assert unanswered(simulation.dialogue, play.state, "Combien ?")
    assert not unanswered(simulation.dialogue, play.state, "au revoir")  # no end of its own accord
    assert not unanswered(simulation.dialogue, play.state, "")


# --- when to write ----------------------------------------------------------------------------------


def world(*rows: dict[str, Any], agent: str = "ready") -> World:
    made = World().apply({"kind": "SimulationStarted", "data": {"simulation": "S3"}})
    for one in rows:
        made = made.apply(one)
    return made.apply({"kind": "AgentStateChanged", "data": {"after": agent}})


def test_she_writes_to_a_ready_desk_once(pack: Pack) -> None:
    assert simulation_to_offer(world(), pack) is pack.simulation("S3")
    assert simulation_to_offer(world(agent="not_ready"), pack) is None
    assert simulation_to_offer(world(row("ChatOffered")), pack) is None
    assert simulation_to_offer(world(row("ChatOffered"), row("ChatClosed", by="client")), pack) is not None  # nobody took it
    assert simulation_to_offer(world(row("ChatOffered"), row("ChatAccepted"), row("ChatClosed", by="client")), pack) is None
    missed = [row(kind, chat_id=f"m-{n}") for n in range(3) for kind in ("ChatOffered", "ChatClosed")]
    assert simulation_to_offer(world(*missed), pack) is None
    spoken = World().apply({"kind": "SimulationStarted", "data": {"simulation": "S1"}})
    assert simulation_to_offer(spoken.apply({"kind": "AgentStateChanged", "data": {"after": "ready"}}), pack) is None


def test_a_thread_is_told_by_rows_and_passing_news_is_not_kept() -> None:
    seen = world(row("ChatOffered"), row("ChatTyping", who="client"), row("ChatMessage", who="client", text="bjr", line_id="bonjour"))
    thread = open_thread(seen)
    assert thread is not None and thread.own == ("bonjour",) and thread.unread == ()
    assert all(one["kind"] != "ChatTyping" for one in seen.rows)
    assert threads(seen.rows)[KEY] == thread


# --- against a room ---------------------------------------------------------------------------------


async def test_she_offers_writes_and_leaves_through_the_room(pack: Pack) -> None:
    room, seen = FakeRoom(), World()

    async def heard(one: Any) -> None:
        nonlocal seen
        seen = seen.apply(one)
        customer.row(one)

    async with room.open():
        side = RoomSide(room.url, TOKEN, heard)
        customer = WrittenCustomer(pack, side, lambda: seen, "seed", Pace().at(QUICK))
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(side.run()), tasks.create_task(customer.run())]
            await room.row("SimulationStarted", simulation="S3")
            await room.row("AgentStateChanged", before="not_ready", after="ready")
            await room.until(lambda: bool(_told(room, "/chat")), "the offer")
            offer = _told(room, "/chat")[0]
            assert offer["simulation"] == "S3" and offer["chat_id"].startswith("m-")
            chat = {"chat_id": offer["chat_id"]}
            await room.row("ChatOffered", **chat, simulation="S3")
            await room.until(lambda: bool(_told(room, f"/chat/{chat['chat_id']}/messages")), "her first message")
            first = _told(room, f"/chat/{chat['chat_id']}/messages")[0]
            assert first["line_id"] == "bonjour" and "virtuel" in first["text"]
            await room.row("ChatAccepted", **chat)
            await room.row("ChatMessage", **chat, who="conseiller", text="Au revoir", n=2)
            await room.until(lambda: bool(_told(room, f"/chat/{chat['chat_id']}/close")), "her leaving")
            for task in running:
                task.cancel()
        await side.leave()


def _told(room: FakeRoom, path: str) -> list[dict[str, Any]]:
    return [body for told, body in room.told if told == path]
