"""What differs between direct lines and a room's exchange: how the desk is called, what was dialled to reach us, what becomes of the
other end. Pure.

On direct lines our own phone tells it all. Through an exchange our phone is connected to the exchange from the first second to the last:
who is at the other end, and whether he holds the call, is in the sitting's journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cti.messages import QUEUE_HEADER, CallOffered, PlaceCall
from scenarios.pack import Simulation

PRESENT_NUMBER, PRESENT_NAME = "X-Plateau-Present-Number", "X-Plateau-Present-Name"
DIALLED, TRANSFER = "X-Plateau-Dialled", "X-Plateau-Transfer"
RING_LIMIT = 45.0  # seconds a customer lets it ring
OtherEnd = Literal["reached", "held", "resumed", "left"]

_TOLD: dict[str, OtherEnd] = {
    "ExchangeEstablished": "reached",
    "ExchangeHeld": "held",
    "ExchangeRetrieved": "resumed",
    "ExchangeTransferred": "left",
}


def direct_call(call_id: str, call_key: str, desk: str, simulation: Simulation) -> PlaceCall:
    """To the desk's own phone, with the persona's number as ours."""
    persona, headers = simulation.persona, {QUEUE_HEADER: simulation.queue} if simulation.queue else {}
    return PlaceCall(call_id, desk, call_key, persona.name, persona.number, headers=headers, ring_limit=RING_LIMIT)


def queue_call(call_id: str, call_key: str, queue: str, simulation: Simulation) -> PlaceCall:
    """To a queue of the exchange, which shows the persona to whoever it is offered to."""
    persona = simulation.persona
    shown = {PRESENT_NUMBER: persona.number, PRESENT_NAME: persona.name, QUEUE_HEADER: simulation.queue}
    return PlaceCall(call_id, queue, call_key, headers={name: value for name, value in shown.items() if value}, ring_limit=RING_LIMIT)


def dialled(offer: CallOffered) -> str:
    """The number at which whoever calls us hoped to find somebody."""
    return _header(offer, DIALLED) or offer.called


def passed_on(offer: CallOffered) -> bool:
    """This call is the other half of one that was transferred to us without a word: both bear its key."""
    return _header(offer, TRANSFER) == "blind"


def _header(offer: CallOffered, name: str) -> str:
    return next((value for key, value in offer.headers.items() if key.lower() == name.lower()), "")


def other_end(row: Mapping[str, Any], own: str) -> OtherEnd | None:
    """What a journal row tells of who is at the other end of the call whose key it bears; `own` is our line."""
    data = row.get("data") or {}
    if row.get("kind") == "CallAnswered":  # the desk's own word, should the exchange's be late
        return "reached"
    return _TOLD.get(str(row.get("kind", ""))) if data.get("line") not in (own, "", None) else None
