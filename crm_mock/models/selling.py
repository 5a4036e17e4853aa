"""A sale in the making: what was discovered, the one offer, what the law wants said, where it stands."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Cents, Count, Owned, Short, Text


class LegalItem(BaseModel):
    """An information given, by its id in `crm_mock/rules/distance_selling.py`; `said_at` is ISO, set by the server when empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    item: Short
    said_at: str = ""


class StageReached(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: Literal["découverte", "reformulation", "proposition", "objections", "conclusion"]
    at: str = ""  # ISO, set by the server when empty


class Opportunity(Owned):
    """`motives` are SONCAS(E)'s. `direction` says who called: after an outgoing call nobody is bound before having signed (L221-16).
    `reference`, `total_cents` (over the commitment, or the price), `signed_on` and `withdrawal_until` are the server's; before the
    signature `withdrawal_until` is the date it would be if it were signed today. Signed, a monthly offer becomes a subscription."""

    kind: ClassVar[str] = "opportunity"
    reference: Short = ""
    direction: Literal["entrant", "sortant"] = "entrant"
    needs: Text = ""
    motives: tuple[Literal["sécurité", "orgueil", "nouveauté", "confort", "argent", "sympathie", "environnement"], ...] = ()
    equipment: Short = ""
    consumption: Short = ""
    persons: Count = 0
    budget_cents: Cents | None = None
    deciders: Short = ""
    brakes: Text = ""
    product_id: str = ""  # the offer
    arguments: tuple[Short, ...] = ()
    price_cents: Cents = 0  # 0: the catalogue's
    price_basis: Literal["par mois", "comptant"] = "par mois"
    commitment_months: Annotated[int, Field(ge=0, le=60)] = 0
    total_cents: Cents = 0
    stages: tuple[StageReached, ...] = ()
    legal: tuple[LegalItem, ...] = ()
    early_start: bool = False  # express request to begin before the end of the withdrawal period (L221-25)
    status: Literal["découverte", "proposée", "en attente de signature", "signée", "perdue"] = "découverte"
    refusal_reason: Literal["", "prix", "besoin", "engagement", "réflexion", "concurrence", "non éligible", "autre"] = ""
    signed_on: dt.date | None = None
    withdrawal_until: dt.date | None = None
    remark: Text = ""
