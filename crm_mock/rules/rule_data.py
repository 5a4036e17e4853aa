"""What rules that packs fill in are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Ident = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]


class RuleData(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
