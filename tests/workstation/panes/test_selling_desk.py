"""A sale from what the customer needs to the offer that waits for his signature; and how it ends otherwise."""

from __future__ import annotations

import csv
import datetime as dt
import time
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.binding import Binding, BindingType
from textual.pilot import Pilot

from crm_mock.rules.money import parse_cents
from cti.call import CallState
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.cli_options import PACKS
from workstation.desk.state import CallView, DeskState, Record, SaveView
from workstation.ui.messages import SaveAsked, Told
from workstation.ui.screens import selling_words as words
from workstation.ui.screens.selling_desk import SellingDeskPane
from workstation.ui.screens.selling_guide import MOST_CUPS, MOTIVES, Formula, Guide, cups_a_month, per_cup, read_guide

GUIDE = """# Vendre
## Découverte
- Combien de tasses ?
## Confort
- **Grain** : une touche suffit.
- **Intense** : une capsule.
- Rien à penser.
## Argent (prix)
- Moins de 0,30 € la tasse.
## Formules
| Formule | Tasses par mois | Au-delà |
|---|---|---|
| Douceur | 60 | |
| Intense | 100 | 10 tasses : 3,90 € (un étui) |
| Grain | 125 | 125 tasses : 21,50 € |
## Objections
| Objection | Piste |
|---|---|
| « Trop cher » | ramener à la tasse |
"""
MONTHLY: dict[str, Any] = {
    "category": "Abonnements", "unit": "mois", "description": "Engagement 12 mois, puis préavis.", "withdrawal_from": "réception",
}  # fmt: skip
CATALOGUE = (
    sample.product("pro", "Lune Pro, location", 3900, 8, **{**MONTHLY, "price_ht": True}),
    sample.product("douceur", "Abonnement Douceur (60 capsules)", 1990, 99, **MONTHLY),
    sample.product("intense", "Abonnement Intense (100 capsules)", 2990, 99, **MONTHLY),
    sample.product("grain", "Abonnement Grain (1 kg par mois)", 3490, 99, **MONTHLY),
    sample.product("mug", "Mug gravé", 1200, 5, withdrawal="exception", withdrawal_exception="L221-28 3°"),
)
SPOKEN = ["identité", "caractéristiques", "prix", "durée", "rétractation"]


class SaleHost(Host):
    """Answers with what the server adds to an opportunity."""

    def confirm(self, save: SaveAsked, **computed: Any) -> None:
        if save.kind == "opportunity":
            computed = {"reference": "OPP-2611-0001", "total_cents": 41880, "withdrawal_until": "2026-12-09"}
        super().confirm(save, **computed)


def desk(opportunity: Record | None = None, *, email: bool = True, direction: str = "entrant") -> DeskState:
    """A prospect in front: "lormier"'s file, with this opportunity."""
    state = sample.desk("lormier")
    file = state.files["lormier"]
    points = file["records"]["contact_point"] if email else file["records"]["contact_point"][:1]
    held = [{"version": 1, "contact_id": "lormier", **opportunity}] if opportunity else []
    records = {**file["records"], "contact_point": points, "opportunity": held, "task": [], "document": []}
    guide = {"id": "b-13", "title": "Vendre", "kind": "brief", "keywords": "", "text": GUIDE}
    call = CallView("c1", "k1", direction, CallState.TALKING, "+33536491275", contact_id="lormier", hits=())  # type: ignore[arg-type]
    return replace(
        state,
        calls={"k1": call},
        files={**state.files, "lormier": {"contact": {**file["contact"], "category": "prospect"}, "records": records}},
        products=CATALOGUE,
        brief={**sample.BRIEF, "documents": [*sample.BRIEF["documents"], guide], "rules": {"notice_months": 1}},
        sitting_at=time.time(),
    )


def offered(**more: Any) -> Record:
    """An opportunity proposed, as the server has it."""
    return {
        "id": "o", "reference": "OPP-2611-0001", "direction": "entrant", "needs": "café", "motives": ["confort"], "consumption": "120",
        "persons": 2, "product_id": "grain", "price_cents": 3490, "price_basis": "par mois", "commitment_months": 12,
        "total_cents": 41880, "stages": [], "legal": [], "arguments": [], "status": "proposée", "remark": "", "refusal_reason": "",
        "equipment": "", "budget_cents": None, "deciders": "", "brakes": "", "early_start": False, **more,
    }  # fmt: skip


def pane_of(host: Host) -> SellingDeskPane:
    assert isinstance(host.pane, SellingDeskPane)
    return host.pane


