"""How a pack says what a value should be: one reading for dialogue conditions, expected records and expected steps.

A wanted value is a plain value (equal), "*" (anything but null), a list, or a mapping of operators, all of which must hold:
`{"any": true}` (anything but null, "" and []), `{"absent": true}` (null, "", [] or no such field), `{"one_of": [...]}`,
`{"min": n}`, `{"max": n}`, `{"contains": X}`. In a text, `contains` is a part of it, case and accents ignored; in a list,
an item, a mapping of fields that one item must match, or a list of such, all found. A wanted list is equal to a
value that is a list, item by item, and means "one of" for any other value. A mapping without operators says
fields of a mapping. Values are JSON's: dates are ISO text, amounts integer cents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

OPERATORS = frozenset({"any", "absent", "one_of", "contains", "min", "max"})
_EMPTY: tuple[Any, ...] = (None, "", [], ())


def is_operators(wanted: object) -> bool:
    """Whether a wanted mapping holds operators rather than fields."""
    return isinstance(wanted, Mapping) and bool(wanted) and set(wanted) <= OPERATORS


def matches(value: object, wanted: object) -> bool:
    """Whether `value`, from a record or a journal row, is as the pack wants it."""
    if isinstance(wanted, str) and wanted == "*":
        return value is not None
    if isinstance(wanted, Mapping):
        if is_operators(wanted):
            return all(_operator(name, operand, value) for name, operand in wanted.items())
        return isinstance(value, Mapping) and fields_match(value, wanted)
    if isinstance(wanted, list | tuple):
        if isinstance(value, list | tuple):
            return len(value) == len(wanted) and all(map(matches, value, wanted))
        return any(matches(value, one) for one in wanted)
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _operator(name: str, operand: Any, value: object) -> bool:
    if name == "any":
        return (value not in _EMPTY) == bool(operand)
    if name == "absent":
        return (value in _EMPTY) == bool(operand)
    if name == "one_of":
        return any(matches(value, one) for one in operand)
    if name == "contains":
        return _contains(value, operand)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(value >= operand if name == "min" else value <= operand)


def fields_match(fields: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether each wanted field matches. A dotted name goes into nested mappings, and into lists: then one item at least
    must match (`after.lines.product_id`)."""
    return all(any(matches(value, want) for value in _reach(fields, name)) for name, want in wanted.items())


def event_matches(kind: str, data: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a journal row, by its kind and its data, is the one a pack waits for. `kind` may be wanted as a list: any of them."""
    asked = wanted.get("kind", "*")
    kinds = asked if isinstance(asked, list | tuple) else (asked,)
    return any(matches(kind, one) for one in kinds) and fields_match(data, {k: v for k, v in wanted.items() if k != "kind"})


def _reach(fields: Mapping[str, Any], name: str) -> list[Any]:
    if name in fields:
        return [fields[name]]
    values: list[Any] = [fields]
    for part in name.split("."):
        items = [item for value in values for item in (value if isinstance(value, list | tuple) else (value,))]
        values = [item[part] for item in items if isinstance(item, Mapping) and part in item]
    return values or [None]


def _contains(value: object, wanted: object) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and plain(wanted) in plain(value)
    if not isinstance(value, list | tuple):
        return False
    asked = wanted if isinstance(wanted, list | tuple) else (wanted,)
    return all(any(matches(item, one) for item in value) for one in asked)


def plain(text: str) -> str:
    """Lower case without accents, spaces made single: what people type and what is heard compare this way."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().replace("’", "'").split())
