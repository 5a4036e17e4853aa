"""Reading what a situation expects: the values an expected field admits, the records it is about, where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from crm_mock.models import Record
from scenarios.pack import ExpectedRecord, Pack, Simulation
from scenarios.pack_files import PackProblem, Source, Spot
from scenarios.pack_load import Loaded

R = TypeVar("R", bound=Record)


class Scene:
    """One simulation with its expected records, and the records of the pack around it."""

    def __init__(self, pack: Pack, simulation: Simulation, loaded: Loaded) -> None:
        self.pack, self.simulation = pack, simulation
        self.source: Source = loaded.sources[f"{simulation.id}/expected"]
        self.written_in = loaded.sources
        self.by_id = {(record.kind, record.id): record for record in pack.records}

    def of(self, kind: str) -> Iterator[tuple[int, ExpectedRecord]]:
        """The expected records of a kind that should be there, with their places."""
        for number, record in enumerate(self.simulation.expected.records):
            if record.kind == kind and record.count != 0:
                yield number, record

    def owned(self, model: type[R], contact_id: object) -> list[R]:
        return [r for r in self.pack.records if isinstance(r, model) and getattr(r, "contact_id", "") == contact_id]

    def problem(self, number: int, message: str, *keys: str) -> PackProblem:
        spot: Spot = ("records", number, *keys)
        return PackProblem(self.source.file, self.source.line(spot), message, ".".join(map(str, spot)))


def values(wanted: Any) -> list[Any]:
    """The plain values that would do: one, those of `one_of` or of a list; none for « anything » and for parts of texts."""
    if isinstance(wanted, dict):
        return [value for one in wanted.get("one_of", ()) for value in values(one)]
    if isinstance(wanted, list | tuple):
        return [value for one in wanted for value in values(one)]
    return [] if wanted is None or wanted == "*" else [wanted]


def field(record: ExpectedRecord, name: str) -> list[Any]:
    """What an expected record admits in a field, whether it is told in `expect` or in `match`."""
    return values(record.expect.get(name, record.match.get(name)))


def items(wanted: Any) -> list[dict[str, Any]]:
    """Mappings wanted in a list, written whole or with `contains`."""
    inside = wanted.get("contains") if isinstance(wanted, dict) else wanted
    found = inside if isinstance(inside, list) else [inside]
    return [item for item in found if isinstance(item, dict)]
