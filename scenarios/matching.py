"""How a pack says what a value should be: one reading for dialogue conditions, expected records and expected steps.

A wanted value is a plain value (equal), "*" (anything but null), or one of these one-key mappings:
`{"any": true}` (anything but null, "" and []), `{"absent": true}` (null, "", [] or no such field),
`{"one_of": [...]}` (any of these wanted values), `{"contains": X}`. In a text, X is a part of it, case and
accents ignored; in a list, X is an item of it, or a mapping of fields that one item must match, or a
list of such, all found. Values are JSON's: dates are ISO text, amounts integer cents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

OPERATORS = ("any", "absent", "one_of", "contains")
_EMPTY: tuple[Any, ...] = (None, "", [], ())


def matches(value: object, wanted: object) -> bool:
    """Whether `value`, from a record or a journal row, is as the pack wants it."""
    if isinstance(wanted, str) and wanted == "*":
        return value is not None
    if isinstance(wanted, Mapping):
        operator = next(iter(wanted)) if len(wanted) == 1 else ""
        if operator == "any":
            return (value not in _EMPTY) == bool(wanted["any"])
        if operator == "absent":
            return (value in _EMPTY) == bool(wanted["absent"])
        if operator == "one_of":
            return any(matches(value, one) for one in wanted["one_of"])
        if operator == "contains":
            return _contains(value, wanted["contains"])
        return isinstance(value, Mapping) and fields_match(value, wanted)
    if isinstance(wanted, list | tuple):
        return isinstance(value, list | tuple) and len(value) == len(wanted) and all(map(matches, value, wanted))
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def fields_match(fields: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether each wanted field matches; a dotted name goes into nested mappings (`after.status`)."""
    return all(matches(_reach(fields, name), value) for name, value in wanted.items())


def event_matches(kind: str, data: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a journal row, by its kind and its data, is the one a pack waits for. `kind` may be wanted as a list: any of them."""
    asked = wanted.get("kind", "*")
    kinds = asked if isinstance(asked, list | tuple) else (asked,)
    return any(matches(kind, one) for one in kinds) and fields_match(data, {k: v for k, v in wanted.items() if k != "kind"})


def _reach(fields: Mapping[str, Any], name: str) -> Any:
    if name in fields:
        return fields[name]
    value: Any = fields
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


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
