"""Orders, what they are invoiced, and how they are paid."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Cents, Owned, Short, Text


class OrderLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    product_id: str
    label: Short = ""
    quantity: Annotated[int, Field(ge=1, le=999)] = 1
    unit_cents: Cents = 0
    origin: Literal["demandé", "substitution", "additionnel"] = "demandé"
    replaces: str = ""  # product id this line stands for


class Proposal(BaseModel):
    """A substitution or an additional sale put to the customer; the référentiel grades the proposal (c6.2, c6.3)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    nature: Literal["substitution", "additionnelle"]
    product_id: str
    for_product_id: str = ""
    outcome: Literal["proposée", "acceptée", "refusée"] = "proposée"
    at: str = ""


class Order(Owned):
    """`items_cents`, `delivery_cents` and `total_cents` are computed by the server from the lines and the delivery."""

    kind: ClassVar[str] = "order"
    reference: Short = ""
    status: Literal["brouillon", "validée", "annulée", "expédiée", "livrée"] = "brouillon"
    ordered_on: dt.date | None = None
    delivery: Literal["relais", "domicile", "retrait"] = "relais"
    relay_point: Short = ""
    address_id: str = ""
    lines: tuple[OrderLine, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    items_cents: Cents = 0
    delivery_cents: Cents = 0
    total_cents: Cents = 0
    withdrawal_until: dt.date | None = None


class Invoice(Owned):
    kind: ClassVar[str] = "invoice"
    reference: Short = ""
    order_id: str = ""
    subscription_id: str = ""
    label: Short = ""
    issued_on: dt.date | None = None
    due_on: dt.date | None = None
    total_cents: Cents = 0
    status: Literal["payée", "impayée", "en litige", "avoir"] = "payée"
    detail: Text = ""


class Payment(Owned):
    """A payment received or a debit returned. There is no card field, here or anywhere."""

    kind: ClassVar[str] = "payment"
    reference: Short = ""
    invoice_id: str = ""
    order_id: str = ""
    booking_id: str = ""
    means: Literal["prélèvement", "lien sécurisé", "chèque", "virement"]
    amount_cents: Cents = 0
    status: Literal["en cours", "encaissé", "rejeté", "remboursé"] = "encaissé"
    on: dt.date | None = None
    reason: Short = ""  # of a returned debit


class PaymentLink(Owned):
    """A secure link sent to the customer, who pays outside the call: the agent sees states only (domain §2.6, CNIL 2018-303)."""

    kind: ClassVar[str] = "payment_link"
    reference: Short = ""
    order_id: str = ""
    plan_id: str = ""
    booking_id: str = ""
    amount_cents: Cents = 0
    channel: Literal["e-mail", "sms"] = "e-mail"
    sent_to: Short = ""
    status: Literal["envoyé", "ouvert", "autorisé", "refusé", "expiré"] = "envoyé"
    authorisation: Short = ""  # reference given by the bank


class SaleProposal(Owned):
    """A substitution or an add-on put to the customer beside an order's own lines: on a booking, or before there is an order.
    `product_id` is of the catalogue, or a resource's id for other lodgings; `instead_of` likewise. `at` is the server's."""

    kind: ClassVar[str] = "sale_proposal"
    order_id: str = ""
    booking_id: str = ""
    what: Literal["substitution", "vente additionnelle"]
    product_id: Short
    instead_of: Short = ""
    outcome: Literal["proposée", "acceptée", "refusée"] = "proposée"
    at: str = ""
    remark: Text = ""
