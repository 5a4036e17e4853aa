"""How the phone's vocabulary travels: one JSON object a line, `{"type": "<class name>", ...fields}`, read back field by field."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, TypeVar, Union

from cti.messages import FACTS, ORDERS, Fact, Order

M = TypeVar("M")


class BadMessage(ValueError):
    """A line that is not one of the messages of cti.messages; the message says why."""


def encode(message: Order | Fact) -> str:
    """One line of JSON, without the line break."""
    return json.dumps({"type": type(message).__name__, **dataclasses.asdict(message)}, ensure_ascii=False, separators=(",", ":"))


def decode_order(line: str) -> Order:
    return typing.cast(Order, _decode(line, ORDERS))


def decode_fact(line: str) -> Fact:
    return typing.cast(Fact, _decode(line, FACTS))


JOURNAL_FIELDS = ("fact_id", "told_at", "misfit")
"""What a journal row of a fact holds beside the fact: its identity, the station's instant, why no state allowed it."""


def build_fact(body: Mapping[str, Any]) -> Fact:
    """A fact from its fields and `type`, as JSON or a journal row gives them; raises BadMessage."""
    fields = {name: value for name, value in body.items() if name != "type" and name not in JOURNAL_FIELDS}
    kind = FACTS.get(str(body.get("type")))
    if kind is None:
        raise BadMessage(f"not a fact: {body.get('type')!r}")
    return typing.cast(Fact, _build(kind, fields))


def _decode(line: str, known: dict[str, type]) -> object:
    try:
        body = json.loads(line)
        kind = known[body.pop("type")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadMessage(f"not a message: {line[:80]!r} ({error})") from None
    return _build(kind, body)


def _build(kind: type[M], body: dict[str, Any]) -> M:
    hints = typing.get_type_hints(kind)
    unknown = set(body) - set(hints)
    if unknown:
        raise BadMessage(f"{kind.__name__}: unknown field {', '.join(sorted(unknown))}")
    try:
        return kind(**{name: _fit(hints[name], value, f"{kind.__name__}.{name}") for name, value in body.items()})
    except TypeError as error:
        raise BadMessage(f"{kind.__name__}: {error}") from None


def _fit(hint: Any, value: Any, where: str) -> Any:
    """`value` if it fits the annotation, enums and tuples rebuilt; raises BadMessage."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        return _fit(next(a for a in args if a is not type(None)), value, where)
    if origin is Literal:
        fits = value in args
    elif origin is tuple:
        fits = isinstance(value, list) and all(isinstance(v, args[0]) for v in value)
        value = tuple(value) if fits else value
    elif origin is dict:
        fits = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        fits = value in set(hint)
        value = hint(value) if fits else value
    elif hint is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    if not fits:
        raise BadMessage(f"{where}: {value!r} does not fit")
    return value
