"""The room of a rehearsal as the people in it have it: its server, which may be killed and started again, and a way in by code."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cti.exchange.asterisk.plan import new_plan, save_plan
from scenarios.rehearsal.clock import Clock
from scenarios.room.enrolment import DeskSide, Hello, normalised
from scenarios.room.open import EXCHANGE, manager_token

RETRY = 0.1  # real seconds
PATIENCE = 180.0  # real seconds without an answer before the rehearsal gives up
STARTS_WITHIN = 150.0


class RehearsalFailed(Exception):
    """Something did not go as it must; the message, in French, says what."""


class RehearsedRoom:
    """`stations` candidates' places, two jury seats each. `start` returns once it serves."""

    def __init__(self, folder: Path, pack: Path, day: dt.date, stations: int, begins: dt.datetime, speed: float) -> None:
        self.folder, self.pack, self.day, self.stations = folder, pack, day, stations
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / EXCHANGE).exists():
            save_plan(new_plan("127.0.0.1", stations=stations, juries=2 * stations, mode="exam"), folder / EXCHANGE)
        self.clock = Clock(folder, begins, speed)
        self.traffic = Traffic(self.clock)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    async def start(self) -> None:
        line = await asyncio.wait_for(asyncio.to_thread(self._start), STARTS_WITHIN)
        if not line:
            raise RehearsalFailed(f"Le serveur de la répétition ne démarre pas : voir {self.folder / 'server.log'}.")
        self.traffic.serves.set()

    def _start(self) -> bytes:
        """The line it says once it serves; empty when it ends before."""
        words = [sys.executable, "-m", "scenarios.rehearsal.server", str(self.folder), str(self.pack), self.day.isoformat(), str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    async def kill(self, minutes: float) -> None:
        """As a power cut does it; and started again, so many minutes of the rehearsal later."""
        assert self.process is not None
        with self.clock.stands():
            self.traffic.serves.clear()
            self.process.kill()
            await self._gone()
            self.deaths += 1
            self.clock.lapse(minutes)
            await self.start()

    async def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            await self._gone()

    async def _gone(self) -> None:
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        await asyncio.to_thread(self.process.wait)
        self.process.stdin.close()
        self.process.stdout.close()

    # --- people -------------------------------------------------------------------------------------

    async def enter(self, places: Sequence[str]) -> dict[str, Someone]:
        """Somebody let in at each of these places by a code, as a machine is."""
        manager = Someone("responsable", self.url, manager_token(self.folder), self.traffic)
        nobody = Someone("", self.url, "", self.traffic)
        try:
            return {place: await self._let_in(manager, nobody, place) for place in places}
        finally:
            await manager.leave()
            await nobody.leave()

    async def _let_in(self, manager: Someone, nobody: Someone, place: str) -> Someone:
        code = (await manager.ask("POST", f"/manage/places/{place}/code"))["code"]
        side = DeskSide(Hello.read(await nobody.ask("GET", "/enrol/hello")), normalised(code), "répétition")
        request = await asyncio.to_thread(side.request)
        body = {part: getattr(request, part) for part in ("server_nonce", "client_nonce", "device", "proof")}
        grant = await asyncio.to_thread(side.believe, await nobody.ask("POST", "/enrol", body))
        return Someone(place, self.url, grant.token, self.traffic)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Traffic:
    """What all the requests share. `serves`: the server is there; `asked`: how many were made."""

    clock: Clock
    serves: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    wanted: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self) -> None:
        self.asked += 1
        if self.asked == self.wanted:
            self.reached.set()

    async def more(self, requests: int) -> None:
        """Until that many more were begun: the last of them is on its way."""
        self.wanted = self.asked + requests
        self.reached.clear()
        await self.reached.wait()


@dataclass
class Someone:
    """One person's way to the room. `confirmed`: every write the room said yes to, as (path, body), in order."""

    name: str
    url: str
    token: str = field(repr=False)
    traffic: Traffic = field(repr=False)
    confirmed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self._http = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE)

    async def leave(self) -> None:
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, refused: Sequence[int] = (), keep: bool = True
    ) -> dict[str, Any]:
        """The answer. A server that is away is asked again until it is back, with the same `write_id`: nothing is done twice. Raises
        RehearsalFailed for a refusal that is not among `refused`, whose problem is the answer."""
        self.traffic.count()
        with self.traffic.clock.stands():
            answer = await self._answer(method, path, body)
        told: dict[str, Any] = json.loads(answer.content or b"{}") if "json" in answer.headers.get("content-type", "") else {}
        if answer.is_success:
            if method != "GET" and body is not None and keep:
                self.confirmed.append((path, body))
            return told
        if answer.status_code in refused:
            return {"refused": answer.status_code, **told}
        raise RehearsalFailed(f"{self.name} : {method} {path} refusé ({answer.status_code}) : {told.get('title', answer.text[:200])}")

    async def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.traffic.serves.wait()
                    try:
                        answer = await self._http.request(method, path, json=body)
                        if answer.status_code not in (500, 502, 503):
                            return answer
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(RETRY)
        except TimeoutError:
            raise RehearsalFailed(f"{self.name} : {method} {path} reste sans réponse.") from None


def write(**body: Any) -> dict[str, Any]:
    """A body with a `write_id` of its own."""
    return {"write_id": uuid.uuid4().hex, **body}
