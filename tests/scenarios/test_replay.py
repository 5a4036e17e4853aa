"""After an incident the jury and the manager decide to replay: the simulation is cut short, its spare is played, both are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.session_world import STATION, Clock, ok, opened, phase, write
from workstation.cli_options import PACKS


async def decided(room: ExamRoom, choice: str) -> None:
    """A stop of the clock, and what both sides make of it."""
    juror = room.clients["jury2"]
    await ok(await juror.post(f"/session/stations/{STATION}/freeze", json=write(cause="Coupure du réseau")))
    if current := room.room.stations[STATION].sitting.current:  # the role-player alone ends nothing meanwhile
        refused = await room.clients["jury1"].post(f"/jury/simulations/{current}/end", json=write())
        assert (refused.status_code, refused.json()["error_id"]) == (423, "frozen")
    for client in (juror, room.manager):
        await ok(await client.post(f"/session/stations/{STATION}/resume", json=write(choice=choice, given=60)))


def states(told: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["state"] for one in told["simulations"]}


async def test_a_simulation_cut_short_is_replayed_with_its_spare(tmp_path: Path) -> None:
    clock = Clock()
    async with open_exam_room(tmp_path / "salle", PACKS / "marvalune", now=clock) as room:
        candidate = await opened(room, "titre", variant="A")
        player = room.clients["jury1"]
        live = room.room.stations[STATION]
        first = next(s for s in live.simulations if s.written is not None)
        spare = next(s for s in live.pack.spares if s.competence == first.competence)
        await phase(room, clock, "preparation")
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase="preparation")))
        await phase(room, clock, "contacts")
        await decided(room, "rejoué")  # nothing was under way: nothing is to be played again
        assert spare.id not in states((await candidate.get("/sitting")).json())
        await ok(await player.post(f"/jury/simulations/{first.id}/start", json=write()))
        await decided(room, "rendu")
        assert states((await candidate.get("/sitting")).json())[first.id] == "en cours"
        await decided(room, "rejoué")
        told = (await candidate.get("/sitting")).json()
        ids = list(states(told))
        assert ids.index(spare.id) == ids.index(first.id) + 1 and len(ids) == 10
        assert (states(told)[first.id], states(told)[spare.id], told["current"]) == ("terminée", "à faire", None)
        shown = {one["id"]: one for one in told["simulations"]}
        assert shown[spare.id]["briefing"] == "" and "written" not in shown[first.id]
        assert (await ok(await player.get(f"/jury/persona/{spare.id}")))["persona"]["name"] == spare.persona.name
        await ok(await player.post(f"/jury/simulations/{spare.id}/start", json=write()))
        await decided(room, "rejoué")  # no other spare: the simulation is cut short, and that is all
        assert states((await candidate.get("/sitting")).json())[spare.id] == "terminée"
        written = next(one for one in (await candidate.get("/sitting")).json()["simulations"] if one["id"] == spare.id)["written"]
        assert written["contact_id"] == spare.persona.contact_id
        for one in (first.id, spare.id):
            assert (await ok(await room.clients["jury2"].get(f"/jury/grid/evidence/{one}")))["criteria"]
        rows = live.case.rows()
        replaced = next(row for row in rows if row.kind == "SimulationReplaced")
        cut = next(row for row in rows if row.kind == "SimulationEnded")
        assert (cut.data["reason"], cut.data["simulation"]) == ("incident", first.id)
        assert (replaced.data["simulation"], replaced.data["spare"]) == (first.id, spare.id)
        assert replaced.data["freeze"] in {one.id for one in live.course.course.freezes}
        before = states((await candidate.get("/sitting")).json())
    async with open_exam_room(tmp_path / "salle", PACKS / "marvalune", now=clock) as room:
        assert states((await (await room.enrol(STATION))[1].get("/sitting")).json()) == before
