"""A subscriber who asked to leave: motive, grid, amendment, agreement; and his departure when he wants it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from crm_mock.models import Amendment, Document, Subscription
from crm_mock.rules import retention_grid
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from tests.workstation.panes.room_host import RoomHost, case_of
from workstation.desk.state import DeskState, Record, SaveView
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.screens import retention_words as words
from workstation.ui.screens.retention_desk import RetentionDeskPane
from workstation.ui.widgets.value_text import day

C = "bellonte"
GRID: Record = {
    "id": "grille",
    "version": "1",
    "title": "",
    "offers": [
        {"id": "conseil", "label": "Conseil d'usage", "nature": "conseil", "rank": 1, "to_months": 12},
        {"id": "pause-2", "label": "Pause de deux mois", "nature": "pause", "rank": 1, "from_months": 24, "pause_months": 2},
        {
            "id": "douceur-15", "label": "Douceur, −15 % six mois", "nature": "formule", "rank": 2, "from_months": 24,
            "for_products": ["intense"], "product_id": "douceur", "discount_percent": 15, "discount_months": 6,
            "benefit": "moins de capsules",
        },
    ],
}  # fmt: skip
REQUEST = sample.owned(
    C, "rsl", reference="RSL-2611-0318", subscription_id="abo", asked_on="2026-11-18", channel="en ligne", motive="",
    effective_on="2026-12-18", acknowledged_on="2026-11-18", status="demandée", remark="",
)  # fmt: skip


def file(**kinds: list[Record]) -> Record:
    subscription = sample.owned(
        C, "abo", reference="ABO-1", product_id="intense", label="Intense", monthly_cents=2990, started_on="2024-03-10",
        commitment_end="2025-03-10", ended_on=None, status="actif", machine="Lune S", monthly_units=100, unused_units=0,
    )  # fmt: skip
    email = sample.owned(C, "cp", channel="e-mail", value="t.bellonte@courriel.example", label="", status="actif", preferred=True)
    known: dict[str, list[Record]] = {"subscription": [subscription], "termination_request": [REQUEST], "contact_point": [email], **kinds}
    who = sample.contact(C, civility="M.", first_name="Tancrède", last_name="BELLONTE", reference="MVL-203377", customer_since="2024-03-10")
    return {"contact": who, "records": known}


def desk(cap: int = 4500, **kinds: list[Record]) -> DeskState:
    state = sample.desk("vasserand")
    formulas = (sample.product("intense", "Abonnement Intense", 2990, 999), sample.product("douceur", "Abonnement Douceur", 1990, 999))
    brief = {**state.brief, "retention": GRID, "rules": {**state.brief["rules"], "agent_goodwill_cents": cap, "notice_months": 1}}
    return replace(state, contact_id=C, files={C: file(**kinds)}, products=(*state.products, *formulas), brief=brief)


def pane_of(host: Host) -> RetentionDeskPane:
    assert isinstance(host.pane, RetentionDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def ready(pilot: Pilot[None], host: Host) -> RetentionDeskPane:
    pane = pane_of(host)
    await wait_for(pilot, lambda: pane.request.usage.subject is not None and "29,90 €/mois" in host.screen_text(), "the contract")
    return pane


@pytest.mark.parametrize("size", [(80, 15), (120, 27)], ids=["80x24", "120x36"])
async def test_the_contract_is_told_on_two_lines(size: tuple[int, int]) -> None:
    old = sample.owned(C, "g", reference="GC-1", amount_cents=1000, what="bon", reason="retard", on="2026-02-01", status="accordé")
    host = Host("retention_desk", desk(goodwill=[old]))
    async with host.run_test(size=size) as pilot:
        await ready(pilot, host)
        text = host.screen_text()
        for expected in (
            "29,90 €/mois", "depuis 32 mois", "100/mois", "départ demandé le 18/11, fin le 18/12/2026",
            "gestes 10,00 € sur 45,00 €", "ABO-1", "GC-1",
        ):  # fmt: skip
            assert expected in text, expected


async def test_from_the_motive_to_the_agreement_by_keyboard() -> None:
    host = Host("retention_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        await motive_and_usage(pilot, host, pane)
        await pilot.press("alt+right")
        await wait_for(pilot, lambda: pane.grid.table.has_focus and "Pause de deux mois" in host.screen_text(), "the grid")
        assert "aucun engagement" in host.screen_text()
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "amendment-accept", "the pause, on record")
        pause = saved(host, "amendment")[0]
        assert pause.version == 0 and pause.fields["offer_rule"] == "pause-2" and pause.fields["status"] == "proposé"
        assert (pause.fields["pause_months"], pause.fields["starts_on"], pause.fields["motive"]) == (2, "2026-12-01", "surstock")
        assert "du 01/12/2026 au 31/01/2027 : rien à payer" in host.screen_text()
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: pane.grid.table.has_focus, "refused, back to the grid")
        assert saved(host, "amendment")[1].fields == {"status": "refusé"}
        await pilot.press("down")
        await wait_for(
            pilot, lambda: "16,92 €" in host.screen_text() and "Geste 17,88 €, il reste 45,00 €" in host.screen_text(), "Douceur"
        )
        assert "La grille propose d'abord" not in host.screen_text()
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "amendment-accept", "Douceur, on record")
        shown = " ".join(host.screen_text().split())
        assert "29,90 € aujourd'hui · du 01/12/2026 au 31/05/2027 : 16,92 € · ensuite 19,90 € par mois" in shown
        douceur = saved(host, "amendment")[2]
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.amendment.form.box("satisfaction").being_typed_in, "agreed: is he satisfied?")
        await pilot.press("c")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: len(saved(host, "amendment")) == 5, "satisfied")
        agreed, satisfied = saved(host, "amendment")[3:]
        assert agreed.record_id == satisfied.record_id == douceur.record_id
        assert agreed.fields == {"agreed": True, "status": "accepté"} and satisfied.fields == {"satisfaction": "confirmée"}
        await withdrawn_and_sent(pilot, host, pane, douceur.record_id)


async def motive_and_usage(pilot: Pilot[None], host: Host, pane: RetentionDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: pane.request.form.box("motive").being_typed_in, "the motive")
    await type_text(pilot, "surs")
    await wait_for(pilot, lambda: "surstock" in host.screen_text(), "the word suggested")
    await pilot.press("right", "ctrl+s")
    await wait_for(pilot, lambda: "Motif ✓" in host.screen_text(), "the motive kept")
    assert saved(host, "termination_request")[0].fields == {"motive": "surstock"}
    pane.request.usage.box("unused_units").editor.focus()
    await wait_for(pilot, lambda: pane.request.usage.box("unused_units").being_typed_in, "what is left")
    await pilot.press("home", "shift+end", "delete")
    await type_text(pilot, "160")
    await pilot.press("ctrl+s")
    await wait_for(pilot, lambda: "160 en réserve" in host.screen_text(), "what is left, kept")
    assert saved(host, "subscription")[0].fields == {"unused_units": 160}


async def withdrawn_and_sent(pilot: Pilot[None], host: Host, pane: RetentionDeskPane, amendment_id: str) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "request-process", "what becomes of the request")
    assert "L215-1-1" in host.screen_text() and "Fin du contrat le 18/12/2026" in host.screen_text()
    await pilot.press("tab", "enter")
    await wait_for(pilot, lambda: "le contrat continue" in host.screen_text(), "withdrawn")
    assert saved(host, "termination_request")[1].fields == {"status": "retirée à la demande du client"}
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: "+ Document" in host.screen_text(), "the documents")
    await pane.documents.add("document")
    await wait_for(pilot, lambda: "◂ avenant ▸" in host.screen_text(), "the amendment in writing")
    await pilot.press("ctrl+s")
    await wait_for(pilot, lambda: saved(host, "document"), "sent")
    (sent,) = saved(host, "document")
    assert (sent.fields["template"], sent.fields["subject_id"]) == ("avenant", amendment_id)
    assert sent.fields["sent_to"] == "t.bellonte@courriel.example"


async def test_a_departure_is_processed_with_no_offer_made_and_acknowledged() -> None:
    host = Host("retention_desk", desk(termination_request=[]))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.go("resiliation")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "request-new", "no request yet")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.request.form.box("motive").being_typed_in, "a request")
        assert "Fin du contrat le 23/12/2026 (préavis de 1 mois)" in host.screen_text()
        await type_text(pilot, "prix")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "termination_request"), "asked")
        asked = saved(host, "termination_request")[0]
        assert (asked.version, asked.fields["asked_on"], asked.fields["effective_on"]) == (0, "2026-11-23", "2026-12-23")
        await wait_for(pilot, lambda: host.query_one("#request-process").display, "it may be processed")
        host.query_one("#request-process").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: "accusé de réception à envoyer" in host.screen_text(), "processed")
        assert saved(host, "termination_request")[1].fields == {"status": "traitée"} and saved(host, "amendment") == []
        assert any("envoyez l'accusé" in told.text for told in host.of(Told))
        host.query_one("#request-acknowledge").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: "accusé envoyé le 23/11/2026" in host.screen_text(), "acknowledged")
        (document,) = saved(host, "document")
        assert (document.fields["template"], document.fields["subject_id"]) == ("accusé de résiliation", asked.record_id)
        assert saved(host, "termination_request")[2].fields == {"acknowledged_on": "2026-11-23"}


async def test_before_the_real_server_a_departure_ends_the_contract_and_its_acknowledgement_says_when(tmp_path: Path) -> None:
    """Marvalune's M. Bellonte, who lets nothing change his mind."""
    tancrede = "bellonte-tancrede"
    case = case_of(tmp_path, tancrede)
    host = RoomHost("retention_desk", case, tancrede)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.go("resiliation")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "request-process", "to process it")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "résiliation traitée, fin le 18/12/2026" in host.screen_text(), "processed")
        host.query_one("#request-acknowledge").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: case.all(Document, contact_id=tancrede), "acknowledged in writing")
        await wait_for(pilot, lambda: "accusé envoyé le 23/11/2026" in host.screen_text(), "and its day kept")
    (contract,) = case.all(Subscription, contact_id=tancrede)
    assert (contract.ended_on, contract.status) == (dt.date(2026, 12, 18), "actif")  # until that day
    (document,) = case.all(Document, contact_id=tancrede)
    text = pypdf.PdfReader(case.document_path(document.id)).pages[0].extract_text().replace("\u00a0", " ")
    assert document.sent_to == "tancrede.bellonte@courriel.example" and case.all(Amendment, contact_id=tancrede) == []
    assert "vendredi 18 décembre 2026" in text and "29,90 € par mois" in text and "L215-1-1" in text
    case.close()


