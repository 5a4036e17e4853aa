"""The link against a manager that stalls, cuts, lies, floods and comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from cti.exchange.asterisk import link as link_module
from cti.exchange.asterisk.link import ActionRefused, Link, LinkLost, Session
from cti.exchange.asterisk.wire import Message, Unsendable
from tests.cti.asterisk.fake_manager import DEADLINE, FakeManager, block, error, event, fake_manager, listed, success


class Followed:
    """The sessions a link opened and what it said of its losses."""

    def __init__(self) -> None:
        self.events: list[Message] = []
        self.sessions: list[Session] = []
        self.losses: list[str] = []
        self._news = asyncio.Event()

    async def follow(self, session: Session) -> None:
        self.sessions.append(session)
        self._news.set()
        while True:
            self.events.append(await session.next_event())
            self._news.set()

    def lost(self, why: str) -> None:
        self.losses.append(why)
        self._news.set()

    async def wait(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not what():
                self._news.clear()
                await self._news.wait()

    async def session(self, number: int = 1) -> Session:
        await self.wait(lambda: len(self.sessions) >= number)
        return self.sessions[number - 1]


@contextlib.asynccontextmanager
async def linked(
    manager: FakeManager, secret: str = "secret", follow: Callable[[Session], Awaitable[None]] | None = None
) -> AsyncIterator[Followed]:
    followed = Followed()
    async with asyncio.TaskGroup() as group:
        link = Link("127.0.0.1", manager.port, "plateau", secret, "call,system")
        task = group.create_task(link.run(follow or followed.follow, followed.lost))
        try:
            yield followed
        finally:
            task.cancel()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "ANSWER_LIMIT", 1.0)
    monkeypatch.setattr(link_module, "PING_EVERY", 0.1)


async def test_actions_are_answered_each_with_its_own_answer() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        held: list[Message] = []

        def backwards(asked: Message) -> list[bytes]:
            held.append(asked)
            return [success(one, Value=one.get("Variable")) for one in reversed(held)] if len(held) == 3 else []

        manager.answers["Getvar"] = backwards
        answers = await asyncio.gather(*(session.action("Getvar", {"Variable": name}) for name in "abc"))
        assert [answer.get("Value") for answer in answers] == ["a", "b", "c"]
        assert session.greeting == "Asterisk Call Manager/11.0.0"


async def test_events_come_in_order_even_torn_and_between_the_lines_of_a_list() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()

        def mixed(asked: Message) -> list[bytes]:
            first, *rest = listed(asked, "CoreShowChannel", {"Channel": "one"}, {"Channel": "two"})
            return [event("A", N="1"), first, event("A", N="2"), *rest, event("A", N="3")]

        manager.answers["CoreShowChannels"] = mixed
        rows = await session.listing("CoreShowChannels")
        assert [row.get("Channel") for row in rows] == ["one", "two"]
        torn = event("A", N="4") + event("A", N="5")
        for at in range(len(torn)):
            manager.say(torn[at : at + 1])
        await followed.wait(lambda: len(followed.events) == 5)
        assert [message.get("N") for message in followed.events] == list("12345")


async def test_an_error_is_asterisks_own_words_less_what_cannot_be_shown() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        manager.answers["QueueAdd"] = lambda asked: [error(asked, "Unable to add\u202e interface")]
        manager.answers["CoreShowChannels"] = lambda asked: [error(asked, "Permission denied")]
        with pytest.raises(ActionRefused, match=r"^Unable to add interface$"):
            await session.action("QueueAdd")
        with pytest.raises(ActionRefused, match=r"^Permission denied$"):
            await session.listing("CoreShowChannels")
        assert (await session.action("Ping")).get("Response") == "Success"


async def test_nothing_of_an_unsendable_action_is_sent() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        with pytest.raises(Unsendable):
            await session.action("Setvar", {"Variable": "PLAYER_poste1", "Value": "jury1\r\nAction: Originate"})
        await session.action("Setvar", {"Variable": "PLAYER_poste1", "Value": "jury1"})
        assert [(message.get("Action"), message.get("Value")) for message in manager.asked] == [("Setvar", "jury1")]


async def test_rubbish_between_messages_is_passed_over() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        await followed.session()
        manager.say(b"\r\n\r\n: \r\nno colon at all\r\n\r\n\xff\xfe\x00: \x80\r\n\r\nResponse: Success\r\nActionID: nobody\r\n\r\n")
        manager.say(event("A", N="1"))
        await followed.wait(lambda: bool(followed.events))
        assert [message.get("N") for message in followed.events] == ["1"]
        assert not followed.losses


async def test_a_message_with_a_second_event_in_it_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        await followed.session()
        manager.say(b"Event: Newchannel\r\nExten: 1\r\nEvent: Hangup\r\nUniqueid: 1.1\r\nChanVariable: A=1\r\nChanVariable: B=2\r\n\r\n")
        manager.say(b"Event: Hangup\r\nUniqueid: 1.1\r\nUniqueid: 1.2\r\n\r\n")
        manager.say(event("A", N="1"))
        await followed.wait(lambda: bool(followed.events))
        assert [message.event for message in followed.events] == ["A"]
        assert len(caplog.records) == 2


async def test_a_connection_cut_in_the_middle_of_a_message_is_made_again_and_its_half_forgotten() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        first = await followed.session()
        manager.answers["Getvar"] = None
        waiting = asyncio.get_running_loop().create_future()

        async def ask() -> None:
            try:
                await first.action("Getvar")
            except LinkLost as lost:
                waiting.set_result(str(lost))

        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            await manager.wait_asked("Getvar")
            manager.say(b"Event: A\r\nN: ")
            manager.cut()
            assert await asyncio.wait_for(waiting, DEADLINE)
        await followed.session(2)
        manager.say(event("A", N="2"))
        await followed.wait(lambda: bool(followed.events))
        assert [message.get("N") for message in followed.events] == ["2"]
        assert len(followed.losses) == 1
        with pytest.raises(LinkLost):
            await first.action("Ping")
        with pytest.raises(LinkLost):
            await first.next_event()


@pytest.mark.usefixtures("hasty")
async def test_an_answer_that_never_comes_costs_the_connection() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        manager.answers["Getvar"] = None
        with pytest.raises(LinkLost, match="no answer to Getvar"):
            await session.action("Getvar")
        await followed.session(2)


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_is_there_and_says_nothing_is_found_out() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        await followed.session()
        manager.answers["Ping"] = None
        await followed.wait(lambda: bool(followed.losses))
        assert followed.losses == ["no answer to Ping within 1 s"]
        del manager.answers["Ping"]
        await followed.session(2)


async def test_a_server_that_shuts_down_refuses_pings_and_is_lost_like_any_other() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        await followed.session()
        manager.answers["Ping"] = lambda asked: [error(asked, "Asterisk is shutting down")]
        await followed.wait(lambda: bool(followed.losses))
        assert followed.losses[0] == "ping refused: Asterisk is shutting down"
        del manager.answers["Ping"]
        await followed.session(2)


async def test_a_slow_server_is_waited_for() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        asked: list[Message] = []

        def later(message: Message) -> list[bytes]:
            asked.append(message)
            return []

        manager.answers["Getvar"] = later

        async def answer() -> None:
            await manager.wait(lambda: bool(asked))
            for byte in success(asked[0], Value="slow"):
                manager.say(bytes([byte]))
                await asyncio.sleep(0)  # a read for each byte

        async with asyncio.TaskGroup() as group:
            group.create_task(answer())
            assert (await session.action("Getvar")).get("Value") == "slow"


async def test_events_that_pile_up_cost_the_connection_rather_than_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_EVENTS", 50)
    release = asyncio.Event()
    taken: list[Message] = []
    sessions = 0

    async def stalled(session: Session) -> None:
        nonlocal sessions
        sessions += 1
        manager.say(b"".join(event("A", N=str(n)) for n in range(51 if sessions == 1 else 50)))
        if sessions == 1:
            await asyncio.Event().wait()
        while len(taken) < 50:
            taken.append(await session.next_event())
        release.set()
        await asyncio.Event().wait()

    async with fake_manager() as manager, linked(manager, follow=stalled) as followed:
        await asyncio.wait_for(release.wait(), DEADLINE)
        assert followed.losses == ["50 events are waiting"]
        assert [message.get("N") for message in taken] == [str(n) for n in range(50)]


async def test_a_list_without_end_costs_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_LIST", 100)
    async with fake_manager() as manager, linked(manager) as followed:
        session = await followed.session()
        manager.answers["CoreShowChannels"] = lambda asked: [
            block(("Response", "Success"), ("ActionID", asked.get("ActionID")), ("EventList", "start")),
            block(("Event", "CoreShowChannel"), ("ActionID", asked.get("ActionID"))) * 200,
        ]
        with pytest.raises(LinkLost, match="a list of more than 100"):
            await session.listing("CoreShowChannels")
        await followed.session(2)


async def test_a_refused_login_is_said_and_tried_again() -> None:
    async with fake_manager() as manager, linked(manager, secret="wrong") as followed:
        await followed.wait(lambda: len(followed.losses) == 2)
        assert followed.losses == ["login refused: Authentication failed"] * 2
        assert manager.logins == 2 and not followed.sessions


async def test_not_followed_before_asterisk_has_booted() -> None:
    async with fake_manager() as manager, linked(manager) as followed:
        await followed.session()
        manager.answers["Login"] = lambda asked: [success(asked), event("A", N="early")]
        manager.cut()
        await manager.wait(lambda: manager.logins == 2)
        assert len(followed.sessions) == 1
        manager.say(event("FullyBooted"))
        manager.say(event("A", N="late"))
        await followed.session(2)
        await followed.wait(lambda: len(followed.events) == 2)
        assert [message.get("N") for message in followed.events] == ["early", "late"]


async def test_it_waits_longer_and_longer_for_an_absent_server_but_never_more_than_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    real_sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        if seconds != link_module.PING_EVERY:
            waits.append(seconds)
            seconds = 0
        await real_sleep(seconds)

    monkeypatch.setattr(link_module, "PING_EVERY", 2.1)
    monkeypatch.setattr(asyncio, "sleep", noted)
    async with fake_manager() as manager:
        await manager.stop()
        async with linked(manager) as followed:
            await followed.wait(lambda: len(followed.losses) >= 6)
            assert waits[:5] == [0.2, 0.4, 0.8, 1.6, 2.0]
            await manager.start()
            await followed.session()
            seen = len(waits)
            manager.cut()
            await followed.session(2)
            assert waits[seen] == 0.2


async def test_a_fault_of_the_follower_is_not_hidden() -> None:
    async def faulty(session: Session) -> None:
        raise ZeroDivisionError

    async with fake_manager() as manager:
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(
                Link("127.0.0.1", manager.port, "plateau", "secret", "call,system").run(faulty, lambda why: None), DEADLINE
            )
        assert caught.group_contains(ZeroDivisionError)
