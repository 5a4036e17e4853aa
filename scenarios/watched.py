"""What people saw of a simulation played in practice, as far as everybody may know it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from scenarios.rotation import PeerRole


@dataclass(frozen=True)
class Noted:
    """`about`: a competence or a transversal one, "" the whole."""

    at: dt.datetime
    about: str
    text: str


@dataclass(frozen=True)
class ShownGrid:
    """An observer's grid that was shown: `marks` by criterion, in the words of scenarios.grid.Mark. `by`: who observed."""

    by: str
    marks: Mapping[str, str]
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True)
class Watched:
    """`said`: the hidden facts that whoever played the customer ticked as said, and when. `people`: who was what, where they were named."""

    grids: tuple[ShownGrid, ...] = ()
    said: Mapping[str, dt.datetime] = field(default_factory=dict)
    people: Mapping[PeerRole, str] = field(default_factory=dict)
