"""Calls from phone to phone when the exchange is dead: certificates of the room both ways, and nobody else gets through."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from cti.exchange.asterisk.certificates import RoomAuthority
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallQuality,
    Cause,
    DigitReceived,
    HangUpCall,
    HoldCall,
    LevelsMeasured,
    PhoneStarted,
    PlaceCall,
    RegisterAccount,
    RegistrationChanged,
    SendDigits,
    UnregisterAccount,
)
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.port import room_settings
from tests.cti.audio.measure import tone_file
from tests.cti.test_phone_pairs import level_in, throw_away_authority
from tests.cti.test_phone_process import Watched, running

pytestmark = pytest.mark.e2e


def nobody() -> str:
    """host:port where no exchange listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def phone_of_room(files: dict[str, Any], server: str, line: str) -> dict[str, Any]:
    """PhoneSettings' fields, for `running`; the loopback stands for the room's network."""
    made = room_settings(line, "", server, **files)
    return {name: getattr(made, name) for name in made.__dataclass_fields__ if name != "user"}


async def registering_in_vain(phone: Watched, line: str, server: str) -> None:
    await phone.wait(PhoneStarted)
    phone.phone.send(RegisterAccount(line, "secret", server, "tls"))
    failed = await phone.wait(RegistrationChanged)
    assert (failed.state, failed.server) == ("failed", server)


async def test_a_juror_calls_a_desk_past_the_dead_exchange(tmp_path: Path) -> None:
    server, files = nobody(), throw_away_authority(tmp_path)
    says = {name: tone_file(tmp_path / f"{name}-says.wav", hertz) for name, hertz in (("jury1", 500.0), ("poste1", 900.0))}
    sound = {name: SoundChoice(mic_file=says[name], speaker_file=str(tmp_path / f"{name}-hears.wav")) for name in says}
    async with (
        running(tmp_path, "jury1", sound=sound["jury1"], **phone_of_room(files, server, "jury1")) as jury,
        running(tmp_path, "poste1", sound=sound["poste1"], **phone_of_room(files, server, "poste1")) as desk,
    ):
        await asyncio.gather(registering_in_vain(jury, "jury1", server), registering_in_vain(desk, "poste1", server))
        target = await desk.target()
        assert target.startswith("sip:poste1@127.0.0.1:")
        jury.phone.send(PlaceCall("c1", target, "key-1", "Mme Odile VASSERAND", "0612345678", direct=True))
        offered = await desk.wait(CallOffered)
        assert (offered.call_key, offered.caller, offered.caller_name) == ("key-1", "0612345678", "Mme Odile VASSERAND")
        desk.phone.send(AnswerCall(offered.call_id))
        assert (await jury.wait(CallAnswered)).encrypted
        assert (await desk.wait(CallAnswered)).encrypted
        jury.phone.send(SendDigits("c1", "7"))
        assert (await desk.wait(DigitReceived)).digit == "7"
        for phone in (jury, desk):
            await phone.wait(LevelsMeasured, lambda fact: fact.speaker > 0.1)
            await phone.wait(CallQuality)  # two seconds of it
        desk.phone.send(HoldCall(offered.call_id))
        assert (await desk.wait(CallHeld)).by == "local"
        # longer than the pause between two vain attempts to register, which end the calls of the registrar, and not this one
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await jury.wait(CallEnded, deadline=7.0)
        assert time.monotonic() - began > 6.5
        jury.phone.send(HangUpCall("c1"))
        ended = await desk.wait(CallEnded)
        assert (ended.cause, ended.by) == (Cause.HUNG_UP, "remote")
    assert level_in(tmp_path / "jury1-hears.wav", 900.0) > 0.1
    assert level_in(tmp_path / "poste1-hears.wav", 500.0) > 0.1


