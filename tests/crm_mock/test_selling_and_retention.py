"""Sales in the making, contracts changed and ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from crm_mock import errors
from crm_mock.models import Amendment, Goodwill, Opportunity, Subscription, TerminationRequest
from tests.crm_mock.world import TODAY, Room

SPOKEN = [{"item": item} for item in ("identité", "caractéristiques", "prix", "durée", "rétractation")]


def test_the_domain_s_sale_waits_for_its_signature(room: Room) -> None:
    room.put("contact", "plessis", 0, category="prospect", last_name="Plessis-Vauban")
    begun = room.put(
        "opportunity", "o", 0, contact_id="plessis", needs="bonne machine", motives=["confort", "argent"], persons=2,
        stages=[{"stage": "découverte"}],
    ).record  # fmt: skip
    assert (begun["reference"], begun["withdrawal_until"]) == ("OPP-2611-0001", None)
    assert begun["stages"][0]["at"]  # type: ignore[index]
    with pytest.raises(errors.InvalidFields) as caught:
        room.put("opportunity", "o", 1, status="proposée")
    assert list(caught.value.fields) == ["product_id"]
    room.put("opportunity", "o", 1, status="proposée", product_id="intense", commitment_months=12)
    offered = room.case.get(Opportunity, "o")
    assert (offered.price_cents, offered.total_cents) == (2990, 35880)
    with pytest.raises(errors.Forbidden):
        room.put("opportunity", "o", 2, status="signée")
    room.put("opportunity", "o", 2, status="en attente de signature", legal=SPOKEN)
    waiting = room.case.get(Opportunity, "o")
    assert waiting.withdrawal_until == dt.date(2026, 12, 9)  # received in two working days, then fourteen days
    assert all(item.said_at for item in waiting.legal) and room.case.all(Subscription, contact_id="plessis") == []
    room.put("opportunity", "o", 3, role="trainer", status="signée")
    assert room.case.get(Opportunity, "o").signed_on == TODAY
    (contract,) = room.case.all(Subscription, contact_id="plessis")
    assert (contract.reference, contract.monthly_cents, contract.status) == ("ABO-2611-0001", 2990, "actif")
    assert contract.commitment_end == dt.date(2027, 11, 23)
    with pytest.raises(errors.BusinessRefusal, match="signé"):
        room.put("opportunity", "o", 4, status="perdue")


def offer(room: Room, **fields: Any) -> dict[str, object]:
    base = {"contact_id": "odile", "product_id": "intense", "status": "en attente de signature"}
    return room.put("opportunity", "o", 0, **{**base, **fields}).record


def test_the_withdrawal_date_follows_the_law(room: Room) -> None:
    room.put("product", "intense", 1, role="trainer", withdrawal_from="contrat")
    assert offer(room, legal=SPOKEN)["withdrawal_until"] == "2026-12-07"
    untold = room.put("opportunity", "o", 1, legal=[]).record
    assert untold["withdrawal_until"] == "2027-12-07"  # not informed: twelve months more
    assert room.put("opportunity", "o", 2, product_id="filtre").record["withdrawal_until"] is None  # L221-28 5°
    assert room.put("opportunity", "o", 3, status="perdue", refusal_reason="prix").record["withdrawal_until"] is None


def test_what_an_opportunity_refuses(room: Room) -> None:
    with pytest.raises(errors.InvalidFields) as caught:
        offer(room, legal=[{"item": "météo"}])
    assert caught.value.fields == {"legal": "Information inconnue : météo."}
    with pytest.raises(errors.BusinessRefusal, match="en attente de signature"):
        room.put("opportunity", "o", 0, role="trainer", contact_id="odile", product_id="intense", status="signée")


# -- retention


def test_the_domain_s_amendment_is_pending_and_counts_as_a_gesture(room: Room) -> None:
    fields: dict[str, Any] = {"after_product_id": "douceur", "discount_percent": 15, "discount_months": 6, "motive": "surstock"}
    drawn = room.put("amendment", "a", 0, contact_id="bellonte", subscription_id="abo-bellonte", offer_rule="douceur15", **fields).record
    assert (drawn["before_cents"], drawn["discounted_cents"], drawn["after_cents"], drawn["cost_cents"]) == (2990, 1692, 1990, 1788)
    assert (drawn["starts_on"], drawn["ends_on"], drawn["commitment_months"]) == ("2026-12-01", "2027-05-31", 0)
    assert room.case.all(Goodwill) == []
    room.put("amendment", "a", 1, status="accepté", satisfaction="confirmée")
    agreed = room.case.get(Amendment, "a")
    assert (agreed.reference, agreed.agreed, agreed.applied) == ("AVN-2611-0001", True, False)
    subscription = room.case.get(Subscription, "abo-bellonte")
    assert (subscription.product_id, subscription.monthly_cents) == ("intense", 2990)  # not before its day
    (gesture,) = room.case.all(Goodwill, contact_id="bellonte")
    assert (gesture.amount_cents, gesture.amendment_id, gesture.reference) == (1788, "a", "GC-2611-0001")
    with pytest.raises(errors.BusinessRefusal, match="ne se modifie plus"):
        room.put("amendment", "a", 2, discount_percent=50)
    room.put("amendment", "a", 2, satisfaction="réservée")
    room.put("amendment", "a", 3, status="annulé")
    assert room.case.get(Goodwill, gesture.id).status == "annulé"


def test_an_amendment_of_today_changes_the_subscription(room: Room) -> None:
    room.put(
        "amendment", "a", 0, contact_id="bellonte", subscription_id="abo-bellonte", after_product_id="douceur", discount_percent=15,
        discount_months=6, starts_on="2026-11-23", status="accepté",
    )  # fmt: skip
    now = room.case.get(Subscription, "abo-bellonte")
    assert (now.product_id, now.monthly_cents, now.discount_cents, now.discount_until) == ("douceur", 1990, 298, dt.date(2027, 5, 22))
    with pytest.raises(errors.BusinessRefusal, match="ne se reprend plus"):
        room.put("amendment", "a", 1, status="annulé")


def test_more_than_the_cap_is_refused_with_what_remains(room: Room) -> None:
    room.put("goodwill", "g", 0, contact_id="bellonte", amount_cents=3000)
    with pytest.raises(errors.BusinessRefusal, match=r"17,88.*demandés") as caught:
        room.put(
            "amendment", "a", 0, contact_id="bellonte", subscription_id="abo-bellonte", after_product_id="douceur", discount_percent=15,
            discount_months=6, status="accepté",
        )  # fmt: skip
    assert "il reste 15,00" in str(caught.value)
    pause = room.put("amendment", "p", 0, contact_id="bellonte", subscription_id="abo-bellonte", pause_months=2, status="accepté").record
    assert (pause["discounted_cents"], pause["cost_cents"], pause["ends_on"]) == (0, 0, "2027-01-31")


def test_what_an_amendment_refuses(room: Room) -> None:
    base: dict[str, Any] = {"contact_id": "bellonte", "subscription_id": "abo-bellonte"}
    for fields, field in (
        ({"discount_percent": 10}, "discount_months"),
        ({"after_product_id": "rien"}, "after_product_id"),
        ({"starts_on": "2026-11-20", "status": "accepté"}, "starts_on"),
        ({"subscription_id": "abo-odile"}, "subscription_id"),
        ({"discount_percent": 120, "discount_months": 1}, "discount_percent"),
    ):
        with pytest.raises(errors.InvalidFields) as caught:
            room.put("amendment", "a", 0, **{**base, **fields})
        assert list(caught.value.fields) == [field]


def test_a_termination_is_processed_without_obstacle(room: Room) -> None:
    asked = room.put("termination_request", "r", 0, contact_id="bellonte", subscription_id="abo-bellonte", motive="surstock").record
    assert (asked["reference"], asked["asked_on"], asked["effective_on"]) == ("RSL-2611-0001", "2026-11-23", "2026-12-23")
    room.put("termination_request", "r", 1, status="traitée")
    ended = room.case.get(Subscription, "abo-bellonte")
    assert (ended.ended_on, ended.status) == (dt.date(2026, 12, 23), "actif")  # until that day
    room.put("termination_request", "r", 2, status="retirée à la demande du client")
    assert room.case.get(Subscription, "abo-bellonte").ended_on is None


def test_a_termination_within_the_commitment_ends_with_it_and_one_of_today_at_once(room: Room) -> None:
    room.put("subscription", "abo-bellonte", 1, commitment_end="2027-03-10")
    later = room.put("termination_request", "r", 0, contact_id="bellonte", subscription_id="abo-bellonte").record
    assert later["effective_on"] == "2027-03-10"
    with pytest.raises(errors.BusinessRefusal, match="RSL-2611-0001"):
        room.put("termination_request", "s", 0, contact_id="bellonte", subscription_id="abo-bellonte")
    room.put("termination_request", "r", 1, effective_on="2026-11-23", status="traitée")
    assert room.case.get(Subscription, "abo-bellonte").status == "résilié"
    with pytest.raises(errors.BusinessRefusal, match="nouveau contrat"):
        room.put("termination_request", "r", 2, status="retirée à la demande du client")
    with pytest.raises(errors.InvalidFields):
        room.put("termination_request", "s", 0, contact_id="bellonte", subscription_id="abo-bellonte", effective_on="2026-11-01")
    assert room.case.get(TerminationRequest, "r").status == "traitée"
