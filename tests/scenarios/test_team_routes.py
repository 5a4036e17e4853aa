"""Three who practise together, through a practice room's routes: who is what, the observer's grid, and what the trainee's desk may know."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scenarios.grid import Mark
from scenarios.room.grid_store import GridStore
from scenarios.room.open import REGISTER
from scenarios.room.register import Register
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.room_world import write_pack
from tests.scenarios.session_world import ok, write
from tests.scenarios.sockets import socket_of

STATION, OTHER = "poste1", "poste2"
PEOPLE = ["Ana", "Bao", "Cyr"]
SECRET = "Elle déménage le 1er décembre."  # of the persona


@dataclass
class Trio:
    room: ExamRoom
    trainee: httpx.AsyncClient
    customer: httpx.AsyncClient
    observer: httpx.AsyncClient
    stranger: httpx.AsyncClient  # observes the other station

    @property
    def by_role(self) -> Mapping[str, httpx.AsyncClient]:
        others = {"stranger": self.stranger, "nobody": self.room.nobody}
        return {"trainee": self.trainee, "customer": self.customer, "observer": self.observer, **others}

    async def play(self, simulation: str = "S1") -> None:
        """Begun and ended by whoever plays the customer."""
        for order in ("start", "end"):
            await ok(await self.customer.post(f"/jury/simulations/{simulation}/{order}", json=write()))

    async def team(self) -> dict[str, Any]:
        """As the desk reads it; the consoles' view has the same."""
        told: dict[str, Any] = (await ok(await self.trainee.get("/sitting")))["team"]
        view = await ok(await self.observer.get("/jury/room"))
        assert next(one["team"] for one in view["stations"] if one["id"] == STATION) == told
        return told


@asynccontextmanager
async def trio(folder: Path) -> AsyncIterator[Trio]:
    pack = folder / "petit"
    if not pack.exists():
        write_pack(folder)
    async with open_exam_room(folder / "salle", pack, mode="practice") as room:
        yield Trio(
            room,
            (await room.enrol(STATION))[1],
            await room.seat("jury1", "role_player", STATION),
            await room.seat("jury2", "observer", STATION),
            await room.seat("jury3", "observer", OTHER),
        )


async def refused(answer: httpx.Response, status: int, error_id: str) -> str:
    told = answer.json()
    assert (answer.status_code, told["error_id"]) == (status, error_id), answer.text
    return str(told["title"])


async def test_everybody_moves_on_together_and_what_each_played_is_kept(tmp_path: Path) -> None:
    async with trio(tmp_path) as now:
        assert await now.team() == {"round": 0, "people": [], "proposed": "S1", "played": [], "shown": []}
        await refused(await now.customer.post("/jury/team/next", json=write(round=0)), 409, "nobody_named")
        await refused(await now.observer.put("/jury/team", json=write(people=["Ana", "ana"])), 422, "wrong_names")
        named = write(people=[" Ana", "Bao", "Cyr"])
        told = await ok(await now.observer.put("/jury/team", json=named))
        assert told == await now.team() and (told["round"], told["people"]) == (1, PEOPLE)
        await ok(await now.customer.post("/jury/simulations/S1/start", json=write()))
        why = await refused(await now.customer.post("/jury/team/next", json=write(round=1)), 409, "simulation_runs")
        assert why == "Une simulation est en cours : terminez-la avant de changer de tour."
        await ok(await now.customer.post("/jury/simulations/S1/end", json=write()))
        again = write(round=1)
        await ok(await now.customer.post("/jury/team/next", json=again))
        await ok(await now.customer.post("/jury/team/next", json=again))  # the answer was lost
        why = await refused(await now.observer.post("/jury/team/next", json=write(round=1)), 409, "already_turned")
        assert why == "Le tour a déjà changé : c'est le tour 2."
        await ok(await now.observer.put("/jury/team", json=named))  # sent again, it begins nothing anew
        await now.play("S2")
        told = await now.team()
        assert (told["round"], told["people"], told["proposed"]) == (2, ["Cyr", "Ana", "Bao"], "")
        assert [(one["simulation"], one["round"], one["people"]) for one in told["played"]] == [
            ("S1", 1, {"stagiaire": "Ana", "client": "Bao", "observateur": "Cyr"}),
            ("S2", 2, {"stagiaire": "Cyr", "client": "Ana", "observateur": "Bao"}),
        ]
        assert all(one["began_at"] < one["ended_at"] for one in told["played"])
        # meanwhile two swap at the other station, with nobody at the observer's place
        pair, desk = await now.room.seat("jury3", "role_player", OTHER), (await now.room.enrol(OTHER))[1]
        await ok(await pair.put("/jury/team", json=write(people=["Dia", "Eva"])))
        for order in ("start", "end"):
            await ok(await pair.post(f"/jury/simulations/S1/{order}", json=write()))
        assert (await ok(await pair.post("/jury/team/next", json=write(round=1))))["people"] == ["Eva", "Dia"]
        report = await ok(await desk.get("/sitting/debrief/S1"))
        assert report["people"] == {"stagiaire": "Dia", "client": "Eva"} and report["observed"] == []


