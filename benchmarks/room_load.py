"""A room's exchange under calls made by SIPp, and the same Asterisk with a configuration of forty lines; what each costs the processor."""

from __future__ import annotations

import dataclasses
import math
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from benchmarks.processes import cpu_seconds, resident_mb
from cti.exchange.asterisk.configure import configure, run_folder
from cti.exchange.asterisk.plan import ExchangePlan
from cti.exchange.asterisk.wire import Decoder, Message
from tests.contract.sipp_peer import free_udp_port
from tests.cti.asterisk.room_exchange import RoomExchange, asterisk
from tests.e2e.sipp_process import SippProcess, credentials

RTP_FIRST, RTP_LAST = 12_000, 15_999  # 300 ports for 50 calls, each with a listener
RATE = 25.0  # calls a second that SIPp sets up
SETTLE = 1.0  # seconds after a change that are not watched
MOST_LOST = 20.0  # per cent: what cannot be decrypted counts as lost
UP_WITHIN = 20.0  # seconds: all calls of a round
STREAM = '<nop><action><exec rtp_stream="{file},-1,8,PCMA/8000"/></action></nop>'

BARE = {
    "asterisk": """\
[directories]
astetcdir => {folder}/etc
astmoddir => {modules}
astvarlibdir => {folder}/db
astdbdir => {folder}/db
astkeydir => {folder}/keys
astdatadir => {folder}/data
astspooldir => {folder}/spool
astrundir => {run}
astlogdir => {folder}/log
astcachedir => {folder}/cache
""",
    "modules": "[modules]\nautoload = no\n{loads}\n",
    "manager": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {manager}\n[{user}]\nsecret = {secret}\nread = system\n",
    "rtp": "[general]\nrtpstart = {rtp_first}\nrtpend = {rtp_last}\n",
    "extensions": """\
[lines]
exten => _file-.,1,Dial(PJSIP/${{EXTEN:5}},30)
exten => _ecoute-.,1,Answer()
 same => n,ChanSpy(PJSIP/${{EXTEN:7}}-,q)
""",
    "pjsip": """\
[transport]
type = transport
protocol = udp
bind = {server}
[line](!)
type = endpoint
context = lines
disallow = all
allow = alaw
direct_media = no
[secret](!)
type = auth
auth_type = digest
[place](!)
type = aor
max_contacts = 1
{lines}
""",
}
BARE_MODULES = """
    res_timing_timerfd res_crypto res_pjproject res_sorcery_config res_sorcery_memory res_sorcery_astdb
    res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_sdp_rtp res_pjsip_authenticator_digest
    res_pjsip_endpoint_identifier_user res_pjsip_registrar res_pjsip_caller_id res_rtp_asterisk res_srtp
    chan_pjsip bridge_simple bridge_native_rtp bridge_softmix app_dial app_chanspy app_stack pbx_config
    codec_alaw codec_ulaw codec_resample
""".split()


class BareExchange(RoomExchange):
    """Written by hand: lines with passwords, one `Dial`, one `ChanSpy`. No queue, no limits, no watch, no events told."""

    def __enter__(self) -> BareExchange:
        plan = self.plan
        configure(plan, self.folder, asterisk())  # for the folders and the files whose absence is an error
        values = {
            "folder": str(self.folder), "modules": str(asterisk().modules), "run": str(run_folder(self.folder)), "server": plan.server,
            "loads": "\n".join(f"load = {name}.so" for name in BARE_MODULES), "manager": str(plan.ports.manager), "user": plan.manager_user,
            "secret": plan.manager_secret, "rtp_first": str(plan.ports.rtp_first), "rtp_last": str(plan.ports.rtp_last),
            "lines": "\n".join(
                f"[{line.id}](line)\nauth = {line.id}\naors = {line.id}\n[{line.id}](secret)\nusername = {line.id}\n"
                f"password = {line.password}\n[{line.id}](place)" for line in plan.lines
            ),
        }  # fmt: skip
        for name, text in BARE.items():
            (self.folder / "etc" / f"{name}.conf").write_text(text.format(**values))
        try:
            self._start()
        except BaseException:
            self.release()
            raise
        return self


def wider(room: RoomExchange) -> RoomExchange:
    """The same with ports for many calls; before it is entered."""
    room.plan = dataclasses.replace(room.plan, ports=dataclasses.replace(room.plan.ports, rtp_first=RTP_FIRST, rtp_last=RTP_LAST))
    return room


class Events:
    """The room server's account on the manager, told everything it may be told: `take` gets each event and the `time.monotonic()` at
    which it was read, in a thread of its own."""

    def __init__(self, plan: ExchangePlan, take: Callable[[Message, float], None]) -> None:
        self._take = take
        self._socket = socket.create_connection(("127.0.0.1", plan.ports.manager), 5)
        login = f"Action: Login\r\nUsername: {plan.manager_user}\r\nSecret: {plan.manager_secret}\r\nEvents: on\r\n\r\n"
        self._socket.sendall(login.encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, name="events", daemon=True)

    def __enter__(self) -> Events:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(2)
        self._socket.close()

    def _read(self) -> None:
        decoder = Decoder()
        while data := self._socket.recv(65536):
            at = time.monotonic()
            for message in decoder.feed(data):
                self._take(message, at)


def alaw(sample: int) -> int:
    """G.711 A-law of a 16-bit sample."""
    sign, level = (0x80, sample) if sample >= 0 else (0, ~sample)
    level >>= 4
    segment = max(0, level.bit_length() - 4)
    return (sign | segment << 4 | (level >> max(0, segment - 1)) & 0xF) ^ 0x55


