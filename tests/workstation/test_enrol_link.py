"""This machine's side of enrolment, against a real room on TLS, and against those who only say they are the room."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from scenarios.room.access import tell_failures
from scenarios.room.enrol import enrol_router, show_code
from scenarios.room.enrolment import Hello, new_salt
from scenarios.room.register import Register
from scenarios.room.register_tables import RoomPlace
from workstation.links.enrol_link import (
    ANSWER_LIMIT,
    Enrolment,
    EnrolmentFailed,
    EnrolmentUnusable,
    enrol,
    enrolment_file,
    load_enrolment,
    room_url,
    save_enrolment,
    verified_by,
)

PLACE = RoomPlace("poste3", "Poste 3", "station")
PAYLOAD = {"sip": {"server": "127.0.0.1:5061", "password": "secret"}}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Authority:
    """A certification authority of tests."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._ca = self._draft(self._name, self._key, now() - dt.timedelta(days=900), now() + dt.timedelta(days=900), ca=True)
        self.pem = self._ca.public_bytes(serialization.Encoding.PEM).decode()

    def certificate(self, folder: Path, host: str = "127.0.0.1", start: int = -1, end: int = 30) -> tuple[Path, Path]:
        """Certificate and key of a server at this address; `start` and `end` in days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "salle")])
        made = self._draft(name, key, now() + dt.timedelta(days=start), now() + dt.timedelta(days=end), host=host)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        (folder / "server.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        return folder / "server.pem", folder / "server.key"

    def _draft(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, start: dt.datetime, end: dt.datetime, *, ca: bool = False, host: str = ""
    ) -> x509.Certificate:
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        draft = (
            x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number(), start, end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if host:
            draft = draft.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        return draft.sign(self._key, hashes.SHA256())


@dataclass
class Room:
    register: Register
    authority: Authority
    app: FastAPI
    folder: Path

    async def code(self) -> str:
        return (await show_code(self.register, PLACE.id)).code


@pytest.fixture
def room(tmp_path: Path) -> Any:
    authority = Authority("salle A")
    with closing(Register.open(tmp_path / "register.db")) as register:
        register.set_places([PLACE])
        app = FastAPI()
        tell_failures(app)
        app.include_router(enrol_router(register, "Salle A", authority.pem, lambda place: PAYLOAD | {"line": place}))
        yield Room(register, authority, app, tmp_path)


@asynccontextmanager
async def serving(app: Any, certificate: tuple[Path, Path] | None) -> AsyncIterator[str]:
    """A real server on a port of its own; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        if certificate is not None:
            config.ssl_certfile, config.ssl_keyfile = certificate
        server = uvicorn.Server(config)
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listening]))
            try:
                while not server.started:
                    assert not serving.done()
                    await asyncio.sleep(0)
                yield f"{'https' if certificate else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True


async def failure(url: str, code: str, **more: Any) -> EnrolmentFailed:
    with pytest.raises(EnrolmentFailed) as failed:
        await enrol(url, code, "pc-12", **more)
    assert str(failed.value).endswith(".")
    return failed.value


# --- the room ---------------------------------------------------------------------------------------


async def test_this_machine_is_let_in_and_speaks_to_the_room_with_what_it_was_given(room: Room, tmp_path: Path) -> None:
    async with serving(room.app, room.authority.certificate(tmp_path)) as url:
        enrolment = await enrol(url.removeprefix("https://") + "/", (await room.code()).lower(), "pc-12")
        kept = load_enrolment(save_enrolment(enrolment, tmp_path / "poste" / "enrolment.json"))
        assert kept == enrolment and kept is not None
        async with httpx.AsyncClient(base_url=kept.url, verify=verified_by(kept.ca_pem), trust_env=False) as http:
            assert (await http.get("/enrol/hello")).json()["room"] == "Salle A"
    assert room.register.place_of_token(enrolment.token) == PLACE
    assert replace(enrolment, token="") == Enrolment(
        url, "Salle A", "poste3", "Poste 3", "station", "", room.authority.pem, {**PAYLOAD, "line": "poste3"}
    )
    assert [device.device for device in room.register.enrolled()] == ["pc-12"]
    assert enrolment.token not in repr(enrolment) and "secret" not in repr(enrolment)


async def test_a_room_on_this_very_machine_may_do_without_tls(room: Room) -> None:
    app = FastAPI()
    tell_failures(app)
    app.include_router(enrol_router(room.register, "Atelier", "", lambda place: PAYLOAD))
    async with serving(app, None) as url:
        enrolment = await enrol(url, await room.code(), "pc-12")
    assert (enrolment.room, enrolment.ca_pem, enrolment.url) == ("Atelier", "", url)
    assert room.register.place_of_token(enrolment.token) == PLACE


