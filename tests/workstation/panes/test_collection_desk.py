"""Recovering a debt: figures, plan to the cent, promise, link and mandate."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.ui.messages import SaveAsked
from workstation.ui.screens.collection_desk import CollectionDeskPane


def pane_of(host: Host) -> CollectionDeskPane:
    assert isinstance(host.pane, CollectionDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def test_the_debtors_file_in_figures() -> None:
    host = Host("collection_desk", sample.desk("corbulon"))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "F-2608-0917" in host.screen_text(), "the invoices")
        text = host.screen_text()
        for words in ("Dû 164,60 €", "4 factures", "100 j de retard", "3 rejets", "relance 2 le 26/10", "mandat révoqué", "rejeté"):
            assert words in text, words


async def test_the_plan_is_proposed_on_the_scale_and_sums_to_the_cent() -> None:
    host = Host("collection_desk", sample.desk("corbulon"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        pane.bar.choose("echeancier")
        await wait_for(pilot, lambda: pane.plan.count.value == "4", "the most the scale allows")
        pane.plan.count.focus()
        await wait_for(pilot, lambda: pane.plan.count.has_focus, "in the count")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Somme 164,60 € sur 164,60 € ✓" in host.screen_text(), "the sum")
        for words in ("23/11/2026", "10/12/2026", "11/01/2027", "10/02/2027", "la première d'au moins 41,15 €"):
            assert words in host.screen_text(), words
        assert next(iter(host.state.drafts.values()))["kind"] == "payment_plan"
        first = pane.plan.lines[0].amount
        first.focus()
        await wait_for(pilot, lambda: first.has_focus, "in the first amount")
        await pilot.press("home", "shift+end", "delete")
        await type_text(pilot, "20")
        await wait_for(pilot, lambda: "il manque 21,15 €" in host.screen_text(), "the gap")
        assert "au moins 41,15 €" in host.screen_text()
        await pilot.press("ctrl+s")
        assert saved(host, "payment_plan") == []
        await pilot.press("home", "shift+end", "delete")
        await type_text(pilot, "41.15")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Enregistré 14:03:22" in pane.plan.saved.words, "accepted and saved")
        (plan,) = saved(host, "payment_plan")
        assert plan.fields["status"] == "accepté" and plan.fields["agreed_by"] == "Mme Nadège CORBULON"
        assert [(i["due_on"], i["amount_cents"]) for i in plan.fields["instalments"]] == [
            ("2026-11-23", 4115), ("2026-12-10", 4115), ("2027-01-11", 4115), ("2027-02-10", 4115),
        ]  # fmt: skip
        assert plan.fields["total_cents"] == 16460 and plan.fields["invoice_ids"] == ["i0", "i1", "i3", "i2"]
        assert plan.fields["case_id"] == "cc1"
        await promise_link_mandate(pilot, host, pane, plan.record_id)


async def promise_link_mandate(pilot: Pilot[None], host: Host, pane: CollectionDeskPane, plan_id: str) -> None:
    listed = pane.list
    steps = (("promesse", "promise", "promise"), ("reglement", "payment_link", "mandate"), ("document", "document", "document"))
    for section, *kinds in steps:
        pane.bar.choose(section)
        buttons = list(dict.fromkeys(kinds))
        await wait_for(pilot, lambda b=buttons: [x.name for x in listed.query(".add")] == b, f"the section {section}")  # type: ignore[misc]
        for kind in buttons:
            await listed.add(kind)
            await wait_for(pilot, lambda: host.focused is not None and listed.form in host.focused.ancestors, f"the form of {kind}")
            await pilot.press("ctrl+s")
            await wait_for(pilot, lambda k=kind: saved(host, k), f"{kind} saved")  # type: ignore[misc]  # k is bound now
    promise, link = saved(host, "promise")[0].fields, saved(host, "payment_link")[0].fields
    assert promise["plan_id"] == plan_id and promise["amount_cents"] == 4115 and promise["due_on"] == "2026-11-23"
    assert link["plan_id"] == plan_id and link["amount_cents"] == 4115 and link["sent_to"] == "nadege.corbulon@courriel.example"
    assert saved(host, "mandate")[0].fields["status"] == "à signer"
    document = saved(host, "document")[0].fields
    assert document["template"] == "échéancier" and document["subject_id"] == plan_id


async def test_the_reason_and_the_reminders_are_one_form() -> None:
    host = Host("collection_desk", sample.desk("corbulon"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        pane.bar.choose("motif")
        await wait_for(pilot, lambda: host.focused is not None and pane.list.form in host.focused.ancestors, "the reason")
        await pilot.press("end", "left")
        await wait_for(pilot, lambda: pane.list.form.box("reason").typed == "surendettement", "a reason chosen")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "motif : surendettement" in host.screen_text() or saved(host, "collection_case"), "saved")
        assert saved(host, "collection_case")[0].fields == {"reason": "surendettement"}
        pane.bar.choose("echeancier")
        await pane.plan.propose(4)
        await wait_for(pilot, lambda: "aucune négociation" in host.screen_text(), "no plan any more")
        assert pane.plan.save() is False


async def test_a_plan_being_discussed_comes_back_after_a_restart() -> None:
    host = Host("collection_desk", sample.desk("corbulon"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        pane.bar.choose("echeancier")
        await wait_for(pilot, lambda: pane.plan.count.value == "4", "ready")
        await pane.plan.propose(3)
        await wait_for(pilot, lambda: host.state.drafts, "the draft")
        kept = host.state.drafts
    host = Host("collection_desk", replace(sample.desk("corbulon"), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: "Somme 164,60 €" in host.screen_text(), "the plan")
        assert len(pane_of(host).plan.lines) == 3


async def test_a_link_being_paid_is_seen_in_its_form() -> None:
    host = Host("collection_desk", sample.desk("corbulon"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        pane.bar.choose("reglement")
        await wait_for(pilot, lambda: [x.name for x in pane.list.query(".add")] == ["payment_link", "mandate"], "the section")
        await pane.list.add("payment_link")
        await wait_for(pilot, lambda: "Lien de paiement : à créer" in host.screen_text(), "the form")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: "Lien de paiement · envoyé · LNK-0001" in host.screen_text(), "the link sent")
        file = host.state.files["corbulon"]
        paid = {**file["records"]["payment_link"][0], "status": "autorisé", "version": 3}
        records = {**file["records"], "payment_link": [paid]}
        host.show(replace(host.state, files={**host.state.files, "corbulon": {**file, "records": records}}))
        await wait_for(pilot, lambda: "Lien de paiement · autorisé · LNK-0001" in host.screen_text(), "the link paid")
