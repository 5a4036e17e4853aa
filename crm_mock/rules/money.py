"""Euro amounts as French people write them; inside, integer cents."""

from __future__ import annotations

import re

NBSP = "\u00a0"
_AMOUNT = re.compile(r"^(?P<sign>[-−–]?)(?P<euros>[0-9]+)(?:[.,](?P<cents>[0-9]{1,2}))?$")
_THOUSANDS = re.compile(r"^[-−–]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]{1,2})?$")


def format_cents(cents: int) -> str:
    """« 1 234,50 € », no-break spaces (U+00A0) between thousands and before the sign."""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", NBSP)
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02d}{NBSP}€"


def parse_cents(text: str) -> int:
    """Cents of "41,15", "41.15 €", "1 234,5", "1 234,50 EUR". Raises ValueError for anything else."""
    compact = re.sub(r"[\s\u200b]+", " ", text).strip()
    compact = re.sub(r" ?(?:€|eur|euros?)$", "", compact, flags=re.IGNORECASE).strip()
    if " " in compact:
        if not _THOUSANDS.match(compact):
            raise ValueError(f"not an amount: {text!r}")
        compact = compact.replace(" ", "")
    match = _AMOUNT.match(compact)
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    cents = int(match["euros"]) * 100 + int((match["cents"] or "0").ljust(2, "0"))
    return -cents if match["sign"] else cents
