"""Records of every competence given by a pack: a person's in people/, the company's own in crowd/; checked like the others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from crm_mock.models import COMPANY_KINDS, AgendaSlot, CampaignTarget, FieldRep, Goodwill, Opportunity, Survey, TerminationRequest, Ticket
from scenarios.pack_check import check_pack
from scenarios.pack_load import load_pack, read_pack
from scenarios.pack_schemas import schemas

from .pack_folders import DAY, skeleton, told

PERSON = """
campaign_target:
  - campaign_id: livraison
    position: 3
    attempts:
      - {at: J-2 18:05, result: NRP}
ticket:
  - id: ticket-1
    reference: "T-{J-30|%y-%m%d}-0001"
    product_id: PRODUIT-A
    bought_on: J-21m
    symptom: Voyant orange
    path:
      - {node: reset, result: "E4 revient", at: J-30 10:02}
    opened_on: J-30
    status: clos
goodwill:
  - {amount: "7,80", what: deux étuis, ticket_id: ticket-1, on: J-30}
survey:
  - questionnaire_id: livraison
    started_at: J-10 14:00
    answers:
      - {question_id: Q1, value: "8", answered_at: J-10 14:01}
opportunity:
  - {product_id: PRODUIT-A, price: "34,90", motives: confort, budget: "35,00"}
"""
QUESTIONS = 'version: "1"\ntitle: Livraison\nquestions:\n  - {id: Q1, text: Satisfait ?, type: échelle}\n'
REPS = "id;name;zone;postcodes;weekdays;phone\nkerdilis;Yoann Kerdilis;Sud-Est;84|13;mardi|jeudi;04 65 71 80 01\n"
SLOTS = "id;rep_id;on;start;status\nk1;kerdilis;J+3;10:00;libre\nk2;kerdilis;J+8;14:30;pris\n"


def written(tmp_path: Path, person: str = PERSON, slots: str = SLOTS) -> Path:
    pack = skeleton(tmp_path)
    file = pack / "people/durand-alix.yaml"
    file.write_text(file.read_text(encoding="utf-8") + person, encoding="utf-8")
    (pack / "campaigns.yaml").write_text("campaigns:\n  - {id: livraison, title: Livraison, questionnaire: livraison}\n", encoding="utf-8")
    (pack / "questionnaires").mkdir()
    (pack / "questionnaires/livraison.yaml").write_text(QUESTIONS, encoding="utf-8")
    (pack / "crowd").mkdir(exist_ok=True)
    (pack / "crowd/field_rep.csv").write_text(REPS, encoding="utf-8")
    (pack / "crowd/agenda_slot.csv").write_text(slots, encoding="utf-8")
    return pack


def test_a_pack_gives_the_records_of_the_desks(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert check_pack(path, DAY) == []
    pack = load_pack(path, DAY)
    by_type = {type(record): record for record in pack.records}
    target, ticket, gesture = by_type[CampaignTarget], by_type[Ticket], by_type[Goodwill]
    assert isinstance(target, CampaignTarget) and target.attempts[0].at == "2026-11-21T17:05:00Z"
    assert isinstance(ticket, Ticket) and (ticket.reference, ticket.bought_on) == ("T-26-1024-0001", dt.date(2025, 2, 23))
    assert isinstance(gesture, Goodwill) and (gesture.amount_cents, gesture.on) == (780, dt.date(2026, 10, 24))
    interview, sale, rep = by_type[Survey], by_type[Opportunity], by_type[FieldRep]
    assert isinstance(interview, Survey) and interview.answers[0].answered_at == "2026-11-13T13:01:00Z"
    assert isinstance(sale, Opportunity) and (sale.price_cents, sale.budget_cents, sale.motives) == (3490, 3500, ("confort",))
    assert isinstance(rep, FieldRep) and (rep.postcodes, rep.weekdays, rep.phone) == (("84", "13"), ("mardi", "jeudi"), "+33465718001")
    assert [(s.on, s.start) for s in pack.records if isinstance(s, AgendaSlot)] == [
        (dt.date(2026, 11, 26), "10:00"),
        (dt.date(2026, 12, 1), "14:30"),
    ]
    with CaseFile.create(tmp_path / "sitting/casefile.db", pack.records, Event("SittingOpened", {}), pack.company) as case:
        assert case.listing("agenda_slot", {"rep_id": "kerdilis"}).total == 2
        assert [h.contact_id for h in case.search("T-26-1024-0001").hits] == ["durand-alix"]


def test_what_leads_nowhere_or_is_not_a_person_s_is_told(tmp_path: Path) -> None:
    person = "\ntermination_request:\n  - {subscription_id: inconnu}\nfield_rep:\n  - {name: Yoann}\n"
    path = written(tmp_path, person, SLOTS.replace("k2;kerdilis;J+8;14:30", "k2;personne;J+8;14h30"))
    problems = check_pack(path, DAY)
    file = (path / "people/durand-alix.yaml").read_text(encoding="utf-8").splitlines()
    assert told(problems, "people/durand-alix.yaml", file.index("field_rep:") + 1, "genre d'enregistrement inconnu")
    assert any(p.file == "crowd/agenda_slot.csv" and p.line == 3 and p.key == "start" for p in problems)
    (path / "crowd/agenda_slot.csv").write_text(SLOTS.replace("k2;kerdilis", "k2;personne"), encoding="utf-8")
    text = "\n".join(file).replace("field_rep:\n  - {name: Yoann}", "")
    (path / "people/durand-alix.yaml").write_text(text + "\n", encoding="utf-8")
    problems = check_pack(path, DAY)
    assert any("field_rep « personne » inconnu" in p.message for p in problems)
    assert told(problems, "people/durand-alix.yaml", file.index("termination_request:") + 2, "subscription « inconnu » inconnu")
    assert any(isinstance(r, TerminationRequest) for r in (read_pack(path, DAY).pack or load_pack(path, DAY)).records)


def test_the_schema_of_a_person_has_every_kind_but_the_company_s() -> None:
    known = set(schemas()["person"]["properties"])
    assert {"ticket", "survey", "booking", "amendment", "reply"} <= known and not known & COMPANY_KINDS
