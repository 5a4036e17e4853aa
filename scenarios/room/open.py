"""An exam or practice room opened from its folder: the exchange's plan, the register, one sitting a station.

<room>/
    exchange/        the exchange: plan, certificates, configuration, logs (cti.exchange.asterisk)
    register.db      places, enrolments, the jury's seats, tests of the room
    sittings/poste1/<sitting>/
    address.json     where the room server listens, for commands given on this machine
    manager.token    opens /manage, for the same
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from fastapi import FastAPI

from crm_mock import durable
from cti.exchange.asterisk.plan import SHARED_QUEUE, ExchangePlan, Line, PlanUnusable, load_plan
from cti.exchange.port import Exchange
from scenarios.pack_variants import subjects
from scenarios.room.access import Access, Identity
from scenarios.room.check_api import check_router
from scenarios.room.check_machines import Machines
from scenarios.room.check_run import RoomChecker
from scenarios.room.core import Room, RoomSettings
from scenarios.room.customer_processes import CustomerProcesses
from scenarios.room.enrol import enrol_router
from scenarios.room.erasure import erase_due, erasure_router
from scenarios.room.events import session_watch
from scenarios.room.exam_grid import ExamGrids, deliberation_router
from scenarios.room.gates import PhaseGate
from scenarios.room.grid import grid_router
from scenarios.room.grid_store import GridStore
from scenarios.room.jury_change import JuryChanger, jury_change_router
from scenarios.room.jury_seats import PLAYER, Seat
from scenarios.room.live_session import ExamRoom
from scenarios.room.live_sitting import utc_now
from scenarios.room.manage import manage_router
from scenarios.room.outputs import Outputs, outputs_router
from scenarios.room.phones import Issue, phone_router
from scenarios.room.practice_grid import PracticeGrids
from scenarios.room.register import Register, RegisterUnusable
from scenarios.room.register_tables import Assignment, EnrolledDevice, RoomPlace, SittingEntry
from scenarios.room.session import session_router
from scenarios.room.session_store import SessionStore
from scenarios.room.unsealed import tidying
from scenarios.sitting_store import Place, place_of_sitting

logger = logging.getLogger(__name__)
EXCHANGE = "exchange"
REGISTER = "register.db"
MANAGER_TOKEN = "manager.token"
ADDRESS = "address.json"
ROLE_OF_KIND = {"station": "candidate", "seat": "juror", "manager": "session_manager", "invigilator": "invigilator"}
OFFICES = (RoomPlace("direction", "Responsable de session", "manager"), RoomPlace("surveillance", "Surveillant", "invigilator"))
"""Places of an exam room that have no telephone."""


class RoomUnusable(Exception):
    """This room cannot be opened; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class RoomFolder:
    """What `plateau room` is told. `fresh`: new sittings, whatever is unfinished."""

    folder: Path
    pack: Path
    day: dt.date
    host: str = ""  # "": the exchange's
    port: int = 8443
    name: str = "Salle"
    fresh: bool = False
    parent_pipe: bool = False
    customers: bool = True  # start the virtual customers of a practice room
    now: Callable[[], dt.datetime] = utc_now  # the clock of its sittings and of its register
    variant: str = ""  # a practice room's subject; an exam's candidates each have theirs
    spellcheck: bool = False  # of the written replies, in a practice room; an exam's session says its own


@dataclass
class ExchangeSide:
    """What a room needs of its exchange. `renew` draws a line's secret anew and has the exchange take it (slow: off the loop)."""

    plan: ExchangePlan
    exchange: Exchange
    ca_pem: str
    renew: Callable[[str], None]
    issue: Issue | None = None


def manager_token(folder: Path) -> str:
    """The token of commands given on this machine; made the first time. Raises OSError."""
    path = folder / MANAGER_TOKEN
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        token = secrets.token_urlsafe(32)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token)
        return token


@dataclass(frozen=True)
class ServerCertificate:
    """What HTTPS is served with: the paths of two PEM files, as uvicorn takes them; and the text of the CA that signed it."""

    chain: str
    key: str
    ca: str


@dataclass(frozen=True)
class RoomAddress:
    """Where the room server answers; `ca_pem` verifies it, "" over plain HTTP."""

    url: str
    ca_pem: str


