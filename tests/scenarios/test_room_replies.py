"""A written reply over the room's API: told once its simulation is over, its papers made and kept, and what a disk refuses."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import odfdo
import pypdf
import pytest

from scenarios.room import replies
from tests.scenarios.room_world import CLIENT, RoomClients, open_room, write_pack

WRITTEN = """written:
  id: W1
  title: Confirmation
  instructions: Confirmez le changement.
  channels: [e-mail, lettre]
  letters: [suite]
"""
LETTER = "# Suite\nCanaux : e-mail\nObjet : Votre appel\n\n[nom],\n"
BODY = "Madame Martin,\n\nVotre adresse est changée."


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[RoomClients]:
    pack = write_pack(tmp_path)
    simulation = pack / "simulations" / "S1" / "simulation.yaml"
    simulation.write_text(simulation.read_text(encoding="utf-8").rstrip() + "\n" + WRITTEN, encoding="utf-8")
    (pack / "letters").mkdir()
    (pack / "letters" / "suite.md").write_text(LETTER, encoding="utf-8")
    async with open_room(tmp_path / "sitting", pack) as opened:
        yield opened


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": str(uuid.uuid4()), **more}


async def written_of(http: httpx.AsyncClient) -> Any:
    return (await http.get("/sitting")).json()["simulations"][0].get("written")


async def play(clients: RoomClients) -> None:
    for order in ("start", "end"):
        assert (await clients.candidate.post(f"/sitting/simulations/S1/{order}", json=write())).status_code == 200


async def save(clients: RoomClients, version: int, **fields: Any) -> dict[str, Any]:
    answer = await clients.candidate.put("/crm/reply/r1", json=write(version=version, fields=fields))
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()["record"]
    return record


async def test_what_is_to_be_written_is_told_when_the_simulation_is_over(clients: RoomClients) -> None:
    desk = clients.candidate
    assert await written_of(desk) is None
    await desk.post("/sitting/simulations/S1/start", json=write())
    assert await written_of(desk) is None
    await desk.post("/sitting/simulations/S1/end", json=write())
    told = await written_of(desk)
    assert (told["id"], told["channels"], told["contact_id"]) == ("W1", ["e-mail", "lettre"], CLIENT)
    (letter,) = (await desk.get("/sitting/brief")).json()["letters"]
    assert (letter["id"], letter["subject"], letter["text"]) == ("suite", "Votre appel", "[nom],")


async def test_its_papers_are_made_kept_and_journaled(clients: RoomClients) -> None:
    await play(clients)
    await save(clients, 0, contact_id=CLIENT, simulation="S1", channel="lettre", subject="Votre adresse", body=BODY)
    draft = await clients.candidate.get("/sitting/replies/r1/pdf")
    assert draft.headers["content-type"] == "application/pdf" and "-brouillon.pdf" in draft.headers["content-disposition"]
    record = await save(clients, 1, status="remise")
    assert record["sha256"] == hashlib.sha256(BODY.encode()).hexdigest()
    pdf = (await clients.candidate.get("/sitting/replies/r1/pdf")).content
    text = " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    assert "Votre adresse est changée." in text and "W1 · remise le" in text and record["sha256"] in text and "poste1, séance" in text
    odt = await clients.trainer.get("/sitting/replies/r1/odt")
    assert odt.headers["content-type"] == "application/vnd.oasis.opendocument.text"
    assert "Votre adresse est changée." in odfdo.Document(io.BytesIO(odt.content)).body.inner_text
    rows = [row.data for row in clients.room.case.rows() if row.kind == "ReplyExported"]
    assert [row["status"] for row in rows] == ["brouillon", "remise", "remise"]
    for row in rows:
        kept = (clients.room.folder / replies.FOLDER / row["file"]).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == row["sha256"] and row["text_sha256"] == record["sha256"]


async def test_a_reply_handed_in_and_printed_is_closed(clients: RoomClients) -> None:
    await play(clients)
    await save(clients, 0, contact_id=CLIENT, simulation="S1", body=BODY)
    await save(clients, 1, status="remise")
    refused = await clients.candidate.put("/crm/reply/r1", json=write(version=2, fields={"body": "autre"}))
    assert refused.status_code == 422 and "ne se modifie plus" in refused.text
    trace = {"id": "t1", "at": "2026-11-28T09:00:00Z", "kind": "ReplyPrinted", "data": {"id": "r1", "state": "done"}}
    assert (await clients.candidate.post("/sitting/traces", json=write(traces=[trace]))).json() == {"accepted": 1, "new": 1}


async def test_a_checker_that_is_allowed_is_journaled_told_kept_with_the_reply_and_printed(clients: RoomClients) -> None:
    """Off unless it is allowed; the reply remembers it was on, though it be off later."""
    assert (await clients.candidate.get("/sitting")).json()["spellcheck"] is False
    await play(clients)
    assert (await save(clients, 0, contact_id=CLIENT, simulation="S1", body=BODY))["spellcheck"] is False
    live = clients.room
    for allowed in (True, True):
        live.allow_spellcheck(allowed)
    assert (await clients.candidate.get("/sitting")).json()["spellcheck"] is True
    refused = await clients.candidate.put("/crm/reply/r1", json=write(version=1, fields={"spellcheck": True}))
    assert refused.status_code == 403
    assert (await save(clients, 1, subject="Votre adresse"))["spellcheck"] is True
    live.allow_spellcheck(False)
    assert (await save(clients, 2, status="remise"))["spellcheck"] is True
    assert [row.data for row in live.case.rows() if row.kind == "SpellcheckSet"] == [{"allowed": True}, {"allowed": False}]
    pdf = (await clients.candidate.get("/sitting/replies/r1/pdf")).content
    assert "avec correcteur (permis par la session)" in " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


@pytest.mark.parametrize(("path", "status"), [("r9/pdf", 404), ("r1/docx", 422), ("..%2Fx/pdf", 404)])
async def test_what_is_not_there_is_said(clients: RoomClients, path: str, status: int) -> None:
    await play(clients)
    await save(clients, 0, contact_id=CLIENT, simulation="S1", body=BODY)
    assert (await clients.candidate.get(f"/sitting/replies/{path}")).status_code == status
    assert (await clients.customer.get("/sitting/replies/r1/pdf")).status_code == 403


async def test_a_disk_that_refuses_is_said(clients: RoomClients) -> None:
    await play(clients)
    await save(clients, 0, contact_id=CLIENT, simulation="S1", body=BODY)
    (clients.room.folder / replies.FOLDER).write_text("a file where the folder should be", encoding="utf-8")
    answer = await clients.candidate.get("/sitting/replies/r1/pdf")
    assert answer.status_code == 507 and answer.json()["error_id"] == "paper_not_kept"
