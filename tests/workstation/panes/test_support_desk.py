"""Assistance: the tree test by test, the guarantee, what may be offered, and what level 2 is given."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Button

from crm_mock.models import TreeStep
from crm_mock.rules import calendar, diagnostic_tree, escalation
from crm_mock.rules.diagnostic_tree import Tree
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import DeskState, SaveView
from workstation.ui.messages import DraftChanged, SaveAsked
from workstation.ui.screens import support_words as words
from workstation.ui.screens.support_desk import SupportDeskPane
from workstation.ui.widgets.value_text import money

REGIS = "tournevault"
TREE_FILE = Path(__file__).parents[3] / "scenarios/packs/marvalune/trees/lune-s.yaml"
TREE = Tree.model_validate(yaml.safe_load(TREE_FILE.read_text(encoding="utf-8")))
TO_LEVEL_2 = ("voyant orange ou code affiché", "E4", "tout est en ordre, le code reste", "ancien ou jamais changé, retiré",
              "avec du vinaigre ou un autre produit", "repart, puis la panne revient", "le cycle s'arrête sur le code")  # fmt: skip
TICKET = {
    "id": "t1", "version": 1, "contact_id": REGIS, "reference": "T-26-1123-0001", "product_id": "LUNE-S", "serial": "LS-64207",
    "bought_on": "2025-02-14", "second_hand": False, "symptom": "orange clignote, eau froide", "error_code": "E4", "context": "",
    "tree_id": "", "path": [], "guarantee": "active", "guarantee_until": "2027-02-14", "consumer_choice": "", "expectations": "",
    "reachability": "", "solution": "", "promised_on": None, "priority": "normale", "level": "N1", "status": "ouvert",
    "opened_on": "2026-11-23", "escalated_at": "", "closed_on": None,
}  # fmt: skip


def desk(*, tickets: tuple[dict[str, Any], ...] = (TICKET,), gestures: tuple[dict[str, Any], ...] = (), **more: Any) -> DeskState:
    """Monsieur Tournevault's file in front, with these tickets, the Lune S in the catalogue and its tree in the brief."""
    file = {
        "contact": sample.contact(REGIS, reference="MVL-198872", civility="M.", first_name="Régis", last_name="TOURNEVAULT"),
        "records": {
            "ticket": list(tickets), "goodwill": list(gestures), "exchange": [],
            "address": [sample.owned(REGIS, "ad9", usage="principale", line1="6 allée des Charmilles", postcode="96170", city="Verdanne")],
            "order": [sample.owned(REGIS, "o1", reference="CDE-2502-0187", status="livrée", ordered_on="2025-02-14",
                                   lines=[{"product_id": "LUNE-S", "label": "Machine Lune S", "quantity": 1}])],
            "invoice": [], "identification": [],
        },
    }  # fmt: skip
    state = sample.desk("lormier")
    products = (
        *state.products,
        sample.product("LUNE-S", "Machine Lune S, noire", 12900, 42, category="Machines", substitutes=["LUNE-S-IVOIRE"]),
        sample.product("LUNE-S-IVOIRE", "Machine Lune S, ivoire", 12900, 0, category="Machines", back_on="2026-12-15"),
        sample.product("LUNE-M", "Machine Lune M", 34900, 23, category="Machines"),
    )
    brief = {**state.brief, "trees": [TREE.model_dump(mode="json")]}
    brief["rules"] = {**brief["rules"], "agent_goodwill_cents": 4500, "exchange_working_days": 8}
    kept = replace(state, contact_id=REGIS, files={**state.files, REGIS: file}, products=products, brief=brief, sitting_at=time.time())
    return replace(kept, **more)


