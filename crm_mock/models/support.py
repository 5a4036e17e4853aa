"""Assistance: tickets, what is given back for a fault, goods exchanged, repaired or returned."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Cents, Hour, Owned, Short, Text


class TreeStep(BaseModel):
    """One test of the diagnostic tree as it was done: `result` is the label of the branch taken; `at` ISO, set by the server when empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    node: Short
    test: Annotated[str, Field(max_length=500)] = ""
    result: Short
    at: str = ""


class Ticket(Owned):
    """`reference` (T-AA-MMJJ-NNNN), `guarantee`, `guarantee_until` (from `bought_on`, the day the goods were delivered), `opened_on`,
    `escalated_at` and `closed_on` are the server's."""

    kind: ClassVar[str] = "ticket"
    reference: Short = ""
    product_id: str = ""
    serial: Short = ""
    bought_on: dt.date | None = None
    second_hand: bool = False
    symptom: Text = ""
    error_code: Short = ""
    context: Text = ""
    tree_id: Short = ""
    path: tuple[TreeStep, ...] = ()
    guarantee: Literal["inconnue", "active", "expirée"] = "inconnue"
    guarantee_until: dt.date | None = None
    consumer_choice: Literal["", "réparation", "remplacement", "réduction du prix", "remboursement"] = ""
    expectations: Text = ""
    reachability: Short = ""
    solution: Text = ""  # as agreed with the customer
    promised_on: dt.date | None = None
    priority: Literal["basse", "normale", "haute"] = "normale"
    level: Literal["N1", "N2"] = "N1"
    status: Literal["ouvert", "résolu N1", "escaladé N2", "clos"] = "ouvert"
    opened_on: dt.date | None = None
    escalated_at: str = ""
    closed_on: dt.date | None = None


class Goodwill(Owned):
    """A commercial gesture, within the company's cap per customer and twelve months. `reference` is the server's, and `on` when empty."""

    kind: ClassVar[str] = "goodwill"
    reference: Short = ""
    amount_cents: Cents
    what: Short = ""  # "2 étuis Aube"
    reason: Short = ""
    ticket_id: str = ""
    order_id: str = ""
    subscription_id: str = ""
    amendment_id: str = ""  # of the discount it counts
    on: dt.date | None = None
    status: Literal["accordé", "annulé"] = "accordé"


class Exchange(Owned):
    """Goods exchanged, repaired or returned. An exchange takes one `product_id` from stock. `reference` and `label` (the prepaid label's
    number) are the server's."""

    kind: ClassVar[str] = "exchange"
    reference: Short = ""
    ticket_id: str = ""
    nature: Literal["échange", "réparation", "retour"] = "échange"
    product_id: str
    serial: Short = ""  # of what is sent back
    address_id: str = ""
    pickup_on: dt.date | None = None
    pickup_from: Hour = ""
    pickup_to: Hour = ""
    label: Short = ""
    loan: Short = ""
    promised_on: dt.date | None = None
    status: Literal["demandé", "étiquette envoyée", "en cours", "terminé", "annulé"] = "demandé"
    remark: Text = ""
