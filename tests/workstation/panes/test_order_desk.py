"""An order with a substitution and an additional sale, paid by secure link."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import SaveView
from workstation.ui.messages import SaveAsked
from workstation.ui.screens.order_desk import OrderDeskPane
from workstation.ui.widgets.record_table import RecordTable
from workstation.ui.widgets.section_bar import Section


def pane_of(host: Host) -> OrderDeskPane:
    assert isinstance(host.pane, OrderDeskPane)
    return host.pane


def saved(host: Host, kind: str) -> list[SaveAsked]:
    return [s for s in host.of(SaveAsked) if s.kind == kind]


async def test_an_order_from_shortage_to_documents_by_keyboard() -> None:
    host = Host("order_desk", sample.desk("lormier"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.orders.has_focus and pane.orders.rows_shown, "the orders")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.availability.search.has_focus, "the catalogue")
        await type_text(pilot, "6 equi")
        await wait_for(pilot, lambda: "rupture" in host.screen_text() and "12/01/2027" in host.screen_text(), "the shortage")
        table = pane.availability.table
        await pilot.press("enter")  # the only product found is the one chosen
        await wait_for(pilot, lambda: [r.key for r in table.rows_shown] == ["zenith"] and table.has_focus, "what replaces it")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.basket_step.proposals.has_focus, "the proposal")
        assert pane.basket.proposals[0].outcome == "proposée" and not pane.basket.lines
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.basket.lines and pane.basket.lines[0].quantity == 6, "accepted")
        pane.change(pane.basket.add(sample.PRODUCTS[2]))
        pane.go("recapitulatif")
        await wait_for(pilot, lambda: "il manque 0,90 €" in host.screen_text(), "the threshold")
        text = " ".join(host.screen_text().split())
        assert "vente additionnelle non proposée" in text and "42,00 € (estimation)" in text
        pane.go("panier")
        await wait_for(pilot, lambda: pane.basket_step.lines.has_focus, "the basket")
        pane.basket_step.proposals.focus()
        await wait_for(pilot, lambda: pane.basket_step.proposals.has_focus, "the proposals")
        await pilot.press("down", "enter", "enter")
        await wait_for(pilot, lambda: len(pane.basket.lines) == 3, "the filter sold")
        pane.go("recapitulatif")
        await wait_for(pilot, lambda: pane.summary_step.boxes["delivery"].being_typed_in, "the summary")
        pane.summary_step.boxes["relay_point"].editor.focus()
        await wait_for(pilot, lambda: pane.summary_step.boxes["relay_point"].being_typed_in, "the relay point")
        await type_text(pilot, "Halles")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: "Enregistré 14:03:22" in pane.foot.saved.words, "validated")
        (order,) = saved(host, "order")
        assert order.version == 0 and order.fields["status"] == "validée" and order.fields["relay_point"] == "Halles"
        assert [(line["product_id"], line["quantity"], line["origin"]) for line in order.fields["lines"]] == [
            ("zenith", 6, "substitution"), ("kit", 1, "demandé"), ("filtre", 1, "additionnel"),
        ]  # fmt: skip
        assert [p["outcome"] for p in order.fields["proposals"]] == ["acceptée", "acceptée"]
        assert "48,00 €" in host.screen_text() and "estimation" not in host.screen_text()
        await link_and_documents(pilot, host, pane, order.record_id)


async def link_and_documents(pilot: Any, host: Host, pane: OrderDeskPane, order_id: str) -> None:
    pane.go("reglement")
    await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "new-link", "to prepare a link")
    await pilot.press("enter")
    await wait_for(pilot, lambda: pane.payment.form.subject is not None, "the link's form")
    await pilot.press("ctrl+s")
    await wait_for(pilot, lambda: "LNK-0001" in host.screen_text(), "the link sent")
    (link,) = saved(host, "payment_link")
    assert link.fields["order_id"] == order_id and link.fields["amount_cents"] == 4800
    assert link.fields["sent_to"] == "bastien.lormier@courriel.example"
    file = host.state.files["lormier"]
    authorised = [{**r, "status": "autorisé", "authorisation": "AUT-77", "version": 2} for r in file["records"]["payment_link"]]
    records = {**file["records"], "payment_link": authorised}
    host.show(replace(host.state, files={**host.state.files, "lormier": {**file, "records": records}}))
    await wait_for(pilot, lambda: "autorisé" in host.screen_text(), "the customer paid")
    pane.go("confirmation")
    await wait_for(pilot, lambda: "CDE-261123-01" in host.screen_text(), "the number to give")
    await pilot.press("tab", "tab", "enter")
    await wait_for(pilot, lambda: len(saved(host, "document")) == 3, "three documents")
    assert {d.fields["template"] for d in saved(host, "document")} == {
        "confirmation de commande", "conditions générales", "formulaire de rétractation",
    }  # fmt: skip
    await pilot.press("enter")
    assert len(saved(host, "document")) == 3


async def test_a_basket_comes_back_after_a_restart() -> None:
    host = Host("order_desk", sample.desk("lormier"), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id, "an order")
        pane.change(pane.basket.add(sample.PRODUCTS[2], 2))
        await wait_for(pilot, lambda: host.state.drafts, "a draft")
        kept, order_id = host.state.drafts, pane.record_id
    host = Host("order_desk", replace(sample.desk("lormier"), drafts=kept))
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: "2 × Kit détartrage" in host.screen_text(), "the basket beside")
        assert pane_of(host).record_id == order_id
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "order"), "saved as a draft order")
        assert "status" not in saved(host, "order")[0].fields


async def test_quantities_by_keys_and_a_refusal_by_the_server() -> None:
    host = Host("order_desk", sample.desk("lormier"), confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id, "an order")
        pane.change(pane.basket.add(sample.PRODUCTS[1], 6))
        pane.go("panier")
        await wait_for(pilot, lambda: pane.basket_step.lines.has_focus, "the lines")
        await pilot.press("minus")
        assert pane.basket.lines[0].quantity == 5
        await pilot.press("enter", "backspace", "8", "enter")
        await wait_for(pilot, lambda: pane.basket.lines[0].quantity == 8, "a typed quantity")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: saved(host, "order"), "sent")
        host.answer(pane.record_id, SaveView("order", pane.record_id, "failed", title="Stock insuffisant"))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ – Stock insuffisant" in pane.foot.saved.words, "the refusal")
        assert pane.basket.lines[0].quantity == 8 and host.state.drafts


async def test_an_order_changed_elsewhere_is_not_overwritten_unasked() -> None:
    state = sample.desk("lormier")
    file = state.files["lormier"]
    lines = [{"product_id": "kit", "label": "Kit détartrage", "quantity": 1, "unit_cents": 1290, "origin": "demandé", "replaces": ""}]
    order = sample.owned("lormier", "o1", status="brouillon", lines=lines, proposals=[], delivery="relais", relay_point="", address_id="")
    state = replace(state, files={"lormier": {**file, "records": {**file["records"], "order": [order]}}})
    host = Host("order_desk", state, confirms=False)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id == "o1", "the order in progress")
        pane.change(pane.basket.set_quantity(0, 3))
        theirs = {**order, "lines": [{**lines[0], "quantity": 2}], "version": 2}
        host.show(replace(host.state, files={"lormier": {**file, "records": {**file["records"], "order": [theirs]}}}))
        await wait_for(pilot, lambda: "modifiée entre-temps" in host.screen_text(), "the conflict")
        await pilot.press("ctrl+s")
        assert saved(host, "order") == []
        await wait_for(pilot, lambda: host.query_one(".theirs").region.area, "the choice")
        await pilot.click(".theirs")
        await wait_for(pilot, lambda: pane.basket.lines[0].quantity == 2, "theirs")


async def test_a_shortage_is_found_by_its_name_and_proposes_only_what_replaces_it() -> None:
    state = sample.desk("lormier")
    like = sample.product("zenith", "Zénith", 420, 140, keywords="comme Équinoxe", addons=["filtre"])
    strong = sample.product("strong", "Ombre, comme Zénith", 450, 90)
    out = sample.product("equinoxe", "Équinoxe", 410, 0, substitutes=["zenith", "strong"])
    host = Host("order_desk", replace(state, products=(like, out, strong)))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.orders.has_focus and pane.orders.rows_shown, "the orders")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.availability.search.has_focus, "the catalogue")
        await type_text(pilot, "6 equi")
        table = pane.availability.table
        await wait_for(pilot, lambda: [r.key for r in table.rows_shown] == ["equinoxe", "zenith"], "what bears that name first")
        assert pane.availability.quantity.placeholder == "6"
        await pilot.press("enter")
        await wait_for(pilot, lambda: table.has_focus, "the list")
        table.post_message(RecordTable.Opened(table, "equinoxe"))
        table.post_message(RecordTable.Opened(table, "equinoxe"))  # Enter pressed twice before the screen followed
        await wait_for(pilot, lambda: [r.key for r in table.rows_shown] == ["zenith", "strong"], "the substitutes")
        assert table.row_key == "zenith" and not pane.basket.proposals
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: pane.basket_step.proposals.has_focus and pane.basket.proposals, "the proposal")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.basket.lines, "accepted")
        await pilot.press("delete")  # the wrong one was proposed
        await wait_for(pilot, lambda: not pane.basket.proposals and not pane.basket.lines, "withdrawn")


async def test_the_cursor_follows_what_was_just_proposed() -> None:
    host = Host("order_desk", sample.desk("lormier"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id, "an order")
        basket = pane.basket.propose("substitution", "zenith", "equinoxe", "2026-11-23T09:00:00Z", 6)
        pane.change(basket.settle(0, "acceptée", sample.PRODUCTS[1]))
        pane.go("panier")
        proposals = pane.basket_step.proposals
        await wait_for(pilot, lambda: pane.basket_step.lines.has_focus and len(proposals.rows_shown) == 2, "the filter to propose")
        proposals.focus()
        await wait_for(pilot, lambda: proposals.has_focus, "the proposals")
        await pilot.press("down", "enter", "enter")
        await wait_for(pilot, lambda: len(pane.basket.lines) == 2, "the filter sold")
        assert [(p.product_id, p.outcome) for p in pane.basket.proposals] == [("zenith", "acceptée"), ("filtre", "acceptée")]


async def test_the_relay_point_of_the_last_order_comes_by_one_key() -> None:
    state = sample.desk("lormier")
    file = state.files["lormier"]
    before = sample.owned("lormier", "o1", status="livrée", lines=[], proposals=[], relay_point="Place des Halles-Neuves")
    state = replace(state, files={"lormier": {**file, "records": {**file["records"], "order": [before]}}})
    host = Host("order_desk", state)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id, "an order")
        pane.change(pane.basket.add(sample.PRODUCTS[2]))
        pane.go("recapitulatif")
        await wait_for(pilot, lambda: "↓ reprend Place des Halles-Neuves" in host.screen_text(), "what the key would do")
        pane.summary_step.boxes["relay_point"].editor.focus()
        await wait_for(pilot, lambda: pane.summary_step.boxes["relay_point"].being_typed_in, "the relay point")
        await pilot.press("down")
        await wait_for(pilot, lambda: pane.basket.relay_point == "Place des Halles-Neuves", "taken over")


async def test_from_the_bar_of_steps_one_goes_down_into_the_step() -> None:
    host = Host("order_desk", sample.desk("lormier"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.orders.has_focus and pane.orders.rows_shown, "the orders")
        assert "Alt+→" in host.screen_text()
        pane.bar.focus()
        await wait_for(pilot, lambda: pane.bar.has_focus, "the bar")
        await pilot.press("down")
        await wait_for(pilot, lambda: pane.orders.has_focus, "the step")


async def test_a_link_once_sent_is_not_sent_again_by_a_second_enter() -> None:
    host = Host("order_desk", sample.desk("lormier"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.record_id, "an order")
        pane.change(pane.basket.add(sample.PRODUCTS[2], 4))
        pane.save("validée")
        await wait_for(pilot, lambda: pane.version, "the order")
        pane.go("reglement")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "new-link", "to prepare a link")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.payment.form.subject is not None and pane.payment.form.has_focus_within, "the link's form")
        await pilot.press("tab", "tab", "tab")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "send-link", "to send it")
        await pilot.press("enter")
        await wait_for(pilot, lambda: pane.payment.table.has_focus and pane.payment.form.subject is None, "sent")
        await pilot.press("enter")
        await pilot.pause()
        assert len(saved(host, "payment_link")) == 1 and "LNK-0001" in host.screen_text()


async def test_at_80_columns_what_is_done_is_ticked_before_a_key_is_told() -> None:
    host = Host("order_desk", sample.desk("lormier"))
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: "Alt+→" in host.screen_text(), "the key")
        ticked = [Section(s.key, s.word, s.short, " ✓") for s in pane.bar.sections]
        pane.bar.set_sections(ticked)
        await wait_for(pilot, lambda: host.screen_text().count("✓") == len(ticked), "every tick")
