"""The pictures of the README and of docs/: the real desk, on a real room server, called by the real virtual customer; the real console
of the jury, in a real exam room.

`python -m tests.screenshots docs/images` writes them as SVG (Textual's own export).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

from cti.phone.audio.station_sound import SoundChoice
from cti.phone.port import PhoneSettings
from tests.cti.audio.measure import tone_file
from tests.e2e.exam import TONES, Desk, ExamRoom, place
from workstation.cli_options import PACKS
from workstation.config import Settings
from workstation.jury.app import JuryApp
from workstation.jury.console.hearing import Ear
from workstation.jury.jury_link import JuryLink
from workstation.links.enrol_link import enrol, verified_by
from workstation.links.enrolled_phone import prepare_phone
from workstation.links.phone_link import PhoneLink
from workstation.links.room_link import RoomLink
from workstation.links.spool import Spool
from workstation.ui.app import DeskApp

DAY = "2026-11-23"
SIZE = (120, 36)


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[tuple[str, str]]:
    """A room server and a virtual customer; yields the room's address and the candidate's token."""
    tokens = {role: secrets.token_urlsafe(24) for role in ("candidate", "customer", "trainer")}
    sitting = ["--pack", str(PACKS / "marvalune"), "--day", DAY]
    room = subprocess.Popen(
        [sys.executable, "-m", "scenarios.room", "--sitting", str(folder / "sitting"), *sitting, "--parent-pipe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PLATEAU_TOKENS": json.dumps(tokens)},
        text=True,
    )
    assert room.stdout is not None
    url = json.loads(room.stdout.readline())["url"]
    customer = subprocess.Popen(
        [sys.executable, "-m", "scenarios.customer", "--room", url, *sitting],
        stdin=subprocess.PIPE,
        env={**os.environ, "PLATEAU_TOKEN": tokens["customer"]},
    )
    try:
        yield url, tokens["candidate"]
    finally:
        for child in (customer, room):
            assert child.stdin is not None
            child.stdin.close()
            child.wait(10)


async def until(pilot: Pilot[int], seen: Callable[[], bool], what: str, within: float = 40.0) -> None:
    async with asyncio.timeout(within):
        while not seen():
            await pilot.pause(0.1)
    await pilot.pause(0.3)


def keep(app: App[int], path: Path, title: str) -> None:
    """The screen as SVG, with class names that do not change from one run to the next."""
    svg = app.export_screenshot(title=title)
    names = sorted(set(re.findall(r"terminal-(\d+)", svg)))
    for number, name in enumerate(names):
        svg = svg.replace(f"terminal-{name}", f"terminal-{path.stem}{number}")
    # no font is fetched from elsewhere by whoever looks at the picture
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
    path.write_text(svg, encoding="utf-8")
    print(path)


async def pictures(folder: Path, out: Path) -> None:
    with lab(folder) as (url, token), contextlib.closing(Spool(folder / "desk.spool")) as spool:
        phone = PhoneLink("pjsua2", PhoneSettings(user="poste"), SoundChoice(none=True), folder / "phone.log")
        app = DeskApp(RoomLink(url, token, spool, exports=folder), phone, settings=Settings(), agent_name="Camille Ferrand")
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.state.link == "up" and bool(app.state.brief), "the room")
            await pilot.press("enter")
            await until(pilot, lambda: app.state.agent.state == "not_ready", "signed in")
            await pilot.press("alt+0")
            await pilot.press("down", "enter", "enter")
            await until(pilot, lambda: app.state.sitting.get("current") == "S4", "S4 begun")
            await pilot.press("ctrl+r")
            await until(pilot, lambda: bool(app.state.contact_id) and app.state.call is not None, "the call and the file")
            keep(app, out / "sonnerie.svg", "Plateau : un appel est présenté")
            await pilot.press("f3")
            await until(pilot, lambda: bool(app.state.captions), "the customer speaks")
            keep(app, out / "appel.svg", "Plateau : en conversation")
            await pilot.press("alt+2")
            await pilot.pause(0.5)
            keep(app, out / "commande.svg", "Plateau : la commande")
            await pilot.press("f4")
            await until(pilot, lambda: app.state.agent.state == "wrap_up", "wrap-up")
            await pilot.press("f8")
            await pilot.pause(0.5)
            keep(app, out / "qualification.svg", "Plateau : la qualification")


async def room_pictures(folder: Path, out: Path) -> None:
    """A juror who plays the customer, then observes while a colleague does."""
    with ExamRoom(folder) as room, Desk(room, "poste1") as desk:
        enrolment = await enrol(room.url, await asyncio.to_thread(room.code, "jury1"), "console")
        settings = await asyncio.to_thread(prepare_phone, enrolment, folder / "console")
        says = tone_file(folder / "console.wav", TONES["jury3"], 120.0)
        sound = SoundChoice(mic_file=says, speaker_file=str(folder / "console-heard.wav"))
        phone = PhoneLink("pjsua2", settings, sound, folder / "console.log")
        app = JuryApp(JuryLink(room.url, enrolment.token, trust=verified_by(enrolment.ca_pem)), phone, settings=Settings())
        await asyncio.to_thread(desk.sign_in)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.state.phone.registration == "registered" and bool(app.state.view), "the room")
            await pilot.press("enter")
            await pilot.pause(0.5)
            await pilot.press("1")
            await until(pilot, lambda: bool(app.state.sheets), "the sheet")
            await pilot.press("f3")
            await asyncio.to_thread(desk.terminal.wait_for, "SONNE")
            desk.terminal.keys("F3")
            await asyncio.to_thread(desk.terminal.wait_for, "En communication")
            await pilot.pause(3)
            keep(app, out / "jury-client.svg", "Plateau : le jury joue le client")
            await pilot.press("f4")
            await asyncio.to_thread(desk.qualify, ["INFO_DONNEE"], comment="duplicata promis")
            await asyncio.to_thread(desk.ready)
            await pilot.press("f2", "enter")
            await pilot.pause(0.5)
            await pilot.press("2")
            await until(pilot, lambda: app.state.view["me"]["role"] == "observer", "the observer's seat")
            async with place(room, "jury2", "role_player", "poste1") as colleague:
                await pilot.press("f5")
                await colleague.call("S1")
                await asyncio.to_thread(desk.terminal.wait_for, "SONNE")
                desk.terminal.keys("F3")
                await until(pilot, lambda: app.state.hearing.ear is Ear.HEARING, "somebody speaks")
                await pilot.pause(2)
                keep(app, out / "jury-ecoute.svg", "Plateau : le jury écoute et suit le poste")


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(pictures(Path(folder), out))
        asyncio.run(room_pictures(Path(folder) / "salle", out))


if __name__ == "__main__":
    main()
