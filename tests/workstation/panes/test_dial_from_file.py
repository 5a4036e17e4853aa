"""F3 with a file in front: its number stands ready, is called by Enter, and gives way to what is typed."""

from __future__ import annotations

from dataclasses import replace

from textual.app import App
from textual.widgets import Input

from cti.call import CallState
from tests.workstation.panes import sample
from tests.workstation.panes.host import wait_for
from workstation.desk.state import CallView, DeskState
from workstation.ui.screens.keypad import DialDialog, numbers_on_file


def with_numbers(state: DeskState) -> DeskState:
    """The file in front with two numbers that may be used, one that may not, and an e-mail."""
    file = state.files[state.contact_id]
    points = [
        {"id": "p1", "channel": "mobile", "value": "+33639984102", "status": "actif"},
        {"id": "p2", "channel": "téléphone", "value": "+33261917044", "status": "actif", "preferred": True},
        {"id": "p3", "channel": "téléphone", "value": "+33199000001", "status": "erroné"},
        {"id": "p4", "channel": "e-mail", "value": "nadege@courriel.example", "status": "actif"},
    ]
    records = {**file["records"], "contact_point": points}
    return replace(state, calls={}, front="", files={**state.files, state.contact_id: {**file, "records": records}})


class Desk(App[None]):
    def __init__(self, state: DeskState) -> None:
        super().__init__()
        self.desk, self.called = state, list[str]()

    async def on_mount(self) -> None:
        await self.push_screen(DialDialog(self.desk, self.called.append))

    @property
    def number(self) -> Input:
        return self.screen.query_one(Input)


async def test_the_preferred_number_of_the_file_is_called_by_enter() -> None:
    state = with_numbers(sample.desk("corbulon"))
    assert [(c.id, c.detail) for c in numbers_on_file(state)] == [("+33261917044", "02 61 91 70 44"), ("+33639984102", "06 39 98 41 02")]
    app = Desk(state)
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.number.has_focus and app.number.value == "02 61 91 70 44", "the number, ready")
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.called == ["02 61 91 70 44"], "the call")


async def test_what_is_typed_takes_its_place() -> None:
    app = Desk(with_numbers(sample.desk("corbulon")))
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.number.has_focus, "the field")
        await pilot.press(*"0199004009", "enter")
        await wait_for(pilot, lambda: app.called == ["0199004009"], "the call")


async def test_nothing_stands_ready_without_a_file_nor_while_a_customer_is_on_the_line() -> None:
    assert DialDialog(replace(sample.desk("corbulon"), calls={}, contact_id=""), print).number.value == ""
    state = with_numbers(sample.desk("corbulon"))
    call = CallView("c1", "k1", "entrant", CallState.HELD, "+33261917044")
    assert DialDialog(replace(state, calls={"k1": call}), print).number.value == ""
