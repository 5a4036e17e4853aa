"""Nothing of a persona, a dialogue, an expected result or a juror's mind is in any answer a candidate can get in an exam, at any moment."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm_mock.models import KINDS
from scenarios.sitting import SITTING_HEADER
from tests.scenarios.exam_room import ExamRoom, open_exam_room
from tests.scenarios.secrets_of import found_in, piece_of, secrets_of
from tests.scenarios.session_world import STATION, Clock, ok, opened, phase, write
from tests.scenarios.sockets import socket_of
from workstation.cli_options import PACKS

MARKED = "SECRET-DU-JURY-"  # begins whatever the jury types
PUBLIC = "Pour protéger votre dossier"  # said in the procedures: a search that does not find this looks badly


def typed(what: str) -> str:
    return f"{MARKED}{what}"


class Overheard:
    """Every answer given to a candidate, whatever was asked."""

    def __init__(self, room: ExamRoom, candidate: httpx.AsyncClient) -> None:
        self.room, self.candidate = room, candidate
        self.content: list[bytes] = []

    async def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        answer = await self.candidate.request(method, path, json=body or None)
        assert answer.status_code < 500, (path, answer.text)
        self.content.append(str(dict(answer.headers)).encode() + answer.content)
        return answer

    async def everything(self) -> None:
        """What can be read now, and every door that should be shut."""
        live = self.room.room.stations[STATION]
        simulations = [one.id for one in (*live.pack.simulations, *live.pack.spares)]
        for path in (
            "/", "/openapi.json", "/sitting", "/sitting/brief", "/cti/station", "/cti/account", "/chat", "/sitting/sheets", "/session",
            "/session/archives", "/jury/room", "/jury/grid", "/jury/who?number=0465712108", "/manage/places", "/enrol/hello",
            "/crm/search?q=a", "/crm/products?q=", *(f"/crm/{kind}" for kind in KINDS),
            *(f"/sitting/sheets/{file.name}" for file in live.pack.sheets),
        ):  # fmt: skip
            await self.ask("GET", path)
        for one in simulations:
            for path in ("/jury/persona/", "/jury/grid/evidence/", "/sitting/debrief/"):
                await self.ask("GET", path + one)
            await self.ask("POST", f"/sitting/simulations/{one}/start", **write())
            await self.ask("POST", f"/jury/simulations/{one}/start", **write())
            await self.ask("PUT", "/jury/grid/reveals", **write(simulation=one, fact="email"))

    async def files(self) -> None:
        """Each person's whole file, each record."""
        case = self.room.room.stations[STATION].case
        for kind, model in KINDS.items():
            for record in case.all(model):
                if kind == "contact":
                    await self.ask("GET", f"/crm/contacts/{record.id}/file")

    async def rows(self) -> None:
        last = self.room.room.stations[STATION].case.rows()[-1]
        case = self.room.room.stations[STATION].case
        await ok(await self.ask("POST", "/sitting/traces", write_id=uuid.uuid4().hex, traces=[_trace(f"after-{last.seq}")]))
        async with socket_of(self.room.app, "/events?after=0", {"authorization": self.candidate.headers["authorization"]}) as told:
            await told.until(f"after-{last.seq}")
        assert len(told.texts) < len(case.rows()), "nothing was kept from the candidate"
        self.content += [text.encode() for text in told.texts]


def _trace(ident: str) -> dict[str, Any]:
    return {"id": ident, "at": "2026-11-23T09:00:00Z", "kind": "ScreenOpened", "data": {"screen": ident}}


