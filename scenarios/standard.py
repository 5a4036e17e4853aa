"""A référentiel de certification read from `scenarios/standards/<id>.yaml`: competences and their criteria, verbatim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

STANDARDS = Path(__file__).parent / "standards"


@dataclass(frozen=True)
class Competence:
    """`criteria` maps an id ("c2.1") to its text, in the référentiel's order."""

    id: str
    label: str
    criteria: Mapping[str, str]


@dataclass(frozen=True)
class Standard:
    id: str
    title: str
    competences: Mapping[str, Competence]


@cache
def load_standard(standard_id: str) -> Standard:
    """Raises KeyError for an id that has no file: ids come from packs and are compared to file names, never made into a path."""
    path = {p.stem: p for p in STANDARDS.glob("*.yaml")}[standard_id]
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    competences = {c["id"]: Competence(c["id"], c["label"], dict(c["criteria"])) for c in body["competences"]}
    return Standard(standard_id, body["referentiel"]["title"], competences)
