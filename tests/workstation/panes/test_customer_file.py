"""The customer's file as an agent sees it during a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cti.call import CallState
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, wait_for
from workstation.ui.messages import DialAsked, DocumentAsked, SaveAsked, Traced
from workstation.ui.screens.customer_file import CustomerFilePane


def pane_of(host: Host) -> CustomerFilePane:
    assert isinstance(host.pane, CustomerFilePane)
    return host.pane


@pytest.mark.parametrize("size", [(80, 15), (120, 27)])
async def test_history_is_in_front_while_it_rings(size: tuple[int, int]) -> None:
    host = Host("customer_file", sample.desk(call=CallState.OFFERED))
    async with host.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: "Question sur une livraison"[:8] in host.screen_text(), "the history")
        text = host.screen_text()
        for words in ("Mme Odile VASSERAND", "MVL-204518", "client depuis 12/03/2019", "Identification à faire", "14/09/2026"):
            assert words in text
        assert host.of(Traced)[0].data == {"screen": "customer_file"}


async def test_outside_text_is_drawn_as_it_is_and_without_its_controls() -> None:
    host = Host("customer_file", sample.desk())
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: "[/x] bad" in host.screen_text(), "the hostile comment")
        text = host.screen_text()
        assert "\x1b" not in text and "\u202e" not in text
        assert "=cmd|' /C calc'" in text


async def test_two_elements_make_an_identification_of_this_call() -> None:
    host = Host("customer_file", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).list.table.rows_shown, "the history")
        await pilot.press("alt+right")
        form = pane_of(host).list.form
        await wait_for(pilot, lambda: host.focused is not None and form in host.focused.ancestors, "the check-list")
        assert "VASSERAND" in host.screen_text() and "31450" in host.screen_text() and "12/04/1951" in host.screen_text()
        await pilot.press("space", "ctrl+s")
        await wait_for(pilot, lambda: "Deux éléments" in form.box("elements").complaint, "one element is not enough")
        assert host.of(SaveAsked) == []
        await pilot.press("down", "down", "space", "ctrl+s")
        await wait_for(pilot, lambda: "✓ vérifié (nom, code postal)" in host.screen_text(), "identified")
        fields = host.of(SaveAsked)[0].fields
        assert fields == {"contact_id": "vasserand", "call_key": "k1", "elements": ["nom", "code postal"], "outcome": "vérifié"}


async def test_steps_from_section_to_section_are_not_lost_while_a_form_is_made() -> None:
    host = Host("customer_file", sample.desk())
    async with host.run_test(size=(120, 27)) as pilot:
        await wait_for(pilot, lambda: pane_of(host).list.table.rows_shown, "the history")
        for _step in range(8):
            host.simulate_key("alt+right")
        await wait_for(pilot, lambda: pane_of(host).bar.key == "suivi", "eight steps on")


async def test_a_number_is_dialled_from_its_row() -> None:
    host = Host("customer_file", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.list.table.rows_shown, "the history")
        pane.bar.choose("coordonnees")
        await wait_for(pilot, lambda: "☎ 04 65 71 21 08" in host.screen_text(), "the telephone number in pairs")
        await wait_for(pilot, lambda: pane.list.table.has_focus and pane.number_in_hand() == "+33465712108", "on its row")
        await pilot.press("alt+n")
        await wait_for(pilot, lambda: host.of(DialAsked), "a call asked for")
        assert (host.of(DialAsked)[0].number, host.of(DialAsked)[0].contact_id) == ("+33465712108", "vasserand")


async def test_another_file_does_not_take_the_focus_from_elsewhere_and_starts_at_its_history() -> None:
    host = Host("customer_file", sample.desk())
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        pane.bar.choose("factures")
        await wait_for(pilot, lambda: "F-2610-0231" in host.screen_text(), "an invoice")
        host.show(replace(host.state, contact_id="corbulon"))
        await wait_for(pilot, lambda: pane.bar.key == "historique", "history again")
        assert "4 impayé(s) : 164,60 €" in host.screen_text()


async def test_every_section_opens_and_each_row_by_enter() -> None:
    state = sample.desk("corbulon")
    file = state.files["corbulon"]
    document = sample.owned(
        "corbulon", "d1", template="attestation", channel="e-mail", sent_to="x@y.example", status="envoyé", file="a.pdf"
    )
    state = replace(state, files={"corbulon": {**file, "records": {**file["records"], "document": [document]}}})
    host = Host("customer_file", state)
    async with host.run_test(size=(80, 15)) as pilot:
        pane = pane_of(host)
        await wait_for(pilot, lambda: pane.list.is_mounted, "mounted")
        for key in ("factures", "paiements", "coordonnees"):
            pane.bar.choose(key)
            await wait_for(pilot, lambda: pane.list.table.rows_shown and pane.list.table.has_focus, f"rows of {key}")
            await pilot.press("enter")
            await wait_for(pilot, lambda: pane.list.form.subject is not None, f"the form of {key}")
            await pilot.press("escape")
            await wait_for(pilot, lambda: pane.list.form.subject is None and pane.list.table.has_focus, "back in the list")
        pane.bar.choose("documents")
        await wait_for(pilot, lambda: "Attestation" in host.screen_text() and pane.list.table.has_focus, "the documents")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(DocumentAsked), "the document asked for")


async def test_without_a_file_the_pane_says_what_to_do() -> None:
    host = Host("customer_file", replace(sample.desk(), contact_id="", files={}))
    async with host.run_test(size=(80, 15)) as pilot:
        await wait_for(pilot, lambda: "Aucune fiche ouverte" in host.screen_text(), "what to do")


async def test_a_long_list_stops_at_300_rows_and_says_so() -> None:
    state = sample.desk()
    file = state.files["vasserand"]
    many = [sample.owned("vasserand", f"n{i}", text=f"note {i}", at="", author="") for i in range(350)]
    state = replace(state, files={"vasserand": {**file, "records": {**file["records"], "note": many}}})
    host = Host("customer_file", state)
    async with host.run_test(size=(80, 15)) as pilot:
        pane_of(host).bar.choose("suivi")
        await wait_for(pilot, lambda: "50 autres" in host.screen_text(), "what is left out")
        assert len(pane_of(host).list.table.rows_shown) == 300
