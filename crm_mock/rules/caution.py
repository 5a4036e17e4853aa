"""A rule that is not kept, told to a person: a warning, never a block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caution:
    """`rule` is stable and for programs ("R-DEM-3"); `text` a French sentence; `source` the article or the page of the pack."""

    rule: str
    text: str
    source: str
