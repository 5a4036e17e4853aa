"""Marvalune is as large as the company it makes believe: what a candidate searches in, scrolls through and may mistake for another."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from crm_mock.models import AgendaSlot, CampaignTarget, Contact, FieldRep, Invoice, Payment
from scenarios.brief_pdf import page_count
from scenarios.pack_crowd_words import HOMONYMS
from workstation.ui.widgets.value_text import folded

from .pack_folders import DAY, marvalune


def count() -> Counter[str]:
    return Counter(record.kind for record in marvalune().records)


def test_people_and_companies() -> None:
    contacts = [r for r in marvalune().records if isinstance(r, Contact)]
    people = [c for c in contacts if c.last_name]
    companies = [c for c in contacts if c.company_name]
    assert len(people) >= 400 and len(companies) >= 120
    assert {"particulier", "professionnel", "prospect"} == {c.category for c in contacts}
    assert all(c.customer_since for c in contacts if c.reference.startswith("MVL-"))


def test_twenty_people_might_be_taken_for_another() -> None:
    """Near-duplicates of those who call: the same name but a letter, or the same digits in another order."""
    assert len(HOMONYMS) >= 20
    drawn = {(c.first_name, c.last_name) for c in marvalune().records if isinstance(c, Contact)}
    assert all((first, last) in drawn for _, first, last, _ in HOMONYMS)
    heroes = [
        r
        for r in marvalune().records
        if isinstance(r, Contact) and r.id in {s.persona.contact_id for s in marvalune().simulations} and r.last_name
    ]
    for hero in heroes:
        near = [last for _, _, last, _ in HOMONYMS if folded(last)[:5] == folded(hero.last_name)[:5]]
        assert near, f"nobody is mistaken for {hero.last_name}"


def test_history() -> None:
    assert count()["order"] >= 1500 and count()["interaction"] >= 3000
    assert count()["invoice"] >= 2500 and count()["payment"] >= 2500
    unpaid = [r for r in marvalune().records if isinstance(r, Invoice) and r.status == "impayée"]
    assert 20 <= len(unpaid) <= 200 and any(isinstance(r, Payment) and r.status == "rejeté" for r in marvalune().records)


def test_what_is_sold_and_said_of_it() -> None:
    kinds = Counter(text.kind for text in marvalune().texts)
    assert count()["product"] == 60 and kinds["procedure"] == 14 and kinds["knowledge"] == 60
    assert 12 <= page_count(marvalune()) <= 16 and len(marvalune().letters) >= 12


def test_what_is_asked_and_walked() -> None:
    assert [len(one.questions) for one in marvalune().questionnaires] == [12, 12]
    assert len(marvalune().trees) == 1 and 15 <= len(marvalune().trees[0].nodes) <= 25
    targets = Counter(r.campaign_id for r in marvalune().records if isinstance(r, CampaignTarget))
    assert len(marvalune().campaigns) == 4 and all(targets[campaign.id] >= 25 for campaign in marvalune().campaigns)


def test_three_representatives_have_four_weeks_of_agenda() -> None:
    reps = [r for r in marvalune().records if isinstance(r, FieldRep)]
    slots = [r for r in marvalune().records if isinstance(r, AgendaSlot)]
    assert len(reps) == 3
    first = DAY - dt.timedelta(days=DAY.weekday())
    for rep in reps:
        weeks = {(slot.on - first).days // 7 for slot in slots if slot.rep_id == rep.id}
        assert len(weeks) >= 4, (rep.name, weeks)
        states = {slot.status for slot in slots if slot.rep_id == rep.id}
        assert {"libre", "pris"} <= states, rep.name
