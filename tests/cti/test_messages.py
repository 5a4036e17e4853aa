"""The vocabulary on the wire: what is encoded comes back the same, what is not a message is refused in words."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
import unicodedata
from enum import StrEnum
from typing import Any, Literal, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.message_lines import BadMessage, build_fact, decode_fact, decode_order, encode
from cti.messages import FACTS, MAX_TEXT, ORDERS, CallOffered, clean_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if a is type(None) else _values(a) for a in args))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(_values(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    known: dict[type, st.SearchStrategy[Any]] = {
        str: TEXT,
        bool: st.booleans(),
        int: st.integers(-(2**31), 2**31),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }
    return known[hint]


def _messages(kinds: dict[str, type]) -> st.SearchStrategy[Any]:
    return st.one_of(*(st.builds(kind, **{n: _values(h) for n, h in typing.get_type_hints(kind).items()}) for kind in kinds.values()))


@given(_messages(FACTS))
def test_facts_come_back_the_same(fact: Any) -> None:
    line = encode(fact)
    assert "\n" not in line
    assert decode_fact(line) == fact
    row = {**json.loads(line), "fact_id": "f1", "told_at": "2026-11-23T09:00:00+00:00", "misfit": ""}
    assert build_fact(row) == fact


@given(_messages(ORDERS))
def test_orders_come_back_the_same(order: Any) -> None:
    assert decode_order(encode(order)) == order


@given(st.text(max_size=60))
def test_any_line_is_a_message_or_refused(line: str) -> None:
    try:
        fact = decode_fact(line)
    except BadMessage as refusal:
        assert repr(line[:80]) in str(refusal)
    else:
        assert type(fact).__name__ in FACTS


@pytest.mark.parametrize(
    "body",
    [
        {"type": "CallOffered", "call_id": "c"},  # fields missing
        {"type": "CallHeld", "call_id": "c", "call_key": "k", "by": "nobody"},
        {"type": "CallHeld", "call_id": 3, "call_key": "k"},
        {"type": "CallHeld", "call_id": "c", "call_key": "k", "extra": 1},
        {"type": "MicrophoneMuted", "muted": 1},
        {"type": "LevelsMeasured", "microphone": True, "speaker": 0.0},
        {"type": "PlaceCall", "call_id": "c", "target": "sip:x@y"},  # an order
        {"type": ["CallHeld"]},
        {},
    ],
)
def test_what_does_not_fit_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        decode_fact(json.dumps(body))
    with pytest.raises(BadMessage):
        build_fact(body)


def test_messages_are_frozen_and_named_once() -> None:
    assert not set(FACTS) & set(ORDERS)
    offered = CallOffered("c", "k", "+33465712108", "", "")
    with pytest.raises(dataclasses.FrozenInstanceError):
        offered.call_id = "other"  # type: ignore[misc]  # the point of the test


@given(st.text(max_size=400))
def test_text_from_the_network_is_fit_to_be_drawn(text: str) -> None:
    kept = clean_text(text)
    assert len(kept) <= MAX_TEXT
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in kept)
    assert clean_text(kept) == kept


def test_right_to_left_marks_and_escapes_are_taken_out() -> None:
    assert clean_text("\u202eRIOV\x1b[31m A\u0301\u200b") == "RIOV[31m Á"