async def test_what_the_room_refuses_is_said_in_its_words(room: Room, tmp_path: Path) -> None:
    async with serving(room.app, room.authority.certificate(tmp_path)) as url:
        code = await room.code()
        wrong = await failure(url, "AAAA-2222")
        assert (wrong.reason, wrong.error_id) == ("refused", "wrong_code") and "vérifiez-le" in str(wrong)
        await enrol(url, code, "pc-12")
        used = await failure(url, code)
        assert (used.reason, used.error_id) == ("refused", "code_used") and "déjà servi" in str(used)


async def test_a_code_that_cannot_be_one_is_said_before_the_room_is_asked() -> None:
    asked: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(500))  # type: ignore[func-returns-value]
    failed = await failure("salle.example", "ABCD-EFG0", transport=transport)
    assert failed.reason == "code" and "jamais 0, O, 1, I ni L" in str(failed)
    assert asked == []


# --- who is not the room ----------------------------------------------------------------------------

Passed = Callable[[httpx.Request], Awaitable[httpx.Response]]


def between(room: Room, ca_pem: str | None) -> tuple[FastAPI, list[httpx.Response]]:
    """Somebody in between, who passes everything on to the room, shows his CA in place of the room's, and keeps what the room answers."""
    app, heard = FastAPI(), list[httpx.Response]()
    inner = httpx.AsyncClient(transport=httpx.ASGITransport(room.app), base_url="https://salle.example")

    @app.get("/enrol/hello")
    async def hello() -> dict[str, Any]:
        told: dict[str, Any] = (await inner.get("/enrol/hello")).json()
        return {**told, "ca_pem": ca_pem or told["ca_pem"]}

    @app.post("/enrol")
    async def post(body: dict[str, Any]) -> Any:
        heard.append(answer := await inner.post("/enrol", json=body))
        from fastapi.responses import JSONResponse

        return JSONResponse(answer.json(), answer.status_code)

    return app, heard


async def test_somebody_in_between_with_a_ca_of_his_own_gets_nothing_from_either_side(room: Room, tmp_path: Path) -> None:
    thief = Authority("voleur")
    app, heard = between(room, thief.pem)
    async with serving(app, thief.certificate(tmp_path / "voleur")) as url:
        failed = await failure(url, await room.code())
    assert (failed.reason, failed.error_id) == ("refused", "wrong_code")
    assert [answer.json()["error_id"] for answer in heard] == ["wrong_code"]
    assert room.register.enrolled() == ()


async def test_somebody_in_between_who_shows_the_room_s_ca_cannot_go_on(room: Room, tmp_path: Path) -> None:
    app, heard = between(room, None)
    async with serving(app, Authority("voleur").certificate(tmp_path / "voleur")) as url:
        failed = await failure(url, await room.code())
    assert failed.reason == "not_this_room" and "prévenez le surveillant" in str(failed)
    assert heard == [] and room.register.enrolled() == ()


async def test_somebody_who_lets_this_machine_in_without_knowing_the_code_is_not_believed(tmp_path: Path) -> None:
    thief, app = Authority("voleur"), FastAPI()

    @app.get("/enrol/hello")
    async def hello() -> dict[str, str]:
        return Hello("Salle A", thief.pem, new_salt(), "n", now().isoformat()).as_dict()

    @app.post("/enrol")
    async def post() -> dict[str, Any]:
        answer = {"room": "Salle A", "place": "poste3", "label": "Poste 3", "kind": "station", "token": "t", "payload": {}}
        return {"answer": answer, "proof": "0" * 64}

    async with serving(app, thief.certificate(tmp_path)) as url:
        assert (await failure(url, "ABCD-2345")).reason == "not_this_room"


async def test_a_room_whose_certificate_is_for_another_address_is_not_this_room(room: Room, tmp_path: Path) -> None:
    async with serving(room.app, room.authority.certificate(tmp_path, host="192.0.2.1")) as url:
        assert (await failure(url, await room.code())).reason == "not_this_room"
    assert room.register.enrolled() == ()


async def test_a_ca_that_changes_between_the_two_looks_is_refused(room: Room) -> None:
    shown = iter([room.authority.pem, Authority("voleur").pem])
    posted: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            posted.append(request)
        return httpx.Response(200, json=Hello("Salle A", next(shown), new_salt(), "n", now().isoformat()).as_dict())

    failed = await failure("salle.example", "ABCD-2345", transport=httpx.MockTransport(answer))
    assert failed.reason == "not_this_room" and posted == []


@pytest.mark.parametrize(("scheme", "ca"), [("https", ""), ("http", "CA")])
async def test_tls_without_ca_and_ca_without_tls_are_not_believed(scheme: str, ca: str) -> None:
    told = Hello("Salle A", ca, new_salt(), "n", now().isoformat()).as_dict()
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=told))
    assert (await failure(f"{scheme}://127.0.0.1", "ABCD-2345", transport=transport)).reason == "not_this_room"