def speech(seconds: float = 8.0, rate: int = 8000) -> bytes:
    """A-law with the rhythm of speech: a second and a half of sound, half a second of silence."""
    said = bytearray()
    for n in range(int(seconds * rate)):
        t = n / rate
        loud = t % 2 < 1.5
        said.append(alaw(int(6000 * math.sin(2764 * t) * math.sin(9 * t) + 2000 * math.sin(4398 * t)) if loud else 0))
    return bytes(said)


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of `calls` conversations: per cent of one core that Asterisk used, without and with a listener each; packets lost, in per cent of
    those that should have come; resident memory with all of it, MB."""

    calls: int
    talking: float
    listened: float
    lost: float
    memory: float


class Load(Protocol):
    """Who telephones: conversations, and listeners to them."""

    def talk(self) -> None: ...

    def listen(self) -> None: ...


class SippLoad:
    """`n` calls by SIPp: the customers stream speech, the stations and the listeners send back what they hear."""

    def __init__(self, room: RoomExchange, folder: Path, n: int, stack: ExitStack) -> None:
        self._room, self._folder, self._n, self._stack = room, folder, n, stack
        self._sound = folder / "speech.alaw"
        self._sound.write_bytes(speech())

    def talk(self) -> None:
        stations = [f"poste{k}" for k in range(1, self._n + 1)]
        port = free_udp_port()
        with self._sipp("register.xml", stations, port=port, calls=self._n, rate=100) as registering:
            registering.finish()
        self._start("answer.xml", [], ["-rtp_echo"], port=port, calls=0, fill={"PORT": "[media_port]"})
        for station in stations:
            self._room.cli(f"queue add member PJSIP/{station} to {station}")
        headers = "X-Plateau-Present-Number: 0261910001\nX-Plateau-Queue: Service client\n"
        self._start(
            "call_in.xml", [f"jury{k}" for k in range(1, self._n + 1)], calls=self._n, targets=[f"file-{station}" for station in stations],
            fill={"PORT": "[rtpstream_audio_port]", "SOUND": STREAM.format(file=self._sound), "NAME": "", "HEADERS": headers},
        )  # fmt: skip
        self._room.wait(lambda: len(self._room.channels(bridged=True)) == 2 * self._n, f"{self._n} conversations", UP_WITHIN)

    def listen(self) -> None:
        """Each seat listens to the station after its own; the tickets are the room server's, the bare exchange takes the station's name."""
        bare, targets = isinstance(self._room, BareExchange), []
        for k in range(1, self._n + 1):
            station = f"poste{k % self._n + 1}"
            if not bare:
                self._room.cli(f"dialplan set global TICKET_{k:04x} listen:jury{k}:{station}")
            targets.append(f"ecoute-{station}" if bare else f"ecoute-{k:04x}")
        self._start(
            "call_in.xml", [f"jury{k}" for k in range(1, self._n + 1)], ["-rtp_echo"], calls=self._n, targets=targets,
            fill={"PORT": "[media_port]", "SOUND": "", "NAME": "", "HEADERS": ""},
        )  # fmt: skip
        self._room.wait(lambda: self._room.cli("core show channels concise").count("!ChanSpy!") == self._n, "a listener each", UP_WITHIN)

    def _start(self, scenario: str, lines: list[str], more: list[str] | None = None, **given: Any) -> None:
        self._stack.enter_context(self._sipp(scenario, lines, more, **given))

    def _sipp(
        self, scenario: str, lines: list[str], more: list[str] | None = None, *, targets: list[str] | None = None, **given: Any
    ) -> SippProcess:
        keys = [credentials(name, self._room.plan.line(name).password) for name in lines]
        table = list(zip(lines, keys, targets or lines, strict=True))
        media = ["-mi", "127.0.0.1", "-mp", str(free_udp_port()), "-l", "1000"]
        given = {"rate": RATE, "traced": False, **given, "more": [*media, *(more or [])]}
        return SippProcess(scenario, self._folder, self._room.plan.server, table=table, **given)


def cost(room: RoomExchange, n: int, load: Load, seconds: float) -> Cost:
    """What Asterisk uses while those talk, then while each is listened to as well."""
    load.talk()
    talking = _percent(room, seconds)
    load.listen()
    listened = _percent(room, seconds)
    assert room.pid is not None
    still = len(room.channels())
    if still != 3 * n:
        raise RuntimeError(f"{still} channels remain of {3 * n}\n{room.log()[-2000:]}")
    missed = lost(room)
    if missed > MOST_LOST:
        raise RuntimeError(f"{missed:.0f} % of the packets are lost: these are no conversations\n{room.log()[-2000:]}")
    return Cost(n, talking, listened, missed, resident_mb([room.pid]))


def _percent(room: RoomExchange, seconds: float) -> float:
    time.sleep(SETTLE)
    assert room.pid is not None
    before, at = cpu_seconds([room.pid]), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_seconds([room.pid]) - before) / (time.monotonic() - at)


def lost(room: RoomExchange) -> float:
    """Per cent of the packets of all channels that Asterisk missed."""
    rows = re.findall(r"^.*\s\d+:\d+:\d+\s+\w+\s+(\d+)\s+(\d+)\s", room.cli("pjsip show channelstats"), re.MULTILINE)
    came, missed = sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)
    return 100 * missed / max(1, came + missed)
