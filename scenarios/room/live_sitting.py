"""One station's sitting brought to life: its case file, telephone, simulations and hub, rebuilt from the journal at each start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_mock import durable
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event, JournalRow
from crm_mock.rules import calendar
from cti.switchboard import NewRow, Switchboard
from scenarios.clock import Run, scenario_at, scenario_now
from scenarios.jury import CHANGED, Jury, JuryChange, fold_jury, row_of
from scenarios.pack import Pack, Simulation
from scenarios.phases import PhaseState
from scenarios.room.hub import Hub, PublishedRow
from scenarios.room.live_chats import LiveChats
from scenarios.room.live_course import LiveCourse, session_of
from scenarios.room.live_team import LiveTeam
from scenarios.sitting import INCIDENT, REPLACED, SimulationState, Sitting, SittingError, fold_sitting, qualified_call
from scenarios.sitting_store import FolderLock, SittingCard, note_over, open_sitting
from scenarios.watched import Watched


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class _CaseJournal:
    """The case file's journal as telephony knows it."""

    def __init__(self, case: CaseFile) -> None:
        self._case = case

    def append(self, rows: Sequence[NewRow]) -> object:
        return self._case.append_events([Event(r.kind, r.data, r.actor, r.call_key, r.event_id) for r in rows])


LEAVING = 5.0  # seconds a room server whose lab was killed may still hold its folder


