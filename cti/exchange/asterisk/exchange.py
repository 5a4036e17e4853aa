"""The exchange of a room with an Asterisk, followed and ordered through its manager (AMI).

What was ordered and has to last (who is ready, who plays for whom) is remembered here and said again at each new connection: Asterisk
forgets it when it restarts. Tickets to listen are not: one that was used must not come back. Calls are never remembered for it: what is
told of them is what it says.

Two connections: one for calls and queues, one for security events. The latter carry words of people who gave no password, and Asterisk
writes them as they come, line ends included; nothing but a refusal is believed of what arrives there.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from cti.exchange.asterisk import snapshot
from cti.exchange.asterisk.link import ActionRefused, Link, LinkLost, Session
from cti.exchange.asterisk.listening import Listening, Move
from cti.exchange.asterisk.plan import SHARED_QUEUE, ExchangePlan
from cti.exchange.asterisk.strangers import Strangers
from cti.exchange.asterisk.translate import Picture
from cti.exchange.direct import e164
from cti.exchange.facts import ExchangeFact, LinkChanged
from cti.exchange.port import DialPlan, DialRefused, ExchangeRefused, LineAccount, ListenMode
from cti.messages import clean_text

MANAGER_HOST = "127.0.0.1"
TICKET_LIFE = 60.0  # seconds
TICK = 0.2  # seconds between two looks at what is due
CALLED = "call"  # reason of a pause that an offered or placed call makes by itself
_log = logging.getLogger(__name__)
Errand = Callable[[Session], Awaitable[None]]


@dataclass(frozen=True)
class _Ticket:
    listener: str
    grants: str  # as the dialplan reads it
    until: float  # of time.monotonic


class AsteriskExchange:
    """`known`: E.164 number → its public name; `ca_pem`: the certificate that signs the server's, given to phones."""

    kind = "asterisk"

    def __init__(self, plan: ExchangePlan, known: Mapping[str, str] | None = None, ca_pem: str = "") -> None:
        self.plan = plan
        """May be replaced by one with other passwords or labels; lines and addresses stay for as long as the exchange is followed."""
        self._known, self._ca = dict(known or {}), ca_pem
        self._stations = frozenset(line.id for line in plan.stations)
        self._seats = frozenset(line.id for line in (*plan.seats, *plan.customers))
        self._picture = Picture(self._stations)
        self._listening = Listening()
        self._session: Session | None = None
        self._told_up: bool | None = None
        self._emit: Callable[[ExchangeFact], None] = lambda fact: None
        self._ready: dict[str, tuple[bool, str]] = {}
        self._apart: set[str] = set()  # stations that the shared queue leaves alone
        self._players: dict[str, str] = {}
        self._tickets: dict[str, _Ticket] = {}
        self._busy: frozenset[str] = frozenset()
        self._saying = asyncio.Lock()  # what is remembered and what Asterisk was told of it change together
        self._errands: asyncio.Queue[Errand] = asyncio.Queue()

    # --- what is asked of it --------------------------------------------------------------------------

    def dial(self, text: str, line: str) -> DialPlan:
        number = e164(text)
        if self._session is None:
            raise DialRefused("nobody_there", "Le central téléphonique ne répond pas : l'appel ne peut aboutir.", number)
        if not self._players.get(line):
            raise DialRefused("nobody_there", "Personne ne joue le client pour ce poste : l'appel ne peut aboutir.", number)
        return DialPlan(self._target(number), number, self._known.get(number, ""))

    def describe(self, line: str) -> dict[str, object]:
        return {
            "kind": self.kind,
            "server": self.plan.server,
            "transport": self.plan.transport,
            "user": line,
            "encrypted": self.plan.transport == "tls",
            "mode": self.plan.mode,
            "reachable": self._session is not None,
        }

    def account(self, line: str) -> LineAccount | None:
        try:
            found = self.plan.line(line)
        except KeyError:
            return None
        ca = self._ca if self.plan.transport == "tls" else ""
        return LineAccount(found.id, found.password, self.plan.server, self.plan.transport, found.label, ca)

    def offer_target(self, station: str) -> str:
        shared = station == SHARED_QUEUE and self.plan.mode == "practice"
        if not shared:
            self._check(station, self._stations, "poste")
        self._up()
        return self._target(f"file-{station}")

    async def set_ready(self, line: str, ready: bool, reason: str = "", shared: bool = True) -> None:
        self._check(line, self._stations, "poste")
        async with self._saying:
            self._ready[line] = ready, clean_text(reason, 80)
            (self._apart.discard if shared else self._apart.add)(line)
            if self._session is not None:
                await self._forgiving(self._session, self._say_ready(self._session, line, ready, clean_text(reason, 80)))

    async def set_player(self, station: str, seat: str) -> None:
        self._check(station, self._stations, "poste")
        if seat:
            self._check(seat, self._seats, "place")
        async with self._saying:
            self._players[station] = seat
            if self._session is not None:
                await self._forgiving(self._session, self._global(self._session, f"PLAYER_{station}", seat))

    async def allow_listening(self, listener: str, station: str, mode: ListenMode) -> str:
        self._check(listener, self._seats, "place")
        self._check(station, self._stations, "poste")
        if mode != "listen" and self.plan.mode == "exam":
            raise ExchangeRefused(
                "no_whisper_in_exam", "Pendant un examen, l'écoute est muette : ni souffler, ni entrer dans la conversation."
            )
        if mode not in ("listen", "whisper", "barge"):
            raise ExchangeRefused("no_such_mode", "Cette façon d'écouter n'existe pas.")
        session = self._up()
        await self._hang_up(session, self._ears(listener))  # one that is left of a phone that died would be taken for the new one
        name = secrets.token_hex(8)
        ticket = _Ticket(listener, f"{mode}:{listener}:{station}", time.monotonic() + TICKET_LIFE)
        async with self._saying:
            try:
                await self._global(session, f"TICKET_{name}", ticket.grants)
            except (LinkLost, ActionRefused):
                raise _down() from None
            self._tickets[name] = ticket
        return self._target(f"ecoute-{name}")

    async def stop_listening(self, listener: str) -> None:
        session = self._up()
        async with self._saying:
            for name in [name for name, ticket in self._tickets.items() if ticket.listener == listener]:
                await self._forgiving(session, self._forget(session, name))
        await self._hang_up(session, self._ears(listener))

    def _ears(self, listener: str) -> list[str]:
        return [leg.channel for leg in self._picture.legs_of(listener) if leg.mode]

    async def clear(self, line: str, call_key: str = "") -> None:
        legs = [leg for leg in self._picture.legs_of(line) if call_key in ("", leg.call_key)]
        await self._hang_up(self._up(), [leg.channel for leg in legs])

    # --- following ------------------------------------------------------------------------------------

    async def run(self, emit: Callable[[ExchangeFact], None]) -> NoReturn:
        self._emit = emit
        plan = self.plan
        where = MANAGER_HOST, plan.ports.manager, plan.manager_user, plan.manager_secret
        calls = Link(*where, "call,agent,system")
        security = Link(*where, "security,system")
        async with asyncio.TaskGroup() as group:
            group.create_task(security.run(self._watch, lambda why: None), name="security events")
            await calls.run(self._follow, self._lost)
        raise AssertionError("a link ends only by being cancelled")

    def _lost(self, why: str) -> None:
        if self._told_up is not False:
            self._told_up = False
            self._emit(LinkChanged(False, detail=why))

    async def _follow(self, session: Session) -> None:
        shot = await snapshot.take(session, [line.id for line in self.plan.lines])
        for fact in snapshot.restore(self._picture, shot):
            self._emit(fact)
        self._busy = self._in_calls()
        self._errands = asyncio.Queue()
        try:
            async with self._saying:
                await self._say_again(session)
                self._session = session
            self._told_up = True
            self._emit(LinkChanged(True, shot.version))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._run_errands(session, self._errands), name="errands")
                group.create_task(self._keep_time(), name="what is due")
                while True:
                    message = await session.next_event()
                    for fact in self._picture.apply(message):
                        self._emit(fact)
                    self._react()
        finally:
            self._session = None

    async def _watch(self, session: Session) -> None:
        strangers = Strangers()

        async def tell_the_rest() -> None:
            while True:
                await asyncio.sleep(TICK)
                for fact in strangers.due(time.monotonic()):
                    self._emit(fact)

        async with asyncio.TaskGroup() as group:
            group.create_task(tell_the_rest(), name="refusals counted")
            while True:
                message = await session.next_event()
                for fact in strangers.heard(message, time.monotonic()):
                    self._emit(fact)

    def _in_calls(self) -> frozenset[str]:
        return frozenset(leg.line for leg in self._picture.legs.values() if not leg.mode and leg.line in self._stations)

    def _react(self) -> None:
        """What Asterisk must be told at once of what has just happened."""
        busy = self._in_calls()
        for station in busy - self._busy:
            # between the end of this call and the room's decision, nothing else may be offered
            self._ready[station] = False, CALLED
            self._errands.put_nowait(functools.partial(self._pause_called, station=station))
        self._busy = busy
        for move in self._listening.moves(self._picture.legs.values(), time.monotonic()):
            self._errands.put_nowait(functools.partial(_move, move=move))

    async def _pause_called(self, session: Session, station: str) -> None:
        if self._ready.get(station) == (False, CALLED):  # else the room has decided meanwhile
            await self._pause(session, station, True, CALLED)

    async def _run_errands(self, session: Session, errands: asyncio.Queue[Errand]) -> NoReturn:
        while True:
            errand = await errands.get()
            try:
                await errand(session)
            except ActionRefused as refused:
                _log.info("an order to the exchange came to nothing: %s", refused)

    async def _keep_time(self) -> NoReturn:
        while True:
            await asyncio.sleep(TICK)
            self._react()
            if any(ticket.until <= time.monotonic() for ticket in self._tickets.values()):
                self._errands.put_nowait(self._forget_tickets)

    async def _forget_tickets(self, session: Session) -> None:
        async with self._saying:
            for name in [name for name, ticket in self._tickets.items() if ticket.until <= time.monotonic()]:
                await self._forget(session, name)

    # --- telling Asterisk -----------------------------------------------------------------------------

    async def _say_again(self, session: Session) -> None:
        for station in sorted(self._stations):
            await self._forgiving(session, self._global(session, f"PLAYER_{station}", self._players.get(station, "")))
            ready, reason = self._ready.get(station, (False, ""))
            paused = not ready or station in self._busy
            for queue in self._queues(station):
                known = self._picture.members.get((queue, station))
                closed = paused or self._leaves_alone(queue, station)
                if known is None:
                    await self._forgiving(session, self._join(session, queue, station, closed))
                elif known != closed:
                    await self._forgiving(session, self._pause(session, station, closed, reason, queue))

    async def _say_ready(self, session: Session, station: str, ready: bool, reason: str) -> None:
        for queue in self._queues(station):
            closed = not ready or self._leaves_alone(queue, station)
            try:
                await self._pause(session, station, closed, reason, queue)
            except ActionRefused:  # not in that queue
                await self._join(session, queue, station, closed)

    def _leaves_alone(self, queue: str, station: str) -> bool:
        return queue == SHARED_QUEUE and station in self._apart

    def _queues(self, station: str) -> tuple[str, ...]:
        return (station, SHARED_QUEUE) if self.plan.mode == "practice" else (station,)

    async def _join(self, session: Session, queue: str, station: str, paused: bool) -> None:
        place = f"PJSIP/{station}"
        await session.action(
            "QueueAdd",
            {"Queue": queue, "Interface": place, "StateInterface": place, "MemberName": station, "Paused": "true" if paused else "false"},
        )

    async def _pause(self, session: Session, station: str, paused: bool, reason: str, queue: str = "") -> None:
        """In every queue it is in, or in that one."""
        which = {"Queue": queue} if queue else {}
        fields = {"Interface": f"PJSIP/{station}", "Paused": "true" if paused else "false", "Reason": reason, **which}
        await session.action("QueuePause", fields)

    async def _global(self, session: Session, name: str, value: str) -> None:
        await session.action("Setvar", {"Variable": name, "Value": value})

    async def _forget(self, session: Session, ticket: str) -> None:
        await self._global(session, f"TICKET_{ticket}", "")
        del self._tickets[ticket]

    async def _hang_up(self, session: Session, channels: list[str]) -> None:
        for channel in channels:
            try:
                await session.action("Hangup", {"Channel": channel, "Cause": "16"})
            except ActionRefused:
                continue  # it has just ended by itself
            except LinkLost:
                raise _down() from None

    async def _forgiving(self, session: Session, saying: Awaitable[None]) -> None:
        """What is remembered is said again when the link is back; what Asterisk refuses is for the log."""
        try:
            await saying
        except LinkLost:
            return
        except ActionRefused as refused:
            _log.warning("the exchange refused an order: %s", refused)

    # --- small things ---------------------------------------------------------------------------------

    def _target(self, user: str) -> str:
        return f"sip:{user}@{self.plan.server}" + (";transport=tls" if self.plan.transport == "tls" else "")

    def _up(self) -> Session:
        if self._session is None:
            raise _down()
        return self._session

    def _check(self, line: str, known: frozenset[str], what: str) -> None:
        if line not in known:
            raise ExchangeRefused("no_such_line", f"Le central n'a pas de {what} « {clean_text(line, 40)} ».")


async def _move(session: Session, move: Move) -> None:
    await session.action("Setvar", {"Channel": move.channel, "Variable": "SPY_CHANNEL", "Value": move.target})
    await session.action("Redirect", {"Channel": move.channel, "Context": "listening", "Exten": "s", "Priority": "1"})


def _down() -> ExchangeRefused:
    return ExchangeRefused("exchange_down", "Le central téléphonique ne répond pas.")