def pane_of(host: Host) -> SupportDeskPane:
    assert isinstance(host.pane, SupportDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def in_section(pilot: Pilot[None], pane: SupportDeskPane, section: str) -> None:
    await wait_for(pilot, lambda: pane.form.subject is not None, "the ticket in hand")
    pane.bar.choose(section)
    await wait_for(pilot, lambda: pane.tickets.section == section, section)


def steps_of(results: tuple[str, ...]) -> list[TreeStep]:
    done: list[TreeStep] = []
    for result in results:
        done.append(diagnostic_tree.step(TREE, done, result, "2026-11-23T09:00:00Z"))
    return done


def path_of(*results: str) -> list[dict[str, str]]:
    return [step.model_dump() for step in steps_of(results)]


# --- the tree


@pytest.mark.parametrize("size", [(80, 15), (120, 27)])
async def test_the_tree_is_walked_by_digits_and_each_test_is_saved(size: tuple[int, int]) -> None:
    host = Host("support_desk", desk())
    async with host.run_test(size=size) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: pane.walk.results.has_focus and "Dites : « Racontez-moi" in host.screen_text(), "the first question")
        tree_nodes = {node.id: node for node in TREE.nodes}
        for count, (step, result) in enumerate(zip(steps_of(TO_LEVEL_2), TO_LEVEL_2, strict=True), 1):
            node = tree_nodes[step.node]
            await wait_for(pilot, lambda t=node.title: t in host.screen_text(), f"the test {node.id}")  # type: ignore[misc]
            for branch in node.branches:
                assert branch.result[:40] in host.screen_text(), branch.result
            await pilot.press(str([b.result for b in node.branches].index(result) + 1))
            await wait_for(pilot, lambda n=count: len(saved(host, "ticket")) == n, f"test {count} saved")  # type: ignore[misc]
        last = saved(host, "ticket")[-1]
        assert last.record_id == "t1" and last.fields["tree_id"] == "lune-s"
        assert [(s["node"], s["result"]) for s in last.fields["path"]] == [(s.node, s.result) for s in steps_of(TO_LEVEL_2)]
        assert all(s["at"].startswith("2026-11-23T") for s in last.fields["path"])
        assert [len(s.fields["path"]) for s in saved(host, "ticket")] == list(range(1, 8))
        await wait_for(pilot, lambda: "À transmettre au niveau 2" in host.screen_text(), "the end")
        assert "À valoriser : Vous n'avez plus de test à refaire" in " ".join(host.screen_text().split())
        await pilot.press("1")
        await wait_for(pilot, lambda: pane.bar.key == "garantie", "what comes next")
        assert pane.form.box("solution").typed == tree_nodes["n2_chauffe"].solution
        assert host.state.drafts["t1"]["fields"]["solution"] == tree_nodes["n2_chauffe"].solution


