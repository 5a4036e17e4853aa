"""Whether a juror who plays the customer can help a candidate who is stuck: each persona has a hint, due while there is still time."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.pack import Pack
from scenarios.pack_files import PackProblem, Source, Spot
from scenarios.pack_load import Loaded

LONGEST = 160  # signs of a hint: one sentence, two lines of a small window


def hint_problems(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    for simulation in pack.simulations:
        source, hint = loaded.sources[f"{simulation.id}/persona"], simulation.persona.hint
        if hint is None:
            yield _at(source, ("hint",), "donner l'indice au candidat bloqué : hint: {after: minutes, says: ce que dit le client}")
            continue
        if hint.after >= simulation.minutes:
            told = f"l'indice vient à {hint.after} min, la simulation en dure {simulation.minutes} : le donner plus tôt"
            yield _at(source, ("hint", "after"), told)
        if len(hint.says) > LONGEST:
            yield _at(source, ("hint", "says"), f"indice trop long ({len(hint.says)} signes, {LONGEST} au plus) : une phrase suffit")


def _at(source: Source, spot: Spot, message: str) -> PackProblem:
    return PackProblem(source.file, source.line(spot), message, ".".join(str(part) for part in spot))
