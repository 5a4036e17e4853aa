"""Whether the sheet of a persona that a table made still says what its customer says: a number that the table renews in what is said
(« cinq » in a dialogue) and forgets where the juror reads it (« Donne 5 au délai ») sends candidates of that subject to another answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scenarios.customer.french import two_digits
from scenarios.matching import plain
from scenarios.pack import Pack
from scenarios.pack_files import PackProblem
from scenarios.pack_load import Loaded

_SAID = sorted((plain(two_digits(number)) for number in range(2, 100)), key=len, reverse=True)  # « un » is an article too
_NUMBERS = re.compile(rf"(?<![\w-])(?:{'|'.join(_SAID)})(?![\w-])")
_FIGURES = re.compile(r"(?<![\w.,-])\d{1,2}(?![\w,-]|\.\d)")
_DATE = re.compile(r"\{[^}]*\}")


def numbers(text: str) -> set[str]:
    """The numbers from 2 to 99 of a text, in words, whether they are written in figures or in words; not those of dates (`{J+8}`) and
    amounts (16,92)."""
    in_words = _FIGURES.sub(lambda found: two_digits(int(found[0])), _DATE.sub(" ", text))
    return set(_NUMBERS.findall(plain(in_words)))


def fact_problems(pack: Pack, loaded: Loaded) -> Iterator[PackProblem]:
    if loaded.folder is None:
        return
    for simulation in pack.simulations:
        persona, dialogue = (loaded.sources[f"{simulation.id}/{part}"] for part in ("persona", "dialogue"))
        first_persona, first_dialogue = (loaded.folder.made_from(source) for source in (persona, dialogue))
        if first_persona is None or first_dialogue is None:
            continue
        for number, (was, fact) in enumerate(zip(first_persona.data["hidden"], persona.data["hidden"], strict=True)):
            no_more_said = _said(first_dialogue.data, was["id"]) - _said(dialogue.data, fact["id"])
            for key in ("fact", "reveal"):
                for kept in sorted(no_more_said & numbers(str(was[key])) & numbers(str(fact[key]))):
                    told = f"« {kept} » vient du premier sujet : le client ne le dit plus en le révélant, ajouter son remplacement"
                    spot = ("hidden", number, key)
                    yield PackProblem(persona.file, persona.line(spot), told, ".".join(map(str, spot)))


def _said(dialogue: dict[str, Any], fact: str) -> set[str]:
    """Numbers in the lines that reveal a fact."""
    lines = (line for line in dialogue["lines"] if fact in (line.get("reveals") or ()))
    return numbers(" ".join(say for line in lines for say in line.get("say") or ()))