async def test_a_test_taken_back_is_taken_back_in_the_record() -> None:
    host = Host("support_desk", desk(tickets=({**TICKET, "tree_id": "lune-s", "path": path_of(*TO_LEVEL_2[:3])},)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: "Le filtre à eau" in host.screen_text(), "where it was left")
        assert "3. Alimentation et réservoir : tout est en ordre, le code reste (10:00)" in host.screen_text()
        await pilot.press("backspace")
        await wait_for(pilot, lambda: saved(host, "ticket"), "saved")
        assert saved(host, "ticket")[0].fields["path"] == path_of(*TO_LEVEL_2[:2])
        await wait_for(pilot, lambda: "Dites : « La machine est-elle branchée" in host.screen_text(), "the test before")


async def test_a_skipped_test_is_seen_and_the_walk_goes_on_from_the_last_sure_one() -> None:
    holed = [*path_of(*TO_LEVEL_2[:2]), path_of(*TO_LEVEL_2)[5]]
    host = Host("support_desk", desk(tickets=({**TICKET, "tree_id": "lune-s", "path": holed},)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: "Test « remise » sauté" in host.screen_text(), "what was skipped")
        assert not pane._done("diagnostic")
        await pilot.press("1")
        await wait_for(pilot, lambda: saved(host, "ticket"), "taken up again")
        assert saved(host, "ticket")[0].fields["path"] == path_of(*TO_LEVEL_2[:2])
        await wait_for(pilot, lambda: "sauté" not in host.screen_text() and "branchée au mur" in host.screen_text(), "the walk")


async def test_tests_noted_while_the_room_does_not_answer_are_all_kept() -> None:
    host = Host("support_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: pane.walk.results.has_focus, "ready")
        await pilot.press("1")
        await wait_for(pilot, lambda: "Le code affiché" in host.screen_text(), "the next test")
        assert "enregistrement…" in host.screen_text() and "Enregistré" not in host.screen_text()
        await pilot.press("1")
        await wait_for(pilot, lambda: "Alimentation et réservoir" in host.screen_text(), "and the next")
        assert len(saved(host, "ticket")) == 1  # the room has not said what version it made
        (kept,) = [d for d in host.state.drafts.values() if d["where"].get("form") == "next"]
        assert [step["node"] for step in kept["fields"]["path"]] == ["symptome", "code"]
        drafts = host.state.drafts
        host.confirm(saved(host, "ticket")[0])
        await wait_for(pilot, lambda: len(saved(host, "ticket")) == 2, "asked in its turn")
        first, second = saved(host, "ticket")
        assert (first.version, second.version) == (1, 2) and second.fields["path"][0] == first.fields["path"][0]
        host.answer("t1", SaveView("ticket", "t1", "failed", title="Ce ticket est clos."))
        await wait_for(pilot, lambda: "Ce ticket est clos." in host.screen_text(), "the refusal")
        assert [s.node for s in pane.steps] == ["symptome"]
        await wait_for(pilot, lambda: not host.state.drafts, "what was refused is not kept")
    host = Host("support_desk", desk(drafts=drafts))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: saved(host, "ticket"), "after a restart it is asked for again")
        assert [step["node"] for step in saved(host, "ticket")[0].fields["path"]] == ["symptome", "code"]
        await wait_for(pilot, lambda: not host.state.drafts, "kept until saved, no longer")


async def test_a_status_goes_with_what_is_typed_or_not_at_all() -> None:
    host = Host("support_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "escalade")
        pane.form.put("symptom", "")
        pane.query_one("#escalate", Button).press()
        await wait_for(pilot, lambda: saved(host, "ticket"), "what is typed first")
        assert saved(host, "ticket")[0].fields == {"symptom": ""}
        host.answer("t1", SaveView("ticket", "t1", "failed", title="Refusé"))
        await wait_for(pilot, lambda: "Refusé" in host.screen_text(), "refused")
        assert len(saved(host, "ticket")) == 1 and not pane.queue.fields


async def test_a_test_noted_first_creates_the_ticket_with_what_is_typed() -> None:
    host = Host("support_desk", desk(tickets=()))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: host.focused is not None and host.focused.has_class("add"), "the button that creates")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.form.subject is not None and pane.form.box("product_id").being_typed_in, "the ticket")
        await pilot.press("right", "tab")
        await type_text(pilot, "LS-1")
        await wait_for(pilot, lambda: pane.form.box("serial").typed == "LS-1", "typed")
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: pane.walk.results.has_focus, "the tree")
        await pilot.press("2")
        await wait_for(pilot, lambda: len(saved(host, "ticket")) == 2, "created, then the test")
        created, test = saved(host, "ticket")
        assert created.version == 0 and created.fields["serial"] == "LS-1" and created.fields["product_id"] == "LUNE-S"
        assert test.record_id == created.record_id and test.fields["path"][0]["result"] == "rien ne s'allume"


