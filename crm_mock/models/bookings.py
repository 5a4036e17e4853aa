"""What is booked for a date: lodgings by the night, sessions by the place."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Cents, Count, Owned, Percent, Record, Short, Text
from crm_mock.models.sales import OrderLine


class Resource(Record):
    """`capacity` is in persons. By the "nuit", a booking takes one of the nights of `availability`; by the "séance", as many places of
    its day as there are persons. `price_cents` is of a night, or of a place."""

    kind: ClassVar[str] = "resource"
    name: Short
    category: Short = ""
    basis: Literal["nuit", "séance"] = "nuit"
    capacity: Annotated[int, Field(ge=1, le=10_000)] = 1
    price_cents: Cents = 0
    deposit_percent: Percent = 30
    substitutes: tuple[str, ...] = ()  # resource ids, best first
    addons: tuple[str, ...] = ()  # product ids
    description: Text = ""
    keywords: Short = ""


class Availability(Record):
    """How many are free on one day (the night that follows it). No record for a day: nothing to be had."""

    kind: ClassVar[str] = "availability"
    resource_id: str
    day: dt.date
    free: Count = 0


class OtherDates(BaseModel):
    """Dates proposed in place of those asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    starts_on: dt.date
    ends_on: dt.date
    outcome: Literal["proposée", "acceptée", "refusée"] = "proposée"
    at: str = ""


class Booking(Owned):
    """From `starts_on` to `ends_on` (day of departure; the same day for a session). Confirmed, it takes its nights or places; cancelled, it
    gives them back. `reference`, amounts and `withdrawal_exception` are the server's: dated lodging and leisure have no right of
    withdrawal (L221-28 12°)."""

    kind: ClassVar[str] = "booking"
    reference: Short = ""
    resource_id: str
    starts_on: dt.date
    ends_on: dt.date
    persons: Annotated[int, Field(ge=1, le=10_000)] = 1
    options: tuple[OrderLine, ...] = ()
    other_dates: tuple[OtherDates, ...] = ()
    stay_cents: Cents = 0
    options_cents: Cents = 0
    total_cents: Cents = 0
    deposit_cents: Cents = 0
    balance_cents: Cents = 0  # what remains once the deposit is paid
    balance_due_on: dt.date | None = None
    status: Literal["brouillon", "confirmée", "annulée"] = "brouillon"
    booked_on: dt.date | None = None
    withdrawal_exception: Short = ""
    remark: Text = ""
