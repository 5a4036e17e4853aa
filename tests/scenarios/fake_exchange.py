"""An exchange that does what it is told at once, for tests of the room: orders are kept, facts are told by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cti.exchange.asterisk.plan import ExchangePlan
from cti.exchange.direct import e164
from cti.exchange.facts import ExchangeFact, LinkChanged
from cti.exchange.port import DialPlan, DialRefused, ExchangeRefused, LineAccount, ListenMode


class FakeExchange:
    kind = "asterisk"

    def __init__(self, plan: ExchangePlan) -> None:
        self.plan = plan
        self.ready: dict[str, bool] = {}
        self.shared: dict[str, bool] = {}  # ready for calls of the shared queue
        self.players: dict[str, str] = {}
        self.orders: list[tuple[str, ...]] = []
        self.emit: Callable[[ExchangeFact], None] = lambda fact: None
        self.following = asyncio.Event()

    def dial(self, text: str, line: str) -> DialPlan:
        number = e164(text)
        if not self.players.get(line):
            raise DialRefused("nobody_there", "Personne ne joue le client de ce poste.", number)
        return DialPlan(f"sip:{number}@{self.plan.server};transport=tls", number)

    def describe(self, line: str) -> dict[str, object]:
        return {"kind": self.kind, "server": self.plan.server, "transport": self.plan.transport, "user": line, "mode": self.plan.mode}

    def account(self, line: str) -> LineAccount | None:
        known = self.plan.line(line)
        return LineAccount(known.id, known.password, self.plan.server, self.plan.transport, known.label)

    async def run(self, emit: Callable[[ExchangeFact], None]) -> None:
        self.emit = emit
        emit(LinkChanged(True, "22.0"))
        self.following.set()
        await asyncio.Event().wait()

    async def set_ready(self, line: str, ready: bool, reason: str = "", shared: bool = True) -> None:
        self.ready[line], self.shared[line] = ready, ready and shared

    async def set_player(self, station: str, seat: str) -> None:
        self.players[station] = seat

    def offer_target(self, station: str) -> str:
        return f"sip:file-{station}@{self.plan.server};transport=tls"

    async def allow_listening(self, listener: str, station: str, mode: ListenMode) -> str:
        if mode != "listen" and self.plan.mode == "exam":
            raise ExchangeRefused("forbidden", "Écoute seule pendant un examen.")
        self.orders.append(("listen", listener, station, mode))
        return f"sip:ecoute-0123@{self.plan.server};transport=tls"

    async def stop_listening(self, listener: str) -> None:
        self.orders.append(("stop", listener))

    async def clear(self, line: str, call_key: str = "") -> None:
        self.orders.append(("clear", line, call_key))