async def test_a_closed_ticket_is_reopened_before_it_is_walked() -> None:
    host = Host("support_desk", desk(tickets=({**TICKET, "status": "résolu N1"},)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.tickets.table.has_focus and "T-26-1123-0001" in host.screen_text(), "the list")
        await pilot.press("enter")
        await in_section(pilot, pane, "diagnostic")
        await wait_for(pilot, lambda: "Ce ticket n'est plus ouvert" in host.screen_text(), "why not")
        await pilot.press("1", "backspace")
        assert saved(host, "ticket") == []
        await in_section(pilot, pane, "escalade")
        pane.query_one("#reopen", Button).press()
        await wait_for(pilot, lambda: saved(host, "ticket"), "reopened")
        assert saved(host, "ticket")[0].fields == {"status": "ouvert"}


@given(st.data())
def test_every_walk_of_the_lune_s_ends_with_a_solution_worth_telling(data: st.DataObject) -> None:
    done: list[TreeStep] = []
    while results := diagnostic_tree.allowed(TREE, done):
        done.append(diagnostic_tree.step(TREE, done, data.draw(st.sampled_from(results))))
        assert len(done) <= len(TREE.nodes)
    end = diagnostic_tree.walk(TREE, done).at
    assert end.ending and end.solution and end.benefit
    assert len(words.step_words(TREE, 1, done[0])) < 120


def test_the_lune_s_tree_is_sound_and_of_a_size_to_be_walked_in_a_call() -> None:
    assert diagnostic_tree.problems(TREE) == []
    assert 15 <= len(TREE.nodes) <= 25
    assert all(node.text.strip() and len(node.branches) <= 9 for node in TREE.nodes if not node.ending)


# --- one ticket, several sections


async def test_what_is_typed_in_two_sections_is_one_draft_and_one_save() -> None:
    host = Host("support_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "solution")
        await wait_for(pilot, lambda: pane.form.box("solution").being_typed_in, "the solution")
        await type_text(pilot, "echange")
        await in_section(pilot, pane, "garantie")
        await wait_for(pilot, lambda: pane.form.box("consumer_choice").being_typed_in, "the choice")
        await pilot.press("right", "right")
        await wait_for(pilot, lambda: pane.form.box("consumer_choice").typed == "remplacement", "chosen")
        kept = host.state.drafts
        assert kept["t1"]["fields"] == {"consumer_choice": "remplacement", "solution": "echange"}
        assert not pane.form.box("solution").display and pane.form.box("bought_on").display
    host = Host("support_desk", desk(drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.form.subject is not None, "the ticket, found again")
        assert pane.form.edited == {"consumer_choice", "solution"}
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "ticket"), "saved")
        assert saved(host, "ticket")[0].fields == {"consumer_choice": "remplacement", "solution": "echange"}
        await wait_for(pilot, lambda: "Enregistré 14:03:22" in host.screen_text(), "said")


async def test_a_field_that_cannot_be_read_is_shown_where_it_is() -> None:
    host = Host("support_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "solution")
        await wait_for(pilot, lambda: pane.form.box("solution").being_typed_in, "the solution")
        await pilot.press("tab")
        await type_text(pilot, "31/02/2027")
        await wait_for(pilot, lambda: pane.form.box("promised_on").typed == "31/02/2027", "typed")
        await in_section(pilot, pane, "diagnostic")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: pane.bar.key == "solution" and "Cette date n'existe pas" in host.screen_text(), "the fault")
        assert saved(host, "ticket") == []


# --- guarantee, promise


async def test_the_guarantee_is_worked_out_and_the_purchase_found_in_the_file() -> None:
    host = Host("support_desk", desk(tickets=({**TICKET, "bought_on": None, "guarantee": "inconnue"},)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "garantie")
        await wait_for(pilot, lambda: "Garantie inconnue" in host.screen_text(), "unknown")
        assert "CDE-2502-0187" in host.screen_text()
        await wait_for(pilot, lambda: pane.form.box("consumer_choice").being_typed_in, "in the form")
        pane.query_one("#purchase", Button).press()
        await wait_for(pilot, lambda: "ACTIVE jusqu'au 14/02/2027 (encore 83 j)" in host.screen_text(), "active")
        text = " ".join(host.screen_text().split())
        for said in ("Le client n'a rien à prouver", "réparation ou remplacement, le 23/12/2026 au plus tard (30 j)", "L217-9"):
            assert said in text, said
        assert host.state.drafts["t1"]["fields"] == {"bought_on": "14/02/2025"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bought_on": "2024-11-22"}, "EXPIRÉE depuis le 22/11/2026"),
        ({"bought_on": "2024-11-23"}, "ACTIVE jusqu'au 23/11/2026 (encore 0 j)"),
        ({"bought_on": "2025-10-01", "second_hand": True}, "depuis le 01/10/2026, au client de prouver"),
        ({"bought_on": "2025-02-14", "opened_on": "2026-10-01"}, "Trente jours passés : prix réduit ou remboursement possibles."),
        ({"bought_on": "2026-12-01"}, "Garantie inconnue"),
    ],
)
def test_what_the_guarantee_gives(fields: dict[str, Any], said: str) -> None:
    assert said in words.guarantee_words(desk(), words.ticket_of({**TICKET, **fields})).plain


async def test_the_promise_is_counted_in_working_days() -> None:
    host = Host("support_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "solution")
        await wait_for(pilot, lambda: "8 jours ouvrés, le 03/12/2026" in host.screen_text(), "the company's delay")
        pane.query_one("#promise", Button).press()
        await wait_for(pilot, lambda: "jeudi 3 décembre 2026, dans 8 jours ouvrés" in host.screen_text(), "promised")
        assert pane.form.box("promised_on").typed == "03/12/2026"


@given(st.dates(dt.date(2026, 11, 24), dt.date(2027, 3, 1)))
def test_a_promise_past_thirty_days_is_told_to_be_one(promised: dt.date) -> None:
    said = words.promise_words(desk(), words.ticket_of({**TICKET, "promised_on": promised.isoformat()}))
    assert ("L217-10" in said) == (promised > dt.date(2026, 12, 23))
    assert ("jour non ouvré" in said) == (promised <= dt.date(2026, 12, 23) and not calendar.is_working_day(promised))


# --- gestures and exchanges

GIVEN = {"id": "g0", "version": 1, "contact_id": REGIS, "amount_cents": 4000, "what": "remise", "reason": "retard", "ticket_id": "t0",
         "on": "2026-03-01", "status": "accordé", "reference": "GC-2603-0001"}  # fmt: skip


async def test_what_remains_is_told_before_offering_and_the_server_has_the_last_word() -> None:
    host = Host("support_desk", desk(gestures=(GIVEN,)), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "suites")
        await wait_for(pilot, lambda: "reste 5,00 € sur 45,00 €" in host.screen_text(), "what remains")
        await pane.after.add("goodwill")
        await wait_for(pilot, lambda: pane.after.form.box("what").being_typed_in, "the gesture")
        await type_text(pilot, "2 etuis Aube")
        await pilot.press("tab")
        await type_text(pilot, "7,80")
        await wait_for(pilot, lambda: "il reste 5,00 €" in host.screen_text(), "why it would be refused")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "▲ À remplir" in host.screen_text(), "its reason is asked for")
        await type_text(pilot, "attente")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "goodwill"), "asked: the server decides")
        asked = saved(host, "goodwill")[0]
        assert (asked.fields["amount_cents"], asked.fields["ticket_id"], asked.fields["contact_id"]) == (780, "t1", REGIS)
        refusal = "Le plafond des gestes est de 45,00 € par client et par période de douze mois."
        host.answer(asked.record_id, SaveView("goodwill", asked.record_id, "failed", title=refusal))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text() and "Le plafond des gestes" in host.screen_text(), "refused")


