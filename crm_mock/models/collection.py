"""Debts: the debtor's file, reminders, schedules, promises, mandates."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Cents, Owned, Short, Text


class CollectionCase(Owned):
    """The debtor's file: what is owed, why, and where the reminders stand."""

    kind: ClassVar[str] = "collection_case"
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0
    reason: Literal[
        "",
        "oubli",
        "litige",
        "difficulté passagère",
        "difficulté durable",
        "changement de banque",
        "baisse de revenus",
        "changement de banque et baisse de revenus",
        "contestation",
        "surendettement",
        "refus",
    ] = ""
    dunning: Literal["active", "suspendue", "arrêtée", "close"] = "active"
    dunning_until: dt.date | None = None
    remark: Text = ""


class Reminder(Owned):
    kind: ClassVar[str] = "reminder"
    stage: Literal["relance 1", "relance 2", "mise en demeure"]
    sent_on: dt.date | None = None
    channel: Literal["e-mail", "courrier", "sms", "téléphone"] = "e-mail"
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0


class Instalment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    number: Annotated[int, Field(ge=1, le=60)]
    due_on: dt.date
    amount_cents: Cents
    means: Literal["lien sécurisé", "prélèvement", "chèque", "virement"] = "prélèvement"


class PaymentPlan(Owned):
    """A schedule that sums to the debt, to the cent, and respects the company's scale (`crm_mock/rules`)."""

    kind: ClassVar[str] = "payment_plan"
    case_id: str = ""
    invoice_ids: tuple[str, ...] = ()
    total_cents: Cents = 0
    instalments: tuple[Instalment, ...] = ()
    status: Literal["proposé", "accepté", "refusé"] = "proposé"
    agreed_by: Short = ""


class Promise(Owned):
    kind: ClassVar[str] = "promise"
    plan_id: str = ""
    amount_cents: Cents = 0
    due_on: dt.date | None = None
    means: Literal["lien sécurisé", "prélèvement", "chèque", "virement"] = "lien sécurisé"
    person: Short = ""
    status: Literal["en cours", "tenue", "rompue"] = "en cours"


class Mandate(Owned):
    """A SEPA direct debit mandate; the IBAN is shown masked but for its last four characters."""

    kind: ClassVar[str] = "mandate"
    reference: Short = ""
    iban_masked: Short = ""
    bank: Short = ""
    status: Literal["actif", "à signer", "révoqué"] = "actif"
    signed_on: dt.date | None = None
