"""The people of a rehearsal: a candidate at each station, two jurors for each, an invigilator, the session manager.

They act as people would through the routes their consoles use, at the pace of the rehearsal's clock; what they write is made up, what
the room answers is real.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.grid import Mark
from scenarios.pack import Pack, Simulation
from scenarios.pack_load import Loaded, PackErrors, read_pack
from scenarios.rehearsal.clock import Clock
from scenarios.rehearsal.room import Someone, write

LOOK = 1.0  # minutes between two looks at what others do
LOOK_AGAIN = 5.0  # minutes at most between two looks at a clock that says when it ends
NOT_NOW = (409, 423)
CONTACT_MINUTES = 3.0  # that a conversation lasts


class Stage:
    """What everybody shares. `chance` is seeded: a rehearsal can be played again."""

    def __init__(self, clock: Clock, pack: Path, day: dt.date, chance: random.Random) -> None:
        self.clock, self.chance = clock, chance
        self._path, self._day = pack, day
        self._subjects: dict[str, Loaded] = {}

    def pack(self, subject: str = "") -> Pack:
        """The pack as one candidate has it. Raises PackErrors."""
        if subject not in self._subjects:
            self._subjects[subject] = read_pack(self._path, self._day, subject, next(iter(self._subjects.values()), None))
        loaded = self._subjects[subject]
        if loaded.pack is None or loaded.problems:
            raise PackErrors(loaded.problems)
        return loaded.pack

    async def look_away(self, course: Mapping[str, Any], *, waits: bool = False) -> None:
        """Until there may be something new in this course; `waits`: somebody else may do something at any moment."""
        phases: list[dict[str, Any]] = course.get("phases") or []
        phase: dict[str, Any] = next((one for one in phases if one["id"] == course.get("phase")), {})
        ends = phase.get("ends_at") or phase.get("grace_ends_at")
        if waits or not ends:
            await self.clock.minutes(LOOK)
            return
        again = self.clock() + dt.timedelta(minutes=LOOK_AGAIN)
        await self.clock.until(max(min(dt.datetime.fromisoformat(ends), again), self.clock() + dt.timedelta(seconds=1)))


class Candidate:
    def __init__(self, stage: Stage, me: Someone, pack: Pack) -> None:
        self.stage, self.me, self.pack = stage, me, pack
        self.open_too_early: list[str] = []  # what the preparation must not open, and did

    async def course(self) -> dict[str, Any]:
        told: dict[str, Any] = (await self.me.ask("GET", "/sitting"))["course"] or {}
        return told

    async def play(self) -> None:
        """Until the passage is over."""
        done: set[str] = set()
        while not (course := await self.course()).get("over"):
            phase = str(course.get("phase") or "")
            if phase and phase not in done and course["opens"]:
                done.add(phase)
                await {"preparation": self._prepare, "contacts": self._contacts, "written": self._write}[phase]()
                continue
            await self.stage.look_away(course)

    async def _prepare(self) -> None:
        await self.me.ask("GET", "/sitting/brief", refused=NOT_NOW)
        for method, path in (("GET", "/crm/search?q=martin"), ("POST", "/cti/agent"), ("GET", "/crm/products?q=")):
            answer = await self.me.ask(method, path, write(order="sign_in") if method == "POST" else None, refused=NOT_NOW, keep=False)
            if not answer.get("refused") and (await self.course())["phase"] == "preparation":
                self.open_too_early.append(path)

    async def _contacts(self) -> None:
        for order in ("sign_in", "ready"):
            await self._patiently("POST", "/cti/agent", write(order=order))
        played: set[str] = set()
        while True:
            sitting = await self.me.ask("GET", "/sitting")
            course = sitting["course"]
            if course["phase"] != "contacts":
                return
            current = sitting["current"]
            if current and current not in played and "work" in course["opens"]:
                played.add(current)
                await self._contact(self.pack.simulation(current))
            else:
                await self.stage.look_away(course, waits=any(one["state"] != "terminée" for one in sitting["simulations"]))

    async def _patiently(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Again when the clock stands, not once the phase is over."""
        while True:
            answer = await self.me.ask(method, path, body, refused=NOT_NOW)
            if answer.get("refused") != 423 or not (await self.course()).get("frozen"):
                return answer
            await self.stage.clock.minutes(LOOK)

    async def _contact(self, simulation: Simulation) -> None:
        key = f"k-{uuid.uuid4().hex[:12]}"
        if simulation.channel == "chat":
            key = await self._chat(simulation.id)
            if not key:  # cut short by an incident
                await self._patiently("POST", "/cti/agent", write(order="ready"))
                return
        else:
            first = "CallPlaced" if simulation.direction == "sortant" else "CallOffered"
            target = {"target": f"sip:{simulation.persona.number}@x"} if first == "CallPlaced" else {"caller": simulation.persona.number}
            offered = {"caller_name": "", "called": "", "queue": simulation.queue} if first == "CallOffered" else {}
            await self._fact(first, key, **target, **offered)
            await self._fact("CallAnswered", key, codec="PCMA", encrypted=True)
        who = simulation.persona.contact_id
        if who:
            await self._patiently("GET", f"/crm/contacts/{who}/file")
            note = write(version=0, fields={"contact_id": who, "text": f"Appel {simulation.id}"})
            await self._patiently("PUT", f"/crm/note/{uuid.uuid4()}", note)
        await self.stage.clock.minutes(CONTACT_MINUTES)
        if simulation.channel != "chat":
            await self._fact("CallEnded", key, cause="hung_up", by="remote", sip_code=0, reason="", answered=True, seconds=60.0)
        fields = {
            "contact_id": who, "call_key": key, "result": "ABOUTI", "codes": [self._code(simulation)],
            "channel": "chat" if simulation.channel == "chat" else "téléphone", "direction": simulation.direction,
        }  # fmt: skip
        await self._patiently("PUT", f"/crm/interaction/{uuid.uuid4()}", write(version=0, fields=fields) | {"call_key": key})
        await self._patiently("POST", "/cti/agent", write(order="ready"))

    def _code(self, simulation: Simulation) -> str:
        return str(self.pack.codes.competences[simulation.competence][0].code)

    async def _chat(self, simulation: str) -> str:
        """The conversation the jury opens, accepted, answered and closed; its id, "" when the simulation ended before."""
        while (await self.me.ask("GET", "/sitting"))["current"] == simulation:
            for chat in (await self.me.ask("GET", "/chat"))["chats"]:
                if not chat["closed_at"]:
                    path = f"/chat/{chat['chat_id']}"
                    if (await self._patiently("POST", f"{path}/accept", write())).get("refused"):
                        return ""
                    await self._patiently("POST", f"{path}/messages", write(text="Bonjour, je vous écoute."))
                    await self._patiently("POST", f"{path}/close", write())
                    return str(chat["chat_id"])
            await self.stage.clock.minutes(LOOK)
        return ""

    async def _fact(self, kind: str, key: str, **fields: Any) -> None:
        told = {"type": kind, "call_id": f"id-{key}", "call_key": key, **fields}
        fact = {"id": uuid.uuid4().hex, "at": self.stage.clock().isoformat(), "fact": told}
        await self.me.ask("POST", "/cti/facts", {"facts": [fact]})

    async def _write(self) -> None:
        for simulation in self.pack.simulations:
            asked = simulation.written
            if asked is None or (await self.course())["phase"] != "written":
                continue
            ident = str(uuid.uuid4())
            fields = {
                "contact_id": simulation.persona.contact_id, "simulation": simulation.id, "channel": asked.channels[0],
                "subject": "Suite à notre appel", "body": "Madame, Monsieur,\n\nComme convenu.", "sent_to": "client@courriel.example",
            }  # fmt: skip
            await self._patiently("PUT", f"/crm/reply/{ident}", write(version=0, fields=fields))
            await self._patiently("PUT", f"/crm/reply/{ident}", write(version=1, fields={"status": "remise"}))