@given(st.integers(1, 6000), st.integers(0, 4500))
def test_the_cap_line_never_promises_more_than_is_left(wanted: int, used: int) -> None:
    given_before = ({**GIVEN, "amount_cents": used},) if used else ()
    said = words.cap_words(desk(gestures=given_before), "t1", wanted).plain
    assert ("▲" in said) == (wanted > 4500 - used)
    assert f"reste {money(4500 - used)} sur" in said


async def test_an_exchange_begins_from_the_ticket_with_what_is_in_stock() -> None:
    ticket = {**TICKET, "consumer_choice": "remplacement", "promised_on": "2026-12-02"}
    host = Host("support_desk", desk(tickets=(ticket,)))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "suites")
        await pane.after.add("exchange")
        await wait_for(pilot, lambda: "42 en stock" in host.screen_text(), "the stock")
        editor = pane.after.form.box("product_id").editor
        assert [v for v, _w in editor.options][:3] == ["", "LUNE-S", "LUNE-S-IVOIRE"]  # type: ignore[attr-defined]
        assert dict(editor.options)["LUNE-S-IVOIRE"].startswith("rupture jusqu'au 15/12/2026")  # type: ignore[attr-defined]
        pane.after.form.put("pickup_on", "2026-11-25")
        pane.after.form.put("pickup_from", "17:30")
        pane.after.form.put("status", "étiquette envoyée")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "exchange"), "asked")
        fields = saved(host, "exchange")[0].fields
        wanted = {
            "ticket_id": "t1", "nature": "échange", "product_id": "LUNE-S", "serial": "LS-64207", "address_id": "ad9",
            "promised_on": "2026-12-02", "pickup_on": "2026-11-25", "pickup_from": "17:30", "status": "étiquette envoyée",
        }  # fmt: skip
        assert {name: fields[name] for name in wanted} == wanted
        await wait_for(pilot, lambda: pane.bar.sections[4].mark == " ✓", "ticked")


