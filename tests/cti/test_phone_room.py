"""Phones of an exam room with its real Asterisk: TLS, SRTP, registration, and all that a call may become."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti.exchange.asterisk.configure import authority
from cti.messages import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallQuality,
    CallResumed,
    Cause,
    CompleteTransfer,
    DigitReceived,
    EngineFaulted,
    HangUpCall,
    HoldCall,
    LevelsMeasured,
    MediaFlowed,
    MuteMicrophone,
    OrderRefused,
    PhoneLost,
    PhoneStarted,
    PlaceCall,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    TransferCall,
    TransferProgressed,
)
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.room_phones import PLAYER_SAYS, STATION_SAYS, RoomPhone, conversation, opens, phone_of
from tests.cti.test_phone_pairs import level_in, throw_away_authority

pytestmark = pytest.mark.e2e


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomExchange]:
    with RoomExchange(tmp_path, stations=2, juries=3) as made:
        yield made


async def heard(phone: RoomPhone, after: int) -> None:
    """Sound has come since then."""
    await phone.wait(LevelsMeasured, lambda fact: fact.speaker > 0.1, after)


# --- registration -------------------------------------------------------------------------------------


async def test_a_wrong_password_then_the_right_one(room: RoomExchange, tmp_path: Path) -> None:
    async with phone_of(room, tmp_path, "poste1", register=False) as desk:
        desk.register("wrong")
        failed = await desk.wait(RegistrationChanged)
        assert (failed.state, failed.server, failed.code) == ("failed", room.plan.server, 401)
        began = time.monotonic()
        desk.register()
        await desk.registered()
        assert time.monotonic() - began < 2.0


async def test_the_last_of_two_passwords_counts_however_fast_they_come(room: RoomExchange, tmp_path: Path) -> None:
    async with phone_of(room, tmp_path, "poste1", register=False) as desk:
        for last in ("wrong", None, "wrong", None):
            desk.register(last)
        await desk.registered()
        seen = len(desk.facts)
        desk.register()
        await desk.registered(seen)
        desk.call("c1", "600")
        await desk.answered("c1")
        assert desk.told(OrderRefused) == desk.told(EngineFaulted) == []
        assert desk.told(RegistrationChanged)[-1].state == "registered"


async def test_an_exchange_of_another_authority_is_refused(room: RoomExchange, tmp_path: Path) -> None:
    async with phone_of(room, tmp_path, "poste1", register=False, ca_file=throw_away_authority(tmp_path)["ca_file"]) as desk:
        desk.register()
        failed = await desk.wait(RegistrationChanged)
        assert (failed.state, failed.code) == ("failed", 503)
        assert "certificate" in failed.reason


async def test_sound_and_encryption_through_the_exchange(room: RoomExchange, tmp_path: Path) -> None:
    async with phone_of(room, tmp_path, "poste1") as desk:
        desk.call("c1", "600")
        answered = await desk.answered("c1")
        assert (answered.codec, answered.encrypted) == ("PCMA", True)
        await heard(desk, 0)
        await desk.wait(CallQuality)
        desk.send(HangUpCall("c1"))
        assert (await desk.wait(CallEnded)).cause is Cause.HUNG_UP
    assert level_in(desk.hears, PLAYER_SAYS) > 0.1


# --- a call of the role-player --------------------------------------------------------------------------


async def test_a_call_from_the_queue_is_heard_held_and_hung_up(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        call = await conversation(player, desk, **{"X-Plateau-Queue": "Service client"})
        offered = await desk.offered()
        assert (offered.call_key, offered.caller, offered.caller_name) == ("key-1", "0612345678", "Mme Odile VASSERAND")
        assert (offered.queue, offered.headers["X-Plateau-Position"]) == ("Service client", "1")
        await asyncio.gather(heard(player, 0), heard(desk, 0))
        await asyncio.gather(player.wait(CallQuality), desk.wait(CallQuality))
        desk.send(SendDigits(call, "12#"))
        assert [(await player.wait(DigitReceived, lambda fact, d=d: fact.digit == d)).digit for d in "12#"] == list("12#")
        desk.send(HoldCall(call))
        assert (await desk.wait(CallHeld)).by == "local"
        desk.send(ResumeCall(call))
        assert (await desk.wait(CallResumed)).by == "local"
        seen = len(desk.facts)
        await heard(desk, seen)
        player.send(HangUpCall("to-key-1"))
        ended = await desk.wait(CallEnded)
        assert (ended.cause, ended.by) == (Cause.HUNG_UP, "remote")
    assert level_in(player.hears, STATION_SAYS) > 0.1
    assert level_in(desk.hears, PLAYER_SAYS) > 0.1
    assert player.told(MediaFlowed) == desk.told(MediaFlowed) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mme Odile VASSERAND", "Mme Odile VASSERAND"),
        ("Noël Ça-Va d'Éléphant", "Noël Ça-Va d'Éléphant"),
        ('Jean "Jo" <sip:x@y>; a=b', 'Jean "Jo" <sip:x@y>; a=b'),
        ("${SHELL(id)} $[1+1] ,)", "${SHELL(id)} $[1+1] ,)"),
        ("A" * 400, "A" * 160),
        ("é" * 150, "é" * 80),
        ("a" + "é" * 150, "a" + "é" * 79),  # cut within a letter
    ],
)
async def test_whatever_a_caller_calls_himself(room: RoomExchange, tmp_path: Path, name: str, shown: str) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1") as desk:
        headers = {"X-Plateau-Present-Number": "0612345678", "X-Plateau-Present-Name": name, "X-Plateau-Queue": "Réclamations & suivi"}
        player.call("c1", "file-poste1", "key-1", headers=headers, display_name="juré n° 1")
        offered = await desk.offered()
        assert (offered.call_key, offered.caller) == ("key-1", "0612345678")
        assert offered.queue == offered.headers["X-Plateau-Queue"] == "Réclamations & suivi"
        assert offered.caller_name == shown


async def test_a_number_dialled_at_a_desk_rings_the_role_player(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1") as desk:
        desk.call("c1", "+33612345678", "key-9")
        offered = await player.answer()
        given = {name: offered.headers.get(f"X-Plateau-{name}") for name in ("Call", "Dialled", "Station")}
        assert given == {"Call": "key-9", "Dialled": "+33612345678", "Station": "poste1"}
        await desk.answered("c1")


# --- transfers ------------------------------------------------------------------------------------------


async def test_blind_transfer_of_the_customer(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        call = await conversation(player, desk)
        desk.send(TransferCall(call, f"sip:0800@{room.plan.server}"))
        offered = await player.answer()  # the customer's own player is whom the customer is sent to
        assert (offered.headers.get("X-Plateau-Transfer"), offered.headers.get("X-Plateau-Dialled")) == ("blind", "0800")
        assert (await desk.wait(TransferProgressed, lambda fact: fact.final)).code == 200
        assert (await desk.wait(CallEnded)).cause is Cause.TRANSFERRED
        assert player.told(CallEnded) == []


async def test_attended_transfer_of_the_customer(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        call = await conversation(player, desk)
        desk.call("consult", "0800")
        offered = await player.answer()
        assert offered.waiting
        await desk.answered("consult")
        desk.send(CompleteTransfer(call, "consult"))
        assert (await desk.wait(TransferProgressed, lambda fact: fact.final)).code == 200
        for gone in (call, "consult"):
            ended = await desk.wait(CallEnded, lambda fact, gone=gone: fact.call_id == gone)
            assert ended.cause is Cause.TRANSFERRED


# --- listening ------------------------------------------------------------------------------------------


async def test_a_listener_waits_hears_both_and_is_heard_by_nobody(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    room.cli("dialplan set global TICKET_ab12 listen:jury2:poste1")
    async with (
        phone_of(room, tmp_path, "jury1") as player,
        phone_of(room, tmp_path, "jury2", says=1300.0) as listener,
        phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk,
    ):
        listener.call("l1", "ecoute-ab12", listen_only=True)
        await listener.answered("l1")
        with pytest.raises(TimeoutError):  # longer than the exchange's limit for a dead phone, and than ours
            await listener.wait(CallEnded, deadline=8.0)
        listener.send(MuteMicrophone(False))
        seen = len(listener.facts)
        await conversation(player, desk)
        await heard(listener, seen)
        await asyncio.gather(player.wait(CallQuality), desk.wait(CallQuality))
        assert listener.told(CallEnded) == []
        listener.send(HangUpCall("l1"))
        await listener.wait(CallEnded)
    assert level_in(listener.hears, PLAYER_SAYS) > 0.05
    assert level_in(listener.hears, STATION_SAYS) > 0.05
    for phone in (player, desk):
        assert level_in(phone.hears, 1300.0) < 0.01
    print("listener:", listener.told(MediaFlowed))


# --- the exchange dies ----------------------------------------------------------------------------------


async def test_the_exchange_is_killed_and_comes_back(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        await conversation(player, desk)
        seen = len(desk.facts)
        room.kill()
        killed = time.monotonic()
        lost = await desk.wait(RegistrationChanged, after=seen)
        assert (lost.state, lost.code, lost.reason) == ("failed", 503, "connexion perdue")
        said = time.monotonic() - killed
        ended = await desk.wait(CallEnded, after=seen)
        over = time.monotonic() - killed
        assert (ended.cause, ended.answered) == (Cause.NETWORK, True)
        await player.wait(CallEnded)
        room.restart()
        back = time.monotonic()
        await desk.registered(seen)
        again = time.monotonic() - back
        print(f"told {said:.2f} s, ended {over:.2f} s, back {again:.2f} s")
        assert said < 0.5
        assert over < 3.0
        assert again < 6.0
        await player.registered(1)
        opens(room)
        await conversation(player, desk, "key-2")


@pytest.mark.parametrize("shakes_hands", [True, False])
async def test_an_exchange_that_starts_and_does_not_answer_yet(room: RoomExchange, tmp_path: Path, shakes_hands: bool) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        await conversation(player, desk)
        seen, seen_there = len(desk.facts), len(player.facts)
        room.kill()
        async with asleep(room, shakes_hands) as connections:
            ended = await desk.wait(CallEnded, after=seen)
            assert (ended.cause, ended.by) == (Cause.NETWORK, "system")
            if shakes_hands:
                await desk.wait(RegistrationChanged, lambda fact: fact.code == 408, seen)
                await player.wait(RegistrationChanged, lambda fact: fact.code == 408, seen_there)
            else:
                for _ in range(4):  # each phone tried again after the first one that led to nothing
                    await asyncio.wait_for(connections.get(), 10.0)
        room.restart()
        began = time.monotonic()
        opens(room)
        await asyncio.gather(desk.registered(seen), player.registered(seen_there))
        assert time.monotonic() - began < 6.0
        await conversation(player, desk, "key-2")
        await heard(desk, len(desk.facts))


@contextlib.asynccontextmanager
async def asleep(room: RoomExchange, shakes_hands: bool) -> AsyncIterator[asyncio.Queue[asyncio.StreamWriter]]:
    """In the exchange's place: connections are taken, with or without TLS, nothing is answered. Gives the connections."""
    context = None
    if shakes_hands:
        own = authority(room.folder).server(room.plan.host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own.chain, own.key)
    taken: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    kept: list[asyncio.StreamWriter] = []

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.append(writer)
        taken.put_nowait(writer)

    server = await asyncio.start_server(take, room.plan.host, room.plan.ports.sip, ssl=context)
    try:
        yield taken
    finally:
        server.close()
        for writer in kept:
            writer.transport.abort()