def saved(host: Host, kind: str = "opportunity") -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def ready(pilot: Pilot[None], host: Host, section: str = "decouverte") -> SellingDeskPane:
    pane = pane_of(host)
    await wait_for(pilot, lambda: pane.form.subject is not None, "the form")
    if section != "decouverte":
        pane.bar.choose(section)
        await wait_for(pilot, lambda: pane.has_class(f"-{section}"), f"the section {section}")
    return pane


def text_of(host: Host) -> str:
    return " ".join(host.screen_text().split())


async def test_a_sale_from_the_first_question_to_the_offer_sent_by_keyboard() -> None:
    host = SaleHost("selling_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        form = pane.form
        await wait_for(pilot, lambda: form.box("needs").being_typed_in, "in the needs")
        await type_text(pilot, "bon cafe")
        await pilot.press("tab", "down", "down", "down", "space", "down", "space", "tab")
        await wait_for(pilot, lambda: form.listed("motives") == ["confort", "argent"], "the motives")
        await type_text(pilot, "2x2 par jour")
        await wait_for(pilot, lambda: "Lu : 120 tasses par mois" in host.screen_text(), "the consumption read")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "OPP-2611-0001" in host.screen_text() and "Découverte ✓" in host.screen_text(), "saved")
        (first,) = saved(host)
        assert first.version == 0 and first.fields["direction"] == "entrant" and first.fields["status"] == "découverte"
        assert [s["stage"] for s in first.fields["stages"]] == ["découverte"] and first.fields["stages"][0]["at"].startswith(
            "2026-11-23T08:0"
        )
        await the_offer(pilot, host, pane)
        await the_law(pilot, host, pane)
        await the_end(pilot, host, pane)


async def the_offer(pilot: Pilot[None], host: Host, pane: SellingDeskPane) -> None:
    form = pane.form
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: form.box("product_id").being_typed_in, "the offer")
    await pilot.press("a", "a", "a")
    await wait_for(pilot, lambda: form.chosen("product_id") == "grain", "Grain")
    text = text_of(host)
    for words_ in ("Pour 120 tasses par mois", "Douceur 60 tasses au plus", "37,70 €/mois, 0,31 €/tasse (29,90 € + 7,80 €)",
                   "› Grain 34,90 €/mois, 0,29 €/tasse", "[ ] Confort · une touche suffit."):  # fmt: skip
        assert words_ in text, words_
    assert "une capsule" not in text  # an argument for another offer
    await pilot.press("tab", "space", "ctrl+s")
    await wait_for(pilot, lambda: len(saved(host)) == 2 and "proposée" in host.screen_text(), "the offer saved")
    fields = saved(host)[1].fields
    assert fields["product_id"] == "grain" and fields["arguments"] == ["une touche suffit."] and fields["status"] == "proposée"
    assert (fields["price_cents"], fields["commitment_months"]) == (3490, 12)
    assert [s["stage"] for s in fields["stages"]] == ["découverte", "proposition"]
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "send-quote", "the quote")
    assert "engagement 12 mois = 418,80 € en tout · puis préavis 1 mois" in text_of(host)
    await pilot.press("enter")
    await wait_for(pilot, lambda: "Devis ✓" in host.screen_text(), "the quote sent")
    (quote,) = saved(host, "document")
    assert quote.fields["template"] == "devis" and quote.fields["sent_to"] == "bastien.lormier@courriel.example"


async def the_law(pilot: Pilot[None], host: Host, pane: SellingDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: pane.form.box("legal").being_typed_in, "the law")
    assert "▲ À dire : identité, caractéristiques, prix, durée, rétractation (L221-12)" in text_of(host)
    for count in range(1, 6):
        await pilot.press("space", "down")
        await wait_for(pilot, lambda c=count: len(pane.record.get("legal") or ()) == c, f"{count} said")  # type: ignore[misc]
    said = saved(host)[-1].fields["legal"]
    assert [one["item"] for one in said] == SPOKEN and all(one["said_at"].startswith("2026-11-23T08:0") for one in said)
    assert "legal" in saved(host)[2].fields and len(saved(host)[2].fields["legal"]) == 1  # each at once
    await wait_for(pilot, lambda: "Légal ✓" in host.screen_text() or "Cadre légal ✓" in host.screen_text(), "the least said")
    assert "✓ Minimum dit" in text_of(host) and "Rétractation jusqu'au 09/12/2026 · 14 jours" in text_of(host)


