"""The REST API as the desk and the virtual customer use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Header

from crm_mock.api import BODY_LIMIT, Caller, answer_crm_errors, crm_router
from crm_mock.errors import Forbidden
from tests.crm_mock.world import Room


def authorise(authorization: Annotated[str, Header()] = "") -> Caller:
    role = authorization.removeprefix("Bearer ")
    if role not in ("candidate", "customer", "trainer"):
        raise Forbidden("Poste inconnu.", "")
    return Caller(role, f"{role}-1")


def make_app(room: Room) -> FastAPI:
    app = FastAPI()
    app.include_router(crm_router(lambda caller: room.case, authorise), prefix="/crm")
    answer_crm_errors(app)
    return app


@pytest.fixture
async def desk(room: Room) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(room))
    async with httpx.AsyncClient(transport=transport, base_url="http://room", headers={"Authorization": "Bearer candidate"}) as client:
        yield client


def body(version: int = 0, /, **fields: Any) -> dict[str, Any]:
    return {"write_id": str(uuid4()), "version": version, "fields": fields, "call_key": "k1"}


CUSTOMER = {"Authorization": "Bearer customer"}


async def test_search_answers_a_page_and_is_journaled(desk: httpx.AsyncClient, room: Room) -> None:
    answer = await desk.get("/crm/search", params={"q": "oville vaserand", "call_key": "k1"})
    assert answer.status_code == 200
    assert [h["contact_id"] for h in answer.json()["hits"]] == ["odile", "odette"]
    row = room.published[-1]
    assert (row.kind, row.actor, row.call_key) == ("Searched", "candidate-1", "k1")
    assert row.data == {"q": "oville vaserand", "total": 2, "page": 1}


async def test_a_card_number_searched_is_echoed_and_journaled_masked(desk: httpx.AsyncClient, room: Room) -> None:
    answer = await desk.get("/crm/search", params={"q": "4970 1011 2233 4455"})
    assert answer.json()["query"] == room.published[-1].data["q"] == "•••• •••• •••• 4455"


async def test_the_screen_pop_and_the_file(desk: httpx.AsyncClient, room: Room) -> None:
    found = (await desk.get("/crm/lookup", params={"phone": "+33 (0)4-65-71-80-00", "call_key": "k1"})).json()
    assert [h["contact_id"] for h in found["hits"]] == ["cabinet", "sentis"]
    assert (await desk.get("/crm/lookup", params={"phone": "anonymous"})).json()["total"] == 0
    file = (await desk.get("/crm/contacts/odile/file", params={"call_key": "k1"})).json()
    assert file["contact"]["reference"] == "MVL-204518"
    assert room.published[-1].kind == "RecordOpened" and room.published[-1].data["id"] == "odile"
    missing = await desk.get("/crm/contacts/personne/file")
    assert missing.status_code == 404 and missing.json()["error_id"] == "record_not_found"


async def test_a_save_and_its_replay(desk: httpx.AsyncClient, room: Room) -> None:
    sent = body(1, line1="3 impasse du Colombier-Vert", city="Saint-Orme-le-Haut", valid_from="2026-12-01")
    first = await desk.put("/crm/address/adr-odile", json=sent)
    assert first.status_code == 200 and first.json()["version"] == 2
    again = await desk.put("/crm/address/adr-odile", json=sent)
    assert again.json() == first.json() and len(room.published) == 1
    read = await desk.get("/crm/address/adr-odile")
    assert read.json() == first.json()["record"]


async def test_refusals_have_their_status_and_their_sentence(desk: httpx.AsyncClient) -> None:
    conflict = await desk.put("/crm/address/adr-odile", json=body(7, city="x"))
    assert conflict.status_code == 409 and conflict.json()["details"]["current"]["city"] == "Saint-Orme-le-Bas"
    invalid = await desk.put("/crm/address/adr-odile", json=body(1, valid_from="demain"))
    assert invalid.status_code == 422 and invalid.json()["details"]["fields"] == {"valid_from": "Date non reconnue ; attendu : AAAA-MM-JJ."}
    card = await desk.put("/crm/note/n", json=body(contact_id="odile", text="4970101122334455"))
    assert card.status_code == 422 and card.json()["error_id"] == "card_number_refused" and "4970" not in card.text
    forbidden = await desk.put("/crm/product/kit", json=body(1, stock=99))
    assert forbidden.status_code == 403 and forbidden.json()["error_id"] == "forbidden"
    assert (await desk.get("/crm/carte/x")).json()["error_id"] == "unknown_kind"
    assert (await desk.put("/crm/carte/x", json=body())).status_code == 404
    stranger = await desk.get("/crm/products", headers={"Authorization": "Bearer passant"})
    assert stranger.status_code == 403


async def test_a_request_that_is_not_one_is_explained(desk: httpx.AsyncClient) -> None:
    wrong = await desk.put("/crm/note/n", json={"write_id": "x", "version": -1, "fields": [], "autre": 1})
    assert wrong.status_code == 422
    assert wrong.json()["details"]["fields"] == {
        "write_id": "Un identifiant UUID est attendu.",
        "version": "0 au moins.",
        "fields": "Une fiche est attendue.",
        "autre": "Champ inconnu.",
    }
    broken = await desk.put("/crm/note/n", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422 and broken.json()["error_id"] == "invalid_fields"
    assert (await desk.get("/crm/search")).json()["details"]["fields"] == {"q": "À renseigner."}


async def test_a_body_beyond_the_limit_is_refused_whatever_it_declares(desk: httpx.AsyncClient, room: Room) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 1024 + 2):
            yield b" " * 1024

    big = await desk.put("/crm/note/n", content=endless())
    assert big.status_code == 413 and big.json()["error_id"] == "body_too_large"
    assert room.published == []


async def test_the_customer_pays_by_the_link_and_sees_nothing_else(desk: httpx.AsyncClient, room: Room) -> None:
    lines = [{"product_id": "zenith", "quantity": 6}, {"product_id": "kit"}, {"product_id": "filtre", "origin": "additionnel"}]
    order = await desk.put(
        "/crm/order/cde", json=body(contact_id="lormier", lines=lines, relay_point="Place des Halles-Neuves", status="validée")
    )
    assert order.json()["record"]["total_cents"] == 4800
    link = await desk.put("/crm/payment_link/lien", json=body(contact_id="lormier", order_id="cde"))
    assert link.json()["record"]["amount_cents"] == 4800
    assert (await desk.put("/crm/payment_link/lien", json=body(1, status="autorisé"))).status_code == 403
    seen = await desk.get("/crm/payment_link/lien", headers=CUSTOMER)
    paid = await desk.put("/crm/payment_link/lien", json=body(seen.json()["version"], status="autorisé"), headers=CUSTOMER)
    assert paid.json()["record"]["authorisation"].startswith("AUT-")
    assert (await desk.get("/crm/contacts/lormier/file")).json()["records"]["payment"][0]["amount_cents"] == 4800
    for path in ("/crm/contact/lormier", "/crm/search?q=a", "/crm/products", "/crm/contacts/lormier/file"):
        assert (await desk.get(path, headers=CUSTOMER)).status_code == 403


async def test_a_document_is_a_file_one_can_fetch(desk: httpx.AsyncClient) -> None:
    made = await desk.put(
        "/crm/document/doc", json=body(contact_id="odile", template="duplicata de facture", subject_id="F-2610-0231", sent_to="o@x.example")
    )
    assert made.status_code == 200
    content = await desk.get("/crm/documents/doc/content")
    assert content.headers["content-type"] == "application/pdf" and content.content.startswith(b"%PDF-")
    assert (await desk.get("/crm/documents/rien/content")).status_code == 404


async def test_products(desk: httpx.AsyncClient) -> None:
    assert [p["id"] for p in (await desk.get("/crm/products", params={"q": "detart"})).json()] == ["kit"]


async def test_openapi_describes_every_route(room: Room) -> None:
    paths = make_app(room).openapi()["paths"]
    assert set(paths) == {
        "/crm/search",
        "/crm/lookup",
        "/crm/contacts/{contact_id}/file",
        "/crm/products",
        "/crm/documents/{document_id}/content",
        "/crm/{kind}",
        "/crm/{kind}/{record_id}",
    }
    for operations in paths.values():
        for operation in operations.values():
            assert operation["summary"] and "403" in operation["responses"]
