"""The diagrams of docs/states.md, drawn from the tables: `python -m tests.architecture.state_diagrams` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cti.agent import AGENT_TRANSITIONS, AgentState
from cti.call import CALL_TRANSITIONS
from scenarios.phases import PHASE_TRANSITIONS, PhaseState

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
WORDS = {
    AgentState.SIGNED_OUT: "Déconnecté",
    AgentState.NOT_READY: "En retrait (motif)",
    AgentState.READY: "Prêt",
    AgentState.OFFERED: "Appel présenté",
    AgentState.TALKING: "En conversation",
    AgentState.CHATTING: "Conversation écrite",
    AgentState.HOLDING: "En attente",
    AgentState.WRAP_UP: "Post-appel",
}


S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def diagram(table: Mapping[tuple[S, E], S]) -> str:
    moves = [f"    {state.name.lower()} --> {after.name.lower()}: {event.name.lower()}" for (state, event), after in table.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *moves, "```"])


def page() -> str:
    words = "\n".join(f"| `{state}` | {french} |" for state, french in WORDS.items())
    phases = "\n".join(f"| `{state.name.lower()}` | {state} |" for state in PhaseState)
    return f"""# States

Drawn from `cti/agent.py`, `cti/call.py` and `scenarios/phases.py` by `python -m tests.architecture.state_diagrams`; a test holds
this page to the tables.

## The agent

| state | on screen |
| --- | --- |
{words}

An agent signs in to *En retrait* and signs out from it only. A missed call leads to *En retrait* with the reason
*non décroché*. Every attempt, answered or not, leads to *Post-appel*, which only a qualification ends; the state
armed during the call comes next.

{diagram(AGENT_TRANSITIONS)}

## One call, as the station sees it

{diagram(CALL_TRANSITIONS)}

## One phase of a candidate's passage through an exam

| state | on screen |
| --- | --- |
{phases}

Its clock runs while it is `running`, stands while it is `frozen`; `grace` is for saving and printing what was begun.

{diagram(PHASE_TRANSITIONS)}
"""


if __name__ == "__main__":
    PAGE.write_text(page())