async def the_end(pilot: Pilot[None], host: Host, pane: SellingDeskPane) -> None:
    await pilot.press("alt+right")
    await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "send-offer", "the end")
    assert "✓ Rien d'oublié" in text_of(host)
    await pilot.press("enter")
    await wait_for(pilot, lambda: saved(host, "task"), "the offer and its follow-up sent")
    assert saved(host)[-1].fields["status"] == "en attente de signature"
    assert [d.fields["template"] for d in saved(host, "document")[1:]] == [
        "confirmation d'offre", "formulaire de rétractation", "conditions générales",
    ]  # fmt: skip
    assert {d.fields["subject_id"] for d in saved(host, "document")} == {pane.record_id}
    (task,) = saved(host, "task")
    assert task.fields["due_on"] == "2026-11-25" and "OPP-2611-0001" in task.fields["title"]
    await wait_for(pilot, lambda: "En attente de signature : 418,80 €" in text_of(host), "waiting")
    assert "Rien n'est actif avant la signature." in text_of(host)
    await wait_for(pilot, lambda: not pane.closing.query_one("#send-offer").has_class("-active"), "to press again")
    await pilot.press("enter")
    await wait_for(pilot, lambda: any("Déjà envoyé" in t.text for t in host.of(Told)), "sent once")
    assert len(saved(host, "document")) == 4 and len(saved(host, "task")) == 1
    signed = {**pane.record, "status": "signée", "signed_on": "2026-11-23", "version": pane.form.version + 1}
    file = host.state.files["lormier"]
    records = {**file["records"], "opportunity": [signed]}
    host.show(replace(host.state, files={**host.state.files, "lormier": {**file, "records": records}}))
    await wait_for(pilot, lambda: "Vente : signée" in text_of(host), "signed by the customer")
    assert not pane.closing.query_one("#send-offer").display and pane.closing.query_one("#another").display


class TabbedHost(SaleHost):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "focus_next", priority=True)]  # as the desk has it


async def test_a_field_typed_and_left_in_one_burst_keeps_what_was_typed() -> None:
    host = TabbedHost("selling_desk", desk(offered(consumption="", equipment="")))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host)
        pane.form.box("consumption").editor.focus()
        await wait_for(pilot, lambda: pane.form.box("consumption").being_typed_in, "in the consumption")
        for key in ("4", "tab", "3", "tab", "a", "b", "tab"):  # as from a terminal: all are there before the first is acted on
            host.simulate_key(key)
        await wait_for(pilot, lambda: host.focused is pane.form.box("budget_cents").editor, "further on")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host), "saved")
        assert {n: saved(host)[0].fields.get(n) for n in ("consumption", "persons", "equipment")} == {
            "consumption": "4", "persons": 23, "equipment": "ab",
        }  # fmt: skip


async def test_a_stage_is_ticked_with_its_hour_and_saved_at_once() -> None:
    host = SaleHost("selling_desk", desk(offered()))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = await ready(pilot, host)
        strip = pane.form.ticks("stages")
        strip.focus()
        await wait_for(pilot, lambda: strip.has_focus, "on the stages")
        await pilot.press("right", "space")
        await wait_for(pilot, lambda: saved(host), "the stage saved")
        reached = saved(host)[0].fields["stages"]
        assert [s["stage"] for s in reached] == ["reformulation", "découverte", "proposition"]  # these two are seen to have been reached
        await wait_for(pilot, lambda: "✓ Reform." in host.screen_text(), "shown")
        await pilot.press("space")
        await wait_for(pilot, lambda: len(saved(host)) == 2, "a mistake is taken back")
        assert [s["stage"] for s in saved(host)[1].fields["stages"]] == ["découverte", "proposition"]


async def test_what_was_said_and_not_yet_confirmed_comes_back_after_a_restart() -> None:
    host = SaleHost("selling_desk", desk(), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "cadre")
        legal = pane.form.ticks("legal")
        legal.focus()
        await wait_for(pilot, lambda: legal.has_focus, "in the law")
        await pilot.press("space", "down", "space")
        await wait_for(pilot, lambda: len(next(iter(host.state.drafts.values()))["fields"]["legal"]) == 2, "the draft")
        assert len(saved(host)) == 1  # the second waits for the first's answer
        kept, told = host.state.drafts, dict(legal.times)
    host = SaleHost("selling_desk", replace(desk(), drafts=kept))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "cadre")
        assert pane.form.ticks("legal").times == told and list(told) == SPOKEN[:2]
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host), "saved")
        assert [one["item"] for one in saved(host)[0].fields["legal"]] == SPOKEN[:2]
        assert saved(host)[0].record_id == next(iter(kept)) and saved(host)[0].fields["contact_id"] == "lormier"


