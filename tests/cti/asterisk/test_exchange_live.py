"""The room's exchange against a real Asterisk with real phones: what it tells, how soon, what it does by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.exchange.asterisk import link as link_module
from cti.exchange.asterisk.link import ActionRefused, Link, LinkLost, Session
from cti.exchange.facts import (
    Abandoned,
    Cleared,
    Delivered,
    Established,
    Failed,
    Held,
    IntruderRefused,
    LineChanged,
    LinkChanged,
    ListeningBegan,
    ListeningEnded,
    Parked,
    Queued,
    QueueMemberChanged,
    Retrieved,
    TalkingChanged,
    Transferred,
)
from cti.exchange.port import DialRefused, ExchangeRefused
from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallResumed,
    CompleteTransfer,
    HoldCall,
    RefuseCall,
    ResumeCall,
    TransferCall,
    TransferProgressed,
    UnregisterAccount,
)
from cti.phone.audio.station_sound import SoundChoice
from tests.cti.asterisk.live_room import CUSTOMER, Follower, answer, followed, hang_up, line, place
from tests.cti.asterisk.raw_phone import RawPhone
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.audio.measure import tone_file
from tests.cti.test_phone_process import Watched

pytestmark = pytest.mark.e2e
SOON = 0.2  # seconds


@contextlib.asynccontextmanager
async def desk_and_jury(tmp_path: Path) -> AsyncIterator[tuple[RoomExchange, Follower, Watched, Watched]]:
    """A station that is ready, and a seat that plays its customer."""
    with RoomExchange(tmp_path) as room:
        async with (
            followed(room, {"+33140000000": "Comptabilité"}) as told,
            line(room, tmp_path, "poste1") as desk,
            line(room, tmp_path, "jury1") as jury,
        ):
            await told.exchange.set_player("poste1", "jury1")
            await told.exchange.set_ready("poste1", True)
            await told.wait(QueueMemberChanged, lambda fact: fact.line == "poste1" and not fact.paused)
            yield room, told, desk, jury


async def test_a_call_from_the_queue_to_its_end(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (_, told, desk, jury):
        address = await told.wait(LineChanged, lambda fact: fact.line == "poste1" and fact.registered)
        assert address.transport == "tls" and address.address.startswith("127.0.0.1:")
        seen = len(told.facts)
        place(jury, told.exchange.offer_target("poste1"), "key-1", CUSTOMER)
        queued = await told.wait(Queued)
        assert queued == Queued("key-1", "poste1", "0612345678", "Zoé O'Hara", 1)
        delivered = await told.wait(Delivered)
        assert delivered == Delivered("key-1", "poste1", "jury1", "0612345678", "Zoé O'Hara", "poste1", 0.0)
        await told.wait(QueueMemberChanged, lambda fact: fact.paused, seen)
        offered = await answer(desk, "key-1")
        await told.wait(Established, lambda fact: fact.line == "poste1")
        await told.wait(Established, lambda fact: fact.line == "jury1")
        desk.phone.send(HoldCall(offered.call_id))
        await told.wait(Held, lambda fact: fact == Held("key-1", "poste1"))
        await desk.wait(CallHeld)
        desk.phone.send(ResumeCall(offered.call_id))
        await told.wait(Retrieved, lambda fact: fact == Retrieved("key-1", "poste1"))
        await desk.wait(CallResumed)
        await hang_up(desk, offered.call_id)
        for who in ("poste1", "jury1"):
            assert (await told.wait(Cleared, lambda fact, who=who: fact.line == who)) == Cleared("key-1", who, 16, "raccroché")  # type: ignore[misc]
        kinds = [type(fact) for fact in told.of("key-1") if getattr(fact, "line", "poste1") == "poste1"]
        assert kinds == [Queued, Delivered, Established, Held, Retrieved, Cleared]
        print(f"lateness: median {statistics.median(told.lateness) * 1000:.1f} ms, worst {max(told.lateness) * 1000:.1f} ms")
        assert statistics.quantiles(told.lateness, n=20)[-1] < SOON
        # nothing else is offered before the room says so
        place(jury, told.exchange.offer_target("poste1"), "key-2", CUSTOMER)
        await told.wait(Queued, lambda fact: fact.call_key == "key-2")
        assert not [fact for fact in told.of("key-2") if isinstance(fact, Delivered)]
        await told.exchange.set_ready("poste1", True)
        await told.wait(Delivered, lambda fact: fact.call_key == "key-2")


async def test_calls_placed_by_a_station(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (_, told, desk, jury):
        exchange = told.exchange
        with pytest.raises(DialRefused) as refused:
            exchange.dial("15", "poste1")
        assert refused.value.error_id == "emergency_number"
        with pytest.raises(DialRefused) as refused:
            exchange.dial("06 12 34 56 78", "poste2")
        assert refused.value.error_id == "nobody_there"
        plan = exchange.dial("01 40 00 00 00", "poste1")
        assert (plan.number, plan.known_as) == ("+33140000000", "Comptabilité")
        seen = len(told.facts)
        placed = place(desk, plan.target, "out-1")
        assert (await told.wait(Delivered)) == Delivered("out-1", "jury1", "poste1", "poste1", "Poste 1", dialled="+33140000000")
        await told.wait(QueueMemberChanged, lambda fact: fact.paused, seen)
        offered = await answer(jury, "out-1")
        await told.wait(Established, lambda fact: fact.line == "poste1")
        await hang_up(desk, placed)
        await told.wait(Cleared, lambda fact: fact.line == "poste1")
        await jury.wait(CallEnded, lambda fact: fact.call_id == offered.call_id)
        placed = place(desk, plan.target, "out-2")
        offered = await jury.wait(CallOffered, lambda fact: fact.call_key == "out-2")
        jury.phone.send(RefuseCall(offered.call_id, "busy"))
        assert (await told.wait(Failed)) == Failed("out-2", "jury1", 17, "occupé")
        assert (await told.wait(Cleared, lambda fact: fact.call_key == "out-2")) == Cleared("out-2", "poste1", 17, "occupé")


async def test_a_caller_that_gives_up_and_an_offer_that_is_refused(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (_, told, desk, jury):
        target = told.exchange.offer_target("poste1")
        placed = place(jury, target, "gone", CUSTOMER)
        await desk.wait(CallOffered)
        await hang_up(jury, placed)
        assert (await told.wait(Abandoned)).queue == "poste1"
        assert (await told.wait(Failed)).line == "poste1"
        await told.exchange.set_ready("poste1", True)
        place(jury, target, "refused", CUSTOMER)
        offered = await desk.wait(CallOffered, lambda fact: fact.call_key == "refused")
        desk.phone.send(RefuseCall(offered.call_id))
        failed = await told.wait(Failed, lambda fact: fact.call_key == "refused")
        assert (failed.line, failed.cause, failed.words) == ("poste1", 21, "refusé")


async def test_transfers_and_parking(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (room, told, desk, jury), line(room, tmp_path, "jury2") as other:
        exchange = told.exchange
        # blind: the customer goes to whoever plays the number dialled
        customer = place(jury, exchange.offer_target("poste1"), "blind", CUSTOMER)
        offered = await answer(desk, "blind")
        await told.wait(Established, lambda fact: (fact.call_key, fact.line) == ("blind", "jury1"))
        await exchange.set_player("poste1", "jury2")
        desk.phone.send(TransferCall(offered.call_id, exchange.dial("+33140000000", "poste1").target))
        transferred = await told.wait(Transferred)
        assert (transferred.call_key, transferred.line, transferred.kind, transferred.dialled) == (
            "blind",
            "poste1",
            "blind",
            "+33140000000",
        )
        second = await told.wait(Delivered, lambda fact: fact.line == "jury2")
        assert (second.call_key, second.from_line, second.dialled) == ("blind", "jury1", "+33140000000")
        await told.wait(Cleared, lambda fact: fact.line == "poste1")
        await answer(other, "blind")
        await told.wait(Established, lambda fact: fact.line == "jury2")
        await hang_up(jury, customer)
        await told.wait(Cleared, lambda fact: fact.line == "jury2")
        # attended: with a consultation of its own key
        await exchange.set_ready("poste1", True)
        customer = place(jury, exchange.offer_target("poste1"), "first", CUSTOMER)
        offered = await answer(desk, "first")
        desk.phone.send(HoldCall(offered.call_id))
        await told.wait(Held, lambda fact: fact.call_key == "first")
        consult = place(desk, exchange.dial("+33140000000", "poste1").target, "second")
        await answer(other, "second")
        await desk.wait(CallAnswered, lambda fact: fact.call_id == consult)
        desk.phone.send(CompleteTransfer(offered.call_id, consult))
        await desk.wait(TransferProgressed, lambda fact: fact.final)
        assert (await told.wait(Transferred, lambda fact: fact.kind == "attended")).call_key == "first"
        for key in ("first", "second"):
            await told.wait(Cleared, lambda fact, key=key: (fact.call_key, fact.line) == (key, "poste1"))  # type: ignore[misc]
        # parking: the seat sends the station's leg to wait, a colleague takes it over
        await hang_up(jury, customer)
        await told.wait(Cleared, lambda fact: (fact.call_key, fact.line) == ("first", "jury1"))
        await exchange.set_ready("poste1", True)
        customer = place(jury, exchange.offer_target("poste1"), "parked", CUSTOMER)
        await answer(desk, "parked")
        await told.wait(Established, lambda fact: (fact.call_key, fact.line) == ("parked", "jury1"))
        jury.phone.send(TransferCall(customer, exchange.offer_target("poste1").replace("file-poste1", "700")))
        parked = await told.wait(Parked)
        assert (parked.call_key, parked.line) == ("parked", "poste1") and parked.space.startswith("7")
        place(other, exchange.offer_target("poste1").replace("file-poste1", parked.space), "picked-up")
        await told.wait(Parked, lambda fact: (fact.line, fact.space) == ("poste1", ""))


async def test_a_listener_follows_a_consultation(tmp_path: Path) -> None:
    async with (
        desk_and_jury(tmp_path) as (room, told, desk, jury),
        line(room, tmp_path, "jury2") as other,
        line(room, tmp_path, "jury3") as ear,
    ):
        exchange = told.exchange
        listening = place(ear, await exchange.allow_listening("jury3", "poste1", "listen"))
        await ear.wait(CallAnswered)
        place(jury, exchange.offer_target("poste1"), "customer", CUSTOMER)
        offered = await answer(desk, "customer")
        began = await told.wait(ListeningBegan)
        assert (began.listener, began.line, began.mode) == ("jury3", "poste1", "listen")
        assert not [
            fact for fact in told.facts if getattr(fact, "line", "") == "jury3" and not isinstance(fact, (LineChanged, ListeningBegan))
        ]
        heard = {leg.line: leg.spying for leg in exchange._picture.legs.values()}["jury3"]
        desk.phone.send(HoldCall(offered.call_id))
        await told.wait(Held)
        await exchange.set_player("poste1", "jury2")
        loop = asyncio.get_running_loop()
        seen = len(told.facts)
        consult = place(desk, exchange.dial("+33140000000", "poste1").target, "consult")
        await answer(other, "consult")
        await told.wait(Established, lambda fact: (fact.call_key, fact.line) == ("consult", "poste1"))
        moving = loop.time()
        await told.wait(ListeningBegan, after=seen)
        gap = loop.time() - moving
        print(f"gap of a move: {gap * 1000:.0f} ms")
        assert gap < 1.0
        now_heard = {leg.line: leg.spying for leg in exchange._picture.legs.values()}["jury3"]
        assert now_heard != heard and now_heard.startswith("PJSIP/poste1-")
        # the consultation over, back to the customer, even held
        seen = len(told.facts)
        await hang_up(desk, consult)
        await told.wait(ListeningBegan, after=seen)
        assert {leg.line: leg.spying for leg in exchange._picture.legs.values()}["jury3"] == heard
        desk.phone.send(ResumeCall(offered.call_id))
        await told.wait(Retrieved)
        await hang_up(desk, offered.call_id)
        await told.wait(ListeningEnded, after=len(told.facts) - 4)
        # the listener stays, and hears the next call
        await exchange.set_ready("poste1", True)
        seen = len(told.facts)
        place(jury, exchange.offer_target("poste1"), "next", CUSTOMER)
        await answer(desk, "next")
        await told.wait(ListeningBegan, after=seen)
        await exchange.stop_listening("jury3")
        await ear.wait(CallEnded, lambda fact: fact.call_id == listening)
        await told.wait(ListeningEnded, after=seen)


async def test_tickets_serve_once_their_own_seat_and_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RoomExchange(tmp_path) as room:
        async with followed(room) as told, line(room, tmp_path, "jury1") as ear, line(room, tmp_path, "jury2") as other:
            exchange = told.exchange
            for listener, station, mode, error_id in (
                ("jury1", "poste1", "whisper", "no_whisper_in_exam"),
                ("jury1", "poste1", "barge", "no_whisper_in_exam"),
                ("jury9", "poste1", "listen", "no_such_line"),
                ("jury1", "poste9", "listen", "no_such_line"),
                ("poste2", "poste1", "listen", "no_such_line"),
            ):
                with pytest.raises(ExchangeRefused) as refused:
                    await exchange.allow_listening(listener, station, mode)  # type: ignore[arg-type]
                assert refused.value.error_id == error_id
            target = await exchange.allow_listening("jury1", "poste1", "listen")
            stolen = place(other, target)
            assert not (await other.wait(CallEnded, lambda fact: fact.call_id == stolen)).answered
            used = place(ear, target)
            await ear.wait(CallAnswered, lambda fact: fact.call_id == used)
            await hang_up(ear, used)
            again = place(ear, target)
            assert not (await ear.wait(CallEnded, lambda fact: fact.call_id == again)).answered
            monkeypatch.setattr("cti.exchange.asterisk.exchange.TICKET_LIFE", 0.1)
            target = await exchange.allow_listening("jury1", "poste1", "listen")
            name = target.partition("@")[0].removeprefix("sip:ecoute-")
            assert f"TICKET_{name}=listen:jury1:poste1" in room.cli("dialplan show globals")
            await asyncio.to_thread(room.wait, lambda: f"TICKET_{name}=listen" not in room.cli("dialplan show globals"), "expired")
            late = place(ear, target)
            assert not (await ear.wait(CallEnded, lambda fact: fact.call_id == late)).answered
            ear.phone.send(UnregisterAccount())
            await told.wait(LineChanged, lambda fact: fact == LineChanged("jury1", False))


async def test_asterisk_dies_in_a_call_and_comes_back(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (room, told, desk, jury):
        exchange = told.exchange
        placed = place(jury, exchange.offer_target("poste1"), "cut", CUSTOMER)
        await answer(desk, "cut")
        await told.wait(Established, lambda fact: fact.line == "poste1")
        room.kill()
        await told.wait(LinkChanged, lambda fact: not fact.up)
        assert exchange.describe("poste1")["reachable"] is False
        for order in (exchange.allow_listening("jury1", "poste1", "listen"), exchange.clear("poste1"), exchange.stop_listening("jury1")):
            with pytest.raises(ExchangeRefused) as refused:
                await order
            assert refused.value.error_id == "exchange_down"
        with pytest.raises(DialRefused):
            exchange.dial("+33140000000", "poste1")
        await exchange.set_ready("poste1", True)  # remembered
        seen = len(told.facts)
        room.restart()
        await told.wait(LinkChanged, lambda fact: fact.up, seen)
        for who in ("poste1", "jury1"):
            assert (await told.wait(Cleared, lambda fact, who=who: fact.line == who, seen)) == Cleared("cut", who, 0, "")  # type: ignore[misc]
        await told.wait(QueueMemberChanged, lambda fact: fact.line == "poste1" and fact.member and not fact.paused, seen)
        await told.wait(LineChanged, lambda fact: fact.line == "poste1" and fact.registered, seen)
        await told.wait(LineChanged, lambda fact: fact.line == "jury1" and fact.registered, seen)
        await jury.wait(CallEnded, lambda fact: fact.call_id == placed)
        await desk.wait(CallEnded)
        # who plays for whom was said again
        place(desk, exchange.dial("+33140000000", "poste1").target, "after")
        await told.wait(Delivered, lambda fact: (fact.call_key, fact.line) == ("after", "jury1"))


async def test_an_asterisk_that_stands_still_is_found_out_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "ANSWER_LIMIT", 1.0)
    monkeypatch.setattr(link_module, "PING_EVERY", 0.2)
    with RoomExchange(tmp_path) as room:
        async with followed(room) as told:
            assert room.pid is not None
            os.kill(room.pid, signal.SIGSTOP)
            try:
                assert "no answer to Ping" in (await told.wait(LinkChanged, lambda fact: not fact.up)).detail
            finally:
                os.kill(room.pid, signal.SIGCONT)
            await told.wait(LinkChanged, lambda fact: fact.up, len(told.facts))


async def test_the_rights_of_the_link_are_no_more_than_it_needs(tmp_path: Path) -> None:
    refused: dict[str, str] = {}

    async def ask_for_more(session: Session) -> None:
        for action, fields in (
            ("Originate", {"Channel": "PJSIP/jury1", "Application": "Echo"}),
            ("Command", {"Command": "core show version"}),
            ("GetConfig", {"Filename": "pjsip.conf"}),
            ("UpdateConfig", {"SrcFilename": "pjsip.conf", "DstFilename": "pjsip.conf"}),
            ("Reload", {}),
            ("ModuleLoad", {"LoadType": "load", "Module": "app_system"}),
            ("PJSIPUnregister", {"Registration": "x"}),
            ("Getvar", {"Variable": "SHELL(id)"}),
        ):
            try:
                await session.action(action, fields)
            except ActionRefused as words:
                refused[action] = str(words)
            else:
                refused[action] = ""
        raise LinkLost("seen enough")

    with RoomExchange(tmp_path) as room:
        done = asyncio.Event()
        link = Link("127.0.0.1", room.manager_port, room.plan.manager_user, room.plan.manager_secret, "call,system")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(link.run(ask_for_more, lambda why: done.set()))
            await asyncio.wait_for(done.wait(), 15)
            task.cancel()
    assert len(refused) == 8 and all(refused.values()), refused


async def test_a_room_server_that_starts_in_the_middle_of_a_call_knows_it(tmp_path: Path) -> None:
    async with desk_and_jury(tmp_path) as (room, told, desk, jury):
        place(jury, told.exchange.offer_target("poste1"), "running", CUSTOMER)
        await answer(desk, "running")
        await told.wait(Established, lambda fact: fact.line == "poste1")
        async with followed(room) as late:
            delivered = await late.wait(Delivered)
            assert (delivered.call_key, delivered.line, delivered.from_line) == ("running", "poste1", "jury1")
            assert (delivered.number, delivered.name, delivered.queue) == ("0612345678", "Zoé O'Hara", "poste1")
            await late.wait(Established, lambda fact: fact.line == "poste1")
            await late.wait(Established, lambda fact: fact.line == "jury1")
            registered = {fact.line for fact in late.facts if isinstance(fact, LineChanged) and fact.registered}
            assert registered == {"poste1", "jury1"}
            await late.exchange.clear("poste1")
            cleared = await late.wait(Cleared, lambda fact: fact.line == "poste1")
            assert cleared.cause == 16


async def test_who_speaks_is_told_at_both_ends(tmp_path: Path) -> None:
    with RoomExchange(tmp_path) as room:
        sound = SoundChoice(mic_file=tone_file(tmp_path / "says.wav", 500.0), speaker_file=str(tmp_path / "heard.wav"))
        async with followed(room) as told, line(room, tmp_path, "poste1") as desk, line(room, tmp_path, "jury1", sound) as jury:
            await told.exchange.set_ready("poste1", True)
            placed = place(jury, told.exchange.offer_target("poste1"), "speech", CUSTOMER)
            await answer(desk, "speech")
            await told.wait(TalkingChanged, lambda fact: fact == TalkingChanged("poste1", "far", True))
            await hang_up(jury, placed)
            await told.wait(TalkingChanged, lambda fact: fact == TalkingChanged("poste1", "far", False))
            assert not [fact for fact in told.facts if isinstance(fact, TalkingChanged) and fact.side == "own"]


async def test_a_stranger_and_a_wrong_password_are_told_and_cannot_forge_a_thing(tmp_path: Path) -> None:
    lines = ("", "", "Event: Hangup", "Channel: {0.channel}", "ChannelState: 6", "Uniqueid: {0.id}", "Cause: 16", "X: y")
    async with desk_and_jury(tmp_path) as (room, told, desk, jury):
        place(jury, told.exchange.offer_target("poste1"), "real", CUSTOMER)
        await answer(desk, "real")
        await told.wait(Established, lambda fact: fact.line == "poste1")
        (leg,) = told.exchange._picture.legs_of("poste1")
        with RawPhone(room, "jury2", "wrong") as impostor:
            assert (await asyncio.to_thread(impostor.register)).code == 401
        assert (await told.wait(IntruderRefused)).address == "127.0.0.1"
        words = "%0d%0a".join(lines).format(leg).replace(":", "%3a").replace(" ", "%20")
        with RawPhone(room, "zz" + words, "any") as stranger:
            await asyncio.to_thread(stranger.register)
        refused = await told.wait(IntruderRefused, lambda fact: fact.account.startswith("zz"))
        assert refused.account == "zz"
        with RawPhone(room, "poste2") as candidate, RawPhone(room, "jury3") as seat:
            for phone, start in (
                (candidate, "06"),
                (candidate, "+336"),
                (candidate, "700"),
                (seat, "file-poste1"),
                (seat, "ecoute-00"),
                (seat, "701"),
            ):
                code = (await asyncio.to_thread(phone.call, start + words)).code
                assert code == 404, f"{start} and forged lines: {code}"
            # a REFER goes through the same patterns
            await told.exchange.set_player("poste2", "jury3")
            assert (await asyncio.to_thread(seat.register)).code == 200
            call = await asyncio.to_thread(candidate.call, "0612345678", {"X-Plateau-Call": "theirs"})
            assert call.code == 200
            call.refer("06" + words)
            identity = {"P-Asserted-Identity": f"<sip:06{words}@127.0.0.1>", "P-Preferred-Identity": f"<sip:06{words}@127.0.0.1>"}
            await asyncio.to_thread(seat.dial, "600", identity)
            call.bye()
            await told.wait(Cleared, lambda fact: (fact.call_key, fact.line) == ("theirs", "poste2"))
            assert not [fact for fact in told.of("theirs") if isinstance(fact, Transferred)]
        with RawPhone(room, "jury2", "wrong again") as impostor:
            await asyncio.to_thread(impostor.register)
        await told.wait(LinkChanged)
        assert [known.id for known in told.exchange._picture.legs_of("poste1")] == [leg.id]
        assert not [fact for fact in told.of("real") if isinstance(fact, Cleared)]


async def test_practice_has_a_shared_queue_and_may_whisper(tmp_path: Path) -> None:
    with RoomExchange(tmp_path, stations=2, juries=1, customers=1, mode="practice") as room:
        async with (
            followed(room) as told,
            line(room, tmp_path, "poste2") as desk,
            line(room, tmp_path, "client1") as customer,
            line(room, tmp_path, "jury1") as coach,
        ):
            exchange = told.exchange
            await exchange.set_ready("poste2", True, shared=False)  # ready for its own queue only
            open_one = await told.wait(QueueMemberChanged, lambda fact: fact.line == "poste2" and not fact.paused)
            assert open_one.queue == "poste2"
            assert exchange._picture.members["commune", "poste2"]
            place(customer, exchange.offer_target("commune"), "shared", CUSTOMER)
            await told.wait(Queued)
            assert not [fact for fact in told.facts if isinstance(fact, Delivered)]
            await exchange.set_ready("poste2", True)
            delivered = await told.wait(Delivered)
            assert (delivered.line, delivered.queue, delivered.from_line) == ("poste2", "commune", "client1")
            await answer(desk, "shared")
            place(coach, await exchange.allow_listening("jury1", "poste2", "whisper"))
            began = await told.wait(ListeningBegan)
            assert (began.listener, began.line, began.mode) == ("jury1", "poste2", "whisper")
