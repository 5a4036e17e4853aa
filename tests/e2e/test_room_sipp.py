"""Strangers and liars at a room's exchange, by SIPp and by hand: nothing is learnt, nothing is run, its people telephone on.

SIPp has no TLS here: it attacks rooms configured plain, and what must be seen of an encrypted room is done over TLS by a client of a few
lines. After each attack a real station, a real juror and the room server make and take a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import re
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from benchmarks.processes import tree
from cti.exchange.asterisk.intruders import ATTEMPTS, IntruderWatch
from cti.exchange.asterisk.plan import Transport
from cti.messages import CallEnded, HangUpCall
from tests.cti.asterisk.raw_phone import Message, RawPhone
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.room_phones import RoomPhone, conversation, opens, phone_of
from tests.e2e.exam import ExamRoom
from tests.e2e.sipp_process import SippProcess, answers, credentials

FLOODER, STRANGER, LEGITIMATE = "127.0.0.9", "127.0.0.8", "127.0.0.3"
PROMPT = 2.0  # seconds: the longest that a line takes to register and be answered, others flooding the exchange; the cores are theirs too


class Alive:
    """What an attack must leave as it was: the process, its children, its globals, its calls; no file where commands would have written."""

    def __init__(self, exchange: RoomExchange, canary: Path) -> None:
        self.exchange, self.canary = exchange, canary
        self._pid, self._globals = exchange.pid, self._now()

    def _now(self) -> set[str]:
        return set(self.exchange.cli("dialplan show globals").splitlines()) - {""}

    def check(self) -> None:
        exchange = self.exchange
        assert exchange.server.running and exchange.pid == self._pid is not None
        assert tree(self._pid) == [self._pid], "it started a program"
        assert not self.canary.exists(), "a command was run"
        exchange.wait(lambda: exchange.channels() == [], "no call of the attack remains")
        assert self._now() == self._globals


async def telephone_both_ways(room: ExamRoom, station: RoomPhone, player: RoomPhone) -> None:
    """The customer calls the station, the station dials; each is answered and ends. The room server hears of both."""
    seen, since = len(player.facts), room.last_seq("poste1")
    key = f"key-{since}"
    room.exchange.cli("queue unpause member PJSIP/poste1 queue poste1")  # nobody has signed in there: the room server closes it
    taken = await conversation(player, station, key)
    player.send(HangUpCall(f"to-{key}"))
    await station.wait(CallEnded, lambda fact: fact.call_id == taken)
    made = f"c-{since}"
    station.call(made, "+33199004005", made)
    offered = await player.answer(seen)
    await station.answered(made)
    station.send(HangUpCall(made))
    await player.wait(CallEnded, lambda fact: fact.call_id == offered.call_id)
    for call in (key, made):
        await asyncio.to_thread(room.wait, functools.partial(_journaled, room, call, since), f"{call} in the journal")


def _journaled(room: ExamRoom, call: str, since: int) -> bool:
    return any(row.call_key == call for row in room.rows("poste1", "ExchangeCleared", since))


@contextlib.asynccontextmanager
async def room_at_work(room: ExamRoom) -> AsyncIterator[None]:
    """A station and a juror, who telephone before and after."""
    exchange = room.exchange
    async with phone_of(exchange, room.root, "poste1") as station, phone_of(exchange, room.root, "jury1") as player:
        opens(exchange)
        await telephone_both_ways(room, station, player)
        yield
        await telephone_both_ways(room, station, player)
    assert "Traceback" not in room.log()
    assert await asyncio.to_thread(room.code, "poste2")  # the room server answers


# --- who is not let in ----------------------------------------------------------------------------------


class OfAnotherRealm(RawPhone):
    """Answers the challenge rightly, for a realm that was not asked for."""

    def _digest(self, method: str, uri: str, asked: str) -> str:
        return super()._digest(method, uri, asked.replace('realm="plateau"', 'realm="ailleurs"'))


def without_chance(answer: str) -> str:
    """A response without what is drawn for each: what is left must not tell one refusal from another."""
    drawn = re.sub(r'(nonce|opaque|branch|tag|rport|received)=("[^"]*"|[^;,\s]*)', r"\1", answer)
    lines = [line for line in drawn.replace("\r", "").splitlines() if not re.match(r"(Call-ID|From|To|Via):", line)]
    return "\n".join(lines).strip()


def test_every_refusal_of_a_registration_is_the_same(tmp_path: Path) -> None:
    with RoomExchange(tmp_path, transport="udp") as room:
        right, others = (room.plan.line(line).password for line in ("poste1", "poste2"))
        forged = f'Authorization: Digest username="poste1", realm="ailleurs", nonce="[$nonce]", uri="sip:{room.plan.server}", '
        attempts = {
            "unknown user": ("poste77", credentials("poste77", right)),
            "wrong password": ("poste1", credentials("poste1", "deviné")),
            "no password": ("poste1", credentials("poste1", "")),
            "another line's password": ("poste1", credentials("poste1", others)),
            "another line's name": ("poste1", credentials("poste2", others)),
            "another realm": ("poste1", forged + f'response="{"0" * 32}", algorithm=MD5'),
        }
        with RawPhone(room, "poste1") as phone:
            assert phone.register().code == 200  # a line that exists, and is registered
            refusals: dict[str, list[str]] = {}
            for what, (user, proof) in attempts.items():
                fill = {"USER": user, "CREDENTIALS": proof}
                with SippProcess("register_refused.xml", tmp_path, room.plan.server, fill=fill) as stranger:
                    refusals[what] = [without_chance(answer) for answer in answers(stranger.finish())]
            assert len({tuple(each) for each in refusals.values()}) == 1, refusals
            challenged, refused = refusals["wrong password"]
            assert challenged.startswith("SIP/2.0 401") and refused.startswith("SIP/2.0 401")
            for told in (*room.plan.lines, "Asterisk", "22."):
                assert str(getattr(told, "label", told)) not in refused
            with OfAnotherRealm(room, "poste1") as elsewhere:
                assert elsewhere.register().code == 401
            # nobody took the place of the line that is there
            assert room.cli("pjsip show contacts").count("poste1/") == 1 and f"poste1@{phone.own}" in room.cli("pjsip show contacts")
            assert phone.call("600").code == 200


# --- what is not SIP ------------------------------------------------------------------------------------


def hostile_words(canary: Path) -> list[str]:
    """Texts that would run, or be reckoned out, where a dialplan, a shell or a configuration file took them for its own."""
    touch = f"touch {canary}"
    return [
        f"${{SHELL({touch})}}", f"${{SYSTEM({touch})}}", "$[1000+337]", "${EPOCH}", "${GLOBAL(LABEL_poste1)}", f"`{touch}`", f"$({touch})",
        f";{touch}", f"x|{touch}", '"; exten => s,1,System(id)', "a,b)&PJSIP/jury2", "${CUT(\\,x,1)}", "%s%n%s%n", "../../etc/passwd",
    ]  # fmt: skip


def message(
    server: str, method: str = "OPTIONS", *, uri: str = "", line: str = "", without: str = "", body: str = "", **headers: str
) -> str:
    """A request of nobody's, with headers replaced or left out; `line` is the request line."""
    user = headers.pop("user", "poste1")
    given = {
        "Via": "SIP/2.0/{way} 127.0.0.1:9;rport;branch=z9hG4bK" + f"{time.monotonic_ns():x}",
        "From": f"<sip:{user}@{server}>;tag=x", "To": f"<sip:{user}@{server}>", "Call-ID": f"{time.monotonic_ns():x}@lies",
        "CSeq": f"1 {method}", "Contact": "<sip:poste1@127.0.0.1:9>", "Max-Forwards": "70", "Content-Length": str(len(body.encode())),
    } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
    given = {name: value for name, value in given.items() if name != without}
    first = line or f"{method} {uri or f'sip:{server}'} SIP/2.0"
    return "\n".join([first, *(f"{name}: {value}" for name, value in given.items()), "", body])


