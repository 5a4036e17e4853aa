"""A session played from its opening to its archives, with what may go wrong in one: a late entry, extra time, an incident, a crash."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios.debrief_words import PHASES_FR
from scenarios.rehearsal.people import LOOK, Candidate, Observer, RolePlayer, Stage, deliberate
from scenarios.rehearsal.room import RehearsalFailed, RehearsedRoom, Someone, write
from scenarios.report.sitting_pages import CHOICES_FR
from scenarios.room.outputs import ARCHIVES

LATE_MINUTES, INCIDENT_AFTER, INCIDENT_MINUTES, GIVEN = 10, 8, 6, 90
INTERVIEW_SHARE = 0.8  # of an interview's planned time
MARKING_SHARE = 0.8  # of the preparation and the contacts, that an observer takes to fill the grid
PACK = "paquet"
OUTAGE = (0.2, 2.0)  # minutes that the room's server is away
DEPTH = 40  # requests at most between the moment of a crash and the request that meets it


@dataclass(frozen=True)
class Plan:
    """`speed`: seconds of the rehearsal in a real one at most, 0 as many as can be. `crashes`: times the room's server is killed, at random
    moments. Candidate 1 has a third more, 2 comes late, 3 has an incident and the time back (the last, when they are fewer), 4 an incident
    and the simulation replayed with a spare, where the pack has any."""

    kind: str = "titre"
    candidates: int = 4
    speed: float = 0.0
    crashes: int = 1
    seed: int = 1

    def third(self, place: int) -> bool:
        return place == 1

    def late(self, place: int) -> bool:
        return place == 2

    def incident(self, place: int) -> bool:
        return place == min(3, self.candidates)

    def replay(self, place: int) -> bool:
        return place == 4


@dataclass
class Played:
    """What was played: who was there, and what they hold confirmed."""

    room: RehearsedRoom
    plan: Plan
    session: dict[str, Any] = field(default_factory=dict)
    archives: dict[str, dict[str, Any]] = field(default_factory=dict)  # by candidate's number
    spares: bool = False  # of the pack
    simulations: dict[str, str] = field(default_factory=dict)  # of the pack, with their competences
    everybody: dict[str, Someone] = field(default_factory=dict)
    open_too_early: dict[str, list[str]] = field(default_factory=dict)

    @property
    def archive_folder(self) -> Path:
        return self.room.folder / ARCHIVES / str(self.session["id"])


def number_of(place: int) -> str:
    return f"{place:03}"


class Rehearsal:
    """`folder`, new, holds all that is made; `say` is told each step, in French."""

    def __init__(self, folder: Path, pack: Path, day: dt.date, plan: Plan, say: Callable[[str], None] = lambda words: None) -> None:
        self.plan, self.say = plan, say
        begins = dt.datetime.combine(day, dt.time(8), tzinfo=dt.UTC)
        kept = shutil.copytree(pack, folder / PACK)  # whoever writes in the pack meanwhile does not disturb
        self.room = RehearsedRoom(folder, kept, day, plan.candidates, begins, plan.speed)
        self.stage = Stage(self.room.clock, kept, day, random.Random(plan.seed))
        self.played = Played(self.room, plan)
        self.begun = begins

    async def play(self) -> Played:
        """Raises RehearsalFailed."""
        await self.room.start()
        try:
            await self._everybody_enters()
            await self._open()
            async with asyncio.TaskGroup() as group:
                around = [group.create_task(self.stage.clock.run()), group.create_task(self._crash())]
                await asyncio.gather(*(group.create_task(self._passage(place)) for place in range(1, self.plan.candidates + 1)))
                for task in around:
                    task.cancel()
            await self._end()
        except* RehearsalFailed as failures:
            raise _first(failures) from None
        finally:
            for one in self.played.everybody.values():
                await one.leave()
            await self.room.stop()
        return self.played

    # --- before -------------------------------------------------------------------------------------

    async def _everybody_enters(self) -> None:
        places = ["direction", "surveillance", *(f"poste{n}" for n in range(1, self.plan.candidates + 1))]
        places += [f"jury{n}" for n in range(1, 2 * self.plan.candidates + 1)]
        self.played.everybody = await self.room.enter(places)
        self.say(f"{len(places)} places sont occupées.")

    @property
    def manager(self) -> Someone:
        return self.played.everybody["direction"]

    async def _open(self) -> None:
        self.played.simulations = {one.id: one.competence for one in self.stage.pack().simulations}
        self.played.spares = bool(self.stage.pack().spares)
        jurors = [f"jury{n}" for n in range(1, 2 * self.plan.candidates + 1)]
        people = [{"place": place, "role": "juror", "name": f"Juré {place[4:]}"} for place in jurors]
        people.append({"place": "surveillance", "role": "invigilator", "name": "Surveillant"})
        await self.manager.ask(
            "POST", "/session", {"type": self.plan.kind, "title": "Répétition", "people": people, "settings": {"rehearsal": True}}
        )
        for place in range(1, self.plan.candidates + 1):
            jury = [f"jury{2 * place - 1}", f"jury{2 * place}"]
            body = {"number": number_of(place), "station": f"poste{place}", "jury": jury, "third": self.plan.third(place)}
            await self.manager.ask("POST", "/session/candidates", {**body, "starts_at": self.stage.clock().isoformat()})
            await self.manager.ask("POST", f"/session/candidates/{number_of(place)}/sitting")
        self.played.session = await self.manager.ask("GET", "/session")
        drawn = ", ".join(f"{one['number']} sujet {one['variant']}" for one in self.played.session["candidates"])
        self.say(f"{self.played.session['label']} : {self.plan.candidates} candidat(s) inscrit(s) ({drawn}).")

    # --- one candidate ------------------------------------------------------------------------------

    async def _passage(self, place: int) -> None:
        station = f"poste{place}"
        told = next(one for one in self.played.session["candidates"] if one["station"] == station)
        pack = self.stage.pack(told["variant"])
        candidate = Candidate(self.stage, self.played.everybody[station], pack)
        player = RolePlayer(self.stage, self.played.everybody[f"jury{2 * place - 1}"], station, pack)
        observer = Observer(self.stage, self.played.everybody[f"jury{2 * place}"], station)
        await observer.sit()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(player.play(over))
            group.create_task(candidate.play())
            watched = sum(one["seconds"] for one in self.played.session["phases"] if one["id"] in ("preparation", "contacts")) / 60
            marking = group.create_task(observer.mark(watched * MARKING_SHARE))
            if self.plan.incident(place):
                group.create_task(self._incident(place))
            if self.plan.replay(place) and self.played.spares:
                group.create_task(self._replay(place))
            await self._lead(place, player.me, observer.me, marking)
            over.set()
        self.played.open_too_early[number_of(place)] = candidate.open_too_early

    async def _lead(self, place: int, player: Someone, observer: Someone, marking: asyncio.Task[None]) -> None:
        """The manager's part: each phase in turn, until the passage is over."""
        station = f"poste{place}"
        if self.plan.late(place):
            await self.stage.clock.minutes(LATE_MINUTES)
        while not (course := await self._course(station))["over"]:
            if following := course["next"]:
                late = self.plan.late(place) and following == "preparation"
                body = write(phase=following, late=late)
                await self.manager.ask("POST", f"/session/stations/{station}/start", body)
                self.say(f"Candidat {number_of(place)} : {PHASES_FR.get(following, following)}{' (entrée tardive)' if late else ''}.")
            elif course["phase"].endswith("_interview") and not course["frozen"]:
                await marking
                await self._interview(station, course, player, observer)
            else:
                await self.stage.look_away(course)

    async def _interview(self, station: str, course: dict[str, Any], player: Someone, observer: Someone) -> None:
        phase = next(one for one in course["phases"] if one["id"] == course["phase"])
        if phase["id"] == "technical_interview":
            await deliberate(player, observer)
        await self.stage.clock.minutes(phase["seconds"] / 60 * INTERVIEW_SHARE)
        body = write(phase=phase["id"], reason="fin de l'entretien")
        await observer.ask("POST", f"/session/stations/{station}/end", body)

    async def _course(self, station: str) -> dict[str, Any]:
        told = await self.manager.ask("GET", "/session")
        found: dict[str, Any] = next(one["course"] for one in told["candidates"] if one["station"] == station)
        return found

    async def _incident(self, place: int) -> None:
        """In the contacts: the invigilator stops the clock, jury and manager give the time back and some more."""
        await self._in_contacts(place)
        await self.stage.clock.minutes(INCIDENT_AFTER)
        await self._stopped(place, "Coupure de courant", "rendu", GIVEN)

    async def _replay(self, place: int) -> None:
        """In the middle of a call: it is to be played again, with somebody else."""
        await self._in_contacts(place)
        while not (await self.played.everybody[f"poste{place}"].ask("GET", "/sitting"))["current"]:
            if (await self._course(f"poste{place}"))["phase"] != "contacts":
                raise RehearsalFailed(f"Candidat {number_of(place)} : les contacts sont finis sans qu'une simulation ait été en cours.")
            await self.stage.clock.minutes(LOOK)
        await self._stopped(place, "Casque en panne", "rejoué", 0)

    async def _in_contacts(self, place: int) -> None:
        while (course := await self._course(f"poste{place}"))["phase"] != "contacts":
            await self.stage.look_away(course)

    async def _stopped(self, place: int, cause: str, choice: str, given: int) -> None:
        path = f"/session/stations/poste{place}"
        await self.played.everybody["surveillance"].ask("POST", f"{path}/freeze", write(nature="incident", cause=cause))
        self.say(f"Candidat {number_of(place)} : incident, le temps est arrêté.")
        await self.stage.clock.minutes(INCIDENT_MINUTES)
        for one in (self.played.everybody[f"jury{2 * place}"], self.manager):
            body = write(choice=choice, given=given, remark="Le candidat n'a rien à ajouter.")
            await one.ask("POST", f"{path}/resume", body)
        self.say(f"Candidat {number_of(place)} : reprise, {CHOICES_FR[choice]}.")

    # --- around -------------------------------------------------------------------------------------

    async def _crash(self) -> None:
        """The room server is killed in the middle of what it does, as by a power cut, and started again."""
        whole = sum(phase["seconds"] for phase in self.played.session["phases"]) / 60
        chance = self.stage.chance
        for instant in sorted(chance.uniform(0.02, 0.98) * whole for _crash in range(self.plan.crashes)):
            await self.stage.clock.until(self.begun + dt.timedelta(minutes=instant))
            await self.room.traffic.more(chance.randint(1, DEPTH))
            self.say("Le serveur est tué, puis relancé.")
            await self.room.kill(chance.uniform(*OUTAGE))

    async def _end(self) -> None:
        for place in range(1, self.plan.candidates + 1):
            number = number_of(place)
            self.played.archives[number] = await self.manager.ask("POST", f"/session/candidates/{number}/archive")
        self.played.session = await self.manager.ask("GET", "/session")
        await self.manager.ask("POST", "/session/close")
        self.say("Session close, archives faites.")


def _first(failures: BaseExceptionGroup[RehearsalFailed]) -> RehearsalFailed:
    """One failure is enough to mend."""
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