class RolePlayer:
    """Plays the simulations of the session one after the other, then decides with the observer."""

    def __init__(self, stage: Stage, me: Someone, station: str, pack: Pack) -> None:
        self.stage, self.me, self.station, self.pack = stage, me, station, pack

    async def play(self, over: asyncio.Event) -> None:
        await self.me.ask("PUT", "/jury/seat", {"role": "role_player", "station": self.station}, keep=False)
        while not over.is_set():
            course = await self._course()
            simulation = await self._next() if course.get("phase") == "contacts" and "work" in course["opens"] else None
            if simulation is None:
                await self.stage.look_away(course, waits=course.get("phase") == "contacts")
                continue
            started = await self._start(simulation)
            if started.get("refused"):
                await self.stage.clock.minutes(LOOK)
                continue
            await self._reveal(simulation)
            await self._end(simulation, over)

    async def _course(self) -> dict[str, Any]:
        candidates = (await self.me.ask("GET", "/session")).get("candidates") or []
        return next((one["course"] or {} for one in reversed(candidates) if one["station"] == self.station), {})

    async def _next(self) -> Simulation | None:
        room = await self.me.ask("GET", "/jury/room")
        station = next(one for one in room["stations"] if one["id"] == self.station)
        if station["agent"]["state"] != "ready":
            return None
        to_do = next((one["id"] for one in station["simulations"] if one["state"] == "à faire"), None)
        return self.pack.simulation(to_do) if to_do else None

    async def _start(self, simulation: Simulation) -> dict[str, Any]:
        if simulation.channel == "chat":
            chat = write(chat_id=f"c-{uuid.uuid4().hex[:10]}", simulation=simulation.id)
            return await self.me.ask("POST", "/chat", chat, refused=NOT_NOW)
        return await self.me.ask("POST", f"/jury/simulations/{simulation.id}/start", write(), refused=NOT_NOW)

    async def _reveal(self, simulation: Simulation) -> None:
        for fact in simulation.persona.hidden[:1]:
            await self.me.ask("PUT", "/jury/grid/reveals", write(simulation=simulation.id, fact=fact.id))

    async def _end(self, simulation: Simulation, over: asyncio.Event) -> None:
        """Once there was time for the conversation; the room refuses while it lasts, and while the clock stands."""
        await self.stage.clock.minutes(CONTACT_MINUTES)
        while not over.is_set():
            body = write()
            answer = await self.me.ask("POST", f"/jury/simulations/{simulation.id}/end", body, refused=NOT_NOW)
            if not answer.get("refused") or answer.get("error_id") == "already_over":
                return
            await self.stage.clock.minutes(LOOK)