def malformed(server: str, canary: Path) -> list[str]:
    """Requests that are not what they should be; none has the password of anybody."""
    made = [message(server, method, without=name) for method in ("REGISTER", "INVITE") for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    lengths = ("-1", "99999999", "4294967297", "abc", "1e3", "", "0x10")
    made += [message(server, "INVITE", Content_Length=length, body="v=0\n") for length in lengths]
    bodies = ("v=", "m=audio 1 RTP/AVP\n" * 300, "\n" * 500)
    made += [message(server, "INVITE", Content_Type="application/sdp", body=body) for body in bodies]
    made += [message(server, "REGISTER", **{name: "A" * 9000}) for name in ("X_Huge", "Contact", "User_Agent", "From", "Call_ID")]
    made += [message(server, "REGISTER", X_Many="\n".join(f"X-{n}: {n}" for n in range(1500)).partition(" ")[2])]
    made += [message(server, "REGISTER", CSeq=value) for value in ("99999999999999999999 REGISTER", "-1 REGISTER", "1", "x y")]
    made += [message(server, "REGISTER", Expires=value) for value in ("-1", "9" * 40, "x")]
    made += [message(server, "REGISTER", Via=value) for value in ("SIP/2.0", "SIP/2.0/UDP :::::", "SIP/9.9/XXX a;branch=", "," * 500)]
    made += [message(server, line=line) for line in ("OPTIONS", "OPTIONS sip: SIP/2.0", "A" * 4000, "SIP/2.0 699 No", "GET / HTTP/1.1")]
    made += [message(server, "REGISTER", Authorization=f"Digest {words}") for words in ("", "=" * 900, 'username="poste1"' * 90)]
    made += [message(server, "INVITE", uri=f"sip:{user}@{server}") for user in ("%00%0d%0a", "a" * 3000, "%", "<>", ";;;=", '"')]
    for words in hostile_words(canary):
        made.append(message(server, "INVITE", uri=f"sip:{words}@{server}", user=words))
        named = {f"X_Plateau_{name}": words for name in ("Call", "Present_Number", "Present_Name", "Queue")}
        made.append(message(server, "INVITE", uri=f"sip:file-poste1@{server}", From=f'"{words}" <sip:jury1@{server}>;tag=x', **named))
    return made


def in_scenarios(messages: list[str]) -> list[list[str]]:
    """In parts: SIPp reads no scenario of more than 64 kB."""
    parts: list[list[str]] = [[]]
    for text in messages:
        if sum(map(len, parts[-1])) + len(text) > 40_000:
            parts.append([])
        parts[-1].append(text)
    return parts


def for_sipp(messages: list[str]) -> str:
    """As sends of a scenario; what SIPp would take for its own words is written so that it does not."""

    texts = [for_sipp_line(text).replace("{way}", "[transport]") for text in messages]
    return "\n".join(f'<send>\n<![CDATA[\n{text}\n]]>\n</send>\n<pause milliseconds="5"/>' for text in texts)


def for_sipp_line(text: str) -> str:
    return text.replace("\\", "\\x5c").replace("[", "\\x5b")


def on_the_wire(messages: list[str], way: str) -> list[bytes]:
    """Also what no text holds: NULs, bytes that are no UTF-8, line ends alone, half a message."""
    whole = [text.replace("{way}", way).replace("\n", "\r\n").encode() for text in messages]
    one = whole[0]
    swaps = ((b"poste1", b"po\0ste1"), (b"poste1", b"\xff\xfe\xc0\x80"), (b"\r\n", b"\n"), (b"\r\n", b"\r"), (b": ", b":\t\0 "))
    raw = [bytes(range(256)) * 8, b"\0" * 2000, b"\r\n" * 2000, one[: len(one) // 2], b"\x16\x03\x01" + one]
    raw += [one.replace(*swap) for swap in swaps]
    return [*whole, *raw]


def datagrams(room: RoomExchange, messages: list[bytes]) -> None:
    """Each sent from an address of the loopback that is nobody's."""
    host, _, port = room.plan.server.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((STRANGER, 0))
        for data in messages:
            stranger.sendto(data[:65_000], (host, int(port)))
        stranger.sendto(b"INVITE " + b"A" * 65_000, (host, int(port)))


async def over_tls(room: RoomExchange, messages: list[bytes]) -> None:
    """Each on a connection of its own, which is then left as it is until the end; others never say a word, or speak without TLS."""
    host, _, port = room.plan.server.rpartition(":")
    context = ssl.create_default_context(cadata=room.ca_text)
    async with contextlib.AsyncExitStack() as left_open:

        async def connection(encrypted: bool) -> asyncio.StreamWriter:
            more = {"ssl": context, "server_hostname": host} if encrypted else {}
            _, writer = await asyncio.open_connection(host, int(port), local_addr=(STRANGER, 0), **more)  # type: ignore[arg-type]
            left_open.callback(writer.transport.abort)
            left_open.callback(writer.close)
            return writer

        async def say(data: bytes, encrypted: bool = True) -> None:
            with contextlib.suppress(ConnectionError):  # it may well hang up
                writer = await connection(encrypted)
                writer.write(data)
                await writer.drain()

        for _ in range(40):
            await connection(encrypted=False)
        for data in messages:
            await say(data)
        for data in (messages[0], b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x40\x00" + b"\0" * 16_384, b"\x80" * 5000):
            await say(data, encrypted=False)
        await say(b"INVITE " + b"A" * 200_000)
        with RawPhone(room, "poste2") as phone:  # while all of them are still there
            assert phone.register().code == 200


@pytest.mark.parametrize("transport", ["udp", "tls"])
async def test_what_is_not_sip_does_not_matter(tmp_path: Path, transport: Transport) -> None:
    canary = tmp_path / "executed"
    with ExamRoom(tmp_path, transport=transport) as room:
        async with room_at_work(room):
            alive = Alive(room.exchange, canary)
            server = room.exchange.plan.server
            lies = malformed(server, canary)
            if transport == "udp":
                for some in in_scenarios(lies):
                    with SippProcess("malformed.xml", tmp_path, server, fill={"MESSAGES": for_sipp(some)}) as sipp:
                        seen = await asyncio.to_thread(sipp.finish)
                    assert seen.count("message sent") > len(some)
                await asyncio.to_thread(datagrams, room.exchange, on_the_wire(lies, "UDP"))
            else:
                await over_tls(room.exchange, on_the_wire(lies, "TLS"))
            await asyncio.to_thread(alive.check)


# --- what the password of a line does not give ----------------------------------------------------------


def test_what_a_line_says_is_never_run(tmp_path: Path) -> None:
    """By lines that have their password: what they dial, and the headers that are read, are text and nothing else."""
    canary = tmp_path / "executed"
    with RoomExchange(tmp_path, transport="udp") as room, RawPhone(room, "poste1") as station, RawPhone(room, "jury1") as player:
        assert (station.register().code, player.register().code) == (200, 200)
        room.cli("queue add member PJSIP/poste1 to poste1")
        room.cli("dialplan set global PLAYER_poste1 jury1")
        alive = Alive(room, canary)
        for words in hostile_words(canary):
            for escaped in (quote(words, safe=""), quote(f"06{words}", safe="")):
                call = station.call(escaped)
                assert call.code in (400, 404, 484), (words, call.code)
        assert player.invites.empty()
        table = [("jury1", credentials("jury1", room.plan.line("jury1").password), "file-poste1")]
        for words in hostile_words(canary):
            shown = words.replace("\\", "\\\\").replace('"', '\\"')
            headers = {f"X-Plateau-{name}": words for name in ("Call", "Present-Name", "Queue")}
            headers["X-Plateau-Present-Number"] = f"06{words}"  # without a digit the caller would be hidden
            lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
            fill = {"NAME": for_sipp_line(f'"{shown}" '), "HEADERS": for_sipp_line(lines), "PORT": "6000", "SOUND": ""}
            with SippProcess("call_in.xml", tmp_path, room.plan.server, fill=fill, table=table) as caller:
                offered = station.offered()
                station.told("ACK")
                hang_up(station, offered)
                caller.finish()
            assert offered.header("x-plateau-queue") == words
            assert set(offered.header("x-plateau-call")) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")
            assert re.match(re.escape(f'"{shown}" <sip:') + r"06[0-9+]*@", offered.header("from"))
            assert "jury1" not in "".join(offered.headers.values())
        alive.check()
        assert "ERROR" not in room.log()


def hang_up(phone: RawPhone, invite: Message) -> None:
    """A call that this phone was offered and answered."""
    own = f"{invite.header('to')};tag={hashlib.md5(invite.header('call-id').encode()).hexdigest()[:8]}"
    phone.send("BYE", invite.header("contact").strip("<>"), {"From": own, "To": invite.header("from"), "Call-ID": invite.header("call-id")})


# --- who does not stop ----------------------------------------------------------------------------------


@contextlib.contextmanager
def watched(room: RoomExchange) -> Iterator[list[str]]:
    """As `plateau asterisk run` watches for intruders; what it told."""
    told: list[str] = []
    stop = threading.Event()
    watch = IntruderWatch(room.folder, frozenset({"127.0.0.1"}), told.append)
    thread = threading.Thread(target=watch.run, args=(stop,), name="intruders")
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()


async def test_a_flood_locks_out_its_source_and_nobody_else(tmp_path: Path) -> None:
    """Passwords guessed at, and calls without any, some hundreds a second from two addresses."""
    with ExamRoom(tmp_path, transport="udp") as room, watched(room.exchange) as told:
        async with room_at_work(room):
            exchange = room.exchange
            alive = Alive(exchange, tmp_path / "executed")
            await asyncio.to_thread(flood, exchange, tmp_path)
            assert [line.split()[0] for line in told] == [FLOODER]
            with RawPhone(exchange, "poste2", source=FLOODER) as phone:
                assert phone.register().code == 403  # with the right password
            await asyncio.to_thread(alive.check)


def flood(room: RoomExchange, folder: Path) -> None:
    """While a line at another address registers and is answered, again and again, until both floods are over."""
    guesses = [(f"poste{n % 3}", credentials(f"poste{n % 3}", f"guess{n}")) for n in range(97)]
    guessing = SippProcess("flood_register.xml", folder, room.plan.server, source=FLOODER, calls=600, rate=300, table=guesses)
    calling = SippProcess("flood_invite.xml", folder, room.plan.server, source=STRANGER, calls=400, rate=200, table=guesses)
    waits: list[float] = []
    with RawPhone(room, "poste2", source=LEGITIMATE) as line, guessing, calling:
        while guessing.running or calling.running:
            began = time.monotonic()
            assert line.register().code == 200
            call = line.call("600")
            assert call.code == 200
            call.bye()
            waits.append(time.monotonic() - began)
        refusals = [answer.split()[1] for answer in answers(guessing.finish())]
        calling.finish()
    assert len(waits) > 5 and max(waits) < PROMPT, waits
    # once the watch has looked, nothing is answered but a refusal
    assert refusals.count("401") >= 2 * ATTEMPTS and refusals.count("403") > 200 and "200" not in refusals
    locked = refusals.index("403")
    assert set(refusals[locked + 50 :]) == {"403"}
