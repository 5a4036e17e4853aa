"""The console's table of actions: two ways to each, nothing a terminal or a field would take, the desk's keys for the desk's actions."""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace

import pytest
from textual.binding import Binding
from textual.widgets import Input, TextArea

from tests.workstation.jury.fake_jury_room import FakeJuryRoom
from tests.workstation.test_ui_shell_actions import EATEN
from workstation.desk.state import PhoneView
from workstation.jury.action_keys import DOES, EVERYWHERE
from workstation.jury.actions import (
    ACTIONS,
    ALL,
    BY_ID,
    EXAM_ACTIONS,
    OF_TEAM,
    PRACTICE_ACTIONS,
    QUEUE_ACTIONS,
    TEAM_ACTIONS,
    JuryAction,
    actions_of,
    short_label,
    useful_now,
)
from workstation.jury.app import JuryApp
from workstation.jury.console.state import JuryState
from workstation.ui import actions as desk
from workstation.ui.action_table import menu_choices
from workstation.ui.palette import palette_entries
from workstation.ui.screens.help import help_text


def of_room(mode: str = "exam", role: str = "", customers: int = 0) -> JuryState:
    return JuryState(view=copy.deepcopy(FakeJuryRoom(mode=mode, role=role, customers=customers).view))


def test_ids_are_unique_and_every_action_does_something() -> None:
    assert len(BY_ID) == len(ALL)
    assert {a.id for a in ALL if not a.id.startswith("tab.")} == set(DOES)


def test_every_key_is_used_once() -> None:
    keys = [key for action in ALL for key in action.bindings.split(",")]
    assert len(keys) == len(set(keys))
    hot = [action.second for action in ALL if len(action.second) == 1]
    assert len(hot) == len(set(hot))


@pytest.mark.parametrize("action", ALL, ids=lambda a: a.id)
def test_every_action_has_two_ways_that_neither_fields_nor_terminals_take(action: JuryAction) -> None:
    assert action.key != action.second
    for way in (action.key, action.second):
        assert way.isalnum() if len(way) == 1 else way.startswith(("f", "ctrl+", "alt+")) and way not in EATEN
    taken = {key for widget in (Input, TextArea) for binding in widget.BINDINGS for key in str(getattr(binding, "key", "")).split(",")}
    taken -= {"f6", "f7"}  # selecting a line or all of a text, which Ctrl+A and Shift do too
    assert not taken & set(action.bindings.split(","))


def test_the_telephone_has_the_keys_of_the_desk() -> None:
    shared = {id for id in BY_ID if id.startswith(("call.", "desk.")) and id in desk.BY_ID}
    assert {"call.answer", "call.hang_up", "call.hold", "call.swap", "call.mute", "call.transfer", "call.keypad"} <= shared
    for id in shared:
        assert BY_ID[id].bindings == desk.BY_ID[id].bindings and BY_ID[id].second == desk.BY_ID[id].second


def test_help_menu_and_palette_show_every_action_with_its_keys() -> None:
    state = of_room(mode="practice", customers=2)
    exam = replace(of_room(), session={"id": "s"})
    told = help_text(state, actions_of(state), EVERYWHERE).plain + help_text(exam, actions_of(exam), EVERYWHERE).plain
    for action in ALL:
        first, second = action.key_words
        assert f" {first} " in told and f" {second} " in told and action.name in told  # apart from each other, whatever their length
    assert {c.id for c in palette_entries(actions_of(state), state)} == {action.id for action in actions_of(state)} - {"desk.palette"}
    assert {c.id for c in menu_choices(actions_of(state), state) if c.id} == {action.id for action in actions_of(state)} - {"desk.menu"}


def test_what_is_of_an_exam_is_there_while_its_session_is_open() -> None:
    state = replace(of_room(), session={"id": "s"})
    assert set(actions_of(state)) == {*ACTIONS, *EXAM_ACTIONS} and not set(EXAM_ACTIONS) & set(actions_of(of_room()))


def test_whispering_and_barging_exist_in_practice_only() -> None:
    exam, practice = of_room(mode="exam"), of_room(mode="practice")
    assert set(actions_of(exam)) == set(ACTIONS) and set(actions_of(practice)) == {*ACTIONS, *PRACTICE_ACTIONS, *OF_TEAM}
    assert not any(action.name in help_text(exam, actions_of(exam), EVERYWHERE).plain for action in (*PRACTICE_ACTIONS, *TEAM_ACTIONS))


@pytest.mark.parametrize(("mode", "customers", "there"), [("practice", 2, True), ("practice", 0, False), ("exam", 2, False)])
def test_the_shared_queue_is_filled_where_virtual_customers_train(mode: str, customers: int, there: bool) -> None:
    state = of_room(mode=mode, customers=customers)
    assert set(QUEUE_ACTIONS) <= set(actions_of(state)) if there else not set(QUEUE_ACTIONS) & set(actions_of(state))
    assert (BY_ID["queue.start"] in useful_now(state)) is there
    groups = [action.group for action in actions_of(state)]
    assert len([1 for before, after in itertools.pairwise(groups) if before != after]) + 1 == len(set(groups))


def test_stopping_the_shared_queue_needs_something_to_stop() -> None:
    state = of_room(mode="practice", customers=2)
    assert BY_ID["queue.stop"].blocked(state) == "Aucun appel à arrêter dans la file commune."
    state.view["stream"] = {"simulations": ["S1"], "left": 3, "every": 10.0}
    assert not BY_ID["queue.stop"].blocked(state) and BY_ID["queue.stop"] in useful_now(state)
    assert BY_ID["queue.start"] not in useful_now(state)


def test_a_simulation_that_is_over_is_neither_begun_nor_called_by_one_key() -> None:
    state = replace(of_room(role="role_player"), chosen="S1", phone=PhoneView("ready", registration="registered"))
    assert {"call.answer", "seat.simulation"} <= {action.id for action in useful_now(state)}
    state.view["stations"][2]["simulations"][0]["state"] = "terminée"
    assert not {"call.answer", "seat.simulation"} & {action.id for action in useful_now(state)}
    assert BY_ID["seat.simulation"].blocked(state) == "Terminée : choisissez la suivante (Alt+3)."


def test_bindings_come_from_the_table_and_work_in_fields() -> None:
    bound = {binding.id: binding for binding in JuryApp.BINDINGS if isinstance(binding, Binding) and binding.id}
    assert set(bound) == set(BY_ID)
    assert all(binding.priority for binding in bound.values())


@pytest.mark.parametrize("role", ["", "role_player", "observer"])
def test_what_is_shown_can_be_done(role: str) -> None:
    state = of_room(role=role)
    shown = useful_now(state)
    assert shown and not any(action.blocked(state) for action in shown)
    assert all(short_label(action, state) for action in shown)
