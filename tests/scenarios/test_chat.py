"""A written conversation through the room: who may do what, what is journaled once, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_mock.models import Chat as ChatRecord
from scenarios.chat import MAX_TEXT, Chats, clean, fold_chats
from scenarios.debrief import DebriefReport
from tests.scenarios.chat_world import write_chat_pack
from tests.scenarios.exam_room import open_exam_room
from tests.scenarios.room_world import RoomClients, open_room

KEY = "m-1"
CARD = "4970105181854329"  # passes Luhn's check; nobody's


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_chat_pack(tmp_path)


@pytest.fixture
async def clients(tmp_path: Path, pack: Path) -> AsyncIterator[RoomClients]:
    async with open_room(tmp_path / "sitting", pack) as opened:
        yield opened


def write(**more: Any) -> dict[str, Any]:
    return {"write_id": str(uuid.uuid4()), **more}


async def ok(http: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await http.post(path, json=write(**body))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused(http: httpx.AsyncClient, path: str, **body: Any) -> tuple[int, str]:
    answer = await http.post(path, json=write(**body))
    return answer.status_code, str(answer.json()["error_id"])


async def begin(clients: RoomClients, *, ready: bool = True) -> None:
    desk = clients.candidate
    for order in ("sign_in", "ready") if ready else ("sign_in",):
        await ok(desk, "/cti/agent", order=order)
    await ok(desk, "/sitting/simulations/S3/start")


async def offered(clients: RoomClients) -> None:
    await begin(clients)
    await ok(clients.customer, "/chat", chat_id=KEY, simulation="S3")


async def accepted(clients: RoomClients) -> None:
    await offered(clients)
    await ok(clients.customer, f"/chat/{KEY}/messages", text="bjr S ou M ??", line_id="bonjour")
    await ok(clients.candidate, f"/chat/{KEY}/accept")


def agent(clients: RoomClients) -> tuple[str, tuple[str, ...]]:
    told = clients.room.board.station.agent
    return told.state, told.unqualified


async def test_a_conversation_from_its_offer_to_its_qualification(clients: RoomClients) -> None:
    await offered(clients)
    assert agent(clients) == ("offered", ())
    await ok(clients.customer, f"/chat/{KEY}/messages", text="bjr S ou M ??", line_id="bonjour")
    record = clients.room.case.get(ChatRecord, KEY)
    assert (record.status, record.contact_id, record.visitor, record.answered_at) == ("ouverte", "", "Visiteur", "")
    await ok(clients.candidate, f"/chat/{KEY}/accept")
    assert agent(clients) == ("chatting", ())
    said = [await ok(clients.candidate, f"/chat/{KEY}/messages", text=text) for text in ("Bonjour Inès.", "Je conseille la Lune M.")]
    assert [one["n"] for one in said] == [2, 3]
    assert clients.room.case.get(ChatRecord, KEY).answered_at.startswith("2026-11-23T09:20:0")  # of the story: 10 h 20 in Paris
    contact = {"category": "prospect", "first_name": "Inès", "last_name": "CALVAREZ", "source": "messagerie"}
    await _put(clients.candidate, "contact", "ines", 0, **contact)
    await _put(clients.candidate, "consent", "c1", 0, contact_id="ines", purpose="e-mail", status="donné")
    await _put(clients.candidate, "chat", KEY, clients.room.case.get(ChatRecord, KEY).version, contact_id="ines")
    ending = await refused(clients.candidate, "/sitting/simulations/S3/end")
    assert ending == (409, "not_finished")
    await ok(clients.customer, f"/chat/{KEY}/close")
    assert agent(clients) == ("wrap_up", (KEY,))
    kept = clients.room.case.get(ChatRecord, KEY)
    assert (kept.status, kept.contact_id) == ("close", "ines") and kept.closed_at
    assert [(line.who, line.text) for line in kept.transcript] == [
        ("client", "bjr S ou M ??"),
        ("conseiller", "Bonjour Inès."),
        ("conseiller", "Je conseille la Lune M."),
    ]
    answer = await clients.candidate.post("/sitting/simulations/S3/end", json=write())
    assert "une conversation reste à qualifier" in answer.json()["title"]
    assert await refused(clients.candidate, "/cti/agent", order="ready") == (409, "unqualified_call")
    fields = {"contact_id": "ines", "call_key": KEY, "channel": "chat", "result": "ABOUTI", "codes": ["CONSEIL_DONNE"]}
    await _put(clients.candidate, "interaction", "i1", 0, **fields)
    assert agent(clients) == ("not_ready", ())
    await ok(clients.candidate, "/sitting/simulations/S3/end")
    report = DebriefReport.model_validate((await clients.candidate.get("/sitting/debrief/S3")).json())
    assert [(one.id, one.same) for one in report.records] == [("prospecte", True), ("mail", True), ("conversation", True)]
    assert [(one.id, one.same) for one in report.steps] == [("acceptee", True), ("fiche", True)]


async def _put(http: httpx.AsyncClient, kind: str, record_id: str, version: int, **fields: Any) -> None:
    answer = await http.put(f"/crm/{kind}/{record_id}", json=write(version=version, fields=fields, call_key=KEY))
    assert answer.status_code == 200, answer.text


async def test_the_same_write_id_changes_nothing_and_gets_the_same_answer(clients: RoomClients) -> None:
    await begin(clients)
    for http, path, body in (
        (clients.customer, "/chat", write(chat_id=KEY, simulation="S3")),
        (clients.candidate, f"/chat/{KEY}/accept", write()),
        (clients.candidate, f"/chat/{KEY}/messages", write(text="Bonjour")),
        (clients.customer, f"/chat/{KEY}/close", write()),
    ):
        first, again = [(await http.post(path, json=body)).json() for _ in range(2)]
        assert first == again and first["chat_id"] == KEY, first
        stolen = await http.post("/chat", json={**body, "chat_id": "m-2", "simulation": "S3"}) if path != "/chat" else None
        assert stolen is None or stolen.status_code in (403, 409, 422)
    kinds = [row.kind for row in clients.room.case.rows() if row.kind.startswith("Chat")]
    assert kinds == ["ChatOffered", "ChatAccepted", "ChatMessage", "ChatClosed"]


async def test_what_cannot_be_done_is_refused_with_its_reason(clients: RoomClients) -> None:
    await begin(clients, ready=False)
    assert await refused(clients.customer, "/chat", chat_id=KEY, simulation="S3") == (409, "agent_not_ready")
    await ok(clients.candidate, "/cti/agent", order="ready")
    assert await refused(clients.customer, "/chat", chat_id=KEY, simulation="S1") == (409, "not_written")
    assert await refused(clients.customer, "/chat", chat_id="é", simulation="S3") == (422, "invalid_fields")
    assert await refused(clients.candidate, f"/chat/{KEY}/accept") == (404, "unknown_chat")
    await ok(clients.customer, "/chat", chat_id=KEY, simulation="S3")
    assert await refused(clients.customer, "/chat", chat_id="m-2", simulation="S3") == (409, "chat_open")
    assert await refused(clients.candidate, f"/chat/{KEY}/messages", text="Bonjour") == (409, "chat_not_accepted")
    await ok(clients.candidate, f"/chat/{KEY}/accept")
    assert await refused(clients.candidate, f"/chat/{KEY}/accept") == (409, "chat_accepted")
    assert await refused(clients.candidate, f"/chat/{KEY}/messages", text=" \u202e\n ") == (422, "empty_message")
    assert await refused(clients.candidate, f"/chat/{KEY}/messages", text="x" * (MAX_TEXT + 1)) == (422, "invalid_fields")
    await ok(clients.candidate, f"/chat/{KEY}/close")
    assert await refused(clients.customer, f"/chat/{KEY}/messages", text="bjr") == (409, "chat_closed")


async def test_a_conversation_nobody_accepts_is_abandoned_and_withdraws_the_agent(clients: RoomClients) -> None:
    await offered(clients)
    await ok(clients.customer, f"/chat/{KEY}/close")
    told = clients.room.board.station.agent
    assert (told.state, told.reason, told.unqualified) == ("not_ready", "chat_missed", ())
    assert clients.room.case.get(ChatRecord, KEY).status == "abandonnée"


async def test_no_card_number_is_kept_whoever_writes_it(clients: RoomClients, tmp_path: Path) -> None:
    await accepted(clients)
    await ok(clients.customer, f"/chat/{KEY}/messages", text=f"ma carte {CARD} cvv 123")
    await ok(clients.candidate, f"/chat/{KEY}/messages", text=f"Je lis {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}")
    await ok(clients.customer, f"/chat/{KEY}/close")
    refusals = [row.data for row in clients.room.case.rows() if row.kind == "CardNumberRefused"]
    assert [(one["who"], one["natures"]) for one in refusals] == [("client", ["carte", "cryptogramme"]), ("conseiller", ["carte"])]
    kept = clients.room.case.get(ChatRecord, KEY).transcript
    assert "4329" in kept[1].text and "•" in kept[1].text
    everything = json.dumps([row.data for row in clients.room.case.rows()], ensure_ascii=False)
    assert CARD[:12] not in everything.replace(" ", "") and "cvv 123" not in everything


async def test_the_state_is_the_same_after_the_room_is_opened_again(tmp_path: Path, pack: Path) -> None:
    body = write(text="Bonjour")
    async with open_room(tmp_path / "sitting", pack) as first:
        await accepted(first)
        answer = (await first.candidate.post(f"/chat/{KEY}/messages", json=body)).json()
        chats = (await first.candidate.get("/chat")).json()
        last = first.room.case.last_seq()
    async with open_room(tmp_path / "sitting", pack) as again:
        assert agent(again) == ("chatting", ())
        assert (await again.candidate.get("/chat")).json() == chats
        assert (await again.candidate.post(f"/chat/{KEY}/messages", json=body)).json() == answer
        assert again.room.case.last_seq() == last
        await ok(again.customer, f"/chat/{KEY}/close")
        assert [line.text for line in again.room.case.get(ChatRecord, KEY).transcript] == ["bjr S ou M ??", "Bonjour"]


async def test_a_record_left_behind_by_a_stop_is_brought_up_to_date(tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_room(tmp_path / "sitting", pack) as first:
        await accepted(first)
        monkeypatch.setattr(first.room.chats, "_file", lambda chat: None)  # killed between the row and the record
        await ok(first.customer, f"/chat/{KEY}/close")
        assert first.room.case.get(ChatRecord, KEY).status == "ouverte"
    async with open_room(tmp_path / "sitting", pack) as again:
        kept = again.room.case.get(ChatRecord, KEY)
        assert kept.status == "abandonnée" and len(kept.transcript) == 1


async def test_the_candidate_attaches_the_conversation_and_changes_nothing_else_of_it(clients: RoomClients) -> None:
    await accepted(clients)
    version = clients.room.case.get(ChatRecord, KEY).version
    lines = [{"who": "client", "text": "rien", "at": ""}]
    answer = await clients.candidate.put(f"/crm/chat/{KEY}", json=write(version=version, fields={"transcript": lines}))
    assert answer.status_code == 403
    await _put(clients.candidate, "chat", KEY, version, contact_id="martin-lea")
    await ok(clients.candidate, f"/chat/{KEY}/messages", text="Bonjour")
    await ok(clients.customer, f"/chat/{KEY}/close")
    assert clients.room.case.get(ChatRecord, KEY).contact_id == "martin-lea"
    file = (await clients.candidate.get("/crm/contacts/martin-lea/file")).json()
    assert len(file["records"]["chat"]) == 1


async def test_typing_is_told_to_whoever_is_there_and_never_journaled(clients: RoomClients) -> None:
    await accepted(clients)
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(text: str) -> None:
        heard.put_nowait(json.loads(text))

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(clients.room.hub.watch("candidate", clients.room.case.last_seq(), send))
        await asyncio.sleep(0)
        for _ in range(200):  # until the watcher is there
            await clients.customer.post(f"/chat/{KEY}/typing", json={"typing": True})
            if not heard.empty():
                break
        told = await asyncio.wait_for(heard.get(), 5)
        watching.cancel()
    assert (told["seq"], told["kind"], told["data"]) == (None, "ChatTyping", {"chat_id": KEY, "who": "client", "typing": True})
    assert not [row for row in clients.room.case.rows() if row.kind == "ChatTyping"]


# --- a juror in the customer's place ----------------------------------------------------------------


async def test_a_juror_who_plays_writes_as_the_customer(tmp_path: Path, pack: Path) -> None:
    async with open_exam_room(tmp_path / "room", pack) as exam:
        (_, desk), (_, player), (_, observer) = await exam.enrol("poste1"), await exam.enrol("jury1"), await exam.enrol("jury2")
        for http, role in ((player, "role_player"), (observer, "observer")):
            assert (await http.put("/jury/seat", json={"role": role, "station": "poste1"})).status_code == 200
        for order in ("sign_in", "ready"):
            await ok(desk, "/cti/agent", order=order)
        assert await refused(observer, "/chat", chat_id=KEY, simulation="S3") == (403, "forbidden")
        assert await refused(player, "/jury/calls", simulation="S3") == (409, "not_spoken")
        await ok(player, "/chat", chat_id=KEY, simulation="S3")  # begins the simulation
        assert exam.room.stations["poste1"].sitting.current == "S3"
        await ok(player, f"/chat/{KEY}/messages", text="bonjour", line_id="ignoree")
        await ok(desk, f"/chat/{KEY}/accept")
        await ok(desk, f"/chat/{KEY}/messages", text="Bonjour")
        assert await refused(observer, f"/chat/{KEY}/messages", text="moi aussi") == (403, "forbidden")
        (chat,) = (await observer.get("/chat")).json()["chats"]
        assert [(line["who"], line["text"]) for line in chat["lines"]] == [("client", "bonjour"), ("conseiller", "Bonjour")]
        await ok(player, f"/chat/{KEY}/close")
        rows = [row for row in exam.room.stations["poste1"].case.rows() if row.kind == "ChatMessage"]
        assert [(row.actor, "line_id" in row.data) for row in rows] == [("jury1", False), ("candidate", False)]


# --- the fold ---------------------------------------------------------------------------------------


def test_rows_of_other_kinds_change_nothing() -> None:
    assert fold_chats([]) == Chats()


@given(st.text(max_size=3000))
def test_what_is_kept_of_a_message_is_bounded_and_stays_as_it_is(text: str) -> None:
    kept = clean(text)
    assert len(kept) <= MAX_TEXT and clean(kept) == kept
    assert not set(kept) & set("\x00\x1b\u202e\r")