class Observer:
    """Marks every criterion, notes, pins; shares once the technical interview has begun."""

    def __init__(self, stage: Stage, me: Someone, station: str) -> None:
        self.stage, self.me, self.station = stage, me, station

    async def sit(self) -> None:
        await self.me.ask("PUT", "/jury/seat", {"role": "observer", "station": self.station}, keep=False)

    async def mark(self, minutes: float) -> None:
        """Over so many minutes."""
        grid = await self.me.ask("GET", "/jury/grid")
        for competence in grid["competences"]:
            for criterion in competence["criteria"]:
                await self.me.ask("PUT", "/jury/grid/marks", write(criterion=criterion, value=self.stage.chance.choice(list(Mark))))
            pinned = competence["id"] in grid["session"]["interview"]
            note = {"text": f"Relevé en {competence['id']}", "competence": competence["id"], "pinned": pinned}
            await self.me.ask("PUT", f"/jury/grid/notes/{uuid.uuid4()}", note)
            await self.stage.clock.minutes(minutes / len(grid["competences"]))


async def deliberate(player: Someone, observer: Someone) -> None:
    """Both share, then decide everything, one proposing and the other agreeing."""
    for one in (player, observer):
        await one.ask("POST", "/jury/grid/share")
    grid = await player.ask("GET", "/jury/grid")
    for subject in grid["subjects"]:
        decision = {"id": str(uuid.uuid4()), "subject": subject, "outcome": "acquis", "reason": "Au vu des situations jouées."}
        await player.ask("POST", "/jury/grid/decisions", decision)
        await observer.ask("POST", f"/jury/grid/decisions/{decision['id']}/assent")
    for what in ("dossier_professionnel", "ecf"):
        await observer.ask("PUT", "/jury/grid/exhibits", {"what": what, "remark": "vu"})
