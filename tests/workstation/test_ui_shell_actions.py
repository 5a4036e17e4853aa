"""The table of actions: one id, two ways to each, nothing a terminal or a field would take; shown everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.widgets import Input, TextArea

from cti import messages as m
from cti.agent import Agent, AgentState
from tests.workstation.desk_of_tests import Desk, running_desk
from tests.workstation.play import offered, ready, talking
from workstation.desk.state import DeskState, PhoneView
from workstation.ui.action_keys import DOES, EVERYWHERE
from workstation.ui.action_table import LEADER, menu_choices, shifted
from workstation.ui.actions import ACTIONS, BY_ID, DeskAction, short_label, useful_now
from workstation.ui.app import DeskApp
from workstation.ui.palette import palette_entries
from workstation.ui.pane import Pane
from workstation.ui.screens import RECORD_PANES
from workstation.ui.screens.help import help_text
from workstation.ui.terminal_keys import AZERTY_DIGITS, digit_of, read_alt_digits, read_shifted_f3

EATEN = {"f1", "f10", "f11", *(f"ctrl+{letter}" for letter in "abcdefhijkmuvwxyz"), "alt+b", "alt+f", "alt+f3", "alt+f4"}


def test_ids_are_unique_and_every_action_does_something() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert {a.id for a in ACTIONS if not a.id.startswith("tab.")} == set(DOES)


def test_every_key_is_used_once() -> None:
    keys = [key for action in ACTIONS for key in action.bindings.split(",")]
    assert len(keys) == len(set(keys))
    hot = [action.second for action in ACTIONS if len(action.second) == 1]
    assert len(hot) == len(set(hot))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_has_two_ways_that_neither_fields_nor_terminals_take(action: DeskAction) -> None:
    ways = [action.key, action.second]
    assert len(set(ways)) == 2
    for way in ways:
        chord = len(way) > 1
        assert chord or way.isalnum()
        if chord:
            assert way.startswith(("f", "ctrl+", "alt+")) and way not in EATEN
    taken = {key for widget in (Input, TextArea) for binding in widget.BINDINGS for key in str(getattr(binding, "key", "")).split(",")}
    taken -= {"f6", "f7"}  # selecting a line or all of a text, which Ctrl+A and Shift do too
    assert not taken & set(action.bindings.split(","))


def test_help_menu_and_palette_show_every_action_with_its_keys() -> None:
    state = DeskState()
    told = help_text(state, ACTIONS, EVERYWHERE).plain
    for action in ACTIONS:
        assert action.name in told and all(words in told for words in action.key_words)
    assert {c.id for c in palette_entries(ACTIONS, state)} == set(BY_ID) - {"desk.palette"}
    assert {c.id for c in menu_choices(ACTIONS, state) if c.id} == set(BY_ID) - {"desk.menu"}
    assert [c.id for c in palette_entries(ACTIONS, state, "trans")] == ["call.transfer"]
    assert "call.hang_up" in [c.id for c in palette_entries(ACTIONS, state, "RACCROCHÉR")]


def test_bindings_come_from_the_table_and_work_in_fields() -> None:
    bound = {binding.id: binding for binding in DeskApp.BINDINGS if isinstance(binding, Binding) and binding.id}
    assert set(bound) == set(BY_ID)
    assert all(binding.priority for binding in bound.values())


def test_what_the_phone_cannot_do_is_greyed_with_the_reason() -> None:
    state = DeskState(phone=PhoneView("ready", "pyvoip", frozenset()), agent=Agent(AgentState.READY))
    why = BY_ID["call.transfer"].blocked(state)
    assert why == "Ce téléphone (pyvoip) ne sait pas le faire."
    choice = next(c for c in palette_entries(ACTIONS, state) if c.id == "call.transfer")
    assert choice.why_not == why and why in help_text(state, ACTIONS, EVERYWHERE).plain


def test_in_an_exam_nothing_is_said_to_have_been_said() -> None:
    play = talking()
    for mode, possible in (("practice", True), ("exam", False)):
        state = replace(play.state, sitting={"mode": mode, "current": "S1"})
        for cue in ("work.cue", "work.your_turn"):
            assert (BY_ID[cue].blocked(state) == "") is possible, (mode, cue)
        assert (BY_ID["work.cue"] in useful_now(state)) is possible


def test_every_action_says_in_each_situation_whether_it_can_be_done() -> None:
    idle, ringing, busy = ready(), ready(), talking()
    ringing.phone(offered())
    held = talking()
    held.phone(m.CallHeld("1", "k1"))
    over = talking()
    over.phone(m.CallEnded("1", "k1", m.Cause.HUNG_UP, answered=True))
    possible = {
        name: {a.id for a in ACTIONS if not a.blocked(play.state)}
        for name, play in {"idle": idle, "ringing": ringing, "busy": busy, "held": held, "over": over}.items()
    }
    assert {"call.answer", "call.hang_up"} <= possible["ringing"]
    assert "call.hold" not in possible["idle"] | possible["ringing"]
    assert {"call.hang_up", "call.hold", "call.transfer", "call.keypad", "call.qualify"} <= possible["busy"] & possible["held"]
    assert "call.qualify" in possible["over"] and "call.hang_up" not in possible["over"]
    assert "call.qualify" not in possible["idle"]
    for play in (idle, ringing, busy, held, over):
        shown = useful_now(play.state)
        assert not any(action.blocked(play.state) for action in shown)
        assert all(short_label(action, play.state) for action in shown)


def keys_of(sequence: str) -> list[str]:
    parser = XTermParser(False)
    return [getattr(event, "key", "?") for event in [*parser.feed(sequence), *parser.feed("")]]


def test_alt_digits_are_read_on_qwerty_and_azerty() -> None:
    read_alt_digits()
    for digit, unshifted in zip("1234567890", AZERTY_DIGITS, strict=True):
        assert keys_of(f"\x1b{digit}") == keys_of(f"\x1b{unshifted}") == [f"alt+{digit}"]
    assert [digit_of(c) for c in ("&", "à", "7", "x", None)] == ["1", "0", "7", "", ""]


def test_every_function_key_with_shift_is_read_as_an_xterm_sends_it() -> None:
    read_shifted_f3()
    codes = {
        "2": "1;2Q",
        "3": "1;2R",
        "4": "1;2S",
        **{n: f"{c};2~" for n, c in zip("56789", (15, 17, 18, 19, 20), strict=True)},
        "12": "24;2~",
    }
    for number, code in codes.items():
        assert keys_of(f"\x1b[{code}")[0] in shifted(number).split(","), number
    assert keys_of("\x1b[12;40R") == ["?"]  # where a cursor is


def test_chords_are_what_terminals_send() -> None:
    read_alt_digits()
    sent = {"f3": "\x1bOR", "f4": "\x1bOS", "ctrl+s": "\x13", LEADER: "\x07", "alt+r": "\x1br", "ctrl+q": "\x11", "f12": "\x1b[24~"}
    for key, sequence in sent.items():
        assert keys_of(sequence) == [key]


class SupportDesk(Pane[DeskState]):
    """Stands for one of the desks that share the last place of the tab strip."""

    pane_id = "support_desk"

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)

    def title(self) -> str:
        return "Assistance"

    def show_state(self, state: DeskState) -> None:
        pass

    def opened(self, state: DeskState) -> None:
        pass


def strip(desk: Desk) -> str:
    return next(line for line in desk.screen().splitlines() if "Fiche" in line)


async def test_the_last_desk_used_keeps_a_place_on_the_strip_of_tabs(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=(*RECORD_PANES[:8], SupportDesk)) as desk:
        await desk.signed_in()
        assert "⇧F4" not in strip(desk) and "1 " in strip(desk)
        await desk.pilot.press("f16")
        await desk.until("[⇧F4 Assist.]")
        assert "1 Fiche" in strip(desk) and "Bil." not in strip(desk)  # in 80 cells the last words give way
        await desk.pilot.press("alt+1")
        await desk.until("[1 Fiche]")
        assert strip(desk).rstrip().endswith("⇧F4 Assist.")
        await desk.pilot.press("shift+f4")
        await desk.until("[⇧F4 Assist.]")


async def test_a_desk_that_is_not_there_has_no_key(tmp_path: Path) -> None:
    async with running_desk(tmp_path, panes=RECORD_PANES[:8]) as desk:
        await desk.signed_in()
        before = strip(desk)
        await desk.pilot.press("f16")
        assert strip(desk) == before
        assert "tab.support_desk" not in {action.id for action in desk.app.actions}
