"""Whether the written conversations of a pack can be played: what only a telephone has is not waited for, messages are short."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.pack import Edge, Pack, Simulation
from scenarios.pack_files import PackProblem, Source, Spot
from scenarios.pack_load import Loaded

WRITTEN = "chat"  # channel of a simulation
MESSAGE_LIMIT = 300  # signs of one message, three or four lines of a small window
ONLY_ALOUD = ("hold", "resumed", "interrupted")  # conditions that never come in writing


def chat_problems(pack: Pack, loaded: Loaded) -> list[PackProblem]:
    """Faults of the chat simulations and of the ready replies."""
    found: list[PackProblem] = []
    if pack.canned:
        ids = [reply.id for reply in pack.canned]
        for number, ident in enumerate(ids):
            if ids.index(ident) != number:
                found.append(_at(loaded.sources["canned"], ("canned", number, "id"), f"réponse « {ident} » donnée deux fois"))
    for simulation in pack.simulations:
        if simulation.channel == WRITTEN:
            found += _written(simulation, loaded)
    return found


def _written(simulation: Simulation, loaded: Loaded) -> Iterator[PackProblem]:
    dialogue, source = simulation.dialogue, loaded.sources[f"{simulation.id}/dialogue"]
    if simulation.direction != "entrant":
        yield _at(loaded.sources[f"{simulation.id}/simulation"], ("direction",), "une conversation écrite est toujours entrante")
    for number, line in enumerate(dialogue.lines):
        for n, text in enumerate(line.say):
            if len(text) > MESSAGE_LIMIT:
                yield _at(source, ("lines", number, "say", n), f"message trop long ({len(text)} signes, {MESSAGE_LIMIT} au plus)")
    edges: list[tuple[Spot, Edge]] = [(("always", n), edge) for n, edge in enumerate(dialogue.always)]
    edges += [(("lines", number, "next", n), edge) for number, line in enumerate(dialogue.lines) for n, edge in enumerate(line.next)]
    for spot, edge in edges:
        for name in ONLY_ALOUD:
            if getattr(edge.when, name) is not None:
                yield _at(source, (*spot, "when"), f"« {name} » n'arrive jamais par écrit")


def _at(source: Source, spot: Spot, message: str) -> PackProblem:
    return PackProblem(source.file, source.line(spot), message, ".".join(str(part) for part in spot))
