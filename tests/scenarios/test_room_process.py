"""A real room server in a process of its own: killed and started again, its WebSocket, and what stops it from starting."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sqlite3
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crm_mock.casefile import CaseFile
from scenarios.room.events import CLOSE_SLOW, CLOSE_UNKNOWN_SEQ
from scenarios.room.serve import bind, main
from tests.scenarios.room_world import CLIENT, DAY, TOKENS, RoomProcess, open_room, write_pack

DEADLINE = 40.0


def auth(role: str = "candidate") -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, pack: Path) -> Iterator[RoomProcess]:
    """One for the tests that neither stop it nor mind what the others wrote."""
    running = RoomProcess(tmp_path_factory.mktemp("room") / "sitting", pack)
    running.start()
    yield running
    assert running.stop() == 0, running.errors


class Writer(threading.Thread):
    """Saves one note after the other until the room is gone; what was answered is in `confirmed`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.confirmed: dict[str, dict[str, Any]] = {}
        self.doubtful: tuple[str, dict[str, Any]] | None = None
        self.enough = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, headers=auth(), timeout=5) as http:
            for number in range(100_000):
                name = f"note-{number}"
                body = {"write_id": str(uuid.uuid4()), "version": 0, "fields": {"contact_id": CLIENT, "text": name}, "call_key": "k"}
                self.doubtful = (name, body)
                try:
                    answer = http.put(f"/crm/note/{name}", json=body)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 200, answer.text
                self.confirmed[name] = answer.json()
                if number == 30:
                    self.enough.set()


def test_an_idle_connection_is_not_closed_before_its_client_would(room: RoomProcess) -> None:
    with socket.create_connection((urlsplit(room.url).hostname or "", urlsplit(room.url).port or 0)) as connection:
        ask = f"GET /sitting HTTP/1.1\r\nHost: room\r\nAuthorization: {auth()['Authorization']}\r\n\r\n".encode()
        connection.sendall(ask)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.settimeout((httpx.Limits().keepalive_expiry or 0.0) + 1.0)
        with pytest.raises(TimeoutError):  # nothing comes: neither the rest of an answer, nor the end
            while connection.recv(65536):
                pass
        connection.sendall(ask)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_killed_while_writing_nothing_confirmed_is_lost_or_doubled(tmp_path: Path, pack: Path) -> None:
    room = RoomProcess(tmp_path / "sitting", pack)
    room.start()
    with httpx.Client(base_url=room.url, headers=auth()) as http:
        for order in ("sign_in", "ready"):
            http.post("/cti/agent", json={"write_id": str(uuid.uuid4()), "order": order}).raise_for_status()
        http.post("/sitting/simulations/S1/start", json={"write_id": "w-start"}).raise_for_status()
        call = {"type": "CallOffered", "call_id": "c", "call_key": "k", "caller": "+33465712108", "caller_name": "", "called": ""}
        http.post("/cti/facts", json={"facts": [{"id": "f1", "at": "2026-11-23T09:00:00+00:00", "fact": call}]}).raise_for_status()
        before = {path: http.get(path).json() for path in ("/cti/station", "/sitting")}
    writer = Writer(room.url)
    writer.start()
    assert writer.enough.wait(DEADLINE)
    room.kill()
    writer.join(DEADLINE)
    assert len(writer.confirmed) >= 31
    room.start()
    with httpx.Client(base_url=room.url, headers=auth()) as http:
        assert http.get("/cti/station").json() == before["/cti/station"]
        after = http.get("/sitting").json()
        assert {**after, "clock": {}} == {**before["/sitting"], "clock": {}}
        for name, saved in writer.confirmed.items():
            assert http.get(f"/crm/note/{name}").json() == saved["record"]
        assert writer.doubtful is not None
        name, body = writer.doubtful
        first = http.put(f"/crm/note/{name}", json=body)
        assert first.status_code == 200
        assert http.put(f"/crm/note/{name}", json=body).json() == first.json()
        told = http.post("/cti/facts", json={"facts": [{"id": "f1", "at": "2026-11-23T09:00:00+00:00", "fact": call}]})
        assert told.json() == {"accepted": 1, "refused": []}
    assert room.stop() == 0, room.errors
    with CaseFile.open(tmp_path / "sitting" / "casefile.db") as case:
        rows = case.rows()
        notes = [row.data["id"] for row in rows if row.data.get("record_kind") == "note"]
        assert sorted(notes) == sorted({*writer.confirmed, name})
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert [row.kind for row in rows].count("CallOffered") == 1