def keep_address(folder: Path, address: RoomAddress) -> None:
    """Raises OSError."""
    durable.write_file(folder / ADDRESS, json.dumps(asdict(address)).encode())


def room_address(folder: Path) -> RoomAddress:
    """Raises RoomUnusable when the room in this folder was never opened."""
    try:
        return RoomAddress(**json.loads((folder / ADDRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise RoomUnusable(f"La salle du dossier {folder} n'a pas été ouverte : plateau room.") from None


def room_plan(folder: Path) -> ExchangePlan:
    """Raises RoomUnusable."""
    try:
        return load_plan(folder / EXCHANGE)
    except PlanUnusable as error:
        raise RoomUnusable(str(error)) from None


MakeSide = Callable[[ExchangePlan, Room], ExchangeSide]
PutTogether = Callable[[Room, Access], FastAPI]


def open_room(given: RoomFolder, make_side: MakeSide, put_together: PutTogether) -> FastAPI:
    """The room's API. Raises RoomUnusable, and what Room raises."""
    plan = room_plan(given.folder)
    try:
        register = Register.open(given.folder / REGISTER, now=given.now)
    except RegisterUnusable as error:
        raise RoomUnusable(str(error)) from None
    try:
        return _opened(given, plan, register, make_side, put_together)
    except BaseException:
        register.close()
        raise


def _opened(given: RoomFolder, plan: ExchangePlan, register: Register, make_side: MakeSide, put_together: PutTogether) -> FastAPI:
    erase_due(register, given.folder, given.now())
    lines = [*(RoomPlace(s.id, s.label, "station") for s in plan.stations), *(RoomPlace(s.id, s.label, "seat") for s in plan.seats)]
    register.set_places([*lines, *(OFFICES if plan.mode == "exam" else ())])
    seated = {one.seat: one for one in register.assignments()}
    of_session = _places_of_session(register)
    known = {one.id for one in register.sittings()}
    places = {
        line.id: of_session.get(line.id)
        or place_of_sitting(
            given.folder / "sittings" / line.id,
            given.pack,
            given.day,
            fresh=given.fresh,
            station=line.id,
            variant=given.variant,
            known=known,
        )
        for line in plan.stations
    }
    practice = plan.mode == "practice"
    first = next(iter(subjects(given.pack)), "")
    played = {place.subject or first for place in places.values()}
    if practice and len(played) > 1:
        told = ", ".join(sorted(played))
        raise RoomUnusable(f"Des séances de sujets différents sont en cours dans cette salle ({told}) : ouvrir avec --new.")
    variant = played.pop() if practice and played else ""
    customers = CustomerProcesses(plan.customers if given.customers and practice else (), given.folder, given.pack, variant)
    days = {place.day for place in places.values()}
    if len(days) > 1:
        told = ", ".join(sorted(f"{day:%d/%m/%Y}" for day in days))
        raise RoomUnusable(f"Des séances de dates différentes sont en cours dans cette salle ({told}) : ouvrir avec --new.")
    settings = RoomSettings(
        given.pack,
        days.pop(),
        {station: place.folder for station, place in places.items()},
        {"session_manager": manager_token(given.folder), **customers.tokens},
        plan.mode,
        given.host or plan.host,
        given.port,
        given.parent_pipe,
        given.name,
        {line.id: line.label for line in plan.lines},
        tuple(_seat(line, seated.get(line.id)) for line in plan.seats),
        customers.lines,
        SHARED_QUEUE if practice else "",
        frozenset(station for station, place in places.items() if place.resumed),
        given.now,
        variant,
        given.folder / "sittings",
        spellcheck=given.spellcheck,
    )

    def keep_seat(seat: Seat) -> None:
        if seat.role:
            register.assign(seat.id, "role_player" if seat.role == PLAYER else "observer", seat.station)
        else:
            register.unassign(seat.id)

    devices: dict[str, str] = {}
    tokens_seen: set[str] = set()
    sides: list[ExchangeSide] = []

    def make_exchange(room: Room) -> Exchange:
        sides.append(make_side(plan, room))
        return sides[0].exchange

    room = Room(settings, make_exchange=make_exchange, keep_seat=keep_seat, device_of=lambda place: devices.get(place, ""))
    try:
        for subject in room.pack.identity.offered if not practice and not of_session else ():
            # what is wrong with one is told now, not when its candidate comes; a room that comes back in an exam waits for none
            room.pack_of(subject)
        for live in room.stations.values():
            card = live.card
            register.note_sitting(
                SittingEntry(card.id, live.station, str(live.folder), card.pack, card.pack_hash, card.mode, card.opened_at)
            )
    except BaseException:
        room.close()
        raise

    def revoked(device: EnrolledDevice) -> None:
        """A machine that was replaced must not answer the place's calls: its line's secret is drawn anew."""
        room.revoke(device.place)
        room.follower.order(lambda: asyncio.to_thread(sides[0].renew, device.place))

    register.revoked.append(revoked)
    room.on_close += [tidying(given.folder, register), register.close]
    room.chores.append(register.write_seen)

    def enrolled(token: str) -> Identity | None:
        place = register.place_of_token(token)
        if place is not None and token not in tokens_seen:
            tokens_seen.add(token)
            devices.update({one.place: one.device for one in register.enrolled() if one.revoked_at is None})
            room.changed()
        return Identity(ROLE_OF_KIND[place.kind], place.id) if place is not None else None

    if customers.lines:
        room.runs.append(lambda: customers.run(room.url, settings.day, sides[0].ca_pem))
    access = Access(settings.tokens, enrolled)
    app = put_together(room, access)
    grids = GridStore(register)
    if practice:
        grids.forget(one.id for one in register.sittings() if one.mode == plan.mode and not Path(one.folder).is_dir())
        practised = PracticeGrids(room, grids)
        for live in room.stations.values():
            live.watched = functools.partial(practised.watched, live)
        app.include_router(grid_router(lambda: practised, grids, access.authorise))

    if plan.mode == "exam":

        def new_folder(station: str) -> Path:
            root, known = given.folder / "sittings" / station, {one.id for one in register.sittings()}
            return place_of_sitting(root, given.pack, room.pack.day, fresh=True, station=station, known=known).folder

        exam = ExamRoom(room, register, new_folder)
        app.add_middleware(PhaseGate, room=room, access=access)
        app.include_router(session_router(lambda: exam, access.authorise))
        app.include_router(session_watch(exam, room, access))
        side = ExamGrids(exam, grids)
        app.include_router(grid_router(lambda: side, grids, access.authorise))
        app.include_router(deliberation_router(lambda: side, grids, access.authorise))
        folders = {one.id: Path(one.folder) for one in register.sittings()}

        def folder_of(sitting: str) -> Path:
            if sitting not in folders:
                folders.update({one.id: Path(one.folder) for one in register.sittings()})
            return folders[sitting]

        app.include_router(jury_change_router(JuryChanger(exam, grids, room), access.authorise))
        app.include_router(outputs_router(Outputs(exam, grids, room, given.folder, folder_of), access.authorise))
        app.include_router(erasure_router(room, register, given.folder, new_folder, access.authorise))
        app.state.exam = exam

    def payload(place: str) -> dict[str, object]:
        return {"mode": plan.mode, "encrypted": plan.transport == "tls"}

    app.include_router(enrol_router(register, given.name, sides[0].ca_pem, payload, now=given.now))
    app.include_router(phone_router(sides[0].issue, access.authorise))
    app.include_router(manage_router(register, access.authorise))
    machines = Machines()
    checker = RoomChecker(room, register, machines, app.version)
    app.state.checker = checker
    room.runs.append(checker.run)
    app.include_router(check_router(checker, machines, access, room.presence.visiting))
    return app


def _places_of_session(register: Register) -> dict[str, Place]:
    """While a session is open its candidates' sittings are what the stations come back to, whatever else there is: a pack that was
    changed since, or another day, is refused when they are opened, and no candidate is given an empty file in place of his own."""
    session = SessionStore(register).current()
    folders = {one.id: Path(one.folder) for one in register.sittings()}
    named = {one.station: one.sitting for one in (session.candidates if session else ()) if one.sitting in folders}
    return {station: Place(folders[sitting], dt.date.fromisoformat(session.day), True) for station, sitting in named.items() if session}


def _seat(line: Line, found: Assignment | None) -> Seat:
    return Seat(line.id, line.label, found.role, found.station, found.since) if found else Seat(line.id, line.label)
