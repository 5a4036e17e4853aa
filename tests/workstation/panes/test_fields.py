"""The one form can edit every kind, in French."""

from __future__ import annotations

import pytest

from crm_mock.models import KINDS
from workstation.ui.record_titles import summary, title_of
from workstation.ui.record_words import FIELD_WORDS, KIND_WORDS
from workstation.ui.widgets.fields import UNSEEN, complaints, field_specs


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_of_each_kind_has_a_word_and_a_way_to_be_typed(kind: str) -> None:
    assert kind in KIND_WORDS
    shown = {spec.name for spec in field_specs(kind)}
    structured = {"lines", "proposals", "instalments", "substitutes", "addons", "codes"}
    for name in KINDS[kind].model_fields:
        if name not in UNSEEN[""] | UNSEEN.get(kind, frozenset()) | structured:
            assert name in FIELD_WORDS, f"{kind}.{name} has no French word"
            assert name in shown, f"{kind}.{name} cannot be typed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_bare_record_of_each_kind_can_be_listed(kind: str) -> None:
    assert title_of(kind, {"id": "x", "contact_id": "c"})
    assert summary(kind, {"id": "x", "contact_id": "c"}).what


def test_types_become_the_right_editors() -> None:
    typing = {s.name: s.typing for s in field_specs("promise")}
    assert typing == {"plan_id": "link", "amount_cents": "money", "due_on": "date", "means": "choice", "person": "text", "status": "choice"}
    assert {s.name: s.typing for s in field_specs("identification")} == {"elements": "choices", "outcome": "choice"}
    assert {s.name: s.typing for s in field_specs("contact_point")}["value"] == "point"


def test_the_model_is_quoted_in_french() -> None:
    record = {"id": "a", "contact_id": "c", "line1": "rue", "postcode": "123", "usage": "x"}
    assert complaints("address", record) == {"postcode": "Cinq chiffres attendus", "usage": "Valeur inconnue"}
    assert complaints("address", {**record, "postcode": "31450", "usage": "livraison"}) == {}
