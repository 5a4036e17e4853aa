"""An exchange on paper: lines without telephones, where whoever sits at a line says what it does. For rehearsals at speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cti.exchange.direct import e164
from cti.exchange.facts import ExchangeFact, LinkChanged
from cti.exchange.port import DialPlan, LineAccount, ListenMode


class PaperExchange:
    kind = "paper"

    def dial(self, text: str, line: str) -> DialPlan:
        number = e164(text)
        return DialPlan(f"sip:{number}@repetition.invalid", number)

    def describe(self, line: str) -> dict[str, object]:
        return {"kind": self.kind, "mode": "exam"}

    def account(self, line: str) -> LineAccount | None:
        return None

    async def run(self, emit: Callable[[ExchangeFact], None]) -> None:
        emit(LinkChanged(True, "répétition"))
        await asyncio.Event().wait()

    async def set_ready(self, line: str, ready: bool, reason: str = "", shared: bool = True) -> None:
        """Nothing distributes calls here."""

    async def set_player(self, station: str, seat: str) -> None:
        """Nobody is called."""

    def offer_target(self, station: str) -> str:
        return f"sip:file-{station}@repetition.invalid"

    async def allow_listening(self, listener: str, station: str, mode: ListenMode) -> str:
        return f"sip:ecoute-{station}@repetition.invalid"

    async def stop_listening(self, listener: str) -> None:
        """Nobody hears anything."""

    async def clear(self, line: str, call_key: str = "") -> None:
        """There is no call but on paper."""