async def test_a_gesture_being_written_comes_back_after_a_restart() -> None:
    host = Host("support_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "suites")
        await pane.after.add("goodwill")
        await wait_for(pilot, lambda: pane.after.form.box("what").being_typed_in, "the gesture")
        await type_text(pilot, "2 etuis")
        await wait_for(pilot, lambda: any(m.kind == "goodwill" for m in host.of(DraftChanged)), "kept")
        kept = host.state.drafts
    host = Host("support_desk", desk(drafts=kept))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.bar.key == "suites" and pane.after.form.subject is not None, "taken up")
        assert pane.after.form.box("what").typed == "2 etuis" and pane.ticket_id == "t1"
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "À corriger" in host.screen_text(), "not lost, not saved by half")
        assert saved(host, "goodwill") == []


# --- escalation


async def test_level_2_gets_a_whole_ticket_or_one_knows_what_it_lacks() -> None:
    ticket = {**TICKET, "tree_id": "lune-s", "path": path_of(*TO_LEVEL_2)}
    host = Host("support_desk", desk(tickets=(ticket,)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "escalade")
        await wait_for(pilot, lambda: "Escalader quand même (4 manquent)" in host.screen_text(), "what is missing")
        for said in ("✓ N° de série : LS-64207", "✓ Tests : 7 tests", "✗ Joignable", "✗ Promis pour le", "✗ Contexte", "✗ Attentes"):
            assert said in host.screen_text(), said
        await wait_for(pilot, lambda: pane.form.box("context").being_typed_in, "in the first thing missing")
        await type_text(pilot, "vinaigre")
        await wait_for(pilot, lambda: "(3 manquent)" in host.screen_text(), "counted as it is typed")
        for name, value in (("expectations", "échange"), ("reachability", "après 17 h"), ("promised_on", "2026-12-03")):
            pane.form.put(name, value)
        await wait_for(pilot, lambda: "✓ Joignable : après 17 h" in host.screen_text() and "✗" not in host.screen_text(), "whole")
        pane.query_one("#escalate", Button).press()
        await wait_for(pilot, lambda: len(saved(host, "ticket")) == 2, "saved, then escalated")
        typed, status = saved(host, "ticket")
        assert typed.fields["context"] == "vinaigre" and typed.fields["reachability"] == "après 17 h"
        assert status.fields == {"status": "escaladé N2"}
        await wait_for(pilot, lambda: "escaladé N2" in host.screen_text(), "said at the top")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "product_id": st.just("LUNE-S"), "serial": st.text(max_size=20), "bought_on": st.just("2025-02-14"),
            "symptom": st.text(max_size=300), "context": st.text(max_size=300), "path": st.just(path_of("rien ne s'allume")),
            "consumer_choice": st.sampled_from(["", "réparation"]), "reachability": st.text(max_size=50),
            "promised_on": st.just("2026-12-03"),
        },
    ),
    st.integers(24, 160),
)  # fmt: skip
def test_the_check_list_says_all_that_level_2_needs_on_any_width(fields: dict[str, Any], width: int) -> None:
    ticket = words.ticket_of(fields)
    checks = words.check_list(desk(), ticket)
    assert [name for name, told, _value in checks if not told] == [name for name, _words in escalation.missing(ticket)]
    lines = words.check_lines(checks, width).plain
    assert (lines.count("✓"), lines.count("✗")) >= (sum(t for _n, t, _v in checks), sum(not t for _n, t, _v in checks))
    assert max(cell_len(line.rstrip()) for line in lines.split("\n")) <= width


async def test_hostile_text_is_shown_as_it_is() -> None:
    host = Host("support_desk", desk(tickets=({**TICKET, "symptom": sample.HOSTILE, "serial": "[red]x", "error_code": "[/b]"},)))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = pane_of(host)
        await in_section(pilot, pane, "escalade")
        await wait_for(pilot, lambda: "[red]x" in host.screen_text() and "[/b]" in host.screen_text(), "as it is")
        assert "\u202e" not in host.screen_text() and "\x1b" not in host.screen_text()