async def test_the_observer_s_grid_is_theirs_until_it_is_shown_and_then_everybody_s(tmp_path: Path) -> None:
    async with trio(tmp_path) as now:
        heard = {"authorization": now.trainee.headers["authorization"]}
        async with socket_of(now.room.app, "/events?after=0", heard) as desk:
            await ok(await now.observer.put("/jury/team", json=write(people=PEOPLE)))
            await refused(await now.observer.get("/jury/grid"), 409, "not_started")
            await ok(await now.customer.post("/jury/simulations/S1/start", json=write()))
            grid = await ok(await now.observer.get("/jury/grid"))
            assert (grid["simulation"], [one["id"] for one in grid["competences"]]) == ("S1", ["c2"])
            assert grid["competences"][0]["criteria"]["c2.1"] == "La demande de l'interlocuteur est identifiée"
            mark = write(criterion="c2.1", value="non constaté", simulation="S1")
            await ok(await now.observer.put("/jury/grid/marks", json=mark))
            await refused(
                await now.observer.put("/jury/grid/marks", json=write(criterion="c9.1", value="constaté")), 422, "unknown_criterion"
            )
            note = {"text": "très à l'écoute", "competence": "c2", "simulation": "S1"}
            await ok(await now.observer.put(f"/jury/grid/notes/{uuid.uuid4().hex}", json=note))
            removed = uuid.uuid4().hex
            await ok(await now.observer.put(f"/jury/grid/notes/{removed}", json={**note, "text": "à effacer"}))
            await ok(await now.observer.delete(f"/jury/grid/notes/{removed}"))
            pinned = await now.observer.put(f"/jury/grid/notes/{uuid.uuid4().hex}", json={**note, "pinned": True})
            await refused(pinned, 422, "not_in_interview")
            await ok(await now.customer.put("/jury/grid/reveals", json=write(simulation="S1", fact="date")))
            assert list((await ok(await now.observer.get("/jury/grid")))["revealed"]["S1"]) == ["date"]
            assert (await ok(await now.observer.get("/jury/grid/evidence/S1")))["criteria"][0]["id"] == "c2.1"
            await refused(await now.observer.post("/jury/grid/share", json={"simulation": "S1"}), 409, "not_over")
            await refused(await now.trainee.get("/sitting/debrief/S1"), 409, "not_over")
            await ok(await now.customer.post("/jury/simulations/S1/end", json=write()))

            blind = await ok(await now.customer.get("/jury/grid"))
            assert blind["marks"] == {} and blind["notes"] == []
            before = await ok(await now.trainee.get("/sitting/debrief/S1"))
            assert before["observed"] == [] and before["people"]["observateur"] == "Cyr"
            assert before["hidden"][0]["at"]  # as whoever played the customer ticked it
            known = [*desk.texts, (await now.trainee.get("/sitting")).text, (await now.trainee.get("/sitting/brief")).text]
            assert not any(word in text for text in known for word in (SECRET, "non constaté", "très à l'écoute", "c2.1", "reveal"))

            shown = await ok(await now.observer.post("/jury/grid/share", json={"simulation": "S1"}))
            assert list(shown["shared"]) == ["jury2"] and (await now.team())["shown"] == ["S1"]
            assert shown["names"] == {"jury2": "Cyr"}
            await desk.until('"kind":"GridShown"')
            assert any('"kind":"PeersRotated"' in text for text in desk.texts)
        both = await ok(await now.customer.get("/jury/grid"))
        assert both["marks"] == {"jury2": {"c2.1": "non constaté"}} and [one["text"] for one in both["notes"]] == ["très à l'écoute"]
        [observed] = (await ok(await now.trainee.get("/sitting/debrief/S1")))["observed"]
        assert (observed["by"], observed["marks"], [one["text"] for one in observed["notes"]]) == (
            "Cyr", {"c2.1": "non constaté"}, ["très à l'écoute"],
        )  # fmt: skip
        paper = (await now.trainee.get("/sitting/debrief/S1/export")).text
        assert "Observé par Cyr : non constaté" in paper and "Stagiaire : Ana ; client : Bao ; observateur : Cyr." in paper
        assert "## Les notes de Cyr" in paper and not any(word in paper for word in ("score", "points", "%"))
        await refused(await now.observer.put("/jury/grid/marks", json=write(criterion="c2.1", value="constaté")), 409, "already_shared")
        await refused(await now.observer.put(f"/jury/grid/notes/{removed}", json=note), 409, "already_shared")
        await refused(await now.observer.put(f"/jury/grid/notes/{removed}", json={**note, "simulation": "S2"}), 409, "other_simulation")
        # the next simulation has a grid of its own; what is late for the first one does not go into it
        await ok(await now.customer.post("/jury/simulations/S2/start", json=write()))
        assert (await ok(await now.observer.get("/jury/grid")))["marks"] == {"jury2": {}}
        late = write(criterion="c2.2", value="constaté", simulation="S1")
        await refused(await now.observer.put("/jury/grid/marks", json=late), 409, "already_shared")
        assert (await ok(await now.observer.get("/jury/grid?simulation=S1")))["marks"] == {"jury2": {"c2.1": "non constaté"}}


