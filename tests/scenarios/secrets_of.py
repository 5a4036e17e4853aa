"""What of a pack no candidate may ever have in an exam, as strings to look for in what reached the candidate's station."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.pack import Pack, Simulation

SHORTEST, LONGEST = 18, 44  # characters of what is looked for: shorter is said by chance, longer may be cut
_KEPT_AS_ONE_BYTE = re.compile(r"[\x20-\x7e\xa0-\xff]+")
REPO = Path(__file__).parents[2]
FLOORS = ("crm_mock", "cti", "scenarios", "workstation")  # the program's own words are no secret
PUBLIC_VALUES = ("texts", "letters", "codes", "records", "canned", "questionnaires", "trees", "retention", "campaigns", "services")


def secrets_of(pack: Pack) -> dict[str, str]:
    """By where it comes from, a piece of each text of the personas, dialogues and expected results that is said nowhere in what the
    candidate is given: brief, procedures, letters, the company's files."""
    public = json.dumps([_json(getattr(pack, name)) for name in PUBLIC_VALUES], ensure_ascii=False)
    public += json.dumps([[s.briefing, _json(s.written)] for s in pack.simulations], ensure_ascii=False)
    public += "".join(path.read_text(encoding="utf-8") for floor in FLOORS for path in sorted((REPO / floor).rglob("*.py")))
    found: dict[str, str] = {}
    for simulation in (*pack.simulations, *pack.spares):
        for where, text in _texts(simulation):
            piece = piece_of(text)
            if piece and piece not in public:
                found[f"{simulation.id} {where}"] = piece
    return found


def piece_of(text: str) -> str:
    """The longest run of what every encoding keeps in a row, cut to LONGEST; "" when it is too short to be looked for."""
    runs = [run.strip() for run in _KEPT_AS_ONE_BYTE.findall(" ".join(text.split(" ")))]
    longest = max(runs, key=len, default="")
    return longest[:LONGEST].strip() if len(longest) >= SHORTEST else ""


def _texts(simulation: Simulation) -> Iterator[tuple[str, str]]:
    persona = simulation.persona
    for name in ("situation", "request", "real_need", "limits", "forbidden", "ending", "opening"):
        yield f"persona.{name}", getattr(persona, name)
    for fact in persona.hidden:
        yield f"hidden {fact.id}", fact.fact
        yield f"hidden {fact.id} reveal", fact.reveal
    if persona.branches is not None:
        yield "branches.good", persona.branches.good
        yield "branches.average", persona.branches.average
    if persona.hint is not None:
        yield "hint", persona.hint.says
    for rank, objection in enumerate(persona.objections):
        for name in ("says", "yields_if", "holds_if"):
            yield f"objection {rank} {name}", getattr(objection, name)
    for line in simulation.dialogue.lines:
        for rank, said in enumerate(line.say):
            yield f"line {line.id} {rank}", said
    for cue in simulation.cues:
        yield f"cue {cue.id}", cue.label
    expected = simulation.expected
    for record in expected.records:
        yield f"record {record.id}", record.label
        for rank, value in enumerate(_values({"match": record.match, "expect": record.expect})):
            yield f"record {record.id} value {rank}", value
    for step in expected.steps:
        yield f"step {step.id}", step.label
    for heard in expected.heard:
        yield f"heard {heard.criteria}", heard.reason
    for mention in expected.written:
        yield f"mention {mention.element}", mention.label


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _values(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _values(one)


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def forms(piece: str) -> set[bytes]:
    """A piece as it may lie in a file, a message or a memory whose zero bytes were taken out."""
    escaped = json.dumps(piece)[1:-1].encode()
    return {piece.encode(), piece.encode("latin-1"), escaped, escaped.replace(b'\\"', b'"'), piece.encode().replace(b'"', b'\\"')}


def found_in(content: bytes | Path, pieces: Iterable[str], folder: Path) -> set[str]:
    """Which of these pieces are there, in any of their forms, wide characters too. `folder` takes two files."""
    wanted: dict[bytes, str] = {form: piece for piece in pieces for form in forms(piece)}
    folder.mkdir(parents=True, exist_ok=True)
    patterns = folder / "patterns"
    patterns.write_bytes(b"\n".join(sorted(wanted)) + b"\n")
    raw = content.read_bytes() if isinstance(content, Path) else content
    haystack = folder / "haystack"
    haystack.write_bytes(raw + b"\n" + raw.replace(b"\0", b""))
    environment = {**os.environ, "LC_ALL": "C"}
    run = subprocess.run(["grep", "-a", "-o", "-F", "-f", str(patterns), str(haystack)], capture_output=True, env=environment, check=False)
    assert run.returncode in (0, 1), run.stderr
    haystack.unlink()
    return {wanted[line] for line in run.stdout.splitlines() if line in wanted}
