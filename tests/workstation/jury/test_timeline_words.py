"""Every row that a room can journal has words for a juror, or is left out on purpose."""

from __future__ import annotations

import ast
import functools
import typing
from pathlib import Path

import pytest

from cti.exchange import facts as fx
from cti.messages import FACTS
from scenarios.room.sitting import CustomerWord, Trace
from scenarios.sitting import SittingEvent
from workstation.jury.console.state import Entry, JuryState
from workstation.jury.widgets.timeline_words import HEADS, QUIET_KINDS, entry_text

REPO = Path(__file__).parents[3]
MAKERS = {"Event", "NewRow"}  # of rows, by their kind first


@functools.cache
def named_in_source() -> set[str]:
    """Kinds written in full where rows are made."""
    found: set[str] = set()
    for part in ("scenarios", "cti", "crm_mock"):
        for path in sorted((REPO / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args:
                    found |= {one.value for one in _values(node.args[0]) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def _values(first: ast.expr) -> tuple[ast.expr, ...]:
    return (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)


def kinds() -> set[str]:
    told = {f"Exchange{fact.__name__}" for fact in typing.get_args(fx.ExchangeFact) if fact not in fx.EPHEMERAL}
    asked = {kind for body in (Trace, CustomerWord) for kind in typing.get_args(body.model_fields["kind"].annotation)}
    return named_in_source() | told | asked | set(FACTS) | set(SittingEvent)


def test_the_source_is_read() -> None:
    assert {"CustomerAssigned", "JurorCalled", "RecordOpened", "RecordCreated", "RecordChanged", "AgentStateChanged"} <= named_in_source()


def test_every_kind_has_words_or_is_left_out() -> None:
    assert [kind for kind in sorted(kinds()) if (kind in HEADS) is (kind in QUIET_KINDS)] == []


@pytest.mark.parametrize("kind", sorted(HEADS))
def test_no_sentence_is_made_of_inner_words(kind: str) -> None:
    text = entry_text(Entry(1, 0.0, kind, "k", "poste3", {}), JuryState(), 80).plain
    assert kind not in text and "poste3" not in text and len(text.split()) > 1


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("CustomerAssigned", {"customer": "client1", "simulation": "S1", "left": False}, "Client virtuel joue la simulation S1"),
        ("CustomerAssigned", {"customer": "client1", "simulation": "S1", "left": True}, "Client virtuel quitte le poste"),
        ("ExchangeQueued", {"queue": "commune", "position": 1}, "Un appel attend dans la file commune, n° 1"),
        ("RecordOpened", {"record_kind": "contact", "id": "vasserand-odile"}, "Fiche ouverte : un autre client"),
        ("Searched", {"q": "m", "total": 1000, "page": 1, "more": True}, "Recherche « m » : plus de 1000 résultats"),
    ],
)
def test_words_of_a_room_that_trains(kind: str, data: dict[str, object], said: str) -> None:
    assert entry_text(Entry(1, 0.0, kind, "", "", dict(data)), JuryState(), 80).plain.endswith(said)