async def test_a_second_tick_is_saved_once_the_first_is() -> None:
    host = SaleHost("selling_desk", desk(offered()), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "cadre")
        pane.form.ticks("legal").focus()
        await wait_for(pilot, lambda: pane.form.box("legal").being_typed_in, "in the law")
        await pilot.press("space", "down", "space")
        await wait_for(pilot, lambda: len(pane.form.listed("legal")) == 2, "both ticked")
        host.confirms = True
        host.confirm(saved(host)[0])
        await wait_for(pilot, lambda: len(pane.record.get("legal") or ()) == 2, "the second saved")
        assert [one["item"] for one in saved(host)[-1].fields["legal"]] == SPOKEN[:2] and not host.state.drafts


async def test_a_step_the_server_refuses_is_not_tried_again_with_the_next_save() -> None:
    host = SaleHost("selling_desk", desk(offered()), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "fin")
        await pilot.press("enter")
        await wait_for(pilot, lambda: saved(host), "the offer asked for")
        host.answer("o", SaveView("opportunity", "o", "failed", title="Refusé.", fields={"product_id": "Indiquez le produit proposé."}))
        await wait_for(pilot, lambda: pane.form.chosen("status") == "proposée", "back")
        host.confirms = True
        pane.form.put("remark", "rappeler")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: len(saved(host)) == 2, "saved")
        assert "status" not in saved(host)[1].fields and saved(host)[1].fields["remark"] == "rappeler"
        assert saved(host, "document") == [] and saved(host, "task") == []


async def test_nothing_is_sold_to_a_vulnerable_person() -> None:
    host = SaleHost("selling_desk", desk(offered(remark="rappelle souvent")))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "fin")
        stop = pane.closing.query_one("#stop")
        stop.focus()
        await wait_for(pilot, lambda: stop.has_focus, "on the stop")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Confirmer l'arrêt" in host.screen_text() and not stop.has_class("-active"), "asked twice")
        assert saved(host) == []
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Vente arrêtée : personne vulnérable" in host.screen_text(), "stopped")
        (save,) = saved(host)
        assert save.fields["status"] == "perdue" and save.fields["refusal_reason"] == "non éligible"
        assert save.fields["remark"].startswith("VULNERABLE_STOP") and save.fields["remark"].endswith("rappelle souvent")
        await wait_for(pilot, lambda: pane.bar.has_focus, "away from what is no more")
        text = text_of(host)
        assert "Qualifiez (F8) : VULNERABLE_STOP" in text and "L121-8" in text and not pane.query_one("#sale-body").display
        for section in ("devis", "fin"):
            pane.bar.choose(section)
        pane.send_offer()
        pane.send_quote()
        pane.ask_follow_up()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert len(host.of(SaveAsked)) == 1


async def test_a_sale_is_lost_for_a_reason_and_another_may_begin() -> None:
    host = SaleHost("selling_desk", desk(offered()))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "fin")
        lost = pane.closing.query_one("#lost")
        lost.focus()
        await wait_for(pilot, lambda: lost.has_focus, "on lost")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.form.box("refusal_reason").being_typed_in, "the reason first")
        assert saved(host) == [] and "motif de refus" in host.of(Told)[-1].text
        await pilot.press("right")
        lost.focus()
        await wait_for(pilot, lambda: lost.has_focus, "on lost")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Vente : perdue" in text_of(host), "lost")
        assert saved(host)[0].fields["refusal_reason"] == "prix" and saved(host)[0].fields["status"] == "perdue"
        another = pane.closing.query_one("#another")
        another.focus()
        await wait_for(pilot, lambda: another.has_focus, "another")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.record_id not in ("", "o") and "à créer" in host.screen_text(), "a new one")


async def test_nothing_is_sent_without_an_address_or_an_offer() -> None:
    host = SaleHost("selling_desk", desk(offered(), email=False))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "fin")
        assert "adresse e-mail à noter (Coordonnées)" in text_of(host)
        pane.send_offer()
        pane.send_quote()
        await wait_for(pilot, lambda: len(host.of(Told)) == 2, "told")
        assert host.of(SaveAsked) == [] and "Coordonnées" in host.of(Told)[0].text
    host = SaleHost("selling_desk", desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "fin")
        pane.send_offer()
        await wait_for(pilot, lambda: host.of(Told), "told")
        assert host.of(SaveAsked) == [] and "l'offre" in host.of(Told)[0].text