class LiveSitting:
    """`station` is whose it is; `folder` the sitting's, made when missing. Opening raises SittingUnusable or crm_mock's
    CaseFileUnusable; after that, `close` lets go of the folder."""

    def __init__(
        self,
        station: str,
        folder: Path,
        pack: Pack,
        mode: str,
        session: Mapping[str, Any] | None = None,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        """`session`: of an exam's sitting that is made now, what its first row says of it (scenarios.room.live_course)."""
        self.station, self.folder, self.pack, self.mode = station, folder, pack, mode
        self._session, self.now = session, now
        self.watched: Callable[[str], Watched] = lambda simulation: Watched()  # of practice: what the debrief of a simulation adds
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder)
        self._lock.take(LEAVING)
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        self.hub = Hub(self._read, self.mode)
        self.case, self._card = open_sitting(self.folder, self.pack, self.mode, self.hub.publish, self.now, self._session)
        rows = self.case.rows()
        session = session_of(rows[0].data) if rows else None
        own = [s.id for s in self.pack.simulations if session is None or s.competence in session.competences]
        self.sitting: Sitting = fold_sitting(own, rows)
        self.jury: Jury = fold_jury(rows)
        self.board = Switchboard(_CaseJournal(self.case), self.now)
        self.course = LiveCourse(self.case, rows, self.sitting.opened, self.now)
        self.course.replayed, self.course.journaled = self._replay, self._take
        self.board.restore(rows, [key for row in rows if (key := qualified_call(row))])
        self.team = LiveTeam(self.case, rows)
        self.case.story_time = self.scenario_now
        self.chats = LiveChats(self.case, self.board, rows, self.story_instant)
        self.chats.catch_up()
        self.hub.listeners.append(self._follow)
        self._spellcheck = next((bool(row.data["allowed"]) for row in reversed(rows) if row.kind == "SpellcheckSet"), False)
        self.case.spellcheck = self.spellcheck
        self._note_over()

    def close(self) -> None:
        self.case.close()
        self._lock.release()

    # --- what is so ---------------------------------------------------------------------------------

    @property
    def card(self) -> SittingCard:
        return self._card

    @property
    def simulations(self) -> list[Simulation]:
        """Those of this sitting, in order: a session of one CCP has those of its competences; a spare comes after what it replaces."""
        return [self.pack.simulation(one) for one in self.sitting.simulations]

    @property
    def spellcheck(self) -> bool:
        """Whether unknown words of the written replies may be shown: what an exam's session allows, else what was last journaled."""
        if self.course.in_session:
            return bool((self.course.told.get("settings") or {}).get("spellcheck"))
        return self._spellcheck

    def allow_spellcheck(self, allowed: bool) -> None:
        """Where no session says it (practice): journaled when it changes."""
        if not self.course.in_session and allowed != self._spellcheck:
            self.journal([Event("SpellcheckSet", {"allowed": allowed}, "system")])
            self._spellcheck = allowed
        self.case.spellcheck = self.spellcheck

    def simulation(self, simulation_id: str) -> Simulation:
        """Raises SittingError `unknown_simulation`."""
        found = next((one for one in self.simulations if one.id == simulation_id), None)
        if found is None:
            title = "Cette simulation n'existe pas dans cette séance."
            raise SittingError("unknown_simulation", 404, title, {"simulation": simulation_id})
        return found

    def runs(self) -> list[Run]:
        """The simulations played, in order."""
        played = [(self.pack.simulation(one), self.sitting.simulations[one]) for one in self.sitting.order]
        return [self._run(s, p.started_at, p.ended_at) for s, p in played if p.started_at is not None]

    def _run(self, simulation: Simulation, started: dt.datetime, ended: dt.datetime | None) -> Run:
        """The story stands while the sitting's clock does."""
        if ended is not None:
            ended -= dt.timedelta(seconds=self.course.course.standing(started, ended))
        return Run(simulation.start_time, started, ended)

    def _in_story(self, at: dt.datetime) -> dt.datetime:
        """An instant less what the clock stood since the last simulation began."""
        begun = [self.sitting.simulations[one].started_at for one in self.sitting.order]
        since = begun[-1] if begun else None
        return at - dt.timedelta(seconds=self.course.course.standing(since, at)) if since is not None else at

    def scenario_now(self) -> dt.datetime:
        return scenario_now(self.pack.day, self.simulations[0].start_time, self.runs(), self._in_story(self.now()))

    def story_instant(self, at: dt.datetime) -> str:
        """An instant of the server's clock on the story's, ISO 8601, while or after the last simulation runs."""
        runs = self.runs()
        local = scenario_at(self.pack.day, runs[-1], self._in_story(at)) if runs else self.scenario_now()
        return calendar.instant(local, "milliseconds")

    # --- what changes -------------------------------------------------------------------------------

    def start(self, simulation_id: str, write_id: str, actor: str) -> Mapping[str, Any]:
        """Raises SittingError when it cannot start now."""
        self.simulation(simulation_id)
        if write_id not in self.sitting.answers:
            self.sitting.may_start(simulation_id)
            self._journal("SimulationStarted", simulation_id, write_id, actor)
        return self._answer(write_id, simulation_id, SimulationState.RUNNING)

    def end(self, simulation_id: str, write_id: str, actor: str) -> Mapping[str, Any]:
        """Raises SittingError when something is still to be done, saying what, and while the clock stands: whether the simulation goes on
        or is played again is then for the jury and the manager to agree."""
        self.simulation(simulation_id)
        if write_id not in self.sitting.answers:
            if (frozen := self.course.course.frozen) is not None:
                raise SittingError(
                    "frozen", 423, "L'épreuve est suspendue : la simulation se termine après la reprise.", {"freeze": frozen.id}
                )
            station = self.board.station
            up = [call.call_key for call in station.alive]
            written = {key for key, call in station.calls.items() if call.written}
            self.sitting.may_end(simulation_id, up, station.owed(), written)
            self._journal("SimulationEnded", simulation_id, write_id, actor)
            self._note_over()
        return self._answer(write_id, simulation_id, SimulationState.OVER)

    def hint(self, simulation_id: str, given: bool, write_id: str, actor: str) -> None:
        """Whoever plays the customer has helped a stuck candidate by the persona's hint, or (`given` False) did not after all. It is
        journaled with the minute of the simulation's own clock it was due from, and the seconds that clock showed. Raises SittingError."""
        simulation, played = self.simulation(simulation_id), self.sitting.simulations[simulation_id]
        if simulation.persona.hint is None:
            raise SittingError("no_hint", 404, "Cette simulation n'a pas d'indice.", {"simulation": simulation_id})
        if played.started_at is None:
            raise SittingError("not_started", 409, "Cette simulation n'a pas commencé.", {"simulation": simulation_id})
        until = played.ended_at or self.now()
        elapsed = (until - played.started_at).total_seconds() - self.course.course.standing(played.started_at, until)
        told = {"simulation": simulation_id, "given": given, "elapsed": round(elapsed, 1), **simulation.persona.hint.model_dump()}
        self.journal([Event("HintGiven", told, actor, event_id=write_id)])

    def change_jury(self, change: JuryChange, write_id: str, actor: str) -> None:
        """Whether it may be is for whoever asks to have seen. Once for one `write_id`."""
        event = Event(CHANGED, row_of(self.jury, change, write_id), actor, event_id=write_id)
        for row in self.case.append_events([event]):
            self.jury = self.jury.apply(row)

    def tick(self) -> None:
        """What time alone brings about. A simulation and a conversation that are open when the contacts are over end with them."""
        self.course.tick()
        contacts = self.course.course.phases.get("contacts")
        if contacts is None or contacts.state is not PhaseState.OVER:
            return
        self.chats.end_open("fin des contacts")
        if running := self.sitting.current:
            self._journal("SimulationEnded", running, f"phase-over-{running}", "system")
            self._note_over()

    def _replay(self, freeze: str) -> Sequence[Event]:
        """The simulation under way ends by the incident; the spare of its competence, if one is left, is to be played in its place."""
        running = self.sitting.current
        if running is None:
            return ()
        self.chats.end_open(INCIDENT)
        ended = Event("SimulationEnded", {"simulation": running, "reason": INCIDENT, "freeze": freeze}, "system", event_id=f"{freeze}-cut")
        competence = self.pack.simulation(running).competence
        spare = next((s.id for s in self.pack.spares if s.competence == competence and s.id not in self.sitting.simulations), "")
        if not spare:
            return (ended,)
        told = {"simulation": running, "spare": spare, "freeze": freeze}
        return ended, Event(REPLACED, told, "system", event_id=f"{freeze}-replaced")

    def _take(self, row: JournalRow) -> None:
        """A row that the course wrote."""
        self.sitting = self.sitting.apply(row)
        if row.kind == "SimulationEnded":
            self._note_over()

    def keep_file(self, folder: str, name: str, content: bytes, error_id: str, title: str) -> None:
        """In a folder of the sitting's, on the disk when it returns. Raises SittingError with these when the disk refuses."""
        place = self.folder / folder
        try:
            place.mkdir(exist_ok=True)
            durable.write_file(place / name, content)
        except OSError as error:
            raise SittingError(error_id, 507, title, {"file": name, "reason": error.strerror or ""}) from error

    def journal(self, events: Sequence[Event]) -> int:
        """Journals events that nothing else follows from; returns how many were new."""
        return len(self.case.append_events(events))

    def _journal(self, kind: str, simulation_id: str, write_id: str, actor: str) -> None:
        data = {"simulation": simulation_id, "write_id": write_id}
        for row in self.case.append_events([Event(kind, data, actor, event_id=write_id)]):
            self.sitting = self.sitting.apply(row)

    def _answer(self, write_id: str, simulation_id: str, state: SimulationState) -> Mapping[str, Any]:
        answer = self.sitting.answers.get(write_id, {})
        if (answer.get("simulation"), answer.get("state")) != (simulation_id, str(state)):
            raise SittingError(
                "write_id_reused", 409, "Cette demande porte l'identifiant d'une autre : rien n'a changé.", {"write_id": write_id}
            )
        return answer

    def _follow(self, row: PublishedRow) -> None:
        """On the event loop, after each commit: what one floor's row means to another."""
        if key := qualified_call(row):
            self.board.qualified(key)

    def _note_over(self) -> None:
        over = [p.id for p in self.sitting.simulations.values() if p.ended_seq]
        self._card = note_over(self.folder, self._card, over)

    def _read(self, after: int, limit: int) -> list[JournalRow]:
        return self.case.rows(after, limit)
