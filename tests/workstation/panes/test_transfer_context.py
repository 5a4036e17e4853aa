"""A customer handed over with what the service must know, and a service that is closed said to be."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import App
from textual.widgets import Input

from cti.call import CallState
from cti.phone.port import Capability
from tests.workstation.panes import sample
from tests.workstation.panes.host import type_text, wait_for
from workstation.desk.events import DraftTyped, JoinWanted, SaveWanted, TransferWanted
from workstation.desk.state import CallView, DeskState, PhoneView
from workstation.ui.happened import Happened
from workstation.ui.screens.keypad import CONTEXT_TITLE, TransferDialog

CONTRATS = "+33199004005"
TALKING = CallView("c1", "k1", "entrant", CallState.TALKING, "+33465712108", contact_id="vasserand", hits=())


def desk(at: str = "2026-11-23T09:40:00", **more: Any) -> DeskState:
    """In conversation with Mme Vasserand, the sitting's clock at this hour."""
    phone = PhoneView("ready", capabilities=frozenset(Capability))
    sitting = {"id": "s", "clock": {"scenario_now": at, "server_now": "2026-11-23T08:00:00+00:00"}}
    return replace(sample.desk("vasserand"), phone=phone, sitting=sitting, sitting_at=time.time(), **more)


class Desk(App[None]):
    def __init__(self, state: DeskState) -> None:
        super().__init__()
        self.desk, self.happened, self.consulted = state, list[Any](), list[str]()

    async def on_mount(self) -> None:
        await self.push_screen(TransferDialog(self.desk, self.consulted.append))

    @on(Happened)
    def _told(self, message: Happened) -> None:
        self.happened.append(message.event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.happened if isinstance(event, kind)]

    @property
    def context(self) -> Input:
        return self.screen.query_one("#context", Input)

    def shown(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips()).replace("\u00a0", " ")


async def test_the_context_is_a_task_for_the_service_made_before_the_customer_goes() -> None:
    app = Desk(desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "Service Contrats" in app.shown() and "ouvert jusqu'à 17 h" in app.shown(), "the directory")
        await type_text(pilot, "01 99 00 40 05")
        await pilot.press("tab")
        await wait_for(pilot, lambda: app.context.has_focus, "the context")
        await type_text(pilot, "veut le contrat de sa fille, sans mandat")
        await wait_for(pilot, lambda: app.of(DraftTyped), "kept as it is typed")
        await pilot.press("enter", "enter")
        await wait_for(pilot, lambda: app.of(TransferWanted), "sent on")
        (save,) = app.of(SaveWanted)
        assert (save.kind, save.version, save.record_id) == ("task", 0, app.of(DraftTyped)[-1].record_id)
        assert save.fields == {
            "contact_id": "vasserand", "service": "Service Contrats", "title": CONTEXT_TITLE,
            "detail": "veut le contrat de sa fille, sans mandat", "due_on": "2026-11-23",
        }  # fmt: skip
        assert app.happened.index(save) < app.happened.index(app.of(TransferWanted)[0])


async def test_a_transfer_without_a_word_writes_nothing() -> None:
    app = Desk(desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "0199004005")
        await pilot.press("enter", "enter")
        await wait_for(pilot, lambda: app.of(TransferWanted), "sent on")
        assert app.of(SaveWanted) == [] and app.of(DraftTyped) == []


async def test_what_was_being_written_is_found_again_and_goes_with_a_call_to_the_service() -> None:
    where = {"pane": "transfer", "contact": "vasserand"}
    draft = {"kind": "task", "record_id": "t-9", "version": 0, "fields": {"detail": "facture en double"}, "where": where}
    app = Desk(desk(drafts={"t-9": draft}))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.context.value == "facture en double", "found again")
        assert app.of(DraftTyped) == []
        await type_text(pilot, "0199004009")
        await pilot.press("tab", "tab", "tab", "enter")
        await wait_for(pilot, lambda: app.consulted == ["0199004009"], "the service is called first")
        (save,) = app.of(SaveWanted)
        assert (save.record_id, save.fields["service"], save.fields["detail"]) == ("t-9", "Comptes clients", "facture en double")


async def test_after_the_service_was_asked_what_it_was_told_is_in_sight() -> None:
    state = desk()
    told = {"id": "t1", "version": 1, "contact_id": "vasserand", "service": "Service Contrats", "title": CONTEXT_TITLE,
            "detail": "contrat de sa fille", "due_on": "2026-11-23"}  # fmt: skip
    file = state.files["vasserand"]
    files = {**state.files, "vasserand": {**file, "records": {**file["records"], "task": [told]}}}
    held = replace(TALKING, state=CallState.HELD, held_at=1.0)
    asked = CallView("c2", "k2", "sortant", CallState.TALKING, CONTRATS, consultation=True)
    app = Desk(replace(state, files=files, calls={"k1": held, "k2": asked}, front="k2"))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "Déjà transmis à Service Contrats : contrat de sa fille" in app.shown(), "what was told")
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.of(JoinWanted), "put through")
        assert app.of(SaveWanted) == []


async def test_a_closed_service_is_said_to_be_before_the_customer_is_sent_there() -> None:
    app = Desk(desk("2026-11-23T17:20:00"))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "fermé, ouvre demain à 9 h" in app.shown(), "in the directory")
        await type_text(pilot, "0199004005")
        await wait_for(pilot, lambda: "▲ Service Contrats : fermé, ouvre demain à 9 h" in app.shown(), "beside the number")
        await pilot.press(*["backspace"] * 10)
        await type_text(pilot, "0199004009")
        await wait_for(pilot, lambda: "▲" not in app.shown(), "open: nothing to say")


async def test_without_a_file_no_context_is_promised() -> None:
    app = Desk(replace(desk(), contact_id=""))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "aucun contexte écrit ne suit" in " ".join(app.shown().replace("│", " ").split()), "said")
        assert not app.screen.query("#context")
        await type_text(pilot, "0199004005")
        await pilot.press("enter", "enter")
        await wait_for(pilot, lambda: app.of(TransferWanted), "sent on")
        assert app.of(SaveWanted) == []