ROUTES: tuple[tuple[str, str, dict[str, Any] | None, set[str]], ...] = (
    # method, path, body, who may: everybody else is refused
    ("PUT", "/jury/team", {"people": PEOPLE}, {"customer", "observer", "stranger"}),  # the stranger, for the other station
    ("POST", "/jury/team/next", {"round": 9}, {"customer", "observer", "stranger"}),
    ("GET", "/jury/grid", None, {"customer", "observer"}),
    ("GET", "/jury/grid/evidence/S1", None, {"customer", "observer"}),
    ("PUT", "/jury/grid/marks", {"criterion": "c2.1", "value": "constaté"}, {"observer"}),
    ("PUT", "/jury/grid/notes/fresh", {"text": "x"}, {"observer"}),
    ("DELETE", "/jury/grid/notes/fresh", None, {"observer"}),
    ("PUT", "/jury/grid/reveals", {"simulation": "S1", "fact": "date"}, {"customer"}),
    ("POST", "/jury/grid/share", {"simulation": "S1"}, {"observer"}),
    ("GET", "/jury/persona/S1", None, {"customer", "observer", "stranger"}),
    ("POST", "/jury/grid/decisions", {"id": "x", "subject": "c1", "outcome": "acquis", "reason": "x"}, set()),  # of an exam
    ("PUT", "/jury/grid/exhibits", {"what": "ecf"}, set()),
)


async def test_each_route_for_each_of_them(tmp_path: Path) -> None:
    """Where nothing has begun (the stranger's station), no grid is given."""
    async with trio(tmp_path) as now:
        await now.play()
        for method, path, body, may in ROUTES:
            for role, client in now.by_role.items():
                sent = None if body is None else {**body, **(write() if "/notes/" not in path and "/share" not in path else {})}
                if "decisions" in path or "exhibits" in path:
                    sent = body
                answer = await client.request(method, path.replace("fresh", uuid.uuid4().hex), json=sent)
                wanted = answer.status_code not in (401, 403, 404) and answer.json().get("error_id") != "not_started"
                assert wanted == (role in may), (method, path, role, answer.text)
                assert (answer.status_code == 401) == (role == "nobody" and answer.status_code != 404), (path, role)


async def test_what_was_noted_of_a_sitting_goes_with_its_folder(tmp_path: Path) -> None:
    async with trio(tmp_path) as now:
        live = now.room.room.stations[STATION]
        await ok(await now.customer.post("/jury/simulations/S1/start", json=write()))
        await ok(await now.observer.put("/jury/grid/marks", json=write(criterion="c2.1", value="constaté")))
        sitting, folder = live.card.id, live.folder
    with closing(Register.open(tmp_path / "salle" / REGISTER)) as register:
        assert GridStore(register).practised(sitting, "S1", "", {}).marks_of("jury2") == {"c2.1": Mark.SEEN}
    shutil.rmtree(folder)
    async with trio(tmp_path) as now:
        assert now.room.room.stations[STATION].card.id != sitting
    with closing(Register.open(tmp_path / "salle" / REGISTER)) as register:
        assert GridStore(register).practised(sitting, "S1", "", {}).marks == ()
