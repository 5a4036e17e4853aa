"""The practice lab: room server, virtual customer and desk on one machine, no Asterisk, no network.

This process only starts the three and watches them. It owns no data: a room server or a customer that dies is
started again within a second on the same sitting, a desk that dies (a killed terminal program, a crash) is
started again twice. Children hold a pipe from us and end when it closes, so a killed lab leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenarios.child import Child, ChildFailed
from workstation.i18n import _

READY_WITHIN = 90.0  # seconds; a cold start on a slow machine reads the pack and makes the case file
DESK_STARTS = 3  # within a minute
DESK_LEAVES_WITHIN = 12.0  # seconds: its phone hangs up, its drafts are written


class LabError(Exception):
    """The lab cannot go on; the message is for the person who started it."""


@dataclass(frozen=True)
class LabOptions:
    """`folder` is the sitting's; `desk_arguments` go to the desk as they are (sound, engine)."""

    folder: Path
    pack: Path
    day: str
    engine: str
    log: Path
    desk_arguments: tuple[str, ...] = ()
    variant: str = ""  # the pack's subject
    spellcheck: bool = False  # of the written replies


async def run_lab(options: LabOptions) -> int:
    """Run the lab until the desk is left; returns the exit code. Raises LabError."""
    tokens = {role: secrets.token_urlsafe(24) for role in ("candidate", "customer", "trainer")}
    environment = {"PLATEAU_TOKENS": json.dumps(tokens)}
    subject = ("--variant", options.variant) if options.variant else ()
    port = ""  # fixed after the first start, so that a room server that comes back is found where it was

    def room_command() -> list[str]:
        return [
            *(sys.executable, "-m", "scenarios.room", "--sitting", str(options.folder), "--pack", str(options.pack)),
            *("--day", options.day, "--port", port or "0", "--parent-pipe", *subject),
            *(("--spellcheck",) if options.spellcheck else ()),
        ]

    room = Child(_("le serveur de salle"), room_command, environment, options.log)

    def customer_command() -> list[str]:
        return [
            *(sys.executable, "-m", "scenarios.customer", "--room", room.announced["url"], "--pack", str(options.pack)),
            *("--day", options.day, "--engine", options.engine, *subject),
        ]

    customer = Child(_("le client virtuel"), customer_command, {"PLATEAU_TOKEN": tokens["customer"]}, options.log)
    if sys.stderr.isatty():  # nothing else is on the screen until the desk is, some seconds later
        print(_("Plateau démarre : la salle, le client virtuel, le poste…"), file=sys.stderr)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(room.run(), name="room")]
            await _until_ready(room)
            port = room.announced["port"]
            running.append(tasks.create_task(customer.run(), name="customer"))
            code = await _run_desk(options, room.announced["url"], tokens["candidate"])
            for task in running:
                task.cancel()
            return code
    except* (ChildFailed, LabError) as group:
        raise LabError(_why(group.exceptions[0])) from None
    raise AssertionError("unreachable")


def _why(failure: BaseException) -> str:
    if isinstance(failure, ChildFailed) and not str(failure):
        child = failure.child
        return _("{name} s'arrête sans cesse (journal : {log})").format(name=child.name, log=child.log)
    return str(failure)


async def _until_ready(child: Child) -> None:
    try:
        await asyncio.wait_for(child.ready.wait(), READY_WITHIN)
    except TimeoutError:
        raise LabError(_("{name} n'a pas démarré (journal : {log})").format(name=child.name, log=child.log)) from None


async def _run_desk(options: LabOptions, url: str, token: str) -> int:
    """The desk has the terminal; started again when it was killed or crashed, not when it was left."""
    arguments = [sys.executable, "-m", "workstation", "desk", "--room", url, "--engine", options.engine]
    arguments += ["--data", str(options.folder / "desk"), *options.desk_arguments]
    deaths: list[float] = []
    while len(deaths) < DESK_STARTS:
        code = await _one_desk(arguments, {**os.environ, "PLATEAU_TOKEN": token})
        if code in (0, 2):
            return code
        _restore_terminal()
        now = time.monotonic()
        deaths = [at for at in deaths if now - at < 60] + [now]
        print(_("Le poste s'est arrêté (code {code}) ; il redémarre là où il en était…").format(code=code), file=sys.stderr)
    raise LabError(_("Le poste s'arrête sans cesse (journal : {log})").format(log=options.log))


async def _one_desk(arguments: list[str], environment: dict[str, str]) -> int:
    """One life of the desk; its exit code. Its standard input is the terminal, so its pipe from us has a descriptor of its own."""
    with contextlib.ExitStack() as ours:
        told: tuple[int, ...] = ()
        if sys.platform != "win32":  # there, whoever closes the console ends every program in it
            theirs, kept = (ours.enter_context(os.fdopen(end, mode, 0)) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
            told, arguments = (theirs.fileno(),), [*arguments, "--parent-pipe", str(theirs.fileno())]
        desk = await asyncio.create_subprocess_exec(*arguments, env=environment, pass_fds=told)
        with _interrupts_ignored():
            try:
                return await desk.wait()
            finally:
                if desk.returncode is None:  # we are leaving before it: it puts its drafts away and gives the terminal back
                    if told:
                        kept.close()
                    else:
                        desk.terminate()
                    try:
                        await asyncio.wait_for(desk.wait(), DESK_LEAVES_WITHIN)
                    except TimeoutError:
                        desk.kill()
                        await desk.wait()
                        _restore_terminal()


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _restore_terminal() -> None:
    """Leave the alternate screen and mouse modes that a killed desk left on."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[0m")
        with contextlib.suppress(OSError, FileNotFoundError):
            os.system("stty sane 2>/dev/null")
