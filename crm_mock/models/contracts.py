"""Subscriptions and what becomes of them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from crm_mock.models.base import Cents, Owned, Short


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
