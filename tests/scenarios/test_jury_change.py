"""A candidate's jury changed while the session is open: who is out and who comes, what each may still read, what the papers say of it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx

from scenarios.chat import Chat, Chats
from scenarios.sitting import SITTING_HEADER
from tests.scenarios.exam_room import ExamRoom
from tests.scenarios.session_world import STATION, Clock, ok, opened, phase, session_room, through, write
from tests.scenarios.sockets import socket_of
from tests.scenarios.test_outputs import text_of
from tests.workstation.wait import wait_for

JURY = "/session/candidates/017/jury"


async def change(room: ExamRoom, **wanted: Any) -> httpx.Response:
    return await room.manager.post(JURY, json=write(**{"reason": "souffrant", **wanted}))


async def jurors(room: ExamRoom) -> dict[str, tuple[str, str]]:
    """Seat: name, role."""
    told = await ok(await room.manager.get("/session"))
    return {one["seat"]: (one["name"], one["role"]) for one in told["candidates"][0]["jury"]}


async def first_kind(room: ExamRoom, seat: str) -> str:
    """Of the first row of the journal that a seat is told."""
    headers = {"authorization": room.clients[seat].headers["authorization"]}
    async with socket_of(room.app, "/events?after=0", headers) as followed:
        await followed.until('"kind"')
        return str(json.loads(followed.texts[0])["kind"])


async def test_an_observer_is_replaced_at_another_seat(tmp_path: Path) -> None:
    """Out at once, heard no more; the grid stays closed; who comes begins a blank one and sees what follows."""
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        one, two, three = room.clients["jury1"], room.clients["jury2"], (await room.enrol("jury3"))[1]
        await through(room, clock, "contacts")
        await ok(await one.post("/jury/simulations/S1/start", json=write()))
        busy = await change(room, left="jury2", entered="jury3", name="Mme C")
        assert (busy.status_code, busy.json()["error_id"]) == (409, "contact_under_way")
        await ok(await one.post("/jury/simulations/S1/end", json=write()))
        await ok(await two.put("/jury/grid/marks", json=write(criterion="c1.1", value="constaté")))
        await ok(await two.put("/jury/grid/notes/n1", json={"text": "parle vite", "competence": "c1"}))
        assert (await change(room, left="jury2")).json()["error_id"] == "too_few_jurors"
        assert (await change(room, left="jury2", entered="jury3")).json()["error_id"] == "no_name"
        asked = write(left="jury2", entered="jury3", name="Mme C", reason="souffrant")
        headers = {"authorization": two.headers["authorization"]}
        async with socket_of(room.app, "/events?after=0", headers) as followed:
            await followed.until("SeatTaken")
            for _twice in range(2):
                await ok(await room.manager.post(JURY, json=asked))
            await followed.closed()
            assert followed.code == 4010
        assert await jurors(room) == {"jury1": ("Mme A", "role_player"), "jury3": ("Mme C", "observer")}
        await wait_for(lambda: ("stop", "jury2") in room.exchange.orders, "the listening cut")
        assert [row.kind for row in room.room.stations[STATION].case.rows()].count("JuryChanged") == 1
        # out
        for path in ("/jury/grid", "/jury/persona/S1", "/sitting", "/jury/grid/evidence/S1"):
            assert (await two.get(path)).status_code in (403, 409), path
        back = await two.put("/jury/seat", json={"role": "observer", "station": STATION})
        assert (back.status_code, back.json()["error_id"]) == (403, "not_a_juror")
        assert (await ok(await two.get("/jury/room")))["me"]["left"] == [room.room.stations[STATION].card.id]
        # in
        grid = await ok(await three.get("/jury/grid"))
        assert grid["marks"] == {grid["me"]: {}} and grid["notes"] == [] and grid["jurors"] == ["jury1", grid["me"]]
        assert grid["names"] == {"jury1": "Mme A", "jury2": "M. B", grid["me"]: "Mme C"}
        assert (await first_kind(room, "jury3"), await first_kind(room, "jury1")) == ("JuryChanged", "SittingOpened")
        before = await three.get("/jury/grid/evidence/S1")
        assert (before.status_code, before.json()["error_id"]) == (403, "before_you_came")
        await ok(await one.get("/jury/grid/evidence/S1"))


async def test_another_person_at_the_same_seat_is_not_the_one_before(tmp_path: Path) -> None:
    """What the first had not sent yet, what was marked and seen: nothing of it is the second's."""
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        two = room.clients["jury2"]
        first = (await ok(await two.get("/jury/room")))["me"]["sitting"]
        await ok(await two.put("/jury/grid/marks", json=write(criterion="c1.1", value="constaté")))
        await ok(await two.put("/jury/grid/notes/n1", json={"text": "mot de B"}))
        await ok(await two.put("/jury/grid/exhibits", json={"what": "ecf", "remark": "vus par B"}))
        await ok(await change(room, left="jury2", entered="jury2", name="Mme C"))
        me = (await ok(await two.get("/jury/room")))["me"]
        assert me["role"] == "observer" and me["sitting"] != first and me["left"] == [first]
        late = write(criterion="c1.2", value="constaté")
        for method, path, body in (("PUT", "/jury/grid/marks", late), ("POST", f"/session/stations/{STATION}/end", write(phase="x"))):
            refused = await two.request(method, path, json=body, headers={SITTING_HEADER: first})
            assert (refused.status_code, refused.json()["error_id"]) == (409, "sitting_left"), path
        await ok(await two.put("/jury/grid/marks", json=late, headers={SITTING_HEADER: me["sitting"]}))
        assert (await two.put("/jury/grid/notes/n1", json={"text": "x"})).json()["error_id"] == "not_yours"
        grid = await ok(await two.get("/jury/grid"))
        assert grid["marks"] == {grid["me"]: {"c1.2": "constaté"}} and grid["notes"] == grid["exhibits"] == []
        assert (await jurors(room))["jury2"] == ("Mme C", "observer")


