"""Campaigns as they are written down: interviews, attempts, opposition; and the lists that belong to no customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from crm_mock import errors
from crm_mock.models import CampaignTarget, Consent, Survey
from tests.crm_mock.test_api import make_app
from tests.crm_mock.world import Room


def test_an_interview_is_complete_with_its_target_and_all_its_answers(room: Room) -> None:
    base: dict[str, Any] = {"contact_id": "odile", "questionnaire_id": "livraison", "campaign_id": "enquete"}
    begun = room.put("survey", "s", 0, **base, answers=[{"question_id": "Q1", "value": "8"}], applicable=3).record
    assert (begun["answered"], begun["ended_at"]) == (1, "") and begun["started_at"]
    answers = room.case.get(Survey, "s").model_dump(mode="json")["answers"]
    assert answers[0]["answered_at"] == begun["started_at"]
    with pytest.raises(errors.BusinessRefusal, match="personne cible") as refused:
        room.put("survey", "s", 1, status="complète")
    assert "1 sur 3" in refused.value.problems[1]
    answers += [{"question_id": "Q2", "refused": True}, {"question_id": "Q3", "verbatim": "le carton était enfoncé"}]
    room.put("survey", "s", 1, status="complète", target_reached="cible", answers=answers)
    done = room.case.get(Survey, "s")
    assert (done.answered, done.status) == (3, "complète") and done.ended_at
    room.put("survey", "s", 2, status="en cours")
    assert room.case.get(Survey, "s").ended_at == ""
    with pytest.raises(errors.Forbidden):
        room.put("survey", "s", 3, questionnaire_version="2")


def test_attempts_are_added_and_never_taken_away(room: Room) -> None:
    room.put("campaign_target", "cible-1", 1, attempts=[{"result": "NRP"}], status="à rappeler", next_on="2026-11-24", next_time="10:30")
    target = room.case.get(CampaignTarget, "cible-1")
    assert target.attempts[0].at and target.next_time == "10:30"
    kept = target.model_dump(mode="json")["attempts"]
    room.put("campaign_target", "cible-1", 2, attempts=[*kept, {"result": "BARRAGE"}])
    for attempts in ([], [{"result": "ABOUTI"}], [{**kept[0], "result": "OCC"}]):
        with pytest.raises(errors.BusinessRefusal, match="ne s'efface pas"):
            room.put("campaign_target", "cible-1", 3, attempts=attempts)
    with pytest.raises(errors.Forbidden):
        room.put("campaign_target", "neuve", 0, contact_id="odile", campaign_id="pro-hiver")
    with pytest.raises(errors.InvalidFields):
        room.put("campaign_target", "cible-1", 3, next_time="25:00")


def test_an_opposition_is_honoured_everywhere(room: Room) -> None:
    room.put("consent", "c", 0, contact_id="odile", purpose="téléphone", status="donné", given_on="2026-01-10")
    room.put("campaign_target", "cible-2", 1, opposed=True, next_on="2026-12-01")
    first, second = room.case.get(CampaignTarget, "cible-2"), room.case.get(CampaignTarget, "cible-3")
    assert (first.status, first.next_on, second.opposed, second.status) == ("traitée", None, True, "traitée")
    assert room.case.get(Consent, "c").status == "retiré"
    assert room.case.get(CampaignTarget, "cible-1").opposed is False
    room.put("campaign_target", "cible-1", 1, opposed=True)
    (made,) = room.case.all(Consent, contact_id="sentis")
    assert (made.purpose, made.status, made.source) == ("téléphone", "refusé", "opposition au téléphone")


@pytest.fixture
async def desk(room: Room) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(room))
    async with httpx.AsyncClient(transport=transport, base_url="http://room/crm", headers={"Authorization": "Bearer candidate"}) as client:
        yield client


async def ids(desk: httpx.AsyncClient, path: str) -> list[str]:
    answer = await desk.get(path)
    assert answer.status_code == 200, answer.text
    return [r["id"] for r in answer.json()["records"]]


async def test_what_is_nobody_s_is_listed_in_order(desk: httpx.AsyncClient) -> None:
    assert await ids(desk, "/agenda_slot?rep_id=kerdilis") == ["mer", "jeu", "jeu-bis", "mar", "ven", "ven-route"]
    assert await ids(desk, "/agenda_slot?status=libre&since=2026-12-01&until=2026-12-31") == ["mar", "ven"]
    assert await ids(desk, "/availability?resource_id=dune&free=0") == ["dune-2026-12-24", "dune-2026-12-25"]
    assert await ids(desk, "/field_rep") == ["kerdilis"] and await ids(desk, "/resource?basis=séance") == ["atelier"]
    page = (await desk.get("/agenda_slot?limit=2&offset=2")).json()
    assert ([r["id"] for r in page["records"]], page["total"], page["offset"]) == (["jeu-bis", "mar"], 6, 2)
    targets = (await desk.get("/campaign_target?campaign_id=pro-hiver")).json()
    assert [r["id"] for r in targets["records"]] == ["cible-2", "cible-1"]
    assert targets["names"] == {"odile": "Odile VASSERAND", "sentis": "Armand Sentis"}


async def test_the_people_of_a_company_are_listed_by_name(room: Room, desk: httpx.AsyncClient) -> None:
    room.put("contact", "assistante", 0, company_id="sentis", last_name="DAUNAY")
    room.put("contact", "standard", 0, company_id="sentis", last_name="CORVISIER")
    room.put("contact", "ailleurs", 0, company_id="odile", last_name="AUBERT")
    assert await ids(desk, "/contact?company_id=sentis") == ["standard", "assistante"]


@pytest.mark.parametrize(
    ("path", "status", "fields"),
    [
        ("/agenda_slot?couleur=bleu", 422, ["couleur"]),
        ("/agenda_slot?limit=501", 422, ["limit"]),
        ("/agenda_slot?since=demain", 422, ["since"]),
        ("/field_rep?since=2026-12-01", 422, ["since"]),
        ("/field_rep?postcodes=84", 422, ["postcodes"]),
        ("/contact", 422, ["company_id"]),
        ("/contact?company_id=", 422, ["company_id"]),
        ("/note", 404, None),
        ("/carte", 404, None),
    ],
)
async def test_what_a_list_refuses(desk: httpx.AsyncClient, path: str, status: int, fields: list[str] | None) -> None:
    answer = await desk.get(path)
    assert answer.status_code == status
    assert fields is None or list(answer.json()["details"]["fields"]) == fields


async def test_a_list_filter_is_only_a_value(desk: httpx.AsyncClient) -> None:
    assert await ids(desk, "/agenda_slot?rep_id=' OR 1=1 --") == []
    assert (await desk.get("/agenda_slot", params={'id" OR "1': "1"})).status_code == 422
    assert (await desk.get("/agenda_slot", headers={"Authorization": "Bearer customer"})).status_code == 403


@pytest.mark.parametrize("kind", ["field_rep", "agenda_slot", "resource", "availability"])
def test_the_company_s_calendar_is_not_an_agent_s_to_write(room: Room, kind: str) -> None:
    present = {"field_rep": "kerdilis", "agenda_slot": "jeu", "resource": "dune", "availability": "atelier-12"}[kind]
    told: dict[str, dict[str, Any]] = {"agenda_slot": {"label": "x"}, "availability": {"free": 99}}
    with pytest.raises(errors.Forbidden):
        room.put(kind, present, 1, **told.get(kind, {"name": "x"}))
