"""A phone without sound or network: it answers orders with the facts a good phone would tell, and tells what a test makes happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from cti import messages as m
from cti.phone.port import Capability

CONTACT = "sip:plateau@127.0.0.1:5070"


class FakePhone:
    """`orders` holds what was asked. `obeys` False: orders are noted and nothing comes of them."""

    def __init__(self, *, obeys: bool = True, capabilities: tuple[str, ...] = tuple(Capability), sound: str = "ok") -> None:
        self.orders: list[m.Order] = []
        self.obeys, self.capabilities, self.sound = obeys, capabilities, sound
        self.keys: dict[str, str] = {}
        self.stopped = False
        self._facts: asyncio.Queue[m.Fact | None] = asyncio.Queue()

    def tell(self, *facts: m.Fact) -> None:
        for fact in facts:
            if isinstance(fact, (m.CallOffered, m.CallPlaced)):
                self.keys[fact.call_id] = fact.call_key
            self._facts.put_nowait(fact)

    def start(self) -> None:
        self.tell(m.PhoneStarted("fake", "1", self.capabilities, CONTACT, ("PCMA",)))
        if self.sound == "ok":
            self.tell(m.SoundChanged("ok", "Micro d'essai", "Casque d'essai", "Casque d'essai"))
        else:
            self.tell(m.SoundChanged("none"))

    def ring(
        self, number: str, *, call_id: str = "1", call_key: str = "key-1", name: str = "", queue: str = "", waiting: bool = False
    ) -> None:
        self.tell(m.CallOffered(call_id, call_key, number, name, "plateau", queue, waiting=waiting))

    # --- what the app uses --------------------------------------------------------------------------

    async def facts(self) -> AsyncIterator[m.Fact]:
        self.start()
        while (fact := await self._facts.get()) is not None:
            yield fact

    def send(self, order: m.Order) -> None:
        self.orders.append(order)
        if self.obeys:
            self.tell(*self._outcome(order))

    async def stop(self) -> None:
        self.stopped = True
        self._facts.put_nowait(None)

    def _outcome(self, order: m.Order) -> tuple[m.Fact, ...]:
        key = self.keys.get(getattr(order, "call_id", ""), "")
        match order:
            case m.AnswerCall(call_id):
                return (m.CallAnswered(call_id, key, "PCMA"),)
            case m.HangUpCall(call_id):
                return (m.CallEnded(call_id, key, m.Cause.HUNG_UP, "local", answered=True),)
            case m.RefuseCall(call_id):
                return (m.CallEnded(call_id, key, m.Cause.REFUSED, "local", 603),)
            case m.HoldCall(call_id):
                return (m.CallHeld(call_id, key),)
            case m.ResumeCall(call_id):
                return (m.CallResumed(call_id, key),)
            case m.MuteMicrophone(muted):
                return (m.MicrophoneMuted(muted),)
            case m.PlaceCall(call_id, target, call_key):
                return (m.CallPlaced(call_id, call_key, target), m.CallRang(call_id, call_key))
            case m.SendDigits(call_id, digits):
                return (m.DigitsSent(call_id, key, digits),)
            case m.TransferCall(call_id):
                return (
                    m.TransferProgressed(call_id, key, 200, "OK", True),
                    m.CallEnded(call_id, key, m.Cause.TRANSFERRED, "system", answered=True),
                )
            case m.CompleteTransfer(call_id, consult_id):
                return (
                    m.TransferProgressed(call_id, key, 200, "OK", True),
                    m.CallEnded(call_id, key, m.Cause.TRANSFERRED, "system", answered=True),
                    m.CallEnded(consult_id, self.keys.get(consult_id, ""), m.Cause.TRANSFERRED, "system", answered=True),
                )
        return ()
