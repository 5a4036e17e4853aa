"""A machine of a room without a screen: enrolled, its phone registered, checked by the room exactly as a desk's or a console's is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from cti.messages import Fact, LevelsMeasured, RegisterAccount
from cti.phone.audio.station_sound import SoundChoice
from cti.phone.client import PhoneClient
from workstation.check.machine import MachineCheck
from workstation.desk.softphone_facts import fact_told
from workstation.desk.state import DeskState
from workstation.links.check_link import CheckLink
from workstation.links.enrol_link import Enrolment, enrol, verified_by
from workstation.links.enrolled_phone import prepare_phone
from workstation.links.printer_probe import probe_printer


class HeadlessMachine:
    """`heard` holds the facts that would have gone on to the desk: none of the check's own calls. `offset`: its clock's error, seconds."""

    def __init__(self, enrolment: Enrolment, phone: PhoneClient, printer: str = "", offset: float = 0.0) -> None:
        self.enrolment, self.phone = enrolment, phone
        self.state, self.heard, self.said = DeskState(), list[Fact](), list[str]()
        trust = verified_by(enrolment.ca_pem) if enrolment.ca_pem else None
        self.check = MachineCheck(
            CheckLink(enrolment.url, enrolment.token, trust),
            phone.send,
            lambda: self.state,
            lambda text, tone: self.said.append(text),
            printer=printer,
            probe_printer=probe_printer,
            clock=lambda: time.time() + offset,
        )

    def told(self, fact: Fact) -> None:
        if self.check.takes(fact) or isinstance(fact, LevelsMeasured):
            return
        self.heard.append(fact)
        self.state = fact_told(self.state, fact, time.time())

    async def account(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.enrolment.token}"}
        trust = verified_by(self.enrolment.ca_pem) if self.enrolment.ca_pem else True
        async with httpx.AsyncClient(base_url=self.enrolment.url, headers=headers, verify=trust, trust_env=False) as http:
            answer = await http.get("/cti/account")
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

    async def register(self) -> None:
        told = await self.account()
        self.phone.send(RegisterAccount(told["user"], told["password"], told["server"], told["transport"], told["label"]))

    async def until(self, true: Callable[[], object], what: str, within: float = 40.0) -> None:
        limit = time.monotonic() + within
        while not true():
            assert time.monotonic() < limit, f"{self.enrolment.place}: {what}: not in {within:g} s; {self.state.phone}"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def headless(
    url: str, code: str, folder: Path, *, mic_file: str, register: bool = True, printer: str = "", offset: float = 0.0
) -> AsyncIterator[HeadlessMachine]:
    enrolment = await enrol(url, code, f"PC-{folder.name}")
    settings = await asyncio.to_thread(prepare_phone, enrolment, folder)
    sound = SoundChoice(mic_file=mic_file, speaker_file=str(folder / "heard.wav"))
    made: list[HeadlessMachine] = []
    phone = PhoneClient("pjsua2", settings, sound, log=folder / "phone.log", on_fact=lambda fact: made[0].told(fact))
    made.append(machine := HeadlessMachine(enrolment, phone, printer, offset))
    async with phone, asyncio.TaskGroup() as group:
        await machine.until(lambda: machine.state.phone.state == "ready", "its phone")
        if register:
            await machine.register()
            await machine.until(lambda: machine.state.phone.registration == "registered", "its registration")
        checked = group.create_task(machine.check.run())
        yield machine
        checked.cancel()
