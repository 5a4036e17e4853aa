"""The subject in which a story is played. A story is written in the words of the subject that the pack's own files are; what another
subject has in their place is asked of the pack's own table. The few things that neither says stand in a table of the story's test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.pack_dates import resolve
from tests.scenarios.pack_folders import DAY, read_marvalune

FIRST, SPARE = "A", "R"
OPTION = "--subject"


@dataclass(frozen=True)
class Story:
    """One simulation of one subject of the pack that ships."""

    simulation: str
    letter: str = FIRST

    @property
    def arguments(self) -> Sequence[str]:
        """Of `plateau lab`."""
        return () if self.letter == FIRST else ("--variant", self.letter)

    def its(self, text: str) -> str:
        """What this subject has in the place of a text of the first one: as it is in the first."""
        if self.letter == FIRST:
            return text
        folder = read_marvalune(self.letter).folder
        assert folder is not None
        table = folder.tables[self.letter].get(self.simulation)  # a spare's story is told in its own words
        return text if table is None else table.replacements.text(text)

    def day(self, expression: str) -> dt.date:
        """The day that the first subject's files write so (J+8)."""
        return resolve(self.its(expression), DAY)

    def cents(self, amount: str) -> int:
        """Of an amount of the first subject (41,15)."""
        return int(self.its(amount).replace(",", ""))