@pytest.mark.parametrize("stranger", ["without", "of another authority"])
async def test_nobody_without_a_certificate_of_the_room_rings_a_desk(tmp_path: Path, stranger: str) -> None:
    (tmp_path / "theirs").mkdir()
    files, theirs = throw_away_authority(tmp_path), throw_away_authority(tmp_path / "theirs")
    shown = {"ca_file": files["ca_file"]} if stranger == "without" else {**theirs, "ca_file": files["ca_file"]}
    async with (
        running(tmp_path, "poste1", **phone_of_room(files, nobody(), "poste1")) as desk,
        running(tmp_path, "jury1", **phone_of_room(files, nobody(), "jury1")) as jury,
        running(tmp_path, "stranger", **phone_of_room(shown, nobody(), "stranger")) as other,
    ):
        target = await desk.target()
        await asyncio.gather(jury.wait(PhoneStarted), other.wait(PhoneStarted))
        other.phone.send(PlaceCall("c1", target, direct=True))
        ended = await other.wait(CallEnded, deadline=40.0)
        assert (ended.cause, ended.answered) == (Cause.NETWORK, False)
        jury.phone.send(PlaceCall("c2", target, "of-the-room", direct=True))
        assert (await desk.wait(CallOffered)).call_key == "of-the-room"  # the first offer the desk ever heard of


async def test_an_unregistered_phone_lets_a_dead_exchange_come_back_alone(tmp_path: Path) -> None:
    server, files = nobody(), throw_away_authority(tmp_path)
    async with running(tmp_path, "poste1", **phone_of_room(files, server, "poste1")) as desk:
        await registering_in_vain(desk, "poste1", server)
        desk.phone.send(UnregisterAccount())
        assert (await desk.wait(RegistrationChanged, lambda fact: fact.state == "unregistered")).server == server
        with socket.socket() as back:
            back.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            host, _, port = server.rpartition(":")
            back.bind((host, int(port)))
            back.listen()
            back.setblocking(False)
            with pytest.raises(TimeoutError):  # an attempt every 5 s while it was wanted
                await asyncio.wait_for(asyncio.get_running_loop().sock_accept(back), 6.5)


async def test_a_desk_whose_certificate_names_another_address_is_not_called(tmp_path: Path) -> None:
    """Who takes a desk's address in the room takes its calls, unless the certificate says whose the address is."""
    room = RoomAuthority(tmp_path / "room")
    own = {name: room.issue(name, (address,)) for name, address in (("jury1", "127.0.0.1"), ("poste1", "127.0.0.9"))}
    files = {name: {"ca_file": str(room.ca), "cert_file": str(one.chain), "key_file": str(one.key)} for name, one in own.items()}
    async with (
        running(tmp_path, "jury1", **phone_of_room(files["jury1"], nobody(), "jury1")) as jury,
        running(tmp_path, "poste1", **phone_of_room(files["poste1"], nobody(), "poste1")) as desk,
    ):
        target = await desk.target()
        await jury.wait(PhoneStarted)
        jury.phone.send(PlaceCall("c1", target, direct=True))
        ended = await jury.wait(CallEnded)
        assert (ended.cause, ended.answered) == (Cause.NETWORK, False)
        assert "certificate" in ended.reason
        assert not any(isinstance(fact, CallOffered) for fact in desk.facts)


class SleepyExchange:
    """A TLS server that takes connections before it is awake: the first REGISTER is never answered, the next ones are."""

    def __init__(self, files: dict[str, str]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files["cert_file"], files["key_file"])
        self.asked = 0

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        port: int = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{port}"

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                if not request.lstrip().startswith("REGISTER"):
                    continue
                self.asked += 1
                if self.asked > 1:
                    kept = [
                        line
                        for line in request.split("\r\n")
                        if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq", "Contact")
                    ]
                    writer.write("\r\n".join(["SIP/2.0 200 OK", *kept, "Expires: 60", "Content-Length: 0", "", ""]).encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def test_an_exchange_that_wakes_up_is_asked_again_within_seconds(tmp_path: Path) -> None:
    files = throw_away_authority(tmp_path)
    async with SleepyExchange(files) as server, running(tmp_path, "poste1", **phone_of_room(files, server, "poste1")) as desk:
        await desk.wait(PhoneStarted)
        began = time.monotonic()
        desk.phone.send(RegisterAccount("poste1", "secret", server, "tls"))
        failed = await desk.wait(RegistrationChanged)
        assert (failed.state, failed.code) == ("failed", 408)
        await desk.wait(RegistrationChanged, lambda fact: fact.state == "registered")
        assert time.monotonic() - began < 6.0
