"""The room's enrolment routes, over HTTP in this process."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from scenarios.room.access import tell_failures
from scenarios.room.enrol import enrol_router, show_code
from scenarios.room.enrolment import CODE_LIFE, TRIES, DeskSide, Grant, Hello, RoomNotProven, normalised, shown
from scenarios.room.register import Register
from scenarios.room.register_tables import RoomPlace
from scenarios.sitting import SittingError

CA = "-----BEGIN CERTIFICATE-----\nde la salle\n-----END CERTIFICATE-----\n"
PLACES = [RoomPlace("poste1", "Poste 1", "station"), RoomPlace("poste2", "Poste 2", "station"), RoomPlace("jury1", "Jury 1", "seat")]


@dataclass
class Room:
    register: Register
    now: dt.datetime
    app: FastAPI = field(default_factory=FastAPI)
    no_payload: Exception | None = None

    def payload(self, place: str) -> Mapping[str, Any]:
        if self.no_payload is not None:
            raise self.no_payload
        return {"line": place, "ports": (5061, 8443)}

    @asynccontextmanager
    async def http(self, address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="https://salle.example") as http:
            yield http

    async def ask(self, code: str, device: str = "pc-12", address: str = "192.0.2.7") -> tuple[DeskSide, httpx.Response]:
        async with self.http(address) as http:
            hello = Hello.read((await http.get("/enrol/hello")).json())
            side = await asyncio.to_thread(DeskSide, hello, normalised(code), device)
            return side, await http.post("/enrol", json=asdict(side.request()))

    async def let_in(self, code: str, device: str = "pc-12", address: str = "192.0.2.7") -> Grant:
        side, answer = await self.ask(code, device, address)
        assert answer.status_code == 200, answer.text
        return side.believe(answer.json())

    async def refusal(self, code: str, address: str = "192.0.2.7") -> tuple[int, str]:
        side, answer = await self.ask(code, address=address)
        told = answer.json()
        assert set(told) == {"error_id", "title", "details"} and told["title"].endswith(".")
        with pytest.raises(RoomNotProven):
            side.believe(told)
        return answer.status_code, told["error_id"]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made: list[Room] = []

    def now() -> dt.datetime:
        return made[0].now if made else dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)

    with closing(Register.open(tmp_path / "register.db", now=now)) as register:
        register.set_places(PLACES)
        made.append(room := Room(register, now()))
        tell_failures(room.app)
        room.app.include_router(enrol_router(register, "Salle A", CA, room.payload, now=now))
        yield room


async def test_a_machine_is_let_in_at_the_place_of_the_code_it_was_shown(room: Room) -> None:
    codes = {place.id: await show_code(room.register, place.id) for place in PLACES}
    assert all(code.expires_at == "2026-11-23T08:15:00.000Z" and code.place.id == id for id, code in codes.items())
    grant = await room.let_in(codes["jury1"].code.lower().replace("-", " "), "pc\u202e du\x07 jury")
    assert (grant.room, grant.place, grant.label, grant.kind) == ("Salle A", "jury1", "Jury 1", "seat")
    assert grant.payload == {"line": "jury1", "ports": [5061, 8443]}
    assert room.register.place_of_token(grant.token) == PLACES[2]
    assert [(d.place, d.device) for d in room.register.enrolled()] == [("jury1", "pc du jury")]
    assert await room.refusal(codes["jury1"].code) == (410, "code_used")
    assert (await room.let_in(codes["poste1"].code)).place == "poste1"


def bytes_of(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir()]


async def test_the_code_is_kept_nowhere(room: Room, tmp_path: Path) -> None:
    shown_code = await show_code(room.register, "poste1")
    assert shown_code.code not in repr(shown_code)
    everything = b"".join(bytes_of(tmp_path))
    assert everything and shown_code.code.encode() not in everything and normalised(shown_code.code).encode() not in everything


async def test_a_machine_that_replaces_another_has_the_place(room: Room) -> None:
    first = await room.let_in((await show_code(room.register, "poste1")).code)
    second = await room.let_in((await show_code(room.register, "poste1")).code, "pc-20", "192.0.2.8")
    assert room.register.place_of_token(first.token) is None
    assert room.register.place_of_token(second.token) == PLACES[0]


async def test_a_code_is_good_for_fifteen_minutes(room: Room) -> None:
    code = await show_code(room.register, "poste1")
    room.now += CODE_LIFE
    assert await room.refusal(code.code) == (410, "code_expired")
    code = await show_code(room.register, "poste1")
    room.now += CODE_LIFE - dt.timedelta(seconds=1)
    assert (await room.let_in(code.code)).place == "poste1"


async def test_a_code_that_was_replaced_is_told_so(room: Room) -> None:
    first, second = await show_code(room.register, "poste1"), await show_code(room.register, "poste1")
    assert await room.refusal(first.code) == (410, "code_closed")
    assert (await room.let_in(second.code)).place == "poste1"


async def test_five_wrong_tries_from_anywhere_end_the_only_open_code(room: Room) -> None:
    code = await show_code(room.register, "poste1")
    for n in range(TRIES):
        assert await room.refusal("AAAA-2222", f"192.0.2.{n}") == (403, "wrong_code")
    assert await room.refusal(code.code) == (410, "code_dead")
    assert (await room.let_in((await show_code(room.register, "poste1")).code)).place == "poste1"


async def test_an_address_is_wrong_five_times_and_the_others_get_in(room: Room) -> None:
    codes = [await show_code(room.register, place.id) for place in PLACES]
    for _ in range(TRIES):
        assert await room.refusal("AAAA-2222") == (403, "wrong_code")
    assert await room.refusal(codes[0].code) == (429, "too_many_tries")
    assert (await room.let_in(codes[0].code, address="192.0.2.8")).place == "poste1"


async def test_a_request_is_heard_once(room: Room) -> None:
    code = await show_code(room.register, "poste1")
    async with room.http() as http:
        hello = Hello.read((await http.get("/enrol/hello")).json())
        assert (hello.room, hello.ca_pem, hello.now) == ("Salle A", CA, "2026-11-23T08:00:00.000Z")
        request = asdict((await asyncio.to_thread(DeskSide, hello, normalised(code.code), "pc-12")).request())
        answers = await asyncio.gather(*(http.post("/enrol", json=request) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        assert (await http.post("/enrol", json=request)).json()["error_id"] == "stale_hello"
    assert len(room.register.enrolled()) == 1


async def test_a_place_that_cannot_be_served_does_not_use_its_code_up(room: Room) -> None:
    code = await show_code(room.register, "poste1")
    token = (await room.let_in((await show_code(room.register, "poste2")).code)).token
    room.no_payload = SittingError("no_line", 503, "Le central n'est pas prêt.")
    assert await room.refusal(code.code) == (503, "no_line")
    room.no_payload = None
    assert (await room.let_in(code.code)).place == "poste1"
    assert room.register.place_of_token(token) == PLACES[1]


@pytest.mark.parametrize(
    "change",
    [
        {"proof": "x" * 64},
        {"proof": "0" * 63},
        {"client_nonce": "court"},
        {"server_nonce": "<script>"},
        {"device": "x" * 81},
        {"code": "ABCD2345"},
        {"device": None},
    ],
)
async def test_what_is_not_a_request_is_refused_and_charged_to_nobody(room: Room, change: dict[str, Any]) -> None:
    code = await show_code(room.register, "poste1")
    async with room.http() as http:
        hello = Hello.read((await http.get("/enrol/hello")).json())
        request = asdict((await asyncio.to_thread(DeskSide, hello, normalised(code.code), "pc-12")).request())
        for _ in range(TRIES + 1):
            assert (await http.post("/enrol", json={**request, **change})).status_code == 422
        assert (await http.post("/enrol", json=request)).status_code == 200


async def test_no_code_for_a_place_that_is_not_there(room: Room) -> None:
    with pytest.raises(SittingError, match="n'existe pas"):
        await show_code(room.register, "poste9")
    assert room.register.codes() == ()


async def test_codes_shown_at_once_are_all_good(room: Room) -> None:
    codes = await asyncio.gather(*(show_code(room.register, place.id) for place in PLACES))
    assert [shown(normalised(code.code)) for code in codes] == [code.code for code in codes]
    assert [(await room.let_in(code.code)).place for code in codes] == [place.id for place in PLACES]