# --- the WebSocket ----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def events(room: RoomProcess, after: int = 0, role: str = "candidate", **more: Any) -> AsyncIterator[ClientConnection]:
    address = room.url.replace("http", "ws", 1) + f"/events?after={after}"
    async with connect(address, additional_headers=auth(role), proxy=None, **more) as watching:
        yield watching


async def take(watching: ClientConnection, last: int) -> list[dict[str, Any]]:
    """Messages up to the row `last`."""
    got: list[dict[str, Any]] = []
    async with asyncio.timeout(DEADLINE):
        while not got or got[-1]["seq"] != last:
            got.append(json.loads(await watching.recv()))
    return got


def save_notes(room: RoomProcess, count: int, text: str = "x") -> int:
    """Saves notes; the seq of the last one."""
    seq = 0
    with httpx.Client(base_url=room.url, headers=auth()) as http:
        for _ in range(count):
            body = {"write_id": str(uuid.uuid4()), "version": 0, "fields": {"contact_id": CLIENT, "text": text}}
            answer = http.put(f"/crm/note/{uuid.uuid4()}", json=body)
            answer.raise_for_status()
            seq = answer.json()["seq"]
    return seq


async def test_a_watcher_resumes_where_it_left_off_also_across_a_restart(tmp_path: Path, pack: Path) -> None:
    room = RoomProcess(tmp_path / "sitting", pack)
    await asyncio.to_thread(room.start)
    last = await asyncio.to_thread(save_notes, room, 5)
    async with events(room) as watching:
        first = await take(watching, last)
        more = await asyncio.to_thread(save_notes, room, 3)
        first += await take(watching, more)
    await asyncio.to_thread(room.kill)
    await asyncio.to_thread(room.start)
    newest = await asyncio.to_thread(save_notes, room, 2)
    async with events(room, after=more) as watching:
        second = await take(watching, newest)
    assert [m["seq"] for m in first + second] == list(range(1, newest + 1))
    assert set(first[0]) == {"seq", "at", "kind", "call_key", "actor", "data"}
    assert first[0]["kind"] == "SittingOpened"
    assert await asyncio.to_thread(room.stop) == 0


async def test_an_ephemeral_caption_reaches_the_desk_and_not_the_journal(room: RoomProcess) -> None:
    last = await asyncio.to_thread(save_notes, room, 1)
    async with events(room, after=last - 1) as watching:
        await take(watching, last)
        async with httpx.AsyncClient(base_url=room.url, headers=auth("customer")) as customer:
            told = await customer.post("/sitting/customer/caption", json={"kind": "CustomerSpeaking", "data": {"text": "Bonj"}})
            assert told.status_code == 200
            for kind in ("CustomerRevealed", "CustomerSpoke"):
                body = {"write_id": str(uuid.uuid4()), "kind": kind, "data": {"fact": "date", "text": "Bonjour."}}
                await customer.post("/sitting/customer/spoke", json=body)
        got = await take(watching, last + 2)
    assert [(m["seq"], m["kind"]) for m in got] == [(None, "CustomerSpeaking"), (last + 2, "CustomerSpoke")]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nope"}])