async def test_after_an_outgoing_call_only_a_signature_binds() -> None:
    host = SaleHost("selling_desk", desk(direction="sortant"))
    async with host.run_test(size=(120, 27)) as pilot:
        await ready(pilot, host, "cadre")
        await wait_for(pilot, lambda: "nature commerciale" in text_of(host), "the opening of the call")
        assert "qu'après avoir signé" in text_of(host) and "L221-16" in text_of(host)


async def test_the_line_one_is_on_stays_in_sight_however_fast_the_keys_come() -> None:
    host = SaleHost("selling_desk", desk(offered()))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = await ready(pilot, host, "cadre")
        legal = pane.form.ticks("legal")
        legal.focus()
        await wait_for(pilot, lambda: legal.has_focus, "in the law")
        for _step in range(8):
            host.simulate_key("down")
        await wait_for(pilot, lambda: "[ ] Garanties légales" in host.screen_text(), "the ninth item")
        for _step in range(8):
            host.simulate_key("up")
        await wait_for(pilot, lambda: "[ ] Identité du vendeur" in host.screen_text(), "the first again")


async def test_the_calculator_of_the_right_of_withdrawal() -> None:
    host = SaleHost("selling_desk", desk(offered(product_id="mug", legal=[{"item": "rétractation", "said_at": "2026-11-23T09:00:00Z"}])))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = await ready(pilot, host, "cadre")
        assert "Pas de rétractation" in text_of(host) and "L221-28 3°" in text_of(host)
        pane.law.exception.focus()
        await wait_for(pilot, lambda: pane.law.exception.has_focus, "on the exception")
        await pilot.press("home")
        await wait_for(pilot, lambda: "Rétractation jusqu'au 09/12/2026" in text_of(host), "the day")
        pane.law.start.focus()
        await wait_for(pilot, lambda: pane.law.start.has_focus, "in the first day")
        await pilot.press("home", "shift+end", "delete")
        await type_text(pilot, "11/12")
        await wait_for(pilot, lambda: "Rétractation jusqu'au 28/12/2026" in text_of(host), "25/12 is a holiday, then a weekend")
        await pilot.press("home", "shift+end", "delete")
        await type_text(pilot, "x")
        await wait_for(pilot, lambda: "Date attendue" in text_of(host), "no day")


async def test_outside_text_is_never_markup() -> None:
    state = desk(offered(needs=sample.HOSTILE, deciders=sample.HOSTILE, arguments=[sample.HOSTILE]))
    hostile = {"id": "x", "title": "x", "text": f"## Confort\n- {sample.HOSTILE}\n| Objection | x |\n|--|--|\n| {sample.HOSTILE} | y |"}
    host = SaleHost("selling_desk", replace(state, brief={**state.brief, "documents": [*state.brief["documents"], hostile]}))
    async with host.run_test(size=(120, 27)) as pilot:
        pane = await ready(pilot, host)
        for section in ("offre", "devis", "cadre", "fin"):
            pane.bar.choose(section)
            await pilot.pause()
            assert "\x1b" not in host.screen_text() and "\u202e" not in host.screen_text()
        await wait_for(pilot, lambda: "[/x] bad" in host.screen_text(), "as it is written")


# -- pure


def test_the_guides_of_the_company() -> None:
    guide = read_guide([{"text": "# Accueil\n- Bonjour\n| Objection | Piste |\n|--|--|\n| a | b |"}, {"text": GUIDE}, {}])
    assert guide.questions == ("Combien de tasses ?",) and guide.objections == (("« Trop cher »", "ramener à la tasse"),)
    assert [a.text for a in guide.arguments_for(["argent", "confort"], "Abonnement Grain (1 kg)")] == [
        "Moins de 0,30 € la tasse.", "une touche suffit.", "Rien à penser.",
    ]  # fmt: skip
    assert guide.arguments_for([], "x") == () and guide.formula_of("Capsules Aube") is None
    assert guide.formula_of("Abonnement Intense (100 capsules)") == Formula("Intense", 100, 10, 390)


