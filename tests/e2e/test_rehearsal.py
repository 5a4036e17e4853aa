"""Whole exam sessions at speed: four candidates at once, a late entry, extra time, an incident, a server killed at random moments."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from scenarios.rehearsal.checks import faults
from scenarios.rehearsal.play import Plan, Rehearsal
from workstation.cli_options import PACKS

DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    "plan",
    [
        Plan("titre", candidates=4, speed=200, crashes=3, seed=1),
        Plan("ccp1", candidates=4, speed=150, crashes=2, seed=2),
        Plan("ccp2", candidates=4, speed=150, crashes=2, seed=3),
    ],
    ids=lambda plan: plan.kind,
)
async def test_a_session_is_rehearsed_with_nothing_lost_and_every_clock_right(tmp_path: Path, plan: Plan) -> None:
    said: list[str] = []
    played = await Rehearsal(tmp_path / "salle", PACKS / "marvalune", DAY, plan, said.append).play()
    assert faults(played) == [], "\n".join(said)
    assert played.room.deaths >= 1 and len(played.archives) == plan.candidates
    log = (tmp_path / "salle" / "server.log").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-4000:]
