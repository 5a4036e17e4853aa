"""The ledger of what the customer has said: each hidden fact with the digit that ticks it, when it was said, and when it may be."""

from __future__ import annotations

from rich.text import Text

from workstation.desk.state import Record
from workstation.i18n import _
from workstation.jury.console import exam_view as exam
from workstation.jury.console.room_view import record, records
from workstation.jury.console.state import JuryState
from workstation.ui.plain_text import one_line

MOST = 9  # facts that a digit ticks


def facts_of(sheet: Record | None) -> list[Record]:
    """The hidden facts of a persona sheet that can be ticked."""
    return [one for one in records(record((sheet or {}).get("persona")).get("hidden")) if one.get("id")][:MOST]


def ledger_text(state: JuryState, width: int, *, with_rules: bool) -> Text:
    """One line a fact, and its rule under it where there is room; nothing where nothing is noted."""
    facts = facts_of(state.sheets.get(state.chosen))
    if not exam.ticks_here(state) or not facts:
        return Text("")
    said = exam.revealed(state, state.chosen)
    lines = [Text(_("DIT PAR LE CLIENT (1 à 9 coche)"), "bold underline")]
    for place, one in enumerate(facts, 1):
        known = said.get(str(one["id"]))
        tick = "[ ]" if known is None else _("[x] dit {at}").format(at=known.at) + ("" if known.saved else " …")
        line = Text(f"{place} {tick} ", "bold" if known else "").append(one_line(one.get("fact") or ""))
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
        if with_rules:
            rule = Text("    → ").append(one_line(one.get("reveal") or ""), "italic")
            rule.truncate(width, overflow="ellipsis")
            lines.append(rule)
    return Text("\n", no_wrap=True).join(lines)