def test_the_shipped_page_of_arguments_is_a_guide_and_agrees_with_the_catalogue() -> None:
    pack = PACKS / "marvalune"
    pages = [{"text": page.read_text(encoding="utf-8")} for page in sorted((pack / "brief").glob("*.md"))]
    guide = read_guide(pages)
    assert {a.motive for a in guide.arguments} == set(MOTIVES) and len(guide.questions) >= 4 and len(guide.objections) >= 4
    with (pack / "catalogue.csv").open(encoding="utf-8", newline="") as catalogue:
        sold = {row["id"]: row for row in csv.DictReader(catalogue, delimiter=";")}
    monthly = {}
    for product_id in ("ABO-DOUCEUR", "ABO-INTENSE", "ABO-GRAIN"):
        formula = guide.formula_of(sold[product_id]["name"])
        assert formula is not None and words.commitment_of(sold[product_id]) == 12
        monthly[product_id] = formula.monthly(parse_cents(sold[product_id]["price"]), 120)
    assert monthly == {"ABO-DOUCEUR": 4330, "ABO-INTENSE": 3770, "ABO-GRAIN": 3490} and per_cup(3490, 120) == 29


@pytest.mark.parametrize(
    ("noted", "persons", "cups"),
    [
        ("120 tasses par mois", 0, 120), ("120", 0, 120), ("4 tasses par jour", 2, 120), ("2 x 2 par jour", 2, 120),
        ("deux tasses par jour chacun", 2, 120), ("2/jour et par personne", 2, 120), ("28 par semaine", 0, 120), ("8 cafés / j", 1, 240),
        ("beaucoup", 2, None), ("", 2, None), ("deux chacun par jour", 0, None), ("999999 par jour", 1, None),
    ],
)  # fmt: skip
def test_cups_a_month(noted: str, persons: int, cups: int | None) -> None:
    assert cups_a_month(noted, persons) == cups


@given(st.text(max_size=80), st.integers(0, 50))
def test_any_note_is_read_or_not(noted: str, persons: int) -> None:
    cups = cups_a_month(noted, persons)
    assert cups is None or 0 < cups <= MOST_CUPS


@given(st.text(alphabet=st.sampled_from("#-* |Confort:1,90€\n«»é()"), max_size=200))
@settings(max_examples=80)
def test_any_text_is_read_as_a_guide_or_as_none(text: str) -> None:
    guide = read_guide([{"text": text}])
    assert isinstance(guide, Guide) and all(f.cups >= 0 for f in guide.formulas) and all(len(a.text) <= 120 for a in guide.arguments)


formulas = st.builds(Formula, st.just("x"), st.integers(1, 500), st.integers(1, 200), st.integers(1, 5000))


@given(formulas, st.integers(0, 10_000), st.integers(1, 2000))
def test_a_month_costs_its_price_and_whole_refills(formula: Formula, price: int, cups: int) -> None:
    monthly, more = formula.monthly(price, cups), formula.monthly(price, cups + 1)
    assert monthly is not None and more is not None and price <= monthly <= more
    refills, rest = divmod(monthly - price, formula.extra_cents)
    assert rest == 0 and formula.cups + refills * formula.extra_cups >= cups
    assert refills == 0 or formula.cups + (refills - 1) * formula.extra_cups < cups
    assert Formula("x", formula.cups).monthly(price, cups) == (price if cups <= formula.cups else None)


@given(st.integers(0, 100_000), st.integers(1, 5000))
def test_the_price_of_a_cup_is_to_the_nearest_cent(monthly: int, cups: int) -> None:
    assert abs(per_cup(monthly, cups) * cups - monthly) * 2 <= cups


def test_a_minor_signs_nothing() -> None:
    for born, minor in (("2008-11-24", True), ("2008-11-23", False), (None, False), ("?", False)):
        state = desk()
        file = state.files["lormier"]
        owner = {**file["contact"], "birth_date": born}
        assert words.is_minor(replace(state, files={"lormier": {**file, "contact": owner}})) is minor


def test_the_commitment_is_the_catalogue_s() -> None:
    assert words.commitment_of({"description": "Engagement 12 mois, puis préavis."}) == 12
    assert words.commitment_of({"description": "engagement de 6 mois"}) == 6
    assert words.commitment_of({"description": "Sans engagement."}) == words.commitment_of({}) == 0


def test_the_withdrawal_of_a_service_is_counted_from_the_contract() -> None:
    monday = dt.date(2026, 11, 23)
    assert words.starts_on({"withdrawal_from": "contrat"}, monday) == monday
    assert words.starts_on({"withdrawal_from": "réception"}, monday) == words.starts_on(None, monday) == dt.date(2026, 11, 25)
    told = words.withdrawal_words({"withdrawal_from": "contrat"}, monday, "", False)
    assert "07/12/2026" in told and "07/12/2027" in told and "L221-20" in told