# --- clocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end", "room_is"), [(3, 30, 4), (-30, -3, -4)])
async def test_a_clock_that_is_wrong_is_said_with_both_times(tmp_path: Path, start: int, end: int, room_is: int) -> None:
    """The certificate is not valid yet, or any more, at this machine's time; the room lives at another."""
    authority, app = Authority("salle A"), FastAPI()
    there = now() + dt.timedelta(days=room_is)

    @app.get("/enrol/hello")
    async def hello() -> dict[str, str]:
        return Hello("Salle A", authority.pem, new_salt(), "n", there.isoformat()).as_dict()

    async with serving(app, authority.certificate(tmp_path, start=start, end=end)) as url:
        failed = await failure(url, "ABCD-2345")
    assert failed.reason == "clock" and f"la salle le {there.astimezone():%d/%m/%Y %H:%M}" in str(failed)


async def test_a_certificate_past_its_end_is_not_blamed_on_the_clock(room: Room, tmp_path: Path) -> None:
    async with serving(room.app, room.authority.certificate(tmp_path, start=-30, end=-3)) as url:
        failed = await failure(url, await room.code())
    assert failed.reason == "certificate" and "à refaire" in str(failed)


# --- who does not answer, or nonsense ---------------------------------------------------------------


async def test_a_room_that_is_not_there_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failed = await failure(f"127.0.0.1:{taken.getsockname()[1]}", "ABCD-2345")
    assert failed.reason == "unreachable" and "Vérifiez l'adresse" in str(failed)


async def test_a_port_that_does_not_speak_tls_is_not_a_room(room: Room) -> None:
    async with serving(room.app, None) as url:
        assert (await failure(url.replace("http:", "https:"), await room.code())).reason == "not_a_room"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"title": "Cette adresse n'existe pas."}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="[" * 5000),
        httpx.Response(200, content=b" " * (ANSWER_LIMIT + 1)),
        httpx.Response(302, headers={"location": "https://ailleurs.example/"}),
        httpx.Response(200, json=Hello("Salle A", "pas un certificat", new_salt(), "n", "").as_dict()),
    ],
    ids=["404", "html", "list", "deep", "endless", "elsewhere", "no certificate"],
)
async def test_whatever_else_answers_is_not_a_room(answer: httpx.Response) -> None:
    assert (await failure("salle.example", "ABCD-2345", transport=httpx.MockTransport(lambda request: answer))).reason == "not_a_room"


# --- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("192.0.2.10:8443", "https://192.0.2.10:8443"),
        (" https://Salle-A.example/ ", "https://salle-a.example"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_an_address_is_read_as_it_is_typed(typed: str, url: str) -> None:
    assert room_url(typed) == url == room_url(url)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://192.0.2.10:8443",
        "ftp://salle",
        "salle:99999",
        "salle:port",
        "https://a@salle",
        "salle/enrol",
        "salle?x",
        "[::1",
        "salle#x",
    ],
)
def test_what_is_no_address_of_a_room_is_said(typed: str) -> None:
    with pytest.raises(EnrolmentFailed) as failed:
        room_url(typed)
    assert failed.value.reason == "address"


@given(st.text())
def test_any_text_is_an_address_or_a_sentence(typed: str) -> None:
    try:
        url = room_url(typed)
    except EnrolmentFailed as failed:
        assert failed.reason == "address"
    else:
        assert url.startswith(("https://", "http://")) and room_url(url) == url
        httpx.URL(url)


# --- what is kept -----------------------------------------------------------------------------------

KEPT = Enrolment("https://192.0.2.10:8443", "Salle A", "poste3", "Poste 3", "station", "jeton", "CA", {"a": [1, None, "é"]})


def test_an_enrolment_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "enrolment.json"
    assert load_enrolment(path) is None
    path.parent.mkdir()
    left_over = path.with_name(f"{path.name}.part")
    left_over.write_text("x")
    left_over.chmod(0o644)
    assert save_enrolment(KEPT, path) == path and load_enrolment(path) == KEPT
    assert [file.name for file in path.parent.iterdir()] == ["enrolment.json"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    other = save_enrolment(replace(KEPT, place="jury1"), tmp_path / "jury.json")
    assert load_enrolment(other) == replace(KEPT, place="jury1") and load_enrolment(path) == KEPT


def test_it_lies_in_this_machine_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEAU_HOME", str(tmp_path))
    assert enrolment_file() == tmp_path / "enrolment.json"
    assert enrolment_file(tmp_path / "b") == tmp_path / "b" / "enrolment.json"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"url": 1}', json.dumps({**KEPT.__dict__, "token": None}), "\udcff"])
def test_a_damaged_file_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "enrolment.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(EnrolmentUnusable, match=r"enrolment\.json est abîmé : refaites l'inscription"):
        load_enrolment(path)


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentUnusable, match="ne peut pas être lu"):
        load_enrolment(tmp_path)


def test_only_a_certificate_verifies() -> None:
    for text in ("", "pas un certificat", "é", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(ValueError):
            verified_by(text)
    context = verified_by(Authority("salle A").pem)
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
    assert len(context.get_ca_certs()) == 1
