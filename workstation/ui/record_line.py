"""What a list shows of one record, and the words it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.ui.record_words import value_word
from workstation.ui.widgets.value_text import plain_line


@dataclass(frozen=True)
class Summary:
    """One line of a list. `sort` orders it, latest first; `number` can be dialled (E.164)."""

    date: str = ""
    what: str = ""
    text: str = ""
    amount: str = ""
    status: str = ""
    sort: str = ""
    number: str = ""


def line(*parts: object) -> str:
    return " · ".join(plain_line(p) for p in parts if p not in ("", None))


def word(value: object) -> str:
    return value_word(value) if value else ""