async def test_a_killed_phone_comes_back_on_its_line(room: RoomExchange, tmp_path: Path) -> None:
    opens(room)
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        await conversation(player, desk)
        seen = len(desk.facts)
        assert desk.watched.phone.pid is not None
        os.kill(desk.watched.phone.pid, signal.SIGKILL)
        await desk.wait(PhoneLost, after=seen)
        await desk.wait(PhoneStarted, after=seen)
        await desk.registered(seen)
        ended = await player.wait(CallEnded, deadline=12.0)
        assert ended.answered
        call = await conversation(player, desk, "key-2")
        assert call
        await heard(player, len(player.facts))
        assert len(desk.told(CallOffered)) == 2
        assert len(desk.told(CallAnswered)) == 2


async def test_a_direct_call_outlives_the_exchange(room: RoomExchange, tmp_path: Path) -> None:
    async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
        target = (await desk.wait(PhoneStarted)).contact
        player.send(PlaceCall("d1", target, "key-1", direct=True))
        offered = await desk.answer()
        assert offered.call_key == "key-1"
        assert (await player.answered("d1")).encrypted
        seen = len(desk.facts)
        room.kill()
        await asyncio.gather(*(phone.wait(RegistrationChanged, lambda fact: fact.state == "failed") for phone in (player, desk)))
        with pytest.raises(TimeoutError):  # three vain attempts to register
            await desk.wait(CallEnded, deadline=8.0)
        await heard(desk, len(desk.facts))
        room.restart()
        await desk.registered(seen)
        assert desk.told(CallEnded) == player.told(CallEnded) == []
        desk.send(HangUpCall(offered.call_id))
        ended = await player.wait(CallEnded)
        assert (ended.cause, ended.by) == (Cause.HUNG_UP, "remote")


async def test_a_room_without_encryption_notices_a_dead_exchange_by_its_silence(tmp_path: Path) -> None:
    with RoomExchange(tmp_path, stations=1, juries=1, mode="practice", transport="udp") as room:
        opens(room)
        async with phone_of(room, tmp_path, "jury1") as player, phone_of(room, tmp_path, "poste1", STATION_SAYS) as desk:
            await conversation(player, desk)
            assert not (await desk.wait(CallAnswered)).encrypted
            await asyncio.gather(heard(player, 0), heard(desk, 0))
            seen = len(desk.facts)
            room.kill()
            assert not (await desk.wait(MediaFlowed, after=seen, deadline=3.0)).flowing
            assert (await desk.wait(CallEnded, after=seen, deadline=8.0)).cause is Cause.NETWORK
