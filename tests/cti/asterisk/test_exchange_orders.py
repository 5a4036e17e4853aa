"""What the exchange tells Asterisk, when, and what it does with an Asterisk that refuses, is away, or lies: against a manager made up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from cti.exchange.asterisk import exchange as exchange_module
from cti.exchange.asterisk.exchange import AsteriskExchange
from cti.exchange.asterisk.plan import ExchangePlan, Mode, Ports, Transport, new_plan
from cti.exchange.facts import Cleared, Delivered, ExchangeFact, IntruderRefused, LineChanged, LinkChanged, ListeningBegan
from cti.exchange.port import DialRefused, Exchange, ExchangeRefused
from tests.cti.asterisk.fake_manager import DEADLINE, FakeManager, block, error, event, fake_manager, listed, success

F = TypeVar("F")
CALLS, SECURITY = "call", "security"


class Followed:
    def __init__(self, exchange: AsteriskExchange, plan: ExchangePlan, manager: FakeManager) -> None:
        self.exchange, self.plan, self.manager = exchange, plan, manager
        self.facts: list[ExchangeFact] = []
        self._news = asyncio.Event()

    def take(self, fact: ExchangeFact) -> None:
        self.facts.append(fact)
        self._news.set()

    async def wait(self, kind: type[F], where: Callable[[F], bool] = lambda _: True, after: int = 0) -> F:
        async with asyncio.timeout(DEADLINE):
            while True:
                for fact in self.facts[after:]:
                    if isinstance(fact, kind) and where(fact):
                        return fact
                self._news.clear()
                await self._news.wait()

    def sent(self, action: str) -> list[tuple[tuple[str, str], ...]]:
        """The actions of that name, less their id."""
        return [message.fields[2:] for message in self.manager.asked if message.get("Action") == action]


@contextlib.asynccontextmanager
async def followed(mode: Mode = "exam", transport: Transport = "tls") -> AsyncIterator[Followed]:
    async with fake_manager() as manager:
        ports = Ports(sip=5999, manager=manager.port)
        customers = 1 if mode == "practice" else 0
        plan = new_plan("192.0.2.1", stations=2, juries=2, customers=customers, mode=mode, transport=transport, ports=ports)
        manager.secret = plan.manager_secret
        known = Followed(AsteriskExchange(plan, {"+33140000000": "Comptabilité"}, "PEM"), plan, manager)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(known.exchange.run(known.take))
            try:
                await known.wait(LinkChanged, lambda fact: fact.up)
                yield known
            finally:
                task.cancel()


def channel(name: str, id: str, state: str = "6", **variables: str) -> list[tuple[str, str]]:
    told = [("ChanVariable", f"{key}={value}") for key, value in variables.items()]
    return [("Channel", name), ("Uniqueid", id), ("Linkedid", id), ("ChannelState", state), *told]


def happening(name: str, *fields: tuple[str, str]) -> bytes:
    return block(("Event", name), ("Timestamp", "1.0"), *fields)


LISTENER = channel("PJSIP/jury2-0000000f", "1.9", SPY_MODE="listen", SPY_STATION="poste1")
SPYING = [
    ("SpyerChannel", "PJSIP/jury2-0000000f"), ("SpyerUniqueid", "1.9"), ("SpyeeChannel", "PJSIP/poste1-00000001"), ("SpyeeUniqueid", "1.1"),
]  # fmt: skip


async def test_a_link_that_comes_up_says_what_is_remembered() -> None:
    async with followed() as known:
        exchange, manager = known.exchange, known.manager
        assert known.facts == [LinkChanged(True, "Asterisk Call Manager/11.0.0")]
        assert [dict(fields)["Interface"] for fields in known.sent("QueueAdd")] == ["PJSIP/poste1", "PJSIP/poste2"]
        assert all(dict(fields)["Paused"] == "true" for fields in known.sent("QueueAdd"))
        await exchange.set_ready("poste1", True)
        await exchange.set_player("poste1", "jury1")
        await exchange.set_player("poste2", "jury2")
        await exchange.set_player("poste2", "")
        assert known.sent("QueuePause") == [(("Interface", "PJSIP/poste1"), ("Paused", "false"), ("Reason", ""), ("Queue", "poste1"))]
        manager.asked.clear()
        member = {"Queue": "poste2", "Location": "PJSIP/poste2", "Paused": "0"}
        manager.answers["QueueStatus"] = lambda asked: listed(asked, "QueueMember", member)
        manager.answers["Getvar"] = lambda asked: [success(asked, Value="22.10.1" if asked.get("Variable") == "VERSION()" else "")]
        manager.cut()
        assert (await known.wait(LinkChanged, lambda fact: not fact.up)).detail
        assert (await known.wait(LinkChanged, lambda fact: fact.up, 1)).version == "22.10.1"
        assert [(dict(fields)["Queue"], dict(fields)["Paused"]) for fields in known.sent("QueueAdd")] == [("poste1", "false")]
        assert [(dict(fields)["Queue"], dict(fields)["Paused"]) for fields in known.sent("QueuePause")] == [("poste2", "true")]
        players = [fields for fields in known.sent("Setvar") if fields[0][1].startswith("PLAYER_")]
        assert players == [(("Variable", f"PLAYER_{station}"), ("Value", seat)) for station, seat in (("poste1", "jury1"), ("poste2", ""))]


async def test_what_is_ordered_while_the_link_is_down_is_said_when_it_is_back() -> None:
    async with followed() as known:
        await known.manager.stop()
        await known.wait(LinkChanged, lambda fact: not fact.up)
        await known.exchange.set_ready("poste1", True)
        await known.exchange.set_player("poste1", "jury1")
        known.manager.asked.clear()
        await known.manager.start()
        await known.wait(LinkChanged, lambda fact: fact.up, 1)
        assert ("Paused", "false") in known.sent("QueueAdd")[0]
        assert (("Variable", "PLAYER_poste1"), ("Value", "jury1")) in known.sent("Setvar")


async def test_a_station_in_a_call_is_not_made_ready_by_a_link_that_comes_back() -> None:
    async with followed() as known:
        await known.exchange.set_ready("poste1", True)
        known.manager.asked.clear()
        desk = dict(channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k"))
        known.manager.answers["Status"] = lambda asked: listed(asked, "Status", {**desk, "Application": "AppQueue", "BridgeID": "b"})
        known.manager.cut()
        await known.wait(LinkChanged, lambda fact: fact.up, 1)
        assert (await known.wait(Delivered)).line == "poste1"
        assert ("Paused", "true") in known.sent("QueueAdd")[0]


async def test_a_station_that_a_call_comes_to_is_paused_at_once_and_its_room_may_decide_otherwise() -> None:
    async with followed() as known:
        manager = known.manager
        await known.exchange.set_ready("poste1", True)
        manager.say(happening("Newchannel", *channel("PJSIP/poste1-00000001", "1.1", "0")), CALLS)
        paused = await manager.wait_asked("QueuePause", lambda message: message.get("Paused") == "true")
        assert (paused.get("Interface"), paused.get("Reason"), paused.get("Queue")) == ("PJSIP/poste1", "call", "")
        manager.say(happening("Newchannel", *channel("PJSIP/poste1-00000002", "1.2", "4")), CALLS)
        manager.say(happening("Newchannel", *channel("PJSIP/jury1-00000003", "1.3", "4")), CALLS)
        manager.say(happening("Newchannel", *channel("PJSIP/poste2-00000004", "1.4", "4")), CALLS)
        await manager.wait_asked("QueuePause", lambda message: message.get("Interface") == "PJSIP/poste2")
        assert len(known.sent("QueuePause")) == 3  # the first call of each, and the readiness before
        # ready again while the order to pause still waits behind another: the room has the last word
        gate: list[bytes] = []
        manager.answers["Redirect"] = lambda asked: gate.append(success(asked)) or ()  # type: ignore[func-returns-value]
        for number, line in (("1.1", "poste1"), ("1.2", "poste1")):
            manager.say(happening("Hangup", *channel(f"PJSIP/{line}-0000000{number[-1]}", number), ("Cause", "16")), CALLS)
        manager.say(happening("Newstate", *channel("PJSIP/poste2-00000004", "1.4")), CALLS)
        heard = [(key, value.replace("poste1-00000001", "poste2-00000005").replace("1.1", "1.5")) for key, value in SPYING]
        manager.say(happening("Newstate", *channel("PJSIP/jury2-0000000f", "1.9", SPY_MODE="listen", SPY_STATION="poste2")), CALLS)
        manager.say(happening("ChanSpyStart", *heard), CALLS)
        await manager.wait_asked("Redirect")
        manager.say(happening("Newchannel", *channel("PJSIP/poste1-00000006", "1.6", "0")), CALLS)
        manager.say(happening("DialBegin", *[(f"Dest{k}", v) for k, v in channel("PJSIP/poste1-00000006", "1.6", PLATEAU_CALL="k")]), CALLS)
        await known.wait(Delivered)
        await known.exchange.set_ready("poste1", True)
        manager.say(gate[0], CALLS)
        manager.say(happening("Newchannel", *channel("PJSIP/poste2-00000007", "1.7", "0")), CALLS)
        await known.exchange.set_ready("poste1", True)
        last = [fields for fields in known.sent("QueuePause") if ("Interface", "PJSIP/poste1") in fields][-1]
        assert ("Paused", "false") in last


async def test_a_station_that_is_in_no_queue_is_put_there() -> None:
    async with followed(mode="practice") as known:
        known.manager.asked.clear()
        known.manager.answers["QueuePause"] = lambda asked: [error(asked, "Interface not found")]
        await known.exchange.set_ready("poste1", True)
        assert [(dict(f)["Queue"], dict(f)["Interface"], dict(f)["Paused"]) for f in known.sent("QueueAdd")] == [
            ("poste1", "PJSIP/poste1", "false"), ("commune", "PJSIP/poste1", "false"),
        ]  # fmt: skip
        known.manager.answers["QueueAdd"] = lambda asked: [error(asked, "No such queue")]
        await known.exchange.set_ready("poste2", True)  # logged; the link goes on
        assert await known.exchange.allow_listening("jury1", "poste1", "whisper")


async def test_orders_about_lines_that_are_not_there() -> None:
    async with followed() as known:
        exchange = known.exchange
        before = len(known.manager.asked)
        for order in (
            exchange.set_ready("poste9", True), exchange.set_ready("jury1", True), exchange.set_player("poste9", "jury1"),
            exchange.set_player("poste1", "poste2"), exchange.set_player("poste1", "x\r\nAction: Originate"),
            exchange.allow_listening("jury9", "poste1", "listen"), exchange.allow_listening("jury1", "poste1\r\n", "listen"),
        ):  # fmt: skip
            with pytest.raises(ExchangeRefused) as refused:
                await order
            assert refused.value.error_id == "no_such_line" and "\r" not in refused.value.title
        with pytest.raises(ExchangeRefused):
            exchange.offer_target("commune")  # practice only
        assert len(known.manager.asked) == before


async def test_dialling_and_what_phones_are_told() -> None:
    async with followed() as known:
        exchange: Exchange = known.exchange
        for text, error_id in (("112", "emergency_number"), ("12", "not_a_number"), ("0612345678", "nobody_there")):
            with pytest.raises(DialRefused) as refused:
                exchange.dial(text, "poste1")
            assert refused.value.error_id == error_id
        await exchange.set_player("poste1", "jury1")
        assert exchange.dial("01 40 00 00 00", "poste1").known_as == "Comptabilité"
        assert exchange.dial("06.12.34.56.78", "poste1").target == "sip:+33612345678@192.0.2.1:5999;transport=tls"
        assert exchange.offer_target("poste2") == "sip:file-poste2@192.0.2.1:5999;transport=tls"
        account = exchange.account("jury1")
        assert account is not None and account.password == known.plan.line("jury1").password and account.ca == "PEM"
        assert exchange.account("nobody") is None
        known.exchange.plan = known.plan.with_new_password("jury1")
        renewed = exchange.account("jury1")
        assert renewed is not None and renewed.password not in ("", account.password)
        told = exchange.describe("poste1")
        assert told == {
            "kind": "asterisk", "server": "192.0.2.1:5999", "transport": "tls", "user": "poste1", "encrypted": True, "mode": "exam",
            "reachable": True,
        }  # fmt: skip
        await known.manager.stop()
        await known.wait(LinkChanged, lambda fact: not fact.up)
        with pytest.raises(DialRefused) as refused:
            exchange.dial("0612345678", "poste1")
        assert refused.value.error_id == "nobody_there" and exchange.describe("poste1")["reachable"] is False
        for order in (exchange.allow_listening("jury1", "poste1", "listen"), exchange.clear("poste1"), exchange.stop_listening("jury1")):
            with pytest.raises(ExchangeRefused) as down:
                await order
            assert down.value.error_id == "exchange_down"
        with pytest.raises(ExchangeRefused):
            exchange.offer_target("poste1")
        await known.manager.start()
    async with followed(transport="udp") as known:
        account = known.exchange.account("poste1")
        assert account is not None and (account.transport, account.ca) == ("udp", "")
        assert known.exchange.offer_target("poste1") == "sip:file-poste1@192.0.2.1:5999"


async def test_tickets_are_forgotten_after_a_while_and_never_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with followed() as known:
        manager = known.manager
        target = await known.exchange.allow_listening("jury1", "poste1", "listen")
        name = target.removeprefix("sip:ecoute-").partition("@")[0]
        assert len(name) == 16 and target.endswith("@192.0.2.1:5999;transport=tls")
        given = (("Variable", f"TICKET_{name}"), ("Value", "listen:jury1:poste1"))
        assert known.sent("Setvar")[-1] == given
        manager.asked.clear()
        manager.cut()
        await known.wait(LinkChanged, lambda fact: fact.up, 1)
        assert given not in known.sent("Setvar")
        for mode in ("whisper", "barge"):
            with pytest.raises(ExchangeRefused) as refused:
                await known.exchange.allow_listening("jury1", "poste1", mode)
            assert refused.value.error_id == "no_whisper_in_exam"
        monkeypatch.setattr(exchange_module, "TICKET_LIFE", 0.0)
        target = await known.exchange.allow_listening("jury1", "poste1", "listen")
        late = f"TICKET_{target.removeprefix('sip:ecoute-').partition('@')[0]}"
        await manager.wait_asked("Setvar", lambda message: message.get("Variable") == late and message.get("Value") == "")
        await known.exchange.stop_listening("jury1")  # the first ticket with it
        await manager.wait_asked("Setvar", lambda message: message.get("Variable") == f"TICKET_{name}" and message.get("Value") == "")


async def test_cutting_a_listener_or_a_line() -> None:
    async with followed() as known:
        manager = known.manager
        manager.say(happening("Newstate", *channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k")), CALLS)
        manager.say(happening("Newstate", *channel("PJSIP/jury2-00000002", "1.2", PLATEAU_CALL="k")), CALLS)
        manager.say(happening("Newstate", *LISTENER) + happening("ChanSpyStart", *SPYING), CALLS)
        await known.wait(ListeningBegan)
        manager.answers["Hangup"] = lambda asked: [error(asked, "No such channel")]  # it has just gone by itself
        await known.exchange.stop_listening("jury2")
        assert [dict(fields)["Channel"] for fields in known.sent("Hangup")] == ["PJSIP/jury2-0000000f"]
        await known.exchange.clear("jury2", "another call")
        assert len(known.sent("Hangup")) == 1
        await known.exchange.clear("jury2", "k")
        assert {dict(fields)["Channel"] for fields in known.sent("Hangup")} == {"PJSIP/jury2-0000000f", "PJSIP/jury2-00000002"}


async def test_a_listener_is_moved_and_an_asterisk_that_refuses_is_asked_again() -> None:
    async with followed() as known:
        manager = known.manager
        manager.say(happening("Newstate", *channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k")), CALLS)
        manager.say(happening("Newstate", *LISTENER) + happening("ChanSpyStart", *SPYING), CALLS)
        manager.answers["Redirect"] = lambda asked: [error(asked, "Channel does not exist")]
        manager.say(happening("Hold", *channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k")), CALLS)
        manager.say(happening("Newstate", *channel("PJSIP/poste1-00000003", "1.10", PLATEAU_CALL="c")), CALLS)
        await manager.wait_asked("Redirect", times=2)
        set_first = manager.asked.index(await manager.wait_asked("Setvar", lambda message: message.get("Variable") == "SPY_CHANNEL"))
        redirect = await manager.wait_asked("Redirect")
        assert set_first < manager.asked.index(redirect)
        assert manager.asked[set_first].fields[2:] == (
            ("Channel", "PJSIP/jury2-0000000f"), ("Variable", "SPY_CHANNEL"), ("Value", "PJSIP/poste1-00000003"),
        )  # fmt: skip
        assert redirect.fields[2:] == (("Channel", "PJSIP/jury2-0000000f"), ("Context", "listening"), ("Exten", "s"), ("Priority", "1"))


async def test_the_words_of_strangers_make_no_other_fact_than_a_refusal() -> None:
    async with followed() as known:
        manager = known.manager
        await manager.wait(lambda: sorted(manager._writers.values()) == ["call,agent,system", "security,system"])
        manager.say(happening("Newstate", *channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k")), CALLS)
        gone = happening("Hangup", *channel("PJSIP/poste1-00000001", "1.1", PLATEAU_CALL="k"), ("Cause", "16"))
        contact = event("ContactStatus", URI="sip:x@192.0.2.66", ContactStatus="Reachable", EndpointName="poste1")
        refusal = event("InvalidAccountID", AccountID="zz", RemoteAddress="IPV4/TLS/192.0.2.66/1", SessionID="s")
        manager.say(gone + contact + refusal, SECURITY)
        assert await known.wait(IntruderRefused) == IntruderRefused("192.0.2.66", "zz")
        manager.say(refusal + gone, CALLS)
        await known.wait(Cleared)
        assert [fact for fact in known.facts if isinstance(fact, (LineChanged, IntruderRefused))] == [IntruderRefused("192.0.2.66", "zz")]
        assert len([fact for fact in known.facts if isinstance(fact, Cleared)]) == 1
