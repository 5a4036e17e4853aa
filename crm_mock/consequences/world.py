"""What consequences may read and give back."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from crm_mock.models import Record
from crm_mock.rules.profile import CompanyProfile

R = TypeVar("R", bound=Record)


class World(Protocol):
    """What may be read: the case file inside the transaction, the day of the scenario, the company's rules."""

    today: dt.date
    clock: dt.datetime  # the scenario's local time, naive
    now: str  # the same as an instant, ISO 8601 UTC
    profile: CompanyProfile
    spellcheck: bool  # of the written replies: allowed now

    def get(self, model: type[R], record_id: str) -> R | None: ...
    def where(self, model: type[R], **equal: str) -> list[R]: ...
    def next_reference(self, model: type[Record], prefix: str) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """`record`: the one written, completed. `others`: records that change with it, versions not set."""

    record: Record
    others: tuple[Record, ...] = ()


def month_prefix(world: World, prefix: str) -> str:
    return f"{prefix}-{world.today:%y%m}-"


def derived_id(prefix: str, *parts: str) -> str:
    """An id that a replay of the same consequence would give again."""
    return f"{prefix}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:24]}"


Follows = dict[str, Callable[[Any, Any, World], Outcome]]  # kind to rule: the record before (None: new), after, the world