async def test_an_offer_that_is_not_for_him_says_why_and_is_not_made() -> None:
    host = Host("retention_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.go("grille")
        await wait_for(pilot, lambda: pane.grid.table.has_focus, "the grid")
        assert [r.key for r in pane.grid.table.rows_shown] == ["pause-2", "douceur-15", "conseil"]
        await pilot.press("down")
        await wait_for(pilot, lambda: "La grille propose d'abord « Pause de deux mois »" in host.screen_text(), "the order of the grid")
        await pilot.press("down")
        await wait_for(pilot, lambda: "▲ avant 12 mois d'ancienneté" in host.screen_text(), "why not")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(Told), "told")
        assert saved(host, "amendment") == []


async def test_the_server_refuses_beyond_the_cap_and_what_was_typed_stays() -> None:
    host = Host("retention_desk", desk(cap=1000), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.go("grille")
        await wait_for(pilot, lambda: pane.grid.table.has_focus, "the grid")
        await pilot.press("down")
        await wait_for(pilot, lambda: "Cette offre coûte 17,88 € : il reste 10,00 €" in host.screen_text(), "the cap, before")
        await pilot.press("enter")
        await wait_for(pilot, lambda: saved(host, "amendment"), "offered all the same")
        offered = saved(host, "amendment")[0]
        host.confirm(offered)
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "amendment-accept", "its answer")
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(saved(host, "amendment")) == 2, "agreed")
        host.answer(offered.record_id, SaveView("amendment", offered.record_id, "failed", title="Le plafond des gestes est de 10,00 €"))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text() and "Le plafond" in host.screen_text(), "the refusal")
        assert pane.amendment.form.box("status").typed == "accepté" and host.state.drafts


