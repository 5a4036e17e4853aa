"""The jury's grid through its routes: blind until both have shared, whatever is asked; each juror's own candidate and no other."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from scenarios.debrief_words import sentence_fr
from scenarios.room.hub import may_see
from scenarios.sitting import SITTING_HEADER
from tests.scenarios.session_world import STATION, Clock, ok, opened, session_room, through, write


def ident() -> str:
    return uuid.uuid4().hex


async def test_two_jurors_note_share_and_decide(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        one, two = room.clients["jury1"], room.clients["jury2"]
        grid = await ok(await one.get("/jury/grid"))
        assert [c["id"] for c in grid["competences"]] == ["c1", "c2", "c3", "c4"] and grid["marks"] == {"jury1": {}}
        assert grid["competences"][0]["criteria"]["c1.1"] == "La mise en relation avec la cible est réussie"
        await ok(await one.put("/jury/grid/marks", json=write(criterion="c1.1", value="constaté")))
        await ok(await two.put("/jury/grid/marks", json=write(criterion="c1.1", value="non constaté")))
        assert (await one.put("/jury/grid/marks", json=write(criterion="c9.1", value="constaté"))).status_code == 422
        assert (await one.put("/jury/grid/marks", json=write(criterion="c1.1", value="12/20"))).status_code == 422
        note = {"text": "pourquoi ce code ?", "competence": "c2", "pinned": True}
        await ok(await two.put(f"/jury/grid/notes/{ident()}", json=note))
        refused = await two.put(f"/jury/grid/notes/{ident()}", json={**note, "competence": "c4"})
        assert refused.json()["error_id"] == "not_in_interview"
        blind = await ok(await one.get("/jury/grid"))
        assert blind["marks"] == {"jury1": {"c1.1": "constaté"}} and blind["notes"] == [] and blind["compared"] == []
        assert (await one.post("/jury/grid/share")).json()["error_id"] == "too_early"
        await through(room, clock, "technical_interview")
        await ok(await one.post("/jury/grid/share"))
        assert (await one.put("/jury/grid/marks", json=write(criterion="c1.1", value="constaté"))).json()["error_id"] == "already_shared"
        assert (await ok(await one.get("/jury/grid")))["marks"].keys() == {"jury1"}
        decision: dict[str, Any] = {
            "id": ident(),
            "subject": "c1",
            "outcome": "acquis",
            "reason": "La cible est obtenue.",
        }
        assert (await one.post("/jury/grid/decisions", json=decision)).json()["error_id"] == "not_shared"
        await ok(await two.post("/jury/grid/share"))
        both = await ok(await one.get("/jury/grid"))
        assert both["marks"] == {"jury1": {"c1.1": "constaté"}, "jury2": {"c1.1": "non constaté"}}
        assert both["compared"][0] == {"criterion": "c1.1", "differs": True} and both["questions"] == [both["notes"][0]["id"]]
        assert (await one.post("/jury/grid/decisions", json={**decision, "reason": " "})).json()["error_id"] == "no_reason"
        made = await ok(await one.post("/jury/grid/decisions", json=decision))
        assert made["decisions"][0]["agreed"] is False
        agreed = await ok(await two.post(f"/jury/grid/decisions/{decision['id']}/assent"))
        assert agreed["decisions"][0]["agreed"] is True and both["subjects"] == ["c1", "c2", "c3", "c4", "ccp1"]
        answered = {**note, "answer": "la procédure P-02 est citée"}
        assert (await ok(await two.put(f"/jury/grid/notes/{both['notes'][0]['id']}", json=answered)))["notes"][0]["answer"]
        await ok(await one.put("/jury/grid/exhibits", json={"what": "ecf", "remark": "vus"}))


async def test_nothing_in_what_is_told_counts_or_suggests(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room, "titre")
        told = await ok(await room.clients["jury1"].get("/jury/grid"))
        assert not {"score", "total", "percent", "suggestion", "result"} & set(told)
        for mark in ("constaté", "non constaté", "non observable"):
            await ok(await room.clients["jury1"].put("/jury/grid/marks", json=write(criterion="c1.1", value=mark)))
        assert (await ok(await room.clients["jury1"].get("/jury/grid")))["marks"]["jury1"] == {"c1.1": "non observable"}


async def test_the_ledger_is_told_to_the_observer(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        simulation = room.room.pack.simulations[0]
        fact = simulation.persona.hidden[0].id
        await ok(await room.clients["jury1"].put("/jury/grid/reveals", json=write(simulation=simulation.id, fact=fact)))
        assert list((await ok(await room.clients["jury2"].get("/jury/grid")))["revealed"][simulation.id]) == [fact]
        unknown = await room.clients["jury1"].put("/jury/grid/reveals", json=write(simulation=simulation.id, fact="rien"))
        assert unknown.status_code == 404


async def test_a_hint_given_is_journaled_by_the_simulations_own_clock_and_told_to_no_candidate(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await through(room, clock, "contacts")
        player, observer = room.clients["jury1"], room.clients["jury2"]
        path = "/jury/simulations/S1/hint"
        assert (await player.post(path, json=write())).json()["error_id"] == "not_started"
        await ok(await player.post("/jury/simulations/S1/start", json=write()))
        clock.advance(minutes=3)
        await ok(await player.post(f"/session/stations/{STATION}/freeze", json=write(cause="Alarme")))
        clock.advance(minutes=20)
        await ok(await player.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu")))
        await ok(await room.manager.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu")))
        clock.advance(seconds=10)
        assert (await observer.post(path, json=write())).status_code == 403
        once = write()
        for _again in range(2):
            await ok(await player.post(path, json=once))
        await ok(await player.post(path, json=write(given=False)))
        given, undone = [row for row in room.room.stations[STATION].case.rows() if row.kind == "HintGiven"]
        says = "Et vous ne me demandez pas quand ?"
        assert given.data == {"simulation": "S1", "given": True, "elapsed": 190.0, "after": 3, "says": says} and given.actor == "jury1"
        assert sentence_fr(given.kind, given.data) == f"Indice donné à 3 min 10 s (dès 3 min) : « {says} »"
        assert sentence_fr(undone.kind, undone.data) == "Indice noté par erreur : non donné"
        assert may_see("juror", given.kind) and not any(may_see("candidate", given.kind, mode) for mode in ("practice", "exam"))


async def test_the_facts_of_a_simulation_are_shown_beside_its_criteria_while_it_runs_and_after(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await through(room, clock, "contacts")
        one, two = room.clients["jury1"], room.clients["jury2"]
        assert (await two.get("/jury/grid/evidence/S1")).json()["error_id"] == "not_started"
        await ok(await one.post("/jury/simulations/S1/start", json=write()))
        running = await ok(await two.get("/jury/grid/evidence/S1"))
        await ok(await one.post("/jury/simulations/S1/end", json=write()))
        over = await ok(await two.get("/jury/grid/evidence/S1"))
        assert running["criteria"] and [c["id"] for c in over["criteria"]] == [c["id"] for c in running["criteria"]]
        assert over["records"] and all("same" in line for line in over["records"])


async def test_a_mark_owed_for_the_candidate_before_is_not_the_next_one_s(tmp_path: Path) -> None:
    """A juror's console that was cut off sends what it owes with the sitting it is about."""
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        before = {SITTING_HEADER: room.room.stations[STATION].card.id}
        await ok(await room.manager.post(f"/session/stations/{STATION}/absent", json=write()))
        await ok(await room.manager.post("/session/candidates", json={"number": "018", "station": STATION}))
        await ok(await room.manager.post("/session/candidates/018/sitting"))
        juror, mark = room.clients["jury1"], write(criterion="c2.1", value="constaté")
        answer = await juror.put("/jury/grid/marks", json=mark, headers=before)
        assert (answer.status_code, answer.json()["error_id"]) == (409, "sitting_left")
        assert (await ok(await juror.get("/jury/grid")))["marks"] == {"jury1": {}}


async def test_a_grid_outlives_the_room_server(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await ok(await room.clients["jury1"].put("/jury/grid/marks", json=write(criterion="c2.1", value="constaté")))
    async with session_room(tmp_path, clock) as room:
        one = await room.seat("jury1", "role_player", STATION)
        assert (await ok(await one.get("/jury/grid")))["marks"] == {"jury1": {"c2.1": "constaté"}}