async def test_a_watcher_without_a_good_token_is_refused(room: RoomProcess, header: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(room.url.replace("http", "ws", 1) + "/events", additional_headers=header, proxy=None):
            pass
    assert refusal.value.response.status_code == 403


async def test_a_seq_of_another_sitting_is_told_by_the_closing_code(room: RoomProcess) -> None:
    async with events(room, after=5000) as watching:
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(watching.recv(), DEADLINE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_UNKNOWN_SEQ


async def test_a_watcher_that_does_not_read_is_let_go_and_the_others_hear_everything(room: RoomProcess) -> None:
    """The slow one's socket buffers are filled first, then its queue; meanwhile a quick one reads every row."""
    begin = await asyncio.to_thread(save_notes, room, 1)
    end = begin + 15 * 200
    traces = [{"at": "2026-11-23T09:00:00+00:00", "kind": "CaptionShown", "data": {"text": "x" * 3500}} for _ in range(200)]
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    narrow.setblocking(False)
    host, port = room.url.removeprefix("http://").split(":")
    await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
    async with events(room, begin, "trainer", max_queue=1, sock=narrow) as slow, events(room, begin, "trainer") as quick:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            reading = group.create_task(take(quick, end))
            async with httpx.AsyncClient(base_url=room.url, headers=auth("trainer"), timeout=20) as http:
                for _ in range(15):
                    body = {"write_id": str(uuid.uuid4()), "traces": [{**t, "id": str(uuid.uuid4())} for t in traces]}
                    (await http.post("/sitting/traces", json=body)).raise_for_status()
        assert [m["seq"] for m in reading.result()] == list(range(begin + 1, end + 1))
        seqs: list[int] = []
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(DEADLINE):
                while True:
                    seqs.append(json.loads(await slow.recv())["seq"])
        # what it has not read may leave no room for the word of it: then the connection is dropped without
        assert closed.value.rcvd is None or closed.value.rcvd.code == CLOSE_SLOW
    assert seqs == list(range(begin + 1, begin + 1 + len(seqs)))
    assert seqs[-1] < end
    async with events(room, seqs[-1], "trainer") as again:
        assert [m["seq"] for m in await take(again, end)] == list(range(seqs[-1] + 1, end + 1))


# --- starting and stopping --------------------------------------------------------------------------


def test_it_stops_by_itself_when_its_parent_is_gone(tmp_path: Path, pack: Path) -> None:
    room = RoomProcess(tmp_path / "sitting", pack)
    ready = room.start()
    assert set(ready) == {"ready", "url", "port", "sitting", "version"}
    assert ready["url"] == f"http://127.0.0.1:{ready['port']}"
    assert room.stop() == 0
    assert room.errors == ""


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one sentence with which `python -m scenarios.room` refuses to start."""

    def refuse(folder: Path, pack: Path, *more: str) -> str:
        monkeypatch.setenv("PLATEAU_TOKENS", json.dumps(TOKENS))
        assert main(["--sitting", str(folder), "--pack", str(pack), "--day", DAY.isoformat(), *more]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        return line

    return refuse


Refusal = Callable[..., str]


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    """Nagle's algorithm and delayed acknowledgements together add 40 ms to each answer."""
    delays: list[int] = []

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        delays.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = bind("127.0.0.1", 0)
    async with await asyncio.start_server(met, sock=listening):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        assert await asyncio.wait_for(reader.read(), DEADLINE) == b""
        writer.close()
    assert delays and all(delays)


def test_a_second_room_on_the_same_folder_is_refused(pack: Path, room: RoomProcess) -> None:
    second = RoomProcess(room.folder, pack)
    assert second.run_to_end() == 2
    assert "déjà ouverte par un autre programme" in second.errors
    assert len(second.errors.splitlines()) == 1


def test_a_port_that_is_taken_is_named_and_the_folder_let_go(tmp_path: Path, pack: Path, refusal: Refusal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for _ in range(2):
            assert refusal(tmp_path / "sitting", pack, "--port", str(port)).endswith(f"127.0.0.1:{port} : ce port est déjà pris.")


def test_a_wrong_pack_is_told_with_its_file_and_line(tmp_path: Path, refusal: Refusal) -> None:
    pack = write_pack(tmp_path)
    path = pack / "simulations" / "S1" / "simulation.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("minutes: 8", "minutes: beaucoup"), encoding="utf-8")
    line = refusal(tmp_path / "sitting", pack)
    assert line.startswith("Le paquet de scénarios est à corriger : simulations/S1/simulation.yaml:6")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, pack: Path, refusal: Refusal) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refusal(tmp_path / "file" / "sitting", pack).startswith("Le dossier de la séance ne peut pas être ouvert")


async def test_a_damaged_case_file_is_refused(tmp_path: Path, pack: Path, refusal: Refusal) -> None:
    async with open_room(tmp_path / "sitting", pack):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "sitting" / "casefile.db", isolation_level=None)) as conn:
        conn.execute("DROP TRIGGER journal_no_update")
        conn.execute("UPDATE journal SET data = replace(data, 'petit', 'grand') WHERE seq = 1")
    assert "altéré à partir de la ligne 1" in refusal(tmp_path / "sitting", pack)


def test_tokens_are_needed(tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch, refusal: Refusal) -> None:
    monkeypatch.setitem(TOKENS, "trainer", "short")
    assert "PLATEAU_TOKENS" in refusal(tmp_path / "sitting", pack)
