"""Whether what was heard, or what the journal says, is what an edge of the dialogue waits for. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_ASKED_TO_REPEAT = (
    r"\b(re)?repete[rz]\b",
    r"\bre(dire|dites)\b",
    r"(pas|mal) (bien )?(entendu|compris|saisi)",
    r"vous (avez|aviez) dit\b",
    r"^\W*(pardon|comment)\W*$",
)


def fold(text: str) -> str:
    """Lower case, without accents, typographic apostrophes and non-breaking spaces made plain."""
    plain = text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ").replace("œ", "oe").replace("Œ", "oe")
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=512)
def heard_pattern(expression: str) -> re.Pattern[str]:
    """The expression with its accents taken away; escapes such as \\b and \\W keep their case. Raises re.error."""
    plain = expression.replace("’", "'").replace("œ", "oe").replace("Œ", "oe")
    bare = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return re.compile(bare, re.IGNORECASE)


def heard(expressions: tuple[str, ...], text: str) -> bool:
    folded = fold(text)
    return any(heard_pattern(e).search(folded) for e in expressions)


def asked_to_repeat(text: str) -> bool:
    return heard(_ASKED_TO_REPEAT, text)


_ABSENT = object()


def row_matches(condition: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Every dotted path of `condition` leads to a fitting value.

    A path starts at the row, or else at its `data`: "kind", "actor", "record_kind", "after.status". A segment over a list
    means one of its elements, or a number its n-th. Wanted values: "*" (any but null), a list (one of), {"any": true},
    {"one_of": [...]}, {"contains": text}, {"absent": true}, {"min": n}, {"max": n}; else equality, where numbers
    compare by value, dates with their ISO writing, and texts by case too.
    """
    return all(_holds(wanted, _reach(row, path)) for path, wanted in condition.items())


def _reach(row: Mapping[str, Any], path: str) -> list[Any]:
    segments = path.split(".")
    found = list(_walk(row, segments))
    data = row.get("data")
    if not found and isinstance(data, Mapping):
        found = list(_walk(data, segments))
    return found


def _walk(value: Any, segments: list[str]) -> Iterator[Any]:
    if not segments:
        yield value
        return
    head, rest = segments[0], segments[1:]
    if isinstance(value, Mapping):
        if head in value:
            yield from _walk(value[head], rest)
    elif isinstance(value, (list, tuple)):
        if head.isdecimal():
            if int(head) < len(value):
                yield from _walk(value[int(head)], rest)
        else:
            for item in value:
                yield from _walk(item, segments)


def _holds(wanted: Any, found: list[Any]) -> bool:
    if isinstance(wanted, Mapping) and "absent" in wanted:
        return all(value in (None, "") for value in found) is bool(wanted["absent"])
    return any(_fits(wanted, value) for value in found)


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return all(_operator(name, operand, value) for name, operand in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return any(_fits(w, value) for w in wanted)
    if wanted == "*":
        return value is not None and value != ""
    if isinstance(wanted, (dt.date, dt.datetime)):
        wanted = wanted.isoformat()
    if isinstance(value, (list, tuple)):
        return any(_fits(wanted, item) for item in value)
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    number, other = _number(wanted), _number(value)
    if number is not None and other is not None:
        return number == other
    return (
        isinstance(wanted, str) and isinstance(value, str) and unicodedata.normalize("NFC", wanted) == unicodedata.normalize("NFC", value)
    )


def _operator(name: str, operand: Any, value: Any) -> bool:
    number, bound = _number(value), _number(operand)
    match name:
        case "any":
            return (value is not None and value != "") is bool(operand)
        case "one_of":
            return any(_fits(w, value) for w in operand)
        case "contains":
            return isinstance(value, str) and fold(str(operand)) in fold(value)
        case "min":
            return number is not None and bound is not None and number >= bound
        case "max":
            return number is not None and bound is not None and number <= bound
    return False


def _number(value: Any) -> float | None:
    """A number, or a text that is only one; a text with a leading zero (a telephone number, a postcode) is not."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value):
        return float(value)
    return None
