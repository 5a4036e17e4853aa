"""The fictional company's own rules and letterhead: filled in by the pack, kept in the case file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(ge=0, le=1_000_000_00)]


class ProfilePart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeliveryRule(ProfilePart):
    """Flat fee, waived when the items reach `free_from_cents`."""

    fee_cents: Cents
    free_from_cents: Cents


class ScaleTier(ProfilePart):
    """A tier of the collection scale, for debts up to `up_to_cents` included.
    `first_percent` of the total at least is due the same day; 0 instalments: not the agent's to grant."""

    up_to_cents: Cents
    instalments: Annotated[int, Field(ge=0, le=24)]
    first_percent: Annotated[int, Field(ge=0, le=100)] = 0
    within_days: Annotated[int, Field(ge=0, le=400)] | None = None  # last due date, from the day of the agreement


class CompanyProfile(ProfilePart):
    """`delivery` is keyed by Order.delivery; `scale` is in ascending order; texts are plain paragraphs."""

    name: str
    legal: str  # legal form, capital, registration: marked as fictional
    address: tuple[str, ...]
    phone: str  # E.164
    email: str
    website: str
    mediator: str
    order_prefix: str = "CDE"
    agent_goodwill_cents: Cents = 0
    exchange_working_days: Annotated[int, Field(ge=0, le=30)] | None = None  # promised for an exchange when nothing else is
    notice_months: Annotated[int, Field(ge=0, le=3)] = 1  # of a termination
    delivery: dict[Literal["relais", "domicile", "retrait"], DeliveryRule]
    scale: tuple[ScaleTier, ...]
    instalment_day: Annotated[int, Field(ge=1, le=28)] = 10
    terms: tuple[str, ...] = ()  # conditions générales, a paragraph each
    withdrawal_contact: str = ""
