"""Where a call may go: each line of the room against the real dialplan, by phones that may also lie."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cti.exchange.asterisk.sounds import BAR
from cti.exchange.direct import EMERGENCY
from cti.messages import CallEnded, CallHeld, HangUpCall, HoldCall
from cti.phone.audio.port import RATE
from tests.cti.asterisk.raw_manager import RawManager
from tests.cti.asterisk.raw_phone import Message, RawCall, RawPhone
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.audio.measure import goertzel, tone_file
from tests.cti.room_phones import RoomPhone, opens, phone_of

pytestmark = pytest.mark.e2e

ANNOUNCED = 700.0  # Hz, in place of the words of the announcement
HOSTILE = 'Zoé "${SHELL(id)}" $[1+1], <sip:x@y> \\ ; ${EPOCH} Łódź'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomExchange]:
    with RoomExchange(tmp_path, stations=3, juries=3) as running:
        yield running


@pytest.fixture
def lines(room: RoomExchange) -> Iterator[dict[str, RawPhone]]:
    """Every station and seat, registered; poste1's customer is played by jury1."""
    with ExitStack() as stack:
        phones = {line.id: stack.enter_context(RawPhone(room, line.id)) for line in (*room.plan.stations, *room.plan.seats)}
        for phone in phones.values():
            assert phone.register().code == 200
        room.cli("dialplan set global PLAYER_poste1 jury1")
        yield phones


def plateau(message: Message) -> dict[str, str]:
    """The headers of contract."""
    return {name: value for name, value in message.headers.items() if name.startswith("x-plateau-")}


def say(phone: RawPhone, invite: Message, method: str, **headers: str) -> None:
    """A request of the called party inside a call that was answered."""
    own = f"{invite.header('to')};tag={hashlib.md5(invite.header('call-id').encode()).hexdigest()[:8]}"
    given = {"From": own, "To": invite.header("from"), "Call-ID": invite.header("call-id"), **headers}
    phone.send(method, invite.header("contact").strip("<>"), given)


def to_station(room: RoomExchange, lines: dict[str, RawPhone], seat: str = "jury1", station: str = "poste1") -> tuple[RawCall, Message]:
    """A conversation: the seat's call, and what the station was offered."""
    room.cli(f"queue add member PJSIP/{station} to {station}")
    call = lines[seat].call(f"file-{station}", {"X-Plateau-Present-Number": "0612345678", "X-Plateau-Call": "key-1"})
    assert call.code == 200
    offered = lines[station].offered()
    room.wait(lambda: len(room.channels(bridged=True)) == 2, "the two hear each other")
    return call, offered


# --- a station ------------------------------------------------------------------------------------------