async def test_nothing_a_candidate_can_ask_for_tells_what_the_jury_knows(tmp_path: Path) -> None:
    clock = Clock()
    async with open_exam_room(tmp_path / "salle", PACKS / "marvalune", now=clock) as room:
        candidate = await opened(room, "titre", variant="A")
        heard = Overheard(room, candidate)
        live, one, two = room.room.stations[STATION], room.clients["jury1"], room.clients["jury2"]
        secrets = secrets_of(live.pack)
        assert len(secrets) > 1000 and {key.split()[0] for key in secrets} >= {s.id for s in live.pack.simulations}
        await heard.everything()
        await phase(room, clock, "preparation")
        await heard.everything()
        await ok(await room.manager.post(f"/session/stations/{STATION}/end", json=write(phase="preparation", reason=typed("fin"))))
        await phase(room, clock, "contacts")
        for order in ("sign_in", "ready"):
            await ok(await heard.ask("POST", "/cti/agent", **write(order=order)))
        for simulation in live.simulations:
            if simulation.channel == "chat":
                await _written(heard, one, simulation.id)
            else:
                await ok(await one.post("/jury/calls", json=write(simulation=simulation.id)))
            fact = simulation.persona.hidden[0].id
            await ok(await one.put("/jury/grid/reveals", json=write(simulation=simulation.id, fact=fact)))
            note = {"text": typed("note"), "simulation": simulation.id, "competence": simulation.competence, "answer": typed("réponse")}
            await ok(await two.put(f"/jury/grid/notes/{uuid.uuid4().hex}", json=note))
            await ok(await two.put("/jury/grid/marks", json=write(criterion=f"{simulation.competence}.1", value="non constaté")))
            await heard.everything()
            state = (await heard.ask("GET", "/sitting")).json()
            shown = next(s for s in state["simulations"] if s["id"] == simulation.id)
            assert (shown["title"] == simulation.title) == (simulation.direction == "sortant")
            await ok(await one.post(f"/jury/simulations/{simulation.id}/end", json=write()))
        await heard.files()
        persona = (await one.get("/jury/persona/S1")).content  # the same search finds what a juror is told
        known = {piece for key, piece in secrets.items() if key.startswith(("S1 persona", "S1 hidden", "S1 objection"))}
        assert known and found_in(persona, secrets.values(), tmp_path / "search") >= known
        await ok(await two.post(f"/session/stations/{STATION}/freeze", json=write(cause=typed("cause"))))
        await ok(await two.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu", given=60, remark=typed("remarque"))))
        await heard.everything()
        await ok(await room.manager.post(f"/session/stations/{STATION}/resume", json=write(choice="rendu", given=60)))
        await ok(await room.manager.post(f"/session/stations/{STATION}/grant", json=write(seconds=60, reason=typed("motif"))))
        await ok(await two.post(f"/session/stations/{STATION}/end", json=write(phase="contacts", reason=typed("fin"))))
        for name in ("written", "technical_interview", "final_interview"):
            await phase(room, clock, name)
            await heard.everything()
            await ok(await two.post(f"/session/stations/{STATION}/end", json=write(phase=name, reason=typed("fin"))))
        await heard.rows()
        for juror in (one, two):
            await ok(await juror.post("/jury/grid/share"))
        decision = {"id": uuid.uuid4().hex, "subject": "c1", "outcome": "acquis", "reason": typed("décision")}
        await ok(await one.post("/jury/grid/decisions", json=decision))
        await heard.everything()
    found = found_in(b"\n".join(heard.content), [*secrets.values(), MARKED, PUBLIC], tmp_path / "search")
    assert found == {PUBLIC}, {key: piece for key, piece in secrets.items() if piece in found}


async def _written(heard: Overheard, juror: httpx.AsyncClient, simulation: str) -> None:
    """The juror writes as the customer; the conversation is over and qualified before the simulation is."""
    await ok(await juror.post("/chat", json=write(chat_id="c1", simulation=simulation)))
    await ok(await heard.ask("POST", "/chat/c1/accept", **write()))
    await ok(await juror.post("/chat/c1/messages", json=write(text="Bonjour, je vous écris.")))
    await ok(await heard.ask("POST", "/chat/c1/close", **write()))
    fields = {"call_key": "c1", "result": "ABOUTI", "contact_id": "vasserand-odile"}
    await ok(await heard.ask("PUT", "/crm/interaction/i-c1", write_id=str(uuid.uuid4()), version=0, fields=fields, call_key="c1"))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-32-le"])
def test_a_piece_is_found_however_it_is_kept(tmp_path: Path, encoding: str) -> None:
    piece = piece_of("Elle déménage le 1er décembre, dit-elle.")
    assert found_in(b"\0\x01" + f"…{piece}…".encode(encoding, "ignore") + b"\xff", [piece, "autre chose du même genre"], tmp_path) == {
        piece
    }
    assert found_in(json.dumps(piece).encode(), [piece], tmp_path) == {piece}
    assert found_in(piece[1:].encode(encoding), [piece], tmp_path) == set()


async def test_a_candidate_of_another_sitting_hears_nothing_of_this_one(tmp_path: Path) -> None:
    clock = Clock()
    async with open_exam_room(tmp_path / "salle", PACKS / "marvalune", now=clock) as room:
        candidate = await opened(room)
        other = (await room.enrol("poste2"))[1]
        mine, theirs = (room.room.stations[place].card.id for place in (STATION, "poste2"))
        for client, sitting in ((candidate, theirs), (other, mine)):
            answer = await client.get("/sitting", headers={SITTING_HEADER: sitting})
            assert (answer.status_code, answer.json()["error_id"]) == (409, "sitting_left")
            assert mine not in json.dumps(answer.json()["details"]) or client is other
