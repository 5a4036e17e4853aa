"""What every kind of record shares, and the types of its fields."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(ge=-10_000_000_00, le=10_000_000_00)]
Short = Annotated[str, Field(max_length=120)]
Text = Annotated[str, Field(max_length=4000)]
Hour = Annotated[str, Field(max_length=5, pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")]  # of the scenario's local clock, "14:30"
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Record(BaseModel):
    """What all kinds share. `model_fields` minus these two are the kind's own fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    kind: ClassVar[str]
    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
    version: Annotated[int, Field(ge=0)] = 0


class Owned(Record):
    """A record that belongs to one contact."""

    contact_id: Annotated[str, Field(min_length=1, max_length=64)]
