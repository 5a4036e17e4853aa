"""What the virtual customer knows of the sitting: a fold of the journal's rows, and the two decisions it makes from it. Pure.

The same rows give the same knowledge, however often the customer's process is started again: a simulation whose call was
taken is not called again by a process that has just come up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from scenarios.pack import Pack, Simulation

MAX_ATTEMPTS = 3
OFFER = "confirmation d'offre"  # the document that brings the link to sign
OWN_KINDS = frozenset({"CustomerSpoke", "CustomerHeard", "CustomerRevealed"})
PASSING = frozenset({"ChatTyping"})  # of this moment, never journaled
_CUT = ("network", "fault")  # causes after which a customer calls back
_NO_SOUND = 44  # the same, as the exchange says it (ITU-T Q.850)


@dataclass(frozen=True)
class PaymentLinkSeen:
    id: str
    version: int
    status: str
    contact_id: str


@dataclass(frozen=True)
class SaleSeen:
    """An opportunity, and whether its offer was sent on a durable medium: with it comes the link to sign."""

    id: str
    version: int
    status: str
    contact_id: str
    sent: bool = False


@dataclass(frozen=True)
class World:
    """`simulation` "" between two. `rows`: since the simulation started, for the dialogue. `offers`: keys of its calls that the desk
    was offered; `taken`: one of them was answered, and was not cut by a failure."""

    simulation: str = ""
    sitting: str = ""  # its id, where a customer may play in several
    agent: str = ""
    desk: str = ""  # SIP URI of the desk's phone
    rows: tuple[Mapping[str, Any], ...] = ()
    offers: frozenset[str] = frozenset()
    taken: bool = False
    revealed: frozenset[str] = frozenset()  # what this simulation's customer has told of itself
    links: Mapping[str, PaymentLinkSeen] = field(default_factory=dict)
    sales: Mapping[str, SaleSeen] = field(default_factory=dict)

    def apply(self, row: Mapping[str, Any]) -> World:
        """The world after one journal row {"kind", "call_key", "actor", "data"}; rows of unknown kinds change little."""
        kind, data = str(row.get("kind", "")), row.get("data") or {}
        world = self
        match kind:
            case "SimulationStarted":
                return self._between(str(data.get("simulation", "")))
            case "SimulationEnded":
                return self._between("")
            case "AgentStateChanged":
                world = replace(self, agent=_agent_state(data.get("after")))
            case "StationConnected" | "StationChanged":
                world = replace(self, desk=str(data.get("contact", "")))
            case "CallOffered":
                world = replace(self, offers=self.offers | {str(row.get("call_key", ""))})
            case "CallAnswered" if str(row.get("call_key", "")) in self.offers:
                world = replace(self, taken=True)
            case "CallEnded" if str(data.get("cause", "")) in _CUT and str(row.get("call_key", "")) in self.offers:
                world = replace(self, taken=False)
            case "ExchangeCleared" if data.get("cause") == _NO_SOUND and str(row.get("call_key", "")) in self.offers:
                world = replace(self, taken=False)  # one end died: the exchange hung up on the other as on any day
            case "RecordCreated" | "RecordChanged" if data.get("record_kind") == "payment_link":
                world = self._with_link(data)
            case "RecordCreated" | "RecordChanged" if data.get("record_kind") in ("opportunity", "document"):
                world = self._with_sale(data)
        if kind == "CustomerRevealed":
            world = replace(world, revealed=world.revealed | {str(data.get("fact", ""))})
        if kind in PASSING or kind in OWN_KINDS or not self.simulation:
            return world
        return replace(world, rows=(*world.rows, row))

    def _between(self, simulation: str) -> World:
        return replace(self, simulation=simulation, rows=(), offers=frozenset(), taken=False, revealed=frozenset())

    def _with_link(self, data: Mapping[str, Any]) -> World:
        link_id = str(data.get("id", ""))
        known = self.links.get(link_id)
        after = data.get("after") or {}
        status = str(after.get("status") or (known.status if known else "envoyé"))
        version = data.get("version")
        contact = str(data.get("contact_id") or after.get("contact_id") or (known.contact_id if known else ""))
        seen = PaymentLinkSeen(link_id, version if isinstance(version, int) else (known.version + 1 if known else 1), status, contact)
        return replace(self, links={**{k: v for k, v in self.links.items() if k != link_id}, link_id: seen})

    def _with_sale(self, data: Mapping[str, Any]) -> World:
        after = data.get("after") or {}
        offer = data.get("record_kind") == "document"
        if offer and after.get("template") != OFFER:
            return self
        sale_id = str(after.get("subject_id") or "") if offer else str(data.get("id", ""))
        known = self.sales.get(sale_id) or SaleSeen(sale_id, 0, "découverte", str(data.get("contact_id", "")))
        if offer:
            seen = replace(known, sent=True)
        else:
            version = data.get("version")
            seen = replace(
                known,
                version=version if isinstance(version, int) else known.version + 1,
                status=str(after.get("status") or known.status),
                contact_id=str(data.get("contact_id") or known.contact_id),
            )
        return replace(self, sales={**{k: v for k, v in self.sales.items() if k != sale_id}, sale_id: seen})

    def offer_of(self, contact_id: str) -> SaleSeen | None:
        """The offer last sent to this contact that waits for a signature."""
        for sale in reversed(list(self.sales.values())):
            if sale.contact_id == contact_id and sale.sent and sale.status == "en attente de signature":
                return sale
        return None

    def link_of(self, contact_id: str) -> PaymentLinkSeen | None:
        """The payment link last sent to this contact that is neither authorised nor expired."""
        for link in reversed(list(self.links.values())):
            if link.contact_id in ("", contact_id) and link.status in ("envoyé", "ouvert", "refusé"):
                return link
        return None


def _agent_state(after: Any) -> str:
    return str(after.get("state", "")) if isinstance(after, Mapping) else str(after or "")


def simulation_to_call(world: World, pack: Pack, attempts: int, reach: str | None = None) -> Simulation | None:
    """The simulation whose customer should call now: inbound by telephone, being played, not yet taken, the agent ready and
    where to call known: `reach`, by default the desk's own phone. `attempts`: calls this process has placed for it."""
    playing = next((s for s in pack.playable if s.id == world.simulation), None)
    if playing is None or playing.channel != "téléphone" or playing.direction != "entrant":
        return None
    if (
        world.taken
        or world.agent != "ready"
        or not (world.desk if reach is None else reach)
        or max(attempts, len(world.offers)) >= MAX_ATTEMPTS
    ):
        return None
    return playing


LinkWish = Literal["open_link", "authorise_link", "refuse_link"]


def link_moves(wish: LinkWish, status: str) -> tuple[str, ...]:
    """The statuses a payment link goes through, one after the other, to do what the customer wants."""
    end = {"open_link": "ouvert", "authorise_link": "autorisé", "refuse_link": "refusé"}[wish]
    if status == end or status == "autorisé":
        return ()
    return (end,) if status != "envoyé" or end == "ouvert" else ("ouvert", end)