async def test_the_role_player_is_replaced_while_the_clock_stands(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await room.enrol("jury3")
        await through(room, clock, "contacts")
        await ok(await room.clients["jury1"].post("/jury/simulations/S1/start", json=write()))
        await ok(await room.manager.post(f"/session/stations/{STATION}/freeze", json=write(cause="Juré souffrant")))
        await ok(await change(room, left="jury1", entered="jury3", name="Mme C"))
        assert await jurors(room) == {"jury3": ("Mme C", "role_player"), "jury2": ("M. B", "observer")}
        await wait_for(lambda: room.exchange.players[STATION] == "jury3", "the exchange to know who plays")
        await ok(await room.clients["jury3"].get("/jury/persona/S1"))
        await ok(await room.clients["jury3"].get("/jury/grid/evidence/S1"))  # it goes on
        room.room.stations[STATION].chats.chats = Chats({"c1": Chat("c1", closed_at="2026-11-23T07:10:00Z"), "c2": Chat("c2")})
        told = {seat: (await ok(await room.clients[seat].get("/chat")))["chats"] for seat in ("jury2", "jury3")}
        assert {seat: [one["chat_id"] for one in chats] for seat, chats in told.items()} == {"jury2": ["c1", "c2"], "jury3": ["c2"]}
        await ok(await change(room, player="jury2", reason="voix cassée"))
        assert await jurors(room) == {"jury3": ("Mme C", "observer"), "jury2": ("M. B", "role_player")}


async def test_a_person_whose_machine_is_replaced_keeps_her_grid_at_another_seat(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        await opened(room)
        three = (await room.enrol("jury3"))[1]
        await ok(await room.clients["jury1"].put("/jury/grid/marks", json=write(criterion="c1.1", value="constaté")))
        await ok(await change(room, left="jury1", entered="jury3", same=True, reason="machine remplacée"))
        assert await jurors(room) == {"jury3": ("Mme A", "role_player"), "jury2": ("M. B", "observer")}
        grid = await ok(await three.get("/jury/grid"))
        assert grid["me"] == "jury1" and grid["marks"] == {"jury1": {"c1.1": "constaté"}}
        assert await first_kind(room, "jury3") == "SittingOpened"
        assert (await room.clients["jury1"].get("/jury/grid")).status_code in (403, 409)


async def test_a_trainer_and_a_juror_at_work_elsewhere_are_refused(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room, trainers=["Mme C"])
        other = {"number": "018", "station": "poste2", "jury": ["jury1", "jury2"]}
        taught = await room.manager.post("/session/candidates", json={**other, "trainers": ["m. b"]})
        assert (taught.status_code, taught.json()["error_id"]) == (409, "trainer")
        refused = await change(room, left="jury2", entered="jury3", name="Madame C")
        assert refused.json()["error_id"] == "trainer" and "a formé ce candidat" in refused.json()["title"]
        await ok(await room.manager.post("/session/candidates", json=other))
        path, wanted = "/session/candidates/018/jury", {"left": "jury2", "entered": "jury3", "reason": "absent"}
        early = await room.manager.post(path, json=write(**wanted, name="M. D"))
        assert early.json()["error_id"] == "not_opened"  # the session names nobody at the third seat
        await ok(await room.manager.post("/session/candidates/018/sitting"))
        await ok(await room.manager.post(path, json=write(**wanted, name="M. D")))
        await room.seat("jury3", "observer", "poste2")
        there = await change(room, entered="jury3", name="M. D")
        assert there.json()["error_id"] == "seat_elsewhere" and "Jury 3" in there.json()["title"]


async def test_before_the_sitting_is_opened_other_seats_are_named(tmp_path: Path) -> None:
    async with session_room(tmp_path, Clock()) as room:
        people = [{"place": f"jury{n}", "role": "juror", "name": name} for n, name in enumerate(("Mme A", "M. B", "Mme C"), 1)]
        await ok(await room.manager.post("/session", json={"type": "ccp1", "title": "Novembre", "people": people}))
        await ok(await room.manager.post("/session/candidates", json={"number": "017", "station": STATION, "jury": ["jury1", "jury2"]}))
        assert (await change(room, left="jury2")).json()["error_id"] == "too_few_jurors"
        await ok(await change(room, left="jury2", entered="jury3"))
        assert await jurors(room) == {"jury1": ("Mme A", ""), "jury3": ("Mme C", "")}
        await ok(await room.manager.post("/session/candidates/017/sitting"))
        told = room.room.stations[STATION].sitting.opened["session"]["jury"]
        assert told == [{"seat": "jury1", "name": "Mme A"}, {"seat": "jury3", "name": "Mme C"}]


def decision(subject: str) -> dict[str, str]:
    return {"id": subject, "subject": subject, "outcome": "acquis", "reason": "tenu"}


async def test_deliberation_counts_who_is_there_and_the_papers_name_the_change(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        one, two = room.clients["jury1"], room.clients["jury2"]
        three = (await room.enrol("jury3"))[1]
        await through(room, clock, "technical_interview")
        await ok(await two.post(f"/session/stations/{STATION}/freeze", json=write(cause="Je connais ce candidat")))
        await ok(await two.put("/jury/grid/marks", json=write(criterion="c1.1", value="non constaté")))
        await ok(await two.put("/jury/grid/notes/n1", json={"text": "mot de B"}))
        await ok(await one.post("/jury/grid/share"))
        await ok(await two.post("/jury/grid/share"))
        assert (await ok(await one.get("/jury/grid")))["open"]
        clock.advance(minutes=1)
        await ok(await change(room, left="jury2", entered="jury3", name="Mme C", reason="Déport : connaît le candidat"))
        assert not (await ok(await one.get("/jury/grid")))["open"]
        assert (await ok(await three.get("/jury/grid")))["shared"].keys() == {"jury1"}
        for client in (one, room.manager):
            await ok(await client.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu")))
        assert (await one.post("/jury/grid/decisions", json=decision("ccp1"))).json()["error_id"] == "not_shared"
        await ok(await three.post("/jury/grid/share"))
        both = await ok(await one.get("/jury/grid"))
        assert both["open"] and both["marks"].keys() == {"jury1", both["jurors"][1]} and both["notes"] == []
        for subject in both["subjects"]:
            await ok(await one.post("/jury/grid/decisions", json=decision(subject)))
            told = await ok(await three.post(f"/jury/grid/decisions/{subject}/assent"))
        assert all(made["agreed"] for made in told["decisions"])
        assert (await change(room, left="jury3", entered="jury2", name="M. B")).json()["error_id"] == "jury_decided"
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase="technical_interview")))
        made = await ok(await room.manager.post("/session/candidates/017/archive"))
        with zipfile.ZipFile(io.BytesIO((await room.manager.get(f"/session/archives/{made['name']}")).content)) as archive:
            paper = {name: text_of(archive.read(f"documents/{name}.pdf")) for name in ("grille-jury2", "annexe-incidents", "chronologie")}
            data = json.loads(archive.read("donnees.json"))
            grids = {one for one in archive.namelist() if "grille-" in one}
        assert len(grids) == 3 and {"documents/grille-jury1.pdf", "documents/grille-jury2.pdf"} < grids
        words = "M. B (jury2) est remplacé par Mme C (jury3)"
        assert "Grille commencée par M. B, jusqu'à 08:" in paper["grille-jury2"] and "mot de B" in paper["grille-jury2"]
        assert words in paper["annexe-incidents"] and "Déport : connaît le candidat" in paper["annexe-incidents"]
        assert "Signalé par M. B" in paper["annexe-incidents"] and words in paper["chronologie"]
        annex = text_of((await room.manager.get("/session/minutes.pdf")).content)
        assert "Changements de jury" in annex and "M. B (jury2) est remplacé" in annex and "Déport" in annex
        assert [one["name"] for one in data["jury"]] == ["Mme A", "Mme C"] and [one["name"] for one in data["left"]] == ["M. B"]


async def test_a_jury_changed_is_so_after_the_room_server_has_died(tmp_path: Path) -> None:
    clock = Clock()
    async with session_room(tmp_path, clock) as room:
        await opened(room)
        await room.enrol("jury3")
        await phase(room, clock, "preparation")
        await ok(await change(room, left="jury2", entered="jury3", name="Mme C"))
    async with session_room(tmp_path, clock) as room:
        assert await jurors(room) == {"jury1": ("Mme A", "role_player"), "jury3": ("Mme C", "observer")}
        two = (await room.enrol("jury2"))[1]
        assert (await two.put("/jury/seat", json={"role": "observer", "station": STATION})).status_code == 403