def test_a_number_leads_to_the_player_of_ones_own_sitting(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    call = lines["poste1"].call("+33612345678", {"X-Plateau-Call": 'abc-12;3"${EXTEN}', "P-Asserted-Identity": "<sip:jury2@x>"}, name="Moi")
    assert call.code == 200
    offered = lines["jury1"].offered()
    assert plateau(offered) == {"x-plateau-call": "abc-123EXTEN", "x-plateau-dialled": "+33612345678", "x-plateau-station": "poste1"}
    assert offered.header("from").startswith('"Poste 1" <sip:poste1@')
    call.bye()
    lines["jury1"].told("BYE")
    # a key is made where none was given; nobody plays for poste2, and no other seat rings
    call = lines["poste1"].call("3939")
    assert len(plateau(lines["jury1"].offered())["x-plateau-call"]) == 36
    call.bye()
    refused = lines["poste2"].call("+33612345678")
    assert (refused.code, refused.cause) == (480, 20)
    room.cli("dialplan set global PLAYER_poste2 jury2")
    lines["jury2"].close()
    room.wait(lambda: "jury2/" not in room.cli("pjsip show contacts"), "the seat's line is known to be gone")
    refused = lines["poste2"].call("+33612345678")
    assert (refused.code, refused.cause) == (480, 20)
    room.wait(lambda: room.channels() == [], "no call is left")
    assert lines["jury3"].invites.empty()


def test_whatever_a_station_dials_it_reaches_its_player_or_nobody(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    odd = (
        "*31#0612345678",
        "112233",
        "00",
        "0" * 22,
        "0" * 23,
        "0" * 300,
        "+",
        "0612%2c1",
        "06%24%7BX%7D",
        "06)%26SIP",
        "0612%40jury2",
        "15-16",
        "#*",
        "0612%0d%0aX%3a%20y",
    )
    accepted: dict[str, bool] = {}
    for number in (*odd, "poste2", "file-poste2", "jury2", "s", "700", "701"):
        call = lines["poste1"].call(number)
        if call.code == 200:
            dialled = plateau(lines["jury1"].offered())["x-plateau-dialled"]
            assert dialled and set(dialled) <= set("+0123456789*#") and len(dialled) <= 22, number
            call.bye()
        else:
            assert call.code in (400, 404, 484), number
        accepted[number] = call.code == 200
    assert all(phone.invites.empty() for phone in lines.values())
    assert [number for number, taken in accepted.items() if taken] == [
        "*31#0612345678",
        "112233",
        "00",
        "0" * 22,
        "+",
        "15-16",
        "#*",
        "700",
        "701",
    ]
    assert "ERROR" not in room.log()


def test_the_players_own_cause_comes_back(lines: dict[str, RawPhone]) -> None:
    for answer, code in ((486, 486), (603, 403), (480, 480), (404, 480)):
        lines["jury1"].answers = answer
        assert lines["poste1"].call("0612345678").code == code
    lines["jury1"].answers = 302  # "call elsewhere" leads nowhere
    assert lines["poste1"].call("0612345678").code >= 400


def test_a_second_call_of_a_desk_is_a_consultation(lines: dict[str, RawPhone]) -> None:
    first = lines["poste1"].call("0612345678")
    lines["jury1"].offered()
    second = lines["poste1"].call("3939")
    assert plateau(lines["jury1"].offered())["x-plateau-transfer"] == "attended"
    for call in (first, second):
        call.bye()


@pytest.mark.parametrize("prefix", ["", "+33", "0033"])
def test_emergency_numbers_call_nobody(room: RoomExchange, lines: dict[str, RawPhone], prefix: str) -> None:
    for number in sorted(EMERGENCY):
        call = lines["poste1"].call(prefix + number)
        assert call.code == 200
        assert any("emergency-told" in row for row in room.cli("core show channels concise").splitlines())
        call.bye()
        room.wait(lambda: room.channels() == [], "the announcement ends with the call")
    assert lines["jury1"].invites.empty()


# --- a seat ---------------------------------------------------------------------------------------------


def test_what_the_queue_tells_the_station(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    told = {"X-Plateau-Present-Number": "+33612345678", "X-Plateau-Present-Name": HOSTILE, "X-Plateau-Queue": f"Service {HOSTILE}"}
    first = lines["jury1"].call("file-poste1", {**told, "X-Plateau-Call": "key-1"})
    second = lines["jury2"].call("file-poste1", {"X-Plateau-Call": "key-2"})
    assert (first.code, second.code) == (200, 200)
    room.wait(lambda: "key-2" not in room.cli("queue show poste1") and room.cli("queue show poste1").count("prio:") == 2, "both wait")
    room.cli("queue add member PJSIP/poste1 to poste1")
    offered = lines["poste1"].offered()
    headers = plateau(offered)
    assert 0 <= int(headers.pop("x-plateau-waited")) <= 5
    assert headers == {"x-plateau-call": "key-1", "x-plateau-queue": f"Service {HOSTILE}", "x-plateau-position": "1"}
    shown = offered.header("from").encode("utf-8", "surrogateescape").decode()
    assert shown.partition('" <')[0] == '"' + HOSTILE.replace("\\", "\\\\").replace('"', '\\"') and "<sip:+33612345678@" in shown
    first.bye()
    offered = lines["poste1"].offered()
    headers = plateau(offered)
    assert (headers["x-plateau-call"], headers["x-plateau-position"], headers["x-plateau-queue"]) == ("key-2", "2", "poste1")
    # no number was given: hidden, and nothing says which seat calls
    assert "nonymous" in offered.header("from") and "jury" not in "".join(offered.headers.values())
    second.bye()


def test_a_seat_reaches_stations_by_their_queue_only(lines: dict[str, RawPhone]) -> None:
    for target in ("poste1", "jury2", "0612345678", "112", "file-poste9", "file-commune", "file-", "file-jury2", "700", "s", "controle"):
        assert lines["jury1"].call(target).code == 404, target
    assert all(phone.invites.empty() for phone in lines.values())


def test_messages_presence_and_other_accounts_are_refused(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    for method in ("MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "INFO", "REFER"):
        answer = lines["poste1"].ask(method, f"sip:jury1@{room.plan.server}", {"Event": "presence", "Refer-To": "<sip:600@x>"})
        assert answer.code >= 400, method
    assert lines["poste1"].register(account="jury2").code >= 400
    assert {request.method for request in lines["jury1"].requests.queue} <= {"OPTIONS"}


def test_a_blind_transfer_comes_back_to_the_player_as_that_number(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    call, offered = to_station(room, lines)
    server = room.plan.server
    say(lines["poste1"], offered, "REFER", **{"Refer-To": f"<sip:3939@{server}>", "Referred-By": f"<sip:poste1@{server}>"})
    again = lines["jury1"].offered()
    assert plateau(again) == {
        "x-plateau-call": "key-1", "x-plateau-dialled": "3939", "x-plateau-station": "poste1", "x-plateau-transfer": "blind",
    }  # fmt: skip
    assert again.header("from").startswith('"Poste 1" <sip:poste1@')
    call.bye()
    # even to an emergency number, nobody is called
    call, offered = to_station(room, lines)
    say(lines["poste1"], offered, "REFER", **{"Refer-To": f"<sip:112@{server}>", "Referred-By": f"<sip:poste1@{server}>"})
    room.wait(lambda: "emergency-told" in room.cli("core show channels concise"), "the customer hears the announcement")
    assert lines["jury1"].invites.empty()
    call.bye()


def test_a_call_is_parked_and_taken_over(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    call, _ = to_station(room, lines)
    call.refer("file-poste2")  # a seat may not send the candidate anywhere
    room.wait(lambda: "target does not exist" in room.log(), "the transfer is refused")
    call.refer("700")
    # the lot's own numbers, 701-720, are shown before anybody is in it
    room.wait(lambda: "PJSIP/poste1-" in room.cli("parking show default"), "the call is parked")
    call.bye()
    taken = lines["jury2"].call("701")
    assert taken.code == 200
    room.wait(lambda: len(room.channels(bridged=True)) == 2, "the colleague hears the station")
    assert lines["poste1"].invites.empty()
    taken.bye()
    lines["poste1"].told("BYE")
    assert lines["poste2"].invites.empty()


# --- listening ------------------------------------------------------------------------------------------


def test_a_ticket_serves_once_and_its_own_seat(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    room.cli("dialplan set global TICKET_ab12 listen:jury2:poste1")
    for ticket in ("", "ab", "AB12", "ab1", "zz"):
        assert lines["jury2"].call(f"ecoute-{ticket}").code in (403, 404), ticket
    assert lines["jury3"].call("ecoute-ab12").code == 403
    assert lines["poste1"].call("ecoute-ab12").code == 404
    heard = lines["jury2"].call("ecoute-ab12")
    assert heard.code == 200
    assert lines["jury2"].call("ecoute-ab12").code == 403
    assert lines["jury3"].call("ecoute-ab12").code == 403
    heard.bye()


@pytest.mark.parametrize("mode", ["whisper", "barge", "", "s"])
def test_an_exam_can_only_listen(room: RoomExchange, lines: dict[str, RawPhone], mode: str) -> None:
    room.cli(f"dialplan set global TICKET_ab13 {mode}:jury2:poste1")
    assert lines["jury2"].call("ecoute-ab13").code == 403
    dialplan = room.cli("dialplan show").lower()
    assert "chanspy(pjsip/${spy_station}-,q)" in dialplan
    assert not any(word in dialplan for word in ("whisper", "barge", "qw", "qb"))


def test_a_listener_is_moved_to_one_channel_of_its_station_only(room: RoomExchange, lines: dict[str, RawPhone]) -> None:
    to_station(room, lines)
    other, _ = to_station_of(room, lines, "jury3", "poste2")
    mine = next(name for name in room.channels() if "poste1-" in name)
    foreign = next(name for name in room.channels() if "poste2-" in name)
    room.cli("dialplan set global TICKET_ab14 listen:jury2:poste1")
    heard = lines["jury2"].call("ecoute-ab14")
    listener = next(name for name in room.channels() if "jury2-" in name)

    def spying() -> str:
        return next(row.split("!")[6] for row in room.cli("core show channels concise").splitlines() if row.startswith(f"{listener}!"))

    room.wait(lambda: spying() == "PJSIP/poste1-,q", "waiting on the station")

    def move(wanted: str) -> None:
        with RawManager(room) as manager:
            manager.ask("Setvar", Channel=listener, Variable="SPY_CHANNEL", Value=wanted)
            manager.ask("Redirect", Channel=listener, Context="listening", Exten="s", Priority="1")
        room.wait(lambda: "SPY_CHANNEL=\n" in room.cli(f"core show channel {listener}"), "the order is taken")

    move(mine)
    room.wait(lambda: spying() == f"{mine},qES", "on that very channel")
    for stranger in (foreign, "PJSIP/poste10-00000001", "Local/s@listening"):
        move(stranger)
        room.wait(lambda: spying() == "PJSIP/poste1-,q", "waiting on the station")
    heard.bye()
    other.bye()


def to_station_of(room: RoomExchange, lines: dict[str, RawPhone], seat: str, station: str) -> tuple[RawCall, Message]:
    room.cli(f"queue add member PJSIP/{station} to {station}")
    call = lines[seat].call(f"file-{station}", {"X-Plateau-Call": "key-other"})
    offered = lines[station].offered()
    room.wait(lambda: len(room.channels(bridged=True)) == 4, "two conversations")
    return call, offered


def test_practice_may_whisper_and_has_a_shared_queue(tmp_path: Path) -> None:
    with RoomExchange(tmp_path, stations=1, juries=1, customers=1, mode="practice", transport="udp") as room:
        with RawPhone(room, "jury1") as trainer, RawPhone(room, "client1") as customer, RawPhone(room, "poste1") as station:
            assert [phone.register().code for phone in (trainer, customer, station)] == [200, 200, 200]
            room.cli("queue add member PJSIP/poste1 to commune")
            room.cli("dialplan set global PLAYER_poste1 client1")
            call = customer.call("file-commune", {"X-Plateau-Call": "k"})
            offered = station.offered()
            assert plateau(offered)["x-plateau-queue"] == "commune"
            room.wait(lambda: len(room.channels(bridged=True)) == 2, "the two hear each other")
            for mode, option in (("whisper", "qw"), ("barge", "qB"), ("listen", "q")):
                room.cli(f"dialplan set global TICKET_abcd {mode}:jury1:poste1")
                heard = trainer.call("ecoute-abcd")
                assert heard.code == 200
                room.wait(lambda option=option: f"PJSIP/poste1-,{option}!" in room.cli("core show channels concise"), mode)  # type: ignore[misc]
                heard.bye()
            # the customer of the shared queue belongs to whoever answered: a transfer finds the station's own player
            say(station, offered, "REFER", **{"Refer-To": f"<sip:3939@{room.plan.server}>"})
            assert plateau(customer.offered())["x-plateau-station"] == "poste1"
            call.bye()


# --- what is heard --------------------------------------------------------------------------------------


def heard(phone: RoomPhone, seconds: float = 0.4) -> bytes:
    """The last of what the phone heard."""
    pcm = phone.hears.read_bytes()[44:]
    return pcm[-int(RATE * seconds) * 2 :]


async def test_music_echo_tone_and_the_announcement_are_heard(tmp_path: Path) -> None:
    announced = Path(tone_file(tmp_path / "announced.wav", ANNOUNCED, 3.0))
    with RoomExchange(tmp_path, stations=1, juries=1, announcement=announced) as room:
        opens(room)
        async with phone_of(room, tmp_path, "jury1") as jury, phone_of(room, tmp_path, "poste1", says=900.0) as station:

            def hears(phone: RoomPhone, hertz: float) -> bool:
                return goertzel(heard(phone), hertz) > 0.02

            async def until(fact: Callable[[], object], what: str) -> None:
                await asyncio.to_thread(room.wait, fact, what)

            for number, hertz in (("112", ANNOUNCED), ("600", 900.0), ("601", 1004.0)):
                station.call(f"to-{number}", number)
                await station.answered(f"to-{number}")
                await until(functools.partial(hears, station, hertz), f"{hertz} Hz at {number}")
                station.send(HangUpCall(f"to-{number}"))
                await station.wait(CallEnded, lambda fact, number=number: fact.call_id == f"to-{number}")
            # waiting in the queue, then held: the music's own notes, and not the station's voice
            room.cli("queue pause member PJSIP/poste1")
            jury.call("waits", "file-poste1")
            await jury.answered("waits")
            await until(lambda: any(hears(jury, note) for note in BAR), "music while waiting")
            room.cli("queue unpause member PJSIP/poste1")
            offered = await station.answer()
            await until(lambda: hears(jury, 900.0), "the station's voice")
            station.send(HoldCall(offered.call_id))
            await station.wait(CallHeld)
            await until(lambda: any(hears(jury, note) for note in BAR) and not hears(jury, 900.0), "music while held")


def test_a_listeners_keys_reach_nobody_not_even_the_listening_itself(tmp_path: Path) -> None:
    """An honest phone is offered no keys; one that sends them all the same is not heard."""
    with RoomExchange(tmp_path, stations=1, juries=1, transport="udp") as room, RawPhone(room, "jury1") as phone:
        assert phone.register().code == 200
        room.cli("logger add channel keys dtmf")
        room.cli("dialplan set global TICKET_ab15 listen:jury1:poste1")
        listens = phone.call("ecoute-ab15")
        assert listens.code == 200 and "telephone-event" not in listens.answer.body
        (deaf,) = room.channels()
        echo = phone.call("600")
        assert echo.code == 200 and "telephone-event" in echo.answer.body
        for key in (10, 11, 4, 6):
            listens.press(key)
        echo.press(6)
        (heard,) = set(room.channels()) - {deaf}

        def keys() -> str:
            return (room.folder / "log/keys").read_text(errors="replace")

        room.wait(lambda: f"DTMF end '6' received on {heard}" in keys(), "the key pressed last, in a call of one's own")
        assert deaf not in keys()
