"""What a wanted value accepts."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.matching import event_matches, fields_match, matches


@pytest.mark.parametrize(
    ("value", "wanted", "held"),
    [
        ("a", "a", True),
        ("a", "A", False),
        (1, True, False),
        (4800, 4800, True),
        ("x", "*", True),
        (None, "*", False),
        ("", {"any": True}, False),
        ([1], {"any": True}, True),
        ("", {"any": False}, True),
        (None, {"absent": True}, True),
        ("x", {"absent": True}, False),
        ("b", {"one_of": ["a", "b"]}, True),
        ("b", ["a", "b"], True),
        ("3 Impasse du Colombier-Vert", {"contains": "impasse du colombier"}, True),
        ("Hélène", {"contains": "helene"}, True),
        (["A", "B"], {"contains": "B"}, True),
        (["A", "B"], {"contains": ["B", "A"]}, True),
        (["A"], {"contains": ["B", "A"]}, False),
        ([{"p": "z", "q": 6}], {"contains": {"p": "z"}}, True),
        ([{"p": "z", "q": 6}], [{"q": 6}], True),
        ([{"p": "z"}, {"p": "y"}], [{"p": "z"}], False),
        (5, {"min": 5, "max": 6}, True),
        (7, {"min": 5, "max": 6}, False),
        ("7", {"min": 5}, False),
    ],
)
def test_values(value: Any, wanted: Any, held: bool) -> None:
    assert matches(value, wanted) is held


def test_dotted_names_reach_into_mappings_and_lists() -> None:
    fields = {"after": {"status": "validée", "lines": [{"product_id": "A"}, {"product_id": "B"}]}, "a.b": 1}
    assert fields_match(fields, {"after.status": "validée", "after.lines.product_id": "B", "a.b": 1})
    assert not fields_match(fields, {"after.lines.product_id": "C"})
    assert fields_match(fields, {"after.total": {"absent": True}})


def test_events_by_kind_and_data() -> None:
    data = {"record_kind": "order", "after": {"status": "validée"}}
    assert event_matches("RecordChanged", data, {"kind": ["RecordCreated", "RecordChanged"], "record_kind": "order"})
    assert not event_matches("RecordOpened", data, {"kind": ["RecordCreated", "RecordChanged"]})
    assert event_matches("Anything", data, {"record_kind": "order"})
