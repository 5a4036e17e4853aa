"""What is taken once: slots of the field team, nights and places; whoever comes second is told, at the same instant too."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crm_mock import errors
from crm_mock.models import AgendaSlot, Appointment, Availability, Booking, Payment, PaymentLink, SaleProposal
from tests.crm_mock.test_consequences import Shelf
from tests.crm_mock.test_documents import text_of
from tests.crm_mock.world import Room

MEETING: dict[str, Any] = {
    "contact_id": "cabinet",
    "address_id": "adr-cabinet",
    "purpose": "démonstration Lune Pro",
    "attendees": ["M. Sentis", "Mme Daunay"],
    "supplier_end_on": "2027-01-31",
    "confirmation": "e-mail",
}


def slots(room: Room) -> dict[str, tuple[str, str]]:
    return {s.id: (s.status, s.appointment_id) for s in room.case.all(AgendaSlot)}


def test_the_domain_s_appointment_takes_its_slot_and_gives_it_back(room: Room) -> None:
    made = room.put("appointment", "rdv", 0, **MEETING, slot_id="ven").record
    assert (made["reference"], made["rep_id"], made["on"], made["start"], made["minutes"]) == (
        "RDV-2611-0001", "kerdilis", "2026-12-04", "09:00", 30,
    )  # fmt: skip
    assert made["warnings"] == [] and slots(room)["ven"] == ("pris", "rdv")
    room.put("appointment", "rdv", 1, slot_id="mar", status="confirmé")
    assert slots(room)["ven"] == ("libre", "") and slots(room)["mar"] == ("pris", "rdv")
    room.put("appointment", "rdv", 2, status="annulé")
    assert slots(room)["mar"] == ("libre", "")
    room.put("appointment", "autre", 0, **MEETING, slot_id="mar")
    with pytest.raises(errors.BusinessRefusal, match="n'est plus libre"):
        room.put("appointment", "rdv", 3, status="confirmé")


def test_an_appointment_is_confirmed_with_the_representative_and_how_to_move_or_cancel_it(room: Room) -> None:
    room.put("appointment", "rdv", 0, **MEETING, slot_id="ven", documents="tarif Lune Pro")
    confirmed = {
        "contact_id": "cabinet",
        "template": "confirmation de rendez-vous",
        "subject_id": "rdv",
        "sent_to": "a.sentis@cabinet.example",
    }
    assert room.put("document", "doc", 0, **confirmed).record["status"] == "envoyé"
    text = text_of(room, "doc")[0]
    for expected in (
        "Confirmation du rendez-vous du vendredi 4 décembre 2026", "Cabinet Lagarrigue-Sentis & Associés", "démonstration lune pro",
        "Rendez-vous RDV-2611-0001", "Heure et durée 9 h 00 à 9 h 30 (30 minutes)", "Avec Yoann Kerdilis", "M. Sentis, Mme Daunay",
        "tarif Lune Pro", "Pour le déplacer ou l'annuler", "01 99 00 40 00", "référence RDV-2611-0001", "sans frais",
    ):  # fmt: skip
        assert expected in text, (expected, text)
    for contact_id, subject in (("lormier", "rdv"), ("cabinet", "autre")):
        with pytest.raises(errors.InvalidFields):
            room.put("document", "doc2", 0, **{**confirmed, "contact_id": contact_id, "subject_id": subject})
    room.put("appointment", "rdv", 1, status="annulé")
    with pytest.raises(errors.BusinessRefusal, match="est annulé"):
        room.put("document", "doc2", 0, **confirmed)


def warnings(room: Room) -> tuple[str, ...]:
    return room.case.get(Appointment, "rdv").warnings


def test_rules_that_are_not_kept_are_told_on_the_appointment(room: Room) -> None:
    room.put("appointment", "rdv", 0, **MEETING, slot_id="mer")  # nine o'clock is forty-eight hours from nine o'clock
    assert [w.split(" (")[0] for w in warnings(room)] == ["Yoann Kerdilis ne reçoit pas le mercredi"]
    room.put("appointment", "rdv", 1, slot_id="ven")
    assert warnings(room) == ()
    room.case.story_time = lambda: dt.datetime(2026, 11, 23, 10, 20)
    room.put("appointment", "rdv", 2, slot_id="mer")
    assert "pas avant le 25/11/2026 à 10 h 20" in warnings(room)[1]
    room.put("appointment", "rdv", 3, slot_id="ven", address_id="")
    assert warnings(room) == ()
    room.put("address", "adr-cabinet", 1, postcode="36990")
    room.put("appointment", "rdv", 4, address_id="adr-cabinet")
    assert "ne se déplace pas au 36990" in warnings(room)[0]


@pytest.mark.parametrize(("slot", "said"), [("ven-route", "plus libre"), ("jeu-bis", "occupe déjà ce moment")])
def test_a_slot_that_cannot_be_had(room: Room, slot: str, said: str) -> None:
    room.put("appointment", "premier", 0, **MEETING, slot_id="jeu")
    with pytest.raises(errors.BusinessRefusal, match=said):
        room.put("appointment", "rdv", 0, **MEETING, slot_id=slot)
    with pytest.raises(errors.InvalidFields):
        room.put("appointment", "rdv", 0, **MEETING, slot_id="inconnu")


def test_of_many_at_the_same_instant_one_has_the_slot(room: Room) -> None:
    barrier = threading.Barrier(8)

    def ask(n: int) -> bool:
        barrier.wait(10)
        try:
            room.case.put("appointment", f"rdv{n}", 0, {**MEETING, "slot_id": "mar"}, write_id=f"a{n}", actor="a", role="candidate")
        except errors.BusinessRefusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        had = list(pool.map(ask, range(8)))
    assert had.count(True) == 1
    (kept,) = room.case.all(Appointment)
    assert slots(room)["mar"] == ("pris", kept.id)


def free(room: Room, resource: str) -> dict[str, int]:
    return {a.day.isoformat(): a.free for a in room.case.all(Availability, resource_id=resource)}


STAY: dict[str, Any] = {"contact_id": "odile", "resource_id": "dune", "starts_on": "2026-12-18", "ends_on": "2026-12-22", "persons": 4}


def ask_payment(room: Room, link: str) -> object:
    sent = room.put("payment_link", link, 0, contact_id="odile", booking_id="b", sent_to="o@courriel.example")
    return sent.record["amount_cents"]


def test_a_stay_is_priced_confirmed_paid_and_cancelled(room: Room) -> None:
    draft = room.put("booking", "b", 0, **STAY, options=[{"product_id": "kit", "quantity": 2}]).record
    assert (draft["stay_cents"], draft["options_cents"], draft["total_cents"]) == (33800, 2580, 36380)
    assert (draft["deposit_cents"], draft["balance_cents"], draft["reference"]) == (10914, 25466, "")
    assert free(room, "dune")["2026-12-18"] == 1
    with pytest.raises(errors.BusinessRefusal, match="d'abord être confirmée"):
        ask_payment(room, "l")
    done = room.put("booking", "b", 1, status="confirmée").record
    assert (done["reference"], done["booked_on"], done["withdrawal_exception"]) == ("RES-2611-0001", "2026-11-23", "L221-28 12°")
    assert [free(room, "dune")[f"2026-12-{d}"] for d in (17, 18, 21, 22)] == [1, 0, 0, 1]
    assert [h.contact_id for h in room.case.search("RES-2611-0001").hits] == ["odile"]
    assert (
        room.put("payment_link", "l", 0, contact_id="odile", booking_id="b", sent_to="o@courriel.example").record["amount_cents"] == 10914
    )
    room.put("payment_link", "l", 1, role="customer", status="autorisé")
    (paid,) = room.case.all(Payment, booking_id="b")
    assert (paid.amount_cents, paid.order_id) == (10914, "")
    assert (
        room.put("payment_link", "l2", 0, contact_id="odile", booking_id="b", sent_to="o@courriel.example").record["amount_cents"] == 25466
    )
    room.put("booking", "b", 2, ends_on="2026-12-21")
    assert room.case.get(PaymentLink, "l2").status == "expiré" and free(room, "dune")["2026-12-21"] == 1
    room.put("booking", "b", 3, status="annulée")
    assert set(free(room, "dune").values()) == {0, 1} and free(room, "dune")["2026-12-18"] == 1
    with pytest.raises(errors.BusinessRefusal):
        room.put("booking", "b", 4, status="confirmée")


def test_a_full_lodging_names_dates_nearby(room: Room) -> None:
    with pytest.raises(errors.BusinessRefusal) as caught:
        room.put("booking", "b", 0, **{**STAY, "starts_on": "2026-12-23", "ends_on": "2026-12-27"}, status="confirmée")
    (said,) = caught.value.problems
    assert "complet le 24/12/2026, le 25/12/2026" in said
    assert "du 26/12/2026 au 30/12/2026" in said and "du 20/12/2026 au 24/12/2026" in said
    assert set(free(room, "dune").values()) == {0, 1}


def test_a_session_takes_a_place_a_person_and_never_more_than_there_are(room: Room) -> None:
    day = {"starts_on": "2026-12-12", "ends_on": "2026-12-12"}
    first = room.put("booking", "b", 0, contact_id="odile", resource_id="atelier", **day, persons=5, status="confirmée").record
    assert (first["total_cents"], first["deposit_cents"], free(room, "atelier")) == (17500, 17500, {"2026-12-12": 3})
    with pytest.raises(errors.BusinessRefusal, match="complet le 12/12/2026"):
        room.put("booking", "c", 0, contact_id="lormier", resource_id="atelier", **day, persons=4, status="confirmée")
    room.put("booking", "b", 1, persons=8)
    assert free(room, "atelier") == {"2026-12-12": 0}
    with pytest.raises(errors.BusinessRefusal, match="8 personne"):
        room.put("booking", "b", 2, persons=9)
    with pytest.raises(errors.InvalidFields) as caught:
        room.put("booking", "c", 0, contact_id="odile", resource_id="atelier", starts_on="2026-12-12", ends_on="2026-12-13")
    assert list(caught.value.fields) == ["ends_on"]


def test_of_many_at_the_same_instant_one_has_the_nights(room: Room) -> None:
    barrier = threading.Barrier(6)

    def ask(n: int) -> bool:
        barrier.wait(10)
        try:
            room.case.put("booking", f"b{n}", 0, {**STAY, "status": "confirmée"}, write_id=f"a{n}", actor="a", role="candidate")
        except errors.BusinessRefusal:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))).count(True) == 1
    assert len(room.case.all(Booking)) == 1


def test_a_proposal_beside_an_order_is_kept_with_its_time(room: Room) -> None:
    room.put("booking", "b", 0, **STAY)
    room.put("sale_proposal", "p", 0, contact_id="odile", booking_id="b", what="vente additionnelle", product_id="kit")
    assert room.case.get(SaleProposal, "p").at
    assert room.put("sale_proposal", "p", 1, outcome="refusée").record["outcome"] == "refusée"
    with pytest.raises(errors.InvalidFields) as caught:
        room.put("sale_proposal", "q", 0, contact_id="odile", what="substitution", product_id="rien")
    assert set(caught.value.fields) == {"product_id", "instead_of"}


class Booked(RuleBasedStateMachine):
    """Whatever is booked, moved and cancelled, what is free and what is held make what there was."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.first = {a.id: a.free for a in self.shelf.where(Availability)}

    @rule(
        name=st.sampled_from(["a", "b", "c"]),
        start=st.integers(0, 16),
        nights=st.integers(1, 4),
        status=st.sampled_from(["brouillon", "confirmée", "confirmée", "annulée"]),
        place=st.booleans(),
        persons=st.integers(1, 6),
    )
    def book(self, name: str, start: int, nights: int, status: str, place: bool, persons: int) -> None:
        arrival = dt.date(2026, 12, 15) + dt.timedelta(days=start)
        resource, leaving = ("dune", arrival + dt.timedelta(days=nights)) if place else ("atelier", dt.date(2026, 12, 12))
        arrival = arrival if place else dt.date(2026, 12, 12)
        wanted = Booking.model_validate(
            {
                "id": name, "contact_id": "odile", "resource_id": resource, "starts_on": arrival, "ends_on": leaving,
                "persons": persons, "status": status,
            }
        )  # fmt: skip
        try:
            self.shelf.write(wanted)
        except (errors.BusinessRefusal, errors.InvalidFields):
            return

    @invariant()
    def nothing_is_lost_nor_had_twice(self) -> None:
        held: dict[tuple[str, dt.date], int] = {}
        for one in self.shelf.where(Booking):
            if one.status == "confirmée":
                days = [one.starts_on + dt.timedelta(days=n) for n in range(max(1, (one.ends_on - one.starts_on).days))]
                for day in days:
                    held[one.resource_id, day] = held.get((one.resource_id, day), 0) + (one.persons if one.resource_id == "atelier" else 1)
        for record in self.shelf.where(Availability):
            assert record.free >= 0
            assert record.free + held.get((record.resource_id, record.day), 0) == self.first[record.id]


def test_nights_and_places_balance_whatever_is_done() -> None:
    run_state_machine_as_test(Booked, settings=settings(max_examples=100, stateful_step_count=20, deadline=None))
