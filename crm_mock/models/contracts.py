"""Subscriptions and what becomes of them: changed, ended."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crm_mock.models.base import Cents, Count, Owned, Percent, Short, Text


class Subscription(Owned):
    kind: ClassVar[str] = "subscription"
    reference: Short = ""
    product_id: str
    label: Short = ""
    monthly_cents: Cents = 0
    started_on: dt.date | None = None
    commitment_end: dt.date | None = None
    ended_on: dt.date | None = None
    status: Literal["actif", "suspendu", "résilié", "en attente de signature"] = "actif"
    machine: Short = ""
    discount_cents: Cents = 0
    discount_until: dt.date | None = None
    monthly_units: Count = 0  # delivered each month (capsules, étuis)
    unused_units: Count = 0  # in stock at the customer's, as last told


Months = Annotated[int, Field(ge=0, le=60)]


class TerminationRequest(Owned):
    """A wish to leave. Processing it ends the subscription on `effective_on`, whatever was offered (L121-6 4°, L215-1-1).
    The server fills in `reference`, and `asked_on`, `effective_on` when they are not given."""

    kind: ClassVar[str] = "termination_request"
    reference: Short = ""
    subscription_id: str
    asked_on: dt.date | None = None
    channel: Literal["téléphone", "en ligne", "e-mail", "courrier"] = "téléphone"
    motive: Short = ""
    effective_on: dt.date | None = None
    acknowledged_on: dt.date | None = None  # receipt sent on a durable medium
    status: Literal["demandée", "retirée à la demande du client", "traitée"] = "demandée"
    remark: Text = ""


class Amendment(Owned):
    """A change of a subscription: another formula, a discount for some months, a pause. `before_*`, `after_cents`,
    `discounted_cents` (the month's price during the discount), `ends_on` (last day of the discount or pause), `cost_cents` (what the
    discount gives away, counted as goodwill) and `applied` are the server's. Accepted with a later `starts_on`, it is pending."""

    kind: ClassVar[str] = "amendment"
    reference: Short = ""
    subscription_id: str
    offer_rule: Short = ""  # id of the offer in the retention grid
    motive: Short = ""
    before_product_id: str = ""
    before_cents: Cents = 0
    after_product_id: str = ""  # empty: same formula
    after_cents: Cents = 0  # the month's price once the discount has ended
    discount_percent: Percent = 0
    discount_months: Months = 0
    discounted_cents: Cents = 0
    pause_months: Months = 0
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    commitment_months: Months = 0
    cost_cents: Cents = 0
    agreed: bool = False
    satisfaction: Literal["", "confirmée", "réservée"] = ""
    status: Literal["proposé", "accepté", "refusé", "annulé"] = "proposé"
    applied: bool = False