async def test_what_was_being_typed_comes_back_after_a_restart() -> None:
    host = Host("retention_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.go("motif")
        await wait_for(pilot, lambda: pane.request.form.box("motive").being_typed_in, "the motive")
        await type_text(pilot, "trop de capsules")
        await wait_for(pilot, lambda: host.state.drafts, "the draft")
        pane.go("resiliation")
        await wait_for(pilot, lambda: pane.request.form.box("motive").typed == "trop de capsules", "one request, two sections")
        kept = host.state.drafts
    host = Host("retention_desk", replace(desk(), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: "trop de capsules" in host.screen_text() and "brouillon gardé" in host.screen_text(), "the motive")


async def test_of_two_contracts_the_one_opened_is_worked_on() -> None:
    first = file()["records"]["subscription"][0]
    second = {**first, "id": "abo2", "reference": "ABO-2", "product_id": "douceur", "monthly_cents": 1990}
    host = Host("retention_desk", desk(subscription=[first, second]))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = await ready(pilot, host)
        assert pane.subscription is not None and pane.subscription["id"] == "abo"  # the one he asked to leave
        await pane.list.edit("subscription", "abo2")
        pane.go("grille")
        await wait_for(pilot, lambda: "19,90 € par mois" in host.screen_text(), "the other contract")
        assert "aucune demande de résiliation" in host.screen_text()
        assert [line.offer.id for line in words.offer_lines(host.state, pane.subscription) if not line.why] == ["pause-2"]


@given(
    started=st.dates(dt.date(2020, 1, 1), dt.date(2026, 11, 23)),
    unused=st.integers(0, 300),
    cap=st.integers(0, 6000),
    product=st.sampled_from(["intense", "douceur", "autre"]),
)
def test_the_lines_of_the_grid_say_what_the_rules_say(started: Any, unused: int, cap: int, product: str) -> None:
    state = desk(cap)
    subscription = {
        **file()["records"]["subscription"][0],
        "started_on": started.isoformat(),
        "unused_units": unused,
        "product_id": product,
    }
    lines = words.offer_lines(state, subscription)
    grid = retention_grid.Grid.model_validate(GRID)
    suited = [o.id for o in retention_grid.eligible(grid, words.situation(state, subscription))]
    assert [line.offer.id for line in lines if not line.why] == suited and len(lines) == len(grid.offers)
    for line in lines:
        assert line.terms.after_cents == (2990 if line.offer.product_id in ("", product) else 1990)
        assert any("coûte" in c for c in line.cautions) == (not line.why and line.terms.cost_cents > cap)


def test_the_domains_figures() -> None:
    state = desk()
    line = next(one for one in words.offer_lines(state, file()["records"]["subscription"][0]) if one.offer.id == "douceur-15")
    assert (line.terms.during_cents, line.terms.after_cents, line.terms.cost_cents) == (1692, 1990, 1788)
    assert day(line.terms.until) == "31/05/2027" and "sans geste" not in words.cost_words(line.terms, 4500).lower()
