"""Brûlerie Marvalune holds for any day, says what domain's subject A says, and its three scenes play."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from typing import Any

import pytest

from crm_mock.models import Invoice, Reminder
from crm_mock.rules import card_numbers
from scenarios.customer import dialogue, moves
from scenarios.pack import Pack
from scenarios.pack_check import check_pack
from scenarios.pack_load import load_pack

from . import pack_folders
from .pack_folders import DAY, MARVALUNE, OTHER_DAYS


@cache
def marvalune(day: dt.date = DAY) -> Pack:
    return pack_folders.marvalune() if day == DAY else load_pack(MARVALUNE, day)


@pytest.mark.parametrize("day", [DAY, OTHER_DAYS[2]], ids=str)
def test_the_whole_check_passes(day: dt.date) -> None:
    assert check_pack(MARVALUNE, day) == []


@pytest.mark.parametrize("day", OTHER_DAYS, ids=str)
def test_debts_and_reminders_agree_on_any_day(day: dt.date) -> None:
    pack = marvalune(day)
    invoices = {r.id: r for r in pack.records if isinstance(r, Invoice)}
    for reminder in (r for r in pack.records if isinstance(r, Reminder)):
        assert reminder.sent_on is not None
        owed = [invoices[i] for i in reminder.invoice_ids]
        assert sum(i.total_cents for i in owed) == reminder.total_cents
        assert all(i.due_on is not None and i.due_on <= reminder.sent_on for i in owed)
    plan = next(r for r in pack.simulation("S9").expected.records if r.kind == "payment_plan")
    due = [dt.date.fromisoformat(part["due_on"]) for part in plan.expect["instalments"]]
    assert due == sorted(due) and due[0] == day and sum(p["amount_cents"] for p in plan.expect["instalments"]) == 16460


def test_subject_a_on_its_own_day() -> None:
    pack = marvalune()
    texts = " ".join([*(t.text for t in pack.texts), *(s for x in pack.simulations for line in x.dialogue.lines for s in line.say)])
    assert "lundi 23 novembre" in texts and "12/01/2027" in texts and "mardi 1er décembre" in texts
    references = {r.reference for r in pack.records if isinstance(r, Invoice)}
    assert {"F-2610-0231", "F-2608-0917", "F-2609-0917", "F-2610-0917", "F-2609-1187"} <= references
    sent = [r.sent_on for r in pack.records if isinstance(r, Reminder) and r.contact_id == "corbulon-nadege"]
    assert sent == [dt.date(2026, 10, 5), dt.date(2026, 10, 26)]
    plan = next(r for r in pack.simulation("S9").expected.records if r.kind == "payment_plan")
    assert [p["due_on"] for p in plan.expect["instalments"]] == ["2026-11-23", "2026-12-10", "2027-01-11", "2027-02-10"]
    address = next(r for r in pack.simulation("S1").expected.records if r.id == "nouvelle_adresse")
    assert address.expect["valid_from"] == "2026-12-01"


def test_volumes() -> None:
    count = Counter(r.kind for r in marvalune().records)
    assert count["product"] == 60 and count["contact"] >= 520 and count["order"] >= 1500 and count["interaction"] >= 3000
    assert sum(t.kind == "procedure" for t in marvalune().texts) == 14


def play(simulation_id: str, acts: dict[str, list[dict[str, Any]]], seed: int = 1) -> tuple[list[str], list[str], list[str]]:
    """A trainee who only takes turns, and whose desk saves `acts[line]` after that line: lines said, deeds, facts revealed."""
    script = marvalune().simulation(simulation_id).dialogue
    state, now = dialogue.start(script, seed), 0.0
    said: list[str] = []
    deeds: list[str] = []
    facts: list[str] = []
    stimuli: list[moves.Stimulus] = [moves.CallConnected()]
    for _ in range(200):
        stimulus = stimuli.pop(0) if stimuli else moves.TurnEnded(3.0)
        now += 2.0
        state, actions = dialogue.step(script, state, stimulus, now)
        for action in actions:
            if isinstance(action, moves.Say):
                said.append(action.line_id)
                stimuli.append(moves.LineFinished(action.line_id))
                for data in acts.get(action.line_id, ()):
                    stimuli.append(moves.JournalRow({"kind": data["kind"], "data": data}))
            elif isinstance(action, moves.Do):
                deeds.append(action.what)
            elif isinstance(action, moves.Reveal):
                facts.append(action.fact)
            elif isinstance(action, moves.HangUp):
                return said, deeds, facts
    raise AssertionError(f"{simulation_id} never ends: {said}")


def link(contact_id: str, cents: int) -> dict[str, Any]:
    after = {"status": "envoyé", "amount_cents": cents}
    return {"kind": "RecordCreated", "record_kind": "payment_link", "contact_id": contact_id, "after": after}


@pytest.mark.parametrize("simulation_id", ["S1", "S4", "S5", "S6", "S7", "S8", "S9"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scene_plays_to_its_end_by_turns_only_and_tells_every_fact(simulation_id: str, seed: int) -> None:
    said, _, facts = play(simulation_id, {}, seed)
    persona = marvalune().simulation(simulation_id).persona
    assert said[-1] == "au_revoir" and max(Counter(said).values()) == 1
    assert {h.id for h in persona.hidden if not h.reveal.startswith("jamais")} <= set(facts)


def test_s1_says_what_happened_to_a_duplicate_sent_to_the_closed_box() -> None:
    sent = {"template": "duplicata de facture", "sent_to": "o.vasserand@ancienne-boite.example"}
    row = {"kind": "RecordCreated", "record_kind": "document", "contact_id": "vasserand-odile", "after": sent}
    said, _, facts = play("S1", {"facture_mail": [row]})
    assert "pas_recu" in said and "email" in facts


def test_s4_pays_the_link_that_has_the_right_amount() -> None:
    said, deeds, _ = play("S4", {"carte_stoppee": [link("lormier-bastien", 4800)]})
    assert deeds == ["open_link", "authorise_link"] and said.index("lien_recu") < said.index("lien_paye") < said.index("au_revoir")
    said, deeds, _ = play("S4", {"carte_stoppee": [link("lormier-bastien", 3810)], "lien_montant": [link("lormier-bastien", 4800)]})
    assert "lien_montant" in said and deeds == ["open_link", "authorise_link"]


def test_s4_agrees_to_what_the_desk_shows() -> None:
    lines = [{"product_id": "CAP-ZENITH", "quantity": 6}]
    row = {"kind": "RecordCreated", "record_kind": "order", "contact_id": "lormier-bastien", "after": {"lines": lines}}
    said, _, _ = play("S4", {"besoin": [row]})
    assert "zenith" in said and "rupture" not in said


def test_s4_reads_no_card_number() -> None:
    for line in marvalune().simulation("S4").dialogue.lines:
        assert all(not card_numbers.find(text) and sum(c.isdigit() for c in text) == 0 for text in line.say)


def test_s8_may_always_leave() -> None:
    row = {"kind": "RecordChanged", "record_kind": "termination_request", "contact_id": "bellonte-tancrede", "after": {"status": "traitée"}}
    said, _, _ = play("S8", {"surstock": [row]})
    assert said[said.index("surstock") + 1 :] == ["depart", "depart_bilan", "au_revoir"]


def test_s9_pays_the_first_instalment_and_agrees() -> None:
    row = {"kind": "RecordCreated", "record_kind": "payment_plan", "contact_id": "corbulon-nadege", "after": {"status": "accepté"}}
    said, deeds, facts = play("S9", {"capacite": [row], "accord": [link("corbulon-nadege", 4115)]})
    assert deeds == ["open_link", "authorise_link"] and "accord_dit" in facts and "tiers_informe" not in facts
    assert said[0] == "decroche" and said.index("mere_passe") < said.index("nadege")


@pytest.mark.parametrize("simulation_id", ["S1", "S4", "S5", "S6", "S7", "S9"])
def test_a_long_hold_without_a_word_loses_the_customer(simulation_id: str) -> None:
    script = marvalune().simulation(simulation_id).dialogue

    def held(announced: bool) -> tuple[float | None, float | None]:
        state, now, impatient, gone = dialogue.start(script, 1), 0.0, None, None
        state, actions = dialogue.step(script, state, moves.CallConnected(), now)
        queue: list[moves.Stimulus] = [moves.LineFinished(a.line_id) for a in actions if isinstance(a, moves.Say)]
        queue += [moves.TurnEnded(2.0)]
        if announced:
            queue += [moves.CueGiven("attente")]
        while queue:
            now += 1.0
            state, actions = dialogue.step(script, state, queue.pop(0), now)
            queue = [moves.LineFinished(a.line_id) for a in actions if isinstance(a, moves.Say)] + queue
        begin = now
        state, _ = dialogue.step(script, state, moves.CallHeld(), now)
        while gone is None and now - begin < 400:
            now += 0.5
            state, actions = dialogue.step(script, state, moves.Tick(), now)
            if impatient is None and state.node == "impatience":
                impatient = now - begin
            if any(isinstance(a, moves.HangUp) for a in actions):
                gone = now - begin
        return impatient, gone

    assert held(announced=False) == (45.0, 120.0)
    patient, gone = held(announced=True)
    assert patient is not None and gone is not None and patient >= 90 and gone >= 200
