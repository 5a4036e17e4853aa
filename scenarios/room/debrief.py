"""The debrief of a room's simulation: gathers what the pure part needs; in practice, keeps it in the sitting's folder."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from crm_mock.models import KINDS, Reply
from scenarios.debrief import DebriefReport, build_debrief
from scenarios.debrief_markdown import to_markdown
from scenarios.evidence import records_at, window
from scenarios.room.live_sitting import LiveSitting
from scenarios.rotation import SHOWN
from scenarios.sitting import Row, SimulationState, SittingError
from scenarios.standard import load_standard
from scenarios.training.kept import file_stem, is_kept, keep, write_beside
from scenarios.watched import Watched

HANDED_IN = "remise"
logger = logging.getLogger(__name__)


def debrief_of(live: LiveSitting, simulation_id: str) -> DebriefReport:
    """Raises SittingError when the sitting is not a practice or the simulation is not over."""
    live.simulation(simulation_id)
    if live.mode != "practice":
        raise SittingError("no_debrief", 403, "Il n'y a pas de bilan pendant un examen.", {})
    played = live.sitting.simulations[simulation_id]
    if played.state is not SimulationState.OVER:
        details = {"simulation": simulation_id, "state": str(played.state)}
        raise SittingError("not_over", 409, "Le bilan se lit quand la simulation est terminée.", details)
    return facts_of(live, simulation_id, live.watched(simulation_id))


def facts_of(live: LiveSitting, simulation_id: str, watched: Watched | None = None) -> DebriefReport:
    """What the case file shows of a simulation that has begun, expected beside actual, as far as it has gone: for a trainee's debrief, and
    for a juror who asks for it. `watched`: what people saw of it, where that is told too. Raises SittingError before it has begun."""
    simulation = live.simulation(simulation_id)
    played, rows = live.sitting.simulations[simulation_id], live.case.rows()
    if played.started_at is None:
        raise SittingError("not_started", 409, "Cette simulation n'a pas commencé.", {"simulation": simulation_id})
    if played.ended_at is None:
        played = replace(played, ended_at=live.now(), ended_seq=rows[-1].seq)
    records: dict[str, list[dict[str, Any]]] = {
        kind: [record.model_dump(mode="json") for record in live.case.all(KINDS[kind])]
        for kind in {expected.kind for expected in simulation.expected.records if expected.kind in KINDS}
    }
    return build_debrief(
        simulation,
        played,
        live.pack.day,
        window(rows, played),
        records_at(records, [row for row in rows if row.seq > played.ended_seq]),
        load_standard(live.pack.identity.standard),
        sitting=str(live.sitting.opened["id"]),
        pack=live.pack.identity.title,
        replies=[reply.model_dump(mode="json") for reply in live.case.all(Reply)],
        watched=watched or Watched(),
    )


def export_debrief(live: LiveSitting, simulation_id: str) -> tuple[str, str]:
    """The debrief as Markdown, also written under the sitting's `debrief/`; returns the text and the file's name."""
    text = to_markdown(debrief_of(live, simulation_id))
    name = f"bilan-{file_stem(simulation_id)}.md"
    write_beside(live.folder, name, text)
    return text, name


def keep_debrief(live: LiveSitting, simulation_id: str) -> None:
    """What fails is logged, and no room is stopped by it: the debrief is made anew from the journal whenever it is asked for."""
    try:
        keep(live.folder, debrief_of(live, simulation_id))
    except Exception:
        logger.exception("the debrief of %s was not kept", simulation_id)


def keep_missing(live: LiveSitting) -> None:
    """Those of simulations that were over when the room last stopped."""
    over = [one.id for one in live.sitting.simulations.values() if one.state is SimulationState.OVER]
    for simulation_id in over if live.mode == "practice" else ():
        if not is_kept(live.folder, simulation_id):
            keep_debrief(live, simulation_id)


def follow_debriefs(live: LiveSitting, row: Row) -> None:
    """In practice a debrief is kept once its simulation is over, and again once its observer's grid is shown or its written reply is
    handed in."""
    if live.mode != "practice":
        return
    if row.kind in ("SimulationEnded", SHOWN):
        keep_debrief(live, str(row.data["simulation"]))
    elif row.kind in ("RecordCreated", "RecordChanged") and row.data.get("record_kind") == Reply.kind:
        after = row.data.get("after") or {}
        simulation = str(after.get("simulation") or (row.data.get("before") or {}).get("simulation") or "")
        if after.get("status") == HANDED_IN:
            _keep_after_reply(live, simulation, str(row.data.get("id")))


def _keep_after_reply(live: LiveSitting, simulation: str, reply_id: str) -> None:
    """A row of a change names only what changed."""
    simulation = simulation or live.case.get(Reply, reply_id).simulation
    played = live.sitting.simulations.get(simulation)
    if played is not None and played.state is SimulationState.OVER:
        keep_debrief(live, simulation)
