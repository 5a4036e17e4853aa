"""`python -m scenarios.customer --room URL --pack FOLDER --day YYYY-MM-DD`: the virtual customer's process.

The room's token is in PLATEAU_TOKEN. In a room with an exchange the phone registers with the account the room gives, and plays where
the room sends it; on direct lines it is called and calls as it is. Standard output says `{"ready": true, "contact": …}` once, as JSON;
standard error is the log. The end of standard input means that whoever started us is gone: the calls are hung up and the process ends
with 0. Exit code 2: it cannot run here, standard error says why in French; 1: the SIP stack died, or the room is away: start it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
import shutil
import signal
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cti.messages import Fact, PhoneStarted, RegisterAccount
from cti.phone.__main__ import claim_stdout, make_engine
from cti.phone.port import EngineUnavailable, PhoneSettings, room_settings
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.caller import Customer, EngineDied, Pace
from scenarios.customer.posting import Post, Posting
from scenarios.customer.recognise import ChildRecogniser, NoModel, Recogniser, model_folder
from scenarios.customer.room_side import RoomAway, RoomSide
from scenarios.customer.voice import Voice, VoiceShelf, VoiceUnavailable, choose_voice
from scenarios.customer.written import WrittenCustomer
from scenarios.pack import Pack
from scenarios.pack_load import PackErrors, load_pack

logger = logging.getLogger("scenarios.customer")
CANNOT_RUN = 2
IDENTITY_WITHIN = 10.0  # seconds to learn which sitting this is; its id seeds the dialogue


class _Leave(Exception):
    """Whoever started us is gone, or asks us to end."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scenarios.customer", description="Le client virtuel de Plateau.")
    parser.add_argument("--room", required=True, metavar="URL")
    parser.add_argument("--pack", type=Path, required=True, metavar="PAQUET")
    parser.add_argument("--day", type=dt.date.fromisoformat, required=True, metavar="AAAA-MM-JJ")
    parser.add_argument("--variant", default="", metavar="SUJET", help="le sujet du paquet que la salle joue")
    parser.add_argument("--ca", type=Path, metavar="FICHIER", help="le certificat qui garantit celui de la salle")
    parser.add_argument("--engine", choices=["pjsua2", "pyvoip"], default="pjsua2")
    parser.add_argument(
        "--voice", type=Path, metavar="FICHIER", help="une voix Piper (.onnx) ; sinon PLATEAU_VOICE_FILE, sinon la voix installée"
    )
    parser.add_argument("--voice-cache", type=Path, metavar="DOSSIER")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="N fois plus prompt à appeler, décrocher et payer")
    given = parser.parse_args(arguments)
    if not 0.05 <= given.speed <= 100:
        parser.error("--speed : entre 0,05 et 100")
    return given


def watch_parent(gone: Callable[[], None]) -> None:
    """Calls `gone` from a thread of its own when standard input ends."""

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        gone()

    threading.Thread(target=read, name="parent", daemon=True).start()


def a_voice(voice_file: Path | None) -> Voice | None:
    try:
        return choose_voice(voice_file)
    except VoiceUnavailable as error:
        logger.warning("no voice, captions only: %s", error)
        return None


async def a_recogniser() -> Recogniser | None:
    folder = model_folder()
    if folder is None:
        return None
    try:
        return await ChildRecogniser.start(folder)
    except (NoModel, OSError, TimeoutError) as error:
        logger.warning("no speech recognition: %s", error)
        return None


def account_settings(account: Mapping[str, Any], folder: Path) -> PhoneSettings:
    """How a phone with that line meets the network; what it needs on the disk is written to `folder`."""
    line, label, server = (str(account[name]) for name in ("user", "label", "server"))
    authority = folder / "room-ca.pem"
    authority.write_text(str(account["ca"]), encoding="ascii")
    return room_settings(line, label, server, ca_file=str(authority), encrypted=account["transport"] == "tls")


