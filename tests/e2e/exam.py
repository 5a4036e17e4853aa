"""A real room for end-to-end tests: its Asterisk, its room server, desks in terminals, jurors as people or by their API.

Everything is as a centre runs it: codes, certificates, TLS, SRTP. Sound is tones in WAV files; who heard what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import numpy as np

from crm_mock import journal
from crm_mock.journal import JournalRow
from cti.exchange.asterisk.plan import Mode
from cti.message_lines import encode
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallOffered,
    LevelsMeasured,
    MediaFlowed,
    Order,
    PhoneStarted,
    PlaceCall,
    RegisterAccount,
    RegistrationChanged,
    VolumeChanged,
)
from cti.phone.audio.port import RATE
from cti.phone.audio.station_sound import SoundChoice
from tests.cti.asterisk.room_exchange import RoomExchange
from tests.cti.audio.measure import tone_file
from tests.cti.test_phone_process import F, Watched, running
from tests.e2e.lab import SLOW, Lab, sound_of
from tests.scenarios.pack_folders import lean_marvalune
from tests.terminal import Terminal, plateau
from workstation.links.enrol_link import Enrolment, enrol, verified_by
from workstation.links.enrolled_phone import prepare_phone
from workstation.links.manage_link import ManageLink

REPO = Path(__file__).parents[2]
DAY = dt.date(2026, 11, 23)
READY_WITHIN = 60.0  # seconds: a room server that starts on a busy machine
TONES = {"poste1": 610.0, "poste2": 1130.0, "jury1": 860.0, "jury2": 1580.0, "jury3": 2030.0, "jury4": 2470.0, "jury5": 2890.0}
# Hz; none is a harmonic of another, nor near the 440 Hz of French tones
PRESENT, ABSENT = 0.02, 0.002  # amplitude of a tone that is there, and of one of which there is no trace


class ExamRoom:
    """`with ExamRoom(tmp_path) as room:`; `folder` is the room's, `exchange` its Asterisk."""

    program = "scenarios.room"  # what serves it

    def __init__(
        self, root: Path, *, stations: int = 2, juries: int = 3, mode: Mode = "exam", pack: Path | None = None, **more: Any
    ) -> None:
        self.root, self.pack = root, pack or lean_marvalune(root)
        self.exchange = RoomExchange(root, stations=stations, juries=juries, mode=mode, **more)
        self.folder = self.exchange.folder.parent
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.on_its_machine: dict[str, Callable[[list[str]], list[str]]] = {}  # by place: the words that run something there
        self._port = "0"

    def __enter__(self) -> ExamRoom:
        self.exchange.__enter__()
        try:
            self.start()
        except BaseException:
            self.exchange.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"--- the room server\n{self.log()[-3000:]}")
        self.kill()
        self.exchange.__exit__(kind, error, trace)

    # --- the room server ----------------------------------------------------------------------------

    def start(self, *options: str) -> float:
        """Seconds until it served. `options` go to the command."""
        began = time.monotonic()
        command = [sys.executable, "-m", self.program, "--room", str(self.folder), "--pack", str(self.pack)]
        command += ["--day", DAY.isoformat(), "--port", self._port, "--name", "Salle d'essai", *options]
        with (self.root / "room.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, cwd=REPO, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        ready = json.loads(line)
        self.url, self._port = ready["url"], str(ready["port"])
        return time.monotonic() - began

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def log(self) -> str:
        path = self.root / "room.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # --- places -------------------------------------------------------------------------------------

    def code(self, place: str) -> str:
        with ManageLink(self.folder) as link:
            return link.code(place)["code"]

    def revoke(self, place: str) -> None:
        with ManageLink(self.folder) as link:
            link.revoke(place)

    def desk(self, place: str, *, columns: int = 120, lines: int = 36, speaks: bool = True) -> Terminal:
        """`plateau desk` in a terminal, let in by a code; its microphone says the place's tone, its headset is `<place>-heard.wav`."""
        return Terminal(self._command("desk", place, speaks), columns=columns, lines=lines, environment=self._environment(place))

    def reopened_desk(self, place: str) -> Terminal:
        """As whoever sits there opens it the next time: no address, no code."""
        command = plateau("desk", "--data", str(self.root / place), "--no-sound")
        return Terminal(command, environment=self._environment(place))

    def console(self, place: str, *, columns: int = 120, lines: int = 36, speaks: bool = True) -> Terminal:
        """`plateau jury` likewise."""
        return Terminal(self._command("jury", place, speaks), columns=columns, lines=lines, environment=self._environment(place))

    def _command(self, what: str, place: str, speaks: bool) -> list[str]:
        mic = ["--mic", tone_file(self.root / f"{place}-says.wav", TONES[place], 600.0)] if speaks else []
        heard = str(self.heard_file(place))
        words = plateau(what, "--room", self.url, "--code", self.code(place), "--data", str(self.root / place), *mic, "--speaker", heard)
        return self.on_its_machine.get(place, list)(words)

    def _environment(self, place: str) -> dict[str, str]:
        return {"PLATEAU_HOME": str(self.root / f"home-{place}"), "PYTHONFAULTHANDLER": "1"}

    def heard_file(self, place: str) -> Path:
        return self.root / f"{place}-heard.wav"

    # --- sittings -----------------------------------------------------------------------------------

    def case_file(self, station: str) -> Path:
        return max((self.folder / "sittings" / station).glob("*/casefile.db"), key=lambda path: path.stat().st_mtime)

    def rows(self, station: str, kind: str = "", since: int = 0, **fields: Any) -> list[JournalRow]:
        """Rows of that station's journal whose data has these fields."""
        conn = sqlite3.connect(f"file:{self.case_file(station)}?mode=ro", uri=True, timeout=5)
        conn.row_factory = sqlite3.Row
        try:
            found = [row for row in journal.rows(conn, since) if not kind or row.kind == kind]
        finally:
            conn.close()
        return [row for row in found if all(row.data.get(name) == value for name, value in fields.items())]

    def last_seq(self, station: str) -> int:
        return max((row.seq for row in self.rows(station)), default=0)

    def wait_row(self, station: str, kind: str, *, since: int = 0, within: float = 40.0, **fields: Any) -> JournalRow:
        row: JournalRow = self.wait(
            lambda: next(iter(self.rows(station, kind, since, **fields)), None), f"{kind} {fields} at {station}", within
        )
        return row

    def wait(self, what: Callable[[], Any], words: str, within: float = 40.0) -> Any:
        """The first true answer. Raises AssertionError with the words and the last rows of each station."""
        deadline = time.monotonic() + within
        while True:
            try:
                answer = what()
            except (ValueError, sqlite3.OperationalError):  # not there yet
                answer = None
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(f"never within {within:g} s: {words}\n{self._last_rows()}")
            time.sleep(0.1)

    def _last_rows(self) -> str:
        told = []
        for folder in sorted((self.folder / "sittings").iterdir()):
            told += [
                f"{folder.name} {r.seq} {r.kind} {r.call_key} {r.data}"[:220] for r in self.rows(folder.name) if r.kind != "CallQuality"
            ][-20:]
        return "\n".join(told)

    # --- sound --------------------------------------------------------------------------------------

    def mark(self, place: str) -> int:
        """Where the recording of that place's headset is now, in samples."""
        return len(sound_of(self.heard_file(place)))

    def hears(self, place: str, *, since: int = 0, until: int | None = None) -> dict[str, float]:
        """How loud each place's tone is in what this place heard, 0..1."""
        return tones_in(sound_of(self.heard_file(place))[since:until])

    def wait_hears(self, place: str, *others: str, since: int, seconds: float = 1.0, within: float = 30.0) -> int:
        """Until the last `seconds` heard there hold the tones of exactly these others; the sample at which that was so."""

        def so() -> int:
            sound = sound_of(self.heard_file(place))
            if len(sound) - since < seconds * RATE:
                return 0
            loud = tones_in(sound[-int(seconds * RATE) :])
            wanted = all(loud[other] > PRESENT for other in others)
            stray = [name for name, level in loud.items() if name not in others and level > ABSENT]
            return len(sound) if wanted and not stray else 0

        at: int = self.wait(so, f"{place} to hear {others}, and hears {self.hears(place, since=since)}", within)
        return at


def tones_in(sound: Any) -> dict[str, float]:
    """Amplitude of each place's tone, by correlation with it over the whole of the sound."""
    if not len(sound):
        return dict.fromkeys(TONES, 0.0)
    at = np.arange(len(sound)) / RATE
    return {place: float(2 * abs(np.mean(sound * np.exp(-2j * np.pi * hertz * at)))) for place, hertz in TONES.items()}


class Place:
    """A machine of the room without a screen: the same API and the same phone as the desk's or the console's."""

    def __init__(self, room: ExamRoom, enrolment: Enrolment, http: httpx.AsyncClient, watched: Watched) -> None:
        self.room, self.id, self.http, self.watched = room, enrolment.place, http, watched

    def send(self, order: Order) -> None:
        self.watched.phone.send(order)

    async def wait(self, kind: type[F], where: Callable[[F], bool] = lambda _: True, after: int = 0, deadline: float = 15.0) -> F:
        return await self.watched.wait(kind, where, after, deadline)

    @property
    def now(self) -> int:
        """How many facts its phone has told."""
        return len(self.watched.facts)

    async def answer(self, after: int = 0, deadline: float = 15.0) -> CallOffered:
        """Take the next call offered after that many facts."""
        offered = await self.wait(CallOffered, after=after, deadline=deadline)
        self.send(AnswerCall(offered.call_id))
        await self.wait(CallAnswered, lambda fact: fact.call_id == offered.call_id, after)
        return offered

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = await self.http.request(method, path, json=body or None)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    # --- of a juror ---------------------------------------------------------------------------------

    async def sit(self, role: str, station: str) -> None:
        await self.ask("PUT", "/jury/seat", role=role, station=station)

    async def call(self, simulation: str) -> str:
        """Call the candidate as the customer; the phone's id of the call."""
        made = await self.ask("POST", "/jury/calls", write_id=uuid.uuid4().hex, simulation=simulation)
        self.send(PlaceCall(made["call_key"], made["target"], made["call_key"], headers=made["headers"]))
        return str(made["call_key"])

    async def listen(self, mode: str = "listen") -> str:
        made = await self.ask("POST", "/jury/listening", mode=mode)
        self.send(PlaceCall(made["call_key"], made["target"], made["call_key"], listen_only=mode == "listen"))
        await self.wait(CallAnswered, lambda fact: fact.call_id == made["call_key"])
        return str(made["call_key"])

    # --- of a station -------------------------------------------------------------------------------

    async def order(self, order: str) -> None:
        await self.ask("POST", "/cti/agent", write_id=uuid.uuid4().hex, order=order)

    async def dial(self, number: str) -> str:
        """As the desk does it; the phone's id of the call."""
        found = (await self.http.get("/cti/dial", params={"number": number})).json()
        call_id = f"c-{uuid.uuid4().hex}"
        self.send(PlaceCall(call_id, found["target"], call_id))
        return call_id

    async def ready_again(self, call_key: str, within: float = 30.0) -> None:
        """The call is over, qualified; the next may come."""
        await self.agent_is("wrap_up", within)
        fields = {"call_key": call_key, "result": "ABOUTI", "contact_id": "vasserand-odile"}
        await self.ask("PUT", f"/crm/interaction/{uuid.uuid4()}", write_id=str(uuid.uuid4()), version=0, fields=fields, call_key=call_key)
        await self.agent_is("not_ready", within)
        await self.order("ready")

    async def agent_is(self, state: str, within: float = 30.0) -> None:
        deadline, told = time.monotonic() + within, ""
        while (told := (await self.ask("GET", "/cti/station"))["agent"]["state"]) != state:
            assert time.monotonic() < deadline, f"{self.id} is {told}, never {state}"
            await asyncio.sleep(0.05)

    async def tell_facts(self) -> None:
        """What the phone tells goes to the room, as a desk's spool does it, until cancelled."""
        told = 0
        while True:
            waiting, told = self.watched.facts[told:], self.now
            at = dt.datetime.now(dt.UTC).isoformat()
            facts = [
                {"id": uuid.uuid4().hex, "at": at, "fact": json.loads(encode(fact))}
                for fact in waiting
                if not isinstance(fact, (LevelsMeasured, MediaFlowed, VolumeChanged))
            ]
            if facts:
                await self.ask("POST", "/cti/facts", facts=facts)
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def place(room: ExamRoom, name: str, role: str = "", station: str = "", says: str = "") -> AsyncIterator[Place]:
    """Let in, registered; a juror takes his seat, a station says that it is ready. Its tone, or the WAV file `says`, is said whenever its
    phone may speak."""
    code = await asyncio.to_thread(room.code, name)
    enrolment = await enrol(room.url, code, f"PC-{name}")
    settings = await asyncio.to_thread(prepare_phone, enrolment, room.root / name)
    says = says or tone_file(room.root / f"{name}-says.wav", TONES[name], 120.0)
    sound = SoundChoice(mic_file=says, speaker_file=str(room.heard_file(name)))
    fields = {name: getattr(settings, name) for name in settings.__dataclass_fields__ if name != "user"}
    headers = {"Authorization": f"Bearer {enrolment.token}"}
    async with (
        httpx.AsyncClient(base_url=room.url, headers=headers, verify=verified_by(enrolment.ca_pem), trust_env=False, timeout=10) as http,
        running(room.root, name, sound=sound, **fields) as watched,
        asyncio.TaskGroup() as group,
    ):
        one = Place(room, enrolment, http, watched)
        await one.wait(PhoneStarted)
        account = await one.ask("GET", "/cti/account")
        one.send(RegisterAccount(account["user"], account["password"], account["server"], account["transport"], account["label"]))
        await one.wait(RegistrationChanged, lambda fact: fact.state == "registered")
        telling = group.create_task(one.tell_facts()) if enrolment.kind == "station" else None
        if enrolment.kind == "station":
            await one.order("sign_in")
            await one.order("ready")
        elif role:
            await one.sit(role, station)
        yield one
        if telling is not None:
            telling.cancel()


class Desk(Lab):
    """A candidate's desk of the room in a terminal, with what the lab's tests know to do at one. Its simulations are the jury's."""

    def __init__(self, room: ExamRoom, station: str, *, columns: int = 120, lines: int = 36) -> None:
        self.room, self.station, self.pack, self.simulation = room, station, str(room.pack), ""
        self.heard_file, self._known = room.heard_file(station), {}
        self.terminal = room.desk(station, columns=columns, lines=lines)

    @property
    def folder(self) -> Path:
        return self.room.case_file(self.station).parent

    def logs(self) -> list[Path]:
        place = self.room.root / self.station
        return [*place.glob("sittings/*/desk.log"), place / "phone.log"]

    def sign_in(self, name: str = "Camille Renard") -> None:
        """Signed in and ready, its line registered."""
        self.terminal.wait_for("Prise de poste", "ligne enregistrée", within=SLOW)
        super().sign_in(name)
        self.ready()


class Console:
    """A juror's console in a terminal."""

    def __init__(self, room: ExamRoom, seat: str, *, columns: int = 120, lines: int = 36) -> None:
        self.room, self.seat = room, seat
        self.terminal = room.console(seat, columns=columns, lines=lines)

    def __enter__(self) -> Console:
        self.terminal.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"--- {self.seat}\n{self.terminal.screen()}")
        self.terminal.__exit__(kind, error, trace)

    def sits(self, role: str, station: int) -> None:
        """`role`: « Jouer le client » or « Observer », at the station of that rank in the list."""
        self.terminal.wait_for("Choisissez un poste", f"Poste {station}", "✓ ligne", within=SLOW)
        self.terminal.keys(*["Down"] * (station - 1), "Enter")
        self.terminal.wait_for("quel rôle ?", role)
        self.terminal.keys("1" if role == "Jouer le client" else "2")
        self.terminal.wait_gone("quel rôle ?")
        self.room.wait_row(f"poste{station}", "SeatTaken", seat=self.seat)
        self.terminal.wait_for("vous jouez le client" if role == "Jouer le client" else "vous observez")
