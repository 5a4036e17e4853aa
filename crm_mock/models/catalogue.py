"""What the company sells."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from crm_mock.models.base import Cents, Record, Short, Text


class Product(Record):
    kind: ClassVar[str] = "product"
    name: Short
    category: Short = ""
    unit: Short = ""
    price_cents: Cents = 0
    price_ht: bool = False
    stock: int = 0
    back_on: dt.date | None = None  # expected again when out of stock
    substitutes: tuple[str, ...] = ()  # product ids, best first
    addons: tuple[str, ...] = ()
    withdrawal: Literal["14 jours", "exception"] = "14 jours"
    withdrawal_from: Literal["réception", "contrat"] = "réception"  # what starts the period (L221-18): goods received, service agreed
    withdrawal_exception: Short = ""  # the article of L221-28 when there is no withdrawal
    description: Text = ""
    keywords: Short = ""