async def play(given: argparse.Namespace, pack: Pack, token: str, announce: Callable[[str], None]) -> int:
    loop = asyncio.get_running_loop()
    leave = asyncio.Event()

    def from_thread(callback: Callable[..., None], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving
            loop.call_soon_threadsafe(callback, *values)

    watch_parent(lambda: from_thread(leave.set))
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, leave.set)

    url, trust = given.room, ssl.create_default_context(cafile=given.ca) if given.ca else None

    async def heard_row(row: Mapping[str, Any]) -> None:
        await customer.row(row)
        written.row(row)

    def posted(post: Post) -> None:
        customer.posted(post)
        written.moved()

    room = RoomSide(url, token, heard_row, trust)
    account = await room.account()
    line = str(account["user"]) if account else ""

    sound = BotSound(lambda batch: from_thread(customer.heard, batch), lambda line: from_thread(customer.line_ended, line))
    shelf = VoiceShelf(await asyncio.to_thread(a_voice, given.voice), given.voice_cache)
    recogniser = await a_recogniser()
    engine = make_engine(given.engine)
    sitting = (await room.ask("/sitting") or {}) if not line else {}
    seed = str(sitting.get("id") or pack.identity.hash)
    pace = Pace().at(given.speed)
    customer = Customer(pack, engine, sound, shelf, room, seed, pace, recogniser, line)
    written = WrittenCustomer(pack, room, lambda: customer.world, seed, pace)
    if line:
        room.at("")

    def emit(fact: Fact) -> None:
        if isinstance(fact, PhoneStarted):
            announce(fact.contact)
        from_thread(customer.fact, fact)

    async def until_asked_to_leave() -> None:
        await leave.wait()
        raise _Leave

    async def attend() -> None:
        """Of use to the room once our phone can be called."""
        posting = Posting(url, token, posted, lambda: [call.call_key for call in customer.calls.values()], trust)
        customer.calls_changed = posting.changed
        await customer.registered.wait()
        await posting.run()

    code = 0
    folder = Path(tempfile.mkdtemp(prefix="plateau-"))  # the stack reads its files again at each connection
    try:
        settings = account_settings(account, folder) if account else PhoneSettings(user="client")
        await asyncio.to_thread(engine.start, settings, sound, emit)
        if account:
            engine.execute(RegisterAccount(line, account["password"], account["server"], account["transport"], account["label"]))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(room.run(), name="room")
            tasks.create_task(customer.run(), name="customer")
            tasks.create_task(written.run(), name="written")
            tasks.create_task(until_asked_to_leave(), name="parent")
            if line:
                tasks.create_task(attend(), name="post")
    except* _Leave:
        logger.info("leaving")
    except* EngineDied as died:
        logger.error("the SIP stack died: %s", died.exceptions[0])
        code = 1
    finally:
        await asyncio.to_thread(engine.stop)
        shutil.rmtree(folder, ignore_errors=True)
        await room.leave()
        await asyncio.to_thread(shelf.close)
        if recogniser is not None:
            await recogniser.close()
    for failure in shelf.failures:
        logger.warning("not rendered: %s", failure)
    return code


def main(arguments: list[str] | None = None) -> int:
    given = parse(arguments)
    out = claim_stdout()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)

    def announce(contact: str) -> None:
        with contextlib.suppress(OSError):
            os.write(out, json.dumps({"ready": True, "contact": contact}).encode() + b"\n")

    try:
        pack = load_pack(given.pack, given.day, given.variant)
        return asyncio.run(play(given, pack, os.environ.get("PLATEAU_TOKEN", ""), announce))
    except RoomAway as away:
        print(f"La salle {away} ne répond pas.", file=sys.stderr)
        return 1
    except PackErrors as errors:
        print(f"Le paquet {given.pack} ne se charge pas : {errors}".replace("\n", " "), file=sys.stderr)
    except EngineUnavailable as error:
        print(f"Le client virtuel n'a pas de téléphone : {error}", file=sys.stderr)
    except BaseExceptionGroup as group:
        unavailable = group.subgroup(EngineUnavailable)
        if unavailable is None:
            raise
        print(f"Le client virtuel n'a pas de téléphone : {unavailable.exceptions[0]}", file=sys.stderr)
    return CANNOT_RUN


if __name__ == "__main__":
    sys.exit(main())
