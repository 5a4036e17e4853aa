"""The check of a room carried out: machines asked, calls made in rounds, the verdict kept in the register.

It never touches a room that works: it does not start while a candidate is in a call or a simulation runs, and stops when one begins.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import ValidationError

from cti.exchange.port import ExchangeRefused
from scenarios.room.check import (
    LATE,
    Called,
    Found,
    Heard,
    Line,
    Listened,
    Look,
    Looped,
    Outcome,
    Pair,
    Place,
    Presence,
    Report,
    RoomFacts,
    crossed,
    judge,
    listening_rounds,
)
from scenarios.room.check_machines import Machines, MachineSilent
from scenarios.room.core import Room
from scenarios.room.live_sitting import utc_now
from scenarios.room.register import Register, RegisterFailed
from scenarios.sitting import SittingError

logger = logging.getLogger(__name__)
LOOK_WITHIN = 6.0  # seconds; a printer has 3 of them
LOOP_WITHIN = 14.0
TONE_WITHIN = 6.0
HEAR_SECONDS = 5.0  # the pattern is proven in 4 at most
HEAR_WITHIN = HEAR_SECONDS + 4.0
STOP_WITHIN = 3.0
LISTENING_WITHIN = 38.0  # every round together
WATCHED_EVERY = 0.2
ECHO, PATTERN = "600", "601"  # the exchange's service numbers
RUN_BY = "session_manager"
LISTENED = "ExchangeListeningBegan"
R = TypeVar("R", bound=Report)


class _Abandoned(Exception):
    """A candidate needs the room; the message, in French, says which."""


class RoomChecker:
    """`version` is the room's. `state`, for whoever asks: {"state": "never" | "running" | "done" | "abandoned", "step", "round", "rounds",
    "title", "result"}."""

    def __init__(self, room: Room, register: Register, machines: Machines, version: str) -> None:
        self._room, self._register, self.machines, self._version = room, register, machines, version
        self._wanted = asyncio.Event()
        self.state: dict[str, Any] = {"state": "never"}

    def start(self) -> None:
        """Raises SittingError `check_running`, `check_refused`."""
        if self.state["state"] == "running":
            raise SittingError("check_running", 409, "Un contrôle de la salle est déjà en cours.")
        why = self._occupied()
        if why:
            raise SittingError("check_refused", 409, f"{why} : le contrôle attendra la fin.")
        self.state = {"state": "running", "step": "machines"}
        self._wanted.set()

    async def run(self) -> None:
        """As long as the room serves."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            began = time.monotonic()
            try:
                outcome = await self._watched()
                self.state = {"state": "done", "result": self._kept(outcome, time.monotonic() - began)}
            except _Abandoned as why:
                self.state = {"state": "abandoned", "title": f"{why} : le contrôle a été abandonné."}
            except Exception:
                logger.exception("the check of the room failed")
                self.state = {"state": "abandoned", "title": "Le contrôle a rencontré une panne, notée dans le journal du serveur."}
            finally:
                self._say_ready_again()

    def _occupied(self) -> str:
        """Which station is at work, as the beginning of a sentence; "" when none is."""
        for station, live in self._room.stations.items():
            if live.board.station.alive:
                return f"{self._room.labels[station]} est en communication"
            if live.sitting.current:
                return f"{self._room.labels[station]} joue la simulation {live.sitting.current}"
        return ""

    async def _watched(self) -> Outcome:
        try:
            async with asyncio.TaskGroup() as group:
                checking, needed = group.create_task(self._check()), group.create_task(self._needed())
                await asyncio.wait({checking, needed}, return_when=asyncio.FIRST_COMPLETED)
                checking.cancel()
                needed.cancel()
        finally:
            await self._stop([place.id for place in self._places()])
        if checking.cancelled():
            raise _Abandoned(needed.result())
        return checking.result()

    async def _needed(self) -> str:
        """Comes back once a candidate needs the room: which station it is."""
        while True:
            if why := self._occupied():
                return why
            await asyncio.sleep(WATCHED_EVERY)

    # --- the steps ------------------------------------------------------------------------------------

    async def _check(self) -> Outcome:
        places = self._places()
        here = [place for place in places if place.presence == "here"]
        self.state = {"state": "running", "step": "loop"}
        found = dict(zip([p.id for p in here], await _together([self._examine(p.id) for p in here]), strict=True))
        able = [place for place in here if (loop := found[place.id].loop) is not None and loop.answered]
        listened = await self._listen([p.id for p in able if p.kind == "seat"], [p.id for p in able if p.kind == "station"])
        settings = self._room.settings
        encrypted = self._room.exchange.describe(RUN_BY).get("transport") == "tls"
        return judge(RoomFacts(self._version, encrypted, settings.mode == "exam"), places, found, listened)

    def _places(self) -> list[Place]:
        devices = {one.place: one.device for one in self._register.enrolled() if one.revoked_at is None}
        places = []
        for one in self._register.places():
            if one.kind not in ("station", "seat"):  # the others have no telephone
                continue
            here: Presence = "here" if self.machines.here(one.id) else "closed" if one.id in devices else "not_enrolled"
            places.append(Place(one.id, one.label, one.kind, here, devices.get(one.id, "")))
        # poste2 before poste10
        return sorted(places, key=lambda place: (place.kind == "seat", len(place.id), place.id))

    async def _examine(self, place: str) -> Found:
        """Its state and its loop, at once."""
        look, loop = await _together([self._look(place), self._ask(Looped, place, "loop", LOOP_WITHIN, target=self._service(ECHO))])
        assert loop is None or isinstance(loop, Looped)
        told = self._room.follower.view.lines.get(place)
        line = Line(told.registered, told.reachable, told.transport, told.address) if told else Line()
        assert isinstance(look, tuple)
        return Found(line, look[0], look[1], loop)

    async def _look(self, place: str) -> tuple[Look | None, float]:
        """With how far its clock is from ours: it read it between the question and the answer."""
        before, sent = time.time(), time.monotonic()
        clock = await self._ask(Look, place, "clock", LOOK_WITHIN)
        middle = before + (time.monotonic() - sent) / 2
        look = await self._ask(Look, place, "look", LOOK_WITHIN) if clock is not None else None
        return look, clock.now - middle if clock is not None else 0.0

    async def _listen(self, seats: list[str], stations: list[str]) -> list[Listened]:
        rounds = listening_rounds(seats, stations)
        listened: list[Listened] = []
        self._room.follower.checking = True
        try:
            async with asyncio.timeout(LISTENING_WITHIN):
                for number, pairs in enumerate(rounds, 1):
                    self.state = {"state": "running", "step": "listening", "round": number, "rounds": len(rounds)}
                    listened += await self._round(pairs)
                proven = [one.pair for one in listened if one.proven]
                again = crossed([one.pair for one in listened if not one.proven], proven)
                if again:
                    self.state = {"state": "running", "step": "listening_again"}
                    listened += await self._round(again)
        except TimeoutError:
            logger.warning("the check of the listening was cut short")
        finally:
            self._room.follower.checking = False
        tried = {one.pair for one in listened}
        untried = [pair for pairs in rounds for pair in pairs if pair not in tried]
        return [*listened, *(Listened(pair, Called(answered=True), Heard(answered=False, why=LATE)) for pair in untried)]

    async def _round(self, pairs: Collection[Pair]) -> list[Listened]:
        stations = list(dict.fromkeys(pair.station for pair in pairs))
        target = self._service(PATTERN)
        tones = dict(
            zip(stations, await _together([self._ask(Called, s, "tone", TONE_WITHIN, target=target) for s in stations]), strict=True)
        )
        try:
            return await _together([self._hear(pair, tones[pair.station]) for pair in pairs])
        finally:
            await self._stop(stations)

    async def _hear(self, pair: Pair, tone: Called | None) -> Listened:
        if tone is None or not tone.answered:
            return Listened(pair, tone)
        case = self._room.stations[pair.station].case
        before = case.last_seq()
        try:
            target = await self._room.exchange.allow_listening(pair.seat, pair.station, "listen")
        except ExchangeRefused as refused:
            return Listened(pair, tone, refused=refused.title)
        ear = await self._ask(Heard, pair.seat, "listen", HEAR_WITHIN, target=target, seconds=HEAR_SECONDS)
        journaled = any(row.kind == LISTENED and row.data.get("listener") == pair.seat for row in case.rows(before))
        return Listened(pair, tone, ear, journaled)

    async def _stop(self, places: list[str]) -> None:
        """Whatever calls the check has there end."""
        await _together([self._ask(Report, place, "stop", STOP_WITHIN) for place in places if self.machines.here(place)])

    async def _ask(self, kind: type[R], place: str, what: str, within: float, **more: Any) -> R | None:
        try:
            return kind.model_validate(await self.machines.ask(place, what, within, **more))
        except MachineSilent:
            return None
        except ValidationError as error:
            logger.warning("what %s reports of %r is not understood: %s", place, what, error.errors(include_input=False)[:3])
            return None

    def _service(self, number: str) -> str:
        told = self._room.exchange.describe(RUN_BY)
        return f"sip:{number}@{told.get('server', '')}" + (";transport=tls" if told.get("transport") == "tls" else "")

    # --- afterwards -----------------------------------------------------------------------------------

    def _say_ready_again(self) -> None:
        """The exchange offers nothing to a line that has just been in a call until it is told again."""
        for station in self._room.stations:
            self._room.follower.say_ready(station)

    def _kept(self, outcome: Outcome, seconds: float) -> dict[str, Any]:
        measured = {row.place.id: {item: dataclasses.asdict(cell) for item, cell in row.cells.items()} for row in outcome.rows}
        result = {
            "verdict": outcome.verdict,
            "at": utc_now().isoformat(),
            "seconds": round(seconds, 1),
            "kept": True,
            "places": [{**dataclasses.asdict(row.place), "cells": measured[row.place.id]} for row in outcome.rows],
        }
        try:
            self._register.note_check(outcome.verdict, measured, RUN_BY)
        except RegisterFailed as error:
            logger.error("the check of the room is not kept: %s", error)
            result["kept"] = False
        return result


async def _together(asked: list[Any]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in asked]
    return [task.result() for task in tasks]
