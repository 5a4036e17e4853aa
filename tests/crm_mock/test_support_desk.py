"""Assistance as it is written down: tickets, gestures, exchanges; chats and written replies."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from crm_mock import errors
from crm_mock.models import Exchange, Goodwill, Product, Reply, Ticket
from tests.crm_mock.world import TODAY, Room

PATH = [
    {"node": "alimentation", "test": "Le voyant s'allume-t-il ?", "result": "oui"},
    {"node": "reset", "test": "Remise à zéro, dix secondes", "result": "E4 revient"},
]


def test_the_domain_s_ticket_from_the_call_to_level_2(room: Room) -> None:
    room.put("ticket", "t", 0, contact_id="lormier", product_id="kit", serial="LS-60418", bought_on="2025-02-14", symptom="voyant, E4")
    ticket = room.case.get(Ticket, "t")
    assert (ticket.reference, ticket.opened_on, ticket.level) == ("T-26-1123-0001", TODAY, "N1")
    assert (ticket.guarantee, ticket.guarantee_until) == ("active", dt.date(2027, 2, 14))
    assert [h.contact_id for h in room.case.search("T-26-1123-0001").hits] == ["lormier"]
    room.put(
        "ticket",
        "t",
        1,
        path=PATH,
        consumer_choice="remplacement",
        reachability="après 17 h",
        promised_on="2026-12-03",
        status="escaladé N2",
    )
    sent = room.case.get(Ticket, "t")
    assert (sent.level, sent.status) == ("N2", "escaladé N2") and sent.escalated_at.endswith("Z")
    assert all(step.at == sent.escalated_at for step in sent.path)
    room.put("ticket", "t", 2, status="clos")
    assert room.case.get(Ticket, "t").closed_on == TODAY


def test_what_a_ticket_refuses(room: Room) -> None:
    with pytest.raises(errors.InvalidFields) as empty:
        room.put("ticket", "t", 0, contact_id="lormier", status="escaladé N2")
    with pytest.raises(errors.InvalidFields) as past:
        room.put("ticket", "t", 0, contact_id="lormier", symptom="E4", promised_on="2026-11-20")
    assert list(empty.value.fields) == ["symptom"] and list(past.value.fields) == ["promised_on"]
    with pytest.raises(errors.Forbidden):
        room.put("ticket", "t", 0, contact_id="lormier", guarantee="active")
    old = room.put("ticket", "t", 0, contact_id="lormier", bought_on="2024-01-10").record
    assert (old["guarantee"], old["guarantee_until"]) == ("expirée", "2026-01-10")


def test_a_gesture_within_the_cap_and_one_beyond_it(room: Room) -> None:
    room.put("ticket", "t", 0, contact_id="lormier", symptom="E4")
    made = room.put("goodwill", "g1", 0, contact_id="lormier", amount_cents=780, what="2 étuis Aube", ticket_id="t").record
    assert (made["reference"], made["on"]) == ("GC-2611-0001", "2026-11-23")
    with pytest.raises(errors.BusinessRefusal, match="il reste 37,20"):
        room.put("goodwill", "g2", 0, contact_id="lormier", amount_cents=4000)
    with pytest.raises(errors.BusinessRefusal, match="ne se cumulent pas"):
        room.put("goodwill", "g2", 0, contact_id="lormier", amount_cents=100, ticket_id="t")
    room.put("goodwill", "g2", 0, contact_id="lormier", amount_cents=3720)
    with pytest.raises(errors.BusinessRefusal, match="il ne reste rien"):
        room.put("goodwill", "g3", 0, contact_id="lormier", amount_cents=1)
    room.put("goodwill", "g2", 1, status="annulé")
    room.put("goodwill", "g3", 0, contact_id="lormier", amount_cents=3720)
    with pytest.raises(errors.BusinessRefusal):
        room.put("goodwill", "g2", 2, status="accordé")
    with pytest.raises(errors.Forbidden):
        room.put("goodwill", "g1", 1, amount_cents=700)
    assert len(room.case.all(Goodwill, contact_id="lormier")) == 3


def test_an_exchange_takes_from_stock_and_gives_back(room: Room) -> None:
    room.put("ticket", "t", 0, contact_id="lormier", symptom="E4")
    sent = room.put("exchange", "e", 0, contact_id="lormier", ticket_id="t", product_id="filtre", pickup_from="17:00", pickup_to="19:00")
    assert sent.record["reference"] == "ECH-2611-0001" and sent.record["label"] == ""
    assert room.case.get(Product, "filtre").stock == 2
    room.put("exchange", "e", 1, status="étiquette envoyée")
    assert room.case.get(Exchange, "e").label.startswith("ETQ-") and room.case.get(Product, "filtre").stock == 2
    room.put("exchange", "e", 2, product_id="kit")
    assert [room.case.get(Product, p).stock for p in ("filtre", "kit")] == [3, 4]
    room.put("exchange", "e", 3, status="annulé")
    assert room.case.get(Product, "kit").stock == 5
    room.put("exchange", "r", 0, contact_id="lormier", nature="retour", product_id="kit")
    assert room.case.get(Product, "kit").stock == 5
    with pytest.raises(errors.BusinessRefusal, match=r"Équinoxe.*12/01/2027"):
        room.put("exchange", "x", 0, contact_id="lormier", product_id="equinoxe")
    with pytest.raises(errors.BusinessRefusal, match="L217-10"):
        room.put("exchange", "x", 0, contact_id="lormier", product_id="kit", promised_on="2026-12-24")
    with pytest.raises(errors.InvalidFields):
        room.put("exchange", "x", 0, contact_id="lormier", product_id="kit", pickup_from="17:00", pickup_to="16:00")


def test_a_chat_is_attached_to_whoever_it_turns_out_to_be_once(room: Room) -> None:
    lines = [{"who": "client", "text": "bjr", "at": "2026-11-23T09:00:00Z"}, {"who": "conseiller", "text": "Bonjour Inès"}]
    opened = room.put(
        "chat",
        "c",
        0,
        role="server",
        visitor="Inès",
        opened_at="2026-11-23T09:00:00Z",
        answered_at="2026-11-23T09:00:42Z",
        transcript=lines,
    ).record
    assert (opened["contact_id"], opened["first_answer_seconds"], opened["closed_at"]) == ("", 42, "")
    room.put("contact", "ines", 0, category="prospect", first_name="Inès", last_name="Calvarez", source="chat")
    assert room.put("chat", "c", 1, contact_id="ines").record["contact_id"] == "ines"
    closed = room.put("chat", "c", 2, role="server", status="close").record
    assert closed["contact_id"] == "ines" and closed["closed_at"]
    with pytest.raises(errors.Forbidden):
        room.put("chat", "c", 3, transcript=[*lines, {"who": "client", "text": "merci"}])
    with pytest.raises(errors.Forbidden):
        room.put("chat", "e", 0, visitor="Inès")
    assert len(room.case.customer_file("ines").records["chat"]) == 1
    with pytest.raises(errors.Forbidden):
        room.put("chat", "c", 3, contact_id="odile")
    with pytest.raises(errors.CardNumberRefused):
        room.put("chat", "d", 0, role="server", transcript=[{"who": "client", "text": "4970 1011 2233 4455"}])
    with pytest.raises(errors.InvalidFields):
        room.put("chat", "d", 0, role="server", answered_at="tantôt")


def test_a_reply_handed_in_never_changes(room: Room) -> None:
    body = "Monsieur,\n\nNous confirmons l'échange sous huit jours ouvrés.\n\nCordialement,"
    draft = room.put("reply", "w1", 0, contact_id="lormier", simulation="S2", subject="Votre machine", body=body).record
    assert (draft["word_count"], draft["line_count"], draft["sha256"]) == (9, 3, "")
    with pytest.raises(errors.InvalidFields):
        room.put("reply", "w1", 1, body=" ", status="remise")
    room.put("reply", "w1", 1, status="remise")
    given = room.case.get(Reply, "w1")
    assert given.sha256 == hashlib.sha256(body.encode()).hexdigest() and given.submitted_at
    for fields in ({"body": "autre"}, {"status": "brouillon"}):
        with pytest.raises(errors.BusinessRefusal, match="remise"):
            room.put("reply", "w1", 2, **fields)
